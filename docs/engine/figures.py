"""Figures: drawn once, shown in both themes and both languages."""

import re
from collections.abc import Mapping
from functools import cache
from itertools import chain, zip_longest
from xml.etree import ElementTree

from engine import marks, pixels
from engine.examples import FOLDER
from engine.pixels import HREF, SVG
from engine.problems import ROOT, Problem, Problems
from engine.sources import mapping_of, text_of

TEXTS = (f"{SVG}text", f"{SVG}tspan")
CLIP = f"{SVG}clipPath"
LOOKS = FOLDER / "matplotlibrc"
LABELS = ROOT / "docs" / "labels.zh.yml"
DRAWINGS = ROOT / "docs" / "drawings"

SHAPES = {
    *("svg", "g", "defs", "use", "symbol", "clipPath", "marker", "pattern", "image", "text", "tspan"),
    *("path", "rect", "circle", "ellipse", "line", "polyline", "polygon"),
}
DROPPED = {"metadata", "style", "title"}
WORDS = re.compile(r"[A-Za-z]{2,}")
NOT_TURNED = re.compile(r"\brotate\(-?0(\.0*)?( [^)]*)?\)")
FORMS = {"d", "x", "y", "width", "height", "points", "cx", "cy", "r", "x1", "y1", "x2", "y2"}

ElementTree.register_namespace("", "http://www.w3.org/2000/svg")
ElementTree.register_namespace("xlink", "http://www.w3.org/1999/xlink")


class Untranslated(Exception):
    """Labels of a figure that have no Chinese."""


def palette() -> dict[str, str]:
    """The light theme's colours, as matplotlibrc has them, and the CSS variable that each one follows.

    Raises Problems.
    """
    return palette_of(text_of(LOOKS))


@cache  # by content, so that a change counts while `mkdocs serve` runs
def palette_of(settings: str) -> dict[str, str]:
    """See `palette`. Raises Problems."""
    names = {"f3f5f8": "surface"}
    for setting, name in (("text.color", "ink"), ("axes.edgecolor", "muted"), ("grid.color", "grid")):
        if not (colour := re.search(rf"^{setting}: (\w+)", settings, re.MULTILINE)):
            raise Problems([Problem(LOOKS, 1, f"sets no {setting} (the figures' '{name}', as '{setting}: 1f2933')")])
        names[colour[1]] = name
    cycle = re.findall(r'"(\w{6})"', settings)
    names |= {colour: str(number) for number, colour in enumerate(cycle, start=1)}
    return {f"#{colour}": f"var(--figure-{name})" for colour, name in names.items()}


def labels(language: str) -> dict[str, str]:
    """Words on figures, from English, in a language; `{}` in one stands for a number or another label.

    Raises Problems.
    """
    return {} if language == "en" else labels_of(text_of(LABELS))


@cache  # by content, as above
def labels_of(text: str) -> dict[str, str]:
    """See `labels`. Raises Problems."""
    found, problems = {}, []
    for key, value in mapping_of(text, LABELS).items():
        found[str(key)] = str(value)
        if said := mistaken(str(key), value):
            written = re.search(rf"^[\"']?{re.escape(str(key))}[\"']?\s*:", text, re.MULTILINE)
            line = text.count("\n", 0, written.start()) + 1 if written else 1
            problems.append(Problem(LABELS, line, said))
    if problems:
        raise Problems(problems)
    return found


def mistaken(label: str, chinese: object) -> str | None:
    """What is wrong with the Chinese of a label, if anything."""
    if isinstance(chinese, dict | list | None) or not str(chinese).strip():
        return f"no Chinese for '{label}'"
    if label == "{}":
        return "'{}' stands for every label (write words around it)"
    if label.count("{}") != str(chinese).count("{}"):
        return f"'{label}' holds {label.count('{}')} {{}}, '{chinese}' {str(chinese).count('{}')}"
    return None


def translated(text: str, words: Mapping[str, str]) -> str:
    """A label in the language of `words`. Raises Untranslated when it has words that are not there."""
    if not words or text in words:
        return words.get(text, text)
    for pattern, translation in words.items():
        if "{}" in pattern:
            match = re.fullmatch(re.escape(pattern).replace(r"\{\}", "(.+)"), text)
            if match:
                parts = [translated(part, words) for part in match.groups()]
                return "".join(chain(*zip_longest(translation.split("{}"), parts, fillvalue="")))
    if WORDS.search(text):
        raise Untranslated(text)
    return text


def inline(svg: str, name: str, language: str, alt: str) -> str:
    """A figure's SVG as one line of HTML that follows the reader's theme and language.

    `name` makes its ids differ from those of other figures on a page; `alt` is plain text. Raises Untranslated for a
    label without Chinese, ValueError for an element that is no shape, picture or text, and for what is no SVG, and
    Problems for labels or colours that cannot be read.
    """
    root = clean(svg, name, language)
    root.attrib.pop("height", None)
    root.attrib |= {"role": "img", "aria-label": alt, "data-search-exclude": ""}
    root.attrib["style"] = f"max-width: {width(root)}"
    colours = palette()
    for element in root.iter():
        for key in ("style", "fill", "stroke"):
            if key in element.attrib:
                element.set(key, themed(element.attrib[key], colours))
    return one_line(root)


def portable(svg: str, name: str, language: str) -> str:
    """A figure's SVG as a file of its own, in the light theme's colours."""
    return one_line(clean(svg, name, language))


def packed(svg: str) -> str:
    """A figure's SVG as it is kept: nothing that nobody sees, few pictures. What is no SVG stays, to be told later."""
    try:
        root = bare(svg)
    except ElementTree.ParseError:
        return svg
    pixels.pack(root)
    return ElementTree.tostring(root, "unicode")


def bare(svg: str) -> ElementTree.Element:
    """The tree of an SVG without what nobody sees, and with as few elements. Raises ElementTree.ParseError."""
    root = ElementTree.fromstring(svg)
    drop(root)
    unclip(root)
    used = set(re.findall(r"(?:url\(#|href=\"#)([\w.:-]+)", ElementTree.tostring(root, "unicode")))
    for element in root.iter():
        if element.get("id") not in used:
            element.attrib.pop("id", None)
        if "transform" in element.attrib:
            turned = NOT_TURNED.sub("", element.attrib.pop("transform")).strip()
            element.attrib |= {"transform": turned} if turned else {}
    root[:] = [kept for child in root for kept in drawn(child, has_line(root))]
    marks.join(root)
    return root


def clean(svg: str, name: str, language: str) -> ElementTree.Element:
    """The tree of an SVG with shapes, pictures and words only, its labels in the language."""
    try:
        root = bare(svg)
    except ElementTree.ParseError as error:
        raise ValueError(f"no SVG: {error}") from None
    untranslated: list[str] = []
    words = labels(language)
    code = {part for element in root.iter() if element.get("font-family") == "monospace" for part in element.iter()}
    for element in root.iter():
        if element.tag.removeprefix(SVG) not in SHAPES:
            raise ValueError(f"element <{element.tag.removeprefix(SVG)}> is not allowed")
        for key, value in list(element.attrib.items()):
            element.attrib.pop(key)
            key = "href" if key == HREF else key
            element.set(key, checked(key, value, name))
        if element.tag not in TEXTS:
            element.text = None
        elif element.text and element not in code:
            try:
                element.text = translated(element.text.strip(), words)
            except Untranslated as label:
                untranslated.append(f"'{label}'")
        if element.tag != f"{SVG}tspan":
            element.tail = None
    if untranslated:
        raise Untranslated(", ".join(dict.fromkeys(untranslated)))
    return root


def checked(key: str, value: str, name: str) -> str:
    """An attribute's value with ids that begin with `name`, and the page's font instead of matplotlib's.

    Raises ValueError for what could run a script or fetch a file.
    """
    fetches = key.endswith("href") and not value.startswith(("#", pixels.PNG, pixels.WEBP))
    if fetches or key.lower().startswith("on") or re.search(r"url\((?!#)", value):
        raise ValueError(f"attribute {key}={value!r} is not allowed")
    if key == "id":
        return f"{name}-{value}"
    if key == "href" and value.startswith("#"):
        return f"#{name}-{value[1:]}"
    if key in FORMS:
        return short(value)
    return re.sub(r"font-family: [^;]*; ?", "", value.replace("url(#", f"url(#{name}-"))


def short(form: str) -> str:
    """Where something is, to a hundredth of a point."""
    digits = re.sub(r"\d+\.\d{3,}(?![\de])", lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), form)
    return re.sub(r"\s*([A-Za-df-z])\s*", r"\1", digits).strip()


def drawn(element: ElementTree.Element, in_line: bool) -> list[ElementTree.Element]:
    """What takes the place of an element, so that a browser has half as many to lay out.

    A group that says nothing gives way to what it holds, and a shape with neither colour nor line to nothing; `in_line`
    is whether it inherits a line.
    """
    in_line = in_line or has_line(element)
    element[:] = [kept for child in element for kept in drawn(child, in_line)]
    if element.tag == f"{SVG}g" and not element.attrib:
        return list(element)
    is_unseen = element.tag == f"{SVG}path" and not in_line and set(element.attrib) <= {"d", "style"}
    is_unseen = is_unseen and element.get("style", "").strip() == "fill: none"
    is_unused = element.tag == CLIP and "id" not in element.attrib
    return [] if is_unseen or is_unused or (element.tag == f"{SVG}defs" and not len(element)) else [element]


def unclip(root: ElementTree.Element) -> None:
    """Take away clips that cut nothing off, as matplotlib lays around each picture that fills its axes."""
    clips = {f"url(#{clip.get('id')})": clip for clip in root.iter(CLIP)}
    for group in root.iter(f"{SVG}g"):
        clip = clips.get(group.get("clip-path", ""))
        if clip is not None and all(is_within(picture, clip) for picture in group):
            del group.attrib["clip-path"]


def is_within(picture: ElementTree.Element, clip: ElementTree.Element) -> bool:
    """Whether an element is a picture in a clip that is one plain rectangle."""
    lies = pixels.sides(picture)
    if not lies or len(clip) != 1 or clip[0].tag != f"{SVG}rect" or len(clip.attrib) > 1:
        return False
    if set(clip[0].attrib) - {"x", "y", "width", "height"}:  # turned, or with round corners
        return False
    try:
        x, y, across, down = (float(clip[0].get(key, 0)) for key in ("x", "y", "width", "height"))
    except ValueError:  # per cent, or with a unit
        return False
    cuts = zip(lies, (x, y), (x + across, y + down))
    return all(side.first >= first - 0.01 and side.last <= last + 0.01 for side, first, last in cuts)


def has_line(element: ElementTree.Element) -> bool:
    """Whether an element says how lines are drawn, its own and those of what it holds."""
    return "stroke" in element.attrib or "stroke" in element.get("style", "")


def drop(element: ElementTree.Element) -> None:
    """Remove what no reader sees: metadata, style sheets that would leak into the page, titles."""
    for child in list(element):
        if child.tag.removeprefix(SVG) in DROPPED:
            element.remove(child)
        else:
            drop(child)


def width(root: ElementTree.Element) -> str:
    """The width that an SVG asks for, taken from it, as CSS: matplotlib writes points, a drawing pixels."""
    asked = root.attrib.pop("width", "600")
    return asked if asked.endswith("pt") else f"{asked}px"


def themed(value: str, colours: Mapping[str, str]) -> str:
    """An attribute with the palette's colours as CSS variables."""
    for colour, variable in colours.items():
        value = value.replace(colour, variable)
    return value


def one_line(root: ElementTree.Element) -> str:
    """A tree as text without line breaks."""
    return re.sub(r"\s+", " ", ElementTree.tostring(root, "unicode")).strip()
