"""The engine without MkDocs: `python -m engine run | data | publishable | publish | record | compare`."""

import argparse
import json
import os
import sys
from pathlib import Path

from ghp_import import ghp_import

from engine import pictures, reports, site, store
from engine.compare import compare
from engine.problems import ROOT, Problems
from engine.record import record
from engine.tables import reported


def main() -> int:
    """Do what the command line says; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m engine", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="run the examples that changed, and check every page")
    commands.add_parser("data", help="fetch the real pictures, however long it takes")
    for name, said in (
        ("publishable", "tell why a site is not to be published; nothing if it is built from all the real pictures"),
        ("publish", "push such a site to gh-pages"),
    ):
        command = commands.add_parser(name, help=said)
        command.add_argument("site", type=Path, nargs="?", default=ROOT / "site")
    command = commands.add_parser("record", help="run the examples, and write down what they gave, failures too")
    command.add_argument("file", type=Path)
    command = commands.add_parser("compare", help="tell what moved between two records, as Markdown and as JSON")
    command.add_argument("old", type=Path)
    command.add_argument("new", type=Path)
    command.add_argument("folder", type=Path, help="where the report in JSON goes")
    arguments = parser.parse_args()
    match arguments.command:
        case "data":
            return 0 if pictures.download(seconds=4 * 3600) else 5
        case "publishable":
            return refused(arguments.site)
        case "publish":
            return refused(arguments.site) or push(arguments.site)
        case "compare":
            return report(arguments.old, arguments.new, arguments.folder)
    wish = os.environ.get("PICTURES", "")
    try:
        if arguments.command == "record":
            store.write(arguments.file, json.dumps(record(wish), indent=1) + "\n")
            return 0
        made = site.make(wish)
    except (Problems, pictures.Unusable) as problem:
        print(problem, file=sys.stderr)
        return getattr(problem, "code", 5)
    except KeyboardInterrupt:
        print("interrupted; what had finished is kept", file=sys.stderr)
        return 130
    print(f"{len(made.results)} examples, {len(made.sources['en'])} pages in {len(made.sources)} languages: all right")
    return 0


def refused(folder: Path) -> int:
    """0 if a folder is a site whose results all come from the real pictures; else tell why not."""
    if not (folder / "run.json").exists():
        print(f"{folder}: not a built site (run 'make build')", file=sys.stderr)
        return 2
    refusals = site.unpublishable(folder)
    print(*refusals, sep="\n", end="\n" if refusals else "", file=sys.stderr)
    return 2 if refusals else 0


def push(folder: Path) -> int:
    """Push a site to the branch gh-pages."""
    ghp_import(str(folder), mesg="Publish", push=True, nojekyll=True)
    return 0


def report(old: Path, new: Path, folder: Path) -> int:
    """Tell what moved between two records; 1 if an example broke or a claim became false."""
    found = compare(*(json.loads(path.read_text("utf-8")) for path in (old, new)))
    store.write(folder / reports.file_name(found), json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    print(reported([found], "en"))
    return 1 if found["broken"] or found["claims"] else 0


if __name__ == "__main__":
    sys.exit(main())
