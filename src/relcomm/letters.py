"""Characters that stand for plain ones, letters that look like Latin ones, and words spelt with a doubled letter."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources

# Characters that mean the same as a plain one and that NFKD leaves alone or takes apart otherwise, letters that show
# as nothing or as a blank, and the skin and gender of an emoji, which must not change how a turn is read.
PLAIN = str.maketrans(
    {
        **dict.fromkeys("\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff\N{FEMALE SIGN}\N{MALE SIGN}"),
        **dict.fromkeys("\N{HANGUL CHOSEONG FILLER}\N{HANGUL JUNGSEONG FILLER}"),
        **dict.fromkeys("\N{HANGUL FILLER}\N{HALFWIDTH HANGUL FILLER}\N{BRAILLE PATTERN BLANK}", " "),
        "\N{LEFT SINGLE QUOTATION MARK}": "'",
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
        "\N{SINGLE LOW-9 QUOTATION MARK}": "'",
        "\N{SINGLE HIGH-REVERSED-9 QUOTATION MARK}": "'",
        "\N{MODIFIER LETTER APOSTROPHE}": "'",
        "\N{PRIME}": "'",
        "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}": "'",
        "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}": "'",
        "\N{GRAVE ACCENT}": "'",
        "\N{ACUTE ACCENT}": "'",
        "\N{MODIFIER LETTER TURNED COMMA}": "'",
        "\N{MODIFIER LETTER REVERSED COMMA}": "'",
        "\N{MODIFIER LETTER VERTICAL LINE}": "'",
        "\N{LATIN SMALL LETTER SALTILLO}": "'",
        "\N{ARMENIAN APOSTROPHE}": "'",
        "\N{HEAVY SINGLE TURNED COMMA QUOTATION MARK ORNAMENT}": "'",
        "\N{HEAVY SINGLE COMMA QUOTATION MARK ORNAMENT}": "'",
        "\N{HEAVY DOUBLE TURNED COMMA QUOTATION MARK ORNAMENT}": '"',
        "\N{HEAVY DOUBLE COMMA QUOTATION MARK ORNAMENT}": '"',
        "\N{LEFT DOUBLE QUOTATION MARK}": '"',
        "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
        "\N{DOUBLE LOW-9 QUOTATION MARK}": '"',
        "\N{DOUBLE HIGH-REVERSED-9 QUOTATION MARK}": '"',
        "\N{DOUBLE PRIME}": '"',
        "\N{LEFT-POINTING DOUBLE ANGLE QUOTATION MARK}": '"',
        "\N{RIGHT-POINTING DOUBLE ANGLE QUOTATION MARK}": '"',
        "\N{HYPHEN}": "-",
        "\N{NON-BREAKING HYPHEN}": "-",
        "\N{FIGURE DASH}": "-",
        "\N{EN DASH}": "-",
        "\N{MINUS SIGN}": "-",
        "\N{HORIZONTAL BAR}": "\N{EM DASH}",
    }
)
# Letters of other scripts, and rare Latin ones, that a reader takes for plain Latin ones. `relcomm.text` swaps them in
# words that hold Latin letters, and in texts without a letter of another script, so that text really written in one of
# those scripts is left alone.
LOOK_ALIKES: Mapping[str, str] = dict(
    zip(
        "аеорсухіјѕһԁԛԝӏүѵАВЕКМНОРСТУХІЈЅҮԜοαερνικυΑΒΕΖΗΙΚΜΝΟΡΤΥΧօոսհցյՕՏԼıɡɑᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ",
        "aeopcyxijshdqwlyvABEKMHOPCTYXIJSYWoaepvikuABEZHIKMNOPTYXonuhgjOSLigaabcdefghijklmnoprstuvwyz",
        strict=True,
    )
)
# Inside a word that holds Latin letters also those that a reader only guesses at; alone they are mostly what they are.
NEARLY_ALIKE: Mapping[str, str] = {**LOOK_ALIKES, **dict(zip("вгикмнптьяшγτηωσχ", "brukmhntbrwytnwox", strict=True))}


@cache
def doubled() -> frozenset[str]:
    """Words spelt with a doubled letter, in small letters."""
    text = resources.files("relcomm").joinpath("doubled.txt").read_text(encoding="utf-8")
    return frozenset(word for line in text.splitlines() if not line.startswith("#") for word in line.split())
