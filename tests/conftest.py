"""What tests share: the real site, built once and its pages run, and a small project to break on purpose."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import programs
import pytest

from engine.identity import DETERMINISM
from engine.kernel import use_pictures
from engine.pictures import choose
from engine.problems import ROOT

pytest_plugins = ["browser"]
SITE = ROOT / ".cache" / "test-site"
# Pages whose programs take twenty seconds and more each, even on a sample of the pictures.
LONG = {"better_cnn", "checks", "cnn", "training", "training_faster", "using"}

# Before anything imports matplotlib or TensorFlow: what an example's kernel sees.
os.environ |= DETERMINISM | {
    "MATPLOTLIBRC": str(ROOT / "examples" / "matplotlibrc"),
    "MPLBACKEND": "agg",
    "NBCONVERT_DISABLE_CONFIG_EXPORTERS": "1",
    "NO_MKDOCS_2_WARNING": "1",
    "PYTHONDONTWRITEBYTECODE": "",  # commands start twice as fast when each finds what the last one compiled
    "SITE_URL": "",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist starts its workers, which share the site
def pytest_sessionstart(session):
    if session.config.getoption("numprocesses", None):
        build()


@cache
def build() -> Path:
    if "PYTEST_XDIST_WORKER" in os.environ:
        return SITE
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(SITE)]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | {"PICTURES": "stand-in"}, capture_output=True, text=True)
    if done.returncode:
        pytest.exit(f"the site does not build:\n{done.stderr}", returncode=1)
    return SITE


def pytest_configure(config):
    config.pluginmanager.register(programs)


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session):
    """Add the pages of the site to what is collected, unless somebody asked for particular tests."""
    config = session.config
    if config.args_source is config.ArgsSource.ARGS:
        return
    config.get_terminal_writer().line("builds the site for the tests (seconds; about a minute the first time) ...")
    pages = [path for language in ("en", "zh") for path in sorted((build() / language).rglob("index.md"))]
    config.args += map(str, programs.different([*ROOT.glob("README*.md"), *pages]))
    use_pictures(str(choose("stand-in sample").path))  # before anything imports Keras
    use_two_devices()


@pytest.hookimpl(tryfirst=True)  # before pytest leaves out what is slow
def pytest_collection_modifyitems(items):
    """Leave the longest pages to `make slow`, so that `make test` takes less than three minutes."""
    for item in items:
        if item.path.suffix == ".md" and item.path.parent.name in LONG:
            item.add_marker("slow")


def use_two_devices() -> None:
    """Pages share a process here, and TensorFlow takes its devices once: as docs/en/using.md wants them."""
    import tensorflow as tf

    (processor,) = tf.config.list_physical_devices("CPU")
    tf.config.set_logical_device_configuration(processor, [tf.config.LogicalDeviceConfiguration()] * 2)


@pytest.fixture(scope="session")
def site() -> Path:
    return build()


CONFIG = """\
INHERIT: mkdocs.yml
site_name: Toy
docs_dir: docs/{language}
exclude_docs: ""
nav: [index.md, examples/toy.ipynb]
theme: {{language: {language}}}
extra: {{language: {language}}}
"""


@dataclass(frozen=True)
class Project:
    """A copy of the engine with examples and pages of its own, on which commands run as an author runs them."""

    root: Path

    def write(self, file: str, text: str) -> None:
        (self.root / file).write_text(text)

    def page(self, name: str, text: str) -> None:
        """Write a page that is the same in English and Chinese."""
        for language in ("en", "zh"):
            self.write(f"docs/{language}/{name}.md", text)

    def run(self, *command: str, **env: str) -> subprocess.CompletedProcess:
        env = os.environ | {"PYTHONPATH": str(self.root / "docs"), "COLUMNS": "500"} | env
        return subprocess.run(
            [sys.executable, "-m", *command], cwd=self.root, env=env, capture_output=True, text=True, timeout=120
        )

    def engine(self) -> subprocess.CompletedProcess:
        return self.run("engine", "run")

    def build(self, **env: str) -> subprocess.CompletedProcess:
        return self.run("mkdocs", "build", "--strict", **env)


def copy_project(root: Path) -> Project:
    """A project with one example, `toy`, and one page that quotes it."""
    without = shutil.ignore_patterns("__pycache__")
    for folder in ("docs/engine", "docs/theme"):
        shutil.copytree(ROOT / folder, root / folder, ignore=without)
    for file in ("mkdocs.yml", "pyproject.toml", "uv.lock", "docs/index.md", "docs/glossary.yml"):
        shutil.copy(ROOT / file, root / file)
    for folder in ("examples", "docs/drawings", "docs/en", "docs/zh"):
        (root / folder).mkdir()
    shutil.copy(ROOT / "examples" / "matplotlibrc", root / "examples")
    project = Project(root)
    project.write("docs/labels.zh.yml", "height: 高度\n")
    for language in ("en", "zh"):
        project.write(f"mkdocs.{language}.yml", CONFIG.format(language=language))
    project.write("examples/toy.py", "# %% count\ntotal = 3\nprint('total is', total)\n")
    project.page("index", "# Toy\n\n## Count {#count}\n\n[[show toy.count]]\n\nIt is [[value toy.total]].\n")
    return project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return copy_project(tmp_path)


@pytest.fixture(scope="session")
def new_project(tmp_path_factory):
    """Makes projects that several tests look at."""
    return lambda: copy_project(tmp_path_factory.mktemp("project"))
