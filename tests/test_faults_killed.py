"""A build that is killed at any moment leaves the old site or the new one, and nothing else."""

import random
import re
import signal
import subprocess
import time

import pytest
from faults import Builds

pytestmark = pytest.mark.slow


@pytest.fixture
def builds(project):
    found = Builds(project)
    found.state(0)
    done = found.build()
    assert done.returncode == 0, done.stderr
    yield found
    found.close()


def strace(*options: str) -> tuple[str, ...]:
    return ("strace", "-qq", *options)


def calls(builds: Builds, names: str, tmp_path) -> int:
    """How many of these calls a build makes."""
    builds.build(before=strace("-o", str(tmp_path / "calls"), "-e", f"trace={names}"))
    return len((tmp_path / "calls").read_text().splitlines())


@pytest.mark.parametrize(
    ("names", "most"),
    [("rename,renameat,renameat2", 20), ("fsync", 20), ("unlink,unlinkat", 20), ("openat", 8)],
    ids=["rename", "fsync", "unlink", "open"],
)
def test_killed_at_a_call_of_the_system(builds, tmp_path, names, most):
    states, before = builds.published()
    count = calls(builds, names, tmp_path)
    moments = range(1, count + 1) if count <= most else [1 + count * part // most for part in range(most)]
    old = b"0"
    for number in moments:
        builds.state(number)
        kill = strace("-o", "/dev/null", "-e", f"trace={names}", "-e", f"inject={names}:signal=KILL:when={number}")
        builds.build(before=kill)
        states, files = builds.published()
        assert states <= {old, b"%d" % number} and len(states) == 1, (names, number)
        assert files == before
        assert not builds.left()
        old = states.pop()
    done = builds.build()
    assert done.returncode == 0, done.stderr
    assert builds.published() == ({b"%d" % moments[-1]}, before)


def test_killed_at_fifty_moments(builds):
    _, before = builds.published()
    started = time.monotonic()
    builds.state(1)
    assert builds.build().returncode == 0
    whole = time.monotonic() - started
    chance = random.Random(1)
    old = b"1"
    for number in range(2, 52):
        builds.state(number)
        process = builds.start()
        try:
            process.communicate(timeout=chance.uniform(0, whole))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
        states, files = builds.published()
        assert states <= {old, b"%d" % number} and len(states) == 1
        assert files == before
        assert not builds.left()
        old = states.pop()
    done = builds.build()
    assert done.returncode == 0, done.stderr
    assert builds.published() == ({b"51"}, before)
    assert not list((builds.project.root / ".cache").glob("*/.*.tmp"))


@pytest.mark.parametrize("command", [("engine", "run"), ("mkdocs", "build", "--strict")], ids=["engine", "mkdocs"])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)])
def test_interrupted_while_an_example_runs(builds, command, number, code):
    builds.project.write(
        "examples/long.py",
        "# %% start\nimport subprocess\nsubprocess.Popen(['sleep', '301'])\n"
        "subprocess.Popen(['sleep', '302'], start_new_session=True)\n\n"
        "# %% wait\nimport signal\nimport time\n\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "open('waits', 'w')\ntime.sleep(300)\n",
    )
    builds.state(1)
    process = builds.start(*command)
    end = time.monotonic() + 120
    while not list(builds.temporary.glob("*/waits")) or not toy_is_kept(builds):
        assert time.monotonic() < end and process.poll() is None
        time.sleep(0.1)
    sent = time.monotonic()
    process.send_signal(number)
    said, errors = process.communicate()
    assert process.returncode == code
    assert not builds.left(3)
    assert time.monotonic() - sent < 3
    assert "Traceback" not in said + errors
    if code > 0:
        assert errors.endswith("interrupted in examples/long.py (cell 'wait'); what had finished is kept\n")
    assert builds.published()[0] == {b"0"}


def toy_is_kept(builds: Builds) -> bool:
    return len(list((builds.project.root / ".cache" / "results").glob("toy-*.json"))) == 2


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted_while_pages_are_made(builds, number, code):
    builds.state(1)
    process = builds.start()
    for line in process.stderr:
        if re.search(r"Building documentation to directory: .*/en$", line):
            break
    process.send_signal(number)
    said, errors = process.communicate(timeout=3)
    assert process.returncode == code
    assert errors.endswith("interrupted; what had finished is kept\n")
    assert not builds.left(3)
    assert builds.published()[0] == {b"0"}
