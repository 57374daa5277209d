"""What readers look for they find: each query leads to the page that teaches it, among the first three results."""

import pytest
import yaml
from browser import LANGUAGES, ROOT, in_a_browser, visit, wait_until
from playwright.sync_api import expect

pytestmark = in_a_browser
FIRST = 3  # results that a reader sees without scrolling on a phone

# Pages, and what somebody types who means one of them: a learner, or someone with a message on the screen.
QUERIES = {
    "activations": {"en": ["softmax"], "zh": ["激活函数"]},
    "activations errors": {"en": ["from_logits=True"], "zh": ["from_logits"]},
    "activations errors fnn": {"en": ["to_categorical", "crossentropy"], "zh": ["to_categorical", "独热编码"]},
    "activations from_brain_to_network": {"en": ["np.maximum"]},
    "baselines better_cnn checks cnn fnn pictures": {"en": ["load_data"]},
    "better_cnn cnn training_faster": {"en": ["BatchNormalization"]},
    "better_cnn training": {"en": ["augment"]},
    "cnn": {"zh": ["Grad-CAM"]},
    "cnn convolution": {"zh": ["卷积"]},
    "cnn fnn": {"en": ["confusion matrix"], "zh": ["混淆矩阵"]},
    "cnn fnn pictures": {"en": ["CIFAR-10"]},
    "cnn training_faster": {"en": ["batch normalization"], "zh": ["批归一化", "归一化"]},
    "convolution": {"en": ["receptive field"], "zh": ["卷积核", "感受野"]},
    "errors": {
        "en": ["You must call `compile()` before using the model", "Unrecognized data type", "1563/1563"],
        "zh": ["target and output must have the same rank", "Unrecognized data type", "报错"],
    },
    "from_brain_to_network glossary gradient_descent": {"en": ["backpropagation"], "zh": ["反向传播"]},
    "gradient_descent": {"zh": ["随机梯度下降"]},
    "gradient_descent linear_regression using": {"en": ["get_weights"]},
    "gradient_descent training_faster": {"en": ["learning rate"], "zh": ["学习率"]},
    "pictures": {"en": ["where do the pictures come from"], "zh": ["图片从哪里来"]},
    "training": {"en": ["overfitting", "dropout"], "zh": ["过拟合", "早停", "数据增强"]},
    "training using": {"en": ["EarlyStopping"], "zh": ["EarlyStopping"]},
    "training_faster": {"en": ["vanishing gradient"], "zh": ["梯度消失"]},
    "using": {"en": ["save model"], "zh": ["保存模型", "迁移学习"]},
}


@pytest.fixture(scope="module", params=LANGUAGES)
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


def test_search_leads_to_the_page_that_teaches_it(find, language):
    asked = {query: pages.split() for pages, queries in QUERIES.items() for query in queries.get(language, [])}
    found = {query: find(query) for query in asked}
    assert {query: pages for query, pages in found.items() if not set(pages[:FIRST]) & set(asked[query])} == {}


def test_search_finds_every_term_of_the_glossary(find, language):
    terms = yaml.safe_load((ROOT / "docs" / "glossary.yml").read_text("utf-8"))
    assert [term[language] for term in terms if not find(term[language])] == []


@pytest.mark.parametrize("turn", ["focus", "hover"])
def test_search_index_is_loaded_only_when_someone_turns_to_the_search(browser, address, turn):
    tab, requested = browser.new_page(), []
    tab.on("request", lambda request: requested.append(request.url.rpartition("/")[2]))
    visit(tab, f"{address}en/about/")
    assert "search_index.json" not in requested and not tab.workers
    with tab.expect_response("**/search_index.json"), tab.expect_worker():
        getattr(tab, turn)(".md-search__input")
    assert requested.count("search_index.json") == 1
    tab.close()


def test_an_address_with_a_query_shows_its_results(browser, address):
    tab = browser.new_page()
    visit(tab, f"{address}en/about/?q=dropout")
    expect(tab.locator(".md-search-result__item").first).to_be_visible()
    tab.close()
