"""Every mistake of an author is told with file and line, all of them together, and the old site stays."""

import pytest
from conftest import CONFIG

ALT = 'alt="A line."'
FIGURE = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.title('height')\nplt.show()\n"

# name: (file, what is in it, what is said of it)
BEFORE_ANY_RUN = {
    "missing example": (
        "docs/en/example.md",
        "# A\n\nText.\n\n[[show tyo.count]]\n",
        "docs/en/example.md:5: no example 'tyo' (did you mean 'toy'?)",
    ),
    "missing cell": (
        "docs/en/cell.md",
        "# A\n\n[[show toy.cuont]]\n",
        "docs/en/cell.md:3: example 'toy' has no cell 'cuont' (did you mean 'count'?)",
    ),
    "missing cell unlike any": (
        "docs/en/cells.md",
        "# A\n\n[[output toy.xyz]]\n",
        "docs/en/cells.md:3: example 'toy' has no cell 'xyz' (has: count)",
    ),
    "missing drawing": (
        "docs/en/drawing.md",
        f"# A\n\n[[drawing neuron {ALT}]]\n",
        "docs/en/drawing.md:3: no drawing 'neuron' (has: none)",
    ),
    "figure without alt text": (
        "docs/en/alt.md",
        "# A\n\n\n[[figure toy.count]]\n",
        'docs/en/alt.md:4: figure toy.count has no alt text (add alt="what a reader sees in it, and why")',
    ),
    "figure with blank alt text": (
        "docs/en/blank.md",
        '# A\n\n[[figure toy.count alt=" "]]\n',
        'docs/en/blank.md:3: figure toy.count has no alt text (add alt="what a reader sees in it, and why")',
    ),
    "unclosed embed": (
        "docs/en/unclosed.md",
        "# A\n\n[[show toy.count\n",
        "docs/en/unclosed.md:3: [[show … is not closed by ]]",
    ),
    "unreadable option": (
        "docs/en/option.md",
        "# A\n\n[[figure toy.count alt=A]]\n",
        "docs/en/option.md:3: cannot read 'alt=A' (options are written name=\"…\")",
    ),
    "embed within a line": (
        "docs/en/inline.md",
        "# A\n\nSee [[show toy.count]]\n",
        "docs/en/inline.md:3: [[show …]] stands on a line of its own",
    ),
    "fence that nobody runs": (
        "docs/en/fence.md",
        "# A\n\n```py\nhello\n```\n",
        "docs/en/fence.md:3: a fence '```py' is never run (write ```python, or ~~~ with <!-- illustration --> or "
        "<!-- raises SomeError --> on the line above)",
    ),
    "code in a README that nobody runs": (
        "README.md",
        "# A\n\n    make serve\n",
        "README.md:3: indented code is never run (write ```python)",
    ),
    "code on the landing page": (
        "docs/index.md",
        "---\ntemplate: landing.html\n---\n```python\n1\n```\n",
        "docs/index.md:4: code on the landing page is never run (write it on a lesson)",
    ),
    "embed in a fence": (
        "docs/en/nested.md",
        "# A\n\n```python\n[[show toy.count]]\n```\n",
        "docs/en/nested.md:4: [[show …]] in a fence (a backslash before [[ shows it)",
    ),
    "heading without anchor": (
        "docs/en/heading.md",
        "# A\n\n## Count\n",
        "docs/en/heading.md:3: heading without an anchor: ## Count {#name}",
    ),
    "front matter that is no YAML": (
        "docs/en/front.md",
        "---\nhide: [toc\n---\n\n# A\n",
        "docs/en/front.md:3: did not find expected ',' or ']'",
    ),
    "front matter that is a list": (
        "docs/en/front_list.md",
        "---\n- toc\n---\n\n# A\n",
        "docs/en/front_list.md:2: not 'name: value' on each line",
    ),
    "front matter that nobody reads": (
        "docs/en/front_name.md",
        "---\nhidden: [toc]\n---\n\n# A\n",
        "docs/en/front_name.md:1: front matter: unknown 'hidden' (did you mean 'hide'?)",
    ),
    "page where an example's own page is": (
        "docs/en/examples/toy.md",
        "# A\n",
        "docs/en/examples/toy.md:1: its address, examples/toy/, is that of examples/toy.py (give it another name)",
    ),
    "page where another page is": (
        "docs/en/taken/index.md",
        "# A\n",
        "docs/en/taken.md:1: its address, taken/, is that of docs/en/taken/index.md (give it another name)",
    ),
    "another page": (
        "docs/en/taken.md",
        "# A\n\n[[show toy.xyz]]\n",
        "docs/en/taken.md:3: example 'toy' has no cell 'xyz' (has: count)",
    ),
    "page by another ending": (
        "docs/en/ending.markdown",
        "# A\n",
        "docs/en/ending.markdown:1: is no page (call it .md)",
    ),
    "page called README": ("docs/en/sub/README.md", "# A\n", "docs/en/sub/README.md:1: is no page (call it index.md)"),
    "page that MkDocs leaves out": (
        "docs/en/templates/a.md",
        "# A\n",
        "docs/en/templates/a.md:1: is no page: MkDocs leaves this folder out (give it another name)",
    ),
    "notebook": ("docs/en/own.ipynb", "{}", "docs/en/own.ipynb:1: is no page (write an example, which has one)"),
    "unknown option": (
        "docs/en/width.md",
        f'# A\n\n[[figure toy.count {ALT} width="300"]]\n',
        "docs/en/width.md:3: unknown 'width' (has: alt, caption)",
    ),
    "drawing called like a figure": (
        "docs/en/same.md",
        f"# A\n\n[[drawing toy-count {ALT}]]\n",
        "docs/en/same.md:3: drawing 'toy-count' is called like a figure (give it another name)",
    ),
    "example called like a module": (
        "examples/zmq.py",
        "# %% data\nx = 1\n",
        "examples/zmq.py:1: its name hides the module of that name, which others may import",
    ),
    "cell without a name": (
        "examples/nameless.py",
        "# %% one\nx = 1\n\n# %%\nx = 2\n",
        "examples/nameless.py:5: a cell with no name (write '# %% name', of a-z, 0-9 and _)",
    ),
    "cell with a bad name": (
        "examples/badly_named.py",
        "# %% Train it\nx = 1\n",
        "examples/badly_named.py:2: a cell with the name 'Train it' (write '# %% name', of a-z, 0-9 and _)",
    ),
    "two cells of a name": (
        "examples/twice.py",
        "# %% train\nx = 1\n\n# %% other\n\n# %% train\nx = 2\n",
        "examples/twice.py:7: cell 'train' already begins at line 2",
    ),
    "syntax error": (
        "examples/syntax.py",
        "# %% data\nx = 1\n\n# %% model\ny = (1,\nz = 2\n",
        "examples/syntax.py:5 (cell 'model'): SyntaxError: '(' was never closed",
    ),
    "not UTF-8": (
        "examples/latin.py",
        b"# %% data\nname = 'caf\xe9'\n",
        "examples/latin.py:2: not UTF-8 (byte 0xe9)",
    ),
    "bad file name": (
        "examples/Upper.py",
        "# %% data\nx = 1\n",
        "examples/Upper.py:1: an example's name is made of a-z, 0-9 and _",
    ),
}

PAGE = "# A\n\n## One {#one}\n\nIt is [[value toy.total]].\n\n[[show toy.count]]\n"
BETWEEN_LANGUAGES = {
    "page missing in Chinese": ("lonely", PAGE, None, "docs/zh/lonely.md:1: missing (docs/en/lonely.md exists)"),
    "page missing in English": ("only", None, PAGE, "docs/en/only.md:1: missing (docs/zh/only.md exists)"),
    "other part": (
        "part",
        PAGE,
        PAGE.replace("show", "code"),
        "docs/zh/part.md:7: shows 'code toy.count', English shows 'show toy.count' at line 7",
    ),
    "other value": (
        "value",
        PAGE,
        PAGE.replace("toy.total", "toy.total + 1"),
        "docs/zh/value.md:5: shows 'value toy.total + 1', English shows 'value toy.total' at line 5",
    ),
    "value typed as a number": (
        "number",
        PAGE,
        PAGE.replace("[[value toy.total]]", "3"),
        "docs/zh/number.md:7: lacks 'value toy.total', which English shows at line 5",
    ),
    "one part more": (
        "more",
        PAGE,
        PAGE + "\n[[output toy.count]]\n",
        "docs/zh/more.md:9: shows 'output toy.count', English does not",
    ),
    "section missing": (
        "section",
        PAGE,
        PAGE.replace("#one", "#eins"),
        "docs/zh/section.md:1: no section {#one}; English has , one",
    ),
    "other code": (
        "code",
        PAGE + "\n```python\nn + 1\n```\n",
        PAGE + "\n```python\nn + 2\n```\n",
        "docs/zh/code.md:9: this fence differs from the English one at line 9",
    ),
    "other class of code": (
        "class",
        PAGE + "\n<!-- raises NameError -->\n~~~python\nn + 1\n~~~\n",
        PAGE + "\n```python\nn + 1\n```\n",
        "docs/zh/class.md:9: this fence differs from the English one at line 10",
    ),
    "code missing": (
        "less",
        PAGE + "\n```python\n1 + 1\n```\n",
        PAGE,
        "docs/zh/less.md:1: lacks the fence that English has at line 9",
    ),
}

# Two examples that fail, one whose output no page may show, and one whose figures lack words.
EXAMPLES = {
    "raises": "# %% data\nx = 1\n\n# %% train\n# a comment\n\nraise ValueError('too hot')\n",
    "deep": "# %% data\nimport json\n\n# %% train\nx = 1\njson.loads('{')\ny = 1\n",
    "markup": "# %% data\nx = 1\n\n# %% table\nfrom IPython.display import display\n"
    "display({'text/html': '<b>x</b>'}, raw=True)\n",
    "gouraud": "# %% data\nx = 1\n\n# %% shades\nimport matplotlib.pyplot as plt\nplt.pcolormesh([[1, 2], [3, 4]], "
    "shading='gouraud')\nplt.show()\n",
    "figures": f"# %% bare\n{FIGURE}\n# %% unseen\n{FIGURE}\n# %% label\n{FIGURE.replace('height', 'width')}",
}

# name: (page, what it shows at line 4, what is said)
WHEN_RUN = {
    "exception in a cell": (
        "raises",
        "[[show raises.data]]",
        "examples/raises.py:7 (cell 'train'): ValueError: too hot",
    ),
    "exception below a cell": (
        "deep",
        "[[show deep.data]]",
        "examples/deep.py:6 (cell 'train'): JSONDecodeError: Expecting property name enclosed in double quotes: "
        "line 1 column 2 (char 1)",
    ),
    "output that is not allowed": (
        "markup",
        "[[show markup.data]]",
        "examples/markup.py:5 (cell 'table'): output text/html is not allowed",
    ),
    "figure of what no page shows": (
        "shades",
        "[[show gouraud.data]]",
        "examples/gouraud.py:5 (cell 'shades'): its figure: element <filter> is not allowed",
    ),
    "show of a figure without alt text": (
        "bare",
        "[[show figures.bare]]",
        'docs/en/bare.md:4: the figure of figures.bare has no alt text (add alt="what a reader sees in it, and why")',
    ),
    "figure that no page shows": (
        "unseen",
        "[[code figures.unseen]]",
        "examples/figures.py:8: no page in docs/en shows the figure of cell 'unseen', so it has no alt text",
    ),
    "label without Chinese": (
        "label",
        f"[[show figures.label {ALT}]]",
        "docs/labels.zh.yml:1: no Chinese for 'width' on 'figures.label'",
    ),
    "drawing that is no SVG": (
        "drawn",
        f"[[drawing broken {ALT}]]",
        "docs/en/drawn.md:4: no SVG: unclosed token: line 1, column 0",
    ),
    "drawing with a style sheet": (
        "styled",
        f"[[drawing styled {ALT}]]",
        "docs/en/styled.md:4: element <style> is not allowed (write fill=… and the like where they count)",
    ),
    "value in alt text that does not end": (
        "unclosed_alt",
        '[[show figures.bare alt="[[value toy.total"]]',
        "docs/en/unclosed_alt.md:4: [[value … is not closed by ]]",
    ),
    "no figure": (
        "no_figure",
        f"[[figure toy.count {ALT}]]",
        "docs/en/no_figure.md:4: cell 'count' of 'toy' draws no figure",
    ),
    "no output": (
        "silent",
        "[[output toy.silent]]",
        "docs/en/silent.md:4: cell 'silent' of 'toy' prints nothing",
    ),
    "false claim": (
        "claims",
        "[[claim toy.total > 4 and toy.losses[-1] < 1]]",
        "docs/en/claims.md:4: the claim toy.total > 4 and toy.losses[-1] < 1 is false: "
        "toy.total = 3, toy.losses[-1] = 0.5",
    ),
}

# name: (what the page shows at line 4, what is said of it)
WRONG_VALUES = {
    "missing value": (
        "[[value toy.totl]]",
        "example 'toy' gives no value 'totl' (did you mean 'total'?)",
    ),
    "value of a missing example": ("[[value tyo.n]]", "no example 'tyo' (did you mean 'toy'?)"),
    "value that is a list": (
        "[[value [toy.total]]]",
        "'[toy.total]' is a list; a page quotes one number or string",
    ),
    "format that does not fit": (
        "[[value toy.total:.2q]]",
        "'toy.total:.2q': Unknown format code 'q' for object of type 'int'",
    ),
    "exception in an expression": (
        "[[claim toy.total / 0 < 1]]",
        "ZeroDivisionError in 'toy.total / 0 < 1': division by zero",
    ),
    "missing value in alt text": (
        '[[figure figures.bare alt="[[value toy.totl]]"]]',
        "example 'toy' gives no value 'totl' (did you mean 'total'?)",
    ),
}


def lines(done) -> list[str]:
    """What a command said, less what it says of examples that ran."""
    return [line for line in done.stderr.splitlines() if " after " not in line]


@pytest.fixture(scope="module")
def before_any_run(new_project):
    project = new_project()
    for file, text, _ in BEFORE_ANY_RUN.values():
        (project.root / file).parent.mkdir(exist_ok=True)
        (project.root / file).write_bytes(text if isinstance(text, bytes) else text.encode())
    return project.engine()


@pytest.mark.parametrize("said", [said for _, _, said in BEFORE_ANY_RUN.values()], ids=BEFORE_ANY_RUN)
def test_a_mistake_names_its_file_and_line(before_any_run, said):
    assert said in lines(before_any_run)


def test_mistakes_are_told_together_in_order_before_anything_runs(before_any_run):
    in_order = sorted((said for _, _, said in BEFORE_ANY_RUN.values()), key=lambda said: said.split(":")[0])
    assert before_any_run.stderr.splitlines() == in_order
    assert before_any_run.returncode == 2


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("{{ nobody() }}", "'nobody' is undefined"),
        ('{% include "x.html" %}', "'x.html' not found"),
        pytest.param("{{ 1 / 0 }}", "ZeroDivisionError: division by zero", marks=pytest.mark.slow),
    ],
    ids=["a name that nobody gives", "a template that is missing", "an exception"],
)
def test_a_broken_template_names_its_file_and_line(project, broken, said):
    path = project.root / "docs" / "theme" / "main.html"
    path.write_text(path.read_text().replace("{{ super() }}\n", f"{{{{ super() }}}}\n{broken}\n", 1))
    done = project.build()
    line = path.read_text().splitlines().index(broken) + 1
    assert done.stdout.strip().startswith(f"docs/theme/main.html:{line}: {said}")
    assert done.returncode == 2 and not (project.root / "site").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("mkdocs.zh.yml", "site_name: [\n", ":2: MkDocs encountered an error parsing the configuration file"),
        ("mkdocs.zh.yml", "", ":1: Config value 'site_name': Required configuration not provided."),
        (
            "mkdocs.zh.yml",
            CONFIG.format(language="zh").replace("extra: {language: zh}", "extra: {language: en}"),
            ":1: is to say 'docs_dir: docs/zh' and 'extra: {language: zh}'",
        ),
        (
            "mkdocs.zh.yml",
            CONFIG.format(language="zh").replace("docs_dir: docs/zh", "docs_dir: docs/en"),
            ":1: is to say 'docs_dir: docs/zh' and 'extra: {language: zh}'",
        ),
        ("docs/glossary.yml", "- {en: layer, zh: 层", ":1: no term: - {en: layer, zh: 层"),
        ("docs/glossary.yml", b"# caf\xe9\n", ":1: not UTF-8 (byte 0xe9)"),
        ("docs/glossary.yml", None, ":1: No such file or directory"),
        ("docs/glossary.yml", "\n- {en: 5, zh: 6, means: a}", ":2: no term: - {en: 5, zh: 6, means: a}"),
        ("docs/glossary.yml", "- {en: a, zh: 甲, means: {en: x}}", ":1: no term: - {en: a, zh: 甲, means: {en: x}}"),
        ("docs/labels.zh.yml", 'a: 甲\n"{}": "{}"', ":2: '{}' stands for every label"),
        ("docs/labels.zh.yml", '"{} height": "{} 高 {}"', ":1: '{} height' holds 1 {}, '{} 高 {}' 2"),
        ("docs/labels.zh.yml", "a height: 甲\nheight:", ":2: no Chinese for 'height'"),
        ("docs/labels.zh.yml", 'height: ""', ":1: no Chinese for 'height'"),
        ("docs/labels.zh.yml", 'height: !!int ""', ":1: string index out of range"),
        ("docs/works_with/a.json", "[\n<<<<<<<", ":2: Expecting value"),
        ("docs/works_with/a.json", "[1]", ":1: is no report"),
        (
            "docs/works_with/a.json",
            '{"python": "3.12", "packages": {"tensorflow": "2", "keras": "3", "numpy": "2"}}',
            ":1: is no report",
        ),
        ("examples/matplotlibrc", None, ":1: No such file or directory"),
        ("examples/matplotlibrc", "figure.dpi: 100\n", ":1: sets no text.color"),
        ("examples/matplotlibrc", b"# caf\xe9\n", ":1: not UTF-8 (byte 0xe9)"),
        ("uv.lock", "[[", ":1: is no lock file"),
        ("uv.lock", "[[package]]\nname = 'other'\n", ":1: is no lock file: KeyError"),
        ("uv.lock", "package = 3\n", ":1: is no lock file: TypeError"),
        ("uv.lock", None, ":1: No such file or directory"),
    ],
)
def test_a_file_that_every_page_needs_is_named_with_its_line(project, file, text, said):
    path = project.root / file
    path.parent.mkdir(exist_ok=True)
    if text is None:
        path.unlink()
    else:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    done = project.build()
    assert f"{file}{said}" in done.stdout
    assert done.returncode == 2 and "Traceback" not in done.stderr and not (project.root / "site").exists()


def test_a_folder_that_is_no_site_is_not_replaced(project):
    before = sorted((project.root / "examples").iterdir())
    done = project.run("mkdocs", "build", "--strict", "-d", "examples")
    said = "examples: holds other files than a site's (choose another folder, or empty it)"
    assert done.returncode == 5 and said in done.stdout and "Traceback" not in done.stderr
    assert sorted((project.root / "examples").iterdir()) == before


def test_one_language_alone_is_not_built(project):
    done = project.run("mkdocs", "build", "-f", "mkdocs.en.yml")
    assert done.returncode == 2 and "mkdocs.en.yml:1: is built with mkdocs.yml, not alone" in done.stdout


@pytest.fixture(scope="module")
def between_languages(new_project):
    project = new_project()
    for name, english, chinese, _ in BETWEEN_LANGUAGES.values():
        for language, text in (("en", english), ("zh", chinese)):
            if text:
                project.write(f"docs/{language}/{name}.md", text)
    return project.engine()


@pytest.mark.parametrize("said", [said for *_, said in BETWEEN_LANGUAGES.values()], ids=BETWEEN_LANGUAGES)
def test_a_difference_between_the_languages_names_file_and_line(between_languages, said):
    assert said in lines(between_languages)


def test_nothing_else_is_called_a_difference(between_languages):
    assert len(lines(between_languages)) == len(BETWEEN_LANGUAGES)
    assert between_languages.returncode == 2


@pytest.fixture(scope="module")
def broken(new_project):
    """A project with every mistake that only a run finds."""
    project = new_project()
    for name, code in EXAMPLES.items():
        project.write(f"examples/{name}.py", code)
    project.write("examples/toy.py", "# %% count\ntotal = 3\nprint(total)\n\n# %% silent\nlosses = [2.5, 0.5]\n")
    project.write("docs/drawings/broken.svg", "<svg")
    project.write("docs/drawings/styled.svg", '<svg xmlns="http://www.w3.org/2000/svg"><style>a {}</style></svg>')
    for name, shown, _ in WHEN_RUN.values():
        project.page(name, f"# A\n\n\n{shown}\n")
    for number, (embed, _) in enumerate(WRONG_VALUES.values()):
        project.page(f"value_{number}", f"# A\n\n\n{embed}\n")
    return project


@pytest.fixture(scope="module")
def when_run(broken):
    return broken.engine()


@pytest.mark.parametrize("said", [said for *_, said in WHEN_RUN.values()], ids=WHEN_RUN)
def test_a_mistake_that_only_a_run_finds_names_its_file_and_line(when_run, said):
    assert said in lines(when_run)


@pytest.mark.parametrize("number", range(len(WRONG_VALUES)), ids=list(WRONG_VALUES))
def test_a_wrong_value_names_page_and_line(when_run, number):
    _, said = list(WRONG_VALUES.values())[number]
    assert f"docs/en/value_{number}.md:4: {said}" in lines(when_run)
    assert f"docs/zh/value_{number}.md:4: {said}" in lines(when_run)


def test_a_failed_example_gives_a_code_of_its_own_and_no_traceback(when_run):
    assert when_run.returncode == 3
    assert "Traceback" not in when_run.stderr + when_run.stdout


def test_the_result_of_a_good_example_is_kept_when_another_fails(when_run, broken):
    assert "toy: ran after" in when_run.stderr
    again = broken.engine()
    assert "raises: failed after" in again.stderr
    assert "toy: ran" not in again.stderr


def test_a_failure_is_told_before_the_other_examples_have_run(project):
    project.write("examples/toy.py", "# %% count\nimport time\n\ntime.sleep(3)\ntotal = 3\nprint(total)\n")
    project.write("examples/raises.py", "# %% data\n1 / 0\n")
    done = project.engine()
    said = "examples/raises.py:2 (cell 'data'): ZeroDivisionError: division by zero"
    first, second, last = done.stderr.splitlines()
    assert first.startswith("raises: failed after") and first.endswith(f" s: {said}")
    assert (second.split(" after ")[0], last) == ("toy: ran", said)


def test_pages_are_not_blamed_for_an_example_that_cannot_be_read(project):
    project.write("examples/toy.py", "# %% count\ntotal = = 3\n")
    done = project.engine()
    assert done.stderr.splitlines() == ["examples/toy.py:2 (cell 'count'): SyntaxError: invalid syntax"]


def test_an_output_that_is_gone_is_told_though_it_is_still_in_the_cache(project):
    project.write("examples/toy.py", f"# %% count\n{FIGURE}total = 3\n")
    project.page("index", f"# Toy\n\n[[figure toy.count {ALT}]]\n")
    done = project.engine()
    assert done.returncode == 0, done.stderr
    project.write("examples/toy.py", "# %% count\ntotal = 3\n")
    done = project.engine()
    assert done.returncode == 2
    assert [f"docs/{language}/index.md:3: cell 'count' of 'toy' draws no figure" for language in ("en", "zh")] == lines(
        done
    )


def test_the_old_site_stays_byte_for_byte_when_a_build_fails(project):
    assert project.build().returncode == 0
    before = contents(project.root)
    assert "site/en/index.html" in before
    project.page("index", "# Toy\n\n[[show toy.count]]\n\n[Nowhere](nowhere.md)\n")
    failed = project.build()
    assert failed.returncode != 0
    assert "nowhere.md" in failed.stderr
    assert contents(project.root) == before
    project.write("examples/toy.py", "# %% count\ntotal = 3\nprint('total is', totl)\n")
    failed = project.build()
    assert failed.returncode == 3
    assert failed.stdout.strip() == "examples/toy.py:3 (cell 'count'): NameError: name 'totl' is not defined"
    assert "Traceback" not in failed.stderr
    assert contents(project.root) == before


def contents(root) -> dict[str, bytes]:
    """Every file of a built site, and of unfinished ones beside it."""
    folders = [folder for folder in root.iterdir() if folder.name.startswith(("site", ".site"))]
    files = (path for folder in folders for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(root)): path.read_bytes() for path in files}
