"""MkDocs held in memory, for a server: each page is rendered when somebody asks for it, with the events of a build."""

import logging
import mimetypes
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import jieba
from mkdocs.commands.build import get_context
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, get_files, set_exclusions
from mkdocs.structure.nav import get_navigation
from mkdocs.structure.pages import Page

SEARCH = "material/search"
INDEX = "search/search_index.json"


class Edition:
    """One configuration, that of a language or of the landing page; its `extra` holds the work that the hooks share.

    `serial` changes with the navigation.
    """

    serials = count()

    def __init__(self, config: MkDocsConfig):
        self.search = config.plugins.get(SEARCH)
        if self.search:  # asked for its index when a browser is; it costs more than a page
            config.plugins.events["page_context"].remove(self.search.on_page_context)
            self.words, self.search.config.jieba_dict_user = self.search.config.jieba_dict_user, None
        self.config = config.plugins.on_config(config)
        self.config.plugins.on_pre_build(config=self.config)
        self.env = self.config.theme.get_env()
        self.indexed: dict[str, tuple[str, list[dict]]] = {}
        self.find_files()

    def find_files(self) -> None:
        """Look again which files there are."""
        self.serial = next(self.serials)
        files = get_files(self.config)
        files.add_files_from_theme(self.env, self.config)
        self.files = self.config.plugins.on_files(files, config=self.config)
        set_exclusions(self.files, self.config)
        with warnings() as self.warnings:
            self.nav = self.config.plugins.on_nav(
                get_navigation(self.files, self.config), config=self.config, files=self.files
            )
        self.env = self.config.plugins.on_env(self.env, config=self.config, files=self.files)
        self.theme = self.config.extra["work"].theme
        self.pages = self.files.documentation_pages()
        for file in self.pages:
            page = file.page or Page(None, file, self.config)  # in no navigation
            if page.title is None and file.name != "index":  # it has one when it has been rendered
                page.title = Path(file.src_uri).stem.replace("_", " ")
        self.by_path = {file.dest_path: file for file in self.files if file.inclusion.is_included()}

    def file(self, path: str) -> File | None:
        """The file that stands at a path below the edition's root."""
        return self.by_path.get(path)

    def render(self, file: File) -> tuple[str, list[str]]:
        """The HTML of a page, and MkDocs' warnings about it. The same steps as in mkdocs.commands.build."""
        page, config, plugins = file.page, self.config, self.config.plugins
        assert page
        config.extra["work"].theme = self.theme
        config._current_page = page  # plugins and Material's templates look here
        try:
            with warnings() as said:
                page = plugins.on_pre_page(page, config=config, files=self.files)
                page.read_source(config)
                page.markdown = plugins.on_page_markdown(page.markdown, page=page, config=config, files=self.files)
                page.render(config, self.files)
                page.content = plugins.on_page_content(page.content, page=page, config=config, files=self.files)
                page.validate_anchor_links(files=self.files, log_level=config.validation.links.anchors)
                page.active = True
                context = get_context(self.nav, self.pages, config, page)
                template = self.env.get_template(page.meta.get("template", "main.html"))
                context = plugins.on_page_context(context, page=page, config=config, nav=self.nav)
                html = plugins.on_post_page(template.render(context), page=page, config=config)
            return html, said
        finally:
            page.active = False
            config._current_page = None

    def template(self, name: str) -> str:
        """One of the theme's own pages, such as 404.html."""
        context = get_context(self.nav, self.pages, self.config, base_url=self.config.site_url or "/")
        return self.env.get_template(name).render(context)

    def index(self) -> str:
        """The search index of all pages, which have been rendered."""
        if self.words:
            jieba.load_userdict(self.words)
            self.words = None
        index = self.search.search_index
        index.entries = []
        for file in self.pages:
            content, entries = self.indexed.get(file.src_uri, ("", []))
            if content != file.page.content:
                index.entries, before = [], index.entries
                index.add_entry_from_context(file.page)
                entries, index.entries = index.entries, before
                self.indexed[file.src_uri] = file.page.content, entries
            index.entries += entries
        return index.generate_search_index(None)


@contextmanager
def warnings() -> Iterator[list[str]]:
    """Collects what MkDocs warns of meanwhile, which a build would stop at, and keeps it from the terminal."""
    said: list[str] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: said.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger("mkdocs")
    others, logger.handlers = logger.handlers, [handler]
    try:
        yield said
    finally:
        logger.handlers = others


def kind(path: str) -> str:
    """The media type of a file."""
    guessed = mimetypes.guess_type(path)[0] or "application/octet-stream"
    text = guessed.startswith("text/") or re.search(r"javascript|json|xml", guessed)
    return f"{guessed}; charset=utf-8" if text else guessed


def content(file: File) -> bytes:
    """The bytes of a file that is no page."""
    return Path(file.abs_src_path).read_bytes() if file.abs_src_path else file.content_bytes
