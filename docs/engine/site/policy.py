"""The Content-Security-Policy: a page may run the theme's own scripts and load its own files, nothing else."""

import base64
import hashlib
from collections.abc import Iterable

from selectolax.lexbor import LexborHTMLParser

# `{scripts}` are the theme's. Styles may stand in the page: tables are aligned by them.
POLICY = (
    "default-src 'none'; script-src 'self' {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; object-src 'none'"
)


def policy(blank_pages: Iterable[str]) -> str:
    """The policy that allows the scripts of some pages of HTML.

    The pages are the theme's without content: no output is in them, so no output can allow itself.
    """
    nodes = [node for page in blank_pages for node in LexborHTMLParser(page).css("script")]
    scripts = [node.text() or "" for node in nodes if is_inline_code(node.attributes)]
    return POLICY.format(scripts=" ".join(sorted(set(map(digest, scripts)))))


def is_inline_code(attributes: dict) -> bool:
    """Whether a script element holds code, rather than naming a file or holding data."""
    return not attributes.get("src") and attributes.get("type") != "application/json"


def digest(script: str) -> str:
    """A script as a policy names it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
