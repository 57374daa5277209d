"""Small projects to break on purpose: `toy_project` has an example, `toy_site` pages too, which MkDocs builds."""

import io
import logging
import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from mkdocs.commands import build as mkdocs_build
from mkdocs.config import load_config
from mkdocs.exceptions import MkDocsException

from engine.project import Project, languages
from engine.read import examples
from engine.run import execute
from engine.run.store import Store

ROOT = Path(__file__).parents[1]
TOY = "# %% count\ntotal = 3\nprint('total is', total)\n"
PAGE = "# Toy\n\n## Count {#count}\n\n[[show toy.count]]\n\nIt is [[value toy.total]].\n"
CONFIG = """\
INHERIT: mkdocs.yml
site_name: Toy
site_description: A toy.
docs_dir: docs/{language}
exclude_docs: ""
nav: null # every page, by name
theme: {{language: {language}}}
extra: {{language: {language}}}
"""


def toy_project(root: Path) -> Project:
    """A project with one example, `toy`, and no pages."""
    (root / "examples").mkdir(parents=True)
    (root / "docs").mkdir()
    (root / "examples" / "toy.py").write_text(TOY)
    shutil.copy(ROOT / "examples" / "matplotlibrc", root / "examples")
    shutil.copy(ROOT / "uv.lock", root)
    return Project(root)


def toy_site(root: Path) -> Project:
    """A project whose pages show `toy` and quote it. Its result is there, so that no kernel starts."""
    project = toy_project(root)
    for name in ("mkdocs.yml", "docs/index.md", "docs/glossary.yml", "docs/works_with.json"):
        shutil.copy(ROOT / name, root / name)
    shutil.copytree(ROOT / "docs" / "theme", root / "docs" / "theme")
    project.drawings.mkdir()
    write(project, "docs/labels.zh.yml", "height: 高度\n")
    for language in languages():
        write(project, f"mkdocs.{language}.yml", CONFIG.format(language=language))
    page(project, "index", PAGE)
    store(project, "toy", [[{"text": "total is 3\n"}]], {"total": 3})
    return project


def write(project: Project, path: str, text: str) -> None:
    """Write a file of a project."""
    (project.root / path).parent.mkdir(parents=True, exist_ok=True)
    (project.root / path).write_text(text, "utf-8")


def page(project: Project, name: str, text: str) -> None:
    """Write a page that is the same in every language."""
    for language in languages():
        write(project, f"docs/{language}/{name}.md", text)


def store(project: Project, name: str, outputs: list[list[dict]], values: dict[str, Any], images: Any = None) -> None:
    """Let docs/results hold this for an example, as if it had run: the outputs of each cell, encoded values."""
    ran = [example for example in examples.read_all(project)[0] if example.name == name]
    (job,) = execute.jobs(project, ran, None)
    receipt = execute.receipt(job, [0.1] * len(outputs)) | {"images": images}
    result = {"outputs": outputs, "values": values, "receipt": receipt}
    Store(project).publish(name, job.source_key, job.machine, result)


def files(folder: Path) -> dict[Path, bytes]:
    """The content of every file below a folder, by its path from there."""
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def build(project: Project, strict: bool = True, **options: Any) -> tuple[int, str]:
    """Let MkDocs build the site, with options of mkdocs.yml: its exit code, and its warnings and errors as lines."""
    said, logger = io.StringIO(), logging.getLogger("mkdocs")
    handler = logging.StreamHandler(said)
    handler.setLevel(logging.WARNING)
    logger.addHandler(handler)
    with ExitStack() as at_end:
        at_end.callback(logger.removeHandler, handler)
        try:
            config = load_config(str(project.root / "mkdocs.yml"), strict=strict, **options)
            at_end.callback(config.plugins.on_shutdown)
            config.plugins.on_startup(command="build", dirty=False)
            mkdocs_build.build(config)
        except MkDocsException as error:
            return error.exit_code, f"{said.getvalue()}{error.message}\n"
    return 0, said.getvalue()
