"""Timber: plain-sawn cathedrals, quarter-sawn lines, end grain, spalting, and milk paint worn at its edges.

Owns wood as a flat texture; the motifs give it form.
"""

import math
import random
from functools import lru_cache

from PIL import Image, ImageChops, ImageDraw

from deploy.seed.pictures.kit.paint import RGB, clouds, darken, enlarged, levels, lighten, lit, mix, noise, ramp, soften

_RINGS = 65536


def grain(
    size: tuple[int, int], light: RGB, dark: RGB, rng: random.Random, scale: float, *, figure: float = 1.0
) -> Image.Image:
    """Plain-sawn wood along the x axis. `scale` is pixels to a scene unit, `figure` how boldly the rings show."""
    width, height = size
    columns, rows = 40, 56
    centre = rng.uniform(-0.2, 1.2)
    slant, waist = rng.uniform(-0.5, 0.5), rng.uniform(0.2, 0.8)
    spread = rng.uniform(0.35, 0.8)
    warp = noise((columns, rows), 14, 9, rng).tobytes()
    values: list[float] = []
    for row in range(rows):
        y = row / rows
        for column in range(columns):
            x = column / columns
            along = (x - waist) * spread * width / max(height, 1) * 0.42
            across = (y - centre - slant * (x - 0.5) * 0.25) * 1.5
            bend = (warp[row * columns + column] - 128) / 128 * 0.09
            values.append(math.hypot(across, along * 0.34) + bend)
    small = Image.new("F", (columns, rows))
    small.putdata(values)
    rings_per_unit = height / max(scale, 0.05) / 17.0
    distance = enlarged(small, size).point(lambda v: v * (rings_per_unit * 4096) + 4096)
    rings = distance.convert("I").point(_ring_table(), "L")
    fibre = noise(size, 90 * scale, 1.1 * scale, rng)
    pores = levels(noise(size, 22 * scale, 1.0, rng), 168, 236)
    tone = Image.blend(Image.blend(Image.new("L", size, 96), rings, 0.62 * figure), fibre, 0.3)
    wood = ramp(tone, ((0.0, lighten(light, 0.12)), (0.42, light), (0.72, mix(light, dark, 0.62)), (1.0, dark)))
    wood.paste(darken(dark, 0.35), (0, 0), pores.point([round(v * 0.32) for v in range(256)]))
    drift = Image.blend(
        Image.new("L", (width // 4 + 1, height // 4 + 1), 128),
        clouds((width // 4 + 1, height // 4 + 1), 80 * scale, rng),
        0.22,
    )
    return lit(wood, enlarged(drift, size))


@lru_cache(maxsize=1)
def _ring_table() -> list[int]:
    """One year: pale early wood sinking slowly, then a dark line of late wood."""
    year = 4096
    table = []
    for index in range(year):
        t = index / year
        value = 0.16 + 0.5 * t**2.4 if t < 0.82 else 0.5 + 0.5 * math.sin((t - 0.82) / 0.18 * math.pi)
        table.append(round(255 * min(1.0, value)))
    return table * (_RINGS // year)


def plank(
    size: tuple[int, int], light: RGB, dark: RGB, rng: random.Random, scale: float, boards: int = 1
) -> Image.Image:
    """Boards side by side, each cut from another part of the tree."""
    if boards == 1:
        return grain(size, light, dark, rng, scale)
    picture = Image.new("RGB", size)
    step = math.ceil(size[1] / boards)
    for index in range(boards):
        tone = rng.uniform(-0.06, 0.08)
        shade = lighten(light, tone) if tone > 0 else darken(light, -tone)
        picture.paste(grain((size[0], step), shade, dark, rng, scale), (0, index * step))
    draw = ImageDraw.Draw(picture)
    for index in range(1, boards):
        draw.line(
            [(0, index * step), (size[0], index * step)], fill=darken(dark, 0.55), width=max(1, round(1.6 * scale))
        )
    return picture


def end_grain(size: tuple[int, int], colours: tuple[RGB, RGB], rng: random.Random, scale: float) -> Image.Image:
    """A chopping block's face: squares of ring ends in two timbers, chequered."""
    side = max(6, round(46 * scale))
    picture = Image.new("RGB", size)
    variants: list[list[Image.Image]] = [[], []]
    for which in (0, 1):
        big = grain((side * 5, side * 5), colours[which], darken(colours[which], 0.4), rng, scale * 0.8)
        for _ in range(7):
            x, y = rng.randrange(side * 4), rng.randrange(side * 4)
            piece = big.crop((x, y, x + side, y + side)).transpose(
                rng.choice([Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.TRANSPOSE])
            )
            tone = Image.new("L", piece.size, round(128 + rng.uniform(-22, 20)))
            variants[which].append(lit(piece, tone))
    for row in range(size[1] // side + 1):
        for column in range(size[0] // side + 1):
            picture.paste(rng.choice(variants[(row + column) % 2]), (column * side, row * side))
    draw = ImageDraw.Draw(picture)
    line = darken(colours[0], 0.5)
    for index in range(1, max(size) // side + 1):
        draw.line([(index * side, 0), (index * side, size[1])], fill=line)
        draw.line([(0, index * side), (size[0], index * side)], fill=line)
    return picture


def spalted(size: tuple[int, int], light: RGB, ink: RGB, rng: random.Random, scale: float) -> Image.Image:
    """Pale wood with the black outlines that a fungus draws."""
    wood = grain(size, light, darken(light, 0.22), rng, scale, figure=0.55)
    lines = Image.new("L", size)
    for spread in (120, 70):
        blot = enlarged(noise((size[0] // 2, size[1] // 2), spread * scale, spread * scale * 0.55, rng), size)
        # A contour of the noise is a closed wandering line.
        edge = blot.point([max(0, 255 - abs(v - 122) * 60) for v in range(256)])
        lines = ImageChops.lighter(lines, edge)
    inside = enlarged(levels(noise((64, 64), 18, 12, rng), 110, 150), size)
    wood.paste(darken(light, 0.2), (0, 0), inside.point([round(v * 0.3) for v in range(256)]))
    wood.paste(ink, (0, 0), soften(lines, 0.5 * scale).point([round(v * 0.85) for v in range(256)]))
    return wood


def milk_paint(size: tuple[int, int], paint: RGB, rng: random.Random, scale: float) -> Image.Image:
    """Thin paint over wood: brush streaks along x and a chalky bloom."""
    streak = noise(size, 160 * scale, 2.2 * scale, rng)
    bloom = clouds(size, 70 * scale, rng)
    tone = Image.blend(streak, bloom, 0.55)
    return ramp(tone, ((0.0, darken(paint, 0.16)), (0.5, paint), (1.0, lighten(paint, 0.14))))


def timber(
    size: tuple[int, int], surface: str, colours: tuple[RGB, ...], rng: random.Random, scale: float
) -> Image.Image:
    """The wood a motif's `surface` names: a species, `spalted`, `painted` or `checker`."""
    main = colours[0]
    second = colours[1] if len(colours) > 1 else darken(main, 0.4)
    if surface == "spalted":
        return spalted(size, main, second, rng, scale)
    if surface == "painted":
        return milk_paint(size, main, rng, scale)
    if surface == "ebony":
        return grain(size, main, mix(main, second, 0.9), rng, scale, figure=0.7)
    figure = {"maple": 0.4, "apple": 0.5, "cherry": 0.75, "pine": 0.9, "ash": 1.0, "oak": 1.0, "walnut": 1.0}.get(
        surface, 0.8
    )
    return grain(size, lighten(main, 0.06), second, rng, scale, figure=figure)
