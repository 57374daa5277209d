"""Where everything is, and what a mistake in it looks like. Every other module of the engine may import this one."""

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

LEFTOVER = re.compile(r"(^|/)[.#]|~(/|$)")  # what editors and systems leave beside files


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake, at a place the author can open.

    `path` is relative to the project's root, `line` counts from 1, `cell` names the cell of an example.
    """

    path: Path
    line: int
    message: str
    code: int = field(default=2, compare=False)  # exit code: 3 an example failed, 4 met a limit, 5 cannot run
    cell: str = ""

    def __str__(self) -> str:
        cell = f" (cell '{self.cell}')" if self.cell else ""
        return f"{self.path}:{self.line}{cell}: {self.message}"


class Problems(Exception):
    """All problems of a run, in the order of files and lines, each once; its exit code is the highest of theirs."""

    def __init__(self, problems: Iterable[Problem]):
        self.problems = sorted(set(problems))
        self.code = max(problem.code for problem in self.problems)
        super().__init__("\n".join(map(str, self.problems)))


class Project:
    """The files of a project; each path is absolute."""

    def __init__(self, root: Path):
        self.root = root
        self.lock = root / "uv.lock"
        self.cache = root / ".cache"  # what can be made again: results of this machine, images, rendered notebooks
        self.examples = root / "examples"
        self.matplotlibrc = self.examples / "matplotlibrc"  # the style of all figures
        self.docs = root / "docs"  # everything that is not an example
        self.drawings = self.docs / "drawings"  # made by hand, as SVG
        self.glossary = self.docs / "glossary.yml"
        self.results = self.docs / "results"  # of the last full run on the real images, one file per example
        self.works_with = self.docs / "works_with.json"  # versions that the examples were run with, one row per run

    def pages(self, language: str) -> Path:
        return self.docs / language

    def labels(self, language: str) -> Path:
        """The words on figures in a language other than the first."""
        return self.docs / f"labels.{language}.yml"

    def problem(self, path: Path, line: int, message: str, cell: str = "") -> Problem:
        """A mistake in the file at an absolute path."""
        return Problem(path.relative_to(self.root), line, message, cell=cell)

    def text(self, path: Path) -> str:
        """The text of a file that an author writes, without a byte order mark. Raises Problems."""
        try:
            text = path.read_text("utf-8-sig")
            if "\0" not in text:
                return text
            line, said = text.partition("\0")[0].count("\n") + 1, "contains a NUL byte (remove it)"
        except OSError as error:
            line, said = 1, error.strerror
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            said = f"is not UTF-8 (byte 0x{error.object[error.start]:02x}; save it as UTF-8)"
        raise Problems([self.problem(path, line, said)])

    def mapping(self, path: Path, text: str, first_line: int = 1) -> dict[str, Any]:
        """The mapping that `text` holds, YAML that begins at a line of a file. Raises Problems."""
        try:
            found = yaml.load(text, yaml.CSafeLoader) or {}
        except Exception as error:  # YAML's own, and ValueError for a date that does not exist
            mark = getattr(error, "problem_mark", None)
            said = getattr(error, "problem", None) or " ".join(str(error).split())
            raise Problems([self.problem(path, first_line + (mark.line if mark else 0), said)]) from None
        if not isinstance(found, dict):
            raise Problems([self.problem(path, first_line, "must hold 'name: value' lines")])
        return found


def nearest(name: str, known: Iterable[str]) -> str:
    """The end of a message about an unknown name: the closest known one, or all there are."""
    known = sorted(known)
    close = difflib.get_close_matches(name, known, n=1)
    return f" (did you mean '{close[0]}'?)" if close else f" (has: {', '.join(known) or 'none'})"


@cache
def all_words() -> Mapping[str, Mapping[str, Any]]:
    """What the engine itself writes on pages, by language; the languages of the site, in their order."""
    return yaml.load(Path(__file__).with_name("words.yml").read_text("utf-8"), yaml.CSafeLoader)


def words(language: str) -> Mapping[str, Any]:
    return all_words()[language]


def languages() -> tuple[str, ...]:
    """The languages of the site. The others are compared with the first."""
    return tuple(all_words())
