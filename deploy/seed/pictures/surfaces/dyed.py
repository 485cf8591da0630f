"""Indigo and other dyed patterns on plain cloth: resists, stitches, stamps and dips.

Owns pattern; `weave.plain` is the cloth under it.
"""

import math
import random
from collections.abc import Callable

from PIL import Image, ImageChops, ImageDraw

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
    ramp,
    soften,
)
from deploy.seed.pictures.surfaces import weave

Colours = tuple[RGB, ...]


def dyed(size: tuple[int, int], surface: str, colours: Colours, rng: random.Random, scale: float) -> Image.Image:
    return _PATTERNS.get(surface, _storm)(size, colours, rng, scale)


def _ground(size: tuple[int, int], colour: RGB, rng: random.Random, scale: float) -> Image.Image:
    """Dyed cloth is never one blue."""
    base = weave.plain(size, colour, rng, scale, 3.0)
    return lit(base, Image.blend(Image.new("L", size, 128), clouds(size, 150 * scale, rng), 0.2))


def _resist_grid(size: tuple[int, int], colours: Colours, rng: random.Random, scale: float) -> Image.Image:
    """Paste squares with hairlines where the paste cracked."""
    cloth = _ground(size, colours[0], rng, scale)
    pitch = 66 * scale

    def paint(draw: ImageDraw.ImageDraw, f: float) -> None:
        for row in range(-1, int(size[1] / pitch) + 2):
            for column in range(-1, int(size[0] / pitch) + 2):
                x, y = (column + 0.5) * pitch, (row + 0.5) * pitch
                half = pitch * 0.35
                corners = [
                    (x + sx * half + rng.uniform(-2, 2) * scale, y + sy * half + rng.uniform(-2, 2) * scale)
                    for sx, sy in ((-1, -1), (1, -1), (1, 1), (-1, 1))
                ]
                draw.polygon([(px * f, py * f) for px, py in corners], fill=240)
                if (row + column) % 2:
                    draw.ellipse(
                        [(v) * f for v in (x - half * 0.55, y - half * 0.55, x + half * 0.55, y + half * 0.55)], fill=20
                    )
                else:
                    for k in (-0.45, 0.0, 0.45):
                        draw.line(
                            [((x - half * 0.8) * f, (y + k * half) * f), ((x + half * 0.8) * f, (y + k * half) * f)],
                            fill=20,
                            width=max(1, round(5 * scale * f / 2)),
                        )

    mask = drawn_mask(size, paint)
    cracks = noise(size, 24 * scale, 24 * scale, rng).point([max(0, 255 - abs(v - 128) * 34) for v in range(256)])
    mask = ImageChops.subtract(mask, cracks.point([round(v * 0.75) for v in range(256)]))
    cloth.paste(weave.plain(size, colours[1], rng, scale, 3.0), (0, 0), mask)
    return cloth


def _moons(size: tuple[int, int], colours: Colours, rng: random.Random, scale: float) -> Image.Image:
    """Stitched and gathered circles: two rings of needle marks, puckered within."""
    cloth = _ground(size, colours[0], rng, scale)
    pitch = 132 * scale
    marks, glow = Image.new("L", (size[0] * 2, size[1] * 2)), Image.new("L", (size[0] // 2 + 1, size[1] // 2 + 1))
    draw, halo = ImageDraw.Draw(marks), ImageDraw.Draw(glow)
    for row in range(-1, int(size[1] / pitch) + 2):
        for column in range(-1, int(size[0] / pitch) + 2):
            x, y = (column + 0.5 + 0.5 * (row % 2)) * pitch, (row + 0.5) * pitch
            for radius, weight in ((0.43, 255), (0.33, 210), (0.2, 170)):
                r = pitch * radius
                halo.ellipse([v / 2 for v in (x - r, y - r, x + r, y + r)], outline=150, width=max(1, round(4 * scale)))
                count = max(10, round(r * 2 * math.pi / (11 * scale)))
                for stitch in range(count):
                    a, b = stitch / count * 2 * math.pi, (stitch + 0.55) / count * 2 * math.pi
                    points = [((x + r * math.cos(t)) * 2, (y + r * math.sin(t)) * 2) for t in (a, (a + b) / 2, b)]
                    draw.line(points, fill=weight, width=max(2, round(7 * scale)))
    cloth.paste(mix(colours[0], colours[1], 0.6), (0, 0), soften(glow, 3 * scale).resize(size))
    cloth.paste(colours[1], (0, 0), marks.reduce(2))
    return cloth


def _shibori(size: tuple[int, int], colours: Colours, rng: random.Random, scale: float) -> Image.Image:
    """Rungs with soft edges where dye crept under the clamp."""
    cloth = weave.plain(size, colours[0], rng, scale, 3.4)
    pitch = 74 * scale

    def paint(draw: ImageDraw.ImageDraw, f: float) -> None:
        columns = 3
        for row in range(-1, int(size[1] / pitch) + 2):
            for column in range(columns):
                wide = size[0] / columns
                x0, y0 = column * wide + wide * 0.08, (row + 0.18) * pitch + rng.uniform(-3, 3) * scale
                draw.rounded_rectangle(
                    [v * f for v in (x0, y0, x0 + wide * 0.84, y0 + pitch * 0.56)],
                    radius=10 * scale * f,
                    fill=rng.randrange(215, 255),
                )

    mask = soften(drawn_mask(size, paint), 6 * scale)
    ragged = levels(Image.blend(mask, noise(size, 16 * scale, 16 * scale, rng), 0.28), 70, 170)
    cloth.paste(weave.plain(size, colours[1], rng, scale, 3.4), (0, 0), ragged)
    return cloth


def _patchwork(size: tuple[int, int], colours: Colours, rng: random.Random, scale: float) -> Image.Image:
    """Strips of many blues with a big running stitch."""
    image = Image.new("RGB", size)
    light = Image.new("L", size, 128)
    draw, groove = ImageDraw.Draw(image), ImageDraw.Draw(light)
    deep = 62 * scale
    thread = (236, 233, 224)
    for row in range(int(size[1] / deep) + 1):
        x, y = -rng.uniform(0, 120) * scale, row * deep
        while x < size[0]:
            wide = rng.uniform(80, 210) * scale
            share = rng.random()
            tone = mix(colours[1], colours[2], share * 2) if share < 0.5 else mix(colours[2], colours[0], share * 2 - 1)
            draw.rectangle((x, y, x + wide, y + deep), fill=tone)
            groove.line([(x, y), (x, y + deep)], fill=70, width=max(1, round(3 * scale)))
            x += wide
        groove.line([(0, y), (size[0], y)], fill=66, width=max(1, round(3.4 * scale)))
    cloth = lit(weave.plain(size, (128, 128, 128), rng, scale, 3.2), Image.new("L", size, 128))
    image = lit(ImageChops.overlay(image, cloth), soften(light, 3 * scale))
    stitch = ImageDraw.Draw(image)
    step, run = 15.5 * scale, 11 * scale
    for row in range(int(size[1] / step) + 1):
        y, x = (row + 0.5) * step, (row % 2) * run * 0.8
        while x < size[0]:
            stitch.line(
                [(x, y + scale), (x + run, y + scale)], fill=darken(colours[0], 0.5), width=max(1, round(2.0 * scale))
            )
            stitch.line([(x, y), (x + run, y)], fill=thread, width=max(1, round(2.2 * scale)))
            x += run * 1.75
    return image


def _ombre(size: tuple[int, int], colours: Colours, rng: random.Random, scale: float) -> Image.Image:
    fall = enlarged(field(8, 48, lambda _x, y: 1 / (1 + math.exp(-(y - 0.62) * 11))), size)
    creep = noise(size, 5 * scale, 60 * scale, rng)
    tone = ImageChops.add(fall, creep, scale=1.0, offset=-128).point(list(range(256)))
    tone = Image.blend(fall, tone, 0.25)
    dye = ramp(
        tone,
        (
            (0.0, colours[0]),
            (0.3, mix(colours[0], colours[1], 0.25)),
            (0.7, mix(colours[0], colours[1], 0.8)),
            (1.0, darken(colours[1], 0.2)),
        ),
    )
    return ImageChops.overlay(dye, weave.plain(size, (126, 126, 126), rng, scale, 3.4))


def _dots(size: tuple[int, int], colours: Colours, rng: random.Random, scale: float) -> Image.Image:
    """Tied rings the size of a lentil."""
    cloth = _ground(size, colours[0], rng, scale)
    pitch = 42 * scale

    def paint(draw: ImageDraw.ImageDraw, f: float) -> None:
        for row in range(int(size[1] / pitch) + 2):
            for column in range(int(size[0] / pitch) + 2):
                x, y = (
                    (column + 0.5 * (row % 2)) * pitch + rng.uniform(-3, 3) * scale,
                    row * pitch + rng.uniform(-3, 3) * scale,
                )
                r = rng.uniform(8.5, 11.5) * scale
                draw.ellipse([v * f for v in (x - r, y - r * 0.92, x + r, y + r * 0.92)], fill=rng.randrange(190, 250))
                q = r * 0.42
                draw.ellipse([v * f for v in (x - q, y - q, x + q, y + q)], fill=60)

    cloth.paste(colours[1], (0, 0), soften(drawn_mask(size, paint), 1.0 * scale))
    return cloth


def _waxstripe(size: tuple[int, int], colours: Colours, rng: random.Random, scale: float) -> Image.Image:
    cloth = _ground(size, colours[0], rng, scale)

    def paint(draw: ImageDraw.ImageDraw, f: float) -> None:
        y = 8 * scale
        index = 0
        while y < size[1]:
            thick = (9, 3, 5, 3)[index % 4] * scale
            phase = rng.uniform(0, 6)
            line = [
                (x * size[0] / 40, y + 2.4 * scale * math.sin(x * 0.5 + phase) + rng.uniform(-0.7, 0.7) * scale)
                for x in range(41)
            ]
            draw.line([(px * f, py * f) for px, py in line], fill=235, width=max(1, round(thick * f)), joint="curve")
            y += (22, 13, 13, 26)[index % 4] * scale
            index += 1

    cracks = noise(size, 14 * scale, 14 * scale, rng).point([max(0, 255 - abs(v - 128) * 30) for v in range(256)])
    mask = ImageChops.subtract(drawn_mask(size, paint), cracks.point([round(v * 0.5) for v in range(256)]))
    cloth.paste(weave.plain(size, colours[1], rng, scale, 3.0), (0, 0), mask)
    return cloth


def _stamped(size: tuple[int, int], colours: Colours, rng: random.Random, scale: float) -> Image.Image:
    """Rows of carved signs between ruled lines; the signs are invented, made of arcs, combs and crosses."""
    cloth = _ground(size, colours[0], rng, scale)
    pitch = 92 * scale
    marks = Image.new("L", (size[0] * 2, size[1] * 2))
    draw = ImageDraw.Draw(marks)
    thick = max(2, round(10 * scale))
    for row in range(int(size[1] / pitch) + 1):
        y = (row + 0.5) * pitch * 2
        sign = row % 5
        draw.line([(0, y - pitch), (size[0] * 2, y - pitch)], fill=220, width=max(2, round(5 * scale)))
        for column in range(int(size[0] / pitch) + 2):
            x, r = (column + 0.5) * pitch * 2, pitch * 0.56
            if sign == 0:
                for share in (1.0, 0.62, 0.24):
                    draw.ellipse((x - r * share, y - r * share, x + r * share, y + r * share), outline=235, width=thick)
            elif sign == 1:
                for side in (-1, 1):
                    draw.arc(
                        (x - r * 0.9 + side * r * 0.4, y - r, x + r * 0.9 + side * r * 0.4, y + r),
                        90 - side * 90 - 80,
                        90 - side * 90 + 80,
                        fill=235,
                        width=thick,
                    )
                draw.line([(x, y - r), (x, y + r)], fill=235, width=thick)
            elif sign == 2:
                draw.polygon([(x, y - r), (x + r, y), (x, y + r), (x - r, y)], outline=235, width=thick)
                draw.line([(x - r * 0.5, y), (x + r * 0.5, y)], fill=235, width=thick)
                draw.line([(x, y - r * 0.5), (x, y + r * 0.5)], fill=235, width=thick)
            elif sign == 3:
                draw.line([(x - r, y + r * 0.7), (x + r, y + r * 0.7)], fill=235, width=thick)
                for tooth in range(5):
                    px = x - r + tooth * r * 0.5
                    draw.line([(px, y + r * 0.7), (px, y - r * (0.9 if tooth % 2 else 0.5))], fill=235, width=thick)
            else:
                draw.arc((x - r, y - r, x + r, y + r), 200, 500, fill=235, width=thick)
                draw.arc((x - r * 0.5, y - r * 0.5, x + r * 0.5, y + r * 0.5), 20, 300, fill=235, width=thick)
    dry = levels(noise(size, 3 * scale, 3 * scale, rng), 30, 120)
    cloth.paste(colours[1], (0, 0), ImageChops.multiply(marks.reduce(2), dry))
    return cloth


def _sashiko(size: tuple[int, int], colours: Colours, rng: random.Random, scale: float) -> Image.Image:
    """Rice-grain stitches: short vertical threads in offset rows."""
    cloth = _ground(size, colours[0], rng, scale)
    draw = ImageDraw.Draw(cloth)
    pitch, run = 19 * scale, 10 * scale
    thick = max(1, round(2.8 * scale))
    for row in range(int(size[1] / pitch) + 2):
        for column in range(int(size[0] / pitch) + 2):
            x, y = (column + 0.5 * (row % 2)) * pitch + rng.uniform(-0.8, 0.8) * scale, row * pitch
            draw.line(
                [(x + 1.2 * scale, y + scale), (x + 1.2 * scale, y + run + scale)],
                fill=darken(colours[0], 0.45),
                width=thick,
            )
            draw.line([(x, y), (x, y + run)], fill=lighten(colours[1], rng.uniform(0, 0.3)), width=thick)
    return cloth


def _storm(size: tuple[int, int], colours: Colours, rng: random.Random, scale: float) -> Image.Image:
    """Silk bound with string: clouds and pale veins."""
    tone = clouds(size, 190 * scale, rng)
    veins = noise(size, 70 * scale, 26 * scale, rng).point([max(0, 255 - abs(v - 130) * 16) for v in range(256)])
    tone = ImageChops.subtract(tone, soften(veins, 3 * scale).point([round(v * 0.4) for v in range(256)]))
    silk = ramp(
        tone,
        (
            (0.0, colours[1]),
            (0.3, mix(colours[0], colours[1], 0.55)),
            (0.6, colours[0]),
            (1.0, darken(colours[0], 0.45)),
        ),
    )
    return ImageChops.overlay(silk, weave.plain(size, (130, 130, 130), rng, scale, 2.4))


def _canvas(size: tuple[int, int], colours: Colours, rng: random.Random, scale: float) -> Image.Image:
    return weave.plain(size, colours[0], rng, scale, 5.0)


_PATTERNS: dict[str, Callable[[tuple[int, int], Colours, random.Random, float], Image.Image]] = {
    "resist_grid": _resist_grid,
    "moons": _moons,
    "shibori": _shibori,
    "patchwork": _patchwork,
    "ombre": _ombre,
    "dots": _dots,
    "waxstripe": _waxstripe,
    "stamped": _stamped,
    "sashiko": _sashiko,
    "storm": _storm,
    "canvas": _canvas,
}
