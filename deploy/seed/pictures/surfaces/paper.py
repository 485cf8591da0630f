"""Paper: marbled patterns and the laid sheet itself.

Owns flat textures; prints are in `printed`, books and cards in `lying`.
"""

import math
import random
from collections.abc import Callable
from functools import lru_cache

from PIL import Image

from deploy.seed.pictures.kit.paint import RGB, darken, enlarged, lighten, lit, noise, washed

_TABLE = 65536
_SOURCE = 160


def marbled(
    size: tuple[int, int], surface: str, colours: tuple[RGB, ...], rng: random.Random, scale: float
) -> Image.Image:
    """Marbling: `stone`, `nonpareil`, `peacock`, `swirl` or `curl`.

    Paint on the size is a height field cut into bands of colour; combing moves where each point reads that field.
    """
    width, height = size
    columns, rows = max(24, min(200, round(width / 5))), max(24, min(200, round(height / 5)))
    source = noise((_SOURCE, _SOURCE), 7, 7, rng)
    wide, high = width / scale, height / scale
    values = _combed(source, surface, columns, rows, wide, high)
    drops = Image.new("F", (columns, rows))
    drops.putdata(values)
    bands = enlarged(drops, size).point(lambda v: v * 256.0 + 0.0).convert("I")
    tables = _bands(colours, 8 if surface == "stone" else 12)
    image = Image.merge("RGB", [bands.point(table, "L") for table in tables])
    tooth = Image.blend(Image.new("L", size, 128), noise(size, 1.2, 1.2, rng), 0.1)
    return lit(image, tooth)


def _combed(source: Image.Image, surface: str, columns: int, rows: int, wide: float, high: float) -> list[float]:
    """The field, 0..255, after the rakes have been drawn through it; `wide` by `high` scene units."""
    data, side = source.tobytes(), source.width
    comb = _COMBS[surface]
    values: list[float] = []
    for row in range(rows):
        y = row / rows * high
        for column in range(columns):
            x = column / columns * wide
            u, v, stripes = comb(x, y)
            height = _sample(data, side, u, v)
            if stripes:
                # Raked paint lies in stripes that the drops only make waver.
                height = (stripes * 255 + (height - 128) * 0.42) % 255
            values.append(height)
    return values


def _stone(x: float, y: float) -> tuple[float, float, float]:
    return x / 5.0, y / 5.0, 0.0


def _nonpareil(x: float, y: float) -> tuple[float, float, float]:
    arch = abs(((x / 44) % 1.0) - 0.5) * 2
    return x / 46, y / 12, (y + 46 * arch**1.6) / 330


def _peacock(x: float, y: float) -> tuple[float, float, float]:
    wave = math.sin(y / 150 * 2 * math.pi) * 24
    arch = abs((((x + wave) / 84) % 1.0) - 0.5) * 2
    eye = math.cos(((x + wave) / 84) * 2 * math.pi) * math.sin(y / 75 * 2 * math.pi) * 20
    return (x + wave) / 40, y / 13, (y + 66 * arch**1.5 + eye) / 390


def _curl(x: float, y: float) -> tuple[float, float, float]:
    pitch = 116.0
    cx, cy = (math.floor(x / pitch) + 0.5) * pitch, (math.floor(y / pitch) + 0.5) * pitch
    dx, dy = x - cx, y - cy
    away = math.hypot(dx, dy) / pitch * 2
    turn = 5.4 * max(0.0, 1 - away) ** 1.1
    u = dx * math.cos(turn) - dy * math.sin(turn)
    v = dx * math.sin(turn) + dy * math.cos(turn)
    return (cx + u) / 26, (cy + v) / 26, (cy + v + 0.35 * (cx + u)) / 400


def _swirl(x: float, y: float) -> tuple[float, float, float]:
    u = x * 0.5 + 80 * math.sin(y / 130) + 34 * math.sin(x / 74 + y / 96)
    v = y * 0.9 + 92 * math.sin(x / 150 + 1) + 30 * math.sin(y / 60 - x / 110)
    return u / 11, v / 11, 0.0


_COMBS: dict[str, Callable[[float, float], tuple[float, float, float]]] = {
    "stone": _stone,
    "nonpareil": _nonpareil,
    "peacock": _peacock,
    "curl": _curl,
    "swirl": _swirl,
}
"""Scene point to: where the field is read, and the place in the raked stripes (0 where none were raked)."""


def _sample(data: bytes, side: int, x: float, y: float) -> float:
    """Bilinear, wrapped by reflection so that no seam shows."""
    x, y = abs(x) % (2 * side - 2), abs(y) % (2 * side - 2)
    if x > side - 1:
        x = 2 * side - 2 - x
    if y > side - 1:
        y = 2 * side - 2 - y
    x0, y0 = min(int(x), side - 2), min(int(y), side - 2)
    fx, fy = x - x0, y - y0
    at = y0 * side + x0
    top = data[at] * (1 - fx) + data[at + 1] * fx
    bottom = data[at + side] * (1 - fx) + data[at + side + 1] * fx
    return top * (1 - fy) + bottom * fy


@lru_cache(maxsize=32)
def _bands(colours: tuple[RGB, ...], count: int) -> list[list[int]]:
    """A lookup for each channel: each height of the field has one of the paints, with a thin pale edge between."""
    order = []
    for index in range(count):
        tone = colours[index % len(colours)]
        order.append(tone if index % 3 else darken(tone, 0.08))
    tables: list[list[int]] = [[], [], []]
    span = _TABLE / count
    for index in range(_TABLE):
        band = min(count - 1, int(index / span))
        inside = index / span - band
        tone = lighten(order[band], 0.3) if inside < 0.05 else order[band]
        for channel in range(3):
            tables[channel].append(tone[channel])
    return tables


def sheet(size: tuple[int, int], colour: RGB, rng: random.Random, scale: float) -> Image.Image:
    """Cotton paper: a soft tooth."""
    tooth = Image.blend(Image.new("L", size, 128), noise(size, 2.2 * scale, 2.2 * scale, rng), 0.12)
    return washed(colour, tooth)
