"""What one run of an example gave, as pages show it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.read.examples import Example


@dataclass(frozen=True)
class Result:
    """What one run of an example gave.

    `outputs` holds, by cell name, what each cell wrote, in order: {"text": …}, {"svg": …} or
    {"summary": …, "text": …}. `values` is the namespace as `kernel.plain` encodes it. `origin` tells where the result
    comes from: 'docs/results', '.cache/results' or 'executed'.
    """

    example: Example
    outputs: Mapping[str, list[dict[str, Any]]]
    values: Mapping[str, Any]
    receipt: Mapping[str, Any]
    origin: str

    @classmethod
    def of(cls, example: Example, stored: Mapping[str, Any], origin: str) -> "Result":
        """A result from its stored form, in which outputs have no names: to rename a cell needs no new run."""
        outputs = {cell.name: shown for cell, shown in zip(example.cells, stored["outputs"])}
        return cls(example, outputs, stored["values"], stored["receipt"], origin)

    @property
    def is_stand_in(self) -> bool:
        return bool(self.receipt["images"]) and self.receipt["images"]["source"] == "stand-in"

    @property
    def is_publishable(self) -> bool:
        """Whether the example saw all the real images, or needs none."""
        images = self.receipt["images"]
        return not images or (images["source"] != "stand-in" and images["size"] == "full")

    def figure(self, cell: str) -> str | None:
        """The SVG that a cell drew, if it drew one."""
        return next((output["svg"] for output in self.outputs[cell] if "svg" in output), None)
