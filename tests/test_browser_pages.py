"""Pages as readers see them: on a wide screen and on a phone, light and dark, by keyboard and on paper."""

import contextlib
import io
import re
import unicodedata
from base64 import b64encode
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import LANGUAGES, LESSONS, NARROW, WIDE, in_a_browser, new_tab, settle, visit, wait_until_ready
from playwright.sync_api import Browser, ElementHandle, Page, expect
from pypdf import PdfReader

pytestmark = in_a_browser
JUMPS = 0.02  # of the screen, at most; 0.1 is called good

# Each has parts that the others lack: cards and drawings, a long table, messages, images and questions, a notebook.
EVERY_PART = ["index", "glossary", "errors", "cnn", "examples/fnn"]


def addresses(names: list[str]) -> list[str]:
    return [f"{language}/{'' if name == 'index' else f'{name}/'}" for language in LANGUAGES for name in names]


@contextlib.contextmanager
def opened(browser: Browser, address: str, page: str) -> Iterator[tuple[Page, list[str]]]:
    """A tab with a page in it, and what it complains of."""
    complaints = []
    tab = new_tab(browser, address, complaints.append)
    visit(tab, address + page)
    yield tab, complaints
    tab.context.close()


@pytest.fixture(scope="module", params=addresses(LESSONS))
def lesson(request, browser, address):
    """Every lesson, as most readers open it: on a wide screen, in light colours."""
    with opened(browser, address, request.param) as found:
        yield found


def test_no_lesson_jumps_while_it_loads(lesson):
    assert lesson[0].evaluate("inPage.jumps()") < JUMPS


def test_no_lesson_is_wider_than_the_screen(lesson):
    assert lesson[0].evaluate("inPage.tooWide()") == []


def test_every_figure_has_alt_text_and_is_seen(lesson):
    assert lesson[0].evaluate("inPage.silentFigures()") == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_figure_is_painted_and_its_words_and_lines_stand_out(lesson, theme):
    assert faint_in_figures(lesson[0], color_scheme=theme) == []


def test_no_lesson_writes_to_the_console_or_asks_other_hosts(lesson):
    assert lesson[1] == []


@pytest.fixture(scope="module", params=["", "404.html", *addresses(EVERY_PART)])
def part(request, browser, address):
    """Pages with every kind of part, for all the ways to look at them."""
    with opened(browser, address, request.param) as found:
        yield found


@pytest.fixture
def tab(part) -> Page:
    """The page as the first test found it."""
    part[0].set_viewport_size(WIDE)
    part[0].emulate_media(color_scheme="light", media="null")
    return part[0]


def test_keyboard_reaches_everything_and_shows_where_it_is(tab):
    """The first of these tests: the keyboard starts at the top only while nobody has been elsewhere."""
    tab.evaluate("inPage.followFocus()")
    stops = -1
    while stops < (stops := tab.evaluate("inPage.reached.size")):
        for _ in range(20):
            tab.keyboard.press("Tab")
    assert tab.evaluate("inPage.missedFocus()") == []


def test_nothing_jumps_while_a_page_loads_on_a_phone(tab):
    tab.set_viewport_size(NARROW)
    tab.reload()
    wait_until_ready(tab)
    assert tab.evaluate("inPage.jumps()") < JUMPS


def test_nothing_is_wider_than_any_screen_and_figures_are_seen(tab):
    wrong = {look: tab.evaluate("[...inPage.tooWide(), ...inPage.silentFigures()]") for look in looks(tab)}
    assert not any(wrong.values()), wrong


def test_large_text_loses_nothing(tab):
    """Text at 200 % on a screen of 1280 pixels leaves room for 640."""
    tab.set_viewport_size({"width": 640, "height": 450})
    settle(tab)
    assert tab.evaluate("inPage.tooWide()") == []


def test_axe_finds_no_violations(tab):
    """Axe, which takes seconds for contrasts, looks at them once in each theme: they do not depend on the width."""
    found = {}
    for look in looks(tab):
        rules = {"color-contrast": {"enabled": "1280 px" in look}}
        response = Axe().run(tab, options={"resultTypes": ["violations", "incomplete"], "rules": rules}).response
        undecided = [rule for rule in response["incomplete"] if rule["id"] == "color-contrast"]
        found[look] = [
            (rule["id"], node["html"])
            for rule in response["violations"] + undecided
            for node in rule["nodes"]
            if rule not in undecided or not decided_elsewhere(node)
        ]
    assert not any(found.values()), found


def decided_elsewhere(node: dict) -> bool:
    """Words on figures have the test above; of code axe cannot decide only what lies under the copy buttons."""
    return bool(re.match("<(text|tspan|span class=.{1,4}>)", node["html"]) or "> code'" in str(node["target"]))


def test_folded_parts_open_by_mouse_and_keyboard(tab):
    """Answers, and the rows of a model's summary."""
    for folded in tab.locator("article details").all():
        title = folded.locator("summary").first
        title.click()
        assert folded.get_attribute("open") is not None
        expect(folded.locator(":scope > :not(summary)").first).to_be_visible()
        title.press("Enter")
        assert folded.get_attribute("open") is None
        title.press("Space")
        assert folded.get_attribute("open") is not None
        title.press("Space")


def test_print_shows_all_of_a_page(tab):
    tab.emulate_media(color_scheme="dark")
    printed = squeezed("".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(tab.pdf(format="A4"))).pages))
    # Word by word: a PDF may hold the words of a narrow cell in another order.
    assert [word for word in tab.evaluate("inPage.words()") if squeezed(word) not in printed] == []


def test_print_is_dark_on_white(tab):
    assert faint_in_figures(tab, color_scheme="dark", media="print") == []


def test_no_page_has_written_to_the_console_or_asked_other_hosts(part):
    """The last of these tests: by now the page has been through everything above."""
    assert part[1] == []


def looks(tab: Page) -> Iterator[str]:
    """The page on a wide screen and on a phone, light and dark."""
    for size in (WIDE, NARROW):
        for theme in ("light", "dark"):
            tab.set_viewport_size(size)
            tab.emulate_media(color_scheme=theme)
            settle(tab)
            yield f"{theme}, {size['width']} px"


def faint_in_figures(tab: Page, **media) -> list[str]:
    """What is hard to see on figures, on a kind of screen or on paper."""
    tab.emulate_media(**media)
    settle(tab)
    wrong = tab.evaluate("inPage.faintShapes()")
    for figure in filter(ElementHandle.is_visible, tab.query_selector_all("article svg[role=img]")):
        without_words = figure.screenshot(style="article svg text, .md-header { visibility: hidden }")
        url = f"data:image/png;base64,{b64encode(without_words).decode()}"
        wrong += figure.evaluate("(figure, png) => inPage.faintWords(figure, png)", url)
    return wrong


RADICALS = str.maketrans(
    "⻁⻄⻅⻆⻉⻋⻓⻔⻘⻚⻛⻜⻝⻢⻣⻤⻥⻦⻨⻩⻬⻮⻰⻳", "虎西见角贝车长门青页风飞食马骨鬼鱼鸟麦黄齐齿龙龟"
)


def squeezed(text: str) -> str:
    """A text without what lines and fonts add to it: white space, ligatures, radicals that look like characters."""
    return re.sub(r"[\s\u200b¶]", "", unicodedata.normalize("NFKC", text).translate(RADICALS))
