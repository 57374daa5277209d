"""Mistakes in examples are told with file and line before anything runs."""

import os
from pathlib import Path

import pytest

from engine import examples, identity, pages, privacy, runner, sources
from engine.examples import LIMIT

WRONG = {
    "unknown option": (
        "# %% data\nx = 1\n\n# %% train limt=60\nx = 2\n",
        "5 (cell 'train'): unknown 'limt' (did you mean 'limit'?)",
    ),
    "limit of a part": ("# %% train limit=1.5\nx = 1\n", "2 (cell 'train'): limit=1.5 is no number of seconds"),
    "limit of nothing": ("# %% train limit=0\nx = 1\n", "2 (cell 'train'): limit=0 is no number of seconds"),
    "NUL byte": ("# %% data\nx = 1\n\0", "3: holds a NUL byte"),
    "another encoding": (
        "# -*- coding: latin-1 -*-\n# %% data\nx = 1\n",
        "1: Encodings other than utf-8 are not supported",
    ),
    "too deep": ("# %% data\nx = " + "-" * 20_000 + "1\n", "1 (cell 'data'): SyntaxError: nested too deeply"),
    "no cell": ("", "1: has no cell (a cell begins with '# %% name')"),
    "words alone": ("# %% [markdown]\n# Some words.\n", "1: has no cell (a cell begins with '# %% name')"),
    "an end of a line for some": (
        "# %% data\nx = 1\n\n# %% words\ny = 'a\u2028b'\n",
        "5 (cell 'words'): holds U+2028, at which some tools end a line (write '\\u2028')",
    ),
    "a new page": (
        "# %% data\n\fx = 1\n",
        "2 (cell 'data'): holds U+000C, at which some tools end a line (write '\\x0c')",
    ),
    "a command of the shell": ("# %% data\n!false\n", "2 (cell 'data'): SyntaxError: invalid syntax"),
}


@pytest.mark.parametrize(("code", "said"), WRONG.values(), ids=WRONG)
def test_a_mistake_in_an_example_names_file_and_line(tmp_path, code, said):
    path = tmp_path / "toy.py"
    path.write_text(code)
    example, problems = examples.read(path)
    assert example is None
    assert list(map(str, problems)) == [f"{path}:{said}"]


def test_a_page_that_is_not_utf_8_is_named_with_its_line(tmp_path, monkeypatch):
    monkeypatch.setattr(pages, "ROOT", tmp_path)
    (tmp_path / "docs" / "en").mkdir(parents=True)
    page = tmp_path / "docs" / "en" / "index.md"
    page.write_bytes(b"\xef\xbb\xbf# Title\r\n\r\ncaf\xe9\r\n")
    (page.parent / "other.md").write_text("# Other\n")
    (other,), (problem,) = pages.read_all("en")
    assert other.name == "other.md", "the page beside it is read"
    assert str(problem).endswith("index.md:3: not UTF-8 (byte 0xe9)")
    page.write_bytes(b"\xef\xbb\xbf# Title\r\n")
    assert pages.read_all("en")[0][0].text == "# Title\n"


def test_what_editors_and_systems_leave_is_no_page_and_no_example(tmp_path, monkeypatch):
    monkeypatch.setattr(pages, "ROOT", tmp_path)
    folder = tmp_path / "docs" / "en"
    for hidden in (folder, folder / ".ipynb_checkpoints"):
        hidden.mkdir(parents=True)
        (hidden / ".#index.md").symlink_to("me@host.4567:1")
        (hidden / "._index.md").write_bytes(b"\0\xff")
        (hidden / ".#toy.py").symlink_to("me@host.4567:1")
    (folder / ".ipynb_checkpoints" / "index.md").write_text("# Older\n")
    (folder / "folder.md").mkdir()
    (folder / "folder.py").mkdir()
    assert pages.read_all("en") == ([], [])
    assert examples.read_all(folder) == ([], [])


def test_links_that_go_round_and_pipes_are_no_place_to_wait_in(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "index.md").write_text("# Title\n")
    for name in ("round", "again"):
        (tmp_path / "folder" / name).symlink_to("..")
    os.mkfifo(tmp_path / "folder" / "pipe.md")
    (tmp_path / "other").symlink_to("folder")  # as MkDocs sees it
    assert sources.below(tmp_path, "*.md") == [tmp_path / name / "index.md" for name in ("folder", "other")]
    assert sources.digest_of(tmp_path)


def test_a_name_that_is_not_utf_8_counts_as_any_other(tmp_path):
    before = sources.digest_of(tmp_path)
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9")).write_text("")
    assert sources.digest_of(tmp_path) != before


def test_a_link_that_leads_nowhere_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(pages, "ROOT", tmp_path)
    (tmp_path / "docs" / "en").mkdir(parents=True)
    for file in ("index.md", "toy.py"):
        (tmp_path / "docs" / "en" / file).symlink_to("nowhere")
    (tmp_path / "docs" / "en" / "helper.py").symlink_to("nowhere")
    (tmp_path / "docs" / "en" / "other.py").write_text("# %% data\nimport helper\n")
    found = [*pages.read_all("en")[1], *examples.read_all(tmp_path / "docs" / "en")[1]]
    places = [f"{tmp_path}/docs/en/{file}" for file in ("index.md", "toy.py")]
    said = [f"{place}:1: No such file or directory" for place in places]
    helper = f"{tmp_path}/docs/en/helper.py:1: No such file or directory"
    said.insert(1, f"{tmp_path}/docs/en/other.py:1: needs what cannot be read: {helper}")
    assert list(map(str, found)) == said


def test_a_cell_has_the_limit_that_its_author_gives_it(tmp_path):
    (tmp_path / "toy.py").write_text("# %% data\nx = 1\n\n# %% train limit=7200\nx = 2\n")
    example, _ = examples.read(tmp_path / "toy.py")
    assert [(cell.name, cell.limit) for cell in example.cells] == [("data", LIMIT), ("train", 7200)]
    assert [cell.source for cell in example.cells] == ["x = 1", "x = 2"]


def test_a_comment_that_looks_like_a_command_stays_a_comment(tmp_path):
    (tmp_path / "toy.py").write_text("# %% data\n# !false\n# %matplotlib inline\nx = 1\n")
    example, _ = examples.read(tmp_path / "toy.py")
    assert example.cells[0].source == "# !false\n# %matplotlib inline\nx = 1"


def test_a_link_to_a_file_elsewhere_is_refused(tmp_path):
    (tmp_path / "elsewhere.py").write_text("# %% data\nx = 1\n")
    (tmp_path / "examples").mkdir()
    link = tmp_path / "examples" / "toy.py"
    link.symlink_to(tmp_path / "elsewhere.py")
    assert list(map(str, examples.read(link)[1])) == [f"{link}:1: is a link to a file elsewhere"]


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("import pandas", "'pandas' is not a declared dependency (see pyproject.toml)"),
        ("from pytest import fixture", "'pytest' is not a declared dependency (see pyproject.toml)"),
        ("import engine.kernel", "'engine' is not a declared dependency (see pyproject.toml)"),
        ("import numpy.linalg, keras, tensorflow, matplotlib.pyplot as plt", None),
        ("import math, json.decoder", None),
        ("from PIL import Image", None),  # one of matplotlib's own
        ("import helper", None),
        ("from package.part import x", None),
    ],
)
def test_what_is_imported_is_declared(tmp_path, monkeypatch, statement, said):
    monkeypatch.setattr(identity, "FOLDER", tmp_path)
    (tmp_path / "helper.py").write_text("x = 1\n")
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "part.py").write_text("x = 1\n")
    (tmp_path / "toy.py").write_text(f"# %% data\nx = 1\n{statement}\n")
    example, _ = examples.read(tmp_path / "toy.py")
    problems = [str(problem) for problem in identity.undeclared(example)]
    assert problems == ([f"{tmp_path / 'toy.py'}:3: {said}"] if said else [])


def test_a_module_of_a_package_counts(tmp_path, monkeypatch):
    monkeypatch.setattr(identity, "FOLDER", tmp_path)
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").write_text("")
    (tmp_path / "package" / "part.py").write_text("x = 1\n")
    (tmp_path / "matplotlibrc").write_text("")
    (tmp_path / "toy.py").write_text("# %% data\nfrom package import part\n")
    example, _ = examples.read(tmp_path / "toy.py")
    before = identity.key(identity.inputs(example, None))
    (tmp_path / "package" / "part.py").write_text("x = 2\n")
    example, _ = examples.read(tmp_path / "toy.py")
    assert identity.key(identity.inputs(example, None)) != before


def test_another_build_of_a_wheel_counts_where_the_version_is_the_same(monkeypatch):
    before = identity.installed()
    record = identity.distribution("keras").read_text("RECORD")

    class Rebuilt:
        def read_text(self, name: str) -> str:
            return record.replace("keras/__init__.py,sha256=", "keras/__init__.py,sha256=0")

    whole = identity.distribution
    monkeypatch.setattr(identity, "distribution", lambda name: Rebuilt() if name == "keras" else whole(name))
    identity.installed.cache_clear()
    assert identity.installed() != before
    identity.installed.cache_clear()


def test_where_wheels_are_installed_does_not_count():
    assert "../" not in "".join(identity.brought("ipython"))
    assert "keras/__init__.py" in "".join(identity.brought("keras"))


@pytest.fixture
def toy(tmp_path, monkeypatch):
    monkeypatch.setattr(identity, "FOLDER", tmp_path)
    (tmp_path / "matplotlibrc").write_text("")
    (tmp_path / "toy.py").write_text("# %% data\nx = 1\n")
    return tmp_path / "toy.py"


def key(path) -> str:
    example, _ = examples.read(path)
    return identity.key(identity.inputs(example, None))


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("engine.identity.FORMAT", -1),
        ("engine.identity.DETERMINISM", identity.DETERMINISM | {"TF_DETERMINISTIC_OPS": "0"}),
        ("platform.python_version", lambda: "3.99.0"),
    ],
    ids=["format of results", "variable that makes runs the same", "Python"],
)
def test_what_the_engine_runs_an_example_with_counts(toy, monkeypatch, place, value):
    before = key(toy)
    monkeypatch.setattr(place, value)
    assert key(toy) != before


def test_limits_and_variables_that_no_kernel_sees_do_not_count(toy, monkeypatch):
    before = key(toy)
    toy.write_text("# %% data limit=9\nx = 1\n")
    assert key(toy) == before
    for name in ("HOME", "USER", "TZ", "LANG", "CANARY"):
        monkeypatch.setenv(name, "/elsewhere")
    assert key(toy) == before
    seen = runner.environment(toy.parent, None)
    assert "/elsewhere" not in seen.values() and "CANARY" not in seen


def test_outputs_are_searched_for_what_gives_this_machine_away(monkeypatch):
    monkeypatch.setattr("platform.node", lambda: "turing")
    monkeypatch.setenv("USER", "grace")
    privacy.patterns.cache_clear()
    source = "print('/home/ada/pictures')"
    for text, said in {
        "in /home/bob/x.py:3": ["an absolute path '/home/bob/x.py'"],
        "'/tmp/x'": ["an absolute path '/tmp/x'"],
        "on turing": ["the name of this machine 'turing'"],
        "by grace": ["the name of its user 'grace'"],
        "/home/ada/pictures": [],
        "a/b, 3/4, https://keras.io/usr/bin/x, ./tmp/x, ../home/x, disgrace, graceful, x-grace": [],
        "data:image/png;base64,AAAA\n/tmp/AAAA+/usr/x==": [],
    }.items():
        assert list(privacy.given_away([{"text": text}], source)) == said
    privacy.patterns.cache_clear()
