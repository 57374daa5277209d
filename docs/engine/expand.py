"""From a page with embeds to plain Markdown: a function from text and results to text."""

import html
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from engine import fences, parts, values
from engine.examples import Example
from engine.figures import DRAWINGS, LABELS, Untranslated
from engine.pages import ESCAPED, NO_ALT, Broken, Embed, Page, find
from engine.problems import Problem, Problems
from engine.result import Result
from engine.sources import text_of
from engine.tables import TABLES
from engine.terms import Glossary
from engine.values import Values, Wrong

SPECIAL = re.compile(r"([\\`*_{}\[\]#])")  # what Markdown lets one escape
MARKER = re.compile(r"^(\d*)([-+.)])(?=\s)")  # what begins a list
LISTS = re.compile(r"[.)]\s")  # after a number
NAMED = re.compile(r"\b[a-z]\w*(?=\.[a-zA-Z_])")  # in an expression: examples, and other things with attributes
TITLE = re.compile(r"^# .*\n", re.MULTILINE)
GLOSSARY = "glossary.md"  # the page that explains all terms
RECEIPT = "run.json"  # at the root of the site


@dataclass
class Expander:
    """Expands pages with the results of one build, and collects what is wrong on the way.

    `results` may lack examples that failed; their embeds vanish, for their problem is told elsewhere. `values` is what
    pages may quote of them, if somebody has it at hand.
    """

    examples: Mapping[str, Example]
    results: Mapping[str, Result]
    problems: list[Problem]
    glossary: Glossary = field(default_factory=Glossary.read)
    alts: dict[tuple[str, str, str], str] = field(default_factory=dict)  # by language, example, cell
    values: Mapping[str, Values] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.values = self.values or {name: quotable(result) for name, result in self.results.items()}

    def html(self, page: Page) -> str:
        """The page as MkDocs renders it: code in fences, everything else that a run gave as parts in HTML."""
        text = self.expand(page, HtmlForm(page.language))
        if page.name != GLOSSARY:
            text = self.glossary.linked(text, page.language, "../" * page.name.count("/") + GLOSSARY)
        return fences.with_classes(text)

    def markdown(self, page: Page) -> str:
        """The page as text to read and to run: every fence is of its class, and those that are run one program."""
        return fences.joined(self.expand(page, MarkdownForm(page.language)))

    def expand(self, page: Page, form: "HtmlForm | MarkdownForm") -> str:
        """The page's text with every embed replaced, a notice above stand-in results and a receipt below."""
        written, position = "", 0
        for embed in page.embeds:
            written += ESCAPED.sub("", page.text[position : embed.start])
            position = embed.end
            try:
                replacement = self.replacement(embed, form)
            except (Broken, Wrong, ValueError) as error:
                self.problems.append(Problem(page.path, embed.line, str(error)))
                continue
            except Problems as unreadable:
                self.problems += unreadable.problems
                continue
            except Untranslated as found:
                said = f"no Chinese for {found} on '{embed.target}'"
                self.problems.append(Problem(LABELS, 1, said))
                continue
            before = written[written.rfind("\n") + 1 :]
            begins = embed.kind == "value" and not before.strip()
            if begins and replacement.isdigit() and LISTS.match(page.text, position):
                replacement += "\\"  # the number that begins a paragraph begins no list
            written += replacement.replace("\n", f"\n{before}") if not before.strip() else replacement
        written += ESCAPED.sub("", page.text[position:])
        return self.framed(page, written)

    def replacement(self, embed: Embed, form: "HtmlForm | MarkdownForm") -> str:
        """What stands in an embed's place. Raises Wrong, Untranslated, ValueError or Problems."""
        if embed.kind == "value":
            shown = " ".join(self.formatted(embed.target).splitlines())
            if embed.in_code and "`" in shown:
                raise Wrong(f"'{embed.target}' holds a backtick, which would end the code it stands in")
            return shown if embed.in_code else markdown_safe(shown)
        if embed.kind == "claim":
            return self.claim(embed.target)
        if embed.kind == "table":
            return TABLES[embed.target](self.results, self.glossary, form.language)
        options = {name: self.plain(text) for name, text in embed.options.items()}
        if embed.kind == "drawing":
            return form.figure(self.drawing(embed.target), embed.target, **options)
        return self.cell(embed, form, options)

    def cell(self, embed: Embed, form: "HtmlForm | MarkdownForm", options: Mapping[str, str]) -> str:
        """Code, outputs and figure of a cell, as much of them as the embed's kind shows."""
        example, name = embed.cell
        cell = self.examples[example].cell(name)
        code = fences.written(cell.source, "python", "`")
        if embed.kind == "code":
            return code
        if example not in self.results:
            return ""
        result = self.results[example]
        svg = result.figure(name)
        if svg and "alt" in options:
            self.alts[form.language, example, name] = options["alt"]
        shown = [form.output(output) for output in result.outputs[name] if "text" in output]
        if embed.kind == "figure":
            if not svg:
                raise Wrong(f"cell '{name}' of '{example}' draws no figure")
            return form.figure(svg, f"{example}-{name}", **options)
        if embed.kind == "output" and not shown:
            raise Wrong(f"cell '{name}' of '{example}' prints nothing")
        if embed.kind == "show":
            shown.insert(0, code)
            if svg and not options.get("alt"):
                raise Wrong(f"the figure of {embed.target} {NO_ALT}")
            if svg:
                shown.append(form.figure(svg, f"{example}-{name}", **options))
        return "\n\n".join(shown)

    def drawing(self, name: str) -> str:
        """The SVG of a drawing, with its values filled in. Raises Problems if it cannot be read."""
        text = text_of(DRAWINGS / f"{name}.svg")
        if "<style" in text:
            raise ValueError("element <style> is not allowed (write fill=… and the like where they count)")
        return self.plain(text, html.escape)

    def formatted(self, target: str) -> str:
        """A value as text, or nothing if its example failed."""
        return values.formatted(target, self.values) if self.has_run(target) else ""

    def claim(self, expression: str) -> str:
        """Nothing. Raises Wrong when the claim is false."""
        if self.has_run(expression) and not values.evaluate(expression, self.values):
            raise Wrong(f"the claim {expression} is false: {values.names_in(expression, self.values)}")
        return ""

    def has_run(self, expression: str) -> bool:
        """Whether all examples that an expression names have a result."""
        named = set(NAMED.findall(expression)) & self.examples.keys()
        return named <= self.results.keys()

    def plain(self, text: str, escape: Callable[[str], str] = str) -> str:
        """A text that is no Markdown, such as alt text, with every value replaced and escaped."""
        for embed in reversed(list(find(text))):
            text = text[: embed.start] + escape(self.formatted(embed.target)) + text[embed.end :]
        return text

    def framed(self, page: Page, text: str) -> str:
        """A page with its receipt at the foot and, if pictures were drawn in place of real ones, a notice on top."""
        shown = [self.results[name] for name in examples_on(page) if name in self.results]
        if not shown:
            return text
        root = "../" * (page.url.count("/") + 1)
        text = f"{text.rstrip()}\n\n{parts.receipt(shown, page.language, root + RECEIPT)}\n"
        if drawn := next((result for result in shown if result.is_stand_in), None):
            notice = parts.notice(drawn.receipt["pictures"], page.language)
            text = TITLE.sub(lambda title: f"{title[0]}\n{notice}\n", text, count=1)
        return text


def quotable(result: Result) -> Values:
    """What a page may quote of a result: its values, whether it is fit to publish, and each cell's seconds."""
    seconds = dict(zip((cell.name for cell in result.example.cells), result.receipt["seconds"]))
    told = {"publishable": result.is_publishable, "seconds": {"dict": seconds}}
    return Values(result.example.name, {**result.values, **told})


class HtmlForm:
    """Outputs and figures as HTML parts."""

    def __init__(self, language: str):
        self.language = language

    def output(self, output: Mapping[str, object]) -> str:
        """A summary as a table, a text as it was printed."""
        if "summary" in output:
            return parts.summary(output["summary"], self.language)  # type: ignore[arg-type]
        return parts.text(str(output["text"]), self.language)

    def figure(self, svg: str, name: str, alt: str, caption: str = "") -> str:
        """A figure in the page."""
        return parts.figure(svg, name, self.language, alt, caption)


class MarkdownForm:
    """Outputs in fences of their own class, and figures as links."""

    def __init__(self, language: str):
        self.language = language

    def output(self, output: Mapping[str, object]) -> str:
        """A text as it was printed."""
        return fences.written(fences.harmless(str(output["text"])), "output", "~")

    def figure(self, svg: str, name: str, alt: str, caption: str = "") -> str:
        """A link to the figure's file, which stands beside the page."""
        return f"![{markdown_safe(alt)}]({name}.svg)" + (f"\n\n{markdown_safe(caption)}" if caption else "")


def markdown_safe(text: str) -> str:
    """A run's text as words in Markdown, whatever it holds."""
    escaped = SPECIAL.sub(r"\\\1", html.escape(text, quote=False))
    return MARKER.sub(r"\1\\\2", escaped).replace("|", "&#124;")


def examples_on(page: Page) -> Iterable[str]:
    """The examples that a page shows or quotes, each once, in order."""
    named: dict[str, None] = {}
    for embed in page.embeds:
        if embed.kind in ("value", "claim"):
            named |= dict.fromkeys(NAMED.findall(embed.target))
        elif embed.kind not in ("drawing", "table"):
            named[embed.cell[0]] = None
    return named
