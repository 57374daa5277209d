"""What a finished page shows as code, compared with what was run: the last look before a reader's.

`engine.fences` has read the author's text. Here the HTML is read as a browser reads it, and whatever stands in it as
code must be a fence of the page as it was expanded: the same code, of the same class, in the same order.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from pathlib import Path

from selectolax.lexbor import LexborHTMLParser, LexborNode

from engine.fences import HARMLESS, ILLUSTRATION, OUTPUT, RAISES, RUN, Fence
from engine.problems import Problem

CODE = ("pre", "table.summary")  # the table stands for what `model.summary()` printed
UNSEEN = ("template", "noscript", "[hidden]", '[style*="none"]', '[style*="hidden"]')
VERBATIM = 'xmp, listing, plaintext, textarea, samp, tt, iframe, object, embed, [style*="white-space"]'


def check(html: str, expected: Sequence[Fence], path: Path, source: str) -> Iterable[Problem]:
    """Where the code on a page, or in a part of one, is not the code that is `expected`, which is of all classes.

    Problems point to the line of `source`, the text of the author's file at `path`, that shows the code.
    """
    for code, message in differences(LexborHTMLParser(html), expected):
        yield Problem(path, line_of(code, source), message)


def differences(page: LexborHTMLParser, expected: Sequence[Fence]) -> Iterator[tuple[str, str]]:
    """See `check`; gives a piece of the code, and what is wrong with it."""
    shown = page.css(", ".join(CODE))
    unseen = found(page, ", ".join(f"{outer} {inner}" for outer in UNSEEN for inner in CODE))
    for node, fence in zip_longest(shown, expected):
        if node is None or (fence and difference(node, fence) and len(expected) > len(shown)):
            yield fence.code, f"the page does not show as code what is {name(fence)}: {brief(fence.code)}"
        elif fence is None or (difference(node, fence) and len(expected) < len(shown)):
            yield node.text(), f"the page shows as code what nobody runs: {brief(node.text())}"
        elif wrong := difference(node, fence):
            yield node.text(), wrong
        elif node.mem_id in unseen:
            yield fence.code, f"no reader sees what is {name(fence)}: {brief(fence.code)}"
            continue
        else:
            continue
        break  # what follows is shifted
    yield from disguised(page)


def disguised(page: LexborHTMLParser) -> Iterator[tuple[str, str]]:
    """What looks like code and is in none of the elements that code stands in."""
    allowed = found(page, "pre.output samp, svg *")
    for node in page.css(VERBATIM):
        if node.mem_id not in allowed:
            yield node.text(), f"the page shows <{node.tag}>, which might be code that nobody runs"
    for node in page.css(".highlight, .codehilite"):
        if not node.css_first("pre"):
            yield node.text(), f"the page shows <{node.tag}> as code, and nobody runs it: {brief(node.text())}"
    blocks = found(page, "pre code")
    for node in page.css("code"):
        if node.mem_id not in blocks and ("\n" in node.text().strip() or node.css_first("br")):
            yield node.text(), f"the page shows several lines of code within a line: {brief(node.text())}"
    article = LexborHTMLParser((page.css_first("article") or page.body).html)
    article.strip_tags(["pre", "code", "svg", "script", "style"])
    for line in article.body.text().splitlines():
        if "```" in line or "~~~" in line:
            yield line, f"the page shows the marks of a fence: {brief(line)}"


def difference(node: LexborNode, fence: Fence) -> str | None:
    """How one piece of code differs from what it is expected to be."""
    if kind(node) != fence.kind:
        return f"the page shows as {kind(node) or 'code'} what is {name(fence)}: {brief(node.text())}"
    if node.tag == "table":
        return None
    shown, wanted = node.text(), fence.code
    if fence.kind == OUTPUT:
        shown, wanted = printed(shown), printed(wanted)
    if shown == wanted:
        return None
    for ours, theirs in zip(shown.split("\n"), wanted.split("\n")):
        if ours != theirs:
            return f"the page shows {brief(ours)} and not {brief(theirs)}, which is {name(fence)}"
    return f"the page shows more or less than what is {name(fence)}: {brief(shown)}"


def kind(node: LexborNode) -> str | None:
    """The class that a page gives to a piece of code."""
    if node.tag != "pre" or "output" in classes(node):
        return OUTPUT
    around = classes(node.parent)
    if "highlight" not in around:
        return None
    return next((kind for kind in (RAISES, ILLUSTRATION) if kind in around), RUN)


def name(fence: Fence) -> str:
    """How a message names the class of a piece of code."""
    return {RUN: "run", RAISES: "an expected error", ILLUSTRATION: "an illustration", OUTPUT: "output"}[fence.kind]


def printed(text: str) -> str:
    """The characters of an output without white space, which browsers and Markdown treat each in their way."""
    return "".join(text.replace(HARMLESS, "").split())


def brief(text: str) -> str:
    """The beginning of a text, for a message."""
    return repr(text if len(text) < 60 else f"{text[:60]}…")


def found(page: LexborHTMLParser, selector: str) -> set[int]:
    """The elements that fit a selector."""
    return {node.mem_id for node in page.css(selector)}


def classes(node: LexborNode) -> list[str]:
    """The classes of an element."""
    return (node.attributes.get("class") or "").split()


def line_of(code: str, source: str) -> int:
    """The line of a text on which a piece of code begins, or the first."""
    lines = [line.strip() for line in source.split("\n")]
    for line in code.split("\n"):
        if line.strip() in lines and line.strip():
            return lines.index(line.strip()) + 1
    return 1
