"""A site replaces another whole or not at all, and only one from all the real pictures is published."""

import json
import subprocess
import threading

import pytest

from engine import publish

REAL = {"source": "archive", "size": "full", "train": 50_000, "test": 10_000, "sha256": "0"}
STAND_IN = "its results come from the stand-in pictures (run 'make data')"


def folder(path, content: str):
    path.mkdir()
    for name in ("a", "b"):
        (path / name).write_text(content)
    return path


def test_a_new_site_takes_the_place_of_the_old_one(tmp_path):
    site = folder(tmp_path / "site", "old")
    (site / "gone").write_text("old")
    publish.replace(site, folder(tmp_path / ".site-1", "new"))
    assert {path.name: path.read_text() for path in site.iterdir()} == {"a": "new", "b": "new"}
    assert list(tmp_path.iterdir()) == [site]


def test_a_first_site_needs_no_old_one(tmp_path):
    publish.replace(tmp_path / "site", folder(tmp_path / ".site-1", "new"))
    assert (tmp_path / "site" / "a").read_text() == "new"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_site_is_there_at_every_moment(tmp_path):
    site = folder(tmp_path / "site", "0")
    missing, done = [], threading.Event()

    def look():
        while not done.is_set():
            try:
                (site / "a").read_text()
            except FileNotFoundError as error:
                missing.append(error)

    reader = threading.Thread(target=look)
    reader.start()
    for number in range(200):
        publish.replace(site, folder(tmp_path / ".site-1", str(number)))
    done.set()
    reader.join()
    if not publish.exchange(folder(tmp_path / "x", "x"), folder(tmp_path / "y", "y")):
        pytest.skip("this file system cannot exchange folders")
    assert missing == []


def test_where_folders_cannot_be_exchanged_the_site_is_still_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(publish, "exchange", lambda *_: False)
    site = folder(tmp_path / "site", "old")
    publish.replace(site, folder(tmp_path / ".site-1", "new"))
    assert {path.name: path.read_text() for path in site.iterdir()} == {"a": "new", "b": "new"}
    assert list(tmp_path.iterdir()) == [site]


def test_what_an_ended_build_left_is_cleared_and_a_running_ones_folder_is_not(tmp_path):
    ended = subprocess.Popen(["true"])
    ended.wait()
    running = subprocess.Popen(["sleep", "60"])
    try:
        folder(tmp_path / f".site-{ended.pid}", "left")
        folder(tmp_path / f".site-{ended.pid}{publish.OLD}", "left, where folders cannot be exchanged")
        folder(tmp_path / f".site-{running.pid}", "at work")
        folder(tmp_path / ".site-of-others", "not ours")
        publish.beside(tmp_path / "site")
        names = [path.name for path in tmp_path.iterdir()]
        assert not [name for name in names if str(ended.pid) in name]
        assert {f".site-{running.pid}", ".site-of-others"} < set(names)
    finally:
        running.kill()
        running.wait()


def test_a_file_is_not_replaced_by_a_site(tmp_path):
    (tmp_path / "site").write_text("notes")
    with pytest.raises(NotADirectoryError, match="a site is a folder"):
        publish.beside(tmp_path / "site")


@pytest.fixture(scope="module")
def repository(new_project):
    """A project in a git repository whose origin is a bare one beside it."""
    project = new_project()
    git(project.root, "init", "--quiet", "--initial-branch=main")
    git(project.root, "config", "user.name", "Test")
    git(project.root, "config", "user.email", "test@localhost")
    git(project.root, "init", "--quiet", "--bare", "origin.git")
    git(project.root, "remote", "add", "origin", str(project.root / "origin.git"))
    return project


def git(root, *command: str) -> str:
    return subprocess.run(["git", "-C", root, *command], check=True, capture_output=True, text=True).stdout


def built(project, **pictures) -> None:
    """A site of examples that saw these pictures."""
    (project.root / "site").mkdir(exist_ok=True)
    (project.root / "site" / "index.html").write_text("<p>hello")
    receipts = {name: {"pictures": seen} for name, seen in pictures.items()}
    (project.root / "site" / "run.json").write_text(json.dumps(receipts))


def published(project) -> bool:
    return "gh-pages" in git(project.root / "origin.git", "branch", "--list")


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (REAL | {"source": "stand-in"}, STAND_IN),
        (REAL | {"source": "stand-in", "size": "preview"}, STAND_IN),
        (REAL | {"size": "sample"}, "its results come from some of the pictures (build without PICTURES)"),
        (REAL | {"size": "preview"}, "its results come from some of the pictures (build without PICTURES)"),
    ],
    ids=["stand-in", "stand-in preview", "sample", "preview"],
)
def test_a_site_from_other_pictures_is_refused_and_its_examples_named(repository, seen, said):
    built(repository, line=None, fnn=seen, cnn=seen, good=REAL)
    done = repository.run("engine", "publish")
    assert done.returncode == 2
    assert done.stderr.splitlines() == [f"examples/fnn.py:1: {said}", f"examples/cnn.py:1: {said}"]
    assert not published(repository)


def test_a_folder_that_is_no_site_is_refused(repository, tmp_path):
    done = repository.run("engine", "publish", str(tmp_path))
    assert done.returncode == 2
    assert done.stderr == f"{tmp_path}: not a built site (run 'make build')\n"


def test_the_site_that_tests_are_run_on_is_refused(site, repository):
    done = repository.run("engine", "publish", str(site))
    assert done.returncode == 2
    assert "examples/fnn.py:1: its results come from the stand-in pictures" in done.stderr
    assert not published(repository)


def test_whether_a_site_is_publishable_can_be_asked_without_publishing_it(repository):
    built(repository, line=None, fnn=REAL | {"source": "stand-in"})
    done = repository.run("engine", "publishable")
    assert (done.returncode, done.stderr) == (2, f"examples/fnn.py:1: {STAND_IN}\n")
    built(repository, line=None, fnn=REAL)
    done = repository.run("engine", "publishable")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not published(repository)


def test_a_site_from_all_the_real_pictures_is_pushed_as_it_is(repository):
    built(repository, line=None, fnn=REAL)
    done = repository.run("engine", "publish")
    assert done.returncode == 0, done.stderr
    assert published(repository)
    tree = git(repository.root / "origin.git", "ls-tree", "-r", "--name-only", "gh-pages").split()
    assert sorted(tree) == [".nojekyll", "index.html", "run.json"]
    assert git(repository.root / "origin.git", "show", "gh-pages:index.html") == "<p>hello"
