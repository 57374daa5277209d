"""What `mkdocs serve` promises an author: her pages as they are now, whatever she does to them."""

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from urllib.error import HTTPError
from urllib.parse import quote, urlencode

import psutil
import pytest
from bs4 import BeautifulSoup
from conftest import CONFIG, Project

from engine.course import Course
from engine.stage import MEMORY, Stage

PATIENCE = 60  # seconds for what takes one on a machine that is not busy


@dataclass
class Served:
    """A project and its server."""

    project: Project
    port: int
    process: subprocess.Popen
    log: Path

    def get(self, path: str) -> str:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=PATIENCE) as answer:
                return answer.read().decode()
        except HTTPError as error:
            return f"{error.code}"

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
    with open(log, "a") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", *command], cwd=project.root, env=env, stdout=file, stderr=file
        )
    served = Served(project, port, process, log)
    served.until(lambda: is_open(port))
    return served


def is_open(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def server(new_project):
    served = start(new_project())
    yield served
    served.process.terminate()
    served.process.wait(10)


@pytest.fixture
def served(server):
    """The server, at the project as it was in the beginning."""
    project = server.project
    for language in ("en", "zh"):
        (project.root / f"docs/{language}/more.md").unlink(missing_ok=True)
        project.write(f"mkdocs.{language}.yml", CONFIG.format(language=language))
    project.write("examples/toy.py", "# %% count\ntotal = 3\nprint('total is', total)\n")
    project.page("index", PAGE.format("[[show toy.count]]"))
    server.until(lambda: "total is 3" in server.page() and "It is 3" in server.page() and not server.problems())
    server.log.write_text("")
    return server


PAGE = "# Toy\n\n## Count {{#count}}\n\n{}\n\nIt is [[value toy.total]].\n"
SLOW = "# %% data\nimport time\n\ntime.sleep(4)\ntotal = 3\n\n# %% count\nprint('total is', total)\n"


def test_a_page_is_there_before_its_example_has_run_and_the_result_appears(served):
    served.project.write("examples/toy.py", SLOW.replace("print('total is'", "print('sum'"))
    served.until(lambda: "toy.py has not got this far yet" in served.page())
    assert "print('sum', total)" in served.page() and "It is …" in served.page()
    served.until(lambda: "sum 3" in served.page())
    assert "It is 3" in served.page() and "has not got this far" not in served.page()
    assert "sum 3" in served.page("/zh/examples/toy/")


def test_a_place_for_a_result_says_how_far_the_example_has_got(served):
    served.project.write("examples/toy.py", SLOW.replace("total = 3", "total = 4"))
    served.until(lambda: "has not got this far" in served.page())
    with served.news() as news:
        while "toy.py runs: data" not in (line := news.readline().decode()):
            assert "reload" not in line
    said = json.loads(line.removeprefix("data: "))["toy"]
    assert re.fullmatch(r"toy\.py runs: data(, about \d s left)?\.", said)


def test_a_changed_sentence_is_shown(served):
    with served.news() as news:
        served.project.page("index", PAGE.format("New sentence."))
        while b"reload" not in news.readline():
            pass
    assert "New sentence." in served.page()


def test_the_last_good_page_stays_with_the_error_on_top(served):
    served.project.page("index", PAGE.format("[[show toy.cuont]]"))
    said = "docs/en/index.md:5: example 'toy' has no cell 'cuont' (did you mean 'count'?)"
    served.until(lambda: said in served.problems())
    assert "total is 3" in served.page()
    served.project.page("index", PAGE.format("[[show toy.count]]\n\nMended."))
    served.until(lambda: "Mended." in served.page())
    assert not served.problems()


@pytest.mark.parametrize(
    "code, said",
    [
        ("total = = 4", "examples/toy.py:2 (cell 'count'): SyntaxError: invalid syntax"),
        ("total = 1 / 0", "examples/toy.py:2 (cell 'count'): ZeroDivisionError: division by zero"),
    ],
)
def test_a_broken_example_is_told_and_the_last_result_stays(served, code, said):
    served.project.write("examples/toy.py", f"# %% count\n{code}\n")
    served.until(lambda: said in served.problems())
    assert "total is 3" in served.page()
    served.project.write("examples/toy.py", "# %% count\ntotal = 5\nprint('total is', total)\n")
    served.until(lambda: "total is 5" in served.page())
    assert "It is 5" in served.page() and not served.problems()


def test_a_server_that_starts_with_a_broken_example_blames_its_file_alone_and_recovers(project):
    project.write("examples/toy.py", "# %% count\ntotal = = 3\n")
    served = start(project)
    try:
        said = ["examples/toy.py:2 (cell 'count'): SyntaxError: invalid syntax"]
        served.until(lambda: served.problems() == said)
        project.write("examples/toy.py", "# %% count\ntotal = 3\nprint('total is', total)\n")
        served.until(lambda: "total is 3" in served.page() and not served.problems())
    finally:
        served.process.terminate()
        served.process.wait(10)


def test_a_broken_configuration_a_deleted_page_and_a_new_one_are_survived(served):
    served.project.write("mkdocs.en.yml", CONFIG.format(language="en") + "nav: [: }\n")
    served.until(lambda: any(problem.startswith("mkdocs.en.yml:8:") for problem in served.problems()))
    assert "total is 3" in served.page()
    for language in ("en", "zh"):
        more = CONFIG.format(language=language).replace("index.md,", "index.md, more.md,")
        served.project.write(f"mkdocs.{language}.yml", more)
    served.project.page("more", "# More\n\n## End {#end}\n\nA page more.\n")
    served.until(lambda: "A page more." in served.page("/en/more/") and not served.problems())
    (served.project.root / "docs/zh/more.md").unlink()
    served.until(lambda: "docs/zh/more.md:1: missing (docs/en/more.md exists)" in served.problems())
    assert "total is 3" in served.page()


def test_the_theme_is_shown_as_it_is_now_and_a_broken_template_is_told_at_its_line(served):
    template, style = "docs/theme/main.html", "docs/theme/partials/site.css"
    good = (served.project.root / template).read_text()
    served.project.write(style, "h1 { color: teal }")
    served.until(lambda: "h1 { color: teal }" in served.get("/en/"))
    served.project.write(template, good + "{% block libs %}")
    served.until(
        lambda: any(problem.startswith(f"{template}:{len(good.splitlines()) + 1}: ") for problem in served.problems())
    )
    assert "total is 3" in served.page() and "h1 { color: teal }" in served.get("/en/")
    served.project.write(template, good.replace("</style>", "p { color: navy }</style>"))
    served.until(lambda: "p { color: navy }" in served.get("/en/") and not served.problems())


@pytest.mark.parametrize("left", [".#main.html", ".ipynb_checkpoints"], ids=["a lock", "a folder"])
def test_what_an_editor_leaves_in_the_theme_is_nothing_to_the_server(served, left):
    path = served.project.root / "docs" / "theme" / left
    path.mkdir() if "#" not in left else path.symlink_to("me@host.4567:1")
    try:
        takes_edits(served, "theme")
    finally:
        path.rmdir() if path.is_dir() else path.unlink()


@contextmanager
def instead(path: Path, text: str | None) -> Iterator[None]:
    """For a while a file holds this, or is none."""
    before = path.read_text("utf-8") if path.exists() else None
    path.unlink() if text is None else path.write_text(text, "utf-8")
    try:
        yield
    finally:
        path.unlink() if before is None else path.write_text(before, "utf-8")


def takes_edits(served: Served, word: str, said: str | None = None) -> None:
    """A page and an example that are saved now are shown, whatever else is wrong."""
    served.project.page("index", PAGE.format(f"Word: {word}.\n\n[[show toy.count]]"))
    served.until(lambda: f"Word: {word}." in served.page())
    served.project.write("examples/toy.py", f"# %% count\ntotal = 3\nprint('{word} is', total)\n")
    served.until(lambda: f"{word} is 3" in served.page())
    served.until(lambda: said in served.problems() if said else not served.problems())


UNREADABLE = {  # what is in the way: how it comes there, and what is said of it
    "a lock beside an example": ("examples/.#toy.py", "link", None),
    "a lock beside a page": ("docs/en/.#index.md", "link", None),
    "the shadow of a page": ("docs/en/._index.md", b"\0\xff", None),
    "a folder called like a page": ("docs/en/x.md", "folder", None),
    "a folder called like an example": ("examples/xx.py", "folder", None),
    "a page that is not UTF-8": ("docs/en/x.md", b"\xff", "docs/en/x.md:1: not UTF-8 (byte 0xff)"),
    "an example that is not UTF-8": ("examples/xx.py", b"\xff", "examples/xx.py:1: not UTF-8 (byte 0xff)"),
    "a page that leads nowhere": ("docs/en/x.md", "link", "docs/en/x.md:1: No such file or directory"),
}


@pytest.mark.parametrize(("file", "what", "said"), UNREADABLE.values(), ids=UNREADABLE)
@pytest.mark.slow
def test_what_cannot_be_read_costs_only_itself(served, file, what, said):
    path = served.project.root / file
    if what == "folder":
        path.mkdir()
    elif what == "link":
        path.symlink_to("me@host.4567:1")
    else:
        path.write_bytes(what)
    try:
        takes_edits(served, "file", said)
        assert not any(problem.startswith("docs/theme") for problem in served.problems())
    finally:
        path.rmdir() if path.is_dir() else path.unlink()
        served.until(lambda: not served.problems())


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("examples/matplotlibrc", None, ":1: No such file or directory"),
        ("docs/glossary.yml", None, ":1: No such file or directory"),
        ("docs/glossary.yml", "- {en: 5, zh: 6, means: a}", ":1: no term: - {en: 5, zh: 6, means: a} (write "),
        ("docs/labels.zh.yml", '"{}": "{}"', ":1: '{}' stands for every label"),
    ],
)
@pytest.mark.slow
def test_a_file_that_every_page_needs_is_blamed_itself_and_pages_can_be_written_on(served, file, text, said):
    with instead(served.project.root / file, text):
        served.until(lambda: [problem[: len(file + said)] for problem in served.problems()] == [file + said])
        assert "total is 3" in served.page()
        served.project.page("index", PAGE.format("On and on.\n\n[[show toy.count]]"))
        served.until(lambda: "On and on." in served.page())
    takes_edits(served, "mended")


@pytest.mark.slow
def test_a_folder_that_is_made_again_is_followed_again(served):
    for folder in (served.project.root / "examples", served.project.root / "docs" / "en"):
        before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
        shutil.rmtree(folder)
        served.until(lambda page=f"/{'zh' if folder.name == 'en' else 'en'}/": served.problems(page))
        folder.mkdir()
        for name, content in before.items():
            (folder / name).write_bytes(content)
        served.until(lambda: not served.problems())
        takes_edits(served, f"back in {folder.name[:2]}")


def test_a_damaged_result_does_not_end_the_server(served):
    takes_edits(served, "whole")
    served.until(lambda: "toy: ran" in served.log.read_text())
    results = served.project.root / ".cache" / "results"
    for path in results.glob("toy-*.json"):
        path.write_text('{"result": {"receipt": 5}}')
    takes_edits(served, "damaged")


@pytest.mark.slow
def test_a_mistake_in_an_alt_text_is_told_once_and_at_its_line(served):
    figure = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()\n"
    served.project.write("examples/toy.py", f"# %% count\ntotal = 3\nprint('total is', total)\n{figure}")
    served.project.page("index", PAGE.format('[[show toy.count alt="[[value toy.totl]]."]]'))
    said = "example 'toy' gives no value 'totl' (did you mean 'total'?)"
    places = [f"docs/{language}/index.md:5: {said}" for language in ("en", "zh")]
    served.until(lambda: "\n".join(places) in served.log.read_text())
    assert served.problems() == places
    assert "total is 3" in served.page("/en/examples/toy/")
    assert served.get("/en/nothing/") == "404"


@pytest.mark.slow
def test_a_theme_that_raises_is_told_at_its_line_and_pages_stay(served):
    template = served.project.root / "docs" / "theme" / "main.html"
    with instead(template, template.read_text() + "{% block content %}{{ 1 / 0 }}{% endblock %}"):
        served.until(lambda: any("ZeroDivisionError" in problem for problem in served.problems()))
        assert [problem.partition(":")[0] for problem in served.problems()] == ["docs/theme/main.html"]
        assert "total is 3" in served.page()
    takes_edits(served, "mended")


@pytest.mark.slow
def test_a_claim_that_would_exit_is_wrong_and_ends_nothing(served):
    served.project.page("index", PAGE.format("[[claim exit()]]\n\n[[show toy.count]]"))
    said = [f"docs/{language}/index.md:5: SystemExit in 'exit()': None" for language in ("en", "zh")]
    served.until(lambda: served.problems() == said)
    served.until(lambda: said[1] in served.log.read_text())


@pytest.mark.slow
def test_a_readme_that_is_mended_is_not_blamed_any_more(served):
    served.project.write("README.md", "# A\n\n    code\n")
    served.until(lambda: "README.md:3: indented code is never run (write ```python)" in served.problems())
    (served.project.root / "README.md").unlink()
    served.until(lambda: not served.problems())


@pytest.mark.slow
def test_an_address_in_chinese_without_its_slash_leads_to_the_page(served):
    served.project.page("数据", "# Data\n\n## End {#end}\n\nChinese name.\n")
    try:
        served.until(lambda: "Chinese name." in served.page(quote("/en/数据")))
    finally:
        for language in ("en", "zh"):
            (served.project.root / f"docs/{language}/数据.md").unlink()


@pytest.mark.slow
def test_a_name_that_is_not_utf_8_does_not_end_the_server(served):
    name = os.fsdecode(os.fsencode(served.project.root) + b"/docs/theme/caf\xe9.css")
    with instead(Path(name), ""):
        takes_edits(served, "name")
    takes_edits(served, "no name")


@pytest.mark.slow
def test_an_input_that_is_gone_at_the_end_of_a_run_costs_another_run(served):
    path = served.project.root / "examples" / "matplotlibrc"
    served.project.write("examples/toy.py", SLOW.replace("sleep(4)", "sleep(3)").replace("total = 3", "total = 8"))
    served.until(lambda: "has not got this far" in served.page())
    time.sleep(1)
    path.rename(path.with_name("away"))
    time.sleep(4)
    assert "toy: ran" not in served.log.read_text()
    path.with_name("away").rename(path)
    served.until(lambda: "total is 8" in served.page() and not served.problems())


@pytest.mark.slow
def test_a_page_and_an_example_that_go_while_they_are_looked_at_leave_no_problem(served):
    served.project.page("more", "# More\n\n## End {#end}\n\nA page more.\n")
    served.project.write("examples/other.py", "# %% data\nx = 1\n")
    served.until(lambda: "A page more." in served.page("/en/more/") and "x = 1" in served.page("/en/examples/other/"))
    with served.news("/en/more/"), served.news("/en/examples/other/"), served.news("/en/"):
        for path in ("docs/en/more.md", "docs/zh/more.md", "examples/other.py"):
            (served.project.root / path).unlink()
        served.until(lambda: served.get("/en/more/") == served.get("/en/examples/other/") == "404")
        served.until(lambda: not served.problems())


@pytest.mark.slow
def test_a_name_of_an_example_that_is_not_utf_8_is_told(served):
    name = os.fsdecode(os.fsencode(served.project.root) + b"/examples/caf\xe9.py")
    with instead(Path(name), "# %% data\nx = 1\n"):
        served.project.page("index", PAGE.format("Word.\n\n[[show toy.count]]"))
        served.until(lambda: "Word." in served.page() and "an example's name is made of" in " ".join(served.problems()))


@pytest.mark.slow
def test_a_broken_drawing_and_a_notebook_are_blamed_alone(served):
    drawing = '<svg xmlns="http://www.w3.org/2000/svg"><style>a {}</style></svg>'
    served.project.page("index", PAGE.format('[[drawing bad alt="Bad."]]\n\n[[show toy.count]]'))
    said = "element <style> is not allowed (write fill=… and the like where they count)"
    places = {f"docs/{language}/index.md:5: {said}" for language in ("en", "zh")}
    docs = served.project.root / "docs"
    with instead(docs / "drawings" / "bad.svg", drawing), instead(docs / "en" / "own.ipynb", "{}"):
        served.until(lambda: places <= set(served.problems()))
        assert served.get("/en/nothing/") == served.get("/en/nothing.svg") == "404"
        served.until(lambda: "own.ipynb:1: is no page" in served.log.read_text())
        time.sleep(2)
        assert not [problem for problem in served.problems() if problem.startswith(("docs/engine", "docs/theme"))]


@pytest.mark.slow
def test_words_in_an_example_cost_no_draft(served):
    code = "# %% data\nfirst = 1\nprint('first is', first)\n\n# %% count\nimport time\n\ntime.sleep(30)\ntotal = 3\n"
    served.project.page("index", PAGE.format("[[show toy.data]]\n\n[[code toy.count]]"))
    served.project.write("examples/toy.py", code)
    served.until(lambda: "first is 1" in served.page())
    served.project.write("examples/toy.py", f"{code}\n# %% [markdown]\n# Words.\n")
    time.sleep(2)
    assert "first is 1" in served.page()


@pytest.mark.slow
def test_a_report_that_is_none_keeps_no_example_from_running(project):
    (project.root / "docs" / "works_with").mkdir()
    project.write("docs/works_with/a.json", "[1")
    project.write("mkdocs.zh.yml", "site_name: [\n")
    served = start(project)
    try:
        served.until(lambda: "total is 3" in served.page())
        assert "docs/works_with/a.json:1: Expecting ',' delimiter" in served.problems()
        assert served.get("/zh/") == "500"
        assert any(problem.startswith("mkdocs.zh.yml:2: ") for problem in served.problems())
        project.write("mkdocs.zh.yml", CONFIG.format(language="zh"))
        served.until(lambda: "total is 3" in served.page("/zh/"))
    finally:
        served.process.terminate()
        served.process.wait(10)


@pytest.mark.slow
def test_a_file_that_comes_while_the_theme_is_broken_does_not_end_the_server(served):
    template, docs = served.project.root / "docs" / "theme" / "main.html", served.project.root / "docs"
    more = "# More\n\n## End {#end}\n\nA page more.\n"
    with instead(template, template.read_text() + "{% block libs %}"):
        served.until(lambda: any(problem.startswith("docs/theme/main.html:") for problem in served.problems()))
        with instead(docs / "en" / "more.md", more), instead(docs / "zh" / "more.md", more):
            time.sleep(2)
            assert "total is 3" in served.page()
    takes_edits(served, "theme")


def test_an_editor_that_empties_a_file_before_it_writes_it_runs_the_example_once(served):
    path = served.project.root / "examples" / "toy.py"
    path.write_text("")
    time.sleep(0.2)
    path.write_text("# %% count\ntotal = 4\nprint('total is', total)\n")
    served.until(lambda: "total is 4" in served.page() and "toy: ran" in served.log.read_text())
    assert served.log.read_text().count("toy: ran") == 1
    assert ".py:1: has no cell" not in served.log.read_text()


def test_a_draft_is_marked_and_never_built(served):
    slow = SLOW.replace("total = 3", "total = 5")
    served.project.page("index", PAGE.format('[[show toy.count]]\n\nAfter [[value toy.seconds["data"]:.0f]] seconds.'))
    served.project.write("examples/toy.py", slow)
    served.until(lambda: "total is 5" in served.page())
    served.until(lambda: "toy: ran" in served.log.read_text())
    served.project.write("examples/toy.py", slow.replace("total is", "sum is"))
    seconds = served.until(lambda: "sum is 5" in served.page())
    assert seconds < 4, "the cell that takes 4 s ran again"
    assert "Draft" in served.page() and "It is 5" in served.page() and "草稿" in served.page("/zh/")
    assert "After 4 seconds" in served.page() and not served.problems(), "what a page says of times is known"
    built = served.project.build()
    assert built.returncode == 0, built.stderr
    text = (served.project.root / "site/en/index.html").read_text()
    assert "sum is" in text and "Draft" not in text and 'class="waiting"' not in text
    served.until(lambda: "Draft" not in served.page())
    assert "sum is 5" in served.page()


DEAF = "from signal import *; signal(2, SIG_IGN); time.sleep(1.5); signal(2, default_int_handler); time.sleep(30)\n"


@pytest.mark.parametrize(
    ("total", "before"),
    [(6, "1 / 0\n"), (7, "time.sleep(30)\n"), pytest.param(8, DEAF, marks=pytest.mark.slow)],
    ids=["that_fails", "that_she_does_not_wait_for", "that_does_not_hear_at_first"],
)
def test_a_draft_does_not_cost_an_author_the_next_one(served, total, before):
    slow = SLOW.replace("total = 3", f"total = {total}")
    served.project.write("examples/toy.py", slow)
    served.until(lambda: "toy: ran" in served.log.read_text())
    served.project.write("examples/toy.py", slow.replace("print", before + "print"))
    served.until(lambda: before.strip() in served.page() or served.problems())
    served.project.write("examples/toy.py", slow.replace("total is", "sum is"))
    seconds = served.until(lambda: f"sum is {total}" in served.page())
    assert seconds < 4 and "Draft" in served.page(), "the cell that takes 4 s ran again"


@pytest.mark.slow
@pytest.mark.parametrize(("file", "total"), [("helper.py", 21), ("data.csv", 22), ("matplotlibrc", 23)])
def test_no_draft_is_made_with_what_a_module_data_or_settings_were_before(served, file, total):
    folder = served.project.root / "examples"
    path, settings = folder / file, (folder / "matplotlibrc").read_text()
    with (
        instead(folder / "helper.py", f"NUMBER = {total}\n"),
        instead(folder / "data.csv", "1\n"),
        instead(folder / "matplotlibrc", settings),
    ):
        served.project.write("examples/toy.py", SLOW.replace("total = 3", "import helper\ntotal = helper.NUMBER"))
        served.until(lambda: f"total is {total}" in served.page() and "toy: ran" in served.log.read_text())
        path.write_text(path.read_text() + "\n")
        served.until(lambda: "has not got this far" in served.page())
        served.until(lambda: f"total is {total}" in served.page() and "Draft" not in served.page())


def test_a_hundred_saves_leave_memory_and_processes_flat(served):
    save_often(served, 20)
    before, processes = memory(served.process.pid)
    save_often(served, 100)
    after, processes_after = memory(served.process.pid)
    assert processes_after == processes
    assert after < before + 20_000_000


def save_often(served: Served, times: int) -> None:
    for number in range(times):
        sentence = f"Sentence {number} of {times}."
        served.project.page("index", PAGE.format(f"{sentence}\n\n[[show toy.count]]"))
        served.until(lambda sentence=sentence: sentence in served.page())


def memory(process: int) -> tuple[int, int]:
    """The bytes that a server and all its kernels hold, and how many processes they are."""
    family = [psutil.Process(process), *psutil.Process(process).children(recursive=True)]
    return sum(one.memory_info().rss for one in family), len(family)


@pytest.mark.slow
def test_a_kernel_that_is_ready_draws_with_the_settings_of_now(served):
    settings = served.project.root / "examples" / "matplotlibrc"
    code = "# %% count\nimport matplotlib.pyplot as plt\n\ntotal = 3\nplt.plot([1, 2], linewidth=None)\nplt.show()\n"
    served.project.page("index", PAGE.format('[[figure toy.count alt="A line."]]'))
    served.project.write("examples/toy.py", code)
    served.until(lambda: "toy: ran" in served.log.read_text() and "A line." in served.get("/en/"))
    time.sleep(4)  # until the next kernel has imported matplotlib
    with instead(settings, re.sub("lines.linewidth.*", "", settings.read_text()) + "\nlines.linewidth: 7.25\n"):
        served.until(lambda: served.log.read_text().count("toy: ran") == 2)
        served.until(lambda: "has not got this far" not in served.page())
        assert "7.25" in served.get("/en/")


THREE = (
    "# %% data\nimport time\n\ntime.sleep(3)\n\n# %% early\ntotal = 3\n\n"
    "# %% late\ntime.sleep(3)\nlate = total\n\n# %% count\nprint('total is', total)\n"
)


@pytest.mark.slow
def test_a_draft_is_marked_wherever_it_is_shown_and_contradicts_no_claim(served):
    served.project.page("index", PAGE.format("[[claim toy.total == toy.late]]"))
    served.project.write("examples/toy.py", THREE)
    served.until(lambda: "toy: ran" in served.log.read_text() and "These results" in served.page())
    served.project.write("examples/toy.py", THREE.replace("total = 3", "total = 4"))
    served.until(lambda: "It is 4" in served.page())
    assert "Draft" in served.page() and not served.problems(), "'late' is still that of before"
    whole = served.page("/en/examples/toy/")
    assert "total = 4" in whole and "Draft" in whole and "These results" not in whole
    assert served.get("/downloads/toy.ipynb") == "404"
    served.until(lambda: "Draft" not in served.page() and "These results" in served.page())
    assert "It is 4" in served.page() and not served.problems()
    assert "total is 4" in served.get("/downloads/toy.ipynb")


@pytest.mark.slow
def test_a_draft_that_reaches_its_limit_does_not_cost_an_author_the_next_one(served):
    slow = SLOW.replace("total = 3", "total = 12")
    served.project.write("examples/toy.py", slow)
    served.until(lambda: "toy: ran" in served.log.read_text())
    served.project.write("examples/toy.py", slow.replace("# %% count", "# %% count limit=2\nwhile total: pass"))
    served.until(lambda: any("stopped after 2 s" in problem for problem in served.problems()))
    served.project.write("examples/toy.py", slow.replace("total is", "sum is"))
    assert served.until(lambda: "sum is 12" in served.page()) < 10, "it ran from the top, and waited for nothing"


@pytest.mark.slow
def test_kernels_that_have_ended_leave_nothing_open(served):
    def edit(total: int) -> int:
        served.project.write("examples/toy.py", f"# %% count\ntotal = {total}\nprint('total is', total)\n")
        served.until(lambda: f"total is {total}" in served.page() and "toy: ran" in served.log.read_text())
        served.log.write_text("")
        time.sleep(3)
        return psutil.Process(served.process.pid).num_fds()

    before = edit(31)
    assert max(map(edit, range(32, 37))) < before + 10


def test_a_kernel_that_makes_a_draft_does_not_end_for_another(monkeypatch):
    kept = {name: SimpleNamespace(lock=asyncio.Lock(), memory=MEMORY) for name in ("drafts", "older", "old", "new")}
    stage, ended = Stage(Course.__new__(Course)), []
    monkeypatch.setattr(stage, "end", ended.append)

    async def work() -> None:
        async with kept["drafts"].lock:
            for name, session in kept.items():
                stage.keep(name, session)

    asyncio.run(work())
    assert ended == [kept["older"], kept["old"]] and list(stage.alive) == ["drafts", "new"]


def test_ctrl_c_ends_everything(project):
    project.write("examples/toy.py", SLOW)
    served = start(project)
    family = []
    served.until(lambda: family.extend(psutil.Process(served.process.pid).children(recursive=True)) or len(family) > 3)
    served.process.send_signal(signal.SIGINT)
    assert served.process.wait(3) == 130
    gone, alive = psutil.wait_procs(family, timeout=5)
    assert not alive


def test_a_port_in_use_is_one_line(project):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = project.run("mkdocs", "serve", "-a", f"127.0.0.1:{port}")
    assert done.returncode == 5
    said = f"127.0.0.1:{port} is in use by process {os.getpid()} (choose another: mkdocs serve -a 127.0.0.1:{port + 1})"
    assert done.stderr.splitlines()[-1] == said and "Traceback" not in done.stderr


def test_only_this_machine_is_served(project):
    done = project.run("mkdocs", "serve", "-a", "0.0.0.0:8000")
    assert done.returncode == 5
    assert "0.0.0.0 is no address of this machine alone (use 127.0.0.1)" in done.stderr


def test_nothing_outside_of_the_site_is_served(served):
    for path in (
        "/en/../../mkdocs.yml",
        "/-/../serve.py",
        "/xx/search/search_index.json",
        "/-/news",
        "/%ff/",
        "/en/%00",
    ):
        assert served.get(path) == "404"
