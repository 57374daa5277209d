"""The results of all examples: those that are stored, and fresh ones where what they depend on has changed."""

import asyncio
import os
from concurrent.futures import Executor
from contextlib import nullcontext

from engine.project import Problem, Project
from engine.read.examples import Example
from engine.run import folders, key
from engine.run.elsewhere import execute_elsewhere
from engine.run.execute import Failed, Job, execute, jobs
from engine.run.images import choose
from engine.run.progress import Progress
from engine.run.result import Result
from engine.run.store import Store

# A training's two threads wait for each other and leave a core idle a seventh of the time; one example more fills it.
AT_A_TIME = (os.cpu_count() or 1) + 1


def gather(
    project: Project, examples: list[Example], wish: str = "", executor: Executor | None = None
) -> tuple[dict[str, Result], list[Problem]]:
    """Results of all examples, by name, and what failed. `wish` is that of `images.choose`.

    Examples run on this machine, or on those that an executor reaches (see `elsewhere`).
    Raises Problems and images.Unusable.
    """
    results, to_run = kept(project, examples, wish)
    if not to_run:
        return results, []
    with Store(project).lock():
        results, to_run = kept(project, examples, wish)  # another build may have run them meanwhile
        fresh, problems = run_all(project, to_run, executor)
    return dict(sorted((results | fresh).items())), problems


def kept(project: Project, examples: list[Example], wish: str = "") -> tuple[dict[str, Result], list[Job]]:
    """The stored results of examples, by name, and what is left to run.

    Without a wish, docs/results comes first, and images are looked for only if an example is left that loads them.
    Raises Problems and images.Unusable.
    """
    store = Store(project)
    results: dict[str, Result] = {}
    if not wish:
        for example in examples:
            if stored := store.published(example.name, key.digest_of(key.source(project, example))):
                results[example.name] = Result.of(example, stored, "docs/results")
    left = [example for example in examples if example.name not in results]
    images = choose(project, wish) if any(example.uses_images for example in left) else None
    to_run = []
    for job in jobs(project, left, images):
        if stored := store.load(job.example.name, job.source_key, job.machine_key):
            results[job.example.name] = Result.of(job.example, stored, ".cache/results")
        else:
            to_run.append(job)
    return results, to_run


def run_all(
    project: Project, jobs: list[Job], executor: Executor | None = None
) -> tuple[dict[str, Result], list[Problem]]:
    """Fresh results, by name. An example that fails gives a problem and does not keep others from running."""
    folders.remove_left()
    return asyncio.run(run_each(project, longest_first(project, jobs), executor))


async def run_each(
    project: Project, jobs: list[Job], executor: Executor | None
) -> tuple[dict[str, Result], list[Problem]]:
    """See `run_all`."""
    slots = nullcontext() if executor else asyncio.Semaphore(AT_A_TIME)  # an executor has a queue of its own
    results: dict[str, Result] = {}
    problems: list[Problem] = []

    async def run_one(job: Job) -> None:
        async with slots:
            try:
                results[job.example.name] = await run(project, job, progress, executor)
            except Failed as failed:
                problems.append(failed.problem)

    with Progress() as progress:
        await asyncio.gather(*map(run_one, jobs))
    return results, problems


async def run(project: Project, job: Job, progress: Progress, executor: Executor | None = None) -> Result:
    """The result of one run, which is then in .cache/results. Raises Failed."""
    progress.begin(job.example.name)
    try:
        stored = await (execute_elsewhere(executor, project, job) if executor else execute(project, job, progress))
    except Exception as error:
        progress.end(job.example.name, error)
        raise
    progress.end(job.example.name)
    Store(project).save(job.example.name, job.source_key, job.machine, stored)
    return Result.of(job.example, stored, "executed")


def longest_first(project: Project, jobs: list[Job]) -> list[Job]:
    """Jobs in the order in which they end soonest; a new example that loads images may take long."""
    store = Store(project)

    def expected(job: Job) -> float:
        return sum(store.seconds(job.example.name)) or (1000 if job.images else 0)

    return sorted(jobs, key=expected, reverse=True)
