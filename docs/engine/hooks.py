"""MkDocs' events, all that a build knows of it: mkdocs.yml is built, and on its way both languages."""

import html
import logging
import os
import re
import sys
import traceback
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment, TemplateError
from markupsafe import Markup
from mkdocs.commands.build import build, get_context
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort, ConfigurationError, MkDocsException
from mkdocs.plugins import CombinedEvent, event_priority
from mkdocs.structure.files import File, Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page
from mkdocs.utils import CountHandler
from mkdocs_jupyter.config import settings

from engine import addresses, cards, guard, pictures, preview, publish, rendered, safety, site, unchanged
from engine.addresses import Entry
from engine.pages import LANGUAGES
from engine.parts import words
from engine.problems import ROOT, Problem, Problems, found_in, told
from engine.safety import Theme
from engine.site import Site
from engine.terms import Glossary, for_jieba

settings.templates_dir = str(Path(site.__file__).with_name("notebook"))  # mkdocs-jupyter's own weighs 600 KB a page
EMPTY_STYLE = re.compile(r"\s*<style>\s*\[\]\s*</style>\s*$")  # which mkdocs-jupyter adds all the same
PLAIN = re.compile(r'<span class="(?:n|o|p|sa|w)">([^<]*)</span>')  # names and marks, half of what is in a page
AT_ONCE = "//# allFunctionsCalledOnLoad\n"  # an explicit compile hint, see `_compile_at_once`
THEME = ROOT / "docs" / "theme"
ARCHIVE = "neurons-to-networks.zip"
log = logging.getLogger("mkdocs.engine")
unfinished: list[Path] = []
serving = False


@dataclass
class Work:
    """One build of both languages: what it is made from, where it goes, and what comes up on the way."""

    made: Site
    published: Path
    root: str  # the site's address, if it is known
    theme: Theme = Theme()
    entries: list[Entry] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    about: dict[str, str] = field(default_factory=dict)
    made_from: str = ""  # see `unchanged.state`


def work(config: MkDocsConfig) -> Work:
    """The build that a configuration takes part in."""
    return config.extra["work"]


def on_startup(command: str, dirty: bool) -> None:
    """Let Ctrl-C end everything at once; the exit code says so. Serving is left to engine/serve.py."""
    global serving
    serving = command == "serve"
    guard.stop_at_once()


def on_config(config: MkDocsConfig) -> None:
    """Run the examples, expand the pages, and build in a folder that nobody reads."""
    config.theme.static_templates.discard("sitemap.xml")  # ours holds both languages
    if language(config):
        config.theme.static_templates.discard("404.html")  # hosts have one for the whole site
        if "work" not in config.extra:
            raise stopped(f"{Path(config.config_file_path).name}:1: is built with mkdocs.yml, not alone", 2)
        return
    if "work" in config.extra:
        return
    if serving:
        from engine import serve

        os.rmdir(config.site_dir)  # empty, and nobody needs it
        sys.exit(serve.main(config))
    try:
        made_from = state(config)
        published = Path(config.site_dir).resolve()  # what a link leads to
        # A build that is not strict may have warned, and is to warn again.
        if config.strict and unchanged.is_built(published, made_from):
            log.info("Nothing has changed: %s is what a build would make", config.site_dir)
            sys.exit()
        Glossary.read().write_for_jieba()
        made = site.make(os.environ.get("PICTURES", ""))
        unfinished.append(publish.beside(published))
    except (Problems, pictures.Unusable) as problem:
        raise stopped(str(problem), getattr(problem, "code", 5)) from None
    except OSError as error:
        raise stopped(*told(error)) from None
    config.extra["work"] = Work(made, published, config.site_url or "", made_from=made_from)
    config.site_dir = str(unfinished[0])


def state(config: MkDocsConfig) -> str:
    """A digest of all that a site is made from; see `unchanged.state`. Raises Problems."""
    names = ("config_file_path", "site_url", "use_directory_urls")
    return unchanged.state({name: config[name] for name in names} | {"theme": config.theme.name})


@event_priority(100)  # before mkdocs-jupyter, which takes over notebooks
def _add_notebooks(files: Files, config: MkDocsConfig) -> Files:
    """Add the executed notebooks to a language's files."""
    if folder := language(config):
        for name in work(config).made.results:
            file, source = f"examples/{name}.ipynb", str(site.NOTEBOOKS / folder)
            files.append(File(file, source, config.site_dir, config.use_directory_urls))
    return files


def _name_files(files: Files, config: MkDocsConfig) -> Files:
    """Let links name index.html, so that they lead somewhere on a disk too; leave out what stands in pages."""
    if unfilled := files.get_file_from_path("sitemap.xml"):
        files.remove(unfilled)
    for file in [file for file in files if file.src_uri.startswith("partials/")]:
        files.remove(file)
    for file in files.documentation_pages():
        file.url = file.dest_uri
    return files


def _compile_at_once(files: Files, config: MkDocsConfig) -> Files:
    """Have Material's script compiled while it loads: function by function, as each runs, takes a phone 0.1 s longer.

    Chromium reads the hint (https://github.com/WICG/explicit-javascript-compile-hints-file-based); to others it is a
    comment. It is a line of its own, so the script's map says that nothing is in the first.
    """
    for file in files.javascript_files():
        if file.name.startswith("bundle."):
            file.content_string = AT_ONCE + file.content_string
            if its_map := files.get_file_from_path(f"{file.src_uri}.map"):
                its_map.content_string = its_map.content_string.replace('"mappings": "', '"mappings": ";', 1)
    return files


on_files = CombinedEvent(_add_notebooks, _name_files, _compile_at_once)


def on_nav(nav: Navigation, config: MkDocsConfig, files: Files) -> None:
    """Call pages by their folders where a link is not followed but shown."""
    for file in files.documentation_pages():
        if file.page and file.page.canonical_url:
            file.page.canonical_url = file.page.canonical_url.removesuffix("index.html")
    config.extra["nav"] = nav


def on_env(env: Environment, config: MkDocsConfig, files: Files) -> None:
    """Find out which scripts the theme brings along, from pages of every depth that hold nothing."""
    names = ["main.html"] if language(config) else ["landing.html", "404.html"]
    urls = {f"{'folder/' * file.url.count('/')}index.html" for file in files.documentation_pages()}
    config.extra["policy"] = ""
    blank = []
    for url in urls:
        page = Page("", File(url.replace(".html", ".md"), None, config.site_dir, True), config)
        page.file.url, page.content = url, ""
        context = get_context(config.extra["nav"], files, config, page)
        blank += [env.get_template(name).render(context) for name in names]
    theme = Theme.read(blank)
    config.extra["policy"] = theme.policy
    work(config).theme = theme


def on_page_read_source(page: Page, config: MkDocsConfig) -> str | None:
    """Hand out a page as it was expanded."""
    return work(config).made.sources[language(config)].get(page.file.src_uri) if language(config) else None


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """A page's content without what stands in it for nothing, before the search reads it."""
    if page.file.src_uri.endswith(".ipynb"):
        page.meta["search"] = {"boost": 0.1}  # lessons first, then the whole examples that they explain
    return PLAIN.sub(r"\1", EMPTY_STYLE.sub("\n", html))


def on_page_context(context: dict[str, Any], page: Page, config: MkDocsConfig, nav: Navigation) -> None:
    """Tell the head of a page what the page is about, and where it is in the other language."""
    if not language(config):
        return
    page.meta["description"] = html.escape(page.meta.get("description") or addresses.description(page.content or ""))
    entry = entry_of(page, config)
    root, ending = (
        (work(config).root, "") if work(config).root else ("../" * entry.address("").count("/"), "index.html")
    )
    context["entry"] = entry
    context["languages"] = {other: entry.address(root, other) + ending for other in LANGUAGES}


def entry_of(page: Page, config: MkDocsConfig) -> Entry:
    """A finished page as others are told of it."""
    path = page.url.removesuffix("index.html")
    title = Markup(page.title).striptags() if path else config.site_name
    markdown = "index.md" if page.file.src_uri.endswith(".md") else None
    return Entry(language(config) or "", path, title, html.unescape(page.meta["description"]), markdown)


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> None:
    """Look for what could run a script on a page, or load from another host, and for code that is not what was run."""
    now, name = work(config), language(config)
    run = site.code_on(now.made, f"{name}/{page.file.dest_uri}" if name else page.file.dest_uri)
    for said, text in [*safety.dangers(output, now.theme), *rendered.differences(output, run)]:
        now.problems.append(problem_of(page, name, said, text))


def on_post_build(config: MkDocsConfig) -> None:
    """Build both languages into the same folder, then let it take the place of the old site."""
    folder = Path(config.site_dir)
    if language(config):
        work(config).entries += [entry_of(page, config) for page in config.extra["nav"].pages]
        index = (folder / "search" / "search_index.json").read_text("utf-8")
        on_disk = f"{language(config)}/search/search_index.js"  # what Material reads there
        publish.write(folder.parent, {on_disk: f"var __index = {index}"})
        return
    now = work(config)
    aborted = False
    left = unfinished.pop()  # for a mistake in one language does not end the other's build
    try:
        for name in LANGUAGES:
            its = language_config(config, name)
            try:
                build(its)
            except Abort:  # with warnings, in strict mode
                aborted = True
    finally:
        unfinished.append(left)
    publish.write(folder, now.made.files)
    publish.write(folder, {"llms.txt": addresses.llms(now.entries, now.root, now.names, now.about)})
    if now.root:
        publish.write(folder, {"sitemap.xml": addresses.sitemap(now.entries, now.root)})
        for entry in now.entries:
            card = cards.card(entry.title, entry.description, now.names[entry.language])
            publish.write(folder, {f"{entry.address('')}card.png": card})
    if now.problems:
        problems = Problems(now.problems)
        raise stopped(str(problems), problems.code)
    if aborted or (config.strict and warnings_so_far()):
        raise stopped("aborted with warnings in strict mode", 2)
    publish.archive(folder, folder / ARCHIVE)
    publish.replace(now.published, unfinished[-1])
    unfinished.pop()
    if config.strict and state(config) == now.made_from:  # nobody has written in the meantime
        unchanged.note(now.published, now.made_from, now.made.results)


def on_build_error(error: Exception) -> None:
    """Leave nothing behind of a site that was not finished; tell in one line what a template or the system refused."""
    if not unfinished:  # one language's build, within that of both
        return
    folder = unfinished.pop()
    guard.drop(folder)
    if isinstance(error, MkDocsException):  # which says it all
        return
    if isinstance(error, OSError) and not isinstance(error, TemplateError):  # a missing template is both
        raise stopped(*told(error, folder))
    found = Problems(mistakes_in(error))
    raise stopped(str(found), found.code)


def language(config: MkDocsConfig) -> str | None:
    """The language that a configuration builds; None for mkdocs.yml, which builds all."""
    return config.extra.get("language")


def language_config(config: MkDocsConfig, name: str) -> MkDocsConfig:
    """The configuration of one language, to be built within another build. Raises Problems."""
    now, path = work(config), ROOT / f"mkdocs.{name}.yml"
    with preview.warnings() as said:
        try:
            found = load_config(
                str(path),
                site_dir=f"{config.site_dir}/{name}",
                site_url=now.root and f"{now.root.rstrip('/')}/{name}/",
                strict=config.strict,
            )
        except (Abort, ConfigurationError) as error:
            raise Problems([in_configuration([*said, str(error)], path)]) from None
    if (language(found), Path(found.docs_dir)) != (name, ROOT / "docs" / name):
        said_so = f"is to say 'docs_dir: docs/{name}' and 'extra: {{language: {name}}}'"
        raise Problems([Problem(path, 1, said_so)])
    for warning in said:
        log.warning(warning)
    if (search := found.plugins.get(preview.SEARCH)) and search.config.jieba_dict_user:
        search.config.jieba_dict_user = str(for_jieba())  # elsewhere, if the cache cannot be written
    found.extra["work"] = now
    now.names[name], now.about[name] = found.site_name, found.site_description or ""
    if now.root:  # a copy on a disk is to find the newest one
        found.copyright = f'{found.copyright} <a href="{now.root}{ARCHIVE}">{words(name)["archive_of_site"]}</a>'
    return found


def problem_of(page: Page, name: str | None, said: str, text: str) -> Problem:
    """What is wrong on a page, at the first line of its source that holds a text."""
    path = ROOT / "docs" / (name or "") / page.file.src_uri
    if path.suffix == ".ipynb":
        path = ROOT / "examples" / f"{path.stem}.py"
    before, found, _ = path.read_text("utf-8-sig").lower().partition(text.lower())
    return Problem(path, before.count("\n") + 1 if found else 1, said)


def in_configuration(said: Iterable[str], path: Path) -> Problem:
    """What is wrong with a configuration, at the file and line that MkDocs names, else with the one at `path`."""
    message = " ".join(" ".join(said).split())
    name = re.search(r"mkdocs(\.\w+)?\.yml", message)
    line = re.search(r"line (\d+)", message)
    return Problem(ROOT / name[0] if name else path, int(line[1]) if line else 1, message)


def mistakes_in(error: Exception) -> list[Problem]:
    """What an exception tells: of a template, at the line of ours that led to it."""
    lines = [(Path(frame.filename), frame.lineno or 1) for frame in traceback.extract_tb(error.__traceback__)]
    in_theme = [(path, line) for path, line in lines if path.is_relative_to(THEME)]
    if not in_theme and not isinstance(error, TemplateError):
        return found_in(error)
    path, line = in_theme[-1] if in_theme else (THEME, 1)
    said = str(error.message) if isinstance(error, TemplateError) else f"{type(error).__name__}: {error}"
    return [Problem(path, line, said)]


def stopped(message: str, code: int) -> Abort:
    """An end of the build without a traceback, with an exit code."""
    end = Abort(message)
    end.exit_code = code
    return end


def warnings_so_far() -> bool:
    """Whether MkDocs, in strict mode, has counted a warning."""
    handlers: list[Any] = logging.getLogger("mkdocs").handlers
    return any(handler.get_counts() for handler in handlers if isinstance(handler, CountHandler))
