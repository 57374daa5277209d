"""The pictures of a figure are few and small, and show what they showed before."""

import io
from base64 import b64decode, b64encode
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from engine import figures, pixels
from engine.pixels import HREF, SVG

IMAGE = f"{SVG}image"

PIXELATED = "image-rendering:pixelated"
RANDOM = np.random.default_rng(1)


def address(picture: Image.Image) -> str:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return f"data:image/png;base64,\n{b64encode(file.getvalue()).decode()}"


def noise(width: int, height: int, mode: str = "RGB") -> Image.Image:
    colours = RANDOM.integers(0, 256, (height, width, len(mode)), dtype=np.uint8)
    return Image.fromarray(colours.squeeze(-1) if mode == "L" else colours, mode)


def image(picture: Image.Image, x: float, y: float, scale: float = 2, more: str = f'style="{PIXELATED}"') -> str:
    """A picture as matplotlib writes it, its left upper corner at a point."""
    size = f'width="{picture.width}" height="{picture.height}"'
    where = f"matrix({scale} 0 0 {scale} {x} {y})"
    return f'<image xlink:href="{address(picture)}" {size} transform="{where}" {more} />'


def packed(inside: str) -> list[ElementTree.Element]:
    """What is drawn of an SVG, as it is kept."""
    names = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return list(ElementTree.fromstring(figures.packed(f"<svg {names}>{inside}</svg>")))


def seen(drawn: list[ElementTree.Element], x: float, y: float) -> tuple[int, ...]:
    """The colour of a point, pictures drawn upon each other; transparent where there is none."""
    colour = Image.new("RGBA", (1, 1))
    for picture in drawn:
        across, down = pixels.sides(picture)
        if across.first <= x < across.last and down.first <= y < down.last:
            whole = Image.open(io.BytesIO(b64decode(picture.get(HREF).partition(",")[2]))).convert("RGBA")
            column = int((x - across.first) / (across.last - across.first) * across.pixels)
            row = int((y - down.first) / (down.last - down.first) * down.pixels)
            pixel = whole.crop((column, row, column + 1, row + 1))
            opacity = float(picture.get("opacity", 1))
            pixel.putalpha(round(pixel.getpixel((0, 0))[3] * opacity))
            colour.alpha_composite(pixel)
    return colour.getpixel((0, 0))


@pytest.mark.parametrize("size", [(1, 1), (32, 32), (60, 40)])
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_a_picture_keeps_every_pixel_in_fewer_bytes(mode, size):
    picture = noise(*size, mode)
    (kept,) = packed(image(picture, 0, 0))
    assert len(kept.get(HREF)) <= len(address(picture))
    shown = Image.open(io.BytesIO(b64decode(kept.get(HREF).partition(",")[2]))).convert("RGBA")
    assert np.array_equal(np.asarray(shown), np.asarray(picture.convert("RGBA")))


@settings(max_examples=60, deadline=None)
@given(
    columns=st.integers(2, 6),
    rows=st.integers(2, 4),
    width=st.integers(1, 12),
    height=st.integers(1, 12),
    scale=st.floats(2, 13),
    gap=st.floats(0, 20),
    above=st.floats(0, 30),
)
def test_pictures_side_by_side_show_the_same(columns, rows, width, height, scale, gap, above):
    across, down = width * scale + gap, height * scale + above
    places = [(7.2 + column * across, 21.5 + row * down) for row in range(rows) for column in range(columns)]
    pictures = [noise(width, height) for _ in places]
    drawn = packed("".join(image(picture, x, y, scale) for picture, (x, y) in zip(pictures, places)))
    assert len(drawn) in (1, len(pictures))
    for picture, (x, y) in zip(pictures, places):
        for column, row in {(0, 0), (width - 1, 0), (width // 2, height // 2), (width - 1, height - 1)}:
            colour = (*picture.getpixel((column, row)), 255)
            for part in (0.2, 0.8):  # of a pixel of two points at least, whose edges may move by a quarter
                assert seen(drawn, x + (column + part) * scale, y + (row + part) * scale) == colour
    if gap > 1:
        assert seen(drawn, places[0][0] + width * scale + gap / 2, places[0][1] + 1)[3] == 0


@pytest.mark.parametrize(
    ("columns", "size", "scale", "step"),
    [
        (8, 3, 12.99984, 45),
        (6, 32, 1.687485, 60),
        (5, 32, 2.062485, 72),
        (4, 32, 2.624985, 90),
        (5, 32, 1.197828, 44.331),
    ],
)
def test_pictures_side_by_side_become_one(columns, size, scale, step):
    places = [(7.2 + column * step, 21.558 + row * 1.3 * step) for row in range(3) for column in range(columns)]
    assert len(packed("".join(image(noise(size, size), *place, scale) for place in places))) == 1


def test_pictures_of_different_sizes_lie_on_one_grid():
    places = [(0, 0, 32, 2.0), (72, 0, 8, 8.0), (144, 0, 16, 4.0), (216, 0, 32, 2.0)]
    pictures = [noise(size, size) for _, _, size, _ in places]
    drawn = packed("".join(image(picture, x, y, scale) for picture, (x, y, _, scale) in zip(pictures, places)))
    assert len(drawn) == 1
    for picture, (x, y, size, scale) in zip(pictures, places):
        for column in range(size):
            point = x + (column + 0.5) * scale, y + 3.5 * scale
            assert seen(drawn, *point) == (*picture.getpixel((column, 3)), 255)


def test_a_picture_that_shines_through_another_still_does():
    inside = ""
    below, above = [noise(8, 8) for _ in range(4)], [noise(8, 8) for _ in range(4)]
    for i in range(4):
        inside += image(below[i], 20 * i, 0) + image(above[i], 20 * i, 0, more=f'style="{PIXELATED}" opacity="0.6"')
    (joined,) = packed(inside)
    for i in range(4):
        expected = Image.blend(below[i], above[i], 0.6).getpixel((5, 5))
        colour = seen([joined], 20 * i + 11, 11)
        assert max(abs(a - b) for a, b in zip(colour, (*expected, 255))) <= 1


def test_words_between_pictures_stay_and_follow_them():
    drawn = packed("".join(f"{image(noise(4, 4), 20 * i, 20)}<text>{i}</text>" for i in range(5)))
    assert [element.tag == IMAGE for element in drawn] == [True] + 5 * [False]
    assert [element.text for element in drawn[1:]] == list("01234")


FOUR = [image(noise(8, 8), 20 * i, 0) for i in range(4)]


@pytest.mark.parametrize(
    "pictures",
    [
        FOUR[:3],
        [*FOUR[:2], '<path d="M0 0L9 9" style="stroke: red" />', *FOUR[2:]],
        [*FOUR[:3], image(noise(8, 8), 60, 0, more="")],
        [*FOUR[:3], image(noise(8, 8), 60, 0, more=f'style="{PIXELATED}" clip-path="circle(9)"')],
        [*FOUR[:3], image(noise(8, 8), 60, 0).replace("matrix", "rotate(9) matrix")],
        [*FOUR[:3], image(noise(8, 8), 60, 0).replace('width="8"', 'width="50%"')],
        [*FOUR[:3], image(noise(8, 8), 60, 0).replace("matrix(2 ", "matrix(0 ")],
        [image(noise(size, size), 120 * i, 0, scale=114 / size) for i, size in enumerate((32, 30, 31, 30))],
    ],
    ids=["few", "drawn-between", "style", "clipped", "turned", "per-cent", "flat", "no-grid"],
)
def test_pictures_that_cannot_be_one_stay(pictures):
    drawn = packed("".join(pictures))
    assert len(drawn) == len(pictures)
    for before, after in zip(pictures, drawn):
        assert f'transform="{after.get("transform", "")}"' in before or after.tag != IMAGE


@pytest.mark.parametrize("data", ["AA", "A", "iVBORw0KGgo=", "é"])
def test_what_is_no_picture_stays_as_it_is(data):
    broken = (
        f'<image xlink:href="data:image/png;base64,{data}" width="8" height="8" transform="matrix(2 0 0 2 60 0)" />'
    )
    drawn = packed("".join(image(Image.new("RGB", (8, 8)), 20 * i, 0, more="") for i in range(3)) + broken)
    assert len(drawn) == 4
    assert drawn[-1].get(HREF) == f"data:image/png;base64,{data}"
    assert drawn[0].get(HREF).startswith("data:image/webp;base64,")
    assert figures.packed("<svg") == "<svg"
