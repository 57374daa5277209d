"""Figures: drawn once, shown in every theme and language."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from itertools import chain, zip_longest
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from engine.project import Problem, Problems, Project, languages

SVG = "{http://www.w3.org/2000/svg}"
HREF = "{http://www.w3.org/1999/xlink}href"
SHAPES = {
    *("svg", "g", "defs", "use", "symbol", "clipPath", "marker", "pattern", "image", "text", "tspan"),
    *("path", "rect", "circle", "ellipse", "line", "polyline", "polygon"),
}
DROPPED = {"metadata", "style", "title"}
FORMS = {"d", "x", "y", "width", "height", "points", "cx", "cy", "r", "x1", "y1", "x2", "y2"}
EMBEDDED = ("data:image/png;base64,", "data:image/webp;base64,")
WORDS = re.compile(r"[A-Za-z]{2,}")
PAINT = re.compile(r'\b(?:style|fill|stroke)="[^"]*#[^"]*"')
IMAGE = re.compile(r'<p><img alt="([^"]*)" src="(?:[^"]*/)?([\w-]+)\.svg" ?/?></p>')

ElementTree.register_namespace("", "http://www.w3.org/2000/svg")
ElementTree.register_namespace("xlink", "http://www.w3.org/1999/xlink")


Files = tuple[dict[str, str], list[Problem]]


class Untranslated(Exception):
    """Labels of a figure that have no translation."""


@dataclass(frozen=True)
class Style:
    """What a figure needs to be shown: by colour of the light theme the CSS variable, by English label the other."""

    colours: Mapping[str, str]
    labels: Mapping[str, str]

    def __hash__(self) -> int:
        return hash((*self.colours.items(), *self.labels.items()))


def style(project: Project, language: str) -> Style:
    """The style of all figures in a language. Raises Problems."""
    return Style(palette(project), labels(project, language) if language != languages()[0] else {})


def palette(project: Project) -> dict[str, str]:
    """The light theme's colours, as matplotlibrc has them, and the CSS variable of each. Raises Problems."""
    settings = project.text(project.matplotlibrc)
    names = {"f3f5f8": "surface"}
    for setting, name in (("text.color", "ink"), ("axes.edgecolor", "muted"), ("grid.color", "grid")):
        if not (colour := re.search(rf"^{setting}: (\w+)", settings, re.MULTILINE)):
            said = f"sets no {setting} (the figures' '{name}', as '{setting}: 1f2933')"
            raise Problems([project.problem(project.matplotlibrc, 1, said)])
        names[colour[1]] = name
    names |= {colour: str(number) for number, colour in enumerate(re.findall(r'"(\w{6})"', settings), start=1)}
    return {f"#{colour}": f"var(--figure-{name})" for colour, name in names.items()}


def labels(project: Project, language: str) -> dict[str, str]:
    """Labels in a language by their English; `{}` in one stands for a number or another label. Raises Problems."""
    path, problems = project.labels(language), []
    text = project.text(path)
    found = project.mapping(path, text)
    for label, translation in found.items():
        if message := mistaken(str(label), translation):
            written = re.search(rf"^[\"']?{re.escape(str(label))}[\"']?\s*:", text, re.MULTILINE)
            line = text.count("\n", 0, written.start()) + 1 if written else 1
            problems.append(project.problem(path, line, message))
    if problems:
        raise Problems(problems)
    return {str(label): str(translation) for label, translation in found.items()}


def mistaken(label: str, translation: object) -> str | None:
    """What is wrong with the translation of a label, if anything."""
    if isinstance(translation, dict | list | None) or not str(translation).strip():
        return f"no translation of '{label}'"
    if label == "{}":
        return "'{}' stands for every label (write words around it)"
    if label.count("{}") != str(translation).count("{}"):
        return f"'{label}' holds {label.count('{}')} {{}}, '{translation}' {str(translation).count('{}')}"
    return None


def translated(text: str, words: Mapping[str, str]) -> str:
    """A label in the language of `words`. Raises Untranslated for a label with words that are not there."""
    if not words or text in words:
        return words.get(text, text)
    for pattern, translation in words.items():
        if "{}" in pattern and (match := re.fullmatch(re.escape(pattern).replace(r"\{\}", "(.+)"), text)):
            parts = [translated(part, words) for part in match.groups()]
            return "".join(chain(*zip_longest(translation.split("{}"), parts, fillvalue="")))
    if WORDS.search(text):
        raise Untranslated(text)
    return text


def files(project: Project, figures: Mapping[str, str], language: str, style: Style) -> Files:
    """The figures of a page as files of their own, by name without `.svg`, and what is wrong with them.

    `figures` are those of `engine.show.expand.Expanded`.
    """
    found, problems = {}, []
    for name, svg in figures.items():
        drawing = project.drawings / f"{name}.svg"
        path = drawing if drawing.exists() else project.examples / f"{name.partition('-')[0]}.py"
        try:
            found[name] = portable(svg, name, style)
        except Untranslated as label:
            said = f"no translation of {label} on '{name}'"
            problems.append(Problem(project.relative(project.labels(language)), 1, said))
        except ValueError as error:
            problems.append(project.problem(path, 1, f"figure '{name}': {error}"))
    return found, problems


def placed(page: str, files: Mapping[str, str], style: Style) -> str:
    """A page's HTML with each figure of `files` in the place of its image; others stay."""

    def place(image: re.Match[str]) -> str:
        return inline(files[image[2]], image[1], style) if image[2] in files else image[0]

    return IMAGE.sub(place, page)


def inline(file: str, alt: str, style: Style) -> str:
    """A figure as one line of HTML that follows the reader's theme. `file` is that of `portable`, `alt` is HTML."""
    start, end, shapes = file.partition(">")
    size = re.search(r' width="([^"]*)"', start)
    asked = size[1] if size else "600"
    width = asked if asked.endswith("pt") else f"{asked}px"  # matplotlib writes points, a drawing pixels
    start = re.sub(r' (?:width|height|style)="[^"]*"', "", start)
    start += f' role="img" aria-label="{alt}" data-search-exclude="" style="max-width: {escape(width)}"'
    drawn = PAINT.sub(lambda found: themed(found[0], style.colours), f"{start}{end}{shapes}")
    return f'<figure class="figure">{drawn}</figure>'


def themed(attribute: str, colours: Mapping[str, str]) -> str:
    """An attribute with the palette's colours as CSS variables."""
    for colour, variable in colours.items():
        attribute = attribute.replace(colour, variable)
    return attribute


@lru_cache(maxsize=1000)  # while serving, most figures are as they were
def portable(svg: str, name: str, style: Style) -> str:
    """A figure's SVG as a file of its own, one line, in the light theme's colours.

    Raises Untranslated for labels without translation, ValueError for what is not SVG and for an element or attribute
    that is not allowed.
    """
    return re.sub(r"\s+", " ", ElementTree.tostring(clean(svg, name, style.labels), "unicode")).strip()


def clean(svg: str, name: str, labels: Mapping[str, str]) -> Element:
    """The tree of an SVG with shapes, images and words only, its labels translated. Raises as `portable` does.

    Its ids begin with `name`, so that they differ from those of other figures on a page.
    """
    try:
        root = ElementTree.fromstring(svg)
    except ElementTree.ParseError as error:
        raise ValueError(f"is not SVG: {error}") from None
    if root.tag != f"{SVG}svg":
        raise ValueError(f"is not SVG but <{root.tag}>")
    drop(root)
    used = set(re.findall(r"(?:url\(#|href=[\"']#)([\w.:-]+)", svg))
    untranslated: list[str] = []
    code = {part for element in root.iter() if element.get("font-family") == "monospace" for part in element.iter()}
    for element in root.iter():
        tag = element.tag.removeprefix(SVG)
        if tag not in SHAPES:
            raise ValueError(f"element <{tag}> is not allowed")
        attributes = {"href" if key == HREF else key: value for key, value in element.attrib.items()}
        element.attrib.clear()
        element.attrib |= {
            key: checked(key, value, name) for key, value in attributes.items() if key != "id" or value in used
        }
        if tag not in ("text", "tspan"):
            element.text = None
        elif element.text and element not in code:
            try:
                element.text = translated(element.text.strip(), labels)
            except Untranslated as label:
                untranslated.append(f"'{label}'")
        if tag != "tspan":
            element.tail = None
    if untranslated:
        raise Untranslated(", ".join(dict.fromkeys(untranslated)))
    root[:] = [kept for child in root for kept in ungrouped(child)]
    return root


def drop(element: Element) -> None:
    """Remove what no reader sees: metadata, titles, and style sheets, which would apply to the whole page."""
    for child in list(element):
        if child.tag.removeprefix(SVG) in DROPPED:
            element.remove(child)
        else:
            drop(child)


def ungrouped(element: Element) -> list[Element]:
    """An element, or what it holds if it is a group that says nothing: a browser has half as many to lay out."""
    element[:] = [kept for child in element for kept in ungrouped(child)]
    return list(element) if element.tag == f"{SVG}g" and not element.attrib else [element]


def checked(key: str, value: str, name: str) -> str:
    """An attribute's value with ids that begin with `name`, and the page's font instead of matplotlib's.

    Raises ValueError for what could run a script or fetch a file.
    """
    fetches = key.endswith("href") and not value.startswith(("#", *EMBEDDED))
    if fetches or key.lower().startswith("on") or re.search(r"url\((?!#)", value):
        raise ValueError(f"attribute {key}={value[:60]!r} is not allowed")
    if key == "id":
        return f"{name}-{value}"
    if key == "href":
        return f"#{name}-{value[1:]}" if value.startswith("#") else value
    if key in FORMS:
        return short(value)
    return re.sub(r"font-family: [^;]*; ?", "", value.replace("url(#", f"url(#{name}-"))


def short(form: str) -> str:
    """Numbers to a hundredth of a point, and no spaces around letters."""
    digits = re.sub(r"\d+\.\d{3,}(?![\de])", lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), form)
    return re.sub(r"\s*([A-Za-df-z])\s*", r"\1", digits).strip()
