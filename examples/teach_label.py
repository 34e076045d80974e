"""Teach relcomm a label of your own from some fifty examples, whether somebody makes a plan, and save it as a model.

python examples/teach_label.py [MODEL]
"""

import sys
import tempfile
from pathlib import Path

import relcomm

PLANS = [
    "Let's go to the lake on Sunday.",
    "Shall we eat at seven tonight?",
    "I'll pick you up at nine.",
    "Let's meet on Friday after work.",
    "Shall we ask your parents over next week?",
    "I'll book the table for eight.",
    "Let's paint the kitchen in June.",
    "We could take the early train tomorrow.",
    "I'll call the plumber on Monday.",
    "Shall we go to the market on Saturday?",
    "Let's start with the garden this weekend.",
    "I'll cook tonight and you cook tomorrow.",
    "We'll leave at ten, then.",
    "Let's visit Nora on the way home.",
    "Shall I get the tickets for Thursday?",
    "Let's talk about it after dinner.",
    "I'll bring the children to school tomorrow.",
    "We could spend August at the sea.",
    "Let's have breakfast on the balcony tomorrow.",
    "Shall we meet at the station at five?",
    "I'll be home at six, and then we go.",
    "Let's call your brother on Sunday.",
    "We'll do the shopping on Friday.",
    "Shall we watch it together tomorrow night?",
    "Let's take the dog to the hills this afternoon.",
]
OTHERS = [
    "I was so tired yesterday.",
    "Did you like the film?",
    "The cat is asleep again.",
    "That was a lovely song.",
    "My feet hurt.",
    "Who left the light on?",
    "The soup is still hot.",
    "I read about it in the paper.",
    "Your mother rang this morning.",
    "It rained all day.",
    "Have you seen my glasses?",
    "The neighbours are loud again.",
    "I liked the other one better.",
    "Where did you put the scissors?",
    "The bus was late.",
    "I can't hear you.",
    "That jacket looks good on you.",
    "The bread is gone.",
    "She said nothing at all.",
    "What was his name again?",
    "I slept badly.",
    "The heating is broken.",
    "You forgot your keys.",
    "It smells of paint in here.",
    "He always tells the same story.",
]
NEW = ["Let's go to your sister on Friday.", "Did the cat like the song?"]

plans = relcomm.UtteranceClassifier(*sys.argv[1:], C=10.0, precision=0.8)
plans.fit(PLANS + OTHERS, [True] * len(PLANS) + [False] * len(OTHERS))

with tempfile.TemporaryDirectory() as folder:
    plans.save(Path(folder) / "with-plans", {True: "plan"})  # then: relcomm analyze TALK --model FOLDER/with-plans
    # Half of the examples are plans. In talk they are rarer, and the model may know that.
    taught = relcomm.load(Path(folder) / "with-plans", prior={"plan": 0.2})
    for text in NEW:
        seen = taught.classify(text)
        print(f"{seen.scores['plan']:.2f}  {text}  {', '.join(seen.labels) or '-'}")
