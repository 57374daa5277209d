"""Files and folders that a killed build leaves no trace of, and results stored under the key of what they depend on."""

import hashlib
import json
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import psutil
from filelock import FileLock, Timeout

from engine.project import Project

log = logging.getLogger("engine")  # not "mkdocs.engine": a damaged cache does not fail a strict build


def digest(content: bytes | str) -> str:
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()


def digest_of(value: Any) -> str:
    """The digest of a JSON value, whatever the order of its keys."""
    return digest(json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")))


def write(path: Path, content: bytes | str) -> None:
    """Write a file in one step: readers see the old content or the new. Raises OSError; then the old file stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".", suffix=".tmp") as folder:
        with open(Path(folder, path.name), "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(file.name, path)


def write_if_changed(path: Path, content: str) -> None:
    """Write a file only if that changes it, so that whoever watches it sees no change where there is none."""
    if not path.is_file() or path.read_bytes() != content.encode():
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
        return make_folder()


def make_folder() -> Path:
    """A temporary folder that names its builder, so that the next build can remove what a killed one has left."""
    return Path(tempfile.mkdtemp(prefix=f"neurons-{os.getpid()}-"))


def remove_folder(folder: Path) -> None:
    """Remove a folder, and end all processes that have it as their HOME: a kernel and whatever it has started."""
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):  # it has ended, or belongs to somebody else
            if process.environ().get("HOME") == str(folder):
                process.kill()
    shutil.rmtree(folder, ignore_errors=True)


def remove_left() -> None:
    for folder in Path(tempfile.gettempdir()).glob("neurons-*-*"):
        builder = folder.name.split("-")[1]
        if builder.isdecimal() and not psutil.pid_exists(int(builder)):
            remove_folder(folder)


class Store:
    """Results in .cache/results, where both keys have to fit, and in docs/results, where the source's has to.

    An entry holds the key of its `source`, its `machine` (see `key.machine`) and its `result`.
    """

    def __init__(self, project: Project):
        self.project, self.cache = project, cache_folder(project)
        self.folder = self.cache / "results"

    def path(self, name: str, source_key: str, machine_key: str) -> Path:
        return self.folder / f"{name}-{digest(source_key + machine_key)[:20]}.json"

    def load(self, name: str, source_key: str, machine_key: str) -> Mapping[str, Any] | None:
        entry = read(self.path(name, source_key, machine_key))
        fits = entry and (entry["source"], digest_of(entry["machine"])) == (source_key, machine_key)
        return entry["result"] if fits else None

    def published(self, name: str, source_key: str) -> Mapping[str, Any] | None:
        entry = self.entry(name)
        return entry["result"] if entry and entry["source"] == source_key else None

    def entry(self, name: str) -> dict[str, Any] | None:
        """What docs/results has of an example, whether it fits or not."""
        return read(self.project.results / f"{name}.json")

    def save(self, name: str, source_key: str, machine: Mapping[str, Any], result: Mapping[str, Any]) -> None:
        """Keep a result in .cache/results, and the nine before it. A result that cannot be written is a warning."""
        try:
            write(self.path(name, source_key, digest_of(machine)), sealed(source_key, machine, result))
            for old in sorted(self.folder.glob(f"{name}-{'?' * 20}.json"), key=lambda path: path.stat().st_mtime)[:-10]:
                old.unlink(missing_ok=True)
        except OSError as error:
            log.warning("the result of %s is not kept: %s", name, error.strerror)

    def publish(self, name: str, source_key: str, machine: Mapping[str, Any], result: Mapping[str, Any]) -> None:
        """Write a result to docs/results. Raises OSError."""
        write_if_changed(self.project.results / f"{name}.json", sealed(source_key, machine, result))

    @contextmanager
    def lock(self) -> Iterator[None]:
        """While no other build of this project runs examples. Removes what killed builds have left."""
        lock = FileLock(self.cache / "build.lock")
        try:
            acquired = lock.acquire(timeout=0.5)
        except Timeout:
            print("waiting for another build that runs examples", file=sys.stderr)
            acquired = lock.acquire()
        with acquired:
            for folder in [*self.cache.glob("*/.*.tmp"), *self.project.results.glob(".*.tmp")]:
                shutil.rmtree(folder, ignore_errors=True)
            for path in self.cache.glob("matplotlib/*.matplotlib-lock"):
                path.unlink(missing_ok=True)
            yield


def sealed(source_key: str, machine: Mapping[str, Any], result: Mapping[str, Any]) -> str:
    entry = {"source": source_key, "machine": machine, "result": result}
    return json.dumps(entry | {"sha256": digest_of(entry)}, indent=1, ensure_ascii=False) + "\n"


def read(path: Path) -> dict[str, Any] | None:
    """The entry in a file, if there is one. A damaged file is a warning, and treated as absent."""
    try:
        entry = json.loads(path.read_bytes())
        if entry.pop("sha256") == digest_of(entry):
            return entry
    except FileNotFoundError:
        return None
    except Exception:  # of whatever else the file may hold
        pass
    log.warning("%s is ignored: it is damaged, or cannot be read", path)
