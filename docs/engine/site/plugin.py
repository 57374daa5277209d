"""MkDocs' events: mkdocs.yml is built and, on its way, each language's own configuration into a folder of the site.

The only module that imports mkdocs. One object serves one configuration; those of the languages share the object of the
root configuration.
"""

import logging
import os
import re
import shutil
from collections.abc import Iterable
from html import escape, unescape
from pathlib import Path
from typing import Any

import jieba
from jinja2 import Environment, FileSystemBytecodeCache, TemplateError
from markupsafe import Markup
from mkdocs.commands.build import build as build_configuration
from mkdocs.commands.build import get_context
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort, ConfigurationError, MkDocsException
from mkdocs.livereload import LiveReloadServer
from mkdocs.plugins import BasePlugin, event_priority
from mkdocs.structure.files import File, Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page
from mkdocs.utils import CountHandler
from mkdocs_jupyter.config import settings as jupyter_settings

from engine.project import Problem, Problems, Project, languages, words
from engine.run import store
from engine.run.images import Unusable
from engine.show import figures, html
from engine.site import build, describe, output
from engine.site.build import Site
from engine.site.policy import policy
from engine.site.preview import Preview, watched

ARCHIVE = "neurons-to-networks.zip"
EMPTY_STYLE = re.compile(r"\s*<style>\s*\[\]\s*</style>\s*$")  # mkdocs-jupyter adds it whatever the template says
PLAIN = re.compile(r'<span class="(?:n|o|p|sa|w)">([^<]*)</span>')  # names and operators have no colour of their own
CONTINUED = re.compile(r"<!--pytest-codeblocks:cont-->\n?")
log = logging.getLogger("mkdocs.engine")


class EnginePlugin(BasePlugin):
    """Runs the examples, and hands their results to MkDocs."""

    def __init__(self) -> None:
        self.root: EnginePlugin = self
        self.language = ""  # of a language's configuration
        self.entries: list[describe.Entry] = []  # of all pages built
        self.site: Site | None = None
        self.staging: Path | None = None
        self.preview: Preview | None = None
        self.changed: set[str] | None = None  # in a rebuild while serving: the pages that are rendered, by src_uri
        self.is_serving = False

    @property
    def made(self) -> Site:
        """The site that is being built."""
        assert self.root.site
        return self.root.site

    def on_startup(self, command: str, dirty: bool) -> None:
        """Remember whether MkDocs builds or serves."""
        self.is_serving = command == "serve"
        jieba.setLogLevel(logging.WARNING)

    @event_priority(100)  # before the search reads its dictionary
    def on_config(self, config: MkDocsConfig) -> None:
        """Run the examples and expand the pages; the site is written to a staging folder."""
        config.theme.static_templates.discard("sitemap.xml")  # ours names the pages of all languages
        if self.language:
            config.theme.static_templates.discard("404.html")  # a host has one for the whole site
            return
        if "language" in config.extra:
            raise stopped(f"{Path(config.config_file_path).name}:1: is built as a part of mkdocs.yml, not alone", 2)
        self.project = Project(Path(config.config_file_path).resolve().parent)
        jupyter_settings.templates_dir = str(Path(__file__).parents[1] / "notebook")  # its own weigh 600 KB a page
        wish = os.environ.get("PICTURES", "")
        try:
            if self.is_serving:
                self.preview = self.preview or Preview(self.project, wish)
                self.site = self.preview.site
            else:
                self.site = build.build(self.project, wish)
                log.info(build.summary(self.site.results))
                self.published = Path(config.site_dir).resolve()
                self.staging = output.staging(self.published)
                config.site_dir = str(self.staging)
            self.write_inputs(self.site)
        except (Problems, Unusable) as problem:
            raise stopped(str(problem), getattr(problem, "code", 5)) from None
        except OSError as error:
            raise stopped(f"{error.filename or config.site_dir}: {error.strerror}", 5) from None
        except KeyboardInterrupt:
            raise stopped("interrupted; the results of finished examples are kept", 130) from None

    def write_inputs(self, site: Site) -> None:
        """Write what other plugins read from files: notebooks, and the Chinese words that the search must not cut."""
        for language, every in site.notebooks.items():
            for name, notebook in every.items():
                store.write_if_changed(self.notebooks(language) / "examples" / f"{name}.ipynb", notebook)
        uncut = "".join(f"{name}\n" for name in site.sources.glossary.uncut())
        store.write_if_changed(self.project.cache / "terms.zh.txt", uncut)

    def notebooks(self, language: str) -> Path:
        """The folder of the notebooks that mkdocs-jupyter reads."""
        return self.root.project.cache / "notebooks" / language

    @event_priority(100)  # before mkdocs-jupyter, which takes over notebooks
    def on_files(self, files: Files, config: MkDocsConfig) -> Files:
        """Add the whole examples, let links name index.html, and leave out templates."""
        for name in self.made.notebooks.get(self.language, ()):
            source = str(self.notebooks(self.language))
            files.append(File(f"examples/{name}.ipynb", source, config.site_dir, config.use_directory_urls))
        for name, svg in self.made.figures.get(self.language, {}).items():
            files.append(File.generated(config, f"{name}.svg", content=svg))
        for file in [file for file in files if re.match(r"partials/|sitemap.xml$|llms.txt$", file.src_uri)]:
            files.remove(file)
        for file in files.documentation_pages():
            file.url = file.dest_uri  # leads somewhere on a disk, too
            if self.changed is not None:
                file.is_modified = (lambda name=file.src_uri: name in self.changed)  # type: ignore[method-assign]
        return files

    def on_nav(self, nav: Navigation, config: MkDocsConfig, files: Files) -> None:
        """Name pages by their folders in canonical links."""
        for file in files.documentation_pages():
            if file.page and file.page.canonical_url:
                file.page.canonical_url = file.page.canonical_url.removesuffix("index.html")
        self.nav = nav

    def on_env(self, env: Environment, config: MkDocsConfig, files: Files) -> None:
        """Make the policy from the theme's pages without content, one of each depth."""
        cache = self.root.project.cache / "templates"
        cache.mkdir(parents=True, exist_ok=True)
        env.bytecode_cache = FileSystemBytecodeCache(str(cache))
        names = ["main.html"] if self.language else ["landing.html", "404.html"]
        urls = {f"{'folder/' * file.url.count('/')}index.html" for file in files.documentation_pages()}
        config.extra["policy"] = ""
        config.extra["languages"] = {language: words(language) for language in languages()}
        blank = []
        for url in sorted(urls):
            page = Page("", File(url.replace(".html", ".md"), None, config.site_dir, True), config)
            page.file.url, page.content = url, ""
            context = get_context(self.nav, files, config, page)
            blank += [env.get_template(name).render(context) for name in names]
        config.extra["policy"] = policy(blank)

    def on_page_read_source(self, page: Page, config: MkDocsConfig) -> str | None:
        """Hand out a page as it was expanded."""
        found = self.made.pages.get(self.language, {}).get(page.file.src_uri)
        return found and found.text

    def on_page_content(self, html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
        """A page's content without what nobody sees, before the search reads it."""
        if page.file.src_uri.endswith(".ipynb"):
            page.meta["search"] = {"boost": 0.1}  # lessons first, then the whole examples that they explain
        return PLAIN.sub(r"\1", EMPTY_STYLE.sub("\n", CONTINUED.sub("", html)))

    def on_page_context(self, context: dict[str, Any], page: Page, config: MkDocsConfig, nav: Navigation) -> None:
        """Tell a page's head what the page is about, and where it is in other languages."""
        if not self.language:
            return
        page.meta["description"] = escape(page.meta.get("description") or describe.description(page.content or ""))
        entry = self.entry(page, config)
        root = self.root.root_url or "../" * entry.address("").count("/")
        ending = "" if self.root.root_url else "index.html"
        context["entry"] = entry
        context["addresses"] = {other: entry.address(root, other) + ending for other in languages()}

    def entry(self, page: Page, config: MkDocsConfig) -> describe.Entry:
        """A finished page as others are told about it."""
        path = page.url.removesuffix("index.html")
        title = Markup(page.title).striptags() if path else config.site_name
        markdown = "index.md" if page.file.src_uri.endswith(".md") else None
        return describe.Entry(self.language, path, title, unescape(page.meta["description"]), markdown)

    def on_post_page(self, output: str, page: Page, config: MkDocsConfig) -> str:
        """Put figures in their places; the search, which read the page before, takes long for an SVG."""
        if not self.language:
            return output
        return figures.placed(output, self.made.figures[self.language], self.made.sources.styles[self.language])

    @event_priority(-100)  # after the search has written its index
    def on_post_build(self, config: MkDocsConfig) -> None:
        """Of a language: let the search work from a disk. Of the root: build all languages, then publish."""
        folder = Path(config.site_dir)
        if self.language:
            if self.changed is None:
                self.root.entries += [self.entry(page, config) for page in self.nav.pages]
                index = (folder / "search" / "search_index.json").read_text("utf-8")
                (folder / "search" / "search_index.js").write_text(f"var __index = {index}", "utf-8")
            return
        self.root_url, self.site_dir, self.is_strict = config.site_url or "", config.site_dir, config.strict
        self.entries, names = [], {}
        is_aborted = False
        unfinished, self.staging = self.staging, None  # an error in one language does not end the others' build
        for language in languages():
            try:
                its = self.configuration(language)
                names[language] = its
                build_configuration(its)
            except Abort as abort:  # strict, with warnings
                if getattr(abort, "exit_code", 1) != 1:
                    raise
                is_aborted = True
        self.staging = unfinished
        (output.update if self.is_serving else output.write)(folder, self.made.files())
        self.write_templates(config, names)
        if self.is_serving:
            return
        if is_aborted or (config.strict and has_warnings()):
            raise stopped("aborted with warnings in strict mode", 2)
        output.archive(folder, folder / ARCHIVE)
        output.swap(self.published, folder)
        self.staging = None

    def write_templates(self, config: MkDocsConfig, configurations: dict[str, MkDocsConfig]) -> None:
        """Write llms.txt (llmstxt.org) and, if the site's address is known, a sitemap of all languages."""
        env = config.theme.get_env()
        for name in ("llms.txt", "sitemap.xml") if self.root_url else ("llms.txt",):
            text = env.get_template(name).render(
                entries=self.entries, root=self.root_url, configurations=configurations, words=words
            )
            (Path(config.site_dir) / name).write_text(text, "utf-8")

    def configuration(self, language: str) -> MkDocsConfig:
        """The configuration of one language, as a part of this build. Raises Problems."""
        path = self.project.root / f"mkdocs.{language}.yml"
        url = self.root_url and f"{self.root_url.rstrip('/')}/{language}/"
        try:
            found = load_config(
                str(path), site_dir=f"{self.site_dir}/{language}", site_url=url, strict=self.is_strict
            )
        except (Abort, ConfigurationError) as error:
            raise stopped(f"{path.name}:1: {' '.join(str(error).split())}", 2) from None
        if (found.extra.get("language"), Path(found.docs_dir)) != (language, self.project.pages(language)):
            said = f"must set 'docs_dir: docs/{language}' and 'extra: {{language: {language}}}'"
            raise stopped(f"{path.name}:1: {said}", 2)
        plugin = found.plugins["engine"]
        plugin.root, plugin.language, plugin.is_serving = self, language, self.is_serving
        found.plugins["mkdocs-jupyter"].config["cache_dir"] = str(self.project.cache / "mkdocs-jupyter" / language)
        search = found.plugins["material/search"].config
        if search.jieba_dict_user:
            search.jieba_dict_user = str(self.project.cache / "terms.zh.txt")
        fences = html.custom_fences(language, self.made.summaries)
        found.mdx_configs.setdefault("pymdownx.superfences", {})["custom_fences"] = fences
        if self.root_url and not self.is_serving:  # a copy on a disk leads to the newest one
            link = f'<a href="{self.root_url}{ARCHIVE}">{words(language)["archive_of_site"]}</a>'
            found.copyright = f"{found.copyright} {link}"
        return found

    def on_serve(self, server: LiveReloadServer, config: MkDocsConfig, builder: Any) -> LiveReloadServer:
        """Rebuild only what has changed; watch the results, so that a new one counts like a saved file."""
        assert self.preview
        self.preview.serve(self, builder)
        server.builder = self.preview.rebuild
        server.watch(str(watched(self.project)))
        return server

    def rebuild(self, site: Site, changed: dict[str, set[str]]) -> None:
        """Render the pages named in `changed`, by language, into the served site."""
        self.site = site
        self.write_inputs(site)
        for language, names in changed.items():
            found = self.configuration(language)
            found.plugins["engine"].changed = names
            for event, plugin in (("page_context", "material/search"), ("post_build", "material/search"),
                                  ("post_build", "mkdocs-jupyter")):
                methods = found.plugins.events[event]
                methods.remove(getattr(found.plugins[plugin], f"on_{event}"))
            build_configuration(found, serve_url=self.root_url, dirty=True)
        output.update(Path(self.site_dir), site.files())

    def on_shutdown(self) -> None:
        """Stop what runs in the background."""
        if self.preview:
            self.preview.stop()

    def on_build_error(self, error: Exception) -> None:
        """Remove a site that was not finished, and report in one line what a template or the system refused."""
        if not self.staging:  # one language's build, within that of all
            return
        shutil.rmtree(self.staging, ignore_errors=True)
        self.staging = None
        if isinstance(error, MkDocsException):  # says it all
            return
        if isinstance(error, Problems):
            raise stopped(str(error), error.code)
        if isinstance(error, OSError) and not isinstance(error, TemplateError):  # a missing template is both
            raise stopped(f"{error.filename or self.published}: {error.strerror}", 5)
        raise stopped(*self.place_of(error))

    def place_of(self, error: BaseException) -> tuple[str, int]:
        """An unexpected error at the last line of ours, a template's or the engine's, that led to it."""
        found, code = Problem(Path("mkdocs.yml"), 1, f"{type(error).__name__}: {error}"), 5
        trace = error.__traceback__
        while trace:
            path = Path(trace.tb_frame.f_code.co_filename)
            if path.is_relative_to(self.project.docs):
                found, code = self.project.problem(path, trace.tb_lineno, found.message), 2
            trace = trace.tb_next
        return str(found), code


def stopped(message: str, code: int) -> Abort:
    """An end of the build without a traceback, with an exit code."""
    end = Abort(message)
    end.exit_code = code
    return end


def has_warnings() -> bool:
    """Whether MkDocs, in strict mode, has counted a warning."""
    handlers: Iterable[Any] = logging.getLogger("mkdocs").handlers
    return any(handler.get_counts() for handler in handlers if isinstance(handler, CountHandler))
