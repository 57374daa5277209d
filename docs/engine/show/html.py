"""Parts of a page in HTML: what a run printed, a model's summary, the receipt. Everything from a run is escaped."""

from collections.abc import Callable, Iterable, Mapping
from html import escape
from typing import Any

from engine.project import Problem, words
from engine.run.result import Result


def custom_fences(language: str, summaries: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The option `custom_fences` of pymdownx.superfences that renders `~~~output` and `~~~summary`.

    `summaries` holds a summary's data by the name in its fence, as `summaries_of` gives it; it may be filled later. A
    summary that is not there is shown as the text that stands in the fence.
    """

    def output(source: str, *_: Any, **__: Any) -> str:
        return text(source, language)

    def table(source: str, _: str, __: str, options: Mapping[str, str], *___: Any, **____: Any) -> str:
        data = summaries.get(options.get("cell", ""))
        return summary(data, language) if data else text(source, language)

    def take_all(_: str, inputs: Mapping[str, str], options: dict[str, str], *__: Any) -> bool:
        options |= inputs
        return True

    formats: Mapping[str, Callable[..., str]] = {"output": output, "summary": table}
    return [{"name": name, "class": name, "format": form, "validator": take_all} for name, form in formats.items()]


def summaries_of(results: Iterable[Result]) -> dict[str, Mapping[str, Any]]:
    """The data of every summary by the name of its fence: `fnn.model`, and `fnn.model.2` for a cell's second."""
    found: dict[str, Mapping[str, Any]] = {}
    for result in results:
        for cell, outputs in result.outputs.items():
            of_cell = [output["summary"] for output in outputs if "summary" in output]
            found |= {summary_name(result.example.name, cell, n): data for n, data in enumerate(of_cell, start=1)}
    return found


def summary_name(example: str, cell: str, number: int) -> str:
    """The name by which a fence finds the data of a cell's summary; `number` counts them from 1."""
    return f"{example}.{cell}" + (f".{number}" if number > 1 else "")


def text(printed: str, language: str) -> str:
    """What a cell printed, in one line of HTML: neither Markdown nor a template changes it."""
    label = escape(words(language)["output"])
    shown = escape(printed.rstrip("\n")).replace("\n", "&#10;").replace("\t", "&#9;")
    return f'<pre class="output" tabindex="0" role="group" aria-label="{label}"><samp>{shown}</samp></pre>'


def summary(data: Mapping[str, Any], language: str) -> str:
    """A model's summary as a table whose rows open to show how a parameter count comes about."""
    say = words(language)
    rows = "".join(summary_row(layer, say) for layer in data["layers"])
    totals = "".join(
        f'<tr><th scope="row" colspan="2">{say[kind]}</th><td>{data[kind]:,}</td></tr>'
        for kind in ("total", "trainable", "non_trainable")
    )
    head = "".join(f'<th scope="col">{say[column]}</th>' for column in ("layer", "output_shape", "parameters"))
    caption = escape(say["summary"].format(name=data["name"]))
    return (
        f'<table class="summary"><caption>{caption}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody><tfoot>{totals}</tfoot></table>"
    )


def summary_row(layer: Mapping[str, Any], say: Mapping[str, str]) -> str:
    """One layer: name and type, output shape, and its count, which opens to the sum behind it."""
    name, kind, shape = (escape(layer[key]) for key in ("name", "type", "output_shape"))
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
        f"<span>{product} <small>{escape(weight['name'])}</small></span>"
        for product, weight in zip(products, layer["weights"])
    )
    return f"<p>{terms} = {layer['parameters']:,}</p>"


def figure(name: str, alt: str) -> str:
    """Where a figure stands, as Markdown renders `![alt](name.svg)`; see `engine.show.figures.placed`."""
    return f'<p><img alt="{escape(alt)}" src="{name}.svg" /></p>'


def waiting(example: str, language: str, has_failed: bool = False) -> str:
    """What stands in the place of the outputs of an example that has no result."""
    said = words(language)["failed" if has_failed else "waiting"].format(name=example)
    return f'<p class="waiting">{escape(said)}</p>'


def problems(found: Iterable[Problem], language: str) -> str:
    """A box that lists what is wrong, for the top of a page while serving."""
    items = "".join(f"<li><code>{escape(str(problem))}</code></li>" for problem in found)
    title = escape(words(language)["mistakes"])
    return f'<div class="admonition failure"><p class="admonition-title">{title}</p><ul>{items}</ul></div>'


def notice(identity: Mapping[str, Any], language: str) -> str:
    """The box on top of a page whose images are the stand-in; `identity` is that of a receipt's images."""
    say = words(language)
    count = f"{identity['train'] + identity['test']:,}"
    return (
        f'<div class="admonition warning"><p class="admonition-title">{say["stand_in_title"]}</p>'
        f"<p>{say['stand_in'].format(count=count)}</p></div>"
    )


def receipt(results: Iterable[Result], language: str, url: str) -> str:
    """The line at the foot of a page: what its results came from. `url` leads to the full receipts."""
    say = words(language)
    receipts = [result.receipt for result in results]
    versions = receipts[0]["packages"]
    said = [f"TensorFlow {versions['tensorflow']}", f"Keras {versions['keras']}"]
    said += dict.fromkeys(images(found["images"], language) for found in receipts if found["images"])
    said += [say["device"], duration(sum(sum(found["seconds"]) for found in receipts), language)]
    line = say["receipt"].format(parts=say["comma"].join(map(escape, said)))
    return f'<p class="receipt">{line} <a href="{url}">{say["receipt_data"]}</a></p>'


def images(identity: Mapping[str, Any], language: str) -> str:
    """How a page names images: what they are, a note that their file carries, which part of them, how many."""
    say = words(language)
    details = [say["quoted"].format(text=identity["about"])] if identity.get("about") else []
    details += [say[identity["size"]]] if identity["size"] != "full" else []
    details += [say["count"].format(count=f"{identity['train'] + identity['test']:,}")]
    return say["bracketed"].format(text=say[identity["source"]], details=say["comma"].join(details))


def duration(seconds: float, language: str) -> str:
    """A time in whole seconds, or minutes and seconds."""
    minutes, rest = divmod(round(seconds), 60)
    return words(language)["minutes" if minutes else "seconds"].format(minutes=minutes, seconds=rest)
