"""MkDocs' events: mkdocs.yml is built and, on its way, each language's own configuration into a folder of the site.

The only module that imports mkdocs, which gives one plugin object to all these configurations: what differs between
them is in the configuration that each event receives.
"""

import logging
import os
import re
import shutil
import socket
from html import escape
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemBytecodeCache, TemplateError
from mkdocs.commands import build as mkdocs
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

from engine.project import Problems, Project, languages, words
from engine.run import store
from engine.run.images import Unusable
from engine.show import figures, html
from engine.site import build, describe, output
from engine.site.build import Site
from engine.site.policy import POLICY, policy
from engine.site.preview import Preview, watched

ARCHIVE = "neurons-to-networks.zip"
EMPTY_STYLE = re.compile(r"\s*<style>\s*\[\]\s*</style>\s*$")  # mkdocs-jupyter adds it whatever the template says
PLAIN = re.compile(r'<span class="(?:n|o|p|sa|w)">([^<]*)</span>')  # names and operators have no colour of their own
TEMPLATES = re.compile(r"partials/|(sitemap\.xml|llms\.txt)$")
log = logging.getLogger("mkdocs.engine")


class EnginePlugin(BasePlugin):
    """Runs the examples, and hands their results to MkDocs."""

    def on_startup(self, command: str, dirty: bool) -> None:
        self.is_serving = command == "serve"
        self.preview: Preview | None = None
        self.staging: Path | None = None
        self.changed: dict[str, set[str]] | None = None  # what a rebuild renders, by language; None: everything
        logging.getLogger("jieba").setLevel(logging.WARNING)
        logging.getLogger("mkdocs.commands.build").addFilter(lambda record: "'dirty' build" not in record.getMessage())

    @event_priority(100)  # before the search reads its dictionary
    def on_config(self, config: MkDocsConfig) -> None:
        """Run the examples and expand the pages; a build writes to a staging folder."""
        config.theme.static_templates.discard("sitemap.xml")  # ours names the pages of all languages
        if language(config):
            config.theme.static_templates.discard("404.html")  # a host has one for the whole site
            if "policy" not in config.extra:
                raise stopped(f"{Path(config.config_file_path).name}:1: is built as a part of mkdocs.yml, not alone", 2)
            return
        self.project = Project(Path(config.config_file_path).resolve().parent)
        self.url = config.site_url or ""
        jupyter_settings.templates_dir = str(Path(__file__).parents[1] / "notebook")  # its own weigh 600 KB a page
        wish = os.environ.get("PICTURES", "")
        try:
            if self.is_serving and not self.preview:
                socket.create_server(tuple(config.dev_addr)).close()  # raises OSError if somebody has the port
                self.preview = Preview(self.project, wish)
            self.site = self.preview.site if self.preview else build.build(self.project, wish)
            log.info(build.summary(self.site.results))
            self.cache = store.cache_folder(self.project) / "site"
            self.cache.mkdir(exist_ok=True)
            self.published = Path(config.site_dir).resolve()
            self.staging = output.staging(self.published)
            config.site_dir = str(self.staging)
        except (Problems, Unusable) as problem:
            raise stopped(str(problem), getattr(problem, "code", 5)) from None
        except OSError as error:
            if not error.filename and self.is_serving:
                host, port = config.dev_addr
                raise stopped(f"{host}:{port} is in use (mkdocs serve -a {host}:{port + 1})", 5) from None
            raise stopped(f"{error.filename or config.site_dir}: {error.strerror}", 5) from None
        except KeyboardInterrupt:
            raise stopped("interrupted; the results of finished examples are kept", 130) from None

    @event_priority(100)  # before mkdocs-jupyter, which takes over notebooks
    def on_files(self, files: Files, config: MkDocsConfig) -> Files:
        """Add whole examples and figures, and leave out templates."""
        name = language(config)
        for example in self.site.notebooks.get(name, ()):
            source = str(self.cache / name)
            files.append(File(f"examples/{example}.ipynb", source, config.site_dir, config.use_directory_urls))
        for figure, svg in self.site.figures.get(name, {}).items():
            files.append(File.generated(config, f"{figure}.svg", content=svg))
        for file in [file for file in files if TEMPLATES.match(file.src_uri)]:
            files.remove(file)
        return files

    def on_nav(self, nav: Navigation, config: MkDocsConfig, files: Files) -> None:
        """Let links name index.html, which leads somewhere on a disk, too; canonical links name folders."""
        for file in files.documentation_pages():
            file.url = file.dest_uri
            if self.changed is not None:
                file.is_modified = (file.src_uri in self.changed[language(config)]).__bool__  # type: ignore[method-assign]
        self.nav = nav

    def on_env(self, env: Environment, config: MkDocsConfig, files: Files) -> None:
        """Make the policy from the theme's pages without content, one of each depth."""
        env.bytecode_cache = FileSystemBytecodeCache(str(self.cache))
        config.extra |= {"policy": "", "languages": {name: words(name) for name in languages()}}
        if self.is_serving:  # MkDocs puts a script into each answer, which reloads the page
            config.extra["policy"] = POLICY.format(scripts="'unsafe-inline'")
            return
        names = ["main.html"] if language(config) else ["landing.html", "404.html"]
        blank = []
        for url in {f"{'folder/' * file.url.count('/')}index.html" for file in files.documentation_pages()}:
            page = Page("", File(url.replace(".html", ".md"), None, config.site_dir, True), config)
            page.file.url, page.content = url, ""
            context = mkdocs.get_context(self.nav, files, config, page)
            blank += [env.get_template(name).render(context) for name in names]
        config.extra["policy"] = policy(blank)

    def on_page_read_source(self, page: Page, config: MkDocsConfig) -> str | None:
        found = self.site.pages.get(language(config), {}).get(page.file.src_uri)
        return found and found.text

    def on_page_content(self, html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
        """A page's content without what nobody sees, before the search reads it."""
        if page.file.src_uri.endswith(".ipynb"):
            page.meta["search"] = {"boost": 0.1}  # lessons first, then the whole examples that they explain
        return PLAIN.sub(r"\1", EMPTY_STYLE.sub("\n", html))

    def on_page_context(self, context: dict[str, Any], page: Page, config: MkDocsConfig, nav: Navigation) -> None:
        """Tell a page's head what the page is about, and where it is in other languages."""
        if language(config):
            page.meta["description"] = escape(page.meta.get("description") or describe.description(page.content or ""))
            entry = context["entry"] = describe.entry(page, language(config), config.site_name)
            root, ending = (self.url, "") if self.url else ("../" * entry.address("").count("/"), "index.html")
            context["addresses"] = {name: entry.address(root, name) + ending for name in languages()}

    def on_post_page(self, output: str, page: Page, config: MkDocsConfig) -> str:
        """Put figures in their places; the search, which takes long for an SVG, has read the page."""
        style = self.site.sources.styles.get(language(config))
        return figures.placed(output, self.site.figures[language(config)], style) if style else output

    @event_priority(-100)  # after the search has written its index
    def on_post_build(self, config: MkDocsConfig) -> None:
        """Of a language: let the search work from a disk. Of the root: build all languages, then publish."""
        folder = Path(config.site_dir)
        if language(config):
            if self.changed is None:
                self.entries += [describe.entry(page, language(config), config.site_name) for page in self.nav.pages]
                index = (folder / "search" / "search_index.json").read_text("utf-8")
                (folder / "search" / "search_index.js").write_text(f"var __index = {index}", "utf-8")
            return
        self.site_dir, self.entries = config.site_dir, []
        configurations = {name: self.configuration(name) for name in languages()}
        for its in configurations.values():
            mkdocs.build(its)
        output.write(folder, self.site.files())
        for template in ("llms.txt", "sitemap.xml") if self.url else ("llms.txt",):
            text = config.theme.get_env().get_template(template)
            given = {"entries": self.entries, "root": self.url, "configurations": configurations, "words": words}
            (folder / template).write_text(text.render(given), "utf-8")
        handlers = logging.getLogger("mkdocs").handlers
        if any(isinstance(each, CountHandler) and each.get_counts() for each in handlers):  # those of a strict build
            raise stopped("aborted with warnings in strict mode", 2)
        if not self.is_serving:
            output.archive(folder, folder / ARCHIVE)
        output.swap(self.published, folder)
        self.site_dir, self.staging = str(self.published), None

    def configuration(self, name: str) -> MkDocsConfig:
        """The configuration of one language, as a part of this build."""
        path, url = self.project.root / f"mkdocs.{name}.yml", self.url and f"{self.url.rstrip('/')}/{name}/"
        try:
            found = load_config(str(path), site_dir=f"{self.site_dir}/{name}", site_url=url)
        except (Abort, ConfigurationError) as error:
            line = re.search(r"line (\d+)", str(error))
            raise stopped(f"{path.name}:{line[1] if line else 1}: {' '.join(str(error).split())}", 2) from None
        if (language(found), Path(found.docs_dir)) != (name, self.project.pages(name)):
            raise stopped(f"{path.name}:1: must set 'docs_dir: docs/{name}' and 'extra: {{language: {name}}}'", 2)
        found.extra["policy"] = ""
        for example, notebook in self.site.notebooks[name].items():  # mkdocs-jupyter reads them from files
            store.write_if_changed(self.cache / name / "examples" / f"{example}.ipynb", notebook)
        found.plugins["mkdocs-jupyter"].config["cache_dir"] = str(self.cache / name / "rendered")
        search = found.plugins["material/search"].config
        search.jieba_dict_user = search.jieba_dict_user and str(self.project.root / search.jieba_dict_user)
        fences = html.custom_fences(name, self.site.summaries)
        found.mdx_configs.setdefault("pymdownx.superfences", {})["custom_fences"] = fences
        if self.url and not self.is_serving:  # a copy on a disk leads to the newest one
            link = f'<a href="{self.url}{ARCHIVE}">{words(name)["archive_of_site"]}</a>'
            found.copyright = f"{found.copyright or ''} {link}"
        return found

    def on_serve(self, server: LiveReloadServer, config: MkDocsConfig, builder: Any) -> LiveReloadServer:
        """Rebuild only what has changed; watch the results, so that a new one counts like a saved file."""
        self.preview.render, self.preview.render_all = self.render, builder
        server.builder = self.preview.rebuild
        server.watch(str(watched(self.project)))
        server._want_rebuild = True  # for what has changed since the first build began to read
        return server

    def render(self, site: Site, changed: dict[str, set[str]]) -> None:
        """Render the pages named in `changed`, by language, into the served site."""
        self.site, self.changed = site, changed
        try:
            for name in changed:
                found = self.configuration(name)
                search, jupyter = found.plugins["material/search"], found.plugins["mkdocs-jupyter"]
                found.plugins.events["page_context"].remove(search.on_page_context)  # the index stays as it was
                found.plugins.events["post_build"].remove(search.on_post_build)
                found.plugins.events["post_build"].remove(jupyter.on_post_build)  # drops what this build did not use
                mkdocs.build(found, serve_url=self.url, dirty=True)
        finally:
            self.changed = None
        output.write(Path(self.site_dir), site.files())

    def on_shutdown(self) -> None:
        if self.preview:
            self.preview.stop()

    def on_build_error(self, error: Exception) -> None:
        """Remove a site that was not finished, and report in one line what a template or the system refused."""
        if not self.staging:  # an error in one language ends the build of all, and is reported once
            return
        shutil.rmtree(self.staging, ignore_errors=True)
        self.staging = None
        if isinstance(error, MkDocsException):  # says it all
            return
        if isinstance(error, OSError) and not isinstance(error, TemplateError):  # a missing template is both
            raise stopped(f"{error.filename or self.published}: {error.strerror}", 5)
        found = error if isinstance(error, Problems) else Problems([build.unexpected(self.project, error)])
        raise stopped(str(found), found.code)


def language(config: MkDocsConfig) -> str:
    """The language that a configuration builds; nothing for mkdocs.yml, which builds all."""
    return config.extra.get("language", "")


def stopped(message: str, code: int) -> Abort:
    """An end of the build without a traceback, with an exit code."""
    end = Abort(message)
    end.exit_code = code
    return end
