"""Tables that pages show and nobody types: terms, run times, versions. Each is a table in Markdown."""

import json
from collections.abc import Callable, Iterable, Mapping
from html import escape
from typing import Any

from engine.project import Problem, Problems, Project, languages, words
from engine.read.glossary import Glossary
from engine.run.result import Result
from engine.show.html import duration, images

PACKAGES = {"tensorflow": "TensorFlow", "keras": "Keras", "numpy": "NumPy"}

Results = Mapping[str, Result]


def glossary(_: Project, __: Results, terms: Glossary, language: str) -> str:
    """All terms with their names in the other languages and what they mean, in the order of a dictionary."""
    rows = []
    for term in terms.sorted_in(language):
        name = f"**{term.name(language)}**{{#{term.anchor}}}"
        for other in languages():
            if term.name(other) != term.name(language):
                name += f'<br><span lang="{other}">{term.name(other)}</span>'
        rows.append([name, term.means[language].replace("|", "\\|")])
    return table([words(language)["term"], words(language)["meaning"]], rows)


def examples(_: Project, results: Results, __: Glossary, language: str) -> str:
    """How long each example ran, the longest first, and all of them."""
    say = words(language)
    seconds = {name: sum(result.receipt["seconds"]) for name, result in results.items()}
    rows = []
    for name in sorted(seconds, key=seconds.__getitem__, reverse=True):
        seen = results[name].receipt["images"]
        shown = escape(images(seen, language)) if seen else ""
        rows.append([f"[{name}.py](examples/{name}.ipynb)", shown, duration(seconds[name], language)])
    rows.append([f"**{say['all_examples']}**", "", f"**{duration(sum(seconds.values()), language)}**"])
    return table([say["example"], say["images"], say["run_time"]], rows)


def versions(_: Project, results: Results, __: Glossary, language: str) -> str:
    """Python and the packages that a reader knows, as the examples ran on them."""
    say = words(language)
    receipts = [result.receipt for result in results.values()]
    rows = [["Python", receipts[0]["python"]], *receipts[0]["packages"].items()] if receipts else []
    return table([say["package"], say["version"]], rows)


def works_with(project: Project, _: Results, __: Glossary, language: str) -> str:
    """The runs with other versions. Raises Problems."""
    try:
        rows = [works_with_row(run, language) for run in json.loads(project.text(project.works_with))]
    except json.JSONDecodeError as error:
        raise Problems([project.problem(project.works_with, error.lineno, error.msg)]) from None
    except (KeyError, TypeError, AttributeError) as error:
        said = f"is not a list of runs ({type(error).__name__}: {error})"
        raise Problems([Problem(project.relative(project.works_with), 1, said)]) from None
    say = words(language)
    return table([say["versions"], say["run_date"], say["ran"], say["moved"]], rows)


def works_with_row(run: Mapping[str, Any], language: str) -> list[str]:
    """One run: its versions, date, how many examples ran and which failed, and how many outputs and values differ."""
    say = words(language)
    named = {name: run["packages"][package] for package, name in PACKAGES.items()} | {"Python": run["python"]}
    ran = [say["ran_of"].format(ran=run["ran"], all=run["of"])]
    if run["failed"]:
        ran.append(say["failing"].format(names=", ".join(f"{name}.py" for name in run["failed"])))
    moved = say["moved_count"].format(count=run["moved"]) if run["moved"] else say["moved_nothing"]
    cells = [[f"{name}\N{NO-BREAK SPACE}{version}" for name, version in named.items()], [run["date"]], ran, [moved]]
    return ["<br>".join(escape(line) for line in lines) for lines in cells]


TABLES: Mapping[str, Callable[[Project, Results, Glossary, str], str]] = {
    "glossary": glossary,
    "examples": examples,
    "versions": versions,
    "works_with": works_with,
}


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table in Markdown."""
    head = list(head)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [head, ["---"] * len(head), *rows])
