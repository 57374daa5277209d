"""What a result depends on: the inputs of its key, and the receipt that tells them."""

import os
import platform
import sys
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from pathlib import Path
from typing import Any

from packaging.markers import Marker
from packaging.tags import sys_tags
from packaging.utils import canonicalize_name, parse_wheel_filename

from engine import kernel
from engine.examples import FOLDER, Example, imports
from engine.problems import ROOT, Problem, Problems
from engine.sources import content_of, text_of
from engine.store import canonical, digest

LOCK = ROOT / "uv.lock"
FORMAT = 3  # of a stored result; raise it when runner.py writes another

# One thread and fixed instructions: the same numbers with any number of cores.
DETERMINISM = {
    "PYTHONHASHSEED": "0",
    "TF_DETERMINISTIC_OPS": "1",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "CUDA_VISIBLE_DEVICES": "-1",
}

SHOWN = ("tensorflow", "keras", "numpy", "matplotlib")


@cache
def packages(lock: Path = LOCK) -> dict[str, dict[str, str]]:
    """Version and SHA-256 of every wheel that examples run on.

    These are the project's dependencies and theirs, as the lock file names them, in the build that this machine takes.
    Raises Problems.
    """
    text = text_of(lock)
    try:
        return packages_in(tomllib.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        said = f"{type(error).__name__}: {error}"
        raise Problems([Problem(lock, 1, f"is no lock file: {said} (run 'uv lock')")]) from None


def packages_in(lock: dict[str, Any]) -> dict[str, dict[str, str]]:
    """See `packages`. Raises KeyError and the like for what is no lock file of this project."""
    locked = {package["name"]: package for package in lock["package"] if is_for_us(package)}
    found: dict[str, dict[str, str]] = {}
    waiting = ["neurons-to-networks"]
    while waiting:
        package = locked[waiting.pop()]
        if wheel := digest_of_build(package):
            found[package["name"]] = {"version": package["version"], "sha256": wheel}
        for needed in package.get("dependencies", []):
            applies = "marker" not in needed or Marker(needed["marker"]).evaluate()
            if applies and needed["name"] not in found:
                waiting.append(needed["name"])
    return dict(sorted(found.items()))


def is_for_us(package: dict[str, Any]) -> bool:
    """Whether a locked package is for this Python; the lock may name a package several times, in other versions."""
    markers = package.get("resolution-markers", [])
    return not markers or any(Marker(marker).evaluate() for marker in markers)


def digest_of_build(package: dict[str, Any]) -> str | None:
    """The SHA-256 of the wheel of a locked package that fits this machine best, else of its source archive."""
    rank = tag_ranks()
    best = None
    for wheel in package.get("wheels", []):
        tags = parse_wheel_filename(wheel["url"].rsplit("/", 1)[-1])[3]
        place = min((rank[tag] for tag in tags if tag in rank), default=None)
        if place is not None and (best is None or place < best[0]):
            best = (place, wheel["hash"])
    chosen = best[1] if best else package.get("sdist", {}).get("hash")
    return chosen and chosen.removeprefix("sha256:")


@cache
def tag_ranks() -> dict[Any, int]:
    """How well each wheel tag fits this machine; the smallest number fits best."""
    return {tag: place for place, tag in enumerate(sys_tags())}


@cache
def installed() -> str:
    """One digest of what these wheels have put on this machine, should that be another build than the locked one."""
    return digest(canonical({name: brought(name) for name in packages()}))


def brought(name: str) -> list[str]:
    """The files of a wheel and their digests, without what differs between folders and installers."""
    try:
        record = distribution(name).read_text("RECORD") or ""
    except PackageNotFoundError:
        return []
    differs = (".dist-info/", ".pyc,")
    return sorted(
        line for line in record.splitlines() if not line.startswith("..") and not any(part in line for part in differs)
    )


def undeclared(example: Example) -> Iterable[Problem]:
    """What an example, or a module of its, imports from packages that its key would not hold."""
    python = {path: content for path, content in example.modules.items() if path.suffix == ".py"}
    modules = {path: content.decode("utf-8-sig", errors="replace") for path, content in python.items()}
    local = {path.relative_to(FOLDER).parts[0].removesuffix(".py") for path in modules}
    for path, text in {example.path: example.text, **modules}.items():
        for name, line in imports(text).items():
            if name not in local and name not in sys.stdlib_module_names and not is_declared(name):
                yield Problem(path, line, f"'{name}' is not a declared dependency (see pyproject.toml)")


def is_declared(module: str) -> bool:
    """Whether a module belongs to a dependency of the project, or to one of theirs."""
    if module in packages():
        return True
    return any(canonicalize_name(name) in packages() for name in packages_distributions().get(module, []))


def inputs(example: Example, pictures: dict[str, Any] | None) -> dict[str, Any]:
    """Everything a result depends on, ready for JSON; `pictures` is the identity of the data, if the example loads it.

    Not in it: prose, the names of cells, times and folders of files. Raises Problems.
    """
    return {
        "format": FORMAT,
        "cells": [cell.source for cell in example.cells],
        "modules": {str(path.relative_to(FOLDER)): digest(content) for path, content in example.modules.items()},
        "kernel": digest(Path(kernel.__file__).read_bytes()),
        "matplotlibrc": looks(),
        "pictures": pictures,
        "determinism": DETERMINISM,
        "python": platform.python_version(),
        "packages": packages(),
        "installed": installed(),
    }


def looks() -> str:
    """A digest of how figures look. Raises Problems."""
    return digest(text_of(FOLDER / "matplotlibrc"))


def changed(example: Example, inputs: dict[str, Any]) -> list[str]:
    """The files beside an example that are not any more what its inputs say, or cannot be read."""

    try:
        now = {path: content_of(path) for path in example.modules}
        found = [path.name for path, content in now.items() if content != example.modules[path]]
        return [*found, *(["matplotlibrc"] if looks() != inputs["matplotlibrc"] else [])]
    except Problems as unreadable:
        return [problem.path.name for problem in unreadable.problems]


def key(inputs: dict[str, Any]) -> str:
    """The content key of a result: one digest of all its inputs."""
    return digest(canonical(inputs))


def receipt(example: Example, inputs: dict[str, Any], seconds: list[float]) -> dict[str, Any]:
    """What a result came from, for people: `seconds` holds one number for each cell."""
    return {
        "key": key(inputs),
        "example": digest(canonical(inputs["cells"])),
        "modules": inputs["modules"],
        "pictures": inputs["pictures"],
        "packages": {name: inputs["packages"][name] for name in SHOWN},
        "python": inputs["python"],
        "seed": example.seed,
        "device": {"kind": "CPU", "cores": os.cpu_count(), "threads": 1},
        "seconds": [round(second, 2) for second in seconds],
    }
