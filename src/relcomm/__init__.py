"""relcomm: how two people talk to each other, turn by turn, with evidence.

The public names are loaded on first use, so ``import relcomm`` stays light.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from relcomm.analyzer import Analyzer, analyze, check, classify, load
    from relcomm.errors import (
        InputError,
        LabelError,
        MissingExtraError,
        ModelError,
        ReadError,
        RelcommError,
        TrainingError,
    )
    from relcomm.integrations.sklearn import UtteranceClassifier, UtteranceEncoder
    from relcomm.labels import LABELS, Label
    from relcomm.patterns.side import MySide
    from relcomm.readers import read
    from relcomm.talk import Conversation, ReadReport, Turn, Utterance
    from relcomm.types import Advice, Analysis, Finding, Helpline, Notice, Prediction, Rate, Span

__version__ = "0.1.0"

_HOME = {
    "relcomm.analyzer": ("Analyzer", "analyze", "check", "classify", "load"),
    "relcomm.errors": (
        "InputError",
        "LabelError",
        "MissingExtraError",
        "ModelError",
        "ReadError",
        "RelcommError",
        "TrainingError",
    ),
    "relcomm.integrations.sklearn": ("UtteranceClassifier", "UtteranceEncoder"),
    "relcomm.labels": ("LABELS", "Label"),
    "relcomm.patterns.side": ("MySide",),
    "relcomm.readers": ("read",),
    "relcomm.talk": ("Conversation", "ReadReport", "Turn", "Utterance"),
    "relcomm.types": ("Advice", "Analysis", "Finding", "Helpline", "Notice", "Prediction", "Rate", "Span"),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "LABELS",
    "Advice",
    "Analysis",
    "Analyzer",
    "Conversation",
    "Finding",
    "Helpline",
    "InputError",
    "Label",
    "LabelError",
    "MissingExtraError",
    "ModelError",
    "MySide",
    "Notice",
    "Prediction",
    "Rate",
    "ReadError",
    "ReadReport",
    "RelcommError",
    "Span",
    "TrainingError",
    "Turn",
    "Utterance",
    "UtteranceClassifier",
    "UtteranceEncoder",
    "__version__",
    "analyze",
    "check",
    "classify",
    "load",
    "read",
]


def __getattr__(name: str) -> Any:
    try:
        module = _MODULE_OF[name]
    except KeyError:
        raise AttributeError(f"module 'relcomm' has no attribute {name!r}") from None
    value = getattr(import_module(module), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
