"""Nothing that a run gave or an author wrote runs in a reader's browser."""

import json
import re
from html import escape
from pathlib import Path

import pytest
from browser import Server, needs_browser, search, served, visit
from conftest import html
from test_outputs import PAYLOADS
from toy import build, page, store, toy_site, write

EVIL = "# %% data\nprint(payloads)\n\n# %% model\nmodel.summary()\n\n# %% line\nplt.show()\n"
EVERYWHERE = """\
# Title {value}

First {value}, **bold {value}**.

## Section {value} {#section}

| head {value} | b |
| --- | --- |
| cell {value} | c |

[[show evil.data]]

[[show evil.model]]

[[show evil.line alt="{value}"]]

[[drawing box alt="{value}"]]
"""
SVG = '<svg xmlns="http://www.w3.org/2000/svg">{}</svg>'
SCRIPT = "# Own\n\n<script>pwned = 1</script>\n\n<img src=x onerror='pwned = 1'>\n"
RUNS = "script, iframe, [srcdoc], [onerror], [onload], [onfocus], [ontoggle], [onclick], [href^=java]"


@pytest.fixture(scope="module")
def evil(tmp_path_factory) -> Path:
    """A built site with every payload in every place that a run reaches, and a page whose author wrote a script."""
    project, evil = toy_site(tmp_path_factory.mktemp("safety") / "toy"), PAYLOADS[0]
    write(project, "examples/evil.py", EVIL)
    layer = dict.fromkeys(("name", "type", "output_shape"), evil) | {"parameters": 2}
    layers = [layer | {"weights": [{"name": evil, "shape": [2]}]}]
    summary = {"name": evil, "layers": layers, "total": 2, "trainable": 2, "non_trainable": 0}
    figure = SVG.format("".join(f"<text>{escape(payload)}</text>" for payload in PAYLOADS))
    outputs = [[{"text": "\n".join(PAYLOADS)}], [{"summary": summary, "text": evil}], [{"svg": figure}]]
    images = {"source": "file", "size": "full", "train": 1, "test": 1, "sha256": "0", "about": evil}
    store(project, "evil", outputs, {f"p{number}": payload for number, payload in enumerate(PAYLOADS)}, images)
    write(project, "docs/drawings/box.svg", SVG.format("<text>[[value evil.p0]]</text>"))
    write(project, "docs/labels.zh.yml", json.dumps({payload: f"标签{payload}" for payload in PAYLOADS}))
    for number in range(len(PAYLOADS)):
        page(project, f"evil{number}", EVERYWHERE.replace("{value}", f"[[value evil.p{number}]]"))
    page(project, "own", SCRIPT)
    assert build(project, site_url="https://example.org/course/") == (0, "")
    return project.root / "site"


def test_every_payload_is_words(evil):
    for path in set(evil.rglob("*.html")) - set(evil.rglob("own/index.html")):
        assert [node.html for node in html(path).css(RUNS) if "pwned" in node.html] == []
    shown = html(evil / "en" / "evil0" / "index.html")
    assert shown.css_first("article pre.output").text().splitlines() == PAYLOADS
    assert [text.text() for text in shown.css("article figure text")] == [*PAYLOADS, PAYLOADS[0]]
    assert html(evil / "zh/evil0/index.html").css_first("article figure text").text() == f"标签{PAYLOADS[0]}"
    assert PAYLOADS[0] in shown.css_first("title").text()


def test_policy_allows_the_scripts_of_the_theme_and_nothing_else(evil, site):
    said, own = (
        {html(path).css_first("meta[http-equiv]").attributes["content"] for path in folder.rglob("*.html")}
        for folder in (evil, site)
    )
    assert said <= own
    assert all(re.match(r"default-src 'none'; script-src 'self' ('sha256-[\w+/=]{44}' ?)*;", policy) for policy in own)


class WithoutPolicy(Server):
    """Serves a site as it would be if browsers knew no Content-Security-Policy."""

    def send_head(self):
        path = Path(self.translate_path(self.path))
        if path.suffix != ".html":
            return super().send_head()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(re.sub(r"<meta http-equiv[^>]*>", "", path.read_text("utf-8")).encode())


@pytest.mark.slow
@needs_browser
@pytest.mark.parametrize(("handler", "is_stopped"), [(Server, True), (WithoutPolicy, False)])
def test_payloads_never_run_and_scripts_of_authors_not_with_the_policy(evil, browser, handler, is_stopped):
    tab, said = browser.new_page(), []
    tab.on("console", lambda message: said.append(message.text))
    with served(evil, handler) as address:
        for file in sorted(set(evil.rglob("index.html")) - set(evil.rglob("own/index.html"))):
            tab.goto(f"{address}{file.relative_to(evil)}")
            tab.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
            assert tab.evaluate("typeof pwned") == "undefined", file
        for query in ("pwned", "script", "onerror", "title"):
            visit(tab, f"{address}en/index.html")
            tab.click(".md-search__input")
            search(tab, query)
            assert tab.evaluate("typeof pwned") == "undefined", query
        assert [text for text in said if "Content Security Policy" in text] == []
        visit(tab, f"{address}en/own/index.html")
        assert tab.evaluate("typeof pwned") == ("undefined" if is_stopped else "number")
    tab.close()
