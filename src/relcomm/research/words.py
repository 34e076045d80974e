"""What a validation allows, said in words: a paragraph a label, for somebody who has to decide whether to use it."""

from __future__ import annotations

from relcomm.research.resampling import Figure
from relcomm.research.validation import CASES, EVEN, FEW, GIVEN, RIGHT, SPEAKERS, SPLIT, TALKS, Finding


def sentences(found: Finding) -> list[str]:
    """What the figures of one label allow, sentence by sentence; the rules are `relcomm.research.validation`'s."""
    if found.use == FEW:
        return [_few(found)]
    if found.use == SPLIT:
        return [
            f"The coders agree on it too little (alpha {_number(found.people)}) for anything to be measured against them: "
            "talk the differences through, sharpen the codebook, and code again."
        ]
    said = [_turns(found), _missed(found), _rates(found), _people(found), _honest(found)]
    return [sentence for sentence in said if sentence]


def _few(found: Finding) -> str:
    return (
        f"{found.cases} case(s) in {found.talks} conversation(s) are too few to say anything: code more until there are "
        f"{CASES} in {TALKS} conversations or more, or leave this label out."
    )


def _turns(found: Finding) -> str:
    precision = found.figures["precision"]
    if precision.value is None:
        return "The model never gave it, so it points at no turn."
    right = f"of ten turns it marks {_of_ten(precision.value)} are right ({_interval(precision)})"
    if found.shows_turns:
        return f"It may point at single turns, for a person to look at: {right}."
    if found.given < GIVEN:
        return f"It was given {found.given} time(s), too few to say whether it may point at single turns."
    if precision.value >= RIGHT:
        return f"Whether it may point at single turns is open: {right}; more coded turns would settle it."
    return f"It should not point at single turns: {right}."


def _missed(found: Finding) -> str:
    recall = found.figures["recall"].value
    return "" if recall is None else f"Of ten that the coders found it finds {_of_ten(recall)}."


def _rates(found: Finding) -> str:
    together, count = found.figures["ICC(C,1)"], found.figures["count"]
    figure = f"ICC(C,1) {_number(together.value)}, {_interval(together)}"
    if found.speakers < SPEAKERS:
        return f"{found.speakers} speaker(s) are too few to say whether rates can be compared."
    if together.value is None:
        return "Whether rates can be compared cannot be told: all speakers have the same."
    if not found.counts:
        return f"Its rates should not stand for the coders' ({figure})."
    ratio = f"for each one of the coders' it counts {_number(count.value)} ({_interval(count)})"
    if count.low is not None and count.high is not None and EVEN[0] <= count.low and count.high <= EVEN[1]:
        return f"It may count rates, as they are: {figure}; {ratio}."
    if count.low is not None and count.high is not None and count.low <= 1 <= count.high:
        return f"It may compare how often speakers do it ({figure}); whether the amounts are right is open: {ratio}."
    return f"It may compare how often speakers do it ({figure}), but the amounts are off: {ratio}."


def _people(found: Finding) -> str:
    if found.gap is None or found.gap.value is None or found.people is None:
        return ""
    coders = f"the coders' own alpha is {_number(found.people)}"
    if found.gap.high is None:
        return f"Its alpha with them is {_number(found.gap.value, signed=True)} off; {coders}."
    if found.gap.high < 0:
        by = f"{_number(-found.gap.value)} lower ({_number(-found.gap.high)} to {_number(-(found.gap.low or 0))})"
        return f"It agrees with the coders less than they do with each other: {coders}, the model's is {by}."
    return f"It agrees with the coders about as well as they do with each other: {coders}."


def _honest(found: Finding) -> str:
    expected = found.figures["expected"]
    if expected.value is None or expected.low is None or expected.high is None:
        return ""
    if expected.low > EVEN[1]:
        return f"Its probabilities are too high here: they add up to {_number(expected.value)} times what the coders found."
    if expected.high < EVEN[0]:
        return (
            f"Its probabilities are too low here: they add up to {_number(expected.value)} times what the coders found."
        )
    return ""


def _of_ten(share: float) -> str:
    n = round(10 * share)
    return {0: "hardly any", 10: "nearly all"}.get(n, f"about {n}")


def _interval(figure: Figure) -> str:
    if figure.low is None or figure.high is None:
        return "no interval"
    return f"95 % interval {_number(figure.low)} to {_number(figure.high)}"


def _number(value: float | None, *, signed: bool = False) -> str:
    return "–" if value is None else f"{value:+.2f}" if signed else f"{value:.2f}"
