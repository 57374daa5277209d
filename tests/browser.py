"""What the tests in a real browser share. tests/in_page.js is what they ask a page from inside."""

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

from engine.project import languages

ROOT = Path(__file__).parents[1]
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
LANGUAGES = languages()
LESSONS = sorted(path.stem for path in (ROOT / "docs/en").glob("*.md"))
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
expect.set_options(timeout=30_000)  # milliseconds, for a machine that is busy

# Without a browser these tests are skipped, except in CI, where they fail.
needs_browser = pytest.mark.skipif(not BROWSER and "CI" not in os.environ, reason="no Chromium on this machine")
in_a_browser = [pytest.mark.slow, needs_browser]


class Server(http.server.SimpleHTTPRequestHandler):
    """Serves a site as GitHub Pages does: 404.html takes the place of every file that does not exist."""

    def send_error(self, code, message=None, explain=None):
        if code != 404:
            return super().send_error(code, message, explain)
        page = Path(self.directory, "404.html").read_bytes()
        self.send_response(404)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_): ...


@contextlib.contextmanager
def served(folder: Path, handler: type[Server] = Server) -> Iterator[str]:
    """Serve a built site and give its address."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(handler, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    with served(site) as address:
        yield address


@pytest.fixture(scope="module")  # while it runs, no other test of the process can run examples
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        args = ["--no-sandbox", "--disable-background-networking"]
        chromium = playwright.chromium.launch(executable_path=BROWSER, args=args)
        yield chromium
        chromium.close()


# Material adds buttons to a code block when it comes near; in a tab that has EVERY_BLOCK_IS_NEAR, to all at once.
EVERY_BLOCK_IS_NEAR = """window.everyBlockIsNear = true;
window.IntersectionObserver = class extends IntersectionObserver {
    constructor(callback, options) { super(callback, { ...options, rootMargin: "1000000px" }); }
};"""
READY = """!document.querySelector("script[src*='/bundle.']") || window.component$ &&
    ![...document.querySelectorAll(".md-content pre:not(:has(> nav)) > code")].some((code) => {
        const { top, bottom } = code.getBoundingClientRect();
        return code.checkVisibility() && (window.everyBlockIsNear || top < innerHeight && bottom > 0);
    })"""


def wait_until(tab: Page, true: str, arg: object = None) -> None:
    """Wait until a page says that something is true; its policy forbids Playwright's own `wait_for_function`."""
    end = time.monotonic() + 60
    while not tab.evaluate(true, arg):
        assert time.monotonic() < end, f"never on {tab.url}: {true}"
        tab.wait_for_timeout(20)


def wait_until_ready(tab: Page) -> None:
    """Wait until Material's scripts have made of a page what a reader uses."""
    tab.wait_for_load_state("load")
    wait_until(tab, READY)


def visit(tab: Page, url: str) -> None:
    tab.goto(url)
    wait_until_ready(tab)


def settle(tab: Page) -> None:
    """Wait until colours have faded from one theme to the other, and until what moves stands."""
    tab.evaluate("inPage.settled()")


def new_tab(browser: Browser, address: str, complain: Callable[[str], None], **options) -> Page:
    """A tab of a new reader. It reports what the console says, requests to other hosts, and those that fail."""
    context = browser.new_context(**{"viewport": WIDE} | options)
    context.add_init_script(path=Path(__file__).with_name("in_page.js"))
    context.add_init_script(EVERY_BLOCK_IS_NEAR)
    tab = context.new_page()
    own = (address, "data:", "blob:")
    aborted = "net::ERR_ABORTED"  # the reader has moved on, or downloads
    tab.on("console", lambda message: message.type in ("error", "warning") and complain(message.text))
    tab.on("pageerror", lambda error: complain(str(error)))
    tab.on("request", lambda request: request.url.startswith(own) or complain(f"requests {request.url}"))
    tab.on("requestfailed", lambda request: request.failure == aborted or complain(f"{request.failure} {request.url}"))
    tab.on("response", lambda response: response.status < 400 or complain(f"{response.status} {response.url}"))
    return tab


@pytest.fixture
def reader(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """Opens pages, each for a new reader, of this site or of one elsewhere. At the end none may have complained."""
    complaints: list[str] = []
    tabs = []

    def open_page(page: str, root: str = address, **options) -> Page:
        tabs.append(new_tab(browser, root, complaints.append, **options))
        visit(tabs[-1], root + page)
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
