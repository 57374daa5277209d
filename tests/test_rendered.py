"""A finished page shows as code what was run and nothing else, however it came to be there."""

import pytest

from engine.fences import Fence
from engine.rendered import differences

CODE = "x = 1\nprint(x)\n"
EXPECTED = [
    Fence("run", CODE, "python", 1, 4),
    Fence("output", "1\n", "output", 6, 8),
    Fence("raises", "x[0]\n", "python", 11, 13, "TypeError"),
    Fence("illustration", "a <- b\n", "text", 16, 18),
    Fence("output", "Model: …\n", "output", 20, 22),
]
RUN = '<div class="language-python highlight"><pre><span></span><code>x = 1\n<b>print</b>(x)\n</code></pre></div>'
PRINTED = '<pre class="output"><samp>1</samp></pre>'
ERROR = '<div class="language-python raises highlight"><pre><code>x[0]\n</code></pre></div>'
SHOWN = '<div class="language-text illustration highlight"><pre><code>a &lt;- b\n</code></pre></div>'
SUMMARY = '<table class="summary"><tbody><tr><td>dense</td></tr></tbody></table>'
PAGE = f"<article><p>Words, <code>x</code>.</p>{RUN}{PRINTED}{ERROR}{SHOWN}{SUMMARY}</article>"
LATER = RUN.replace("x = 1", "x = 2")

# name: (what stands on the page, what stands there instead, what is said, where)
BROKEN = {
    "another character": (
        "x = 1",
        "x = 2",
        "the page shows 'x = 2' and not 'x = 1', which is run",
        "x = 2",
    ),
    "a line too few": ("<b>print</b>(x)\n", "", "the page shows '' and not 'print(x)', which is run", "x = 1"),
    "no end of the last line": (
        "</b>(x)\n",
        "</b>(x)",
        "the page shows more or less than what is run: 'x = 1\\nprint(x)'",
        "x = 1",
    ),
    "a space for another": (
        "x = 1",
        "x =\u00a01",
        "the page shows 'x =\\xa01' and not 'x = 1', which is run",
        "x =\u00a01",
    ),
    "code that is not run": (
        RUN,
        RUN + LATER,
        "the page shows as code what nobody runs: 'x = 2\\nprint(x)\\n'",
        "x = 2",
    ),
    "code in the end": (
        SUMMARY,
        SUMMARY + LATER,
        "the page shows as code what nobody runs: 'x = 2\\nprint(x)\\n'",
        "x = 2",
    ),
    "code outside the article": (
        "</article>",
        "</article><pre>y</pre>",
        "the page shows as code what nobody runs: 'y'",
        "y",
    ),
    "an output that nobody printed": (
        PRINTED,
        PRINTED + PRINTED,
        "the page shows as code what nobody runs: '1'",
        "1",
    ),
    "another output": (">1<", ">2<", "the page shows '2' and not '1', which is output", "2"),
    "code dressed as output": (
        RUN,
        f'<pre class="output">{CODE}</pre>',
        "the page shows as output what is run: 'x = 1\\nprint(x)\\n'",
        "x = 1",
    ),
    "code dressed as an illustration": (
        "language-python highlight",
        "illustration highlight",
        "the page shows as an illustration what is run: 'x = 1\\nprint(x)\\n'",
        "x = 1",
    ),
    "an illustration dressed as code": (
        "illustration ",
        "",
        "the page shows as run what is an illustration: 'a <- b\\n'",
        "a <- b",
    ),
    "code without a button": (
        "language-python highlight",
        "",
        "the page shows as code what is run: 'x = 1\\nprint(x)\\n'",
        "x = 1",
    ),
    "code that is missing": (
        RUN,
        "",
        "the page does not show as code what is run: 'x = 1\\nprint(x)\\n'",
        "x = 1",
    ),
    "code in a comment": (
        RUN,
        f"<!-- {RUN} -->",
        "the page does not show as code what is run: 'x = 1\\nprint(x)\\n'",
        "x = 1",
    ),
    "hidden code": (RUN, f"<div hidden>{RUN}</div>", "no reader sees what is run: 'x = 1\\nprint(x)\\n'", "x = 1"),
    "code with no display": (
        RUN,
        f'<div style="display: none"><div>{RUN}</div></div>',
        "no reader sees what is run: 'x = 1\\nprint(x)\\n'",
        "x = 1",
    ),
    "a text area": (
        "<p>",
        "<textarea>y = 1</textarea><p>",
        "the page shows <textarea>, which might be code that nobody runs",
        "<textarea",
    ),
    "a sample": ("<p>", "<samp>y</samp><p>", "the page shows <samp>, which might be code that nobody runs", "<samp"),
    "space as it is": (
        "<p>",
        '<p style="white-space: pre">',
        "the page shows <p>, which might be code that nobody runs",
        "<p",
    ),
    "a box for code": (
        "<p>",
        '<div class="highlight">y = 1</div><p>',
        "the page shows <div> as code, and nobody runs it: 'y = 1'",
        "y = 1",
    ),
    "lines within a line": (
        "<code>x</code>",
        "<code>python\ny = 1</code>",
        "the page shows several lines of code within a line: 'python\\ny = 1'",
        "python",
    ),
    "breaks within a line": (
        "<code>x</code>",
        "<code>y = 1<br>z = 2</code>",
        "the page shows several lines of code within a line: 'y = 1z = 2'",
        "y = 1z = 2",
    ),
    "marks of a fence": ("<p>", "<p>```py x<br>", "the page shows the marks of a fence: '```py x'", "```py x"),
}


def test_a_page_that_shows_what_was_run_is_right():
    assert list(differences(PAGE, EXPECTED)) == []


@pytest.mark.parametrize("name", BROKEN)
def test_a_page_that_shows_other_code_is_not(name):
    there, instead, said, where = BROKEN[name]
    assert there in PAGE
    assert list(differences(PAGE.replace(there, instead, 1), EXPECTED)) == [(said, where)]


def test_white_space_and_signs_that_one_does_not_see_make_no_other_output():
    printed = Fence("output", "\u200b```\n\n1\x002\n", "output", 1, 3)
    assert list(differences('<pre class="output"><samp>```\n \t1\ufffd2</samp></pre>', [printed])) == []
