"""The whole example as a notebook: every cell as it ran, on a page and to download."""

import nbformat
import pytest
from pages_of_a_run import CODE, EXAMPLE, PRINTED, result

from engine.show import notebooks

ALTS = {"toy-line": 'A "line" <b>.'}


def read(text: str) -> nbformat.NotebookNode:
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    return notebook


def test_page_shows_every_cell_under_its_name_with_its_outputs():
    cells = read(notebooks.page(EXAMPLE, result(), "en", ALTS, "../../../")).cells
    assert [cell.source for cell in cells[1::2]] == ["## train", "## line", "## model", "## last", cells[-1].source]
    train, line, model, last = (cell for cell in cells if cell.cell_type == "code")
    assert train.source == CODE
    assert "3.0 {x}&#10;&#10;&lt;b&gt;" in train.outputs[0].data["text/html"]
    assert 'alt="A &quot;line&quot; &lt;b&gt;." src="toy-line.svg"' in line.outputs[0].data["text/html"]
    assert model.outputs[0].data["text/html"].startswith('<table class="summary">')
    assert last.outputs == []
    assert "../../../downloads/toy.ipynb" in cells[0].source
    assert cells[-1].source.startswith('<p class="receipt">')


def test_page_without_a_result_shows_code_and_says_that_it_runs():
    cells = read(notebooks.page(EXAMPLE, None, "en", {}, "")).cells
    assert [cell.source for cell in cells if cell.cell_type == "code"] == [cell.source for cell in EXAMPLE.cells]
    assert '<p class="waiting">' in cells[0].source


def test_download_has_plain_outputs_and_figures():
    train, line, model, last = read(notebooks.download(result())).cells
    assert (train.outputs[0].text, train.metadata.name) == (f"{PRINTED}\n", "train")
    assert line.outputs[0].data["image/svg+xml"].startswith('<svg xmlns="http://www.w3.org/2000/svg" width="10pt"')
    assert "var(" not in line.outputs[0].data["image/svg+xml"]
    assert model.outputs[0].text == "Model: sequential"


def test_download_refuses_a_figure_that_could_run_a_script():
    with pytest.raises(ValueError, match="script"):
        notebooks.download(result({"line": [{"svg": '<svg xmlns="http://www.w3.org/2000/svg"><script /></svg>'}]}))


def test_figure_that_no_page_shows_has_no_alt_text_and_is_named():
    assert notebooks.without_alt(result(), "en", ALTS) == []
    (problem,) = notebooks.without_alt(result(), "zh", {})
    assert str(problem) == "examples/toy.py:6: no page in docs/zh shows the figure of cell 'line'"
