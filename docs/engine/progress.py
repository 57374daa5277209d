"""How far the examples have got that run while their author waits."""

import time
from dataclasses import dataclass

from engine import store
from engine.examples import Example
from engine.parts import words


@dataclass
class Position:
    """Where one example is: its cell and epoch, since when, and the seconds that this cell and those after it took."""

    cell: str
    since: float
    expected: list[float]
    epoch: int = 0
    epochs: int | None = None

    def left(self) -> float | None:
        """The seconds that are left, as far as one can tell."""
        passed = time.monotonic() - self.since
        if self.epoch > 1 and self.epochs:
            return passed / (self.epoch - 1) * (self.epochs - self.epoch + 1) + sum(self.expected[1:])
        return max(self.expected[0] - passed, 0) + sum(self.expected[1:]) if self.expected else None


class Progress:
    """Takes the place of `engine.display.Display`, and tells a page instead of a terminal."""

    def __init__(self) -> None:
        self.positions: dict[str, Position] = {}
        self.expected: dict[str, list[float]] = {}

    def start(self, example: Example, first: int) -> None:
        """An example is to run from a cell on."""
        seconds = store.newest(example.name).get("receipt", {}).get("seconds", [])
        self.expected[example.name] = seconds[first:] if len(seconds) == len(example.cells) else []

    def cell(self, example: str, cell: str) -> None:
        """An example has reached a cell."""
        if example in self.positions:
            self.expected[example] = self.expected[example][1:]
        self.positions[example] = Position(cell, time.monotonic(), self.expected[example])

    def epoch(self, example: str, epoch: int, epochs: int | None) -> None:
        """A training has reached an epoch."""
        position = self.positions.get(example)
        if position is None:  # it has just been stopped
            return
        if epoch <= position.epoch:  # another training in the same cell
            position.since = time.monotonic()
        position.epoch, position.epochs = epoch, epochs

    def stop(self, example: str) -> None:
        """An example has ended."""
        self.positions.pop(example, None)

    def said(self, language: str) -> dict[str, str]:
        """A sentence for each example that runs."""
        say, said = words(language), {}
        for example, position in self.positions.copy().items():
            left = position.left()
            said[example] = say["progress"].format(
                example=example,
                cell=position.cell,
                epoch=say["epoch"].format(epoch=position.epoch, epochs=position.epochs) if position.epochs else "",
                left=say["left"].format(seconds=round(left)) if left is not None else "",
            )
        return said
