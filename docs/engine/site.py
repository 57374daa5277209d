"""Everything a build publishes beside what MkDocs renders: run the examples, check and expand the pages."""

import json
from collections.abc import Container, Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from engine import (
    addresses,
    examples,
    expand,
    figures,
    guard,
    identity,
    notebooks,
    pages,
    pictures,
    reports,
    runner,
    store,
)
from engine.examples import Example
from engine.expand import Expander
from engine.fences import Fence, fences
from engine.pages import LANGUAGES, Page
from engine.problems import Problem, Problems
from engine.result import Result
from engine.terms import Glossary

NOTEBOOKS = store.temporary("notebooks")  # what mkdocs-jupyter reads, from this build alone


@dataclass(frozen=True)
class Site:
    """What one build of both languages needs.

    `sources` holds the pages that MkDocs renders, expanded, by language and name; `files` everything else, by its path
    below the site's root.
    """

    results: Mapping[str, Result]
    sources: Mapping[str, Mapping[str, str]]
    files: Mapping[str, str]


def make(wish: str, executor: Executor | None = None) -> Site:
    """Run what has changed and expand all pages. `wish` is that of `engine.pictures.choose`.

    `executor` may run the examples on other machines; see `engine.elsewhere`.

    Raises Problems, all that there are, before anything is published; and pictures.Unusable.
    """
    found, problems = examples.read_all()
    by_name = {example.name: example for example in found}
    unreadable = {problem.path.stem for problem in problems}
    written, unread = read_pages()
    problems += unread + mistakes(by_name, written, unreadable, are_all=not unread)
    if problems:
        raise Problems(problems)
    results, problems = run(found, wish, executor)
    expander = Expander(by_name, results, problems)
    sources = {language: {page.name: expander.html(page) for page in every} for language, every in written.items()}
    problems += unseen(results, expander)
    if problems:
        raise Problems(problems)
    guard.keep(NOTEBOOKS)
    files = {"run.json": receipts(results)}
    for page in (page for every in written.values() for page in every):
        files |= beside(page, expander)
    for name, result in results.items():
        files[f"downloads/{name}.py"] = by_name[name].text
        files[f"downloads/{name}.ipynb"] = notebooks.download(result)
        for language in LANGUAGES:
            alt = notebooks.alts_of(name, language, expander.alts)
            notebook = notebooks.page(result, language, alt, root="../../../")
            store.write_if_changed(NOTEBOOKS / language / "examples" / f"{name}.ipynb", notebook)
    return Site(results, sources, files)


def read_pages() -> tuple[dict[str, list[Page]], list[Problem]]:
    """All pages by language, and what is wrong with those that cannot be read."""
    found = {language: pages.read_all(language) for language in LANGUAGES}
    written = {language: every for language, (every, _) in found.items()}
    return written, [problem for _, problems in found.values() for problem in problems]


def mistakes(
    by_name: Mapping[str, Example], written: Mapping[str, list[Page]], unreadable: Container[str], are_all: bool
) -> list[Problem]:
    """What is wrong with examples and pages that can be told before any example runs.

    No page is blamed for showing an unreadable example: that is told where it is to be mended, in the example's file.
    Nor for a page that is missing in its language, unless these `are_all` pages.
    """
    problems = list(shared_mistakes())
    if not any(problem.path == identity.LOCK for problem in problems):
        problems += [problem for example in by_name.values() for problem in identity.undeclared(example)]
    for every in written.values():
        problems += pages.collisions(every, by_name.values())
        for page in every:
            problems += pages.check(page, by_name, unreadable)
    problems += pages.check_others()
    return problems or list(pages.compare(written) if are_all else [])


def shared_mistakes() -> Iterable[Problem]:
    """What is wrong with the files that every page may need."""
    for read in (Glossary.read, figures.palette, lambda: figures.labels("zh"), reports.read, identity.packages):
        try:
            read()
        except Problems as found:
            yield from found.problems


def run(found: Iterable[Example], wish: str, executor: Executor | None) -> tuple[dict[str, Result], list[Problem]]:
    """Results of the examples, one build of this folder at a time."""
    found = list(found)
    with store.alone():
        chosen = pictures.choose(wish) if any(example.uses_cifar10 for example in found) else None
        return runner.run_all(found, chosen, executor)


def unseen(results: Mapping[str, Result], expander: Expander) -> Iterable[Problem]:
    """Figures that no page of some language shows, so that nobody wrote what is to be seen in them."""
    for name, result in results.items():
        for cell in result.example.cells:
            for language in LANGUAGES:
                if result.figure(cell.name) and (language, name, cell.name) not in expander.alts:
                    said = f"no page in docs/{language} shows the figure of cell '{cell.name}', so it has no alt text"
                    yield Problem(result.example.path, cell.line, said)


def beside(page: Page, expander: Expander) -> dict[str, str]:
    """A page as Markdown, and its figures as files, to stand beside its HTML."""
    folder = f"{page.language}/{page.url}"
    files = {f"{folder}index.md": addresses.rebased(expander.markdown(page), page.url)}
    for embed in page.embeds:
        if embed.kind == "drawing":
            svg, name = expander.drawing(embed.target), embed.target
        elif embed.kind in ("show", "figure"):
            example, cell = embed.cell
            svg, name = expander.results[example].figure(cell), f"{example}-{cell}"
        else:
            continue
        if svg:
            files[f"{folder}{name}.svg"] = figures.portable(svg, name, page.language)
    return files


def code_on(made: Site, path: str) -> list[Fence]:
    """All code that a page must show, of whatever class; `path` is that of its HTML below the site's root."""
    if markdown := made.files.get(path.removesuffix(".html") + ".md"):
        return fences(markdown)
    folder = PurePosixPath(path).parent
    whole_example = folder.parent.name == "examples"
    return notebooks.shown(made.results[folder.name]) if whole_example else []


def receipts(results: Mapping[str, Result]) -> str:
    """All receipts of a build, as JSON."""
    return json.dumps({name: result.receipt for name, result in sorted(results.items())}, indent=1) + "\n"


def unpublishable(site: Path) -> list[str]:
    """Why a built site is not to be published: the examples that did not see all the real pictures."""
    said = []
    built: dict[str, dict[str, Any]] = json.loads((site / expand.RECEIPT).read_text("utf-8"))
    for name, receipt in built.items():
        seen = receipt["pictures"]
        if seen and seen["source"] == "stand-in":
            said.append(f"examples/{name}.py:1: its results come from the stand-in pictures (run 'make data')")
        elif seen and seen["size"] != "full":
            said.append(f"examples/{name}.py:1: its results come from some of the pictures (build without PICTURES)")
    return said
