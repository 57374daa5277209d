"""A kernel of its own for one run of an example, told to a display."""

import time
from pathlib import Path
from typing import Any

from jupyter_client import AsyncKernelManager
from nbclient import NotebookClient
from nbformat import NotebookNode, v4

from engine.display import Display
from engine.examples import Example
from engine.kernel import PROGRESS

LIMIT = 1800  # seconds for one cell


class Client(NotebookClient):
    """A notebook client that tells which cell runs, for how long, and which epoch a training has reached.

    `cell` is the cell that runs, or ran last; `seconds` holds the time that each took.
    """

    def __init__(self, sources: list[str], example: Example, folder: Path, display: Display):
        super().__init__(
            v4.new_notebook(cells=[v4.new_code_cell(source) for source in sources]),
            km=AsyncKernelManager(kernel_name="python3", transport="ipc", ip=str(folder / "kernel")),
            extra_arguments=["--ext=engine.kernel"],
            resources={"metadata": {"path": str(folder)}},
            timeout=LIMIT,
            iopub_timeout=60,
            raise_on_iopub_timeout=True,
            coalesce_streams=True,
            record_timing=False,
        )
        self.example, self.folder, self.display = example, folder, display
        self.cell = example.cells[0]
        self.seconds: list[float] = []

    async def run(self, environment: dict[str, str]) -> list[NotebookNode]:
        """Run all cells in a fresh kernel and return them with their outputs; the kernel is gone afterwards.

        Unlike nbclient's own `async_execute`, this leaves signals to asyncio, so that Ctrl-C ends it.
        Raises what nbclient raises.
        """
        with open(self.folder / "log", "wb") as log:
            await self.async_start_new_kernel(env=environment, stdout=log, stderr=log)
        try:
            await self.async_start_new_kernel_client()
            for index, cell in enumerate(self.nb.cells):
                started = time.monotonic()
                if index < len(self.example.cells):
                    self.cell = self.example.cells[index]
                    self.display.cell(self.example.name, self.cell.name)
                await self.async_execute_cell(cell, index)
                self.seconds.append(time.monotonic() - started)
        finally:
            if self.km:
                await self.km.shutdown_kernel(now=True)
            if self.kc:
                self.kc.stop_channels()
        return self.nb.cells

    def process_message(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> Any:
        """Take epochs out of the kernel's messages; the rest are outputs."""
        if progress := (msg["content"].get("data") or {}).get(PROGRESS):
            self.display.epoch(self.example.name, progress["epoch"], progress["epochs"])
            return None
        return super().process_message(msg, cell, cell_index)

    @property
    def last_words(self) -> str:
        """The last line that the kernel's process wrote."""
        return "".join((self.folder / "log").read_text(errors="replace").strip().splitlines()[-1:])
