"""MkDocs' events, the only file that knows it: mkdocs.yml is built, and on its way both languages."""

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort
from mkdocs.livereload import LiveReloadServer
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from mkdocs.utils import CountHandler
from mkdocs_jupyter.config import settings

from engine import guard, pictures, publish, site
from engine.pages import LANGUAGES
from engine.problems import ROOT, Problems, told
from engine.terms import Glossary

settings.templates_dir = str(Path(site.__file__).with_name("notebook"))  # mkdocs-jupyter's own weighs 600 KB a page
unfinished: list[Path] = []


def on_startup(command: str, dirty: bool) -> None:
    """Let Ctrl-C end a build at once; the exit code says so."""
    if command == "build":
        guard.stop_at_once()


def on_config(config: MkDocsConfig) -> None:
    """Run the examples, expand the pages, and build in a folder that nobody reads."""
    if language(config):
        return
    try:
        Glossary.read().write_for_jieba()
        made = site.make(os.environ.get("PICTURES", ""))
    except (Problems, pictures.Unusable) as problem:
        raise stopped(str(problem), getattr(problem, "code", 5)) from None
    except OSError as error:
        raise stopped(*told(error)) from None
    config.extra["published"] = config.site_dir
    unfinished.append(publish.beside(Path(config.site_dir)))
    config.site_dir = str(unfinished[0])
    config.extra["site"] = made


@event_priority(100)  # before mkdocs-jupyter, which takes over notebooks
def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the executed notebooks to a language's files."""
    if folder := language(config):
        source = site.NOTEBOOKS / folder
        for path in sorted(source.rglob("*.ipynb")):
            name = str(path.relative_to(source))
            if path.stem in config.extra["site"].results:
                files.append(File(name, str(source), config.site_dir, config.use_directory_urls))
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
        raise stopped("aborted with warnings in strict mode", 2)
    publish.replace(Path(config.extra["published"]), unfinished.pop())


def on_serve(server: LiveReloadServer, config: MkDocsConfig, builder: Callable[[], None]) -> LiveReloadServer:
    """Let an author's mistake be told, and the last good site stay; MkDocs would let every request wait."""

    def rebuild() -> None:
        try:
            builder()
        except Abort as problem:
            problem.show()

    server.builder = rebuild
    return server


def on_build_error(error: Exception) -> None:
    """Leave nothing behind of a site that was not finished."""
    while unfinished:
        publish.drop(unfinished.pop())
    if isinstance(error, OSError):
        raise stopped(*told(error))


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
