"""The picture that a link to a page shows in a chat or a feed: the page's title and what it is about."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import jieba
import pylopdf_fonts_zh_cn
from PIL import Image, ImageDraw, ImageFont

from engine import store
from engine.store import CACHE

SIZE = WIDTH, HEIGHT = 1200, 630
MARGIN = 90
FONT = Path(pylopdf_fonts_zh_cn.__file__).with_name("NotoSansSC-Regular.otf")
BACKGROUND, INK, MUTED = "#1f3a9e", "#ffffff", "#c9d4ff"
NEURON = (((966, 96), (1038, 150)), ((966, 204), (1038, 150)), ((1038, 150), (1110, 150)))  # the logo's lines
CELLS = ((966, 96, 15), (966, 204, 15), (1110, 150, 15))


def card(title: str, description: str, site: str) -> bytes:
    """A PNG of 1200 × 630 pixels; the same words give the same bytes, drawn once and kept."""
    path = CACHE / "cards" / f"{store.digest(store.canonical([title, description, site, code()]))[:20]}.png"
    if not path.exists():
        store.write(path, drawn(title, description, site))
    return path.read_bytes()


def code() -> str:
    """The digest of this file, so that another design gives other cards."""
    return store.digest(Path(__file__).read_bytes())


def drawn(title: str, description: str, site: str) -> bytes:
    """See `card`."""
    image = Image.new("RGB", SIZE, BACKGROUND)
    draw = ImageDraw.Draw(image)
    for line in NEURON:
        draw.line(line, fill="#8aa2ff", width=6)
    for x, y, radius in CELLS:
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=INK)
    draw.ellipse((1016, 128, 1060, 172), fill="#ff9d5c")
    draw.text((MARGIN, 120), site, font=font(34), fill=MUTED)
    y = 250
    for size, text, colour, most in ((68, title, INK, 2), (34, description, MUTED, 4)):
        for line in lines(text, font(size), WIDTH - 2 * MARGIN)[:most]:
            draw.text((MARGIN, y), line, font=font(size), fill=colour)
            y += round(size * 1.4)
        y += 20
    content = BytesIO()
    image.quantize(64).save(content, "PNG", optimize=True)
    return content.getvalue()


def font(size: int) -> ImageFont.FreeTypeFont:
    """The font for both languages, in pixels."""
    return ImageFont.truetype(str(FONT), size)


def lines(text: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    """A text in lines of at most that many pixels, cut between words."""
    found = [""]
    for word in words(text):
        if found[-1] and font.getlength((found[-1] + word).rstrip()) > width:
            found.append("")
        found[-1] = (found[-1] + word).lstrip()
    return found


def words(text: str) -> Iterator[str]:
    """The words of an English or Chinese text, each with what no line may begin with after it."""
    held = ""
    for word in jieba.cut(text):
        if held and (word.isalnum() and not (held[-1].isascii() and held[-1].isalnum())):
            yield held
            held = ""
        held += word
    yield held
