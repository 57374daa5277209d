"""One run of an example: a fresh kernel, from the top, to its result or to the problem that its author reads."""

import os
import platform
import re
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

import engine
from engine.project import Project
from engine.read.examples import Example
from engine.run import key
from engine.run.client import Client, Failed
from engine.run.images import Images
from engine.run.kernel import EXCEPTIONS, VALUES
from engine.run.outputs import plain_outputs, private_text
from engine.run.progress import Progress
from engine.run.store import cache_folder, digest, digest_of, make_folder, remove_folder

HOMES = ("HOME", "KERAS_HOME", "IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "TMPDIR", "XDG_CACHE_HOME")
SHOWN = ("tensorflow", "keras", "numpy", "matplotlib")  # packages that a receipt names


@dataclass(frozen=True)
class Job:
    """An example to run: the images that it sees, if it loads any, and all that its result depends on (see `key`)."""

    example: Example
    images: Images | None
    source: Mapping[str, Any]
    machine: Mapping[str, Any]

    @property
    def source_key(self) -> str:
        return digest_of(self.source)

    @property
    def machine_key(self) -> str:
        return digest_of(self.machine)


def jobs(project: Project, examples: list[Example], images: Images | None) -> list[Job]:
    """What there is to run for examples. Raises Problems."""
    found = []
    for example in examples:
        seen = images if example.uses_images else None
        found.append(Job(example, seen, key.source(project, example), key.machine(project, seen and seen.identity)))
    return found


async def execute(project: Project, job: Job, progress: Progress) -> dict[str, Any]:
    """One run, in its stored form: outputs for each cell, values, receipt. Raises Failed."""
    style = project.text(project.matplotlibrc)
    if digest(style) != job.source["matplotlibrc"]:
        raise Failed.at(job.example, "matplotlibrc has changed since this run was planned (run it again)")
    folder = make_folder()
    try:
        (folder / "matplotlibrc").write_text(style, "utf-8")
        client = Client(job.example, folder, progress)
        *cells, last = await client.run(environment(project, folder, job.images))
    finally:
        remove_folder(folder)
    return stored_form(project, job, cells, last, client.seconds[:-1])


def stored_form(
    project: Project, job: Job, cells: list[NotebookNode], last: NotebookNode, seconds: list[float]
) -> dict[str, Any]:
    """What is stored of a run from the top. Raises Failed for an exception in a thread and for private outputs."""
    example, outputs = job.example, []
    told = next((output.data for output in last.outputs if VALUES in output.get("data", {})), None)
    if told is None:
        raise Failed.at(example, "its kernel did not load engine.run.kernel", code=5)
    for exception in told[EXCEPTIONS]:
        cell = [cell for cell in example.cells if cell.source][exception["cell"] - 1]
        raise Failed.at(example, exception["message"], cell, exception["line"])
    for node, cell in zip(cells, example.cells):
        try:
            outputs.append(plain_outputs(node.outputs, f"{example.name}.{cell.name}"))
        except ValueError as error:
            raise Failed.at(example, str(error), cell) from None
        if private := private_text(outputs[-1], project, example.text):
            raise Failed.at(example, f"output contains '{private}', which only this machine knows", cell)
    values = {name: value for name, value in told[VALUES].items() if not private_text(value, project, example.text)}
    return {"outputs": outputs, "values": values, "receipt": receipt(job, seconds)}


def receipt(job: Job, seconds: list[float]) -> dict[str, Any]:
    """What a result came from, for people: `seconds` holds one number for each cell."""
    return {
        "key": digest_of({"source": job.source, "machine": job.machine}),
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
    with suppress(OSError):
        if found := re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE):
            return found[1]
    return platform.processor() or platform.machine()


def environment(project: Project, folder: Path, images: Images | None) -> dict[str, str]:
    """All the environment variables that an example's kernel sees; its home is a folder of its own."""
    return {
        **key.DETERMINISM,
        **dict.fromkeys(HOMES, str(folder)),
        **dict.fromkeys(("USER", "LOGNAME"), "reader"),
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
