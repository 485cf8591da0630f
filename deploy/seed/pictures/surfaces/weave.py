"""Cloth and wicker: drafts woven thread by thread on a small tile and repeated.

Owns flat textures. A tile is made at the size in which it is shown, so that a close-up shows threads and not enlarged
pixels.
"""

import math
import random
from collections.abc import Callable

from PIL import Image, ImageChops, ImageDraw

from deploy.seed.pictures.kit.lathe import Texture
from deploy.seed.pictures.kit.paint import RGB, clouds, darken, enlarged, field, lighten, lit, mix, noise, tiled

Over = Callable[[int, int], bool]
"""Does the warp lie over the weft at (end, pick)?"""


def woven(
    size: tuple[int, int],
    pitch: float,
    warp: Callable[[int], RGB],
    weft: Callable[[int], RGB],
    over: Over,
    repeat: tuple[int, int],
    rng: random.Random,
) -> Image.Image:
    """Cloth of `pitch` pixels a thread; colours and lifts repeat after `repeat` ends and picks."""
    cell = max(2, round(pitch))
    across, down = repeat
    tile = Image.new("RGB", (across * cell, down * cell))
    light = Image.new("L", tile.size, 128)
    lengthwise = field(
        cell, cell, lambda x, y: 0.5 + 0.3 * math.sin(math.pi * x) - 0.22 * (x - 0.3) - 0.2 * (2 * y - 1) ** 2 + 0.02
    )
    crosswise = field(
        cell, cell, lambda x, y: 0.5 + 0.3 * math.sin(math.pi * y) - 0.22 * (y - 0.3) - 0.2 * (2 * x - 1) ** 2 + 0.02
    )
    for end in range(across):
        for pick in range(down):
            lifted = over(end, pick)
            place = end * cell, pick * cell
            tile.paste(warp(end) if lifted else weft(pick), (*place, place[0] + cell, place[1] + cell))
            light.paste(lengthwise if lifted else crosswise, place)
    strength = min(1.0, 0.35 + cell / 14)
    light = Image.blend(Image.new("L", light.size, 116), light, strength)
    cloth = tiled(lit(tile, light), size)
    slub = Image.blend(noise(size, 1.2 * pitch, 26 * pitch, rng), noise(size, 26 * pitch, 1.2 * pitch, rng), 0.5)
    return lit(cloth, Image.blend(Image.new("L", size, 128), slub, 0.28))


def plain(size: tuple[int, int], colour: RGB, rng: random.Random, scale: float, thread: float = 4.0) -> Image.Image:
    return woven(
        size,
        thread * scale,
        lambda _e: colour,
        lambda _p: lighten(colour, 0.05),
        lambda e, p: (e + p) % 2 == 0,
        (2, 2),
        rng,
    )


Colours = tuple[RGB, ...]


def _herringbone(size: tuple[int, int], colours: Colours, rng: random.Random, scale: float) -> Image.Image:
    half = 10

    def over(end: int, pick: int) -> bool:
        place = end % (2 * half)
        diagonal = place if place < half else 2 * half - 1 - place
        return (diagonal + pick) % 4 < 2

    return woven(size, 5.2 * scale, lambda _e: colours[0], lambda _p: colours[1], over, (2 * half, 4), rng)


def _plaid(size: tuple[int, int], colours: Colours, rng: random.Random, scale: float) -> Image.Image:
    red, cream, brown = colours
    sett = [red] * 14 + [brown] * 6 + [cream] * 2 + [brown] * 6 + [red] * 14 + [cream] * 4 + [brown] * 2 + [cream] * 4
    count = len(sett)
    return woven(
        size,
        4.6 * scale,
        lambda e: sett[e % count],
        lambda p: sett[p % count],
        lambda e, p: (e + p) % 4 < 2,
        (count, count),
        rng,
    )


def _check(size: tuple[int, int], colours: Colours, rng: random.Random, scale: float) -> Image.Image:
    cream, blue = colours
    sett = [cream] * 10 + [blue] * 3 + [cream] * 2 + [blue] * 3
    count = len(sett)
    return woven(
        size,
        4.2 * scale,
        lambda e: sett[e % count],
        lambda p: sett[p % count],
        lambda e, p: (e + p) % 2 == 0,
        (count, count),
        rng,
    )


def _stripes(size: tuple[int, int], colours: Colours, rng: random.Random, scale: float) -> Image.Image:
    order: list[RGB] = []
    for width, which in ((12, 0), (4, 1), (8, 0), (8, 2), (4, 0), (14, 1), (4, 0), (3, 2), (10, 0), (6, 2)):
        order += [colours[which]] * width
    order += order[:1] if len(order) % 2 else []
    count = len(order)
    return woven(
        size,
        4.4 * scale,
        lambda _e: colours[0],
        lambda p: order[p % count],
        lambda e, p: (e + p) % 2 == 0 and e % 2 == 0,
        (2, count),
        rng,
    )


def _tweed(size: tuple[int, int], colours: Colours, rng: random.Random, scale: float) -> Image.Image:
    moss, bark = colours
    tones = [lighten(moss, 0.06), moss, darken(moss, 0.12), mix(moss, bark, 0.3)]
    picks = [bark, lighten(bark, 0.1), darken(bark, 0.1), mix(bark, moss, 0.2)]
    return woven(
        size,
        5.6 * scale,
        lambda e: tones[(e * 7) % 4],
        lambda p: picks[(p * 5) % 4],
        lambda e, p: (e + p) % 2 == 0,
        (8, 8),
        rng,
    )


def _waffle(size: tuple[int, int], colours: Colours, rng: random.Random, scale: float) -> Image.Image:
    """Cells with raised walls: the light map matters more than the threads."""
    base = plain(size, colours[0], rng, scale, 3.2)
    cell = max(6, round(24 * scale))
    pit = field(
        24,
        24,
        lambda x, y: (
            0.5
            + 0.3 * (max(abs(x - 0.5), abs(y - 0.5)) - 0.32) * 2.2
            + 0.36 * ((x - 0.5) + (y - 0.5)) * (1 if max(abs(x - 0.5), abs(y - 0.5)) < 0.4 else -0.3)
        ),
    )
    return lit(base, tiled(enlarged(pit, (cell, cell)), size))


def _huck(size: tuple[int, int], colours: Colours, rng: random.Random, scale: float) -> Image.Image:
    def over(end: int, pick: int) -> bool:
        block = (end // 5 + pick // 5) % 2
        if block and end % 5 in {1, 3} and 0 < pick % 5 < 4:
            return True
        return (end + pick) % 2 == 0

    return woven(
        size, 4.4 * scale, lambda _e: colours[0], lambda _p: mix(colours[0], colours[1], 0.4), over, (10, 10), rng
    )


def _blocks(
    size: tuple[int, int], colours: Colours, rng: random.Random, scale: float, design: tuple[str, ...], thread: float
) -> Image.Image:
    """Overshot and summer-and-winter: pattern weft floats in blocks over a plain ground."""
    step = 4
    down, across = len(design) * step, len(design[0]) * step
    ground, pattern = colours[0], colours[1]

    def over(end: int, pick: int) -> bool:
        floats = design[pick // step][end // step] == "#"
        return end % 4 == 0 and pick % 2 == 0 if floats else (end + pick) % 4 != 0

    return woven(
        size,
        thread * scale,
        lambda _e: ground,
        lambda p: pattern if p % 2 else mix(pattern, ground, 0.35),
        over,
        (across, down),
        rng,
    )


_MEDALLION = (
    "##...#####...##.",
    "#..#..###..#..#.",
    "..###..#..###...",
    ".#####...#####.#",
    "..###..#..###..#",
    "#..#..###..#..##",
    "##...#####...###",
    "#...###.###...#.",
    "...###...###...#",
    "..###..#..###..#",
    "...###...###...#",
    "#...###.###...#.",
    "##...#####...###",
    "#..#..###..#..#.",
    "..###..#..###...",
    ".#####...#####.#",
)


_STAR = (
    "................",
    ".......##.......",
    ".......##.......",
    "..##..####..##..",
    "..####.##.####..",
    "...####..####...",
    "....##....##....",
    ".####..##..####.",
    ".####..##..####.",
    "....##....##....",
    "...####..####...",
    "..####.##.####..",
    "..##..####..##..",
    ".......##.......",
    ".......##.......",
    "................",
)


def _overshot(size: tuple[int, int], colours: Colours, rng: random.Random, scale: float) -> Image.Image:
    return _blocks(size, colours, rng, scale, _MEDALLION, 3.4)


def _stars(size: tuple[int, int], colours: Colours, rng: random.Random, scale: float) -> Image.Image:
    return _blocks(size, colours, rng, scale, _STAR, 3.0)


def _rag(size: tuple[int, int], colours: Colours, rng: random.Random, scale: float) -> Image.Image:
    """Fat torn strips, each its own blue."""
    width, height = size
    image = Image.new("RGB", size, colours[0])
    light = Image.new("L", size, 128)
    draw = ImageDraw.Draw(image)
    row = max(3, round(15 * scale))
    bump = enlarged(field(2, 12, lambda _x, y: 0.46 + 0.36 * math.sin(math.pi * y) - 0.3 * y), (width, row))
    y, run, tone = 0, 0, colours[0]
    while y < height:
        if run <= 0:
            tone = mix(rng.choice(colours), rng.choice(colours), rng.uniform(0, 0.5))
            run = rng.randrange(1, 5)
        draw.rectangle((0, y, width, y + row), fill=lighten(tone, rng.uniform(0, 0.1)))
        light.paste(bump, (0, y))
        y, run = y + row, run - 1
    pinch = enlarged(
        field(16, 2, lambda x, _y: 0.5 - 0.3 * max(0.0, math.cos(x * 2 * math.pi)) ** 12),
        (max(4, round(26 * scale)), row),
    )
    even = tiled(pinch, (width, row))
    pattern = Image.new("L", (width, row * 2))
    pattern.paste(even, (0, 0))
    pattern.paste(ImageChops.offset(even, round(13 * scale), 0), (0, row))
    flecks = noise(size, 20 * scale, 3 * scale, rng)
    image = lit(lit(image, light), tiled(pattern, size))
    return lit(image, Image.blend(Image.new("L", size, 128), flecks, 0.32))


WEAVES: dict[str, Callable[[tuple[int, int], Colours, random.Random, float], Image.Image]] = {
    "herringbone": _herringbone,
    "plaid": _plaid,
    "check": _check,
    "stripes": _stripes,
    "tweed": _tweed,
    "waffle": _waffle,
    "huck": _huck,
    "overshot": _overshot,
    "stars": _stars,
    "rag": _rag,
}


def wicker(surface: str, colours: tuple[RGB, ...], rng: random.Random, rod: float) -> Texture:
    """Rods over and under stakes, as a basket's unrolled wall; `rod` is their thickness in scene units."""
    seed = rng.random()
    main, dark = colours[0], colours[1]

    def draw(size: tuple[int, int], scale: float) -> Image.Image:
        local = random.Random(seed)
        flat = surface == "splint"
        thick = max(4, round(rod * scale * (1.5 if flat else 0.8)))
        pitch = max(6, round(rod * scale * (1.5 if flat else 2.3)))
        across = max(2, 2 * round(size[0] / pitch / 2))
        over = _crossing(pitch, thick, flat=flat, above=True)
        under = _crossing(pitch, thick, flat=flat, above=False)
        rows = size[1] // thick + 1
        light = Image.new("L", (across * pitch, rows * thick), 128)
        colour = Image.new("RGB", light.size, main)
        paint = ImageDraw.Draw(colour)
        for row in range(rows):
            share = row / max(rows, 1)
            banded = surface == "banded" and (0.2 < share < 0.32 or 0.62 < share < 0.74 or share > 0.92)
            base = dark if banded else main
            tone = local.uniform(-0.16, 0.14)
            tint = lighten(base, tone) if tone > 0 else darken(base, -tone)
            paint.rectangle((0, row * thick, light.width, row * thick + thick), fill=tint)
            for column in range(across):
                light.paste(over if (row + column) % 2 == 0 else under, (column * pitch, row * thick))
                if flat and (row + column) % 2:
                    paint.rectangle(
                        (column * pitch, row * thick, column * pitch + pitch, row * thick + thick),
                        fill=mix(main, dark, 0.2 + local.uniform(-0.08, 0.08)),
                    )
        bark = noise(light.size, 60 * scale, 2 * scale, local)
        image = lit(lit(colour, light), Image.blend(Image.new("L", light.size, 128), bark, 0.22))
        return image.resize(size, Image.Resampling.BILINEAR)

    return draw


def _crossing(pitch: int, thick: int, *, flat: bool, above: bool) -> Image.Image:
    """One rod where it crosses a stake: bulging above it, or sunk behind it."""

    def value(x: float, y: float) -> float:
        round_rod = math.sin(math.pi * y)
        if flat:
            edge = min(x, 1 - x, y, 1 - y)
            return (0.55 if above else 0.49) - 0.26 * max(0.0, 0.14 - edge) * 6 + 0.06 * (0.5 - y)
        swell = math.pow(math.sin(math.pi * x), 0.8)
        if above:
            return 0.16 + 0.52 * round_rod * (0.55 + 0.45 * swell) + 0.1 * (0.5 - y)
        return 0.1 + 0.26 * round_rod * (1 - 0.75 * swell)

    return enlarged(field(12, 12, value), (pitch, thick))


def coil(size: tuple[int, int], colours: tuple[RGB, ...], rng: random.Random, scale: float) -> Image.Image:
    """A plait of rush wound flat from the middle outwards: each turn a braid of short slanting strands."""
    side = max(size)
    ring = 30.0 * scale
    image = Image.new("RGB", (side, side), darken(colours[1], 0.25))
    draw = ImageDraw.Draw(image)
    middle = side / 2
    for turn in range(math.ceil(side / 2 / ring), 0, -1):
        outer = turn * ring
        count = max(8, round(2 * math.pi * (outer - ring / 2) / (15 * scale)))
        half = 2 * math.pi / count * 0.58
        for strand in range(count):
            a = strand / count * 2 * math.pi + turn * 0.7
            tone = mix(colours[0], colours[1], rng.uniform(0.0, 0.55))
            for inside, reach, lean in ((0.47, 0.97, half * 1.1), (0.03, 0.53, -half * 1.1)):
                corners = []
                for share, shift in ((inside, -lean), (reach, lean)):
                    r = outer - ring + ring * share
                    corners.append(
                        [
                            (middle + r * math.cos(a + shift + s), middle + r * math.sin(a + shift + s))
                            for s in (-half, half)
                        ]
                    )
                draw.polygon([*corners[0], *corners[1][::-1]], fill=tone)
                draw.line([corners[0][0], corners[1][0]], fill=darken(tone, 0.45), width=max(1, round(2 * scale)))
                ridge = [tuple(a + (b - a) * 0.45 for a, b in zip(*edge, strict=True)) for edge in corners]
                draw.line([(x, y) for x, y in ridge], fill=lighten(tone, 0.22), width=max(1, round(2.6 * scale)))
        draw.ellipse(
            (middle - outer, middle - outer, middle + outer, middle + outer),
            outline=darken(colours[1], 0.45),
            width=max(1, round(2.4 * scale)),
        )
    reed = Image.blend(Image.new("L", image.size, 128), clouds(image.size, 60 * scale, rng), 0.14)
    return enlarged(lit(image, reed), size)
