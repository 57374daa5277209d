"""The course's terms, from docs/glossary.yml: where a page first uses one, it links to its meaning."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml

from engine.project import Problems, Project, languages, words
from engine.read.pages import FENCE

PAGE = "glossary.md"  # the page that explains all terms
NOT_PROSE = r"^[ \t]*(?:#|!\[|!!!|\?\?\?|===|\[\[|<(?:p|div) class=).*"  # lines that begin so are left alone
NOT_WORDS = r"`+[^`\n]*`+|!?\[[^\]\n]*\]\([^)\n]*\)(?:\{[^}\n]*\})?|<[^>\n]*>|https?://\S+|[Ff]or example"
CHINESE, LATIN, NOTHING = "[\u4e00-\u9fff]", "[A-Za-z0-9_-]", "(?!)"


@dataclass(frozen=True)
class Term:
    """A term and what it means, by language."""

    names: Mapping[str, str]
    means: Mapping[str, str]

    def __hash__(self) -> int:
        return hash(tuple(self.names.values()))

    def name(self, language: str) -> str:
        return self.names[language]

    @property
    def anchor(self) -> str:  # the same on the glossary pages of all languages
        return self.names[languages()[0]].lower().replace(" ", "-")


@dataclass(frozen=True)
class Glossary:
    """All terms, in the order of the file."""

    terms: tuple[Term, ...]

    def sorted_in(self, language: str) -> list[Term]:
        """The terms as a dictionary of the language lists them: by letters or, as GB 18030 orders them, by pinyin."""
        collation = words(language)["collation"]
        return sorted(self.terms, key=lambda term: term.name(language).lower().encode(collation))

    @lru_cache(maxsize=100)  # noqa: B019 (while serving, most pages are as they were)
    def linked(self, text: str, language: str, page: str) -> str:
        """A page's Markdown with the first use of each term linked to its meaning in the glossary at `page`."""
        spelled, pattern = self.patterns(language)
        unseen = set(self.terms)

        def link(match: re.Match[str]) -> str:
            term = spelled.get(match[0].lower())
            if match["other"] or term not in unseen:
                return match[0]
            unseen.remove(term)
            title = term.means[language].replace("`", "").replace('"', "&quot;")
            return f'[{match[0]}]({page}#{term.anchor} "{title}"){{.term}}'

        return pattern.sub(link, text)

    @lru_cache(maxsize=4)  # noqa: B019
    def patterns(self, language: str) -> tuple[dict[str, Term], re.Pattern[str]]:
        """The terms of a language by their spellings, and a pattern that finds these and all that is not prose."""
        endings = words(language)["endings"]
        spelled = {term.name(language).lower() + ending: term for ending in endings for term in reversed(self.terms)}
        by_neighbours = defaultdict(list)  # what no term stands beside: 层 is part of many words
        for name in sorted(spelled, key=len, reverse=True):
            neighbours = LATIN if name.isascii() else CHINESE if len(name) == 1 else NOTHING
            by_neighbours[neighbours].append(re.escape(name))
        alone = [f"(?<!{no})(?:{'|'.join(names)})(?!{no})" for no, names in by_neighbours.items()]
        other = f"(?P<other>{FENCE.pattern}|{NOT_PROSE}|{NOT_WORDS})"
        return spelled, re.compile("|".join([other, *alone]), re.IGNORECASE | re.MULTILINE)


def read(project: Project) -> Glossary:
    """The glossary, one term per line. Raises Problems."""
    form = ", ".join(f"{language}: …" for language in languages())
    terms, problems = [], []
    for line, text in enumerate(project.text(project.glossary).split("\n"), start=1):
        if text and not text.startswith("#"):
            try:
                terms.append(term_of(yaml.load(text, yaml.CSafeLoader)))
            except (yaml.YAMLError, ValueError):
                said = f"is not a term: {text} (write - {{{form}, means: {{{form}}}}} on one line)"
                problems.append(project.problem(project.glossary, line, said))
    if problems:
        raise Problems(problems)
    return Glossary(tuple(terms))


def term_of(entry: Any) -> Term:
    """Raises ValueError."""
    match entry:
        case [{"means": dict(means), **names}] if names.keys() == set(languages()) <= means.keys():
            if all(isinstance(text, str) and text for text in [*names.values(), *means.values()]):
                return Term(names, means)
    raise ValueError(entry)
