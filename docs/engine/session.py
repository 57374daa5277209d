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

CHEAP = 1  # seconds that a cell may take to be run again for a draft, though it has not changed
AGAIN, TIMES = 0.5, 10  # seconds until a kernel is interrupted once more, and how often that is tried
NOBODY = Example(ROOT / "examples", (Cell("start", 1, "", 60),))  # for whom a kernel gets ready


class Session(Client):
    """One kernel and what is in its memory: `outputs` holds what each cell of `example` gave, None if it is to run.

    `inputs` is what its result was made from when it ran from the top.
    """

    def __init__(self, progress: Any):
        super().__init__([], NOBODY, progress)
        self.outputs: list[list[dict[str, Any]] | None] = []
        self.inputs: dict[str, Any] = {}
        self.clean = 0  # so many of the first cells ran from the top, with no others before
        self.lock = asyncio.Lock()
        self.executes, self.is_closed = False, False
        self.looks = ""  # of figures, when this kernel imported what draws them

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

    def to_run(self, example: Example, inputs: dict[str, Any]) -> tuple[int, int] | None:
        """Which cells of a changed example to run for a draft, from one to before another.

        Those that have changed or did not get to their end, and those behind them up to one that takes long: its output
        stays as it was. None if a draft would save no time, or more than cells has changed: a module, say, that this
        kernel has imported.
        """
        if inputs | {"cells": []} != self.inputs | {"cells": []}:
            return None
        old, new = sources(self.example), sources(example)
        first = min(alike(old, new), done(self.outputs))
        same = min(alike(old[::-1], new[::-1]), done(self.outputs[::-1]), len(old) - first, len(new) - first)
        if sum(self.seconds[:first]) <= sum(self.seconds[first : len(old) - same]):
            return None
        end = len(new) - same
        while end < len(new) and self.seconds[len(old) - len(new) + end] < CHEAP:
            end += 1
        return first, end

    async def perform(self, example: Example, first: int, end: int) -> AsyncIterator[None]:
        """Run some cells of an example, and gather the values; comes back between cells. Raises Failed.

        Before them nothing has changed; those behind keep what they gave. After a cell that fails, or is interrupted,
        the next draft goes on from there.
        """
        old, behind = len(self.outputs), len(example.cells) - end
        seconds = self.seconds[old - behind : old]
        self.outputs[first : old - behind] = [None] * (end - first)
        self.example = example
        self.nb.cells[first:] = [v4.new_code_cell(source) for source in (*sources(example)[first:], SECRETARY)]
        del self.seconds[first:]
        self.written, self.excess = {"text": 0, "pictures": 0}, ""
        with runner.blamed(self):
            try:
                for index in range(first, end):
                    if index > first:
                        yield
                    await self.execute(index)
                    self.outputs[index] = runner.outputs_of(self.nb.cells[index], example, example.cells[index])
            finally:
                self.seconds += [0.0] * (end - len(self.seconds)) + seconds
            await self.execute(len(example.cells))

    async def execute(self, index: int) -> None:
        """Run one cell, or the secretary after the last."""
        self.executes = True
        try:
            await super().execute(index)
        finally:
            self.executes = False

    async def interrupt(self, example: Example) -> None:
        """Interrupt what runs for an example, again until it stops: between two cells a kernel does not listen.

        One that never does ends, for the next draft waits for it.
        """
        for _ in range(TIMES):
            if self.is_closed or not (self.lock.locked() and self.example is example):
                return
            await self.km.interrupt_kernel()
            await asyncio.sleep(AGAIN)
        await self.close()

    @property
    def values(self) -> dict[str, Any]:
        """The values of the namespace after the last cell."""
        return (runner.told_by(self.nb.cells[-1]) or {VALUES: {}})[VALUES]

    @property
    def memory(self) -> int:
        """The bytes that would be free without the kernel's process: kernels share most of what they import."""
        try:
            return psutil.Process(self.km.provisioner.pid).memory_full_info().uss
        except (psutil.Error, AttributeError, TypeError):
            return 0

    async def close(self) -> None:
        """End the kernel, and whatever waits for it."""
        if self.is_closed:
            return
        self.is_closed = True
        await asyncio.to_thread(self.guard.close)
        while self.executes:  # until it is noticed that the kernel has ended
            await asyncio.sleep(0.1)
        if self.km:
            await self.km.shutdown_kernel(now=True)
        if self.kc:
            self.kc.stop_channels()


def sources(example: Example) -> list[str]:
    """The code of an example's cells."""
    return [cell.source for cell in example.cells]


def done(outputs: list[list[dict[str, Any]] | None]) -> int:
    """How many cells have run, before the first that has not."""
    return next((n for n, given in enumerate(outputs) if given is None), len(outputs))


def alike(one: list[str], other: list[str]) -> int:
    """How many items two lists begin with alike."""
    return next((n for n, (a, b) in enumerate(zip(one, other)) if a != b), min(len(one), len(other)))
