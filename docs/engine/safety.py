"""What a finished page may run and load: a policy for the browser, and a check that needs no browser to obey it."""

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from selectolax.lexbor import LexborHTMLParser, LexborNode

# `{scripts}` are the theme's own. Styles may stand in the page: tables are aligned by them.
POLICY = (
    "default-src 'none'; script-src 'self' {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; object-src 'none'"
)

TAGS = set(
    re.findall(
        r"\w+",
        """
        html head title meta link body header footer main nav section article aside div span p br wbr hr
        h1 h2 h3 h4 h5 h6 a abbr address b bdi bdo blockquote cite code data dd del details dfn dl dt em figcaption
        figure i img ins kbd li mark menu ol picture pre progress q rp rt ruby s samp script search small source
        strong style sub summary sup time u ul var audio video track button form fieldset input label legend meter
        optgroup option output select textarea caption col colgroup table tbody td tfoot th thead tr
        svg g defs use symbol clippath marker image text tspan textpath path rect circle ellipse line polyline polygon
        lineargradient radialgradient stop mask pattern desc
        """,
    )
)
ADDRESSES = {"href", "xlink:href", "src", "action", "formaction", "poster", "data", "cite", "background", "ping"}
SCHEMES = {"http", "https", "mailto", "tel"}
LOADS = {"script", "img", "image", "use", "link", "source", "audio", "video", "track", "input", "form"}
ELSEWHERE = {"canonical", "alternate"}  # links of the head that only say where something is
PICTURE = re.compile(r"data:image/(png|jpeg|gif|webp);")
IGNORED = re.compile(r"[\x00-\x20]")  # by browsers, within the scheme of an address


@dataclass(frozen=True)
class Theme:
    """What a theme brings along: the digests of scripts and styles that stand in a page, the names of scripts in files.

    They are read from pages of the theme that hold nothing. No output is in them, so no output can allow itself.
    """

    scripts: frozenset[str] = frozenset()
    files: frozenset[str] = frozenset()
    styles: frozenset[str] = frozenset()

    @classmethod
    def read(cls, blank_pages: Iterable[str]) -> "Theme":
        """The theme of some pages."""
        roots = [LexborHTMLParser(page) for page in blank_pages]
        scripts = [node for root in roots for node in root.css("script") if is_code(node)]
        return cls(
            frozenset(digest(node) for node in scripts if not source(node)),
            frozenset(file_name(node) for node in scripts if source(node)),
            frozenset(digest(node) for root in roots for node in root.css("style")),
        )

    @property
    def policy(self) -> str:
        """The Content-Security-Policy of its pages."""
        return POLICY.format(scripts=" ".join(sorted(self.scripts)))

    def has(self, node: LexborNode) -> bool:
        """Whether a script or a style is one of its own, or no code at all."""
        if node.tag == "style":
            return digest(node) in self.styles
        if not is_code(node):
            return True
        own = not re.match(r"\w*:|//", source(node))
        return own and file_name(node) in self.files if source(node) else digest(node) in self.scripts


def is_code(script: LexborNode) -> bool:
    """Whether a browser runs a script element, rather than leaving it to others as data."""
    return script.attributes.get("type") != "application/json"


def source(script: LexborNode) -> str:
    """Where the code of a script element is, if not in the page."""
    return script.attributes.get("src") or ""


def file_name(script: LexborNode) -> str:
    """The name of a script's file."""
    return PurePosixPath(source(script)).name


def digest(node: LexborNode) -> str:
    """A script or a style that stands in a page, as a Content-Security-Policy names it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256((node.text() or '').encode()).digest()).decode()}'"


def dangers(page: str, theme: Theme) -> Iterator[tuple[str, str]]:
    """What in a page could run a script or load from another host: words for its author, and a text to find it by.

    The page is parsed as browsers parse it.
    """
    root = LexborHTMLParser(page).root
    assert root
    for node in root.traverse():
        tag = (node.tag or "").lower()
        if tag not in TAGS:
            yield f"<{tag}> is not allowed", f"<{tag}"
            continue
        if tag in ("script", "style") and not theme.has(node):
            yield f"<{tag}> is not allowed", f"<{tag}"
        attributes = {name.lower(): value or "" for name, value in node.attributes.items()}
        if "http-equiv" in attributes and attributes.get("content") != theme.policy:
            yield f"<{tag} http-equiv=…> is not allowed", "http-equiv"
        if tag == "link" and attributes.get("rel") in ELSEWHERE:
            continue
        for name, value in attributes.items():
            if said := danger(tag, name, value):
                yield said, name if name.startswith("on") else value


def danger(tag: str, name: str, value: str) -> str | None:
    """What is wrong with one attribute, if anything."""
    if name.startswith("on"):
        return f"<{tag} {name}=…> could run a script"
    if name == "srcdoc":
        return f"<{tag} srcdoc=…> is not allowed"
    if name == "srcset" and "//" in value:
        return f"<{tag} srcset=…> loads from another host"
    if name not in ADDRESSES:
        return None
    address = IGNORED.sub("", value).lower().replace("\\", "/")
    scheme = address.partition(":")[0] if re.match(r"[a-z][a-z0-9+.-]*:", address) else ""
    if tag in ("img", "image") and PICTURE.match(address):
        return None
    if scheme not in SCHEMES | {""}:
        return f"<{tag} {name}=…> has the address '{scheme}:', which could run a script"
    if tag in LOADS and (scheme or address.startswith("//")):
        return f"<{tag} {name}=…> loads from another host"
    return None
