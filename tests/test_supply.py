"""What the package is made of: the pinned lock with its hashes, the list in the wheel, and who holds which rights."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

import shipped
from relcomm import __version__

ROOT = Path(__file__).parents[1]
CONFIG = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = CONFIG["project"]
PRETRAINED = CONFIG["tool"]["relcomm"]["pretrained"]
LOCK = (ROOT / "scripts" / "constraints.txt").read_text(encoding="utf-8")
WORKFLOW = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")


def locked() -> dict[str, tuple[str, list[str]]]:
    """The version and the hashes of each library in the lock; the last of those that depend on the Python it is for."""
    entries = re.findall(r"^([A-Za-z0-9._-]+)==(\S+)[^\n]*\n((?: +--hash=.*\n?)*)", LOCK, re.MULTILINE)
    return {plain(name): (version, re.findall(r"sha256:([0-9a-f]{64})\b", hashes)) for name, version, hashes in entries}


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def asked() -> list[str]:
    """What .venv is asked to hold, as requirements."""
    extras = PROJECT["optional-dependencies"]
    groups = CONFIG["dependency-groups"]
    dev = [each for each in groups["dev"] if isinstance(each, str)]
    assert [each for each in groups["dev"] if each not in dev] == [{"include-group": "docs"}]
    return [*PROJECT["dependencies"], *dev, *groups["docs"], *extras["parquet"], *extras["spss"]]


def test_every_library_in_the_lock_has_hashes() -> None:
    lines = [line for line in LOCK.splitlines() if line and line[0] not in " #"]
    assert set(locked()) == {plain(line.split("==")[0]) for line in lines}
    assert len(locked()) >= 80
    assert [name for name, (_, hashes) in locked().items() if not hashes] == []


@pytest.mark.parametrize("requirement", asked())
def test_the_lock_has_what_is_asked_for(requirement: str) -> None:
    requirements = pytest.importorskip("packaging.requirements")
    wanted = requirements.Requirement(requirement)
    version, _ = locked()[plain(wanted.name)]
    assert version in wanted.specifier


# The list in the wheel ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def listed() -> dict[str, Any]:
    pytest.importorskip("hatchling")
    spec = importlib.util.spec_from_file_location("sbom", ROOT / "scripts" / "sbom.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made: dict[str, Any] = module.sbom(ROOT, CONFIG, __version__)
    assert made == module.sbom(ROOT, CONFIG, __version__)
    return made


def parts(listed: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    return {part["bom-ref"]: part for part in listed["components"] if part["type"] == kind}


def test_the_list_names_every_library(listed: dict[str, Any]) -> None:
    found = parts(listed, "library")
    needed = {ref for ref, part in found.items() if part["scope"] == "required"}
    assert needed == {re.split(r"[<>=]", each)[0] for each in PROJECT["dependencies"]}
    assert {ref.partition(":")[0] for ref in set(found) - needed} == set(PROJECT["optional-dependencies"])
    assert listed["metadata"]["component"]["purl"] == f"pkg:pypi/relcomm@{__version__}"


@pytest.mark.parametrize("name", shipped.NAMES)
def test_the_list_has_the_hash_of_every_file_of_a_model(listed: dict[str, Any], name: str) -> None:
    model = parts(listed, "machine-learning-model")[f"models/{name}"]
    hashes = {each["name"]: each["hashes"][0]["content"] for each in model["components"]}
    folder = shipped.MODELS / name
    assert set(hashes) == {f"relcomm/models/{name}/{file.name}" for file in folder.iterdir()}
    pinned = json.loads((folder / "model.json").read_bytes())["files"]
    assert pinned
    for file, entry in pinned.items():
        assert hashes[f"relcomm/models/{name}/{file}"] == entry["sha256"]
    assert ("pedigree" in model) == (folder / "encoder.onnx").exists()


@pytest.mark.parametrize("name", PRETRAINED)
def test_pretrained_weights_are_named_alike_everywhere(listed: dict[str, Any], name: str) -> None:
    origin = PRETRAINED[name]
    (ancestor,) = parts(listed, "machine-learning-model")[f"models/{name}"]["pedigree"]["ancestors"]
    assert ancestor["hashes"] == [{"alg": "SHA-256", "content": origin["sha256"]}]
    assert ancestor["licenses"] == [{"license": {"id": origin["license"]}}]
    said = " ".join((ROOT / "NOTICE").read_text(encoding="utf-8").split())
    assert f"models/{name} holds weights derived from {origin['name']} by the sentence-transformers authors" in said
    assert {origin["sha256"], origin["license"]} <= set(re.findall(r"[0-9a-f]{64}|Apache-2\.0", said))
    build = (ROOT / "src" / "relcomm" / "training" / "build.py").read_text(encoding="utf-8")
    assert f'("{origin["name"]}", "{origin["sha256"]}")' in build


# Rights ---------------------------------------------------------------------------------------------------------------


def test_the_wheel_says_whose_it_is() -> None:
    assert PROJECT["license"] == "Apache-2.0 AND CC-BY-4.0"
    assert all((ROOT / name).is_file() for name in PROJECT["license-files"])
    rights = tomllib.loads((ROOT / "REUSE.toml").read_text(encoding="utf-8"))["annotations"]
    assert {each["SPDX-License-Identifier"] for each in rights} == {"Apache-2.0", "CC-BY-4.0"}
    texts = {file.stem: file.read_text(encoding="utf-8") for file in (ROOT / "LICENSES").iterdir()}
    assert set(texts) == {"Apache-2.0", "CC-BY-4.0"}
    assert "Attribution 4.0 International" in texts["CC-BY-4.0"]
    digest = hashlib.sha256((ROOT / "LICENSE").read_bytes()).hexdigest()
    assert digest == hashlib.sha256(texts["Apache-2.0"].encode()).hexdigest()


# The workflow ---------------------------------------------------------------------------------------------------------


def test_the_workflow_tries_every_extra() -> None:
    (matrix,) = re.findall(r"extra: \[(.*)\]", WORKFLOW)
    assert set(matrix.split(", ")) == {"core", *PROJECT["optional-dependencies"]}


def test_the_workflow_names_its_actions_by_hash() -> None:
    used = re.findall(r"uses: (\S+)", WORKFLOW)
    assert used
    assert [action for action in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action)] == []
