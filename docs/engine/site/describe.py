"""What a page is about, for search engines, link previews and language models."""

import re
from dataclasses import dataclass
from html import unescape
from typing import Any

from markupsafe import Markup
from selectolax.lexbor import LexborHTMLParser

LONGEST = 160  # characters of a description that search engines show
SENTENCE = re.compile(r"(?<=[.!?])\s|(?<=[。！？])")


@dataclass(frozen=True)
class Entry:
    """A page of one language: `path` leads to it from the language's folder, `markdown` from there to its text."""

    language: str
    path: str
    title: str
    description: str
    markdown: str | None

    def address(self, root: str, language: str = "") -> str:
        """The page's address below the site's, in this language or another."""
        return f"{root}{language or self.language}/{self.path}"


def entry(page: Any, language: str, site_name: str) -> Entry:
    """A finished page of MkDocs as others are told about it."""
    path = page.url.removesuffix("index.html")
    title = Markup(page.title).striptags() if path else site_name
    markdown = "index.md" if page.file.src_uri.endswith(".md") else None
    return Entry(language, path, title, unescape(page.meta["description"]), markdown)


def description(content: str) -> str:
    """The first sentences of the first paragraph of a page's HTML."""
    for paragraph in LexborHTMLParser(content).css("body > p"):
        if text := " ".join(paragraph.text().split()):
            return shortened(text)
    return ""


def shortened(text: str) -> str:
    """As many whole sentences as fit, at least one."""
    kept = ""
    for sentence in SENTENCE.split(text):
        longer = f"{kept} {sentence}" if kept and text.isascii() else kept + sentence
        if kept and len(longer) > LONGEST:
            break
        kept = longer
    return kept.strip()
