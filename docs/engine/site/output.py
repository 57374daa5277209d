"""The finished site: written to a staging folder, then renamed into the place of the old one."""

import os
import shutil
from collections.abc import Iterable
from errno import EEXIST, ENOTDIR
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from engine.site.build import RECEIPTS


def staging(site: Path) -> Path:
    """An empty folder beside `site`. What interrupted builds left there is removed.

    Raises NotADirectoryError or FileExistsError when `site` is something that no build has made.
    """
    if site.exists() and not site.is_dir():
        raise NotADirectoryError(ENOTDIR, "is not a folder", str(site))
    if site.is_dir() and any(site.iterdir()) and not (site / RECEIPTS).exists():
        raise FileExistsError(EEXIST, "holds other files than a site's (choose another folder, or empty it)", str(site))
    old, new = site.with_name(f".{site.name}-old"), site.with_name(f".{site.name}-new")
    if old.is_dir() and not site.exists():  # killed between the two renames
        old.rename(site)
    for left in (old, new):
        if left.exists():
            shutil.rmtree(left)
    new.mkdir(parents=True)
    return new


def write(folder: Path, files: Iterable[tuple[str, str]]) -> None:
    """Write those files below a folder whose content has changed."""
    for name, content in files:
        path = folder / name
        if not path.exists() or path.read_text("utf-8") != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, "utf-8")


def archive(folder: Path, target: Path) -> None:
    """Pack a finished site into a zip for classrooms: the same site gives the same bytes."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path != target)
    with ZipFile(target, "w", ZIP_DEFLATED, compresslevel=1) as packed:
        for path in paths:
            member = ZipInfo(f"{target.stem}/{path.relative_to(folder)}")  # of 1980, whenever it is built
            packed.writestr(member, path.read_bytes(), ZIP_DEFLATED, compresslevel=1)


def swap(site: Path, finished: Path) -> None:
    """Let `finished` take the place of `site`. Raises OSError if that is refused; then `site` is as it was."""
    old = site.with_name(f".{site.name}-old")
    if site.exists():
        os.rename(site, old)
    try:
        os.rename(finished, site)
    except OSError:
        if old.exists():
            os.rename(old, site)
        raise
    shutil.rmtree(old, ignore_errors=True)
