"""What tests share: the environment of an example's kernel, the real site, and pages whose programs are run."""

import contextlib
import json
import linecache
import os
import sys
import tempfile
import traceback
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import pytest_codeblocks
from selectolax.lexbor import LexborHTMLParser
from toy import ROOT, build

from engine.project import Project
from engine.run.key import DETERMINISM

pytest_plugins = ["browser"]
SITE = ROOT / ".cache" / "test-site"
LONG = 20  # seconds, from which on a page's program is not run: its example, which is the same, was
os.environ |= DETERMINISM | {  # before anything imports matplotlib, TensorFlow or MkDocs' plugins
    "MATPLOTLIBRC": str(ROOT / "examples" / "matplotlibrc"),
    "MPLBACKEND": "agg",
    "NBCONVERT_DISABLE_CONFIG_EXPORTERS": "1",
    "NO_MKDOCS_2_WARNING": "1",
    "PYTHONDONTWRITEBYTECODE": "",  # commands start twice as fast when each finds what the last one compiled
    "PICTURES": "",
    "SITE_URL": "",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}


@pytest.fixture(scope="session")
def site() -> Path:
    """The real site, as docs/results has it."""
    return build_site()


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist starts its workers, which share the site
def pytest_sessionstart(session: pytest.Session) -> None:
    if session.config.getoption("numprocesses", None):
        build_site()


@cache
def build_site() -> Path:
    if "PYTEST_XDIST_WORKER" not in os.environ:
        code, said = build(Project(ROOT), site_dir=str(SITE))
        if code:
            pytest.exit(f"the site does not build:\n{said}", returncode=code)
    return SITE


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Add the files whose programs pytest-codeblocks runs, unless somebody asked for particular tests."""
    if session.config.args_source is not session.config.ArgsSource.ARGS:
        session.config.args += map(str, files_to_run(build_site()))


def files_to_run(site: Path) -> Iterator[Path]:
    """README.md, the Chinese one if its code differs, and the English pages of short examples without images."""
    english, chinese = (ROOT / name for name in ("README.md", "README.zh.md"))
    yield from [english] if programs(english) == programs(chinese) else [english, chinese]
    for name, receipt in json.loads((site / "run.json").read_text("utf-8")).items():
        if not receipt["images"] and sum(receipt["seconds"][1:]) < LONG:  # the first cell imports Keras, once for all
            yield site / "en" / name / "index.md"


@cache
def html(path: Path) -> LexborHTMLParser:
    return LexborHTMLParser(path.read_bytes())


def programs(path: Path) -> list[str]:
    """The programs in a file as pytest-codeblocks finds them."""
    return [block.code for block in pytest_codeblocks.extract_from_file(path) if block.syntax == "python"]


def run_program(code: str, names: dict[str, object]) -> None:
    """Run a program as a reader does, in a folder of its own; pytest-codeblocks calls this instead of `exec`."""
    file = "<page>"
    linecache.cache[file] = len(code), None, code.splitlines(keepends=True), file  # shown in tracebacks
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        try:
            exec(compile(code, file, "exec"), names)
        except Exception:
            traceback.print_exc()
            raise
        finally:
            if pyplot := sys.modules.get("matplotlib.pyplot"):
                pyplot.close("all")


pytest_codeblocks.plugin.exec = run_program
