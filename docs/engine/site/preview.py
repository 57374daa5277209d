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
from typing import Any

from engine.project import Problem, Problems, Project, languages
from engine.read.pages import Page
from engine.run import folders, runner, store
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
        folders.remove_left()
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
        except Failed as failed:
            self.failed[id_of(job)] = failed.problem
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
    """The site as it is now. `site` is what was rendered last."""

    def __init__(self, project: Project, wish: str):
        self.project, self.wish = project, wish
        self.background = Background(project)
        self.good: dict[tuple[str, str], Expanded] = {}  # by language and page: the last without a mistake
        self.reported: list[Problem] = []
        self.inputs = self.digest()
        self.site = self.look()

    def serve(self, plugin: Any, builder: Callable[[], None]) -> None:
        """Render with this plugin from now on; `builder` is MkDocs' own, for a change that concerns every page."""
        self.plugin, self.builder = plugin, builder

    def rebuild(self) -> None:
        """Render what has changed since the last time. Never raises: what is wrong is logged, the site stays."""
        try:
            inputs = self.digest()
            before, self.site = self.site, self.look(self.site)
            if inputs != self.inputs:
                self.inputs = inputs
                self.builder()
            else:
                self.plugin.rebuild(self.site, changes(before, self.site))
        except Exception as error:
            log.error(str(error) if hasattr(error, "exit_code") else f"{type(error).__name__}: {error}")

    def digest(self) -> list[tuple[str, int]]:
        """What every page depends on: the configurations and the theme, with the times of their last changes."""
        files = [*self.project.root.glob("mkdocs*.yml"), *(self.project.docs / "theme").rglob("*")]
        return sorted((str(path), path.stat().st_mtime_ns) for path in files if path.is_file())

    def look(self, before: Site | None = None) -> Site:
        """Read and expand everything; hand examples without a result to the background."""
        sources = build.read(self.project)
        problems = list(sources.problems)
        try:
            results, jobs = runner.kept(self.project, list(sources.examples.values()), self.wish)
        except (Problems, Unusable) as refused:
            results, jobs = {}, []
            problems += getattr(refused, "problems", [self.project.problem(self.project.root / ".", 1, str(refused))])
        self.background.want(jobs)
        known = dict(self.background.failed)
        failed = {job.example.name: known[id_of(job)] for job in jobs if id_of(job) in known}
        problems += failed.values()
        site = build.expanded(self.project, sources, results, failed, before)
        problems = sorted({*problems, *site.problems})
        if problems != self.reported:
            self.reported = problems
            log.warning("\n".join(map(str, problems)) or "all mistakes are mended")
        shown = {
            language: {page.name: self.shown(page, every[page.name], problems) for page in sources.pages[language]}
            for language, every in site.pages.items()
        }
        return replace(site, pages=shown)

    def shown(self, page: Page, expanded: Expanded, problems: Iterable[Problem]) -> Expanded:
        """A page or, below its mistakes, its last good version."""
        its = [problem for problem in problems if concerns(problem.path, page)]
        key = page.language, page.name
        if not its:
            self.good[key] = expanded
            return expanded
        good = self.good.get(key, expanded)
        return replace(good, text=f"{html.problems(its, page.language)}\n\n{good.text}")

    def stop(self) -> None:
        """Stop what runs in the background."""
        self.background.stop()


def concerns(path: Path, page: Page) -> bool:
    """Whether a problem in a file is one of a page: of its own, of an example on it, or of a file that all share."""
    if path.parts[:1] == ("examples",) and path.suffix == ".py":
        return path.stem in page.text  # an embed that cannot be read still names its example
    is_other_page = path.parts[:1] == ("docs",) and path.parts[1:2] and path.parts[1] in languages()
    return path == page.path or not is_other_page


def changes(before: Site, now: Site) -> dict[str, set[str]]:
    """The pages and notebooks whose text or figures have changed, by language and path in the language's folder."""
    changed: dict[str, set[str]] = {}
    for language in languages():
        old, new = before.pages.get(language, {}), now.pages.get(language, {})
        names = {name for name in new if old.get(name) != new[name]}
        old_notebooks, new_notebooks = before.notebooks.get(language, {}), now.notebooks.get(language, {})
        names |= {f"examples/{name}.ipynb" for name in new_notebooks if old_notebooks.get(name) != new_notebooks[name]}
        if names:
            changed[language] = names
    return changed
