"""Who does not come by a link on the site finds its pages too: search engines, previews, models, classrooms."""

import shutil
from io import BytesIO
from urllib.parse import urljoin
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup
from PIL import Image

from engine import addresses, cards, publish
from engine.pages import LANGUAGES

ROOT = "https://example.org/course/"
SITEMAP = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}


@pytest.fixture(scope="module")
def known(new_project):
    """A site that knows its address."""
    project = new_project()
    for language, title, text in (("en", "Two & more", 'It says "hello". '), ("zh", "二与多", "它说“你好”。")):
        project.write(f"docs/{language}/two.md", f"# {title}\n\n{text * 30}\n")
        config = (project.root / f"mkdocs.{language}.yml").read_text()
        project.write(f"mkdocs.{language}.yml", config.replace("index.md,", "index.md, two.md,"))
    done = project.build(SITE_URL=ROOT)
    assert done.returncode == 0, done.stderr
    return project.root / "site"


def soup(path) -> BeautifulSoup:
    return BeautifulSoup(path.read_bytes(), "html.parser")


def pages(site):
    """Every page of both languages, by its address below the site's."""
    return {f"{path.parent.relative_to(site)}/": path for path in sorted(site.rglob("*/index.html"))}


def test_every_page_names_its_own_address_and_that_of_the_other_language(known):
    assert len(pages(known)) == 6
    for address, path in pages(known).items():
        head = soup(path).head
        assert head.select_one("link[rel=canonical]")["href"] == ROOT + address
        others = {link["hreflang"]: link["href"] for link in head.select("link[hreflang]")}
        assert others == {language: f"{ROOT}{language}/{address.partition('/')[2]}" for language in LANGUAGES}
        assert all((known / href.removeprefix(ROOT) / "index.html").exists() for href in others.values())


def test_the_sitemap_has_every_page_with_its_other_language(known):
    urls = ElementTree.parse(known / "sitemap.xml").getroot().findall("s:url", SITEMAP)
    listed = [url.findtext("s:loc", namespaces=SITEMAP) for url in urls]
    assert sorted(listed) == sorted([ROOT, *(ROOT + page for page in pages(known))])
    for url in urls[1:]:
        assert len(url.findall("x:link", SITEMAP)) == len(LANGUAGES)
    assert list(known.rglob("sitemap.xml*")) == [known / "sitemap.xml"]


def test_a_link_to_a_page_shows_its_title_what_it_is_about_and_a_card(known):
    for address, path in pages(known).items():
        head = soup(path).head
        said = {meta["property"]: meta["content"] for meta in head.select("meta[property]")}
        assert said["og:title"] in head.title.text
        assert said["og:description"] == head.select_one("meta[name=description]")["content"]
        assert said["og:image"] == f"{ROOT}{address}card.png"
        with Image.open(known / address / "card.png") as card:
            assert card.size == (int(said["og:image:width"]), int(said["og:image:height"])) == cards.SIZE
    head = soup(known / "en/two/index.html").head
    assert head.select_one("meta[property='og:title']")["content"] == "Two & more"
    assert 'It says "hello".' in head.select_one("meta[name=description]")["content"]
    assert len(head.select_one("meta[name=description]")["content"]) <= addresses.LONGEST


def test_a_card_shows_chinese(tmp_path):
    """Not a box for each character: other characters give another picture."""
    one, other = (cards.drawn(title, "", "") for title in ("神经网络", "深度学习"))
    assert one != other
    with Image.open(BytesIO(one)) as card:
        assert len(card.getcolors()) > 2


@pytest.mark.parametrize(
    ("language", "text"), [("en", "word " * 200), ("zh", "今天，我们（终于）学会了“反向传播”。" * 20)]
)
def test_a_line_on_a_card_is_no_longer_than_the_card_and_begins_with_a_word(language, text):
    font = cards.font(34)
    lines = cards.lines(text, font, 1000)
    assert len(lines) > 3
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    for line in lines:
        assert font.getlength(line.rstrip()) <= 1000 + 34 * 2  # punctuation may hang
        assert line[0] not in "，。）”"


def test_language_models_find_the_text_of_every_page(known):
    text = (known / "llms.txt").read_text()
    assert text.startswith("# Toy · Toy\n\n> ")
    links = [line.partition("](")[2].partition(")")[0] for line in text.splitlines() if line.startswith("- [")]
    assert links == [f"{ROOT}{page}index.md" for page in ("en/", "en/two/", "zh/", "zh/two/")]
    assert all((known / link.removeprefix(ROOT)).exists() for link in links)
    assert '- [Two & more](https://example.org/course/en/two/index.md): It says "hello".' in text


def test_a_site_that_does_not_know_its_address_names_others_relatively(site):
    path = site / "zh" / "fnn" / "index.html"
    for link in soup(path).select("link[hreflang]"):
        target = urljoin(path.as_uri(), link["href"]).removeprefix("file://")
        assert target == str(site / link["hreflang"] / "fnn" / "index.html")
    assert soup(path).select("link[rel=canonical], meta[property='og:image']") == []
    assert "](en/fnn/index.md)" in (site / "llms.txt").read_text()
    assert not (site / "sitemap.xml").exists()


def test_the_zip_is_the_site_and_the_same_each_time(site, tmp_path):
    shutil.unpack_archive(site / "neurons-to-networks.zip", tmp_path)
    unpacked = tmp_path / "neurons-to-networks"
    names = {path.relative_to(unpacked) for path in unpacked.rglob("*") if path.is_file()}
    inside = {path.relative_to(site) for path in site.rglob("*") if path.is_file()}
    assert names == {name for name in inside if name.suffix != ".zip"}
    assert all((unpacked / name).read_bytes() == (site / name).read_bytes() for name in names)
    publish.archive(unpacked, tmp_path / "neurons-to-networks.zip")
    assert (tmp_path / "neurons-to-networks.zip").read_bytes() == (site / "neurons-to-networks.zip").read_bytes()


def test_a_copy_leads_to_the_newest_zip(known):
    for address in ("en/", "zh/two/"):
        assert soup(known / address / "index.html").footer.select_one(f"a[href='{ROOT}neurons-to-networks.zip']").text


@pytest.mark.parametrize(
    ("folder", "text", "led"),
    [
        ("fnn/", "[a](cnn.md#x), [b](index.md), [c](#d)", "[a](../cnn/index.md#x), [b](../index.md), [c](#d)"),
        ("", "[a](cnn.md) [b](https://example.org/c.md)", "[a](cnn/index.md) [b](https://example.org/c.md)"),
        ("fnn/", "[a](examples/fnn.ipynb) ![b](b.svg)", "[a](../examples/fnn/index.html) ![b](b.svg)"),
        ("fnn/", "```python\nx = '[a](cnn.md)'\n```\n", "```python\nx = '[a](cnn.md)'\n```\n"),
    ],
)
def test_links_of_a_page_lead_on_from_where_its_markdown_stands(folder, text, led):
    assert addresses.rebased(text, folder) == led
