"""A kernel of its own for one run of an example: told to a display, held to its limits, gone when it ends."""

import asyncio
import re
import signal
import time
from typing import Any

from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient, client
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode, v4

from engine.display import Display
from engine.examples import Example
from engine.guard import Guard
from engine.kernel import PROGRESS, VALUES
from engine.store import temporary

# What a carriage return overwrites. Sought from the beginning of each line, not from each character as nbclient does,
# which takes longer than an example for a line of a megabyte.
client._RGX_CARRIAGERETURN = re.compile(r"^.*\r(?=[^\n])", re.MULTILINE)

TEXT, PICTURES = 1_000_000, 5_000_000  # characters that an example may print, and of its pictures


class Stopped(Exception):
    """Why a kernel gave no result, in words for the example's author; `code` is the exit code it leads to."""

    def __init__(self, message: str, code: int):
        self.code = code
        super().__init__(message)


class Client(NotebookClient):
    """A notebook client that tells which cell runs, for how long, and which epoch a training has reached.

    `cell` is the cell that runs, or ran last; `seconds` holds the time that each took. `folder` is the kernel's home.
    """

    def __init__(self, sources: list[str], example: Example, display: Display):
        self.folder = temporary("example")
        super().__init__(
            v4.new_notebook(cells=[v4.new_code_cell(source) for source in sources]),
            km=AsyncKernelManager(
                kernel_spec_manager=KernelSpecManager(kernel_dirs=[]),  # this Python, whatever a user has installed
                connection_file=str(self.folder / "kernel.json"),
                transport="ipc",
                ip=str(self.folder / "kernel"),
            ),
            extra_arguments=["--ext=engine.kernel"],
            resources={"metadata": {"path": str(self.folder)}},
            startup_timeout=30,
            iopub_timeout=60,
            raise_on_iopub_timeout=True,
            coalesce_streams=True,
            record_timing=False,
        )
        self.log.disabled = True  # what it would say is said by Stopped
        self.example, self.display = example, display
        self.cell = example.cells[0]
        self.seconds: list[float] = []
        self.written = {"text": 0, "pictures": 0}
        self.excess = ""

    async def run(self, environment: dict[str, str]) -> list[NotebookNode]:
        """Run all cells in a fresh kernel and return them with their outputs; the kernel is gone afterwards.

        Raises Stopped, and CellExecutionError for an exception in a cell.
        """
        self.guard = Guard(self.folder)
        try:
            await self.start(environment)
            for index in range(len(self.nb.cells)):
                await self.execute(index)
        finally:
            self.guard.close()
            if self.km:
                await self.km.shutdown_kernel(now=True)
            if self.kc:
                self.kc.stop_channels()
        return self.nb.cells

    async def start(self, environment: dict[str, str]) -> None:
        """Start the kernel."""
        log = self.folder / "log"
        try:
            with open(log, "wb") as file:
                await self.async_start_new_kernel(env=environment, stdout=file, stderr=file)
            self.guard.add(self.km.provisioner.pid)
            await self.async_start_new_kernel_client()
        except RuntimeError as error:  # what jupyter_client raises when no kernel comes up
            last_words = "".join(log.read_text(errors="replace").strip().splitlines()[-1:])
            raise Stopped(f"no kernel: {error} {last_words}".strip(), code=5) from None

    async def execute(self, index: int) -> None:
        """Run one cell, or the secretary after the last."""
        started = time.monotonic()
        if index < len(self.example.cells):
            self.cell = self.example.cells[index]
            self.display.cell(self.example.name, self.cell.name)
        limit = self.cell.limit
        try:
            async with asyncio.timeout(limit) as deadline:
                await self.async_execute_cell(self.nb.cells[index], index)
        except (TimeoutError, DeadKernelError) as error:  # nbclient calls a kernel dead, too, when it is told to stop
            if self.excess:
                raise Stopped(self.excess, code=4) from None
            if deadline.expired():
                said = f"stopped after {limit} s (its limit; '# %% {self.cell.name} limit={2 * limit}' gives it more)"
                raise Stopped(said, code=4) from None
            if isinstance(error, CellTimeoutError):
                raise Stopped(f"its last outputs did not arrive within {self.iopub_timeout} s", code=3) from None
            raise Stopped(self.cause_of_death(), code=3) from None
        self.seconds.append(time.monotonic() - started)

    def cause_of_death(self) -> str:
        """How the kernel's process ended."""
        status = self.km.provisioner.process.returncode
        if status >= 0:
            return f"its kernel ended by itself with exit code {status}"
        name = signal.Signals(-status).name
        often = "; often memory ran out" if name == "SIGKILL" else ""
        return f"its kernel was killed by signal {-status} ({name}){often}"

    def process_message(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> Any:
        """Take epochs out of the kernel's messages; the rest are outputs, up to the limits."""
        content = msg["content"]
        data = content.get("data") or {}
        if progress := data.get(PROGRESS):
            self.display.epoch(self.example.name, progress["epoch"], progress["epochs"])
            return None
        self.written["text"] += len(content.get("text", ""))
        for kind, shown in data.items():
            if kind != VALUES:
                self.written["pictures" if kind.startswith("image/") else "text"] += len(str(shown))
        for kind, limit in (("text", TEXT), ("pictures", PICTURES)):
            if self.written[kind] > limit and not self.excess:
                self.excess = f"wrote more than {limit // 1_000_000} MB of {kind} (the limit in {__name__})"
                self.task_poll_for_reply.cancel()
        return None if self.excess else super().process_message(msg, cell, cell_index)
