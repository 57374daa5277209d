"""What no output may tell a reader: where this machine keeps its files, and what it is called."""

import platform
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engine.project import Project


def private_text(value: Any, project: Project, source: str) -> str | None:
    """What in a JSON value gives this machine away, if anything, unless the example's source says it, too."""
    paths = {str(Path.home()), str(project.root), sys.prefix, tempfile.gettempdir(), "/tmp"} - {"/"}
    hosts = {platform.node()} - {"localhost"}
    names = "|".join(re.escape(name) for name in sorted(paths | hosts, reverse=True) if len(name) > 2)
    pattern = re.compile(rf"(?<![\w.~-])({names})(?![\w-])[^\s'\"<>,;:)\]]*")
    return next((found[0] for text in texts(value) for found in pattern.finditer(text) if found[0] not in source), None)


def texts(value: Any) -> Iterator[str]:
    """Every string in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for item in [*value, *value.values()] if isinstance(value, dict) else value:
            yield from texts(item)
