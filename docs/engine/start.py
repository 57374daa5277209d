"""`python -m engine.start`, which `make serve` calls: `mkdocs serve`, with slow modules loaded when they are needed."""

import importlib.util
import sys

SLOW = ("httpx", "jieba", "jupytext", "mkdocs_jupyter.convert")  # to import


def main() -> int:
    """Serve; returns the exit code."""
    for name in SLOW:
        load_when_used(name)
    from mkdocs.config import load_config

    from engine import serve
    from engine.problems import ROOT

    return serve.main(load_config(str(ROOT / "mkdocs.yml")))


def load_when_used(name: str) -> None:
    """Let `import name` cost nothing until something of the module is used."""
    spec = importlib.util.find_spec(name)
    assert spec and spec.loader, name
    spec.loader = loader = importlib.util.LazyLoader(spec.loader)
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)


if __name__ == "__main__":
    sys.exit(main())
