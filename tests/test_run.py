"""An example runs from the top in a kernel of its own; one that fails is named, and nothing is left of any."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from toy import TOY, toy_project

from engine.project import Project
from engine.read.examples import read_all
from engine.run import client, key, runner, store
from engine.run.execute import Failed, execute, jobs
from engine.run.images import Images
from engine.run.outputs import as_shown, private_text
from engine.run.progress import Progress

SLEEP = f"303.{os.getpid()}"  # seconds, by which the processes that these examples start are known
FIGURE = (
    "import matplotlib.pyplot as plt\nimport numpy as np\n\n"
    "plt.imshow(np.arange(10000).reshape(100, 100) % 17)\nplt.title('height')\nplt.show()\n"
)

# name: (code, what is said)
FAIL = {
    "raises": (
        "# %% data\nx = 1\n\n# %% train\n# a comment\n\nraise ValueError('too hot')\n",
        "examples/raises.py:7 (cell 'train'): ValueError: too hot",
    ),
    "killed": (
        "# %% data\nx = 1\n\n# %% train\nimport os\n\nos.kill(os.getpid(), 9)\n",
        "examples/killed.py:5 (cell 'train'): its kernel was killed by SIGKILL (often memory ran out)",
    ),
    "leaves": (
        "# %% data\nimport os\n\nos._exit(3)\n",
        "examples/leaves.py:2 (cell 'data'): its kernel ended by itself with exit code 3",
    ),
    "exits": (
        "# %% data\nexit()\n\n# %% train\nprint('a session that has ended')\n",
        "examples/exits.py:2 (cell 'data'): SystemExit",
    ),
    "prints": (
        "# %% train\nprint('x' * 30_000_000)\n",
        "examples/prints.py:2 (cell 'train'): wrote more than 1 MB of text (the limit in engine.run.client)",
    ),
    "draws": (
        "# %% train\nfrom IPython.display import SVG, display\n\n"
        "for number in range(200):\n    display(SVG('<svg>' + 'x' * 100_000 + '</svg>'))\n",
        "examples/draws.py:2 (cell 'train'): wrote more than 5 MB of images (the limit in engine.run.client)",
    ),
    "in_thread": (
        "# %% data\nimport threading\n\n\ndef work():\n    raise ValueError('too hot')\n\n"
        "# %% train\nthread = threading.Thread(target=work)\nthread.start()\nthread.join()\n",
        "examples/in_thread.py:6 (cell 'data'): ValueError: too hot (in a thread)",
    ),
    "markup": (
        "# %% data\nx = 1\n\n# %% table\nfrom IPython.display import display\n"
        "display({'text/html': '<b>x</b>'}, raw=True)\n",
        "examples/markup.py:5 (cell 'table'): output text/html is not allowed",
    ),
    "tells_folder": (
        "# %% data\nx = 1\n\n# %% show\nimport os\n\nprint('in', os.getcwd())\n",
        f"examples/tells_folder.py:5 (cell 'show'): output contains '{tempfile.gettempdir()}/neurons-",
    ),
}
GOOD = {
    "many": "# %% show\nfor number in range(20_000):\n    print(number, flush=True)\n",
    "long_line": "# %% show\nprint('x' * 900_000)\n",
    "starts": "# %% show\nimport subprocess\n\nfor new in (True, False):\n"
    f"    subprocess.Popen(['sleep', '{SLEEP}'], start_new_session=new)\n"
    f"    subprocess.run(['sh', '-c', 'sleep {SLEEP} &'], start_new_session=new, cwd='/')\n"
    "print('started')\n",
    "strange": "# %% show\nclass Strange:\n    def __getattr__(self, name):\n        raise RuntimeError(name)\n\n\n"
    "strange, huge, half, endless = Strange(), 10**5000, '\\ud800', []\nendless.append(endless)\nplain = 3\n",
    "writes": "# %% show\nimport os\nfrom pathlib import Path\n\n"
    "print(sorted(Path('.').glob('left*')))\n"
    "for folder in (Path('.'), Path.home(), Path(os.environ['KERAS_HOME'])):\n"
    "    (folder / 'left').write_text('left')\n",
    "says": "# %% show\nimport getpass\nimport os\n\n"
    "print('/tmp/images is a path in the source')\nprint(getpass.getuser(), 'CANARY' in os.environ)\n"
    "where = os.getcwd()\n",
    "warns": "# %% show\nimport warnings\n\nprint('first')\nwarnings.warn('careful')\nprint('second')\n",
    "figure": f"# %% show\n{FIGURE}print('below')\n",
}


@pytest.fixture
def project(tmp_path) -> Project:
    return toy_project(tmp_path / "project")


def written(project: Project, examples: dict[str, str]) -> Project:
    for name, code in examples.items():
        (project.examples / f"{name}.py").write_text(code)
    return project


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """One run of all these examples: their results, and the problems as text."""
    project = toy_project(tmp_path_factory.mktemp("run") / "project")
    written(project, {name: code for name, (code, _) in FAIL.items()} | GOOD)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CANARY", "secret")
        results, problems = runner.gather(project, read_all(project)[0])
    return results, problems


@pytest.mark.parametrize("name", FAIL)
def test_failure_is_reported_with_example_line_cell_and_cause(ran, name):
    (said,) = [str(problem) for problem in ran[1] if problem.path.stem == name]
    assert said.startswith(FAIL[name][1])


def test_examples_that_fail_do_not_keep_others_from_running(ran):
    assert set(ran[0]) == {"toy", *GOOD}
    assert {problem.path.stem: problem.code for problem in ran[1]} == dict.fromkeys(FAIL, 3) | {"prints": 4, "draws": 4}
    assert ran[0]["toy"].outputs == {"count": [{"text": "total is 3\n"}]}
    assert ran[0]["toy"].values == {"total": 3}


def test_nothing_is_left_of_kernels_and_what_they_started(ran):
    assert not left()


def left() -> list[object]:
    """Temporary folders of builds by this process or its children, and processes that examples have started."""
    mine = {os.getpid(), *(child.pid for child in psutil.Process().children(recursive=True))}
    processes = [one for one in psutil.process_iter(["cmdline"]) if SLEEP in " ".join(one.info["cmdline"] or [])]
    made = [path for path in Path(tempfile.gettempdir()).glob("neurons-*") if int(path.name.split("-")[1]) in mine]
    return processes + made


def test_receipt_names_what_the_result_came_from(ran):
    receipt = ran[0]["toy"].receipt
    assert len(receipt["key"]) == 64 and len(receipt["seconds"]) == 1 and receipt["processor"]
    assert receipt["images"] is None and receipt["seed"] is None
    assert set(receipt["packages"]) == {"tensorflow", "keras", "numpy", "matplotlib"}


def test_value_that_json_cannot_hold_is_left_out(ran):
    assert ran[0]["strange"].values == {"plain": 3}


def test_no_output_is_lost_however_many_there_are(ran):
    assert ran[0]["many"].outputs["show"] == [{"text": "".join(f"{number}\n" for number in range(20_000))}]
    assert ran[0]["long_line"].outputs["show"] == [{"text": "x" * 900_000 + "\n"}]


def test_kernel_knows_neither_user_nor_environment_nor_folders_of_this_machine(ran):
    says = ran[0]["says"]
    assert says.outputs["show"] == [{"text": "/tmp/images is a path in the source\nreader False\n"}]
    assert "where" not in says.values
    assert ran[0]["writes"].outputs["show"] == [{"text": "[]\n"}]


def test_warnings_are_shown_below_what_is_printed(ran):
    printed, warned = ran[0]["warns"].outputs["show"]
    assert printed == {"text": "first\nsecond\n"}
    assert warned["text"].startswith("<cell 1>:4: UserWarning: careful\n")


def test_figures_are_kept_small_and_in_order(ran):
    figure, text = ran[0]["figure"].outputs["show"]
    assert text == {"text": "below\n"}
    assert figure["svg"].startswith("<svg") and "<metadata" not in figure["svg"]
    assert "data:image/webp;base64," in figure["svg"]
    assert ran[0]["figure"].figure("show") == figure["svg"]


def test_progress_bars_and_colours_are_shown_as_a_terminal_leaves_them():
    assert as_shown("1/2\b\b\b\r2/2 \x1b[32mdone\x1b[0m\nend\x00") == "2/2 done\nend␀"


@pytest.mark.parametrize("form", ["{}", "'{}'", "x {}/file.txt\n", "file://{}/a"])
def test_private_folders_and_hosts_are_found(project, form, monkeypatch):
    monkeypatch.setattr("platform.node", lambda: "adas-laptop")
    for private in (Path.home(), project.root, tempfile.gettempdir(), "adas-laptop"):
        assert private_text([{"text": form.format(private)}], project, "print(1)")
        assert not private_text([{"text": form.format(private)}], project, f"print('{form.format(private)}')")
    for public in ("/usr/bin", "https://example.com/tmp/x", "a/tmp/b", "badas-laptops"):
        assert not private_text({"text": form.format(public)} if "file" not in form else "", project, "")


ENDLESS = {
    "endless": "# %% data\nx = 1\n\n# %% train\nwhile True:\n    x += 1\n",
    "stubborn": "# %% train\nimport signal\nimport time\n\n"
    "for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):\n    signal.signal(number, signal.SIG_IGN)\n"
    "time.sleep(300)\n",
    "silent": "# %% train\nget_ipython().kernel.iopub_thread.stop()\n",
}


def test_cell_is_stopped_at_its_limit(project, monkeypatch):
    monkeypatch.setattr(client, "LIMIT", 2)
    (project.examples / "toy.py").unlink()
    started = time.monotonic()
    results, problems = runner.gather(written(project, ENDLESS), read_all(project)[0])
    assert not results and not left()
    assert time.monotonic() - started < 30
    assert sorted(map(str, problems)) == [
        f"examples/{name}.py:{line} (cell 'train'): stopped after 2 s (the limit of a cell, in engine.run.client)"
        for name, line in (("endless", 5), ("silent", 2), ("stubborn", 2))
    ]
    assert {problem.code for problem in problems} == {4}


def test_cancelled_run_ends_its_kernel(project):
    (job,) = jobs(written(project, {"toy": ENDLESS["endless"]}), read_all(project)[0], None)

    async def cancel() -> None:
        progress = Progress(quiet=True)
        task = asyncio.create_task(runner.run(project, job, progress))
        while not any("train" in line.description for line in progress.tasks):
            await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel())
    assert not left() and not list(store.Store(project).folder.glob("*.json"))


def test_style_that_changes_before_the_run_is_noticed(project):
    (job,) = jobs(project, read_all(project)[0], None)
    project.matplotlibrc.write_text(project.matplotlibrc.read_text() + "# more\n")
    with pytest.raises(Failed, match="matplotlibrc has changed"):
        asyncio.run(execute(project, job, Progress(quiet=True)))


def test_kernel_that_does_not_start_is_reported(project, monkeypatch):
    (job,) = jobs(project, read_all(project)[0], None)
    monkeypatch.setattr("engine.run.execute.environment", lambda *_: {"PYTHONHOME": "/nowhere"})
    with pytest.raises(Failed, match="examples/toy.py:2 .*: no kernel: "):
        asyncio.run(execute(project, job, Progress(quiet=True)))
    assert not left()


# After a builder that was killed

BUILD = (
    "from pathlib import Path\nfrom engine.project import Project\nfrom engine.read.examples import read_all\n"
    "from engine.run.runner import gather\nproject = Project(Path({root!r}))\ngather(project, read_all(project)[0])\n"
)
WAITS = (
    f"# %% start\nimport subprocess\nsubprocess.Popen(['sleep', '{SLEEP}'])\n"
    f"subprocess.Popen(['sleep', '{SLEEP}'], start_new_session=True)\n\n"
    "# %% wait\nimport signal\nimport time\n\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
    "open('waits', 'w')\ntime.sleep(300)\n"
)


def start_and_send(project: Project, number: int) -> subprocess.Popen:
    """Start a build of an example that waits, and send it a signal when it does and `toy` has finished."""
    code = BUILD.format(root=str(project.root))
    builder = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)
    end = time.monotonic() + 60
    waits, finished = f"neurons-{builder.pid}-*/waits", project.cache / "results"
    while not list(Path(tempfile.gettempdir()).glob(waits)) or not list(finished.glob("toy-*.json")):
        assert time.monotonic() < end and builder.poll() is None
        time.sleep(0.1)
    builder.send_signal(number)
    return builder


@pytest.mark.slow
def test_killed_build_leaves_nothing_after_the_next_one(project):
    builder = start_and_send(written(project, {"toy": TOY, "long": WAITS}), signal.SIGKILL)
    builder.wait()
    written(project, {"long": TOY})
    assert list(Path(tempfile.gettempdir()).glob(f"neurons-{builder.pid}-*")), "the builder's folder"
    assert not runner.gather(project, read_all(project)[0])[1]
    assert not list(Path(tempfile.gettempdir()).glob(f"neurons-{builder.pid}-*"))
    assert not left()


@pytest.mark.slow
def test_interrupted_build_leaves_nothing_and_keeps_what_had_finished(project):
    builder = start_and_send(written(project, {"toy": TOY, "long": WAITS}), signal.SIGINT)
    _, said = builder.communicate(timeout=20)
    assert builder.returncode and "KeyboardInterrupt" in said
    assert not list(Path(tempfile.gettempdir()).glob(f"neurons-{builder.pid}-*"))
    assert not left()
    (kept,) = store.Store(project).folder.glob("*.json")
    assert kept.name.startswith("toy-") and json.loads(kept.read_text())["result"]["values"] == {"total": 3}


def test_folder_of_a_dead_builder_is_removed_and_that_of_a_living_one_stays(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    dead = subprocess.Popen(["true"])
    dead.wait()
    for folder in (tmp_path / f"neurons-{dead.pid}-abc", tmp_path / "neurons-notes-1"):
        folder.mkdir()
    mine = store.make_folder()
    sleeper = subprocess.Popen(["sleep", SLEEP], env={"HOME": str(tmp_path / f"neurons-{dead.pid}-abc")})
    store.remove_left()
    assert sleeper.wait(5) == -signal.SIGKILL
    assert sorted(tmp_path.iterdir()) == sorted([mine, tmp_path / "neurons-notes-1"])


# On other machines


def test_worker_gives_the_result_of_a_run_here(project):
    written(project, {"bad": "# %% go\n1 / 0\n"})
    with ThreadPoolExecutor(2) as workers:
        results, problems = runner.gather(project, read_all(project)[0], executor=workers)
    assert results["toy"].outputs == {"count": [{"text": "total is 3\n"}]}
    assert [str(problem) for problem in problems] == [
        "examples/bad.py:2 (cell 'go'): ZeroDivisionError: division by zero"
    ]
    assert runner.gather(project, read_all(project)[0][1:])[0]["toy"].origin == ".cache/results"


def test_worker_with_another_source_or_images_refuses(project, monkeypatch, tmp_path):
    (job,) = jobs(project, read_all(project)[0], None)
    other = replace(job, machine=key.machine(project, {"source": "archive"}))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.delenv("CIFAR10_FILE", raising=False)
    without = replace(job, images=Images(tmp_path, "file", "full", ""))
    with ThreadPoolExecutor(1) as workers:
        for unlike, said in ((other, "has another commit, other images"), (without, "no real images")):
            with pytest.raises(Failed, match=f"toy.py:1: no worker: .*{said}"):
                asyncio.run(runner.execute_elsewhere(workers, project, unlike))


@pytest.mark.slow
def test_two_workers_run_two_examples_at_a_time(project):
    code = "# %% count\nimport time\n\nbegan = time.time()\ntime.sleep(4)\nended = time.time()\n"
    (project.examples / "toy.py").unlink()
    written(project, {"one": code, "two": code})
    distributed = pytest.importorskip("distributed")
    with distributed.Client(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        results, problems = runner.gather(project, read_all(project)[0], executor=cluster.get_executor())
    assert not problems
    one, two = results["one"].values, results["two"].values
    assert max(one["began"], two["began"]) < min(one["ended"], two["ended"])
    assert not left()
