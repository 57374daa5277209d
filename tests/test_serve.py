"""What `mkdocs serve` promises an author: her pages as they are now, whatever she does to them."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest
from bs4 import BeautifulSoup
from conftest import Project

PATIENCE = 30  # seconds for what takes one on a machine that is not busy


@dataclass
class Served:
    """A project and its server."""

    project: Project
    port: int
    process: subprocess.Popen
    log: Path

    def get(self, path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=PATIENCE) as answer:
            return answer.read().decode()

    def page(self, path: str = "/en/") -> str:
        """What a reader sees: the text of a page, without the code of scripts."""
        return " ".join(BeautifulSoup(self.get(path), "html.parser").get_text().split())

    def problems(self, path: str = "/en/") -> list[str]:
        return [item.text for item in BeautifulSoup(self.get(path), "html.parser").select(".serve-problems li")]

    def until(self, condition) -> float:
        """Wait for something; returns the seconds that it took."""
        started = time.monotonic()
        while not condition():
            assert time.monotonic() - started < PATIENCE, self.log.read_text()
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.05)
        return time.monotonic() - started

    def news(self, path: str = "/en/"):
        """What the script of a page listens to."""
        seen = re.search(r'data-seen="(\w+)"', self.get(path))[1]
        address = f"http://127.0.0.1:{self.port}/-/news?{urlencode({'path': path, 'seen': seen})}"
        return urllib.request.urlopen(address, timeout=PATIENCE)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def start(project: Project, *command: str) -> Served:
    port = free_port()
    log = project.root / "serve.log"
    env = os.environ | {"PYTHONPATH": str(project.root / "docs"), "PICTURES": "stand-in sample"}
    command = command or ("mkdocs", "serve", "-a", f"127.0.0.1:{port}")
    with open(log, "w") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", *command], cwd=project.root, env=env, stdout=file, stderr=file
        )
    served = Served(project, port, process, log)
    served.until(lambda: is_open(port))
    return served


def is_open(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def served(project):
    served = start(project)
    yield served
    served.process.terminate()
    served.process.wait(10)


def test_a_page_is_there_before_its_example_has_run_and_the_result_appears(served):
    served.project.write(
        "examples/toy.py", "# %% count\nimport time\n\ntime.sleep(3)\ntotal = 3\nprint('total is', total)\n"
    )
    served.until(lambda: "toy.py has not got this far yet" in served.page())
    assert "time.sleep" in served.page() and "It is …" in served.page()
    served.until(lambda: "total is 3" in served.page())
    assert "It is 3" in served.page() and "has not got this far" not in served.page()
    assert "total is 3" in served.page("/zh/examples/toy/")


def test_a_changed_sentence_is_shown(served):
    served.until(lambda: "total is 3" in served.page())
    with served.news() as news:
        served.project.page(
            "index", "# Toy\n\n## Count {#count}\n\nNew sentence.\n\n[[show toy.count]]\n\nIt is [[value toy.total]].\n"
        )
        while b"reload" not in news.readline():
            pass
    assert "New sentence." in served.page()


def test_the_last_good_page_stays_with_the_error_on_top(served):
    served.until(lambda: "total is 3" in served.page())
    served.project.page("index", "# Toy\n\n## Count {#count}\n\n[[show toy.cuont]]\n")
    served.until(
        lambda: "docs/en/index.md:5: example 'toy' has no cell 'cuont' (did you mean 'count'?)" in served.problems()
    )
    assert "total is 3" in served.page()
    served.project.page("index", "# Toy\n\n## Count {#count}\n\n[[show toy.count]]\n\nMended.\n")
    served.until(lambda: "Mended." in served.page() and not served.problems())
