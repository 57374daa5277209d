"""The course's terms, from docs/glossary.yml."""

import logging

import jieba
import yaml

from engine import store
from engine.problems import ROOT

GLOSSARY = ROOT / "docs" / "glossary.yml"
jieba.setLogLevel(logging.WARNING)  # it greets on stderr
JIEBA = store.CACHE / "terms.zh.txt"  # what the search of the Chinese pages must not cut apart


def write() -> None:
    """Write the Chinese terms for jieba, one per line.

    A term that holds a shorter one is left out: whoever looks for 梯度 is to find 随机梯度下降.
    """
    terms = [entry["zh"] for entry in yaml.safe_load(GLOSSARY.read_text("utf-8"))]
    shortest = [term for term in terms if not any(other in term for other in terms if other != term)]
    store.write_if_changed(JIEBA, "".join(f"{term}\n" for term in shortest))
