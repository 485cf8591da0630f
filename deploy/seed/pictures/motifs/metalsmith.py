"""What a jeweller works with: sheet with a rounded edge, stones in their bezels, chiselled lines.

Owns materials at the scale of a macro lens; rings and adornments give them form.
"""

import math
import random

from PIL import Image, ImageChops, ImageDraw

from deploy.seed.content.model import Motif
from deploy.seed.pictures.kit.outline import Point, ribbon, smooth_path
from deploy.seed.pictures.kit.paint import (
    RGB,
    clouds,
    darken,
    enlarged,
    field,
    lighten,
    lit,
    lit_hard,
    mix,
    ramp,
    relief,
    scaled,
)
from deploy.seed.pictures.kit.piece import colours
from deploy.seed.pictures.kit.shot import Shot, Sprite
from deploy.seed.pictures.kit.strokes import tube
from deploy.seed.pictures.surfaces import metal

GOLD: RGB = (207, 164, 82)


def plate(
    shot: Shot,
    outline: list[Point],
    motif: Motif,
    *,
    edge: float = 10.0,
    reach: float = 8.0,
    strength: float = 1.2,
    colour: RGB | None = None,
) -> Sprite | None:
    """Sheet metal with a rounded edge, in the motif's surface."""
    mask, left, top = shot.outline(outline)
    if mask.width < 3 or mask.height < 3:
        return None
    tones = colours(motif)
    main = colour or tones[0]
    rng = random.Random(f"{motif!r}{round(outline[0][0])}")
    body = surface_of(mask.size, motif.surface, main, darken(main, 0.45), rng, shot.scale)
    body = lit_hard(body, relief(mask, edge * shot.scale, strength))
    sprite = Sprite(body, mask, left, top)
    shot.drop_shadow(sprite, reach, 0.5)
    shot.place(sprite)
    return sprite


def surface_of(
    size: tuple[int, int], surface: str, main: RGB, dark: RGB, rng: random.Random, scale: float
) -> Image.Image:
    if surface == "hammered":
        base = metal.polished(size, main, dark, rng)
        return lit_hard(Image.blend(base, Image.new("RGB", size, main), 0.5), metal.dimples(size, 26 * scale, rng))
    if surface == "brushed":
        return metal.brushed(size, main, rng, scale)
    if surface == "moon":
        base = ramp(clouds(size, 90 * scale, rng), ((0.0, dark), (0.5, main), (1.0, lighten(main, 0.3))))
        pits = Image.new("L", size, 128)
        for _ in range(26):
            r = rng.uniform(5, 30) * scale
            side = max(3, round(r * 2))
            crater = enlarged(
                field(
                    14,
                    14,
                    lambda x, y: (
                        0.5 + 0.42 * ((x - 0.5) + (y - 0.5)) * (1 if math.hypot(x - 0.5, y - 0.5) < 0.4 else -0.6)
                    ),
                ),
                (side, side),
            )
            cover = enlarged(field(14, 14, lambda x, y: (0.5 - math.hypot(x - 0.5, y - 0.5)) * 8), (side, side))
            pits.paste(
                crater, (rng.randrange(max(1, size[0])) - side // 2, rng.randrange(max(1, size[1])) - side // 2), cover
            )
        return lit_hard(base, pits)
    return metal.polished(size, main, dark, rng)


def stone(shot: Shot, outline: list[Point], tone: RGB, kind: str, seed: str, bezel: RGB, *, thick: float = 9.0) -> None:
    """A cabochon in its bezel. Kinds: moonstone, banded, veined, amber, garnet."""
    ring = smooth_path(outline, 3)
    tube(shot, [*ring, ring[0]], thick * 1.8, bezel, gloss=0.9, smooth=False, strength=1.5, shadow=4)
    mask, left, top = shot.outline(outline)
    if mask.width < 4 or mask.height < 4:
        return
    rng = random.Random(seed)
    size = mask.size
    if kind == "banded":
        bands = enlarged(
            field(48, 48, lambda x, y: 0.5 + 0.5 * math.sin((x * 0.7 + y) * 24 + 2.2 * math.sin(x * 5 + 1))), size
        )
        body = ramp(
            bands,
            (
                (0.0, darken(tone, 0.32)),
                (0.5, tone),
                (0.8, lighten(tone, 0.2)),
                (1.0, mix(tone, (240, 224, 196), 0.62)),
            ),
        )
    elif kind == "veined":
        veins = clouds(size, 60 * shot.scale, rng).point([max(0, 255 - abs(v - 120) * 22) for v in range(256)])
        body = ramp(clouds(size, 80 * shot.scale, rng), ((0.0, darken(tone, 0.14)), (1.0, lighten(tone, 0.18))))
        body.paste((96, 70, 46), (0, 0), scaled(veins, 0.5))
    elif kind == "amber":
        body = ramp(
            enlarged(field(32, 32, lambda x, y: 0.15 + 0.95 * math.hypot(x - 0.1, y - 0.1) / 1.25), size),
            ((0.0, darken(tone, 0.35)), (0.55, tone), (1.0, (252, 196, 92))),
        )
        fleck = ImageDraw.Draw(body)
        for _ in range(5):
            x, y, r = (
                rng.uniform(0.3, 0.7) * size[0],
                rng.uniform(0.35, 0.75) * size[1],
                rng.uniform(1.5, 5) * shot.scale,
            )
            fleck.ellipse((x - r, y - r * 0.5, x + r, y + r * 0.5), fill=(92, 42, 14))
    elif kind == "garnet":
        body = ramp(
            enlarged(field(24, 24, lambda x, y: 1.1 * math.hypot(x - 0.15, y - 0.12)), size),
            ((0.0, darken(tone, 0.45)), (0.6, tone), (1.0, (206, 62, 64))),
        )
    else:
        body = ramp(
            enlarged(field(24, 24, lambda x, y: 0.7 + 0.3 * math.sin(x * 3 - y * 2)), size),
            ((0.0, (176, 192, 216)), (1.0, tone)),
        )
        blue = enlarged(field(24, 24, lambda x, y: 0.9 - 9 * abs(x * 0.8 + y * 0.35 - 0.62)), size)
        body.paste((120, 160, 226), (0, 0), scaled(blue, 0.75))
    dome = enlarged(field(24, 24, lambda x, y: 0.72 - 0.5 * math.hypot(x - 0.34, y - 0.3)), size)
    body = lit(body, dome)
    glint = enlarged(field(32, 32, lambda x, y: (0.13 - math.hypot((x - 0.33) * 1.3, (y - 0.27) * 1.9)) * 12), size)
    back = enlarged(
        field(32, 32, lambda x, y: (0.06 - abs(math.hypot(x - 0.5, y - 0.5) - 0.38)) * 9 * max(0.0, (x + y - 1.1))),
        size,
    )
    body.paste((255, 255, 255), (0, 0), scaled(ImageChops.add(glint, back), 0.85))
    shot.place(Sprite(body, mask, left, top))


def flake(shot: Shot, x: float, y: float, r: float) -> None:
    rng = random.Random(round(x))
    outline = [
        (
            x + math.cos(i / 9 * 6.283) * r * rng.uniform(0.7, 1.2),
            y + math.sin(i / 9 * 6.283) * r * rng.uniform(0.7, 1.2),
        )
        for i in range(9)
    ]
    mask, left, top = shot.outline(smooth_path(outline, 4))
    if mask.width > 2 and mask.height > 2:
        shot.place(
            Sprite(
                lit_hard(Image.new("RGB", mask.size, GOLD), relief(mask, r * 0.6 * shot.scale, 1.3)), mask, left, top
            )
        )


def score(shot: Shot, line: list[Point], size: float) -> None:
    """A chiselled line: dark, with a bright lip."""
    for shift, tone, weight in ((0.0, (30, 20, 14), 0.55), (2.6 * size, (255, 250, 236), 0.5)):
        mask, left, top = shot.outline(
            ribbon([(x + shift, y + shift * 0.6) for x, y in line], lambda t: (4.6 - 2.6 * t) * size)
        )
        if mask.width > 1 and mask.height > 1:
            shot.stain(mask, left, top, tone, weight)
