"""Tables that pages show and nobody types: terms, run times, versions. Each is a table in Markdown."""

import json
from collections.abc import Iterable, Mapping
from html import escape

from engine.project import Problems, Project, languages, words
from engine.read.glossary import Glossary
from engine.run.result import Result
from engine.show.html import duration, images


def glossary(_: object, __: object, terms: Glossary, language: str) -> str:
    """All terms with their names in the other languages and what they mean, in the order of a dictionary."""
    rows = []
    for term in terms.sorted_in(language):
        name = f"**{term.name(language)}**{{#{term.anchor}}}"
        for other in languages():
            if term.name(other) != term.name(language):
                name += f'<br><span lang="{other}">{term.name(other)}</span>'
        rows.append([name, term.means[language].replace("|", "\\|")])
    return table(language, ["term", "meaning"], rows)


def examples(_: object, results: Mapping[str, Result], __: object, language: str) -> str:
    """How long each example ran, the longest first, and all of them."""
    seconds = {name: sum(result.receipt["seconds"]) for name, result in results.items()}
    rows = []
    for name in sorted(seconds, key=seconds.__getitem__, reverse=True):
        seen = results[name].receipt["images"]
        shown = escape(images(seen | {"about": ""}, language)) if seen else ""  # the note is on the example's page
        rows.append([f"[{name}.py](examples/{name}.ipynb)", shown, duration(seconds[name], language)])
    rows.append([f"**{words(language)['all_examples']}**", "", f"**{duration(sum(seconds.values()), language)}**"])
    return table(language, ["example", "images", "run_time"], rows)


def versions(_: object, results: Mapping[str, Result], __: object, language: str) -> str:
    """Python and the packages that a reader knows, as the examples ran on them."""
    receipts = [result.receipt for result in results.values()]
    rows = [["Python", receipts[0]["python"]], *receipts[0]["packages"].items()] if receipts else []
    return table(language, ["package", "version"], rows)


def works_with(project: Project, _: object, __: object, language: str) -> str:
    """The runs with other versions: on which, when, which examples failed and how much differed. Raises Problems."""
    path, say, rows = project.works_with, words(language), []
    names = "TensorFlow", "Keras", "NumPy", "Python"
    try:
        for run in json.loads(project.text(path)):
            of_run = run["packages"] | {"python": run["python"]}
            runs_on = [f"{name}\N{NO-BREAK SPACE}{of_run[name.lower()]}" for name in names]
            ran = [say["ran_of"].format(ran=run["ran"], all=run["of"])]
            if run["failed"]:
                ran.append(say["failing"].format(names=", ".join(f"{name}.py" for name in run["failed"])))
            moved = say["moved_count"].format(count=run["moved"]) if run["moved"] else say["moved_nothing"]
            rows.append(["<br>".join(map(escape, lines)) for lines in (runs_on, [run["date"]], ran, [moved])])
    except json.JSONDecodeError as error:
        raise Problems([project.problem(path, error.lineno, error.msg)]) from None
    except (KeyError, TypeError, AttributeError) as error:
        said = f"is not a list of runs ({type(error).__name__}: {error})"
        raise Problems([project.problem(path, 1, said)]) from None
    return table(language, ["versions", "run_date", "ran", "moved"], rows)


def table(language: str, head: list[str], rows: Iterable[Iterable[str]]) -> str:
    """A table in Markdown; `head` names words of words.yml."""
    named = [words(language)[name] for name in head]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [named, ["---"] * len(head), *rows])


TABLES = {form.__name__: form for form in (glossary, examples, versions, works_with)}
