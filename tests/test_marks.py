"""The marks of a figure are few shapes, and show what they showed before."""

import io
import re
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pytest
from browser import WIDE
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from PIL import Image, ImageChops

from engine import figures, marks
from engine.examples import FOLDER
from engine.pixels import HREF, SVG

TICK = '<path id="tick" d="M 0 0 L 0 3.5" style="stroke: #123456" />'
LINE = "fill: none; stroke: #abcdef"
STYLE = "svg { stroke-linejoin: round } text { font-family: sans-serif !important }"  # as pages have it
numbers = st.floats(-500, 500).map(lambda number: round(number, 3))


def bare(inside: str) -> ElementTree.Element:
    names = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return figures.bare(f"<svg {names}>{inside}</svg>")


def tags(root: ElementTree.Element) -> list[str]:
    return [element.tag.removeprefix(SVG) for element in root.iter()][1:]


def use(form: str, x: float, y: float, style: str = "fill: #123456") -> str:
    return f'<use xlink:href="#{form}" x="{x}" y="{y}" style="{style}" />'


def points(outline: str) -> list[tuple[float, float]]:
    """The ends of the steps of an outline, absolute or relative."""
    at = start = 0.0, 0.0
    found = []
    for step, values in re.findall(r"([MLQCmlqcz])([^A-Za-z]*)", outline):
        values = [float(value) for value in re.findall(r"-?(?:\d+\.?\d*|\.\d+)(?:e-?\d+)?", values)]
        if step == "z":
            at = start
            continue
        x, y = values[-2:]
        at = (x, y) if step.isupper() else (at[0] + x, at[1] + y)
        start = at if step in "Mm" else start
        found.append(at)
    return found


def test_an_axis_is_its_lines_its_marks_and_its_numbers():
    axis = ""
    for i in range(5):
        axis += f'<g id="xtick_{i}"><g><path d="M {i} 0 L {i} 90" clip-path="url(#c)" style="{LINE}" /></g>'
        axis += f"<g>{f'<defs>{TICK}</defs>' if not i else ''}<g>{use('tick', i, 90)}</g></g><text>{i}</text></g>"
    clip = '<defs><clipPath id="c"><rect width="9" height="9" /></clipPath></defs>'
    root = bare(f'<g id="matplotlib.axis_1">{axis}</g>{clip}')
    assert tags(root) == ["path", "path", *5 * ["text"], "defs", "clipPath", "rect"]
    assert points(root[0].get("d")) == [(i, y) for i in range(5) for y in (0, 90)]
    assert root[0].get("clip-path") == "url(#c)"
    assert points(root[1].get("d")) == [(i, y) for i in range(5) for y in (90, 93.5)]
    assert marks.declarations(root[1]) == {"fill": "#123456", "stroke": "#123456"}
    assert [text.text for text in root.iter(f"{SVG}text")] == list("01234")


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from("MLQCz"), *6 * [numbers]), max_size=9), numbers, numbers)
def test_a_mark_is_moved_and_keeps_its_form(steps, x, y):
    many = {"M": 2, "L": 2, "Q": 4, "C": 6, "z": 0}
    form = "M 1.5 -2.5 " + " ".join(f"{step} {' '.join(map(str, rest[: many[step]]))}" for step, *rest in steps)
    assert marks.OUTLINE.fullmatch(form)
    moved = marks.outline(form, x, y)
    asked = [(at_x + x, at_y + y) for at_x, at_y in points(form)]
    assert np.allclose(points(moved), asked, atol=0.0051 * (len(steps) + 1), rtol=1e-5)
    assert [step.upper() for step in re.findall("[a-zA-Z]", moved)] == re.findall("[A-Z]", form.upper())


def test_a_point_is_two_arcs_around_its_place():
    form = 'd="M 0 3 C 0.795609 3 1.55874 2.683901 2.12132 2.12132 C 2.683901 1.55874 3 0.795609 3 0 C 3 -0.795609 '
    form += "2.683901 -1.55874 2.12132 -2.12132 C 1.55874 -2.683901 0.795609 -3 0 -3 C -0.795609 -3 -1.55874 -2.683901 "
    form += "-2.12132 -2.12132 C -2.683901 -1.55874 -3 -0.795609 -3 0 C -3 0.795609 -2.683901 1.55874 -2.12132 2.12132 "
    form += 'C -1.55874 2.683901 -0.795609 3 0 3 z"'
    (path,) = bare(f'<defs><path id="o" {form} /></defs>{use("o", 10, 20)}{use("o", 30, 40)}')
    assert path.get("d") == "M7 20a3 3 0 1 0 6 0a3 3 0 1 0 -6 0zM27 40a3 3 0 1 0 6 0a3 3 0 1 0 -6 0z"


@pytest.mark.parametrize(
    "styles",
    [
        ("fill: #123456", "fill: #654321"),
        ("fill: #123456; stroke: #ffffff",) * 2,
        ("stroke: #123456; stroke-opacity: 0.5",) * 2,
        ("fill: #123456; opacity: 0.5",) * 2,
    ],
    ids=["colours", "edges", "lines-shine-through", "shine-through"],
)
def test_marks_that_would_look_different_as_one_stay_apart(styles):
    form = '<defs><path id="m" d="M 0 0 L 3 0 L 3 3 z" /></defs>'
    root = bare(form + "".join(use("m", 2 * i, 0, style) for i, style in enumerate(styles)))
    assert tags(root) == ["path", "path"]
    assert [marks.declarations(path) for path in root] == [
        dict([one.split(": ") for one in s.split("; ")]) for s in styles
    ]


@pytest.mark.parametrize(
    "inside",
    [
        f'<defs>{TICK}</defs><use xlink:href="#tick" x="1" y="2" transform="rotate(9)" />',
        f'<defs>{TICK}</defs><use xlink:href="#tick" y="2" />',
        f'<defs>{TICK}</defs><use href="#tick" x="1" y="2" />',
        '<defs><path id="m" d="M 0 0 A 3 3 0 0 1 3 3" /></defs><use xlink:href="#m" x="1" y="2" />',
        '<defs><path id="m" d="M 0 0 l 3 3" /></defs><use xlink:href="#m" x="1" y="2" />',
        '<defs><path id="m" d="M 0 0 L 1e-5 3" /></defs><use xlink:href="#m" x="1" y="2" />',
        '<defs><path id="m" d="M 0 0 L 3 3" clip-path="url(#c)" /></defs><use xlink:href="#m" x="1" y="2" />',
        '<defs><symbol id="m"><path d="M 0 0 L 3 3" /></symbol></defs><use xlink:href="#m" x="1" y="2" />',
    ],
    ids=["turned", "no-place", "by-hand", "arc", "relative", "exponent", "clipped", "symbol"],
)
def test_a_mark_that_is_not_understood_stays(inside):
    before = ElementTree.fromstring(
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="{HREF[1:-5]}">{inside}</svg>'
    )
    root = bare(inside)
    assert tags(root) == tags(before)
    assert [element.attrib for element in root.iter()] == [element.attrib for element in before.iter()]


def test_lines_that_would_look_different_as_one_stay_apart():
    lines = [f'style="{LINE}"', f'style="{LINE}" clip-path="url(#c)"', f'style="{LINE}; stroke-opacity: 0.5"']
    lines += [lines[-1], 'style="fill: #abcdef"', f'style="{LINE}" marker-end="url(#a)"', f'style="{LINE}"']
    drawn = [f'<path d="M {i} 0 L 9 9" {line} />' for i, line in enumerate(lines)]
    assert [points(path.get("d"))[0][0] for path in bare("".join(drawn))] == list(range(len(lines)))


def test_marks_of_a_group_stay_in_it():
    root = bare(
        f'<defs>{TICK}</defs><g clip-path="url(#c)">{use("tick", 1, 2)}{use("tick", 3, 4)}</g>{use("tick", 5, 6)}'
    )
    assert tags(root) == ["g", "path", "path"]
    assert [len(points(path.get("d"))) for path in root.iter(f"{SVG}path")] == [4, 2]


def drawing() -> str:
    """A figure with marks of many kinds, and pictures beside each other, as matplotlib writes it."""
    random = np.random.default_rng(1)
    with mpl.rc_context(fname=FOLDER / "matplotlibrc"):
        figure = Figure(figsize=(5, 5))
        top, *below = figure.subplots(3, 2).flat
        for i, style in enumerate(("o-", "s--", "^:", "D", "*-", "x", "+", ".")):
            top.plot(range(6), random.random(6) + i, style, label=style)
        top.legend(ncols=2)
        below[0].plot(range(1, 9), np.exp(range(8)), "o-", markeredgecolor="white")
        below[0].set(yscale="log", xlabel="steps")
        below[0].yaxis.set_major_formatter("{x:g}")
        below[1].scatter(
            *random.random((2, 60)), s=random.integers(9, 90, 60), c=["#3457d5", "#d9580d"] * 30, alpha=0.5
        )
        below[2].errorbar(range(5), range(5), yerr=0.5, fmt="o", capsize=4)
        for axes in below[3:]:
            axes.imshow(random.random((8, 8, 3)))
            axes.imshow(random.random((8, 8)), cmap="inferno", alpha=0.5)
            axes.axis("off")
        file = io.StringIO()
        FigureCanvasSVG(figure).print_svg(file)
    return file.getvalue()


@pytest.mark.slow
def test_a_browser_shows_the_same(browser):
    tab = browser.new_context(viewport=WIDE, device_scale_factor=2).new_page()
    before = drawing()
    after = figures.portable(figures.packed(before), "a-b", "en")
    assert (after.count("<use"), after.count("<image")) == (0, 1)
    assert before.count("<use") > 100
    shown = []
    for svg in (before, after):
        tab.set_content(f"<style>{STYLE}</style>{svg[svg.index('<svg') :]}")
        shown.append(Image.open(io.BytesIO(tab.screenshot())).convert("RGB"))
    assert shown[0].getcolors(2) is None
    difference = ImageChops.difference(*shown).convert("L").point(lambda value: 255 * (value > 100))
    assert sum(difference.histogram()[255:]) < 200, difference.getbbox()
    tab.context.close()
