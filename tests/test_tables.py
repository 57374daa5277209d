"""Generated tables: every term, run time and version stands where a reader looks for it."""

import json
from dataclasses import replace

import pytest
from bs4 import BeautifulSoup
from pages_of_a_run import EXAMPLE, ROOT, STAND_IN, context, markdown, page, result

from engine.project import Project
from engine.read.glossary import Glossary, Term
from engine.show.expand import expand

RUN = {
    "date": "2026-11-25", "python": "3.11.7", "images": STAND_IN, "ran": 15, "of": 16, "moved": 12,
    "packages": {"tensorflow": "2.20.0", "keras": "3.12.4", "numpy": "2.3.5"}, "failed": ["errors"],
}  # fmt: skip


def rows(name: str, language: str = "en", **given) -> list[list[str]]:
    """A table as a page shows it, by rows, without its head."""
    made = context(**given) if given else context(result())
    text = expand(page(f"[[table {name}]]", language, "glossary.md"), made).text
    table = BeautifulSoup(markdown(language).convert(text), "html.parser").select_one("table")
    return [[cell.get_text(" ") for cell in row.find_all("td")] for row in table.select("tbody tr")]


def test_glossary_is_sorted_in_each_language_and_has_anchors():
    said = [("unit", "单元"), ("Adam", "Adam"), ("test set", "测试集")]
    terms = Glossary(tuple(Term({"en": en, "zh": zh}, {"en": f"{en} | x", "zh": zh}) for en, zh in said))
    english = [["Adam", "Adam | x"], ["test set 测试集", "test set | x"], ["unit 单元", "unit | x"]]
    assert rows("glossary", glossary=terms) == english
    chinese = rows("glossary", "zh", glossary=terms)
    assert [row[0] for row in chinese] == ["Adam", "测试集 test set", "单元 unit"]  # by pinyin
    text = expand(page("[[table glossary]]", "zh", "glossary.md"), context(glossary=terms)).text
    assert 'id="test-set"' in markdown("zh").convert(text)


def test_run_times_are_sorted_and_added_up():
    short = replace(result(images=STAND_IN), example=replace(EXAMPLE, path=EXAMPLE.path.with_name("short.py")))
    short = replace(short, receipt={**short.receipt, "seconds": [1.2, 2]})
    made = replace(context(), results={"short": short, "toy": result()})
    text = expand(page("[[table examples]]"), made).text
    assert text.splitlines()[2:] == [
        "| [toy.py](examples/toy.ipynb) |  | 1 min 4 s |",
        "| [short.py](examples/short.ipynb) | stand-in images (one image in ten, 6,000 images) | 3 s |",
        "| **All examples** |  | **1 min 7 s** |",
    ]


def test_versions_are_those_of_the_run():
    names = ["Python", "tensorflow", "keras", "numpy", "matplotlib"]
    assert rows("versions") == [list(pair) for pair in zip(names, ["3.11.7", "2.21.0", "3.15.1", "2.4.6", "3.11.2"])]


def works_with(folder, text: str):
    project = Project(folder)
    project.docs.mkdir()
    project.works_with.write_text(text)
    return project


def test_runs_with_other_versions_say_what_failed_and_changed(tmp_path):
    runs = json.dumps([RUN, {**RUN, "ran": 16, "moved": 0, "failed": []}])
    first, second = rows("works_with", project=works_with(tmp_path, runs))
    assert first[0] == "TensorFlow\xa02.20.0 Keras\xa03.12.4 NumPy\xa02.3.5 Python\xa03.11.7"
    assert first[1:] == ["2026-11-25", "15 of 16 failed: errors.py", "outputs and values: 12"]
    assert second[2:] == ["16 of 16", "nothing"]


@pytest.mark.parametrize(
    ("text", "said"),
    [("[\n{", ":2: Expecting property name"), ("[{}]", ":1: is not a list of runs (KeyError"), ("[1]", ":1: is not")],
)
def test_damaged_list_of_runs_is_told_with_its_place(text, said, tmp_path):
    (problem,) = expand(page("[[table works_with]]"), context(project=works_with(tmp_path, text))).problems
    assert str(problem).startswith(f"docs/works_with.json{said}")


def test_list_of_runs_of_this_project_is_readable():
    assert len(rows("works_with", "zh", project=ROOT)) >= 3
