"""The author's files: which there are, and what is in them."""

import os
from contextlib import suppress
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import yaml

from engine import store
from engine.problems import HINTS, ROOT, Problem, Problems, refused


def below(folder: Path, pattern: str = "*") -> list[Path]:
    """The files of a folder and of those in it whose names fit a pattern, sorted; none if there is no such folder.

    Not those that an editor, a system or Python leaves there; MkDocs passes over hidden ones, too.
    """
    found = []
    for where, folders, names in os.walk(folder, followlinks=True):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(where, name) for name in names if not name.startswith(".") and fnmatch(name, pattern)]
    return sorted(path for path in found if path.suffix != ".pyc")


def content_of(path: Path) -> bytes:
    """The bytes of an author's file. Raises Problems."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise Problems([Problem(path, 1, refused(error), code=5 if error.errno in HINTS else 2)]) from None


def text_of(path: Path) -> str:
    """The text of an author's file, without a byte order mark. Raises Problems."""
    content = content_of(path)
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise Problems([Problem(path, line, f"not UTF-8 (byte 0x{error.object[error.start]:02x})")]) from None
    if "\0" in text:
        raise Problems([Problem(path, text[: text.index("\0")].count("\n") + 1, "holds a NUL byte")])
    return text


def mapping_of(text: str, path: Path, above: int = 0) -> dict[str, Any]:
    """The mapping that a text is in YAML; it begins below so many lines of its file. Raises Problems."""
    try:
        found = yaml.load(text, yaml.CSafeLoader) or {}
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # a date that there is not, brackets without end
        mark = getattr(error, "problem_mark", None)
        said = getattr(error, "problem", None) or " ".join(str(error).split())
        raise Problems([Problem(path, above + (mark.line if mark else 0) + 1, said)]) from None
    if not isinstance(found, dict):
        raise Problems([Problem(path, above + 1, "not 'name: value' on each line")])
    return found


def digest_of(*paths: Path) -> str:
    """A digest of files and of all files in folders, where they are and what they hold, as far as they can be read."""
    found = {}
    for path in (path for given in paths for path in ([given] if given.is_file() else below(given))):
        with suppress(OSError):  # it has just gone
            found[os.path.relpath(path, ROOT)] = store.digest(path.read_bytes())
    return store.digest(store.canonical(found))
