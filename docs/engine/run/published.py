"""The results in docs/results, from all the real images: `make results` writes them, `make verify` checks them."""

import json
import math
import platform
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from engine.project import Problem, Problems, Project, nearest
from engine.read.examples import Example, read_all
from engine.run import key
from engine.run.execute import Job, jobs, processor
from engine.run.images import choose
from engine.run.result import Result
from engine.run.runner import gather, run_all
from engine.run.store import Store, digest, digest_of, write

IMAGES = "real full"
TIMES = re.compile(r"(?<!\S)\d+[mu]?s(/step|/epoch)?(?!\S)")  # in what `fit` prints; no two runs take the same
NUMBER = re.compile(r"-?\d+(\.\d+)?(e[-+]?\d+)?")
TOLERANCE = 1e-3  # relative, between machines
KINDS = {"array", "items", "tuple", "dict", "History", "float", "large array"}  # of `kernel.plain`


@dataclass(frozen=True)
class Verified:
    """The examples that ran afresh, what they gave otherwise than docs/results says, and what failed."""

    ran: list[str]
    moved: list[str]
    problems: list[Problem]
    same_images: int  # so many of `moved` are not because of other images


def update(project: Project, names: Collection[str] = ()) -> list[str]:
    """Write what has changed, of all examples or those of `names`, to docs/results; remove what is left of others.

    Returns whose results were written. Raises images.Unusable without the real images and, after writing, Problems.
    """
    examples, store, written = chosen(project, names), Store(project), []
    changed = planned(project, [example for example in examples if stale(project, [example])])
    _, problems = gather(project, [job.example for job in changed], IMAGES)
    for job in changed:
        if stored := store.load(job.example.name, job.source_key, job.machine_key):
            store.publish(job.example.name, job.source_key, job.machine, stored)
            written.append(job.example.name)
    for path in project.results.glob("*.json") if not names else []:
        if path.stem not in {example.name for example in examples}:
            path.unlink()
    if problems:
        raise Problems(problems)
    return written


def verify(project: Project, names: Collection[str] = (), images_too: bool = True) -> Verified:
    """Run examples afresh and compare them with docs/results, exactly if keys and the processor are the same.

    `images_too` False leaves out the examples that load images. Raises images.Unusable and Problems.
    """
    examples = [example for example in chosen(project, names) if images_too or not example.uses_images]
    store = Store(project)
    with store.lock():
        to_run = planned(project, examples)
        fresh, problems = run_all(project, to_run)
    found, same_images = [], 0
    for job in to_run:
        new, entry = fresh.get(job.example.name), store.entry(job.example.name)
        if new and entry:
            same_key = (entry["source"], entry["machine"]) == (job.source_key, job.machine)
            exactly = same_key and entry["result"]["receipt"]["processor"] == processor()
            differences = moved(Result.of(job.example, entry["result"], "docs/results"), new, exactly)
            found += differences
            same_images += len(differences) if entry["machine"]["images"] == job.machine["images"] else 0
    return Verified(sorted(fresh), found, problems, same_images)


def stale(project: Project, examples: list[Example]) -> list[Problem]:
    """The examples whose result in docs/results is that of another source, or missing. Raises Problems."""
    said = "has changed since its result in docs/results was made, or has none (run 'make results')"
    published = Store(project).published
    found = [one for one in examples if not published(one.name, digest_of(key.source(project, one)))]
    return [Problem(example.path, 1, said) for example in found]


def chosen(project: Project, names: Collection[str]) -> list[Example]:
    """All examples, or those of these names. Raises Problems."""
    examples, problems = read_all(project)
    known = {example.name: example for example in examples}
    for name in set() if problems else set(names) - known.keys():
        said = f"no example '{name}'{nearest(name, known)}"
        problems.append(project.problem(project.examples / f"{name}.py", 1, said))
    if problems:
        raise Problems(problems)
    return [known[name] for name in names or known]


def planned(project: Project, examples: list[Example]) -> list[Job]:
    """What there is to run on all the real images. Raises Problems, and images.Unusable."""
    return jobs(project, examples, choose(project, IMAGES) if any(one.uses_images for one in examples) else None)


def add_row(project: Project, verified: Verified) -> None:
    """Add what a run with other versions gave to docs/works_with.json, in the place of one with the same versions."""
    rows = json.loads(project.text(project.works_with))
    failed = sorted({problem.path.stem for problem in verified.problems})
    row = {
        "date": date.today().isoformat(),
        "python": platform.python_version(),
        "packages": {name: version for name, version in key.packages(project).items() if name in rows[0]["packages"]},
        "ran": len(verified.ran),
        "of": len(verified.ran) + len(failed),
        "moved": verified.same_images,
        "failed": failed,
    }
    others = [old for old in rows if (old["python"], old["packages"]) != (row["python"], row["packages"])]
    write(project.works_with, json.dumps([row, *others], indent=1, ensure_ascii=False) + "\n")


def moved(old: Result, new: Result, exactly: bool) -> list[str]:
    """A line for each value, and for the outputs of each cell, that differs: `fnn.accuracy: 0.5012, was 0.5034`.

    Unless `exactly`, numbers may differ by TOLERANCE, and those in texts by anything; figures are not compared.
    """
    pairs = {name: (old.values.get(name), new.values.get(name)) for name in old.values | new.values}
    for cell in new.outputs:
        pairs[f"{cell} output"] = tuple(lines(result.outputs.get(cell, []), exactly) for result in (old, new))
    found = (list(differences(f"{new.example.name}.{name}", *pair, exactly)) for name, pair in pairs.items())
    return [first + (f" (and {len(more)} more)" if more else "") for first, *more in filter(None, found)]


def lines(outputs: list[dict[str, Any]], exactly: bool) -> list[str]:
    """What a cell has printed, without times, and its figures; without figures and numbers unless `exactly`."""
    text = TIMES.sub("…", "".join(output.get("text", "") for output in outputs))
    if not exactly:
        return NUMBER.sub("…", text).splitlines()
    return text.splitlines() + [f"figure {digest(output['svg'])[:8]}" for output in outputs if "svg" in output]


def differences(name: str, old: Any, new: Any, exactly: bool) -> Iterator[str]:
    """The places at which two JSON values differ."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in old | new:
            yield from differences(name if key in KINDS else f"{name}.{key}", old.get(key), new.get(key), exactly)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for place, pair in enumerate(zip(old, new)):
            yield from differences(f"{name}[{place}]", *pair, exactly)
    elif not is_same(old, new, exactly):
        yield f"{name}: {new!r:.200}, was {old!r:.200}"


def is_same(old: Any, new: Any, exactly: bool) -> bool:
    if not exactly and {type(old), type(new)} <= {int, float}:
        return math.isclose(old, new, rel_tol=TOLERANCE, abs_tol=1e-9)
    return old == new and isinstance(old, bool) == isinstance(new, bool)
