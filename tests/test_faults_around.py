"""A damaged, full or read-only place, a missing home, another build beside: a right site, or one clear line."""

import re
import shutil
import signal
import subprocess
import time

import pytest
from faults import STATE, Builds, tree

pytestmark = pytest.mark.slow


@pytest.fixture
def builds(project):
    found = Builds(project)
    found.state(0)
    yield found
    found.close()


@pytest.fixture(scope="module")
def whole(new_project):
    """A site of state 0 that nothing disturbed."""
    builds = Builds(new_project())
    builds.state(0)
    assert builds.build().returncode == 0
    yield tree(builds.site)
    builds.close()


def ran(done: subprocess.CompletedProcess) -> list[str]:
    return sorted(re.findall(r"^(\w+): ran after", done.stderr, re.MULTILINE))


def mounted(script: str) -> tuple[str, ...]:
    """What comes before a build that is to see other file systems; only it sees them."""
    if subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode:
        pytest.skip("this system lets nobody mount file systems")
    return "unshare", "-m", "sh", "-ec", script + '\nexec "$@"', "build"


def without_state(files: dict[str, bytes]) -> dict[str, bytes]:
    return {name: STATE.sub(b"state", content) for name, content in files.items()}


def mentions(done: subprocess.CompletedProcess, text: str) -> int:
    return (done.stdout + done.stderr).count(text)


def test_a_read_only_cache_is_read(builds, whole):
    read_only = mounted("mount --bind .cache .cache\nmount -o remount,bind,ro .cache")
    assert builds.build().returncode == 0
    (builds.project.root / ".cache/built.json").unlink()  # or the next one would be over at once
    for state, runs in ((0, []), (1, ["toy"]), (1, ["toy"])):
        builds.state(state)
        done = builds.build(before=read_only)
        assert done.returncode == 0, done.stderr
        assert ran(done) == runs
        assert mentions(done, "the cache is not written: it is read-only") == 1
        assert builds.published() == ({b"%d" % state}, without_state(whole))
    assert not builds.left()


def test_a_read_only_cache_and_a_new_glossary_are_no_fault(builds, whole):
    assert builds.build().returncode == 0
    glossary = builds.project.root / "docs" / "glossary.yml"
    glossary.write_text(glossary.read_text() + '- {en: xyz, zh: 某某词, means: {en: "A word.", zh: "一个词。"}}\n')
    done = builds.build(before=mounted("mount --bind .cache .cache\nmount -o remount,bind,ro .cache"))
    assert done.returncode == 0, done.stderr + done.stdout
    assert mentions(done, "the cache is not written: it is read-only") == 1
    assert tree(builds.site) == whole


def test_a_file_in_place_of_the_cache_is_done_without(builds, whole):
    (builds.project.root / ".cache").write_text("")
    done = builds.build()
    assert done.returncode == 0, done.stderr + done.stdout
    assert done.stderr.count(".cache") == 1, done.stderr
    assert tree(builds.site) == whole


def test_a_folder_in_place_of_the_lock_is_done_without(builds, whole):
    (builds.project.root / ".cache" / "build.lock").mkdir(parents=True)
    done = builds.build()
    assert done.returncode == 0, done.stderr + done.stdout
    assert mentions(done, "builds do not wait for each other") == 1
    assert tree(builds.site) == whole


def test_damaged_words_for_the_search_are_written_again(builds, whole):
    (builds.project.root / ".cache").mkdir()
    (builds.project.root / ".cache" / "terms.zh.txt").write_bytes(b"\xff")
    done = builds.build()
    assert done.returncode == 0, done.stderr + done.stdout
    assert tree(builds.site) == whole


def test_a_full_cache_is_done_without(builds, whole):
    (builds.project.root / ".cache").mkdir()
    done = builds.build(before=mounted("mount -t tmpfs -o size=64k none .cache"))
    assert done.returncode == 0, done.stderr
    assert mentions(done, "the cache is not written: no space left") == 1
    assert tree(builds.site) == whole
    assert not builds.left()


def test_a_full_disk_leaves_the_old_site_and_is_told_in_a_line(builds):
    script = (
        "mkdir out\nmount -t tmpfs -o size=20m none out\n"
        '"$@"\ncp -r out/site saved\nrm .cache/built.json\ndd if=/dev/zero of=out/rest bs=1k 2>/dev/null || true\n'
        'code=0; "$@" || code=$?\ndiff -r out/site saved && test $(ls -A out | wc -l) = 2 && exit $code'
    )
    done = builds.build("mkdocs", "build", "--strict", "--site-dir", "out/site", before=mounted(script))
    assert done.returncode == 5, done.stderr
    assert re.search(r"out/.*: No space left on device$", done.stdout, re.MULTILINE)
    assert "Traceback" not in done.stderr + done.stdout


@pytest.mark.parametrize("number", range(1, 5))
def test_a_disk_that_is_full_at_one_write_costs_no_more_than_a_build(builds, whole, number):
    assert builds.build().returncode == 0
    builds.state(1)
    full = ("strace", "-qq", "-o", "/dev/null", "-e", "trace=fsync", "-e", f"inject=fsync:error=ENOSPC:when={number}")
    done = builds.build(before=full)
    assert "Traceback" not in done.stdout + done.stderr
    assert done.returncode in (0, 5)
    assert done.returncode == 0 or re.search(r"^/.*: No space left on device$", done.stdout, re.MULTILINE)
    assert builds.published() == ({b"0" if done.returncode else b"1"}, without_state(whole))
    assert not builds.left()


@pytest.mark.parametrize("home", ["/proc/nope", "{root}/home"], ids=["missing", "read-only"])
def test_a_home_is_not_needed(builds, whole, home):
    home = home.format(root=builds.project.root)
    before = ()
    if "home" in home:
        (builds.project.root / "home").mkdir()
        before = mounted(f"mount --bind {home} {home}\nmount -o remount,bind,ro {home}")
    done = builds.build(before=before, HOME=home)
    assert done.returncode == 0, done.stderr
    assert tree(builds.site) == whole


def test_a_long_path_for_temporary_files_is_no_fault(builds, whole, tmp_path):
    folder = tmp_path / ("long" * 30)  # sockets have paths of a hundred characters at most
    folder.mkdir()
    done = builds.build(TMPDIR=str(folder))
    assert done.returncode == 0, done.stderr
    assert tree(builds.site) == whole


def test_a_site_behind_a_link_is_replaced_and_the_link_stays(builds, whole):
    (builds.project.root / "elsewhere").mkdir()
    builds.site.symlink_to("elsewhere")
    assert builds.build().returncode == 0
    assert builds.site.is_symlink()
    assert tree(builds.site) == whole


def test_a_mount_point_is_not_replaced_and_that_is_told_in_a_line(builds):
    builds.site.mkdir()
    done = builds.build(before=mounted(f"mount -t tmpfs site {builds.site}"))
    assert done.returncode == 5
    assert mentions(done, f"{builds.site}: Device or resource busy (no build takes the place of a mount point") == 1
    assert not mentions(done, "Traceback")


def test_a_server_that_finds_no_room_for_a_kernel_says_so_once_and_goes_on(builds):
    small = builds.temporary / "small"
    small.mkdir()
    room = mounted(f"mount -t tmpfs -o nr_inodes=4 small {small}")
    command = "mkdocs", "serve", "-a", "127.0.0.1:8027"
    server = builds.start(*command, before=room, TMPDIR=str(small), PICTURES="stand-in sample")
    time.sleep(10)
    assert server.poll() is None
    server.send_signal(signal.SIGINT)
    _, said = server.communicate(timeout=10)
    assert said.count("examples/toy.py:1: does not run: OSError: [Errno 28] No space left on device") == 1
    assert "Traceback" not in said


def test_no_network_is_needed(builds, whole):
    done = builds.build(before=("unshare", "-rn"))
    assert done.returncode == 0, done.stderr
    assert tree(builds.site) == whole


def test_two_builds_at_once_run_each_example_once(builds, whole):
    both = [builds.start() for _ in range(2)]
    done = [(process, *process.communicate(timeout=300)) for process in both]
    assert [process.returncode for process, *_ in done] == [0, 0]
    assert sum(errors.count("toy: ran after") for *_, errors in done) == 1
    assert sum(errors.count("another build runs examples here; this one waits for it") for *_, errors in done) <= 1
    assert tree(builds.site) == whole
    assert not builds.left()


def test_a_lock_that_a_killed_build_left_keeps_nobody(builds):
    process = builds.start()
    while not list(builds.temporary.glob("example-*/log")):
        assert process.poll() is None
    process.kill()
    process.communicate()
    assert (builds.project.root / ".cache" / "build.lock").exists()
    done = builds.build()
    assert done.returncode == 0, done.stderr
    assert "waits for it" not in done.stderr


def test_swapped_and_older_results_cost_a_run_and_a_warning_that_names_them(builds, whole):
    assert builds.build().returncode == 0
    (own,) = (builds.project.root / ".cache" / "results").iterdir()
    builds.state(1)
    assert builds.build("engine", "run").returncode == 0
    (other,) = (path for path in own.parent.iterdir() if path != own)
    builds.state(0)
    for wrong in (other.read_bytes(), b'{"format": 999, "outputs": []}', own.read_bytes()[:500], b""):
        own.write_bytes(wrong)
        done = builds.build()
        assert done.returncode == 0, done.stderr
        assert ran(done) == ["toy"]
        assert mentions(done, own.name) == 1
        assert tree(builds.site) == whole
    assert ran(builds.build()) == []


@pytest.mark.parametrize("odd", ["a lock", "a folder", "a link", "a file"])
def test_odd_things_among_the_fonts_are_put_right(builds, odd):
    figure = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()\n"
    builds.project.write("examples/toy.py", f"# %% count\n{figure}")
    page = '# Toy\n\n[[show toy.count alt="A line."]]\n'
    builds.project.page("index", page)
    assert builds.build("engine", "run").returncode == 0
    (fonts,) = (builds.project.root / ".cache/matplotlib").glob("fontlist-*.json")
    fonts.unlink()
    if odd == "a lock":
        fonts.with_name(f"{fonts.name}.matplotlib-lock").write_text("")
    elif odd == "a folder":
        fonts.mkdir()
    elif odd == "a link":
        fonts.symlink_to("nowhere")
    else:
        shutil.rmtree(fonts.parent)
        fonts.parent.write_text("")
    builds.project.write("examples/toy.py", f"# %% count\n{figure}total = 3\n")
    done = builds.build("engine", "run")
    assert done.returncode == 0, done.stderr
    assert mentions(done, "is damaged") == (odd != "a lock")
    assert fonts.is_file()


def test_an_odd_result_beside_keeps_none_from_being_kept(builds):
    odd = builds.project.root / ".cache" / "results" / f"toy-{'a' * 20}.json"
    odd.parent.mkdir(parents=True)
    odd.symlink_to("nowhere")
    done = builds.build("engine", "run")
    assert done.returncode == 0 and not mentions(done, "not kept"), done.stderr
    assert ran(builds.build("engine", "run")) == []


def test_the_list_of_fonts_that_examples_leave_in_the_cache_may_go(builds, whole):
    assert builds.build().returncode == 0
    shutil.rmtree(builds.project.root / ".cache" / "matplotlib", ignore_errors=True)
    assert builds.build().returncode == 0
    assert tree(builds.site) == whole


def test_too_few_open_files_is_told_in_a_line(builds):
    assert builds.build().returncode == 0
    before = tree(builds.site)
    builds.state(1)
    done = builds.build("engine", "run", before=("prlimit", "--nofile=12"))
    assert done.returncode == 5, done.stderr
    assert "Too many open files (raise the limit with 'ulimit -n')" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert tree(builds.site) == before
    assert not builds.left()


def test_too_little_memory_fails_the_example_alone(builds):
    builds.project.write("examples/large.py", "# %% data\nx = bytearray(8_000_000_000)\n")
    done = builds.build("engine", "run", before=("prlimit", "--as=4000000000"))
    assert done.returncode == 3
    assert "examples/large.py:2 (cell 'data'): MemoryError" in done.stderr.splitlines()
    assert ran(done) == ["toy"]
