"""A kernel of its own for one run of an example: its progress reported, its limits kept, gone when it ends."""

import asyncio
import re
import signal
import time
from pathlib import Path
from typing import Any

from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat import NotebookNode, v4

from engine.project import Problem
from engine.read.examples import Cell, Example
from engine.run.kernel import PROGRESS, VALUES
from engine.run.progress import Progress

LIMIT = 3600  # seconds that a cell may take
LIMITS = {"text": 1_000_000, "images": 5_000_000}  # characters that an example may write
LONGEST = 1000  # characters of an exception's message that a terminal has room for
ANSI = re.compile(r"\x1b\[[0-9;]*m")


class Failed(Exception):
    """An example that gave no result, as the problem its author reads."""

    def __init__(self, problem: Problem):
        super().__init__(problem)
        self.problem = problem

    @classmethod
    def at(cls, example: Example, message: str, cell: Cell | None = None, line: int = 1, code: int = 3) -> "Failed":
        """The failure of a cell, or of the whole example; `line` counts from the first line of the cell."""
        first, name = (cell.line, cell.name) if cell else (1, "")
        return cls(Problem(example.path, first + line - 1, message[:LONGEST], code, name))


class Client(NotebookClient):
    """Runs an example's cells, then `%values` of engine.run.kernel, in a fresh kernel whose home is `folder`."""

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
            iopub_timeout=60,
            raise_on_iopub_timeout=True,
        )
        self.log.disabled = True  # what it would say is said by Failed
        self.example, self.folder, self.progress = example, folder, progress
        self.cell = example.cells[0]
        self.seconds: list[float] = []  # that each cell took
        self.written = dict.fromkeys(LIMITS, 0)
        self.excess = ""

    async def run(self, environment: dict[str, str]) -> list[NotebookNode]:
        """The cells with their outputs, after the kernel has ended. Raises Failed."""
        log = self.folder / "log"
        try:
            with open(log, "wb") as file:
                await self.async_start_new_kernel(env=environment, stdout=file, stderr=file)
            await self.async_start_new_kernel_client()
            for index in range(len(self.nb.cells)):
                await self.execute_one(index)
        except RuntimeError as error:  # what jupyter_client raises when no kernel comes up
            last_line = "".join(log.read_text(errors="replace").strip().splitlines()[-1:])
            raise self.failed(f"no kernel: {error} {last_line}".strip(), code=5) from None
        finally:
            if self.km:
                await self.km.shutdown_kernel(now=True)
            if self.kc:
                self.kc.stop_channels()
        return self.nb.cells

    async def execute_one(self, index: int) -> None:
        self.cell = [*self.example.cells, self.cell][index]
        self.progress.reach(self.example.name, self.cell.name)
        started = time.monotonic()
        try:
            async with asyncio.timeout(LIMIT) as deadline:
                await self.async_execute_cell(self.nb.cells[index], index)
        except CellExecutionError as error:
            frame = re.search(r"line (\d+)", ANSI.sub("", error.traceback))  # the first is that of the cell
            line = min(int(frame[1]) if frame else 1, len(self.cell.source.splitlines()))
            raise self.failed(": ".join(filter(None, (error.ename, ANSI.sub("", error.evalue)))), line) from None
        except (TimeoutError, DeadKernelError):  # nbclient calls a kernel dead, too, when it is cancelled
            if asyncio.current_task().cancelling():
                raise asyncio.CancelledError from None
            if deadline.expired():
                self.excess = f"stopped after {LIMIT} s (the limit of a cell, in {__name__})"
            raise self.failed(self.excess or self.cause_of_death(), code=4 if self.excess else 3) from None
        self.seconds.append(round(time.monotonic() - started, 2))

    def failed(self, message: str, line: int = 1, code: int = 3) -> Failed:
        return Failed.at(self.example, message, self.cell, line, code)

    def cause_of_death(self) -> str:
        status = self.km.provisioner.process.returncode
        if status is None:
            return f"its last outputs did not arrive within {self.iopub_timeout} s"
        if status < 0:
            hint = " (often memory ran out)" if status == -signal.SIGKILL else ""
            return f"its kernel was killed by {signal.Signals(-status).name}{hint}"
        return f"its kernel ended by itself with exit code {status}"

    def process_message(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> Any:
        """Report epochs; the other messages are outputs, up to the limits."""
        data = msg["content"].get("data") or {}
        if progress := data.get(PROGRESS):
            place = f"{self.cell.name}, epoch {progress['epoch']}/{progress['epochs'] or '?'}"
            return self.progress.reach(self.example.name, place)
        for mime, shown in {"text": msg["content"].get("text", ""), **data}.items():
            kind = "images" if mime.startswith("image/") else "text"
            self.written[kind] += len(str(shown)) if mime != VALUES else 0
            if self.written[kind] > LIMITS[kind] and not self.excess:
                self.excess = f"wrote more than {LIMITS[kind] / 1e6:g} MB of {kind} (the limit in {__name__})"
                self.task_poll_for_reply.cancel()
        return None if self.excess else super().process_message(msg, cell, cell_index)
