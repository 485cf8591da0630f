"""Glazes and clay bodies as unrolled textures.

Owns colour and pattern on a pot's wall; form and light are the lathe's.
"""

import math
import random
from functools import lru_cache

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from deploy.seed.pictures.kit.lathe import Finish, Texture, tint_for
from deploy.seed.pictures.kit.paint import (
    RGB,
    clouds,
    darken,
    drawn_mask,
    enlarged,
    field,
    levels,
    lighten,
    lit,
    mix,
    noise,
    polygon_mask,
    ramp,
    shifted,
    soften,
)

GLOSS = {
    "speckle": 0.45,
    "dip": 0.5,
    "drip": 0.72,
    "reactive": 0.5,
    "bands": 0.3,
    "grasses": 0.25,
    "burnished": 0.85,
    "carved": 0.75,
    "terracotta": 0.1,
    "smoke": 0.22,
    "pierced": 0.6,
}


def finish(surface: str, colour: RGB) -> Finish:
    return Finish(gloss=GLOSS.get(surface, 0.4), shadow=tint_for(colour))


def clay(surface: str, colours: tuple[RGB, ...], rng: random.Random) -> Texture:
    """The wall of a pot. Known surfaces are the keys of `GLOSS`."""
    main = colours[0]
    second = colours[1] if len(colours) > 1 else darken(main, 0.4)
    third = colours[2] if len(colours) > 2 else mix(main, second, 0.5)
    seed = rng.random()

    def draw(size: tuple[int, int], scale: float) -> Image.Image:
        local = random.Random(seed)
        painter = _PAINTERS.get(surface, _speckle)
        return _throwing_rings(painter(size, scale, (main, second, third), local), local, scale, surface)

    return draw


def floor(surface: str, colours: tuple[RGB, ...], rng: random.Random) -> Texture:
    """The inside of a pot as one looks into it: the same glaze, with rings that run round instead of across."""
    main = colours[0]
    second = colours[1] if len(colours) > 1 else darken(main, 0.4)
    seed = rng.random()

    def draw(size: tuple[int, int], scale: float) -> Image.Image:
        local = random.Random(seed)
        blotch = clouds(size, 110 * scale, local)
        deep, pale = _FLOORS.get(surface, (0.06, 0.08))
        tones = (
            (0.0, mix(main, second, deep * 2)),
            (0.35, mix(main, second, deep)),
            (0.6, main),
            (1.0, lighten(main, pale)),
        )
        image = ramp(blotch, tones)
        if surface in {"speckle", "reactive"}:
            _freckles(image, scale, second, local, 0.7 if surface == "speckle" else 0.2)
        return lit(image, enlarged(_round_rings(), size))

    return draw


_FLOORS = {"reactive": (0.16, 0.12), "smoke": (0.42, 0.12), "terracotta": (0.16, 0.1), "burnished": (0.1, 0.16)}
"""How much of the second colour lies in the hollows of a floor, and how pale its ridges are."""


@lru_cache(maxsize=1)
def _round_rings() -> Image.Image:
    """The spiral that fingers leave on the floor of a pot, as a faint light map."""

    def ring(x: float, y: float) -> float:
        away, turn = math.hypot(x - 0.5, y - 0.5), math.atan2(y - 0.5, x - 0.5)
        return 0.5 + 0.022 * math.sin(away * 88 + turn) + 0.018 * math.sin(away * 41 - turn)

    return field(150, 150, ring)


Colours = tuple[RGB, RGB, RGB]


def _throwing_rings(image: Image.Image, rng: random.Random, scale: float, surface: str) -> Image.Image:
    """Faint horizontal rings that fingers leave on the wheel."""
    strength = {"burnished": 0.03, "carved": 0.02, "smoke": 0.05, "pierced": 0.03}.get(surface, 0.1)
    column = noise((4, image.height), 8, 7 * scale, rng)
    rings = enlarged(Image.blend(Image.new("L", column.size, 128), column, strength), image.size)
    return lit(image, rings)


def _mottle(size: tuple[int, int], scale: float, colour: RGB, rng: random.Random, amount: float = 0.1) -> Image.Image:
    tone = clouds(size, 60 * scale, rng)
    return ramp(tone, ((0.0, darken(colour, amount)), (0.5, colour), (1.0, lighten(colour, amount))))


def _freckles(image: Image.Image, scale: float, colour: RGB, rng: random.Random, density: float = 1.0) -> None:
    """Iron specks: many pin-pricks, a few blooms with a soft brown halo."""
    width, height = image.size
    area = width * height / (scale * scale)
    count = round(area / 420 * density)
    halo = Image.new("L", (width // 2 + 1, height // 2 + 1))
    dots = Image.new("L", (width * 2, height * 2))
    soft, sharp = ImageDraw.Draw(halo), ImageDraw.Draw(dots)
    for _ in range(min(count, 2600)):
        x, y = rng.random() * width, rng.random() * height
        r = scale * (0.35 + 1.3 * rng.random() ** 5)
        sharp.ellipse(((x - r) * 2, (y - r) * 2, (x + r) * 2, (y + r) * 2), fill=rng.randrange(110, 245))
        if r > scale * 0.9:
            g = r * 1.5
            soft.ellipse(((x - g) / 2, (y - g) / 2, (x + g) / 2, (y + g) / 2), fill=150)
    halo = enlarged(halo.filter(ImageFilter.GaussianBlur(max(0.6, 0.8 * scale))), image.size)
    image.paste(mix(colour, (150, 90, 40), 0.4), (0, 0), halo.point([round(v * 0.55) for v in range(256)]))
    image.paste(darken(colour, 0.4), (0, 0), dots.reduce(2))


def _speckle(size: tuple[int, int], scale: float, colours: Colours, rng: random.Random) -> Image.Image:
    image = _mottle(size, scale, colours[0], rng, 0.07)
    _freckles(image, scale, colours[1], rng)
    _toasted_foot(image, scale, colours[1], rng, 0.93)
    return image


def _toasted_foot(image: Image.Image, scale: float, colour: RGB, rng: random.Random, start: float) -> None:
    """Bare clay below the glaze line, with the dark edge where the glaze stopped."""
    width, height = image.size
    line = _wander(width, rng, start * height, 2.0 * scale, 60 * scale)
    points = [*line, (float(width), float(height)), (0.0, float(height))]
    mask = polygon_mask(image.size, points)
    bare = _mottle(image.size, scale, lighten(colour, 0.2), rng, 0.1)
    image.paste(darken(colour, 0.3), (0, 0), soften(mask, 2.2 * scale).point([round(v * 0.8) for v in range(256)]))
    image.paste(bare, (0, 0), shifted(mask, 0, round(2 * scale)))


def _wander(
    width: int, rng: random.Random, level: float, amplitude: float, wavelength: float
) -> list[tuple[float, float]]:
    phases = [rng.uniform(0, 6.28) for _ in range(3)]
    points = []
    for step in range(41):
        x = width * step / 40
        wave = sum(math.sin(x / wavelength * (i + 1) * 1.7 + phase) / (i + 1) for i, phase in enumerate(phases))
        points.append((x, level + amplitude * wave))
    return points


def _dip(size: tuple[int, int], scale: float, colours: Colours, rng: random.Random) -> Image.Image:
    """One glaze over bare clay, its line tilted by the hand that held the pot."""
    width, height = size
    image = _mottle(size, scale, colours[1], rng, 0.12)
    grit = levels(noise(size, 1.4 * scale, 1.4 * scale, rng), 120, 250)
    image.paste(darken(colours[1], 0.3), (0, 0), grit.point([round(v * 0.35) for v in range(256)]))
    tilt = rng.uniform(-0.1, 0.1) * height
    line = [
        (x, y + tilt * (x / width - 0.5) * 2)
        for x, y in _wander(width, rng, height * rng.uniform(0.56, 0.7), 2.4 * scale, 70 * scale)
    ]
    points = [(0.0, 0.0), (float(width), 0.0), *line[::-1]]
    mask = polygon_mask(size, points)
    glaze = _mottle(size, scale, colours[0], rng, 0.14)
    image.paste(
        darken(mix(colours[0], colours[1], 0.5), 0.35),
        (0, 0),
        shifted(soften(mask, 1.5 * scale), 0, round(2.5 * scale)),
    )
    image.paste(glaze, (0, 0), mask)
    thin = ImageChops.subtract(mask, shifted(soften(mask, 3 * scale), 0, -round(7 * scale)))
    image.paste(
        lighten(mix(colours[0], colours[1], 0.35), 0.1), (0, 0), thin.point([round(v * 0.6) for v in range(256)])
    )
    _freckles(image, scale, darken(colours[1], 0.5), rng, 0.25)
    return image


def _drip(size: tuple[int, int], scale: float, colours: Colours, rng: random.Random) -> Image.Image:
    """Ash glaze running down in rivulets and pooling dark."""
    width, height = size
    runs = noise(size, 9 * scale, 220 * scale, rng)
    fine = noise(size, 3 * scale, 90 * scale, rng)
    pool = enlarged(field(4, 32, lambda _x, y: 0.25 + 0.55 * abs(math.sin(y * 9.5)) * y), size)
    tone = Image.blend(Image.blend(runs, fine, 0.35), pool, 0.45)
    image = ramp(
        levels(tone, 40, 200),
        (
            (0.0, lighten(colours[0], 0.34)),
            (0.4, colours[0]),
            (0.75, mix(colours[0], colours[1], 0.7)),
            (1.0, colours[1]),
        ),
    )
    edge = [(x, y) for x, y in _wander(width, rng, height * 0.86, 6 * scale, 30 * scale)]
    below = [*edge, (float(width), float(height)), (0.0, float(height))]
    mask = polygon_mask(size, below)
    image.paste(colours[1], (0, 0), soften(mask, 4 * scale))
    image.paste(_mottle(size, scale, colours[2], rng, 0.12), (0, 0), mask)
    return image


def _reactive(size: tuple[int, int], scale: float, colours: Colours, rng: random.Random) -> Image.Image:
    """A glaze that breaks: one colour where thick, another where thin, pooling between the rings."""
    blotch = clouds(size, 95 * scale, rng)
    rings = enlarged(noise((4, size[1]), 9, 13 * scale, rng), size)
    tone = levels(Image.blend(blotch, rings, 0.42), 60, 198)
    image = ramp(
        tone,
        (
            (0.0, colours[1]),
            (0.32, mix(colours[0], colours[1], 0.45)),
            (0.62, colours[0]),
            (1.0, lighten(mix(colours[0], colours[2], 0.3), 0.08)),
        ),
    )
    _freckles(image, scale, darken(colours[1], 0.2), rng, 0.2)
    return image


def _bands(size: tuple[int, int], scale: float, colours: Colours, rng: random.Random) -> Image.Image:
    """Slip laid with a brush while the wheel turns."""
    width, height = size
    image = _mottle(size, scale, colours[1], rng, 0.1)
    y = height * 0.07
    while y < height * 0.92:
        thick = rng.uniform(0.03, 0.14) * height
        band = [
            *_wander(width, rng, y, 1.0 * scale, 90 * scale),
            *_wander(width, rng, y + thick, 1.2 * scale, 80 * scale)[::-1],
        ]
        mask = polygon_mask(size, band)
        brush = levels(noise(size, 150 * scale, 1.6 * scale, rng), 20, 150)
        image.paste(colours[0], (0, 0), ImageChops.multiply(mask, brush))
        y += thick + rng.uniform(0.015, 0.06) * height
    return image


def _grasses(size: tuple[int, int], scale: float, colours: Colours, rng: random.Random) -> Image.Image:
    """Blades of marsh grass, each one brush stroke from thick to a hair."""
    width, height = size
    image = _mottle(size, scale, colours[0], rng, 0.05)

    def paint(draw: ImageDraw.ImageDraw, f: float) -> None:
        for _ in range(34):
            x = rng.uniform(-0.05, 1.05) * width
            reach, lean = rng.uniform(0.35, 0.86) * height, rng.uniform(-0.16, 0.2) * width
            thick = rng.uniform(1.6, 4.4) * scale
            left, right = [], []
            for step in range(15):
                t = step / 14
                px = x + lean * t**2.1
                py = height * 0.97 - reach * t
                half = thick * (1 - t) ** 0.7 * (0.55 + 0.45 * math.sin(min(1.0, t * 2.4) * math.pi / 2))
                left.append(((px - half) * f, py * f))
                right.append(((px + half) * f, py * f))
            draw.polygon(left + right[::-1], fill=rng.randrange(150, 250))

    strokes = drawn_mask(size, paint)
    dry = levels(noise(size, 2.0 * scale, 40 * scale, rng), 10, 120)
    image.paste(colours[1], (0, 0), ImageChops.multiply(strokes, dry))
    _freckles(image, scale, colours[1], rng, 0.3)
    return image


def _burnished(size: tuple[int, int], scale: float, colours: Colours, rng: random.Random) -> Image.Image:
    """Clay rubbed with a stone: long faint strokes, metallic in the light."""
    strokes = noise(size, 120 * scale, 2.6 * scale, rng)
    tone = Image.blend(strokes, clouds(size, 100 * scale, rng), 0.55)
    return ramp(tone, ((0.0, darken(colours[0], 0.25)), (0.55, colours[0]), (1.0, mix(colours[0], colours[1], 0.55))))


def _carved(size: tuple[int, int], scale: float, colours: Colours, rng: random.Random) -> Image.Image:
    """Burnished clay with a band of leaves cut through the polish around the shoulder."""
    image = _burnished(size, scale, (colours[0], lighten(colours[0], 0.3), colours[0]), rng)
    width, height = size
    top, deep = height * 0.46, height * 0.2
    step = 30 * scale
    carved = Image.new("L", (width * 2, height * 2))
    draw = ImageDraw.Draw(carved)
    for index in range(int(width / step) + 2):
        x = index * step
        for row, lean in ((0, 1), (1, -1)):
            y = top + row * deep * 0.5
            leaf = [
                (x, y + deep * 0.45),
                (x + lean * step * 0.12 + step * 0.18, y + deep * 0.18),
                (x + step * 0.62, y + deep * 0.04),
                (x + step * 0.5, y + deep * 0.3),
            ]
            draw.polygon([(px * 2, py * 2) for px, py in leaf], fill=255)
    for y in (top - 6 * scale, top + deep + 6 * scale):
        draw.line([(0, y * 2), (width * 2, y * 2)], fill=230, width=max(2, round(3 * scale)))
    mask = carved.reduce(2)
    image.paste(lighten(colours[0], 0.22), (0, 0), shifted(mask, round(1.5 * scale), round(1.5 * scale)))
    image.paste(mix(colours[1], (120, 116, 118), 0.16), (0, 0), mask)
    return image


def _terracotta(size: tuple[int, int], scale: float, colours: Colours, rng: random.Random) -> Image.Image:
    image = ramp(
        Image.blend(clouds(size, 80 * scale, rng), noise(size, 160 * scale, 3 * scale, rng), 0.35),
        ((0.0, mix(colours[0], colours[1], 0.6)), (0.5, colours[0]), (1.0, lighten(colours[0], 0.16))),
    )
    grit = levels(noise(size, 1.3 * scale, 1.3 * scale, rng), 190, 250)
    image.paste(lighten(colours[0], 0.45), (0, 0), grit.point([round(v * 0.5) for v in range(256)]))
    return image


def _smoke(size: tuple[int, int], scale: float, colours: Colours, rng: random.Random) -> Image.Image:
    tone = clouds(size, 210 * scale, rng)
    wisps = noise(size, 90 * scale, 30 * scale, rng)
    tone = levels(Image.blend(tone, wisps, 0.3), 56, 180)
    return ramp(
        tone,
        (
            (0.0, colours[1]),
            (0.22, mix(colours[1], colours[2], 0.55)),
            (0.48, colours[2]),
            (0.75, colours[0]),
            (1.0, lighten(colours[0], 0.15)),
        ),
    )


def _pierced(size: tuple[int, int], scale: float, colours: Colours, rng: random.Random) -> Image.Image:
    """Crescents cut through, the flame behind them."""
    image = _burnished(size, scale, (colours[0], lighten(colours[0], 0.25), colours[0]), rng)
    width, height = size
    cut = Image.new("L", (width * 2, height * 2))
    draw = ImageDraw.Draw(cut)
    pitch = 38 * scale
    for row in range(7):
        y = height * 0.14 + row * pitch * 0.92
        if y > height * 0.84:
            break
        for column in range(int(width / pitch) + 2):
            x = column * pitch + (row % 2) * pitch / 2
            r = 9.5 * scale
            draw.ellipse(((x - r) * 2, (y - r) * 2, (x + r) * 2, (y + r) * 2), fill=255)
            draw.ellipse(((x - r * 0.35) * 2, (y - r * 1.1) * 2, (x + r * 1.6) * 2, (y + r * 0.9) * 2), fill=0)
    mask = cut.reduce(2)
    image.paste(colours[1], (0, 0), soften(mask, 7 * scale).point([min(255, round(v * 0.9)) for v in range(256)]))
    image.paste(lighten(colours[1], 0.55), (0, 0), mask)
    return image


_PAINTERS = {
    "speckle": _speckle,
    "dip": _dip,
    "drip": _drip,
    "reactive": _reactive,
    "bands": _bands,
    "grasses": _grasses,
    "burnished": _burnished,
    "carved": _carved,
    "terracotta": _terracotta,
    "smoke": _smoke,
    "pierced": _pierced,
}
