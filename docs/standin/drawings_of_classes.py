"""How an object of each class of CIFAR-10 is drawn: one function per class, named for it.

It draws on a Sketch, and takes from a random generator one of two views, colours and proportions.
"""

from copy import copy
from math import cos, pi, sin

from PIL import Image, ImageDraw

SIDE = 32  # pixels along one side of a picture
FINER = 3  # objects are drawn this many times finer and then reduced, for soft edges

BLACK, DARK, GREY, WHITE = (20, 20, 22), (50, 50, 55), (140, 140, 145), (240, 240, 238)
RED, BLUE, YELLOW, GREEN = (190, 35, 30), (35, 70, 160), (215, 175, 50), (40, 110, 70)
BROWN, TAN, PINK = (120, 80, 50), (190, 150, 100), (215, 130, 130)
GLASS, LAMP = (70, 90, 110), (250, 245, 210)
PAINTS = [RED, BLUE, YELLOW, GREEN, DARK, GREY, WHITE]
COATS = [BROWN, (150, 100, 60), (85, 60, 45), TAN, (130, 125, 120), DARK, (220, 210, 200)]


# Colours are three numbers: red, green, blue.


def pick(rng, choices: list):
    return choices[rng.integers(len(choices))]


def vary(colour, rng, amount: float = 25) -> list[float]:
    """The colour, lighter or darker, and a little redder, greener or bluer."""
    return (colour + amount * (rng.uniform(-1, 1) + rng.uniform(-0.3, 0.3, 3))).tolist()


def shade(colour, factor: float) -> list[float]:
    return [part * factor for part in colour]


def rgb(colour) -> tuple[int, ...]:
    return tuple(min(max(int(part), 0), 255) for part in colour)


CIRCLE = [(cos(step * pi / 7), sin(step * pi / 7)) for step in range(14)]


class Sketch:
    """A clear sheet for one object, which spans -1 to 1: x towards its front, y downwards."""

    def __init__(self, rng):
        side = SIDE * FINER
        # "RGBa" holds colours times opacity, whose average over an edge is right.
        self.image = Image.new("RGBa", (side, side))
        self.pen = ImageDraw.Draw(self.image)
        self.size = side * rng.uniform(0.25, 0.5)
        self.centre = (side * rng.uniform(0.33, 0.67), side * rng.uniform(0.33, 0.67))
        self.tilt = rng.uniform(-0.2, 0.2)
        self.turn(self.tilt, narrow=rng.uniform(0.7, 1), flip=rng.random() < 0.5)

    def turn(self, angle: float, narrow: float = 1, flip: bool = False):
        """Set the angle of the object (radians), how narrow it looks and where its front is."""
        across = -narrow if flip else narrow
        self.x_axis = (across * cos(angle), across * sin(angle))
        self.y_axis = (-sin(angle), cos(angle))

    def part(self, x: float, y: float, size: float) -> "Sketch":
        """The same sheet for a part of the object, around (x, y), whose own -1 to 1 is smaller."""
        part = copy(self)
        [part.centre] = self.place([(x, y)])
        part.size = self.size * size
        return part

    def place(self, points) -> list[tuple[float, float]]:
        """Points of the object, as pixels of the sheet."""
        (xx, xy), (yx, yy), (left, top) = self.x_axis, self.y_axis, self.centre
        size = self.size
        return [(left + size * (x * xx + y * yx), top + size * (x * xy + y * yy)) for x, y in points]

    def polygon(self, points, colour):
        self.pen.polygon(self.place(points), rgb(colour))

    def box(self, left, top, right, bottom, colour):
        self.polygon([(left, top), (right, top), (right, bottom), (left, bottom)], colour)

    def ellipse(self, x, y, width, height, colour, angle=0):
        """Draw an ellipse around (x, y); width and height are from there to its edge."""
        across, along = width * cos(angle), width * sin(angle)
        back, down = -height * sin(angle), height * cos(angle)
        points = [(x + a * across + b * back, y + a * along + b * down) for a, b in CIRCLE]
        self.polygon(points, colour)

    def line(self, points, width, colour):
        self.pen.line(self.place(points), rgb(colour), max(1, round(width * self.size)), "curve")


# Parts that several classes share


def wheels(sketch, places, radius, y):
    for x in places:
        sketch.ellipse(x, y, radius, radius, BLACK)
        sketch.ellipse(x, y, radius * 0.5, radius * 0.5, GREY)


def front_wheels(sketch, x, y):
    sketch.ellipse(0, y, x + 0.3, 0.1, BLACK)
    for side in (-x, x):
        sketch.box(side - 0.14, y - 0.3, side + 0.14, y + 0.05, BLACK)


def lamps(sketch, x, y):
    for side in (-x, x):
        sketch.ellipse(side, y, 0.12, 0.1, LAMP)


def legs(sketch, coat, places, top, bottom, width, rng):
    """Four legs mid-stride; the far ones are darker."""
    for x in places:
        stride = rng.uniform(-0.15, 0.15)
        sketch.line([(x + 0.1, top), (x + 0.1 - stride, bottom - 0.05)], width, shade(coat, 0.6))
        knee = (x + stride * 0.3, (top + bottom) / 2)
        sketch.line([(x, top), knee, (x + stride, bottom)], width, coat)


def eyes(sketch, distance, y, radius, iris, pupil_width):
    for x in (-distance, distance):
        sketch.ellipse(x, y, radius, radius * 0.85, iris)
        sketch.ellipse(x, y, radius * pupil_width, radius * 0.75, BLACK)


# The ten classes


def airplane(sketch, rng):
    paint = vary(pick(rng, [WHITE, (205, 210, 215), (150, 155, 165)]), rng)
    trim, wing = pick(rng, PAINTS), shade(paint, 0.75)
    if rng.random() < 0.5:  # from the side
        sketch.turn(rng.uniform(-0.35, 0.2), flip=rng.random() < 0.5)
        sketch.polygon([(-0.95, -0.55), (-0.75, -0.55), (-0.45, -0.05), (-0.9, -0.05)], trim)
        sketch.polygon([(-0.05, -0.1), (-0.35, -0.35), (-0.2, -0.35), (0.25, -0.1)], wing)
        sketch.ellipse(0, 0, 0.98, 0.14, paint)
        sketch.line([(-0.7, -0.02), (0.7, -0.02)], 0.05, GLASS)
        sketch.polygon([(-0.95, 0), (-0.7, 0), (-0.9, 0.16), (-1, 0.16)], wing)
        sketch.polygon([(-0.1, 0.03), (0.3, 0.03), (-0.35, 0.5), (-0.5, 0.5)], wing)
        sketch.ellipse(0.05, 0.22, 0.16, 0.08, shade(paint, 0.5))
    else:  # from above
        sketch.turn(rng.uniform(-pi, pi), narrow=rng.uniform(0.6, 1))
        for side in (-0.95, 0.95):
            sketch.polygon([(0.3, 0), (-0.35, side), (-0.5, side), (-0.15, 0)], wing)
            sketch.polygon([(-0.65, 0), (-0.9, 0.4 * side), (-1, 0.4 * side), (-0.9, 0)], trim)
            sketch.ellipse(0.1, 0.35 * side, 0.14, 0.06, DARK)
        sketch.ellipse(0, 0, 0.98, 0.13, paint)
        sketch.ellipse(0.82, 0, 0.06, 0.07, GLASS)


def automobile(sketch, rng):
    paint = vary(pick(rng, PAINTS), rng)
    if rng.random() < 0.6:  # from the side
        back, roof = rng.uniform(-0.85, -0.5), rng.uniform(-0.5, -0.38)
        window = roof + 0.08
        sketch.ellipse(0, 0.55, 1, 0.1, BLACK)
        sketch.polygon([(back, -0.02), (back + 0.2, roof), (0.2, roof), (0.5, 0)], paint)
        sketch.polygon([(back + 0.1, 0), (back + 0.25, window), (0.18, window), (0.4, 0)], GLASS)
        sketch.line([(-0.15, roof), (-0.12, 0)], 0.06, paint)
        sketch.polygon([(-0.98, 0), (0.5, -0.04), (0.95, 0.1), (0.98, 0.4), (-0.98, 0.4)], paint)
        sketch.line([(-0.98, 0.36), (0.98, 0.36)], 0.08, shade(paint, 0.6))
        sketch.ellipse(0.92, 0.15, 0.06, 0.06, LAMP)
        sketch.box(-0.98, 0.08, -0.9, 0.18, RED)
        wheels(sketch, (-0.58, 0.58), 0.22, 0.4)
    else:  # from the front
        front_wheels(sketch, 0.6, 0.6)
        sketch.polygon([(-0.65, -0.1), (-0.45, -0.55), (0.45, -0.55), (0.65, -0.1)], paint)
        sketch.polygon([(-0.55, -0.1), (-0.4, -0.47), (0.4, -0.47), (0.55, -0.1)], GLASS)
        sketch.polygon([(-0.65, -0.1), (0.65, -0.1), (0.82, 0.15), (-0.82, 0.15)], paint)
        sketch.box(-0.82, 0.15, 0.82, 0.45, shade(paint, 0.85))
        sketch.box(-0.4, 0.15, 0.4, 0.3, BLACK)
        lamps(sketch, 0.6, 0.2)


def bird(sketch, rng):
    plumage = vary(pick(rng, [BROWN, RED, YELLOW, DARK, WHITE, (70, 100, 150)]), rng)
    belly, wing = vary((215, 200, 175), rng), shade(plumage, 0.65)
    beak = pick(rng, [(230, 160, 40), (70, 65, 60)])
    if rng.random() < 0.6:  # perched
        sketch.line([(-1.3, 0.85), (1.3, rng.uniform(0.75, 0.95))], 0.12, (85, 65, 45))
        for x in (-0.05, 0.15):
            sketch.line([(x, 0.4), (x + 0.05, 0.85)], 0.06, beak)
        sketch.polygon([(-0.35, 0.05), (-0.2, 0.35), (-0.95, 0.75), (-1, 0.55)], wing)
        sketch.ellipse(0, 0.1, 0.55, 0.36, belly, -0.5)
        sketch.ellipse(-0.12, 0, 0.52, 0.27, plumage, -0.6)
        sketch.ellipse(-0.2, 0.1, 0.42, 0.15, wing, -0.6)
        sketch.ellipse(0.4, -0.42, 0.27, 0.25, plumage)
        sketch.polygon([(0.6, -0.55), (1, -0.38), (0.6, -0.3)], beak)
        sketch.ellipse(0.48, -0.47, 0.06, 0.06, BLACK)
    else:  # in flight
        tip = rng.uniform(-1, -0.4)
        sketch.polygon([(-0.05, 0), (0.3, 0), (0.1, tip + 0.2), (-0.35, tip)], wing)
        sketch.polygon([(-0.5, 0), (-0.5, 0.12), (-1, 0.3), (-1, 0)], wing)
        sketch.ellipse(0, 0.05, 0.6, 0.18, plumage)
        sketch.ellipse(0.05, 0.12, 0.45, 0.1, belly)
        sketch.polygon([(-0.25, 0), (0.25, 0), (-0.2, tip + 0.2), (-0.75, tip + 0.1)], plumage)
        sketch.ellipse(0.6, -0.04, 0.18, 0.16, plumage)
        sketch.polygon([(0.73, -0.1), (1, 0), (0.73, 0.05)], beak)


def cat(sketch, rng):
    fur, iris = vary(pick(rng, [(205, 135, 70), *COATS]), rng), pick(rng, [LAMP, YELLOW, GREEN])
    if rng.random() < 0.5:  # sitting
        sketch.line([(-0.3, 0.85), (-0.75, 0.8), (-0.9, 0.4), (-0.75, 0.1)], 0.15, shade(fur, 0.75))
        sketch.ellipse(0, 0.45, 0.45, 0.52, fur)
        for x in (-0.15, 0.15):
            sketch.line([(x, 0.3), (x, 0.95)], 0.17, shade(fur, 1.15))
        cat_head(sketch.part(0, -0.4, 0.55), fur, iris)
    else:  # near
        sketch.ellipse(0, 2, 0.8, 1.6, shade(fur, 0.8))
        cat_head(sketch, fur, iris)


def cat_head(sketch, fur, iris):
    for side in (-1, 1):
        sketch.polygon([(0.15 * side, -0.5), (0.65 * side, -0.98), (0.72 * side, -0.1)], fur)
        sketch.polygon([(0.33 * side, -0.5), (0.58 * side, -0.8), (0.62 * side, -0.3)], PINK)
    sketch.ellipse(0, 0.05, 0.78, 0.68, fur)
    for x in (-0.2, 0, 0.2):
        sketch.line([(x, -0.55), (x * 0.8, -0.3)], 0.08, shade(fur, 0.55))
    eyes(sketch, 0.33, -0.05, 0.18, iris, 0.35)
    sketch.ellipse(0, 0.38, 0.28, 0.2, shade(fur, 1.3))
    sketch.polygon([(-0.1, 0.24), (0.1, 0.24), (0, 0.36)], PINK)
    for side in (-1, 1):
        for y in (0.25, 0.5):
            sketch.line([(0.25 * side, 0.38), (0.98 * side, y)], 0.03, WHITE)


def deer(sketch, rng):
    coat = vary((160, 110, 65), rng)
    antler = shade((190, 165, 125), rng.uniform(0.6, 1.1))
    if rng.random() < 0.65:  # from the side
        legs(sketch, coat, (-0.5, 0.25), 0.3, 1, 0.1, rng)
        sketch.ellipse(-0.75, 0.12, 0.12, 0.16, WHITE)
        sketch.ellipse(-0.15, 0.2, 0.6, 0.26, coat)
        sketch.ellipse(-0.1, 0.38, 0.45, 0.08, shade(coat, 1.4))
        sketch.polygon([(0.1, 0.1), (0.35, 0.35), (0.68, -0.3), (0.45, -0.4)], coat)
        sketch.ellipse(0.68, -0.32, 0.27, 0.12, coat, 0.3)
        sketch.ellipse(0.4, -0.42, 0.16, 0.06, coat, 0.4)
        sketch.ellipse(0.92, -0.24, 0.06, 0.06, BLACK)
        for x in (0.35, 0.6):
            sketch.line([(0.55, -0.4), (x, -0.7), (x + 0.12, -1)], 0.06, antler)
            sketch.line([(x, -0.7), (x - 0.2, -0.9)], 0.05, antler)
    else:  # from the front
        sketch.polygon([(-0.3, 0), (0.3, 0), (0.9, 3), (-0.9, 3)], shade(coat, 0.85))
        for side in (-1, 1):
            sketch.line([(0.12 * side, -0.2), (0.4 * side, -0.6), (0.35 * side, -1)], 0.08, antler)
            sketch.line([(0.38 * side, -0.55), (0.75 * side, -0.85)], 0.07, antler)
            sketch.ellipse(0.5 * side, -0.08, 0.26, 0.11, shade(coat, 0.9), -0.4 * side)
        sketch.ellipse(0, 0.05, 0.28, 0.34, coat)
        sketch.ellipse(0, 0.38, 0.18, 0.28, shade(coat, 1.2))
        eyes(sketch, 0.2, 0, 0.07, BLACK, 1)
        sketch.ellipse(0, 0.55, 0.11, 0.09, BLACK)


def dog(sketch, rng):
    fur = vary(pick(rng, COATS), rng)
    ear, muzzle = shade(fur, rng.uniform(0.5, 0.7)), shade(fur, rng.uniform(1.1, 1.4))
    if rng.random() < 0.5:  # from the side
        legs(sketch, fur, (-0.55, 0.2), 0.3, 0.9, 0.17, rng)
        sketch.line([(-0.6, 0.1), (-0.85, -0.2), (-0.8, -0.5)], 0.12, fur)
        sketch.ellipse(-0.15, 0.2, 0.62, 0.28, fur)
        sketch.polygon([(0.05, 0.05), (0.45, 0.35), (0.65, -0.2), (0.3, -0.4)], fur)
        sketch.ellipse(0.48, -0.35, 0.3, 0.27, fur)
        sketch.ellipse(0.77, -0.24, 0.25, 0.14, muzzle)
        sketch.ellipse(0.97, -0.3, 0.08, 0.07, BLACK)
        sketch.ellipse(0.57, -0.42, 0.05, 0.05, BLACK)
        sketch.ellipse(0.3, -0.2, 0.13, 0.28, ear, 0.2)
    else:  # from the front
        sketch.ellipse(0, 2, 0.75, 1.6, shade(fur, 0.8))
        sketch.ellipse(0, -0.05, 0.6, 0.65, fur)
        for side in (-1, 1):
            sketch.ellipse(0.62 * side, 0.05, 0.2, 0.52, ear, -0.2 * side)
        eyes(sketch, 0.25, -0.15, 0.09, BLACK, 1)
        sketch.ellipse(0, 0.6, 0.1, 0.22, PINK)
        sketch.ellipse(0, 0.3, 0.32, 0.28, muzzle)
        sketch.ellipse(0, 0.15, 0.16, 0.12, BLACK)


def frog(sketch, rng):
    skin = vary(pick(rng, [(95, 150, 50), (70, 115, 45), (140, 145, 60), (125, 100, 60)]), rng)
    belly, dark, mouth = vary((210, 210, 150), rng), shade(skin, 0.7), shade(skin, 0.4)
    if rng.random() < 0.5:  # from the front
        for side in (-1, 1):
            sketch.ellipse(0.62 * side, 0.4, 0.34, 0.2, dark, 0.6 * side)
            sketch.line([(0.55 * side, 0.65), (side, 0.78)], 0.12, dark)
            sketch.line([(0.3 * side, 0.4), (0.35 * side, 0.8), (0.5 * side, 0.85)], 0.14, skin)
        sketch.ellipse(0, 0.25, 0.55, 0.48, skin)
        sketch.ellipse(0, 0.42, 0.38, 0.3, belly)
        sketch.ellipse(0, -0.15, 0.62, 0.36, skin)
        sketch.line([(-0.55, -0.1), (-0.3, 0.06), (0.3, 0.06), (0.55, -0.1)], 0.06, mouth)
        for side in (-1, 1):
            sketch.ellipse(0.4 * side, -0.45, 0.22, 0.22, shade(skin, 1.1))
        eyes(sketch, 0.4, -0.47, 0.15, YELLOW, 0.7)
    else:  # from the side
        sketch.ellipse(0.1, 0.25, 0.6, 0.3, belly, -0.5)
        sketch.ellipse(-0.05, 0.1, 0.75, 0.34, skin, -0.5)
        sketch.ellipse(0.5, -0.2, 0.42, 0.26, skin)
        sketch.line([(0.4, -0.08), (0.88, -0.12)], 0.06, mouth)
        sketch.line([(0.3, 0.25), (0.45, 0.65), (0.7, 0.7)], 0.14, dark)
        sketch.ellipse(-0.45, 0.42, 0.45, 0.2, shade(skin, 0.85), -0.6)
        sketch.line([(-0.7, 0.6), (-0.15, 0.68), (0.1, 0.75)], 0.14, dark)
        sketch.ellipse(0.5, -0.45, 0.18, 0.17, skin)
        sketch.ellipse(0.53, -0.47, 0.12, 0.12, YELLOW)
        sketch.ellipse(0.55, -0.47, 0.08, 0.08, BLACK)


def horse(sketch, rng):
    coat = vary(pick(rng, COATS), rng)
    mane = shade(coat, rng.uniform(0.3, 0.55))
    if rng.random() < 0.7:  # from the side
        sketch.line([(-0.7, 0), (-0.92, 0.2), (-0.92, 0.7)], 0.16, mane)
        legs(sketch, coat, (-0.5, 0.25), 0.2, 0.95, 0.14, rng)
        sketch.ellipse(-0.15, 0.1, 0.62, 0.32, coat)
        sketch.polygon([(-0.05, 0), (0.4, 0.3), (0.75, -0.45), (0.45, -0.7)], coat)
        sketch.line([(0, -0.15), (0.3, -0.45), (0.48, -0.75)], 0.17, mane)
        sketch.ellipse(0.75, -0.45, 0.33, 0.15, coat, 0.75)
        sketch.polygon([(0.45, -0.65), (0.5, -0.9), (0.63, -0.65)], coat)
        sketch.ellipse(0.92, -0.27, 0.1, 0.09, shade(coat, 0.55))
    else:  # the head
        sketch.polygon([(-1.6, 3), (-0.6, -0.3), (0, -0.75), (0.3, 0), (0.4, 3)], coat)
        sketch.line([(-1.1, 1.4), (-0.65, -0.1), (-0.1, -0.7)], 0.3, mane)
        sketch.ellipse(0.35, -0.1, 0.72, 0.28, coat, 0.85)
        sketch.polygon([(-0.2, -0.6), (-0.1, -1), (0.1, -0.6)], shade(coat, 0.8))
        sketch.ellipse(0.15, -0.3, 0.08, 0.07, BLACK)
        sketch.ellipse(0.72, 0.33, 0.22, 0.19, shade(coat, 0.55), 0.85)


def ship(sketch, rng):
    hull, deck = vary(pick(rng, PAINTS), rng), vary(WHITE, rng)
    if rng.random() < 0.65:  # with an engine
        sketch.line([(0.35, -0.2), (0.35, -0.95)], 0.05, DARK)
        sketch.box(-0.3, -0.8, -0.05, -0.35, pick(rng, PAINTS))
        sketch.box(-0.55, -0.4, 0.3, -0.2, deck)
        sketch.box(-0.75, -0.22, 0.55, 0.1, shade(deck, 0.9))
        for y in (-0.3, -0.08):
            sketch.line([(-0.5, y), (0.25, y)], 0.06, GLASS)
    else:  # with sails
        sketch.line([(0, 0.2), (0, -1)], 0.06, (110, 80, 55))
        sketch.polygon([(-0.06, -0.95), (-0.06, 0), (-0.75, 0)], deck)
        sketch.polygon([(0.06, -0.85), (0.06, 0), (0.8, 0)], shade(deck, 0.85))
    sketch.polygon([(-0.95, 0.08), (1, 0), (0.75, 0.45), (-0.85, 0.45)], hull)
    sketch.line([(-0.93, 0.12), (0.96, 0.05)], 0.05, WHITE)
    sketch.line([(-1.05, 0.46), (0.95, 0.46)], 0.1, (190, 205, 210))  # foam


def truck(sketch, rng):
    paint, cargo = vary(pick(rng, PAINTS), rng), vary(pick(rng, [WHITE, *PAINTS]), rng)
    if rng.random() < 0.65:  # from the side
        sketch.ellipse(0, 0.72, 1, 0.1, BLACK)
        sketch.box(-0.98, 0.35, 0.95, 0.55, DARK)
        sketch.box(-1, rng.uniform(-0.75, -0.4), 0.38, 0.42, cargo)
        sketch.line([(-0.98, 0.36), (0.36, 0.36)], 0.08, shade(cargo, 0.6))
        sketch.polygon([(0.45, -0.3), (0.75, -0.3), (0.95, 0.1), (1, 0.5), (0.45, 0.5)], paint)
        sketch.polygon([(0.55, -0.2), (0.73, -0.2), (0.87, 0.1), (0.55, 0.1)], GLASS)
        wheels(sketch, (-0.7, -0.25, 0.68), 0.2, 0.58)
    else:  # from the front
        front_wheels(sketch, 0.5, 0.8)
        sketch.box(-0.75, -0.95, 0.75, 0.5, cargo)
        sketch.box(-0.62, -0.5, 0.62, 0.6, paint)
        sketch.box(-0.5, -0.4, 0.5, 0, GLASS)
        sketch.box(-0.35, 0.1, 0.35, 0.4, DARK)
        sketch.box(-0.72, 0.5, 0.72, 0.65, GREY)
        lamps(sketch, 0.5, 0.35)


CLASSES = [  # in the order of their labels, each with the scenes it is seen in
    (airplane, ["sky", "sky", "sky", "runway", "runway", "sea", "meadow"]),
    (automobile, ["road", "road", "street", "meadow", "sand", "forest"]),
    (bird, ["sky", "sky", "leaves", "forest", "pond", "sea", "meadow", "sand"]),
    (cat, ["room", "room", "sofa", "leaves", "street", "meadow"]),
    (deer, ["meadow", "meadow", "forest", "forest", "leaves", "sand", "road"]),
    (dog, ["room", "sofa", "meadow", "sand", "street", "forest"]),
    (frog, ["leaves", "pond", "forest", "sand", "room", "sofa"]),
    (horse, ["meadow", "meadow", "sand", "forest", "road", "street"]),
    (ship, ["sea", "sea", "sea", "pond", "sky"]),
    (truck, ["road", "road", "street", "sand", "runway", "meadow"]),
]
