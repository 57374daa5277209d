"""Page parts in HTML: what a run wrote and drew, its summaries, its receipt. Each part is one line of HTML."""

import html
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from markdown import Extension, Markdown
from markdown.preprocessors import Preprocessor

from engine import figures
from engine.result import Result

PART = 'data-part=""'  # marks a line of HTML that Markdown passes on as it is


@cache
def words(language: str) -> dict[str, str]:
    """What the engine itself says on pages of a language."""
    return yaml.safe_load(Path(__file__).with_name("words.yml").read_text("utf-8"))[language]


def text(written: str, language: str) -> str:
    """What a cell printed."""
    label = html.escape(words(language)["output"])
    shown = html.escape(written.rstrip("\n")).replace("\n", "&#10;").replace("\t", "&#9;")  # Markdown's own are 4 wide
    return f'<pre class="output" tabindex="0" role="group" aria-label="{label}" {PART}><samp>{shown}</samp></pre>'


def figure(svg: str, name: str, language: str, alt: str, caption: str = "") -> str:
    """A figure with its alt text; see `engine.figures.inline`."""
    below = f"<figcaption>{html.escape(caption)}</figcaption>" if caption else ""
    return f'<figure class="figure" {PART}>{figures.inline(svg, name, language, alt)}{below}</figure>'


def mark(language: str) -> str:
    """What stands above the output of a cell that is a draft."""
    return f'<p class="draft" {PART}>{html.escape(words(language)["draft"])}</p>'


def summary(data: Mapping[str, Any], language: str) -> str:
    """A model's summary as a table whose rows open to show how a parameter count comes about."""
    say = words(language)
    rows = "".join(summary_row(layer, say) for layer in data["layers"])
    totals = "".join(
        f'<tr><th scope="row" colspan="2">{say[kind]}</th><td>{data[kind]:,}</td></tr>'
        for kind in ("total", "trainable", "non_trainable")
    )
    head = "".join(f'<th scope="col">{say[column]}</th>' for column in ("layer", "output_shape", "parameters"))
    caption = html.escape(say["summary"].format(name=data["name"]))
    return (
        f'<table class="summary" {PART}><caption>{caption}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody><tfoot>{totals}</tfoot></table>"
    )


def summary_row(layer: Mapping[str, Any], say: Mapping[str, str]) -> str:
    """One layer: name and type, output shape, and its count, which opens to the sum that it is."""
    name, kind, shape = (html.escape(layer[key]) for key in ("name", "type", "output_shape"))
    return (
        f'<tr><th scope="row">{name} <span>{kind}</span></th><td>{shape}</td>'
        f"<td><details><summary>{layer['parameters']:,}</summary>{derivation(layer, say)}</details></td></tr>"
    )


def derivation(layer: Mapping[str, Any], say: Mapping[str, str]) -> str:
    """How a layer's parameter count comes about: the sizes of its weights, multiplied and added."""
    if not layer["weights"]:
        return f"<p>{say['no_weights']}</p>"
    products = [" × ".join(f"{size:,}" for size in weight["shape"]) or "1" for weight in layer["weights"]]
    terms = " + ".join(
        f"<span>{product} <small>{html.escape(weight['name'])}</small></span>"
        for product, weight in zip(products, layer["weights"])
    )
    return f"<p>{terms} = {layer['parameters']:,}</p>"


def notice(identity: Mapping[str, Any], language: str) -> str:
    """The box on top of a page whose pictures were drawn in place of the real ones."""
    say = words(language)
    count = f"{identity['train'] + identity['test']:,}"
    return (
        f'<div class="admonition warning" {PART}><p class="admonition-title">{say["stand_in_title"]}</p>'
        f"<p>{say['stand_in'].format(count=count)}</p></div>"
    )


def receipt(results: Iterable[Result], language: str, url: str) -> str:
    """The line at the foot of a page: what its results came from. `url` leads to the full receipt."""
    say = words(language)
    receipts = [result.receipt for result in results]
    versions = receipts[0]["packages"]
    said = [f"TensorFlow {versions['tensorflow']['version']}", f"Keras {versions['keras']['version']}"]
    said += dict.fromkeys(pictures(found["pictures"], say) for found in receipts if found["pictures"])
    seconds = round(sum(sum(found["seconds"]) for found in receipts))
    form = "minutes" if seconds >= 60 else "seconds"
    said += [say["device"], say[form].format(minutes=seconds // 60, seconds=seconds % 60)]
    comma = "，" if language == "zh" else ", "
    line = say["receipt"].format(parts=comma.join(said))
    return f'<p class="receipt" {PART}>{line} <a href="{url}">{say["receipt_data"]}</a></p>'


def pictures(identity: Mapping[str, Any], say: Mapping[str, str]) -> str:
    """How a receipt names its pictures."""
    kind = identity["source"] + ("" if identity["size"] == "full" else f"_{identity['size']}")
    return say[kind].format(count=f"{identity['train'] + identity['test']:,}")


class Parts(Extension):
    """Lets Markdown pass parts on as they are, at any depth of indentation (it does so by itself only at none)."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 (Markdown's name)
        """Register before Python-Markdown's own handling of HTML blocks."""
        md.preprocessors.register(StashParts(md), "parts", 30)


class StashParts(Preprocessor):
    """Puts each line that is a part away, and a mark in its place."""

    def run(self, lines: list[str]) -> list[str]:
        """The page's lines, parts replaced by marks."""
        return [self.stash(line) if line.lstrip().startswith("<") and PART in line else line for line in lines]

    def stash(self, line: str) -> str:
        """The mark for one part, as far indented as the part was."""
        part = line.lstrip()
        return line[: len(line) - len(part)] + self.md.htmlStash.store(part)


def makeExtension(**options: Any) -> Parts:  # noqa: N802 (Markdown's name)
    """What `markdown_extensions: engine.parts` in mkdocs.yml calls."""
    return Parts(**options)
