"""A result made by hand, and pages that show it: what the tests of engine.show share. Nothing runs."""

from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup
from markdown import Markdown

from engine.project import Project
from engine.read.examples import Cell, Example
from engine.read.glossary import Glossary
from engine.read.pages import Page
from engine.run import kernel
from engine.run.result import Result
from engine.show import figures, html
from engine.show.expand import Context, Expanded, expand

ROOT = Project(Path(__file__).parents[1])  # whose colours and words figures have

CODE = "total = 3\n\nprint(f'{total:.1f} {{x}}')"
PRINTED = "3.0 {x}\n\n<b> *a* _b_ `c` [[1, 2], [3, 4]]"
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="10pt" height="5pt">'
    '<path d="M 0 0 L 1 1" style="stroke: #3457d5" /><text>x</text></svg>'
)
DENSE = {
    "name": "dense", "type": "Dense", "output_shape": "(None, 10)", "parameters": 30_730,
    "weights": [{"name": "kernel", "shape": [3072, 10]}, {"name": "bias", "shape": [10]}],
}  # fmt: skip
RELU = {"name": "relu", "type": "ReLU", "output_shape": "(None, 10)", "parameters": 0, "weights": []}
COUNTS = {"total": 30_730, "trainable": 30_730, "non_trainable": 0}
SUMMARY = {"name": "sequential", "layers": [DENSE, RELU], **COUNTS}
OUTPUTS = {
    "train": [{"text": f"{PRINTED}\n"}], "line": [{"svg": SVG}], "last": [],
    "model": [{"summary": SUMMARY, "text": "Model: sequential"}],
}  # fmt: skip
STAND_IN = {"source": "stand-in", "size": "preview", "train": 5000, "test": 1000, "about": ""}
EXAMPLE = Example(
    Path("examples/toy.py"),
    (Cell("train", 2, CODE), Cell("line", 6, "draw()"), Cell("model", 9, "model.summary()"), Cell("last", 12, "total")),
)


def result(outputs: dict[str, Any] = OUTPUTS, images: dict[str, Any] | None = None, **namespace: Any) -> Result:
    """The result of `toy`, whose namespace holds `total`, 3, and the given names."""
    receipt = {
        "images": images,
        "packages": {"tensorflow": "2.21.0", "keras": "3.15.1", "numpy": "2.4.6", "matplotlib": "3.11.2"},
        "python": "3.11.7",
        "seconds": [60.2, 1.0, 2.0, 0.5],
    }
    return Result(EXAMPLE, OUTPUTS | outputs, kernel.values({"total": 3, **namespace}), receipt, "executed")


def page(text: str, language: str = "en", name: str = "toy.md") -> Page:
    return Page(Path(f"docs/{language}/{name}"), name, language, text)


def context(*results: Result, project: Project = ROOT, **others: Any) -> Context:
    given = {"examples": {"toy": EXAMPLE}, "results": dict(zip(["toy"], results)), "glossary": Glossary(())}
    return Context(project, **given | others)


def expanded(text: str, language: str = "en", /, **given: Any) -> Expanded:
    """A page expanded with one result, made of `given`, in which nothing is wrong."""
    found = expand(page(text, language), context(result(**given)))
    assert found.problems == []
    return found


def rendered(text: str, language: str = "en", /, **given: Any) -> BeautifulSoup:
    """A page as a reader sees it, without its receipt."""
    soup = shown(expanded(text, language, **given), language, result(**given))
    for receipt in soup.select("p.receipt"):
        receipt.decompose()
    return soup


def shown(found: Expanded, language: str, *results: Result) -> BeautifulSoup:
    """An expanded page in HTML, with its figures."""
    style = figures.style(ROOT, language)
    files, problems = figures.files(ROOT, found.figures, language, style)
    assert problems == []
    text = markdown(language, *results).convert(found.text)
    return BeautifulSoup(figures.placed(text, files, style), "html.parser")


def markdown(language: str, *results: Result) -> Markdown:
    """Markdown as mkdocs.yml sets it up."""
    extensions = ["admonition", "attr_list", "md_in_html", "tables", "toc", "pymdownx.details", "pymdownx.highlight"]
    options = {"pymdownx.superfences": {"custom_fences": html.custom_fences(language, html.summaries_of(results))}}
    return Markdown(extensions=[*extensions, "pymdownx.superfences"], extension_configs=options)
