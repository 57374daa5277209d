"""The engine without MkDocs: `python -m engine run | data | publish`."""

import argparse
import os
import sys
from pathlib import Path

from ghp_import import ghp_import

from engine import guard, pictures, site
from engine.problems import ROOT, Problems, told


def main() -> int:
    """Do what the command line says; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m engine", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="run the examples that changed, and check every page")
    commands.add_parser("data", help="fetch the real pictures, however long it takes")
    publish = commands.add_parser("publish", help="push a site built from all the real pictures to gh-pages")
    publish.add_argument("site", type=Path, nargs="?", default=ROOT / "site")
    arguments = parser.parse_args()
    guard.stop_at_once()
    if arguments.command == "data":
        return 0 if pictures.download(seconds=4 * 3600) else 5
    if arguments.command == "publish":
        return push(arguments.site)
    try:
        made = site.make(os.environ.get("PICTURES", ""))
    except (Problems, pictures.Unusable) as problem:
        print(problem, file=sys.stderr)
        return getattr(problem, "code", 5)
    except OSError as error:
        message, code = told(error)
        print(message, file=sys.stderr)
        return code
    print(f"{len(made.results)} examples, {len(made.sources['en'])} pages in {len(made.sources)} languages: all right")
    return 0


def push(folder: Path) -> int:
    """Push a built site to the branch gh-pages, if all its results come from the real pictures."""
    if not (folder / "run.json").exists():
        print(f"{folder}: not a built site (run 'make build')", file=sys.stderr)
        return 2
    if refusals := site.unpublishable(folder):
        print(*refusals, sep="\n", file=sys.stderr)
        return 2
    ghp_import(str(folder), mesg="Publish", push=True, nojekyll=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
