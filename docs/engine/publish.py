"""Puts a finished site in the place of the old one, in one step."""

import ctypes
import os
import shutil
import sys
from collections.abc import Mapping
from errno import EEXIST, ENOTDIR
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from engine.expand import RECEIPT
from engine.guard import drop, keep
from engine.problems import ROOT, Problem, Problems

OLD = ".old"  # ends the name of a site that steps aside
EPOCH = 1980, 1, 1, 0, 0, 0  # the first time that a zip can name
AT_FDCWD, RENAME_EXCHANGE, RENAME_SWAP = -100, 2, 2


def beside(site: Path) -> Path:
    """An empty folder for the next site, in the same file system as the old one; it goes when this process ends.

    What ended builds left goes, too. Raises NotADirectoryError if what stands there is no folder, and FileExistsError
    if it is one that no build has made.
    """
    if site.exists() and not site.is_dir():
        raise NotADirectoryError(ENOTDIR, "a site is a folder", str(site))
    if site.is_dir() and any(site.iterdir()) and not (site / RECEIPT).exists():
        raise FileExistsError(EEXIST, "holds other files than a site's (choose another folder, or empty it)", str(site))
    site.parent.mkdir(parents=True, exist_ok=True)
    for left in site.parent.glob(f".{site.name}-*"):
        number = left.name.removeprefix(f".{site.name}-").removesuffix(OLD)
        if number.isdecimal() and not alive(int(number)):
            shutil.rmtree(left)
    folder = site.parent / f".{site.name}-{os.getpid()}"
    drop(folder)
    keep(folder)
    return folder


def alive(process: int) -> bool:
    """Whether a process of this number runs."""
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def write(folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Write files below a folder that nobody reads yet. Raises Problems for a file that is there already."""
    for name, content in files.items():
        path = folder / name
        if path.exists():
            raise Problems(
                [Problem(ROOT / "docs" / name, 1, "a build writes its own file there (give this another name)")]
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def archive(folder: Path, target: Path) -> None:
    """Pack a finished site into a zip for classrooms: the same site gives the same bytes."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path != target)
    with ZipFile(target, "w", ZIP_DEFLATED, compresslevel=1) as packed:
        for path in paths:
            member = ZipInfo(f"{target.stem}/{path.relative_to(folder)}", date_time=EPOCH)
            packed.writestr(member, path.read_bytes(), ZIP_DEFLATED, compresslevel=1)


def replace(site: Path, finished: Path) -> None:
    """Let `finished` take the place of `site`. Whoever looks sees the old site or the new one.

    Raises OSError if the old one cannot step aside; then it is as it was.
    """
    if not exchange(site, finished):
        try:
            finished.rename(site)  # there is no old one
        except OSError:  # a file system that cannot exchange folders: a moment without a site, never a mixture
            old = finished.with_name(finished.name + OLD)
            try:
                site.rename(old)
            except OSError as error:
                raise OSError(error.errno, error.strerror, str(site)) from None
            finished.rename(site)
            shutil.rmtree(old)
    drop(finished)


def exchange(one: Path, other: Path) -> bool:
    """Exchange two folders in one step, where the system can; returns whether it did."""
    libc = ctypes.CDLL(None, use_errno=True)
    paths = os.fsencode(one), os.fsencode(other)
    if sys.platform == "darwin":
        return libc.renamex_np(*paths, RENAME_SWAP) == 0
    if not hasattr(libc, "renameat2"):
        return False
    return libc.renameat2(AT_FDCWD, paths[0], AT_FDCWD, paths[1], RENAME_EXCHANGE) == 0
