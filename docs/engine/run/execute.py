"""One run of an example: a fresh kernel, from the top, to its result or to the problem that its author reads."""

import os
import platform
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

import engine
from engine.project import Problem, Problems, Project
from engine.read.examples import Cell, Example
from engine.run import folders, key
from engine.run.client import Client, Stopped
from engine.run.images import Images
from engine.run.kernel import EXCEPTIONS, VALUES
from engine.run.outputs import plain_outputs
from engine.run.privacy import private_text
from engine.run.progress import Progress
from engine.run.store import cache_folder, digest

HOMES = ("HOME", "KERAS_HOME", "IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "TMPDIR", "XDG_CACHE_HOME")
SHOWN = ("tensorflow", "keras", "numpy", "matplotlib")  # packages that a receipt names
LONGEST = 1000  # characters of an exception's message that a terminal has room for
ANSI = re.compile(r"\x1b\[[0-9;]*m")


class Failed(Exception):
    """An example that gave no result, as the problem its author reads."""

    def __init__(self, problem: Problem):
        self.problem = problem
        super().__init__(problem)


@dataclass(frozen=True)
class Job:
    """An example to run: the images that it sees, if it loads any, and all that its result depends on (see `key`)."""

    example: Example
    images: Images | None
    source: Mapping[str, Any]
    machine: Mapping[str, Any]

    @property
    def source_key(self) -> str:
        """The key of what belongs to the project."""
        return key.digest_of(self.source)

    @property
    def machine_key(self) -> str:
        """The key of everything else."""
        return key.digest_of(self.machine)

    def failed(self, message: str, cell: Cell | None = None, line: int = 1, code: int = 3) -> Failed:
        """The failure of a cell, or of the whole example; `line` counts from the first line of the cell."""
        place, name = (cell.line, cell.name) if cell else (1, "")
        return Failed(Problem(self.example.path, place + line - 1, message[:LONGEST], code, name))


def jobs(project: Project, examples: list[Example], images: Images | None) -> list[Job]:
    """What there is to run for examples. Raises Problems for imports that no key would hold, and the lock file."""
    if problems := [problem for example in examples for problem in key.undeclared(project, example)]:
        raise Problems(problems)
    found = []
    for example in examples:
        seen = images if example.uses_images else None
        found.append(Job(example, seen, key.source(project, example), key.machine(project, seen and seen.identity)))
    return found


async def execute(project: Project, job: Job, progress: Progress) -> dict[str, Any]:
    """One run, in its stored form: outputs for each cell, values, receipt. Raises Failed."""
    style = project.text(project.matplotlibrc)
    if digest(style) != job.source["matplotlibrc"]:
        raise job.failed("matplotlibrc has changed since this run was planned (run it again)")
    folder = folders.make()
    try:
        (folder / "matplotlibrc").write_text(style, "utf-8")
        client = Client(job.example, folder, progress)
        with as_failure(job, client):
            *cells, last = await client.run(environment(project, folder, job.images))
    finally:
        folders.remove(folder)
    return stored_form(project, job, cells, last, client.seconds[:-1])


@contextmanager
def as_failure(job: Job, client: Client) -> Iterator[None]:
    """Tells what goes wrong in a kernel as Failed, at the line of the example that it comes from."""
    try:
        yield
    except CellExecutionError as error:
        frame = re.search(r"Cell In\[\d+\], line (\d+)|line (\d+)", ANSI.sub("", error.traceback))
        line = min(int(frame[1] or frame[2]) if frame else 1, len(client.cell.source.splitlines()))
        message = ": ".join(filter(None, (error.ename, ANSI.sub("", error.evalue))))
        raise job.failed(message, client.cell, line) from None
    except Stopped as stopped:
        raise job.failed(str(stopped), client.cell, code=stopped.code) from None


def stored_form(
    project: Project, job: Job, cells: list[NotebookNode], last: NotebookNode, seconds: list[float]
) -> dict[str, Any]:
    """What is stored of a run from the top. Raises Failed for an exception in a thread and for private outputs."""
    example = job.example
    told = next((output.data for output in last.outputs if VALUES in output.get("data", {})), None)
    if told is None:
        raise job.failed("its kernel did not load engine.run.kernel", code=5)
    for exception in told[EXCEPTIONS]:
        cell = [cell for cell in example.cells if cell.source][exception["cell"] - 1]
        raise job.failed(exception["message"], cell, exception["line"])
    outputs = []
    for node, cell in zip(cells, example.cells):
        try:
            outputs.append(plain_outputs(node.outputs, f"{example.name}.{cell.name}"))
        except ValueError as error:
            raise job.failed(str(error), cell) from None
        if private := private_text(outputs[-1], project, example.text):
            raise job.failed(f"output contains '{private}', which only this machine knows", cell)
    values = {name: value for name, value in told[VALUES].items() if not private_text(value, project, example.text)}
    return {"outputs": outputs, "values": values, "receipt": receipt(job, seconds)}


def receipt(job: Job, seconds: list[float]) -> dict[str, Any]:
    """What a result came from, for people: `seconds` holds one number for each cell."""
    return {
        "key": key.digest_of({"source": job.source, "machine": job.machine}),
        "images": job.machine["images"],
        "packages": {name: job.source["packages"][name] for name in SHOWN},
        "python": job.machine["python"],
        "processor": processor(),
        "seed": job.example.seed,
        "device": {"kind": "CPU", "cores": os.cpu_count(), "threads": 1},
        "seconds": seconds,
    }


@cache
def processor() -> str:
    """The model of this machine's processor, as far as the system tells it."""
    try:
        found = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        found = None
    return found[1] if found else platform.processor() or platform.machine()


def environment(project: Project, folder: Path, images: Images | None) -> dict[str, str]:
    """All the environment variables that an example's kernel sees; its home is a folder of its own."""
    return {
        **key.DETERMINISM,
        **{name: str(folder) for name in HOMES},
        **{name: "reader" for name in ("USER", "LOGNAME")},
        "PATH": f"{Path(sys.executable).parent}:{os.defpath}",
        "PYTHONPATH": str(Path(engine.__file__).parents[1]),
        "MPLCONFIGDIR": str(cache_folder(project) / "matplotlib"),  # its list of fonts, made once
        "MATPLOTLIBRC": str(folder / "matplotlibrc"),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "SOURCE_DATE_EPOCH": "0",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        **({"CIFAR10_IMAGES": str(images.path)} if images else {}),
    }
