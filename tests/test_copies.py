"""What the copy buttons give is what was run, byte for byte, in a real browser."""

import pytest
from browser import EVERY_BLOCK_IS_NEAR, in_a_browser, made, served, visit
from playwright.sync_api import expect

from engine import pages
from engine.fences import RUN, fences, program

LESSONS = [(page.language, page.url) for language in pages.LANGUAGES for page in pages.read_all(language)[0]]
WORDS = {
    "en": ("Copy all the code up to here", "Copied to clipboard"),
    "zh": ("复制到这里为止的全部代码", "已复制"),
}
ONE, ABOVE = "[data-md-type=copy]", "[data-md-type=copy-above]"
EMPTY_CLIPBOARD = """async () => {
    const text = await navigator.clipboard.readText();
    await navigator.clipboard.writeText("");
    return text;
}"""

pytestmark = in_a_browser


@pytest.fixture
def tab(browser):
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"], reduced_motion="reduce")
    context.add_init_script(EVERY_BLOCK_IS_NEAR)
    yield context.new_page()
    context.close()


def copies(tab, button: str) -> list[str]:
    """What each button of a kind gives, in order: clicked as a reader does, and read from her clipboard."""
    found = []
    for each in tab.locator(f"article {button}").all():
        each.click()
        found.append(tab.evaluate(EMPTY_CLIPBOARD))
    return found


def open_all(tab, url: str) -> None:
    visit(tab, url)
    tab.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
    made(tab)


@pytest.mark.parametrize(("language", "url"), LESSONS, ids=map("/".join, LESSONS))
def test_copies_are_what_was_run(tab, site, address, language, url):
    found = fences((site / language / url / "index.md").read_text("utf-8"))
    run = [fence.code for fence in found if fence.kind == RUN]
    open_all(tab, address + language + "/" + url)
    one, above = copies(tab, ONE), copies(tab, ABOVE)
    assert "".join(one) == program(found)
    assert one == run
    assert above == ["".join(run[: place + 1]) for place in range(len(run))]
    assert above[-1:] == ([program(found)] if run else [])


@pytest.mark.parametrize("language", pages.LANGUAGES)
def test_the_button_for_all_up_to_here_says_so_and_works_by_keyboard_on_a_phone(tab, site, address, language):
    name, confirmed = WORDS[language]
    tab.set_viewport_size({"width": 390, "height": 844})
    visit(tab, f"{address}{language}/linear_regression/")
    assert tab.locator(ABOVE).count() == tab.get_by_role("button", name=name, exact=True).count() > 5
    tab.locator(ONE).nth(2).focus()
    tab.keyboard.press("Tab")
    button = tab.locator(ABOVE).nth(2)
    assert button.evaluate("(button) => button.matches(':focus-visible')")
    expect(tab.get_by_role("tooltip")).to_have_text(name)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    tab.keyboard.press("Enter")
    tab.locator(".md-dialog--active", has_text=confirmed).wait_for()
    run = [fence.code for fence in fences((site / language / "linear_regression" / "index.md").read_text("utf-8"))]
    assert tab.evaluate("navigator.clipboard.readText()").startswith(run[0])


EVERY_CLASS = """\
# Every class

```python
x = [1]
```

<!-- illustration -->
~~~text
not run
~~~

<!-- raises IndexError -->
~~~python
x[1]
~~~

- item

    ```python
    if x:

        y = 2
    ```
"""


def test_only_what_is_run_is_copied_with_what_comes_below(tab, new_project):
    project = new_project()
    project.page("index", EVERY_CLASS)
    built = project.build()
    assert built.returncode == 0, built.stderr
    first, shown, error, last = [fence.code for fence in fences(EVERY_CLASS)]
    with served(project.root / "site") as address:
        visit(tab, f"{address}en/")
        assert copies(tab, ONE) == [first, shown, error, last]
        assert copies(tab, ABOVE) == [first, first + error, first + last]
