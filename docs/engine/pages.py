"""Pages as the author writes them: Markdown with embeds, `[[kind target option="…"]]`.

    [[show linear_regression.train]]              a cell's code, and what it printed and drew
    [[code linear_regression.train]]              its code alone
    [[output linear_regression.train]]            what it printed
    [[figure linear_regression.line alt="…"]]     what it drew; `caption="…"` adds a line below
    [[drawing neuron alt="…"]]                    docs/drawings/neuron.svg
    [[table glossary]]                            a table that nobody types, see engine/tables.py
    [[value linear_regression.losses[-1]:.1e]]    a value of its namespace, formatted as in an f-string
    [[claim linear_regression.losses[-1] < 1e-3]] nothing on the page; stops the build when it is false

The first six stand on a line of their own, at any indentation. A backslash before `[[` shows an embed as it is.
"""

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest
from pathlib import Path

from engine import fences
from engine.examples import Example
from engine.figures import DRAWINGS
from engine.problems import ROOT, Problem, Problems, nearest
from engine.sources import below, mapping_of, text_of
from engine.tables import TABLES

LANGUAGES = ("en", "zh")

NO_PAGES = {  # what MkDocs would take for a page in a way of its own, or for none
    r"templates/.*\.md": "is no page: MkDocs leaves this folder out (give it another name)",
    r"(.*/)?README\.md": "is no page (call it index.md)",
    r".*\.(markdown|mdown|mkdn?)": "is no page (call it .md)",
    r".*\.ipynb": "is no page (write an example, which has one)",
}
NO_ALT = 'has no alt text (add alt="what a reader sees in it, and why")'
KINDS = ("show", "code", "output", "figure", "drawing", "table", "value", "claim")
OPTIONS = {"alt", "caption"}
INLINE = ("value", "claim")
START = re.compile(rf"(?<!\\)\[\[({'|'.join(KINDS)})\s+")
ESCAPED = re.compile(rf"\\(?=\[\[(?:{'|'.join(KINDS)})\s)")
FRONT_MATTER = re.compile(r"---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*$", re.MULTILINE | re.DOTALL)
MEANT_FOR_MATERIAL = {"description", "hide", "icon", "search", "status", "subtitle", "template", "title"}
OPTION = re.compile(r'(\w+)="([^"]*)"')
ANCHOR = re.compile(r"^#+ .*\{\s*#([\w-]+)[^}]*\}\s*$", re.MULTILINE)
HEADING = re.compile(r"^##+ .*$", re.MULTILINE)


@dataclass(frozen=True)
class Embed:
    """One embed: what stands between its brackets, taken apart, and where it stands in the page's text.

    `target` is `example.cell`, a drawing's name, or an expression (of a value, with its format). `in_code` tells
    whether it stands between backticks.
    """

    kind: str
    target: str
    options: Mapping[str, str]
    start: int
    end: int
    line: int
    in_code: bool

    @property
    def cell(self) -> tuple[str, str]:
        """The names of example and cell."""
        example, _, cell = self.target.partition(".")
        return example, cell


@dataclass(frozen=True)
class Page:
    """A page's text in one language; `name` is its path below `docs/en`, the same in each language."""

    path: Path
    name: str
    language: str
    text: str

    @cached_property
    def embeds(self) -> list[Embed]:
        """The embeds, in order. Raises Broken."""
        return list(find(self.text))

    @cached_property
    def fences(self) -> list[fences.Fence]:
        """The fences that the author wrote, in order."""
        return fences.fences(self.text)

    @property
    def url(self) -> str:
        """Where the page stands below its language's folder: `fnn/` for fnn.md, nothing for index.md."""
        return re.sub(r"(?:^|(?<=/))index/$", "", self.name.removesuffix(".md") + "/")


class Broken(Exception):
    """An embed that cannot be read, at a line."""

    def __init__(self, line: int, message: str):
        self.line, self.message = line, message
        super().__init__(message)


def read_all(language: str) -> tuple[list[Page], list[Problem]]:
    """All pages of a language, sorted by name, and what is wrong with those that cannot be read."""
    folder = ROOT / "docs" / language
    pages, problems = [], []
    for path in below(folder):
        name = str(path.relative_to(folder))
        problems += [Problem(path, 1, said) for form, said in NO_PAGES.items() if re.fullmatch(form, name)]
        if path.suffix != ".md":
            continue
        try:
            pages.append(Page(path, name, language, text_of(path)))
        except Problems as unreadable:
            problems += unreadable.problems
    return pages, problems


def find(text: str) -> Iterator[Embed]:
    """The embeds of a text. Raises Broken for one that does not end or is no embed after all."""
    position = 0
    while match := START.search(text, position):
        line = text.count("\n", 0, match.start()) + 1
        end = closing(text, match.start(), quotes="\"'" if match[1] in INLINE else '"')
        if end is None:
            raise Broken(line, f"[[{match[1]} … is not closed by ]]")
        inside = text[match.end() : end - 2].strip()
        target, options = inside, {}
        if match[1] not in INLINE:
            target, _, rest = inside.partition(" ")
            options = dict(OPTION.findall(rest))
            if OPTION.sub("", rest).strip():
                raise Broken(line, f'cannot read {OPTION.sub("", rest).strip()!r} (options are written name="…")')
            if not alone(text, match.start(), end):
                raise Broken(line, f"[[{match[1]} …]] stands on a line of its own")
        before = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
        yield Embed(match[1], target, options, match.start(), end, line, in_code=before.count("`") % 2 == 1)
        position = end


def closing(text: str, start: int, quotes: str) -> int | None:
    """Where the two brackets that open at `start` end, or None. What stands between quotes does not count."""
    depth, quote = 0, ""
    for position in range(start, len(text)):
        character = text[position]
        if character in quotes and quote in ("", character):
            quote = "" if quote else character
        elif not quote:
            depth += {"[": 1, "]": -1}.get(character, 0)
            if depth == 0:
                return position + 1 if text[position - 1] == "]" else None
    return None


def alone(text: str, start: int, end: int) -> bool:
    """Whether nothing but white space stands before and after, on the same lines."""
    before = text[text.rfind("\n", 0, start) + 1 : start]
    after = text[end:].partition("\n")[0]
    return not before.strip() and not after.strip()


def check(page: Page, examples: Mapping[str, Example], unreadable: Container[str]) -> Iterable[Problem]:
    """What is wrong with a page that can be told before any example runs; nothing is said of unreadable examples."""
    for mistake in fences.mistakes(page.text):
        yield Problem(page.path, mistake.line, mistake.message)
    if front := FRONT_MATTER.match(page.text):
        try:
            names = mapping_of(front[1], page.path, above=1)
        except Problems as found:
            yield from found.problems
            return
        for name in {*map(str, names)} - MEANT_FOR_MATERIAL:
            yield Problem(page.path, 1, f"front matter: unknown '{name}'{nearest(name, MEANT_FOR_MATERIAL)}")
    try:
        embeds = page.embeds
    except Broken as broken:
        yield Problem(page.path, broken.line, broken.message)
        return
    for embed in embeds:
        if message := wrong(embed, examples, unreadable):
            yield Problem(page.path, embed.line, message)
        if any(fence.line < embed.line < fence.last_line for fence in page.fences):
            yield Problem(page.path, embed.line, f"[[{embed.kind} …]] in a fence (a backslash before [[ shows it)")
    prose = fences.without_code(page.text)
    for heading in HEADING.finditer(prose):
        if not ANCHOR.match(heading[0]):
            line = prose.count("\n", 0, heading.start()) + 1
            yield Problem(page.path, line, f"heading without an anchor: {heading[0]} {{#name}}")


def collisions(pages: Iterable[Page], examples: Iterable[Example]) -> Iterable[Problem]:
    """Pages of a language that would take the place of others, or that of a whole example."""
    taken = {f"examples/{example.name}/": example.path for example in examples}
    for page in pages:
        other = taken.setdefault(page.url, page.path)
        if other != page.path:
            said = f"its address, {page.url}, is that of {other.relative_to(ROOT)} (give it another name)"
            yield Problem(page.path, 1, said)


def check_others() -> Iterable[Problem]:
    """What is wrong with the code in texts that are no pages: the READMEs, and the landing page, which has none."""
    landing = ROOT / "docs" / "index.md"
    for path in [*sorted(ROOT.glob("README*.md")), landing]:
        try:
            text = text_of(path)
        except Problems as unreadable:
            yield from unreadable.problems
            continue
        for mistake in fences.mistakes(text):
            yield Problem(path, mistake.line, mistake.message)
        if path == landing:
            for fence in fences.fences(text):
                yield Problem(path, fence.line, "code on the landing page is never run (write it on a lesson)")


def wrong(embed: Embed, examples: Mapping[str, Example], unreadable: Container[str]) -> str | None:
    """What is wrong with one embed, if anything."""
    if embed.kind in INLINE:
        return None
    if unknown := sorted(embed.options.keys() - OPTIONS):
        return f"unknown '{unknown[0]}'{nearest(unknown[0], OPTIONS)}"
    if embed.kind in ("figure", "drawing") and not embed.options.get("alt", "").strip():
        return f"{embed.kind} {embed.target} {NO_ALT}"
    if embed.kind == "drawing":
        known = {path.stem for path in DRAWINGS.glob("*.svg")}
        if embed.target.replace("-", ".", 1) in {f"{e.name}.{c.name}" for e in examples.values() for c in e.cells}:
            return f"drawing '{embed.target}' is called like a figure (give it another name)"
        return None if embed.target in known else f"no drawing '{embed.target}'{nearest(embed.target, known)}"
    if embed.kind == "table":
        return None if embed.target in TABLES else f"no table '{embed.target}'{nearest(embed.target, TABLES)}"
    example, cell = embed.cell
    if example in unreadable:
        return None
    if example not in examples:
        return f"no example '{example}'{nearest(example, examples)}"
    cells = [other.name for other in examples[example].cells]
    if cell not in cells:
        return f"example '{example}' has no cell '{cell}'{nearest(cell, cells)}"
    return None


def differences(english: Page, other: Page) -> Iterable[Problem]:
    """Where two languages of a page differ in more than words: anchors, embeds, literal code.

    Blocks come in the same order; values and claims may change places within a section, as sentences ask for it.
    """
    theirs, ours = sections(english), sections(other)
    if list(theirs) != list(ours):
        wanted = next((anchor for anchor in theirs if anchor not in ours), None)
        said = f"no section {{#{wanted}}}" if wanted else f"sections are {', '.join(ours)}"
        yield Problem(other.path, 1, f"{said}; English has {', '.join(theirs)}")
        return
    for anchor in theirs:
        yield from section_differences(english, other, theirs[anchor], ours[anchor])
    for their, our in zip_longest(english.fences, other.fences):
        if our is None:
            yield Problem(other.path, 1, f"lacks the fence that English has at line {their.line}")
        elif their is None:
            yield Problem(other.path, our.line, "a fence that English does not have")
        elif (their.kind, their.error) != (our.kind, our.error) or (their.code != our.code and our.is_python):
            yield Problem(other.path, our.line, f"this fence differs from the English one at line {their.line}")


def sections(page: Page) -> dict[str, list[Embed]]:
    """The embeds of a page by the anchor of the section they stand in, '' before the first."""
    starts = [(0, ""), *((match.start(), match[1]) for match in ANCHOR.finditer(page.text))]
    found: dict[str, list[Embed]] = {anchor: [] for _, anchor in starts}
    for embed in page.embeds:
        anchor = [name for start, name in starts if start <= embed.start][-1]
        found[anchor].append(embed)
    return found


def section_differences(english: Page, other: Page, theirs: list[Embed], ours: list[Embed]) -> Iterable[Problem]:
    """See `differences`, for one section."""

    def blocks(embeds: list[Embed]) -> list[Embed]:
        return [embed for embed in embeds if embed.kind not in INLINE]

    def inline(embeds: list[Embed]) -> list[Embed]:
        return sorted((e for e in embeds if e.kind in INLINE), key=lambda embed: (embed.kind, embed.target))

    for kind in (blocks, inline):
        for their, our in zip_longest(kind(theirs), kind(ours)):
            if our is None:
                said = f"lacks '{their.kind} {their.target}', which English shows at line {their.line}"
                yield Problem(other.path, ours[-1].line if ours else 1, said)
            elif their is None:
                yield Problem(other.path, our.line, f"shows '{our.kind} {our.target}', English does not")
            elif (their.kind, their.target) != (our.kind, our.target):
                said = f"shows '{our.kind} {our.target}', English shows '{their.kind} {their.target}'"
                yield Problem(other.path, our.line, f"{said} at line {their.line}")
            else:
                continue
            break


def compare(pages: Mapping[str, list[Page]]) -> Iterable[Problem]:
    """Where the languages differ: a page that is missing in one, and `differences`."""
    english = {page.name: page for page in pages["en"]}
    for language in LANGUAGES[1:]:
        other = {page.name: page for page in pages[language]}
        for name in english.keys() - other.keys():
            missing = ROOT / "docs" / language / name
            yield Problem(missing, 1, f"missing ({english[name].path.relative_to(ROOT)} exists)")
        for name in other.keys() - english.keys():
            yield Problem(ROOT / "docs" / "en" / name, 1, f"missing ({other[name].path.relative_to(ROOT)} exists)")
        for name in english.keys() & other.keys():
            yield from differences(english[name], other[name])
