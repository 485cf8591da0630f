"""Hammered, forged, brushed and patinated metal as textures.

Owns metal's surface; vessels, knives and rings give it form.
"""

import math
import random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from deploy.seed.pictures.kit.lathe import Finish, Texture, tint_for
from deploy.seed.pictures.kit.paint import (
    RGB,
    clouds,
    darken,
    enlarged,
    field,
    levels,
    lighten,
    lit,
    lit_hard,
    mix,
    noise,
    ramp,
)

VESSEL_SURFACES = {"hammered", "patina", "fired", "iron"}


def finish(surface: str, colour: RGB, *, tinned: bool = False) -> Finish:
    """How a metal wall answers light; a tinned one has a grey shadow inside."""
    gloss = {"hammered": 0.7, "patina": 0.12, "fired": 0.85, "iron": 0.4}.get(surface, 0.5)
    mirror = 0.6 if surface in {"hammered", "fired"} else 0.0
    return Finish(gloss=gloss, shadow=tint_for(colour), metal=mirror, hollow=(74, 72, 72) if tinned else None)


def dimples(size: tuple[int, int], pitch: float, rng: random.Random) -> Image.Image:
    """Hammer facets as a light map: L, 128 neutral. Each is a shallow dish with a crisp edge."""
    light = Image.new("L", size, 128)
    side = max(6, round(pitch * 1.34))
    stamps = [_facet(side, rng.uniform(-0.35, 0.35), rng.uniform(0.7, 1.0)) for _ in range(6)]
    step = max(3.0, pitch)
    rows = int(size[1] / (step * 0.8)) + 2
    for row in range(rows):
        y = row * step * 0.8 - step
        for column in range(int(size[0] / step) + 2):
            x = column * step + (row % 2) * step / 2 - step
            facet, cover = stamps[rng.randrange(6)]
            place = round(x + rng.uniform(-0.3, 0.3) * step), round(y + rng.uniform(-0.3, 0.3) * step)
            light.paste(facet, place, cover)
    return light


def _facet(side: int, tilt: float, depth: float) -> tuple[Image.Image, Image.Image]:
    """One blow: the side away from the window lit, a thin bright rim towards it."""

    def dish(x: float, y: float) -> float:
        u, v = x - 0.5, y - 0.5
        far = math.hypot(u, v) * 2
        value = 0.5 + depth * (0.2 * (u + v * (1 + tilt)) + 0.05 * (1 - far))
        if far > 0.8:
            value += 0.24 * depth * (-(u + v)) * (far - 0.8) * 5
        return value

    facet = enlarged(field(20, 20, dish), (side, side))
    cover = field(20, 20, lambda x, y: (0.5 - math.hypot(x - 0.5, y - 0.5)) * 14)
    return facet, enlarged(cover, (side, side))


def sheet(surface: str, colours: tuple[RGB, ...], rng: random.Random, pitch: float = 24.0) -> Texture:
    """The wall of a metal vessel: `hammered`, `patina`, `fired` or `iron`."""
    seed = rng.random()
    main = colours[0]
    second = colours[1] if len(colours) > 1 else darken(main, 0.5)
    third = colours[2] if len(colours) > 2 else lighten(main, 0.3)

    def draw(size: tuple[int, int], scale: float) -> Image.Image:
        local = random.Random(seed)
        if surface == "patina":
            return _patina(size, scale, (main, second, third), local)
        if surface == "fired":
            return _fired(size, scale, (main, second, third), local, pitch)
        # A curved mirror shows the room in bands: dark floor, bright wall, dark ceiling.
        bands = enlarged(field(24, 4, lambda x, _y: 0.56 + 0.26 * math.sin(x * 13 + 0.6) * math.cos(x * 4.6)), size)
        tone = Image.blend(bands, clouds(size, 60 * scale, local), 0.35)
        image = ramp(tone, ((0.0, mix(main, second, 0.6)), (0.3, mix(main, second, 0.3)), (0.55, main), (1.0, third)))
        return lit(image, dimples(size, pitch * scale, local))

    return draw


def _patina(size: tuple[int, int], scale: float, colours: tuple[RGB, RGB, RGB], rng: random.Random) -> Image.Image:
    green, brown, pale = colours
    tone = clouds(size, 120 * scale, rng)
    image = ramp(tone, ((0.0, darken(green, 0.3)), (0.4, green), (0.8, pale), (1.0, lighten(pale, 0.2))))
    worn = levels(noise(size, 46 * scale, 30 * scale, rng), 132, 206)
    shoulder = enlarged(field(4, 40, lambda _x, y: 1.0 - abs(y - 0.34) * 3.4), size)
    image.paste(brown, (0, 0), ImageChops.multiply(worn, levels(shoulder, 0, 170)))
    pits = levels(noise(size, 2 * scale, 2 * scale, rng), 178, 240)
    image.paste(lighten(pale, 0.35), (0, 0), pits.point([round(v * 0.4) for v in range(256)]))
    return lit(image, Image.blend(Image.new("L", size, 128), dimples(size, 26 * scale, rng), 0.3))


def _fired(
    size: tuple[int, int], scale: float, colours: tuple[RGB, RGB, RGB], rng: random.Random, pitch: float
) -> Image.Image:
    plum, violet, rust = colours
    fall = enlarged(field(3, 48, lambda _x, y: y), size)
    tone = Image.blend(fall, clouds(size, 110 * scale, rng), 0.34)
    image = ramp(
        tone,
        (
            (0.0, rust),
            (0.22, lighten(rust, 0.1)),
            (0.36, plum),
            (0.5, violet),
            (0.62, mix(violet, (60, 90, 120), 0.5)),
            (0.74, plum),
            (1.0, rust),
        ),
    )
    return lit_hard(image, Image.blend(Image.new("L", size, 128), dimples(size, pitch * scale, rng), 0.35))


def forged(size: tuple[int, int], colour: RGB, second: RGB, rng: random.Random, scale: float) -> Image.Image:
    """Black scale with shallow hammer marks."""
    tone = Image.blend(clouds(size, 40 * scale, rng), noise(size, 2 * scale, 2 * scale, rng), 0.3)
    image = ramp(tone, ((0.0, darken(colour, 0.35)), (0.55, colour), (1.0, mix(colour, second, 0.55))))
    return lit(image, Image.blend(Image.new("L", size, 128), dimples(size, 20 * scale, rng), 0.45))


def brushed(
    size: tuple[int, int], colour: RGB, rng: random.Random, scale: float, *, upright: bool = False
) -> Image.Image:
    """Fine parallel scratches, along x unless `upright`."""
    along, across = (1.1 * scale, 90 * scale) if upright else (90 * scale, 1.1 * scale)
    lines = noise(size, along, across, rng)
    wash = enlarged(field(20, 20, lambda x, y: 0.5 + 0.22 * math.sin((x * 1.1 + y * 0.8) * 7.0)), size)
    tone = Image.blend(lines, wash, 0.55)
    return ramp(tone, ((0.0, darken(colour, 0.4)), (0.5, colour), (1.0, lighten(colour, 0.55))))


def polished(size: tuple[int, int], colour: RGB, second: RGB, rng: random.Random) -> Image.Image:
    """A mirror of an unseen room: smooth light and dark."""
    phase = rng.uniform(0, 6)
    wash = field(
        28, 28, lambda x, y: 0.55 + 0.4 * math.sin((x * 0.9 + y * 1.3) * 8.0 + phase) * math.cos(x * 3.1 - y * 2.0)
    )
    return ramp(
        enlarged(wash, size),
        ((0.0, darken(second, 0.15)), (0.4, mix(colour, second, 0.35)), (0.65, colour), (1.0, lighten(colour, 0.75))),
    )


def sparkle(image: Image.Image, at: tuple[float, float], radius: float) -> None:
    """A small soft glint."""
    side = max(3, round(radius * 2))
    glint = Image.new("L", (side, side))
    ImageDraw.Draw(glint).ellipse((side * 0.3, side * 0.3, side * 0.7, side * 0.7), fill=255)
    image.paste(
        (255, 255, 255),
        (round(at[0] - radius), round(at[1] - radius)),
        glint.filter(ImageFilter.GaussianBlur(radius * 0.25)),
    )
