"""The author's files: which there are, and what is in them."""

import os
from contextlib import suppress
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import yaml

from engine import store
from engine.problems import HINTS, ROOT, Problem, Problems, refused


def below(folder: Path, pattern: str = "*", with_hidden: bool = False) -> list[Path]:
    """The files of a folder and of those in it whose names fit a pattern, sorted; none if there is no such folder.

    Without hidden ones and what else is left there by an editor or a system, and without what Python has compiled.
    Raises Problems for a folder that cannot be read.
    """
    found: list[Path] = []
    above = {str(folder): {os.path.realpath(folder)}}  # a link may lead to a folder above it
    for where, folders, names in os.walk(folder, onerror=unless_it_is_gone, followlinks=True):
        chain, down = above.pop(where), sorted(name for name in folders if with_hidden or not is_left(name))
        folders.clear()
        for name in down:
            real = os.path.realpath(inner := os.path.join(where, name))
            if name != "__pycache__" and real not in chain:
                folders.append(name)
                above[inner] = chain | {real}
        paths = (Path(where, name) for name in names if with_hidden or not is_left(name))
        found += [path for path in paths if fnmatch(path.name, pattern) and is_file(path)]
    return sorted(found)


def is_left(name: str) -> bool:
    """Whether a name is that of a hidden file, or of a copy that an editor has made."""
    return name.startswith((".", "#")) or name.endswith("~")


def unless_it_is_gone(error: OSError) -> None:
    """What to do about a folder that cannot be read. Raises Problems."""
    if not isinstance(error, FileNotFoundError | NotADirectoryError):
        raise problem_of(error, Path(error.filename)) from None


def problem_of(error: OSError, path: Path) -> Problems:
    """What the system refused of an author's file."""
    return Problems([Problem(path, 1, refused(error), code=5 if error.errno in HINTS else 2)])


def is_file(path: Path) -> bool:
    """Whether a path is that of a file; a link that leads nowhere is one, so that somebody tells it."""
    return path.is_file() or (path.is_symlink() and not path.exists())


def content_of(path: Path) -> bytes:
    """The bytes of an author's file. Raises Problems."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise problem_of(error, path) from None


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
    except Exception as error:  # YAML's own, and whatever it meets when it makes a date, say, of words
        mark = getattr(error, "problem_mark", None)
        said = getattr(error, "problem", None) or " ".join(str(error).split())
        raise Problems([Problem(path, above + (mark.line if mark else 0) + 1, said)]) from None
    if not isinstance(found, dict):
        raise Problems([Problem(path, above + 1, "not 'name: value' on each line")])
    return found


def digest_of(*paths: Path, with_hidden: bool = False) -> str:
    """A digest of files and of all files in folders: where they are, and what they hold.

    Raises Problems for a folder that cannot be read; a file that cannot counts as none.
    """
    found = {}
    for file in (file for path in paths for file in ([path] if path.is_file() else below(path, "*", with_hidden))):
        with suppress(OSError):  # it has just gone
            found[ascii(os.path.relpath(file, ROOT))] = store.digest(file.read_bytes())  # names may be no UTF-8
    return store.digest(store.canonical(found))
