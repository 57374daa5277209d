"""What differs between two records of all examples (see engine/record.py), as data: pure functions."""

import re
from collections.abc import Iterator, Mapping
from difflib import unified_diff
from typing import Any

Record = Mapping[str, Any]
Report = Mapping[str, Any]

TIMES = re.compile(r"(?<!\S)\d+[mu]?s(/step|/epoch)?(?!\S)")  # in what `fit` prints; no two runs take the same


def compare(old: Record, new: Record) -> Report:
    """What moved from `old` to `new`.

    `broken` holds the examples that fail since, `claims` what is wrong with pages since, such as a false claim;
    `texts`, `numbers` and `figures` what the examples that ran both times wrote, left and drew otherwise. `ran` counts
    the examples that ran in `new`, of `all`; `seconds` tells how long each of them took.
    """
    examples = new["examples"]
    pairs = {name: (old["examples"].get(name), gave) for name, gave in examples.items()}
    both = {name: pair for name, pair in pairs.items() if all(pair)}
    since = problems(old, new)
    return {
        "date": new["date"],
        **versions(new),
        "against": versions(old),
        "pictures": new["pictures"],
        "all": len(examples),
        "ran": sum(gave is not None for gave in examples.values()),
        "seconds": {name: gave["seconds"] for name, gave in examples.items() if gave},
        "broken": [problem for problem in since if is_of_an_example(problem)],
        "claims": [problem for problem in since if not is_of_an_example(problem)],
        "texts": [found for name, pair in both.items() for found in texts(name, *pair)],
        "numbers": sorted((found for name, pair in both.items() for found in numbers(name, *pair)), key=size),
        "figures": [found for name, pair in both.items() for found in figures(name, *pair)],
    }


def versions(record: Record) -> dict[str, Any]:
    """What a record's examples ran on."""
    return {"python": record["python"], "packages": record["packages"]}


def problems(old: Record, new: Record) -> list[dict[str, Any]]:
    """The problems that are new, each with all its places: a claim stands on a page of each language.

    What was wrong before is not told again, whatever its message says now.
    """
    before = {subject(problem["place"]) for problem in old["problems"]}
    places: dict[str, list[str]] = {}
    for problem in new["problems"]:
        if subject(problem["place"]) not in before:
            places.setdefault(problem["message"], []).append(problem["place"])
    return [{"places": found, "message": message} for message, found in places.items()]


def subject(place: str) -> str:
    """What has a problem at a place: a whole example, or one line of a page."""
    return place.partition(":")[0] if place.startswith("examples/") else place


def is_of_an_example(problem: Mapping[str, Any]) -> bool:
    """Whether a problem is that of an example, and not of a page."""
    return problem["places"][0].startswith("examples/")


def texts(name: str, old: Record, new: Record) -> Iterator[dict[str, Any]]:
    """The cells that wrote something else, with the lines that are gone and those that are new."""
    for cell in shared(old["texts"], new["texts"]):
        before, after = (TIMES.sub("…", gave["texts"][cell]).splitlines() for gave in (old, new))
        if before != after:
            lines = list(unified_diff(before, after, n=0, lineterm=""))[2:]  # after the names of the files
            yield {"cell": f"{name}.{cell}", "lines": [line for line in lines if not line.startswith("@@")]}


def numbers(name: str, old: Record, new: Record) -> Iterator[dict[str, Any]]:
    """The values that moved: of each, how many of its numbers, and the one that moved most."""
    for value in old["values"] | new["values"]:
        before, after = (
            dict(leaves(gave["values"][value], f"{name}.{value}")) if value in gave["values"] else {}
            for gave in (old, new)
        )
        every = before | after
        moved = [leaf for leaf in every if not same(before.get(leaf), after.get(leaf))]
        if moved:
            most = max(moved, key=lambda leaf: change(before.get(leaf), after.get(leaf)))
            yield {
                "name": most,
                "old": before.get(most),
                "new": after.get(most),
                "moved": len(moved),
                "of": len(every),
            }


def size(moved: Mapping[str, Any]) -> int:
    """How many numbers a value holds: those of one, which pages quote most, are told first."""
    return moved["of"]


def figures(name: str, old: Record, new: Record) -> Iterator[dict[str, Any]]:
    """The figures that are made of other shapes."""
    for cell in shared(old["figures"], new["figures"]):
        before, after = old["figures"][cell], new["figures"][cell]
        if before != after:
            yield {"cell": f"{name}.{cell}", "old": before, "new": after}


def shared(old: Record, new: Record) -> list[str]:
    """The names that both have, in order."""
    return [name for name in old if name in new]


def leaves(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Each number and string in a kept value (see `engine.kernel.plain`), under the name by which a page quotes it."""
    if isinstance(value, list):
        for place, item in enumerate(value):
            yield from leaves(item, f"{name}[{place}]")
    elif isinstance(value, dict):
        ((kind, content),) = value.items()
        if kind == "array":
            yield from leaves(content["items"], name)
        elif kind == "tuple":
            yield from leaves(content, name)
        elif kind == "dict":
            for key, item in content.items():
                yield from leaves(item, f"{name}[{key!r}]")
        elif kind == "History":
            for attribute, item in content.items():
                yield from leaves(item, f"{name}.{attribute}")
        elif kind == "float":
            yield name, content  # nan or inf, for which JSON has no number
        else:  # what is kept of a large array
            yield name, f"{content['dtype']} {tuple(content['shape']['tuple'])}"
    else:
        yield name, value


def is_number(value: Any) -> bool:
    """Whether a value has a size. True and False have none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def same(old: Any, new: Any) -> bool:
    """Whether nothing moved; 1, 1.0 and True are three things."""
    return old == new and is_number(old) == is_number(new)


def change(old: Any, new: Any) -> float:
    """How far a number moved, as a part of the larger of the two; what is no number moved by all of it."""
    if not (is_number(old) and is_number(new)):
        return 1.0
    return abs(new - old) / max(abs(old), abs(new), 1e-300)
