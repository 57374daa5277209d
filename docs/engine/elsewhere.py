"""Runs examples on other machines: those that a `concurrent.futures.Executor` reaches, with this commit and wheels."""

import asyncio
from concurrent.futures import Executor
from typing import Any

from engine import examples, identity, pictures, runner
from engine.display import Display
from engine.examples import Example
from engine.pictures import Pictures
from engine.problems import Problem, Problems


async def run(executor: Executor, example: Example, key: str, data: Pictures | None) -> dict[str, Any]:
    """One run of an example by an executor's worker, as `engine.runner.run` gives it. Raises Failed."""
    wish = f"{'stand-in' if data.source == 'stand-in' else 'real'} {data.size}" if data else ""
    try:
        done = await asyncio.wrap_future(executor.submit(work, example.name, key, wish))
    except Exception as error:  # the executor's own: a worker that is gone, say
        raise runner.Failed(example, 1, f"no worker: {type(error).__name__}: {error}", code=5) from None
    if isinstance(done, Problem):
        raise runner.Failed(example, done.line, done.message, done.cell, done.code)
    return done


def work(name: str, key: str, wish: str) -> dict[str, Any] | Problem:
    """What a worker does: run one example on the pictures that it is to see, and give its result or what went wrong.

    The key has to be that of the builder, or the receipt would name a source, pictures or wheels that were not used.
    """
    example = next((example for example in examples.read_all()[0] if example.name == name), None)
    if example is None:
        return Problem(examples.FOLDER / f"{name}.py", 1, "a worker has no such example (give it this commit)", 5)
    try:
        data = pictures.choose(wish) if wish else None
    except pictures.Unusable as problem:
        return Problem(example.path, 1, f"a worker has {problem}", 5)
    try:
        inputs = identity.inputs(example, data and data.identity)
    except Problems as unreadable:
        return unreadable.problems[0]
    if identity.key(inputs) != key:
        said = "a worker has another source, other pictures or other wheels (give it this commit, and run 'uv sync')"
        return Problem(example.path, 1, said, 5)
    display = Display()
    display.start(name)
    try:
        return asyncio.run(runner.run(example, inputs, data, display))
    except runner.Failed as failed:
        return failed.problem
