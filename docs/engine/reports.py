"""What the examples work with: reports of runs with other versions (see engine/compare.py), kept and shown."""

import html
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from engine.compare import Report, is_number
from engine.parts import PART, pictures, words
from engine.problems import ROOT, Problem, Problems
from engine.sources import below, text_of

FOLDER = ROOT / "docs" / "works_with"  # MkDocs puts it on the site as it is
NAMES = {"tensorflow": "TensorFlow", "keras": "Keras", "numpy": "NumPy"}
SHOWN = 20  # findings of a kind that a page shows; the report has all


def file_name(report: Report) -> str:
    """A report's file: one for each set of versions, so that a new run takes the place of an old one."""
    python = ".".join(report["python"].split(".")[:2])
    return "-".join([*(f"{package}-{report['packages'][package]}" for package in NAMES), f"python-{python}.json"])


def read() -> list[Report]:
    """All kept reports, the newest versions first. Raises Problems."""
    return sorted(
        map(report, below(FOLDER, "*.json")), key=lambda one: [*map(order, versions_of(one).values())], reverse=True
    )


def report(path: Path) -> Report:
    """A kept report. Raises Problems."""
    try:
        found = json.loads(text_of(path))
        for wanted_by_pages in (row(found, "en"), details(found, "en"), map(order, versions_of(found).values())):
            list(wanted_by_pages)
        sum(found.get("seconds", {}).values())
        return found
    except json.JSONDecodeError as error:
        raise Problems([Problem(path, error.lineno, error.msg)]) from None
    except (AttributeError, LookupError, RecursionError, TypeError, ValueError):
        raise Problems([Problem(path, 1, "is no report ('python -m engine compare' writes them)")]) from None


def seconds() -> Mapping[str, float]:
    """How long each example took in the latest report that tells: on another machine, so good to compare examples."""
    try:
        return next((report["seconds"] for report in read() if "seconds" in report), {})
    except Problems:  # told where pages show it
        return {}


def order(version: str) -> list[int]:
    """A version's numbers, to sort by."""
    return [int(part) for part in version.split(".") if part.isdigit()]


def versions_of(run: Mapping[str, Any]) -> dict[str, str]:
    """What a run ran on, by the names that people use."""
    return {name: run["packages"][package] for package, name in NAMES.items()} | {"Python": run["python"]}


def has_moved(report: Report) -> bool:
    """Whether a report has anything to tell."""
    return any(report[kind] for kind in KINDS)


def named(run: Mapping[str, Any]) -> str:
    """What a run ran on, in one line."""
    return ", ".join(f"{name} {version}" for name, version in versions_of(run).items())


def head(language: str) -> list[str]:
    """The heads of a table of reports."""
    say = words(language)
    return [say["versions"], say["run_date"], say["ran"], say["moved"]]


def row(report: Report, language: str) -> list[str]:
    """A report as a row of a table."""
    say = words(language)
    versions = [f"{name}\N{NO-BREAK SPACE}{version}" for name, version in versions_of(report).items()]
    ran = say["ran_of"].format(ran=report["ran"], all=report["all"])
    cells = [versions, [report["date"]], [ran], moved(report, language)]
    return ["<br>".join(map(html.escape, lines)) for lines in cells]


def moved(report: Report, language: str) -> list[str]:
    """How much moved, by kind."""
    say = words(language)
    counts = [say[f"moved_{kind}"].format(count=len(report[kind])) for kind in KINDS if report[kind]]
    same = versions_of(report) == versions_of(report["against"])
    return counts or [say["moved_from" if same else "moved_nothing"]]


def details(report: Report, language: str, link: str = "") -> str:
    """What moved, to unfold: one line of HTML that Markdown leaves alone. `link` leads to the report's file."""
    say = words(language)
    seen, against = pictures(report["pictures"], say), named(report["against"])
    saw = html.escape(say["report_saw"].format(date=report["date"], versions=against, pictures=seen))
    full = f' <a href="{html.escape(link)}">{say["report_data"]}</a>' if link else ""
    items = (listed(say[f"moved_{kind}"], [show(found) for found in report[kind]], say) for kind, show in KINDS.items())
    return (
        f"<details {PART}><summary>{html.escape(named(report))}</summary><p>{saw}{full}</p>{''.join(items)}</details>"
    )


def listed(title: str, items: list[str], say: Mapping[str, str]) -> str:
    """Findings of a kind under their number; nothing if there are none."""
    if not items:
        return ""
    more = [say["report_more"].format(count=len(items) - SHOWN)] if len(items) > SHOWN else []
    told = title.format(count=len(items))
    return f"<p>{told[0].upper()}{told[1:]}</p><ul><li>{'</li><li>'.join([*items[:SHOWN], *more])}</li></ul>"


def problem(found: Mapping[str, Any]) -> str:
    """What went wrong, and where."""
    return f"{', '.join(map(code, found['places']))}: {code(found['message'])}"


def text(found: Mapping[str, Any]) -> str:
    """A cell that wrote something else, and the lines."""
    return "<br>".join([code(found["cell"]), *map(code, found["lines"][:SHOWN])])


def number(found: Mapping[str, Any]) -> str:
    """A value that moved, by the number in it that moved most."""
    old, new = shown(found["old"]), shown(found["new"])
    if old == new:
        old, new = repr(found["old"]), repr(found["new"])
    of = f" ({found['moved']}/{found['of']})" if found["of"] > 1 else ""
    return f"{code(found['name'])}: {code(old)} → {code(new)}{of}"


def figure(found: Mapping[str, Any]) -> str:
    """A figure that is made of other shapes."""
    kinds = found["old"] | found["new"]
    counts = (f"{kind} {found['old'].get(kind, 0)} → {found['new'].get(kind, 0)}" for kind in kinds)
    return f"{code(found['cell'])}: {', '.join(counts)}"


def shown(value: Any) -> str:
    """A value in as many digits as one reads."""
    return f"{value:.6g}" if is_number(value) else json.dumps(value, ensure_ascii=False)


def code(said: str) -> str:
    """Words of a run, which are only words whatever they hold."""
    return f"<code>{html.escape(' '.join(said.split()))}</code>"


KINDS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "broken": problem,
    "claims": problem,
    "texts": text,
    "numbers": number,
    "figures": figure,
}
