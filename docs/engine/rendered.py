"""What a finished page shows as code, compared with what was run: the last look before a reader's.

`engine.fences` has read the author's text. Here the HTML is read as a browser reads it, and whatever stands in it as
code must be a fence of the page as it was expanded: the same code, of the same class, in the same order.
"""

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from selectolax.lexbor import LexborHTMLParser, LexborNode

from engine.fences import ILLUSTRATION, OUTPUT, RAISES, RUN, Fence

CODE = ("pre", "table.summary")  # the table stands for what `model.summary()` printed
UNSEEN = ("template", "noscript", "[hidden]", '[style*="none"]', '[style*="hidden"]')
VERBATIM = 'xmp, listing, plaintext, textarea, samp, tt, [style*="white-space"]'


def differences(html: str, expected: Sequence[Fence]) -> Iterator[tuple[str, str]]:
    """Where the code on a page, or in a part of one, is not the code that is `expected`, which is of all classes.

    Gives words for the author, and a text to find the place by.
    """
    page = LexborHTMLParser(html)
    shown = page.css(", ".join(CODE))
    unseen = found(page, ", ".join(f"{outer} {inner}" for outer in UNSEEN for inner in CODE))
    for node, fence in zip_longest(shown, expected):
        if node is None or (fence and difference(node, fence) and len(expected) > len(shown)):
            yield f"the page does not show as code what is {name(fence)}: {brief(fence.code)}", first(fence.code)
        elif fence is None or (difference(node, fence) and len(expected) < len(shown)):
            yield f"the page shows as code what nobody runs: {brief(node.text())}", first(node.text())
        elif wrong := difference(node, fence):
            yield wrong, first(node.text())
        elif node.mem_id in unseen:
            yield f"no reader sees what is {name(fence)}: {brief(fence.code)}", first(fence.code)
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
            yield f"the page shows <{node.tag}>, which might be code that nobody runs", f"<{node.tag}"
    for node in page.css(".highlight, .codehilite"):
        if not node.css_first("pre"):
            yield f"the page shows <{node.tag}> as code, and nobody runs it: {brief(node.text())}", first(node.text())
    blocks = found(page, "pre code")
    for node in page.css("code"):
        if node.mem_id not in blocks and ("\n" in node.text().strip() or node.css_first("br")):
            yield f"the page shows several lines of code within a line: {brief(node.text())}", first(node.text())
    article = LexborHTMLParser((page.css_first("article") or page.body).html)
    article.strip_tags(["pre", "code", "svg", "script", "style"])
    for line in article.body.text().splitlines():
        if line.lstrip().startswith(("```", "~~~")):
            yield f"the page shows the marks of a fence: {brief(line)}", line


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
    """The characters of an output that one sees; browsers and Markdown treat each other one in their way."""
    return "".join(character for character in text if character.isprintable() and character not in " \ufffd")


def first(code: str) -> str:
    """The first line of a piece of code that is not empty, for there may be none."""
    return next((line.strip() for line in code.split("\n") if line.strip()), "\n")


def brief(text: str) -> str:
    """The beginning of a text, for a message."""
    return repr(text if len(text) < 60 else f"{text[:60]}…")


def found(page: LexborHTMLParser, selector: str) -> set[int]:
    """The elements that fit a selector."""
    return {node.mem_id for node in page.css(selector)}


def classes(node: LexborNode) -> list[str]:
    """The classes of an element."""
    return (node.attributes.get("class") or "").split()
