"""Parts of a page in HTML: what a run printed, a model's summary, the receipt. Everything from a run is escaped."""

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any

from engine.project import Problem, words
from engine.run.result import Result

BOX = '<div class="admonition {kind}"><p class="admonition-title">{title}</p>{content}</div>'


def custom_fences(language: str, summaries: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The option of pymdownx.superfences that renders `~~~output` and, as `summaries_of` has them, `~~~summary`."""

    def shown(source: str, _: str, kind: str, options: Mapping[str, str], *__: Any, **___: Any) -> str:
        data = summaries.get(options["cell"]) if kind == "summary" else None  # or while its example runs again
        return summary(data, language) if data else text(source, language)

    def take_all(_: str, inputs: Mapping[str, str], options: dict[str, str], *__: Any) -> bool:
        options |= inputs
        return True

    return [{"name": kind, "class": kind, "format": shown, "validator": take_all} for kind in ("output", "summary")]


def summaries_of(results: Iterable[Result]) -> dict[str, Mapping[str, Any]]:
    """The data of every summary by the name of its fence."""
    every = (output for result in results for cell in result.outputs for output in printed(result, cell))
    return {name: output["summary"] for kind, name, output in every if kind == "summary"}


def printed(result: Result, cell: str) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """What a cell printed, by kind and name of the fence: `fnn.model`, but `fnn.model.2` for its second summary."""
    name, number = f"{result.example.name}.{cell}", 0
    for output in result.outputs[cell]:
        if "summary" in output:
            number += 1
            yield "summary", f"{name}.{number}" if number > 1 else name, output
        elif "text" in output:
            yield "output", name, output


def text(printed: str, language: str) -> str:
    """What a cell printed, in one line of HTML: neither Markdown nor a template changes it."""
    label = escape(words(language)["output"])
    shown = escape(printed.rstrip("\n")).replace("\n", "&#10;").replace("\t", "&#9;")
    return f'<pre class="output" tabindex="0" role="group" aria-label="{label}"><samp>{shown}</samp></pre>'


def summary(data: Mapping[str, Any], language: str) -> str:
    """A model's summary as a table whose rows open to show how a parameter count comes about."""
    say, rows = words(language), ""
    for layer in data["layers"]:
        name, kind, shape = (escape(layer[key]) for key in ("name", "type", "output_shape"))
        count, terms = f"{layer['parameters']:,}", []
        for weight in layer["weights"]:
            product = " × ".join(f"{size:,}" for size in weight["shape"]) or "1"
            terms.append(f"<span>{product} <small>{escape(weight['name'])}</small></span>")
        derivation = f"{' + '.join(terms)} = {count}" if terms else say["no_weights"]
        rows += (
            f'<tr><th scope="row">{name} <span>{kind}</span></th><td>{shape}</td>'
            f"<td><details><summary>{count}</summary><p>{derivation}</p></details></td></tr>"
        )
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


def waiting(example: str, language: str) -> str:
    """What stands in the place of the outputs of an example that has no result."""
    said = words(language)["waiting"].format(name=example)
    return f'<p class="waiting">{escape(said)}</p>'


def problems(found: Iterable[Problem], language: str) -> str:
    """A box that lists what is wrong, for the top of a page while serving."""
    items = "".join(f"<li><code>{escape(str(problem))}</code></li>" for problem in found)
    return BOX.format(kind="failure", title=words(language)["mistakes"], content=f"<ul>{items}</ul>")


def notice(images: Mapping[str, Any], language: str) -> str:
    """The box on top of a page whose images, as its receipt has them, are the stand-in."""
    say, count = words(language), f"{images['train'] + images['test']:,}"
    content = f"<p>{say['stand_in'].format(count=count)}</p>"
    return BOX.format(kind="warning", title=say["stand_in_title"], content=content)


def receipt(results: Iterable[Result], language: str, url: str) -> str:
    """The line at the foot of a page: what its results came from. `url` leads to the full receipts."""
    say = words(language)
    receipts = [result.receipt for result in results]
    said = [f"{name} {receipts[0]['packages'][name.lower()]}" for name in ("TensorFlow", "Keras")]
    said += dict.fromkeys(images(found["images"], language) for found in receipts if found["images"])
    said += [say["device"], duration(sum(sum(found["seconds"]) for found in receipts), language)]
    line = say["receipt"].format(parts=say["comma"].join(map(escape, said)))
    return f'<p class="receipt">{line} <a href="{url}">{say["receipt_data"]}</a></p>'


def images(identity: Mapping[str, Any], language: str) -> str:
    """How a page names images: what they are, a note that their file carries, which part of them, how many."""
    say = words(language)
    details = [say["quoted"].format(text=identity["about"])] if identity["about"] else []
    details += [say[identity["size"]]] if identity["size"] != "full" else []
    details += [say["count"].format(count=f"{identity['train'] + identity['test']:,}")]
    return say["bracketed"].format(text=say[identity["source"]], details=say["comma"].join(details))


def duration(seconds: float, language: str) -> str:
    """A time in whole seconds, or minutes and seconds."""
    minutes, rest = divmod(round(seconds), 60)
    return words(language)["minutes" if minutes else "seconds"].format(minutes=minutes, seconds=rest)
