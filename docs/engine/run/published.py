"""The results in docs/results, from all the real images: `make results` writes them, `make verify` checks them."""

from collections.abc import Collection
from dataclasses import dataclass

from engine.project import Problem, Problems, Project, nearest
from engine.read.examples import Example, read_all
from engine.run import key
from engine.run.compare import moved
from engine.run.execute import Job, jobs, processor
from engine.run.images import choose
from engine.run.result import Result
from engine.run.runner import run_all
from engine.run.store import Store

REAL = "real full"


@dataclass(frozen=True)
class Verified:
    """The examples that ran afresh, what they gave otherwise than docs/results says, and what failed."""

    ran: list[str]
    moved: list[str]
    problems: list[Problem]


def update(project: Project, names: Collection[str] = ()) -> list[str]:
    """Write what has changed to docs/results, and remove what examples that are gone have left there.

    Runs what is not in .cache/results from all the real images. `names` leaves out all other examples. Returns the
    names of the results that were written.

    Raises images.Unusable without the real images, and Problems; the results of examples that did not fail are written.
    """
    examples = chosen(project, names)
    store = Store(project)
    changed = [example for example in examples if is_stale(project, example)]
    with store.lock():
        to_run = jobs_on_real_images(project, changed)
        stored = {job.example.name: store.load(job.example.name, job.source_key, job.machine_key) for job in to_run}
        fresh, problems = run_all(project, [job for job in to_run if not stored[job.example.name]])
    stored |= {name: result.stored for name, result in fresh.items()}
    written = [job for job in to_run if stored[job.example.name]]
    for job in written:
        store.publish(job.example.name, job.source_key, job.machine, stored[job.example.name])
    for path in project.results.glob("*.json") if not names else []:
        if path.stem not in {example.name for example in examples}:
            path.unlink()
    if problems:
        raise Problems(problems)
    return [job.example.name for job in written]


def verify(project: Project, names: Collection[str] = (), images_too: bool = True) -> Verified:
    """Run examples afresh and compare them with docs/results, value by value.

    The comparison is exact if this machine is like the one that made the result: its Python, wheels, images and
    processor. `images_too` False leaves out the examples that load images.

    Raises images.Unusable without the real images, and Problems for results that are stale.
    """
    examples = [example for example in chosen(project, names) if images_too or not example.uses_images]
    if problems := stale(project, examples):
        raise Problems(problems)
    store = Store(project)
    with store.lock():
        to_run = {job.example.name: job for job in jobs_on_real_images(project, examples)}
        fresh, problems = run_all(project, list(to_run.values()))
    found: list[str] = []
    for name, new in sorted(fresh.items()):
        if entry := store.entry(name):
            like = entry.machine == to_run[name].machine and entry.result["receipt"]["processor"] == processor()
            found += moved(Result.of(new.example, entry.result, "docs/results"), new, exactly=like)
    return Verified(sorted(fresh), found, problems)


def stale(project: Project, examples: list[Example]) -> list[Problem]:
    """The examples whose result in docs/results is that of another source, or missing. Raises Problems."""
    said = "has changed since its result in docs/results was made, or has none (run 'make results')"
    return [Problem(example.path, 1, said) for example in examples if is_stale(project, example)]


def is_stale(project: Project, example: Example) -> bool:
    """Whether docs/results has no result that fits the source of an example. Raises Problems."""
    return Store(project).published(example.name, key.digest_of(key.source(project, example))) is None


def chosen(project: Project, names: Collection[str]) -> list[Example]:
    """All examples, or those of these names. Raises Problems."""
    examples, problems = read_all(project)
    known = {example.name: example for example in examples}
    folder = project.examples
    problems += [
        project.problem(folder / f"{name}.py", 1, f"no example '{name}'{nearest(name, known)}")
        for name in names
        if name not in known and not problems
    ]
    if problems:
        raise Problems(problems)
    return [known[name] for name in names or known]


def jobs_on_real_images(project: Project, examples: list[Example]) -> list[Job]:
    """What there is to run for examples. Raises Problems, and images.Unusable."""
    return jobs(project, examples, choose(project, REAL) if any(example.uses_images for example in examples) else None)
