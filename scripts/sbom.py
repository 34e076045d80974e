"""What is in the wheel and what it needs, as a CycloneDX list (PEP 770); a hook of the build, hatchling's.

It names the libraries that are installed with relcomm or, by an extra, may be; each model with the SHA-256 of its files; and
the pretrained encoders their weights were derived from. It holds no time and no chance: the same checkout gives the same
bytes.
"""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NAME = "relcomm.cdx.json"
_REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+)\s*(.*)")

Part = dict[str, Any]
"""A component, as CycloneDX has them."""


class SbomHook(BuildHookInterface):  # type: ignore[type-arg]
    """Puts the list into ``*.dist-info/sboms/`` of every wheel but an editable one."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the list and tell the builder where it is."""
        if version == "editable":
            return
        self.folder = tempfile.TemporaryDirectory()
        file = Path(self.folder.name, NAME)
        metadata = self.metadata
        listed = sbom(Path(self.root), metadata.config, metadata.version)
        file.write_text(json.dumps(listed, indent=1, sort_keys=True) + "\n", encoding="utf-8", newline="\n")
        build_data["sbom_files"].append(str(file))

    def finalize(self, version: str, *_: Any) -> None:
        """Take the file away again."""
        if version != "editable":
            self.folder.cleanup()


def sbom(root: Path, config: Mapping[str, Any], version: str) -> Part:
    """The list for a checkout, its pyproject.toml and its version."""
    project = config["project"]
    own = {
        "type": "library",
        "bom-ref": "relcomm",
        "name": project["name"],
        "version": version,
        "description": project["description"],
        "purl": f"pkg:pypi/{project['name']}@{version}",
        "licenses": [{"expression": project["license"]}],
    }
    needed = [_library(each, "") for each in project["dependencies"]]
    extras = project["optional-dependencies"].items()
    wanted = [_library(each, extra) for extra, several in extras for each in several]
    models = [_model(folder, config["tool"]["relcomm"]["pretrained"]) for folder in sorted((root / "models").iterdir())]
    parts = [*needed, *wanted, *models]
    told: Part = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": own},
        "components": parts,
        "dependencies": [{"ref": "relcomm", "dependsOn": [part["bom-ref"] for part in (*needed, *models)]}],
    }
    number = uuid5(NAMESPACE_URL, json.dumps(told, sort_keys=True))
    return told | {"serialNumber": f"urn:uuid:{number}"}


def _library(requirement: str, extra: str) -> Part:
    """A library as pyproject.toml asks for it: which version will be there is for the installer to choose."""
    found = _REQUIREMENT.fullmatch(requirement)
    if found is None:
        raise ValueError(f"pyproject.toml: this requirement cannot be listed: {requirement}")
    name, versions = found.groups()
    said = {"relcomm:versions": versions} | ({"relcomm:extra": extra} if extra else {})
    return {
        "type": "library",
        "bom-ref": f"{extra}:{name}" if extra else name,
        "name": name,
        "purl": f"pkg:pypi/{name.lower()}",
        "scope": "optional" if extra else "required",
        "properties": [{"name": key, "value": value} for key, value in said.items()],
    }


def _model(folder: Path, pretrained: Mapping[str, Mapping[str, str]]) -> Part:
    """A model of ours with its files, and the encoder it was derived from where there is one."""
    model: Part = {
        "type": "machine-learning-model",
        "bom-ref": f"models/{folder.name}",
        "name": folder.name,
        "licenses": [{"license": {"id": "Apache-2.0"}}],
        "components": list(_files(folder)),
    }
    origin = pretrained.get(folder.name)
    if origin is not None:
        ancestor = {
            "type": "machine-learning-model",
            "name": origin["name"],
            "authors": [{"name": origin["authors"]}],
            "hashes": [{"alg": "SHA-256", "content": origin["sha256"]}],
            "licenses": [{"license": {"id": origin["license"]}}],
            "externalReferences": [{"type": "distribution", "url": origin["url"]}],
        }
        model["pedigree"] = {"ancestors": [ancestor], "notes": "Changed as NOTICE says."}
    return model


def _files(folder: Path) -> Iterator[Part]:
    for file in sorted(folder.iterdir()):
        yield {
            "type": "file",
            "bom-ref": f"models/{folder.name}/{file.name}",
            "name": f"relcomm/models/{folder.name}/{file.name}",
            "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(file.read_bytes()).hexdigest()}],
        }
