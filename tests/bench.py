"""How long an author waits, and what a page weighs: ours beside stock tools, on the same machine in the same minutes.

`make bench` measures all of it on the stand-in, in half an hour; `make bench OF="prose unchanged"` some of it. It works
on copies of the project, and on results that are kept here; what has none runs first.
"""

import contextlib
import gzip
import io
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.request import urlopen

import jupytext
import psutil
import yaml
from browser import BROWSER, LESSONS, NARROW, WIDE, Server, served, visit
from playwright.sync_api import Browser, Page, sync_playwright
from rich.console import Console
from rich.table import Table

from engine.identity import DETERMINISM
from engine.pages import LANGUAGES
from engine.pictures import choose
from engine.problems import ROOT
from engine.store import newest

TIMES = 5
INDEX = "benchmarkIndex"  # of Lighthouse
PICTURES = os.environ.get("PICTURES", "stand-in")
EXAMPLES = sorted(path.stem for path in (ROOT / "examples").glob("*.py"))
KEPT = ("results", "pictures", "matplotlib", "cards", "jieba.cache", "jieba.cache.sha256")
table = Table("measure", "ours", "beside it", "goal", "", title=f"{os.cpu_count()} cores, PICTURES={PICTURES}")


def tell(measure: str, ours: str, beside: str, goal: str, is_met: bool) -> None:
    """Add a line to the table, and say it at once."""
    line = measure, ours, beside, goal, "met" if is_met else "MISSED"
    table.add_row(*line)
    print(" | ".join(line), flush=True)


def median(take: Callable[[int], float], times: int = TIMES) -> float:
    """The median of several takes, each of which is told its number."""
    return statistics.median(take(number) for number in range(times))


class Copy:
    """A copy of the project, with the results that are kept or without."""

    def __init__(self, root: Path, kept: tuple[str, ...] = KEPT):
        self.root = root
        listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        for name in listed.splitlines():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, root / name)
        for name in kept:
            source, target = ROOT / ".cache" / name, root / ".cache" / name
            if source.is_dir():
                shutil.copytree(source, target)
            elif source.exists():
                shutil.copy(source, target)
        self.env = os.environ | {"PYTHONPATH": str(root / "docs"), "PICTURES": PICTURES, "SITE_URL": ""}

    def run(self, *command: str) -> float:
        """Seconds that `python -m command` takes."""
        return timed([sys.executable, "-m", *command], self.root, self.env)

    def change(self, file: str, before: str, after: str) -> float:
        """Put text into a file, in front of some words that it has; returns when."""
        path = self.root / file
        text = path.read_text("utf-8")
        assert before in text, f"{file} has no {before!r}"
        path.write_text(text.replace(before, after + before, 1), "utf-8")
        return time.monotonic()


def timed(command: list[str], folder: Path, env: dict[str, str]) -> float:
    """Seconds that a command takes, which has to succeed."""
    started = time.monotonic()
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return time.monotonic() - started


class Author:
    """Somebody who writes beside an open browser; `tab` shows a page of her server."""

    def __init__(self, copy: Copy, browser: Browser):
        self.copy, self.log = copy, copy.root / "serve.log"
        self.address = "http://127.0.0.1:8765"
        self.tab = browser.new_context(viewport=WIDE).new_page()
        time.sleep(3)  # hers has been open for a while; one that starts is busy
        self.started = time.monotonic()
        with self.log.open("a") as log:
            command = [sys.executable, "-m", "mkdocs", "serve", "-a", "127.0.0.1:8765"]
            self.process = subprocess.Popen(command, cwd=copy.root, env=copy.env, stdout=log, stderr=log)

    def answered(self, page: str = "/en/") -> float:
        """Seconds from the start until there is a page."""
        while True:
            with contextlib.suppress(OSError), urlopen(self.address + page, timeout=60) as answer:
                assert b"</html>" in answer.read()
                return time.monotonic() - self.started
            time.sleep(0.01)

    def opens(self, page: str, scroll: int = 0) -> None:
        """Look at a page, scrolled by so many pixels."""
        self.tab.goto(self.address + page)
        self.tab.evaluate("pixels => scrollTo(0, pixels)", scroll)
        time.sleep(1)  # the browser keeps the scroll of a page that it has had for a moment

    def sees(self, text: str, since: float) -> float:
        """Seconds until some text is on the page."""
        self.tab.wait_for_function("text => document.body?.textContent.includes(text)", arg=text, timeout=600_000)
        return time.monotonic() - since

    def reads(self, pattern: str) -> str:
        """Wait until the server has said something; returns its last words that match."""
        while not (found := re.findall(pattern, self.log.read_text())):
            time.sleep(0.05)
        return found[-1]

    @property
    def memory(self) -> int:
        """Bytes that the server and its kernels hold, shared ones counted once."""
        server = psutil.Process(self.process.pid)
        return sum(one.memory_full_info().pss for one in (server, *server.children(recursive=True)))

    def leaves(self) -> None:
        """End the server."""
        self.tab.context.close()
        self.process.terminate()
        self.process.wait()


@contextlib.contextmanager
def writing(copy: Copy) -> Iterator[Author]:
    """An author at work."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        author = Author(copy, browser)
        try:
            author.first = author.answered()
            yield author
        finally:
            author.leaves()


def plain(copy: Copy, root: Path, names: list[str]) -> None:
    """Pages as they were expanded, for Material and nothing else."""
    for language in LANGUAGES:
        config = yaml.safe_load((copy.root / f"mkdocs.{language}.yml").read_text("utf-8"))
        shared = yaml.load((copy.root / "mkdocs.yml").read_text("utf-8"), Loader=yaml.BaseLoader)
        extensions = {name: {} for name in shared["markdown_extensions"] if not name.startswith("engine")}
        config |= {
            "docs_dir": language,
            "site_dir": f"site/{language}",
            "theme": {"name": "material", "language": language, "font": False},
            "plugins": ["search"],
            "markdown_extensions": extensions,
        }
        for unneeded in ("INHERIT", "nav", "extra"):
            config.pop(unneeded)
        root.mkdir(parents=True, exist_ok=True)
        (root / f"{language}.yml").write_text(yaml.safe_dump(config, allow_unicode=True), "utf-8")
        for name in names:
            folder = "" if name == "index" else f"{name}/"
            target = root / language / f"{folder}index.md"
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(copy.root / "site" / language / folder / "index.md", target)


def build_plain(root: Path, languages: tuple[str, ...] = LANGUAGES) -> float:
    """Seconds that one process takes to build the plain pages."""
    loop = f"for name in {languages}: build(load_config(f'{{name}}.yml'))"
    code = f"from mkdocs.commands.build import build\nfrom mkdocs.config import load_config\n{loop}"
    return timed([sys.executable, "-c", code], root, os.environ | {"NO_MKDOCS_2_WARNING": "1"})


def first_sight(folder: Path) -> None:
    """From `make serve` to a readable page, when no example has ever run."""

    def take(number: int) -> float:
        copy = Copy(folder / f"first{number}", kept=("pictures", "matplotlib"))
        copy.run("compileall", "-q", "docs/engine")  # as setting up does
        with writing(copy) as author:
            author.opens("/en/cnn/")
            assert author.tab.locator(".waiting").count() > 3
            return author.first

    seconds = median(take)
    tell("first sight, nothing has run", f"{seconds:.2f} s", "", "3 s", seconds <= 3)


def prose(folder: Path) -> None:
    """A sentence in the longest lesson, in a browser that is scrolled to the middle of it."""
    copy = Copy(folder / "prose")
    copy.run("mkdocs", "build", "--strict")
    plain(copy, folder / "one", ["cnn"])
    beside = median(lambda _: build_plain(folder / "one", ("en",)))
    with writing(copy) as author:
        author.opens("/en/cnn/", scroll=3000)

        def take(number: int) -> float:
            since = copy.change("docs/en/cnn.md", "\n## Questions", f"\nSentence {number} of the bench.\n")
            seconds = author.sees(f"Sentence {number} of the bench.", since)
            assert abs(author.tab.evaluate("scrollY") - 3000) < 3, "the scroll is lost"
            time.sleep(2)
            return seconds

        seconds = median(take)
    tell("a changed sentence, until it is seen", f"{seconds:.2f} s", "", "1.0 s", seconds <= 1)
    ratio = seconds / beside
    tell("the same beside that page alone", f"{ratio:.2f} ×", f"{beside:.2f} s, plain", "1.5 ×", ratio <= 1.5)


def unchanged(folder: Path) -> None:
    """A build of both languages in which nothing has changed."""
    copy = Copy(folder / "unchanged")
    copy.run("mkdocs", "build", "--strict")
    plain(copy, folder / "plain", LESSONS)
    ours, changed, beside = [], [], []
    for number in range(TIMES):
        ours.append(copy.run("mkdocs", "build", "--strict"))
        copy.change("docs/en/cnn.md", "\n## Questions", f"\nSentence {number} of the bench.\n")
        changed.append(copy.run("mkdocs", "build", "--strict"))
        beside.append(build_plain(folder / "plain"))
    ratio = statistics.median(ours) / statistics.median(beside)
    said = f"{statistics.median(ours):.1f} s, {ratio:.2f} ×", f"{statistics.median(beside):.1f} s, plain lessons"
    tell("nothing changed, a whole build", *said, "1.5 ×", ratio <= 1.5)
    ratio = statistics.median(changed) / statistics.median(beside)
    tell(
        "a sentence changed, a whole build", f"{statistics.median(changed):.1f} s, {ratio:.2f} ×", said[1], "none", True
    )


def neuron(folder: Path) -> None:
    """An example of seconds that is changed from its first cell on."""
    copy = Copy(folder / "neuron")
    sees_pictures(folder / "seen")
    stock(copy, folder / "stock_one", ["linear_regression"])
    beside = build_stock(folder / "stock_one", folder / "seen")
    with writing(copy) as author:
        author.opens("/en/linear_regression/")
        time.sleep(15)  # a kernel imports TensorFlow

        def training() -> float:
            return float(author.reads(r"linear_regression: ran ([\d.]+) s"))

        def wait_for_run(number: int) -> float:
            author.log.write_text("")
            since = copy.change("examples/linear_regression.py", "\n# %% points", f"bench = {number}\n")
            copy.change("examples/linear_regression.py", "\n# %% loss", f'print("bench", {number}, bench)\n')
            seconds = author.sees(f"bench {number} {number}", since)
            seconds -= training()
            time.sleep(15)  # the next kernel gets ready
            return seconds

        seconds = median(wait_for_run)
        said = f"{seconds:.2f} s", f"{beside - training():.1f} s, stock"
        tell("one neuron, more than its own run", *said, "1.0 s", seconds <= 1)


def after_training(folder: Path) -> None:
    """A plot after a long training, and what the server holds in the end."""
    copy = Copy(folder / "after")
    with writing(copy) as author:
        author.opens("/en/cnn/")
        copy.change("examples/cnn.py", "\n# %% block", "bench = 1\n")
        author.reads(r"cnn: ran ([\d.]+) s")

        def wait_for_draft(number: int) -> float:
            since = copy.change("examples/cnn.py", "\n# %% settle", f'print("plot", {number})\n')
            seconds = author.sees(f"plot {number}", since)
            author.tab.wait_for_selector(".draft", state="attached")
            time.sleep(1)
            return seconds

        seconds = median(wait_for_draft)
        tell("a cell after the training, as a draft", f"{seconds:.2f} s", "", "2 s", seconds <= 2)
        author.log.write_text("")
        author.reads(r"cnn: ran ([\d.]+) s")
        time.sleep(5)
        memory = author.memory / 2**30
        tell("the server and its idle kernels", f"{memory:.2f} GiB", "", "2 GiB", memory <= 2)


def sees_pictures(folder: Path) -> None:
    """A folder in which any Python finds the pictures; the examples know nothing of it."""
    folder.mkdir()
    code = f"from engine.kernel import use_pictures\n\nuse_pictures({str(choose(PICTURES).path)!r})\n"
    (folder / "sitecustomize.py").write_text(code)


def script_environment(seen: Path) -> dict[str, str]:
    """What a plain script sees: the pictures, and as many threads as an example of ours has."""
    own = {"PYTHONPATH": str(seen), "MPLBACKEND": "agg", "MATPLOTLIBRC": str(ROOT / "examples/matplotlibrc")}
    return os.environ | DETERMINISM | own | {"NO_MKDOCS_2_WARNING": "1"}


def stock(copy: Copy, root: Path, names: list[str]) -> None:
    """Examples as notebooks beside their pages, for mkdocs-jupyter, which runs them as it builds."""
    copy.run("mkdocs", "build", "--strict")
    plain(copy, root, names)
    config = yaml.safe_load((root / "en.yml").read_text("utf-8"))
    config["plugins"] = ["search", {"mkdocs-jupyter": {"execute": True, "allow_errors": False}}]
    (root / "en.yml").write_text(yaml.safe_dump(config, allow_unicode=True), "utf-8")
    for name in set(names) & set(EXAMPLES):
        jupytext.write(jupytext.read(copy.root / f"examples/{name}.py"), root / f"en/{name}.ipynb")


def build_stock(root: Path, seen: Path) -> float:
    """Seconds that mkdocs-jupyter takes to run the notebooks and build their pages, in one language."""
    return timed([sys.executable, "-m", "mkdocs", "build", "-f", "en.yml"], root, script_environment(seen))


def cold(folder: Path) -> None:
    """All examples with no result kept, beside their plain scripts on the same cores."""
    copy = Copy(folder / "cold", kept=("pictures", "matplotlib"))
    sees_pictures(folder / "seen")
    cores = os.cpu_count() or 1

    def script(name: str) -> tuple[float, float]:
        started = time.monotonic()
        command = [sys.executable, str(copy.root / f"examples/{name}.py")]
        with open(folder / f"{name}.log", "w") as log:
            process = subprocess.Popen(
                command, cwd=folder, env=script_environment(folder / "seen"), stdout=log, stderr=log
            )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0, (folder / f"{name}.log").read_text()
        return time.monotonic() - started, used.ru_utime + used.ru_stime

    longest_first = sorted(EXAMPLES, key=lambda name: -sum(newest(name)["receipt"]["seconds"]))
    with ThreadPoolExecutor(cores) as pool:
        scripts = list(pool.map(script, longest_first))
    bound = max(sum(used for _, used in scripts) / cores, max(wall for wall, _ in scripts))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ours = copy.run("engine", "run")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    cells = sum(sum(receipt) for receipt in seconds_of(copy))
    tell(
        "cold, all examples",
        f"{ours:.0f} s, {ours / bound:.2f} ×",
        f"{bound:.0f} s, scripts",
        "1.15 ×",
        ours / bound <= 1.15,
    )
    print(f"  of {cores} × {ours:.0f} s, {used:.0f} s of CPU are used; cells take {cells:.0f} s")


def cold_site(folder: Path) -> None:
    """A whole build with no result kept, beside mkdocs-jupyter, which runs the same examples for one language."""
    sees_pictures(folder / "seen")
    whole = Copy(folder / "whole", kept=("pictures", "matplotlib"))
    stock(Copy(folder / "warm"), folder / "stock", LESSONS)
    build, beside = whole.run("mkdocs", "build", "--strict"), build_stock(folder / "stock", folder / "seen")
    said = f"{build:.0f} s, {build / beside:.2f} ×", f"{beside:.0f} s, stock, one language"
    tell("cold, a whole build", *said, "", build <= beside)


def seconds_of(copy: Copy) -> list[list[float]]:
    """The seconds of each cell of each example, as receipts have them."""
    kept = (copy.root / ".cache/results").glob("*.json")
    return [json.loads(path.read_bytes())["result"]["receipt"]["seconds"] for path in kept]


def pages(folder: Path) -> None:
    """What pages weigh beyond the theme's files, which a browser keeps, and whether they jump while they load."""
    copy = Copy(folder / "pages")
    with sync_playwright() as playwright, served(copy.root / "site", Compressing) as address:
        copy.env["SITE_URL"] = address
        copy.run("mkdocs", "build", "--strict")
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        for kind, names, most in (
            ("lesson", LESSONS, 250),
            ("whole example", [f"examples/{e}" for e in EXAMPLES], 300),
        ):
            found = []
            for language in LANGUAGES:
                for name in names:
                    page = f"{language}/{'' if name == 'index' else f'{name}/'}"
                    found.append((*loaded(browser.new_context(viewport=NARROW).new_page(), address, page), page))
            weight, _, heaviest = max(found)
            shift = max(shift for _, shift, _ in found)
            tell(f"heaviest {kind}: {heaviest}", f"{weight:.0f} KB", "", f"{most} KB", weight <= most)
            tell(f"layout shift, {kind}s", f"{shift:.3f}", "", "0", shift == 0)
        browser.close()
        plain(copy, folder / "plain", ["cnn", "fnn"])
        build_plain(folder / "plain")
        shutil.copy(copy.root / "site" / "404.html", folder / "plain" / "site")
        for figure in (copy.root / "site").glob("*/[cf]nn/*.svg"):
            shutil.copy(figure, folder / "plain" / figure.relative_to(copy.root))
        with served(folder / "plain" / "site", Compressing) as beside:
            for page in ("en/cnn/", "zh/fnn/"):
                takes = [(lighthouse(address + page, folder), lighthouse(beside + page, folder)) for _ in range(TIMES)]
                goals = {"performance": 98, "accessibility": 100, "best-practices": 100, "seo": 100}
                ours, others = ([round(median_of(name, one)) for name in goals] for one in zip(*takes))
                is_met = all(score >= goal for score, goal in zip(ours, goals.values()))
                said, plainly = (" / ".join(map(str, scores)) for scores in (ours, others))
                index = round(median_of(INDEX, [one for take in takes for one in take]))
                tell(f"Lighthouse on a phone, {page} ({INDEX} {index})", said, plainly, "98 / 100 / 100 / 100", is_met)


class Compressing(Server):
    """Serves text with gzip, as GitHub Pages does."""

    def send_head(self):
        """The head and body of an answer."""
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() and self.path.endswith("/") else path
        if not path.is_file() or path.suffix not in {".css", ".html", ".js", ".json", ".md", ".svg", ".txt", ".xml"}:
            return super().send_head()
        body = gzip.compress(path.read_bytes(), 6, mtime=0)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Cache-Control", "max-age=600")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        return io.BytesIO(body)


def loaded(tab: Page, address: str, page: str) -> tuple[float, float]:
    """Kilobytes that a page brings beside the theme's files, and how much it jumps from top to bottom."""
    bodies: list[int] = []
    own = re.compile(re.escape(address) + "(?!assets/|en/assets/|zh/assets/)")
    tab.on("response", lambda answer: own.match(answer.url) and answer.ok and bodies.append(len(answer.body())))
    tab.add_init_script(
        "window.shift = 0; new PerformanceObserver((list) => list.getEntries().forEach((entry) => "
        "{ if (!entry.hadRecentInput) window.shift += entry.value })).observe({ type: 'layout-shift', buffered: true })"
    )
    visit(tab, address + page)
    tab.evaluate(
        "async () => { for (let y = 0; y < document.body.scrollHeight; y += 800) "
        "{ scrollTo(0, y); await new Promise(requestAnimationFrame) } }"
    )
    shift = tab.evaluate("window.shift")
    tab.context.close()
    return sum(bodies) / 1000, shift


def median_of(name: str, takes: Sequence[Mapping[str, float]]) -> float:
    """The median of one of the scores of several takes."""
    return statistics.median(take[name] for take in takes)


def lighthouse(address: str, folder: Path) -> dict[str, float]:
    """Lighthouse's four scores of a page, of 100, as it measures phones, and how fast it finds this machine.

    It takes a machine for a phone that is four times slower, which is right for one with an index of 1533, says
    lighthouse-cpu-throttling-calculator; a slower machine gives lower scores. Without a screen Chromium may keep back
    what it has painted first for a second, in some takes and not in others, as it does between two pages of a site;
    here it may not.
    """
    report = folder / "lighthouse.json"
    browser = "--chrome-flags=--headless=new --no-sandbox --disable-features=PaintHolding"
    flags = ["--quiet", "--output=json", f"--output-path={report}", browser]
    command = ["npx", "--yes", "lighthouse@12", address, *flags]
    timed(command, folder, os.environ | {"CHROME_PATH": str(BROWSER)})
    found = json.loads(report.read_bytes())
    scores = {name: round(100 * category["score"]) for name, category in found["categories"].items()}
    return scores | {INDEX: found["environment"][INDEX]}


def main() -> None:
    """Measure what is asked for, or everything."""
    measures = {
        take.__name__: take for take in (first_sight, prose, unchanged, neuron, after_training, cold, cold_site, pages)
    }
    for name in sys.argv[1:] or measures:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            measures[name](Path(folder))
    Console().print(table)


if __name__ == "__main__":
    main()
