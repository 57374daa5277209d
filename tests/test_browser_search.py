"""What readers look for they find: each query leads to the page that teaches it, among the first three results."""

import pytest
from browser import in_a_browser, visit, wait_until

from engine.terms import Glossary

pytestmark = in_a_browser
FIRST = 3  # results that a reader sees without scrolling on a phone

# What somebody types who learns, or who has a message on her screen, and the pages that she may mean.
QUERIES = {
    "en": [
        ("to_categorical", "fnn activations errors"),
        ("get_weights", "linear_regression gradient_descent using"),
        ("load_data", "fnn baselines pictures cnn better_cnn checks"),
        ("BatchNormalization", "training_faster cnn better_cnn"),
        ("EarlyStopping", "training using"),
        ("np.maximum", "activations from_brain_to_network"),
        ("from_logits=True", "errors activations"),
        ("crossentropy", "activations fnn errors"),
        ("Unrecognized data type", "errors"),
        ("You must call `compile()` before using the model", "errors"),
        ("target and output must have the same rank", "errors"),
        ("1563/1563", "errors"),
        ("learning rate", "gradient_descent training_faster"),
        ("overfitting", "training"),
        ("dropout", "training"),
        ("confusion matrix", "fnn cnn"),
        ("backpropagation", "gradient_descent from_brain_to_network glossary"),
        ("vanishing gradient", "training_faster"),
        ("receptive field", "convolution"),
        ("batch normalization", "training_faster cnn"),
        ("augment", "training better_cnn"),
        ("save model", "using"),
        ("softmax", "activations"),
        ("CIFAR-10", "pictures cnn fnn"),
        ("where do the pictures come from", "pictures"),
    ],
    "zh": [
        ("to_categorical", "fnn activations errors"),
        ("EarlyStopping", "training using"),
        ("Grad-CAM", "cnn"),
        ("from_logits", "errors activations"),
        ("Unrecognized data type", "errors"),
        ("target and output must have the same rank", "errors"),
        ("梯度消失", "training_faster"),
        ("反向传播", "gradient_descent from_brain_to_network glossary"),
        ("混淆矩阵", "fnn cnn"),
        ("激活函数", "activations"),
        ("批归一化", "training_faster cnn"),
        ("归一化", "training_faster cnn"),
        ("卷积核", "convolution"),
        ("卷积", "convolution cnn"),
        ("感受野", "convolution"),
        ("学习率", "gradient_descent training_faster"),
        ("随机梯度下降", "gradient_descent"),
        ("过拟合", "training"),
        ("早停", "training"),
        ("数据增强", "training"),
        ("迁移学习", "using"),
        ("独热编码", "fnn activations errors"),
        ("保存模型", "using"),
        ("报错", "errors"),
        ("图片从哪里来", "pictures"),
    ],
}


@pytest.fixture(scope="module", params=QUERIES)
def language(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def find(browser, address, language):
    """Types a query into the search, and gives the pages that it shows, the first one first."""
    tab = browser.new_page()
    visit(tab, f"{address}{language}/")
    tab.click(".md-search__input")
    results = tab.locator(".md-search-result__item")

    def write(query: str) -> None:
        tab.fill(".md-search__input", query)
        tab.keyboard.press("End")  # Material listens to keys

    def pages(query: str) -> list[str]:
        write("")
        results.first.wait_for(state="detached")
        nothing = tab.inner_text(".md-search-result__meta")
        write(query)
        wait_until(tab, "text => document.querySelector('.md-search-result__meta').innerText !== text", nothing)
        paths = results.evaluate_all("items => items.map((item) => item.querySelector('a').pathname)")
        return [path.split(f"/{language}/")[1].removesuffix("index.html").strip("/") for path in paths]

    write("keras")
    results.first.wait_for()  # the index has been read
    yield pages
    tab.close()


def test_a_query_leads_to_the_page_that_teaches_it(find, language):
    missed = {}
    for query, meant in QUERIES[language]:
        found = find(query)
        if not set(found[:FIRST]) & set(meant.split()):
            missed[query] = found[: 2 * FIRST]
    assert missed == {}


def test_every_term_of_the_glossary_is_found(find, language):
    assert [term.name(language) for term in Glossary.read().terms if not find(term.name(language))] == []
