"""What is wrong with the author's files: collected, then reported together."""

import difflib
import errno
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake, at a place the author can open; `cell` names the cell of an example, if it is in one.

    `code` is the exit code it leads to: 2 for a mistake in a file, 3 for an example that failed, 4 for one stopped at
    a limit, 5 for one that had no kernel.
    """

    path: Path
    line: int
    message: str
    code: int = field(default=2, compare=False)
    cell: str = ""

    def __str__(self) -> str:
        path = self.path.relative_to(ROOT) if self.path.is_relative_to(ROOT) else self.path
        cell = f" (cell '{self.cell}')" if self.cell else ""
        return f"{path}:{self.line}{cell}: {self.message}"


class Problems(Exception):
    """Every problem of a run, in the order of files and lines, each told once."""

    def __init__(self, problems: Iterable[Problem]):
        self.problems = sorted(set(problems))
        super().__init__("\n".join(map(str, self.problems)))

    @property
    def code(self) -> int:
        """The exit code: the gravest of the problems' codes."""
        return max(problem.code for problem in self.problems)


def text_of(path: Path) -> str:
    """The text of an author's file, without a byte order mark. Raises Problems."""
    content = path.read_bytes()
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
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        said = getattr(error, "problem", None) or " ".join(str(error).split())
        raise Problems([Problem(path, above + (mark.line if mark else 0) + 1, said)]) from None
    if not isinstance(found, dict):
        raise Problems([Problem(path, above + 1, "not 'name: value' on each line")])
    return found


def told(error: OSError, folder: Path | None = None) -> tuple[str, int]:
    """What the system refused, in one line, and the exit code it leads to; in `folder`, if it does not say where."""
    hints = {
        errno.EMFILE: " (raise the limit with 'ulimit -n')",
        errno.EAGAIN: " (see 'ulimit -u')",
        errno.EBUSY: " (no build takes the place of a mount point: choose a folder in it)",
    }
    place = error.filename2 or error.filename or folder
    said = f"{place}: {error.strerror}" if place else error.strerror or str(error)
    return f"{said}{hints.get(error.errno or 0, '')}", 5


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint that ends a message about an unknown name: the closest known one, or all that there are."""
    known = sorted(known)
    close = difflib.get_close_matches(name, known, n=1)
    return f" (did you mean '{close[0]}'?)" if close else f" (has: {', '.join(known) or 'none'})"
