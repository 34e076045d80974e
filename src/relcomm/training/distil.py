"""What a model that ships teaches a smaller one (Hinton et al. 2015): probabilities beside the coders' labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from relcomm.labels import LABELS
from relcomm.model import Model
from relcomm.training.finetune import Example

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def lessons(teacher: Model, items: Sequence[Example], *, jobs: int = 2) -> NDArray[np.float64]:
    """What the teacher says of each example's turn, ``(examples, labels + 1)``, the last one for any harm.

    ``teacher`` must have been saved, so that it can go to ``jobs`` processes.
    """
    import numpy as np
    from joblib import Parallel, delayed

    turns = [item.turn for item in items]
    parts = [turns[at : at + 1000] for at in range(0, len(turns), 1000)]
    rows = np.concatenate(Parallel(n_jobs=jobs)(delayed(teacher.score)(part) for part in parts))
    by_label = rows[:, [teacher.labels.index(name) for name in LABELS]]
    harmful = [n for n, label in enumerate(LABELS.values()) if label.harmful]
    return np.column_stack([by_label, by_label[:, harmful].max(axis=1)])


def taught(items: Sequence[Example], told: NDArray[np.float64], share: float) -> list[Example]:
    """The examples with targets between the coders' and those of a teacher; of asking they keep the coders'.

    ``told`` are the teacher's probabilities as `lessons` gives them; ``share`` is what they weigh.
    """
    return [
        replace(
            item,
            coded=item.target,
            target=(
                *((1 - share) * t + share * float(p) for t, p in zip(item.target, row, strict=False)),
                *item.target[len(row) :],
            ),
        )
        for item, row in zip(items, told, strict=True)
    ]
