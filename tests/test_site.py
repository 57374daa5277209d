"""The built site: both languages agree, everything in it resolves, and it says where its results come from."""

import json
import re
from functools import cache
from math import prod
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import pytest
from bs4 import BeautifulSoup
from conftest import LONG
from programs import python
from pytest_codeblocks import extract_from_file

from engine import rendered
from engine.fences import Mistake, program, scan
from engine.problems import ROOT

LANGUAGES = ("en", "zh")
LESSONS = sorted(str(path.relative_to(ROOT / "docs/en"))[:-3] for path in (ROOT / "docs/en").rglob("*.md"))
EXAMPLES = sorted(path.stem for path in (ROOT / "examples").glob("*.py"))


@cache
def soup(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_bytes(), "html.parser")


def folder_of(lesson: str) -> str:
    return "" if lesson == "index" else lesson


def html_files(site: Path) -> list[Path]:
    return sorted(site.rglob("*.html"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_is_too_heavy_for_a_phone(site, language):
    """In kilobytes, before compression; pages load nothing else but what all have in common."""
    heavy = {
        str(path.relative_to(site)): path.stat().st_size // 1000
        for path in (site / language).rglob("index.html")
        if path.stat().st_size > 1000 * (300 if "examples" in path.parts else 250)
    }
    assert heavy == {}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("lesson", LESSONS)
def test_every_page_exists_in_both_languages_as_html_and_as_markdown(site, language, lesson):
    folder = site / language / folder_of(lesson)
    assert (folder / "index.html").exists()
    markdown = (folder / "index.md").read_text()
    assert re.match(r"# \S", markdown)
    assert "[[" not in re.sub(r"```.*?```|`[^`]*`|^    .*$", "", markdown, flags=re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_has_a_page_of_its_own_in_both_languages(site, language, example):
    page = soup(site / language / "examples" / example / "index.html")
    source = (ROOT / "examples" / f"{example}.py").read_text()
    shown = [code.get_text().strip() for code in page.select(".language-python code")]
    assert shown
    assert all(code in source for code in shown)
    assert len(shown) == source.count("# %% ")


@pytest.mark.parametrize("lesson", LESSONS)
def test_both_languages_show_the_same_code(site, lesson):
    english, chinese = (extract_from_file(site / language / folder_of(lesson) / "index.md") for language in LANGUAGES)
    assert [block.code for block in english] == [block.code for block in chinese]


@pytest.mark.parametrize("lesson", LESSONS)
def test_both_languages_have_the_same_anchors_and_parts(site, lesson):
    def outline(language: str) -> list[tuple[str, str]]:
        page = soup(site / language / folder_of(lesson) / "index.html").article
        found = page.select("h1, h2[id], h3[id], table, pre.output, figure.figure, .highlight, details")
        return [(tag.name, tag.get("id", "") if tag.name != "h1" else "") for tag in found]

    assert outline("en") == outline("zh")
    assert len(outline("en")) > 1


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("lesson", LESSONS)
def test_what_is_run_is_what_is_shown(site, language, lesson):
    """A page as expanded is one program, and its HTML shows that, what it printed, and no other code."""
    folder = site / language / folder_of(lesson)
    text = (folder / "index.md").read_text()
    found = list(scan(text))
    assert [mistake for mistake in found if isinstance(mistake, Mistake)] == []
    assert [block.code for block in extract_from_file(folder / "index.md")] == [
        code for code in [program(found)] if code
    ]
    assert list(rendered.differences((folder / "index.html").read_text(), found)) == []


def test_every_program_is_run(request, site):
    if request.config.args_source is request.config.ArgsSource.ARGS:
        pytest.skip("particular tests were asked for")
    run = {python(item.path) for item in request.session.items if item.path.suffix == ".md"}
    long = {python(site / "en" / name / "index.md") for name in LONG}  # `make slow` runs these
    shown = {python(path) for path in [*site.rglob("index.md"), *ROOT.glob("README*.md")]}
    assert shown - {()} == run | long
    assert len(shown) > len(LONG) + 10


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_cell_is_shown_by_a_page_but_the_check(site, example):
    """Readers who copy a lesson's code get the whole example."""
    page = soup(site / "en" / "examples" / example / "index.html")
    names = [heading["id"] for heading in page.article.select("h2")]
    cells = [code.get_text().strip() for code in page.select(".language-python code")]
    assert len(names) == len(cells)
    program = "\n".join(path.read_text() for path in (site / "en").rglob("index.md"))
    missing = [name for name, cell in zip(names, cells) if cell not in program]
    assert missing in ([], ["check"])


def test_every_link_picture_and_script_resolves(site):
    dead = []
    for path in html_files(site):
        for tag in soup(path).find_all(["a", "link", "script", "img", "use", "image", "source", "form"]):
            address = tag.get("href") or tag.get("xlink:href") or tag.get("src") or tag.get("action") or "#"
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                continue
            base = site if parts.path.startswith("/") else path.parent
            target = (base / unquote(parts.path).lstrip("/")).resolve() if parts.path else path
            target = target / "index.html" if target.is_dir() else target
            if not target.is_file() or not has_anchor(target, unquote(parts.fragment)):
                dead.append(f"{path.relative_to(site)}: {address}")
    assert dead == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_result_of_the_search_resolves(site, language):
    found = json.loads((site / language / "search" / "search_index.json").read_text())["docs"]
    assert len(found) > len(LESSONS)
    dead = []
    for address in (entry["location"] for entry in found):
        file, _, anchor = address.partition("#")
        path = site / language / file
        if not path.is_file() or not has_anchor(path, unquote(anchor)):
            dead.append(address)
    assert dead == []


def has_anchor(path: Path, anchor: str) -> bool:
    made_by_script = anchor.startswith("__")
    return not anchor or made_by_script or path.suffix != ".html" or anchor in anchors(path)


@cache
def anchors(path: Path) -> set[str]:
    return {tag["id"] for tag in soup(path).find_all(id=True)}


def test_every_link_in_the_markdown_of_a_page_resolves(site):
    dead = []
    for path in site.rglob("index.md"):
        text = re.sub(r"```python.*?```", "", path.read_text(), flags=re.DOTALL)
        for target in re.findall(r"\]\(([^\s()]+)\)|href=\"([^\"]+)", text):
            address = "".join(target).partition("#")[0]
            if ":" not in address and not (path.parent / address).exists():
                dead.append(f"{path.relative_to(site)}: {target}")
    assert dead == []


def test_no_id_stands_twice_on_a_page(site):
    twice = []
    for path in html_files(site):
        ids = [tag["id"] for tag in soup(path).find_all(id=True)]
        twice += [f"{path.relative_to(site)}: {name}" for name in sorted(set(ids)) if ids.count(name) > 1]
    assert twice == []


def test_nothing_is_loaded_from_another_host(site):
    foreign = []
    for path in html_files(site):
        for tag in soup(path).select("script[src], link[href], img[src], iframe, source, use, image"):
            address = tag.get("src") or tag.get("href") or tag.get("xlink:href") or ""
            if tag.get("rel") not in (["canonical"], ["alternate"]) and urlsplit(address).netloc:
                foreign.append(f"{path.relative_to(site)}: {address}")
    for path in site.rglob("*.css"):
        urls = re.findall(r"url\(['\"]?(?:https?:)?//[^)]*", path.read_text())
        foreign += [f"{path.relative_to(site)}: {url}" for url in urls]
    assert foreign == []


def test_the_script_of_the_theme_is_compiled_while_it_loads(site):
    scripts = [*site.glob("**/bundle.*.js")]
    assert len(scripts) == 3  # one in each language and the landing page's, which no page loads
    for script in scripts:
        said = json.loads(script.with_name(f"{script.name}.map").read_text("utf-8"))
        assert script.read_text("utf-8").startswith("//# allFunctionsCalledOnLoad\n")
        assert re.match(";\\w", said["mappings"])  # nothing is in the first line, Material's begins in the second


def test_safari_draws_every_line_under_words():
    """It draws none where `text-decoration` says more than that there is one."""
    found = []
    for path in (ROOT / "docs" / "theme").rglob("*.css"):
        found += [f"{path.name}: {line}" for line in re.findall(r"text-decoration: *[\w-]+ +[^;}]+", path.read_text())]
    assert found == []


def test_nothing_names_a_folder_of_this_machine(site):
    private = [str(ROOT), str(Path.home()) + "/", "/tmp/", "site-packages", "/ipykernel"]
    found = []
    for path in site.rglob("*"):
        if path.suffix in {".html", ".md", ".json", ".ipynb", ".svg", ".xml", ".py"}:
            text = path.read_text()
            found += [f"{path.relative_to(site)}: {name}" for name in private if name in text]
    assert found == []


@pytest.fixture(scope="module")
def receipts(site):
    return json.loads((site / "run.json").read_text())


def test_every_example_has_a_receipt(receipts):
    assert sorted(receipts) == EXAMPLES


@pytest.mark.parametrize("example", EXAMPLES)
def test_a_receipt_says_what_a_result_came_from(receipts, example):
    receipt = receipts[example]
    for name in ("tensorflow", "keras", "numpy", "matplotlib"):
        package = receipt["packages"][name]
        assert re.match(r"\d+\.\d+", package["version"])
        assert re.fullmatch(r"[0-9a-f]{64}", package["sha256"])
    assert re.fullmatch(r"[0-9a-f]{64}", receipt["key"])
    assert re.fullmatch(r"[0-9a-f]{64}", receipt["example"])
    assert re.fullmatch(r"3\.\d+\.\d+", receipt["python"])
    assert receipt["device"]["kind"] == "CPU"
    assert len(receipt["seconds"]) == (ROOT / f"examples/{example}.py").read_text().count("# %% ")
    assert sum(receipt["seconds"]) > 0
    source = (ROOT / f"examples/{example}.py").read_text()
    if "cifar10" in source:
        assert receipt["pictures"]["source"] == "stand-in"
        assert (receipt["pictures"]["train"], receipt["pictures"]["test"]) == (5000, 1000)
        assert re.fullmatch(r"[0-9a-f]{64}", receipt["pictures"]["sha256"])
    else:
        assert receipt["pictures"] is None
    seed = re.search(r"set_random_seed\((\d+)\)", source)
    assert receipt["seed"] == (int(seed[1]) if seed else None)


@pytest.mark.parametrize(("language", "words"), [("en", "stand-in pictures"), ("zh", "替身图片")])
def test_a_page_with_stand_in_results_says_so_at_the_top_and_at_the_foot(site, receipts, language, words):
    stand_in = [name for name, receipt in receipts.items() if receipt["pictures"]]
    assert stand_in
    pages = [f"examples/{name}" for name in stand_in] + [name for name in stand_in if name in LESSONS]
    for name in pages:
        article = soup(site / language / name / "index.html").article
        notice, foot = article.select_one(".admonition.warning"), article.select_one("p.receipt")
        first = article.select_one(".highlight, table, figure, pre, h2")
        assert words in notice.get_text().lower()
        assert (notice.sourceline, notice.sourcepos) < (first.sourceline, first.sourcepos)
        assert words in foot.get_text().lower()


def test_a_page_without_pictures_has_no_notice_and_still_a_receipt(site, receipts):
    for name in (name for name, receipt in receipts.items() if not receipt["pictures"]):
        article = soup(site / "en" / "examples" / name / "index.html").article
        assert article.select_one(".admonition.warning") is None
        assert receipts[name]["packages"]["keras"]["version"] in article.select_one("p.receipt").get_text()


@pytest.mark.parametrize("example", EXAMPLES)
def test_a_download_is_the_example_itself(site, example):
    source = (ROOT / f"examples/{example}.py").read_bytes()
    assert (site / "downloads" / f"{example}.py").read_bytes() == source
    notebook = nbformat.read(site / "downloads" / f"{example}.ipynb", as_version=4)
    nbformat.validate(notebook)
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    assert [line for line in code.splitlines() if line] == [
        line for line in source.decode().splitlines() if line and not line.startswith("# %%")
    ]


def number(text: str) -> int:
    return int(text.replace(",", ""))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_summary_adds_up_to_what_keras_counts(site, language):
    import keras

    model = keras.Sequential(
        [
            keras.Input(shape=(32, 32, 3)),
            keras.layers.Flatten(),
            keras.layers.Dense(200),
            keras.layers.Dense(150),
            keras.layers.Dense(10),
        ]
    )
    table = soup(site / language / "fnn" / "index.html").select_one("table.summary")
    counts = []
    for row in table.select("tbody tr"):
        counts.append(number(row.select_one("details summary").get_text()))
        for small in row.select("details small"):
            small.decompose()
        products = [span.get_text().split("×") for span in row.select("details p span")]
        assert sum(prod(map(number, factors)) for factors in products) == counts[-1]
    total, trainable, other = (number(cell.get_text()) for cell in table.select("tfoot td"))
    assert counts == [layer.count_params() for layer in model.layers]
    assert sum(counts) == total == trainable + other == model.count_params() == 646_260


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_home_page_has_a_figure_a_result_and_the_minutes_of_each_lesson(site, language):
    cards = soup(site / language / "index.html").select(".lessons > div")
    lessons = [card.select_one("h3 a")["href"].removesuffix("/index.html") for card in cards]
    with_minutes = {lesson for lesson in LESSONS if minutes_on(site / language / folder_of(lesson))}
    assert set(lessons) == with_minutes
    for card, lesson in zip(cards, lessons):
        assert card.select_one("figure svg"), lesson
        assert re.findall(r"\d+", card.select_one(".minutes").get_text()) == [minutes_on(site / language / lesson)]


def minutes_on(folder: Path) -> str | None:
    box = soup(folder / "index.html").select_one(".admonition.abstract")
    return box and re.search(r"(\d+) (?:minutes|分钟)", box.get_text())[1]


def test_what_a_question_hides_is_inside_it(site):
    for path in html_files(site):
        for question in soup(path).select("details.question"):
            assert question.find("summary").get_text().strip()
            assert question.find("p"), f"{path}: {question}"
