"""Examples spread over the workers of an executor, Dask's say, and give what they give at home."""

import json

import pytest

pytestmark = pytest.mark.slow

SPREAD = """\
import os

from dask.distributed import Client

from engine.problems import Problems
from engine.site import make

if __name__ == "__main__":
    with Client(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        {before}
        try:
            make("", executor=cluster.get_executor())
        except Problems as problems:
            print(problems)
"""
EXAMPLE = """\
# %% count
import time

began = time.time()
time.sleep(3)
ended = time.time()
print('total is', {number})
"""


@pytest.fixture
def many(project):
    """A project with four examples of three seconds."""
    shown = "# Toy\n\n## Count {#count}\n\n"
    for number in range(4):
        project.write(f"examples/toy{number}.py", EXAMPLE.format(number=number))
        shown += f"[[show toy{number}.count]]\n\n"
    (project.root / "examples/toy.py").unlink()
    project.page("index", shown)
    return project


def spread(project, before: str = "pass"):
    """Build with two workers of Dask on this machine."""
    project.write("spread.py", SPREAD.format(before=before))
    return project.run("spread")


def kept(project) -> dict[str, dict]:
    files = (project.root / ".cache/results").glob("*.json")
    return {file.name: json.loads(file.read_bytes())["result"] for file in files}


def test_a_build_by_workers_of_dask_gives_the_results_of_a_build_at_home(many):
    done = spread(many)
    assert done.returncode == 0 and not done.stdout, done.stdout + done.stderr
    times = sorted((result["values"]["began"], result["values"]["ended"]) for result in kept(many).values())
    assert len(times) == 4 and times[1][0] < times[0][1], "two run at a time"
    at_home = many.engine()
    assert at_home.returncode == 0, at_home.stderr
    assert "ran" not in at_home.stderr, "what workers gave is kept under the keys of this machine"


def test_an_example_that_fails_is_told_as_at_home_and_the_others_are_kept(many):
    many.write("examples/toy2.py", "# %% count\nprint('no total')\n1 / 0\n")
    done = spread(many)
    assert done.stdout == "examples/toy2.py:3 (cell 'count'): ZeroDivisionError: division by zero\n", done.stderr
    assert len(kept(many)) == 3


def test_a_worker_with_other_wheels_is_refused(many):
    other = "cluster.run(lambda: setattr(__import__('engine.identity').identity, 'installed', lambda: 'another'))"
    said = spread(many, other).stdout.splitlines()
    assert len(said) == 4
    assert said[0].startswith("examples/toy0.py:1: a worker has another source, other pictures or other wheels")
    assert kept(many) == {}


def test_a_worker_that_dies_again_and_again_is_told_and_the_others_are_kept(many):
    many.write("examples/toy2.py", "# %% count\nimport os\n\nos.kill(os.getppid(), 9)\nprint('no total')\n")
    done = spread(many)
    assert done.stdout.startswith("examples/toy2.py:1: no worker: KilledWorker: "), done.stdout + done.stderr
    assert len(done.stdout.splitlines()) == 1
    assert len(kept(many)) == 3
