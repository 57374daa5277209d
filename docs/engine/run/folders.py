"""The temporary folders of builds. Each names its builder, so that the next build can clean up after a killed one."""

import os
import re
import shutil
import tempfile
from pathlib import Path

import psutil

NAME = re.compile(r"neurons-(\d+)-.+")


def make() -> Path:
    """A new temporary folder of this process."""
    return Path(tempfile.mkdtemp(prefix=f"neurons-{os.getpid()}-"))


def remove(folder: Path) -> None:
    """Remove a folder, and end all processes that have it as their HOME: a kernel and whatever it has started."""
    for process in psutil.process_iter():
        try:
            if process.environ().get("HOME") == str(folder):
                process.kill()
        except (psutil.Error, OSError):  # it has ended, or belongs to somebody else
            continue
    shutil.rmtree(folder, ignore_errors=True)


def remove_left() -> None:
    """Remove the folders of builders that have been killed."""
    for folder in Path(tempfile.gettempdir()).glob("neurons-*"):
        if (name := NAME.fullmatch(folder.name)) and not is_alive(int(name[1]), folder):
            remove(folder)


def is_alive(builder: int, folder: Path) -> bool:
    """Whether the process that made a folder runs; its number may have gone to a process that is younger."""
    try:
        return psutil.Process(builder).create_time() <= folder.stat().st_mtime
    except (psutil.Error, OSError):
        return False
