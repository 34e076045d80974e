"""A mapping nobody can change."""

from __future__ import annotations

from typing import NoReturn, TypeVar

_K = TypeVar("_K")
_V = TypeVar("_V")


class FrozenDict(dict[_K, _V]):
    """A mapping nobody can change, which can be a key itself if its values can, be copied, pickled and be JSON.

    A dict, so that ``json`` and `dataclasses.asdict` take it: a `types.MappingProxyType` they do not.

    >>> FrozenDict(contempt=0.9) == {"contempt": 0.9}
    True
    """

    __slots__ = ()

    def _closed(self, *_: object, **__: object) -> NoReturn:
        raise TypeError(f"a {type(self).__name__} cannot be changed; dict(...) makes a copy that can")

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _closed

    def __hash__(self) -> int:  # type: ignore[override]  # a dict has none, as it may change
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[object, ...]:
        # Else unpickling would fill it item by item.
        return type(self), (dict(self),)
