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
    return cells.resize(size, Image.Resampling.BICUBIC)


def clouds(size: tuple[int, int], scale: float, rng: random.Random) -> Image.Image:
    """Two octaves of noise, contrast stretched: mottling, plaster, smoke."""
    small = (max(8, size[0] // 3), max(8, size[1] // 3))
    rough = noise(small, scale / 3, scale / 3, rng)
    fine = noise(small, scale / 9, scale / 9, rng)
    blended = levels(Image.blend(rough, fine, 0.32), 52, 204)
    return blended.resize(size, Image.Resampling.BICUBIC)


def levels(image: Image.Image, low: float, high: float, gamma: float = 1.0) -> Image.Image:
    """Stretch `low..high` of an L image over 0..255."""
    span = max(high - low, 1e-6)
    return image.point([round(255 * min(1.0, max(0.0, (v - low) / span)) ** gamma) for v in range(256)])


def scaled(image: Image.Image, factor: float) -> Image.Image:
    """An L image with each value multiplied."""
    return image.point([min(255, round(v * factor)) for v in range(256)])


def curve(image: Image.Image, function: Callable[[float], float]) -> Image.Image:
    """Apply a function of 0..1 to an L image."""
    return image.point([min(255, max(0, round(255 * function(v / 255)))) for v in range(256)])


def ramp(image: Image.Image, stops: Sequence[tuple[float, RGB]]) -> Image.Image:
    """Colour an L image by stops of (0..1, colour), in rising order."""
    tables: list[list[int]] = [[], [], []]
    for value in range(256):
        colour = at_stop(stops, value / 255)
        for channel in range(3):
            tables[channel].append(colour[channel])
    return Image.merge("RGB", [image.point(table) for table in tables])


def at_stop(stops: Sequence[tuple[float, RGB]], place: float) -> RGB:
    """The colour of a gradient at `place`."""
    before = stops[0]
    for stop in stops:
        if place <= stop[0]:
            span = stop[0] - before[0]
            return mix(before[1], stop[1], (place - before[0]) / span if span > 0 else 1.0)
        before = stop
    return before[1]


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
    return small.resize(image.size, Image.Resampling.BICUBIC)


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


def lit(texture: Image.Image, light: Image.Image) -> Image.Image:
    """Apply an L light map, 128 neutral, to an RGB texture."""
    return ImageChops.overlay(texture, Image.merge("RGB", (light, light, light)))


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
