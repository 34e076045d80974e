"""Fine-tune a pretrained encoder to read a turn with its context, and export it for the runtime.

Needs the ``train`` extra (torch, transformers, onnx). Everything random is drawn from one seed.
"""

from __future__ import annotations

import json
import math
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relcomm.errors import MissingExtraError
from relcomm.labels import LABELS
from relcomm.sequence import Layout, Row, Sequencer
from relcomm.training.corpus import Coded
from relcomm.training.noise import KINDS, UNDONE, noisy
from relcomm.types import Turn
from relcomm.wordpiece import WordPiece

if TYPE_CHECKING:
    from relcomm.training.network import Network


@dataclass(frozen=True, slots=True)
class Recipe:
    """Every setting of one stage of fine-tuning; written into the model's folder.

    The rate rises over the first ``warmup`` of ``epochs`` and then falls in a straight line to zero; ``stop``
    ends the stage after that many epochs, ``until`` after that many steps of an epoch (0: runs to the end).
    In the upper ``own`` of the ``layers`` only the turn's own pieces are rewritten (`relcomm.training.network`).
    ``doubt`` is the target for a label a coder considered and did not give. ``bare``, ``cut`` and
    ``nameless`` are the shares of turns shown without context, with a shortened context, and with
    unknown speakers; ``plain`` the share shown without apostrophes and punctuation, as people type; ``noise`` the share
    shown with one kind of noise that reading does not undo (`relcomm.training.noise`), context and all.
    ``quiet`` is the share of turns with neither label nor doubt that an epoch shows, drawn anew each time; turns with
    a label that fewer than ``rare`` turns have are shown twice. A turn with a label or doubt and of fewer than
    ``few`` words keeps its context: "Fine." says nothing without what it answers. ``taught`` is what a teacher's
    probabilities weigh in the targets beside the coders' labels. With ``narrow``, products are worked out in 16 bits
    (bfloat16), which takes half the time where the processor knows them. The lowest ``still`` layers stay as they are:
    where the upper ones rewrite only the turn, those are most of the work of going back.
    """

    layers: int = 6
    own: int = 0
    still: int = 0
    epochs: int = 2
    stop: int = 0
    until: int = 0
    batch: int = 32
    rate: float = 4e-5
    head_rate: float = 1e-3
    warmup: float = 0.1
    decay: float = 0.01
    doubt: float = 0.2
    bare: float = 0.1
    cut: float = 0.15
    nameless: float = 0.1
    plain: float = 0.1
    noise: float = 0.0
    quiet: float = 1.0
    rare: int = 0
    few: int = 0
    taught: float = 0.0
    narrow: bool = False
    seed: int = 7
    threads: int = 2


OUTPUTS = (*LABELS, "any harm", "asks", "asks again")
"""What a network in training has a head for: every label, any harm at all, and what `relcomm.training.asks` explains."""
SAVED = 500
"""After so many steps the network is saved, in case the run is cut off."""
LEFT = tuple(kind for kind in KINDS if kind not in UNDONE)
NOT_CODED = math.nan
"""The target where nobody has said what is right: nothing is learnt from it."""


@dataclass(frozen=True, slots=True)
class Example:
    """A turn, what a network should say of it, and whether the coders gave or considered any label.

    ``target`` has one value for each of `OUTPUTS`. The context of a turn that is ``whole`` is never cut.
    """

    turn: Turn
    target: tuple[float, ...]
    coded: tuple[float, ...] = ()
    whole: bool = False

    @property
    def loud(self) -> bool:
        return any(value > 0 for value in self.coded or self.target)


def examples(data: Sequence[Coded], doubt: float) -> list[Example]:
    """Every turn of the coded conversations with its target; whether it asks for something is not coded."""
    harmful = [label.name for label in LABELS.values() if label.harmful]
    found = []
    for coded in data:
        for turn, labels, considered in zip(coded.turns(), coded.labels, coded.doubt, strict=True):
            soft = {name: 1.0 if name in labels else doubt if name in considered else 0.0 for name in LABELS}
            harm = max(soft[name] for name in harmful)
            found.append(Example(turn, (*soft.values(), harm, NOT_CODED, NOT_CODED)))
    return found


def epoch_of(items: Sequence[Example], recipe: Recipe, rng: random.Random) -> list[Example]:
    """The turns one epoch shows: a share of the quiet ones, rare labels twice."""
    codes = [item.coded or item.target for item in items]
    counts = [sum(code[n] == 1 for code in codes) for n in range(len(LABELS))]
    rare = [n for n, count in enumerate(counts) if count < recipe.rare]
    shown = [item for item in items if item.loud or item.whole or rng.random() < recipe.quiet]
    return shown + [item for item, code in zip(items, codes, strict=True) if any(code[n] == 1 for n in rare)]


def vary(turn: Turn, recipe: Recipe, rng: random.Random, *, loud: bool = False, whole: bool = False) -> Turn:
    """The same turn as people also meet it: with less context, unless it is ``whole``, unknown speakers, or hasty spelling."""
    context = turn.context
    draw = rng.random()
    if whole or (loud and len(turn.utterance.text.split()) < recipe.few):
        pass
    elif draw < recipe.bare:
        context = ()
    elif draw < recipe.bare + recipe.cut and context:
        context = context[rng.randrange(len(context)) :]
    said = turn.utterance
    if rng.random() < recipe.nameless:
        said = replace(said, speaker="")
        context = tuple(replace(c, speaker="") for c in context)
    if rng.random() < recipe.plain:
        said = replace(said, text="".join(c for c in said.text if c.isalnum() or c.isspace()))
    elif recipe.noise and rng.random() < recipe.noise:
        kind = rng.choice(LEFT)
        said, *earlier = (replace(each, text=noisy(kind, each.text, rng).text) for each in (said, *context))
        context = tuple(earlier)
    return Turn(said, context)


def finetune(
    items: Sequence[Example],
    pretrained: Path,
    out: Path,
    *,
    recipe: Recipe,
    watch: Callable[[int, Scorer], None],
    after: Path | None = None,
) -> None:
    """Train, call ``watch(epoch, scorer)`` after every epoch, and write ``network.pt`` to ``out``.

    ``after`` is the folder of an earlier stage whose network this one goes on from. The recipes of all stages
    are written to ``recipes.json`` when the stage is done.
    """
    torch = library("torch")
    torch.set_num_threads(recipe.threads)
    torch.manual_seed(recipe.seed)
    rng = random.Random(recipe.seed)  # noqa: S311 - repeatable draws, no secrets
    sequencer = Sequencer(vocabulary(pretrained), Layout())
    network = build(pretrained, recipe)
    earlier = []
    if after is not None:
        network.load_state_dict(_widened(torch.load(after / "network.pt", weights_only=True)))
        earlier = json.loads((after / "recipes.json").read_text(encoding="utf-8"))
    keep(network, recipe.still)
    out.mkdir(parents=True, exist_ok=True)
    steps = -(-len(epoch_of(items, recipe, random.Random(recipe.seed))) // recipe.batch) * recipe.epochs  # noqa: S311
    optimiser, schedule = _optimiser(network, recipe, steps)
    scorer = Scorer(network, sequencer)
    start = time.monotonic()
    for epoch in range(recipe.stop or recipe.epochs):
        network.train()
        total = seen = 0.0
        batches = _batches(epoch_of(items, recipe, rng), sequencer, recipe, rng)
        for n, (rows, targets) in enumerate(islice(batches, recipe.until or None)):
            ids, mask, inside = pad(rows)
            with torch.autocast("cpu", torch.bfloat16, enabled=recipe.narrow):
                said = network(ids, mask, inside)
            wanted = torch.tensor(targets)
            coded = ~wanted.isnan()
            loss = torch.nn.functional.binary_cross_entropy_with_logits(
                said.float()[coded], wanted[coded], reduction="sum"
            ) / len(rows)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            optimiser.zero_grad(set_to_none=True)
            total, seen = total + float(loss.detach()) * len(rows), seen + len(rows)
            if n % 100 == 99:
                print(
                    f"epoch {epoch + 1} step {n + 1} loss {total / seen:.4f} {time.monotonic() - start:.0f} s",
                    flush=True,
                )
            if n % SAVED == SAVED - 1:
                torch.save(network.state_dict(), out / "network.pt")
        watch(epoch + 1, scorer)
        torch.save(network.state_dict(), out / "network.pt")
    (out / "recipes.json").write_text(json.dumps([*earlier, asdict(recipe)], indent=1) + "\n", encoding="utf-8")


def keep(network: Network, still: int) -> None:
    """Leave the lowest ``still`` layers of a network in training as they are, and what lies under them."""
    if still:
        under = [network.places, network.scale, network.distances, *network.layers[:still]]
        for part in filter(None, under):
            part.requires_grad_(False)


def _widened(state: dict[str, Any]) -> dict[str, Any]:
    """An earlier network with heads for all outputs there are now; those it lacked begin at nothing."""
    torch = library("torch")
    for name in ("head.weight", "head.bias"):
        held = state[name]
        state[name] = torch.cat([held, torch.zeros((len(OUTPUTS) - len(held), *held.shape[1:]))])
    return state


def mean(runs: Sequence[Path], out: Path) -> None:
    """Write to ``out`` the network halfway between those of ``runs`` (Wortsman et al. 2022), as a run of its own."""
    torch = library("torch")
    networks = [torch.load(run / "network.pt", weights_only=True) for run in runs]
    middle = {
        key: sum(network[key] for network in networks) / len(networks) if value.is_floating_point() else value
        for key, value in networks[-1].items()
    }
    recipes = json.loads((runs[-1] / "recipes.json").read_text(encoding="utf-8"))
    out.mkdir(parents=True, exist_ok=True)
    torch.save(middle, out / "network.pt")
    recipes.append({"layers": recipes[-1]["layers"], "own": recipes[-1]["own"], "mean_of": [run.name for run in runs]})
    (out / "recipes.json").write_text(json.dumps(recipes, indent=1) + "\n", encoding="utf-8")


def vocabulary(pretrained: Path) -> WordPiece:
    """The tokeniser of a pretrained encoder's folder."""
    lines = (pretrained / "vocab.txt").read_text(encoding="utf-8").split("\n")
    return WordPiece([line for line in lines if line], unknown="[UNK]")


def build(pretrained: Path, recipe: Recipe) -> Network:
    """The first layers of a pretrained encoder with one linear head a label and one for any harm, not yet trained."""
    from relcomm.training.network import Network, Shape, take

    weights = library("safetensors.torch").load_file(pretrained / "model.safetensors")
    network = Network(Shape.of(pretrained), layers=recipe.layers, own=recipe.own, outputs=len(OUTPUTS))
    take(network, weights)
    pieces, words = vocabulary(pretrained), network.words.weight
    with library("torch").no_grad():
        for mark, like in (("[unused1]", "i"), ("[unused2]", "you"), ("[unused3]", "someone")):
            words[pieces.id_of(mark)] = words[pieces.id_of(like)]
    # The table is 40 % of the weights and learns little from so few words; frozen, a step costs half.
    words.requires_grad = False
    return network


def trained(run: Path, pretrained: Path) -> Network:
    """The network of a finished run's folder."""
    recipes = json.loads((run / "recipes.json").read_text(encoding="utf-8"))
    network = build(pretrained, Recipe(layers=recipes[-1]["layers"], own=recipes[-1]["own"]))
    network.load_state_dict(_widened(library("torch").load(run / "network.pt", weights_only=True)))
    network.eval()
    return network


def pad(rows: Sequence[Row]) -> tuple[Any, Any, Any]:
    """Rows as tensors, the turns at the end of each: ids, which are real, and which belong to the turn itself."""
    torch = library("torch")
    longest = max(len(row.ids) for row in rows)
    ids = torch.ones((len(rows), longest), dtype=torch.long)
    mask = torch.zeros((len(rows), longest), dtype=torch.long)
    inside = torch.zeros((len(rows), longest))
    for n, row in enumerate(rows):
        ids[n, -len(row.ids) :] = torch.tensor(row.ids)
        mask[n, -len(row.ids) :] = 1
        inside[n, row.start - len(row.ids) :] = 1
    return ids, mask, inside


class Scorer:
    """Raw scores of turns by a network in training: ``scorer(turns)`` is ``(n, outputs)`` in log-odds."""

    def __init__(self, network: Any, sequencer: Sequencer) -> None:
        self._network = network
        self._sequencer = sequencer

    def __call__(self, turns: Sequence[Turn], size: int = 64) -> Any:
        torch = library("torch")
        self._network.eval()
        rows = [self._sequencer.row(turn) for turn in turns]
        order = sorted(range(len(rows)), key=lambda n: len(rows[n].ids))
        out = torch.zeros((len(rows), len(OUTPUTS)))
        with torch.no_grad():
            for at in range(0, len(order), size):
                chosen = order[at : at + size]
                out[chosen] = self._network(*pad([rows[n] for n in chosen]))
        return out.numpy()


def _batches(items: Sequence[Example], sequencer: Sequencer, recipe: Recipe, rng: random.Random) -> Any:
    rows = [sequencer.row(vary(item.turn, recipe, rng, loud=item.loud, whole=item.whole)) for item in items]
    # Alike lengths share a batch (less padding); a little noise keeps the batches from being the same each time.
    order = sorted(range(len(rows)), key=lambda n: len(rows[n].ids) * rng.uniform(0.85, 1.15))
    batches = [order[at : at + recipe.batch] for at in range(0, len(order), recipe.batch)]
    rng.shuffle(batches)
    for batch in batches:
        yield [rows[n] for n in batch], [items[n].target for n in batch]


def _optimiser(network: Any, recipe: Recipe, steps: int) -> tuple[Any, Any]:
    torch = library("torch")
    body = [p for name, p in network.named_parameters() if p.requires_grad and not name.startswith("head.")]
    groups = [{"params": body, "lr": recipe.rate}, {"params": network.head.parameters(), "lr": recipe.head_rate}]
    optimiser = torch.optim.AdamW(groups, weight_decay=recipe.decay)
    warm = max(1, int(recipe.warmup * steps))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min((step + 1) / warm, max(0.0, (steps - step) / (steps - warm)))
    )
    return optimiser, schedule


def library(name: str) -> Any:
    """A module of the ``train`` extra. Raises `MissingExtraError`."""
    try:
        return import_module(name)
    except ImportError:
        raise MissingExtraError(name, "train") from None
