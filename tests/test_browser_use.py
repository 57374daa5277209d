"""What readers do on a page: change the language and the theme, copy, download, look terms up, open it offline."""

import json
import re

import pytest
from browser import LANGUAGES, NARROW, ROOT, in_a_browser, search, settle, visit, wait_until, wait_until_ready
from playwright.sync_api import Page, expect

pytestmark = in_a_browser
each_language = pytest.mark.parametrize("language", LANGUAGES)


def anchors(tab: Page) -> list[str]:
    return tab.locator("article h2[id]").evaluate_all("headings => headings.map((heading) => heading.id)")


@pytest.mark.parametrize("page", ["", "cnn/", "glossary/", "examples/fnn/"])
def test_language_switch_stays_on_the_page_and_the_section(reader, address, page):
    tab = reader(f"en/{page}")
    sections = anchors(tab)
    # One in the middle: the last ones never reach the top of the window, so that the address may name another.
    section = f"#{sections[(len(sections) - 1) // 2]}" if sections else ""
    tab.evaluate("section => { location.hash = section }", section)
    for language in ("zh", "en"):
        with tab.expect_navigation():
            tab.click("a.language")
        wait_until_ready(tab)
        assert tab.url.replace("index.html", "") == f"{address}{language}/{page}{section}"
        assert anchors(tab) == sections
        if section:
            expect(tab.locator(section)).to_be_in_viewport()


@each_language
def test_landing_page_remembers_the_language(reader, address, language):
    tab = reader("")
    tab.click(f"a[hreflang={language}]")
    tab.wait_for_url(f"**/{language}/**")
    tab.goto("about:blank")
    tab.goto(address)
    tab.wait_for_url(f"**/{language}/**")


def test_404_links_back(browser, address):
    """404.html is shown at any address, however deep, so that its links must not depend on the address."""
    tab = browser.new_page()
    assert tab.goto(f"{address}en/no/such/page/").status == 404
    links = tab.locator("body a[href]").evaluate_all("links => links.map((link) => link.href)")
    assert links
    assert {link: tab.request.get(link).status for link in links} == dict.fromkeys(links, 200)
    tab.close()


@each_language
def test_theme_switch_works_and_is_remembered(reader, address, language):
    tab = reader(f"{language}/fnn/", color_scheme="light")
    dark = "document.body.dataset.mdColorScheme === 'slate'"
    for _ in range(2):
        tab.locator("form[data-md-component=palette] label:visible").click()
    wait_until(tab, dark)
    assert tab.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
    visit(tab, f"{address}{language}/about/")
    assert tab.evaluate(dark)
    tab.locator("form[data-md-component=palette] input").nth(1).press("Space")
    assert not tab.evaluate(dark)


@each_language
def test_skip_link_leads_past_the_navigation(reader, language):
    tab = reader(f"{language}/fnn/")
    tab.keyboard.press("Tab")
    expect(tab.locator(".md-skip")).to_be_focused()
    expect(tab.locator(".md-skip")).to_be_in_viewport()
    tab.keyboard.press("Enter")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.closest('article') !== null")


def test_a_button_leads_back_to_the_top(reader):
    tab = reader("en/fnn/")
    tab.evaluate("scrollTo({ top: 5000, behavior: 'instant' })")
    tab.mouse.wheel(0, -300)
    tab.click(".md-top:not([hidden])")
    wait_until(tab, "scrollY === 0")


@each_language
def test_drawer_leads_to_pages_and_sections_on_a_phone(reader, language):
    tab = reader(f"{language}/fnn/", viewport=NARROW, has_touch=True)
    expect(tab.locator(".md-sidebar--primary")).not_to_be_visible()
    tab.tap(".md-header__button[for=__drawer]")
    settle(tab)
    tab.tap(".md-sidebar--primary a[href*='../cnn/']")
    tab.wait_for_url("**/cnn/**")
    wait_until_ready(tab)
    expect(tab.locator(".md-sidebar--primary")).not_to_be_visible()
    tab.tap(".md-header__button[for=__drawer]")
    settle(tab)
    tab.tap(".md-sidebar--primary label[for=__toc]:visible")
    settle(tab)
    tab.tap(".md-sidebar--primary .md-nav--secondary a[href='#train']")
    expect(tab.locator("h2#train")).to_be_in_viewport()
    assert tab.url.replace("index.html", "").endswith(f"/{language}/cnn/#train")


@each_language
def test_keyboard_opens_the_drawer_and_shows_where_it_is(reader, language):
    """A laptop whose text is twice as large has the layout of a phone."""
    tab = reader(f"{language}/fnn/", viewport={"width": 640, "height": 450})
    while tab.evaluate("document.activeElement.getAttribute('for') !== '__drawer'"):
        tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    settle(tab)
    stops = 0
    while tab.evaluate("document.activeElement.closest('.md-sidebar--primary') !== null"):
        assert tab.evaluate("inPage.hiddenFocus(document.activeElement)") == ""
        tab.keyboard.press("Tab")
        settle(tab)
        stops += 1
    assert stops > 10
    expect(tab.locator(".md-sidebar--primary")).not_to_be_visible()


@each_language
def test_reduced_motion_is_respected(reader, language):
    tab = reader(f"{language}/fnn/", reduced_motion="reduce")
    tab.click("form[data-md-component=palette] label:visible")
    tab.hover("a.term >> nth=0")
    moving = "document.getAnimations().filter((one) => one.effect.getComputedTiming().duration > 1)"
    assert tab.evaluate(f"{moving}.map((one) => one.effect.target.className)") == []


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
    with tab.expect_navigation():
        term.click()
    expect(tab.locator("#loss")).to_be_in_viewport()


def test_a_tooltip_stays_on_the_screen_and_under_the_pointer(reader):
    tab = reader("en/linear_regression/", viewport=NARROW)
    tooltip = tab.locator("#tooltip")
    first_line = "(term) => term.getClientRects()[0].toJSON()"  # of a term that may go on in a second
    from_left = sorted(tab.locator("a.term").all(), key=lambda term: term.evaluate(first_line)["left"])
    for term in from_left[:2] + from_left[-4:]:
        title = term.get_attribute("title")
        term.evaluate("(term) => term.scrollIntoView({ block: 'center' })")
        line = term.evaluate(first_line)
        tab.mouse.move(line["x"] + line["width"] / 2, line["y"] + line["height"] / 2)
        expect(tooltip).to_have_text(title)
        box = tooltip.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= NARROW["width"]
        assert box["y"] >= 0 and box["y"] + box["height"] <= NARROW["height"]
        assert term.get_attribute("aria-describedby") == "tooltip"
        tooltip.hover()
        tab.wait_for_timeout(300)  # in which it would go away
        expect(tooltip).to_be_visible()
        tab.mouse.move(0, 0)
        expect(tooltip).not_to_be_visible()
        assert term.get_attribute("title") == title and term.get_attribute("aria-describedby") is None


COPY, COPY_ABOVE = "[data-md-type=copy]", "[data-md-type=copy-above]"
CLIPBOARD = {"permissions": ["clipboard-read", "clipboard-write"], "reduced_motion": "reduce"}
READ_CLIPBOARD = "navigator.clipboard.readText()"
BUTTONS = {
    "en": ("Copy to clipboard", "Copy all the code up to here", "Copied to clipboard"),
    "zh": ("复制", "复制到这里为止的全部代码", "已复制"),
}


def copied(tab: Page, button: str) -> list[str]:
    """What each button of a kind gives, in order: clicked as a reader does, and read from her clipboard."""
    found = []
    for each in tab.locator(f"article {button}").all():
        each.click()
        found.append(tab.evaluate(READ_CLIPBOARD))
    return found


def cells(example: str) -> list[str]:
    """The code of an example, cell by cell, as it was run."""
    script = (ROOT / "examples" / f"{example}.py").read_text("utf-8")
    return [f"{cell.strip()}\n" for cell in re.split("^# %%.*\n", script, flags=re.MULTILINE)[1:]]


@pytest.mark.parametrize("page", ["en/linear_regression", "en/errors", "zh/cnn", "zh/fnn"])
def test_copy_and_copy_up_to_here_give_the_code_that_was_run(reader, page):
    run = cells(page.partition("/")[2])
    tab = reader(f"{page}/", **CLIPBOARD)
    one = copied(tab, COPY)
    assert one == run[: len(one)]
    assert len(one) >= len(run) - 1  # all but the check
    assert copied(tab, COPY_ABOVE) == ["".join(one[: place + 1]) for place in range(len(one))]


@each_language
def test_copy_buttons_have_names_and_work_by_keyboard_on_a_phone(reader, language):
    *names, confirmed = BUTTONS[language]
    tab = reader(f"{language}/linear_regression/", viewport=NARROW, **CLIPBOARD)
    tab.locator(COPY).nth(2).focus()
    for name in names:
        button = tab.get_by_role("button", name=name, exact=True).nth(2)
        expect(button).to_be_focused()
        expect(tab.get_by_role("tooltip")).to_have_text(name)
        expect(button).to_have_accessible_name(name)  # the title, which named it, is now the tooltip's
        assert tab.evaluate("inPage.hiddenFocus(document.activeElement)") == ""
        tab.keyboard.press("Enter")
        tab.locator(".md-dialog--active", has_text=confirmed).wait_for()
        tab.keyboard.press("Tab")
    assert tab.evaluate(READ_CLIPBOARD) == "".join(cells("linear_regression")[:3])


@each_language
def test_a_whole_example_can_be_downloaded(reader, language):
    tab = reader(f"{language}/examples/fnn/")
    found = {}
    for ending in ("py", "ipynb"):
        with tab.expect_download() as download:
            tab.locator(f"article a[href$='.{ending}']").first.click()
        found[ending] = download.value.path().read_text("utf-8")
    assert found["py"] == (ROOT / "examples" / "fnn.py").read_text("utf-8")
    code = ["".join(cell["source"]) for cell in json.loads(found["ipynb"])["cells"] if cell["cell_type"] == "code"]
    assert [f"{cell.strip()}\n" for cell in code] == cells("fnn")


def test_policy_stops_a_script_that_got_into_a_page(browser, address):
    tab, said = browser.new_page(), []
    tab.on("console", lambda message: said.append(message.text))
    evil = "<script>pwned = 1</script><img src=x onerror='pwned = 2'><a href='javascript:pwned = 3' id=evil>x</a><h1"
    html = tab.request.get(f"{address}en/fnn/").text()
    tab.route("**/en/fnn/", lambda route: route.fulfill(body=html.replace("<h1", evil, 1), content_type="text/html"))
    visit(tab, f"{address}en/fnn/")
    tab.click("#evil")
    assert tab.evaluate("typeof pwned") == "undefined"
    assert len([text for text in said if "Content Security Policy" in text]) >= 3
    tab.close()


@pytest.fixture
def disk(site, tmp_path) -> str:
    """The address of the site in a folder of a disk that has a space in its name."""
    (tmp_path / "class room").symlink_to(site)
    return f"{(tmp_path / 'class room').as_uri()}/"


def test_pages_open_and_lead_on_from_a_disk(reader, disk):
    tab = reader("index.html", disk, offline=True)
    for link in ("nav a[hreflang=en]", "a.md-footer__link--next", "a.language", "a.md-footer__link--next"):
        with tab.expect_navigation():
            tab.click(link)
        wait_until_ready(tab)
    assert re.search(r"/zh/\w+/index.html$", tab.url)
    expect(tab.locator("article h1")).to_be_visible()


@pytest.mark.parametrize(("query", "page"), [("softmax", "en/activations"), ("梯度下降", "zh/gradient_descent")])
def test_search_finds_from_a_disk(reader, disk, query, page):
    tab = reader(f"{page[:2]}/examples/fnn/index.html", disk, offline=True)
    tab.click(".md-search__input")
    search(tab, query)
    tab.click(f".md-search-result__link[href*='/{page}/']")
    tab.wait_for_url(f"**/{page}/**")
    expect(tab.locator("article")).to_contain_text(query)


def test_every_link_names_a_file(site):
    """A browser shows a folder of a disk as a list of files."""
    link = re.compile(r"""<a\b[^>]*?\shref=["']?([^"'>\s#?]+)""")
    wrong = [
        f"{path.relative_to(site)}: {found}"
        for path in site.rglob("index.html")
        for found in link.findall(path.read_text("utf-8"))
        if ":" not in found and not (path.parent / found).is_file()
    ]
    assert wrong == []
