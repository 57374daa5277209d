"""What one run of an example gave, as pages show it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.examples import Example


@dataclass(frozen=True)
class Result:
    """What one run of an example gave.

    `outputs` holds, by cell name, what each cell wrote, in order: {"text": …}, {"svg": …} or
    {"summary": …, "text": …}. `values` is the namespace as `engine.kernel.plain` wrote it.
    """

    example: Example
    outputs: Mapping[str, list[dict[str, Any]]]
    values: Mapping[str, Any]
    receipt: Mapping[str, Any]
    marked: frozenset[str] = frozenset()  # cells of which a draft is no more than that

    @property
    def is_clean(self) -> bool:
        """Whether it is that of a whole run from the top, and no draft."""
        return True

    @property
    def is_stand_in(self) -> bool:
        """Whether the example saw pictures drawn in place of the real ones."""
        return bool(self.receipt["pictures"]) and self.receipt["pictures"]["source"] == "stand-in"

    @property
    def is_publishable(self) -> bool:
        """Whether the example saw all the real pictures, or needs none."""
        pictures = self.receipt["pictures"]
        return not pictures or (pictures["source"] != "stand-in" and pictures["size"] == "full")

    def figure(self, cell: str) -> str | None:
        """The SVG that a cell drew, if it drew one."""
        return next((output["svg"] for output in self.outputs[cell] if "svg" in output), None)
