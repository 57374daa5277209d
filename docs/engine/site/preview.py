"""What `mkdocs serve` adds: pages before their results, mistakes on top of pages, examples run in the background.

MkDocs serves and watches. A rebuild reads everything again, renders the pages whose text has changed, and hands the
examples without a result to a thread. The thread writes each result to the store; the store's folder is watched.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from engine.project import Problem, Problems, Project, languages
from engine.read.check import FRONT_MATTER
from engine.read.pages import Broken, Page
from engine.run import runner, store
from engine.run.execute import Failed, Job
from engine.run.images import Unusable
from engine.run.progress import Progress
from engine.show import html
from engine.show.expand import Expanded
from engine.site import build
from engine.site.build import Site

log = logging.getLogger("mkdocs.engine")


JobId = tuple[str, str, str]


def id_of(job: Job) -> JobId:
    """What makes a job the same one after a rebuild: its example and its keys."""
    return job.example.name, job.source_key, job.machine_key


class Background:
    """Runs examples in one thread. `failed` holds the problem of each that failed."""

    def __init__(self, project: Project):
        self.project = project
        self.failed: dict[JobId, Problem] = {}
        self.tasks: dict[JobId, asyncio.Task] = {}
        self.slots = asyncio.Semaphore(runner.AT_A_TIME)
        self.loop = asyncio.new_event_loop()
        self.progress = Progress().__enter__()
        store.remove_left()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    def want(self, jobs: Iterable[Job]) -> None:
        """Run these examples, stop others."""
        self.loop.call_soon_threadsafe(self.assign, {id_of(job): job for job in jobs})

    def assign(self, wanted: dict[JobId, Job]) -> None:
        """In the thread: cancel what is not wanted any more, start what is new."""
        for id in self.tasks.keys() - wanted.keys():
            self.tasks.pop(id).cancel()
            self.failed.pop(id, None)
        for id in wanted.keys() - self.tasks.keys():
            self.tasks[id] = self.loop.create_task(self.perform(wanted[id]))

    async def perform(self, job: Job) -> None:
        """Run one example; a failure is written to the store's folder, too, so that it leads to a rebuild."""
        try:
            async with self.slots:
                await runner.run(self.project, job, self.progress)
        except Exception as error:
            told = error.problem if isinstance(error, Failed) else Problem(job.example.path, 1, str(error), 5)
            self.failed[id_of(job)] = told
            failures = "".join(f"{problem}\n" for problem in self.failed.values())
            store.write(watched(self.project) / "failures.log", failures)

    def stop(self) -> None:
        """Stop all examples, and wait until their kernels have ended."""

        async def cancel() -> None:
            tasks = [*self.tasks.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(cancel(), self.loop).result(timeout=30)
        self.loop.call_soon_threadsafe(self.loop.stop)


def watched(project: Project) -> Path:
    """The folder whose changes lead to a rebuild, beside those of authors."""
    folder = store.cache_folder(project) / "results"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


class Preview:
    """The site as it is now.

    `render` renders changed pages, `render_all` everything; `engine.site.plugin` sets both when MkDocs serves.
    """

    render: Callable[[Site, dict[str, set[str]]], None]
    render_all: Callable[[], None]

    def __init__(self, project: Project, wish: str):
        self.project, self.wish = project, wish
        self.background = Background(project)
        self.good: dict[tuple[str, str], Expanded] = {}  # by language and page: the last without a mistake
        self.reported: list[Problem] = []
        self.inputs = self.digest()
        self.site: Site | None = None
        self.site = self.look()

    def rebuild(self) -> None:
        """Render what has changed since the last time. Never raises: what is wrong is logged, the site stays."""
        try:
            inputs, before, now = self.digest(), self.site, self.look()
            self.site = now
            try:
                if inputs == self.inputs:
                    self.render(now, changes(before, now))
                else:
                    self.render_all()
            except BaseException:
                self.site = before
                raise
            self.inputs = inputs
        except Exception as error:
            log.error(str(error) if hasattr(error, "exit_code") else f"{type(error).__name__}: {error}")

    def digest(self) -> list[tuple[str, int]]:
        """What every page depends on: which pages there are, and the last changes of configurations and theme."""
        files = [*self.project.root.glob("mkdocs*.yml"), *(self.project.docs / "theme").rglob("*")]
        pages = [page for language in languages() for page in self.project.pages(language).rglob("*.md")]
        times = [(str(path), path.stat().st_mtime_ns) for path in files if path.is_file()]
        return sorted([*times, *((str(path), 0) for path in [*pages, *self.project.examples.glob("*.py")])])

    def look(self) -> Site:
        """Read and expand everything; hand examples without a result to the background."""
        before = self.site
        sources = build.read(self.project, before and before.sources)
        problems = list(sources.problems)
        try:
            results, jobs = runner.kept(self.project, list(sources.examples.values()), self.wish)
        except (Problems, Unusable) as refused:
            results, jobs = dict(before.results) if before else {}, []
            problems += getattr(refused, "problems", [Problem(Path("mkdocs.yml"), 1, str(refused), 5)])
        self.background.want(jobs)
        failures = dict(self.background.failed)
        failed = [failures[id_of(job)] for job in jobs if id_of(job) in failures]
        site = build.expanded(self.project, sources, results)
        problems = sorted({*problems, *failed, *site.problems})
        if problems != self.reported:
            self.reported = problems
            log.warning("\n".join(map(str, problems)) or "All mistakes are corrected.")
        shown = {
            language: {page.name: self.shown(page, every[page.name], problems) for page in sources.pages[language]}
            for language, every in site.pages.items()
        }
        return replace(site, pages=shown)

    def shown(self, page: Page, expanded: Expanded, problems: Iterable[Problem]) -> Expanded:
        """A page, below the mistakes that concern it; one with a mistake of its own as it was last without."""
        its = [problem for problem in problems if concerns(problem.path, page)]
        key = page.language, page.name
        if not any(problem.path == page.path for problem in its):
            self.good[key] = expanded
        good = self.good.get(key, expanded)
        if not its:
            return good
        front = FRONT_MATTER.match(good.text)
        end = front.end() if front else 0
        box = html.problems(its, page.language)
        return replace(good, text=f"{good.text[:end]}\n\n{box}\n\n{good.text[end:]}")

    def stop(self) -> None:
        """Stop what runs in the background."""
        self.background.stop()


def concerns(path: Path, page: Page) -> bool:
    """Whether a problem in a file is one of a page: of its own, of an example on it, or of a file that all share."""
    if path.parts[0] == "examples" and path.suffix == ".py":
        try:
            return path.stem in page.examples
        except Broken:
            return path.stem in page.text
    is_page = path.parts[0] == "docs" and path.parts[1] in languages()
    return not is_page or path.parts[2:] == Path(page.name).parts  # in any language: they may differ


def changes(before: Site, now: Site) -> dict[str, set[str]]:
    """The pages and notebooks whose text or figures have changed, by language and path in the language's folder."""
    changed: dict[str, set[str]] = {}
    for language, pages in now.pages.items():
        old = before.figures.get(language, {})
        moved = {name for name, svg in now.figures[language].items() if old.get(name) != svg}
        known = before.pages.get(language, {})
        names = {name for name, page in pages.items() if known.get(name) != page or moved & page.figures.keys()}
        known_notebooks = before.notebooks.get(language, {})
        names |= {
            f"examples/{name}.ipynb"
            for name, notebook in now.notebooks[language].items()
            if known_notebooks.get(name) != notebook or any(figure.startswith(f"{name}-") for figure in moved)
        }
        if names:
            changed[language] = names
    return changed
