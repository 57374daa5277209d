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

from engine.project import LEFTOVER, Problem, Problems, Project

OF_CELLS = ("show", "code", "output", "figure")
INLINE = ("value", "claim")
KINDS = "|".join([*OF_CELLS, "drawing", "table", *INLINE])
START = re.compile(rf"(?<!\\)\[\[({KINDS})\s+")
ESCAPED = re.compile(rf"\\(?=\[\[(?:{KINDS})\s)")
OPTION = re.compile(r'(\w+)="([^"]*)"')
ANCHOR = re.compile(r"^#+ .*\{\s*#([\w-]+)[^}]*\}\s*$", re.MULTILINE)
ATTRIBUTE = re.compile(r"(?<![\w.])([a-z]\w*)\s*\.\s*[A-Za-z_]")  # the `fnn` of `fnn.accuracy`
FENCE = re.compile(  # a whole one, in a list or a quotation too; `end` is None for one that does not end
    r"^[ \t>]*(?:(?:[-*+]|\d+[.)])[ \t]+)?(?P<opening>(?P<fence>(?P<mark>[`~])(?P=mark){2,}).*)"
    r"(?:\n.*)*?(?:(?P<end>\n[ \t]*(?P=fence)(?P=mark)*[ \t]*$)|\Z)",
    re.MULTILINE,
)
LINK = re.compile(
    rf"(?P<code>{FENCE.pattern})|(?<=\]\()(?P<name>[\w/.-]+)\.(?P<kind>md|ipynb|svg)(?=[# )])", re.MULTILINE
)


class Broken(Exception):
    """An embed that cannot be read, at a line of the page."""

    def __init__(self, line: int, message: str):
        self.line = line
        super().__init__(message)


@dataclass(frozen=True)
class Embed:
    """One embed, taken apart. `target` is `example.cell`, a name, or an expression (of a value, with its format)."""

    kind: str
    target: str
    options: Mapping[str, str]
    expressions: list[str]  # the target, or those in the options
    start: int
    end: int
    line: int
    in_code: bool  # between backticks

    def __str__(self) -> str:
        return f"{self.kind} {self.target}"

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
        return address(self.name.removesuffix(".md"))

    @cached_property
    def examples(self) -> list[str]:
        """The names of examples in embeds, and others before a dot, as `math`: each once, in order. Raises Broken."""
        found: dict[str, None] = {}
        for embed in self.embeds:
            if embed.kind in OF_CELLS:
                found[embed.cell[0]] = None
            found |= dict.fromkeys(name for each in embed.expressions for name in ATTRIBUTE.findall(each))
        return list(found)


def read_all(project: Project, language: str) -> tuple[list[Page], list[Problem]]:
    """All pages of a language, sorted by name, and what is wrong with files that are not pages."""
    folder = project.pages(language)
    pages, problems = [], []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_dir() or LEFTOVER.search(name):
            continue
        if path.suffix != ".md" or path.name == "README.md" or name.startswith("examples/"):
            said = "is not a page (a page ends in .md, is not called README and not in examples/)"
            problems.append(project.problem(path, 1, said))
            continue
        try:
            pages.append(Page(path.relative_to(project.root), name, language, project.text(path)))
        except Problems as unreadable:
            problems += unreadable.problems
    return pages, problems


def find(text: str, first_line: int = 1) -> Iterator[Embed]:
    """The embeds of a text. Raises Broken for one that does not end or cannot be read."""
    position = 0
    while match := START.search(text, position):
        start, kind, line = match.start(), match[1], text.count("\n", 0, match.start()) + first_line
        position = closing(text, start, quotes="\"'" if kind in INLINE else '"')
        if not position:
            raise Broken(line, f"[[{kind} … is not closed by ]]")
        target, options = text[match.end() : position - 2].strip(), {}
        before = text[text.rfind("\n", 0, start) + 1 : start]
        expressions = [target]
        if kind not in INLINE:
            target, _, rest = target.partition(" ")
            options = dict(OPTION.findall(rest))
            if left := OPTION.sub("", rest).strip():
                raise Broken(line, f'cannot read {left!r} (options are written name="…")')
            if before.strip() or text[position:].partition("\n")[0].strip():
                raise Broken(line, f"[[{kind} …]] stands on a line of its own")
            expressions = [value.target for option in options.values() for value in find(option, line)]
        yield Embed(kind, target, options, expressions, start, position, line, before.count("`") % 2 == 1)


def closing(text: str, start: int, quotes: str) -> int:
    """Where the brackets that open at `start` end, or 0. Brackets between quotes do not count."""
    depth = 0
    for token in re.compile(rf"([{quotes}]).*?(?:\1|\Z)|[\[\]]", re.DOTALL).finditer(text, start):
        depth += {"[": 1, "]": -1}.get(token[0], 0)
        if depth == 0:
            return token.end() if text[token.start() - 1] == "]" else 0
    return 0


def sections(page: Page) -> dict[str, tuple[list[Embed], list[Embed]]]:
    """A page's blocks, and its values and claims, sorted, by their section's anchor, '' before the first."""
    starts = [(0, ""), *((match.start(), match[1]) for match in ANCHOR.finditer(page.text))]
    found: dict[str, tuple[list[Embed], list[Embed]]] = {anchor: ([], []) for _, anchor in starts}
    for embed in page.embeds:
        anchor = [name for start, name in starts if start <= embed.start][-1]
        found[anchor][embed.kind in INLINE].append(embed)
    for _, inline in found.values():
        inline.sort(key=str)
    return found


def without_fences(text: str) -> str:
    """The text with empty lines where its fences are."""
    return FENCE.sub(lambda fence: "\n" * fence[0].count("\n"), text)


def address(name: str) -> str:
    """Where a page stands below its language's folder: `fnn/` for fnn, nothing for index."""
    return re.sub(r"(^|/)index/$", r"\1", f"{name}/")


def relinked(text: str, url: str) -> str:
    """A page's Markdown with links that lead to where other pages stand in the site, for a page at `url`."""
    up = "../" * url.count("/")

    def lead(link: re.Match[str]) -> str:
        if link["code"]:
            return link[0]
        if link["kind"] == "svg":
            return up + link[0]
        return f"{up}{address(link['name'])}index.{'md' if link['kind'] == 'md' else 'html'}"

    return LINK.sub(lead, text)
