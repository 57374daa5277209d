"""An example runs again when, and only when, something that its result depends on has changed."""

import json
import os
import re
import shutil
from dataclasses import replace
from importlib.metadata import version

import pytest

from engine import examples, identity, reports, runner, store
from engine.problems import ROOT

CODE = "# %% data\nimport helper\n\nx = helper.number()\n\n# %% show\nprint(x)\n"
HELPER = "import inner\n\n\ndef number():\n    return inner.NUMBER\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with an example, a module it imports, one that this imports, and the figures' settings."""
    (tmp_path / "toy.py").write_text(CODE)
    (tmp_path / "helper.py").write_text(HELPER)
    (tmp_path / "inner.py").write_text("NUMBER = 1\n")
    (tmp_path / "matplotlibrc").write_text("lines.linewidth: 2\n")
    monkeypatch.setattr(identity, "FOLDER", tmp_path)
    return tmp_path


def key(folder, pictures=None) -> str:
    found, problems = examples.read_all(folder)
    assert not problems
    (toy,) = found  # a helper is no example
    return identity.key(identity.inputs(toy, pictures))


@pytest.mark.parametrize(
    "code",
    [
        CODE.replace("# %% show", "# %% print_it"),
        CODE.replace("# %% show", "# %% [markdown]\n# Some words.\n\n# %% show"),
        CODE.replace("\n", "\r\n"),
        "\ufeff" + CODE,
    ],
    ids=["renamed cell", "words between cells", "line ends of Windows", "byte order mark"],
)
def test_what_is_not_code_does_not_count(folder, code):
    before = key(folder)
    (folder / "toy.py").write_bytes(code.encode())
    assert key(folder) == before


def test_times_and_places_of_files_do_not_count(folder, monkeypatch):
    before = key(folder)
    for path in folder.iterdir():
        os.utime(path, (1, 1))
    assert key(folder) == before
    elsewhere = shutil.copytree(folder, folder / "else where")
    monkeypatch.setattr(identity, "FOLDER", elsewhere)
    assert key(elsewhere) == before


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("toy.py", "print(x)", "print(x + 1)"),
        ("toy.py", "print(x)", "print(x)  # seen by readers"),
        ("toy.py", "\n\n# %% show\n", "\n"),
        ("helper.py", "return inner.NUMBER", "return inner.NUMBER + 1"),
        ("inner.py", "1", "2"),
        ("matplotlibrc", "2", "3"),
    ],
    ids=["code", "comment in code", "cells joined", "module", "module of a module", "figures' settings"],
)
def test_what_a_result_depends_on_counts(folder, file, old, new):
    before = key(folder)
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new))
    assert key(folder) != before


def test_what_lies_in_a_package_counts(folder):
    (folder / "toy.py").write_text("# %% data\nimport package\n")
    (folder / "package").mkdir()
    for file in ("__init__.py", "data.txt"):
        (folder / "package" / file).write_text("x = 1\n")
    for file in ("helper.py", "inner.py"):
        (folder / file).unlink()
    before = key(folder)
    (folder / "package" / "data.txt").write_text("x = 2\n")
    assert key(folder) != before


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("toy.py", "data = open('/anywhere/examples/data.csv').read()\n"),
        ("inner.py", "data = list(Path(__file__).parent.glob('*.csv'))\n"),
    ],
    ids=["the example names it", "a module may find it"],
)
@pytest.mark.parametrize("data", ["data.csv", "folder/data.csv"])
def test_data_that_an_example_reads_counts(folder, file, code, data):
    before = key(folder)
    (folder / data).parent.mkdir(exist_ok=True)
    (folder / data).write_text("1\n")
    assert key(folder) != before
    with (folder / file).open("a") as more:
        more.write(code)
    if file == "toy.py":
        (folder / file).write_text((folder / file).read_text().replace("import helper", "import numpy"))
        for module in ("helper.py", "inner.py"):
            (folder / module).unlink()
    before = key(folder)
    (folder / data).write_text("2\n")
    assert key(folder) != before


@pytest.mark.parametrize("left", ["other.py~", "#other.py#", ".other.py.swp"])
def test_what_an_editor_leaves_beside_an_example_does_not_count(folder, left):
    before = key(folder)
    (folder / left).write_text("# %% data\n")
    assert key(folder) == before


def test_data_that_an_example_cannot_know_does_not_count(folder):
    (folder / "toy.py").write_text("# %% data\nx = 1\n")
    for module in ("helper.py", "inner.py"):
        (folder / module).unlink()
    before = key(folder)
    (folder / "data.csv").write_text("1\n")
    assert key(folder) == before


@pytest.mark.parametrize(
    "call", ["importlib.import_module('late')", "import_module('late.part')", "__import__('late')"]
)
def test_a_module_that_is_imported_by_a_call_counts(folder, call):
    (folder / "late.py").write_text("NUMBER = 1\n")
    (folder / "helper.py").write_text(f"{HELPER}\n\nNUMBER = {call}.NUMBER\n")
    before = key(folder)
    (folder / "late.py").write_text("NUMBER = 2\n")
    assert key(folder) != before


def test_a_module_that_does_not_parse_is_left_to_the_run(folder):
    before = key(folder)
    (folder / "inner.py").write_text("NUMBER = (\n")
    assert key(folder) != before


def test_pictures_count(folder):
    keys = {key(folder, {"source": source, "size": "full"}) for source in ("archive", "file", "stand-in")}
    assert len(keys | {key(folder)}) == 4


def test_the_engine_within_the_kernel_counts(folder, monkeypatch):
    before = key(folder)
    other = folder / "kernel.txt"
    other.write_text("other")
    monkeypatch.setattr(identity.kernel, "__file__", str(other))
    assert key(folder) != before


def lock_with_other_hashes(name: str, tmp_path):
    """The project's lock file, with the digests of one package changed."""
    head, *packages = (ROOT / "uv.lock").read_text().split("[[package]]")
    changed = [
        re.sub(r"sha256:....", "sha256:0000", package) if f'\nname = "{name}"\n' in package else package
        for package in packages
    ]
    assert changed != packages
    path = tmp_path / "uv.lock"
    path.write_text("[[package]]".join([head, *changed]))
    return path


@pytest.mark.parametrize("name", ["numpy", "tensorflow", "keras", "matplotlib", "h5py"])
def test_another_wheel_that_examples_run_on_counts(name, tmp_path):
    assert identity.packages(lock_with_other_hashes(name, tmp_path)) != identity.packages()


@pytest.mark.parametrize("name", ["mkdocs-material", "pytest", "jieba"])
def test_another_wheel_that_only_the_site_needs_does_not_count(name, tmp_path):
    assert identity.packages(lock_with_other_hashes(name, tmp_path)) == identity.packages()


def test_what_is_locked_for_this_python_is_what_is_installed():
    locked = {name: package["version"] for name, package in identity.packages().items()}
    assert locked == {name: version(name) for name in locked}


def runs(project) -> list[str]:
    """The examples that ran."""
    done = project.engine()
    assert done.returncode == 0, done.stderr
    return sorted(re.findall(r"^(\w+): ran after", done.stderr, re.MULTILINE))


def test_only_what_changed_runs_again(project):
    project.write("examples/other.py", "# %% data\nimport helper\n\ny = helper.NUMBER\n")
    project.write("examples/helper.py", "NUMBER = 1\n")
    assert runs(project) == ["other", "toy"]

    project.page("index", "# Toy\n\nOther words: [[value toy.total:.1f]] and [[value other.y]].\n")
    project.write("examples/toy.py", "# %% renamed\ntotal = 3\nprint('total is', total)\n")
    assert runs(project) == []

    project.write("examples/helper.py", "NUMBER = 2\n")
    assert runs(project) == ["other"]

    moved = replace(project, root=shutil.copytree(project.root, project.root / "moved"))
    assert runs(moved) == []


@pytest.fixture
def entry(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "CACHE", tmp_path)
    store.save("toy", "k" * 64, RESULT)
    return store.entry("toy", "k" * 64)


RESULT = {"outputs": [[{"text": "3\n"}]], "values": {"total": 0.1}}


def test_a_kept_result_is_the_result(entry):
    assert store.load("toy", "k" * 64) == RESULT
    assert store.load("toy", "j" * 64) is None


def test_a_truncated_result_is_not_used_and_named(entry, caplog):
    whole = entry.read_bytes()
    for length in range(len(whole)):
        entry.write_bytes(whole[:length])
        caplog.clear()
        assert store.load("toy", "k" * 64) is None
        assert len(caplog.messages) == 1
        assert str(entry) in caplog.text


def test_a_flipped_byte_is_noticed_and_named(entry, caplog):
    whole = entry.read_bytes()
    for position in range(len(whole)):
        entry.write_bytes(whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :])
        caplog.clear()
        assert store.load("toy", "k" * 64) is None
        assert len(caplog.messages) == 1
        assert str(entry) in caplog.text


def test_a_result_under_the_name_of_another_is_not_used(entry, caplog):
    store.save("toy", "j" * 64, {"values": {"total": 4}})
    shutil.copy(store.entry("toy", "j" * 64), entry)
    assert store.load("toy", "k" * 64) is None
    assert str(entry) in caplog.text


@pytest.mark.parametrize(
    "content",
    ["", "null", "[]", "3", "{}", '"result"', '{"result": 3}', '{"result": {"receipt": 5}}', "[" * 200_000],
    ids=lambda content: content[:30],
)
def test_any_other_file_is_not_used(entry, caplog, content):
    entry.write_text(content)
    assert store.newest("toy") == {}, "not for how long the example may take either"
    assert store.load("toy", "k" * 64) is None
    assert len(caplog.messages) == 1


def test_a_damaged_result_costs_a_run_and_a_warning_and_nothing_else(project):
    assert runs(project) == ["toy"]
    (kept,) = (project.root / ".cache" / "results").iterdir()
    result = json.loads(kept.read_text())
    del result["result"]["receipt"]["seconds"]
    for damaged in (kept.read_text().replace("total is 3", "total is 4"), "[]"):
        kept.write_text(damaged)
        done = project.engine()
        assert done.returncode == 0, done.stderr
        assert done.stderr.count(kept.name) == 1
        assert "toy: ran after" in done.stderr
        again = json.loads(kept.read_text())
        del again["result"]["receipt"]["seconds"]
        assert again["result"] == result["result"]


def test_of_each_example_the_ten_newest_results_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "CACHE", tmp_path)
    for number in range(12):
        store.save("toy", f"{number:020}", {"number": number})
        os.utime(store.entry("toy", f"{number:020}"), (number, number))
    store.save("toy_two", f"{0:020}", {})
    assert [store.load("toy", f"{number:020}") for number in (1, 2)] == [None, {"number": 2}]
    assert len(list((tmp_path / "results").iterdir())) == 11


def test_the_example_that_ran_longest_starts_first(folder, monkeypatch):
    seconds = {"short": [1, 2], "long": [100, 3], "longer": [104]}
    monkeypatch.setattr(store, "newest", lambda name: name in seconds and {"receipt": {"seconds": seconds[name]}} or {})
    monkeypatch.setattr(reports, "seconds", lambda: {"longest": 3600, "long": 1})
    for name in ("toy", "longest", *seconds):
        (folder / f"{name}.py").write_text(CODE)
    found, _ = examples.read_all(folder)
    in_order = sorted(found, key=runner.seconds_expected, reverse=True)
    assert [example.name for example in in_order] == ["longest", "longer", "long", "short", "toy"]


def test_a_file_that_cannot_be_written_stays_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "file"
    store.write(path, "old")
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space"):
        store.write(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.slow
@pytest.mark.parametrize("file", ["helper.py", "matplotlibrc"])
def test_a_result_of_which_an_input_has_changed_meanwhile_is_not_kept(project, file):
    project.write("examples/helper.py", "N = 1\n")
    change = f"path = Path(helper.__file__).with_name('{file}')\npath.write_text(path.read_text() + '# more\\n')\n"
    project.write(
        "examples/toy.py", f"# %% count\nfrom pathlib import Path\n\nimport helper\n\ntotal = 3\n{change}print(1)\n"
    )
    done = project.engine()
    assert done.returncode == 3
    assert f"examples/toy.py:1: {file} has changed while it ran (run it again)" in done.stderr
    assert not list((project.root / ".cache" / "results").glob("*"))
