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
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path

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
        with self.log.open("w") as log:
            options = {"cwd": project.root, "stdout": log, "stderr": log, "process_group": 0}  # as a terminal starts it
            self.process = subprocess.Popen(command(self.port), **options)
        self.until(lambda: "Serving on" in self.log.read_text())

    def get(self, path: str = "/en/") -> str:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.request("GET", path)
        return connection.getresponse().read().decode()

    def text(self, path: str = "/en/", selector: str = ".md-content") -> str:
        """What a reader sees of a page's content."""
        found = BeautifulSoup(self.get(path), "html.parser").select(selector)
        return " ".join(" ".join(element.get_text() for element in found).split())

    def problems(self, path: str = "/en/") -> str:
        """The mistakes that stand on top of a page."""
        return self.text(path, ".failure li")

    def until(self, condition: Callable[[], object]) -> None:
        end = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < end and self.process.poll() is None, self.log.read_text()[-3000:]
            time.sleep(0.1)

    def rendered(self) -> dict[str, int]:
        """The pages in the served folder, and when each was rendered."""
        folder = Path(tempfile.gettempdir()) / re.findall(r"mkdocs_\w+", self.log.read_text())[-1]
        return {str(path.relative_to(folder)): path.stat().st_mtime_ns for path in folder.rglob("*.html")}

    def kernels(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def stop(self) -> int:
        os.killpg(self.process.pid, signal.SIGINT)  # Ctrl-C
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


def test_kept_results_are_shown_without_a_run_and_pages_may_reload_themselves(served):
    assert all("total is 3" in served.text(path) for path in ("/en/", "/zh/examples/toy/")) and not served.kernels()
    assert "var livereload =" in served.get() and "script-src 'self' 'unsafe-inline'" in served.get()


EDITS = [("docs/zh/index.md", TEXT.replace("S", "A s"), "A sentence."), ("docs/labels.zh.yml", "height: 高低", "高低")]


@pytest.mark.parametrize(("file", "text", "shown"), EDITS)
def test_a_change_renders_its_page_in_its_language_and_no_other(served, file, text, shown):
    before = served.rendered()
    write(served.project, file, text)
    served.until(lambda: shown in served.get("/zh/"))
    after = served.rendered()
    assert [name for name in after if after[name] != before.get(name)] == ["zh/index.html"]
    assert shown not in served.get()


def test_a_page_is_there_before_its_example_has_run_and_the_result_appears(served):
    write(served.project, "examples/toy.py", f"{TOY.replace('3', '4')}import time\n\ntime.sleep(2)\n")
    served.until(lambda: "toy.py has no result yet." in served.text())
    assert "total = 4" in served.text() and "It is …." in served.text()
    served.until(lambda: "total is 4" in served.text() and "It is 4." in served.text())
    assert "total is 4" in served.text("/zh/") and "total is 4" in served.text("/zh/examples/toy/")


MISTAKES = [
    ("docs/en/index.md", TEXT.replace("count", "cuont"), "5: example 'toy' has no cell 'cuont'"),
    ("docs/labels.zh.yml", "height:\n", "1: no translation of 'height'"),
    ("docs/en/index.md", TEXT.replace("It is", "[[claim 3 < toy.total]]"), "7: the claim 3 < toy.total is false"),
    ("docs/en/index.md", "# A\n\0", "2: contains a NUL byte (remove it)"),
    ("docs/glossary.yml", "- 5", "1: is not a term: - 5"),
    ("examples/matplotlibrc", None, "1: No such file or directory"),
    ("examples/toy.py", "# %% count\ntotal = = 4\n", "2 (cell 'count'): SyntaxError: invalid syntax"),
]
FEW = [pytest.param(*case, marks=[pytest.mark.slow] * (1 < n < 6), id=case[2]) for n, case in enumerate(MISTAKES)]


@pytest.mark.parametrize(("file", "text", "said"), FEW)
def test_a_mistake_stands_on_top_of_the_last_good_page_until_it_is_mended(served, file, text, said):
    path = served.project.root / file
    before = path.read_bytes()
    path.unlink() if text is None else path.write_text(text, "utf-8")
    served.until(lambda: f"{file}:{said}" in served.problems() and "It is 3." in served.text())
    if file != "docs/en/index.md":  # a mistake elsewhere keeps nobody from writing on
        write(served.project, "docs/en/index.md", TEXT.replace("Sentence.", "And on."))
        served.until(lambda: "And on." in served.text() and f"{file}:{said}" in served.problems())
    path.write_bytes(before)
    served.until(lambda: not served.problems() and "total is 3" in served.text())


def test_an_example_that_fails_is_told_and_a_result_of_another_process_appears(served, tmp_path):
    write(served.project, "examples/toy.py", TOY.replace("total = 3", f"open('{tmp_path}/there')\ntotal = 5"))
    said = "examples/toy.py:2 (cell 'count'): FileNotFoundError: [Errno 2] No such file or directory: "
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
    served.until(lambda: "p { color: navy }" in served.get())


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
    assert done.returncode == 5 and len(said) == 1 and f"127.0.0.1:{port} is in use" in said[0]
