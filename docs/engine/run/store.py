"""Files that are written whole or not at all, and results stored under the key of everything they depend on."""

import hashlib
import json
import logging
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from engine.project import Project
from engine.run import folders

log = logging.getLogger("engine")  # not "mkdocs.engine": a damaged cache does not fail a strict build
LEFT_BY_KILLED_BUILDS = "results/.*.tmp", "images/.*.tmp", "matplotlib/*.matplotlib-lock"


def digest(content: bytes | str) -> str:
    """The SHA-256 of some bytes, or of a text's UTF-8, in hexadecimal."""
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()


def canonical(value: Any) -> str:
    """JSON in the one spelling that digests are made of."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def write(path: Path, content: bytes | str) -> None:
    """Write a file in one step: readers see the old content or the new. Raises OSError; then the old file stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
    try:
        with open(descriptor, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def write_if_changed(path: Path, content: str) -> None:
    """Write a file only if that changes it, so that whoever watches it sees no change where there is none."""
    with suppress(OSError):
        if path.read_bytes() == content.encode():
            return
    write(path, content)


@cache  # one warning for a build
def cache_folder(project: Project) -> Path:
    """Where to write what can be made again: .cache or, if nothing can be written there, a temporary folder."""
    try:
        project.cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=project.cache):
            return project.cache
    except OSError as error:
        log.warning("%s cannot be written: %s (results of this build are not kept)", project.cache, error.strerror)
        return folders.make()


@dataclass(frozen=True)
class Entry:
    """A stored result: the key of its source, what it depends on beside (see `key.machine`), and the result itself."""

    source: str
    machine: Mapping[str, Any]
    result: Mapping[str, Any]


class Store:
    """The results in .cache/results, of this machine, and in docs/results, which come with the project."""

    def __init__(self, project: Project):
        self.project = project
        self.folder = cache_folder(project) / "results"

    def path(self, name: str, source_key: str, machine_key: str) -> Path:
        """Where .cache/results has a result, if it has it."""
        return self.folder / f"{name}-{digest(source_key + machine_key)[:20]}.json"

    def load(self, name: str, source_key: str, machine_key: str) -> Mapping[str, Any] | None:
        """The result of an example in .cache/results, if one fits both keys."""
        entry = read(self.path(name, source_key, machine_key))
        fits = entry and (entry.source, digest(canonical(entry.machine))) == (source_key, machine_key)
        return entry.result if entry and fits else None

    def published(self, name: str, source_key: str) -> Mapping[str, Any] | None:
        """The result of an example in docs/results, if it fits the source key."""
        entry = self.entry(name)
        return entry.result if entry and entry.source == source_key else None

    def entry(self, name: str) -> Entry | None:
        """What docs/results has of an example, whether it fits or not."""
        return read(self.project.results / f"{name}.json")

    def save(self, name: str, source_key: str, machine: Mapping[str, Any], result: Mapping[str, Any]) -> None:
        """Keep a result in .cache/results, and the nine before it. A result that cannot be written is a warning."""
        try:
            path = self.path(name, source_key, digest(canonical(machine)))
            write(path, json.dumps(sealed(Entry(source_key, machine, result))))
            for old in self.newest_first(name)[10:]:
                old.unlink(missing_ok=True)
        except OSError as error:
            log.warning("the result of %s is not kept: %s", name, error.strerror)

    def publish(self, name: str, source_key: str, machine: Mapping[str, Any], result: Mapping[str, Any]) -> None:
        """Write a result to docs/results. Raises OSError."""
        content = json.dumps(sealed(Entry(source_key, machine, result)), indent=1, sort_keys=True, ensure_ascii=False)
        write_if_changed(self.project.results / f"{name}.json", content + "\n")

    def newest_first(self, name: str) -> list[Path]:
        """The results of an example in .cache/results, with whatever keys."""
        found = self.folder.glob(f"{name}-{'?' * 20}.json")
        return sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)

    def seconds(self, name: str) -> list[float]:
        """How long each cell of an example took when it ran last, with whatever keys; nothing if it never ran."""
        paths = [*self.newest_first(name)[:1], self.project.results / f"{name}.json"]
        entry = next(filter(None, map(read, paths)), None)
        return entry.result["receipt"]["seconds"] if entry else []

    @contextmanager
    def lock(self) -> Iterator[None]:
        """While no other build of this project runs examples. Removes what killed builds have left."""
        lock = FileLock(self.folder.parent / "build.lock")
        try:
            lock.acquire(timeout=0.5)
        except Timeout:
            print("waiting for another build that runs examples", file=sys.stderr)
            lock.acquire()
        try:
            left = [path for pattern in LEFT_BY_KILLED_BUILDS for path in self.folder.parent.glob(pattern)]
            for path in [*left, *self.project.results.glob(".*.tmp")]:
                path.unlink(missing_ok=True)
            yield
        finally:
            lock.release()


def sealed(entry: Entry) -> dict[str, Any]:
    """An entry as it is written, with a digest of itself."""
    return asdict(entry) | {"sha256": digest(canonical(asdict(entry)))}


def read(path: Path) -> Entry | None:
    """A stored result. One that is damaged or of another format is a warning, and treated as absent."""
    try:
        content = json.loads(path.read_bytes())
        if content.pop("sha256") == digest(canonical(content)):
            return Entry(**content)
        problem: object = "damaged"
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        problem = error.strerror
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        problem = "not a stored result"
    log.warning("%s is ignored: %s", path, problem)
    return None
