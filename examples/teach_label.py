"""Teach relcomm a label of your own from a few examples: whether somebody makes a plan.

python examples/teach_label.py [MODEL]
"""

import sys

import relcomm

PLANS = [
    "Let's go to the lake on Sunday.",
    "Shall we eat at seven tonight?",
    "I'll pick you up at nine.",
    "Let's meet on Friday.",
]
OTHERS = ["I was so tired yesterday.", "Did you like the film?", "The cat is asleep again.", "That was a lovely song."]
NEW = ["Let's go to your sister on Friday.", "Did the cat like the song?"]

plans = relcomm.UtteranceClassifier(*sys.argv[1:], C=10.0)
plans.fit(PLANS + OTHERS, [True] * len(PLANS) + [False] * len(OTHERS))
for text, (_, share) in zip(NEW, plans.predict_proba(NEW), strict=True):
    print(f"{share:.2f}  {text}")
