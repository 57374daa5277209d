"""Embeds are replaced by what a run gave, wherever an author writes them; nothing else on a page changes."""

import html
import io

import pytest
from pages_of_a_run import CODE, PRINTED, STAND_IN, context, expanded, page, rendered, result
from pytest_codeblocks.main import extract_from_buffer

from engine.project import Project
from engine.read.glossary import Glossary, Term
from engine.read.pages import Broken, find
from engine.show.expand import expand

HOSTILE = [
    "**bold** _em_ `code`", "a_b_c*d*e", "# title", "x | y", "$x^2$ ~y~ {{ z }} {% raw %}", "[[value toy.total]]",
    "&lt; &amp;", "C:\\new\\x", "![x](y.png)", "<!-- x -->", "\\[[value", "{#id .red}", "one # two",
]  # fmt: skip


def messages(text: str, /, **given) -> list[str]:
    found = expand(page(text), context(result(**given)))
    return [str(problem) for problem in found.problems]


OTHERS = [
    r"The sum $\sum_{i=1}^{n} w_i x_i$ and \[ a[0] = b[[1]] \]", "Jinja {{ value }} and {% show toy.train %}",
    "f-string `f'{x[0]:.2f}'`", "lists [[1, 2], [3, 4]] and [[x]]", "a [link][value total]",
]  # fmt: skip


@pytest.mark.parametrize("text", OTHERS)
def test_other_brackets_are_left_alone(text):
    assert list(find(text)) == []
    assert expanded(text).text == text


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("[[value toy.a[toy.b[0]]]]", "toy.a[toy.b[0]]"),
        ("[[value toy.matrix[[0, 1]].sum()]]", "toy.matrix[[0, 1]].sum()"),
        ("[[value [[1, 2], [3, 4]][toy.total - 3][0]]]", "[[1, 2], [3, 4]][toy.total - 3][0]"),
        ("[[value toy.x[\n0]]]", "toy.x[\n0]"),
        ("[[value toy.options['[']]]", "toy.options['[']"),
    ],
)
def test_brackets_within_a_value_belong_to_it(text, target):
    (embed,) = find(f"Before {text} after ]].")
    assert (embed.kind, embed.target) == ("value", target)


def test_unclosed_value_is_an_error():
    with pytest.raises(Broken, match="not closed"):
        list(find("It is [[value toy.total] and [more]."))
    with pytest.raises(Broken, match="not closed") as broken:
        expanded("# T\n\nIt is [[value toy.total].")
    assert broken.value.line == 3


def test_escaped_embed_is_shown_as_written():
    text = rendered("Write \\[[show toy.train]] and `\\[[value toy.total]]`.").get_text()
    assert text == "Write [[show toy.train]] and [[value toy.total]]."


def test_value_stands_in_its_sentence():
    assert rendered("It is **[[value toy.total * 1000:,]]**.").p.decode() == "<p>It is <strong>3,000</strong>.</p>"
    assert rendered("One.[[claim toy.total == 3]]\n\nTwo.").get_text().split() == ["One.", "Two."]
    assert rendered("The layer `[[value toy.name]]`.", name="dense_1 <x>").code.get_text() == "dense_1 <x>"


def test_cell_seconds_and_publishability_can_be_quoted():
    assert rendered("[[value sum(toy.seconds.values()):.0f]] [[value toy.publishable]]").p.get_text() == "64 True"
    assert rendered("[[value toy.publishable]]", images=STAND_IN).find_all("p")[-1].get_text() == "False"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[claim toy.total > 3]]", "the claim toy.total > 3 is false: toy.total = 3"),
        ("[[value toy.totl]]", "example 'toy' gives no value 'totl' (did you mean 'total'?)"),
        ("`[[value toy.tick]]`", "'toy.tick' holds a backtick, which would end the code it stands in"),
        ("[[show toy.line]]", 'the figure of toy.line has no alt text (add alt="what a reader sees in it, and why")'),
        ('[[figure toy.train alt="x"]]', "cell 'train' of 'toy' draws no figure"),
        ("[[output toy.last]]", "cell 'last' of 'toy' prints nothing"),
    ],
)
def test_each_mistake_is_told_at_its_line(text, said):
    assert messages(f"# T\n\n{text}\n\n{text}\n", tick="`") == [f"docs/en/toy.md:{line}: {said}" for line in (3, 5)]


@pytest.mark.parametrize("text", HOSTILE)
def test_string_is_only_words_in_prose(text):
    found = rendered("It is [[value toy.text]], is it.", text=text)
    assert found.decode_contents().count("<") == 2
    assert found.p.get_text() == f"It is {text}, is it."


@pytest.mark.parametrize("text", ["1. one", "- one", "+ one", "# one", "> one", "1) one"])
def test_string_that_begins_a_paragraph_is_only_words(text):
    assert rendered("[[value toy.text]]", text=text).p.decode_contents() == html.escape(text)


def test_number_that_begins_a_paragraph_begins_no_list():
    assert rendered("[[value toy.total]]. That is all.").p.get_text() == "3. That is all."


def test_expressions_do_not_change_values():
    found = rendered("[[value toy.l.pop()]] [[value toy.l.pop()]] [[value len(toy.l)]]", l=[1, 2, 3])
    assert found.p.get_text() == "3 3 3"


@pytest.mark.parametrize("text", HOSTILE)
def test_string_is_only_words_in_alt_text(text):
    found = rendered('[[figure toy.line alt="It is [[value toy.text]]."]]', text=text)
    assert found.svg["aria-label"] == f"It is {text}."
    assert {tag.name for tag in found.find_all(True)} == {"figure", "svg", "path", "text"}


def test_show_gives_code_output_and_figure_in_this_order():
    found = rendered('[[show toy.train]]\n\n[[show toy.line alt="A line."]]')
    assert [tag.name for tag in found.select(".highlight, pre.output, figure")] == ["div", "pre", "div", "figure"]


PLACES = [
    ("??? question\n    Why?\n\n    {}\n", "details"), ("!!! note\n    {}\n", ".admonition"),
    ("- point\n\n    {}\n", "li"), ("??? question\n    !!! note\n        {}\n", "details .admonition"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "place"), PLACES)
@pytest.mark.parametrize(
    ("embed", "part"),
    [
        ("[[code toy.train]]", ".highlight code"),
        ("[[output toy.train]]", "pre.output"),
        ("[[output toy.model]]", "table.summary"),
        ('[[figure toy.line alt="A line."]]', "figure svg path"),
    ],
    ids=["code", "output", "summary", "figure"],
)
def test_embed_stays_inside_the_list_or_admonition_it_is_indented_in(text, place, embed, part):
    found = rendered("Before.\n\n" + text.format(embed) + "\nAfter.\n")
    assert len(found.select(f"{place} {part}")) == len(found.select(part)) == 1
    assert found.find_all("p")[-1].get_text() == "After."
    if part != "table.summary":
        assert found.select_one(part).get_text() in (PRINTED, f"{CODE}\n", "")
    assert found.select("p pre, p figure, p table") == []


def test_code_of_a_page_is_one_program_for_pytest_codeblocks():
    text = expanded("# A\n\n[[show toy.train]]\n\n!!! note\n    [[code toy.line]]\n\n[[code toy.last]]\n").text
    (block,) = extract_from_buffer(io.StringIO(text))
    assert (block.code, block.syntax) == (f"{CODE}\ndraw()\ntotal\n", "python")


@pytest.mark.parametrize("printed", ["```python\n1 / 0\n```", "~~~\n~~~~", "<!--pytest-codeblocks:skip-->", "a\r```\r"])
def test_pytest_codeblocks_never_runs_what_a_cell_prints(printed):
    outputs = {"train": [{"text": printed}]}
    text = "# A\n\n[[show toy.train]]\n\n- item\n\n    [[show toy.train]]\n"
    (block,) = extract_from_buffer(io.StringIO(expanded(text, outputs=outputs).text, newline=None))
    assert (block.code, block.marks) == (2 * f"{CODE}\n", [])
    assert len(rendered(text, outputs=outputs).select("pre.output")) == 2


def test_page_without_results_shows_placeholders_and_no_problems():
    text = 'It is [[value toy.total]]. [[claim toy.total > 3]]\n\n[[show toy.line alt="[[value toy.total]]"]]\n'
    waits = expand(page(text), context())
    assert "It is …." in waits.text
    assert "```python\ndraw()\n```" in waits.text
    assert '<p class="waiting">toy.py has no result yet.</p>' in waits.text
    assert (waits.problems, waits.figures, waits.alts) == ([], {}, {})


def test_expansion_names_figures_and_alt_texts():
    found = expanded('[[show toy.line alt="Total\n[[value toy.total]]."]]')
    assert list(found.figures) == ["toy-line"]
    assert found.alts == {"toy-line": "Total 3."}
    assert "![Total 3.](toy-line.svg)" in found.text


def test_drawing_is_filled_with_escaped_values(tmp_path):
    project = Project(tmp_path)
    project.drawings.mkdir(parents=True)
    drawing = '<svg xmlns="http://www.w3.org/2000/svg"><text>[[value toy.text]]</text></svg>'
    (project.drawings / "box.svg").write_text(drawing)
    (project.drawings / "styled.svg").write_text("<svg><style>p {}</style></svg>")
    with_text = context(result(text="<&>"), project=project)
    found = expand(page('[[drawing box alt="A [[value toy.text]]."]]'), with_text)
    assert found.text.startswith("![A &lt;&amp;&gt;.](box.svg)")
    assert "<text>&lt;&amp;&gt;</text>" in found.figures["box"]
    wrong = expand(page('[[drawing styled alt="A."]]\n\n[[drawing gone alt="B."]]'), with_text).problems
    assert [str(problem).partition(" ")[0] for problem in wrong] == ["docs/en/toy.md:1:", "docs/drawings/gone.svg:1:"]


def test_receipt_names_versions_images_and_time():
    images = {"source": "file", "size": "full", "train": 50_000, "test": 10_000, "about": "each <image> through JPEG"}
    text = expanded("# A\n\n[[code toy.last]]\n", images=images).text
    said = "CIFAR-10 from a file (“each &lt;image&gt; through JPEG”, 60,000 images)"
    assert f"TensorFlow 2.21.0, Keras 3.15.1, {said}, one CPU thread, 1 min 4 s." in text
    assert '<a href="../../run.json">' in text
    assert "stand-in" not in text.lower()


@pytest.mark.parametrize(("language", "said"), [("en", "6,000 synthetic images"), ("zh", "6,000 张替身")])
def test_stand_in_is_announced_below_the_title(language, said):
    text = expanded("---\ntitle: A\n---\n\n# A\n\nText.\n\n[[code toy.last]]\n", language, images=STAND_IN).text
    title, notice = text.split("\n\n")[1:3]
    assert title == "# A"
    assert notice.startswith('<div class="admonition warning">') and said in notice


def test_first_use_of_a_term_is_linked_outside_code_and_outputs():
    loss = Term({"en": "loss", "zh": "损失"}, {"en": "How wrong it is.", "zh": "错多少。"})
    outputs = {"train": [{"text": "loss loss\n"}]}
    made = context(result(outputs, total=3), glossary=Glossary((loss,)))
    text = expand(page("# A loss\n\n[[show toy.train]]\n\nThe loss, a loss.\n"), made).text
    assert "# A loss\n" in text and "loss loss\n~~~" in text
    assert 'The [loss](glossary.md#loss "How wrong it is."){.term}, a loss.' in text
    assert expand(page("A loss.", name="glossary.md"), made).text == "A loss."
    assert "](../glossary.md#loss " in expand(page("A loss.", name="deep/toy.md"), made).text
