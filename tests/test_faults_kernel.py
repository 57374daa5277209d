"""An example that dies, hangs, floods or leaves something behind is stopped and named; the others are kept."""

import asyncio
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
from faults import Builds

from engine import examples, runner
from engine.client import Client, Stopped

pytestmark = pytest.mark.slow

SLEEP = f"303.{os.getpid()}"  # seconds, by which what these examples start is known

# name: (code, what is said)
EXAMPLES = {
    "killed": (
        "# %% data\nx = 1\n\n# %% train\nimport os\n\nos.kill(os.getpid(), 9)\n",
        "examples/killed.py:5 (cell 'train'): its kernel was killed by signal 9 (SIGKILL); often memory ran out",
    ),
    "leaves": (
        "# %% data\nimport os\n\nos._exit(3)\n",
        "examples/leaves.py:2 (cell 'data'): its kernel ended by itself with exit code 3",
    ),
    "exits": (
        "# %% data\nexit()\n\n# %% train\nprint('a session that has ended')\n",
        "examples/exits.py:2 (cell 'data'): SystemExit",
    ),
    "endless": (
        "# %% data\nx = 1\n\n# %% train limit=3\nwhile True:\n    x += 1\n",
        "examples/endless.py:5 (cell 'train'): stopped after 3 s (its limit; '# %% train limit=6' gives it more)",
    ),
    "stubborn": (
        "# %% train limit=3\nimport signal\nimport time\n\n"
        "for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):\n    signal.signal(number, signal.SIG_IGN)\n"
        "time.sleep(300)\n",
        "examples/stubborn.py:2 (cell 'train'): stopped after 3 s (its limit; '# %% train limit=6' gives it more)",
    ),
    "prints": (
        "# %% train\nprint('x' * 30_000_000)\n",
        "examples/prints.py:2 (cell 'train'): wrote more than 1 MB of text (the limit in engine.client)",
    ),
    "keeps_printing": (
        "# %% train\nwhile True:\n    print('x' * 1000, flush=True)\n",
        "examples/keeps_printing.py:2 (cell 'train'): wrote more than 1 MB of text (the limit in engine.client)",
    ),
    "draws": (
        "# %% train\nfrom IPython.display import SVG, display\n\n"
        "for number in range(200):\n    display(SVG('<svg>' + 'x' * 100_000 + '</svg>'))\n",
        "examples/draws.py:2 (cell 'train'): wrote more than 5 MB of pictures (the limit in engine.client)",
    ),
    "silent": (
        "# %% train limit=3\nget_ipython().kernel.iopub_thread.stop()\n",
        "examples/silent.py:2 (cell 'train'): stopped after 3 s (its limit; '# %% train limit=6' gives it more)",
    ),
    "in_thread": (
        "# %% data\nimport threading\n\n\ndef work():\n    raise ValueError('too hot')\n\n"
        "# %% train\nthread = threading.Thread(target=work)\nthread.start()\nthread.join()\n",
        "examples/in_thread.py:6 (cell 'data'): ValueError: too hot (in a thread)",
    ),
    "asks": (
        "# %% data\nname = input('name')\n",
        "examples/asks.py:2 (cell 'data'): StdinNotImplementedError: raw_input was called, but this frontend does not "
        "support input requests.",
    ),
    "tells_folder": (
        "# %% data\nx = 1\n\n# %% show\nimport os\n\nprint('in', os.getcwd())\n",
        "examples/tells_folder.py:5 (cell 'show'): output contains an absolute path '{temporary}/example-",
    ),
    "tells_module": (
        "# %% show\nimport numpy\n\nnumpy\n",
        "examples/tells_module.py:2 (cell 'show'): output contains an absolute path '/",
    ),
    "tells_home": (
        "# %% show\nimport matplotlib.pyplot as plt\nfrom pathlib import Path\n\n"
        "plt.plot([1, 2])\nplt.title(str(Path.home()))\nplt.show()\n",
        "examples/tells_home.py:2 (cell 'show'): output contains an absolute path '{temporary}/example-",
    ),
}
GOOD = {
    "many": "# %% show\nfor number in range(20_000):\n    print(number, flush=True)\n",
    "long_line": "# %% show\nprint('x' * 900_000)\n",
    "starts": "# %% show\nimport subprocess\n\nfor new in (True, False):\n"
    f"    subprocess.Popen(['sleep', '{SLEEP}'], start_new_session=new)\n"
    f"    subprocess.Popen(['sleep', '{SLEEP}'], start_new_session=new, env={{}}, cwd='/')\n"
    f"    subprocess.run(['sh', '-c', 'sleep {SLEEP} &'], start_new_session=new, env={{}}, cwd='/')\n"
    "print('started')\n",
    "strange": "# %% show\nclass Strange:\n    def __getattr__(self, name):\n        raise RuntimeError(name)\n\n\n"
    "strange, huge, half, endless = Strange(), 10**5000, '\\ud800', []\nendless.append(endless)\nplain = 3\n",
    "writes": "# %% show\nimport os\nfrom pathlib import Path\n\n"
    "print(os.listdir('.') == [] or sorted(Path('.').glob('left*')))\n"
    "for folder in (Path('.'), Path.home(), Path(os.environ['KERAS_HOME'])):\n"
    "    (folder / 'left').write_text('left')\n",
    "says": "# %% show\nimport getpass\nimport os\n\n"
    "print('/home/ada/pictures is a path in the source')\nprint(getpass.getuser(), sorted(os.environ) == os.environ)\n"
    "where = os.getcwd()\n",
    "warns": "# %% show\nimport warnings\n\nwarnings.warn('careful')\n",
}


@pytest.fixture(scope="module")
def ran(new_project):
    """One run of all these examples, and how long it took."""
    builds = Builds(new_project())
    for name, (code, _) in EXAMPLES.items():
        builds.project.write(f"examples/{name}.py", code)
    for name, code in GOOD.items():
        builds.project.write(f"examples/{name}.py", code)
    done = builds.build("engine", "run", CANARY="secret")
    yield builds, done
    builds.close()


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_fault_is_told_with_example_line_cell_cause_and_limit(ran, name):
    builds, done = ran
    said = EXAMPLES[name][1].format(temporary=builds.temporary) if "{t" in EXAMPLES[name][1] else EXAMPLES[name][1]
    assert [line for line in done.stderr.splitlines() if line.startswith(said)]


def test_nothing_else_is_told_and_the_gravest_code_is_given(ran):
    _, done = ran
    assert len([line for line in done.stderr.splitlines() if line.startswith("examples/")]) == len(EXAMPLES)
    assert done.returncode == 4
    assert "Traceback" not in done.stderr


def test_nothing_is_left_of_kernels_and_what_they_started(ran):
    builds, _ = ran
    assert not builds.left()
    assert not [one for one in psutil.process_iter(["cmdline"]) if SLEEP in (one.info["cmdline"] or [])]


def test_a_value_that_cannot_be_told_is_none_that_a_page_may_quote(ran):
    assert json.loads(kept(ran[0], "strange"))["result"]["values"] == {"plain": 3}


def test_the_others_are_kept(ran):
    builds, _ = ran
    names = {path.name.rpartition("-")[0] for path in (builds.project.root / ".cache" / "results").iterdir()}
    assert names == {"toy", *GOOD}


def kept(builds: Builds, name: str) -> str:
    (path,) = (builds.project.root / ".cache" / "results").glob(f"{name}-*.json")
    return path.read_text()


def test_no_output_is_lost_however_many_there_are(ran):
    assert "\\n".join(map(str, range(20_000))) in kept(ran[0], "many")


def test_a_kernel_knows_neither_user_nor_undeclared_variables_nor_paths(ran):
    says = kept(ran[0], "says")
    assert "reader" in says
    assert "secret" not in says and "CANARY" not in says
    assert str(ran[0].temporary) not in says
    assert "<cell 1>:3: UserWarning: careful" in kept(ran[0], "warns")


class Clock:
    """A display that only notes when a cell began."""

    def cell(self, example: str, cell: str) -> None:
        self.began = time.monotonic()


@pytest.mark.parametrize("name", ["endless", "stubborn", "silent", "killed"])
def test_an_example_is_stopped_within_its_limit_and_five_seconds(tmp_path, name):
    (tmp_path / f"{name}.py").write_text(EXAMPLES[name][0])
    example, problems = examples.read(tmp_path / f"{name}.py")
    assert not problems
    clock = Clock()
    client = Client([cell.source for cell in example.cells], example, clock)
    running = client.run(runner.environment(client.folder, None))
    with pytest.raises(Stopped), ThreadPoolExecutor() as own:  # a browser's loop may be in this one
        own.submit(asyncio.run, running).result()
    assert time.monotonic() - clock.began < min(cell.limit for cell in example.cells) + 5
    assert not client.folder.exists()


class Late(Client):
    """A client that connects when its kernel has long been up, and is busy elsewhere when outputs come."""

    async def async_start_new_kernel_client(self, **options):
        await asyncio.sleep(3)
        return await super().async_start_new_kernel_client(**options)

    def process_message(self, msg, cell, index):
        if msg["content"].get("text", "").startswith("0\n"):
            time.sleep(5)
        return super().process_message(msg, cell, index)


def test_no_output_is_lost_by_a_builder_that_comes_late_and_is_busy(tmp_path):
    (tmp_path / "many.py").write_text(GOOD["many"])
    example, _ = examples.read(tmp_path / "many.py")
    client = Late([cell.source for cell in example.cells], example, Clock())
    running = client.run(runner.environment(client.folder, None))
    with ThreadPoolExecutor() as own:
        cell, *_ = own.submit(asyncio.run, running).result()
    assert "".join(output.text for output in cell.outputs).split() == [str(number) for number in range(20_000)]
