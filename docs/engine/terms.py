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
    """Write the Chinese terms for jieba, one per line."""
    entries = yaml.safe_load(GLOSSARY.read_text("utf-8"))
    store.write_if_changed(JIEBA, "".join(f"{entry['zh']}\n" for entry in entries))
