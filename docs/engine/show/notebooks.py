"""The whole example as a notebook: one that becomes a page, one to download.

Plain dicts: nbformat checks each cell that it makes, which takes longer than all the rest of a rebuild.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from html import escape
from typing import Any

from engine.project import Problem, words
from engine.read.examples import Example
from engine.run.result import Result
from engine.show import html
from engine.show.figures import Style, portable

METADATA = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


def page(example: Example, result: Result | None, language: str, alts: Mapping[str, str], root: str) -> str:
    """The notebook that mkdocs-jupyter renders, `root` above it: each cell under its name, outputs as on lessons."""

    def shown(cell: str, output: Mapping[str, Any]) -> dict[str, Any]:
        if "svg" in output:
            name = f"{example.name}-{cell}"
            part = f'<p><img alt="{escape(alts.get(name, ""))}" src="{name}.svg" /></p>'  # as Markdown has it
        elif "summary" in output:
            part = html.summary(output["summary"], language)
        else:
            part = html.text(output["text"], language)
        return display({"text/html": part})

    downloads = {"py": f"{root}downloads/{example.name}.py", "ipynb": f"{root}downloads/{example.name}.ipynb"}
    title = [f"# {example.path.name}", words(language)["notebook"].format(name=example.name, **downloads)]
    if result is None:
        title.append(html.waiting(example.name, language))
    elif result.is_stand_in:
        title.append(html.notice(result.receipt["images"], language))
    cells = [markdown("\n\n".join(title))]
    for code in code_cells(example, result, shown):
        cells += [markdown(f"## {code['metadata']['name']}"), code]
    if result:
        cells.append(markdown(html.receipt([result], language, f"{root}run.json")))
    return written(cells)


def download(result: Result) -> str:
    """The executed notebook that a reader opens in Jupyter: outputs as text, figures in English. Raises ValueError."""

    def shown(cell: str, output: Mapping[str, Any]) -> dict[str, Any]:
        if "svg" in output:
            return display({"image/svg+xml": portable(output["svg"], cell, Style({}, {}))})
        return {"output_type": "stream", "name": "stdout", "text": output["text"]}

    return written(list(code_cells(result.example, result, shown)))


def without_alt(result: Result, language: str, alts: Mapping[str, str]) -> list[Problem]:
    """The figures that no page of a language shows, so that nobody wrote their alt text."""
    example = result.example
    return [
        Problem(example.path, cell.line, f"no page in docs/{language} shows the figure of cell '{cell.name}'")
        for cell in example.cells
        if result.figure(cell.name) and f"{example.name}-{cell.name}" not in alts
    ]


def code_cells(
    example: Example, result: Result | None, shown: Callable[[str, Mapping[str, Any]], dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """All cells of an example, each with what `shown` makes of its outputs."""
    for cell in example.cells:
        outputs = [shown(cell.name, output) for output in result.outputs[cell.name]] if result else []
        fixed = {"cell_type": "code", "execution_count": None, "metadata": {"name": cell.name}}
        yield fixed | {"source": cell.source, "outputs": outputs}


def markdown(source: str) -> dict[str, Any]:
    """A cell of words."""
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def display(data: dict[str, str]) -> dict[str, Any]:
    """An output that is not a stream."""
    return {"output_type": "display_data", "metadata": {}, "data": data}


def written(cells: list[dict[str, Any]]) -> str:
    """A notebook's text: the same for the same cells."""
    numbered = [cell | {"id": f"cell-{number}"} for number, cell in enumerate(cells)]
    notebook = {"cells": numbered, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
