"""The pictures of CIFAR-10: from which source, how many, and always saying which."""

import io
import os
import pickle
import sys
import tarfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import httpx
import numpy as np
from filelock import FileLock
from rich.progress import DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from engine import drawings_of_classes, standin, store

# As keras/src/datasets/cifar10.py has it.
SHA256 = "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"
ORIGINS = (
    "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
    "https://dataset.bj.bcebos.com/cifar/cifar-10-python.tar.gz",  # byte-identical; the official host is throttled
)
KERAS_HOME = Path(os.environ.get("KERAS_HOME", "~/.keras")).expanduser()
ARCHIVE = KERAS_HOME / "datasets" / "cifar-10-batches-py-target_archive"  # where keras.utils.get_file looks

STEPS = {"full": 1, "preview": 10, "sample": 100}  # a size holds one picture in so many
COUNTS = {size: (50_000 // step, 10_000 // step) for size, step in STEPS.items()}
WORDS = {"real", "stand-in", *STEPS}
SPLITS = ("x_train", "y_train", "x_test", "y_test")


class Unusable(Exception):
    """Why pictures that somebody asked for cannot be had, in one line."""


@dataclass(frozen=True)
class Pictures:
    """A verified .npz with x_train, y_train, x_test and y_test, and what it is.

    `source` is 'archive' (the official file), 'file' (CIFAR10_FILE) or 'stand-in'; `size` is a key of STEPS.
    """

    path: Path
    source: str
    size: str
    sha256: str

    @property
    def identity(self) -> dict[str, Any]:
        """What the key of a result and its receipt say of the pictures."""
        train, test = COUNTS[self.size]
        return {"source": self.source, "size": self.size, "train": train, "test": test, "sha256": self.sha256}


@cache
def choose(wish: str, seconds: float = 120) -> Pictures:
    """The pictures that all examples of a build see.

    `wish` holds at most one of 'real' and 'stand-in', and at most one of 'full', 'preview' and 'sample', in any order.
    Without 'real' or 'stand-in' the first of these is taken: Keras's own cache, CIFAR10_FILE, a download of at most
    `seconds`, the stand-in. Real pictures come in full, the stand-in as a preview, unless the wish says otherwise.

    Raises Unusable when the wish cannot be read or fulfilled.
    """
    words = set(wish.split())
    sizes = words & STEPS.keys()
    if not words <= WORDS or {"real", "stand-in"} <= words or len(sizes) > 1:
        raise Unusable(f"PICTURES={wish!r} is not understood (say real or stand-in, and full, preview or sample)")
    if "stand-in" not in words:
        if pictures := real("".join(sizes) or "full", seconds):
            return pictures
        if "real" in words:
            raise Unusable("no real pictures: run 'make data', or name a file in CIFAR10_FILE")
        print("no real pictures to be had: the stand-in takes their place (see 'make data')", file=sys.stderr)
    return stand_in("".join(sizes) or "preview")


def real(size: str, seconds: float) -> Pictures | None:
    """The real pictures, from the first source that has them."""
    if ARCHIVE.exists() and store.digest(ARCHIVE.read_bytes()) == SHA256:
        return kept("archive", size, SHA256, ARCHIVE)
    if named := os.environ.get("CIFAR10_FILE"):
        path = Path(named).expanduser()
        if not path.exists():
            raise Unusable(f"CIFAR10_FILE={named}: no such file")
        sha256 = store.digest(path.read_bytes())
        return kept("archive" if sha256 == SHA256 else "file", size, sha256, path)
    if download(seconds):
        return kept("archive", size, SHA256, ARCHIVE)
    return None


def kept(source: str, size: str, sha256: str, origin: Path) -> Pictures:
    """Pictures from a file, unpacked once into the cache."""
    name = f"{sha256[:20]}-{size}.npz"
    if not (path := whole(name)):
        arrays = unpack(origin) if sha256 == SHA256 else arrays_of(origin)
        path = save(name, {name: arrays[name][:: STEPS[size]] for name in SPLITS})
    return Pictures(path, source, size, sha256)


def stand_in(size: str) -> Pictures:
    """The pictures drawn in place of the real ones, from two seeds: one to train on, one to test with."""
    sha256 = store.digest(b"".join(Path(module.__file__).read_bytes() for module in (standin, drawings_of_classes)))
    name = f"stand-in-{sha256[:20]}-{size}.npz"
    if not (path := whole(name)):
        train, test = COUNTS[size]
        x_train, y_train = standin.draw(train, seed=1)
        x_test, y_test = standin.draw(test, seed=2)
        path = save(name, dict(x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test))
    return Pictures(path, "stand-in", size, sha256)


def whole(name: str) -> Path | None:
    """A file of pictures in the cache, if it is there and its checksums are right."""
    path = store.CACHE / "pictures" / name
    try:
        with ZipFile(path) as file:
            if not file.testzip():
                return path
    except FileNotFoundError:
        return None
    except (OSError, EOFError, ValueError, BadZipFile):
        pass
    store.log.warning("%s is damaged; it is made again", path)
    return None


def save(name: str, arrays: dict[str, np.ndarray]) -> Path:
    """Write arrays as .npz, whole or not at all."""
    path = store.room() / "pictures" / name
    content = io.BytesIO()
    np.savez(content, **arrays)
    store.write(path, content.getvalue())
    return path


def unpack(archive: Path) -> dict[str, np.ndarray]:
    """The arrays of the official archive, whose digest the caller has checked: only so is unpickling it safe."""
    with tarfile.open(archive) as tar:
        names = [f"data_batch_{i}" for i in range(1, 6)] + ["test_batch"]
        batches = []
        for name in names:
            file = tar.extractfile(f"cifar-10-batches-py/{name}")
            assert file, name
            batches.append(pickle.load(file, encoding="bytes"))
    x = np.concatenate([batch[b"data"] for batch in batches]).reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    y = np.concatenate([batch[b"labels"] for batch in batches]).astype("uint8").reshape(-1, 1)
    return dict(x_train=x[:50_000], y_train=y[:50_000], x_test=x[50_000:], y_test=y[50_000:])


def arrays_of(path: Path) -> dict[str, np.ndarray]:
    """The arrays of an author's .npz, which must have the shapes and types of CIFAR-10.

    Raises Unusable when they have not.
    """
    try:
        with np.load(path) as file:
            arrays = {name: file[name] for name in SPLITS}
    except (OSError, EOFError, ValueError, KeyError, TypeError, BadZipFile) as error:
        said = f"neither the official archive nor an .npz with {', '.join(SPLITS)}"
        raise Unusable(f"CIFAR10_FILE={path}: {said} ({error})") from None
    for name, array in arrays.items():
        count = 50_000 if name.endswith("train") else 10_000
        expected = (count, 32, 32, 3) if name.startswith("x") else (count, 1)
        if array.shape != expected or array.dtype != np.uint8:
            raise Unusable(f"CIFAR10_FILE={path}: {name} is {array.dtype} {array.shape}, not uint8 {expected}")
    return arrays


def download(seconds: float) -> bool:
    """Fetch the official archive into Keras's own cache, trying each origin for at most `seconds`.

    Gives up on a host that does not answer in 5 s or is silent for 15 s. Only bytes with the right digest are kept.
    Returns whether they are there.
    """
    try:
        ARCHIVE.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        print(f"{ARCHIVE.parent}: {error.strerror}", file=sys.stderr)
        return False
    with FileLock(ARCHIVE.with_suffix(".lock")):
        if ARCHIVE.exists() and store.digest(ARCHIVE.read_bytes()) == SHA256:
            return True
        for origin in ORIGINS:
            try:
                content = fetch(origin, seconds)
            except (httpx.HTTPError, TimeoutError) as error:
                print(f"{origin}: {error or type(error).__name__}", file=sys.stderr)
                continue
            if store.digest(content) == SHA256:
                store.write(ARCHIVE, content)
                return True
            print(f"{origin}: sha256 is {store.digest(content)}, not {SHA256}; not used", file=sys.stderr)
    return False


def fetch(origin: str, seconds: float) -> bytes:
    """The bytes at an address, with progress. Raises httpx.HTTPError, or TimeoutError after `seconds`."""
    columns = TextColumn("{task.description}"), DownloadColumn(), TimeRemainingColumn()
    limits = httpx.Timeout(15, connect=5)
    with httpx.stream("GET", origin, timeout=limits, follow_redirects=True) as response, Progress(*columns) as progress:
        response.raise_for_status()
        size = int(response.headers.get("content-length", 0)) or None
        task = progress.add_task(origin.split("/")[2], total=size)
        content = bytearray()
        for chunk in response.iter_bytes():
            content += chunk
            progress.update(task, completed=len(content))
            if progress.tasks[0].elapsed > seconds:
                raise TimeoutError(f"{len(content) / 1e6:.0f} MB after {seconds:.0f} s; given up")
        return bytes(content)
