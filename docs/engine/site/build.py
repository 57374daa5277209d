"""The build: read what authors write, run what has no result, expand the pages."""

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.project import Problem, Problems, Project, languages
from engine.read import check, examples, glossary, pages
from engine.read.examples import Example
from engine.read.glossary import Glossary
from engine.read.pages import Page
from engine.run import key, runner
from engine.run.result import Result
from engine.show import figures, html, notebooks, tables
from engine.show.expand import RECEIPTS, Context, Expanded, expand
from engine.show.figures import Style


@dataclass(frozen=True)
class Sources:
    """What authors wrote, as far as it can be read, and what is wrong with it."""

    examples: Mapping[str, Example]
    pages: Mapping[str, list[Page]]
    glossary: Glossary
    styles: Mapping[str, Style]
    problems: list[Problem]


@dataclass(frozen=True)
class Site:
    """Everything that MkDocs renders or copies, by language.

    `pages` holds expanded pages by their name (`fnn.md`), `notebooks` whole examples by theirs (`fnn`), `figures` the
    SVG files of both by theirs, without `.svg`.
    """

    sources: Sources
    results: Mapping[str, Result]
    pages: Mapping[str, Mapping[str, Expanded]]
    figures: Mapping[str, Mapping[str, str]]
    notebooks: Mapping[str, Mapping[str, str]]
    problems: list[Problem]

    @property
    def summaries(self) -> Mapping[str, Mapping[str, Any]]:
        """The data of every model summary, by the name in its fence."""
        return html.summaries_of(self.results.values())

    def files(self) -> Iterator[tuple[str, str]]:
        """What stands beside the pages, as path below the site's root and content."""
        yield RECEIPTS, receipts(self.results)
        for name, result in self.results.items():
            yield f"downloads/{name}.py", result.example.text
            yield f"downloads/{name}.ipynb", notebooks.download(result)
        for language, every in self.sources.pages.items():
            for page in every:
                text = self.pages[language][page.name].text
                yield f"{language}/{page.url}index.md", pages.relinked(text, page.url)


def build(project: Project, wish: str = "", executor: Executor | None = None) -> Site:
    """Run what has no result, and expand all pages.

    `wish` is what PICTURES asks for (see `engine.run.images.choose`); `executor` may run examples on other machines.
    Raises Problems, all there are, and `images.Unusable`.
    """
    sources = read(project)
    if sources.problems:
        raise Problems(sources.problems)
    results, problems = runner.gather(project, list(sources.examples.values()), wish, executor)
    site = expanded(project, sources, results)
    problems += site.problems
    if problems:
        raise Problems(problems)
    return site


def read(project: Project, before: Sources | None = None) -> Sources:
    """Everything that authors wrote, checked as far as that is possible before an example runs.

    While serving, what cannot be read now is as it was `before`.
    """
    before = before or Sources({}, {language: [] for language in languages()}, Glossary(()), {}, [])
    found, problems = examples.read_all(project)
    unreadable = {problem.path.stem for problem in problems}
    lost = {name: example for name, example in before.examples.items() if name in unreadable}
    by_name = lost | {example.name: example for example in found}
    written: dict[str, list[Page]] = {}
    for language in languages():
        written[language], wrong = pages.read_all(project, language)
        written[language] += [page for page in before.pages[language] if page.path in {each.path for each in wrong}]
        problems += wrong
    is_whole = not problems
    terms, styles = before.glossary, dict(before.styles)
    try:
        problems += [problem for example in found for problem in key.undeclared(project, example)]
    except Problems as unreadable_lock:
        problems += unreadable_lock.problems
    for name in ("glossary", *languages()):
        try:
            if name == "glossary":
                terms = glossary.read(project)
            else:
                styles[name] = figures.style(project, name)
        except Problems as shared:
            problems += shared.problems
    for page in (page for every in written.values() for page in every):
        problems += check.check(project, page, by_name, unreadable, tables.TABLES)
    if is_whole and not problems:
        problems += check.compare(project, written)
    return Sources(by_name, written, terms, styles, problems)


def expanded(project: Project, sources: Sources, results: Mapping[str, Result]) -> Site:
    """All pages with these results in their places, and what is wrong with them.

    A page that `sources` has a problem with is empty.
    """
    broken = {problem.path for problem in sources.problems}
    context = Context(project, sources.examples, results, sources.glossary)
    problems: list[Problem] = []
    found, files, whole = {}, {}, {}
    for language, every in sources.pages.items():
        found[language] = {
            page.name: Expanded(f"# {page.name}\n") if page.path in broken else expand(page, context) for page in every
        }
        shown = found[language].values()
        alts = {figure: alt for page in shown for figure, alt in page.alts.items()}
        drawn = of_examples(results) | {name: svg for page in shown for name, svg in page.figures.items()}
        files[language], wrong = {}, []
        if language in sources.styles:
            files[language], wrong = figures.files(project, drawn, language, sources.styles[language])
        problems += [problem for page in shown for problem in page.problems] + wrong
        problems += [found for result in results.values() for found in notebooks.without_alt(result, language, alts)]
        whole[language] = {
            name: notebooks.page(example, results.get(name), language, alts, root="../../../")
            for name, example in sources.examples.items()
        }
    return Site(sources, results, found, files, whole, problems)


def of_examples(results: Mapping[str, Result]) -> dict[str, str]:
    """The figures of all examples by the name that pages give them."""
    return {
        f"{name}-{cell.name}": svg
        for name, result in results.items()
        for cell in result.example.cells
        if (svg := result.figure(cell.name))
    }


def receipts(results: Mapping[str, Result]) -> str:
    """All receipts of a build, as JSON."""
    return json.dumps({name: result.receipt for name, result in sorted(results.items())}, indent=1) + "\n"


def summary(results: Mapping[str, Result]) -> str:
    """What a build did: which results were kept ones and from where, and which examples it executed."""
    by_origin: dict[str, list[str]] = {}
    for name, result in sorted(results.items()):
        by_origin.setdefault(result.origin, []).append(name)
    executed = by_origin.pop("executed", [])
    said = [f"{len(names)} from {origin}" for origin, names in by_origin.items()]
    return f"Results: {', '.join(said) or 'none kept'}; executed: {', '.join(executed) or 'none'}"


def unpublishable(built: Mapping[str, Any]) -> list[str]:
    """Why a site with these receipts must not be published: the examples that did not see all the real images."""
    said = []
    for name, receipt in built.items():
        seen = receipt["images"]
        if seen and (seen["source"] == "stand-in" or seen["size"] != "full"):
            shown = "the stand-in" if seen["source"] == "stand-in" else "some of the images"
            said.append(f"examples/{name}.py:1: its result comes from {shown} (run 'make data', then 'make build')")
    return said


def unexpected(project: Project, error: BaseException) -> Problem:
    """An error that nobody foresaw, at the last line of ours, a template's or the engine's, that led to it."""
    problem, trace = Problem(Path("mkdocs.yml"), 1, f"{type(error).__name__}: {error}"), error.__traceback__
    while trace:
        path = Path(trace.tb_frame.f_code.co_filename)
        if path.is_relative_to(project.docs):
            problem = project.problem(path, trace.tb_lineno, problem.message)
        trace = trace.tb_next
    return problem
