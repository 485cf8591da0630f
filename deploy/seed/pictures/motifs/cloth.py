"""Cloth as it is folded, fringed and lit: the ground on which all textiles are drawn."""

import math
import random
from collections.abc import Callable

from PIL import Image, ImageDraw

from deploy.seed.content.model import Motif
from deploy.seed.pictures.kit.lying import faced
from deploy.seed.pictures.kit.outline import Point, smooth_path
from deploy.seed.pictures.kit.paint import RGB, darken, enlarged, field, lighten, lit, relief, shaded
from deploy.seed.pictures.kit.piece import colours
from deploy.seed.pictures.kit.shot import Shot, Sprite
from deploy.seed.pictures.surfaces.cloth import cloth


def fabric(motif: Motif, size: tuple[int, int], scale: float, part: int = 0) -> Image.Image:
    return cloth(size, motif.surface, colours(motif), random.Random(f"{motif!r}{part}"), scale)


def patch(
    shot: Shot,
    motif: Motif,
    outline: list[Point],
    scale: float,
    light: Callable[[float, float], float],
    *,
    part: int = 0,
    soft: float = 14.0,
    reach: float = 14.0,
    turn: float = 0.0,
    dim: float = 0.0,
) -> Sprite | None:
    """One face of folded cloth: texture, its modelling light over 0..1, soft edges, a shadow."""
    sprite = faced(shot, outline, lambda area: fabric(motif, area, shot.scale * scale, part), turn)
    if not sprite:
        return None
    size = sprite.mask.size
    sprite.colour = lit(
        sprite.colour, enlarged(field(56, 56, light), size), relief(sprite.mask, soft * shot.scale, 0.9)
    )
    if dim > 0:
        shade = Image.new("L", size, round(255 * (1 - dim)))
        sprite.colour = shaded(sprite.colour, shade, darken(colours(motif)[0], 0.7))
    if reach > 0:
        shot.drop_shadow(sprite, reach, 0.45)
    shot.place(sprite)
    return sprite


def fringe(
    shot: Shot,
    start: Point,
    end: Point,
    length: float,
    tones: tuple[RGB, ...],
    *,
    angle: float = 90.0,
    step: float = 13.0,
    size: float = 1.0,
) -> None:
    """Twisted tassels along a hem."""
    rng = random.Random(round(start[0] * 7 + start[1]))
    span = math.hypot(end[0] - start[0], end[1] - start[1])
    count = max(2, int(span / (step * size)))
    left = min(start[0], end[0]) - length
    top = min(start[1], end[1]) - length
    box = shot.box(left, top, max(start[0], end[0]) + length, max(start[1], end[1]) + length)
    if box[2] - box[0] < 2 or box[3] - box[1] < 2:
        return
    width, height = (box[2] - box[0]) * 2, (box[3] - box[1]) * 2
    cover, paint = Image.new("L", (width, height)), Image.new("RGB", (width, height), tones[0])
    mask, colour = ImageDraw.Draw(cover), ImageDraw.Draw(paint)
    for index in range(count + 1):
        t = index / count
        x, y = start[0] + (end[0] - start[0]) * t, start[1] + (end[1] - start[1]) * t
        a = math.radians(angle + rng.uniform(-7, 7))
        reach = length * rng.uniform(0.86, 1.08)
        bend = rng.uniform(-5, 5) * size
        points = [
            (x, y),
            (x + math.cos(a) * reach * 0.5 + bend, y + math.sin(a) * reach * 0.5),
            (x + math.cos(a) * reach, y + math.sin(a) * reach),
        ]
        line = [((px - box[0]) * 2, (py - box[1]) * 2) for px, py in shot.path(smooth_path(points, 4, closed=False))]
        thick = max(2, round(7 * size * shot.scale * 2 * 0.5))
        tone = tones[index % len(tones)]
        mask.line(line, fill=255, width=thick, joint="curve")
        colour.line(line, fill=tone, width=thick, joint="curve")
        colour.line(
            [(px - thick * 0.2, py - thick * 0.1) for px, py in line],
            fill=lighten(tone, 0.22),
            width=max(1, thick // 3),
        )
    sprite = Sprite(paint.reduce(2), cover.reduce(2), box[0], box[1])
    shot.drop_shadow(sprite, 6 * size, 0.4)
    shot.place(sprite)


def hems(motif: Motif) -> tuple[RGB, ...]:
    return colours(motif)[:2]
