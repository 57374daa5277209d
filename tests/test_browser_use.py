"""What readers do on a page: change the language and the theme, download, open answers, look terms up, go back up."""

import json
import re
import time

import pytest
from browser import (
    EVERY_PAGE,
    EXAMPLES,
    LESSONS,
    NARROW,
    PAGES,
    WIDE,
    Server,
    in_a_browser,
    made,
    served,
    settle,
    visit,
    wait_until,
)
from conftest import ROOT
from playwright.sync_api import Page, expect

pytestmark = in_a_browser
OTHER = {"en": "zh", "zh": "en"}


def path(tab: Page, address: str) -> str:
    """Where a tab is, as the site's links name it."""
    return tab.url.removeprefix(address).replace("index.html", "")


def scroll(tab: Page, y: float) -> None:
    tab.evaluate("y => scrollTo({ top: y, behavior: 'instant' })", y)


@pytest.mark.parametrize("language", OTHER)
@pytest.mark.parametrize("page", PAGES)
def test_the_language_switch_stays_on_the_page_and_the_section(reader, address, language, page):
    tab = reader(f"{language}/{page}")
    sections = tab.locator("article h2[id]").evaluate_all("headings => headings.map((heading) => heading.id)")
    # One in the middle: of those that fill the end of a page the address soon names the last.
    section = f"#{sections[(len(sections) - 1) // 2]}" if sections else ""
    tab.evaluate("section => { location.hash = section }", section)
    with tab.expect_navigation():
        tab.click("a.language")
    made(tab)
    assert path(tab, address) == f"{OTHER[language]}/{page}{section}"
    assert tab.locator("article h2[id]").evaluate_all("headings => headings.map((heading) => heading.id)") == sections
    if section:
        expect(tab.locator(section)).to_be_in_viewport()


def test_what_there_is_not_leads_back(reader, browser, address):
    """404.html stands for any page, however deep, so that its links must not depend on where it is shown."""
    tab = browser.new_page()
    assert tab.goto(address + "en/no/such/page/").status == 404
    links = tab.locator("body a[href]").evaluate_all("links => links.map((link) => link.href)")
    assert links
    assert {link: tab.request.get(link).status for link in links if tab.request.get(link).status != 200} == {}
    tab.close()


@pytest.mark.parametrize("page", ["", "cnn/", "examples/pictures/"])
@pytest.mark.parametrize("language", OTHER)
@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["phone", "wide"])
def test_nothing_moves_while_a_page_loads(browser, address, size, language, page):
    """A busy machine may paint half a header, so it has three goes; what moves by design moves in each."""
    moved = []
    for _ in range(3):
        tab = browser.new_context(viewport=size).new_page()
        tab.add_init_script(
            "window.moved = []; new PerformanceObserver(list => { for (const { sources } of list.getEntries()) "
            "moved.push(...sources.map(source => source.node?.outerHTML.slice(0, 200))) })"
            ".observe({ type: 'layout-shift', buffered: true })"
        )
        visit(tab, f"{address}{language}/{page}")
        tab.wait_for_timeout(300)
        moved.append(tab.evaluate("moved"))
        tab.context.close()
        if not moved[-1]:
            return
    pytest.fail(f"what moves: {moved}")


class Halting(Server):
    """Serves a page until it is in the middle of its header, and the rest half a second later."""

    def copyfile(self, source, outputfile):
        page = source.read()
        half = re.search(rb'<a class="md-header__button language"[^>]*>', page)
        first = page[: half.end() if half else None]
        outputfile.write(first)
        outputfile.flush()
        time.sleep(0.5 if half else 0)
        outputfile.write(page[len(first) :])


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["phone", "wide"])
def test_half_a_header_is_not_shown(browser, site, size):
    """It would move when the other half comes, as in a page of a hundred on a busy machine."""
    tab = browser.new_context(viewport=size).new_page()
    tab.add_init_script(
        "window.moved = []; new PerformanceObserver(list => moved.push(...list.getEntries().map(({ value }) => value)))"
        ".observe({ type: 'layout-shift', buffered: true })"
    )
    with served(site, Halting) as address:
        visit(tab, f"{address}en/cnn/")
        tab.wait_for_timeout(300)
        assert tab.evaluate("moved") == []
        assert tab.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime") > 500
    tab.context.close()


def test_opening_a_page_does_not_have_the_style_of_all_of_it_made_again(browser, address):
    """Which Material would, if it were let: see docs/theme/partials/before.js."""
    tab = browser.new_context(viewport=NARROW).new_page()
    tab.add_init_script("""
        window.changed = [];
        new MutationObserver((list) => {
            for (const { target, attributeName: name, oldValue, addedNodes } of document.body ? list : []) {
                if (name && target.matches("html, body") && target.getAttribute(name) !== oldValue) changed.push(name);
                for (const node of addedNodes) if (node.name === "color-scheme") changed.push(node.outerHTML);
            }
        }).observe(document, { subtree: true, childList: true, attributes: true, attributeOldValue: true });""")
    visit(tab, f"{address}en/cnn/")
    tab.wait_for_timeout(300)
    assert set(tab.evaluate("changed")) <= {"data-js-focus-visible", "data-md-color-media"}  # on which no style depends
    tab.context.close()


@pytest.mark.parametrize("page", ["", "training/", "examples/pictures/"])
@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["phone", "wide"])
def test_no_icon_is_opened_as_a_page_of_its_own(browser, address, size, page):
    """As a browser does with every picture that is an SVG: see docs/theme/partials/icons.html."""
    tab = browser.new_context(viewport=size).new_page()
    visit(tab, f"{address}en/{page}")
    icons = tab.evaluate("""[...document.querySelectorAll("body *")].flatMap((element) =>
        [undefined, "::before", "::after"].map((part) => getComputedStyle(element, part))
            .filter(({ display, content }) => display !== "none" && content !== "none")
            .map(({ maskImage, backgroundImage, clipPath }) => [maskImage, backgroundImage, clipPath].join(" ")))""")
    assert {icon for icon in icons if "svg" in icon} == set()
    assert tab.locator("img[src*='.svg']").count() == 0
    shapes = {shape for icon in icons for shape in re.findall(r'url\("(#icon-[\w-]+)"\)', icon)}
    assert "#icon-chevron-right" in shapes
    assert {shape for shape in shapes if not tab.locator(f"clipPath{shape} > path").count()} == set()
    tab.context.close()


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["phone", "wide"])
def test_a_code_block_has_its_buttons_before_it_is_seen(browser, address, size):
    tab = browser.new_context(viewport=size).new_page()
    visit(tab, f"{address}en/cnn/")
    blocks = "[...document.querySelectorAll('article .highlight')]"
    assert tab.evaluate(f"{blocks}.some((block) => !block.querySelector('button'))")
    for _ in range(tab.evaluate(f"{blocks}.length")):
        tab.evaluate(f"{blocks}.findLast((block) => block.querySelector('button')).scrollIntoView()")
        tab.wait_for_timeout(100)
        seen = f"{blocks}.filter((block) => block.getBoundingClientRect().top < 2 * innerHeight)"
        assert tab.evaluate(f"{seen}.every((block) => block.querySelector('button'))")
    assert tab.evaluate(f"{blocks}.every((block) => block.querySelector('button'))")
    tab.context.close()


@pytest.mark.parametrize("turn", ["focus", "hover", "key"])
def test_the_search_comes_when_someone_turns_to_it(browser, address, turn):
    tab = browser.new_context(viewport=WIDE).new_page()
    asked = []
    tab.on("request", lambda request: "/search" in request.url and asked.append(request.url.rpartition("/")[2]))
    visit(tab, f"{address}en/cnn/")
    assert not asked
    assert not tab.workers
    with tab.expect_response(re.compile("search_index")), tab.expect_worker():
        if turn == "focus":
            tab.focus(".md-search__input")
        elif turn == "hover":
            tab.hover(".md-search__input")
        else:
            tab.keyboard.press("/")
    assert asked.count("search_index.json") == 1
    tab.fill(".md-search__input", "dropout")
    expect(tab.locator(".md-search-result__item").first).to_be_visible()
    tab.context.close()


def test_an_address_that_holds_a_query_is_answered(browser, address):
    tab = browser.new_context(viewport=WIDE).new_page()
    visit(tab, f"{address}en/cnn/?q=dropout")
    expect(tab.locator(".md-search-result__item").first).to_be_visible()
    tab.context.close()


@pytest.mark.parametrize("language", OTHER)
def test_the_theme_switch_works_and_is_remembered(reader, address, language):
    tab = reader(f"{language}/fnn/", color_scheme="light")
    dark = "document.body.dataset.mdColorScheme === 'slate'"
    for _ in range(2):
        tab.locator("form[data-md-component=palette] label:visible").click()
    wait_until(tab, dark)
    assert tab.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
    visit(tab, f"{address}{language}/cnn/")
    assert tab.evaluate(dark)
    tab.locator("form[data-md-component=palette] input").nth(1).press("Space")
    assert not tab.evaluate(dark)


@pytest.mark.parametrize("language", OTHER)
def test_the_landing_page_takes_a_reader_back_to_her_language(reader, address, language):
    tab = reader("")
    tab.click(f"a[hreflang={language}]")
    tab.wait_for_url(f"**/{language}/**")
    tab.goto("about:blank")
    tab.goto(address)
    tab.wait_for_url(f"**/{language}/**")


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_can_be_taken_away(reader, example):
    tab = reader(f"en/{example}/")
    for ending in ("py", "ipynb"):
        with tab.expect_download() as waiting:
            tab.locator(f"article a[href$='.{ending}']").first.click()
        text = waiting.value.path().read_text("utf-8")
        script = (ROOT / f"{example}.py").read_text("utf-8")
        if ending == "py":
            assert text == script
        else:
            cells = ["".join(cell["source"]) for cell in json.loads(text)["cells"]]
            assert cells and all(cell in script for cell in cells)


@pytest.mark.parametrize("language", OTHER)
@pytest.mark.parametrize("lesson", LESSONS)
def test_what_is_folded_opens_by_mouse_and_by_keyboard(reader, language, lesson):
    """Answers, and the rows of a model's summary."""
    tab = reader(f"{language}/{'' if lesson == 'index' else lesson + '/'}")
    for folded in tab.locator("article details").all():
        title = folded.locator("summary").first
        title.click()
        assert folded.get_attribute("open") is not None
        expect(folded.locator(":scope > :not(summary)").first).to_be_visible()
        title.press("Enter")
        assert folded.get_attribute("open") is None
        title.press("Space")
        assert folded.get_attribute("open") is not None


@pytest.mark.parametrize("language", OTHER)
@pytest.mark.parametrize("lesson", LESSONS)
def test_a_phone_scrolls_tables_and_code_sideways(reader, language, lesson):
    tab = reader(f"{language}/{'' if lesson == 'index' else lesson + '/'}", viewport=NARROW)
    stuck = tab.locator("article :is(.md-typeset__scrollwrap, pre, pre > code)").evaluate_all(
        """boxes => boxes.filter((box) => box.scrollWidth > box.clientWidth + 1).filter((box) => {
            box.scrollLeft = 1000;
            return box.scrollLeft < box.scrollWidth - box.clientWidth - 1 && box.scrollLeft < 999;
        }).map((box) => box.outerHTML.slice(0, 120))"""
    )
    assert stuck == []


@pytest.mark.parametrize("language", OTHER)
def test_a_copy_button_gives_the_code(reader, language):
    tab = reader(f"{language}/linear_regression/", permissions=["clipboard-read", "clipboard-write"])
    block = tab.locator(".highlight").first
    block.hover()
    block.locator("button[data-md-type=copy]").click()
    script = (ROOT / "examples" / "linear_regression.py").read_text("utf-8")
    wait_until(tab, "async (script) => script.includes((await navigator.clipboard.readText()).trim())", script)
    assert tab.evaluate("navigator.clipboard.readText()").strip()


@pytest.mark.parametrize(("language", "meaning"), [("en", "how wrong the model is"), ("zh", "错得多厉害")])
def test_a_term_tells_its_meaning_to_mouse_and_keyboard(reader, language, meaning):
    tab = reader(f"{language}/linear_regression/")
    term, meaning = tab.locator("a.term[href$='#loss']"), tab.locator(f"[role=tooltip]:has-text('{meaning}')")
    term.hover()
    expect(meaning).to_be_visible()
    tab.mouse.move(0, 0)
    expect(meaning).not_to_be_visible()
    term.focus()
    expect(meaning).to_be_visible()
    tab.keyboard.press("Escape")
    expect(meaning).not_to_be_visible()


def test_a_tooltip_may_be_read_with_the_pointer_on_it_and_lies_within_the_page(reader):
    tab = reader("en/linear_regression/", viewport=NARROW)
    tooltip = tab.locator("#tooltip")
    for term in tab.locator("a.term").all():
        title = term.get_attribute("title")
        term.evaluate("(term) => term.scrollIntoView({ block: 'center' })")
        line = term.evaluate("(term) => term.getClientRects()[0].toJSON()")  # the first, if it goes on in a second
        tab.mouse.move(line["x"] + line["width"] / 2, line["y"] + line["height"] / 2)
        expect(tooltip).to_have_text(title)
        expect(tooltip).to_be_visible()
        box = tooltip.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= NARROW["width"]
        assert box["y"] >= 0 and box["y"] + box["height"] <= NARROW["height"]
        assert term.get_attribute("aria-describedby") == "tooltip"
        tooltip.hover()
        tab.wait_for_timeout(400)
        expect(tooltip).to_be_visible()
        tab.mouse.move(0, 0)
        expect(tooltip).not_to_be_visible()
        assert term.get_attribute("title") == title and term.get_attribute("aria-describedby") is None


def test_a_button_keeps_its_name_while_a_tooltip_tells_it(reader):
    tab = reader("en/linear_regression/")
    tab.locator(".highlight").first.hover()
    for name in ("Copy to clipboard", "Copy all the code up to here"):
        button = tab.get_by_role("button", name=name).first
        button.hover()
        expect(tab.locator("#tooltip")).to_have_text(name)
        expect(button).to_have_accessible_name(name)


@pytest.mark.parametrize("language", OTHER)
def test_the_skip_link_leads_past_the_navigation(reader, language):
    tab = reader(f"{language}/fnn/")
    tab.keyboard.press("Tab")
    expect(tab.locator(".md-skip")).to_be_focused()
    expect(tab.locator(".md-skip")).to_be_in_viewport()
    tab.keyboard.press("Enter")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.closest('article') !== null")


@pytest.mark.parametrize("language", OTHER)
def test_a_button_leads_back_to_the_top(reader, language):
    tab = reader(f"{language}/fnn/")
    scroll(tab, 5000)
    tab.mouse.wheel(0, -300)
    tab.click(".md-top:not([hidden])")
    wait_until(tab, "scrollY === 0")


@pytest.mark.parametrize("language", OTHER)
def test_a_phone_shows_the_way_in_its_drawer(reader, address, language):
    tab = reader(f"{language}/fnn/", viewport=NARROW, has_touch=True)
    expect(tab.locator(".md-sidebar--primary")).not_to_be_visible()
    tab.tap(".md-header__button[for=__drawer]")
    settle(tab)
    tab.tap(".md-sidebar--primary a[href*='../cnn/']")
    tab.wait_for_url("**/cnn/**")
    made(tab)
    expect(tab.locator(".md-sidebar--primary")).not_to_be_visible()
    tab.tap(".md-header__button[for=__drawer]")
    settle(tab)
    tab.tap(".md-sidebar--primary label[for=__toc]:visible")
    settle(tab)
    tab.tap(".md-sidebar--primary .md-nav--secondary a[href='#train']")
    expect(tab.locator("h2#train")).to_be_in_viewport()
    assert path(tab, address) == f"{language}/cnn/#train"


@pytest.mark.parametrize("language", OTHER)
def test_the_keyboard_opens_the_drawer_and_sees_where_it_is(reader, language):
    """A laptop whose text is twice as large has the layout of a phone."""
    tab = reader(f"{language}/fnn/", viewport={"width": 640, "height": 450})
    tab.keyboard.press("Tab")
    while tab.evaluate("document.activeElement.getAttribute('for') !== '__drawer'"):
        tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    settle(tab)
    stops = 0
    while tab.evaluate("document.activeElement.closest('.md-sidebar--primary') !== null"):
        assert tab.evaluate("inPage.unseen(document.activeElement)") == ""
        tab.keyboard.press("Tab")
        settle(tab)
        stops += 1
    assert stops >= len(LESSONS) / 2
    expect(tab.locator(".md-sidebar--primary")).not_to_be_visible()


@pytest.mark.parametrize("page", EVERY_PAGE)
def test_twice_as_large_a_text_loses_nothing(reader, page):
    """A text at 200 % on 1280 pixels leaves room for 640."""
    tab = reader(page, viewport={"width": 640, "height": 450}, device_scale_factor=2)
    assert tab.evaluate("inPage.tooWide()") == []


@pytest.mark.parametrize("language", OTHER)
def test_who_wants_no_motion_gets_none(reader, language):
    tab = reader(f"{language}/fnn/", reduced_motion="reduce")
    tab.click(".md-header__button.md-logo ~ form label:visible, form[data-md-component=palette] label:visible")
    tab.hover("a.term >> nth=0")
    moving = "document.getAnimations().filter((one) => one.effect.getComputedTiming().duration > 1)"
    assert tab.evaluate(f"{moving}.map((one) => one.effect.target.className)") == []
