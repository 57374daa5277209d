"""Examples as the author writes them: named cells in a percent script."""

import ast
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from sysconfig import get_path
from typing import Any

import jupytext
from nbformat import NotebookNode

from engine.problems import ROOT, Problem, Problems, nearest
from engine.sources import below, content_of, is_file, is_left, text_of

FOLDER = ROOT / "examples"
LIMIT = 3600  # seconds for one cell, if its author says nothing else
ENDS_A_LINE = re.compile("[\r\v\f\x1c-\x1e\x85\u2028\u2029]")  # for str.splitlines, and for jupytext, beside \n
PLAIN = {"extension": ".py", "format_name": "percent", "comment_magics": False}  # a comment stays one


@dataclass(frozen=True)
class Cell:
    """One named cell; `line` is the line of its first statement in the example's file.

    `limit` is the number of seconds after which it is stopped; its author raises it with `# %% train limit=7200`.
    """

    name: str
    line: int
    source: str
    limit: int = LIMIT


@dataclass(frozen=True)
class Example:
    """One script of `examples/`, by the name that pages use for it.

    `text` is what its file held when it was read, and `modules` what those held that it imports from beside it, and
    the data that it may read there.
    """

    path: Path
    cells: tuple[Cell, ...]
    text: str = field(default="", compare=False)
    modules: Mapping[Path, bytes] = field(default_factory=dict, compare=False)

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return self.path.stem

    def cell(self, name: str) -> Cell:
        """The cell of that name. Raises StopIteration when there is none."""
        return next(cell for cell in self.cells if cell.name == name)

    @property
    def uses_cifar10(self) -> bool:
        """Whether the example, or a local module it imports, loads the pictures."""
        return "cifar10" in self.text or any(b"cifar10" in content for content in self.modules.values())

    @property
    def seed(self) -> int | None:
        """The number the example gives to `keras.utils.set_random_seed`, if it does."""
        for cell in self.cells:
            if match := re.search(r"set_random_seed\((\d+)\)", cell.source):
                return int(match[1])
        return None


def local_modules(script: Path) -> list[Path]:
    """The files beside a script that it imports, packages whole, and those that they import, sorted."""
    found: list[Path] = []
    waiting = [script]
    while waiting:
        try:
            text = content_of(waiting.pop()).decode("utf-8-sig", errors="replace")
        except Problems:  # told where its content counts
            continue
        for name in imports(text):
            for module in (script.parent / f"{name}.py", *below(script.parent / name)):  # what they read, too
                if is_file(module) and module not in [*found, script]:
                    found.append(module)
                    waiting += [module] if module.suffix == ".py" else []
    return sorted(found)


def data_beside(script: Path, text: str, modules: list[Path]) -> list[Path]:
    """The files beside a script, and in folders there, that are no code and that it may read, sorted.

    A script runs elsewhere: it finds those that it names, and a module beside it finds them all. Raises Problems.
    """
    data = [path for path in below(script.parent) if path.suffix != ".py" and path.name != "matplotlibrc"]
    return [path for path in data if path not in modules and (modules or path.name in text)]


def imports(source: str) -> dict[str, int]:
    """The first names of all modules that a piece of code imports, each with its line; none if it is no Python.

    Those that it imports by `import_module("…")`, too.
    """
    return parsed(source)[0]


@cache  # a server reads all examples when one has changed
def parsed(source: str) -> tuple[dict[str, int], SyntaxError | None]:
    """See `imports`; and why a piece of code is no Python, if it is none."""
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except (SyntaxError, ValueError) as error:
        return {}, SyntaxError(*error.args)
    except (MemoryError, RecursionError):
        return {}, SyntaxError("nested too deeply")
    names = [(alias.name, node.lineno) for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    froms = [node for node in nodes if isinstance(node, ast.ImportFrom) and node.module and not node.level]
    names += [(node.module, node.lineno) for node in froms]
    calls = [node for node in nodes if isinstance(node, ast.Call) and node.args]
    names += [(call.args[0].value, call.lineno) for call in calls if is_import(call)]
    return {first: line for name, line in reversed(names) if (first := name.split(".")[0])}, None


def is_import(call: ast.Call) -> bool:
    """Whether a call imports the module whose name is its first argument."""
    called = getattr(call.func, "attr", getattr(call.func, "id", ""))
    named = call.args[0]
    return called in ("import_module", "__import__") and isinstance(named, ast.Constant) and type(named.value) is str


def read_all(folder: Path = FOLDER) -> tuple[list[Example], list[Problem]]:
    """All examples of a folder, sorted by name, and what is wrong with them.

    A file that another file imports is its helper and no example.
    """
    paths = [path for path in sorted(folder.glob("*.py")) if is_file(path) and not is_left(path.name)]
    helpers = {module for path in paths for module in local_modules(path)}
    examples, problems = [], []
    for path in paths:
        if path in helpers:
            continue
        example, wrong = read(path)
        problems += wrong
        if example:
            examples.append(example)
    return examples, problems


def read(path: Path) -> tuple[Example | None, list[Problem]]:
    """One example with its named cells, or what is wrong with the file."""
    try:
        text = text_of(path)
    except Problems as unreadable:
        return None, unreadable.problems
    try:
        beside = local_modules(path)
        modules = {file: content_of(file) for file in [*beside, *data_beside(path, text, beside)]}
    except Problems as unreadable:
        said = "needs what cannot be read"
        return None, [Problem(path, 1, f"{said}: {problem}") for problem in unreadable.problems]
    if not path.resolve().is_relative_to(path.parent.resolve()):
        return None, [Problem(path, 1, "is a link to a file elsewhere")]
    if not re.fullmatch(r"[a-z][a-z0-9_]*", path.stem):
        return None, [Problem(path, 1, "an example's name is made of a-z, 0-9 and _")]
    if is_module(path.stem):
        return None, [Problem(path, 1, "its name hides the module of that name, which others may import")]
    if end := ENDS_A_LINE.search(text):
        line, code = text.count("\n", 0, end.start()) + 1, ord(end[0])
        said = f"holds U+{code:04X}, at which some tools end a line (write {ascii(end[0])})"
        return None, [Problem(path, line, said, cell=cell_name_at(text, line))]
    if error := parsed(text)[1]:
        line = error.lineno or 1
        return None, [Problem(path, line, f"SyntaxError: {error.msg}", cell=cell_name_at(text, line))]
    try:
        cells = list(cells_of(text))
    except ValueError as error:  # of jupytext
        return None, [Problem(path, 1, str(error))]
    problems = list(unusable(path, cells))
    return (None if problems else Example(path, tuple(cell for cell, _ in cells), text, modules)), problems


def is_module(name: str) -> bool:
    """Whether a name is that of a module of Python's, of one that is installed, or of the engine."""
    if name in sys.stdlib_module_names or name == __package__:
        return True
    spec = find_spec(name)
    return bool(spec and spec.origin) and Path(spec.origin).is_relative_to(get_path("purelib"))


def cells_of(text: str) -> Iterable[tuple[Cell, dict[str, Any]]]:
    """The code cells of a percent script, with the line at which each begins, and what else their headers say."""
    line = 1
    lines = text.splitlines()
    for cell in notebook_of(text).cells:
        if cell.cell_type != "code":
            continue
        first = cell.source.splitlines()[0] if cell.source else ""
        while first and line <= len(lines) and lines[line - 1].strip() != first.strip():
            line += 1
        options = {name: value for name, value in cell.metadata.items() if "lines_to" not in name}
        yield Cell(options.pop("title", ""), line, cell.source, options.pop("limit", LIMIT)), options
        line += len(cell.source.splitlines())


@cache  # a server reads all examples when one has changed
def notebook_of(text: str) -> NotebookNode:
    """A percent script as a notebook."""
    return jupytext.reads(text, fmt=PLAIN)


def unusable(path: Path, cells: list[tuple[Cell, dict[str, Any]]]) -> Iterable[Problem]:
    """Cells that no page could name, because they have no name or share one, or whose headers say what nobody knows."""
    if not cells:
        yield Problem(path, 1, "has no cell (a cell begins with '# %% name')")
    seen: dict[str, Cell] = {}
    for cell, options in cells:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", cell.name):
            said = f"the name '{cell.name}'" if cell.name else "no name"
            yield Problem(path, cell.line, f"a cell with {said} (write '# %% name', of a-z, 0-9 and _)")
        elif cell.name in seen:
            yield Problem(path, cell.line, f"cell '{cell.name}' already begins at line {seen[cell.name].line}")
        seen.setdefault(cell.name, cell)
        for option in options:
            yield Problem(path, cell.line, f"unknown '{option}'{nearest(option, ['limit'])}", cell=cell.name)
        if type(cell.limit) is not int or cell.limit < 1:
            yield Problem(path, cell.line, f"limit={cell.limit} is no number of seconds", cell=cell.name)


def cell_name_at(text: str, line: int) -> str:
    """The name of the cell around a line, or nothing above the first cell."""
    names = re.findall(r"^# %%[ \t]*(\w*)", "\n".join(text.split("\n")[:line]), re.MULTILINE)
    return names[-1] if names else ""
