"""What is wrong with pages, as far as it can be told before any example runs."""

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from itertools import zip_longest

from engine.project import Problem, Problems, Project, languages, nearest
from engine.read.examples import Example
from engine.read.pages import ANCHOR, INLINE, OPTIONS, Broken, Embed, Page, fences, sections, without_fences

NO_ALT = 'has no alt text (add alt="what a reader sees in it, and why")'
NEVER_SHOWN = "check"  # the cell that asserts what the prose promises
FRONT_MATTER = re.compile(r"---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*$", re.MULTILINE | re.DOTALL)
MATERIAL = {"description", "hide", "icon", "search", "status", "subtitle", "template", "title"}
HEADING = re.compile(r"^##+ .*$", re.MULTILINE)
CODE_IN_HTML = re.compile(r"</?(pre|code|samp|textarea)\b", re.IGNORECASE)
PYTHON = re.compile(r"`|~+\s*(\{?\s*\.?(python|py|pycon|ipython|output|summary|\W*$))", re.IGNORECASE)


def check(
    project: Project,
    page: Page,
    examples: Mapping[str, Example],
    unreadable: Container[str],
    tables: Iterable[str],
) -> Iterator[Problem]:
    """What is wrong with one page; nothing is said about embeds of `unreadable` examples, which have their own problem.

    `tables` are the names of generated tables.
    """

    def at(line: int, message: str) -> Problem:
        return Problem(page.path, line, message)

    if front := FRONT_MATTER.match(page.text):
        try:
            names = project.mapping(project.root / page.path, front[1], first_line=2)
        except Problems as found:
            yield from found.problems
            return
        for name in {*map(str, names)} - MATERIAL:
            yield at(1, f"front matter: unknown '{name}'{nearest(name, MATERIAL)}")
    try:
        embeds = page.embeds
        page.examples  # noqa: B018 (raises Broken for an alt text)
    except Broken as broken:
        yield at(broken.line, broken.message)
        return
    for first, last, opening in fences(page.text):
        if not last:
            yield at(first, f"a fence '{opening}' that does not end")
        elif PYTHON.match(opening):
            said = "a page types no code of its own (write [[show example.cell]], or ~~~text for an illustration)"
            yield at(first, said)
        for embed in embeds:
            if first < embed.line < (last or embed.line + 1):
                yield at(embed.line, f"[[{embed.kind} …]] in a fence (a backslash before [[ shows it)")
    prose = without_fences(page.text)
    for number, line in enumerate(prose.split("\n"), start=1):
        if html := CODE_IN_HTML.search(re.sub(r"(`+).*?\1", "", line)):
            yield at(number, f"code in HTML, <{html[1].lower()}> (write [[show example.cell]], or `…` for a word)")
    for heading in HEADING.finditer(prose):
        if not ANCHOR.match(heading[0]):
            yield at(prose.count("\n", 0, heading.start()) + 1, f"heading without an anchor: {heading[0]} {{#name}}")
    drawings = {path.stem for path in project.drawings.glob("*.svg")}
    for embed in embeds:
        if message := wrong_target(embed, examples, unreadable, drawings, tables):
            yield at(embed.line, message)
            return
    yield from (at(line, message) for line, message in out_of_order(page, examples))


def wrong_target(
    embed: Embed,
    examples: Mapping[str, Example],
    unreadable: Container[str],
    drawings: Iterable[str],
    tables: Iterable[str],
) -> str | None:
    """What is wrong with an embed's target or options, if anything."""
    if embed.kind in INLINE:
        return None
    if unknown := sorted(embed.options.keys() - set(OPTIONS)):
        return f"unknown '{unknown[0]}'{nearest(unknown[0], OPTIONS)}"
    if embed.kind in ("figure", "drawing") and not embed.options.get("alt", "").strip():
        return f"{embed.kind} {embed.target} {NO_ALT}"
    if embed.kind in ("drawing", "table"):
        known = drawings if embed.kind == "drawing" else tables
        return None if embed.target in known else f"no {embed.kind} '{embed.target}'{nearest(embed.target, known)}"
    example, cell = embed.cell
    if example in unreadable:
        return None
    if example not in examples:
        return f"no example '{example}'{nearest(example, examples)}"
    cells = [other.name for other in examples[example].cells]
    return None if cell in cells else f"example '{example}' has no cell '{cell}'{nearest(cell, cells)}"


def out_of_order(page: Page, examples: Mapping[str, Example]) -> Iterator[tuple[int, str]]:
    """Where a page's code is not the cells of one example in order, so that what a reader copies is what was run."""
    shown = [embed for embed in page.embeds if embed.kind in ("show", "code") and embed.cell[0] in examples]
    if not shown:
        return
    name = shown[0].cell[0]
    wanted = [cell.name for cell in examples[name].cells if cell.name != NEVER_SHOWN]
    for embed, cell in zip_longest(shown, wanted):
        if embed is None:
            yield shown[-1].line, f"cell '{cell}' of '{name}' is not shown below (a page shows all but 'check')"
        elif embed.cell == (name, cell):
            continue
        elif embed.cell[0] != name:
            yield embed.line, f"shows '{embed.target}' below cells of '{name}' (a page shows the code of one example)"
        elif embed.cell[1] == NEVER_SHOWN:
            yield embed.line, "shows 'check', which is for the author"
        elif cell is None:
            yield embed.line, f"shows '{embed.target}' again (a page shows each cell once)"
        else:
            said = f"shows '{embed.target}' where '{name}.{cell}' is next (a page shows cells in their order)"
            yield embed.line, said
        return


def compare(project: Project, pages: Mapping[str, list[Page]]) -> Iterator[Problem]:
    """Where languages differ in more than words: a page that one lacks, and `differences`."""
    first, *others = languages()
    wanted = {page.name: page for page in pages[first]}
    for language in others:
        found = {page.name: page for page in pages[language]}
        for name in sorted(wanted.keys() ^ found.keys()):
            lacking, having = (language, first) if name in wanted else (first, language)
            exists = project.relative(project.pages(having) / name)
            yield project.problem(project.pages(lacking) / name, 1, f"is missing ({exists} exists)")
        for name in sorted(wanted.keys() & found.keys()):
            yield from differences(wanted[name], found[name])


def differences(page: Page, other: Page) -> Iterator[Problem]:
    """Where two languages of a page differ in anchors or embeds.

    Blocks come in the same order; values and claims may change places within a section, as sentences ask for it.
    """
    theirs, ours = sections(page), sections(other)
    if list(theirs) != list(ours):
        missing = next((anchor for anchor in theirs if anchor not in ours), None)
        said = f"no section {{#{missing}}}" if missing else f"sections are {', '.join(filter(None, ours)) or 'none'}"
        yield Problem(other.path, 1, f"{said} ({page.path} has {', '.join(filter(None, theirs)) or 'none'})")
        return
    for anchor, embeds in ours.items():
        for is_inline in (False, True):
            for their, our in zip_longest(part(theirs[anchor], is_inline), part(embeds, is_inline)):
                wanted = f"'{their.kind} {their.target}'" if their else ""
                shown = f"'{our.kind} {our.target}'" if our else ""
                if wanted != shown:
                    line = our.line if our else embeds[-1].line if embeds else 1
                    said = f"shows {shown}" if our else f"lacks {wanted}"
                    at = f"{page.path}:{their.line} shows {wanted}" if their else f"{page.path} does not"
                    yield Problem(other.path, line, f"{said} ({at})")
                    break


def part(embeds: list[Embed], is_inline: bool) -> list[Embed]:
    """The values and claims among embeds, in an order that does not depend on sentences, or all others."""
    found = [embed for embed in embeds if (embed.kind in INLINE) == is_inline]
    return sorted(found, key=lambda embed: (embed.kind, embed.target)) if is_inline else found
