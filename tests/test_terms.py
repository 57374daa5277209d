"""The glossary: each term is found where a reader meets it first, and nowhere else."""

import jieba
import pytest
from bs4 import BeautifulSoup
from markdown import Markdown

from engine import store, tables
from engine.problems import ROOT, Problems
from engine.terms import Glossary, Term, load_jieba

TERMS = [("layer", "层"), ("hidden layer", "隐藏层"), ("gradient", "梯度"), ("class", "类别"), ("logits", "logits")]
GLOSSARY = Glossary(tuple(Term(en, zh, {"en": f"means {en}", "zh": f"意思是{zh}"}) for en, zh in TERMS))


def linked(text: str, language: str = "en") -> list[str]:
    """The words of a text that lead to the glossary."""
    written = GLOSSARY.linked(text, language, "glossary.md")
    return [part.rsplit("[", 1)[1] for part in written.split("](glossary.md#")[:-1]]


def test_the_first_use_of_a_term_links_to_its_meaning():
    assert GLOSSARY.linked("A gradient. The gradient.", "en", "../glossary.md") == (
        'A [gradient](../glossary.md#gradient "means gradient"){.term}. The gradient.'
    )


def test_quotes_in_a_meaning_do_not_end_it():
    glossary = Glossary((Term("layer", "层", {"en": 'a "quoted" | word', "zh": "甲"}),))
    link = BeautifulSoup(
        Markdown(extensions=["attr_list"]).convert(glossary.linked("A layer.", "en", "g.md")), "html.parser"
    ).a
    assert (link["title"], link["class"]) == ('a "quoted" | word', ["term"])
    table = Markdown(extensions=["tables", "attr_list"]).convert(tables.glossary({}, glossary, "en"))
    assert 'a "quoted" | word' in BeautifulSoup(table, "html.parser").get_text()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Layers and a layer", ["Layers"]),
        ("A hidden layer is a layer.", ["hidden layer", "layer"]),
        ("classes", ["classes"]),
        ("classic layered-up players", []),
        ("**gradient** and *layers*", ["gradient", "layers"]),
        ("`layer` and [a layer](x.md) and <b title='layer'>", []),
        ("# The layer", []),
        ("!!! note\n    A layer.", ["layer"]),
        ('??? question "Which layer?"\n    None.', []),
        ("```python\nlayer = 1\n```\nA gradient.", ["gradient"]),
        ('<p data-part="">layer</p>', []),
    ],
)
def test_terms_are_found_in_english_prose_only(text, found):
    assert linked(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("隐藏层的梯度", ["隐藏层", "梯度"]),
        ("每一层都有", []),
        ("**层**（layer）", ["层"]),
        ("输出的logits没有", ["logits"]),
    ],
)
def test_terms_are_found_in_chinese_where_no_space_divides_words(text, found):
    assert linked(text, "zh") == found


def test_an_entry_that_is_no_term_is_told_with_its_line(tmp_path, monkeypatch):
    path = tmp_path / "glossary.yml"
    path.write_text("# terms\n- {en: layer, zh: 层}\n")
    monkeypatch.setattr("engine.terms.GLOSSARY", path)
    with pytest.raises(Problems, match=r"glossary.yml:2: no term: - \{en: layer, zh: 层\}"):
        Glossary.read()


def test_a_damaged_dictionary_is_made_again(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(store, "CACHE", tmp_path)

    def words() -> list[str]:
        monkeypatch.setattr(jieba, "dt", jieba.Tokenizer())
        monkeypatch.setattr(jieba, "initialize", jieba.dt.initialize)
        load_jieba()
        return [*jieba.dt.cut("随机梯度下降")]

    before = words()
    kept = tmp_path / "jieba.cache"
    whole = kept.read_bytes()
    assert words() == before and not caplog.messages
    kept.write_bytes(whole[:-5000] + bytes([whole[-5000] ^ 1]) + whole[-4999:])
    assert words() == before
    assert caplog.messages == [f"{kept} is damaged; it is made again"]
    assert kept.read_bytes() == whole


def test_no_two_terms_share_a_name_or_an_anchor():
    terms = Glossary.read().terms
    for names in ([term.en for term in terms], [term.zh for term in terms], [term.anchor for term in terms]):
        assert len(set(names)) == len(names)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_glossary_page_explains_every_term(site, language):
    page = BeautifulSoup((site / language / "glossary/index.html").read_bytes(), "html.parser")
    for term in Glossary.read().terms:
        name = page.find(id=term.anchor)
        assert name.get_text() == term.name(language)
        assert name.find_parent("tr").get_text().strip().endswith(term.means[language].replace("`", ""))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_about_the_site_lists_the_run_time_of_every_example(site, language):
    page = BeautifulSoup((site / language / "about/index.html").read_bytes(), "html.parser")
    listed = {link.get_text() for link in page.select("table a:not(.term)")}
    assert listed == {path.name for path in (ROOT / "examples").glob("*.py")}
