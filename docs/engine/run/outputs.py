"""What a cell that has run wrote, as plain data that a page can show, and what none may show."""

import io
import platform
import re
import sys
import tempfile
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from PIL import Image
from rich.text import Text

from engine.project import Project
from engine.run.kernel import SUMMARY

# What TensorFlow's C++ side writes to stderr; Python's own warnings stay.
MACHINE_LOG = re.compile(
    r"^(\d{4}-\d\d-\d\d [\d:.]+: [IWEF] |[IWEF]\d{4} |WARNING: All log messages before|To enable the following).*\n?",
    re.MULTILINE,
)
OVERWRITTEN = re.compile(r"^.*\r(?=[^\n])", re.MULTILINE)
METADATA = re.compile(r"<metadata>.*?</metadata>\s*", re.DOTALL)
PNG = re.compile(r"data:image/png;base64,([\w+/=\s]+)")
# What is left of control characters, as pictures of them (␀), and what some tools take for the end of a line.
CONTROLS = {code: 0x2400 + code for code in range(32) if chr(code) not in "\t\n"} | {0x7F: "␡"}
CONTROLS |= dict.fromkeys(range(0x80, 0xA0), "\ufffd") | dict.fromkeys((0x85, 0x2028, 0x2029), "\n")


def plain_outputs(outputs: Iterable[NotebookNode], name: str) -> list[dict[str, Any]]:
    """The outputs of a cell, named for messages, as data (see `Result`).

    What a cell writes to stderr is shown, and told to its author. Raises ValueError for what no page shows.
    """
    found: list[dict[str, Any]] = []
    for is_text, run in groupby(filter(is_seen, outputs), key=lambda output: output.output_type == "stream"):
        if not is_text:
            found += map(display, run)
            continue
        texts = {"stdout": "", "stderr": ""}  # in this order: both come by themselves, so theirs says nothing
        for output in run:
            texts[output.name] += output.text
        texts["stderr"] = MACHINE_LOG.sub("", texts["stderr"])
        if texts["stderr"].strip():
            print(f"{name} wrote to stderr: {as_shown(texts['stderr']).strip()}", file=sys.stderr)
        found += [{"text": as_shown(text)} for text in texts.values() if text.strip()]
    return found


def is_seen(output: NotebookNode) -> bool:
    """Whether an output says anything to a reader; Rich's empty displays do not."""
    if output.output_type == "stream":
        return True
    data = output.get("data", {})
    return bool(data) and not (set(data) <= {"text/plain", "text/html"} and not data.get("text/plain", "…").strip())


def display(output: NotebookNode) -> dict[str, Any]:
    """A summary, a figure or the value of a last line as data. Raises ValueError for anything else."""
    data = output.data
    if SUMMARY in data:
        return {"summary": data[SUMMARY], "text": as_shown(data["text/plain"])}
    if "image/svg+xml" in data:
        return {"svg": compact(data["image/svg+xml"])}
    for kind in data.keys() - {"text/plain"}:
        raise ValueError(f"output {kind} is not allowed")
    return {"text": as_shown(data["text/plain"]) + "\n"}


def as_shown(text: str) -> str:
    """What a terminal leaves of a text, such as Keras's progress bars, without its colours."""
    return Text.from_ansi(OVERWRITTEN.sub("", text)).plain.translate(CONTROLS)


def compact(svg: str) -> str:
    """A figure without its metadata, and with the images in it in the smaller of two lossless formats."""
    start = max(svg.find("<svg"), 0)  # after the XML declaration and the doctype
    return PNG.sub(lambda png: smaller(png[1]), METADATA.sub("", svg[start:]))


def smaller(base64: str) -> str:
    """The address of an image's data as WebP or, if that is not smaller, as the PNG that it is."""
    png, webp = b64decode(base64), io.BytesIO()
    image = Image.open(io.BytesIO(png)).convert("RGBA")
    if image.getextrema()[3] == (255, 255):
        image = image.convert("RGB")
    image.save(webp, "WEBP", lossless=True, exact=True)
    kind, content = min(("webp", webp.getvalue()), ("png", png), key=lambda one: len(one[1]))
    return f"data:image/{kind};base64,{b64encode(content).decode()}"


def private_text(value: Any, project: Project, source: str) -> str | None:
    """What in a JSON value tells of this machine's folders or its name, if anything, unless the source does, too."""
    paths = {str(Path.home()), str(project.root), sys.prefix, tempfile.gettempdir(), "/tmp"} - {"/"}
    hosts = {platform.node()} - {"localhost"}
    names = "|".join(re.escape(name) for name in sorted(paths | hosts, reverse=True) if len(name) > 2)
    pattern = re.compile(rf"(?<![\w.~-])({names})(?![\w-])[^\s'\"<>,;:)\]]*")
    return next((found[0] for text in texts(value) for found in pattern.finditer(text) if found[0] not in source), None)


def texts(value: Any) -> Iterator[str]:
    """Every string in a JSON value."""
    if isinstance(value, str):
        yield value
    for item in [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else []:
        yield from texts(item)
