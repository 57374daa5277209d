"""A finished site replaces the old one, whole or not at all; only one from all the real images may be published."""

import json
import os
from pathlib import Path
from unittest.mock import DEFAULT, Mock

import pytest
from toy import PAGE, build, files, toy_site, write

from engine.__main__ import main
from engine.project import Project
from engine.site import output

DENIED = PermissionError(13, "Permission denied", "site")


def folder(path: Path, content: str) -> Path:
    path.mkdir()
    for name in ("index.html", "run.json"):
        (path / name).write_text(content)
    return path


def names(path: Path) -> set[str]:
    return {each.name for each in path.iterdir()}


def stop_at(patch: pytest.MonkeyPatch, call: int, error: BaseException) -> None:
    """Let one call of os.rename fail."""
    patch.setattr(os, "rename", Mock(side_effect=[*[DEFAULT] * (call - 1), error, *[DEFAULT] * 9], wraps=os.rename))


@pytest.mark.parametrize("is_there", [True, False], ids=["old site", "no site"])
def test_new_site_takes_the_place_of_the_old_one(tmp_path, is_there):
    if is_there:
        (folder(tmp_path / "site", "old") / "gone").write_text("old")
    output.swap(tmp_path / "site", folder(tmp_path / ".site-new", "new"))
    assert files(tmp_path) == {Path("site/index.html"): b"new", Path("site/run.json"): b"new"}
    assert names(tmp_path) == {"site"}


@pytest.mark.parametrize("call", [1, 2])
def test_old_site_stays_when_a_rename_is_refused(tmp_path, monkeypatch, call):
    site, new = folder(tmp_path / "site", "old"), folder(tmp_path / ".site-new", "new")
    stop_at(monkeypatch, call, DENIED)
    with pytest.raises(PermissionError):
        output.swap(site, new)
    assert (site / "index.html").read_text() == "old"
    assert names(output.staging(site)) == set() and names(tmp_path) == {"site", ".site-new"}


@pytest.mark.parametrize("left", [[".site-new"], [".site-old"], [".site-new", ".site-old"]])
@pytest.mark.parametrize("is_there", [True, False], ids=["old site", "no site"])
def test_next_build_removes_what_a_killed_one_left_and_restores_the_old_site(tmp_path, left, is_there):
    for name in [*left, *(["site"] if is_there else [])]:
        folder(tmp_path / name, name)
    assert names(output.staging(tmp_path / "site")) == set()
    assert names(tmp_path) == {".site-new", *(["site"] if is_there or ".site-old" in left else [])}


@pytest.fixture(scope="module")
def toy(tmp_path_factory) -> Project:
    """A project with a built site, of which each test leaves everything as it was."""
    project = toy_site(tmp_path_factory.mktemp("publish") / "toy")
    assert build(project) == (0, "")
    return project


@pytest.mark.parametrize(
    ("path", "text", "said"),
    [
        ("docs/glossary.yml", "- layer", "docs/glossary.yml:1: is not a term: - layer"),
        ("docs/zh/index.md", PAGE.replace("Toy", "[a](b.md)"), "contains a link 'b.md'"),
        ("docs/theme/main.html", "\n{% nothing %}", "docs/theme/main.html:2: "),
        ("docs/theme/sitemap.xml", "{% if %}", "docs/theme/sitemap.xml:1: "),
    ],
    ids=["before MkDocs begins", "warning", "page", "last file"],
)
def test_old_site_stays_byte_for_byte_when_a_build_fails(toy, path, text, said):
    before, original = files(toy.root / "site"), (toy.root / path).read_text("utf-8")
    write(toy, path, text)
    code, message = build(toy, site_url="https://example.org/")
    write(toy, path, original)
    assert code == 2 and said in message
    assert files(toy.root / "site") == before and list(toy.root.glob(".site*")) == []


def test_build_that_cannot_rename_its_site_says_so_and_leaves_the_old_one(toy, monkeypatch):
    before = files(toy.root / "site")
    stop_at(monkeypatch, 2, DENIED)
    assert build(toy) == (5, "site: Permission denied\n")
    assert files(toy.root / "site") == before and list(toy.root.glob(".site*")) == []


def test_interrupted_build_leaves_nothing_after_the_next_one(toy, monkeypatch):
    before = files(toy.root / "site")
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        stop_at(patch, 1, KeyboardInterrupt())
        build(toy)
    assert files(toy.root / "site") == before
    assert build(toy) == (0, "")
    assert files(toy.root / "site") == before and list(toy.root.glob(".site*")) == []


def test_folder_or_file_of_somebody_else_is_not_replaced(toy, tmp_path):
    write(Project(tmp_path), "mine/notes", "mine")
    for path, said in (("mine", "holds other files than a site's"), ("mine/notes", "is not a folder")):
        code, message = build(toy, site_dir=str(tmp_path / path))
        assert code == 5 and f"{tmp_path / path}: {said}" in message
    assert files(tmp_path) == {Path("mine/notes"): b"mine"}


@pytest.mark.parametrize("source", ["archive", "file", "stand-in"])
@pytest.mark.parametrize("size", ["full", "preview", "sample"])
def test_site_is_publishable_if_its_examples_saw_all_the_real_images(tmp_path, capsys, source, size):
    receipts = {"line": {"images": None}, "fnn": {"images": {"source": source, "size": size}}}
    write(Project(tmp_path), "run.json", json.dumps(receipts))
    seen = "the stand-in" if source == "stand-in" else "" if size == "full" else "some of the images"
    assert main(["publishable", str(tmp_path)]) == (2 if seen else 0)
    said = f"examples/fnn.py:1: its result comes from {seen} (run 'make data', then 'make build')\n"
    assert capsys.readouterr() == ("", said if seen else "")


def test_folder_without_a_site_is_not_publishable(tmp_path, capsys):
    assert main(["publishable", str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"{tmp_path}: is not a built site (run 'make build')\n"


def test_site_from_docs_results_is_publishable(site):
    assert main(["publishable", str(site)]) == 0
