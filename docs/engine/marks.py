"""The marks of a figure, ticks and points, and the lines of its grid: few shapes, since a browser lays out each."""

import math
import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from engine.pixels import HREF, SVG

USE, PATH, DEFS, TEXT, GROUP = (SVG + name for name in ("use", "path", "defs", "text", "g"))
STEP = re.compile(r"([MLQCZz])([^A-Za-z]*)")
POINT = r"\s*-?[\d.]+\s+-?[\d.]+\s*"
OUTLINE = re.compile(rf"M{POINT}(?:[ML]{POINT}|Q(?:{POINT}){{2}}|C(?:{POINT}){{3}}|[Zz]\s*)*")  # matplotlib's


def join(root: Element) -> None:
    """Make one path of the marks that look the same and follow each other, with at most words between them.

    matplotlib draws an axis as a line of the grid, a mark and a number for each tick in turn. Here the lines come
    first, then the marks, then the numbers.
    """
    forms = {f"#{form.get('id')}": form for defs in root.iter(DEFS) for form in defs if is_form(form)}
    parents = [root, *root.iter(GROUP)]
    for parent in parents:
        parent[:] = [part for run in runs(parent, forms) for part in joined(run, forms)]
    unused = {forms[name] for name in forms.keys() - {value for use in root.iter(USE) for value in use.attrib.values()}}
    for parent in parents:
        for defs in parent.findall(DEFS):
            defs[:] = [form for form in defs if form not in unused]
            if not len(defs):
                parent.remove(defs)


def is_form(element: Element) -> bool:
    """Whether an element is a path that marks may have, made of what `outline` understands."""
    known = element.tag == PATH and set(element.attrib) <= {"id", "d", "style"}
    return known and bool(OUTLINE.fullmatch(element.get("d", "")))


def runs(parent: Element, forms: dict[str, Element]) -> Iterator[list[Element]]:
    """What a group holds, in pieces: of no piece is more than one kind of line and one kind of mark."""
    run: list[Element] = []
    looks: dict[str, dict[str, str]] = {}
    for element in parent:
        look = {key: value for key, value in element.attrib.items() if key not in ("d", "x", "y")}
        known = element.tag in (TEXT, DEFS) or is_line(element) or is_mark(element, forms)
        if not known or (element.tag in (USE, PATH) and looks.setdefault(element.tag, look) != look):
            yield run
            run, looks = [], {element.tag: look}
        run.append(element)
        if not known:
            yield run
            run, looks = [], {}
    yield run


def is_line(element: Element) -> bool:
    """Whether an element is a line that looks the same when others of its look are one with it."""
    style = element.get("style", "")
    known = element.tag == PATH and set(element.attrib) <= {"d", "style", "clip-path"}
    return known and "fill: none" in style and "opacity" not in style and "marker" not in style


def is_mark(element: Element, forms: dict[str, Element]) -> bool:
    """Whether an element is a mark of a known form, moved to its place."""
    known = element.tag == USE and {HREF, "x", "y"} <= set(element.attrib) <= {HREF, "x", "y", "style"}
    return known and element.get(HREF) in forms


def joined(run: list[Element], forms: dict[str, Element]) -> list[Element]:
    """A piece of a group, its lines as one and its marks as one, if they look the same then."""
    lines = [element for element in run if is_line(element)]
    marks = [element for element in run if is_mark(element, forms)]
    if len(lines) < 2 and not marks:
        return run
    for line in lines[1:]:
        lines[0].set("d", f"{lines[0].get('d')} {line.get('d')}")
    paths = [path_of(mark, forms[mark.attrib[HREF]]) for mark in marks]
    if paths and is_flat(paths[0].attrib["style"]):
        paths[0].set("d", "".join(path.attrib["d"] for path in paths))
        del paths[1:]
    moved = {*lines, *marks}
    return [*lines[:1], *paths, *(element for element in run if element not in moved)]


def path_of(mark: Element, form: Element) -> Element:
    """A mark as a path of its own. Where both say something, its form is right, which stands deeper."""
    style = declarations(mark) | declarations(form)
    shape = outline(form.attrib["d"], float(mark.attrib["x"]), float(mark.attrib["y"]))
    return Element(PATH, {"d": shape, "style": "; ".join(f"{key}: {value}" for key, value in style.items())})


def declarations(element: Element) -> dict[str, str]:
    """What the style of an element says."""
    pairs = (one.partition(":") for one in element.get("style", "").split(";"))
    return {key.strip(): value.strip() for key, _, value in pairs if value}


def is_flat(style: str) -> bool:
    """Whether shapes of this style look the same as one, where they overlap."""
    return "opacity" not in style and len({*re.findall(r"(?:fill|stroke): ([^;]+)", style)} - {"none"}) < 2


def outline(form: str, x: float, y: float) -> str:
    """An outline of absolute steps, moved; all its steps but the first are relative, which is short."""
    steps = [(step, [float(number) for number in numbers.split()]) for step, numbers in STEP.findall(form)]
    if radius := radius_of(steps):
        arcs = (f"a{row(radius, radius)} 0 1 0 {row(way, 0)}" for way in (2 * radius, -2 * radius))
        return f"M{row(x - radius, y)}{''.join(arcs)}z"
    written, at, start = "", (0.0, 0.0), (0.0, 0.0)
    for step, numbers in steps:
        if not numbers:
            written, at = f"{written}z", start
            continue
        origin = at if written else (-x, -y)
        moved = (number - origin[place % 2] for place, number in enumerate(numbers))
        written += (step.lower() if written else step) + row(*moved)
        at = numbers[-2], numbers[-1]
        start = at if step == "M" else start
    return written


def radius_of(steps: list[tuple[str, list[float]]]) -> float | None:
    """The radius of an outline that is a circle around its middle: matplotlib writes one as eight curves."""
    radii = [math.hypot(*numbers[-2:]) for _, numbers in steps if numbers]
    is_circle = "".join(step for step, _ in steps) == "MCCCCCCCCz" and max(radii) - min(radii) < 0.001
    return radii[0] if is_circle else None


def row(*numbers: float) -> str:
    """Numbers to a hundredth, in few characters."""
    return " ".join(re.sub(r"^(-?)0(?=\.)", r"\1", f"{round(number, 2) or 0:g}") for number in numbers)
