"""The whole example as a notebook: one that becomes a page, one to download."""

from collections.abc import Callable, Iterator, Mapping
from html import escape
from typing import Any

import nbformat
from nbformat import NotebookNode, v4

from engine.project import Problem, words
from engine.read.examples import Example
from engine.run.result import Result
from engine.show import html
from engine.show.figures import Style, portable

KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


def page(example: Example, result: Result | None, language: str, alts: Mapping[str, str], root: str) -> str:
    """The notebook that mkdocs-jupyter renders, `root` above it: each cell under its name, outputs as on lessons."""

    def shown(cell: str, output: Mapping[str, Any]) -> NotebookNode:
        if "svg" in output:
            name = f"{example.name}-{cell}"
            part = f'<p><img alt="{escape(alts.get(name, ""))}" src="{name}.svg" /></p>'  # as Markdown has it
        elif "summary" in output:
            part = html.summary(output["summary"], language)
        else:
            part = html.text(output["text"], language)
        return v4.new_output("display_data", {"text/html": part})

    downloads = {"py": f"{root}downloads/{example.name}.py", "ipynb": f"{root}downloads/{example.name}.ipynb"}
    title = [f"# {example.path.name}", words(language)["notebook"].format(name=example.name, **downloads)]
    if result is None:
        title.append(html.waiting(example.name, language))
    elif result.is_stand_in:
        title.append(html.notice(result.receipt["images"], language))
    cells = [v4.new_markdown_cell("\n\n".join(title))]
    for code in _code_cells(example, result, shown):
        cells += [v4.new_markdown_cell(f"## {code.metadata.name}"), code]
    if result:
        cells.append(v4.new_markdown_cell(html.receipt([result], language, f"{root}run.json")))
    return _written(cells)


def download(result: Result) -> str:
    """The executed notebook that a reader opens in Jupyter: outputs as text, figures in English. Raises ValueError."""

    def shown(cell: str, output: Mapping[str, Any]) -> NotebookNode:
        if "svg" in output:
            return v4.new_output("display_data", {"image/svg+xml": portable(output["svg"], cell, Style({}, {}))})
        return v4.new_output("stream", name="stdout", text=output["text"])

    return _written(list(_code_cells(result.example, result, shown)))


def without_alt(result: Result, language: str, alts: Mapping[str, str]) -> list[Problem]:
    """The figures that no page of a language shows, so that nobody wrote their alt text."""
    example = result.example
    return [
        Problem(example.path, cell.line, f"no page in docs/{language} shows the figure of cell '{cell.name}'")
        for cell in example.cells
        if result.figure(cell.name) and f"{example.name}-{cell.name}" not in alts
    ]


def _code_cells(example: Example, result: Result | None, shown: Callable[..., NotebookNode]) -> Iterator[NotebookNode]:
    for cell in example.cells:
        outputs = [shown(cell.name, output) for output in result.outputs[cell.name]] if result else []
        yield v4.new_code_cell(cell.source, outputs=outputs, metadata={"name": cell.name})


def _written(cells: list[NotebookNode]) -> str:
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"  # not a random one: the same text for the same cells
    return nbformat.writes(v4.new_notebook(cells=cells, metadata=KERNEL))
