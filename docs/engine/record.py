"""What all examples gave with one set of versions, so that another record can be compared with it."""

import datetime
import platform
from collections import Counter
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any
from xml.etree import ElementTree

from engine import examples, identity, pictures, site, store
from engine.examples import Example
from engine.pixels import SVG
from engine.problems import ROOT, Problem, Problems

DRAWN = {f"{SVG}{tag}" for tag in ("image", "path", "text", "use")}  # what Matplotlib draws with


def record(wish: str) -> dict[str, Any]:
    """Run all examples, check all pages, and tell what they gave, failures too. `wish` is that of `pictures.choose`.

    Raises Problems when other versions are installed than uv.lock names, for then no receipt tells the truth; and
    pictures.Unusable.
    """
    versions = {name: package["version"] for name, package in identity.packages().items()}
    if wrong := [name for name, locked in versions.items() if version(name) != locked]:
        said = ", ".join(f"{name} {version(name)} is installed, not {versions[name]}" for name in wrong)
        raise Problems([Problem(ROOT / "uv.lock", 1, f"{said} (run 'uv sync')")])
    problems: list[Problem] = []
    try:
        site.make(wish)
    except Problems as found:
        problems = found.problems
    seen = pictures.choose(wish).identity
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "python": platform.python_version(),
        "packages": {name: versions[name] for name in identity.SHOWN},
        "pictures": seen,
        "examples": {example.name: gave(example, kept(example, seen)) for example in examples.read_all()[0]},
        "problems": [told(problem) for problem in problems],
    }


def kept(example: Example, seen: dict[str, Any]) -> dict[str, Any] | None:
    """The result of an example on these pictures, or None if it failed."""
    return store.load(example.name, identity.key(identity.inputs(example, seen if example.uses_cifar10 else None)))


def gave(example: Example, result: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What can be compared of a result: what each cell wrote, what its figure is made of, all values, and its time."""
    if result is None:
        return None
    texts: dict[str, str] = {}
    figures: dict[str, dict[str, int]] = {}
    for cell, outputs in zip(example.cells, result["outputs"]):
        texts[cell.name] = "".join(output.get("text", "") for output in outputs)
        if svg := next((output["svg"] for output in outputs if "svg" in output), None):
            figures[cell.name] = shapes(svg)
    seconds = round(sum(result["receipt"]["seconds"]), 1)
    return {"texts": texts, "figures": figures, "values": result["values"], "seconds": seconds}


def shapes(svg: str) -> dict[str, int]:
    """How many shapes of each kind a figure is made of."""
    tags = Counter(element.tag for element in ElementTree.fromstring(svg).iter() if element.tag in DRAWN)
    return {tag.removeprefix(SVG): count for tag, count in sorted(tags.items())}


def told(problem: Problem) -> dict[str, str]:
    """A problem with its place, as `path:line (cell 'name')`."""
    place, _, message = str(problem).partition(": ")
    return {"place": place, "message": message}
