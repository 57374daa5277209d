"""What a run left in its namespace, for the expressions in a page."""

import ast
import math
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

from engine.project import nearest


class Wrong(Exception):
    """What is wrong with an expression, as its author reads it."""


@dataclass(frozen=True)
class Values:
    """The values that one example left (see `engine.run.kernel.plain`), as attributes: each time new ones."""

    example_: str
    recorded_: Mapping[str, Any]

    def __getattr__(self, name: str) -> Any:
        if name not in self.recorded_:
            raise Wrong(f"example '{self.example_}' gives no value '{name}'{nearest(name, self.recorded_)}")
        return restore(self.recorded_[name])


def restore(value: Any) -> Any:
    """The inverse of `engine.run.kernel.plain`."""
    if isinstance(value, list):
        return [restore(item) for item in value]
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    match kind:
        case "array":
            return np.array(restore(content["items"]), dtype=content["dtype"])
        case "float":
            return float(content)
        case "tuple":
            return tuple(restore(item) for item in content)
        case "dict":
            return {key: restore(item) for key, item in content.items()}
        case _:  # a History, or shape and dtype of a large array
            return SimpleNamespace(**{name: restore(item) for name, item in content.items()})


def evaluate(expression: str, values: Mapping[str, Values]) -> Any:
    """The value of a Python expression over `math` and the examples' values. Raises Wrong for all Python raises."""
    try:
        return eval(expression, {"math": math, **values})  # authors are trusted: their examples are code too
    except Wrong:
        raise
    except NameError as error:
        raise Wrong(f"no example '{error.name}'{nearest(error.name or '', values)}") from None
    except (Exception, SystemExit) as error:
        raise Wrong(f"{type(error).__name__} in '{expression}': {error}") from None


def formatted(text: str, values: Mapping[str, Values]) -> str:
    """The text of `expression:format`, as an f-string gives it, but with a true minus sign. Raises Wrong."""
    expression, specification = text.strip(), ""
    for colon in re.finditer(":", text):  # the first after which Python has a whole expression separates the two
        with suppress(SyntaxError):
            ast.parse(before := text[: colon.start()].strip(), mode="eval")
            expression, specification = before, text[colon.end() :]
            break
    value = evaluate(expression, values)
    if isinstance(value, np.generic):
        value = value.item()
    if not isinstance(value, str | int | float):
        raise Wrong(f"'{expression}' is a {type(value).__name__}; a page quotes one number or string")
    try:
        shown = format(value, specification)
    except (ValueError, OverflowError) as error:
        raise Wrong(f"'{text}': {error}") from None
    return shown if isinstance(value, str) else re.sub("^-", "−", shown)


def names_in(expression: str, values: Mapping[str, Values]) -> str:
    """What the values in an expression are, for a message: `fnn.accuracy = 0.31`."""
    said = {}
    for name in re.findall(r"\b[a-z]\w*(?:\.[a-zA-Z_]\w*|\[[^\]]*\])+", expression):
        with suppress(Wrong):
            if not callable(value := evaluate(name, values)):
                said[name] = f"{name} = {value!r}"
    return ", ".join(said.values())
