"""Nothing that a run printed or an author wrote runs in a reader's browser; a site says nothing of its builder."""

import json
import re
import secrets
import shutil
import subprocess
import sys
import tomllib

import pytest
from browser import Server, needs_browser, search, served, visit
from bs4 import BeautifulSoup
from conftest import ROOT

from engine.safety import Theme, dangers

PAYLOADS = [
    "<script>pwned=1</script>",
    "<img src=x onerror=pwned=1>",
    "<svg onload=pwned=1>",
    "</title><script>pwned=1</script>",
    "</samp></pre><iframe srcdoc='<script>parent.pwned=1</script>'></iframe>",
    '"><script>pwned=1</script>',
    "' autofocus onfocus=pwned=1 x='",
    "[x](javascript:pwned=1)",
    '![x](x"onerror="pwned=1)',
    '<a href="javascript:pwned=1">x</a>',
    "<details open ontoggle=pwned=1>x</details>",
    "<math><mtext></p><img src=x onerror=pwned=1></mtext></math>",
    '<noscript><p title="</noscript><img src=x onerror=pwned=1>">',
    "`<script>pwned=1</script>`",
    "| </td><script>pwned=1</script> |",
    "{: onclick=pwned=1 }",
    "</script><script>pwned=1</script>",
    "{{ ''.__class__ }}<style>@import '//x'</style>",
]

EVIL = """\
# %% data
payloads = {payloads}
p = dict((f"p{{i}}", payload) for i, payload in enumerate(payloads))
for payload in payloads:
    print(payload)

# %% last
payloads[1]

# %% line
import matplotlib.pyplot as plt

plt.plot([1, 2])
plt.title(payloads[0])
plt.xlabel(payloads[2])
plt.show()
"""


def page(number: int) -> str:
    """A page that puts a payload wherever a value can stand."""
    value = f"[[value evil.p['p{number}']]]"
    code = value if "`" not in PAYLOADS[number] else "code"  # which a backtick would end, so that is refused
    return f"""\
# Title {value}

First {value} paragraph, **bold {value}**, `code {code}`.

## Section {value} {{#section}}

| head {value} | b |
| --- | --- |
| cell {value} | c |

!!! note "Note"

    Inside {value}.

- {value}

[[show evil.data]]

[[show evil.last]]

[[figure evil.line alt="{value}" caption="{value}"]]

[[drawing box alt="{value}"]]
"""


@pytest.fixture(scope="module")
def evil(new_project):
    """A built site with every payload in every place that a run reaches."""
    project = new_project()
    project.write("examples/evil.py", EVIL.format(payloads=json.dumps(PAYLOADS)))
    project.write(
        "docs/drawings/box.svg", '<svg xmlns="http://www.w3.org/2000/svg"><text>[[value evil.p["p0"]]]</text></svg>'
    )
    labels = {payload: f"标签{payload}" for payload in PAYLOADS}
    project.write("docs/labels.zh.yml", json.dumps(labels, ensure_ascii=False))
    for number in range(len(PAYLOADS)):
        project.page(f"evil{number}", page(number))
    names = "".join(f", evil{number}.md" for number in range(len(PAYLOADS)))
    for language in ("en", "zh"):
        config = (project.root / f"mkdocs.{language}.yml").read_text()
        config = config.replace("index.md,", f"index.md{names}, examples/evil.ipynb,")
        project.write(f"mkdocs.{language}.yml", config)
    done = project.build(SITE_URL="https://example.org/course/")
    assert done.returncode == 0, done.stdout + done.stderr
    return project.root / "site"


class WithoutPolicy(Server):
    """Serves a site as it would be if browsers knew no Content-Security-Policy."""

    def send_head(self):
        path = self.translate_path(self.path)
        if not path.endswith(".html"):
            return super().send_head()
        with open(path, encoding="utf-8") as file:
            text = re.sub(r"<meta http-equiv[^>]*>", "", file.read())
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(text.encode())


@pytest.mark.slow
@needs_browser
@pytest.mark.parametrize("handler", [Server, WithoutPolicy])
def test_no_payload_runs_with_the_policy_or_without_it(evil, browser, handler):
    context = browser.new_context()
    tab, said = context.new_page(), []
    tab.on("console", lambda message: said.append(message.text))
    with served(evil, handler) as address:
        for file in sorted(evil.rglob("index.html")):
            tab.goto(f"{address}{file.relative_to(evil)}")
            for details in tab.locator("article details:not([open]) > summary").all():
                details.click()
            assert tab.evaluate("typeof pwned") == "undefined", file
        for language in ("en", "zh"):
            visit(tab, f"{address}{language}/index.html")
            tab.click(".md-search__input")
            for query in ("pwned", "script", "onerror", "title"):
                search(tab, query)
                assert tab.evaluate("typeof pwned") == "undefined", query
    assert [text for text in said if "Content Security Policy" in text] == []
    context.close()


def test_every_page_has_the_policy_and_every_payload_is_words(evil):
    for file in evil.rglob("*.html"):
        soup = BeautifulSoup(file.read_bytes(), "html.parser")
        policy = soup.select_one("meta[http-equiv=Content-Security-Policy]")["content"]
        assert (
            "default-src 'none'" in policy
            and "'unsafe-inline'" not in policy.partition("script-src")[2].partition(";")[0]
        )
        inline = [
            tag for tag in soup.find_all("script") if not tag.get("src") and tag.get("type") != "application/json"
        ]
        assert all("pwned" not in tag.text for tag in inline)
    shown = BeautifulSoup((evil / "en" / "evil0" / "index.html").read_bytes(), "html.parser")
    assert shown.article.select_one("pre.output").text.splitlines() == PAYLOADS
    assert PAYLOADS[0] in shown.title.text
    assert PAYLOADS[0] in shown.article.select_one("figure svg text").find_parent("svg").text


def test_no_output_adds_to_what_the_policy_allows(evil, site):
    def policies(folder):
        pages = (BeautifulSoup(file.read_bytes(), "html.parser") for file in folder.rglob("*.html"))
        return {page.select_one("meta[http-equiv]")["content"] for page in pages}

    assert policies(evil) <= policies(site)


REFUSED = {
    "script": ("<script>pwned=1</script>", "<script> is not allowed"),
    "script from a file": ('<script src="x.js"></script>', "<script> is not allowed"),
    "handler": ('A <b onclick="pwned=1">b</b>.', "<b onclick=…> could run a script"),
    "handler in attributes": ("A *b*{: onclick=pwned=1 }", "<em onclick=…> could run a script"),
    "address": ("[b](javascript:pwned=1)", "<a href=…> has the address 'javascript:', which could run a script"),
    "hidden address": (
        "[b](java&#115;cript:pwned=1)",
        "<a href=…> has the address 'javascript:', which could run a script",
    ),
    "frame": ("<iframe src='//example.org'></iframe>", "<iframe> is not allowed"),
    "picture of another host": ("![b](https://example.org/b.png)", "<img src=…> loads from another host"),
    "base": ("<base href='//example.org'>", "<base> is not allowed"),
    "style": ("<style>p {color: red}</style>", "<style> is not allowed"),
    "form": ("<form action='https://example.org'></form>", "<form action=…> loads from another host"),
    "animation": ('<svg><animate onbegin="pwned=1"/></svg>', "<animate> is not allowed"),
    "comment that ends": ("<!--><img src=x onerror=pwned=1>-->", "<img onerror=…> could run a script"),
}


@pytest.fixture(scope="module")
def refused(new_project):
    project = new_project()
    for number, (text, _) in enumerate(REFUSED.values()):
        project.page(f"page{number}", f"# Title\n\nText.\n\n{text}\n")
    return project.build()


@pytest.mark.parametrize("name", REFUSED)
def test_what_could_run_in_a_browser_is_refused_at_its_line(refused, name):
    number = list(REFUSED).index(name)
    line = 1 if name == "hidden address" else 5  # nobody finds what is hidden
    assert f"docs/en/page{number}.md:{line}: {REFUSED[name][1]}" in refused.stdout.splitlines()
    assert refused.returncode == 2


def test_the_theme_allows_its_own_scripts_and_styles_only():
    own = "<script>own()</script><script src=../assets/own.js></script><style>p {}</style>"
    theme = Theme.read([f"{own}<script type=application/json>{{}}</script>"])
    for fine in (
        "<script>own()</script>",
        "<script src=own.js></script>",
        "<script type='application/json'>1</script>",
        "<style>p {}</style>",
    ):
        assert list(dangers(fine, theme)) == []
    for other in (
        "<script>own() </script>",
        "<script>p {}</script>",
        "<script src=//x/own.js></script>",
        "<script src=data:,1></script>",
        "<style>p { }</style>",
        "<style>own()</style>",
    ):
        assert list(dangers(other, theme))


CANARY = """\
# %% data
import os
import warnings
from pathlib import Path

warnings.warn("this warning tells where it is")
print(sorted(name for name in os.environ if "CANARY" in name))
folder = Path(os.environ["HOME"]).name

# %% model
import keras

model = keras.Sequential([keras.Input(shape=(1,)), keras.layers.Dense(units=1)])
model.summary()

# %% line
import matplotlib.pyplot as plt

plt.plot([1, 2])
plt.title("height")
plt.show()
"""


@pytest.mark.slow
def test_a_site_tells_nothing_of_the_machine_it_was_built_on(new_project, tmp_path):
    """Folders, user and secrets with a name that nothing else has are found nowhere in the site."""
    canary = f"canary{secrets.token_hex(6)}"
    root = tmp_path / canary
    shutil.copytree(new_project().root, root)
    (root / "examples" / "bird.py").write_text(CANARY)
    for language in ("en", "zh"):
        text = '# Bird\n\n[[show bird.data]]\n\n[[show bird.model]]\n\n[[figure bird.line alt="A line."]]\n'
        (root / "docs" / language / "bird.md").write_text(text)
        config = (root / f"mkdocs.{language}.yml").read_text()
        (root / f"mkdocs.{language}.yml").write_text(
            config.replace("index.md", "index.md, bird.md, examples/bird.ipynb")
        )
    home = tmp_path / f"home-{canary}"
    home.mkdir()
    mine = {
        "HOME": str(home),
        "USER": f"user-{canary}",
        "LOGNAME": f"user-{canary}",
        "CANARY_TOKEN": f"secret-{canary}",
    }
    env = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(root / "docs"), "SITE_URL": "https://example.org/"} | mine
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict"], cwd=root, env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    files = [path for path in (root / "site").rglob("*") if path.is_file()]
    assert any(path.suffix == ".png" for path in files)
    assert [str(path) for path in files if canary.encode() in path.read_bytes()] == []
    shutil.unpack_archive(root / "site" / "neurons-to-networks.zip", tmp_path / "zip")
    unpacked = [path for path in (tmp_path / "zip").rglob("*") if path.is_file()]
    assert len(unpacked) == len(files) - 1
    assert [str(path) for path in unpacked if canary.encode() in path.read_bytes()] == []
    assert "this warning tells where it is" in (root / "site/en/bird/index.html").read_text()


def test_every_file_that_the_lock_installs_has_a_digest():
    locked = tomllib.loads((ROOT / "uv.lock").read_text())["package"]
    files = [file for package in locked for file in [*package.get("wheels", []), *filter(None, [package.get("sdist")])]]
    assert len(files) > 500
    assert [file["url"] for file in files if not re.fullmatch("sha256:[0-9a-f]{64}", file.get("hash", ""))] == []
