"""Code on a page, as its author wrote it or as it was expanded. Every fence is of one class, and says which:

    ```python                                  run: all of a page's, joined, are one program
    <!-- raises ValueError --> above ~~~python expected error: run after what is above it, and must raise just that
    <!-- illustration --> above ~~~text        shown and not run, in any language
    ~~~output                                  what a run printed; the engine writes it, no author does

Backticks are run and tildes are not, because pytest-codeblocks sees only backticks: what it runs is what the engine
calls the program, without a directive. Whatever else Markdown shows as code, or pytest-codeblocks would take for code,
is a mistake. `engine.rendered` looks at the same from the other end.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

RUN, RAISES, ILLUSTRATION, OUTPUT = "run", "raises", "illustration", "output"

OPEN = re.compile(r"( *)(`{3,}|~{3,})(.*)")
MARKS = re.compile(r"```|~~~")
MARK = re.compile(r"( *)<!-- (?:illustration|raises ([A-Za-z_]\w*)) -->")
COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
SPAN = re.compile(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)")  # code within a line
RAW = re.compile(r"</?(pre|code|samp|tt|xmp|listing|plaintext|textarea)\b", re.IGNORECASE)
CONTAINER = re.compile(r"\s*(?:[-*+]\s|\d+[.)]\s|!!!\s|\?\?\?\+?\s|\[\^[^\]]+\]:)")  # what may hold indented lines
FOR_PYTEST = re.compile(r"[ \t]*<!--[-\s]*pytest")
TAKEN = re.compile(r"^(\s*)(?=```|<!--[-\s]*pytest)")  # what pytest-codeblocks would take for a fence or an order
HARMLESS = "\u200b"  # a space of no width, which is no white space to it

CONTINUED = "<!--pytest-codeblocks:cont-->"
DECLARE = "<!-- illustration --> or <!-- raises SomeError --> on the line above"


@dataclass(frozen=True)
class Fence:
    """A piece of code of one class; `error` is the type of an expected error. Lines count from 1, both included."""

    kind: str
    code: str
    language: str
    line: int
    last_line: int
    error: str = ""

    @property
    def is_python(self) -> bool:
        """Whether it is the same in all languages, because it is run."""
        return self.kind in (RUN, RAISES)


@dataclass(frozen=True)
class Mistake:
    """Code that is of no class, or not what it seems."""

    line: int
    message: str


def written(code: str, info: str, marker: str) -> str:
    """A fence around code, with as many markers as it needs."""
    longest = max((len(found) for found in re.findall(rf"^\s*({marker}+)", code, re.MULTILINE)), default=0)
    fence = marker * max(3, longest + 1)
    return f"{fence}{info}\n{code}\n{fence}"


def harmless(text: str) -> str:
    """What a run printed, with nothing that pytest-codeblocks would take for its own."""
    return "\n".join(TAKEN.sub(rf"\1{HARMLESS}", line).rstrip() for line in text.rstrip().splitlines())


def fences(text: str) -> list[Fence]:
    """The fences of a text, in order."""
    return [found for found in scan(text) if isinstance(found, Fence)]


def program(found: Iterable[Fence]) -> str:
    """What is run of a page."""
    return "".join(fence.code for fence in found if fence.kind == RUN)


def without_code(text: str) -> str:
    """The text with empty lines where its fences were."""
    lines = text.split("\n")
    for fence in fences(text):
        lines[fence.line - 1 : fence.last_line] = [""] * (fence.last_line - fence.line + 1)
    return "\n".join(lines)


def joined(text: str) -> str:
    """The text as pytest-codeblocks is to read it: all that is run is one program.

    It cuts an empty line in an indented fence; one that is indented as well it leaves.
    """
    lines = text.split("\n")
    run = [fence for fence in fences(text) if fence.kind == RUN]
    for fence in reversed(run):
        opening = lines[fence.line - 1]
        indentation = opening[: opening.index("`")]
        inside = slice(fence.line, fence.last_line - 1)
        lines[inside] = [line or indentation for line in lines[inside]]
        if fence != run[0]:
            lines.insert(fence.line - 1, indentation + CONTINUED)
    return "\n".join(lines)


def with_classes(text: str) -> str:
    """The text as Markdown is to render it: what is not run has its class as an attribute instead of a comment."""
    lines = text.split("\n")
    for fence in fences(text):
        if fence.kind in (RAISES, ILLUSTRATION):
            lines[fence.line - 2] = ""
            lines[fence.line - 1] = lines[fence.line - 1].replace(
                fence.language, f"{{.{fence.language} .{fence.kind}}}"
            )
    return "\n".join(lines)


def mistakes(text: str) -> Iterator[Mistake]:
    """Everything in an author's text that is code, or looks like code, and is of no class."""
    wrong = [mistake for mistake in scan(text) if isinstance(mistake, Mistake)]
    if wrong:
        yield from wrong
        return  # what is code and what is prose is not sure
    found, prose = fences(text), without_code(text)
    for fence in found:
        if fence.kind == OUTPUT:
            yield Mistake(fence.line, "only the engine writes ~~~output (write [[output example.cell]])")
    yield from in_comments(prose, found)
    yield from in_html(prose)
    yield from indented(prose.split("\n"), {fence.line: text.split("\n")[fence.line - 1] for fence in found})


@lru_cache(maxsize=200)  # a page is asked for its fences many times, and again when another page has changed
def scan(text: str) -> tuple[Fence | Mistake, ...]:
    """The fences of a text, and what is wrong with what might be one."""
    return tuple(scan_lines(text.split("\n")))


def scan_lines(lines: list[str]) -> Iterator[Fence | Mistake]:
    """See `scan`."""
    number = 0
    while number < len(lines):
        opened = OPEN.fullmatch(lines[number])
        above = MARK.fullmatch(lines[number - 1]) if number else None
        number += 1
        if not opened:
            if MARKS.search(SPAN.sub("", lines[number - 1])):
                yield Mistake(number, "a fence begins a line, and no block quote, list or tab holds it on that line")
            continue
        indentation, fence, info = opened[1], opened[2], opened[3].rstrip()
        inside = list(until_closed(lines[number:], fence))
        if number + len(inside) == len(lines):
            yield Mistake(number, f"a fence '{fence}{info}' that does not end")
            return
        end = lines[number + len(inside)]
        first, number = number, number + len(inside) + 1
        if end.rstrip() != indentation + fence:
            said = f"'{end.strip()}' does not end the fence of line {first} (write {fence} as far indented as there)"
            yield Mistake(number, said)
            return
        if above and above[1] != indentation:
            above = None
        if wrong := misdeclared(fence, info, above):
            yield Mistake(first, wrong)
            continue
        code = "".join(f"{line[len(indentation) :]}\n" for line in inside)
        kind = RUN if fence[0] == "`" else OUTPUT if not above else RAISES if above[2] else ILLUSTRATION
        for offset, wrong in unfaithful(inside, indentation, kind):
            yield Mistake(first + offset, wrong)
        yield Fence(kind, code, info, first, number, (above and above[2]) or "")


def until_closed(lines: Iterable[str], fence: str) -> Iterator[str]:
    """The lines before the first that begins as the fence does."""
    for line in lines:
        if line.lstrip().startswith(fence):
            return
        yield line


def misdeclared(fence: str, info: str, mark: re.Match[str] | None) -> str | None:
    """Why a fence is of no class, if it is of none. `mark` is the comment on the line above."""
    if fence[0] == "`":
        if info != "python":
            return f"a fence '{fence}{info}' is never run (write ```python, or ~~~ with {DECLARE})"
        return "what is not run stands between ~~~ and ~~~" if mark else None
    if not mark:
        return None if info == "output" else f"a fence '{fence}{info}' is of no class (write ```python, or {DECLARE})"
    if mark[2] and info != "python":
        return f"an expected error stands in ~~~python, not in '{fence}{info}'"
    if not re.fullmatch(r"[a-z][a-z0-9+-]*", info) or info == "output":
        return f"an illustration in '{fence}{info}' (write ~~~text, or the name of a language)"
    return None


def unfaithful(lines: list[str], indentation: str, kind: str) -> Iterator[tuple[int, str]]:
    """Lines of code that Markdown would show otherwise than they are run, or that only one of the two takes for code.

    Gives the place of each among the lines, from 1.
    """
    if not any(line.strip() for line in lines):
        yield 0, "an empty fence"
        return
    for offset, line in enumerate(lines, start=1):
        if line.strip() and not line.startswith(indentation):
            yield offset, "a line that is less indented than its fence"
        if kind != RUN and TAKEN.match(line):
            yield offset, "pytest-codeblocks would take this line for its own, whatever stands around it"
        if kind == OUTPUT:
            continue
        if "\t" in line:
            yield offset, "a tab, for which Markdown would show spaces"
        if line.isspace() and len(line) > len(indentation):
            yield offset, "a line of nothing but spaces, which Markdown would drop"
    for offset in (1, len(lines)):
        if kind != OUTPUT and not lines[offset - 1].strip():
            yield offset, "an empty line at the beginning or end of a fence, which Markdown would drop"


def in_comments(prose: str, found: list[Fence]) -> Iterator[Mistake]:
    """Code that no reader sees, orders to pytest-codeblocks, and declarations of nothing."""
    declared = {fence.line - 1 for fence in found if fence.kind in (RAISES, ILLUSTRATION)}
    searched = "\n".join(SPAN.sub("", line) for line in prose.split("\n"))
    for comment in COMMENT.finditer(searched):
        first = searched.count("\n", 0, comment.start()) + 1
        last = first + comment[0].count("\n")
        if not comment[0].endswith("-->"):
            yield Mistake(first, "a comment that does not end")
        if any(first <= fence.line <= last for fence in found) or "[[" in comment[0]:
            yield Mistake(first, "code in a comment, which no reader sees")
        if FOR_PYTEST.match(comment[0]):
            yield Mistake(first, f"{comment[0].strip()}: a page is run as a whole")
        elif MARK.fullmatch(comment[0].strip()) and first not in declared:
            yield Mistake(first, f"{comment[0].strip()} stands right above ~~~, as far indented")


def in_html(prose: str) -> Iterator[Mistake]:
    """Code in HTML."""
    for number, line in enumerate(prose.split("\n"), start=1):
        if raw := RAW.search(SPAN.sub("", line)):
            yield Mistake(number, f"code in HTML, <{raw[1].lower()}>, is never run (write ```python)")


def indented(prose: list[str], openings: Mapping[int, str]) -> Iterator[Mistake]:
    """Lines that Markdown shows as code because nothing that they could belong to holds them, fences among them."""
    holding = [0]  # how far lines are indented at least that belong to what holds them: the page, a list in it …
    told: set[int] = set()
    after_empty = True
    for number, line in enumerate(prose, start=1):
        line = openings.get(number, line).expandtabs(4)
        depth = len(line) - len(line.lstrip())
        if not line.strip():
            after_empty = True
            continue
        while holding[-1] > depth and (after_empty or number in openings or CONTAINER.match(line)):
            holding.pop()
        if depth >= holding[-1] + 4:
            if number - 1 not in told:
                yield Mistake(number, "indented code is never run (write ```python)")
            told.add(number)
        elif CONTAINER.match(line):
            holding.append(depth // 4 * 4 + 4)
        after_empty = False
