"""The results of all examples: those that are stored, and fresh ones where what they depend on has changed."""

import asyncio
import os
from concurrent.futures import Executor
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import engine
from engine.project import Problem, Project
from engine.read.examples import Example
from engine.run import key
from engine.run.execute import Failed, Job, execute, jobs
from engine.run.images import choose
from engine.run.progress import Progress
from engine.run.result import Result
from engine.run.store import Store, digest_of, remove_left

# A training's two threads wait for each other and leave a core idle a seventh of the time; one example more fills it.
AT_A_TIME = (os.cpu_count() or 1) + 1
Outcome = tuple[dict[str, Result], list[Problem]]  # results by name, and what failed


def gather(project: Project, examples: list[Example], wish: str = "", executor: Executor | None = None) -> Outcome:
    """Results of all examples from here or an executor's workers; see `images.choose` for `wish` and what it raises."""
    results, to_run = kept(project, examples, wish)
    if not to_run:
        return results, []
    with Store(project).lock():
        results, to_run = kept(project, examples, wish)  # another build may have run them meanwhile
        fresh, problems = run_all(project, to_run, executor)
    return dict(sorted((results | fresh).items())), problems


def kept(project: Project, examples: list[Example], wish: str = "") -> tuple[dict[str, Result], list[Job]]:
    """The stored results of examples, by name, and what is left to run. Raises Problems and images.Unusable.

    Without a wish, docs/results comes first, and images are looked for only if an example is left that loads them.
    """
    store, results, to_run = Store(project), {}, []
    for example in [] if wish else examples:
        if stored := store.published(example.name, digest_of(key.source(project, example))):
            results[example.name] = Result.of(example, stored, "docs/results")
    left = [example for example in examples if example.name not in results]
    images = choose(project, wish) if any(example.uses_images for example in left) else None
    for job in jobs(project, left, images):
        if stored := store.load(job.example.name, job.source_key, job.machine_key):
            results[job.example.name] = Result.of(job.example, stored, ".cache/results")
        else:
            to_run.append(job)
    return results, to_run


def run_all(project: Project, jobs: list[Job], executor: Executor | None = None) -> Outcome:
    """Fresh results. An example that fails gives a problem and does not keep others from running."""
    remove_left()
    slots = nullcontext() if executor else asyncio.Semaphore(AT_A_TIME)  # an executor has a queue of its own
    results, problems = {}, []

    def expected_seconds(job: Job) -> float:
        entry = Store(project).entry(job.example.name)
        return sum(entry["result"]["receipt"]["seconds"]) if entry else 1000 if job.images else 0

    async def run_one(job: Job, progress: Progress) -> None:
        async with slots:
            try:
                results[job.example.name] = await run(project, job, progress, executor)
            except Failed as failed:
                problems.append(failed.problem)

    async def run_each() -> None:
        with Progress() as progress:
            longest_first = sorted(jobs, key=expected_seconds, reverse=True)  # so ends the last one soonest
            await asyncio.gather(*(run_one(job, progress) for job in longest_first))

    asyncio.run(run_each())
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


async def execute_elsewhere(executor: Executor, project: Project, job: Job) -> dict[str, Any]:
    """One run by a worker of an executor, in its stored form. Raises Failed."""
    try:
        return await asyncio.wrap_future(executor.submit(work, project.root, job))
    except Failed:
        raise
    except Exception as error:  # the executor's own: a worker has died, say
        raise Failed.at(job.example, f"no worker: {type(error).__name__}: {error}", code=5) from None


def work(root: Path, job: Job) -> dict[str, Any]:
    """What a worker does: run an example in its own copy of the project, with this commit, these images and wheels."""
    project = Project(root if root.is_dir() else Path(engine.__file__).parents[2])
    wish = f"{'stand-in' if job.images.source == 'stand-in' else 'real'} {job.images.size}" if job.images else ""
    (own,) = jobs(project, [job.example], choose(project, wish) if wish else None)
    if (own.source_key, own.machine_key) != (job.source_key, job.machine_key):
        raise ValueError("it has another commit, other images or other wheels (run 'git pull' and 'uv sync' there)")
    progress = Progress(quiet=True)
    progress.begin(job.example.name)
    return asyncio.run(execute(project, own, progress))
