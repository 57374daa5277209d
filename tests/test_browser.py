"""The built site in a real browser: every page, both languages, light and dark, wide and narrow."""

import functools
import http.server
import shutil
import threading

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import ROOT
from playwright.sync_api import sync_playwright

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
LESSONS = sorted(str(path.relative_to(ROOT / "docs/en"))[:-3] for path in (ROOT / "docs/en").rglob("*.md"))
EXAMPLES = sorted(f"examples/{path.stem}" for path in (ROOT / "examples").glob("*.py"))
PAGES = [""] + [
    f"{language}/{'' if name == 'index' else name + '/'}" for language in ("en", "zh") for name in LESSONS + EXAMPLES
]

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not BROWSER, reason="no Chromium on this machine")]


@pytest.fixture(scope="module")
def address(site):
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=site))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=BROWSER, args=["--no-sandbox", "--disable-background-networking"]
        )
        yield browser
        browser.close()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_works_and_is_accessible(browser, address, page):
    said, asked = [], []
    tab = browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme="light")
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(address + page)
    tab.wait_for_load_state("networkidle")
    looks_right(tab, 1280)
    is_accessible(tab)
    tab.set_viewport_size({"width": 390, "height": 900})
    tab.emulate_media(color_scheme="dark")
    tab.wait_for_timeout(400)  # Material fades from one theme to the other
    looks_right(tab, 390)
    is_accessible(tab)
    assert said == []
    assert [url for url in asked if not url.startswith((address, "data:"))] == []
    tab.close()


def looks_right(tab, width):
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    for figure in tab.locator("figure.figure > svg").all():
        assert figure.get_attribute("aria-label")
        assert figure.bounding_box()["width"] > 100


def is_accessible(tab):
    violations = Axe().run(tab).response["violations"]
    assert [(found["id"], found["nodes"][0]["html"]) for found in violations] == []


def test_the_language_switch_stays_on_the_page_and_the_section(browser, address):
    tab = browser.new_page(viewport={"width": 1280, "height": 900})
    tab.goto(address + "zh/linear_regression/#fit")
    tab.click("a.language")
    tab.wait_for_url("**/en/linear_regression/#fit")
    tab.close()


def test_the_landing_page_remembers_the_language(browser, address):
    context = browser.new_context()
    tab = context.new_page()
    tab.goto(address)
    tab.click("a[hreflang=zh]")
    tab.wait_for_url("**/zh/")
    tab.goto("about:blank")
    tab.goto(address)
    tab.wait_for_url("**/zh/")
    context.close()


def test_the_copy_button_gives_the_code(browser, address):
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    tab = context.new_page()
    tab.goto(address + "en/linear_regression/")
    tab.hover(".highlight >> nth=0")
    tab.click(".highlight >> nth=0 >> button[data-md-type=copy]")
    tab.wait_for_timeout(200)
    copied = tab.evaluate("navigator.clipboard.readText()")
    assert copied.strip() and copied.strip() in (ROOT / "examples" / "linear_regression.py").read_text()
    context.close()


@pytest.mark.parametrize(
    ("language", "query"),
    [
        *(("en", query) for query in ("bias", "softmax", "confusion matrix", "get_weights", "numpy", "learned")),
        *(("zh", query) for query in ("梯度", "随机梯度下降", "全连接层", "过拟合", "准确率", "to_categorical")),
    ],
)
def test_the_search_finds(browser, address, language, query):
    tab = browser.new_page()
    tab.goto(address + language + "/")
    tab.click(".md-search__input")
    tab.type(".md-search__input", query)
    tab.press(".md-search__input", "End")
    tab.wait_for_selector(".md-search-result__item", timeout=10_000)
    tab.close()


@pytest.mark.parametrize(("language", "meaning"), [("en", "how wrong the model is"), ("zh", "错得多厉害")])
def test_a_term_tells_its_meaning_when_the_keyboard_reaches_it(browser, address, language, meaning):
    tab = browser.new_page()
    tab.goto(f"{address}{language}/linear_regression/")
    tab.wait_for_load_state("networkidle")
    tab.focus("a.term[href$='#loss']")
    tab.wait_for_selector(f"[role=tooltip]:has-text('{meaning}')")
    tab.close()


def test_paper_shows_what_is_folded(browser, address):
    tab = browser.new_page()
    tab.goto(address + "en/fnn/")
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert tab.locator("article details:not([open])").count() == 0
    tab.evaluate("dispatchEvent(new Event('afterprint'))")
    assert tab.locator("article details[open]").count() == 0
    tab.close()
