"""What the tests of faults share: builds that are started and disturbed, what a site holds, what a build leaves."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

STATE = re.compile(rb"state-(\d+)")
# Run times, in receipts and in words, and the digests of results.
OTHER_IN_OTHER_RUNS = re.compile('"seconds": \\[[^\\]]*\\]|(\\d+ (min|分) )?\\d+ (s\\b|秒)|[0-9a-f]{64}'.encode())


class Builds:
    """A project whose page and example say which state of the source they belong to, and builds of it."""

    def __init__(self, project):
        self.project = project
        self.site = project.root / "site"
        self.temporary = Path(tempfile.mkdtemp(prefix="f", dir="/tmp"))  # short: sockets lie in it

    def state(self, number: int) -> None:
        """Change page and example."""
        self.project.page("index", f"# Toy\n\nThis is state-{number}.\n\n[[show toy.count]]\n")
        self.project.write("examples/toy.py", f"# %% count\nprint('state-{number}')\n")

    def start(self, *command: str, before: tuple[str, ...] = (), **env: str) -> subprocess.Popen:
        """Start `python -m command`, `mkdocs build` if none is given."""
        env = {**os.environ, "PYTHONPATH": f"{self.project.root}/docs", "TMPDIR": str(self.temporary)} | env
        command = command or ("mkdocs", "build", "--strict")
        return subprocess.Popen(
            [*before, sys.executable, "-m", *command],
            cwd=self.project.root,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def build(self, *command: str, before: tuple[str, ...] = (), **env: str) -> subprocess.CompletedProcess:
        """Build, to the end."""
        process = self.start(*command, before=before, **env)
        said, errors = process.communicate(timeout=300)
        return subprocess.CompletedProcess(process.args, process.returncode, said, errors)

    def processes(self) -> list[int]:
        """The processes of this project, kernels and what they have started among them."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if os.fsencode(self.project.root) in (folder / "environ").read_bytes():
                    found.append(int(folder.name))
            except OSError:
                continue
        return found

    def left(self, seconds: float = 5) -> list[object]:
        """What is left of ended builds after some seconds: processes, temporary folders, unfinished sites."""
        end = time.monotonic() + seconds
        while True:
            found = [*self.processes(), *self.temporary.iterdir(), *self.project.root.glob(".site*")]
            if not found or time.monotonic() > end:
                return found
            time.sleep(0.1)

    def published(self) -> tuple[set[bytes], dict[str, bytes]]:
        """The states that the site's files are of, and the files without what differs from state to state."""
        files = tree(self.site)
        states = {state for content in files.values() for state in STATE.findall(content)}
        return states, {name: STATE.sub(b"state", content) for name, content in files.items()}

    def close(self) -> None:
        """Remove the folder for temporary files."""
        shutil.rmtree(self.temporary, ignore_errors=True)


def tree(folder: Path) -> dict[str, bytes]:
    """All files of a site, run times and digests masked; the archive of them is left out."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix != ".zip"]
    return {str(path.relative_to(folder)): OTHER_IN_OTHER_RUNS.sub(b"#", path.read_bytes()) for path in paths}
