"""Tables that pages show and nobody types: the glossary, run times, the versions that examples ran and can run with."""

from collections.abc import Callable, Iterable, Mapping

from engine import reports
from engine.compare import Report
from engine.parts import pictures, words
from engine.result import Result
from engine.terms import Glossary


def glossary(results: Mapping[str, Result], terms: Glossary, language: str) -> str:
    """All terms with their other name and what they mean, in the order of the language's dictionary."""
    say = words(language)
    other = {"en": "zh", "zh": "en"}[language]
    rows = []
    for term in terms.sorted_in(language):
        name = f"**{term.name(language)}**{{#{term.anchor}}}"
        if term.en != term.zh:
            name += f'<br><span lang="{other}">{term.name(other)}</span>'
        rows.append([name, term.means[language].replace("|", "\\|")])
    return table([say["term"], say["meaning"]], rows)


def examples(results: Mapping[str, Result], terms: Glossary, language: str) -> str:
    """How long each example ran, the longest first, and all of them."""
    say = words(language)
    seconds = {name: sum(result.receipt["seconds"]) for name, result in results.items() if result.is_clean}
    rows = [
        [f"[{name}.py](examples/{name}.ipynb)", seen(results[name], language), duration(seconds[name], say)]
        for name in sorted(seconds, key=seconds.__getitem__, reverse=True)
    ]
    rows.append([f"**{say['all_examples']}**", "", f"**{duration(sum(seconds.values()), say)}**"])
    return table([say["example"], say["pictures"], say["run_time"]], rows)


def versions(results: Mapping[str, Result], terms: Glossary, language: str) -> str:
    """What the examples ran on: Python and the packages that a reader knows, with the start of each wheel's SHA-256."""
    say = words(language)
    receipt = next((result.receipt for result in results.values()), None)
    if receipt is None:
        return ""
    rows = [[name, found["version"], f"`{found['sha256'][:12]}`"] for name, found in receipt["packages"].items()]
    return table([say["package"], say["version"], say["wheel"]], [["Python", receipt["python"], ""], *rows])


def works_with(results: Mapping[str, Result], terms: Glossary, language: str) -> str:
    """The runs with other versions, and below the table what moved in each."""
    return reported(reports.read(), language, folder=f"../../{reports.FOLDER.name}/")


def reported(found: Iterable[Report], language: str, folder: str = "") -> str:
    """Reports as a table, and below it what moved in each; `folder` is where their files are, if anywhere."""
    found = list(found)
    lines = [table(reports.head(language), [reports.row(report, language) for report in found])]
    for report in filter(reports.has_moved, found):
        lines.append(reports.details(report, language, folder and folder + reports.file_name(report)))
    return "\n\n".join(lines)


TABLES: Mapping[str, Callable[[Mapping[str, Result], Glossary, str], str]] = {
    "glossary": glossary,
    "examples": examples,
    "versions": versions,
    "works_with": works_with,
}


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table in Markdown."""
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def seen(result: Result, language: str) -> str:
    """What pictures an example saw, if any."""
    identity = result.receipt["pictures"]
    return pictures(identity, words(language)) if identity else ""


def duration(seconds: float, say: Mapping[str, str]) -> str:
    """A time in whole seconds, or minutes and seconds."""
    seconds = round(seconds)
    form = "minutes" if seconds >= 60 else "seconds"
    return say[form].format(minutes=seconds // 60, seconds=seconds % 60)
