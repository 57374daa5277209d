"""What differs between two results of an example, as lines to read: pure functions."""

import math
import re
from collections.abc import Iterator
from typing import Any

from engine.run.result import Result

TIMES = re.compile(r"(?<!\S)\d+[mu]?s(/step|/epoch)?(?!\S)")  # in what `fit` prints; no two runs take the same
NUMBER = re.compile(r"-?\d+(\.\d+)?(e[-+]?\d+)?")
TOLERANCE = 1e-3  # relative, between machines


def moved(old: Result, new: Result, exactly: bool) -> list[str]:
    """What a new result has otherwise than an old one, such as `fnn.accuracy: 0.5012, was 0.5034`.

    Not `exactly`, numbers may differ by TOLERANCE, and so may those in texts by anything; figures are not compared.
    """
    found = list(moved_values(old, new, exactly))
    for cell in new.outputs:
        place = f"{new.example.name}.{cell}"
        before, after = (lines(result, cell, exactly) for result in (old, new))
        if before != after:
            first = next((pair for pair in zip(before, after) if pair[0] != pair[1]), None)
            found.append(f"{place} prints {first[1]!r}, was {first[0]!r}" if first else f"{place} prints other lines")
        if exactly and old.figure(cell) != new.figure(cell):
            found.append(f"{place} draws another figure")
    return found


def moved_values(old: Result, new: Result, exactly: bool) -> Iterator[str]:
    """A line for each value that has moved, with the number in it that moved most."""
    for value in old.values | new.values:
        before, after = (
            dict(leaves(result.values[value], f"{new.example.name}.{value}")) if value in result.values else {}
            for result in (old, new)
        )
        pairs = {leaf: (before.get(leaf), after.get(leaf)) for leaf in before | after}
        differing = [leaf for leaf, pair in pairs.items() if not is_same(*pair, exactly)]
        if differing:
            most = max(differing, key=lambda leaf: change(*pairs[leaf]))
            more = f" (and {len(differing) - 1} more of {len(pairs)})" if len(differing) > 1 else ""
            yield f"{most}: {pairs[most][1]!r}, was {pairs[most][0]!r}{more}"


def lines(result: Result, cell: str, exactly: bool) -> list[str]:
    """What a cell has printed, without times and, unless exactly, without numbers."""
    text = TIMES.sub("…", "".join(output.get("text", "") for output in result.outputs[cell]))
    return (text if exactly else NUMBER.sub("…", text)).splitlines()


def leaves(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Each number and string in an encoded value (see `kernel.plain`), under the name by which a page quotes it."""
    if isinstance(value, list):
        for place, item in enumerate(value):
            yield from leaves(item, f"{name}[{place}]")
    elif isinstance(value, dict):
        ((kind, content),) = value.items()
        if kind in ("dict", "History"):
            for key, item in content.items():
                yield from leaves(item, f"{name}[{key!r}]" if kind == "dict" else f"{name}.{key}")
        elif kind == "large array":
            yield name, f"{content['dtype']} {tuple(content['shape']['tuple'])}"
        else:  # "array", "tuple", and "float" for nan and inf
            yield from leaves(content["items"] if kind == "array" else content, name)
    else:
        yield name, value


def is_number(value: Any) -> bool:
    """Whether a value has a size. True and False have none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_same(old: Any, new: Any, exactly: bool) -> bool:
    """Whether nothing moved; 1 and True are two things."""
    if not exactly and is_number(old) and is_number(new):
        return math.isclose(old, new, rel_tol=TOLERANCE, abs_tol=1e-9)
    return old == new and is_number(old) == is_number(new)


def change(old: Any, new: Any) -> float:
    """How far a number moved, relative to the larger of the two; anything else moved by all of it."""
    return abs(new - old) / max(abs(old), abs(new), 1e-300) if is_number(old) and is_number(new) else 1.0
