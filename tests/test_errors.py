"""Every mistake is reported as `path:line: what is wrong (what would be right)`, all together; the old site stays."""

import contextlib
import io
from pathlib import Path

import pytest
from toy import CONFIG, TOY, build, page, store, toy_site, write

from engine.__main__ import main
from engine.project import Problems, Project, languages
from engine.read.examples import read_all
from engine.run.runner import kept
from engine.site.build import build as build_without_mkdocs
from engine.site.build import read

ALT = 'alt="A line."'
STEPS = "# %% data\nx = 1\n\n# %% train\ny = x\n\n# %% check\nassert y == 1\n"
SVG = '<svg xmlns="http://www.w3.org/2000/svg">{}</svg>'
NO_CODE = "a page types no code of its own (write [[show example.cell]], or ~~~text for an illustration)"
NO_ALT = 'has no alt text (add alt="what a reader sees in it, and why")'
NO_PAGE = "is not a page (a page ends in .md, is not called README and not in examples/)"
NO_NAME = "(write '# %% name', of a-z, 0-9 and _)"
NO_DATA = "only examples stand here (make data in a cell: a page shows all that its example needs)"
NO_ORDER = "is next (a page shows cells in their order)"

# fmt: off
# name: (what stands on an English page from line 3 on, what is said of that line)
ON_LINE_3 = {
    "missing example": ("[[show tyo.count]]", "no example 'tyo' (did you mean 'toy'?)"),
    "missing cell": ("[[show toy.cuont]]", "example 'toy' has no cell 'cuont' (did you mean 'count'?)"),
    "missing cell unlike any": ("[[output toy.xyz]]", "example 'toy' has no cell 'xyz' (has: count)"),
    "missing drawing": (f"[[drawing nuron {ALT}]]", "no drawing 'nuron' (did you mean 'neuron'?)"),
    "missing table": ("[[table runs]]", "no table 'runs' (has: examples, glossary, versions, works_with)"),
    "figure without alt text": ("[[figure toy.count]]", f"figure toy.count {NO_ALT}"),
    "drawing with blank alt text": ('[[drawing neuron alt=" "]]', f"drawing neuron {NO_ALT}"),
    "embed that does not end": ("[[show toy.count", "[[show … is not closed by ]]"),
    "value in alt text that does not end": ('[[show toy.count alt="[[value x"]]', "[[value … is not closed by ]]"),
    "option in no quotes": ("[[show toy.count alt=A]]", "cannot read 'alt=A' (options are written name=\"…\")"),
    "unknown option": (f'[[figure toy.count {ALT} width="9"]]', "unknown 'width' (has: alt)"),
    "embed within a line": ("See [[show toy.count]]", "[[show …]] stands on a line of its own"),
    "fence that does not end": ("~~~text\nx", "a fence '~~~text' that does not end"),
    "code": ("```py\nhello\n```", NO_CODE),
    "code in a list": ("- ```\n  hello\n  ```", NO_CODE),
    "code between tildes": ("~~~python\nhello\n~~~", NO_CODE),
    "code of another spelling": ("~~~ {.Python3}\nhello\n~~~", NO_CODE),
    "fence without a language": ("~~~\nhello\n~~~", NO_CODE),
    "output that nothing printed": ("~~~output\n3\n~~~", NO_CODE),
    "code in HTML": ("<pre>hello</pre>", "code in HTML, <pre> (write [[show example.cell]], or `…` for a word)"),
    "cell left out": (
        "[[show steps.data]]", "cell 'train' of 'steps' is not shown below (a page shows all but 'check')"),
    "cells in another order": (
        "[[show steps.train]]\n\n[[code steps.data]]", f"shows 'steps.train' where 'steps.data' {NO_ORDER}"),
    "heading without an anchor": ("## Count", "heading without an anchor: ## Count {#name}"),
    "byte that is not UTF-8": (b"\xff", "is not UTF-8 (byte 0xff; save it as UTF-8)"),
    "NUL byte": ("\0", "contains a NUL byte (remove it)"),
}
# name: (file, what is in it, what is said of it)
IN_A_FILE = {
    "embed in a fence": (
        "docs/en/embed.md", "# A\n\n~~~text\n[[value toy.total]]\n~~~\n",
        "4: [[value …]] in a fence (a backslash before [[ shows it)"),
    "cells of two examples": (
        "docs/en/two.md", "[[show steps.data]]\n\n[[show toy.count]]\n",
        "3: shows 'toy.count' below cells of 'steps' (a page shows the code of one example)"),
    "cell that is never shown": (
        "docs/en/check.md", "[[show steps.data]]\n[[show steps.train]]\n[[show steps.check]]\n",
        "3: shows 'check', which is for the author"),
    "front matter that is not YAML": (
        "docs/en/front.md", "---\nhide: [toc\n---\n\n# A\n", "3: did not find expected ',' or ']'"),
    "front matter that is a list": (
        "docs/en/front_list.md", "---\n- toc\n---\n\n# A\n", "2: must hold 'name: value' lines"),
    "front matter that nobody reads": (
        "docs/en/front_name.md", "---\nhidden: [toc]\n---\n\n# A\n",
        "1: front matter: unknown 'hidden' (did you mean 'hide'?)"),
    "page with another ending": ("docs/en/ending.markdown", "# A\n", f"1: {NO_PAGE}"),
    "page called README": ("docs/en/sub/README.md", "# A\n", f"1: {NO_PAGE}"),
    "page where whole examples are": ("docs/en/examples/toy.md", "# A\n", f"1: {NO_PAGE}"),
    "notebook": ("docs/en/own.ipynb", "{}", f"1: {NO_PAGE}"),
    "data beside examples": ("examples/data.csv", "1,2\n", f"1: {NO_DATA}"),
    "import of another example": (
        "examples/uses.py", "# %% data\nimport math\nfrom toy import total\n",
        "3 (cell 'data'): imports 'toy' from beside it (write the code here: a reader copies one example)"),
    "import of a package that is not declared": (
        "examples/undeclared.py", "# %% data\nimport pytest\n",
        "2: 'pytest' is not a declared dependency (add it to pyproject.toml)"),
    "example with the name of a module": (
        "examples/zmq.py", "x = 1\n", "1: hides the module 'zmq' from all examples (rename the file)"),
    "example with a bad name": (
        "examples/Upper.py", "x = 1\n", "1: the name of an example consists of a-z, 0-9 and _ (rename the file)"),
    "example without a cell": ("examples/empty.py", "", "1: has no cell (a cell begins with '# %% name')"),
    "cell without a name": ("examples/nameless.py", "# %%\nx = 2\n", f"2: a cell with no name {NO_NAME}"),
    "cell with a bad name": ("examples/named.py", "# %% A b\nx = 1\n", f"2: a cell with the name 'A b' {NO_NAME}"),
    "two cells with one name": (
        "examples/twice.py", "# %% train\nx = 1\n\n# %% other\n\n# %% train\nx = 2\n",
        "7: cell 'train' already begins at line 2"),
    "syntax error": (
        "examples/syntax.py", "# %% data\nx = 1\n\n# %% model\ny = (1,\nz = 2\n",
        "5 (cell 'model'): SyntaxError: '(' was never closed"),
    "example that is not UTF-8": (
        "examples/latin.py", b"# %% data\nname = 'caf\xe9'\n", "2: is not UTF-8 (byte 0xe9; save it as UTF-8)"),
}
BEFORE_A_RUN = [
    (f"docs/en/page_{n:02}.md", b"# A\n\n" + (text if isinstance(text, bytes) else text.encode()), f"3: {said}")
    for n, (text, said) in enumerate(ON_LINE_3.values())
] + list(IN_A_FILE.values())

PAGE = "# A\n\n## One {#one}\n\nIt is [[value toy.total]].\n\n[[show toy.count]]\n"
TWO = "\n## Two {#two}\n"
# name: (English, Chinese, what is said of the Chinese page; docs/en/{page} is the English one)
BETWEEN_LANGUAGES = {
    "missing": (PAGE, None, "1: is missing ({page} exists)"),
    "embed": (PAGE, PAGE.replace("show", "code"), "7: shows 'code toy.count' ({page}:7 shows 'show toy.count')"),
    "value": (
        PAGE, PAGE.replace("toy.total", "toy.total + 1"),
        "5: shows 'value toy.total + 1' ({page}:5 shows 'value toy.total')"),
    "number": (
        PAGE, PAGE.replace("[[value toy.total]]", "3"),
        "7: lacks 'value toy.total' ({page}:5 shows 'value toy.total')"),
    "more": (PAGE, PAGE + "\n[[output toy.count]]\n", "9: shows 'output toy.count' ({page} does not)"),
    "section": (PAGE + TWO, PAGE, "1: no section {{#two}} ({page} has one, two)"),
    "order": (PAGE + TWO, TWO + PAGE, "1: sections are two, one ({page} has one, two)"),
}

FIGURE = [{"svg": SVG.format('<path d="M0 0"/>')}]
EXAMPLES = {  # that have run: cells, outputs, values
    "toy": (
        "# %% count\nprint(3)\n\n# %% silent\nx = 1\n", [[{"text": "3\n"}], []],
        {"total": 3, "losses": [2.5, 0.5], "tick": "`"}),
    "drawn": (
        "# %% bare\n0\n\n# %% unseen\n1\n\n# %% label\n2\n\n# %% shades\n3\n",
        [FIGURE, FIGURE, [{"svg": SVG.format("<text>width</text>")}], [{"svg": SVG.format("<filter/>")}]], {}),
}
ALL_DRAWN = f"[[show drawn.bare]]\n[[code drawn.unseen]]\n[[show drawn.label {ALT}]]\n[[show drawn.shades {ALT}]]"
NO_VALUE = "example 'toy' gives no value 'totl' (did you mean 'total'?)"
# name: (what a page shows in line 3, what is said of that line)
OF_RESULTS = {
    "no figure": (f"[[figure toy.count {ALT}]]", "cell 'count' of 'toy' draws no figure"),
    "no output": ("[[output toy.silent]]", "cell 'silent' of 'toy' prints nothing"),
    "missing value": ("[[value toy.totl]]", NO_VALUE),
    "missing value in alt text": ('[[figure drawn.bare alt="[[value toy.totl]]"]]', NO_VALUE),
    "value of a missing example": ("[[value tyo.total]]", "no example 'tyo' (did you mean 'toy'?)"),
    "value that is a list": ("[[value toy.losses]]", "'toy.losses' is a list; a page quotes one number or string"),
    "format that does not fit": (
        "[[value toy.total:.2q]]", "'toy.total:.2q': Unknown format code 'q' for object of type 'int'"),
    "backtick in code": ("`[[value toy.tick]]`", "'toy.tick' holds a backtick, which would end the code it stands in"),
    "false claim": (
        "[[claim toy.total > 4 and toy.losses[-1] < 1]]",
        "the claim toy.total > 4 and toy.losses[-1] < 1 is false: toy.total = 3, toy.losses[-1] = 0.5"),
    "exception": ("[[claim toy.total / 0 < 1]]", "ZeroDivisionError in 'toy.total / 0 < 1': division by zero"),
    "claim that would exit": ("[[claim exit()]]", "SystemExit in 'exit()': None"),
    "figure without alt text": (ALL_DRAWN, f"the figure of drawn.bare {NO_ALT}"),
    "drawing with a style sheet": (
        f"[[drawing styled {ALT}]]", "element <style> is not allowed (write fill=… and the like where they count)"),
}
OF_FIGURES = {
    "docs/labels.zh.yml:1: no translation of 'width' on 'drawn-label'",
    "docs/drawings/broken.svg:1: figure 'broken': is not SVG: unclosed token: line 1, column 0",
    "examples/drawn.py:1: figure 'drawn-shades': element <filter> is not allowed",
    *(
        f"examples/drawn.py:{line}: no page in docs/{language} shows the figure of cell '{cell}'"
        for language in ("en", "zh")
        for line, cell in ((2, "bare"), (5, "unseen"))
    ),
}

# name: (code of an example that fails, what is said of it)
FAILING = {
    "deep": (
        "# %% data\nimport json\n\n# %% train\n# a comment\njson.loads('x')\ny = 1\n",
        "6 (cell 'train'): JSONDecodeError: Expecting value: line 1 column 1 (char 0)"),
    "markup": (
        "# %% table\nfrom IPython.display import display\ndisplay({'text/html': '<b>x</b>'}, raw=True)\n",
        "2 (cell 'table'): output text/html is not allowed"),
    "wordy": (
        "# %% data\nprint('word ' * 400_000)\n",
        "2 (cell 'data'): wrote more than 1 MB of text (the limit in engine.run.client)"),
}
# fmt: on


def put(project: Project, file: str, content: str | bytes) -> None:
    """Write a file of any content."""
    write(project, file, "")
    (project.root / file).write_bytes(content if isinstance(content, bytes) else content.encode())


def problems_of(project: Project) -> list[str]:
    """What a build says that fails, without MkDocs."""
    with pytest.raises(Problems) as raised:
        build_without_mkdocs(project)
    assert raised.value.code == 2
    return str(raised.value).splitlines()


@pytest.fixture
def project(tmp_path):
    return toy_site(tmp_path / "toy")


@pytest.fixture(scope="module")
def before_a_run(tmp_path_factory):
    project = toy_site(tmp_path_factory.mktemp("project") / "toy")
    write(project, "examples/steps.py", STEPS)
    write(project, "docs/drawings/neuron.svg", SVG)
    for file, text, _ in BEFORE_A_RUN:
        put(project, file, text)
    return problems_of(project)


@pytest.mark.parametrize(("file", "_", "said"), BEFORE_A_RUN, ids=[*ON_LINE_3, *IN_A_FILE])
def test_a_mistake_names_its_file_and_line(before_a_run, file, _, said):
    assert [line for line in before_a_run if line.startswith(f"{file}:")] == [f"{file}:{said}"]


def test_mistakes_are_told_together_in_the_order_of_files(before_a_run):
    assert [line.partition(":")[0] for line in before_a_run] == sorted((f for f, *_ in BEFORE_A_RUN), key=Path)


@pytest.mark.parametrize(
    "text",
    [
        f"# A\n\n[[show steps.data]]\n\n    [[code steps.train]]\n\n[[output steps.data]]\n[[drawing neuron {ALT}]]\n",
        "# A\n\n~~~text\n>>> an illustration\n~~~\n\n`<pre>` and \\[[show toy.count]]\n",
        "---\nhide: [toc]\n---\n\n# A\n\n[[value math.pi + toy.total]]\n",
        "\ufeff# A\r\n\r\n## One {#one}\r\n\r\n[[show toy.count]]\r\n",
    ],
    ids=["cells in order", "illustrations", "front matter", "Windows"],
)
def test_what_is_right_is_not_reported(project, text):
    write(project, "examples/steps.py", STEPS)
    write(project, "docs/drawings/neuron.svg", SVG)
    for left in ("examples/.#toy.py", "examples/toy.py~", "docs/en/.#index.md", "docs/en/._index.md"):
        put(project, left, b"\0\xff")  # what editors and systems leave beside files
    page(project, "a", text)
    assert read(project).problems == []


def test_a_difference_between_the_languages_names_file_and_line(project):
    for name, (english, chinese, _) in BETWEEN_LANGUAGES.items():
        write(project, f"docs/en/{name}.md", english)
        if chinese:
            write(project, f"docs/zh/{name}.md", chinese)
    write(project, "docs/zh/only.md", PAGE)
    said = [
        f"docs/zh/{name}.md:{said.format(page=f'docs/en/{name}.md')}" for name, (*_, said) in BETWEEN_LANGUAGES.items()
    ]
    assert problems_of(project) == ["docs/en/only.md:1: is missing (docs/zh/only.md exists)", *sorted(said)]


def test_values_may_change_places_in_a_sentence(project):
    write(project, "docs/en/a.md", "# A\n\n[[value toy.total]] of [[value toy.total + 1]]\n")
    write(project, "docs/zh/a.md", "# A\n\n[[value toy.total + 1]] 里的 [[value toy.total]]\n")
    assert read(project).problems == []


@pytest.fixture(scope="module")
def of_results(tmp_path_factory):
    project = toy_site(tmp_path_factory.mktemp("project") / "toy")
    for name, (code, outputs, values) in EXAMPLES.items():
        write(project, f"examples/{name}.py", code)
        store(project, name, outputs, values)
    write(project, "docs/drawings/broken.svg", "<svg")
    write(project, "docs/drawings/styled.svg", SVG.format("<style>a {}</style>"))
    page(project, "index", f"# A\n\n[[drawing broken {ALT}]]\n")
    for number, (shown, _) in enumerate(OF_RESULTS.values()):
        page(project, f"page_{number:02}", f"# A\n\n{shown}\n")
    return problems_of(project)


@pytest.mark.parametrize("number", range(len(OF_RESULTS)), ids=list(OF_RESULTS))
def test_a_mistake_about_results_names_page_and_line_in_each_language(of_results, number):
    said = list(OF_RESULTS.values())[number][1]
    expected = [f"docs/{language}/page_{number:02}.md:3: {said}" for language in languages()]
    assert [line for line in of_results if f"/page_{number:02}.md:" in line] == expected


def test_a_mistake_in_a_figure_names_its_file(of_results):
    assert {line for line in of_results if "/page_" not in line} == OF_FIGURES


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A project with examples that fail and one that does not; the exit code of a run, and the lines it said."""
    project = toy_site(tmp_path_factory.mktemp("project") / "toy")
    write(project, "examples/toy.py", f"{TOY}import time\n\ntime.sleep(3)\n")
    for name, (code, _) in FAILING.items():
        write(project, f"examples/{name}.py", code)
    page(project, "deep", "# A\n\n[[show deep.data]]\n[[show deep.train]]\n\n[[value deep.x]]\n")
    page(project, "wrong", "# A\n\n[[claim toy.total > 3]]\n")
    with contextlib.redirect_stderr(io.StringIO()) as said:
        code = main(["run", "--project", str(project.root)])
    return project, code, said.getvalue().splitlines()


def test_what_fails_and_what_is_wrong_with_pages_is_told_together(run):
    _, code, said = run
    expected = [f"examples/{name}.py:{said}" for name, (_, said) in FAILING.items()]
    expected += [f"docs/{name}/wrong.md:3: the claim toy.total > 3 is false: toy.total = 3" for name in languages()]
    assert said[-len(expected) :] == sorted(expected)
    assert code == 4, "the highest: 3 for an example that failed, 4 for one that was stopped at a limit"
    assert "Traceback" not in "\n".join(said)


def test_a_failure_is_told_before_other_examples_have_run(run):
    said = [line.partition(" after ")[0].partition(" in ")[0] for line in run[2]]
    assert said.index("deep: failed") < said.index("toy: ran")


def test_the_result_of_a_good_example_is_kept_when_others_fail(run):
    results, to_run = kept(run[0], read_all(run[0])[0])
    assert set(results) == {"toy"} and {job.example.name for job in to_run} == set(FAILING)


def outcome(project: Project, capsys) -> tuple[int, list[str]]:
    """The exit code of `python -m engine run`, and what it says of mistakes."""
    code = main(["run", "--project", str(project.root)])
    return code, capsys.readouterr().err.splitlines()


def test_images_that_are_not_there_are_one_line_with_a_code_of_its_own(project, capsys, monkeypatch, tmp_path):
    write(project, "examples/sees.py", "# %% data\nfrom keras.datasets import cifar10\n")
    monkeypatch.setenv("PICTURES", "real")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.delenv("CIFAR10_FILE", raising=False)
    assert outcome(project, capsys) == (5, ["no real images (run 'make data', or name a file in CIFAR10_FILE)"])


def test_pages_are_not_blamed_for_an_example_that_cannot_be_read(project, capsys):
    write(project, "examples/toy.py", "# %% count\ntotal = = 3\n")
    assert outcome(project, capsys) == (2, ["examples/toy.py:2 (cell 'count'): SyntaxError: invalid syntax"])


SHARED = [
    ("docs/glossary.yml", "- {en: layer, zh: 层", ":1: is not a term: - {en: layer, zh: 层 (write "),
    ("docs/glossary.yml", b"# caf\xe9\n", ":1: is not UTF-8 (byte 0xe9; save it as UTF-8)"),
    ("docs/glossary.yml", None, ":1: No such file or directory"),
    ("docs/glossary.yml", "\n- {en: 5, zh: 6, means: a}", ":2: is not a term: - {en: 5, zh: 6, means: a} (write "),
    ("docs/labels.zh.yml", 'a: 甲\n"{}": "{}"', ":2: '{}' stands for every label (write words around it)"),
    ("docs/labels.zh.yml", '"{} height": "{} 高 {}"', ":1: '{} height' holds 1 {}, '{} 高 {}' 2"),
    ("docs/labels.zh.yml", "a height: 甲\nheight:", ":2: no translation of 'height'"),
    ("docs/labels.zh.yml", "a: [\n", ":2: did not find expected node content"),
    ("docs/works_with.json", "[\n<<<<<<<", ":2: Expecting value"),
    ("docs/works_with.json", "[1]", ":1: is not a list of runs"),
    ("examples/matplotlibrc", None, ":1: No such file or directory"),
    ("examples/matplotlibrc", "figure.dpi: 100\n", ":1: sets no text.color"),
    ("uv.lock", "[[", ":1: is not a lock file"),
    ("uv.lock", "[[package]]\nname = 'other'\n", ":1: is not a lock file: KeyError"),
    ("uv.lock", None, ":1: No such file or directory"),
]


@pytest.mark.parametrize(("file", "content", "said"), SHARED, ids=[f"{case[0]}{case[2][:24]}" for case in SHARED])
def test_a_file_that_every_page_needs_is_named_once_with_its_line(project, capsys, file, content, said):
    page(project, "about", "# A\n\n[[table works_with]]\n")
    (project.root / file).unlink()
    if content is not None:
        put(project, file, content)
    code, lines = outcome(project, capsys)
    assert code == 2 and len(lines) == 1 and lines[0].startswith(file + said)


CHINESE = CONFIG.format(language="zh")
MUST = ":1: must set 'docs_dir: docs/zh' and 'extra: {language: zh}'"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("site_name: [\n", ":2: "),
        pytest.param("", ":1: ", marks=pytest.mark.slow),
        pytest.param(CHINESE.replace("extra: {language: zh}", "extra: {language: en}"), MUST, marks=pytest.mark.slow),
        pytest.param(CHINESE.replace("docs/zh", "docs/en"), MUST, marks=pytest.mark.slow),
    ],
)
def test_a_broken_configuration_is_named(project, text, said):
    write(project, "mkdocs.zh.yml", text)
    code, lines = build(project)
    assert code == 2 and f"mkdocs.zh.yml{said}" in lines and not (project.root / "site").exists()


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("{{ nobody() }}", "'nobody' is undefined"),
        pytest.param('{% include "x.html" %}', "'x.html' not found", marks=pytest.mark.slow),
        pytest.param("{{ 1 / 0 }}", "ZeroDivisionError: division by zero", marks=pytest.mark.slow),
        pytest.param("{% if %}", "TemplateSyntaxError: Expected an expression", marks=pytest.mark.slow),
    ],
    ids=["a name that nobody gives", "a template that is missing", "an exception", "a syntax error"],
)
def test_a_broken_template_is_named_with_its_line(project, broken, said):
    path = project.docs / "theme" / "main.html"
    path.write_text(path.read_text().replace("{{ super() }}\n", f"{{{{ super() }}}}\n{broken}\n", 1))
    line = path.read_text().splitlines().index(broken) + 1
    code, lines = build(project)
    assert f"docs/theme/main.html:{line}: " in lines and said in lines
    assert code == 2 and not (project.root / "site").exists()


def test_the_old_site_stays_byte_for_byte_when_a_build_fails(project):
    assert build(project) == (0, "")
    before = contents(project.root)
    assert "site/en/index.html" in before
    for mistake, expected in (("[Nowhere](nowhere.md)", "nowhere.md"), ("[[claim toy.total > 3]]", "is false")):
        page(project, "index", f"# Toy\n\n[[show toy.count]]\n\n{mistake}\n")
        code, said = build(project)
        assert code == 2 and expected in said
        assert contents(project.root) == before


def contents(root: Path) -> dict[str, bytes]:
    """Every file of a built site, and of unfinished ones beside it."""
    folders = [folder for folder in root.iterdir() if folder.name.startswith(("site", ".site"))]
    files = (path for folder in folders for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(root)): path.read_bytes() for path in files}
