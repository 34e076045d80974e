"""One hash of labels, scores and evidence, whatever the batches, threads, processes and libraries' settings.

usage: python benchmarks/determinism.py [--models ngram small base] [--turns 60] [--only SETTING ...] [--json]

Turns from RelCheck and the golden turns are labelled under one setting after another, each in a fresh Python, as most of
them are read when a library is loaded. Everything in every prediction goes into the hash, numbers bit for bit. Prints the
hash under each setting, a star where it differs from the first; exits with 1 if any does. Which settings of numpy and
OpenBLAS there are depends on the processor: those that ask for more than it has are left out. What the hash is on another
kind of processor is not promised: kernels for 8-bit weights differ (tests/golden says by how much).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from backends import digest

from relcomm.analyzer import Analyzer, load
from relcomm.training.suite import find_suite, read_suite
from relcomm.types import Prediction, Turn, Utterance

GOLDEN = Path(__file__).resolve().parents[1] / "tests" / "golden" / "turns.json"


@dataclass(frozen=True, slots=True)
class Setting:
    """How turns are handed over, and with what environment; ``needs`` is what the processor must have for it."""

    how: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    needs: str = ""


def settings() -> dict[str, Setting]:
    """Every setting by name; the first is the one all others are compared with."""
    found = {"as it comes": Setting()}
    found |= {f"batches of {size}": Setting({"batch": size}) for size in (1, 7, 32)}
    found |= {f"{order} order": Setting({"order": order}) for order in ("reversed", "shuffled")}
    for backend in ("threading", "loky", "multiprocessing"):
        found[f"joblib, {backend}, two workers"] = Setting({"batch": 7, "backend": backend, "jobs": 2})
    found["joblib, threading, five workers"] = Setting({"batch": 3, "backend": "threading", "jobs": 5})
    found["joblib, sequential"] = Setting({"batch": 7, "backend": "sequential", "jobs": 1})
    for threads in (1, 2, 5):
        found[f"ONNX Runtime, {threads} threads"] = Setting({"onnx": {"intra_op_num_threads": threads}})
    found["ONNX Runtime, two operators at once"] = Setting({"onnx": {"inter_op_num_threads": 2, "execution_mode": 1}})
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        found |= {f"{name}={n}": Setting(environment={name: str(n)}) for n in (1, 2, 5)}
    for core, needs in {"Prescott": "", "Nehalem": "", "Sandybridge": "avx", "Haswell": "avx2", "Zen": "avx2",
                        "SkylakeX": "avx512f", "Cooperlake": "avx512_bf16"}.items():  # fmt: skip
        found[f"OPENBLAS_CORETYPE={core}"] = Setting(environment={"OPENBLAS_CORETYPE": core}, needs=needs)
    for features, needs in {"X86_V4": "avx512f", "X86_V3 X86_V4": "avx2"}.items():
        off = {"NPY_DISABLE_CPU_FEATURES": features}
        found[f"numpy without {features}"] = Setting(environment=off, needs=needs)
    return found | {f"PYTHONHASHSEED={n}": Setting(environment={"PYTHONHASHSEED": str(n)}) for n in (1, 2)}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--models", nargs="+", default=["ngram", "small", "base"])
    parser.add_argument("--turns", type=int, default=60)
    parser.add_argument("--only", nargs="+", choices=settings(), metavar="SETTING", help="and the first, as always")
    parser.add_argument("--json", action="store_true", help="one row, {name, figure, bar, met, command}, nothing else")
    parser.add_argument("--one", help=argparse.SUPPRESS)  # a setting: what the fresh Python is asked for
    options = parser.parse_args()
    if options.one:
        how = json.loads(options.one)
        print(json.dumps({model: hash_of(model, options.turns, how) for model in options.models}))
        return
    differ = compare(options)
    if options.json:
        name = f"hashes of scores that another setting changes ({', '.join(options.models)})"
        command = " ".join(["python benchmarks/determinism.py --models", *options.models])
        print(json.dumps({"name": name, "figure": differ, "bar": 0, "met": not differ, "command": command}))
    sys.exit(1 if differ else 0)


def compare(options: argparse.Namespace) -> int:
    """Print the hash of each model under each setting; how many differ from those under the first."""
    has, first, differ = features(), {}, 0
    for name, setting in settings().items():
        if first and options.only and name not in options.only:
            continue
        if setting.needs and has and setting.needs not in has:
            say(options, f"{name:38} left out: no {setting.needs} here")
            continue
        found = fresh(options, setting)
        first = first or found
        differ += sum(found[model] != first[model] for model in found)
        hashes = (f"{model} {each[:16]}{' *' if each != first[model] else '  '}" for model, each in found.items())
        say(options, f"{name:38} {' '.join(hashes)}")
    return differ


def say(options: argparse.Namespace, line: str) -> None:
    if not options.json:
        print(line, flush=True)


def features() -> frozenset[str]:
    """What this processor can do, where the system says so in Linux's way; empty where nobody knows."""
    told = Path("/proc/cpuinfo")
    lines = told.read_text(encoding="utf-8").splitlines() if told.exists() else []
    return frozenset(next((line.split(":")[1] for line in lines if line.startswith("flags")), "").split())


def fresh(options: argparse.Namespace, setting: Setting) -> dict[str, str]:
    """The hash of each model that a new Python prints."""
    asked = [sys.executable, __file__, "--turns", str(options.turns), "--one", json.dumps(dict(setting.how))]
    # numpy says which of the features it is told not to use it would not have used.
    environment = {**os.environ, "PYTHONWARNINGS": "ignore", **setting.environment}
    asked += ["--models", *options.models]
    done = subprocess.run(asked, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"no hash under {dict(setting.how)} {dict(setting.environment)}:\n{done.stderr}")
    found: dict[str, str] = json.loads(done.stdout)
    return found


# In the fresh Python ---------------------------------------------------------------------------------------------------


def hash_of(model: str, count: int, how: Mapping[str, Any]) -> str:
    if "onnx" in how:
        force(how["onnx"])
    turns = chosen(count)
    order = list(range(len(turns)))
    if how.get("order") == "shuffled":
        random.Random(4).shuffle(order)
    elif how.get("order") == "reversed":
        order.reverse()
    seen = labelled(load(model), [turns[n] for n in order], how)
    by_place = dict(zip(order, seen, strict=True))
    return hashlib.sha256(b"".join(digest(by_place[n]) for n in range(len(turns)))).hexdigest()


def chosen(count: int) -> list[Turn]:
    """The golden turns, and cases of RelCheck spread over all of it."""
    golden = [
        Turn(
            Utterance(raw["text"], raw.get("speaker", "")),
            tuple(Utterance(text, speaker) for speaker, text in raw.get("context", ())),
        )
        for raw in json.loads(GOLDEN.read_text(encoding="utf-8"))
    ]
    cases = [case.turn for case in read_suite(find_suite("relcheck"))]
    more = max(count - len(golden), 0)
    return golden[:count] + [cases[n * len(cases) // more] for n in range(more)]


def labelled(analyzer: Analyzer, turns: Sequence[Turn], how: Mapping[str, Any]) -> list[Prediction]:
    from joblib import parallel_config

    batch = how.get("batch", 256)
    if "backend" not in how:
        return list(analyzer.label(turns, batch_size=batch, n_jobs=1))
    with parallel_config(backend=how["backend"], n_jobs=how["jobs"]):
        return list(analyzer.label(turns, batch_size=batch))


def force(wanted: Mapping[str, Any]) -> None:
    """Have ONNX Runtime run with these options, whatever relcomm asks of it."""
    import onnxruntime

    class Forced(onnxruntime.SessionOptions):  # type: ignore[misc,name-defined]
        def __setattr__(self, name: str, value: Any) -> None:
            super().__setattr__(name, value if name not in wanted else coerced(name, wanted[name]))

        def __init__(self) -> None:
            super().__init__()
            for name, value in wanted.items():
                super().__setattr__(name, coerced(name, value))

    def coerced(name: str, value: int) -> Any:
        return onnxruntime.ExecutionMode.ORT_PARALLEL if name == "execution_mode" else value

    onnxruntime.SessionOptions = Forced


if __name__ == "__main__":
    main()
