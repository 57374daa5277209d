"""How long an author waits, and what pages weigh: ours beside stock Material, on the same machine in the same minutes.

`make bench` measures everything, in some minutes; `make bench OF="sentence build"` some of it. It works on a copy of
the project that has docs/results and an empty cache, as a clone has.
"""

import contextlib
import gzip
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.request import urlopen

import playwright.sync_api
import psutil
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
LANGUAGES = ("en", "zh")
EXAMPLE = "linear_regression"  # one of seconds
TIMES = 5
PATIENCE = 600  # seconds
ENVIRONMENT = {"PICTURES": "", "SITE_URL": "", "NO_MKDOCS_2_WARNING": "1", "NBCONVERT_DISABLE_CONFIG_EXPORTERS": "1"}


class Run(NamedTuple):
    """What a command took: seconds, seconds of CPU, and the most GiB that it held (Linux counts KiB)."""

    seconds: float
    processor: float
    memory: float


class Project:
    """A folder with a mkdocs.yml: the copy, or its expanded pages for stock Material."""

    def __init__(self, root: Path):
        self.root = root
        self.env = os.environ | ENVIRONMENT | {"PYTHONPATH": str(root / "docs")}

    def run(self, *command: str) -> "Run":
        """Run `python -m command`, which has to succeed."""
        started = time.monotonic()
        with tempfile.TemporaryFile("w+") as log:
            python = [sys.executable, "-m", *command]
            process = subprocess.Popen(python, cwd=self.root, env=self.env, stdout=log, stderr=log)
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            log.seek(0)
            assert process.returncode == 0, log.read()
        return Run(time.monotonic() - started, used.ru_utime + used.ru_stime, used.ru_maxrss / 2**20)

    def insert(self, file: str, before: str, text: str) -> float:
        """Put text into a file, in front of the first of some words; returns when."""
        path = self.root / file
        content = path.read_text("utf-8")
        assert before in content, f"{file} has no {before!r}"
        path.write_text(content.replace(before, text + before, 1), "utf-8")
        return time.monotonic()


class Server:
    """`mkdocs serve` of a project; `first` is how many seconds it took to the first page."""

    def __init__(self, project: Project, page: str):
        with socket.create_server(("127.0.0.1", 0)) as found:
            port = found.getsockname()[1]
        self.url, self.log = f"http://127.0.0.1:{port}/{page}", project.root / "serve.log"
        started = time.monotonic()
        with self.log.open("w") as log:
            command = [sys.executable, "-m", "mkdocs", "serve", "-a", f"127.0.0.1:{port}"]
            self.process = subprocess.Popen(command, cwd=project.root, env=project.env, stdout=log, stderr=log)
        while not self.answers():
            assert self.process.poll() is None and time.monotonic() - started < PATIENCE, self.log.read_text()
            time.sleep(0.02)
        self.first = time.monotonic() - started

    def answers(self) -> bool:
        with contextlib.suppress(OSError), urlopen(self.url, timeout=PATIENCE) as answer:
            return b"</html>" in answer.read()
        return False


@contextlib.contextmanager
def serving(project: Project, page: str) -> Iterator[Server]:
    """A server while it is needed."""
    server = Server(project, page)
    try:
        yield server
    finally:
        server.process.terminate()
        server.process.wait()


@contextlib.contextmanager
def looking(*servers: Server) -> Iterator[list[playwright.sync_api.Page]]:
    """A browser with a tab for each server's page."""
    with sync_playwright() as run:
        browser = run.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        tabs = [browser.new_context(viewport={"width": 1280, "height": 900}).new_page() for _ in servers]
        for tab, server in zip(tabs, servers):
            tab.goto(server.url)
        time.sleep(2)  # it has been open for a while
        yield tabs
        browser.close()


def seen(tab: playwright.sync_api.Page, text: str, since: float) -> float:
    """Seconds until a text is on the page, which MkDocs' script reloads."""
    while time.monotonic() - since < PATIENCE:
        with contextlib.suppress(playwright.sync_api.Error):  # while it reloads
            if tab.evaluate("text => document.body.textContent.includes(text)", text):
                return time.monotonic() - since
        time.sleep(0.01)
    raise TimeoutError(f"{text!r} is never on {tab.url}")


class Bench:
    """The measures, on one copy of the project and its expanded pages; each prints lines."""

    def __init__(self, folder: Path):
        self.copy, self.all, self.one = (Project(folder / name) for name in ("copy", "all", "one"))
        listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
        for name in subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines():
            if (ROOT / name).is_file():
                (self.copy.root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, self.copy.root / name)
        self.copy.run("compileall", "-q", "docs/engine")  # as setting up does
        with serving(self.copy, "en/") as server:  # nothing is kept but docs/results
            self.first_start = server.first
            print(f"{os.cpu_count()} cores.", *re.findall(r"Results: .*", server.log.read_text())[:1], flush=True)
        self.copy.run("mkdocs", "build")
        self.site = self.copy.root / "site"
        pages = {path.parent.name: path.stat().st_size for path in (self.site / "en").glob("*/index.md")}
        self.page = max(pages, key=pages.__getitem__)  # the longest lesson
        self.plain(self.all, LANGUAGES, "**/index.md")
        self.plain(self.one, ("en",), f"{self.page}/index.md")

    def plain(self, project: Project, languages: tuple[str, ...], pages: str) -> None:
        """Pages as they were expanded and their figures, for Material and nothing else."""
        ours = (self.copy.root / "mkdocs.yml").read_text("utf-8")
        extensions = re.search(r"^markdown_extensions:\n(?: .*\n)*", ours, re.MULTILINE)
        config = "site_name: Plain\ntheme: {name: material, font: false}\nplugins: [search]\n" + extensions[0]
        for language in languages:
            folder = self.site / language
            for path in [*folder.glob(pages), *folder.glob("*.svg")]:
                target = project.root / "docs" / path.relative_to(self.site)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, target)
        (project.root / "mkdocs.yml").write_text(config, "utf-8")

    def tell(self, measure: str, ours: float, stock: float | None, unit: str, goal: float, most: float = 0) -> None:
        """Print a line; `most` is the goal for the ratio, if there is one."""
        ratio = ours / stock if stock else 0
        is_met = ours <= goal and (not most or ratio <= most)
        goals = f"goal {goal:g} {unit}" + (f" and {most:g} ×" if most else "")
        beside = f"stock {stock:.2f} {unit}, {ratio:.2f} ×" if stock else ""
        verdict = "met" if is_met else "MISSED"
        print(f"{measure:<66} {f'{ours:.2f} {unit}':>10}  {beside:<24} {goals:<22} {verdict}", flush=True)

    def first(self) -> None:
        """From `mkdocs serve` to the first page: on a clone, and later."""
        with serving(self.all, "en/") as server:
            stock = server.first
        self.tell("first page on a clone, after set-up", self.first_start, stock, "s", 25)
        with serving(self.copy, "en/") as server:
            self.tell("first page of a later start", server.first, stock, "s", 8)

    def sentence(self) -> None:
        """A sentence in the longest lesson, from saving it until it is in the browser; ours and stock take turns."""

        def take(number: int, project: Project, file: str, tab: playwright.sync_api.Page) -> float:
            text = f"Sentence {number} of the bench."
            seconds = seen(tab, text, project.insert(file, "\n## ", f"\n{text}\n"))
            time.sleep(2)  # she reads
            return seconds

        plain, page = f"docs/en/{self.page}/index.md", f"en/{self.page}/"
        with serving(self.one, page) as one, serving(self.copy, page) as copy, looking(one, copy) as tabs:
            kinds = (self.one, plain, tabs[0]), (self.copy, f"docs/en/{self.page}.md", tabs[1])
            takes = [[take(number, *kind) for kind in kinds] for number in range(TIMES + 1)][1:]  # the first loads
        stock, ours = map(statistics.median, zip(*takes))
        self.tell(f"a changed sentence in {self.page}, seen", ours, stock, "s", 1.5, 1.2)

    def build(self) -> None:
        """A whole build after a changed sentence."""
        takes = []
        for number in range(TIMES):
            self.copy.insert(f"docs/en/{self.page}.md", "\n## ", f"\nSentence {number} of a build.\n")
            takes.append((self.all.run("mkdocs", "build"), self.copy.run("mkdocs", "build")))
        stock, ours = (statistics.median(run.seconds for run in runs) for runs in zip(*takes))
        processor = statistics.median(run.processor for _, run in takes)
        self.tell(f"a build after a changed sentence ({processor:.1f} s of CPU)", ours, stock, "s", 8)

    def example(self) -> None:
        """A changed example of seconds, from saving it until its result is in the browser, less its run."""

        def take(number: int) -> float:
            code = f'\nprint("bench", {number} + {number})'
            since = self.copy.insert(f"examples/{EXAMPLE}.py", "\n\n# %% ", code)
            seconds = seen(tab, f"bench {number + number}", since)
            run = float(re.findall(rf"{EXAMPLE}: ran in ([\d.]+) s", server.log.read_text())[-1])
            print(f"  {EXAMPLE}: seen after {seconds:.1f} s, its run took {run:.1f} s", flush=True)
            return seconds - run

        with serving(self.copy, f"en/{EXAMPLE}/") as server, looking(server) as (tab,):
            self.tell(f"{EXAMPLE} changed: its run and", statistics.median(map(take, range(10, 13))), None, "s", 3)

    def memory(self) -> None:
        """What a build and a server hold, kernels aside."""
        stock, ours = (project.run("mkdocs", "build").memory for project in (self.all, self.copy))
        self.tell("memory of a build", ours, stock, "GiB", 1)
        held = []
        for project in (self.all, self.copy):
            with serving(project, "en/") as server:
                held.append(psutil.Process(server.process.pid).memory_info().rss / 2**30)
        self.tell("memory of a server", held[1], held[0], "GiB", 1)

    def weight(self) -> None:
        """The heaviest pages without the theme's files, which a browser keeps; figures are in the page."""
        for kind, pattern, goal in (("lesson", "*/index.html", 250), ("whole example", "examples/*/index.html", 300)):
            pages = [path for language in LANGUAGES for path in (self.site / language).glob(pattern)]
            heaviest = max(pages, key=lambda path: path.stat().st_size)
            name, size = heaviest.parent.relative_to(self.site), heaviest.stat().st_size / 1000
            sent = len(gzip.compress(heaviest.read_bytes())) / 1000
            self.tell(f"heaviest {kind}: {name} (sent: {sent:.0f} KB)", size, None, "KB", goal)


def main() -> None:
    """Measure what is asked for, or everything."""
    names = sys.argv[1:] or ["first", "sentence", "build", "example", "memory", "weight"]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        bench = Bench(Path(folder))
        for name in names:
            getattr(bench, name)()


if __name__ == "__main__":
    main()
