"""The stand-in for CIFAR-10: pictures of the same ten classes, drawn from a seed.

A picture is a scene (sky, sea, road, meadow ...) with one object in it. Each class has a function
that draws its object in one of two views. What makes photographs hard to tell apart differs from
picture to picture: place, size, tilt, direction, proportions, colours, background, light and noise.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import tan

import numpy as np
from PIL import Image

from .drawings_of_classes import CLASSES, FINER, SIDE, Sketch, pick, vary


def draw(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw pictures of ten classes, in the shapes and types of CIFAR-10.

    Args:
        count: how many pictures; each class has a tenth of them, give or take one.
        seed: the same seed draws the same pictures, another seed draws others.

    Returns:
        images, (count, 32, 32, 3) uint8, and labels, (count, 1) uint8 from 0 to 9, shuffled.
    """
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(count) % len(CLASSES)).astype(np.uint8)
    images = np.empty((count, SIDE, SIDE, 3), np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[:] = picture(*CLASSES[label], rng)
    return images, labels[:, np.newaxis]


def picture(draw_object: Callable, scenes: list[str], rng) -> np.ndarray:
    """Draw one object in one of its scenes; (32, 32, 3) uint8."""
    sketch = Sketch(rng)
    draw_object(sketch, rng)
    layers = np.asarray(sketch.image.reduce(FINER)).transpose(2, 0, 1).astype(float, order="C")
    colour, opacity = layers[:3], layers[3] / 255
    scene = background(SCENES[pick(rng, scenes)], sketch, rng)
    seen = colour + opacity * relief(opacity, rng) + (1 - opacity) * scene
    light = rng.uniform(0.6, 1.15) + rng.uniform(-0.07, 0.07, (3, 1, 1))
    noise = rng.uniform(4, 12) * rng.uniform(-1, 1, (3, SIDE, SIDE))
    return np.clip(seen * light + noise, 0, 255).astype(np.uint8).transpose(1, 2, 0)


def blend(below, above, share):
    """A mixture of two colours or pictures; `share` is that of the one above."""
    return below + (above - below) * share


# Light: the edge of a shape that faces it is brighter, the other darker, so the shape looks round.

ROWS, COLUMNS = np.mgrid[0:SIDE, 0:SIDE]
BLUR = np.exp(-((ROWS - COLUMNS) ** 2) / 12)
BLUR /= BLUR.sum(axis=1, keepdims=True)
SLOPE = np.gradient(BLUR, axis=0)


def relief(opacity: np.ndarray, rng) -> np.ndarray:
    """Brightness that light from above and from one side adds to a shape; (32, 32)."""
    down = SLOPE @ opacity @ BLUR.T
    right = BLUR @ opacity @ SLOPE.T
    return 300 * down + rng.uniform(-250, 250) * right  # slopes reach 0.15 from pixel to pixel


# Scenes


@dataclass(frozen=True)
class Scene:
    """Two areas, one above the other, each with a colour and a texture.

    The horizon between them is so many sides of the picture below the centre of the object, from
    the first number to the second; where both are small, the object stands on the ground.

    A texture is a grid of (rows, columns) of bright and dark spots that run into each other: a few
    large ones are clouds, tall ones are tree trunks, wide ones are waves, many small ones are grass.
    """

    upper: tuple[int, int, int]
    lower: tuple[int, int, int]
    horizon: tuple[float, float]
    upper_texture: tuple[int, int]
    lower_texture: tuple[int, int]


SCENES = {
    "sky": Scene((125, 170, 215), (165, 195, 220), (0.1, 0.8), (4, 3), (5, 3)),
    "runway": Scene((160, 190, 215), (120, 122, 120), (-0.2, 0.12), (4, 3), (8, 3)),
    "sea": Scene((165, 190, 210), (50, 95, 125), (-0.4, 0.08), (4, 3), (16, 4)),
    "pond": Scene((90, 115, 85), (75, 100, 100), (-0.5, 0.1), (10, 10), (14, 4)),
    "road": Scene((150, 150, 140), (115, 115, 118), (-0.3, 0.12), (3, 6), (10, 3)),
    "street": Scene((140, 120, 105), (125, 122, 118), (-0.1, 0.15), (6, 8), (10, 3)),
    "meadow": Scene((165, 190, 205), (105, 135, 65), (-0.4, 0.1), (5, 4), (14, 14)),
    "forest": Scene((60, 80, 48), (105, 100, 60), (-0.1, 0.15), (2, 14), (12, 12)),
    "leaves": Scene((75, 110, 50), (85, 95, 50), (-0.4, 0.4), (9, 9), (8, 8)),
    "sand": Scene((175, 185, 185), (180, 155, 115), (-0.4, 0.1), (4, 4), (12, 10)),
    "room": Scene((190, 175, 150), (150, 115, 85), (-0.1, 0.15), (2, 4), (4, 6)),
    "sofa": Scene((120, 90, 85), (165, 150, 140), (-0.1, 0.15), (4, 3), (5, 4)),
}


def background(scene: Scene, sketch: Sketch, rng) -> np.ndarray:
    """Paint the two areas of a scene behind the sketched object; (3, 32, 32)."""
    x, y = (part / FINER for part in sketch.centre)
    horizon = y + SIDE * rng.uniform(*scene.horizon) + tan(sketch.tilt) * (COLUMNS - x)
    share = np.clip(ROWS - horizon, 0, 1)
    upper = np.reshape(vary(scene.upper, rng, 45), (3, 1, 1))
    lower = np.reshape(vary(scene.lower, rng, 45), (3, 1, 1))
    spots = blend(texture(scene.upper_texture, rng), texture(scene.lower_texture, rng), share)
    return blend(upper, lower, share) + (spots + texture((2, 2), rng))


def texture(grid: tuple[int, int], rng) -> np.ndarray:
    """Bright and dark spots that run into each other; (32, 32), around 0."""
    rows, columns = grid
    strength = rng.uniform(15, 50)
    return strength * spread(rows) @ rng.uniform(-1, 1, grid) @ spread(columns).T


@cache
def spread(spots: int) -> np.ndarray:
    """How much each of the spots in a row adds to each pixel of a row; (32, spots)."""
    each_alone = Image.fromarray(np.eye(spots, dtype=np.float32))
    return np.asarray(each_alone.resize((spots, SIDE), Image.Resampling.BICUBIC), float)
