"""What a reader copies from a page is a program: it runs by itself, in an empty folder, as `python page.py`.

With few pictures, unless PICTURES asks for others: `PICTURES="real full" make pages` takes hours.
"""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from engine import pages
from engine.fences import fences, program
from engine.pictures import choose

pytestmark = pytest.mark.slow

PROGRAMS = [
    page.url for page in pages.read_all("en")[0] if page.fences or {"show", "code"} & {e.kind for e in page.embeds}
]


@pytest.fixture(scope="module")
def pictures(tmp_path_factory) -> Path:
    """A folder that gives Python the pictures; the code of the pages knows nothing of it."""
    chosen = choose(os.environ.get("PICTURES") or "stand-in sample")
    folder = tmp_path_factory.mktemp("pictures")
    code = f"from engine.kernel import use_pictures\n\nuse_pictures({str(chosen.path)!r})\n"
    (folder / "sitecustomize.py").write_text(code)  # Python runs it first
    return folder


@pytest.fixture(scope="module")
def runs(request, site, pictures, tmp_path_factory):
    """The runs of all programs that are asked for, as many at once as there are processors."""

    def run(url: str, folder: Path) -> subprocess.CompletedProcess:
        text = (site / "en" / url / "index.md").read_text("utf-8")
        (folder / "page.py").write_text(program(fences(text)), "utf-8")
        env = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(pictures)}
        command = [sys.executable, "page.py"]
        return subprocess.run(command, cwd=folder, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True)

    asked = [item.callspec.params["url"] for item in request.session.items if item.path == Path(__file__)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield {url: pool.submit(run, url, tmp_path_factory.mktemp("empty")) for url in asked}


@pytest.mark.parametrize("url", PROGRAMS)
def test_a_page_runs_as_a_script_in_a_clean_process(runs, url):
    done = runs[url].result()
    assert done.returncode == 0, done.stderr
    assert done.stdout
