"""A page quotes what a run left: plain values survive the way from kernel to page and are shown as in an f-string."""

import json
import math
from types import SimpleNamespace

import numpy as np
import pytest

from engine.run import kernel
from engine.show import values
from engine.show.values import Values, Wrong, restore


def kept(value):
    """A value sent from the kernel to a file and back, as every value is."""
    return restore(json.loads(json.dumps(kernel.plain(value), allow_nan=False)))  # Jupyter writes NaN as a string


PLAIN = [
    0, -1, 2**70, True, False, None, 0.1, 1e-300, float("inf"), [-float("inf")],
    "", "text", "图片 ✓", "<b> & \\ ` [[value x]]",
    [], [1, [2, [3]]], (), (1, (2, "x")), {}, {"a": {"b": [1, (2,)]}}, {"array": 1}, {"tuple": [1], "dict": {}},
    [[1, 2], [3, 4]], {"History": {"history": {}}},
]  # fmt: skip


@pytest.mark.parametrize("value", PLAIN, ids=repr)
def test_plain_values_survive_the_kernel(value):
    back = kept(value)
    assert back == value
    assert type(back) is type(value)


ARRAYS = [
    np.array(3.5), np.arange(6).reshape(2, 3), np.linspace(0, 1, 5, dtype="float32"), np.array([True, False]),
    np.array(["cat", "airplane"]), np.array([np.nan, np.inf]), np.zeros((10, 10, 10), "uint8"),
]  # fmt: skip


@pytest.mark.parametrize("array", ARRAYS, ids=lambda array: f"{array.dtype}{array.shape}")
def test_small_arrays_survive_the_kernel(array):
    back = kept(array)
    np.testing.assert_array_equal(back, array)
    assert (back.dtype, back.shape) == (array.dtype, array.shape)


def test_nan_survives_the_kernel():
    assert math.isnan(kept(float("nan")))
    assert math.isnan(kept({"loss": [1.0, np.float32("nan")]})["loss"][1])


def test_large_arrays_keep_shape_and_dtype_only():
    back = kept(np.zeros((40, 50), "uint8"))
    assert vars(back) == {"shape": (40, 50), "dtype": "uint8"}


@pytest.mark.parametrize("number", [np.float32(0.1), np.float64(0.1), np.int64(3), np.uint8(255), np.bool_(True)])
def test_numpy_scalars_become_python_numbers(number):
    assert kept(number) == number.item()


def test_keras_history_keeps_its_numbers():
    history = SimpleNamespace(history={"loss": [2.5, 0.5]}, params={"epochs": 2, "steps": 3}, model=object())
    back = kept(history)
    assert back.history["loss"][-1] == 0.5
    assert back.params["epochs"] == 2


@pytest.mark.parametrize(
    "value", [object(), kernel, len, b"x", {1: 2}, [object()], "x" * 1001, [0] * 1001, 1j], ids=lambda v: repr(v)[:20]
)
def test_other_objects_are_not_kept(value):
    assert kernel.values({"thing": value, "n": 3}) == {"n": 3}


def test_hidden_and_ipython_names_are_not_kept():
    assert kernel.values({"_": 1, "_i": "x", "In": [""], "Out": {}, "n": 3}) == {"n": 3}


VALUES = {
    "toy": Values("toy", kernel.values({
        "total": 3, "loss": 0.012345, "bias": -1.5, "name": "a_b", "losses": [2.5, 0.5], "yes": True,
        "x": np.arange(6).reshape(2, 3), "best": np.float32(0.5), "order": [1, 0], "options": {"rate": 0.1},
    }))
}  # fmt: skip


SHOWN = [
    ("toy.total", "3"), ("toy.loss:.1e", "1.2e-02"), ("toy.total * 1000:,", "3,000"), ("toy.losses[-1]:.2f", "0.50"),
    ("toy.losses[toy.order[0]]:.2f", "0.50"), ("toy.x[1, 2]", "5"), ("toy.x.max():.1f", "5.0"),
    ("toy.x.shape[0]", "2"), ("toy.best:.0%", "50%"), ("toy.bias:.1f", "−1.5"), ("toy.name", "a_b"),
    ('toy.options["rate"]', "0.1"), ("len(toy.losses)", "2"), ("math.log(toy.total):.2f", "1.10"),
    ("sum(toy.losses) / len(toy.losses)", "1.5"), ("toy.name:>6", "   a_b"), ("toy.losses[0:1][0]", "2.5"),
    ("'yes' if toy.total != 4 else 'no'", "yes"), ("'a:b'", "a:b"), ("{1: 'one'}[1]:>5", "  one"),
    ("sum(loss * toy.total for loss in toy.losses)", "9.0"),
]  # fmt: skip


@pytest.mark.parametrize(("written", "shown"), SHOWN)
def test_value_is_formatted_as_in_an_f_string(written, shown):
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
def test_wrong_value_says_what_is_wrong(written, said):
    with pytest.raises(Wrong) as error:
        values.formatted(written, VALUES)
    assert str(error.value) == said


def test_names_in_a_claim_are_told_with_their_values():
    assert values.names_in("toy.losses[-1] < 0.1 and toy.total == 4", VALUES) == "toy.losses[-1] = 0.5, toy.total = 3"
