"""What a run left is what a page quotes: plain values come back as they were, and show as in an f-string."""

import json
import math
from types import SimpleNamespace

import numpy as np
import pytest

from engine import kernel, values
from engine.values import Values, Wrong, restore


def kept(value):
    """A value after the way that all values take: out of the kernel, into a file, back for a page."""
    return restore(json.loads(json.dumps(kernel.plain(value), allow_nan=False)))  # Jupyter writes NaN as a string


PLAIN = [
    0, -1, 2**70, True, False, None, 0.1, 1e-300, float("inf"), [-float("inf")],
    "", "text", "图片 ✓", "<b> & \\ ` [[value x]]",
    [], [1, [2, [3]]], (), (1, (2, "x")), {}, {"a": {"b": [1, (2,)]}}, {"array": 1}, {"tuple": [1], "dict": {}},
    [[1, 2], [3, 4]], {"History": {"history": {}}},
]  # fmt: skip


@pytest.mark.parametrize("value", PLAIN, ids=repr)
def test_a_plain_value_comes_back_as_it_was(value):
    back = kept(value)
    assert back == value
    assert type(back) is type(value)


@pytest.mark.parametrize(
    "array",
    [
        np.array(3.5),
        np.arange(6).reshape(2, 3),
        np.linspace(0, 1, 5, dtype="float32"),
        np.array([True, False]),
        np.array(["cat", "airplane"]),
        np.array([np.nan, np.inf]),
        np.zeros((10, 10, 10), "uint8"),
    ],
    ids=lambda array: f"{array.dtype}{array.shape}",
)
def test_a_small_array_comes_back_as_it_was(array):
    back = kept(array)
    np.testing.assert_array_equal(back, array)
    assert (back.dtype, back.shape) == (array.dtype, array.shape)


def test_a_loss_that_is_not_a_number_stays_one():
    assert math.isnan(kept(float("nan")))
    assert math.isnan(kept({"loss": [1.0, np.float32("nan")]})["loss"][1])


def test_of_a_large_array_shape_and_type_stay():
    back = kept(np.zeros((40, 50), "uint8"))
    assert vars(back) == {"shape": (40, 50), "dtype": "uint8"}


@pytest.mark.parametrize("number", [np.float32(0.1), np.float64(0.1), np.int64(3), np.uint8(255), np.bool_(True)])
def test_a_number_of_numpy_is_the_same_number(number):
    assert kept(number) == number.item()


def test_a_history_gives_its_numbers():
    history = SimpleNamespace(history={"loss": [2.5, 0.5]}, params={"epochs": 2, "steps": 3}, model=object())
    back = kept(history)
    assert back.history["loss"][-1] == 0.5
    assert back.params["epochs"] == 2


@pytest.mark.parametrize(
    "value", [object(), kernel, len, b"x", {1: 2}, [object()], "x" * 1001, [0] * 1001, 1j], ids=lambda v: repr(v)[:20]
)
def test_what_is_not_plain_is_not_kept(value):
    assert kernel.values({"thing": value, "n": 3}) == {"n": 3}


def test_names_of_ipython_and_hidden_names_are_not_kept():
    assert kernel.values({"_": 1, "_i": "x", "In": [""], "Out": {}, "n": 3}) == {"n": 3}


VALUES = {
    "toy": Values("toy", kernel.values({
        "total": 3, "loss": 0.012345, "bias": -1.5, "name": "a_b", "losses": [2.5, 0.5], "yes": True,
        "x": np.arange(6).reshape(2, 3), "best": np.float32(0.5), "order": [1, 0], "options": {"rate": 0.1},
    }))
}  # fmt: skip


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("toy.total", "3"),
        ("toy.loss:.1e", "1.2e-02"),
        ("toy.total * 1000:,", "3,000"),
        ("toy.losses[-1]:.2f", "0.50"),
        ("toy.losses[toy.order[0]]:.2f", "0.50"),
        ("toy.x[1, 2]", "5"),
        ("toy.x.max():.1f", "5.0"),
        ("toy.x.shape[0]", "2"),
        ("toy.best:.0%", "50%"),
        ("toy.bias:.1f", "−1.5"),
        ("toy.name", "a_b"),
        ('toy.options["rate"]', "0.1"),
        ("len(toy.losses)", "2"),
        ("math.log(toy.total):.2f", "1.10"),
        ("sum(toy.losses) / len(toy.losses)", "1.5"),
        ("toy.name:>6", "   a_b"),
        ("toy.losses[0:1][0]", "2.5"),
        ("'yes' if toy.total != 4 else 'no'", "yes"),
        ("'a:b'", "a:b"),
        ("{1: 'one'}[1]:>5", "  one"),
        ("sum(loss * toy.total for loss in toy.losses)", "9.0"),
    ],
)
def test_a_value_is_shown_as_an_f_string_shows_it(written, shown):
    assert values.formatted(written, VALUES) == shown


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("toy.totl", "example 'toy' gives no value 'totl' (did you mean 'total'?)"),
        ("tyo.total", "no example 'tyo' (did you mean 'toy'?)"),
        ("toy.x", "'toy.x' is a ndarray; a page quotes one number or string"),
        ("exit()", "SystemExit in 'exit()': None"),
        ("10**400:.1e", "'10**400:.1e': int too large to convert to float"),
        ("toy.losses[2]", "IndexError in 'toy.losses[2]': list index out of range"),
        ("toy.total +", "SyntaxError in 'toy.total +': invalid syntax (<string>, line 1)"),
    ],
)
def test_a_value_that_cannot_be_shown_says_why(written, said):
    with pytest.raises(Wrong) as error:
        values.formatted(written, VALUES)
    assert str(error.value) == said


def test_a_message_about_a_claim_tells_the_values_in_it():
    assert values.names_in("toy.losses[-1] < 0.1 and toy.total == 4", VALUES) == "toy.losses[-1] = 0.5, toy.total = 3"
