"""Whether a site is what a build would make again: from the same source, results and tools, and untouched since."""

import contextlib
import json
import os
import platform
from collections.abc import Iterable, Mapping
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from engine import pictures, store
from engine.examples import FOLDER
from engine.problems import ROOT
from engine.result import Result
from engine.sources import digest_of

SOURCES = (ROOT / "docs", FOLDER, ROOT / "pyproject.toml", ROOT / "uv.lock")
ASKED = ("CIFAR10_FILE", "KERAS_HOME", "PICTURES", "SITE_URL")  # of the environment
NOTES = store.CACHE / "built.json"  # what was built last, by the folder of the site


def state(options: Mapping[str, Any]) -> str:
    """A digest of all that a site is made from, but for results and pictures; `options` are those of the command."""
    sources = digest_of(*ROOT.glob("mkdocs*.yml"), *ROOT.glob("README*.md"), *SOURCES, with_hidden=True)
    asked = {name: os.environ.get(name) for name in ASKED}
    tools = {found.name: store.digest(found.read_text("RECORD") or found.version) for found in distributions()}
    return store.digest(store.canonical([sources, asked, tools, platform.python_version(), options]))


def note(site: Path, made_from: str, results: Mapping[str, Result]) -> None:
    """Write down what a site was made from, and what it is now."""
    kept = [store.entry(name, result.receipt["key"]) for name, result in results.items()]
    if store.room() != store.CACHE or not all(path.exists() for path in kept):
        return
    seen = next((result.receipt["pictures"] for result in results.values() if result.receipt["pictures"]), None)
    names = sorted(path.name for path in kept)
    noted = {"state": made_from, "pictures": seen, "results": names, "digest": digest_of_site(site, names)}
    with contextlib.suppress(OSError):  # the site is there; the next build is a whole one
        store.write(NOTES, json.dumps(notes() | {str(site): noted}))


def is_built(site: Path, made_from: str) -> bool:
    """Whether a build would give what is there. Raises pictures.Unusable."""
    try:
        noted = notes()[str(site)]
        if noted["state"] != made_from or noted["digest"] != digest_of_site(site, noted["results"]):
            return False
        seen = noted["pictures"]
    except (KeyError, TypeError):  # never built here, or not what `note` wrote
        return False
    return not seen or seen == pictures.choose(os.environ.get("PICTURES", "")).identity


def notes() -> dict[str, Any]:
    """What was built last; nothing if that cannot be read."""
    try:
        found = json.loads(NOTES.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def digest_of_site(site: Path, results: Iterable[str]) -> str:
    """A digest of a site and of the results that it shows."""
    return digest_of(site, *(store.CACHE / "results" / name for name in results), with_hidden=True)
