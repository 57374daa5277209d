"""The glossary: each term is linked where a reader meets it first, and nowhere else."""

import re

import pytest
from markdown import Markdown
from selectolax.lexbor import LexborHTMLParser
from toy import ROOT, toy_project, write

from engine.project import Problems, Project, languages
from engine.read import glossary
from engine.read.glossary import Glossary, Term
from engine.show import tables

TERMS = [("layer", "层"), ("hidden layer", "隐藏层"), ("gradient", "梯度"), ("class", "类别"), ("logits", "logits")]
GLOSSARY = Glossary(tuple(Term({"en": en, "zh": zh}, {"en": f"means {en}", "zh": f"意思是{zh}"}) for en, zh in TERMS))
ENGLISH = {
    "Layers and a layer": ["Layers"],
    "A hidden layer is a layer.": ["hidden layer", "layer"],
    "classes": ["classes"],
    "classic layered-up players": [],
    "**gradient** and *layers*": ["gradient", "layers"],
    "`layer` and [a layer](x.md) and <b title='layer'>": [],
    "# The layer": [],
    "!!! note\n    A layer.": ["layer"],
    '??? question "Which layer?"\n    None.': [],
    "```python\nlayer = 1\n```\nA gradient.": ["gradient"],
    "- A list\n\n    ~~~output\n    layer\n    ~~~\n\nA gradient.": ["gradient"],
    '<p class="receipt">layer</p>': [],
}
CHINESE = {"隐藏层的梯度": ["隐藏层", "梯度"], "每一层都有": [], "**层**（layer）": ["层"], "输出的logits": ["logits"]}
OTHER = [
    "- {en: layer, zh: 层}",
    "- layer",
    "- [",
    "- {en: a, zh: b, means: {en: c, zh: d}, d: e}",
    "- {en: 1, means: 3}",
]


def linked(text: str, language: str) -> list[str]:
    return re.findall(r"\[([^\[\]]*)\]\(glossary\.md#", GLOSSARY.linked(text, language, "glossary.md"))


def test_first_use_of_a_term_links_to_its_meaning():
    assert GLOSSARY.linked("A gradient. The gradient.", "en", "../glossary.md") == (
        'A [gradient](../glossary.md#gradient "means gradient"){.term}. The gradient.'
    )


def test_quotes_in_a_meaning_do_not_end_it():
    terms = Glossary((Term({"en": "layer", "zh": "层"}, {"en": 'a "quoted" | word', "zh": "甲"}),))
    markdown = Markdown(extensions=["attr_list", "tables"])
    link = LexborHTMLParser(markdown.convert(terms.linked("A layer.", "en", "g.md"))).css_first("a")
    assert (link.attributes["title"], link.attributes["class"]) == ('a "quoted" | word', "term")
    table = LexborHTMLParser(markdown.convert(tables.glossary(Project(ROOT), {}, terms, "en")))
    assert table.css("td")[-1].text() == 'a "quoted" | word'


@pytest.mark.parametrize("text", ENGLISH)
def test_terms_are_linked_in_english_prose_only(text):
    assert linked(text, "en") == ENGLISH[text]


@pytest.mark.parametrize("text", CHINESE)
def test_terms_are_linked_in_chinese_where_no_space_divides_words(text):
    assert linked(text, "zh") == CHINESE[text]


def test_lines_that_are_not_terms_are_told(tmp_path):
    project = toy_project(tmp_path / "toy")
    write(project, "docs/glossary.yml", "\n".join(["# terms", *OTHER]))
    with pytest.raises(Problems) as told:
        glossary.read(project)
    form = "{en: …, zh: …, means: {en: …, zh: …}}"
    said = [f"is not a term: {line} (write - {form} on one line)" for line in OTHER]
    assert [(problem.line, problem.message) for problem in told.value.problems] == list(enumerate(said, start=2))


def test_search_keeps_whole_only_terms_of_the_glossary():
    kept = (ROOT / "docs" / "jieba.zh.txt").read_text("utf-8").split()
    assert set(kept) <= {term.name("zh") for term in glossary.read(Project(ROOT)).terms}


def test_no_two_terms_share_a_name_or_an_anchor():
    terms = glossary.read(Project(ROOT)).terms
    for names in zip(*([term.anchor, *map(term.name, languages())] for term in terms)):
        assert len(set(names)) == len(names)
