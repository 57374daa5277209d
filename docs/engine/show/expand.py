"""From a page with embeds to plain Markdown: the text that is rendered, tested, and published beside the page."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html import escape

from engine.project import Problem, Problems, Project
from engine.read.check import NO_ALT
from engine.read.examples import Example
from engine.read.glossary import PAGE, Glossary
from engine.read.pages import ATTRIBUTE, ESCAPED, Broken, Embed, Page, find
from engine.run.result import Result
from engine.show import html
from engine.show.tables import TABLES
from engine.show.values import Values, Wrong, evaluate, formatted, names_in

SPECIAL = re.compile(r"([\\`*_{}\[\]#])")  # what Markdown lets one escape
MARKER = re.compile(r"^(\d*)([-+.)])(?=\s)")  # what begins a list
TAKEN = re.compile(r"^(\s*)(?=```|<!--[-\s]*pytest)")  # by pytest-codeblocks; \u200b is no space to it
CONTINUED = "<!--pytest-codeblocks:cont-->\n\n"  # above each piece of code but the first: they are one program
RECEIPTS = "run.json"  # at the root of the site


@dataclass(frozen=True)
class Context:
    """What one build expands all pages with. `results` may lack examples."""

    project: Project
    examples: Mapping[str, Example]
    results: Mapping[str, Result]
    glossary: Glossary

    @cached_property
    def values(self) -> dict[str, Values]:
        """What pages may quote of each example: its values, whether it is fit to publish, and each cell's seconds."""
        found = {}
        for name, result in self.results.items():
            seconds = {"dict": dict(zip(result.outputs, result.receipt["seconds"]))}
            found[name] = Values(name, {**result.values, "publishable": result.is_publishable, "seconds": seconds})
        return found


@dataclass(frozen=True)
class Expanded:
    """A page as Markdown, what is wrong with it, and the figures it shows, by name: `fnn-curves` for fnn-curves.svg."""

    text: str
    problems: list[Problem] = field(default_factory=list)
    figures: dict[str, str] = field(default_factory=dict)  # as SVG
    alts: dict[str, str] = field(default_factory=dict)


def expand(page: Page, context: Context) -> Expanded:
    """A checked page with embeds replaced, terms linked, a receipt below and, for stand-in images, a notice above."""
    expander, problems, text, position = _Expander(page, context), [], "", 0
    for embed in page.embeds:
        text += ESCAPED.sub("", page.text[position : embed.start])
        position, replacement = embed.end, ""
        try:
            replacement = expander.replacement(embed)
        except (Broken, Wrong) as error:
            problems.append(Problem(page.path, embed.line, str(error)))
        except Problems as unreadable:
            problems += unreadable.problems
        before = text[text.rfind("\n") + 1 :]
        if replacement.isdigit() and not before.strip() and re.match(r"[.)]\s", page.text[position:]):
            replacement += "\\"  # the number that begins a paragraph does not begin a list
        text += replacement.replace("\n", f"\n{before}")
    text = _framed(text + ESCAPED.sub("", page.text[position:]), page, context)
    return Expanded(text, problems, expander.figures, expander.alts)


class _Expander:
    """What stands in the place of a page's embeds, one after the other."""

    def __init__(self, page: Page, context: Context):
        self.page, self.context = page, context
        self.figures: dict[str, str] = {}
        self.alts: dict[str, str] = {}
        self.has_code = False

    def replacement(self, embed: Embed) -> str:
        """The Markdown in an embed's place. Raises Wrong, Broken or Problems."""
        context, target = self.context, embed.target
        match embed.kind:
            case "value":
                shown = " ".join(self.formatted(target).splitlines())
                if embed.in_code and "`" in shown:
                    raise Wrong(f"'{target}' holds a backtick, which would end the code it stands in")
                return shown if embed.in_code else as_words(shown)
            case "claim":
                if self.has_run(target) and not evaluate(target, context.values):
                    found = names_in(target, context.values)
                    raise Wrong(f"the claim {target} is false" + (f": {found}" if found else ""))
                return ""
            case "table":
                return TABLES[target](context.project, context.results, context.glossary, self.page.language)
            case "drawing":
                drawing = context.project.text(context.project.drawings / f"{target}.svg")
                if "<style" in drawing:
                    raise Wrong("element <style> is not allowed (write fill=… and the like where they count)")
                return self.figure(embed, self.filled(drawing, escape))
            case _:
                return "\n\n".join(self.parts(embed))

    def parts(self, embed: Embed) -> Iterator[str]:
        example, name = embed.cell
        if embed.kind in ("show", "code"):
            above, self.has_code = CONTINUED if self.has_code else "", True
            yield above + _fenced(self.context.examples[example].cell(name).source, "python", "`")
        if embed.kind == "code":
            return
        if not (result := self.context.results.get(example)):
            yield html.waiting(example, self.page.language)
            return
        printed, svg = list(html.printed(result, name)), result.figure(name)
        if embed.kind == "output" and not printed:
            raise Wrong(f"cell '{name}' of '{example}' prints nothing")
        if embed.kind == "figure" and not svg:
            raise Wrong(f"cell '{name}' of '{example}' draws no figure")
        if embed.kind != "figure":
            yield from (_fenced(harmless(out["text"]), f'{kind} cell="{fence}"', "~") for kind, fence, out in printed)
        if svg and embed.kind != "output":
            yield self.figure(embed, svg)

    def figure(self, embed: Embed, svg: str) -> str:
        """An image whose file is drawn later, from `svg`. Raises Wrong if it has no alt text."""
        alt = " ".join(self.filled(embed.options.get("alt", "")).split())
        if not alt:
            raise Wrong(f"the figure of {embed.target} {NO_ALT}")
        name = embed.target.replace(".", "-")
        self.figures[name], self.alts[name] = svg, alt
        return f"![{as_words(alt)}]({name}.svg)"

    def filled(self, text: str, form: Callable[[str], str] = str) -> str:
        """A text that is not Markdown, such as alt text, with every value filled in. Raises Broken and Wrong."""
        for embed in reversed(list(find(text))):
            text = text[: embed.start] + form(self.formatted(embed.target)) + text[embed.end :]
        return text

    def formatted(self, target: str) -> str:
        return formatted(target, self.context.values) if self.has_run(target) else "…"

    def has_run(self, expression: str) -> bool:
        named = self.context.examples.keys() & set(ATTRIBUTE.findall(expression))
        return named <= self.context.results.keys()


def _framed(text: str, page: Page, context: Context) -> str:
    if page.name != PAGE:  # the glossary itself
        text = context.glossary.linked(text, page.language, "../" * page.name.count("/") + PAGE)
    results = [context.results[name] for name in page.examples if name in context.results]
    if results:
        url = "../" * (page.url.count("/") + 1) + RECEIPTS
        text = f"{text.rstrip()}\n\n{html.receipt(results, page.language, url)}\n"
    if stand_in := next((result for result in results if result.is_stand_in), None):
        notice = html.notice(stand_in.receipt["images"], page.language)
        text = re.sub(r"^# .*\n", lambda title: f"{title[0]}\n{notice}\n", text, count=1, flags=re.MULTILINE)
    return text


def _fenced(code: str, info: str, marker: str) -> str:
    longest = max((len(found) for found in re.findall(rf"^\s*({marker}+)", code, re.MULTILINE)), default=0)
    fence = marker * max(3, longest + 1)
    return f"{fence}{info}\n{code}\n{fence}"


def harmless(text: str) -> str:
    """What a cell printed with tabs as a terminal shows them, and nothing that pytest-codeblocks would run."""
    return "\n".join(TAKEN.sub("\\1\u200b", line.expandtabs(8)).rstrip() for line in text.rstrip().splitlines())


def as_words(text: str) -> str:
    """A text as words in Markdown, whatever it holds."""
    escaped = SPECIAL.sub(r"\\\1", escape(text, quote=False))
    return MARKER.sub(r"\1\\\2", escaped).replace("|", "&#124;")
