"""Outputs, summaries and receipts in HTML: faithful to what a run gave, and only ever words."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup
from pages_of_a_run import DENSE, STAND_IN, SUMMARY, context, markdown, page, rendered, result, shown

from engine.project import Problem, Project, all_words, languages
from engine.show import html
from engine.show.expand import expand

PAYLOADS = [
    "<script>pwned=1</script>", "<img src=x onerror=pwned=1>", "<svg onload=pwned=1>", "{: onclick=pwned=1 }",
    "</title><script>pwned=1</script>", "' autofocus onfocus=pwned=1 x='", "[x](javascript:pwned=1)",
    "</samp></pre><iframe srcdoc='<script>parent.pwned=1</script>'></iframe>", '"><script>pwned=1</script>',
    '![x](x"onerror="pwned=1)', '<a href="javascript:pwned=1">x</a>', "`<script>pwned=1</script>`",
    "<details open ontoggle=pwned=1>x</details>", "| </td><script>pwned=1</script> |",
    "<math><mtext></p><img src=x onerror=pwned=1></mtext></math>", "{{ ''.__class__ }}<style>@import '//x'</style>",
    '<noscript><p title="</noscript><img src=x onerror=pwned=1>">',
]  # fmt: skip

EVERYWHERE = """\
# Title {value}

First {value}, **bold {value}**.

| head {value} | b |
| --- | --- |
| cell {value} | c |

!!! note "Note"
    Inside {value}.

- {value}

    [[output toy.train]]

[[show toy.train]]

[[output toy.model]]

[[figure toy.line alt="{value}"]]

[[drawing box alt="{value}"]]
""".replace("{value}", "[[value toy.text]]")


def dangers(soup: BeautifulSoup) -> list[str]:
    """What could run a script or load from another host."""
    found = []
    for tag in soup.find_all(True):
        if tag.name in ("script", "iframe", "img", "style", "math", "noscript", "object", "base", "form"):
            found.append(f"<{tag.name}>")
        for name, value in tag.attrs.items():
            if name.startswith("on") or name == "srcdoc" or urlsplit(str(value)).scheme == "javascript":
                found.append(f"<{tag.name} {name}={value!r}>")
    return found


@pytest.mark.parametrize("payload", PAYLOADS)
def test_payload_from_a_run_is_words_in_every_place(payload, tmp_path):
    project = Project(tmp_path)
    project.drawings.mkdir(parents=True)
    svg = '<svg xmlns="http://www.w3.org/2000/svg"><text>[[value toy.text]]</text></svg>'
    (project.drawings / "box.svg").write_text(svg)
    layer = {**DENSE, "name": payload, "type": payload, "weights": [{"name": payload, "shape": [2]}]}
    evil = {**SUMMARY, "name": payload, "layers": [layer]}
    outputs = {"train": [{"text": f"{payload}\n{payload}"}], "model": [{"summary": evil, "text": payload}]}
    images = {"source": "file", "size": "full", "train": 1, "test": 1, "about": payload}
    made = result(outputs, images=images, text=payload)
    found = expand(page(EVERYWHERE), context(made, project=project))
    assert found.problems == []
    soup = shown(found, "en", made)
    assert dangers(soup) == []
    assert [output.get_text().splitlines() for output in soup.select("pre.output")] == [[payload, payload]] * 2
    assert [svg["aria-label"] for svg in soup.select("svg")] == [payload] * 2
    assert soup.select("svg text")[-1].get_text() == payload


@pytest.mark.parametrize("language", languages())
def test_output_is_told_to_screen_readers_and_can_be_scrolled_by_keyboard(language):
    output = rendered("[[output toy.train]]", language).select_one("pre.output")
    assert (output["tabindex"], output["role"]) == ("0", "group")
    assert output["aria-label"] == all_words()[language]["output"]


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        ("a\tb\n\n  c  \n", "a       b\n\n  c"),
        ("~~~output\nx\n~~~~", "~~~output\nx\n~~~~"),
        ("    indented\n\n\n    lines", "    indented\n\n\n    lines"),
        ("one\u2028two\x85three", "one\ntwo\nthree"),
        ("&amp; &#10; \\n <!-- x -->", "&amp; &#10; \\n <!-- x -->"),
        ("x" * 5000, "x" * 5000),
        ("\nx", "\nx"),
    ],
)
@pytest.mark.parametrize("indent", ["", "    "])
def test_output_is_shown_as_printed(printed, shown, indent):
    found = rendered(f"- item\n\n{indent}[[output toy.train]]", outputs={"train": [{"text": printed}]})
    assert found.select_one("pre.output samp").get_text() == shown


def test_summary_tells_how_each_parameter_count_comes_about():
    table = rendered("[[output toy.model]]").select_one("table.summary")
    assert table.caption.get_text() == "Summary of the model “sequential”"
    dense, relu = table.select("tbody tr")
    assert dense.th.get_text() == "dense Dense"
    assert dense.select_one("details > summary").get_text() == "30,730"
    assert dense.select_one("details > p").get_text() == "3,072 × 10 kernel + 10 bias = 30,730"
    assert relu.select_one("details > p").get_text() == "This layer has no weights."
    assert [row.td.get_text() for row in table.select("tfoot tr")] == ["30,730", "30,730", "0"]


def test_second_summary_of_a_cell_is_another_table():
    other = {**SUMMARY, "name": "other"}
    outputs = {"model": [{"summary": SUMMARY, "text": "a"}, {"text": "x"}, {"summary": other, "text": "b"}]}
    found = rendered("[[output toy.model]]", outputs=outputs)
    assert [caption.get_text().split()[-1] for caption in found.select("caption")] == ["“sequential”", "“other”"]
    assert html.summaries_of([result(outputs)]).keys() == {"toy.model", "toy.model.2"}


def test_summary_without_data_is_its_text():
    text = expand(page("[[output toy.model]]"), context(result())).text
    assert "<samp>Model: sequential</samp>" in markdown("en").convert(text)


@pytest.mark.parametrize(
    ("images", "english", "chinese"),
    [
        ({"source": "archive"}, "CIFAR-10 (60,000 images)", "CIFAR-10（60,000 张图片）"),
        ({"source": "archive", "size": "sample"}, "CIFAR-10 (one image in a hundred", "CIFAR-10（百分之一，"),
        ({"source": "file", "about": "JPEG"}, "CIFAR-10 from a file (“JPEG”, 60,000", "来自文件的 CIFAR-10（“JPEG”，"),
        (STAND_IN, "stand-in images (one image in ten, 6,000 images)", "替身图片（十分之一，6,000 张图片）"),
    ],
)
def test_images_are_named_truly(images, english, chinese):
    identity = {"size": "full", "train": 50_000, "test": 10_000, "about": "", **images}
    assert html.images(identity, "en").startswith(english)
    assert html.images(identity, "zh").startswith(chinese)


def test_problems_stand_in_a_box_as_the_terminal_tells_them():
    box = BeautifulSoup(html.problems([Problem(Path("docs/en/a.md"), 3, "no <x> & 'y'")], "en"), "html.parser")
    assert box.select_one("div.admonition.failure li code").get_text() == "docs/en/a.md:3: no <x> & 'y'"


def test_languages_have_the_same_words():
    english, chinese = (all_words()[language] for language in ("en", "zh"))
    assert english.keys() == chinese.keys()
