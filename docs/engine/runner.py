"""Runs examples: each once, in a kernel of its own, one more at a time than cores, or as many as an executor takes."""

import asyncio
import os
import re
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from contextlib import AbstractAsyncContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from rich.text import Text

from engine import elsewhere, figures, identity, reports, store
from engine.client import Client, Stopped
from engine.display import Display
from engine.examples import FOLDER, Cell, Example
from engine.kernel import IN_THREADS, SUMMARY, VALUES
from engine.pictures import Pictures
from engine.privacy import given_away
from engine.problems import ROOT, Problem
from engine.result import Result

# A training's two threads wait for each other and leave a core idle a seventh of the time; one example more fills it.
AT_A_TIME = (os.cpu_count() or 1) + 1
HOMES = ("HOME", "KERAS_HOME", "IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "TMPDIR", "XDG_CACHE_HOME")
SECRETARY = "%values"  # the last cell, which no page shows: it hands over the namespace's values
# What TensorFlow's C++ side writes to stderr; Python's own warnings stay.
MACHINE_LOG = re.compile(
    r"^(\d{4}-\d\d-\d\d [\d:.]+: [IWEF] |[IWEF]\d{4} |WARNING: All log messages before|To enable the following).*\n?",
    re.MULTILINE,
)
ANSI = re.compile(r"\x1b\[[0-9;]*m")
# What is left of control characters, as pictures of them (␀), and what some tools take for the end of a line.
CONTROLS = {code: 0x2400 + code for code in range(32) if chr(code) not in "\t\n"} | {0x7F: "␡"}
CONTROLS |= dict.fromkeys(range(0x80, 0xA0), "\ufffd") | dict.fromkeys((0x85, 0x2028, 0x2029), "\n")


class Failed(Exception):
    """An example that gave no result, as the problem its author reads."""

    def __init__(self, example: Example, line: int, message: str, cell: str = "", code: int = 3):
        self.problem = Problem(example.path, line, message, code, cell)
        super().__init__(str(self.problem))


class Outdated(Failed):
    """An example of which an input changed while it ran: before the kernel read it or after, nobody knows."""


def run_all(
    examples: Iterable[Example], pictures: Pictures | None, executor: Executor | None = None
) -> tuple[dict[str, Result], list[Problem]]:
    """Results of all examples, by name: those kept, and fresh ones where an input has changed.

    These run on this machine, or on those that an executor reaches; see `engine.elsewhere`. An example that fails gives
    a problem and does not keep others from running.
    """
    return asyncio.run(run_each(list(examples), pictures, executor))


async def run_each(
    examples: list[Example], pictures: Pictures | None, executor: Executor | None
) -> tuple[dict[str, Result], list[Problem]]:
    """See `run_all`."""
    slots = nullcontext() if executor else asyncio.Semaphore(AT_A_TIME)  # an executor has a queue of its own
    longest_first = sorted(examples, key=seconds_expected, reverse=True)
    with Display() as display:
        results = await asyncio.gather(
            *(result_of(example, pictures, executor, slots, display) for example in longest_first),
            return_exceptions=True,
        )
    problems = []
    for result in results:
        if isinstance(result, Failed):
            problems.append(result.problem)
        elif isinstance(result, BaseException):
            raise result
    by_name = {result.example.name: result for result in results if isinstance(result, Result)}
    return dict(sorted(by_name.items())), problems


def seconds_expected(example: Example) -> float:
    """How long an example ran when it last did, here or in a kept report; a new one with CIFAR-10 may take long."""
    if receipt := store.newest(example.name).get("receipt"):
        return sum(receipt["seconds"])
    return reports.seconds().get(example.name, 1000 if example.uses_cifar10 else 0)


async def result_of(
    example: Example,
    pictures: Pictures | None,
    executor: Executor | None,
    slots: AbstractAsyncContextManager,
    display: Display,
) -> Result:
    """The kept result of an example, or that of a run. Raises Failed."""
    data = pictures if example.uses_cifar10 else None
    inputs = identity.inputs(example, data and data.identity)
    key = identity.key(inputs)
    kept = store.load(example.name, key)
    if kept is None:
        async with slots:
            display.start(example.name)
            try:
                if executor:
                    kept = await elsewhere.run(executor, example, key, data)
                else:
                    kept = await run(example, inputs, data, display)
            except Exception as error:
                display.stop(example.name, error)
                raise
            display.stop(example.name)
        store.save(example.name, key, kept)
    names = [cell.name for cell in example.cells]
    return Result(example, dict(zip(names, kept["outputs"])), kept["values"], kept["receipt"])


async def run(example: Example, inputs: dict[str, Any], data: Pictures | None, display: Display) -> dict[str, Any]:
    """One run in a fresh kernel, as it is kept: outputs for each cell, values, receipt. Raises Failed."""
    client = Client([*inputs["cells"], SECRETARY], example, display)
    with blamed(client):
        *cells, secretary = await client.run(environment(client.folder, data))
    outputs = [outputs_of(cell, example, named) for cell, named in zip(cells, example.cells)]
    return outcome(example, inputs, outputs, secretary, client.seconds[:-1])


@contextmanager
def blamed(client: Client) -> Iterator[None]:
    """Tells what goes wrong in a kernel as Failed, at the line of the example that it comes from."""
    try:
        yield
    except CellExecutionError as error:
        message = shorten(": ".join(filter(None, (error.ename, ANSI.sub("", error.evalue)))))
        raise Failed(client.example, line_of(error, client.cell), message, client.cell.name) from None
    except Stopped as stopped:
        raise Failed(client.example, client.cell.line, str(stopped), client.cell.name, stopped.code) from None


def outputs_of(cell: NotebookNode, example: Example, named: Cell) -> list[dict[str, Any]]:
    """What a cell that has run shows to a reader. Raises Failed."""
    return [read(output, example, named) for output in cell.outputs if not is_noise(output)]


def outcome(
    example: Example, inputs: dict[str, Any], outputs: list[Any], secretary: NotebookNode, seconds: list[float]
) -> dict[str, Any]:
    """What is kept of a run from the top. Raises Failed for an exception in a thread, and Outdated."""
    if changed := identity.changed(example, inputs):
        raise Outdated(example, 1, f"{', '.join(changed)} has changed while it ran (run it again)")
    told = told_by(secretary)
    if told is None:
        raise Failed(example, 1, "its kernel did not load engine.kernel", code=5)
    for exception in told[IN_THREADS]:
        cell = [cell for cell in example.cells if cell.source][exception["cell"] - 1]
        raise Failed(example, cell.line + exception["line"] - 1, exception["said"], cell.name)
    source = example.text
    for cell, shown in zip(example.cells, outputs):
        for secret in given_away(shown, source):
            raise Failed(example, cell.line, f"output contains {secret}", cell.name)
    values = {name: value for name, value in told[VALUES].items() if not any(given_away(value, source))}
    return {"outputs": outputs, "values": values, "receipt": identity.receipt(example, inputs, seconds)}


def told_by(secretary: NotebookNode) -> dict[str, Any] | None:
    """What the last cell hands over."""
    return next((output.data for output in secretary.outputs if VALUES in output.get("data", {})), None)


def environment(folder: Path, data: Pictures | None) -> dict[str, str]:
    """All the environment variables that an example's kernel sees; its home is a folder of its own."""
    return {
        **identity.DETERMINISM,
        **{name: str(folder) for name in HOMES},
        **{name: "reader" for name in ("USER", "LOGNAME")},
        "PATH": f"{Path(sys.executable).parent}:{os.defpath}",
        "PYTHONPATH": os.pathsep.join([str(FOLDER), str(ROOT / "docs")]),
        "MPLCONFIGDIR": str(store.room() / "matplotlib"),  # its list of fonts, made once
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "SOURCE_DATE_EPOCH": "0",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "MATPLOTLIBRC": str(FOLDER / "matplotlibrc"),
        **({"CIFAR10_PICTURES": str(data.path)} if data else {}),
    }


def shorten(message: str, longest: int = 1000) -> str:
    """A message that a terminal has room for."""
    return message if len(message) <= longest else f"{message[:longest]} … ({len(message):,} characters)"


def line_of(error: CellExecutionError, cell: Cell) -> int:
    """The line of the example's file at which an exception in a cell was raised."""
    frame = re.search(r"Cell In\[\d+\], line (\d+)|line (\d+)", ANSI.sub("", error.traceback))
    offset = int(frame[1] or frame[2]) - 1 if frame else 0
    return cell.line + min(offset, len(cell.source.splitlines()) - 1)


def is_noise(output: Any) -> bool:
    """Whether an output says nothing to a reader: TensorFlow's machine logs, Rich's empty displays."""
    if output.output_type == "stream":
        return output.name == "stderr" and not MACHINE_LOG.sub("", output.text).strip()
    data = output.get("data", {})
    return not data or (set(data) <= {"text/plain", "text/html"} and not data.get("text/plain", "…").strip())


def as_shown(text: str) -> str:
    """What a terminal leaves of a text, such as Keras's progress bars, without its colours."""
    return Text.from_ansi(text).plain.translate(CONTROLS)


def read(output: Any, example: Example, cell: Cell) -> dict[str, Any]:
    """A notebook's output as a page can show it. Raises Failed for types that no page shows."""
    if output.output_type == "stream":
        if output.name == "stdout":
            return {"text": as_shown(output.text)}
        text = as_shown(MACHINE_LOG.sub("", output.text))
        print(f"{example.name}.{cell.name} wrote to stderr: {text.strip()}", file=sys.stderr)
        return {"text": text}
    data = output.data
    if SUMMARY in data:
        return {"summary": data[SUMMARY], "text": as_shown(data["text/plain"])}
    if "image/svg+xml" in data:
        svg = figures.packed(data["image/svg+xml"])
        try:
            figures.clean(svg, cell.name, "en")
        except ValueError as error:
            raise Failed(example, cell.line, f"its figure: {error}", cell.name) from None
        return {"svg": svg}
    if set(data) == {"text/plain"}:
        return {"text": as_shown(data["text/plain"]) + "\n"}
    kind = next(kind for kind in data if kind != "text/plain")
    raise Failed(example, cell.line, f"output {kind} is not allowed", cell.name)
