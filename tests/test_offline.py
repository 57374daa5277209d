"""The built site works from a disk, without a server and without a network."""

import shutil

import pytest
from browser import WIDE, needs_browser, visit
from bs4 import BeautifulSoup
from conftest import ROOT


def test_every_link_names_a_file(site):
    """A browser shows a folder of a disk as a list of files."""
    folders = []
    for path in site.rglob("*.html"):
        for link in BeautifulSoup(path.read_bytes(), "html.parser").select("a[href]"):
            address = link["href"].partition("#")[0]
            if address and ":" not in address and not (path.parent / address).is_file():
                folders.append(f"{path.relative_to(site)}: {address}")
    assert [link for link in folders if not link.startswith("404.html")] == []


@pytest.fixture(scope="module")
def tab(site, browser, tmp_path_factory):
    """A browser without a network, and the site unpacked from its zip in a folder with a space in its name."""
    folder = tmp_path_factory.mktemp("class room")
    shutil.unpack_archive(site / "neurons-to-networks.zip", folder)
    context = browser.new_context(offline=True, viewport=WIDE)
    tab = context.new_page()
    tab.root = (folder / "neurons-to-networks").as_uri()
    yield tab
    context.close()


@pytest.mark.slow
@needs_browser
def test_every_page_opens_from_a_disk_without_a_complaint(site, tab):
    said = []
    tab.on("console", lambda message: said.append((tab.url, message.text)))
    tab.on("pageerror", lambda error: said.append((tab.url, str(error))))
    tab.on("requestfailed", lambda request: said.append((tab.url, request.url, request.failure)))
    for path in sorted(site.rglob("index.html")):
        tab.goto(f"{tab.root}/{path.relative_to(site)}")
    tab.wait_for_timeout(500)
    assert [each for each in said if "ERR_ABORTED" not in each[-1]] == []  # a page left before its icon had come


@pytest.mark.slow
@needs_browser
@pytest.mark.parametrize(
    ("language", "query", "page"),
    [("en", "softmax", "activations"), ("en", "to_categorical", "fnn"), ("zh", "梯度下降", "gradient_descent")],
)
def test_the_search_finds_on_a_disk(tab, language, query, page):
    visit(tab, f"{tab.root}/{language}/examples/fnn/index.html")
    tab.click(".md-search__input")
    tab.type(".md-search__input", query)
    tab.press(".md-search__input", "End")
    tab.wait_for_selector(".md-search-result__link")
    links = [link.get_attribute("href") for link in tab.locator(".md-search-result__link").all()]
    (link, *_) = [link for link in links if f"/{language}/{page}/" in link]
    tab.goto(link)
    assert query in tab.inner_text("article")


@pytest.mark.slow
@needs_browser
def test_one_can_walk_from_the_first_page_to_the_last_on_a_disk(tab):
    tab.goto(f"{tab.root}/index.html")
    with tab.expect_navigation():
        tab.click("nav a[hreflang=en]")
    visited = [tab.url]
    while following := tab.query_selector("a.md-footer__link--next"):
        with tab.expect_navigation():
            following.click()
        visited.append(tab.url)
    lessons = list((ROOT / "docs/en").rglob("*.md"))
    examples = list((ROOT / "examples").glob("*.py"))
    assert len(set(visited)) == len(visited) == len(lessons) + len(examples)
    with tab.expect_navigation():
        tab.click("a.language")
    assert "/zh/" in tab.url
