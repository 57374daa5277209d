"""Code on a page is run, or says what else it is: in every form that Markdown or pytest-codeblocks takes for code."""

import io
import re
import textwrap
from functools import cache

import markdown
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mkdocs.config import load_config
from pytest_codeblocks.main import extract_from_buffer

from engine import rendered
from engine.fences import Mistake, fences, joined, mistakes, program, with_classes
from engine.problems import ROOT

NEVER = (
    "is never run (write ```python, or ~~~ with <!-- illustration --> or <!-- raises SomeError --> on the line above)"
)
NO_CLASS = "is of no class (write ```python, or <!-- illustration --> or <!-- raises SomeError --> on the line above)"
ELSEWHERE = "a fence begins a line, and no block quote, list or tab holds it on that line"
INDENTED = "indented code is never run (write ```python)"

# name: (text, line, what is said of it)
REFUSED = {
    "a short name": ("```py\n1\n```", 1, f"a fence '```py' {NEVER}"),
    "another name": ("```python3\n1\n```", 1, f"a fence '```python3' {NEVER}"),
    "a capital": ("```Python\n1\n```", 1, f"a fence '```Python' {NEVER}"),
    "a space": ("``` python\n1\n```", 1, f"a fence '``` python' {NEVER}"),
    "a title": ('```python title="x"\n1\n```', 1, f"a fence '```python title=\"x\"' {NEVER}"),
    "marked lines": ('```python hl_lines="1"\n1\n```', 1, f"a fence '```python hl_lines=\"1\"' {NEVER}"),
    "attributes": ("```{.python .annotate}\n1\n```", 1, f"a fence '```{{.python .annotate}}' {NEVER}"),
    "a console": ("```pycon\n>>> 1\n```", 1, f"a fence '```pycon' {NEVER}"),
    "a shell": ("```sh\nmake\n```", 1, f"a fence '```sh' {NEVER}"),
    "no language": ("```\n1\n```", 1, f"a fence '```' {NEVER}"),
    "a number of backticks": ("````py\n1\n````", 1, f"a fence '````py' {NEVER}"),
    "tildes": ("~~~python\n1\n~~~", 1, f"a fence '~~~python' {NO_CLASS}"),
    "tildes without a language": ("~~~\n1\n~~~", 1, f"a fence '~~~' {NO_CLASS}"),
    "a typed output": ("~~~output\n1\n~~~", 1, "only the engine writes ~~~output (write [[output example.cell]])"),
    "a declaration too far above": (
        "<!-- illustration -->\n\n~~~text\n1\n~~~",
        3,
        f"a fence '~~~text' {NO_CLASS}",
    ),
    "a declaration of another kind": ("<!-- example -->\n~~~text\n1\n~~~", 2, f"a fence '~~~text' {NO_CLASS}"),
    "an error without a type": ("<!-- raises -->\n~~~python\n1\n~~~", 2, f"a fence '~~~python' {NO_CLASS}"),
    "an error in another language": (
        "<!-- raises ValueError -->\n~~~sh\nmake\n~~~",
        2,
        "an expected error stands in ~~~python, not in '~~~sh'",
    ),
    "an illustration with attributes": (
        "<!-- illustration -->\n~~~{.python .run}\n1\n~~~",
        2,
        "an illustration in '~~~{.python .run}' (write ~~~text, or the name of a language)",
    ),
    "an illustration that would be run": (
        "<!-- illustration -->\n```python\n1\n```",
        2,
        "what is not run stands between ~~~ and ~~~",
    ),
    "a declaration of nothing": (
        "<!-- illustration -->\n\nWords.",
        1,
        "<!-- illustration --> stands right above ~~~, as far indented",
    ),
    "a fence in a fence that is not run": (
        "<!-- illustration -->\n~~~markdown\n```python\n1\n```\n~~~",
        3,
        "pytest-codeblocks would take this line for its own, whatever stands around it",
    ),
    "no end": ("```python\n1\n", 1, "a fence '```python' that does not end"),
    "an end by tildes": ("```python\n1\n~~~\n", 1, "a fence '```python' that does not end"),
    "an end with more backticks": (
        "```python\n1\n````\n\n```python\n2\n```",
        3,
        "'````' does not end the fence of line 1 (write ``` as far indented as there)",
    ),
    "an end that is indented": (
        "```python\n1\n  ```\n2\n```",
        3,
        "'```' does not end the fence of line 1 (write ``` as far indented as there)",
    ),
    "an end with words": (
        "```python\n1\n``` words\n```",
        3,
        "'``` words' does not end the fence of line 1 (write ``` as far indented as there)",
    ),
    "a line that leaves its fence": (
        "- item\n\n    ```python\n1\n    ```",
        4,
        "a line that is less indented than its fence",
    ),
    "no code": ("```python\n```", 1, "an empty fence"),
    "an empty line first": (
        "```python\n\n1\n```",
        2,
        "an empty line at the beginning or end of a fence, which Markdown would drop",
    ),
    "a tab": ("```python\nif 1:\n\t1\n```", 3, "a tab, for which Markdown would show spaces"),
    "a line of spaces": ("```python\n'''\n  \n'''\n```", 3, "a line of nothing but spaces, which Markdown would drop"),
    "a block quote": ("> ```python\n> 1\n> ```", 1, ELSEWHERE),
    "a list": ("- ```python\n  1\n  ```", 1, ELSEWHERE),
    "within a line": ("Write ```python\n1\n``` here.", 1, ELSEWHERE),
    "a comment": ("<!--\n```python\n1\n```\n-->", 1, "code in a comment, which no reader sees"),
    "an embed in a comment": ("<!-- [[show toy.count]] -->", 1, "code in a comment, which no reader sees"),
    "a comment without end": ("Words.\n\n<!-- words", 3, "a comment that does not end"),
    "an order to skip": (
        "<!--pytest-codeblocks:skip-->\n```python\n1\n```",
        1,
        "<!--pytest-codeblocks:skip-->: a page is run as a whole",
    ),
    "an order to skip the file": (
        "<!--pytest-codeblocks:skipfile-->\n\nWords.",
        1,
        "<!--pytest-codeblocks:skipfile-->: a page is run as a whole",
    ),
    "a mark of pytest": (
        "<!-- pytest.mark.xfail -->\n```python\n1\n```",
        1,
        "<!-- pytest.mark.xfail -->: a page is run as a whole",
    ),
    "an indented block": ("Words:\n\n    x = 1\n    y = 2", 3, INDENTED),
    "an indented block after a heading": ("## A {#a}\n    x = 1", 2, INDENTED),
    "an indented block in a list": ("- item\n\n    words\n\n        x = 1", 5, INDENTED),
    "a tab before an indented block": ("Words:\n\n\tx = 1", 3, INDENTED),
    "HTML": ("<pre>x = 1</pre>", 1, "code in HTML, <pre>, is never run (write ```python)"),
    "HTML in capitals": (
        "<div>\n<PRE\nclass='a'>\n1</PRE>\n</div>",
        2,
        "code in HTML, <pre>, is never run (write ```python)",
    ),
    "HTML within a line": (
        "See <code>x = 1<br>y = 2</code>.",
        1,
        "code in HTML, <code>, is never run (write ```python)",
    ),
}

ACCEPTED = {
    "run": ("```python\nx = 1\n```", ["run"]),
    "run, with spaces behind": ("```python  \nx = 1\n```  ", ["run"]),
    "run, four backticks": ("````python\nx = '''\n```\n'''\n````", ["run"]),
    "run, in a list": ("- item\n\n    ```python\n    if 1:\n\n        x = 1\n    ```", ["run"]),
    "run, in a box": ('!!! note "A"\n\n    ```python\n    x = 1\n    ```', ["run"]),
    "run, in a box that opens": ('??? question "A"\n    ```python\n    x = 1\n    ```', ["run"]),
    "an expected error": ("<!-- raises ValueError -->\n~~~python\nint('x')\n~~~", ["raises"]),
    "an illustration": ("<!-- illustration -->\n~~~text\na\n~~~", ["illustration"]),
    "both in a list": (
        "- item\n\n    <!-- illustration -->\n    ~~~text\n    a\n    ~~~\n\n    ```python\n    1\n    ```",
        ["illustration", "run"],
    ),
    "code within a line": ("Write ` ```python ` and `<pre>` and `<!-- illustration -->`.", []),
    "a comment": ("<!-- words -->\n\nWords.", []),
    "a list in a list": (
        "- item\n\n    - item\n\n        words\n\n            words".replace("            words", ""),
        [],
    ),
}


@cache
def renderer() -> markdown.Markdown:
    config = load_config(str(ROOT / "mkdocs.yml"))
    return markdown.Markdown(extensions=config.markdown_extensions, extension_configs=config.mdx_configs)


def problems(text: str) -> list[str]:
    """What is wrong with a text as it is rendered."""
    html = renderer().reset().convert(with_classes(text))
    return [said for said, _ in rendered.differences(html, fences(text))]


@pytest.mark.parametrize("name", REFUSED)
def test_code_of_no_class_is_refused_at_its_line(name):
    text, line, message = REFUSED[name]
    assert Mistake(line, message) in list(mistakes(text))


@pytest.mark.parametrize("name", ACCEPTED)
def test_code_that_says_what_it_is_has_that_class(name):
    text, kinds = ACCEPTED[name]
    assert list(mistakes(text)) == []
    assert [fence.kind for fence in fences(text)] == kinds
    assert problems(text) == []


OPENINGS = ["```py", "``` python", '```python title="x"', "```{.python}", "~~~python", "~~~text", "~~~output"]
DECLARED = {"```python": "", "````python": "", "~~~python": "<!-- raises E -->\n", "~~~text": "<!-- illustration -->\n"}
CONTAINERS = ["", "", "words\n", "- item\n\n", '!!! note "A"\n\n', "> words\n", "## A {#a}\n", "1. item\n", "<!-- "]
INDENTATIONS = ["", "", "", "    ", "    ", "    ", "  ", "        ", "\t", "> "]
CODE = [
    "x = 1",
    "if x:\n\n    x = 2",
    "'''\n~~~\n'''",
    "# A",
    "<pre>",
    "-->",
    "- item",
    "x  ",
    "'''\n```\n'''",
    "",
    "\tx",
]
WORDS = [
    "words",
    "- item",
    "# A",
    "> words",
    "` ```python `",
    "<!-- words -->",
    "    - item",
    "    x = 1",
    "<pre>",
    "```",
    "`",
    "``",
]


@st.composite
def pieces(draw):
    """A fence, mostly a good one, with or without something that holds it, or a line of anything."""
    if draw(st.integers(0, 3)) == 0:
        return draw(st.sampled_from(WORDS))
    opening = draw(st.sampled_from([*DECLARED, *DECLARED, *OPENINGS]))
    declaration = DECLARED.get(opening, "") if draw(st.integers(0, 9)) else draw(st.sampled_from([*DECLARED.values()]))
    closing = re.match("`+|~+", opening)[0] if draw(st.integers(0, 9)) else draw(st.sampled_from(WORDS))
    fence = f"{declaration}{opening}\n{draw(st.sampled_from(CODE))}\n{closing}"
    return draw(st.sampled_from(CONTAINERS)) + textwrap.indent(fence, draw(st.sampled_from(INDENTATIONS)))


@settings(deadline=None, max_examples=300)
@given(st.lists(pieces(), min_size=1, max_size=4).map("\n\n".join))
@example("1. item\n<!-- raises E -->\n~~~python\nx = 1\n~~~\n\n    - item")  # the fence ends the list
def test_what_an_author_may_write_is_shown_as_it_is_run(text):
    """Three readers agree on code: the engine, Markdown and pytest-codeblocks."""
    if list(mistakes(text)):
        return
    assert problems(text) == []
    blocks = extract_from_buffer(io.StringIO(joined(text)))
    assert [block.code for block in blocks] == [code for code in [program(fences(text))] if code]
