"""A figure is drawn once and right everywhere: in each language, in each theme, beside others, and harmless."""

import re
from xml.etree import ElementTree

import pytest

from engine import figures
from engine.figures import Untranslated

WORDS = {"height": "高度", "({})": "（{}）", "✓ {}": "✓ {}", "a: b": "甲：乙"}


def svg(inside: str) -> str:
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="360pt" height="230pt" viewBox="0 0 360 230">{inside}</svg>'
    )


@pytest.fixture
def chinese(monkeypatch):
    monkeypatch.setattr(figures, "labels", lambda language: WORDS if language == "zh" else {})


@pytest.fixture(scope="module")
def drawn(new_project):
    """A project with two figures of one run, and a page that shows both."""
    project = new_project()
    plot = "figure, axes = plt.subplots()\naxes.plot([1, 2], [1, 2])\naxes.plot([1, 2], [2, 1], color='#123456')\n"
    plot += "axes.set(xlabel='height')\naxes.set_ylim(0, 1)\nplt.show()\n"
    project.write("examples/toy.py", f"# %% one\nimport matplotlib.pyplot as plt\n\n{plot}\n# %% two\n{plot}")
    page = '# A\n\n[[show toy.one alt="First <one>."]]\n\n[[figure toy.two alt="Second."]]\n'
    project.write("docs/en/index.md", page)
    project.write("docs/zh/index.md", page.replace("First", "第一").replace("Second", "第二"))
    done = project.build()
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("toy: ran after") == 1
    return project


def test_one_run_serves_both_languages(drawn):
    english, chinese = ((drawn.root / f"site/{name}/index.html").read_text() for name in ("en", "zh"))
    assert english.count('role="img"') == chinese.count('role="img"') == 2
    assert (english.count(">height<"), english.count(">高度<")) == (2, 0)
    assert (chinese.count(">height<"), chinese.count(">高度<")) == (0, 2)
    assert 'aria-label="First &lt;one&gt;."' in english
    assert 'aria-label="第一 &lt;one&gt;."' in chinese


def test_a_figure_follows_the_theme_and_other_colours_stay(drawn):
    page = (drawn.root / "site/en/index.html").read_text().partition("</head>")[2]
    assert "var(--figure-1)" in page
    assert "#3457d5" not in page
    assert "stroke: #123456" in page
    assert "var(--figure-ink)" in page


def test_a_figure_says_nothing_of_when_and_where_it_was_made(drawn):
    for path in [*drawn.root.glob("site/*/*.svg"), drawn.root / "site/en/index.html"]:
        text = path.read_text()
        assert "<metadata" not in text
        assert "dc:date" not in text
        assert "Matplotlib v" not in text
        assert "<!--" not in text or path.suffix == ".html"


def test_two_figures_on_a_page_share_no_id(drawn):
    page = (drawn.root / "site/en/index.html").read_text()
    figure_ids = re.findall(r' id="(toy-[^"]+)"', page)
    assert {name.split("-")[1] for name in figure_ids} == {"one", "two"}
    assert len(figure_ids) == len(set(figure_ids))
    used = set(re.findall(r'(?:url\(#|href="#)(toy-[\w.-]+)', page))
    assert used <= set(figure_ids)
    assert used


def test_a_figure_lies_beside_the_markdown_as_a_file_of_its_own(drawn):
    for language, label in (("en", "height"), ("zh", "高度")):
        text = (drawn.root / f"site/{language}/toy-two.svg").read_text()
        assert f">{label}<" in text
        assert "var(" not in text
        ElementTree.fromstring(text)


@pytest.mark.parametrize(
    ("inside", "said"),
    [
        ("<script>alert(1)</script>", "script"),
        ("<foreignObject><b /></foreignObject>", "foreignObject"),
        ("<animate />", "animate"),
        ('<path onload="alert(1)" />', "onload"),
        ('<g OnClick="alert(1)" />', "OnClick"),
        ('<use xlink:href="https://example.org/x.svg#a" />', "href"),
        ('<use href="//example.org/x.svg#a" />', "href"),
        ('<image href="data:image/svg+xml;base64,AAAA" />', "href"),
        ('<image xlink:href="picture.png" />', "href"),
        ('<image href="data:image/webp,AAAA" />', "href"),
        ('<a href="javascript:alert(1)"><text>x</text></a>', "element <a>"),
        ('<path style="fill: url(https://example.org/x.svg#a)" />', "url"),
        ('<path fill="url(//example.org/x#a)" />', "url"),
    ],
)
def test_what_could_run_or_fetch_something_is_refused(inside, said):
    with pytest.raises(ValueError, match=said):
        figures.inline(svg(inside), "toy-one", "en", "A line.")


@pytest.mark.parametrize("href", ["href", "xlink:href"])
def test_pixels_and_references_within_a_figure_stay(href):
    inside = f'<defs><path id="m" d="M 0 0" /></defs><use {href}="#m" /><image {href}="data:image/png;base64,AA" />'
    text = figures.inline(svg(inside), "toy-one", "en", "A line.")
    assert 'id="toy-one-m"' in text
    assert 'href="#toy-one-m"' in text
    assert 'href="data:image/png;base64,AA"' in text


def test_a_shape_whose_group_gives_it_a_line_stays():
    for group in ('stroke="#123456"', 'style="stroke: #123456"'):
        drawn = figures.inline(svg(f'<g {group}><g><path d="M 0 0" style="fill: none" /></g></g>'), "a-b", "en", "A.")
        assert "<path" in drawn


def test_a_figure_has_nothing_that_draws_nothing():
    inside = '<g id="figure_1"><g><path d="M 0 0 \nL 1.23456 2e-05 \nz" style="fill: none" /></g><g id="used"><path '
    inside += 'd="M 0 0 \nL 1.23456 20.999 \nz" style="fill: red" /></g><g><use href="#used" /><g /></g></g><defs />'
    drawn = ElementTree.fromstring(figures.inline(svg(inside), "toy-one", "en", "A line."))
    assert [element.tag.removeprefix(figures.SVG) for element in drawn.iter()] == ["svg", "g", "path", "use"]
    assert drawn.find(f".//{figures.SVG}path").get("d") == "M0 0L1.23 21z"


@pytest.mark.parametrize(
    ("rectangle", "cuts"),
    [
        ('x="10" y="20" width="64" height="64"', False),
        ('x="9" y="19" width="70" height="70"', False),
        ('x="10" y="20" width="64" height="63"', True),
        ('x="11" y="20" width="64" height="64"', True),
        ('x="10" y="20" width="64" height="64" transform="scale(.5)"', True),
        ('x="10" y="20" width="64" height="64" rx="8"', True),
        ('x="10" y="20" width="100%" height="64"', True),
    ],
)
def test_a_clip_stays_only_where_it_cuts(rectangle, cuts):
    inside = '<g clip-path="url(#c)"><image width="32" height="32" transform="matrix(2 0 0 2 10 20)" '
    inside += f'href="data:image/png;base64,AA" /></g><defs><clipPath id="c"><rect {rectangle} /></clipPath></defs>'
    drawn = ElementTree.fromstring(figures.inline(svg(inside), "toy-one", "en", "A picture."))
    kept = [element.tag.removeprefix(figures.SVG) for element in drawn.iter()]
    assert kept == (["svg", "g", "image", "defs", "clipPath", "rect"] if cuts else ["svg", "image"])


def test_a_clip_that_a_line_needs_stays():
    picture = '<g clip-path="url(#c)"><image width="9" height="9" transform="matrix(1 0 0 1 0 0)" /></g>'
    line = '<path d="M 0 0 L 9 99" style="stroke: red" clip-path="url(#c)" />'
    clip = '<clipPath id="c"><rect x="0" y="0" width="9" height="9" /></clipPath>'
    drawn = figures.inline(svg(picture + line + clip), "toy-one", "en", "A line.")
    assert drawn.count("url(#toy-one-c)") == drawn.count('<clipPath id="toy-one-c">') == 1


def test_a_label_that_is_not_turned_says_nothing_of_it():
    labels = ["rotate(-0 1.5 2.5)", "rotate(0)", "rotate(-90 1.5 2.5)", "translate(1 2) rotate(-0 1 2)", "rotate(-0.5)"]
    inside = "".join(f'<text transform="{label}">1</text>' for label in labels)
    drawn = ElementTree.fromstring(figures.inline(svg(inside), "toy-one", "en", "A line."))
    kept = ["rotate(-90 1.5 2.5)", "translate(1 2)", "rotate(-0.5)"]
    assert [text.get("transform") for text in drawn if text.get("transform")] == kept


@pytest.mark.parametrize(
    ("english", "translation"),
    [
        ("height", "高度"),
        ("(height)", "（高度）"),
        ("(12)", "（12）"),
        ("✓ height", "✓ 高度"),
        ("a: b", "甲：乙"),
        ("1.0", "1.0"),
        ("x", "x"),
        ("−3", "−3"),
    ],
)
def test_a_label_is_in_the_readers_language(chinese, english, translation):
    drawing = svg(f"<text>{english}</text>")
    assert f">{translation}<" in figures.inline(drawing, "toy-one", "zh", "一条线。")
    assert f">{english}<" in figures.inline(drawing, "toy-one", "en", "A line.")


def test_every_label_without_chinese_is_named(chinese):
    with pytest.raises(Untranslated, match="'width', 'depth'"):
        figures.inline(svg("<text>width</text><text>height</text><text>depth</text>"), "toy-one", "zh", "一条线。")


@pytest.mark.parametrize("alt", ['"quoted" <b> & more', "x' onload='y", "多行"])
def test_alt_text_is_only_words(alt):
    tree = ElementTree.fromstring(figures.inline(svg("<path />"), "toy-one", "en", alt))
    assert (tree.get("role"), tree.get("aria-label")) == ("img", alt)
    assert tree.get("onload") is None


def test_a_figure_is_one_line(drawn):
    assert "\n" not in figures.inline(svg("\n<g>\n<path d='M 0 0\n1 1' />\n</g>\n"), "toy-one", "en", "A line.")


def test_every_drawing_is_right_in_both_languages(site):
    """The site's own drawings have words in both languages, and no Chinese word on an English one."""
    for path in (site / "en").rglob("*.svg"):
        other = site / "zh" / path.relative_to(site / "en")
        assert not re.search("[\u4e00-\u9fff]", path.read_text()), path
        words = [len(re.findall("<text", file.read_text())) for file in (path, other)]
        assert words[0] == words[1]


def test_hatches_are_shown_and_belong_to_their_figure():
    hatch = '<pattern id="h1" width="72" height="72"><path d="M 0 0 L 72 72" style="stroke: #3457d5"/></pattern>'
    shown = figures.inline(svg(f'<defs>{hatch}</defs><rect style="fill: url(#h1)"/>'), "toy-one", "en", "Bars.")
    assert '<pattern id="toy-one-h1"' in shown and "fill: url(#toy-one-h1)" in shown
    assert "stroke: var(--figure-1)" in shown
