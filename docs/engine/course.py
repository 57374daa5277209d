"""The course as it is at this moment, for a server that shows it while its author writes.

Sources are read again when they change, results are looked up when a page needs them, and what is broken stays as it
was when it was last good. No part of this is used by a build.
"""

import threading
import time
from collections.abc import Hashable, Mapping
from contextlib import suppress
from typing import Any

from engine import examples, identity, site, store
from engine.draft import Draft, DraftExpander
from engine.examples import Example
from engine.expand import quotable
from engine.figures import DRAWINGS, LABELS, LOOKS
from engine.pages import LANGUAGES, Page
from engine.pictures import Pictures
from engine.problems import Problem, Problems, found_in
from engine.result import Result
from engine.sources import digest_of
from engine.terms import GLOSSARY, Glossary
from engine.values import Values

SHARED = (GLOSSARY, LABELS, DRAWINGS, LOOKS)  # what every page may depend on


class Course:
    """Examples, pages and results, the latest good ones, and what is wrong with the latest.

    `version` grows with every change; `changed` is notified of it, and is the lock under which all of this is read.
    """

    def __init__(self) -> None:
        self.changed = threading.Condition(threading.RLock())
        self.version = 0
        self.until = 0.0  # see `expect`
        self.examples: dict[str, Example] = {}
        self.unreadable: set[str] = set()  # examples that never were good since the server started
        self.keys: dict[str, str] = {}
        self.pages: dict[tuple[str, str], Page] = {}
        self.mistakes: list[Problem] = []  # in files
        self.failures: dict[str, Problem] = {}  # of runs, by example
        self.again: set[str] = set()  # see `fail`
        self.drafts: dict[str, Draft] = {}  # by example, while it has no result
        self.pictures: Pictures | None = None
        self.results: dict[str, Result | None] = {}  # kept ones, None where there is none
        self.glossary, self.shared = Glossary(()), ""
        self.quotable: dict[str, tuple[Result, Values]] = {}
        self.read()

    def read(self) -> None:
        """Read all sources again."""
        with self.changed:
            self.mistakes = []
            while self.again:
                self.failures.pop(self.again.pop(), None)
            for part in (self.read_examples, self.read_pages, self.read_glossary):
                try:
                    part()
                except Exception as error:  # the server outlives it
                    self.mistakes += found_in(error)
            self.tell()

    def read_examples(self) -> None:
        """Read all examples again; those that cannot be read stay as they were, and are told.

        Raises Problems, and all stay, if something cannot be read that all results depend on.
        """
        found, problems = examples.read_all()
        self.mistakes += problems
        broken = {problem.path for problem in problems}
        before, keys = self.examples, self.keys
        now = {name: example for name, example in before.items() if example.path in broken}
        now |= {example.name: example for example in found}
        names = {path.stem for path in broken} | now.keys()
        self.unreadable = names - before.keys()  # until it is known what they depend on
        self.keys = self.keys_of(now)
        self.unreadable, self.examples = names - now.keys(), now
        for name in before:
            if before[name] != now.get(name) or keys.get(name) != self.keys.get(name):
                self.forget(name)

    def read_pages(self) -> None:
        """Read all pages again; those that cannot be read stay as they were, and are told. Raises Problems."""
        written, unread = site.read_pages()
        self.mistakes += unread
        broken = {problem.path for problem in unread}
        before = self.pages
        self.pages = {key: page for key, page in before.items() if page.path in broken}
        for page in (page for every in written.values() for page in every):
            key = page.language, page.name
            self.pages[key] = before[key] if page == before.get(key) else page  # which knows its embeds
        written = {language: self.pages_in(language) for language in LANGUAGES}
        self.mistakes += site.mistakes(self.examples, written, self.unreadable, are_all=not unread)

    def read_glossary(self) -> None:
        """Read the glossary again; it stays as it was if that cannot be done. Raises Problems."""
        self.shared = digest_of(*SHARED)
        self.glossary = Glossary.read()

    def mistakes_on(self, page: Page) -> list[Problem]:
        """What keeps a page from being expanded: mistakes in its source, and examples on it that never were good."""
        lacking = {examples.FOLDER / f"{name}.py" for name in self.unreadable if f"{name}." in page.text}
        return [problem for problem in self.mistakes if problem.path in {page.path, *lacking}]

    def pages_in(self, language: str) -> list[Page]:
        """The pages of one language."""
        return [page for (its, _), page in self.pages.items() if its == language]

    def forget(self, name: str) -> None:
        """An example has changed: it has no result until one is found or made."""
        for known in (self.results, self.failures, self.drafts):
            known.pop(name, None)

    def tell(self) -> None:
        """Something has changed."""
        with self.changed:
            self.version += 1
            self.changed.notify_all()

    def take_pictures(self, chosen: Pictures) -> None:
        """From now on it is known which pictures examples see."""
        with self.changed:
            self.pictures, self.drafts = chosen, {}
            with suppress(Problems):  # told when sources are read
                self.keys = self.keys_of(self.examples)
            self.tell()

    def blame(self, error: Exception) -> None:
        """Something is wrong that nobody thought of; it is told until sources are read again."""
        with self.changed:
            places = {(problem.path, problem.line) for problem in self.mistakes}
            if new := [problem for problem in found_in(error) if (problem.path, problem.line) not in places]:
                self.mistakes = [*self.mistakes, *new]
                self.tell()

    def wait(self, version: int, seconds: float | None = None) -> int:
        """Wait until the version is another one; returns it."""
        with self.changed:
            self.changed.wait_for(lambda: self.version != version, seconds)
            return self.version

    def wait_for_pictures(self, seconds: float) -> None:
        """Wait until the pictures are chosen, unless that takes long."""
        with self.changed:
            self.changed.wait_for(lambda: self.pictures, seconds)

    def inputs(self, example: Example) -> dict[str, Any]:
        """What the key of an example's result is made of. Raises Problems."""
        data = self.pictures if example.uses_cifar10 else None
        return identity.inputs(example, data and data.identity)

    def keys_of(self, found: Mapping[str, Example]) -> dict[str, str]:
        """The keys of the results of examples. Raises Problems."""
        return {name: identity.key(self.inputs(example)) for name, example in found.items()}

    def key(self, name: str) -> str | None:
        """The key of an example's result, if there is such an example."""
        return self.keys.get(name)

    def kept(self, name: str) -> Result | None:
        """The clean result of an example, if there is one."""
        with self.changed:
            if name not in self.results:
                example = self.examples[name]
                if example.uses_cifar10 and self.pictures is None:
                    return None  # until it is known which
                found = store.load(name, self.keys[name])
                self.results[name] = found and as_result(example, found)
            return self.results[name]

    def shown(self, name: str) -> Result:
        """What a page shows of an example: its result, or as much of a draft as there is."""
        if kept := self.kept(name):
            return kept
        if name not in self.drafts:
            example = self.examples[name]
            self.drafts[name] = Draft(example, {}, {}, identity.receipt(example, self.inputs(example), []))
        return self.drafts[name]

    def quoted(self, name: str) -> Values:
        """What a page may quote of an example."""
        result, values = self.quotable.get(name, (None, None))
        if values is None or result is not self.shown(name):
            result = self.shown(name)
            self.quotable[name] = result, (values := quotable(result))
        return values

    def lacking(self) -> list[Example]:
        """The examples that have to run."""
        with self.changed:
            return [e for name, e in self.examples.items() if not self.kept(name) and name not in self.failures]

    def expect(self, seconds: float) -> None:
        """A draft is about to come; pages that are rendered without it would only keep it waiting."""
        with self.changed:
            self.until = time.monotonic() + seconds
            self.changed.notify_all()

    def wait_for_draft(self) -> None:
        """Wait until the draft that is expected has come, or takes longer than that."""
        with self.changed:
            while (left := self.until - time.monotonic()) > 0:
                self.changed.wait(left)

    def has_whole_draft(self, name: str) -> bool:
        """Whether there is a draft of every cell of an example."""
        return name in self.drafts and self.drafts[name].is_whole

    def draft(self, draft: Draft) -> None:
        """A run has got as far as this."""
        with self.changed:
            if self.key(draft.example.name) == draft.receipt["key"]:
                self.drafts[draft.example.name] = draft
                self.until = 0.0
                self.tell()

    def finish(self, name: str, key: str, kept: dict[str, Any]) -> None:
        """A run from the top has ended."""
        with self.changed:
            if self.key(name) == key:
                self.forget(name)
                self.results[name] = as_result(self.examples[name], kept)
                self.tell()

    def fail(self, name: str, key: str, problem: Problem, again: bool = False) -> None:
        """A run has failed; `again` if that may not be so when sources have been read again."""
        with self.changed:
            if self.key(name) == key:
                self.failures[name] = problem
                self.again |= {name} if again else set()
                self.tell()

    def named_on(self, page: Page) -> list[str]:
        """The examples that a page may depend on: all of them if it holds a table or a drawing."""
        if "[[table" in page.text or "[[drawing" in page.text:
            return list(self.examples)
        return [name for name in self.examples if f"{name}." in page.text]

    def state(self, page: Page) -> Hashable:
        """Everything that a page shows; as long as this is the same, so is the page."""
        return page.text, self.shared, *(stamp(self.shown(name)) for name in self.named_on(page))

    def expander(self, page: Page, problems: list[Problem]) -> DraftExpander:
        """What expands a page with the results that there are."""
        names = self.named_on(page)
        shown, quoted = {name: self.shown(name) for name in names}, {name: self.quoted(name) for name in names}
        return DraftExpander(self.examples, shown, problems, self.glossary, values=quoted)


def as_result(example: Example, kept: dict[str, Any]) -> Result:
    """A kept result as a page shows it."""
    names = [cell.name for cell in example.cells]
    return Result(example, dict(zip(names, kept["outputs"])), kept["values"], kept["receipt"])


def stamp(result: Result) -> Hashable:
    """What tells one result of an example from another: its key, the names of its cells, how far a draft has got."""
    marked = result.marked if isinstance(result, Draft) else None
    return result.receipt["key"], tuple(result.outputs), marked, bool(result.values)
