"""A build of what has been built already is over at once, and never keeps an author from what she has changed."""

import pytest

from engine.store import digest

pytestmark = pytest.mark.slow
SAID = "Nothing has changed"


@pytest.fixture(scope="module")
def built(new_project):
    project = new_project()
    assert project.build().returncode == 0
    return project


def files(project) -> dict[str, tuple[int, str]]:
    found = [path for path in (project.root / "site").rglob("*") if path.is_file()]
    return {str(path): (path.stat().st_mtime_ns, digest(path.read_bytes())) for path in found}


def test_nothing_is_built_when_nothing_has_changed(built):
    before = files(built)
    done = built.build()
    assert done.returncode == 0 and SAID in done.stderr
    assert files(built) == before


def edit(file: str, text: str):
    def change(project) -> None:
        path = project.root / file
        path.write_text(path.read_text("utf-8") + text, "utf-8")

    return change


def drop(pattern: str):
    def change(project) -> None:
        (found,) = project.root.glob(pattern)
        found.unlink()

    return change


CHANGES = {
    "a page": edit("docs/en/index.md", "\nAnother sentence.\n"),
    "an example": edit("examples/toy.py", "print('and more')\n"),
    "the looks of figures": edit("examples/matplotlibrc", "\nlines.linewidth: 1\n"),
    "the glossary": edit("docs/glossary.yml", "\n# words\n"),
    "a style": edit("docs/theme/partials/site.css", "\n/* words */\n"),
    "the engine": edit("docs/engine/site.py", "\n# words\n"),
    "the configuration": edit("mkdocs.zh.yml", "\n# words\n"),
    "what the project says of itself": lambda project: (project.root / "README.md").write_text("# Words\n"),
    "the locked wheels": edit("uv.lock", "\n# words\n"),
    "a page of the site": edit("site/en/index.html", "<p>by hand</p>"),
    "a file of the site that is gone": drop("site/zh/index.md"),
    "a receipt": edit("site/run.json", " "),
    "a result that is gone": drop(".cache/results/toy-*.json"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_is_built(built, change):
    change(built)
    done = built.build()
    assert done.returncode == 0 and SAID not in done.stderr, done.stderr
    assert "by hand" not in (built.root / "site/en/index.html").read_text("utf-8")
    assert (built.root / "site/zh/index.md").exists()
    again = built.build()
    assert SAID in again.stderr
    for result in (built.root / ".cache/results").glob("toy-*.json"):
        if result.name not in (built.root / ".cache/built.json").read_text():
            result.unlink()  # of an earlier change


def test_what_is_written_during_a_build_is_not_taken_for_what_was_built(new_project):
    project = new_project()
    code = f"from pathlib import Path\n\nPath('{project.root}/docs/en/words.txt').write_text('new')\ntotal = 3\n"
    project.write("docs/en/words.txt", "old")
    project.write("examples/toy.py", f"# %% count\n{code}print('total is', total)\n")
    assert project.build().returncode == 0
    project.write("docs/en/words.txt", "old")
    assert SAID not in project.build().stderr
    assert (project.root / "site/en/words.txt").read_text() == "old"


@pytest.mark.parametrize(
    "asked", [{"SITE_URL": "https://example.org/"}, {"PICTURES": "sample"}], ids=lambda asked: str(asked)
)
def test_another_wish_is_built(built, asked):
    assert SAID not in built.build(**asked).stderr
    assert SAID in built.build(**asked).stderr
    assert SAID not in built.build().stderr


@pytest.mark.parametrize("text", ["", "[]", "{", '{"SITE": []}', '{"SITE": {"state": 1}}', "[" * 200_000])
def test_a_damaged_note_costs_a_build(built, text):
    note = built.root / ".cache/built.json"
    note.write_text(text.replace("SITE", str(built.root / "site")))
    done = built.build()
    assert done.returncode == 0 and SAID not in done.stderr, done.stderr


def test_other_options_are_another_site(built):
    assert SAID in built.build().stderr
    assert SAID not in built.run("mkdocs", "build", "--strict", "--no-directory-urls").stderr


def test_a_build_that_may_warn_is_a_whole_one(built):
    assert SAID not in built.run("mkdocs", "build").stderr
