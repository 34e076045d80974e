"""Model folders damaged as accidents and people damage them, one way at a time, and mended again.

Large files are changed where they lie: a folder of 70 MB is damaged in well under a second.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import tiny
from relcomm.errors import ModelError
from relcomm.model import Model

Chance: TypeAlias = random.Random
HUGE = 10 * 2**30


@dataclass
class Place:
    """A model's folder, a folder beside it for what is set aside, and other models' folders."""

    folder: Path
    aside: Path
    others: list[Path] = field(default_factory=list)

    @property
    def files(self) -> list[Path]:
        """What the model is made of."""
        names = json.loads((self.folder / "model.json").read_bytes())["files"]
        return [self.folder / name for name in (*names, "model.json")]


def differs(changed: bytes, content: bytes) -> bool:
    """Whether a change says anything: in JSON, white space may come and go."""
    try:
        return bool(json.loads(changed) != json.loads(content))
    except (ValueError, RecursionError):
        return changed != content


# Changes of bytes: where, how many bytes go, and what comes instead. ---------------------------------------------------

Change: TypeAlias = tuple[int, int, bytes]


def flip(content: bytes, chance: Chance) -> Change:
    """One bit turned over."""
    at = chance.randrange(len(content))
    return at, 1, bytes([content[at] ^ 1 << chance.randrange(8)])


def overwrite(content: bytes, chance: Chance) -> Change:
    """A run of bytes that are others."""
    at = chance.randrange(len(content))
    size = min(chance.choice((1, 8, 512, 4096)), len(content) - at)
    return at, size, chance.randbytes(size)


def blank(content: bytes, chance: Chance) -> Change:
    """A run of zeros, as a disk leaves them."""
    at, size, _ = overwrite(content, chance)
    return at, size, bytes(size)


def cut(content: bytes, chance: Chance) -> Change:
    """The end is gone; of JSON more than its last line end."""
    at = chance.randrange(len(content) - 1)
    return at, len(content) - at, b""


def drop(content: bytes, chance: Chance) -> Change:
    """A few bytes are gone."""
    at = chance.randrange(len(content) - 9)
    return at, chance.randint(1, 8), b""


def insert(content: bytes, chance: Chance) -> Change:
    """A few bytes are too many."""
    return (
        chance.randrange(1, len(content) - 1),
        0,
        bytes(chance.choice(b"x0-\xff\x00") for _ in range(chance.randint(1, 8))),
    )


def append(content: bytes, chance: Chance) -> Change:
    """Something stands behind the end."""
    return len(content), 0, chance.choice((b"x", b"\0", b"{}", b"PK\x03\x04", chance.randbytes(64)))


BYTES: tuple[Callable[[bytes, Chance], Change], ...] = (flip, overwrite, blank, cut, drop, insert, append)


@contextmanager
def changed(path: Path, change: Callable[[bytes, Chance], Change], chance: Chance) -> Iterator[None]:
    """A file with its bytes changed."""
    content = path.read_bytes()
    for _ in range(100):
        at, size, put = change(content, chance)
        tail = content[at + size :] if len(put) != size else b""
        if (content[at : at + size] != put or tail) and (
            path.suffix != ".json" or differs(content[:at] + put + content[at + size :], content)
        ):
            break
    else:
        raise AssertionError(f"no change of {path.name} says anything")
    with path.open("r+b") as file:
        file.seek(at)
        file.write(put + tail)
        if len(put) != size:
            file.truncate()
    try:
        yield
    finally:
        with path.open("r+b") as file:
            file.seek(at)
            file.write(content[at:])
            file.truncate()


# Changes of files ------------------------------------------------------------------------------------------------------


@contextmanager
def gone(path: Path, place: Place) -> Iterator[Path]:
    """A file set aside; whatever takes its place is taken away again."""
    kept = place.aside / path.name
    path.rename(kept)
    try:
        yield kept
    finally:
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
        else:
            path.unlink(missing_ok=True)
        kept.rename(path)


def _instead(make: Callable[[Path, Path, Place], object]) -> Callable[[Place, Chance], Any]:
    @contextmanager
    def damage(place: Place, chance: Chance) -> Iterator[None]:
        path = chance.choice(place.files)
        with gone(path, place) as kept:
            make(path, kept, place)
            yield

    return damage


def _sparse(path: Path, _: Path, __: Place) -> None:
    with path.open("wb") as file:
        file.truncate(HUGE)


def _enormous(path: Path, kept: Path, _: Place) -> None:
    # As JSON: a list in a list in a list; as anything else: far more of the same.
    path.write_bytes(b"[" * 2_000_000 if path.suffix == ".json" else kept.read_bytes()[:1000] * 2_000)


@contextmanager
def swapped(place: Place, chance: Chance) -> Iterator[None]:
    """Two files under each other's names."""
    one, other = _two(place.files, chance)
    _swap(one, other, place.aside / "spare")
    try:
        yield
    finally:
        _swap(one, other, place.aside / "spare")


def _swap(one: Path, other: Path, spare: Path) -> None:
    one.rename(spare)
    other.rename(one)
    spare.rename(other)


@contextmanager
def renamed(place: Place, chance: Chance) -> Iterator[None]:
    """A file under another name."""
    path = chance.choice(place.files)
    stem, suffix = path.stem, path.suffix
    name = chance.choice(
        (stem, stem + suffix.upper(), f"{path.name}.bak", f"{path.name}.part", f"_{path.name}", f"{stem}2{suffix}")
    )
    path.rename(place.folder / name)
    try:
        yield
    finally:
        (place.folder / name).rename(path)


@contextmanager
def mixed(place: Place, chance: Chance) -> Iterator[None]:
    """A file of another model."""
    path = chance.choice(place.files)
    files = [file for other in place.others for file in other.iterdir()]
    same = [file for file in files if file.name == path.name] or [file for file in files if file.suffix == path.suffix]
    there = same or files
    with gone(path, place):
        os.link(chance.choice(there), path)
        yield


@contextmanager
def _manifest(place: Place, change: Callable[[dict[str, Any]], object], *, sealed: bool) -> Iterator[None]:
    path = place.folder / "model.json"
    content = path.read_bytes()
    told = json.loads(content)
    change(told)
    path.write_text(json.dumps(told), encoding="utf-8")
    if sealed:
        tiny.resealed(place.folder, lambda _: None)
    try:
        yield
    finally:
        path.write_bytes(content)


@contextmanager
def rewritten(place: Place, chance: Chance) -> Iterator[None]:
    """``model.json`` says something else somewhere."""

    def change(told: dict[str, Any]) -> None:
        at: Any = told
        while True:
            key = chance.choice(list(at) if isinstance(at, dict) else range(len(at)))
            if not isinstance(at[key], dict | list) or not at[key] or chance.random() < 0.1:
                at[key] = [at[key], chance.choice((0, 1, "x", None, [], {}))]
                return
            at = at[key]

    with _manifest(place, change, sealed=False):
        yield


@contextmanager
def listed_under_other_names(place: Place, chance: Chance) -> Iterator[None]:
    """Two files under each other's names, and listed so by somebody who knows how the seal is made; or one under a new name."""
    names = [path.name for path in place.files if path.name != "model.json"]
    # Two of one kind, sealed, would be another model, and no damage.
    two = [(one, other) for one in names for other in names if Path(one).suffix < Path(other).suffix]
    if not two or chance.random() < 0.5:
        old = chance.choice(names)
        new = f"{chance.choice(('other', 'encoder2', 'heads2', 'weights'))}{Path(old).suffix}"
        pairs = {old: new}
    else:
        one, other = chance.choice(two)
        pairs = {one: other, other: one}

    def change(told: dict[str, Any]) -> None:
        told["files"] = {pairs.get(name, name): entry for name, entry in told["files"].items()}

    def move(pairs: Mapping[str, str]) -> None:
        for name in pairs:
            (place.folder / name).rename(place.aside / name)
        for name, new in pairs.items():
            (place.aside / name).rename(place.folder / new)

    move(pairs)
    try:
        with _manifest(place, change, sealed=True):
            yield
    finally:
        move({new: name for name, new in pairs.items()})


KINDS: Mapping[str, Callable[[Place, Chance], Any]] = {
    **{
        change.__name__: lambda place, chance, c=change: changed(chance.choice(place.files), c, chance)  # type: ignore[misc]
        for change in BYTES
    },
    "swapped": swapped,
    "of another model": mixed,
    "renamed": renamed,
    "missing": _instead(lambda path, kept, place: None),
    "empty": _instead(lambda path, kept, place: path.touch()),
    "a folder": _instead(lambda path, kept, place: path.mkdir()),
    "a pipe": _instead(lambda path, kept, place: os.mkfifo(path)),
    "a link out": _instead(lambda path, kept, place: path.symlink_to(kept)),
    "a link to nothing": _instead(lambda path, kept, place: path.symlink_to("nothing")),
    "a link to itself": _instead(lambda path, kept, place: path.symlink_to(path.name)),
    "a device": _instead(lambda path, kept, place: path.symlink_to("/dev/zero")),
    "10 GB of nothing": _instead(_sparse),
    "enormous": _instead(_enormous),
    "model.json rewritten": rewritten,
    "renamed and sealed": listed_under_other_names,
}
"""How a folder can be damaged, by name. The last one gets by the hashes: the files themselves must be refused."""
SEALED = {"renamed and sealed"}


def fate(place: Place, kind: str, chance: Chance) -> str:
    """What became of a folder damaged in this way: ``refused``, or what is wrong."""
    used: list[str] = []
    with KINDS[kind](place, chance), _noting(used):
        try:
            Model.load(place.folder)
        except ModelError:
            return f"used before it was refused: {used}" if used and kind not in SEALED else "refused"
        except BaseException as error:
            return f"{type(error).__name__}, which is no ModelError"
        return "loaded"


@contextmanager
def _noting(used: list[str]) -> Iterator[None]:
    """Note which encoders are made."""
    import relcomm.model as home

    before = home.ENCODERS
    home.ENCODERS = {name: _noted(kind, used) for name, kind in before.items()}  # type: ignore[misc]
    try:
        yield
    finally:
        home.ENCODERS = before  # type: ignore[misc]


def _noted(kind: Any, used: list[str]) -> Any:
    class Noted(kind):  # type: ignore[misc]
        @classmethod
        def restore(cls, settings: Any, files: Any) -> Any:
            used.append(kind.name)
            return kind.restore(settings, files)

    return Noted


def _two(items: list[Any], chance: Chance) -> tuple[Any, Any]:
    one, other = chance.sample(items, 2)
    return one, other
