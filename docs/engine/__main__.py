"""The engine without MkDocs: `python -m engine run | data | publishable | publish | record | compare`."""

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

from ghp_import import ghp_import

from engine import guard, pictures, reports, store
from engine.compare import compare
from engine.problems import ROOT, Problems, told
from engine.record import record
from engine.site import make, unpublishable
from engine.tables import reported


def main() -> int:
    """Do what the command line says; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m engine", description=__doc__)
    commands = parser.add_subparsers(required=True)

    def add(name: str, does: Callable[..., int], said: str, **paths: Path | None) -> None:
        """A command, and the paths that it takes, with what they are if nobody says."""
        command = commands.add_parser(name, help=said)
        command.set_defaults(does=does)
        for path, default in paths.items():
            command.add_argument(path, type=Path, nargs="?" if default else None, default=default)

    add("run", run, "run the examples that changed, and check every page")
    add("data", data, "fetch the real pictures, however long it takes")
    add("publishable", publishable, "tell why a site is not to be published, if it is not", site=ROOT / "site")
    add("publish", push, "push a site to gh-pages", site=ROOT / "site")
    add("record", write_record, "run the examples, and write down what they gave, failures too", file=None)
    add("compare", report, "tell what moved between two records, and write it down", old=None, new=None, folder=None)
    arguments = vars(parser.parse_args())
    guard.stop_at_once()
    try:
        return arguments.pop("does")(**arguments)
    except (Problems, pictures.Unusable) as problem:
        print(problem, file=sys.stderr)
        return getattr(problem, "code", 5)
    except FileNotFoundError as error:
        print(f"{error.filename}: no such file", file=sys.stderr)
        return 2
    except OSError as error:
        message, code = told(error)
        print(message, file=sys.stderr)
        return code


def run() -> int:
    """Run the examples that changed, and check every page."""
    made = make(os.environ.get("PICTURES", ""))
    print(f"{len(made.results)} examples, {len(made.sources['en'])} pages in {len(made.sources)} languages: all right")
    return 0


def data() -> int:
    """Fetch the real pictures."""
    return 0 if pictures.download(seconds=4 * 3600) else 5


def publishable(site: Path) -> int:
    """Tell why a folder is no site whose results all come from the real pictures, if it is none."""
    if not (site / "run.json").exists():
        print(f"{site}: not a built site (run 'make build')", file=sys.stderr)
        return 2
    refusals = unpublishable(site)
    if refusals:
        print(*refusals, sep="\n", file=sys.stderr)
    return 2 if refusals else 0


def push(site: Path) -> int:
    """Push a publishable site to the branch gh-pages."""
    if refused := publishable(site):
        return refused
    ghp_import(str(site), mesg="Publish", push=True, nojekyll=True)
    return 0


def write_record(file: Path) -> int:
    """Run the examples, and write down what they gave."""
    store.write(file, json.dumps(record(os.environ.get("PICTURES", "")), indent=1) + "\n")
    return 0


def report(old: Path, new: Path, folder: Path) -> int:
    """Tell what moved between two records; 1 if an example broke or a claim became false."""
    found = compare(*(json.loads(path.read_text("utf-8")) for path in (old, new)))
    store.write(folder / reports.file_name(found), json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    print(reported([found], "en"))
    return 1 if found["broken"] or found["claims"] else 0


if __name__ == "__main__":
    sys.exit(main())
