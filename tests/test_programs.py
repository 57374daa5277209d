"""A page's program is run as a whole, its expected errors too, and what authors show without running it gets less."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from programs import different, written

from engine.fences import fences
from engine.problems import ROOT

NUMBER = Path(__file__).with_name("illustrations.txt")

# name: (page, what pytest says)
PAGES = {
    "right": (
        "```python\ndata = []\n```\n\n<!-- raises IndexError -->\n~~~python\ndata[0]\n~~~\n",
        ["right.md::line 1 PASSED", "right.md::line 6 PASSED"],
    ),
    "nothing": ("<!-- raises IndexError -->\n~~~python\n[1][0]\n~~~\n", ["nothing.md::line 2 FAILED"]),
    "another": ("<!-- raises IndexError -->\n~~~python\n{}[0]\n~~~\n", ["another.md::line 2 FAILED"]),
    "a_parent": ("<!-- raises LookupError -->\n~~~python\n{}[0]\n~~~\n", ["a_parent.md::line 2 FAILED"]),
    "no_python": ("<!-- raises SyntaxError -->\n~~~python\n1 +\n~~~\n", ["no_python.md::line 2 PASSED"]),
    "too_early": (
        "```python\n[][0]\n```\n\n<!-- raises IndexError -->\n~~~python\n[][0]\n~~~\n",
        ["too_early.md::line 1 FAILED", "too_early.md::line 6 FAILED"],
    ),
    "after_it": (
        "```python\nx = 1\n```\n\n<!-- raises NameError -->\n~~~python\ny\n~~~\n\n"
        "<!--pytest-codeblocks:cont-->\n```python\nassert x == 1\n```\n",
        ["after_it.md::line 1 PASSED", "after_it.md::line 6 PASSED"],
    ),
    "as_a_file": (
        "```python\nimport inspect\n\ndef f():\n    return __name__\n\nassert 'return' in inspect.getsource(f)\n"
        "assert f() == '__main__'\n```\n",
        ["as_a_file.md::line 1 PASSED"],
    ),
    "illustrated": ("<!-- illustration -->\n~~~python\n1 / 0\n~~~\n", []),
}


@pytest.fixture(scope="module")
def said(tmp_path_factory) -> list[str]:
    """What pytest says of all pages."""
    folder = tmp_path_factory.mktemp("pages")
    for name, (text, _) in PAGES.items():
        (folder / f"{name}.md").write_text(text)
    command = [sys.executable, "-m", "pytest", "-v", "-p", "programs", "--codeblocks"]
    env = os.environ | {"PYTHONPATH": str(Path(__file__).parent), "COLUMNS": "200"}
    done = subprocess.run(
        [*command, *(f"{name}.md" for name in PAGES)], cwd=folder, env=env, capture_output=True, text=True
    )
    return [line.partition(" [")[0].rstrip() for line in done.stdout.splitlines() if "::" in line and "[" in line]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_passes_if_it_runs_and_raises_what_it_says(name, said):
    assert sorted(line for line in said if line.startswith(f"{name}.md")) == sorted(PAGES[name][1])


def test_a_program_is_run_once_if_it_is_the_same_in_both_languages(tmp_path):
    for name, text in {
        "en.md": "Words\n\n```python\n1\n```\n",
        "zh.md": "词\n\n```python\n1\n```\n",
        "zh2.md": "词\n\n```python\n2\n```\n",
        "words.md": "Words\n",
    }.items():
        (tmp_path / name).write_text(text)
    assert [path.name for path in different(sorted(tmp_path.iterdir()))] == ["en.md", "zh2.md"]


def test_the_example_and_the_page_of_the_readmes_are_right(project):
    """Readers who write what they see there get a site."""
    for language, readme in (("en", "README.md"), ("zh", "README.zh.md")):
        first_last = reversed(fences((ROOT / readme).read_text("utf-8")))
        found = {fence.language: fence.code for fence in first_last}
        project.write("examples/slope.py", found["python"])
        project.write(f"docs/{language}/slope.md", found["markdown"])
    done = project.engine()
    assert done.returncode == 0, done.stderr


def illustrations() -> int:
    return sum(fence.kind == "illustration" for path in written() for fence in fences(path.read_text("utf-8")))


def test_illustrations_get_fewer():
    said = f"{illustrations()} illustrations, and {NUMBER.name} says {NUMBER.read_text().strip()}"
    assert illustrations() <= int(NUMBER.read_text()), f"{said}: run the new one (write ```python)"
    assert illustrations() == int(NUMBER.read_text()), f"{said}: write the lower number there"


def test_the_number_of_illustrations_was_never_lower():
    def git(*command: str) -> str:
        return subprocess.run(["git", *command], cwd=ROOT, capture_output=True, text=True).stdout

    place = NUMBER.relative_to(ROOT).as_posix()
    earlier = [int(git("show", f"{commit}:{place}")) for commit in git("log", "--format=%H", "--", place).split()]
    assert int(NUMBER.read_text()) <= min(earlier, default=int(NUMBER.read_text()))
