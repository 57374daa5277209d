"""Where everything is, and what a mistake in it looks like. Every other module of the engine may import this one."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake, at a place the author can open.

    `path` is relative to the project's root, `line` counts from 1, `cell` names the cell of an example. `code` is the
    exit code that the problem leads to: 2 for a mistake in a file, 3 for an example that failed, 4 for one stopped at a
    limit, 5 for one that the machine could not run.
    """

    path: Path
    line: int
    message: str
    code: int = field(default=2, compare=False)
    cell: str = ""

    def __str__(self) -> str:
        cell = f" (cell '{self.cell}')" if self.cell else ""
        return f"{self.path}:{self.line}{cell}: {self.message}"


class Problems(Exception):
    """All problems of a run, in the order of files and lines, each once."""

    def __init__(self, problems: Iterable[Problem]):
        self.problems = sorted(set(problems))
        super().__init__("\n".join(map(str, self.problems)))

    @property
    def code(self) -> int:
        """The exit code: the highest of the problems' codes."""
        return max(problem.code for problem in self.problems)


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
        """The folder of a language's pages."""
        return self.docs / language

    def labels(self, language: str) -> Path:
        """The words on figures in a language other than the first."""
        return self.docs / f"labels.{language}.yml"

    def relative(self, path: Path) -> Path:
        """A path as problems name it: relative to the root, if it is below it."""
        return path.relative_to(self.root) if path.is_relative_to(self.root) else path

    def problem(self, path: Path, line: int, message: str, code: int = 2, cell: str = "") -> Problem:
        """A problem at an absolute path."""
        return Problem(self.relative(path), line, message, code, cell)

    def text(self, path: Path) -> str:
        """The text of a file that an author writes, without a byte order mark. Raises Problems."""
        try:
            text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
        except OSError as error:
            raise Problems([self.problem(path, 1, error.strerror or str(error))]) from None
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            said = f"is not UTF-8 (byte 0x{error.object[error.start]:02x}; save it as UTF-8)"
            raise Problems([self.problem(path, line, said)]) from None
        if "\0" in text:
            line = text[: text.index("\0")].count("\n") + 1
            raise Problems([self.problem(path, line, "contains a NUL byte (remove it)")])
        return text

    def mapping(self, path: Path, text: str | None = None, first_line: int = 1) -> dict[str, Any]:
        """The mapping that a YAML file holds, or a part of it that begins at `first_line`. Raises Problems."""
        try:
            found = yaml.load(self.text(path) if text is None else text, yaml.CSafeLoader) or {}
        except Problems:
            raise
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
    """What the engine itself writes on pages of a language, from words.yml."""
    return all_words()[language]


def languages() -> tuple[str, ...]:
    """The languages of the site. The others are compared with the first."""
    return tuple(all_words())
