"""The engine without MkDocs: `python -m engine run | data | results | verify | publishable`."""

import argparse
import json
import os
import sys
from pathlib import Path

from engine.project import Problems, Project, languages
from engine.run import images, published
from engine.run.download import download
from engine.site import build


def main(arguments: list[str] | None = None) -> int:
    """Carry out one command of the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m engine", description=__doc__)
    commands = parser.add_subparsers(required=True, dest="command")
    commands.add_parser("run", help="run the examples that have no result, and check every page")
    commands.add_parser("data", help="download CIFAR-10, and check its digest")
    results = commands.add_parser("results", help="run what has changed on all the real images, into docs/results")
    verify = commands.add_parser("verify", help="run examples afresh, and compare value by value with docs/results")
    for command in (results, verify):
        command.add_argument("names", nargs="*", help="examples (all if none is named)")
    verify.add_argument("--no-images", action="store_true", help="only the examples that need no images")
    verify.add_argument("--row", action="store_true", help="add what came out to docs/works_with.json")
    publishable = commands.add_parser("publishable", help="explain why site/ must not be published")
    publishable.add_argument("site", type=Path, nargs="?", default=Path("site"))
    for command in commands.choices.values():
        command.add_argument("--project", type=Path, default=Path(), help="the project's folder")
    given = parser.parse_args(arguments)
    project = Project(given.project.resolve())
    try:
        match given.command:
            case "run":
                site = build.build(project, os.environ.get("PICTURES", ""))
                pages = sum(map(len, site.pages.values()))
                print(f"{build.summary(site.results)}. {pages} pages in {len(languages())} languages: no mistakes")
            case "data":
                return 0 if download() else 5
            case "results":
                print(f"docs/results: {', '.join(published.update(project, given.names)) or 'nothing'} written")
            case "verify":
                found = published.verify(project, given.names, not given.no_images)
                for line in [*found.problems, *found.moved]:
                    print(line, file=sys.stderr)
                failed, moved = len(found.problems), len(found.moved)
                print(f"{len(found.ran)} examples verified, {failed} failed, {moved} values moved")
                if given.row:
                    published.add_row(project, found)
                return 1 if failed or (moved and not given.row) else 0
            case "publishable":
                receipts = given.site / build.RECEIPTS
                if not receipts.exists():
                    print(f"{given.site}: is not a built site (run 'make build')", file=sys.stderr)
                    return 2
                refusals = build.unpublishable(json.loads(receipts.read_text("utf-8")))
                for line in refusals:
                    print(line, file=sys.stderr)
                return 2 if refusals else 0
    except (Problems, images.Unusable) as problem:
        print(problem, file=sys.stderr)
        return getattr(problem, "code", 5)
    except OSError as error:
        print(f"{error.filename or project.root}: {error.strerror}", file=sys.stderr)
        return 5
    except KeyboardInterrupt:
        print("interrupted; the results of finished examples are kept", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
