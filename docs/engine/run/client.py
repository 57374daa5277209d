"""A kernel of its own for one run of an example: its progress reported, its limits kept, gone when it ends."""

import asyncio
import signal
import time
from pathlib import Path
from typing import Any

from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode, v4

from engine.read.examples import Example
from engine.run.kernel import PROGRESS, VALUES
from engine.run.progress import Progress

LIMIT = 3600  # seconds that a cell may take
LIMITS = {"text": 1_000_000, "images": 5_000_000}  # characters that an example may write


class Stopped(Exception):
    """Why a kernel gave no result, in words for the example's author; `code` is the exit code it leads to."""

    def __init__(self, message: str, code: int):
        self.code = code
        super().__init__(message)


class Client(NotebookClient):
    """Runs an example's cells and then `%values` of engine.run.kernel in a fresh kernel, in a folder that is its home.

    `cell` is the cell that runs, or ran last; `seconds` holds the time that each took.
    """

    def __init__(self, example: Example, folder: Path, progress: Progress):
        sources = [*(cell.source for cell in example.cells), "%values"]
        super().__init__(
            v4.new_notebook(cells=[v4.new_code_cell(source) for source in sources]),
            km=AsyncKernelManager(
                kernel_spec_manager=KernelSpecManager(kernel_dirs=[]),  # this Python, whatever a user has installed
                connection_file=str(folder / "kernel.json"),
                transport="ipc",
                ip=str(folder / "kernel"),
            ),
            extra_arguments=["--ext=engine.run.kernel"],
            resources={"metadata": {"path": str(folder)}},
            startup_timeout=30,
            iopub_timeout=60,
            raise_on_iopub_timeout=True,
            record_timing=False,
        )
        self.log.disabled = True  # what it would say is said by Stopped
        self.example, self.folder, self.progress = example, folder, progress
        self.cell = example.cells[0]
        self.seconds: list[float] = []
        self.written = dict.fromkeys(LIMITS, 0)
        self.excess = ""

    async def run(self, environment: dict[str, str]) -> list[NotebookNode]:
        """The cells with their outputs, after the kernel has ended.

        Raises Stopped, and CellExecutionError for an exception in a cell.
        """
        try:
            await self.start(environment)
            for index in range(len(self.nb.cells)):
                await self.execute_one(index)
        finally:
            if self.km:
                await self.km.shutdown_kernel(now=True)
            if self.kc:
                self.kc.stop_channels()
        return self.nb.cells

    async def start(self, environment: dict[str, str]) -> None:
        """Start the kernel. Raises Stopped."""
        log = self.folder / "log"
        try:
            with open(log, "wb") as file:
                await self.async_start_new_kernel(env=environment, stdout=file, stderr=file)
            await self.async_start_new_kernel_client()
        except RuntimeError as error:  # what jupyter_client raises when no kernel comes up
            last_line = "".join(log.read_text(errors="replace").strip().splitlines()[-1:])
            raise Stopped(f"no kernel: {error} {last_line}".strip(), code=5) from None

    async def execute_one(self, index: int) -> None:
        """Run one cell. Raises Stopped and CellExecutionError."""
        if index < len(self.example.cells):
            self.cell = self.example.cells[index]
            self.progress.cell(self.example.name, self.cell.name)
        started = time.monotonic()
        try:
            async with asyncio.timeout(LIMIT) as deadline:
                await self.async_execute_cell(self.nb.cells[index], index)
        except (TimeoutError, DeadKernelError) as error:  # nbclient calls a kernel dead, too, when it is cancelled
            if (task := asyncio.current_task()) and task.cancelling():
                raise asyncio.CancelledError from None
            if self.excess:
                raise Stopped(self.excess, code=4) from None
            if deadline.expired():
                raise Stopped(f"stopped after {LIMIT} s (the limit of a cell, in {__name__})", code=4) from None
            if isinstance(error, CellTimeoutError):
                raise Stopped(f"its last outputs did not arrive within {self.iopub_timeout} s", code=3) from None
            raise Stopped(self.cause_of_death(), code=3) from None
        self.seconds.append(round(time.monotonic() - started, 2))

    def cause_of_death(self) -> str:
        """How the kernel's process ended."""
        status = self.km.provisioner.process.returncode
        if status >= 0:
            return f"its kernel ended by itself with exit code {status}"
        name = signal.Signals(-status).name
        return f"its kernel was killed by {name}{' (often memory ran out)' if name == 'SIGKILL' else ''}"

    def process_message(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> Any:
        """Report epochs; the other messages are outputs, up to the limits."""
        content = msg["content"]
        data = content.get("data") or {}
        if progress := data.get(PROGRESS):
            self.progress.epoch(self.example.name, progress["epoch"], progress["epochs"])
            return None
        self.written["text"] += len(content.get("text", ""))
        for kind, shown in data.items():
            if kind != VALUES:
                self.written["images" if kind.startswith("image/") else "text"] += len(str(shown))
        for kind, limit in LIMITS.items():
            if self.written[kind] > limit and not self.excess:
                self.excess = f"wrote more than {limit / 1e6:g} MB of {kind} (the limit in {__name__})"
                self.task_poll_for_reply.cancel()
        return None if self.excess else super().process_message(msg, cell, cell_index)
