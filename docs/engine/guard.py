"""What ends with the builder, however the builder ends: processes that examples started, folders nobody else reads.

A shell waits beside the builder at the other end of a pipe. The system closes the builder's end when the builder is no
more, even after SIGKILL; so there is one way to clean up, and a build that is interrupted may simply stop.
"""

import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from types import FrameType

# Processes descend from one that leads a group told, or belong to a folder that is their HOME: neither a session of
# their own hides them, nor an environment or a parent of their own.
SHELL = """
below() { for child in $(cat /proc/"$1"/task/*/children); do echo "$child"; below "$child"; done; }
ends=
while read group; do ends="$ends -$group"; done
for group in $ends; do ends="$ends $(below "${group#-}")"; done
[ -n "$ends" ] && kill -KILL $ends
for again in 1 2 3 4 5; do
  found=$(grep -lszFx "HOME=$1" /proc/[0-9]*/environ | cut -d/ -f3)
  [ -n "$found" ] && kill -KILL $found || break
done
rm -rf "$1"
"""


class Guard:
    """Makes a folder; removes it, and ends what lives in it, when it is closed or this process ends."""

    def __init__(self, folder: Path):
        self.process = subprocess.Popen(
            ["/bin/sh", "-c", SHELL, "guard", str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # what ends the builder's group does not end this
        )
        folder.mkdir(mode=0o700)

    def add(self, group: int) -> None:
        """Let a group of processes end, too."""
        assert self.process.stdin
        self.process.stdin.write(b"%d\n" % group)
        self.process.stdin.flush()

    def close(self) -> None:
        """End it all now."""
        self.process.communicate()


KEPT: dict[Path, Guard] = {}


def keep(folder: Path) -> None:
    """Make a folder, unless that was done, which is there until `drop` or the end of this process."""
    if folder not in KEPT:
        KEPT[folder] = Guard(folder)


def drop(folder: Path) -> None:
    """Remove a folder."""
    if kept := KEPT.pop(folder, None):
        kept.close()
    shutil.rmtree(folder, ignore_errors=True)


def stop_at_once() -> None:
    """Let Ctrl-C and SIGTERM end this process on the spot, with 130 and 143; the guards do the rest."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)


def stop(number: int, _: FrameType | None) -> None:
    """Say what ran, and end."""
    display = sys.modules.get("engine.display")  # which takes long to import
    running = sorted(display.Display.running.items()) if display else []
    during = ", ".join(f"examples/{example}.py (cell '{cell}')" for example, cell in running)
    shown = "\033[?25h\n" if sys.stderr.isatty() else ""  # the cursor, which the display hides
    with suppress(OSError):  # whoever read it was interrupted, too
        os.write(2, f"{shown}interrupted{during and ' in ' + during}; what had finished is kept\n".encode())
    os._exit(128 + number)
