"""The results in docs/results, from all the real images: `make results` writes them, `make verify` checks them."""

import json
import platform
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from engine.project import Problem, Problems, Project, nearest
from engine.read.examples import Example, read_all
from engine.run import key
from engine.run.compare import moved
from engine.run.execute import Job, jobs, processor
from engine.run.images import choose
from engine.run.result import Result
from engine.run.runner import run_all
from engine.run.store import Store, write

REAL = "real full"


@dataclass(frozen=True)
class Verified:
    """The examples that ran afresh, what they gave otherwise than docs/results says, and what failed.

    `same_images` is how much of that was not because of other images.
    """

    ran: list[str]
    moved: list[str]
    problems: list[Problem]
    same_images: int


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

    The comparison is exact if the key is the same, and this machine's processor that of the result. `images_too` False
    leaves out the examples that load images.

    Raises images.Unusable without the real images, and Problems.
    """
    examples = [example for example in chosen(project, names) if images_too or not example.uses_images]
    store = Store(project)
    with store.lock():
        to_run = {job.example.name: job for job in jobs_on_real_images(project, examples)}
        fresh, problems = run_all(project, list(to_run.values()))
    found: list[str] = []
    same_images = 0
    for name, new in sorted(fresh.items()):
        if entry := store.entry(name):
            job = to_run[name]
            like = (entry.source, entry.machine) == (job.source_key, job.machine)
            like = like and entry.result["receipt"]["processor"] == processor()
            differences = moved(Result.of(new.example, entry.result, "docs/results"), new, exactly=like)
            found += differences
            same_images += len(differences) if entry.machine["images"] == job.machine["images"] else 0
    return Verified(sorted(fresh), found, problems, same_images)


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


def add_row(project: Project, verified: Verified) -> None:
    """Add what a run with other versions gave to docs/works_with.json, in the place of one with the same versions."""
    rows = json.loads(project.text(project.works_with))
    shown = {name: version for name, version in key.packages(project).items() if name in rows[0]["packages"]}
    failed = sorted({problem.path.stem for problem in verified.problems})
    row = {
        "date": date.today().isoformat(),
        "python": platform.python_version(),
        "packages": shown,
        "ran": len(verified.ran),
        "of": len(verified.ran) + len(failed),
        "moved": verified.same_images,
        "failed": failed,
    }
    same = [old for old in rows if (old["python"], old["packages"]) == (row["python"], shown)]
    rows = [row, *(old for old in rows if old not in same)]
    write(project.works_with, json.dumps(rows, indent=1, ensure_ascii=False) + "\n")
