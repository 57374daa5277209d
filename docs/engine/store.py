"""Files that are whole or not there, and results kept under the key of everything they depend on."""

import hashlib
import json
import logging
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from engine.guard import keep
from engine.problems import ROOT

CACHE = ROOT / ".cache"

log = logging.getLogger("engine")  # not "mkdocs.engine": a cache at fault does not fail a strict build


def write(path: Path, content: bytes | str) -> None:
    """Write a file in one step: readers see the old content or the new, never a part.

    Raises OSError as writing does; then the old file is as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
    except OSError as error:
        error.filename = str(path)
        raise
    try:
        with open(descriptor, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException as error:
        os.unlink(temporary)
        if isinstance(error, OSError):
            error.filename = error.filename or str(path)
        raise


def write_if_changed(path: Path, content: str) -> None:
    """Write a file only if that changes it, so that whoever watches it sees no change where there is none."""
    with suppress(OSError):
        if path.read_bytes() == content.encode():
            return
    write(path, content)


def temporary(name: str) -> Path:
    """A path for a folder of this process alone, short enough for sockets in it; see `engine.guard.keep`."""
    where = tempfile.gettempdir()
    return Path("/tmp" if len(os.fsencode(where)) > 60 else where) / f"{name}-{os.getpid()}-{secrets.token_hex(4)}"


def room() -> Path:
    """Where a build puts what it may make again: the cache or, if that takes nothing, a folder of this process."""
    return room_for(CACHE)


@cache
def room_for(cache: Path) -> Path:
    """See `room`."""
    try:
        cache.mkdir(parents=True, exist_ok=True)
        problem = "" if os.access(cache, os.W_OK) else "it is read-only"
        problem = problem or ("no space left" if shutil.disk_usage(cache).free < 50e6 else "")
    except OSError as error:
        problem = str(error.strerror)
    if not problem:
        return cache
    log.warning("the cache is not written: %s (%s)", problem, cache)
    folder = temporary("cache")
    keep(folder)
    return folder


@contextmanager
def alone() -> Iterator[None]:
    """While no other build of this folder runs examples. The lock of a build that was killed is nobody's."""
    lock = FileLock(room() / "build.lock")
    try:
        lock.acquire(timeout=0.5)
    except Timeout:
        print("another build runs examples here; this one waits for it", file=sys.stderr)
        lock.acquire()
    except OSError as error:
        log.warning("builds do not wait for each other: %s (%s)", error.strerror, lock.lock_file)
    try:
        tidy()
        yield
    finally:
        lock.release()


def tidy() -> None:
    """Remove from the cache what a killed build left, and lists of fonts that matplotlib would complain of."""
    if room() != CACHE:
        return
    for pattern in ("results/.*.tmp", "pictures/.*.tmp", "matplotlib/*.matplotlib-lock"):
        for left in CACHE.glob(pattern):
            left.unlink(missing_ok=True)
    fonts = CACHE / "matplotlib"
    for odd in [fonts] if fonts.is_file() else [path for path in fonts.glob("fontlist-*.json") if not path.is_file()]:
        log.warning("%s is damaged; it is made again", odd)
        shutil.rmtree(odd) if odd.is_dir() else odd.unlink(missing_ok=True)


def digest(content: bytes | str) -> str:
    """The SHA-256 of some bytes, or of a text's UTF-8, in hexadecimal."""
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()


def canonical(value: Any) -> str:
    """JSON in the one spelling that digests are made of."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def entry(name: str, key: str) -> Path:
    """Where the result of an example is kept."""
    return CACHE / "results" / f"{name}-{key[:20]}.json"


def entries(name: str) -> list[Path]:
    """The kept results of an example, under any key, the newest first."""
    found = (CACHE / "results").glob(f"{name}-{'?' * 20}.json")
    return sorted(found, key=lambda path: path.lstat().st_mtime, reverse=True)


def whole(path: Path) -> tuple[str, dict[str, Any]]:
    """The key and the result of an entry. Raises OSError as reading does, and ValueError if it is damaged."""
    try:
        kept = json.loads(path.read_bytes())
        if kept["sha256"] == digest(canonical(kept["result"])):
            return kept["key"], kept["result"]
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    raise ValueError("it is damaged")


def newest(name: str) -> dict[str, Any]:
    """The result of an example that was kept last, under any key; empty if there is none that is whole."""
    try:
        return whole(entries(name)[0])[1]
    except (OSError, IndexError, ValueError):
        return {}


def save(name: str, key: str, result: dict[str, Any]) -> None:
    """Keep a result, and the nine before it. A cache that cannot be written costs the next build time, and this one
    a warning.
    """
    if room() != CACHE:
        return
    path = entry(name, key)
    try:
        write(path, json.dumps({"key": key, "sha256": digest(canonical(result)), "result": result}))
        for old in entries(name)[10:]:
            old.unlink(missing_ok=True)
    except OSError as error:
        log.warning("result not kept: %s (%s)", error.strerror, path)


def load(name: str, key: str) -> dict[str, Any] | None:
    """The result kept under a key, or None when there is none that is whole and its own."""
    path = entry(name, key)
    try:
        its, result = whole(path)
        if its == key:
            return result
        problem = "it is another's"
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        problem = str(error)
    log.warning("%s is not used, its example runs again: %s", path, problem)
    return None
