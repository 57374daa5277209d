"""Pages as the author writes them: Markdown with embeds, `[[kind target option="…"]]`.

    [[show linear_regression.train]]              a cell's code, and what it printed and drew
    [[code linear_regression.train]]              its code alone
    [[output linear_regression.train]]            what it printed
    [[figure linear_regression.line alt="…"]]     what it drew
    [[drawing neuron alt="…"]]                    docs/drawings/neuron.svg
    [[table glossary]]                            a generated table, see engine/show/tables.py
    [[value linear_regression.losses[-1]:.1e]]    a value of its namespace, formatted as in an f-string
    [[claim linear_regression.losses[-1] < 1e-3]] nothing on the page; stops the build when it is false

The first six stand on a line of their own, at any indentation. A backslash before `[[` shows an embed as it is.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from engine.project import Problem, Problems, Project

KINDS = ("show", "code", "output", "figure", "drawing", "table", "value", "claim")
INLINE = ("value", "claim")
OPTIONS = ("alt",)
START = re.compile(rf"(?<!\\)\[\[({'|'.join(KINDS)})\s+")
ESCAPED = re.compile(rf"\\(?=\[\[(?:{'|'.join(KINDS)})\s)")
OPTION = re.compile(r'(\w+)="([^"]*)"')
ANCHOR = re.compile(r"^#+ .*\{\s*#([\w-]+)[^}]*\}\s*$", re.MULTILINE)
ATTRIBUTE = re.compile(r"(?<![\w.])([a-z]\w*)\s*\.\s*[A-Za-z_]")  # the `fnn` of `fnn.accuracy`


class Broken(Exception):
    """An embed that cannot be read, at a line of the page."""

    def __init__(self, line: int, message: str):
        self.line, self.message = line, message
        super().__init__(message)


@dataclass(frozen=True)
class Embed:
    """One embed, taken apart, and where it stands in the page's text.

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

    @property
    def url(self) -> str:
        """Where the page stands below its language's folder: `fnn/` for fnn.md, nothing for index.md."""
        return re.sub(r"(?:^|(?<=/))index/$", "", self.name.removesuffix(".md") + "/")

    @cached_property
    def examples(self) -> list[str]:
        """The names before a dot in embeds: the examples that the page needs, each once, in order. Raises Broken.

        An expression may hold other such names, `math` for one; the caller knows which are examples.
        """
        found: dict[str, None] = {}
        for embed in self.embeds:
            if embed.kind in INLINE:
                found |= dict.fromkeys(ATTRIBUTE.findall(embed.target))
            elif embed.kind not in ("drawing", "table"):
                found[embed.cell[0]] = None
            try:
                inner = [value.target for text in embed.options.values() for value in find(text)]
            except Broken as broken:
                raise Broken(embed.line, broken.message) from None
            found |= dict.fromkeys(name for target in inner for name in ATTRIBUTE.findall(target))
        return list(found)


def read_all(project: Project, language: str) -> tuple[list[Page], list[Problem]]:
    """All pages of a language, sorted by name, and what is wrong with files that are not pages."""
    folder = project.pages(language)
    pages, problems = [], []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_dir() or any(part.startswith((".", "#")) or part.endswith("~") for part in Path(name).parts):
            continue
        if path.suffix != ".md" or path.name == "README.md" or name.startswith("examples/"):
            said = "is not a page (a page ends in .md, is not called README and not in examples/)"
            problems.append(project.problem(path, 1, said))
            continue
        try:
            pages.append(Page(project.relative(path), name, language, project.text(path)))
        except Problems as unreadable:
            problems += unreadable.problems
    return pages, problems


def find(text: str) -> Iterator[Embed]:
    """The embeds of a text. Raises Broken for one that does not end or cannot be read."""
    position = 0
    while match := START.search(text, position):
        kind, line = match[1], text.count("\n", 0, match.start()) + 1
        end = closing(text, match.start(), quotes="\"'" if kind in INLINE else '"')
        if end is None:
            raise Broken(line, f"[[{kind} … is not closed by ]]")
        target, options = text[match.end() : end - 2].strip(), {}
        before = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
        if kind not in INLINE:
            target, _, rest = target.partition(" ")
            options = dict(OPTION.findall(rest))
            if left := OPTION.sub("", rest).strip():
                raise Broken(line, f'cannot read {left!r} (options are written name="…")')
            if before.strip() or text[end:].partition("\n")[0].strip():
                raise Broken(line, f"[[{kind} …]] stands on a line of its own")
        yield Embed(kind, target, options, match.start(), end, line, in_code=before.count("`") % 2 == 1)
        position = end


def closing(text: str, start: int, quotes: str) -> int | None:
    """Where the brackets that open at `start` end, or None. Brackets between quotes do not count."""
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


def sections(page: Page) -> dict[str, list[Embed]]:
    """The embeds of a page by the anchor of the section they stand in, '' before the first."""
    starts = [(0, ""), *((match.start(), match[1]) for match in ANCHOR.finditer(page.text))]
    found: dict[str, list[Embed]] = {anchor: [] for _, anchor in starts}
    for embed in page.embeds:
        found[[name for start, name in starts if start <= embed.start][-1]].append(embed)
    return found


def fences(text: str) -> Iterator[tuple[int, int, str]]:
    """The fences of a text: line of the opening, line of the end (0 if there is none), and what opens it."""
    opened: tuple[int, str] | None = None
    for number, line in enumerate(text.split("\n"), start=1):
        match = re.match(r"[ \t>]*(?:[-*+][ \t]+|\d+[.)][ \t]+)?(`{3,}|~{3,})(.*)", line)
        if match and not opened:
            opened = number, match[1] + match[2].strip()
            fence = match[1]
        elif opened and line.strip().startswith(fence) and not line.strip().strip(fence[0]):
            yield opened[0], number, opened[1]
            opened = None
    if opened:
        yield opened[0], 0, opened[1]


def without_fences(text: str) -> str:
    """The text with empty lines where its fences are."""
    lines = text.split("\n")
    for first, last, _ in fences(text):
        lines[first - 1 : last or len(lines)] = [""] * ((last or len(lines)) - first + 1)
    return "\n".join(lines)


def relinked(text: str, url: str) -> str:
    """A page's Markdown with links that lead to where other pages stand in the site, for a page at `url`.

    Code stays as it is.
    """

    def lead(link: re.Match[str]) -> str:
        up = "../" * url.count("/")
        if link[2] == "svg":
            return f"{up}{link[1]}.svg"
        target = re.sub(r"(^|/)index$", r"\1", link[1])
        return up + f"{target.strip('/')}/index.{'md' if link[2] == 'md' else 'html'}".lstrip("/")

    code = {number for first, last, _ in fences(text) for number in range(first, last + 1)}
    lines = enumerate(text.split("\n"), start=1)
    return "\n".join(
        line if number in code else re.sub(r"(?<=\]\()([\w/.-]+)\.(md|ipynb|svg)(?=[# )])", lead, line)
        for number, line in lines
    )
