"""The images of CIFAR-10: from which source, how many, and always saying which."""

import hashlib
import io
import os
import pickle
import sys
import tarfile
from dataclasses import dataclass
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any
from zipfile import BadZipFile

import numpy as np

import engine
from engine.project import Project
from engine.run.store import cache_folder, digest, write

SHA256 = "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"  # from keras/src/datasets/cifar10.py
STEPS = {"full": 1, "preview": 10, "sample": 100}  # a size holds one image in so many
SPLITS = {"x_train": 50_000, "y_train": 50_000, "x_test": 10_000, "y_test": 10_000}
STAND_IN = Path(engine.__file__).parents[1] / "standin"
NOT_A_DATASET = (OSError, EOFError, ValueError, KeyError, TypeError, BadZipFile)


class Unusable(Exception):
    """Why the images that somebody asked for cannot be used, in one line."""


@dataclass(frozen=True)
class Images:
    """An .npz with x_train, y_train, x_test and y_test, and what it is.

    `source` is 'archive' (the official file), 'file' (CIFAR10_FILE) or 'stand-in'; `size` is a key of STEPS; `sha256`
    is the digest of what the images come from, `about` what a file says of itself.
    """

    path: Path
    source: str
    size: str
    sha256: str
    about: str = ""

    @property
    def identity(self) -> dict[str, Any]:
        """What the key of a result and its receipt say of the images."""
        counts = {"train": SPLITS["x_train"] // STEPS[self.size], "test": SPLITS["x_test"] // STEPS[self.size]}
        return {"source": self.source, "size": self.size, **counts, "sha256": self.sha256, "about": self.about}


def choose(project: Project, wish: str = "") -> Images:
    """The images that the examples of a build see.

    `wish` holds at most one of 'real' and 'stand-in', and at most one of 'full', 'preview' and 'sample', in any order.
    Without 'real' or 'stand-in' the first of these is taken: Keras's own cache, CIFAR10_FILE, the stand-in. Real images
    come in full, the stand-in as a preview, unless the wish says otherwise.

    Raises Unusable when the wish cannot be read or fulfilled.
    """
    words = set(wish.split())
    sizes = words & STEPS.keys()
    if not words <= {"real", "stand-in", *STEPS} or {"real", "stand-in"} <= words or len(sizes) > 1:
        raise Unusable(f"images {wish!r} are not understood (say real or stand-in, and full, preview or sample)")
    if "stand-in" not in words:
        if images := real(project, "".join(sizes) or "full"):
            return images
        if "real" in words:
            raise Unusable("no real images (run 'make data', or name a file in CIFAR10_FILE)")
        print("no real images found: examples run on synthetic ones ('make data' gets the real ones)", file=sys.stderr)
    return stand_in(project, "".join(sizes) or "preview")


def archive() -> Path:
    """Where keras.utils.get_file looks for the official archive."""
    home = Path(os.environ.get("KERAS_HOME", "~/.keras")).expanduser()
    return home / "datasets" / "cifar-10-batches-py-target_archive"


def real(project: Project, size: str) -> Images | None:
    """The real images, from the first source that has them. Raises Unusable."""
    if archive().is_file() and digest_at(archive(), archive().stat().st_mtime_ns) == SHA256:
        path = archive()
    elif named := os.environ.get("CIFAR10_FILE"):
        path = Path(named).expanduser()
        if not path.is_file():
            raise Unusable(f"CIFAR10_FILE={named}: no such file")
    else:
        return None
    sha256 = digest_at(path, path.stat().st_mtime_ns)
    unpacked = cache_folder(project) / "images" / f"{sha256[:20]}-{size}.npz"
    if not unpacked.exists():
        arrays = read_archive(path) if sha256 == SHA256 else read_npz(path)
        save(unpacked, {split: array[:: STEPS[size]] for split, array in arrays.items()})
    source, said = ("archive", "") if sha256 == SHA256 else ("file", about(path))
    return Images(unpacked, source, size, sha256, said)


@cache  # a digest takes a fifth of a second
def digest_at(path: Path, time: int) -> str:
    """The digest of a file as it was at a time."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def stand_in(project: Project, size: str) -> Images:
    """The synthetic images, from two seeds: one to train on, one to test with. Raises Unusable."""
    sha256 = digest(b"".join(path.read_bytes() for path in sorted(STAND_IN.glob("*.py"))))
    path = cache_folder(project) / "images" / f"stand-in-{sha256[:20]}-{size}.npz"
    if not path.exists():
        draw = load_stand_in().draw
        (x_train, y_train), (x_test, y_test) = (draw(n // STEPS[size], seed) for seed, n in ((1, 50_000), (2, 10_000)))
        save(path, dict(x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test))
    return Images(path, "stand-in", size, sha256)


def load_stand_in() -> ModuleType:
    """The package docs/standin, whose `draw(count, seed)` gives images and labels."""
    spec = spec_from_file_location("standin", STAND_IN / "__init__.py", submodule_search_locations=[str(STAND_IN)])
    assert spec and spec.loader
    module = sys.modules["standin"] = module_from_spec(spec)  # where its own relative import finds it
    spec.loader.exec_module(module)
    return module


def save(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write arrays as .npz, whole or not at all. Raises Unusable."""
    content = io.BytesIO()
    np.savez(content, **arrays)
    try:
        write(path, content.getvalue())
    except OSError as error:
        raise Unusable(f"{path}: {error.strerror}") from None


def read_archive(path: Path) -> dict[str, np.ndarray]:
    """The arrays of the official archive, whose digest the caller has checked: only so is unpickling it safe."""
    with tarfile.open(path) as tar:
        batches = []
        for name in [*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"]:
            file = tar.extractfile(f"cifar-10-batches-py/{name}")
            assert file, name
            batches.append(pickle.load(file, encoding="bytes"))
    x = np.concatenate([batch[b"data"] for batch in batches]).reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    y = np.concatenate([batch[b"labels"] for batch in batches]).astype("uint8").reshape(-1, 1)
    return dict(x_train=x[:50_000], y_train=y[:50_000], x_test=x[50_000:], y_test=y[50_000:])


def read_npz(path: Path) -> dict[str, np.ndarray]:
    """The arrays of an author's .npz. Raises Unusable if they have not the shapes and types of CIFAR-10."""
    try:
        with np.load(path) as file:
            arrays = {split: file[split] for split in SPLITS}
    except NOT_A_DATASET as error:
        said = f"neither the official archive nor an .npz with {', '.join(SPLITS)}"
        raise Unusable(f"CIFAR10_FILE={path}: {said} ({error})") from None
    for split, array in arrays.items():
        expected = (SPLITS[split], 32, 32, 3) if split.startswith("x") else (SPLITS[split], 1)
        if array.shape != expected or array.dtype != np.uint8:
            raise Unusable(f"CIFAR10_FILE={path}: {split} is {array.dtype} {array.shape}, not uint8 {expected}")
    return arrays


def about(path: Path) -> str:
    """What an .npz says of itself: its text `about`, if it has one."""
    try:
        with np.load(path) as file:
            return str(file["about"]) if file["about"].dtype.kind == "U" else ""
    except NOT_A_DATASET:
        return ""
