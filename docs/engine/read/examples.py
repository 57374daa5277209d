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

from engine.project import Problem, Problems, Project

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
        """What pages call it: the file's name without its ending."""
        return self.path.stem

    def cell(self, name: str) -> Cell:
        """The cell of that name. Raises StopIteration when there is none."""
        return next(cell for cell in self.cells if cell.name == name)

    @property
    def uses_images(self) -> bool:
        """Whether the example loads CIFAR-10."""
        return "cifar10" in self.text

    @property
    def seed(self) -> int | None:
        """The number the example gives to `keras.utils.set_random_seed`, if it does."""
        match = re.search(r"set_random_seed\((\d+)\)", self.text)
        return int(match[1]) if match else None


def read_all(project: Project) -> tuple[list[Example], list[Problem]]:
    """All examples, sorted by name, and what is wrong with them and with other files in their folder."""
    examples, problems = [], []
    for path in sorted(project.examples.iterdir()) if project.examples.is_dir() else []:
        if path.name in ("matplotlibrc", "__pycache__") or re.match(r"[.#]|.*~$", path.name):  # or an editor's copy
            continue
        if path.suffix != ".py":
            said = "only examples stand here (make data in a cell: a page shows all that its example needs)"
            problems.append(project.problem(path, 1, said))
            continue
        example, found = read(project, path)
        problems += found
        examples += [example] if example else []
    return examples, problems


def read(project: Project, path: Path) -> tuple[Example | None, list[Problem]]:
    """One example with its named cells, or what is wrong with the file."""
    try:
        text = project.text(path)
    except Problems as unreadable:
        return None, unreadable.problems

    def wrong(line: int, message: str) -> tuple[None, list[Problem]]:
        return None, [project.problem(path, line, message, cell=cell_at(text, line))]

    if not NAME.fullmatch(path.stem):
        return wrong(1, "the name of an example consists of a-z, 0-9 and _ (rename the file)")
    if is_module(path.stem):
        return wrong(1, f"hides the module '{path.stem}' from all examples (rename the file)")
    try:
        beside = next((pair for pair in imports(text) if (path.parent / f"{pair[0]}.py").exists()), None)
    except SyntaxError as error:
        return wrong(error.lineno or 1, f"SyntaxError: {error.msg}")
    except (RecursionError, MemoryError):
        return wrong(1, "SyntaxError: nested too deeply")
    if beside:
        said = f"imports '{beside[0]}' from beside it (write the code here: a reader copies one example)"
        return wrong(beside[1], said)
    try:
        cells = cells_of(text)
    except ValueError as error:  # jupytext's
        return wrong(1, str(error))
    problems = [project.problem(path, cell.line, said, cell=cell.name) for cell, said in unusable(cells)]
    problems += [] if cells else [project.problem(path, 1, "has no cell (a cell begins with '# %% name')")]
    return None if problems else Example(project.relative(path), cells, text), problems


@lru_cache(maxsize=100)
def imports(source: str) -> tuple[tuple[str, int], ...]:
    """The top-level names of all modules that code imports, each with its line. Raises SyntaxError and ValueError."""
    nodes = list(ast.walk(ast.parse(source)))
    found = [(alias.name, node.lineno) for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    found += [(node.module, node.lineno) for node in nodes if isinstance(node, ast.ImportFrom) and node.module]
    return tuple((name.split(".")[0], line) for name, line in found)


def is_module(name: str) -> bool:
    """Whether a name is that of a module that the standard library or a package brings."""
    spec = None if name in sys.stdlib_module_names else find_spec(name)
    return name in sys.stdlib_module_names or bool(spec and "site-packages" in (spec.origin or ""))


@lru_cache(maxsize=100)  # while serving, most examples are as they were
def cells_of(text: str) -> tuple[Cell, ...]:
    """The code cells of a percent script. Raises ValueError for what jupytext cannot read."""
    line, lines, found = 1, text.splitlines(), []
    for cell in jupytext.reads(text, fmt=PERCENT).cells:
        if cell.cell_type == "code":
            first = cell.source.splitlines()[0] if cell.source else ""
            while first and line <= len(lines) and lines[line - 1].strip() != first.strip():
                line += 1
            options = [name for name in cell.metadata if name != "title" and "lines_to" not in name]
            found.append(Cell(" ".join([cell.metadata.get("title", ""), *options]).strip(), line, cell.source))
            line += len(cell.source.splitlines())
    return tuple(found)


def unusable(cells: Iterable[Cell]) -> Iterator[tuple[Cell, str]]:
    """Cells that a page could not name."""
    seen: dict[str, int] = {}
    for cell in cells:
        if not NAME.fullmatch(cell.name):
            said = f"the name '{cell.name}'" if cell.name else "no name"
            yield Cell("", cell.line, ""), f"a cell with {said} (write '# %% name', of a-z, 0-9 and _)"
        elif cell.name in seen:
            yield Cell("", cell.line, ""), f"cell '{cell.name}' already begins at line {seen[cell.name]}"
        seen.setdefault(cell.name, cell.line)


def cell_at(text: str, line: int) -> str:
    """The name of the cell around a line, or nothing above the first cell."""
    names = re.findall(r"^# %%[ \t]*(\w*)", "\n".join(text.split("\n")[:line]), re.MULTILINE)
    return names[-1] if names else ""
