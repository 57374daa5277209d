"""The engine by itself: `python -m engine run | data | publish`, and `serve`, which starts MkDocs in half its time."""

import argparse
import importlib.util
import os
import sys
from pathlib import Path

from engine import guard
from engine.problems import ROOT, Problems, told

SLOW = ("httpx", "jieba", "jupytext", "mkdocs_jupyter.convert")  # to import


def main() -> int:
    """Do what the command line says; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m engine", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="run the examples that changed, and check every page")
    commands.add_parser("data", help="fetch the real pictures, however long it takes")
    commands.add_parser("serve", help="both languages at 127.0.0.1:8000, as they are while you write")
    publish = commands.add_parser("publish", help="push a site built from all the real pictures to gh-pages")
    publish.add_argument("site", type=Path, nargs="?", default=ROOT / "site")
    arguments = parser.parse_args()
    if arguments.command == "serve":
        return serve()
    guard.stop_at_once()
    from engine import pictures, site

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


def serve() -> int:
    """What `mkdocs serve` does, with modules loaded when they are needed."""
    for name in SLOW:
        load_when_used(name)
    from mkdocs.config import load_config

    from engine import serve

    return serve.main(load_config(str(ROOT / "mkdocs.yml")))


def load_when_used(name: str) -> None:
    """Let `import name` cost nothing until something of the module is used."""
    spec = importlib.util.find_spec(name)
    assert spec and spec.loader, name
    spec.loader = loader = importlib.util.LazyLoader(spec.loader)
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)


def push(folder: Path) -> int:
    """Push a built site to the branch gh-pages, if all its results come from the real pictures."""
    from ghp_import import ghp_import

    from engine import site

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
