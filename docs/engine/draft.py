"""What a page shows while an example has no result yet: its code, as much as there is, and places for the rest."""

import html
from collections.abc import Mapping
from dataclasses import dataclass, replace

from engine import parts
from engine.expand import TITLE, Expander, HtmlForm, MarkdownForm, examples_on
from engine.pages import Embed, Page
from engine.parts import PART, words
from engine.result import Result

UNKNOWN = "…"  # stands for a value that there is not yet


@dataclass(frozen=True)
class Draft(Result):
    """What a run that has not ended gave so far.

    `outputs` lacks the cells that have not run, `values` is empty until the last one has. `marked` names the cells that
    ran in a kernel in which others had run before.
    """

    @property
    def is_clean(self) -> bool:
        """See `Result`."""
        return False

    @property
    def is_whole(self) -> bool:
        """Whether every cell has run."""
        return bool(self.values)

    def figure(self, cell: str) -> str | None:
        """The SVG that a cell drew, if it has run and drew one."""
        return super().figure(cell) if cell in self.outputs else None


class DraftExpander(Expander):
    """Expands a page with drafts among its results."""

    def cell(self, embed: Embed, form: HtmlForm | MarkdownForm, options: Mapping[str, str]) -> str:
        """What a cell gave, marked if it is a draft; else its code and a place for what it will give."""
        example, name = embed.cell
        result = self.results[example]
        if embed.kind == "code" or not isinstance(result, Draft):
            return super().cell(embed, form, options)
        if name not in result.outputs:
            shown = super().cell(replace(embed, kind="code"), form, options) if embed.kind == "show" else ""
            return f"{shown}\n\n{place(example, name, form.language)}"
        shown = super().cell(embed, form, options)
        return f"{parts.mark(form.language)}\n\n{shown}" if name in result.marked else shown

    def claim(self, expression: str) -> str:
        """Nothing. Raises Wrong when the claim is false, unless it is about a draft that a whole run may contradict."""
        marked = (name for name, result in self.results.items() if result.marked and f"{name}." in expression)
        return "" if any(marked) else super().claim(expression)

    def formatted(self, target: str) -> str:
        """A value as text, or a sign that there is none yet."""
        return super().formatted(target) if self.has_run(target) else UNKNOWN

    def has_run(self, expression: str) -> bool:
        """Whether all examples that an expression names have run to their end."""
        return super().has_run(expression) and all(
            not isinstance(result, Draft) or result.is_whole
            for name, result in self.results.items()
            if f"{name}." in expression
        )

    def framed(self, page: Page, text: str) -> str:
        """A page without a receipt while one of its examples has none, and marked if it quotes a draft."""
        shown = [self.results[name] for name in examples_on(page) if name in self.results]
        if all(result.is_clean for result in shown):
            return super().framed(page, text)
        quoted = [embed.target for embed in page.embeds if embed.kind == "value"]
        if any(result.marked and f"{result.example.name}." in target for result in shown for target in quoted):
            text = TITLE.sub(lambda title: f"{title[0]}\n{parts.mark(page.language)}\n", text, count=1)
        return text


def place(example: str, cell: str, language: str) -> str:
    """Where the output of a cell will stand; a browser writes into it how far the example has got."""
    said = html.escape(words(language)["waiting"].format(example=example))
    return f'<p class="waiting" role="status" data-example="{example}" data-cell="{cell}" {PART}>{said}</p>'
