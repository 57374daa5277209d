"""An embed is found wherever an author writes it, and nothing else is taken for one or harmed by it."""

import html
import io
from unicodedata import category

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from markdown import Markdown
from pytest_codeblocks.main import extract_from_buffer

from engine import kernel, parts, runner
from engine.examples import Cell, Example
from engine.expand import Expander
from engine.fences import fences
from engine.pages import Broken, Page, find
from engine.problems import ROOT
from engine.result import Result

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="10"><path d="M 0 0 L 1 1" /></svg>'
HOSTILE = [
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "**bold** _em_ `code`", "[link](javascript:x)",
    "a_b_c*d*e", "# title", "x | y", "$x^2$ ~y~ {{ z }} {% raw %}", "[[value toy.total]]", "&lt; &amp;", "C:\\new\\x",
    "![x](y.png)", "<!-- x -->", "\\[[value", "{#id .red}",
]  # fmt: skip

CELLS = (
    Cell("train", 2, "total = 3\nprint(f'{total:.1f} {{x}}')"),
    Cell("line", 6, "draw()"),
    Cell("summary", 9, "pass"),
)
PRINTED = "3.0 {x}\n\n<b> *a* _b_ `c` [[1, 2], [3, 4]]"
OUTPUTS = {"train": [{"text": f"{PRINTED}\n"}], "line": [{"svg": SVG}], "summary": []}


def expander(**namespace) -> Expander:
    example = Example(ROOT / "examples" / "toy.py", CELLS)
    packages = {name: {"version": "1.0", "sha256": "0"} for name in ("tensorflow", "keras", "numpy", "matplotlib")}
    receipt = {"pictures": None, "packages": packages, "seconds": [1.0]}
    result = Result(example, OUTPUTS, kernel.values({"total": 3, **namespace}), receipt)
    return Expander({"toy": example}, {"toy": result}, [])


def page(text: str, language: str = "en") -> Page:
    return Page(ROOT / "docs" / language / "toy.md", "toy.md", language, text)


def rendered(markdown: str, **namespace) -> BeautifulSoup:
    """A page as a reader sees it, without its receipt."""
    made = expander(**namespace)
    expanded = made.html(page(markdown))
    assert made.problems == []
    extensions = ["admonition", "attr_list", "tables", "toc", "pymdownx.details", "pymdownx.highlight"]
    extensions += ["pymdownx.superfences", "pymdownx.tabbed", "engine.parts"]
    html = Markdown(extensions=extensions, extension_configs={"pymdownx.tabbed": {"alternate_style": True}})
    found = BeautifulSoup(html.convert(expanded), "html.parser")
    if receipt := found.select_one("p.receipt"):
        receipt.decompose()
    return found


@pytest.mark.parametrize(
    "text",
    [
        r"The sum $\sum_{i=1}^{n} w_i x_i$ and \[ a[0] = b[[1]] \]",
        "Jinja {{ value }} and {% show toy.train %}",
        "f-string `f'{x[0]:.2f}'`",
        "lists [[1, 2], [3, 4]] and [[x]]",
        "wiki [[link]] and [[valuex toy.total]] and [[show]]",
        "a [link][value total]",
    ],
)
def test_what_is_no_embed_stays_as_it_is(text):
    assert list(find(text)) == []
    assert expander().html(page(text)) == text


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("[[value toy.a[toy.b[0]]]]", "toy.a[toy.b[0]]"),
        ("[[value toy.matrix[[0, 1]].sum()]]", "toy.matrix[[0, 1]].sum()"),
        ("[[value [[1, 2], [3, 4]][toy.total - 3][0]]]", "[[1, 2], [3, 4]][toy.total - 3][0]"),
        ("[[value  toy.total:,  ]]", "toy.total:,"),
        ("[[value toy.x[\n0]]]", "toy.x[\n0]"),
        ("[[value toy.options['[']]]", "toy.options['[']"),
    ],
)
def test_brackets_within_a_value_belong_to_it(text, target):
    (embed,) = find(f"Before {text} after ]].")
    assert (embed.kind, embed.target) == ("value", target)


def test_brackets_and_apostrophes_within_alt_text_are_words():
    (embed,) = find('[[figure toy.line alt="The network\'s range is [0, 1)."]]')
    assert embed.options == {"alt": "The network's range is [0, 1)."}


def test_a_value_that_ends_in_one_bracket_is_not_closed():
    with pytest.raises(Broken, match="not closed"):
        list(find("It is [[value toy.total] and [more]."))


def test_several_embeds_on_a_line_are_all_found():
    text = "From [[value toy.losses[0]:.2f]] to [[value toy.losses[-1]:.2f]] [[claim toy.losses[0] > 1]]"
    assert [embed.target for embed in find(text)] == ["toy.losses[0]:.2f", "toy.losses[-1]:.2f", "toy.losses[0] > 1"]


def test_an_escaped_embed_is_shown_as_it_is():
    text = rendered("Write \\[[show toy.train]] and `\\[[value toy.total]]`.").get_text()
    assert text == "Write [[show toy.train]] and [[value toy.total]]."


def test_a_value_stands_in_the_sentence():
    assert rendered("It is **[[value toy.total * 1000:,]]**.").p.decode() == "<p>It is <strong>3,000</strong>.</p>"


def test_a_value_within_code_is_shown_as_it_is():
    assert rendered("The layer `[[value toy.name]]`.", name="dense_1 <x>").code.get_text() == "dense_1 <x>"


def test_a_true_claim_leaves_nothing_behind():
    assert rendered("One.[[claim toy.total == 3]]\n\nTwo.").get_text().split() == ["One.", "Two."]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_string_is_only_words_in_prose(text):
    found = rendered("It is [[value toy.text]], is it.", text=text)
    assert found.decode_contents().count("<") == 2
    assert found.p.get_text() == f"It is {text}, is it."


@pytest.mark.parametrize("text", ["1. one", "- one", "+ one", "# one", "> one", "1) one"])
def test_a_string_that_begins_a_paragraph_is_only_words(text):
    assert rendered("[[value toy.text]]", text=text).p.decode_contents() == html.escape(text)


@pytest.mark.parametrize("form", ["html", "markdown"])
def test_a_number_that_begins_a_paragraph_begins_no_list(form):
    text = getattr(expander(), form)(page("[[value toy.total]]. That is all."))
    assert "<p>3. That is all.</p>" in Markdown().convert(text)


def test_a_string_of_several_lines_stays_in_its_sentence():
    assert rendered("It is [[value toy.text]].", text="one\n\n# two").p.get_text() == "It is one  # two."


def test_an_expression_leaves_values_as_they_were():
    found = rendered("[[value toy.l.pop()]] [[value toy.l.pop()]] [[value len(toy.l)]]", l=[1, 2, 3])
    assert found.p.get_text() == "3 3 3"


def test_tabs_stay_tabs():
    assert Markdown(extensions=["engine.parts"]).convert(parts.text("ab\tx\n", "en")).count("&#9;") == 1


@pytest.mark.parametrize("text", HOSTILE)
def test_a_string_is_only_words_in_alt_text(text):
    found = rendered('[[figure toy.line alt="It is [[value toy.text]]." caption="So [[value toy.text]]."]]', text=text)
    assert found.svg["aria-label"] == f"It is {text}."
    assert found.figcaption.get_text() == f"So {text}."
    assert {tag.name for tag in found.find_all(True)} == {"figure", "svg", "path", "figcaption"}


def test_what_a_cell_prints_is_only_text():
    found = rendered("[[output toy.train]]")
    assert found.pre.get_text() == PRINTED


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        ("\x1b[1m2/2\x1b[0m \x1b[32m━━\x1b[0m\x1b[37m\x1b[0m \x1b[1m0s\x1b[0m 20ms/step\n", "2/2 ━━ 0s 20ms/step\n"),
        ("loading 9 %\rdone\n", "done\n"),
        ("one\u2028two\u0085three\n", "one\ntwo\nthree\n"),
        ("a\0b\x02c", "a␀b␂c"),
    ],
    ids=["progress bar of Keras", "return", "line separators", "others"],
)
def test_what_a_cell_prints_is_shown_as_a_terminal_shows_it(printed, shown):
    assert runner.as_shown(printed) == shown


@given(st.text())
def test_no_control_character_reaches_a_page(printed):
    assert not set(map(category, runner.as_shown(printed).translate({9: "", 10: ""}))) & {"Cc", "Zl", "Zp"}


PLACES = {
    "question": ("??? question\n    Why?\n\n    {}\n", "details"),
    "admonition": ("!!! note\n    {}\n", ".admonition"),
    "tab": ('=== "One"\n\n    {}\n', ".tabbed-block"),
    "list": ("- point\n\n    {}\n", "li"),
    "note in a question": ("??? question\n    !!! note\n        {}\n", "details .admonition"),
}


@pytest.mark.parametrize(("text", "place"), PLACES.values(), ids=PLACES)
@pytest.mark.parametrize(
    ("embed", "part"),
    [
        ("[[code toy.train]]", ".highlight code"),
        ("[[output toy.train]]", "pre.output"),
        ('[[figure toy.line alt="A line."]]', "figure svg path"),
    ],
    ids=["code", "output", "figure"],
)
def test_a_part_stands_inside_what_it_is_indented_in(text, place, embed, part):
    found = rendered("Before.\n\n" + text.format(embed) + "\nAfter.\n")
    assert len(found.select(f"{place} {part}")) == len(found.select(part)) == 1
    assert found.find_all("p")[-1].get_text() == "After."
    assert found.select_one(part).get_text() in (PRINTED, CELLS[0].source + "\n", "")
    assert found.select("p pre, p figure") == []


def test_show_gives_code_output_and_figure_in_this_order():
    found = rendered('[[show toy.train]]\n\n[[show toy.line alt="A line."]]')
    names = [tag.name for tag in found.select(".highlight, pre.output, figure")]
    assert names == ["div", "pre", "div", "figure"]


def test_the_fences_of_a_page_are_one_program():
    made = expander()
    text = "# A\n\n[[show toy.train]]\n\n!!! note\n    [[code toy.line]]\n\n```python\ntotal + 1\n```\n"
    markdown = made.markdown(page(text))
    assert markdown.count("<!--pytest-codeblocks:cont-->") == 2
    assert "    <!--pytest-codeblocks:cont-->\n    ```python\n    draw()\n    ```" in markdown
    assert "~~~output\n3.0 {x}\n" in markdown
    assert made.problems == []


@pytest.mark.parametrize("printed", ["```python\n1 / 0\n```", "~~~\n~~~~", "<!--pytest-codeblocks:skip-->", "a\r```\r"])
def test_what_a_cell_prints_is_never_run(printed, monkeypatch):
    monkeypatch.setitem(OUTPUTS, "train", [{"text": printed}])
    text = expander().markdown(page("# A\n\n[[show toy.train]]\n\n- item\n\n    [[show toy.train]]\n"))
    (block,) = extract_from_buffer(io.StringIO(text, newline=None))
    assert (block.code, block.marks) == (2 * f"{CELLS[0].source}\n", [])
    assert [fence.kind for fence in fences(text)] == ["run", "output"] * 2


def test_the_same_page_and_results_give_the_same_text():
    text = '[[show toy.train]]\n\n[[figure toy.line alt="A line."]]\n'
    assert expander().html(page(text)) == expander().html(page(text))
