"""The whole example as a notebook: one to show on a page, one to take away."""

from collections.abc import Callable, Mapping

import nbformat
from nbformat import NotebookNode, v4

from engine import figures, parts
from engine.fences import OUTPUT, RUN, Fence
from engine.result import Result

KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


def page(result: Result, language: str, alt: Callable[[str], str], root: str) -> str:
    """The notebook that mkdocs-jupyter renders: each cell under its name, outputs as the parts that lessons show.

    `alt` gives the alt text of a cell's figure; `root` leads from the page to the site's root.
    """
    example = result.example
    title = f"# {example.path.name}\n\n" + parts.words(language)["notebook"].format(
        name=example.name, py=f"{root}downloads/{example.name}.py", ipynb=f"{root}downloads/{example.name}.ipynb"
    )
    if result.is_stand_in:
        title += "\n\n" + parts.notice(result.receipt["pictures"], language)
    cells = [v4.new_markdown_cell(title)]
    for cell in example.cells:
        outputs = []
        if cell.name in result.marked:
            outputs.append(v4.new_output("display_data", {"text/html": parts.mark(language)}))
        for output in result.outputs.get(cell.name, []):
            if "summary" in output:
                html = parts.summary(output["summary"], language)
            elif "svg" in output:
                html = parts.figure(output["svg"], f"{example.name}-{cell.name}", language, alt(cell.name))
            else:
                html = parts.text(output["text"], language)
            outputs.append(v4.new_output("display_data", {"text/html": html}))
        cells += [v4.new_markdown_cell(f"## {cell.name}"), v4.new_code_cell(cell.source, outputs=outputs)]
    if result.is_clean:
        cells.append(v4.new_markdown_cell(parts.receipt([result], language, f"{root}run.json")))
    return written(cells)


def shown(result: Result) -> list[Fence]:
    """The code and the outputs that the notebook's page must show (see `engine.rendered`)."""
    found = []
    for cell in result.example.cells:
        found.append(Fence(RUN, f"{cell.source}\n", "python", cell.line, cell.line))
        texts = [output["text"] for output in result.outputs.get(cell.name, []) if "text" in output]
        found += [Fence(OUTPUT, text, "output", cell.line, cell.line) for text in texts]
    return found


def download(result: Result) -> str:
    """The executed notebook that a reader opens in Jupyter, with plain outputs."""
    cells = []
    for cell in result.example.cells:
        outputs = [
            v4.new_output("display_data", {"image/svg+xml": figures.portable(output["svg"], cell.name, "en")})
            if "svg" in output
            else v4.new_output("stream", name="stdout", text=output["text"])
            for output in result.outputs.get(cell.name, [])
        ]
        cells.append(v4.new_code_cell(cell.source, outputs=outputs, metadata={"name": cell.name}))
    return written(cells)


def written(cells: list[NotebookNode]) -> str:
    """A notebook's text, the same for the same cells."""
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    return nbformat.writes(v4.new_notebook(cells=cells, metadata=KERNEL))


def alts_of(example: str, language: str, alts: Mapping[tuple[str, str, str], str]) -> Callable[[str], str]:
    """The alt texts that the pages of a language give to an example's figures."""
    return lambda cell: alts[language, example, cell]
