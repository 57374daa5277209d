"""What a result depends on: the inputs of its key."""

import platform
import re
import sys
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from engine.project import Problem, Problems, Project
from engine.read.examples import Example, imports
from engine.run import kernel
from engine.run.store import digest, digest_of

FORMAT = 4  # of a stored result; raise it when outputs.py or execute.py writes another

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


def source(project: Project, example: Example) -> dict[str, Any]:
    """What a result depends on that belongs to the project, without prose and names of cells. Raises Problems."""
    return {
        "format": FORMAT,
        "cells": [cell.source for cell in example.cells],
        "matplotlibrc": digest(project.text(project.matplotlibrc)),
        "kernel": digest(Path(kernel.__file__).read_bytes()),
        "determinism": DETERMINISM,
        "packages": packages(project),
    }


def machine(project: Project, images: Mapping[str, Any] | None) -> dict[str, Any]:
    """What a result depends on beside its source; `images` is the identity of those it sees. Raises Problems."""
    return {"python": platform.python_version(), "installed": installed(tuple(packages(project))), "images": images}


def packages(project: Project) -> dict[str, str]:
    """The versions of all packages that examples run on, on any system. Raises Problems."""
    try:
        return locked(project.text(project.lock))
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        said = f"is not a lock file: {type(error).__name__}: {error} (run 'uv lock')"
        raise Problems([project.problem(project.lock, 1, said)]) from None


@cache  # parsing takes a fifth of a second
def locked(lock: str) -> dict[str, str]:
    """The project's dependencies and theirs; those for other systems, too: a result made on one counts on another."""
    known = {package["name"]: package for package in tomllib.loads(lock)["package"]}
    (root,) = (name for name, package in known.items() if "." in package["source"].values())
    found = [root]
    for name in found:  # which grows
        found += {dependency["name"] for dependency in known[name].get("dependencies", [])} - {*found}
    return {name: known[name]["version"] for name in sorted(found[1:])}


@cache
def installed(names: tuple[str, ...]) -> str:
    """One digest of the files that these packages have installed on this machine."""
    return digest_of({name: files_of(name) for name in names})


def files_of(name: str) -> list[str]:
    """The files of an installed package and their digests, without what differs between folders and installers."""
    try:
        lines = (distribution(name).read_text("RECORD") or "").splitlines()
    except PackageNotFoundError:
        return []
    return sorted(line for line in lines if not re.search(r"^\.\.|\.dist-info/|\.pyc,", line))


def undeclared(project: Project, example: Example) -> Iterable[Problem]:
    """What an example imports that its key would not hold. Raises Problems."""
    declared = packages(project)
    for name, line in imports(example.text):
        if name in sys.stdlib_module_names or name in declared:
            continue
        if not {canonicalize_name(package) for package in packages_distributions().get(name, [])} & declared.keys():
            yield Problem(example.path, line, f"'{name}' is not a declared dependency (add it to pyproject.toml)")
