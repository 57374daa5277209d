"""What no output may tell a reader: where this machine keeps its files, what it is called, and whose it is."""

import os
import platform
import pwd
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

BASE64 = re.compile(r"base64,[\w+/=\s]*")
NOBODY = {"localhost", "root", "user"}  # names that many machines share


@cache
def patterns() -> dict[str, re.Pattern[str]]:
    """What gives this machine away, by what it is called in a message."""
    tops = sorted({*os.listdir("/"), "Users", "home", "root", "tmp"})
    names = {"this machine": {platform.node()}, "its user": {os.environ.get("USER", ""), login()}}
    found = {"an absolute path": re.compile(rf"(?<![\w./:~-])/(?:{'|'.join(map(re.escape, tops))})/[^\s'\"<>,;:)\]]+")}
    for whose, called in names.items():
        if called := {name for name in called if len(name) > 2} - NOBODY:
            found[f"the name of {whose}"] = re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, called))})(?![\w-])")
    return found


def login() -> str:
    """The name of the user who runs this process, if the system knows one."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return ""


def given_away(value: Any, source: str) -> Iterator[str]:
    """What an output tells of this machine and the example's source does not say: `an absolute path '/home/…'`."""
    for text in texts(value):
        for kind, pattern in patterns().items():
            for match in pattern.finditer(BASE64.sub("", text)):
                if match[0] not in source:
                    yield f"{kind} '{match[0]}'"


def texts(value: Any) -> Iterator[str]:
    """Every string in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for item in [*value, *value.values()] if isinstance(value, dict) else value:
            yield from texts(item)
