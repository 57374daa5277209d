"""Runs what pages show: a plugin of pytest that goes with pytest-codeblocks, for what that one cannot do."""

import contextlib
import linecache
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
import pytest_codeblocks

from engine.fences import Fence, fences, program
from engine.problems import ROOT


def pytest_report_header() -> str:
    """Say how much of the code that authors wrote is run, at the top of each test run."""
    kinds = Counter(fence.kind for path in written() for fence in fences(path.read_text("utf-8")))
    return f"fences: {kinds['run']} run, {kinds['raises']} expected errors, {kinds['illustration']} illustrations"


def written() -> list[Path]:
    """Every text in which an author may write code."""
    return sorted([*ROOT.glob("README*.md"), *(ROOT / "docs").rglob("*.md")])


def python(path: Path) -> tuple[str, ...]:
    """The code of a file that is run, or raises an expected error."""
    return tuple(fence.code for fence in fences(path.read_text("utf-8")) if fence.is_python)


def different(paths: Iterable[Path]) -> list[Path]:
    """The files with code that is run, less those that repeat all the code of an earlier one in another language."""
    by_code = {python(path): path for path in reversed(list(paths))}
    return sorted(path for code, path in by_code.items() if code)


def run(code: str, names: dict[str, object]) -> None:
    """Run a page's program as a reader does: as a file, in a folder of its own. pytest-codeblocks would not."""
    file = "<page>"
    linecache.cache[file] = len(code), None, code.splitlines(keepends=True), file
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        try:
            exec(compile(code, file, "exec"), names)
        finally:
            if pyplot := sys.modules.get("matplotlib.pyplot"):
                pyplot.close("all")


def run_block(code: str, _) -> None:
    """What pytest-codeblocks calls."""
    try:
        run(code, {"__name__": "__main__"})
    except Exception:
        traceback.print_exc()
        raise


pytest_codeblocks.plugin.exec = run_block


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect expected errors, which pytest-codeblocks does not see, from the files that it reads."""
    if parent.config.option.codeblocks and file_path.suffix == ".md":
        return ExpectedErrors.from_parent(parent, path=file_path)
    return None


class ExpectedErrors(pytest.File):
    """The expected errors of a page."""

    def collect(self) -> Iterator[pytest.Item]:
        found = fences(self.path.read_text("utf-8"))
        for place, fence in enumerate(found):
            if fence.error:
                yield ExpectedError.from_parent(self, name=f"line {fence.line}", above=found[:place], fence=fence)


class ExpectedError(pytest.Item):
    """Code that raises one error, after the page's program up to there; passes if it does raise just that."""

    def __init__(self, *, above: list[Fence], fence: Fence, **options):
        super().__init__(**options)
        self.above, self.fence = program(above), fence

    def runtest(self) -> None:
        names = {"__name__": "__main__"}
        run(self.above, names)
        try:
            run(self.fence.code, names)
        except Exception as error:
            if type(error).__name__ != self.fence.error:
                raise
        else:
            pytest.fail(f"raises nothing; it is said to raise {self.fence.error}")

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.fence.line - 1, f"raises {self.fence.error}"
