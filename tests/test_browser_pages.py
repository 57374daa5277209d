"""Every page as readers see it: on a wide screen and on a phone, light and dark, by keyboard and on paper."""

import io
import re
import unicodedata

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import EVERY_PAGE, NARROW, WIDE, in_a_browser, looks, made, new_tab, settle, visit
from pypdf import PdfReader

pytestmark = in_a_browser
JUMPS = 0.02  # of the screen, at most; 0.1 is called good
RADICALS = str.maketrans(
    "⻁⻄⻅⻆⻉⻋⻓⻔⻘⻚⻛⻜⻝⻢⻣⻤⻥⻦⻨⻩⻬⻮⻰⻳", "虎西见角贝车长门青页风飞食马骨鬼鱼鸟麦黄齐齿龙龟"
)


@pytest.fixture(scope="module", params=EVERY_PAGE)
def page(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def complaints(page) -> list[str]:
    return []


@pytest.fixture(scope="module")
def opened(browser, address, page, complaints):
    tab = new_tab(browser, address, complaints.append)
    visit(tab, address + page)
    yield tab
    tab.context.close()


@pytest.fixture
def tab(opened):
    """The page, opened once for all tests, as the first one found it."""
    opened.set_viewport_size(WIDE)
    opened.emulate_media(color_scheme="light", media="null")
    return opened


def test_the_keyboard_reaches_everything_and_shows_where_it_is(tab):
    """The first of these tests: the keyboard begins where a page does as long as nobody has been elsewhere."""
    tab.evaluate("inPage.followFocus()")
    stops = -1
    while stops < (stops := tab.evaluate("inPage.stops()")):
        for _ in range(20):
            tab.keyboard.press("Tab")
    assert tab.evaluate("inPage.unreached()") == []


def test_nothing_jumps_while_a_page_loads(tab):
    assert tab.evaluate("inPage.jumped()") < JUMPS
    tab.set_viewport_size(NARROW)
    tab.reload()
    made(tab)
    assert tab.evaluate("inPage.jumped()") < JUMPS


def test_nothing_is_wider_than_the_screen(tab):
    assert {look: wide for look in looks(tab) if (wide := tab.evaluate("inPage.tooWide()"))} == {}


def test_every_figure_is_seen_and_says_what_is_on_it(tab):
    assert {look: silent for look in looks(tab) if (silent := tab.evaluate("inPage.silentFigures()"))} == {}


def test_words_and_lines_of_figures_stand_out(tab):
    faint = {}
    for theme in ("light", "dark"):
        tab.emulate_media(color_scheme=theme)
        settle(tab)
        faint[theme] = tab.evaluate("inPage.faintWords()") + tab.evaluate("inPage.faintShapes()")
    assert faint == {"light": [], "dark": []}


def test_axe_finds_nothing(tab):
    """Colours do not depend on the width: axe, which takes seconds for them, looks once in each theme."""
    found = {}
    for look in looks(tab):
        colours = "1280 px" in look
        rules = {"color-contrast": {"enabled": colours}}
        response = Axe().run(tab, options={"resultTypes": ["violations", "incomplete"], "rules": rules}).response
        violations = [(rule["id"], node["html"]) for rule in response["violations"] for node in rule["nodes"]]
        # What contrast axe cannot decide is left to the test above, which looks at words on figures. Of code it is only
        # what the copy buttons lie upon.
        left = [rule for rule in response["incomplete"] if rule["id"] == "color-contrast"]
        open_questions = [(node["html"], str(node["target"])) for rule in left for node in rule["nodes"]]
        found[look] = violations + [
            html
            for html, place in open_questions
            if not re.match("<(text|tspan|span class=.{1,4}>)", html) and not re.search(r"__code_\d+ > code'", place)
        ]
    assert not any(found.values()), found


def test_paper_shows_all_of_a_page(tab):
    tab.emulate_media(color_scheme="dark")
    printed = squeezed("".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(tab.pdf(format="A4"))).pages))
    # Word by word: a PDF may hold the words of a narrow cell in another order.
    words = [word for piece in tab.evaluate("inPage.pieces()") for word in piece.split()]
    assert [word for word in words if squeezed(word) not in printed] == []


def test_paper_is_white_and_its_words_dark(tab):
    tab.emulate_media(color_scheme="dark", media="print")
    settle(tab)
    assert tab.evaluate("inPage.faintWords()") + tab.evaluate("inPage.faintShapes()") == []


def test_a_page_complains_of_nothing_and_asks_nobody_else(tab, complaints):
    """The last of these tests: by now the page has been through everything above."""
    assert complaints == []


def squeezed(text: str) -> str:
    """A text without what lines and fonts add to it: white space, ligatures, radicals that look like characters."""
    return re.sub(r"[\s\u200b¶]", "", unicodedata.normalize("NFKC", text).translate(RADICALS))
