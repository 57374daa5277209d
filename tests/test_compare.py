"""Two runs are compared by what they gave, and a report tells every difference and nothing else."""

import copy
import json
import re

import pytest
from bs4 import BeautifulSoup
from markdown import Markdown

from engine import kernel, reports
from engine.compare import compare, leaves
from engine.parts import words
from engine.tables import reported

PINNED = {"tensorflow": "2.21.0", "keras": "3.15.1", "numpy": "2.4.6", "matplotlib": "3.11.2"}
NEWER = PINNED | {"keras": "3.16.0"}
HOSTILE = [
    "<script>alert(1)</script>",
    "a | b",
    "**bold** `code`",
    "line\nline",
    "[[value toy.total]]",
    "&lt;\u2028<b>",
]


def gave(**values) -> dict:
    return {
        "texts": {"train": "total is 3\n", "line": ""},
        "figures": {"line": {"path": 4, "text": 2}},
        "values": {name: kernel.plain(value) for name, value in values.items()},
        "seconds": 2.5,
    }


def run(packages=PINNED, problems=(), **examples) -> dict:
    """A record of a run; `problems` are pairs of a place and a message."""
    return {
        "date": "2026-11-25",
        "python": "3.11.7",
        "packages": packages,
        "pictures": {"source": "stand-in", "size": "preview", "train": 5000, "test": 1000, "sha256": "0"},
        "examples": examples,
        "problems": [{"place": place, "message": message} for place, message in problems],
    }


def changed(old: dict, example: str, part: str, **entries) -> dict:
    """A record in which one example wrote, drew or left something else."""
    new = copy.deepcopy(old)
    new["examples"][example][part] |= entries
    return new


def found(report: dict) -> dict:
    """What a report tells of differences."""
    return {kind: report[kind] for kind in reports.KINDS if report[kind]}


def test_the_same_run_twice_gives_nothing_to_tell():
    old = run(toy=gave(total=3, losses=[0.5, float("nan")]))
    report = compare(old, copy.deepcopy(old))
    assert not found(report)
    assert (report["ran"], report["all"]) == (1, 1)


def test_a_number_that_moved_is_named_with_both_values():
    old = run(toy=gave(total=3, other=1))
    assert found(compare(old, changed(old, "toy", "values", total=4))) == {
        "numbers": [{"name": "toy.total", "old": 3, "new": 4, "moved": 1, "of": 1}]
    }


def test_of_many_numbers_the_one_that_moved_most_is_named_as_a_page_quotes_it():
    old = run(toy=gave(history={"loss": [1.0, 0.5, 0.25]}))
    new = run(toy=gave(history={"loss": [1.0, 0.6, 0.5]}))
    assert found(compare(old, new))["numbers"] == [
        {"name": "toy.history['loss'][2]", "old": 0.25, "new": 0.5, "moved": 2, "of": 3}
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("3.15", "3.16"),
        (1, True),
        (0.0, 1e-12),
        (1.0, float("nan")),
        (float("inf"), float("-inf")),
        (None, 0),
        ([1, 2], [1, 2, 3]),
        ((1, 2), (1, 3)),
        ({"a": 1}, {"b": 1}),
    ],
)
def test_whatever_a_page_may_quote_is_seen_to_move(old, new):
    assert len(found(compare(run(toy=gave(value=old)), run(toy=gave(value=new))))["numbers"]) == 1


def test_a_value_that_is_gone_or_new_has_moved():
    report = compare(run(toy=gave(old=1)), run(toy=gave(new=2)))
    assert [(number["name"], number["old"], number["new"]) for number in report["numbers"]] == [
        ("toy.old", 1, None),
        ("toy.new", None, 2),
    ]


def test_every_name_of_a_leaf_is_an_expression_that_gives_it():
    value = {"losses": [(1.5, 2.5), {"a b": [3.5]}]}
    for name, leaf in leaves(kernel.plain(value), "value"):
        assert eval(name, {"value": value}) == leaf


def test_another_message_is_told_by_its_lines():
    old = run(toy=gave())
    new = changed(old, "toy", "texts", train="all is 3\n")
    assert found(compare(old, new)) == {"texts": [{"cell": "toy.train", "lines": ["-total is 3", "+all is 3"]}]}


def test_the_times_that_a_training_prints_are_no_difference():
    line = "157/157 - {} - {} - accuracy: {} - loss: 1.9561 - took 3 s"
    old, same, new = (run(toy=gave()) for _ in range(3))
    old["examples"]["toy"]["texts"]["train"] = line.format("2s", "12ms/step", 0.26)
    same["examples"]["toy"]["texts"]["train"] = line.format("14s", "987us/step", 0.26)
    new["examples"]["toy"]["texts"]["train"] = line.format("14s", "1s/step", 0.27)
    assert not found(compare(old, same))
    assert len(found(compare(old, new))["texts"][0]["lines"]) == 2


def test_a_figure_that_is_made_of_other_shapes_is_told():
    old = run(toy=gave())
    new = changed(old, "toy", "figures", line={"path": 5, "text": 2})
    assert found(compare(old, new)) == {
        "figures": [{"cell": "toy.line", "old": {"path": 4, "text": 2}, "new": {"path": 5, "text": 2}}]
    }


def test_an_example_that_broke_is_told_with_its_place_and_counted():
    place = "examples/toy.py:7 (cell 'train')"
    report = compare(run(toy=gave(), good=gave()), run(problems=[(place, "ValueError: no")], toy=None, good=gave()))
    assert found(report) == {"broken": [{"places": [place], "message": "ValueError: no"}]}
    assert (report["ran"], report["all"]) == (1, 2)


def test_a_claim_that_became_false_is_told_once_with_its_place_in_each_language():
    false = "the claim toy.total > 3 is false: toy.total = 3"
    places = ["docs/en/index.md:5", "docs/zh/index.md:5"]
    report = compare(run(toy=gave()), run(problems=[(place, false) for place in places], toy=gave()))
    assert found(report) == {"claims": [{"places": places, "message": false}]}


def test_what_was_wrong_before_is_not_told_again():
    old = run(problems=[("examples/toy.py:7 (cell 'a')", "no"), ("docs/en/index.md:5", "x = 3")], toy=None)
    new = run(problems=[("examples/toy.py:9 (cell 'b')", "never"), ("docs/en/index.md:5", "x = 4")], toy=None)
    report = compare(old, new)
    assert not found(report)
    assert (report["ran"], report["all"]) == (0, 1)


def command(tmp_path, capsys, old: dict, new: dict) -> tuple[int, str, dict]:
    """What `python -m engine compare` gives: its exit code, what it prints, and its report."""
    from engine.__main__ import report

    for name, content in (("old", old), ("new", new)):
        (tmp_path / name).write_text(json.dumps(content))
    code = report(tmp_path / "old", tmp_path / "new", tmp_path / "reports")
    (written,) = (tmp_path / "reports").iterdir()
    return code, capsys.readouterr().out, json.loads(written.read_text())


def test_a_record_that_is_not_there_is_named(project):
    done = project.run("engine", "compare", "old.json", "new.json", "reports")
    assert (done.returncode, done.stderr) == (2, "old.json: no such file\n")


@pytest.mark.parametrize(
    ("problems", "code"),
    [
        ([], 0),
        ([("examples/toy.py:7 (cell 'train')", "ValueError: no")], 1),
        ([("docs/en/index.md:5", "the claim toy.total > 3 is false")], 1),
    ],
    ids=["nothing", "an example", "a claim"],
)
def test_only_an_example_that_broke_and_a_claim_that_became_false_fail_the_run(problems, code, tmp_path, capsys):
    old = run(toy=gave(total=3))
    new = run(packages=NEWER, problems=problems, toy=gave(total=4))
    ended, _, report = command(tmp_path, capsys, old, new)
    assert ended == code
    assert report == compare(old, new)


def test_the_summary_of_a_run_names_whatever_moved(tmp_path, capsys):
    old = run(toy=gave(total=3))
    new = run(packages=NEWER, problems=[("docs/en/index.md:5", "the claim is false")], toy=gave(total=4))
    _, printed, _ = command(tmp_path, capsys, old, new)
    for said in (
        "Keras 3.15.1",
        "Keras\N{NO-BREAK SPACE}3.16.0",
        "1 of 1",
        "docs/en/index.md:5",
        "the claim is false",
        "toy.total",
    ):
        assert said in printed


def page(report: dict, language: str = "en") -> BeautifulSoup:
    """A report as the site shows it."""
    converter = Markdown(extensions=["tables", "engine.parts"])
    return BeautifulSoup(converter.convert(reported([report], language, "../")), "html.parser")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_page_shows_counts_in_the_table_and_details_below(language):
    old = run(toy=gave(total=3), other=gave())
    shown = page(compare(old, changed(run(packages=NEWER, **old["examples"]), "toy", "values", total=4)), language)
    assert shown.table.get_text("|", strip=True).split("|")[-1] == words(language)["moved_numbers"].format(count=1)
    assert shown.details.li.get_text() == "toy.total: 3 → 4"
    assert shown.details.a["href"] == "../tensorflow-2.21.0-keras-3.16.0-numpy-2.4.6-python-3.11.json"


def test_two_numbers_that_differ_never_look_the_same():
    old, new = run(toy=gave(loss=0.500151813)), run(toy=gave(loss=0.500151812))
    assert page(compare(old, new)).details.li.get_text() == "toy.loss: 0.500151813 → 0.500151812"


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_run_said_is_only_words_on_the_page(text):
    old = run(toy=gave(text="a"))
    new = run(problems=[("docs/en/index.md:5", text)], toy=gave(text=text))
    new["examples"]["toy"]["texts"]["train"] = text
    shown = page(compare(old, new))
    assert {tag.name for tag in shown.details.find_all(True)} <= {"summary", "p", "ul", "li", "code", "br", "a"}
    assert shown.details.code.find_next("code").get_text() == " ".join(text.split())


def test_long_lists_are_cut_and_say_so():
    old, new = (run(toy=gave(**{f"x{i}": i + step for i in range(30)})) for step in (0, 1))
    items = page(compare(old, new)).details.find_all("li")
    assert len(items) == reports.SHOWN + 1
    assert items[-1].get_text() == "… and 10 more"


def test_reports_come_with_the_newest_versions_first(tmp_path, monkeypatch):
    monkeypatch.setattr(reports, "FOLDER", tmp_path)
    for keras in ("3.9.2", "3.15.1", "3.10.0"):
        report = compare(run(), run(packages=PINNED | {"keras": keras}))
        (tmp_path / reports.file_name(report)).write_text(json.dumps(report))
    assert [report["packages"]["keras"] for report in reports.read()] == ["3.15.1", "3.10.0", "3.9.2"]


def test_a_kept_report_is_of_a_run_and_stands_under_its_versions():
    kept = reports.read()
    assert kept
    for report in kept:
        assert (reports.FOLDER / reports.file_name(report)).exists()
        assert report["ran"] + len(report["broken"]) == report["all"]


def test_a_report_tells_how_long_each_example_took_that_ran():
    report = compare(run(toy=gave(), bad=gave()), run(toy=gave() | {"seconds": 3.5}, bad=None))
    assert report["seconds"] == {"toy": 3.5}


def test_a_record_tells_what_ran_what_failed_and_what_is_false(project):
    project.write("examples/bad.py", "# %% go\n1 / 0\n")
    project.page("index", "# Toy\n\n## Count {#count}\n\n[[show toy.count]]\n[[claim toy.total == 4]]\n")
    done = project.run("engine", "record", "run.json")
    assert done.returncode == 0, done.stderr
    written = json.loads((project.root / "run.json").read_text())
    assert written["examples"]["bad"] is None
    assert written["examples"]["toy"].pop("seconds") >= 0
    assert written["examples"]["toy"] == {"texts": {"count": "total is 3\n"}, "figures": {}, "values": {"total": 3}}
    assert [(problem["place"], problem["message"]) for problem in written["problems"]] == [
        ("docs/en/index.md:6", "the claim toy.total == 4 is false: toy.total = 3"),
        ("docs/zh/index.md:6", "the claim toy.total == 4 is false: toy.total = 3"),
        ("examples/bad.py:2 (cell 'go')", "ZeroDivisionError: division by zero"),
    ]


def test_no_record_is_made_while_other_versions_are_installed_than_locked(project):
    lock = (project.root / "uv.lock").read_text()
    project.write("uv.lock", lock.replace('name = "keras"\nversion = "', 'name = "keras"\nversion = "9'))
    done = project.run("engine", "record", "run.json")
    assert done.returncode == 2
    assert re.fullmatch(r"uv\.lock:1: keras 3\.[\d.]+ is installed, not 93\.[\d.]+ \(run 'uv sync'\)\n", done.stderr)
    assert not (project.root / "run.json").exists()
