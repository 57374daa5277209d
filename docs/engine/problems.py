"""What is wrong with the author's files: collected, then reported together."""

import difflib
import errno
import traceback
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
HINTS = {  # what helps, by the number of what the system refused
    errno.EMFILE: " (raise the limit with 'ulimit -n')",
    errno.EAGAIN: " (see 'ulimit -u')",
    errno.EBUSY: " (no build takes the place of a mount point: choose a folder in it)",
}


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


def refused(error: OSError) -> str:
    """What the system refused, and what helps, if that is known."""
    return (error.strerror or str(error)) + HINTS.get(error.errno or 0, "")


def told(error: OSError, folder: Path | None = None) -> tuple[str, int]:
    """What the system refused, in one line, and the exit code it leads to; in `folder`, if it does not say where."""
    place = error.filename2 or error.filename or folder
    return f"{place}: {refused(error)}" if place else refused(error), 5


def found_in(error: Exception) -> list[Problem]:
    """What an exception tells: its problems or, if nobody thought of it, the line of the engine that it came from."""
    if isinstance(error, Problems):
        return error.problems
    frames = reversed(traceback.extract_tb(error.__traceback__))
    ours = ((Path(frame.filename), frame.lineno or 1) for frame in frames)
    path, line = next((at for at in ours if at[0].is_relative_to(ROOT / "docs")), (ROOT, 1))
    return [Problem(path, line, " ".join(f"{type(error).__name__}: {error}".split()), code=5)]


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint that ends a message about an unknown name: the closest known one, or all that there are."""
    known = sorted(known)
    close = difflib.get_close_matches(name, known, n=1)
    return f" (did you mean '{close[0]}'?)" if close else f" (has: {', '.join(known) or 'none'})"
