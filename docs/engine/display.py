"""What a build says while examples run."""

import sys
from typing import Any

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn


class Display:
    """One moving line per running example on a terminal; elsewhere, a line for each that has ended."""

    running: dict[str, str] = {}  # the cell that each example is in, for whoever interrupts them

    def __init__(self) -> None:
        self.console = Console(file=sys.stderr)
        columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
        self.progress = Progress(*columns, console=self.console, disable=not self.console.is_terminal)
        self.tasks: dict[str, TaskID] = {}

    def __enter__(self) -> "Display":
        self.progress.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.progress.stop()

    def start(self, example: str) -> None:
        """An example's kernel starts."""
        self.tasks[example] = self.progress.add_task(f"{example}: starts")

    def cell(self, example: str, cell: str) -> None:
        """An example has reached a cell."""
        self.running[example] = cell
        self.progress.update(self.tasks[example], description=f"{example}: {cell}")

    def epoch(self, example: str, epoch: int, epochs: int | None) -> None:
        """A training has reached an epoch."""
        before = self.progress.tasks[self.progress.task_ids.index(self.tasks[example])].description
        cell = before.split(", epoch")[0]
        self.progress.update(self.tasks[example], description=f"{cell}, epoch {epoch}/{epochs or '?'}")

    def stop(self, example: str, error: Exception | None = None) -> None:
        """An example has ended. Why it failed, if it did, is told at once: others may run for minutes yet."""
        self.running.pop(example, None)
        seconds = self.progress.tasks[self.progress.task_ids.index(self.tasks[example])].elapsed or 0
        self.progress.remove_task(self.tasks.pop(example))
        said = f"failed after {seconds:.1f} s: {error}" if error else f"ran after {seconds:.1f} s"
        self.console.print(f"{example}: {said}", markup=False, highlight=False, soft_wrap=True)
