"""A model: one encoder, one linear head a label, calibrated; saved as arrays and JSON, verified before use.

What a model's folder holds and how it is checked is `relcomm.manifest`'s: ``heads.npy`` and the encoder's files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from itertools import islice
from math import exp
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relcomm.encoders import ENCODERS, Bounded, Encoder
from relcomm.errors import ModelError
from relcomm.manifest import NAME, array_bytes, matrix, read_folder, write_folder
from relcomm.text import MAX_WINDOWS, clean, parts, windows
from relcomm.types import Turn, Utterance

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ASKING = 2
"""How many heads a model has besides its labels' if it knows what an ask is."""
LARGEST_WEIGHT = 1e6
STEEPEST = 700.0
"""Beyond this a logistic function is 0 or 1 in double precision, and its exponential overflows."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From ``sure`` on, a label is given; from ``unsure`` on, it is named as not certain. Probabilities."""

    unsure: float
    sure: float

    def __post_init__(self) -> None:
        # Above 0, so that an empty text, which scores 0, never gets a label.
        if not 0 < self.unsure <= self.sure <= 1:
            raise ModelError("thresholds must be probabilities above 0, and 'unsure' not above 'sure'")


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch ``start:end`` of a turn's clean text that was scored by itself, and its scores, ``(labels,)``.

    ``asks`` is the probability that it asks the other for something; None where the model does not say.
    """

    start: int
    end: int
    scores: NDArray[np.float64]
    asks: float | None = None


def highest(windows: Sequence[Window]) -> NDArray[np.float64]:
    """The scores of a turn, ``(labels,)``: each label's highest of its windows."""
    import numpy as np

    return windows[0].scores if len(windows) == 1 else np.max([window.scores for window in windows], axis=0)


class Model:
    """An encoder with calibrated heads. Immutable; safe to share between threads; pickles as a path and a digest.

    ``heads`` is ``(dim + 1, labels)``, the last row the bias: a label's probability is the logistic function of
    ``row @ heads[:-1] + heads[-1]``. A model may have two heads more, which are no labels: whether a turn asks for
    something, and whether it asks for the same as an earlier turn (`relcomm.asks`).
    """

    def __init__(
        self,
        encoder: Encoder,
        labels: Sequence[str],
        *,
        heads: NDArray[np.float32],
        thresholds: Mapping[str, Thresholds],
        name: str = "unnamed",
        data: Mapping[str, Any] | None = None,
    ) -> None:
        import numpy as np

        if heads.shape not in [(encoder.dim + 1, len(labels) + more) for more in (0, ASKING)]:
            raise ModelError(f"heads of shape {heads.shape} do not fit {encoder.dim} columns and {len(labels)} labels")
        if not (np.abs(heads) < LARGEST_WEIGHT).all():
            raise ModelError("the heads hold something that is no number or a weight beyond all measure")
        if not all(labels) or len(set(labels)) != len(labels) or set(thresholds) != set(labels):
            raise ModelError(
                "labels must be named, each once; every label needs its thresholds, and only the labels do"
            )
        self.encoder = encoder
        self.labels = tuple(labels)
        self.thresholds = dict(thresholds)
        self.name = name
        self.data = dict(data or {})
        # One layout in memory, whatever came: sums round the same before saving and after loading.
        self._heads = np.ascontiguousarray(heads, dtype=np.float32)
        self._saved: tuple[str, str] | None = None
        self._fits = encoder.fits if isinstance(encoder, Bounded) else None
        self._expected: tuple[tuple[str, float], ...] = ()

    @property
    def knows_asks(self) -> bool:
        """Whether the model says which turns ask for something, and which ask the same."""
        return bool(self._heads.shape[1] > len(self.labels))

    def with_more(self, heads: NDArray[np.float32]) -> Model:
        """The same model, not yet saved, that knows what an ask is by two heads more, ``(dim + 1, 2)``."""
        import numpy as np

        whole = np.hstack([self._heads[:, : len(self.labels)], heads])
        return Model(self.encoder, self.labels, heads=whole, thresholds=self.thresholds, name=self.name, data=self.data)

    def __repr__(self) -> str:
        return f"Model({self.name!r}, encoder={self.encoder.name!r}, labels={len(self.labels)})"

    def __reduce__(self) -> tuple[Any, ...]:
        if self._saved is None:
            raise ModelError("only a saved model can travel to another process: save it and load it first")
        return _load_pinned, (*self._saved, self._expected)

    @property
    def digest(self) -> str:
        """The SHA-256 that seals the folder this model was loaded from; empty if it was not loaded."""
        return self._saved[1] if self._saved else ""

    def expecting(self, prior: str | Mapping[str, float]) -> Model:
        """The same model for talk in which labels are rarer, or more frequent, than where it was calibrated.

        ``prior`` is how often each label is expected, as shares of turns, or the name of a setting the model knows
        (``"everyday"``, ``"conflict"``); labels it does not name stay as they are. Probabilities change as Bayes' rule
        says (Saerens et al. 2002); the thresholds do not, so that what is given stays as likely to be right. Raises
        `ModelError`.
        """
        import numpy as np

        settings = _settings(self)
        if isinstance(prior, str) and prior not in settings:
            names = ", ".join(name for name in settings if name != "calibrated")
            raise ModelError(f"model {self.name!r} knows no such prior; it knows {names or 'none'}")
        usual = _shares(settings.get("calibrated"))
        expected = _shares(settings[prior] if isinstance(prior, str) else prior)
        if not set(expected) <= set(self.labels) & set(usual):
            raise ModelError(f"a prior is for labels whose usual share the model knows: {', '.join(usual)}")
        heads = self._heads.copy()
        for label, rate in expected.items():
            heads[-1, self.labels.index(label)] += np.log(rate / (1 - rate)) - np.log(usual[label] / (1 - usual[label]))
        changed = Model(
            self.encoder, self.labels, heads=heads, thresholds=self.thresholds, name=self.name, data=self.data
        )
        changed._saved = self._saved
        changed._expected = tuple(sorted(expected.items()))
        return changed

    def score(self, turns: Sequence[Turn]) -> NDArray[np.float64]:
        """Calibrated probabilities, ``(n, labels)``, each row by itself whatever the other rows are.

        A turn longer than one window, or than the encoder reads at once, is read in windows; each label takes the
        highest of its windows.
        """
        import numpy as np

        if not turns:
            return np.zeros((0, len(self.labels)))
        return np.stack([highest(windows) for windows in self.read(turns)])

    def read(self, turns: Sequence[Turn]) -> list[list[Window]]:
        """The windows of each turn with their scores, in order; where nothing was said, all scores are 0."""
        cut = [self.windowed(turn) for turn in turns]
        read = [part for each in cut for _, _, part in each]
        if not read:
            return []
        scores = probabilities(self.encoder.encode(read), self._heads)
        scores[[not part.utterance.text for part in read]] = 0.0
        rows = iter(scores)
        return [[self._window(start, end, next(rows)) for start, end, _ in each] for each in cut]

    def again(self, turns: Sequence[Turn]) -> NDArray[np.float64]:
        """The probability that each turn asks the same as the one it is put after by `relcomm.asks.after`, ``(n,)``.

        Raises `ModelError` if the model does not know what an ask is.
        """
        import numpy as np

        if not self.knows_asks:
            raise ModelError(f"model {self.name!r} does not say which turns ask for something")
        cut = [[part for _, _, part in self.windowed(turn)] for turn in turns]
        read = [part for each in cut for part in each]
        rows = iter(probabilities(self.encoder.encode(read), self._heads)[:, -1] if read else ())
        return np.array([max(next(rows) for _ in each) for each in cut])

    def _window(self, start: int, end: int, row: NDArray[np.float64]) -> Window:
        scores, asks = row[: len(self.labels)], row[len(self.labels) :]
        return Window(start, end, scores, float(asks[0]) if len(asks) else None)

    def windowed(self, turn: Turn) -> list[tuple[int, int, Turn]]:
        """The turns that are read for one turn, each with its place in the clean text; more than one if it is long."""
        text = clean(turn.utterance.text).text
        found = list(islice(windows(text), MAX_WINDOWS))
        if self._fits is not None:
            found = [part for window in found for part in parts(text, window, self._fits)]
        speaker, context = turn.utterance.speaker, turn.context
        return [(start, end, Turn(Utterance(text[start:end], speaker), context)) for start, end in found]

    def beside(self, other: Model, *, name: str) -> Model:
        """A model of this one's labels and those of ``other``, which has the same encoder. Raises `ModelError`."""
        import numpy as np

        if other.encoder is not self.encoder:
            raise ModelError("the labels of two models can stand in one only if both have the same encoder")
        own_labels, added_labels = len(self.labels), len(other.labels)
        own, added = (_settings(model) for model in (self, other))
        usual = {**_shares(own.get("calibrated", {})), **_shares(added.get("calibrated", {}))}
        return Model(
            self.encoder,
            self.labels + other.labels,
            heads=np.hstack([self._heads[:, :own_labels], other._heads[:, :added_labels], self._heads[:, own_labels:]]),
            thresholds={**self.thresholds, **other.thresholds},
            name=name,
            data={**self.data, **other.data, "rates": {**added, **own, "calibrated": usual}},
        )

    def save(self, folder: str | Path) -> None:
        """Write the model to a new folder. Raises `ModelError` if the folder already holds a model."""
        about = {
            "name": self.name,
            "labels": list(self.labels),
            "thresholds": {k: {"unsure": float(t.unsure), "sure": float(t.sure)} for k, t in self.thresholds.items()},
            "encoder": {"kind": self.encoder.name, "settings": self.encoder.settings()},
            "data": self.data,
        }
        write_folder(Path(folder), about, {**self.encoder.files(), "heads.npy": array_bytes(self._heads)})

    @classmethod
    def load(cls, folder: str | Path) -> Model:
        """The model of a folder, every file checked against its SHA-256 first. Raises `ModelError`."""
        folder = Path(folder)
        manifest, files = read_folder(folder)
        heads = matrix(files.pop("heads.npy", b""), "heads.npy")
        kind = ENCODERS.get(manifest["encoder"]["kind"])
        if kind is None:
            raise ModelError(f"{folder}: unknown kind of encoder; this relcomm knows {', '.join(ENCODERS)}")
        model = cls(
            kind.restore(manifest["encoder"]["settings"], files),
            manifest["labels"],
            heads=heads,
            thresholds={name: Thresholds(**limits) for name, limits in manifest["thresholds"].items()},
            name=manifest["name"],
            data=manifest["data"],
        )
        model._saved = (str(folder.resolve()), manifest["seal"])
        return model


def probabilities(rows: Any, heads: NDArray[np.float32]) -> NDArray[np.float64]:
    """What heads ``(dim + 1, labels)`` make of an encoder's rows ``(n, dim)``: ``(n, labels)``, each row by itself."""
    import numpy as np

    if isinstance(rows, np.ndarray):
        # Added up one after another in double precision, without BLAS: its kernels differ from one kind of processor to
        # the next, and with how many rows there are, in how they round.
        weights = heads[:-1].astype(np.float64)
        logits = np.stack([(row[:, None] * weights).sum(axis=0) for row in rows])
    else:
        logits = np.asarray(rows @ heads[:-1]).astype(np.float64)
    logits = np.clip(logits + heads[-1], -STEEPEST, STEEPEST)
    # numpy's own exponential is another one on a processor with AVX-512.
    return np.array([1.0 / (1.0 + exp(-logit)) for logit in logits.ravel().tolist()]).reshape(logits.shape)


def _settings(model: Model) -> Mapping[str, Any]:
    """How often labels are in the settings a model knows: shares of turns by label, by setting."""
    known = model.data.get("rates")
    return known if isinstance(known, Mapping) else {}


def _shares(given: object) -> dict[str, float]:
    """Shares of turns by label. Raises `ModelError` if they are none."""
    rates = given if isinstance(given, Mapping) else {"": given}
    if not all(isinstance(rate, float) and 0 < rate < 1 for rate in rates.values()):
        raise ModelError("a prior is made of shares of turns by label, numbers above 0 and below 1")
    return dict(rates)


def bundled() -> list[str]:
    """The names of the models that came with the package."""
    home = _home()
    return sorted(entry.name for entry in home.iterdir() if _holds_model(entry)) if home.is_dir() else []


def find(name: str | Path) -> Path:
    """The folder of a bundled model by name, or of a path to a model folder. Raises `ModelError`."""
    inside = _home() / str(name)
    if NAME.fullmatch(str(name)) and _holds_model(inside):
        return inside
    if _holds_model(Path(name)):
        return Path(name)
    # Not by its name, which may be anything: somebody's text, given where the model belongs.
    raise ModelError(
        f"there is no such model: name one of {', '.join(bundled()) or '(none bundled)'}, or a model folder"
    )


def _holds_model(folder: Path) -> bool:
    try:
        return (folder / "model.json").is_file()
    except OSError:  # a name too long for the file system, a folder that may not be entered
        return False


def _home() -> Path:
    installed = Path(str(resources.files("relcomm"))) / "models"
    return installed if installed.is_dir() else Path(__file__).resolve().parents[2] / "models"


def _load_pinned(folder: str, seal: str, expected: tuple[tuple[str, float], ...] = ()) -> Model:
    model = Model.load(_here(Path(folder)))
    if model._saved is None or model._saved[1] != seal:
        raise ModelError(f"{folder} has changed since this model was sent to another process")
    return model.expecting(dict(expected)) if expected else model


def _here(folder: Path) -> Path:
    """Where the model of a folder is on this machine, which need not be the one it was sent from."""
    inside = _home() / folder.name
    if _holds_model(folder):
        return folder
    if _holds_model(inside):
        return inside
    raise ModelError(f"{folder} is missing on this machine: put the model's folder there")
