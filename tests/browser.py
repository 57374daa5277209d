"""The site in a real browser: what its tests share. tests/in_page.js says what is asked of a page from inside."""

import contextlib
import functools
import http.server
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from engine.pages import LANGUAGES
from engine.problems import ROOT

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
LESSONS = sorted(str(path.relative_to(ROOT / "docs/en"))[:-3] for path in (ROOT / "docs/en").rglob("*.md"))
EXAMPLES = sorted(f"examples/{path.stem}" for path in (ROOT / "examples").glob("*.py"))
PAGES = ["" if name == "index" else f"{name}/" for name in LESSONS + EXAMPLES]  # of each language
EVERY_PAGE = ["", "404.html"] + [language + "/" + page for language in LANGUAGES for page in PAGES]
expect.set_options(timeout=30_000)  # milliseconds, for a machine that is busy
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}

# Where there is no browser these tests are skipped, but not by CI: there they fail.
needs_browser = pytest.mark.skipif(not BROWSER and "CI" not in os.environ, reason="no Chromium on this machine")
in_a_browser = [pytest.mark.slow, needs_browser]


class Server(http.server.SimpleHTTPRequestHandler):
    """Serves the site as GitHub Pages does: 404.html stands for what there is not."""

    def send_error(self, code, message=None, explain=None):
        if code != 404:
            return super().send_error(code, message, explain)
        page = (Path(self.directory) / "404.html").read_bytes()
        self.send_response(404)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def served(folder: Path, handler: type[Server] = Server) -> Iterator[str]:
    """Serves a built site, and gives its address."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(handler, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    with served(site) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=BROWSER, args=["--no-sandbox", "--disable-background-networking"]
        )
        yield chromium
        chromium.close()


# Material makes a code block's buttons when it comes near; for a tab that has EVERY_BLOCK_IS_NEAR, all of them at once.
MADE = """!document.querySelector("script[src*='/bundle.']") || window.component$ &&
    ![...document.querySelectorAll(".md-content pre:not(:has(> nav)) > code")].some((code) => {
        const { top, bottom } = code.getBoundingClientRect();
        return code.checkVisibility() && (window.everyBlockIsNear || top < innerHeight && bottom > 0);
    })"""
EVERY_BLOCK_IS_NEAR = """window.everyBlockIsNear = true;
    window.IntersectionObserver = class extends IntersectionObserver {
        constructor(callback, options) { super(callback, { ...options, rootMargin: "1000000px" }); }
    };"""


def made(tab: Page) -> None:
    """Wait until Material has made of a page what a reader uses: the network of a busy machine is quiet before that."""
    tab.wait_for_load_state("networkidle")
    wait_until(tab, MADE)


def wait_until(tab: Page, said: str, arg: object = None) -> None:
    """Wait until something is true of a page; its policy lets Playwright's own `wait_for_function` look only once."""
    end = time.monotonic() + 60
    while not tab.evaluate(said, arg):
        assert time.monotonic() < end, f"never on {tab.url}: {said}"
        tab.wait_for_timeout(50)


def visit(tab: Page, url: str) -> None:
    """Open a page, and wait until it is what its reader uses."""
    tab.goto(url)
    made(tab)


def new_tab(browser: Browser, address: str, complain: Callable[[str], None], **options) -> Page:
    """A tab of a new reader, which tells errors and warnings, what is asked from elsewhere and what does not arrive."""
    context = browser.new_context(**{"viewport": WIDE} | options)
    context.add_init_script(path=Path(__file__).with_name("in_page.js"))
    context.add_init_script(EVERY_BLOCK_IS_NEAR)
    tab = context.new_page()

    def asked(request):
        if not request.url.startswith((address, "data:", "blob:")):
            complain(f"asks {request.url}")

    def answered(response):
        if response.status >= 400:
            complain(f"{response.status} {response.url}")

    def failed(request):
        if request.failure != "net::ERR_ABORTED":  # a reader who moves on, or a download
            complain(f"{request.failure} {request.url}")

    tab.on("console", lambda message: message.type in ("error", "warning") and complain(message.text))
    tab.on("pageerror", lambda error: complain(str(error)))
    tab.on("request", asked)
    tab.on("response", answered)
    tab.on("requestfailed", failed)
    return tab


@pytest.fixture
def reader(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """Opens pages, each for a new reader; at the end none may have complained while it was used."""
    complaints: list[str] = []
    tabs = []

    def open_page(page: str, **options) -> Page:
        tabs.append(new_tab(browser, address, complaints.append, **options))
        visit(tabs[-1], address + page)
        return tabs[-1]

    yield open_page
    for tab in tabs:
        tab.context.close()
    assert complaints == []


def search(tab: Page, query: str) -> None:
    """Type a query, and press a key until there are results: Material does not listen before it has read its index."""
    tab.fill(".md-search__input", query)
    found, end = tab.locator(".md-search-result__item").first, time.monotonic() + 60
    while not found.is_visible():
        assert time.monotonic() < end, f"{query} is not found: {tab.inner_text('.md-search-result__meta')}"
        tab.press(".md-search__input", "End")
        tab.wait_for_timeout(200)


def settle(tab: Page) -> None:
    """Wait until colours have faded from one theme to the other, and until what moves stands."""
    tab.evaluate("inPage.settled()")


def looks(tab: Page) -> Iterator[str]:
    """The page on a wide screen and on a phone, light and dark."""
    for size in (WIDE, NARROW):
        for theme in ("light", "dark"):
            tab.set_viewport_size(size)
            tab.emulate_media(color_scheme=theme)
            settle(tab)
            yield f"{theme}, {size['width']} px"
