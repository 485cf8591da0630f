"""Paint-box: colours, noise, ramps, masks and relief, on Pillow alone.

Owns operations on whole images that know nothing of objects or scenes. Everything is deterministic: noise comes from
seeded bytes, never from `Image.effect_noise`, whose generator is shared by the process.
"""

import math
import random
from collections.abc import Callable, Sequence
from functools import lru_cache

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

from deploy.seed.pictures.kit.outline import Point

RGB = tuple[int, int, int]


WHITE: RGB = (255, 255, 255)


BLACK: RGB = (0, 0, 0)


_GRAIN_SIDE = 1024


def rgb(colour: str) -> RGB:
    """`#rrggbb` as a triple."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def mix(a: RGB, b: RGB, share: float) -> RGB:
    """`share` of b in a: 0 is a, 1 is b."""
    return (
        round(a[0] + (b[0] - a[0]) * share),
        round(a[1] + (b[1] - a[1]) * share),
        round(a[2] + (b[2] - a[2]) * share),
    )


def lighten(colour: RGB, share: float) -> RGB:
    return mix(colour, WHITE, share)


def darken(colour: RGB, share: float) -> RGB:
    """Towards a warm near-black, because a shadow of pure black looks printed."""
    return mix(colour, (22, 16, 14), share)


def luminance(colour: RGB) -> float:
    """0 black to 1 white, by the eye's weights."""
    return (0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]) / 255


@lru_cache(maxsize=8)
def _grain(index: int) -> Image.Image:
    data = random.Random(index).randbytes(_GRAIN_SIDE * _GRAIN_SIDE)
    return Image.frombytes("L", (_GRAIN_SIDE, _GRAIN_SIDE), data)


def noise(size: tuple[int, int], scale_x: float, scale_y: float, rng: random.Random) -> Image.Image:
    """Smooth noise (L, mean 128) whose features are about `scale_x` by `scale_y` pixels."""
    width, height = size
    across = max(2, min(_GRAIN_SIDE, math.ceil(width / max(scale_x, 1.0)) + 1))
    down = max(2, min(_GRAIN_SIDE, math.ceil(height / max(scale_y, 1.0)) + 1))
    left, top = rng.randrange(_GRAIN_SIDE - across + 1), rng.randrange(_GRAIN_SIDE - down + 1)
    cells = _grain(rng.randrange(8)).crop((left, top, left + across, top + down))
    if (across, down) == (width, height):
        return cells
    return enlarged(cells, size)


def clouds(size: tuple[int, int], scale: float, rng: random.Random) -> Image.Image:
    """Two octaves of noise, contrast stretched: mottling, plaster, smoke."""
    small = (max(8, size[0] // 3), max(8, size[1] // 3))
    rough = noise(small, scale / 3, scale / 3, rng)
    fine = noise(small, scale / 9, scale / 9, rng)
    blended = levels(Image.blend(rough, fine, 0.32), 52, 204)
    return enlarged(blended, size)


@lru_cache(maxsize=1024)
def _stretch(low: float, high: float) -> list[int]:
    span = max(high - low, 1e-6)
    return [round(255 * min(1.0, max(0.0, (v - low) / span))) for v in range(256)]


def levels(image: Image.Image, low: float, high: float) -> Image.Image:
    """Stretch `low..high` of an L image over 0..255."""
    return image.point(_stretch(low, high))


@lru_cache(maxsize=1024)
def _multiples(factor: float) -> list[int]:
    return [min(255, round(v * factor)) for v in range(256)]


def scaled(image: Image.Image, factor: float) -> Image.Image:
    """An L image with each value multiplied."""
    return image.point(_multiples(factor))


Stops = tuple[tuple[float, RGB], ...]
"""A gradient: places 0..1 in rising order, with their colours."""


def ramp(image: Image.Image, stops: Stops) -> Image.Image:
    """Colour an L image by a gradient."""
    return Image.merge("RGB", [image.point(table) for table in _gradient(stops)])


@lru_cache(maxsize=512)
def _gradient(stops: Stops) -> tuple[list[int], list[int], list[int]]:
    tables: tuple[list[int], list[int], list[int]] = ([], [], [])
    after = 0
    for value in range(256):
        place = value / 255
        while after < len(stops) - 1 and place > stops[after][0]:
            after += 1
        (start, first), (end, last) = stops[max(after - 1, 0)], stops[after]
        share = min(1.0, max(0.0, (place - start) / (end - start))) if end > start else 1.0
        for table, a, b in zip(tables, first, last, strict=True):
            table.append(round(a + (b - a) * share))
    return tables


def enlarged(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Make a smooth image large: curved first, then straight, which at that size nobody can tell and costs half."""
    middle = min(size[0], image.width * 4), min(size[1], image.height * 4)
    if middle[0] * middle[1] * 3 > size[0] * size[1]:
        return image.resize(size, Image.Resampling.BICUBIC)
    return image.resize(middle, Image.Resampling.BICUBIC).resize(size, Image.Resampling.BILINEAR)


def field(width: int, height: int, function: Callable[[float, float], float]) -> Image.Image:
    """A small L image of `function(x, y)` over 0..1 each; results of 0..1 become 0..255."""
    data = bytearray()
    for row in range(height):
        y = (row + 0.5) / height
        for column in range(width):
            value = function((column + 0.5) / width, y)
            data.append(0 if value <= 0 else 255 if value >= 1 else round(value * 255))
    return Image.frombytes("L", (width, height), bytes(data))


def polygon_mask(size: tuple[int, int], *outlines: Sequence[Point]) -> Image.Image:
    """Anti-aliased union of polygons, in pixels of the result."""
    big = Image.new("L", (size[0] * 2, size[1] * 2))
    draw = ImageDraw.Draw(big)
    for outline in outlines:
        draw.polygon([(x * 2, y * 2) for x, y in outline], fill=255)
    return big.reduce(2)


def drawn_mask(
    size: tuple[int, int], paint: Callable[[ImageDraw.ImageDraw, float], None], factor: int = 2
) -> Image.Image:
    """Anti-aliased mask; `paint` receives a draw and the factor to multiply its coordinates by."""
    big = Image.new("L", (size[0] * factor, size[1] * factor))
    paint(ImageDraw.Draw(big), factor)
    return big.reduce(factor)


def soften(image: Image.Image, radius: float) -> Image.Image:
    """A blur whose price does not grow with its radius: large ones are made small first."""
    if radius < 0.3:
        return image
    shrink = max(1, int(radius / 2.5))
    if shrink == 1:
        return image.filter(ImageFilter.GaussianBlur(radius))
    small = image.resize((max(2, image.width // shrink), max(2, image.height // shrink)), Image.Resampling.BOX).filter(
        ImageFilter.GaussianBlur(radius / shrink)
    )
    return enlarged(small, image.size)


def shifted(mask: Image.Image, dx: int, dy: int) -> Image.Image:
    """An L mask moved within its own size; what comes in from outside is empty."""
    moved = Image.new("L", mask.size)
    moved.paste(mask, (dx, dy))
    return moved


def relief(mask: Image.Image, depth: float, strength: float = 1.0, angle: float = 225.0) -> Image.Image:
    """Light on the rounded edge of a flat shape: L, 128 where flat, lighter where it faces the light.

    `depth` is how far the rounding reaches inwards, in pixels; `angle` where the light comes from (225 is above left).
    """
    pad = round(depth) + 2
    wide = ImageOps.expand(mask, pad, 0)
    blurred = soften(wide, depth * 0.6)
    dx = round(math.cos(math.radians(angle)) * max(1.0, depth * 0.35))
    dy = round(math.sin(math.radians(angle)) * max(1.0, depth * 0.35))
    size = mask.size
    towards = blurred.crop((pad + dx, pad + dy, pad + dx + size[0], pad + dy + size[1]))
    away = blurred.crop((pad - dx, pad - dy, pad - dx + size[0], pad - dy + size[1]))
    gain = max(strength, 0.05)
    return ImageChops.add(towards, ImageChops.invert(away), scale=2.0 / gain, offset=round(128 - 127.5 * gain))


def lights(first: Image.Image, *more: Image.Image) -> Image.Image:
    """Several light maps (L, 128 neutral) as one."""
    for other in more:
        first = ImageChops.add(first, other, 1.0, -128)
    return first


def lit(texture: Image.Image, *maps: Image.Image) -> Image.Image:
    """Apply L light maps, 128 neutral, to an RGB texture."""
    light = lights(*maps)
    return ImageChops.overlay(texture, Image.merge("RGB", (light, light, light)))


def washed(colour: RGB, *maps: Image.Image) -> Image.Image:
    """One colour under L light maps: what `lit` gives for a plain texture, at a fraction of the price."""
    return Image.merge("RGB", [lights(*maps).point(_overlay(channel)) for channel in colour])


@lru_cache(maxsize=512)
def _overlay(base: int) -> list[int]:
    if base < 128:
        return [min(255, round(2 * base * v / 255)) for v in range(256)]
    return [max(0, round(255 - 2 * (255 - base) * (255 - v) / 255)) for v in range(256)]


def lit_hard(texture: Image.Image, light: Image.Image) -> Image.Image:
    """Like `lit`, strong enough for metal and glaze."""
    return ImageChops.hard_light(texture, Image.merge("RGB", (light, light, light)))


def shaded(texture: Image.Image, shade: Image.Image, shadow: RGB) -> Image.Image:
    """Multiply by an L shade, 255 fully lit, whose darkest value is the `shadow` tint and not black."""
    return ImageChops.multiply(texture, ramp(shade, ((0.0, shadow), (1.0, WHITE))))


def tiled(tile: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Repeat a tile over a size, doubling so that the number of pastes stays small."""
    result = Image.new(tile.mode, size)
    result.paste(tile, (0, 0))
    width, height = tile.size
    while width < size[0]:
        result.paste(result.crop((0, 0, min(width, size[0] - width), height)), (width, 0))
        width *= 2
    while height < size[1]:
        result.paste(result.crop((0, 0, size[0], min(height, size[1] - height))), (0, height))
        height *= 2
    return result
