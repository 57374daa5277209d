"""The images of CIFAR-10: from which source, how many, and always saying which."""

import hashlib
import io
import os
import pickle
import sys
import tarfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import standin
from engine.project import Project
from engine.run.store import cache_folder, digest, write

SHA256 = "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"  # from keras/src/datasets/cifar10.py
STEPS = {"full": 1, "preview": 10, "sample": 100}  # a size holds one image in so many
TRAIN, TEST = 50_000, 10_000
SHAPES = {"x_train": (TRAIN, 32, 32, 3), "y_train": (TRAIN, 1), "x_test": (TEST, 32, 32, 3), "y_test": (TEST, 1)}
STAND_IN = Path(standin.__file__).parent
Arrays = tuple[np.ndarray, ...]  # in the order of SHAPES


class Unusable(Exception):
    """Why the images that somebody asked for cannot be used, in one line."""


@dataclass(frozen=True)
class Images:
    """An .npz with x_train, y_train, x_test and y_test, and what it is."""

    path: Path
    source: str  # 'archive' (the official file), 'file' (CIFAR10_FILE) or 'stand-in'
    size: str  # a key of STEPS
    sha256: str  # of what the images come from
    about: str = ""  # what a file says of itself

    @property
    def identity(self) -> dict[str, Any]:
        """What the key of a result and its receipt say of the images."""
        counts = {"train": TRAIN // STEPS[self.size], "test": TEST // STEPS[self.size]}
        return {"source": self.source, "size": self.size, **counts, "sha256": self.sha256, "about": self.about}


def choose(project: Project, wish: str = "") -> Images:
    """The images that the examples of a build see. Raises Unusable when the wish cannot be read or fulfilled.

    `wish` holds at most one of 'real' and 'stand-in', and at most one of 'full', 'preview' and 'sample', in any order.
    Without 'real' or 'stand-in' the first of these is taken: Keras's own cache, CIFAR10_FILE, the stand-in. Real images
    come in full, the stand-in as a preview, unless the wish says otherwise.
    """
    words = set(wish.split())
    sizes = words & STEPS.keys()
    if not words <= {"real", "stand-in", *STEPS} or {"real", "stand-in"} <= words or len(sizes) > 1:
        raise Unusable(f"images {wish!r} are not understood (say real or stand-in, and full, preview or sample)")
    path = None if "stand-in" in words else real()
    if not path and "real" in words:
        raise Unusable("no real images (run 'make data', or name a file in CIFAR10_FILE)")
    if not path and "stand-in" not in words:
        tell("no real images found: examples run on synthetic ones ('make data' gets the real ones)")
    return prepare(project, path, "".join(sizes) or ("full" if path else "preview"))


@cache  # a build asks twice
def tell(message: str) -> None:
    print(message, file=sys.stderr)


def archive() -> Path:
    """Where keras.utils.get_file looks for the official archive."""
    home = Path(os.environ.get("KERAS_HOME", "~/.keras")).expanduser()
    return home / "datasets" / "cifar-10-batches-py-target_archive"


def real() -> Path | None:
    """The first file of real images that there is. Raises Unusable if CIFAR10_FILE names none."""
    if archive().is_file() and digest_at(archive(), archive().stat().st_mtime_ns) == SHA256:
        return archive()
    named = os.environ.get("CIFAR10_FILE")
    if named and not Path(named).expanduser().is_file():
        raise Unusable(f"CIFAR10_FILE={named}: no such file")
    return Path(named).expanduser() if named else None


@cache  # a digest takes a fifth of a second
def digest_at(path: Path, time: int) -> str:
    """The digest of a file as it was at a time."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def prepare(project: Project, path: Path | None, size: str) -> Images:
    """The images of the archive, of an author's .npz or, without a path, of the stand-in. Raises Unusable."""
    if path:
        sha256 = digest_at(path, path.stat().st_mtime_ns)
        source, read = ("archive", read_archive) if sha256 == SHA256 else ("file", read_npz)
    else:
        sha256 = digest(b"".join(path.read_bytes() for path in sorted(STAND_IN.glob("*.py"))))
        source, read = "stand-in", draw
    unpacked = cache_folder(project) / "images" / f"{sha256[:20]}-{size}.npz"
    if not unpacked.exists():
        content = io.BytesIO()
        np.savez(content, **dict(zip(SHAPES, read(path, STEPS[size]))))
        write(unpacked, content.getvalue())
    return Images(unpacked, source, size, sha256, about(path) if source == "file" else "")


def draw(_: None, step: int) -> Arrays:
    """Synthetic images from two seeds: one to train on, one to test with."""
    return *standin.draw(TRAIN // step, seed=1), *standin.draw(TEST // step, seed=2)


def read_archive(path: Path, step: int) -> Arrays:
    """One image in `step` of the archive, whose digest the caller has checked: only so is unpickling it safe."""
    with tarfile.open(path) as tar:
        names = [f"cifar-10-batches-py/{name}" for name in (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch")]
        batches = [pickle.load(tar.extractfile(name), encoding="bytes") for name in names]
    x = np.concatenate([batch[b"data"] for batch in batches]).reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    y = np.concatenate([batch[b"labels"] for batch in batches]).astype("uint8").reshape(-1, 1)
    return x[:TRAIN:step], y[:TRAIN:step], x[TRAIN::step], y[TRAIN::step]


def read_npz(path: Path, step: int) -> Arrays:
    """One image in `step` of an author's .npz. Raises Unusable if it has not the shapes and types of CIFAR-10."""
    try:
        with np.load(path) as file:
            arrays = [file[name] for name in SHAPES]
    except Exception as error:  # NumPy, zipfile and zlib raise a dozen kinds
        said = f"neither the official archive nor an .npz with {', '.join(SHAPES)}"
        raise Unusable(f"CIFAR10_FILE={path}: {said} ({error})") from None
    for (name, shape), array in zip(SHAPES.items(), arrays):
        if array.shape != shape or array.dtype != np.uint8:
            raise Unusable(f"CIFAR10_FILE={path}: {name} is {array.dtype} {array.shape}, not uint8 {shape}")
    return tuple(array[::step] for array in arrays)


def about(path: Path) -> str:
    """What an author's .npz says of itself: its text `about`, if it has one."""
    with np.load(path) as file:
        return str(file["about"]) if "about" in file else ""
