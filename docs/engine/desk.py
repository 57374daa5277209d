"""What `mkdocs serve` answers: pages rendered when they are asked for, the last good ones, and what is wrong."""

import re
import threading
import time
from collections.abc import Hashable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path

from jinja2 import TemplateError
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort, ConfigurationError
from mkdocs.structure.files import File

from engine import hooks, notebooks, preview, site, store
from engine.course import Course, stamp
from engine.draft import Draft
from engine.examples import FOLDER
from engine.expand import RECEIPT
from engine.figures import Untranslated
from engine.pages import LANGUAGES, Broken, Page
from engine.preview import INDEX, Edition
from engine.problems import ROOT, Problem, Problems
from engine.site import NOTEBOOKS, Site
from engine.values import Wrong

CONFIGURATION = ROOT / "mkdocs.yml"
CONFIGURATIONS = [CONFIGURATION, *(ROOT / f"mkdocs.{language}.yml" for language in LANGUAGES)]
NOTHING_GOOD = "<!doctype html><html><head><title>…</title></head><body></body></html>"


@dataclass(frozen=True)
class Rendered:
    """A page as it was rendered from one state of what it depends on, and the last good one."""

    state: Hashable
    html: str
    good: str = ""
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Answer:
    """What a browser gets. `tag` changes when a page does; `to` leads elsewhere."""

    body: bytes
    kind: str = "text/html; charset=utf-8"
    status: int = 200
    to: str = ""
    tag: str = ""


class Desk:
    """Answers requests from the course as it is, one at a time."""

    def __init__(self, course: Course, config: MkDocsConfig):
        self.course, self.config = course, config
        self.editions: dict[str, Edition] = {}
        self.misconfigured: list[Problem] = []
        self.rendered: dict[tuple[str, str], Rendered] = {}
        self.advice: dict[tuple[str, str], list[Problem]] = {}  # what a build would stop at, by page
        self.sources: dict[str, dict[str, str]] = {language: {} for language in LANGUAGES}
        self.files: dict[str, str] = {}  # what the finished pages are compared with
        self.work = hooks.Work(self.site(), Path(), "")
        self.asking: set[int] = set()  # threads that an author waits for

    def reconfigure(self) -> None:
        """Read the configurations and the theme again. What is broken is told, and the old ones stay."""
        before = self.config, self.editions
        with self.course.changed:
            try:
                with preview.warnings() as said:
                    self.config, self.editions = load_config(str(CONFIGURATION), site_url=before[0].site_url), {}
                    for language in before[1]:
                        self.edition(language)
                self.misconfigured = []
            except (Abort, ConfigurationError) as error:
                self.config, self.editions = before
                self.misconfigured = [hooks.in_configuration([*said, str(error)], CONFIGURATION)]
            except Exception as error:  # the server outlives it
                self.config, self.editions = before
                self.misconfigured = hooks.mistakes_in(error)
            self.course.tell()

    def edition(self, language: str) -> Edition:
        """The edition of a language, or the landing page's; made when it is first needed."""
        if language not in self.editions:
            self.config.extra["work"] = self.work
            config = hooks.language_config(self.config, language) if language else self.config
            self.editions[language] = Edition(config)
        return self.editions[language]

    def site(self) -> Site:
        """What the hooks want to know of a site: which examples have a page, and the pages that have been expanded."""
        return Site(dict.fromkeys(self.course.examples), self.sources, self.files)

    def find_files(self) -> None:
        """Notice new files, and those that have gone."""
        with self.course.changed:
            self.work.made = self.site()
            for edition in self.editions.values():
                edition.find_files()
            there = {(language, file.src_uri) for language, edition in self.editions.items() for file in edition.pages}
            for gone in self.rendered.keys() - there:
                self.rendered.pop(gone), self.advice.pop(gone, None)

    def answer(self, path: str) -> Answer:
        """The answer to a request for a path, which begins with a slash."""
        language = path[1:].removesuffix(f"/{INDEX}")
        if language in LANGUAGES and path.endswith(INDEX):
            return self.search_index(language)
        with self.ahead():
            return self.answer_now(path)

    def failed(self, error: Exception) -> Answer:
        """What to answer when there is no answer: why, on a page that loads again when that has changed."""
        with self.course.changed:
            self.course.blame(error)
            return replace(self.dressed(Rendered(None, NOTHING_GOOD)), status=500)

    @contextmanager
    def ahead(self) -> Iterator[None]:
        """Come before pages that nobody waits for."""
        self.asking.add(threading.get_ident())
        try:
            with self.course.changed:
                yield
        finally:
            self.asking.discard(threading.get_ident())

    def answer_now(self, path: str) -> Answer:
        """See `answer`."""
        language, slash, below = path[1:].partition("/")
        if language not in LANGUAGES:
            language, below = "", path[1:]
        elif not slash:
            return Answer(b"", status=302, to=f"{path}/")
        target = below + "index.html" if below.endswith("/") or not below else below
        edition = self.edition(language)
        file = edition.file(target)
        if file in edition.pages:
            return self.dressed(self.page(language, file))
        if file:
            return Answer(preview.content(file), preview.kind(target))
        if target in edition.config.theme.static_templates:
            return Answer(edition.template(target).encode(), preview.kind(target))
        if (text := self.beside(language, path[1:])) is not None:
            return Answer(text.encode(), preview.kind(target))
        if edition.file(f"{target}/index.html"):
            return Answer(b"", status=302, to=f"{path}/")
        return replace(self.dressed(Rendered(None, self.edition("").template("404.html"))), status=404)

    def search_index(self, language: str) -> Answer:
        """The search index of a language, for which each page has to be rendered."""
        for _ in self.render(language):
            pass
        with self.course.changed:
            self.course.glossary.write_for_jieba()
            return Answer(self.edition(language).index().encode(), preview.kind(INDEX))

    def render(self, language: str, version: int | None = None) -> Iterator[Rendered]:
        """Every page of an edition, rendered if it has not been; whoever asks for one page is answered in between.

        Ends early when the course has another version than the one that is given.
        """
        with self.course.changed:
            pages = self.edition(language).pages
        for file in pages:
            while self.asking:
                time.sleep(0.01)
            self.course.wait_for_draft()
            if version not in (None, self.course.version):
                return
            with self.course.changed:
                yield self.page(language, file)

    def beside(self, language: str, path: str) -> str | None:
        """A file that a build writes beside the pages, if there is one at this path."""
        if path == RECEIPT:
            found = {name: self.course.shown(name) for name in self.course.examples}
            return site.receipts({name: result for name, result in found.items() if result.is_clean})
        if (match := re.fullmatch(r"downloads/(\w+)\.(py|ipynb)", path)) and match[1] in self.course.examples:
            if match[2] == "py":
                return self.course.examples[match[1]].text
            kept = self.course.kept(match[1])
            return kept and notebooks.download(kept)
        for page in self.course.pages_in(language) if language else []:
            if path.startswith(f"{language}/{page.url}") and not self.course.mistakes_on(page):
                with suppress(Broken, Problems, Untranslated, Wrong, ValueError):  # told where the page is rendered
                    found = site.beside(page, self.course.expander(page, []))
                    if path in found:
                        return found[path]
        return None

    def page(self, language: str, file: File) -> Rendered:
        """A page as its sources are now, if they are good; else as it was when they last were."""
        key = language, file.src_uri
        before = self.rendered.get(key)
        page = self.course.pages.get(key)
        state, mistakes, failures = self.state(language, file, page)
        if before and before.state == state:
            return before
        found: list[Problem] = []
        html = NOTHING_GOOD
        if not mistakes:
            try:
                html = self.render_now(language, file, page, found)
            except Exception as error:  # the server outlives it
                found += self.mistakes_in(error, file, page)
        is_bad = bool(mistakes or failures or found)
        good = html if not is_bad and self.is_whole(page) else before.good if before else ""
        if is_bad:
            html = good or (before.html if mistakes and before else html)
        self.rendered[key] = Rendered(state, html, good, tuple(found))
        return self.rendered[key]

    def mistakes_in(self, error: Exception, file: File, page: Page | None) -> list[Problem]:
        """What an exception while a page is rendered tells: what nobody thought of is told at the page."""
        said = hooks.mistakes_in(error)
        if isinstance(error, Problems | TemplateError) or said[0].path.is_relative_to(hooks.THEME):
            return said
        path = page.path if page else FOLDER / f"{file.name}.py" if is_of_example(file) else hooks.THEME
        return [Problem(path, 1, f"{type(error).__name__}: {error}")]

    def state(
        self, language: str, file: File, page: Page | None
    ) -> tuple[Hashable, tuple[Problem, ...], tuple[Problem, ...]]:
        """What a page depends on, the mistakes in its source, and the failures of its examples."""
        course = self.course
        common = self.edition(language).serial
        if page:
            mistakes = tuple(course.mistakes_on(page))
            failures = tuple(course.failures[name] for name in course.named_on(page) if name in course.failures)
            return (common, course.state(page), mistakes, failures), mistakes, failures
        if is_of_example(file) and file.name in course.examples:
            shown = course.shown(file.name)
            return (common, stamp(shown), tuple(self.alts(language, file.name).items())), (), ()
        mistakes = tuple(problem for problem in course.mistakes if str(problem.path) == file.abs_src_path)
        return (common, mistakes or preview.content(file)), mistakes, ()

    def is_whole(self, page: Page | None) -> bool:
        """Whether all examples of a page have run to their end."""
        shown = [self.course.shown(name) for name in self.course.named_on(page)] if page else []
        return all(not isinstance(result, Draft) or result.is_whole for result in shown)

    def render_now(self, language: str, file: File, page: Page | None, found: list[Problem]) -> str:
        """The HTML of a page. What is found to be wrong with it is added to a list."""
        if page:
            self.sources[language][file.src_uri] = self.course.expander(page, found).html(page)
            self.files[f"{language}/{page.url}index.md"] = self.course.expander(page, []).markdown(page)
        elif is_of_example(file):
            self.write_notebook(language, file)
        html, said = self.edition(language).render(file)
        if not found:  # these do not spoil the page
            self.advice[language, file.src_uri] = [
                *self.work.problems,
                *(Problem(page.path, line_of(warning, page), warning) for warning in said if page),
            ]
        self.work.problems, self.work.entries = [], []
        return html

    def alts(self, language: str, name: str) -> dict[str, str]:
        """The alt texts that the pages of a language give to an example's figures, by cell."""
        found = {}
        for page in self.course.pages_in(language):
            if f"{name}." not in page.text:
                continue
            try:
                embeds = [embed for embed in page.embeds if "alt" in embed.options and embed.cell[0] == name]
            except Broken:
                continue
            expander = self.course.expander(page, [])
            with suppress(Broken, Wrong, ValueError):  # told where the page is rendered
                found |= {embed.cell[1]: expander.plain(embed.options["alt"]) for embed in embeds}
        return found

    def write_notebook(self, language: str, file: File) -> None:
        """Write the notebook that mkdocs-jupyter is about to read."""
        alts = self.alts(language, file.name)
        result = self.work.made.results[file.name] = self.course.shown(file.name)
        text = notebooks.page(result, language, lambda cell: alts.get(cell, ""), root="../../../")
        store.write_if_changed(NOTEBOOKS / language / file.src_uri, text)

    def problems(self) -> list[Problem]:
        """Everything that is known to be wrong, in the order of files and lines."""
        found = {*self.misconfigured, *self.course.mistakes, *self.course.failures.values()}
        found |= {problem for page in self.rendered.values() for problem in page.problems}
        found |= {problem for advice in self.advice.values() for problem in advice}
        # The navigation misses the page of an example that cannot be read.
        for language, edition in self.editions.items() if not self.course.unreadable else ():
            found |= {Problem(CONFIGURATIONS[["", *LANGUAGES].index(language)], 1, said) for said in edition.warnings}
        return sorted(found)

    def dressed(self, page: Rendered) -> Answer:
        """A page with what is wrong on top, and the script that waits for the next one."""
        problems = "".join(f"<li>{escape(str(problem))}</li>" for problem in self.problems())
        top = f'<ul class="serve-problems" role="alert">{problems}</ul>' if problems else ""
        tag = store.digest((page.html + top).encode("utf-8", "xmlcharrefreplace"))[:20]
        head = f'<link rel="stylesheet" href="/-/live.css"><script src="/-/live.js" data-seen="{tag}" defer></script>'
        html = page.html.replace("</head>", f"{head}</head>", 1)
        html = re.sub(r"<body[^>]*>", lambda body: body[0] + top, html, count=1)
        return Answer(html.encode("utf-8", "xmlcharrefreplace"), tag=tag)


def is_of_example(file: File) -> bool:
    """Whether a file is the page of a whole example."""
    return file.src_uri == f"examples/{file.name}.ipynb"


def line_of(warning: str, page: Page) -> int:
    """The line of a page that a warning of MkDocs is about, if it quotes a link."""
    link = re.search(r"link '([^']+)'", warning)
    return page.line(page.text.find(link[1])) if link and link[1] in page.text else 1
