"""Check a draft before sending it, as an answer to what was said before.

python examples/check_draft.py [MODEL]
"""

import sys

import relcomm

DRAFT = "You never do the dishes. What is wrong with you?"
BEFORE = [relcomm.Utterance("I'm going to bed, the kitchen can wait.", "Ben")]

analyzer = relcomm.load(*sys.argv[1:])
for advice in analyzer.check(DRAFT, context=BEFORE, speaker="Ann"):
    words, reads = DRAFT[advice.span.start : advice.span.end], "reads as" if advice.sure else "may read as"
    print(f"{words!r} {reads} {advice.span.label}. {advice.message}")
    for way in advice.try_instead:
        print(f"  Try: {way}")
