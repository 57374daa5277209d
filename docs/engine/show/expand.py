"""From a page with embeds to plain Markdown: the text that is rendered, tested, and published beside the page."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html import escape

from engine.project import Problem, Problems, Project, nearest
from engine.read.check import NO_ALT
from engine.read.examples import Example
from engine.read.glossary import PAGE as GLOSSARY
from engine.read.glossary import Glossary
from engine.read.pages import ATTRIBUTE, ESCAPED, Broken, Embed, Page, find
from engine.run.result import Result
from engine.show import html
from engine.show.tables import TABLES
from engine.show.values import Values, Wrong, evaluate, formatted, names_in

SPECIAL = re.compile(r"([\\`*_{}\[\]#])")  # what Markdown lets one escape
MARKER = re.compile(r"^(\d*)([-+.)])(?=\s)")  # what begins a list
LISTS = re.compile(r"[.)]\s")  # after a number
TAKEN = re.compile(r"^(\s*)(?=```|<!--[-\s]*pytest)")  # what pytest-codeblocks takes for a fence or an instruction
NO_SPACE = "\u200b"  # which it does not take for white space
TITLE = re.compile(r"^# .*\n", re.MULTILINE)
CONTINUED = "<!--pytest-codeblocks:cont-->"  # above each piece of code but the first: they are one program
RECEIPTS = "run.json"  # at the root of the site
UNKNOWN = "…"  # a value of an example that has no result


@dataclass(frozen=True)
class Context:
    """What one build expands all pages with. `results` may lack examples; some of those may have `failed`."""

    project: Project
    examples: Mapping[str, Example]
    results: Mapping[str, Result]
    glossary: Glossary
    failed: frozenset[str] = frozenset()

    @cached_property
    def values(self) -> dict[str, Values]:
        """What pages may quote, by example."""
        return {name: quotable(result) for name, result in self.results.items()}


@dataclass(frozen=True)
class Expanded:
    """A page as Markdown, what is wrong with it, and what it shows.

    `figures` holds the SVG of each figure by the name of its file, `fnn-curves` for `![…](fnn-curves.svg)`; `alts` the
    alt text of figures by example and cell.
    """

    text: str
    problems: list[Problem] = field(default_factory=list)
    figures: dict[str, str] = field(default_factory=dict)
    alts: dict[tuple[str, str], str] = field(default_factory=dict)


def expand(page: Page, context: Context) -> Expanded:
    """The page with every embed replaced, a notice above stand-in results and a receipt below."""
    try:
        return Expander(page, context).expanded()
    except Broken as broken:
        return Expanded(page.text, [Problem(page.path, broken.line, str(broken))])


def quotable(result: Result) -> Values:
    """What a page may quote of a result: its values, whether it is fit to publish, and each cell's seconds."""
    seconds = dict(zip((cell.name for cell in result.example.cells), result.receipt["seconds"]))
    added = {"publishable": result.is_publishable, "seconds": {"dict": seconds}}
    return Values(result.example.name, {**result.values, **added})


class Expander:
    """Expands one page."""

    def __init__(self, page: Page, context: Context):
        self.page, self.context = page, context
        self.problems: list[Problem] = []
        self.figures: dict[str, str] = {}
        self.alts: dict[tuple[str, str], str] = {}
        self.has_code = False

    def expanded(self) -> Expanded:
        """See `expand`. Raises Broken."""
        page, written, position = self.page, "", 0
        for embed in page.embeds:
            written += ESCAPED.sub("", page.text[position : embed.start])
            position = embed.end
            try:
                replacement = self.replacement(embed)
            except (Broken, Wrong) as error:
                self.problems.append(Problem(page.path, embed.line, str(error)))
                continue
            except Problems as unreadable:
                self.problems += unreadable.problems
                continue
            before = written[written.rfind("\n") + 1 :]
            if before.strip():
                written += replacement
                continue
            if embed.kind == "value" and replacement.isdigit() and LISTS.match(page.text, position):
                replacement += "\\"  # the number that begins a paragraph does not begin a list
            written += replacement.replace("\n", f"\n{before}")
        text = self.framed(self.linked(written + ESCAPED.sub("", page.text[position:])))
        return Expanded(text, self.problems, self.figures, self.alts)

    def replacement(self, embed: Embed) -> str:
        """What stands in an embed's place. Raises Wrong, Broken or Problems."""
        context, language = self.context, self.page.language
        match embed.kind:
            case "value":
                shown = " ".join(self.formatted(embed.target).splitlines())
                if embed.in_code and "`" in shown:
                    raise Wrong(f"'{embed.target}' holds a backtick, which would end the code it stands in")
                return shown if embed.in_code else as_words(shown)
            case "claim":
                if self.has_run(embed.target) and not evaluate(embed.target, context.values):
                    found = names_in(embed.target, context.values)
                    raise Wrong(f"the claim {embed.target} is false" + (f": {found}" if found else ""))
                return ""
            case "table":
                if embed.target not in TABLES:
                    raise Wrong(f"no table '{embed.target}'{nearest(embed.target, TABLES)}")
                return TABLES[embed.target](context.project, context.results, context.glossary, language)
            case "drawing":
                drawing = context.project.text(context.project.drawings / f"{embed.target}.svg")
                if "<style" in drawing:
                    raise Wrong("element <style> is not allowed (write fill=… and the like where they count)")
                return self.figure(embed.target, self.filled(drawing, escape), self.alt(embed))
            case _:
                return self.cell(embed)

    def cell(self, embed: Embed) -> str:
        """Code, outputs and figure of a cell, as much of them as the embed's kind shows."""
        example, name = embed.cell
        parts = []
        if embed.kind in ("show", "code"):
            parts.append(self.code(self.context.examples[example].cell(name).source))
            if embed.kind == "code":
                return parts[0]
        if example not in self.context.results:
            parts.append(html.waiting(example, self.page.language, example in self.context.failed))
            return "\n\n".join(parts)
        result = self.context.results[example]
        svg = result.figure(name)
        outputs = printed(result, name) if embed.kind != "figure" else []
        if embed.kind == "output" and not outputs:
            raise Wrong(f"cell '{name}' of '{example}' prints nothing")
        if embed.kind == "figure" and not svg:
            raise Wrong(f"cell '{name}' of '{example}' draws no figure")
        parts += outputs
        if svg and embed.kind != "output":
            alt = self.alts[example, name] = self.alt(embed)
            parts.append(self.figure(f"{example}-{name}", svg, alt))
        return "\n\n".join(parts)

    def code(self, source: str) -> str:
        """A cell's code, which continues the page's program."""
        above = f"{CONTINUED}\n\n" if self.has_code else ""
        self.has_code = True
        return above + fenced(source, "python", "`")

    def figure(self, name: str, svg: str, alt: str) -> str:
        """An image whose file is drawn later, from `svg`."""
        self.figures[name] = svg
        return f"![{as_words(alt)}]({name}.svg)"

    def alt(self, embed: Embed) -> str:
        """The alt text of a figure or drawing, in one line. Raises Wrong if there is none."""
        alt = " ".join(self.filled(embed.options.get("alt", "")).split())
        if not alt:
            raise Wrong(f"the figure of {embed.target} {NO_ALT}")
        return alt

    def filled(self, text: str, form: Callable[[str], str] = str) -> str:
        """A text that is not Markdown, such as alt text, with every value filled in. Raises Broken and Wrong."""
        for embed in reversed(list(find(text))):
            text = text[: embed.start] + form(self.formatted(embed.target)) + text[embed.end :]
        return text

    def formatted(self, target: str) -> str:
        """A value as text, or an ellipsis if its example has not run. Raises Wrong."""
        return formatted(target, self.context.values) if self.has_run(target) else UNKNOWN

    def has_run(self, expression: str) -> bool:
        """Whether all examples that an expression names have a result."""
        named = self.context.examples.keys() & set(ATTRIBUTE.findall(expression))
        return named <= self.context.results.keys()

    def linked(self, text: str) -> str:
        """The text with the first use of each term linked to its meaning."""
        if self.page.name == GLOSSARY:
            return text
        return self.context.glossary.linked(text, self.page.language, "../" * self.page.name.count("/") + GLOSSARY)

    def framed(self, text: str) -> str:
        """The text with its receipt at the foot and, if images were the stand-in, a notice on top."""
        results = [self.context.results[name] for name in self.page.examples if name in self.context.results]
        if not results:
            return text
        root = "../" * (self.page.url.count("/") + 1)
        text = f"{text.rstrip()}\n\n{html.receipt(results, self.page.language, root + RECEIPTS)}\n"
        if stand_in := next((result for result in results if result.is_stand_in), None):
            notice = html.notice(stand_in.receipt["images"], self.page.language)
            text = TITLE.sub(lambda title: f"{title[0]}\n{notice}\n", text, count=1)
        return text


def printed(result: Result, cell: str) -> list[str]:
    """What a cell printed, each output in a fence that names the cell."""
    found, number = [], 0
    for output in result.outputs[cell]:
        if "summary" in output:
            number += 1
            name = html.summary_name(result.example.name, cell, number)
            found.append(fenced(harmless(output["text"]), f'summary cell="{name}"', "~"))
        elif "text" in output:
            found.append(fenced(harmless(output["text"]), f'output cell="{result.example.name}.{cell}"', "~"))
    return found


def fenced(code: str, info: str, marker: str) -> str:
    """A fence around code, with as many markers as it needs."""
    longest = max((len(found) for found in re.findall(rf"^\s*({marker}+)", code, re.MULTILINE)), default=0)
    fence = marker * max(3, longest + 1)
    return f"{fence}{info}\n{code}\n{fence}"


def harmless(text: str) -> str:
    """What a cell printed with tabs as a terminal shows them, and nothing that pytest-codeblocks would run."""
    return "\n".join(TAKEN.sub(rf"\1{NO_SPACE}", line.expandtabs(8)).rstrip() for line in text.rstrip().splitlines())


def as_words(text: str) -> str:
    """A text as words in Markdown, whatever it holds."""
    escaped = SPECIAL.sub(r"\\\1", escape(text, quote=False))
    return MARKER.sub(r"\1\\\2", escaped).replace("|", "&#124;")
