"""The built site: all in it resolves, it shows what docs/results holds, and others find their way to its pages."""

import json
import re
import shutil
from functools import cache
from math import prod
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import nbformat
import pytest
from conftest import html, programs
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports
from toy import ROOT, build, files, toy_site, write

from engine.project import Project, languages, words
from engine.read import examples, pages
from engine.run import published
from engine.site import describe, output

PROJECT = Project(ROOT)
EXAMPLES = examples.read_all(PROJECT)[0]
ADDRESS = "https://example.org/course/"
PAGES = [f"{language}/{page}" for language in languages() for page in ("", "two/", "examples/toy/")]  # below it
in_each_language = pytest.mark.parametrize("language", languages())


@cache
def ids(path: Path) -> list[str]:
    return [node.attributes["id"] or "" for node in html(path).css("[id]")]


def resolves(path: Path, anchor: str) -> bool:
    return path.is_file() and (not anchor or path.suffix != ".html" or unquote(anchor) in ids(path))


def code(path: Path, selector: str) -> list[str]:
    return [node.text().strip("\n") for node in html(path).css(selector)]


@in_each_language
def test_every_page_is_there_as_html_and_markdown_and_every_whole_example_as_html(site, language):
    for page in pages.read_all(PROJECT, language)[0]:
        assert (site / language / page.url / "index.html").exists()
        assert re.match(r"# \S", (site / language / page.url / "index.md").read_text("utf-8"))
    for example in EXAMPLES:
        path = site / language / "examples" / example.name / "index.html"
        assert code(path, ".language-python code") == [cell.source for cell in example.cells]


@in_each_language
def test_program_of_a_page_is_the_cells_of_its_example_in_order_without_check(site, language):
    """To copy, to run and to read; no other page has a program."""
    cells = {each.name: [cell.source for cell in each.cells if cell.name != "check"] for each in EXAMPLES}
    found = {path.parent.name: programs(path) for path in (site / language).rglob("index.md")}
    joined = {name: ["".join(f"{source}\n" for source in sources)] for name, sources in cells.items()}
    assert {name: program for name, program in found.items() if program} == joined
    for name, sources in cells.items():
        shown = code(site / language / name / "index.html", ".highlight code")
        assert [each for each in shown if each in sources] == sources  # what else is shown is not Python


def test_every_link_image_and_script_names_a_file_that_is_there(site):
    """Not a folder, of which a browser shows a list when it opens the site from a disk."""
    dead = []
    for path in site.rglob("*.html"):
        for node in html(path).css("a, link, script, img, use, image, source, form"):
            address = next(filter(None, map(node.attributes.get, ("href", "src", "action"))), "")
            parts = urlsplit(address)
            base = site if parts.path.startswith("/") else path.parent  # of 404.html, which stands for any page
            target = (base / unquote(parts.path).lstrip("/")).resolve() if parts.path else path
            if not parts.scheme and not parts.netloc and not resolves(target, parts.fragment):
                dead.append(f"{path.relative_to(site)}: {address}")
    assert dead == []


def test_every_link_in_the_markdown_of_a_page_resolves(site):
    dead = []
    for path in site.rglob("index.md"):
        found = re.findall(r"\]\(([^\s()#]+)|href=\"([^\"#]+)", pages.without_fences(path.read_text("utf-8")))
        targets = ["".join(target) for target in found]
        dead += [(path, target) for target in targets if ":" not in target and not (path.parent / target).is_file()]
    assert dead == []


@in_each_language
def test_every_search_result_resolves(site, language):
    index = (site / language / "search" / "search_index.json").read_text("utf-8")
    found = [entry["location"].partition("#") for entry in json.loads(index)["docs"]]
    assert len(found) > len(EXAMPLES)
    assert [each for each in found if not resolves(site / language / each[0], each[2])] == []
    assert (site / language / "search" / "search_index.js").read_text("utf-8") == f"var __index = {index}"


def test_no_id_stands_twice_on_a_page(site):
    assert [path for path in site.rglob("*.html") if len(set(ids(path))) < len(ids(path))] == []


def test_nothing_is_loaded_from_another_host(site):
    foreign, loaded = [], "script, link:not([rel=canonical], [rel=alternate]), img, iframe, source, use, image"
    for path in site.rglob("*.html"):
        addresses = [value for node in html(path).css(loaded) for value in node.attributes.values() if value]
        foreign += [(path, address) for address in addresses if re.match(r"(\w+:)?//", address)]
    for path in [*site.rglob("*.css"), *site.rglob("*.html")]:
        foreign += re.findall(r"(?:@import|url\()\s*['\"]?(?:https?:)?//[^)]*", path.read_text("utf-8"))
    assert foreign == []


def test_no_page_is_too_heavy_for_a_phone(site):
    """In kilobytes, before compression: a lesson weighs 250 at most, a whole example 300."""
    sizes = {path.relative_to(site): path.stat().st_size / 1000 for path in site.rglob("index.html")}
    assert {path: size for path, size in sizes.items() if size > (300 if "examples" in path.parts else 250)} == {}


def test_no_file_names_a_folder_of_this_machine(site):
    folders = str(ROOT), f"{Path.home()}/", "/tmp/", "site-packages", "/ipykernel"
    binary = ".css", ".js", ".map", ".png", ".zip"
    texts = {path: text.decode() for path, text in files(site).items() if path.suffix not in binary}
    assert [(path, folder) for path, text in texts.items() for folder in folders if folder in text] == []


def test_no_example_has_changed_since_its_result_in_docs_results_was_made():
    assert published.stale(PROJECT, EXAMPLES) == []
    assert {path.stem for path in PROJECT.results.glob("*")} == {example.name for example in EXAMPLES}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_pages_of_an_example_name_truly_what_its_result_came_from(site, example):
    receipt = json.loads((site / "run.json").read_text("utf-8"))[example.name]
    packages, images = receipt["packages"], receipt["images"]
    assert re.fullmatch(r"[0-9a-f]{64}", receipt["key"]) and re.fullmatch(r"3\.\d+\.\d+", receipt["python"])
    assert packages.keys() == {"tensorflow", "keras", "numpy", "matplotlib"}
    assert receipt["processor"] and receipt["device"]["kind"] == "CPU" and receipt["seed"] == example.seed
    assert len(receipt["seconds"]) == len(example.cells) and sum(receipt["seconds"]) > 0
    assert bool(images) == example.uses_images
    for language in languages():
        for place in (example.name, f"examples/{example.name}"):
            page = html(site / language / place / "index.html")
            foot, title = page.css("p.receipt")[-1].text(), words(language)["stand_in_title"]
            assert f"TensorFlow {packages['tensorflow']}" in foot and f"Keras {packages['keras']}" in foot
            assert not images or f"{images['train'] + images['test']:,}" in foot
            assert (title in page.body.text()) == (bool(images) and images["source"] == "stand-in")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_download_is_the_example_itself(site, example):
    assert (site / "downloads" / f"{example.name}.py").read_text("utf-8") == example.text
    notebook = nbformat.read(site / "downloads" / f"{example.name}.ipynb", as_version=4)
    nbformat.validate(notebook)
    assert [cell.source for cell in notebook.cells] == [cell.source for cell in example.cells]


def test_model_summary_adds_up_to_what_keras_counts(site):
    def number(text: str) -> int:
        return int(text.replace(",", ""))

    tables = [table for path in site.rglob("index.html") for table in html(path).css("table.summary")]
    assert tables
    for table in tables:
        counts = []
        for row in table.css("tbody tr"):
            products = [span.text(deep=False).split("×") for span in row.css("details p span")]
            counts.append(sum(prod(map(number, factors)) for factors in products))
            assert counts[-1] == number(row.css_first("details summary").text())
        total, trainable, other = (number(cell.text()) for cell in table.css("tfoot td"))
        assert sum(counts) == total == trainable + other


def test_zip_is_the_site_and_the_same_bytes_each_time(site, tmp_path):
    name = "neurons-to-networks.zip"
    shutil.unpack_archive(site / name, tmp_path)  # with times of its own
    output.archive(tmp_path / "neurons-to-networks", tmp_path / "neurons-to-networks" / name)
    assert files(tmp_path / "neurons-to-networks") == files(site)


@pytest.fixture(scope="module")
def known(tmp_path_factory) -> Path:
    """A site that knows its address."""
    project = toy_site(tmp_path_factory.mktemp("known") / "toy")
    for language, title, text in (("en", "Two & more", 'It says "hello". '), ("zh", "二与多", "它说“你好”。")):
        write(project, f"docs/{language}/two.md", f"# {title}\n\n{text * 30}\n")
    assert build(project, site_url=ADDRESS) == (0, "")
    return project.root / "site"


def test_page_names_its_address_those_in_other_languages_and_what_a_link_to_it_shows(known):
    for address in PAGES:
        page, in_language = html(known / address / "index.html"), address.partition("/")[2]
        assert page.css_first("link[rel=canonical]").attributes["href"] == ADDRESS + address
        others = {link.attributes["hreflang"]: link.attributes["href"] for link in page.css("link[hreflang]")}
        assert others == {language: f"{ADDRESS}{language}/{in_language}" for language in languages()}
        said = {meta.attributes["property"]: meta.attributes["content"] for meta in page.css("meta[property]")}
        assert said["og:description"] == page.css_first("meta[name=description]").attributes["content"]
        assert (known / said["og:image"].removeprefix(ADDRESS)).resolve().exists()
        assert page.css_first(f"footer a[href='{ADDRESS}neurons-to-networks.zip']")
        if address == "en/two/":
            assert said["og:title"] == "Two & more" and len(said["og:description"]) <= describe.LONGEST
            assert said["og:description"].startswith('It says "hello".')


def test_sitemap_lists_every_page_with_its_other_languages(known):
    urls = ElementTree.parse(known / "sitemap.xml").getroot().findall("{*}url")
    assert [url.findtext("{*}loc") for url in urls] == [ADDRESS, *(ADDRESS + address for address in PAGES)]
    assert all(len(url.findall("{*}link")) == len(languages()) for url in urls[1:])
    assert list(known.rglob("sitemap.xml*")) == [known / "sitemap.xml"]


def test_language_models_find_the_markdown_of_every_page(known):
    text = (known / "llms.txt").read_text("utf-8")
    links = re.findall(r"^- \[.*?\]\((.*?)\)", text, re.MULTILINE)
    assert links == [f"{ADDRESS}{page}index.md" for page in PAGES if "examples" not in page]
    assert all((known / link.removeprefix(ADDRESS)).exists() for link in links)
    assert f'- [Two & more]({ADDRESS}en/two/index.md): It says "hello".' in text


def test_rooms_of_the_engine_import_only_those_before_them(monkeypatch):
    monkeypatch.chdir(ROOT)
    assert lint_imports(no_cache=True) == EXIT_STATUS_SUCCESS
