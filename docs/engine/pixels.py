"""The pictures in a figure: few, since a browser fetches and decodes each by itself, and in few bytes."""

import io
import re
from base64 import b64decode, b64encode
from collections.abc import Collection, Sequence
from contextlib import suppress
from itertools import groupby
from typing import NamedTuple
from xml.etree.ElementTree import Element

from PIL import Image

SVG = "{http://www.w3.org/2000/svg}"
HREF = "{http://www.w3.org/1999/xlink}href"
PNG, WEBP = (f"data:image/{name};base64," for name in ("png", "webp"))
SCALED = re.compile(r"matrix\(([\d.]+) 0 0 ([\d.]+) (-?[\d.]+) (-?[\d.]+)\)")
PLAIN = {HREF, "width", "height", "transform", "style", "opacity"}  # all that a picture to be joined may say
FEWEST = 4  # pictures that are worth joining
MOVED = 0.25  # points by which an edge may move for that, a third of a pixel on most screens
MOST = 500  # cells of a joined picture, across and down
UNREADABLE = (OSError, ValueError, Image.DecompressionBombError)  # what Pillow says of what is no picture


class Side(NamedTuple):
    """Where a picture lies across or down a figure, in points, and how many pixels it has there."""

    first: float
    last: float
    pixels: int


class Grid(NamedTuple):
    """Cells of one size, across or down a figure, in points."""

    first: float
    cell: float
    cells: int

    def place(self, side: Side) -> tuple[int, int]:
        """The cell at which a picture begins, and how many it takes, as many for each of its pixels."""
        taken = round((side.last - side.first) / side.pixels / self.cell) * side.pixels
        return round((side.first - self.first) / self.cell), taken

    def fits(self, side: Side) -> bool:
        """Whether the edges of a picture lie where those of its cells do."""
        begin, taken = self.place(side)
        edges = self.first + begin * self.cell, self.first + (begin + taken) * self.cell
        return taken > 0 and all(abs(edge - asked) <= MOVED for edge, asked in zip(edges, side))


def grid(sides: Sequence[Side]) -> Grid | None:
    """The coarsest grid that fits all pictures, if there is one."""
    first, last = min(side.first for side in sides), max(side.last for side in sides)
    for cells in range(max(side.pixels for side in sides), MOST + 1):
        found = Grid(first, (last - first) / cells, cells)
        if all(map(found.fits, sides)):
            return found
    return None


def sides(element: Element) -> tuple[Side, Side] | None:
    """Where a picture lies across and down, if it is scaled and moved as matplotlib does; None for all else."""
    where = SCALED.fullmatch(element.get("transform", ""))
    if not where or element.tag != f"{SVG}image" or {"x", "y"} & set(element.attrib):
        return None
    try:
        across, down, left, top = map(float, where.groups())
        width, height = int(element.attrib["width"]), int(element.attrib["height"])
    except (KeyError, ValueError):  # not said, in per cent, or with a unit
        return None
    found = Side(left, left + across * width, width), Side(top, top + down * height, height)
    return found if all(side.first < side.last for side in found) else None


def pack(root: Element) -> None:
    """Make the pictures of an SVG fewer and smaller, where they can be read."""
    with suppress(*UNREADABLE):
        join(root)
    for picture in root.iter(f"{SVG}image"):
        with suppress(*UNREADABLE):
            picture.set(HREF, smaller(pixels(picture)))


def join(root: Element) -> None:
    """Make one picture of those that follow each other in an SVG with at most words between them.

    What an array of axes shows lies on a grid, if not one of its pixels: each pixel takes as many cells as it needs,
    and what lies between pictures stays transparent. Raises UNREADABLE.
    """
    shapes = [element for element in root if element.tag != f"{SVG}text"]
    for style, run in groupby(shapes, key=style_of_picture):
        first, *others = pictures = list(run)
        if style is not None and len(pictures) >= FEWEST and (joined := together(pictures)):
            first.attrib |= joined
            for other in others:
                root.remove(other)


def style_of_picture(element: Element) -> str | None:
    """The style of a picture that may be joined with others of that style; None for all else."""
    return element.get("style", "") if sides(element) and set(element.attrib) <= PLAIN else None


def together(pictures: Collection[Element]) -> dict[str, str] | None:
    """What one picture says that shows several; None if no grid fits them. Raises UNREADABLE."""
    across, down = zip(*filter(None, map(sides, pictures)))
    columns, rows = grid(across), grid(down)
    if not columns or not rows:
        return None
    joined = Image.new("RGBA", (columns.cells, rows.cells))
    for picture, (left, width), (top, height) in zip(pictures, map(columns.place, across), map(rows.place, down)):
        opacity = float(picture.get("opacity", 1))
        shown = Image.open(io.BytesIO(pixels(picture))).convert("RGBA")
        shown.putalpha(shown.getchannel("A").point([round(alpha * opacity) for alpha in range(256)]))
        joined.alpha_composite(shown.resize((width, height), Image.Resampling.NEAREST), (left, top))
    file = io.BytesIO()
    joined.save(file, "PNG")
    return {
        "opacity": "1",
        HREF: PNG + b64encode(file.getvalue()).decode(),
        "width": f"{columns.cells}",
        "height": f"{rows.cells}",
        "transform": f"matrix({columns.cell:.6f} 0 0 {rows.cell:.6f} {columns.first} {rows.first})",
    }


def pixels(picture: Element) -> bytes:
    """A picture's PNG. Raises ValueError for what has none."""
    if not picture.get(HREF, "").startswith(PNG):
        raise ValueError("no PNG")
    return b64decode(picture.attrib[HREF].removeprefix(PNG))


def smaller(png: bytes) -> str:
    """A picture without loss, as the address of its data, in the smaller of two formats. Raises UNREADABLE."""
    picture = Image.open(io.BytesIO(png)).convert("RGBA")
    if picture.getextrema()[3] == (255, 255):
        picture = picture.convert("RGB")
    webp = io.BytesIO()
    picture.save(webp, "WEBP", lossless=True, exact=True)
    start, bytes_ = min((WEBP, webp.getvalue()), (PNG, png), key=lambda one: len(one[1]))
    return start + b64encode(bytes_).decode()
