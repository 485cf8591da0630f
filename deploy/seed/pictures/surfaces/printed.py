"""What is printed on the prints and cards: linocuts drawn from their own blocks.

Owns pictures within pictures. Every block is drawn at the size it is shown, with the wavering edges of a gouge.
"""

import math
import random
from collections.abc import Callable

from PIL import Image, ImageChops, ImageDraw

from deploy.seed.pictures.kit.paint import (
    RGB,
    drawn_mask,
    enlarged,
    field,
    levels,
    lighten,
    mix,
    noise,
    polygon_mask,
    ramp,
)
from deploy.seed.pictures.surfaces import paper

Colours = tuple[RGB, ...]


_PAPER: RGB = (243, 238, 226)


def picture(size: tuple[int, int], surface: str, colours: Colours, rng: random.Random, scale: float) -> Image.Image:
    """The printed image alone, without its margin."""
    if surface in {"swirl", "stone", "nonpareil", "peacock", "curl"}:
        return paper.marbled(size, surface, colours, rng, scale)
    image = _BLOCKS.get(surface, _landscape)(size, colours, rng)
    # Ink never covers quite evenly.
    grain = levels(noise(size, 1.3 * scale, 1.3 * scale, rng), 0, 70)
    return Image.composite(
        image, Image.new("RGB", size, _PAPER), grain.point([200 + v * 55 // 255 for v in range(256)])
    )


def _ink(image: Image.Image, colour: RGB, paint: Callable[[ImageDraw.ImageDraw, float], None]) -> None:
    image.paste(colour, (0, 0), drawn_mask(image.size, paint))


def _gouges(
    image: Image.Image,
    colour: RGB,
    rng: random.Random,
    count: int,
    area: tuple[float, float, float, float],
    lean: float,
) -> None:
    """Strokes cut out of the ink: thin, tapered, roughly parallel."""
    width, height = image.size

    def paint(draw: ImageDraw.ImageDraw, f: float) -> None:
        for _ in range(count):
            x, y = rng.uniform(area[0], area[2]) * width, rng.uniform(area[1], area[3]) * height
            length, angle = rng.uniform(0.02, 0.08) * width, lean + rng.uniform(-0.25, 0.25)
            dx, dy = math.cos(angle) * length, math.sin(angle) * length
            half = width * 0.0022
            draw.polygon(
                [
                    (x * f, y * f),
                    ((x + dx / 2) * f, (y + dy / 2 + half) * f),
                    ((x + dx) * f, (y + dy) * f),
                    ((x + dx / 2) * f, (y + dy / 2 - half) * f),
                ],
                fill=255,
            )

    _ink(image, colour, paint)


def _landscape(size: tuple[int, int], colours: Colours, rng: random.Random) -> Image.Image:
    width, height = size
    sky = enlarged(field(4, 64, lambda _x, y: y * 1.7), size)
    image = ramp(
        sky, ((0.0, mix(colours[0], _PAPER, 0.25)), (0.6, colours[0]), (1.0, mix(colours[0], colours[1], 0.7)))
    )
    sun = width * 0.11
    _ink(
        image,
        lighten(colours[0], 0.65),
        lambda d, f: d.ellipse(
            [v * f for v in (width * 0.6 - sun, height * 0.4 - sun, width * 0.6 + sun, height * 0.4 + sun)], fill=255
        ),
    )
    for index, (level, tone) in enumerate(
        ((0.5, mix(colours[1], colours[2], 0.35)), (0.6, colours[2]), (0.74, colours[3]))
    ):
        ridge = [(0.0, float(height))]
        phase = rng.uniform(0, 6)
        for step in range(61):
            x = step / 60
            spruce = abs(((x * (26 + index * 10)) % 1.0) - 0.5) * (0.012 + 0.014 * index)
            y = level - 0.07 * math.sin(x * 4.2 + phase) - 0.03 * math.sin(x * 9 + phase * 2) + spruce
            ridge.append((x * width, y * height))
        ridge.append((float(width), float(height)))
        image.paste(tone, (0, 0), polygon_mask(size, ridge))
        _gouges(image, lighten(tone, 0.3), rng, 46, (0, level + 0.03, 1, min(1, level + 0.18)), 0.25)
    _ink(
        image,
        mix(colours[0], colours[1], 0.3),
        lambda d, f: d.polygon(
            [
                (x * width * f, y * height * f)
                for x, y in ((0.36, 1), (0.5, 0.86), (0.72, 0.83), (0.6, 0.88), (0.78, 1))
            ],
            fill=255,
        ),
    )
    return image


def _bird(size: tuple[int, int], colours: Colours, rng: random.Random) -> Image.Image:
    width, height = size
    image = Image.new("RGB", size, _PAPER)
    ink = colours[0] if sum(colours[0]) < 500 else colours[1]

    def at(points: tuple[tuple[float, float], ...], f: float) -> list[tuple[float, float]]:
        return [(x * width * f, y * height * f) for x, y in points]

    def water(draw: ImageDraw.ImageDraw, f: float) -> None:
        for row in range(9):
            y = 0.8 + row * 0.022
            line = [(x / 20, y + 0.005 * math.sin(x * 1.3 + row)) for x in range(21)]
            draw.line(
                [(x * width * f, yy * height * f) for x, yy in line],
                fill=255,
                width=max(1, round(width * f * (0.004 + 0.0012 * row))),
            )

    _ink(image, mix(ink, _PAPER, 0.35), water)
    _ink(image, ink, lambda d, f: d.polygon(at(((0.42, 0.62), (0.58, 0.62), (0.6, 1), (0.4, 1)), f), fill=255))
    _gouges(image, _PAPER, rng, 40, (0.41, 0.65, 0.56, 0.98), 1.5)
    body = (
        (0.3, 0.3),
        (0.33, 0.25),
        (0.39, 0.235),
        (0.44, 0.27),
        (0.47, 0.34),
        (0.58, 0.4),
        (0.72, 0.47),
        (0.86, 0.545),
        (0.74, 0.555),
        (0.62, 0.585),
        (0.52, 0.6),
        (0.44, 0.57),
        (0.385, 0.48),
        (0.365, 0.38),
        (0.33, 0.335),
    )
    _ink(
        image,
        ink,
        lambda d, f: d.line(
            [*at(body, f), at(body, f)[0]], fill=255, width=max(2, round(width * 0.012 * f)), joint="curve"
        ),
    )
    wing = ((0.46, 0.38), (0.6, 0.42), (0.76, 0.49), (0.9, 0.555), (0.72, 0.54), (0.58, 0.525), (0.48, 0.47))
    _ink(image, ink, lambda d, f: d.polygon(at(wing, f), fill=255))
    _gouges(image, _PAPER, rng, 34, (0.48, 0.4, 0.72, 0.52), 0.42)
    _ink(
        image,
        colours[-1] if len(colours) > 2 else ink,
        lambda d, f: d.polygon(at(((0.305, 0.285), (0.215, 0.315), (0.225, 0.33), (0.315, 0.32)), f), fill=255),
    )
    _ink(
        image,
        ink,
        lambda d, f: d.ellipse(
            [v * f for v in (0.362 * width, 0.268 * height, 0.385 * width, 0.268 * height + 0.023 * width)], fill=255
        ),
    )
    for x in (0.47, 0.52):
        leg = at(((x, 0.59), (x + 0.011, 0.59), (x + 0.007, 0.625), (x - 0.004, 0.625)), 1)
        image.paste(ink, (0, 0), polygon_mask(size, leg))
    return image


def _kelp(size: tuple[int, int], colours: Colours, rng: random.Random) -> Image.Image:
    width, height = size
    image = Image.new("RGB", size, colours[2])
    for tone, count in ((colours[1], 7), (colours[0], 6)):
        layer = Image.new("L", size)
        for index in range(count):
            x = (index + rng.uniform(0.2, 0.8)) / count
            reach, sway, phase = rng.uniform(0.55, 0.95), rng.uniform(0.05, 0.12), rng.uniform(0, 6)
            left, right = [], []
            for step in range(40):
                t = step / 39
                px = x + sway * math.sin(t * 4 + phase) * t + 0.1 * t
                half = 0.026 * math.sin(math.pi * (0.12 + 0.86 * t)) * (1 + 0.22 * math.sin(t * 40))
                left.append((px - half, 1 - t * reach))
                right.append((px + half, 1 - t * reach))
            blade = [(a * width, b * height) for a, b in left + right[::-1]]
            layer = ImageChops.lighter(layer, polygon_mask(size, blade))
        # The second block is printed over the first: where they meet, a third green.
        image = Image.composite(ImageChops.multiply(image, Image.new("RGB", size, lighten(tone, 0.12))), image, layer)
    _gouges(image, colours[2], rng, 60, (0.05, 0.1, 0.95, 0.95), -1.35)
    return image


def _moonsea(size: tuple[int, int], colours: Colours, rng: random.Random) -> Image.Image:
    width, height = size
    image = Image.new("RGB", size, colours[0])
    r = 0.17
    _ink(
        image,
        colours[1],
        lambda d, f: d.ellipse(
            [v * f for v in ((0.5 - r) * width, (0.32 - r) * height, (0.5 + r) * width, (0.32 + r) * height)], fill=255
        ),
    )
    _gouges(image, colours[2], rng, 18, (0.4, 0.22, 0.58, 0.42), 0.4)
    _gouges(image, lighten(colours[0], 0.18), rng, 70, (0, 0.02, 1, 0.52), 0.05)

    def sea(draw: ImageDraw.ImageDraw, f: float) -> None:
        for row in range(30):
            y = 0.58 + row * 0.0145
            x = 0.0
            while x < 1:
                bright = math.exp(-(((x - 0.5) / (0.1 + row * 0.006)) ** 2))
                length = rng.uniform(0.02, 0.06)
                if rng.random() < 0.2 + 0.75 * bright:
                    draw.line(
                        [
                            (x * width * f, y * height * f),
                            ((x + length) * width * f, (y + rng.uniform(-0.002, 0.002)) * height * f),
                        ],
                        fill=255,
                        width=max(1, round(height * 0.005 * f)),
                    )
                x += length + 0.012

    _ink(image, mix(colours[1], colours[2], 0.25), sea)
    return image


def _lighthouse(size: tuple[int, int], colours: Colours, rng: random.Random) -> Image.Image:
    width, height = size
    sky, snow, dark, red = colours
    image = Image.new("RGB", size, sky)

    def shape(colour: RGB, points: tuple[tuple[float, float], ...]) -> None:
        _ink(image, colour, lambda d, f: d.polygon([(x * width * f, y * height * f) for x, y in points], fill=255))

    _gouges(image, lighten(sky, 0.3), rng, 90, (0, 0.02, 1, 0.55), 0.1)
    shape(mix(sky, dark, 0.4), ((0, 0.6), (0.25, 0.55), (0.5, 0.585), (0.8, 0.54), (1, 0.57), (1, 0.7), (0, 0.7)))
    shape(snow, ((0, 0.72), (0.3, 0.66), (0.62, 0.64), (1, 0.7), (1, 1), (0, 1)))
    shape(snow, ((0.42, 0.7), (0.45, 0.26), (0.58, 0.26), (0.61, 0.7)))
    shape(mix(snow, dark, 0.22), ((0.53, 0.7), (0.535, 0.26), (0.58, 0.26), (0.61, 0.7)))
    shape(dark, ((0.435, 0.26), (0.435, 0.245), (0.595, 0.245), (0.595, 0.26)))
    shape(lighten(sky, 0.55), ((0.465, 0.245), (0.465, 0.175), (0.565, 0.175), (0.565, 0.245)))
    shape(dark, ((0.45, 0.175), (0.515, 0.115), (0.58, 0.175)))
    for x in (0.475, 0.515, 0.555):
        shape(dark, ((x - 0.004, 0.245), (x - 0.004, 0.175), (x + 0.004, 0.175), (x + 0.004, 0.245)))
    shape(red, ((0.488, 0.7), (0.488, 0.625), (0.542, 0.625), (0.542, 0.7)))
    shape(dark, ((0.505, 0.46), (0.505, 0.42), (0.53, 0.42), (0.53, 0.46)))
    shape(mix(dark, sky, 0.2), ((0.66, 0.7), (0.66, 0.61), (0.75, 0.55), (0.84, 0.61), (0.84, 0.7)))
    shape(snow, ((0.64, 0.62), (0.75, 0.535), (0.86, 0.62), (0.84, 0.625), (0.75, 0.56), (0.66, 0.625)))
    _gouges(image, mix(snow, sky, 0.6), rng, 60, (0, 0.74, 1, 1), 0.15)
    for index in range(7):
        x, y, s = 0.05 + index * 0.05 + rng.uniform(-0.01, 0.01), 0.72 + rng.uniform(0, 0.03), rng.uniform(0.08, 0.15)
        shape(dark, ((x - s * 0.22, y), (x, y - s), (x + s * 0.22, y)))
    return image


def _tides(size: tuple[int, int], colours: Colours, rng: random.Random) -> Image.Image:
    width, height = size
    image = Image.new("RGB", size, colours[2])

    def months(draw: ImageDraw.ImageDraw, f: float) -> None:
        for month in range(12):
            y = (month + 1.3) / 13.2
            line = [
                (0.1 + 0.86 * i / 160, y - 0.017 * (0.6 + 0.4 * math.sin(i / 25 + month)) * math.sin(i * 0.62))
                for i in range(161)
            ]
            base = [(0.96, y + 0.024), (0.1, y + 0.024)]
            draw.polygon([(x * width * f, yy * height * f) for x, yy in line + base], fill=210 if month % 2 else 255)

    _ink(image, colours[0], months)

    def marks(draw: ImageDraw.ImageDraw, f: float) -> None:
        for month in range(12):
            y = (month + 1.3) / 13.2
            draw.rectangle(
                [v * f for v in (0.035 * width, (y - 0.008) * height, 0.075 * width, (y + 0.006) * height)], fill=255
            )
            for day in range(31):
                if day % 7 == month % 7:
                    x = (0.1 + 0.86 * day / 31) * width
                    draw.ellipse(
                        [
                            v * f
                            for v in (
                                x - width * 0.005,
                                (y + 0.032) * height,
                                x + width * 0.005,
                                (y + 0.032) * height + width * 0.01,
                            )
                        ],
                        fill=255,
                    )
        draw.rectangle([v * f for v in (0.1 * width, 0.028 * height, 0.62 * width, 0.048 * height)], fill=255)

    _ink(image, colours[1], marks)
    del rng
    return image


def _spruce(size: tuple[int, int], colours: Colours, rng: random.Random) -> Image.Image:
    """Rows of small trees for wrapping paper; `colours` are paper and ink."""
    image = Image.new("RGB", size, colours[0])
    pitch = max(24, min(size) / 5.2)
    trees = Image.new("L", (size[0] * 2, size[1] * 2))
    draw = ImageDraw.Draw(trees)
    for row in range(int(size[1] / pitch) + 2):
        for column in range(int(size[0] / pitch) + 2):
            x, y = (column + 0.5 * (row % 2)) * pitch * 2, row * pitch * 2
            s = pitch * 0.78
            for tier in range(4):
                top, half = y - s + tier * s * 0.42, s * (0.22 + 0.13 * tier)
                draw.polygon(
                    [(x, top), (x + half, top + s * 0.62), (x - half, top + s * 0.62)], fill=rng.randrange(205, 250)
                )
            draw.rectangle((x - s * 0.06, y + s * 0.7, x + s * 0.06, y + s * 0.95), fill=230)
    image.paste(colours[1], (0, 0), trees.reduce(2))
    return image


def _flags(size: tuple[int, int], colours: Colours, rng: random.Random) -> Image.Image:
    """One signal-like flag of blocks and crosses; which one depends on the generator."""
    width, height = size
    image = Image.new("RGB", size, colours[0])
    first, second = rng.sample(list(colours[1:]), 2)
    draw = ImageDraw.Draw(image)
    kind = rng.randrange(6)
    if kind == 0:
        draw.rectangle((0, 0, width / 2, height), fill=first)
        draw.rectangle((width / 2, 0, width, height), fill=second)
    elif kind == 1:
        draw.rectangle((0, 0, width, height), fill=first)
        draw.rectangle((width * 0.3, height * 0.3, width * 0.7, height * 0.7), fill=colours[0])
    elif kind == 2:
        draw.rectangle((width * 0.38, 0, width * 0.62, height), fill=first)
        draw.rectangle((0, height * 0.38, width, height * 0.62), fill=first)
    elif kind == 3:
        draw.polygon([(0, 0), (width, 0), (0, height)], fill=first)
        draw.polygon([(width, 0), (width, height), (0, height)], fill=second)
    elif kind == 4:
        for index in range(3):
            draw.rectangle(
                (0, index * height / 3, width, (index + 1) * height / 3), fill=(first, colours[0], second)[index]
            )
    else:
        for row in range(4):
            for column in range(4):
                if (row + column) % 2:
                    draw.rectangle(
                        (column * width / 4, row * height / 4, (column + 1) * width / 4, (row + 1) * height / 4),
                        fill=first,
                    )
    return image


_BLOCKS: dict[str, Callable[[tuple[int, int], Colours, random.Random], Image.Image]] = {
    "landscape": _landscape,
    "bird": _bird,
    "kelp": _kelp,
    "moonsea": _moonsea,
    "lighthouse": _lighthouse,
    "tides": _tides,
    "spruce": _spruce,
    "flags": _flags,
}
