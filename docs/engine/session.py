"""A kernel that is ready before it is needed, and stays after the last cell: for an author who waits."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any

import psutil
from nbformat import v4

from engine import runner
from engine.client import Client
from engine.examples import Cell, Example
from engine.guard import Guard
from engine.kernel import VALUES
from engine.pictures import Pictures
from engine.problems import ROOT
from engine.runner import SECRETARY

NOBODY = Example(ROOT / "examples", (Cell("start", 1, "", 60),))  # for whom a kernel gets ready


class Session(Client):
    """One kernel and what is in its memory: `outputs` holds what the cells of `example` gave, as far as it got."""

    def __init__(self, progress: Any):
        super().__init__([], NOBODY, progress)
        self.outputs: list[list[dict[str, Any]]] = []
        self.clean = 0  # so many of the first cells ran from the top, with no others before
        self.lock = asyncio.Lock()

    async def open(self, data: Pictures | None, imports: Iterable[str] = ()) -> "Session":
        """Start the kernel, and import modules without a trace in its history."""
        self.guard = Guard(self.folder)
        await self.start(runner.environment(self.folder, data))
        if imports:
            code = f"list(map(__import__, {list(imports)}))"
            await self.kc.execute_interactive(code, silent=True, store_history=False, output_hook=lambda _: None)
        return self

    async def is_alive(self) -> bool:
        """Whether the kernel still runs."""
        return await self.km.is_alive()

    def common(self, example: Example) -> int:
        """How many of an example's first cells this kernel has run as they are."""
        count = 0
        for cell, ran, _ in zip(example.cells, self.example.cells, self.outputs):
            if cell.source != ran.source:
                break
            count += 1
        return count

    async def perform(self, example: Example, first: int) -> AsyncIterator[int]:
        """Run an example's cells from one on; gives the number of cells that have run after each. Raises Failed."""
        self.example = example
        self.nb.cells[first:] = [v4.new_code_cell(cell.source) for cell in example.cells[first:]]
        self.nb.cells.append(v4.new_code_cell(SECRETARY))
        del self.outputs[first:], self.seconds[first:]
        self.written, self.excess = {"text": 0, "pictures": 0}, ""
        with runner.blamed(self):
            for index in range(first, len(self.nb.cells)):
                await self.execute(index)
                if index < len(example.cells):
                    self.outputs.append(runner.outputs_of(self.nb.cells[index], example, example.cells[index]))
                    yield index + 1

    @property
    def values(self) -> dict[str, Any]:
        """The values of the namespace after the last cell."""
        return (runner.told_by(self.nb.cells[-1]) or {VALUES: {}})[VALUES]

    @property
    def memory(self) -> int:
        """The bytes that the kernel's process holds."""
        try:
            return psutil.Process(self.km.provisioner.pid).memory_info().rss
        except (psutil.Error, AttributeError, TypeError):
            return 0

    def close(self) -> None:
        """End the kernel, and whatever waits for it."""
        self.guard.close()
