"""What the report says in its own voice, the same on the page and in the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby

from relcomm.dates import day
from relcomm.report.markup import level
from relcomm.types import UNITS, Analysis, Conversation, Rate, ReadReport

TITLE = "A conversation, read turn by turn"
LEAD = (
    "What each turn may do to the person it is said to, as far as written words can show it. "
    "This page describes turns, never people."
)
CONSENT = (
    "These are the words of everybody who speaks here: all of them should know that they are read like this, and agree."
)
NOTHING_STANDS_OUT = "No pattern between turns stands out here. Single turns may still matter; they are marked below."
HOW_FINDINGS = (
    "Things that happened between turns, once or more often. They describe what happened, not why it happened or whose "
    "doing it was. What was seen with slight evidence may as well be chance, or a mark read wrongly."
)
HOW_RATES = (
    "How many turns this program marks with each label, of each person's and of all together. Speakers stand in the order "
    "they first speak; nobody is ranked, and labels are not added up. The 95 % interval is the range for the share of "
    "turns the program would mark if the talk went on just like this; few turns make it wide. It does not cover the "
    "program's own mistakes: some marks are wrong, and it misses more than it finds. Turns also hang together, so the "
    "range is narrower than it should be."
)
HOW_SIDE = (
    "One side only, because one's own side is the one a person can change. These figures count marks on turns: "
    "they say nothing about who somebody is, nor what made them say it. The interval after a share tells how much "
    "few turns leave open (95 %)."
)
HOW_AFTER = (
    "“Then” is how often the answer had the mark where the other's words had theirs; “otherwise” is how often it had it "
    "after everything else the other said. A dot (●) stands where the two intervals lie apart, three answers or more: chance alone "
    "seldom brings that about, but with many rows it does now and then. What came after something need not have come of it."
)
NOTHING_AFTER = (
    "Answers are counted where the other's words had the same mark {fewest} times or more in the same talk; that is not "
    "so here."
)
NOTHING_OFTEN = "No label came three times or more in the answers to the same mark."
HOW_WEEKS = (
    "The share of the week's turns with the mark: a dot a week, its line the 95 % interval. Weeks without turns are left "
    "out. Dots that go up and down within their lines need no reason. A table after the drawings has every figure."
)
NO_WEEKS = "There is no trend to draw: all dated turns are of one week."
HOW_UNSURE = (
    "Turns where a label was just not sure enough to be given, and turns that could not be read in full. Your own "
    "reading is worth more than a guess here."
)
ALL_SURE = "No turn was on the edge. That does not make every mark right: some are wrong, and much is missed."
HOW_TURNS = (
    "Marked words are those that speak for a label; the reason stands beside them. Where none stands, the turn reads less "
    "this way without these words; where a whole turn is marked, no single part of it carries the label. The figure after "
    "a label says how sure the program is: of a hundred labels marked 80 %, about eighty should hold up before a careful "
    "reader. A dashed outline and a question mark mean that it is not sure."
)
HOW_LEGEND = "Every label the program knows, whether or not it was found here. A turn may carry several, or none; most carry none."
SURE = {"clear": ("●●●", "clear evidence"), "some": ("●●○", "some evidence"), "slight": ("●○○", "slight evidence")}
FLAGS = {
    "long": "A long turn: only its first part was read.",
    "replaced": "Some characters that are no text were left out of the reading.",
}
CANNOT_SEE = (
    (
        "How it was said",
        "Only the words are here. A tone of voice, a look, a smile, a slammed door cannot be read. The same words can be a joke "
        "or a wound.",
    ),
    (
        "What came before",
        "Each turn is read with at most four turns before it. Yesterday, old promises, old hurts and the jokes that only "
        "you share are unknown here.",
    ),
    (
        "Silence",
        "Whether somebody has shut down (stonewalling) is hard to tell from text alone, even for trained people. "
        "A short answer may be hurt, tired, busy or content.",
    ),
    (
        "What it means",
        "This is not a diagnosis, and it is nobody's score. It cannot say who is right, why somebody spoke as they did, or "
        "how things will go between you. The program is wrong at times. Where you read a turn differently, your reading "
        "counts.",
    ),
    (
        "Whose words these are",
        "They belong to everybody who speaks here. All of them should agree to the conversation being read like this, and "
        "to each person this page is shown to.",
    ),
    (
        "Who is afraid of whom",
        "Talk can look calm because somebody does not dare to speak. If one of you is afraid of the other, patterns of "
        "couples do not explain the danger, and this page is not the way to talk about it. Please turn to a professional "
        "you trust or to a local help line, best from a device that nobody else looks at.",
    ),
)
_LEFT_OUT = (
    ("system", "a notice of the app", "notices of the app"),
    ("media", "an attachment without text", "attachments without text"),
    ("deleted", "a deleted message", "deleted messages"),
    ("call", "a call", "calls"),
    ("unassigned", "a part that belongs to nobody", "parts that belong to nobody"),
)
_LISTED = 12


def people(conversation: Conversation) -> list[str]:
    """Who speaks, in order of first appearance; the empty name stands for turns of unknown speakers."""
    return list(dict.fromkeys(said.speaker for said in conversation.utterances))


def called(name: str) -> str:
    """The name to show for a speaker."""
    return level(name).strip() or "Somebody"


def count(number: int, one: str, many: str = "") -> str:
    """A number with its noun.

    >>> count(1, "turn"), count(0, "turn"), count(2, "reply", "replies")
    ('1 turn', '0 turns', '2 replies')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def listed(items: list[str]) -> str:
    """Items as a sentence would list them, the last of many counted.

    >>> listed(["Ann", "Ben", "Cy"])
    'Ann, Ben and Cy'
    """
    if len(items) > 6:
        items = [*items[:5], f"{len(items) - 5} more"]
    return " and ".join(filter(None, (", ".join(items[:-1]), *items[-1:])))


def percent(share: float) -> str:
    """A rounded share; only a real 0 or 1 is shown as one.

    >>> percent(0.25), percent(0.001), percent(0.999)
    ('25 %', 'under 1 %', 'over 99 %')
    """
    figure = round(100 * share)
    if figure == 0 and share > 0:
        return "under 1 %"
    return "over 99 %" if figure == 100 and share < 1 else f"{figure} %"


def interval(rate: Rate) -> str:
    """The interval of a rate: ``3–21 %``."""
    return f"{round(100 * rate.low)}–{round(100 * rate.high)} %"


def ranges(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Runs of neighbouring numbers as first and last, in order.

    >>> list(ranges([2, 3, 4, 9]))
    [(2, 4), (9, 9)]
    """
    for _, run in groupby(enumerate(sorted(set(numbers))), key=lambda pair: pair[1] - pair[0]):
        members = [number for _, number in run]
        yield members[0], members[-1]


def run_text(first: int, last: int) -> str:
    """A run as one would write it: ``4`` or ``4–6``."""
    return str(first) if first == last else f"{first}–{last}"


def numbered(numbers: Iterable[int], most: int | None = None, *, shown: Callable[[int, int], str] = run_text) -> str:
    """``turn 3`` or ``turns 3, 8–10``; of more than ``most`` places the rest is counted. ``shown`` writes a run."""
    runs = list(ranges(numbers))
    noun = "turn" if len(runs) == 1 and runs[0][0] == runs[0][1] else "turns"
    more = f" and {len(runs) - most} more places" if most is not None and len(runs) > most else ""
    return f"{noun} {', '.join(shown(*run) for run in runs[:most])}{more}"


def about(analysis: Analysis) -> list[str]:
    """The facts of the header: turns, speakers, days, model."""
    talk = analysis.conversation
    facts = [count(len(talk), "turn")]
    if talk.speakers:
        facts.append(listed([called(name) for name in talk.speakers]))
    days = [day(said.time) for said in talk.utterances if said.time]
    if days:
        facts.append(days[0] if days[0] == days[-1] else f"{days[0]} to {days[-1]}")
    if analysis.model:
        facts.append(f"read by the model “{level(analysis.model)}”")
    return facts


def how_read(report: ReadReport | None) -> list[str]:
    """Sentences on what became of the lines of the transcript."""
    if report is None:
        return ["The turns were handed over directly; there was no transcript to read, and nothing was left out."]
    opening = (
        f"The transcript was read as {level(report.format)}: {count(report.lines, report.unit, UNITS[report.unit])} in, "
        f"{count(report.messages, 'turn')} out."
    )
    left_out = [
        f"{count(len(lines), one, many) if len(lines) != 1 else one} ({_lines(lines, report.unit)})"
        for field, one, many in _LEFT_OUT
        if (lines := getattr(report, field))
    ]
    rest = f"Left out: {'; '.join(left_out)}." if left_out else f"No {report.unit} was left out."
    return [opening, rest, *(level(remark) for remark in report.remarks)]


def _lines(numbers: Iterable[int], unit: str) -> str:
    runs = list(ranges(numbers))
    shown = ", ".join(run_text(*run) for run in runs[:_LISTED])
    more = f" and {len(runs) - _LISTED} more places" if len(runs) > _LISTED else ""
    return f"{unit if len(runs) == 1 and runs[0][0] == runs[0][1] else UNITS[unit]} {shown}{more}"
