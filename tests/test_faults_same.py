"""The same source gives the same site, byte for byte, wherever and by whomever it is built."""

import os
import shutil
import zipfile
from dataclasses import replace

import pytest
from faults import Builds, tree

pytestmark = pytest.mark.slow

TOY = """\
# %% count
import random

import numpy as np

total = len({"a", "b", "c"})
print({"a", "b", "c"}, random.Random(1).random(), np.random.default_rng(1).random())

# %% line
import matplotlib.pyplot as plt

plt.plot([1, 2])
plt.title("height")
plt.show()
"""
PAGE = """\
# Toy

## Count {#count}

[[show toy.count]]

[[show toy.line alt="A line."]]

It is [[value toy.total]].
"""


@pytest.fixture(scope="module")
def builds(new_project):
    found = Builds(new_project())
    found.project.write("examples/toy.py", TOY)
    found.project.page("index", PAGE)
    assert found.build().returncode == 0
    yield found
    found.close()


def elsewhere(builds: Builds, root) -> Builds:
    """The same source in another folder, nothing built."""
    leave = shutil.ignore_patterns("site", ".cache", "__pycache__")
    return Builds(replace(builds.project, root=shutil.copytree(builds.project.root, root, ignore=leave)))


OTHER = {
    "nothing": {},
    "user and home": {"HOME": "{root}", "USER": "canary", "LOGNAME": "canary", "CANARY": "canary"},
    "time zone, locale and hash seed": {
        "TZ": "Asia/Kolkata",
        "LC_ALL": "C",
        "LANG": "zh_CN.UTF-8",
        "PYTHONHASHSEED": "7",
    },
}


@pytest.mark.parametrize("other", OTHER.values(), ids=OTHER)
def test_another_folder_and(builds, tmp_path, other):
    again = elsewhere(builds, tmp_path / "canary" / "another folder")
    mask = os.umask(0o077 if other else 0o022)
    try:
        done = again.build(**{name: value.format(root=tmp_path) for name, value in other.items()})
    finally:
        os.umask(mask)
    assert done.returncode == 0, done.stderr
    one, two = tree(builds.site), tree(again.site)
    assert [name for name in one.keys() | two.keys() if one.get(name) != two.get(name)] == []
    assert [name for name, content in two.items() if b"canary" in content.lower()] == []
    again.close()


def test_one_processor_of_many(builds, tmp_path):
    again = elsewhere(builds, tmp_path / "one")
    assert again.build(before=("taskset", "-c", "0")).returncode == 0
    assert tree(builds.site) == tree(again.site)
    again.close()


def test_what_is_kept_gives_all_the_same_bytes_run_times_too(builds):
    before = {path: path.read_bytes() for path in builds.site.rglob("*") if path.is_file()}
    for path in (builds.project.root / "examples").iterdir():
        os.utime(path, (2_000_000_000, 2_000_000_000))
    (builds.project.root / ".cache/built.json").unlink()  # or it would not build
    assert builds.build().returncode == 0
    after = {path: path.read_bytes() for path in builds.site.rglob("*") if path.is_file()}
    assert [path for path in before.keys() | after.keys() if before.get(path) != after.get(path)] == []


def test_the_archive_holds_no_date(builds):
    (archive,) = builds.site.glob("*.zip")
    with zipfile.ZipFile(archive) as file:
        assert {member.date_time for member in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
