"""The words by which `relcomm.patterns.terms` tells a loss, a command, a choice and mere emphasis apart.

Everyday spellings are in: no apostrophes, "u" and "ur". All are matched on a clean text without regard to case.
"""

from __future__ import annotations

import re


def _any(*words: str) -> str:
    return "(?:" + "|".join(word.replace(" ", r"\s") for word in words) + ")"


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_I = _any("i'm", "im", "i've", "i'll", "i'd", "i", "we're", "we'll", "we've", "we") + r"\b"
_YOU = _any("you're", "you'll", "you've", "you'd", "youre", "youll", "you", "ur", "ya", "yuh", "u") + r"\b"
_THEY = _any("it's", "its", "it", "he's", "he", "she's", "she", "they're", "they", "that's", "thats", "that") + r"\b"
_A = (
    _any(
        *(
            "the",
            "this",
            "my",
            "your",
            "our",
            "his",
            "her",
            "their",
            "no",
            "an?",
            "there's",
            "there",
            "every",
            "everybody",
        ),
        *("everyone", "nobody"),
    )
    + r"\b"
)
_ORDER = (
    _any("don't", "dont", "do not", "nuh", "find", "look", "forget", "consider", "say", "pack", "take", "go") + r"\b"
)

LOSS = _compiled(
    _any(
        *("i am", "i'm", "im", "i'll", "i will", "i won't", "i wont", "i shall", "i shan't", "i'd", "we're", "we are"),
        *("we'll", "we won't", "were not", "were done", "were over", "were through", "were finished", "i need"),
        *("i go", "i do", "i walk", "i leave", "i stop", "i take", "i tell", "i never", "i move", "i ring", "i pack"),
        *(r"ill(?=\s(?!and|or))", "you're", "youre", "you'll", "you've no", "you needn't", "you need not"),
        rf"{_YOU} "
        + _any("are", "can", "won't", "wont", "need", "lose", "don't have", "get no", "stop being", "have no"),
        *(
            "it's over",
            "its over",
            "it's done",
            "it's off",
            "it's the (?:end|last)",
            "that's it",
            "that's us",
            "that's you",
        ),
        *("thats it", "thats us", "there's no", "no wedding", "no more", r"(?:find|look for) (?:an)?other"),
        rf"(?:don't|dont|do not|nuh|never) {_any('bother', 'come', 'expect', 'ring', 'call', 'trouble', 'set')}",
    )
    + r"(?!\w)"
)
"""The start of something the speaker would do, or that would be over. It also cuts where no comma does."""

NEW_CLAUSE = _compiled(
    _any(_I, _YOU, _THEY, r"there(?:'s)?\b", r"(?:the|my|your|our) [\w]+'s (?!\w+$)")
    + rf"|{_A}(?:\s[\w'-]+){{0,2}}\s(?:is|are|was|will|can|won't|wont|has|have|goes?|gets?|comes?|stays?|\w*(?<!s)[a-rt-z]s)\b"
)
"""A clause with a subject and a verb of its own."""
GOES_ON = _compiled(_any("and", _I, _YOU, _THEY) + r"\b")

SPEAKER = _compiled(_any(_I, _YOU))
CLAUSE = _compiled(_any(_I, _YOU, _THEY, _A, _ORDER))
ABOUT_OTHER = _compiled(_any("he", "she", "they", "it") + r"\s[a-z]")
FIRST_PERSON = _compiled(rf"(?!i\s(?:want|need|expect)\b|i'd\slike\b){_I}")
NEGATION = _compiled(r"n't\b|\bnot\b|\b(?:dont|doesnt|isnt|arent|havent|hasnt|wont|cant|never|no)\b")
DONE_BEFORE = _compiled(
    _any(
        "not",
        "(?:you )?(?:don't|dont|do not|won't|can't|cannot|haven't|havent|do)",
        "that's not done",
        "it's done",
        "you do",
    )
    + "$"
)
"""A condition that only points back at what was asked ("if not", "if you don't")."""

ELLIPSIS = _compiled(r"(?:i\s(?:will|would|shall|am|do)|i'll)$")
WANT_ME = _compiled(r"\b(?:want\sme\sto|should\si|shall\si|am\si\sto)\s")
ME_OR = _compiled(
    r"(?:^|[,:]\s|\b(?:it's|its|is\sit|it\sis|either)\s)(?:me|us)\sor\s"
    r"|\sor\s(?:(?:it's|its|is\sit|it\sis)\s)?(?:me|us)(?=$|[\s,.!?])"
)
CHOOSE = _compiled(
    r"\b" + _any("choose", "pick", "decide", "your choice", "which is it", "which will it be", "one of two") + r"\b"
)
LAST_CHANCE = _compiled(r"\b(?:last|final)\s(?:chance|warning|time|go|shot)\b")
VEILED = _compiled(
    _any(
        *("don't expect me", "dont expect me", "do not expect me", "i wouldn't count on", "don't count on"),
        *("i won't be", "i wont be", "i might not be", "i may not be", "you won't find me", "my stuff won't"),
        *("don't be surprised", "dont be surprised"),
    )
    + r"\b"
)
NO_CLAUSE_AFTER = _compiled(
    _any(
        "think",
        "thinks",
        "(?<!of )(?<!do )(?<!like )that",
        "what",
        "say",
        "says",
        "said",
        "know",
        "how",
        "while",
        "when",
        "who",
        "than",
        "like",
        "sure",
    )
    + "$"
)
"""What is followed by a clause of its own kind, so that the loss has not begun."""

AGAIN = _compiled(r"\b(?:one\smore|once\smore|once|next|again|another|ever)\b")

_TAG = _any(
    *("i mean (?:it|this)", "i swear(?: to god)?", "i promise(?: you)?", "full stop", "simple(?: as (?:that|this))?"),
    *("i'?m (?:(?:not|deadly|dead) )?(?:serious|joking|kidding|bluffing|messing)", "end of(?: story)?", "understood"),
    *("that's (?:final|all|it|that)", "do you (?:hear|understand)(?: me)?", "you hear(?: me)?", "so help me(?: god)?"),
    *(
        "i'?m (?:telling|warning) you",
        "i(?:'ll)? tell you",
        "honestly",
        "seriously",
        "believe me",
        "trust me",
        "last time",
    ),
    *("i'?m saying it straight", "try me", "your call", "for once", "i said", "last i'll say", "please"),
) + _any(" now", " this time", " plainly", "")
_OPENER = _any(
    "so", "just", "and", "but", "because", "either", "then", "now", "also", "please", "ok(?:ay)?", "ah", "oh"
)
_SIGH = _any("well", "right(?: then)?", "look", "listen", "fine", "no", "yes", "see", "really", "maybe", "naw", "haha")
_TELLING = _any("i'?m telling you", "i'?m warning you", "i'?ll tell you", "i tell you", "i swear to god", "i swear")
LEAD_IN = _compiled(rf"(?:and\s)?{_TAG}(?=[,.!?])[,\s]+|{_TELLING}(?:\snow)?\s|{_OPENER}(?:,\s?|\s)|{_SIGH},\s?|[,\s]+")
"""Openers and emphasis before a clause."""

CALLED = re.compile(
    r"(?!(?i:stop|get|ring|tell|leave|go|come|sell|pay|sign|tonight|today|tomorrow|now|no|yes|out|home|\w+day)\b)[A-Z][\w'-]*(?:\s[A-Z][\w'-]*)?,\s"
)
"""A name called out before a clause."""

TAIL_WORD = _compiled(r"\s(?:please|then|mate|babe)(?:\s\w+)?$")
TAIL = re.compile(
    rf"(?i:(?:and\s)?{_TAG}|(?:any|all|both|both|every|even|the\slot|right|again|mate|love|babe|darling|dear|honey|pal|bro)\b.*)\W*$"
    r"|[A-Z][\w'-]*(?:\s[A-Z][\w'-]*)?\W*$"
)
"""What hangs on the end of a clause: emphasis, a name, "all of it"."""

_NOT_TELLING = _any(
    *(
        "i",
        "i'm",
        "i'll",
        "i've",
        "im",
        "it",
        "it's",
        "its",
        "he",
        "she",
        "they",
        "we",
        "we're",
        "that",
        "that's",
        "this",
    ),
    *("these", "those", "the", "an?", "my", "your", "our", "his", "her", "what", "how", "why", "who", "when", "where"),
    *("which", "is", "are", "was", "were", "does", "did", "there", "there's", "no", "not", "yes", "last", "otherwise"),
    *(
        "or",
        "if",
        "unless",
        "until",
        "in",
        "on",
        "at",
        "for",
        "from",
        "by",
        "before",
        "after",
        "choose",
        "pick",
        "decide",
    ),
    *("don't", "dont", "you've", "you're", "every", "one", "two", "three", "since", "same", "have a", "dear"),
    *("incl", "all", "past", "tomorrow", "today", "tonight", "(?:mon|tues|wednes|thurs|fri|satur|sun)day", "next"),
    rf"you {_any('choose', 'pick', 'decide', 'can', 'said', 'know', 'always', 'never', 'were', 'had', 'have', 'are', 'don.t')}",
)
TELLS = _compiled(rf"(?!{_NOT_TELLING}(?!\w))(?!\w+(?:'s|\w\wed|\w\wing)\b)[a-z]+\s[a-z]")
"""The start of a sentence that tells the other what to do: an imperative, or "you" with a plain verb."""

JOINS = _compiled(
    r"\b(?P<word>if\snot|if|unless|until|(?<!the\s)till|til|or\selse|or|should(?=\s(?:you|it|he|she|they)\b)|otherwise|failing\sthat|the\salternative\sis|and|then)\b,?\s?|,\s"
)
STOPS = _compiled(r"[.!?]+[\"')\]]*(?=\s|$)|\s/\s|;(?=\s)|:(?=\s)|\N{EM DASH}|\s-\s|--+")
