"""MkDocs' events, the only file that knows it: mkdocs.yml is built, and on its way both languages."""

import logging
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from mkdocs.utils import CountHandler
from mkdocs_jupyter.config import settings

from engine import pictures, publish, site
from engine.pages import LANGUAGES
from engine.problems import ROOT, Problems
from engine.terms import Glossary

settings.templates_dir = str(Path(site.__file__).with_name("notebook"))  # mkdocs-jupyter's own weighs 600 KB a page
unfinished: list[Path] = []
serving = False


def on_startup(command: str, dirty: bool) -> None:
    """Notice `mkdocs serve`, whose part engine/serve.py takes over."""
    global serving
    serving = command == "serve"


def on_config(config: MkDocsConfig) -> None:
    """Run the examples, expand the pages, and build in a folder that nobody reads."""
    if language(config) or "site" in config.extra:
        return
    if serving:
        from engine import serve

        sys.exit(serve.main(config))
    try:
        Glossary.read().write_for_jieba()
        made = site.make(os.environ.get("PICTURES", ""))
    except (Problems, pictures.Unusable) as problem:
        raise stopped(str(problem), getattr(problem, "code", 5)) from None
    except KeyboardInterrupt:
        raise stopped("interrupted; what had finished is kept", 130) from None
    config.extra["published"] = config.site_dir
    unfinished.append(publish.beside(Path(config.site_dir)))
    config.site_dir = str(unfinished[0])
    config.extra["site"] = made


@event_priority(100)  # before mkdocs-jupyter, which takes over notebooks
def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the executed notebooks to a language's files."""
    if folder := language(config):
        for name in config.extra["site"].results:
            file, source = f"examples/{name}.ipynb", str(site.NOTEBOOKS / folder)
            files.append(File(file, source, config.site_dir, config.use_directory_urls))
    return files


def on_page_read_source(page: Page, config: MkDocsConfig) -> str | None:
    """Hand out a page as it was expanded."""
    return config.extra["site"].sources[language(config)].get(page.file.src_uri) if language(config) else None


def on_post_build(config: MkDocsConfig) -> None:
    """Build both languages into the same folder, then let it take the place of the old site."""
    if language(config):
        return
    folder = Path(config.site_dir)
    for name in LANGUAGES:
        build(language_config(config, name))
    publish.write(folder, config.extra["site"].files)
    if config.strict and warnings_so_far():
        raise Abort("aborted with warnings in strict mode")
    publish.replace(Path(config.extra["published"]), unfinished.pop())


def on_build_error(error: Exception) -> None:
    """Leave nothing behind of a site that was not finished."""
    while unfinished:
        shutil.rmtree(unfinished.pop(), ignore_errors=True)


def language(config: MkDocsConfig) -> str | None:
    """The language that a configuration builds; None for mkdocs.yml, which builds all."""
    return config.extra.get("language")


def language_config(config: MkDocsConfig, name: str) -> MkDocsConfig:
    """The configuration of one language, to be built within another build."""
    url = config.site_url and config.site_url.rstrip("/") + f"/{name}/"
    found = load_config(
        str(ROOT / f"mkdocs.{name}.yml"), site_dir=f"{config.site_dir}/{name}", site_url=url, strict=config.strict
    )
    found.extra["site"] = config.extra["site"]
    return found


def stopped(message: str, code: int) -> Abort:
    """An end of the build without a traceback, with an exit code."""
    end = Abort(message)
    end.exit_code = code
    return end


def warnings_so_far() -> bool:
    """Whether MkDocs, in strict mode, has counted a warning."""
    handlers: list[Any] = logging.getLogger("mkdocs").handlers
    return any(handler.get_counts() for handler in handlers if isinstance(handler, CountHandler))
