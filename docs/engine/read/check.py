"""What is wrong with pages, as far as it can be told before any example runs."""

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from itertools import zip_longest

from engine.project import Problem, Problems, Project, languages, nearest
from engine.read.examples import Example
from engine.read.pages import ANCHOR, FENCE, INLINE, Broken, Embed, Page, sections, without_fences

NO_ALT = 'has no alt text (add alt="what a reader sees in it, and why")'
NO_CODE = "a page types no code of its own (write [[show example.cell]], or ~~~text for an illustration)"
NEVER_SHOWN = "check"  # the cell that asserts what the prose promises
FRONT_MATTER = re.compile(r"---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*$", re.MULTILINE | re.DOTALL)
MATERIAL = {"description", "hide", "icon", "search", "status", "subtitle", "template", "title"}
CODE_IN_HTML = re.compile(r"</?(pre|code|samp|textarea)\b", re.IGNORECASE)
PYTHON = re.compile(r"`|~+\s*(\{?\s*\.?(python|py|pycon|ipython|output|summary|\W*$))", re.IGNORECASE)


def check(
    project: Project, page: Page, examples: Mapping[str, Example], unreadable: Container[str], tables: Iterable[str]
) -> Iterator[Problem]:
    """What is wrong with one page; nothing is said of embeds of `unreadable` examples, which have their own problem."""
    if front := FRONT_MATTER.match(page.text):
        try:
            names = project.mapping(project.root / page.path, front[1], first_line=2)
        except Problems as unreadable_front:
            yield from unreadable_front.problems
            return
        for name in {*map(str, names)} - MATERIAL:
            yield Problem(page.path, 1, f"front matter: unknown '{name}'{nearest(name, MATERIAL)}")
    known = {"drawing": {path.stem for path in project.drawings.glob("*.svg")}, "table": tables}
    try:
        wrong = [(e.line, said) for e in page.embeds if (said := wrong_target(e, examples, unreadable, known))]
        found = [*wrong_text(page), *(wrong[:1] or out_of_order(page, examples))]
    except Broken as broken:
        found = [(broken.line, str(broken))]
    yield from (Problem(page.path, line, said) for line, said in found)


def wrong_text(page: Page) -> Iterator[tuple[int, str]]:
    """Code that no run has seen, and headings without an anchor."""
    for fence in FENCE.finditer(page.text):
        first = page.text.count("\n", 0, fence.start()) + 1
        if not fence["end"]:
            yield first, f"a fence '{fence['opening']}' that does not end"
        elif PYTHON.match(fence["opening"]):
            yield first, NO_CODE
        for embed in page.embeds:
            if fence.end("opening") < embed.start < fence.end():
                yield embed.line, f"[[{embed.kind} …]] in a fence (a backslash before [[ shows it)"
    for number, line in enumerate(without_fences(page.text).split("\n"), start=1):
        if html := CODE_IN_HTML.search(re.sub(r"(`+).*?\1", "", line)):
            yield number, f"code in HTML, <{html[1].lower()}> (write [[show example.cell]], or `…` for a word)"
        if re.match("##+ ", line) and not ANCHOR.match(line):
            yield number, f"heading without an anchor: {line} {{#name}}"


def wrong_target(
    embed: Embed, examples: Mapping[str, Example], unreadable: Container[str], known: Mapping[str, Iterable[str]]
) -> str | None:
    """What is wrong with an embed's target or options, if anything; `known` names drawings and tables."""
    kind, target, (example, cell) = embed.kind, embed.target, embed.cell
    if unknown := sorted(embed.options.keys() - {"alt"}):
        return f"unknown '{unknown[0]}'{nearest(unknown[0], ['alt'])}"
    if kind in ("figure", "drawing") and not embed.options.get("alt", "").strip():
        return f"{kind} {target} {NO_ALT}"
    if kind in known:
        return None if target in known[kind] else f"no {kind} '{target}'{nearest(target, known[kind])}"
    if kind in INLINE or example in unreadable:
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
            said = f"cell '{cell}' of '{name}' is not shown below (a page shows all but 'check')"
        elif embed.cell[0] != name:
            said = f"shows '{embed.target}' below cells of '{name}' (a page shows the code of one example)"
        elif embed.cell[1] == NEVER_SHOWN:
            said = "shows 'check', which is for the author"
        elif cell is None:
            said = f"shows '{embed.target}' again (a page shows each cell once)"
        elif embed.cell[1] != cell:
            said = f"shows '{embed.target}' where '{name}.{cell}' is next (a page shows cells in their order)"
        else:
            continue
        yield (embed or shown[-1]).line, said
        return


def compare(project: Project, pages: Mapping[str, list[Page]]) -> Iterator[Problem]:
    """Where languages differ in more than words: a page that one lacks, and `differences`."""
    first, *others = languages()
    wanted = {page.name: page for page in pages[first]}
    for language in others:
        found = {page.name: page for page in pages[language]}
        for name in sorted(wanted.keys() | found.keys()):
            if name in wanted and name in found:
                yield from differences(wanted[name], found[name])
                continue
            lacking, page = (language, wanted[name]) if name in wanted else (first, found[name])
            yield project.problem(project.pages(lacking) / name, 1, f"is missing ({page.path} exists)")


def differences(page: Page, other: Page) -> Iterator[Problem]:
    """Where two languages of a page differ in anchors or embeds; sentences may order values as they like."""
    theirs, ours = sections(page), sections(other)
    if list(theirs) != list(ours):
        missing = next((anchor for anchor in theirs if anchor not in ours), None)
        said = f"no section {{#{missing}}}" if missing else f"sections are {', '.join(filter(None, ours)) or 'none'}"
        yield Problem(other.path, 1, f"{said} ({page.path} has {', '.join(filter(None, theirs)) or 'none'})")
        return
    for anchor, (blocks, inline) in ours.items():
        last = max((embed.line for embed in blocks + inline), default=1)
        for wanted, shown in zip(theirs[anchor], (blocks, inline)):
            pairs = zip_longest(wanted, shown)
            their, our = next((pair for pair in pairs if str(pair[0]) != str(pair[1])), (None, None))
            at = f"{page.path}:{their.line} shows '{their}'" if their else f"{page.path} does not"
            if our:
                yield Problem(other.path, our.line, f"shows '{our}' ({at})")
            elif their:
                yield Problem(other.path, last, f"lacks '{their}' ({at})")
