"""The course's terms, from docs/glossary.yml: where a page first uses one, it links to its meaning."""

import logging
import re
import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import jieba
import yaml

from engine import store
from engine.fences import fences
from engine.parts import PART
from engine.problems import ROOT, Problem, Problems
from engine.sources import text_of

GLOSSARY = ROOT / "docs" / "glossary.yml"
logging.getLogger("jieba").addFilter(lambda said: said.levelno >= logging.WARNING)  # it greets on stderr

ENTRY = 'write - {en: …, zh: …, means: {en: "…", zh: "…"}} on one line'
ENDINGS = ("", "s", "es", "d", "ed", "ing")
EVERYDAY = 10_000  # how often jieba's dictionary has met a word that is of no field: 学习, but not 网络
NO_PROSE = re.compile(r"\s*(#|!!!|\?\?\?|===|\[\[|<.*" + re.escape(PART) + ")")  # lines that begin so
NO_WORDS = r"`+[^`]*`+|!?\[[^\]]*\]\([^)]*\)(?:\{[^}]*\})?|<[^>]*>|https?://\S+|[Ff]or example"


@dataclass(frozen=True, eq=False)
class Term:
    """A term in both languages, and what it means in each."""

    en: str
    zh: str
    means: Mapping[str, str]

    def name(self, language: str) -> str:
        """The term in a language."""
        return getattr(self, language)

    @property
    def anchor(self) -> str:
        """Where the glossary pages of both languages explain it."""
        return self.en.lower().replace(" ", "-")


@cache  # by content, so that a change counts while `mkdocs serve` runs
def terms_of(written: str) -> tuple[Term, ...]:
    """The terms of a glossary. Raises Problems."""
    terms, problems = [], []
    for line, text in enumerate(written.split("\n"), start=1):
        if text and not text.startswith("#"):
            try:
                (entry,) = yaml.load(text, yaml.CSafeLoader)
                terms.append(term := Term(**entry))
                if not all(
                    isinstance(said, str) and said for said in (term.en, term.zh, term.means["en"], term.means["zh"])
                ):
                    raise TypeError
            except Exception:  # YAML's own, and whatever another kind of entry leads to
                problems.append(Problem(GLOSSARY, line, f"no term: {text} ({ENTRY})"))
    if problems:
        raise Problems(problems)
    return tuple(terms)


@dataclass(frozen=True)
class Glossary:
    """All terms, in the order of the file."""

    terms: tuple[Term, ...]

    @classmethod
    def read(cls) -> "Glossary":
        """The glossary as its author wrote it. Raises Problems."""
        return cls(terms_of(text_of(GLOSSARY)))

    def sorted_in(self, language: str) -> list[Term]:
        """The terms as a dictionary of the language lists them: by letters, or by pinyin (the order of GB 18030)."""
        encoding = {"en": "utf-8", "zh": "gb18030"}[language]
        return sorted(self.terms, key=lambda term: term.name(language).lower().encode(encoding))

    def spellings(self, language: str) -> dict[str, Term]:
        """The term that each spelling of a language stands for, longer spellings first."""
        endings = ENDINGS if language == "en" else [""]
        spelled = {term.name(language).lower() + ending: term for ending in endings for term in reversed(self.terms)}
        return dict(sorted(spelled.items(), key=lambda item: -len(item[0])))

    def linked(self, text: str, language: str, page: str) -> str:
        """A page's Markdown, the first use of each term linked to its meaning, which is the link's title too.

        `page` is the address of the glossary. Headings, code, links and parts stay as they are.
        """
        spelled = self.spellings(language)
        pattern = re.compile(f"(?P<other>{NO_WORDS})|{alone(spelled)}", re.IGNORECASE)
        unseen = set(self.terms)

        def link(match: re.Match[str]) -> str:
            term = spelled.get(match[0].lower())
            if match["other"] or term not in unseen:
                return match[0]
            unseen.remove(term)
            title = term.means[language].replace("`", "").replace('"', "&quot;")
            return f'[{match[0]}]({page}#{term.anchor} "{title}"){{.term}}'

        code = {number for fence in fences(text) for number in range(fence.line, fence.last_line + 1)}
        lines = enumerate(text.split("\n"), start=1)
        return "\n".join(
            line if number in code or NO_PROSE.match(line) else pattern.sub(link, line) for number, line in lines
        )

    def write_for_jieba(self) -> None:
        """Write the Chinese terms that jieba is not to cut, one per line: those it would crumble.

        A term that is made of words is cut: whoever looks for 梯度 or 矩阵 is to find 随机梯度下降 and 混淆矩阵.
        """
        names = [term.zh for term in self.terms]
        load_jieba()
        shortest = [name for name in names if not any(other in name for other in names if other != name)]
        store.write_if_changed(for_jieba(), "".join(f"{name}\n" for name in shortest if crumbles(name)))


def for_jieba() -> Path:
    """The file of what the search of the Chinese pages must not cut apart."""
    return store.room() / "terms.zh.txt"


def load_jieba() -> None:
    """Let jieba load its dictionary from what it has kept of it, if that is whole: jieba itself does not look."""
    if jieba.dt.initialized:
        return
    jieba.dt.tmp_dir = str(store.room())  # /tmp belongs to others too
    kept = store.room() / "jieba.cache"
    noted = kept.with_name("jieba.cache.sha256")
    with suppress(OSError):
        if kept.is_dir():
            shutil.rmtree(kept)
        elif not noted.exists():
            kept.unlink()
        elif noted.read_text("ascii", errors="replace") != store.digest(kept.read_bytes()):
            store.log.warning("%s is damaged; it is made again", kept)
            kept.unlink()
    jieba.initialize()
    with suppress(OSError):
        store.write_if_changed(noted, store.digest(kept.read_bytes()))


@cache  # before jieba knows our terms
def crumbles(name: str) -> bool:
    """Whether jieba cuts a name into pieces that mean nothing (过, 拟合, but not 批, 归一化) or too much (学习).

    The beginning of a name is found though it is not cut: a search takes what a reader types for the start of a word.
    """
    pieces = list(jieba.cut(name))
    sizes = [len(piece) for piece in pieces]
    return (min(sizes) == 1 and max(sizes) < 3) or jieba.dt.FREQ.get(pieces[-1], 0) > EVERYDAY


def alone(spellings: Iterable[str]) -> str:
    """A pattern for terms that are no part of a longer word; what stands around them is looked at once for all.

    Chinese has no spaces; only a term of one character, which is part of many words (层), has to stand alone.
    """
    kinds: dict[str, list[str]] = {"": [], "[\u4e00-\u9fff]": [], "[A-Za-z0-9_-]": []}
    for spelling in spellings:
        neighbours = "[A-Za-z0-9_-]" if spelling.isascii() else "[\u4e00-\u9fff]" if len(spelling) == 1 else ""
        kinds[neighbours].append(re.escape(spelling))
    found = [(neighbours, "|".join(words)) for neighbours, words in kinds.items() if words]
    return "|".join(f"(?<!{no})(?:{words})(?!{no})" if no else words for no, words in found)
