"""What a build says in the terminal while examples run."""

import time

import rich.progress
from rich.console import Console
from rich.progress import SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn


class Progress(rich.progress.Progress):
    """One moving line per running example on a terminal; elsewhere, a line for each that has ended."""

    def __init__(self, quiet: bool = False):
        console = Console(stderr=True, quiet=quiet)
        columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
        super().__init__(*columns, console=console, disable=not console.is_terminal)
        self.running: dict[str, tuple[TaskID, float]] = {}

    def begin(self, example: str) -> None:
        self.running[example] = self.add_task(f"{example}: starting"), time.monotonic()

    def reach(self, example: str, place: str) -> None:
        self.update(self.running[example][0], description=f"{example}: {place}")

    def end(self, example: str, error: Exception | None = None) -> None:
        """An example has ended. Why it failed, if it did, is told at once: others may run for minutes yet."""
        line, began = self.running.pop(example)
        self.remove_task(line)
        said = (
            f"{'failed after' if error else 'ran in'} {time.monotonic() - began:.1f} s{f': {error}' if error else ''}"
        )
        self.console.print(f"{example}: {said}", markup=False, highlight=False, soft_wrap=True)
