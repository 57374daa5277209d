"""The course's terms, from docs/glossary.yml: where a page first uses one, it links to its meaning."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

import jieba
import yaml

from engine.project import Problems, Project, languages, words
from engine.read.pages import fences

PAGE = "glossary.md"  # the page that explains all terms
EVERYDAY = 10_000  # how often jieba's dictionary has met a word that belongs to no field: 学习, but not 网络
NOT_PROSE = re.compile(r"\s*(#|!\[|!!!|\?\?\?|===|\[\[|<(?:p|div) class=)")  # lines that begin so are left alone
NOT_WORDS = r"`+[^`]*`+|!?\[[^\]]*\]\([^)]*\)(?:\{[^}]*\})?|<[^>]*>|https?://\S+|[Ff]or example"


@dataclass(frozen=True, eq=False)
class Term:
    """A term and what it means, by language."""

    names: Mapping[str, str]
    means: Mapping[str, str]

    def name(self, language: str) -> str:
        """The term in a language."""
        return self.names[language]

    @property
    def anchor(self) -> str:
        """Where the glossary pages of all languages explain it."""
        return self.names[languages()[0]].lower().replace(" ", "-")


@dataclass(frozen=True, eq=False)
class Glossary:
    """All terms, in the order of the file."""

    terms: tuple[Term, ...]

    def sorted_in(self, language: str) -> list[Term]:
        """The terms as a dictionary of the language lists them: by letters or, as GB 18030 orders them, by pinyin."""
        collation = words(language)["collation"]
        return sorted(self.terms, key=lambda term: term.name(language).lower().encode(collation))

    def spellings(self, language: str) -> dict[str, Term]:
        """The term of each spelling in a language, longer spellings first."""
        endings = words(language)["endings"]
        spelled = {term.name(language).lower() + ending: term for ending in endings for term in reversed(self.terms)}
        return dict(sorted(spelled.items(), key=lambda item: -len(item[0])))

    def linked(self, text: str, language: str, page: str) -> str:
        """A page's Markdown with the first use of each term linked to its meaning, which is the link's title too.

        `page` is the address of the glossary. Headings, code, links and HTML stay as they are.
        """
        spelled, pattern = self.patterns(language)
        unseen = set(self.terms)

        def link(match: re.Match[str]) -> str:
            term = spelled.get(match[0].lower())
            if match["other"] or term not in unseen:
                return match[0]
            unseen.remove(term)
            title = term.means[language].replace("`", "").replace('"', "&quot;")
            return f'[{match[0]}]({page}#{term.anchor} "{title}"){{.term}}'

        code = {number for first, last, _ in fences(text) for number in range(first, last + 1)}
        lines = enumerate(text.split("\n"), start=1)
        return "\n".join(
            line if number in code or NOT_PROSE.match(line) else pattern.sub(link, line) for number, line in lines
        )

    @cache  # noqa: B019 (a build has one glossary)
    def patterns(self, language: str) -> tuple[dict[str, Term], re.Pattern[str]]:
        """The spellings of a language, and a pattern that finds them and what is not prose."""
        spelled = self.spellings(language)
        return spelled, re.compile(f"(?P<other>{NOT_WORDS})|{alone(spelled)}", re.IGNORECASE)

    def uncut(self) -> list[str]:
        """The Chinese terms that jieba would cut into pieces that mean nothing; one that is made of words is cut.

        Whoever looks for 梯度 or 矩阵 is to find 随机梯度下降 and 混淆矩阵.
        """
        names = [term.names["zh"] for term in self.terms]
        shortest = [name for name in names if not any(other in name for other in names if other != name)]
        return [name for name in shortest if crumbles(name)]


def read(project: Project) -> Glossary:
    """The glossary, one term per line. Raises Problems."""
    terms, problems = [], []
    for line, text in enumerate(project.text(project.glossary).split("\n"), start=1):
        if text and not text.startswith("#"):
            try:
                (entry,) = yaml.load(text, yaml.CSafeLoader)
                terms.append(term_of(entry))
            except (yaml.YAMLError, ValueError, KeyError, TypeError, AttributeError):
                form = ", ".join(f"{language}: …" for language in languages())
                said = f"is not a term: {text} (write - {{{form}, means: {{{form}}}}} on one line)"
                problems.append(project.problem(project.glossary, line, said))
    if problems:
        raise Problems(problems)
    return Glossary(tuple(terms))


def term_of(entry: dict) -> Term:
    """A term from its entry. Raises ValueError, KeyError or TypeError for another kind of entry."""
    term = Term({language: entry.pop(language) for language in languages()}, entry.pop("means"))
    said = [text for language in languages() for text in (term.names[language], term.means[language])]
    if entry or not all(isinstance(text, str) and text for text in said):
        raise ValueError(entry)
    return term


@cache  # before jieba knows our terms
def crumbles(name: str) -> bool:
    """Whether jieba cuts a name into pieces that mean nothing (过, 拟合, but not 批, 归一化) or too much (学习).

    The beginning of a name is found though it is not cut: a search takes what a reader types for the start of a word.
    """
    pieces = list(jieba.cut(name))
    sizes = [len(piece) for piece in pieces]
    return (min(sizes) == 1 and max(sizes) < 3) or jieba.dt.FREQ.get(pieces[-1], 0) > EVERYDAY


def alone(spellings: Iterable[str]) -> str:
    """A pattern for terms that are not part of a longer word.

    Chinese has no spaces; only a term of one character, which is part of many words (层), has to stand alone.
    """
    kinds: dict[str, list[str]] = {"": [], "[\u4e00-\u9fff]": [], "[A-Za-z0-9_-]": []}
    for spelling in spellings:
        neighbours = "[A-Za-z0-9_-]" if spelling.isascii() else "[\u4e00-\u9fff]" if len(spelling) == 1 else ""
        kinds[neighbours].append(re.escape(spelling))
    found = [(neighbours, "|".join(names)) for neighbours, names in kinds.items() if names]
    return "|".join(f"(?<!{no})(?:{names})(?!{no})" if no else names for no, names in found) or "(?!)"
