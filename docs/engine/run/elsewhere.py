"""Runs examples on other machines: those that a `concurrent.futures.Executor` reaches, with this commit and wheels."""

import asyncio
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import engine
from engine.project import Problem, Problems, Project
from engine.read.examples import read_all
from engine.run.execute import Failed, Job, execute, jobs
from engine.run.images import Unusable, choose
from engine.run.progress import Progress


async def execute_elsewhere(executor: Executor, project: Project, job: Job) -> dict[str, Any]:
    """One run of an example by an executor's worker, in its stored form. Raises Failed."""
    images = job.images
    wish = f"{'stand-in' if images.source == 'stand-in' else 'real'} {images.size}" if images else ""
    keys = job.source_key, job.machine_key
    try:
        done = await asyncio.wrap_future(executor.submit(work, project.root, job.example.name, keys, wish))
    except Exception as error:  # the executor's own: a worker has died, say
        raise job.failed(f"no worker: {type(error).__name__}: {error}", code=5) from None
    if isinstance(done, Problem):
        raise Failed(done)
    return done


def work(root: Path, name: str, keys: tuple[str, str], wish: str) -> dict[str, Any] | Problem:
    """What a worker does: run one example of its own copy of the project, and give its result or what went wrong.

    Its keys have to be those of the builder: the receipt would name a source, images or wheels that were not used.
    """
    project = Project(root if root.is_dir() else Path(engine.__file__).parents[2])
    try:
        images = choose(project, wish) if wish else None
        (job,) = jobs(project, [example for example in read_all(project)[0] if example.name == name], images)
        if (job.source_key, job.machine_key) != keys:
            raise ValueError("it has another source, other images or other wheels")
        progress = Progress(quiet=True)
        progress.begin(name)
        return asyncio.run(execute(project, job, progress))
    except Failed as failed:
        return failed.problem
    except (Unusable, Problems, ValueError) as error:
        said = f"a worker cannot run it: {error} (give it this commit, and run 'uv sync' there)"
        return Problem(Path("examples", f"{name}.py"), 1, said, 5)
