"""A figure is drawn once and right everywhere: in each language, in each theme, beside others, and harmless."""

import re
from xml.etree import ElementTree

import pytest
from pages_of_a_run import ROOT, SVG

from engine.project import Problems, Project, languages
from engine.show import figures
from engine.show.figures import Style, Untranslated

COLOURS = figures.style(ROOT, languages()[0]).colours
ENGLISH = Style(COLOURS, {})
CHINESE = Style(COLOURS, {"height": "高度", "({})": "（{}）", "✓ {}": "✓ {}", "a: b": "甲：乙"})


def svg(inside: str) -> str:
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="360pt" height="230pt" viewBox="0 0 360 230">{inside}</svg>'
    )


def placed(file: str, style: Style = ENGLISH) -> str:
    return figures.placed('<p><img alt="A line." src="toy-one.svg"></p>', {"toy-one": file}, style)


def inline(inside: str, style: Style = ENGLISH) -> str:
    return placed(figures.portable(svg(inside), "toy-one", style), style)


def tags(inside: str) -> list[str]:
    return [element.tag.removeprefix(figures.SVG) for element in ElementTree.fromstring(inline(inside)).iter()][1:]


def test_figure_follows_the_theme_and_other_colours_stay():
    inside = '<path d="M 0 0" style="stroke: #3457d5; fill: #123456" /><text fill="#1f2933">#3457d5</text>'
    shown = inline(inside)
    assert "stroke: var(--figure-1); fill: #123456" in shown
    assert '<text fill="var(--figure-ink)">#3457d5</text>' in shown
    assert "#3457d5;" in figures.portable(svg(inside), "toy-one", ENGLISH)


def test_figure_is_as_wide_as_drawn_and_shrinks():
    start = inline("<path />").partition("<path")[0]
    assert start.startswith('<figure class="figure"><svg ') and 'viewBox="0 0 360 230"' in start
    assert 'style="max-width: 360pt"' in start and " width=" not in start and " height=" not in start
    drawing = '<svg xmlns="http://www.w3.org/2000/svg" width="440" fill="#1f2933" style="stroke: red"></svg>'
    shown = placed(figures.portable(drawing, "neuron", ENGLISH))
    assert 'style="max-width: 440px"' in shown and 'fill="var(--figure-ink)"' in shown


def test_figure_does_not_say_when_and_by_what_it_was_made():
    shown = inline("<metadata><date>now</date></metadata><title>x</title><style>*{}</style><!-- Created --><path />")
    assert not re.search("metadata|now|title|<style|Created", shown)


def test_ids_differ_between_figures_and_unused_ones_go():
    hatch = '<pattern id="h1" width="72" height="72"><path d="M 0 0" /></pattern><clipPath id="c"><rect /></clipPath>'
    shown = inline(f'<defs>{hatch}</defs><rect style="fill: url(#h1)" /><g id="axes_1" clip-path="url(#c)" />')
    assert set(re.findall(r' id="([^"]+)"', shown)) == {"toy-one-h1", "toy-one-c"}
    assert "fill: url(#toy-one-h1)" in shown and 'clip-path="url(#toy-one-c)"' in shown


REFUSED = [
    ("<script>alert(1)</script>", "script"), ("<foreignObject><b /></foreignObject>", "foreignObject"),
    ('<path onload="alert(1)" />', "onload"), ('<g OnClick="alert(1)" />', "OnClick"), ("<animate />", "animate"),
    ('<use xlink:href="https://example.org/x.svg#a" />', "href"), ('<use href="//example.org/x.svg#a" />', "href"),
    ('<image href="data:image/svg+xml;base64,AA" />', "href"), ('<image xlink:href="picture.png" />', "href"),
    ('<image href="data:image/webp,AA" />', "href"), ('<a href="javascript:alert(1)" />', "element <a>"),
    ('<path style="fill: url(https://example.org/x.svg#a)" />', "url"), ('<path fill="url(//x.org/x#a)" />', "url"),
    ("<g>", "is not SVG"), ('</svg><svg xmlns="x">', "is not SVG"),
]  # fmt: skip


@pytest.mark.parametrize(("inside", "said"), REFUSED)
def test_svg_that_could_run_or_fetch_something_is_refused(inside, said):
    with pytest.raises(ValueError, match=said):
        figures.portable(svg(inside), "toy-one", ENGLISH)


@pytest.mark.parametrize("href", ["href", "xlink:href"])
def test_images_and_references_within_a_figure_stay(href):
    inside = f'<defs><path id="m" d="M 0 0" /></defs><use {href}="#m" /><image {href}="data:image/png;base64,AA" />'
    shown = inline(inside)
    assert 'id="toy-one-m"' in shown and 'href="#toy-one-m"' in shown and 'href="data:image/png;base64,AA"' in shown


def test_groups_that_say_nothing_give_way_to_what_they_hold():
    inside = '<g id="figure_1"><g><path d="M 0 0 \nL 1.23456 2e-05 \nz" /></g></g><g id="used"><path d="M 0 0 \n'
    inside += 'L 1.23456 20.999 \nz" style="fill: red" /></g><g><use href="#used" /><g /></g>'
    assert tags(inside) == ["svg", "path", "g", "path", "use"]
    assert 'd="M0 0L1.23 21z"' in inline(inside)
    assert tags('<g stroke="red"><g><path /></g></g>') == ["svg", "g", "path"]


LABELS = [("height", "高度"), ("(height)", "（高度）"), ("(12)", "（12）"), ("✓ height", "✓ 高度"), ("a: b", "甲：乙")]


@pytest.mark.parametrize(("english", "translation"), [*LABELS, ("1.0", "1.0"), ("x", "x"), ("−3", "−3")])
def test_labels_are_in_the_readers_language(english, translation):
    assert f">{translation}<" in inline(f"<text>{english}</text>", CHINESE)
    assert f">{english}<" in inline(f"<text>{english}</text>")


def test_every_label_without_translation_is_named():
    inside = "<text>width</text><text>height</text><text>depth</text>"
    with pytest.raises(Untranslated, match="'width', 'depth'"):
        inline(inside, CHINESE)
    files, problems = figures.files(ROOT, {"toy-one": svg(inside), "toy-two": SVG}, "zh", CHINESE)
    said = "docs/labels.zh.yml:1: no translation of 'width', 'depth' on 'toy-one'"
    assert [str(problem) for problem in problems] == [said]
    assert files.keys() == {"toy-two"}


def test_refused_figure_is_told_at_its_example_or_drawing():
    given = {"fnn-one": svg("<script />"), "neuron": svg("<b />")}
    problems = figures.files(ROOT, given, "en", ENGLISH)[1]
    assert [str(problem) for problem in problems] == [
        "examples/fnn.py:1: figure 'fnn-one': element <script> is not allowed",
        "docs/drawings/neuron.svg:1: figure 'neuron': element <b> is not allowed",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("height: 高度\nwidth:\n", "2: no translation of 'width'"),
        ("a {}: 甲\n", "1: 'a {}' holds 1 {}, '甲' 0"),
        ("'{}': '{}'\n", "1: '{}' stands for every label (write words around it)"),
        ("- a\n", "1: must hold 'name: value' lines"),
    ],
)
def test_wrong_labels_are_told_at_their_lines(text, said, tmp_path):
    project = Project(tmp_path)
    project.docs.mkdir()
    project.labels("zh").write_text(text)
    with pytest.raises(Problems) as problems:
        figures.labels(project, "zh")
    assert str(problems.value) == f"docs/labels.zh.yml:{said}"


def test_figures_take_the_place_of_their_images_and_other_images_stay():
    files = {"toy-one": figures.portable(SVG, "toy-one", ENGLISH)}
    other = '<p><img alt="x" src="photo.svg" /></p><p>a <img alt="x" src="toy-one.svg"></p>'
    alt = "A &quot;line&quot; &lt;b&gt;."
    page = figures.placed(f'<p><img alt="{alt}" src="../toy-one.svg"></p>{other}', files, ENGLISH)
    assert page.startswith('<figure class="figure"><svg') and page.endswith(f"</svg></figure>{other}")
    assert f'role="img" aria-label="{alt}"' in page


@pytest.mark.parametrize("language", languages())
def test_all_drawings_of_the_site_can_be_shown(language):
    drawings = {path.stem: re.sub(r"\[\[value .*?\]\]", "1", path.read_text()) for path in ROOT.drawings.glob("*.svg")}
    files, problems = figures.files(ROOT, drawings, language, figures.style(ROOT, language))
    assert problems == []
    assert files.keys() == drawings.keys()
    assert language == "zh" or not re.search("[\u4e00-\u9fff]", "".join(files.values()))
