"""Examples as the author writes them: named cells in a percent script."""

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import jupytext

from engine.project import LEFTOVER, Problem, Problems, Project

PERCENT = {"extension": ".py", "format_name": "percent", "comment_magics": False}
NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Cell:
    """One named cell; `line` is the line of its first statement in the example's file."""

    name: str
    line: int
    source: str


@dataclass(frozen=True)
class Example:
    """One script of `examples/`. `path` is relative to the project's root, `text` the whole file."""

    path: Path
    cells: tuple[Cell, ...]
    text: str = field(default="", compare=False)

    @property
    def name(self) -> str:
        return self.path.stem

    def cell(self, name: str) -> Cell:
        return next(cell for cell in self.cells if cell.name == name)

    @property
    def uses_images(self) -> bool:
        return "cifar10" in self.text

    @property
    def seed(self) -> int | None:
        """The number the example gives to `keras.utils.set_random_seed`, if it does."""
        match = re.search(r"set_random_seed\((\d+)\)", self.text)
        return int(match[1]) if match else None


def read_all(project: Project) -> tuple[list[Example], list[Problem]]:
    """All examples, sorted by name, and what is wrong with them and with other files in their folder."""
    examples, problems = [], []
    for path in sorted(project.examples.glob("*")):
        if path.name in (project.matplotlibrc.name, "__pycache__") or LEFTOVER.search(path.name):
            continue
        try:
            examples.append(read(project, path))
        except Problems as found:
            problems += found.problems
    return examples, problems


def read(project: Project, path: Path) -> Example:
    """One example with its named cells. Raises Problems."""
    if path.suffix != ".py":
        said = "only examples stand here (make data in a cell: a page shows all that its example needs)"
        raise Problems([project.problem(path, 1, said)])
    text = project.text(path)
    try:
        cells = cells_of(text)
    except ValueError as error:  # of jupytext
        raise Problems([project.problem(path, 1, str(error))]) from None

    def wrong(line: int, message: str) -> Problems:
        names = [cell.name for cell in cells if cell.line <= line]
        return Problems([project.problem(path, line, message, names[-1] if names else "")])

    if not NAME.fullmatch(path.stem):
        raise wrong(1, "the name of an example consists of a-z, 0-9 and _ (rename the file)")
    if path.stem in sys.stdlib_module_names or "site-packages" in str(find_spec(path.stem)):
        raise wrong(1, f"hides the module '{path.stem}' from all examples (rename the file)")
    try:
        for name, line in imports(text):
            if (path.parent / f"{name}.py").exists():
                raise wrong(line, f"imports '{name}' from beside it (write the code here: a reader copies one example)")
    except SyntaxError as error:
        raise wrong(error.lineno or 1, f"SyntaxError: {error.msg}") from None
    if problems := [project.problem(path, *found) for found in unusable(cells)]:
        raise Problems(problems)
    return Example(path.relative_to(project.root), cells, text)


@lru_cache(maxsize=100)  # while serving, most examples are as they were
def cells_of(text: str) -> tuple[Cell, ...]:
    """The code cells of a percent script. Raises ValueError for what jupytext cannot read."""
    line, lines, found = 1, text.split("\n"), []
    for cell in jupytext.reads(text, fmt=PERCENT).cells:
        if cell.cell_type == "code":
            first = cell.source.partition("\n")[0]
            while first and line <= len(lines) and lines[line - 1].strip() != first.strip():
                line += 1
            options = [name for name in cell.metadata if name != "title" and "lines_to" not in name]
            found.append(Cell(" ".join([cell.metadata.get("title", ""), *options]).strip(), line, cell.source))
            line += cell.source.count("\n") + 1
    return tuple(found)


@lru_cache(maxsize=100)
def imports(source: str) -> list[tuple[str, int]]:
    """The top-level names of all modules that code imports, each with its line. Raises SyntaxError."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [(alias.name.split(".")[0], node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.append((node.module.split(".")[0], node.lineno))
    return found


def unusable(cells: Iterable[Cell]) -> Iterator[tuple[int, str]]:
    """The lines of cells that a page could not name, and why."""
    seen: dict[str, int] = {}
    for cell in cells:
        if not NAME.fullmatch(cell.name):
            said = f"the name '{cell.name}'" if cell.name else "no name"
            yield cell.line, f"a cell with {said} (write '# %% name', of a-z, 0-9 and _)"
        elif cell.name in seen:
            yield cell.line, f"cell '{cell.name}' already begins at line {seen[cell.name]}"
        seen.setdefault(cell.name, cell.line)
    if not seen:
        yield 1, "has no cell (a cell begins with '# %% name')"
