"""Where the site's pages are, for those who do not come by a link on it: search engines, previews, language models."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from xml.sax.saxutils import escape, quoteattr

from selectolax.lexbor import LexborHTMLParser

from engine.pages import LANGUAGES

LONGEST = 160  # characters of a description that search engines show
SENTENCE = re.compile(r"(?<=[.!?])\s|(?<=[。！？])")
FENCE = re.compile(r"(^[ \t]*```.*?^[ \t]*```[ \t]*$)", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<=\]\()([\w/.-]+)\.(md|ipynb)(?=[#)])")
NAMES = {"en": "English", "zh": "中文"}


@dataclass(frozen=True)
class Entry:
    """A page of one language: `path` leads to it from the language's folder, `markdown` from there to its text."""

    language: str
    path: str
    title: str
    description: str
    markdown: str | None

    def address(self, root: str, language: str | None = None) -> str:
        """The page's address below the site's, in this language or another."""
        return f"{root}{language or self.language}/{self.path}"


def rebased(markdown: str, folder: str) -> str:
    """A page's Markdown as it stands in a folder of the site, its links leading to where the others stand there.

    Code stays as it is.
    """

    def lead(link: re.Match[str]) -> str:
        target = re.sub(r"(^|/)index$", r"\1", link[1])
        file = "index.md" if link[2] == "md" else "index.html"
        return "../" * folder.count("/") + f"{target.strip('/')}/{file}".lstrip("/")

    parts = FENCE.split(markdown)
    return "".join(part if FENCE.fullmatch(part) else LINK.sub(lead, part) for part in parts)


def description(content: str) -> str:
    """What a page is about, from its HTML: the first sentences of its first paragraph."""
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


def sitemap(entries: Iterable[Entry], root: str) -> str:
    """A sitemap of all pages, each with its other language. `root` is the site's address."""
    lines = [f"<url><loc>{escape(root)}</loc></url>"]
    for entry in entries:
        others = "".join(
            f'<xhtml:link rel="alternate" hreflang="{language}" href={quoteattr(entry.address(root, language))}/>'
            for language in LANGUAGES
        )
        lines.append(f"<url><loc>{escape(entry.address(root))}</loc>{others}</url>")
    schemas = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml"'
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', f"<urlset {schemas}>", *lines, "</urlset>", ""])


def llms(entries: Iterable[Entry], root: str, names: Mapping[str, str], about: Mapping[str, str]) -> str:
    """The site for language models (llmstxt.org): every page's Markdown with its title and what it is about.

    `names` and `about` hold the site's name and description by language; `root` may be empty.
    """
    lines = [f"# {' · '.join(names[language] for language in LANGUAGES)}", ""]
    lines += [f"> {' '.join(about[language] for language in LANGUAGES)}", ""]
    with_text = (entry for entry in entries if entry.markdown)
    for language, pages in groupby(with_text, key=lambda entry: entry.language):
        lines += [f"## {NAMES[language]}", ""]
        lines += [f"- [{page.title}]({page.address(root)}{page.markdown}): {page.description}" for page in pages]
        lines.append("")
    return "\n".join(lines)
