"""Figures: drawn once, shown in every theme and language."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from xml.etree import ElementTree

from engine.project import Problem, Problems, Project, languages

SVG = "{http://www.w3.org/2000/svg}"
HREF = "{http://www.w3.org/1999/xlink}href"
SHAPES = {
    *("svg", "g", "defs", "use", "symbol", "clipPath", "marker", "pattern", "image", "text", "tspan"),
    *("path", "rect", "circle", "ellipse", "line", "polyline", "polygon"),
}
DROPPED = {"metadata", "style", "title"}  # no reader sees them, and a style sheet would apply to the whole page
FORMS = {"d", "x", "y", "width", "height", "points", "cx", "cy", "r", "x1", "y1", "x2", "y2"}
EMBEDDED = ("data:image/png;base64,", "data:image/webp;base64,")
WORDS = re.compile(r"[A-Za-z]{2,}")
PAINT = re.compile(r'\b(?:style|fill|stroke)="[^"]*#[^"]*"')
IMAGE = re.compile(r'<p><img alt="([^"]*)" src="(?:[^"]*/)?([\w-]+)\.svg" ?/?></p>')

ElementTree.register_namespace("", "http://www.w3.org/2000/svg")


class Untranslated(ValueError):
    """Labels of a figure that have no translation."""


@dataclass(frozen=True)
class Style:
    """What a figure needs to be shown: by colour of the light theme the CSS variable, by English label the other."""

    colours: Mapping[str, str]
    labels: Mapping[str, str]

    def __hash__(self) -> int:
        return hash((*self.colours.items(), *self.labels.items()))


def style(project: Project, language: str) -> Style:
    """The style of all figures in a language, in the colours of matplotlibrc. Raises Problems."""
    settings = project.text(project.matplotlibrc)
    names = {"f3f5f8": "surface"}
    for setting, name in (("text.color", "ink"), ("axes.edgecolor", "muted"), ("grid.color", "grid")):
        if not (colour := re.search(rf"^{setting}: (\w+)", settings, re.MULTILINE)):
            said = f"sets no {setting} (the figures' '{name}', as '{setting}: 1f2933')"
            raise Problems([project.problem(project.matplotlibrc, 1, said)])
        names[colour[1]] = name
    names |= {colour: str(number) for number, colour in enumerate(re.findall(r'"(\w{6})"', settings), start=1)}
    colours = {f"#{colour}": f"var(--figure-{name})" for colour, name in names.items()}
    return Style(colours, labels(project, language) if language != languages()[0] else {})


def labels(project: Project, language: str) -> dict[str, str]:
    """Labels in a language by their English; `{}` in one stands for a number or another label. Raises Problems."""
    path, problems = project.labels(language), []
    text = project.text(path)
    found = {str(label): translation for label, translation in project.mapping(path, text).items()}
    for label, translation in found.items():
        if isinstance(translation, dict | list | None) or not str(translation).strip():
            said = f"no translation of '{label}'"
        elif label == "{}":
            said = "'{}' stands for every label (write words around it)"
        elif label.count("{}") != str(translation).count("{}"):
            said = f"'{label}' holds {label.count('{}')} {{}}, '{translation}' {str(translation).count('{}')}"
        else:
            continue
        written = re.search(rf"^[\"']?{re.escape(label)}[\"']?\s*:", text, re.MULTILINE)
        problems.append(project.problem(path, text.count("\n", 0, written.start() if written else 0) + 1, said))
    if problems:
        raise Problems(problems)
    return {label: str(translation) for label, translation in found.items()}


def files(project: Project, figures: Mapping[str, str], language: str, style: Style) -> tuple[dict, list[Problem]]:
    """The SVG of figures as files of their own, both by name without `.svg`, and what is wrong with them."""
    found, problems = {}, []
    for name, svg in figures.items():
        try:
            found[name] = portable(svg, name, style)
        except Untranslated as label:
            problems.append(project.problem(project.labels(language), 1, f"no translation of {label} on '{name}'"))
        except ValueError as error:
            drawing = project.drawings / f"{name}.svg"
            path = drawing if drawing.exists() else project.examples / f"{name.partition('-')[0]}.py"
            problems.append(project.problem(path, 1, f"figure '{name}': {error}"))
    return found, problems


def placed(page: str, files: Mapping[str, str], style: Style) -> str:
    """A page's HTML in which each figure of `files` stands in the place of its image and follows the reader's theme."""

    def themed(paint: re.Match[str]) -> str:
        return re.sub(r"#\w+", lambda colour: style.colours.get(colour[0], colour[0]), paint[0])

    def place(image: re.Match[str]) -> str:
        if image[2] not in files:
            return image[0]
        start, end, shapes = files[image[2]].partition(">")
        size = re.search(r' width="([^"]*)"', start)
        width = re.sub("(?<!pt)$", "px", size[1] if size else "600")  # matplotlib writes points, a drawing pixels
        start = re.sub(r' (?:width|height|style)="[^"]*"', "", start)
        start += f' role="img" aria-label="{image[1]}" data-search-exclude="" style="max-width: {width}"'
        return f'<figure class="figure">{PAINT.sub(themed, f"{start}{end}{shapes}")}</figure>'

    return IMAGE.sub(place, page)


@lru_cache(maxsize=1000)  # while serving, most figures are as they were
def portable(svg: str, name: str, style: Style) -> str:
    """A figure's SVG as a file of its own, one line: shapes, images and translated words, in the light theme's colours.

    Its ids begin with `name`, so that they differ from those of other figures on a page. Raises Untranslated for labels
    without translation, another ValueError for what is not SVG and for an element or attribute that is not allowed.
    """
    try:
        root = ElementTree.fromstring(svg)
    except ElementTree.ParseError as error:
        raise ValueError(f"is not SVG: {error}") from None
    if root.tag != f"{SVG}svg":
        raise ValueError(f"is not SVG but <{root.tag}>")
    for parent in list(root.iter()):
        parent[:] = [child for child in parent if child.tag.removeprefix(SVG) not in DROPPED]
    used = set(re.findall(r"(?:url\(#|href=[\"']#)([\w.:-]+)", svg))
    code = {part for element in root.iter() if element.get("font-family") == "monospace" for part in element.iter()}
    untranslated: dict[str, None] = {}  # in order, each once
    for element in root.iter():
        tag = element.tag.removeprefix(SVG)
        if tag not in SHAPES:
            raise ValueError(f"element <{tag}> is not allowed")
        raw = {"href" if key == HREF else key: value for key, value in element.attrib.items()}
        element.attrib = {key: checked(key, value, name) for key, value in raw.items() if key != "id" or value in used}
        if tag not in ("text", "tspan"):
            element.text = None
        elif element.text and element not in code:
            element.text = translated(element.text.strip(), style.labels, untranslated)
        if tag != "tspan":
            element.tail = None
    if untranslated:
        raise Untranslated(", ".join(f"'{label}'" for label in untranslated))
    root[:] = [kept for child in root for kept in ungrouped(child)]
    return re.sub(r"\s+", " ", ElementTree.tostring(root, "unicode")).strip()


def translated(text: str, words: Mapping[str, str], untranslated: dict[str, None]) -> str:
    """A label in the language of `words`; one with words that are not there goes to `untranslated`."""
    if not words or text in words:
        return words.get(text, text)
    for pattern, translation in words.items():
        if "{}" in pattern and (match := re.fullmatch(re.escape(pattern).replace(r"\{\}", "(.+)"), text)):
            for part in match.groups():
                translation = translation.replace("{}", translated(part, words, untranslated), 1)
            return translation
    if WORDS.search(text):
        untranslated[text] = None
    return text


def ungrouped(element: ElementTree.Element) -> list[ElementTree.Element]:
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
    if key in FORMS:  # with numbers to a hundredth of a point, and no spaces around letters
        value = re.sub(r"\d+\.\d{3,}(?![\de])", lambda found: f"{float(found[0]):.2f}".rstrip("0").rstrip("."), value)
        return re.sub(r"\s*([A-Za-df-z])\s*", r"\1", value).strip()
    return re.sub(r"font-family: [^;]*; ?", "", value.replace("url(#", f"url(#{name}-"))
