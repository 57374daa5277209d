"""What `mkdocs serve` promises an author: her pages as they are now, whatever she does to them."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from urllib.error import HTTPError

import psutil
import pytest
from bs4 import BeautifulSoup
from toy import CONFIG, TOY, page, toy_site, write

from engine.__main__ import main
from engine.project import Project

PATIENCE = 60  # seconds for what takes one or two on a machine that is not busy
RULER = '<svg xmlns="http://www.w3.org/2000/svg"><text x="1" y="2">height</text></svg>'
TEXT = '# Toy\n\nSentence.\n\n[[show toy.count]]\n\nIt is [[value toy.total]].\n\n[[drawing ruler alt="A ruler."]]\n'


def command(port: int) -> list[str]:
    return [sys.executable, "-m", "mkdocs", "serve", "-a", f"127.0.0.1:{port}"]


class Served:
    """A project and its server."""

    def __init__(self, project: Project):
        self.project, self.log = project, project.root / "serve.log"
        with socket.create_server(("127.0.0.1", 0)) as found:
            self.port = found.getsockname()[1]
        with self.log.open("w") as log:  # a group of its own, to which a terminal sends Ctrl-C
            self.process = subprocess.Popen(
                command(self.port), cwd=project.root, stdout=log, stderr=log, process_group=0
            )
        self.until(lambda: "Serving on" in self.log.read_text())

    def get(self, path: str) -> str:
        """The HTML of a page; 404.html for one that is not there."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=PATIENCE) as answer:
                return answer.read().decode()
        except HTTPError as error:
            return error.read().decode()

    def text(self, path: str = "/en/") -> str:
        """What a reader sees of a page's content."""
        content = BeautifulSoup(self.get(path), "html.parser").select_one(".md-content")
        return " ".join(content.get_text().split()) if content else ""

    def problems(self, path: str = "/en/") -> str:
        """The mistakes that stand on top of a page, one on each line."""
        return "\n".join(item.text for item in BeautifulSoup(self.get(path), "html.parser").select(".failure li"))

    def until(self, condition: Callable[[], object]) -> None:
        """Wait for something."""
        end = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < end and self.process.poll() is None, self.log.read_text()[-3000:]
            time.sleep(0.1)

    def rendered(self) -> dict[str, int]:
        """The pages in the served folder, and when each was rendered."""
        folder = Path(tempfile.gettempdir()) / re.findall(r"mkdocs_\w+", self.log.read_text())[-1]
        return {str(path.relative_to(folder)): path.stat().st_mtime_ns for path in folder.rglob("*.html")}

    def kernels(self) -> list[psutil.Process]:
        """The processes that the server has started."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def stop(self) -> int:
        """Press Ctrl-C; returns the exit code."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(20)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    project = toy_site(tmp_path_factory.mktemp("served") / "toy")
    write(project, "docs/drawings/ruler.svg", RULER)
    page(project, "index", TEXT)
    served = Served(project)
    yield served
    served.stop()


@pytest.fixture
def served(server):
    """The server, at the project as it was in the beginning."""
    write(server.project, "examples/toy.py", TOY)
    page(server.project, "index", TEXT)
    server.until(lambda: all("It is 3." in server.text(path) for path in ("/en/", "/zh/")) and not server.problems())
    return server


def test_kept_results_are_shown_and_nothing_runs(served):
    assert "total is 3" in served.text("/en/") and "total is 3" in served.text("/zh/examples/toy/")
    assert not served.kernels()


def test_a_page_may_reload_itself(served):
    assert "<script>var livereload" in served.get("/en/") and "script-src 'self' 'unsafe-inline'" in served.get("/en/")


@pytest.mark.parametrize(
    ("file", "text", "shown"),
    [
        ("docs/zh/index.md", TEXT.replace("Sentence.", "New sentence."), "New sentence."),
        ("docs/labels.zh.yml", "height: 高低\n", "高低"),
    ],
)
def test_a_change_renders_its_page_in_its_language_and_no_other(served, file, text, shown):
    before = served.rendered()
    write(served.project, file, text)
    served.until(lambda: shown in served.get("/zh/"))
    after = served.rendered()
    assert [name for name in after if after[name] != before.get(name)] == ["zh/index.html"]
    assert shown not in served.get("/en/")


def test_a_page_is_there_before_its_example_has_run_and_the_result_appears(served):
    write(served.project, "examples/toy.py", f"{TOY.replace('3', '4')}import time\n\ntime.sleep(2)\n")
    served.until(lambda: "toy.py has no result yet." in served.text())
    assert "total = 4" in served.text() and "It is …." in served.text()
    served.until(lambda: "total is 4" in served.text())
    assert "It is 4." in served.text() and "no result yet" not in served.text()
    assert "total is 4" in served.text("/zh/") and "total is 4" in served.text("/zh/examples/toy/")


MISTAKES = [
    (
        "docs/en/index.md",
        TEXT.replace("count", "cuont"),
        "5: example 'toy' has no cell 'cuont' (did you mean 'count'?)",
    ),
    ("docs/labels.zh.yml", "height:\n", "1: no translation of 'height'"),
    ("docs/en/index.md", TEXT.replace("It is", "[[claim 3 < toy.total]]"), "7: the claim 3 < toy.total is false"),
    ("docs/en/index.md", "# A\n\0", "2: contains a NUL byte (remove it)"),
    ("docs/glossary.yml", "- 5", "1: is not a term: - 5"),
    ("docs/glossary.yml", None, "1: No such file or directory"),
    ("examples/matplotlibrc", None, "1: No such file or directory"),
    ("examples/toy.py", "# %% count\ntotal = = 4\n", "2 (cell 'count'): SyntaxError: invalid syntax"),
]
FEW = [pytest.param(*case, marks=[pytest.mark.slow] * (1 < n < 7), id=case[2]) for n, case in enumerate(MISTAKES)]


@pytest.mark.parametrize(("file", "text", "said"), FEW)
def test_a_mistake_stands_on_top_of_the_last_good_page_until_it_is_mended(served, file, text, said):
    path = served.project.root / file
    before = path.read_text("utf-8")
    path.unlink() if text is None else path.write_text(text, "utf-8")
    try:
        served.until(lambda: f"{file}:{said}" in served.problems())
        assert "total is 3" in served.text() and "It is 3." in served.text()
        if file != "docs/en/index.md":  # a mistake elsewhere keeps nobody from writing on
            write(served.project, "docs/en/index.md", TEXT.replace("Sentence.", "And on."))
            served.until(lambda: "And on." in served.text())
            assert f"{file}:{said}" in served.problems()
    finally:
        path.write_text(before, "utf-8")
    served.until(lambda: not served.problems() and "total is 3" in served.text())


def test_an_example_that_fails_is_told_and_a_result_of_another_process_appears(served, tmp_path):
    write(served.project, "examples/toy.py", TOY.replace("total = 3", f"open('{tmp_path}/there')\ntotal = 5"))
    said = (
        f"examples/toy.py:2 (cell 'count'): FileNotFoundError: [Errno 2] No such file or directory: '{tmp_path}/there'"
    )
    served.until(lambda: said in served.problems() and said in served.problems("/zh/"))
    (tmp_path / "there").touch()
    assert main(["run", "--project", str(served.project.root)]) == 0
    served.until(lambda: "total is 5" in served.text() and not served.problems())


def test_a_broken_template_is_told_at_its_line_and_pages_stay(served):
    template = served.project.docs / "theme" / "main.html"
    good = template.read_text()
    template.write_text(f"{good}{{% block libs %}}")
    served.until(lambda: f"docs/theme/main.html:{len(good.splitlines()) + 1}: " in served.log.read_text())
    assert "total is 3" in served.text()
    template.write_text(good.replace("</style>", "p { color: navy }</style>"))
    served.until(lambda: "p { color: navy }" in served.get("/en/"))


@pytest.mark.slow
def test_a_broken_configuration_a_new_page_and_a_deleted_one_are_survived(served):
    write(served.project, "mkdocs.en.yml", CONFIG.format(language="en") + "nav: [: }\n")
    served.until(lambda: "mkdocs.en.yml:9: " in served.log.read_text())
    assert "total is 3" in served.text()
    write(served.project, "mkdocs.en.yml", CONFIG.format(language="en"))
    page(served.project, "more", "# More\n\nA page more.\n")
    served.until(lambda: "A page more." in served.text("/en/more/") and 'href="more/' in served.get("/zh/"))
    (served.project.pages("zh") / "more.md").unlink()
    served.until(lambda: "docs/zh/more.md:1: is missing (docs/en/more.md exists)" in served.problems("/en/more/"))
    (served.project.pages("en") / "more.md").unlink()
    served.until(lambda: "A page more." not in served.text("/en/more/") + served.text("/zh/more/"))


@pytest.mark.slow
def test_many_saves_leave_memory_and_processes_flat(served):
    def save(times: int) -> int:
        for number in range(times):
            write(served.project, "docs/en/index.md", TEXT.replace("Sentence.", f"{number} of {times}."))
            served.until(lambda number=number: f"{number} of {times}." in served.text())
        return psutil.Process(served.process.pid).memory_info().rss

    before = save(10)
    assert save(40) < before + 20_000_000
    assert not served.kernels()


def test_a_result_of_the_first_seconds_appears_and_ctrl_c_ends_everything(tmp_path):
    project = toy_site(tmp_path / "toy")
    shutil.rmtree(project.results)
    served = Served(project)
    served.until(lambda: "total is 3" in served.text())
    write(project, "examples/toy.py", "# %% count\nimport time\n\ntime.sleep(100)\n")
    served.until(served.kernels)
    kernels, homes = served.kernels(), [Path(kernel.environ()["HOME"]) for kernel in served.kernels()]
    assert served.stop() == 0
    assert not psutil.wait_procs(kernels, timeout=5)[1] and not any(home.exists() for home in homes)
    assert "Traceback" not in served.log.read_text()


def test_a_port_in_use_is_one_line(tmp_path):
    project = toy_site(tmp_path / "toy")
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = subprocess.run(command(port), cwd=project.root, capture_output=True, text=True, timeout=PATIENCE)
    said = [line for line in (done.stdout + done.stderr).splitlines() if line and not line.startswith("INFO")]
    assert done.returncode == 5 and len(said) == 1 and f"127.0.0.1:{port}: Address already in use" in said[0]
