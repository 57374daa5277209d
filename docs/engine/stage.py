"""Runs examples in the background while their author writes: what has no result yet, and what she has changed."""

import asyncio
import os
import sys
from collections.abc import Coroutine
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import psutil

from engine import identity, pictures, runner, store
from engine.course import Course
from engine.draft import Draft
from engine.examples import Example, imports
from engine.problems import Problem, Problems, told
from engine.progress import Progress
from engine.runner import Failed, Outdated
from engine.session import Session

SLOW = {"tensorflow": "tensorflow", "keras": "keras", "matplotlib": "matplotlib.pyplot"}  # to import
HEAD_START = 1  # seconds that the first page has before kernels take all cores
LIMIT_REACHED = 4  # as an exit code
MEMORY = 2 << 30  # bytes that the server and its idle kernels may hold


@dataclass
class Run:
    """One example on its way to a result."""

    example: Example
    inputs: dict[str, Any]
    key: str
    session: Session | None = None


class Stage:
    """The kernels: one that is ready for whatever comes, one for each run, and those that have run and stay alive."""

    def __init__(self, course: Course):
        self.course, self.progress = course, Progress()
        self.running: dict[str, Run] = {}
        self.alive: dict[str, Session] = {}  # by example, the latest last
        self.ready: asyncio.Task[Session] | None = None
        self.tasks: set[asyncio.Task[None]] = set()  # which the loop alone would forget

    def work(self) -> None:
        """Run what there is to run, for ever, in a thread of its own."""
        asyncio.run(self.attend_for_ever())

    async def attend_for_ever(self) -> None:
        """See `work`."""
        self.loop, self.called = asyncio.get_running_loop(), asyncio.Event()
        self.slots = asyncio.Semaphore(os.cpu_count() or 1)  # one less than in a build: an author works beside them
        try:
            self.course.take_pictures(await asyncio.to_thread(pictures.choose, os.environ.get("PICTURES", "")))
        except (pictures.Unusable, OSError) as problem:
            print(told(problem)[0] if isinstance(problem, OSError) else problem, file=sys.stderr)
            os._exit(5)
        await asyncio.sleep(HEAD_START)
        first = True
        while True:
            try:
                self.assign(is_urgent=not first)
            except Problems:  # the course tells them, and comes again when they are mended
                pass
            except Exception as error:  # the server outlives it
                self.course.blame(error)
            first = False
            await self.called.wait()
            self.called.clear()

    def attend(self) -> None:
        """Look again what there is to run; called from any thread."""
        self.loop.call_soon_threadsafe(self.called.set)

    def assign(self, is_urgent: bool) -> None:
        """Stop the runs whose example has changed, and start those that are needed, the longest first."""
        for name, run in list(self.running.items()):
            if run.key != self.course.key(name):
                del self.running[name]
                self.stop(name, run)
        for example in sorted(self.course.lacking(), key=runner.seconds_expected, reverse=True):
            if example.name not in self.running:
                inputs = self.course.inputs(example)
                self.running[example.name] = run = Run(example, inputs, identity.key(inputs))
                self.go(self.perform(run, is_urgent))
        if len(self.running) < 2 and not self.ready:
            self.ready = asyncio.create_task(self.open(is_ready=True))

    def stop(self, name: str, run: Run) -> None:
        """End a run that nobody needs any more, but no kernel that is to stay."""
        self.progress.stop(name)
        if run.session and run.session is self.alive.get(name):
            self.go(run.session.interrupt(run.example))
        elif run.session:
            self.end(run.session)

    def end(self, session: Session) -> None:
        """End a kernel, while others go on; one that trains takes a moment to give its memory back."""
        self.go(session.close())

    def go(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something while others go on."""
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def open(self, is_ready: bool) -> Session:
        """A kernel for any example, which is ready when it has imported what examples import and takes long."""
        used = {
            name for example in self.course.examples.values() for cell in example.cells for name in imports(cell.source)
        }
        slow = [module for name, module in SLOW.items() if name in used]
        session = Session(self.progress)
        session.looks = identity.looks()
        return await session.open(self.course.pictures, slow if is_ready else [])

    async def take(self, run: Run) -> Session:
        """The kernel that is ready; a new one if that has ended, or has imported older settings of figures."""
        if self.ready and self.ready.done():
            ready, self.ready = self.ready, None
            if not ready.exception():
                session = ready.result()
                if session.looks == run.inputs["matplotlibrc"] and await session.is_alive():
                    return session
                self.end(session)
        return await self.open(is_ready=False)

    async def perform(self, run: Run, is_urgent: bool) -> None:
        """Get the result of an example: first a draft, if a kernel that has run it is alive, then a run from the top.

        What an author has just changed does not wait for a slot.
        """
        name = run.example.name
        try:
            if old := self.alive.get(name):
                async with old.lock:
                    is_wanted = await old.is_alive() and run is self.running.get(name)
                    if is_wanted and (cells := old.to_run(run.example, run.inputs)):
                        run.session = old
                        await self.play(run, *cells)
            if run is not self.running.get(name):
                return
            self.course.expect(0)
            async with nullcontext() if is_urgent else self.slots:
                if run is not self.running.get(name):
                    return
                run.session = await self.take(run)
                self.called.set()  # the next kernel may get ready
                if run is not self.running.get(name):  # stopped before it had a kernel
                    return self.end(run.session)
                await self.play(run, 0, len(run.example.cells))
                secretary, seconds = run.session.nb.cells[-1], run.session.seconds[:-1]
                kept = runner.outcome(run.example, run.inputs, run.session.outputs, secretary, seconds)
                store.save(name, run.key, kept)
                print(f"{name}: ran {sum(seconds):.1f} s", file=sys.stderr)
                self.course.finish(name, run.key, kept)
                run.session.inputs = run.inputs
                if run is not self.running.get(name):
                    return self.end(run.session)
                self.keep(name, run.session)
        except Exception as error:  # the system's too, a full disk say: told, and not tried over and over
            said = f"does not run: {type(error).__name__}: {error}"
            problem = error.problem if isinstance(error, Failed) else Problem(run.example.path, 1, said, code=5)
            # Lines and limits may be others now, and the machine may refuse nothing any more.
            if run is self.running.get(name) and run.example == self.course.examples.get(name):
                self.course.fail(name, run.key, problem, again=isinstance(error, Outdated) or problem.code == 5)
            if run.session and run.session is not self.alive.get(name):
                self.end(run.session)
        finally:
            if run is self.running.get(name):
                del self.running[name]
                self.progress.stop(name)
            self.called.set()

    async def play(self, run: Run, first: int, end: int) -> None:
        """Run cells, and show what each of them gives; marked, if it does not follow a run from the top.

        A draft that fails says so, and is no reason not to run from the top. Raises Failed when that fails.
        """
        session, example = run.session, run.example
        assert session
        session.clean = min(session.clean, first) if first else len(example.cells)
        names = [cell.name for cell in example.cells]
        marked = frozenset(names[session.clean :])

        def show(values: dict[str, Any]) -> None:
            if first or not self.course.has_whole_draft(example.name):
                outputs = {name: given for name, given in zip(names, session.outputs) if given is not None}
                receipt = identity.receipt(example, run.inputs, session.seconds[: len(names)])
                self.course.draft(Draft(example, outputs, values, receipt, marked))

        self.progress.start(example, first)
        try:
            async for _ in session.perform(example, first, end):
                show({})
            show(session.values)
        except Failed as failed:
            if not first:
                raise
            if run is self.running.get(example.name):
                self.course.fail(example.name, run.key, failed.problem)
            if failed.problem.code == LIMIT_REACHED and self.alive.get(example.name) is session:
                self.end(self.alive.pop(example.name))  # it goes on, and would let the next draft wait

    def keep(self, name: str, session: Session) -> None:
        """Leave a kernel alive in which an example has run; idle ones end, the oldest first, if all hold too much."""
        if name in self.alive:
            self.end(self.alive.pop(name))
        self.alive[name] = session
        held = psutil.Process().memory_info().rss + sum(session.memory for session in self.alive.values())
        is_ready = self.ready and self.ready.done() and not self.ready.exception()
        held += self.ready.result().memory if is_ready else MEMORY // 4
        idle = [other for other in self.alive if other != name and not self.alive[other].lock.locked()]
        while idle and held > MEMORY:
            oldest = self.alive.pop(idle.pop(0))
            held -= oldest.memory
            self.end(oldest)
