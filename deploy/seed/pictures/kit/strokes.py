"""Rods, wires, straps and leaves: things drawn along a path."""

import math
import random
from collections.abc import Callable, Sequence

from PIL import Image, ImageDraw

from deploy.seed.pictures.kit.outline import Point, ribbon, smooth_path
from deploy.seed.pictures.kit.paint import RGB, darken, lighten, lit, lit_hard, mix, noise, relief, washed
from deploy.seed.pictures.kit.shot import Shot, Sprite

_CALM = [round(128 + (v - 128) * (0.62 if v > 128 else 1.0)) for v in range(256)]
"""Takes the glare off the lit side of a rod, so that it keeps its own colour."""


def tube(
    shot: Shot,
    points: Sequence[Point],
    width: float | Callable[[float], float],
    colour: RGB,
    *,
    gloss: float = 0.4,
    strength: float = 1.6,
    smooth: bool = True,
    shadow: float = 0.0,
) -> Sprite | None:
    """A round rod along a path, in scene units; `shadow` is its reach when it lies on a surface."""
    thick = width if callable(width) else (lambda _t: width)
    way = smooth_path(points, 6, closed=False) if smooth else list(points)
    outline = ribbon(way, thick)
    widest = max(thick(i / 8) for i in range(9))
    mask, left, top = shot.outline(outline, margin=widest * 0.3)
    if mask.width < 2 or mask.height < 2:
        return None
    body = Image.new("RGB", mask.size, colour)
    depth = max(1.0, widest * shot.scale * 0.5)
    light = relief(mask, depth, strength).point(_CALM)
    body = lit(body, light) if gloss < 0.6 else lit_hard(body, light)
    if gloss > 0.3:
        inner = relief(mask, depth * 0.55, strength * 1.3)
        bright = inner.point([0 if v < 178 else round((v - 178) * 2.4 * gloss) for v in range(256)])
        body.paste(mix(lighten(colour, 0.7), (255, 255, 255), gloss * 0.5), (0, 0), bright)
    sprite = Sprite(body, mask, left, top)
    if shadow > 0:
        shot.drop_shadow(sprite, shadow)
    shot.place(sprite)
    return sprite


def strap(
    shot: Shot,
    points: Sequence[Point],
    width: float,
    texture: Callable[[tuple[int, int]], Image.Image],
    strength: float = 0.8,
    shadow: float = 0.0,
) -> None:
    """A flat band along a path with softly rounded edges."""
    outline = ribbon(smooth_path(points, 8, closed=False), lambda _t: width)
    mask, left, top = shot.outline(outline, margin=2)
    if mask.width < 2 or mask.height < 2:
        return
    body = lit(texture(mask.size), relief(mask, width * shot.scale * 0.2, strength))
    sprite = Sprite(body, mask, left, top)
    if shadow > 0:
        shot.drop_shadow(sprite, shadow, 0.4)
    shot.place(sprite)


def stitches(
    shot: Shot, points: Sequence[Point], colour: RGB, length: float = 9.0, gap: float = 5.0, width: float = 2.6
) -> None:
    """Saddle stitches along a path: short threads, each with its own small shadow."""
    draw = ImageDraw.Draw(shot.image)
    thick = max(1, round(width * shot.scale))
    walked, place = 0.0, 0
    while place < len(points) - 1:
        (x0, y0), (x1, y1) = points[place], points[place + 1]
        span = math.hypot(x1 - x0, y1 - y0)
        at = walked
        while at + length < span:
            a, b = at / span, (at + length) / span
            start = shot.px(x0 + (x1 - x0) * a, y0 + (y1 - y0) * a)
            end = shot.px(x0 + (x1 - x0) * b, y0 + (y1 - y0) * b)
            slip = max(1.0, 1.2 * shot.scale)
            draw.line(
                [(start[0] + slip, start[1] + slip), (end[0] + slip, end[1] + slip)],
                fill=darken(colour, 0.75),
                width=thick,
            )
            draw.line([start, end], fill=colour, width=thick)
            at += length + gap
        walked = max(0.0, at - span)
        place += 1


def leaf_outline(x: float, y: float, angle: float, length: float, width: float) -> tuple[list[Point], list[Point]]:
    """Both halves of a leaf that starts at (x, y)."""
    ux, uy = math.cos(angle), math.sin(angle)
    upper: list[Point] = []
    lower: list[Point] = []
    for step in range(9):
        t = step / 8
        half = width * math.sin(math.pi * t**0.8) * 0.5
        px, py = x + ux * length * t, y + uy * length * t
        upper.append((px - uy * half, py + ux * half))
        lower.append((px + uy * half, py - ux * half))
    spine = [(x + ux * length * i / 8, y + uy * length * i / 8) for i in range(9)]
    return upper + spine[::-1], lower + spine[::-1]


Leaf = tuple[float, float, float, float, float]
"""x, y, angle, length, width."""


def leaves(
    shot: Shot,
    items: Sequence[Leaf],
    colour: RGB,
    rng: random.Random,
    stems: Sequence[Sequence[Point]] = (),
    stem: float = 4.0,
) -> None:
    """Foliage painted at once: each leaf has a lit half and a shaded half."""
    xs = (
        [item[0] + math.cos(item[2]) * item[3] for item in items]
        + [item[0] for item in items]
        + [p[0] for s in stems for p in s]
    )
    ys = (
        [item[1] + math.sin(item[2]) * item[3] for item in items]
        + [item[1] for item in items]
        + [p[1] for s in stems for p in s]
    )
    if not xs:
        return
    left, top, right, bottom = shot.box(min(xs), min(ys), max(xs), max(ys), 20)
    if right - left < 2 or bottom - top < 2:
        return
    size = (right - left) * 2, (bottom - top) * 2
    colour_image, mask = Image.new("RGB", size, darken(colour, 0.3)), Image.new("L", size)
    paint, cover = ImageDraw.Draw(colour_image), ImageDraw.Draw(mask)

    def local(points: Sequence[Point]) -> list[Point]:
        return [((x - left) * 2, (y - top) * 2) for x, y in shot.path(points)]

    for path in stems:
        line = local(smooth_path(path, 6, closed=False))
        thick = max(2, round(stem * shot.scale * 2))
        paint.line(line, fill=darken(mix(colour, (120, 84, 50), 0.4), 0.25), width=thick, joint="curve")
        cover.line(line, fill=255, width=thick, joint="curve")
    for x, y, angle, length, width in items:
        upper, lower = leaf_outline(x, y, angle, length, width)
        tone = rng.uniform(-0.12, 0.14)
        base = lighten(colour, tone) if tone > 0 else darken(colour, -tone)
        bright, dim = lighten(base, 0.14), darken(base, 0.22)
        if math.sin(angle) * 0.4 - math.cos(angle) > 0:
            bright, dim = dim, bright
        for half, shade in ((local(upper), dim), (local(lower), bright)):
            paint.polygon(half, fill=shade)
            cover.polygon(half, fill=255)
        tip = local([(x, y), (x + math.cos(angle) * length * 0.92, y + math.sin(angle) * length * 0.92)])
        paint.line(tip, fill=darken(base, 0.32), width=max(1, round(1.4 * shot.scale)))
    shot.place(Sprite(colour_image.reduce(2), mask.reduce(2), left, top))


def sprig(
    shot: Shot, x: float, y: float, height: float, colour: RGB, lean: float = 0.15, pairs: int = 6, leaf: float = 0.3
) -> None:
    """A branch with leaves left and right, growing up from (x, y)."""
    rng = shot.rng
    points: list[Point] = []
    items: list[Leaf] = []
    angle = -math.pi / 2 + lean * 0.5
    px, py = x, y
    step = height / pairs
    for index in range(pairs + 1):
        points.append((px, py))
        if index > 0:
            size = height * leaf * (1.0 - 0.5 * index / pairs)
            for side in (-1, 1):
                turn = angle + side * rng.uniform(0.65, 1.0)
                items.append((px, py, turn, size * rng.uniform(0.85, 1.1), size * 0.36))
        px += math.cos(angle) * step
        py += math.sin(angle) * step
        angle += lean * 0.22 + rng.uniform(-0.06, 0.06)
    items.append((points[-1][0], points[-1][1], angle, height * leaf * 0.55, height * leaf * 0.2))
    leaves(shot, items, colour, rng, [points], stem=max(2.5, height * 0.014))


def grainy(
    colour: RGB, rng: random.Random, amount: float = 0.25, scale: float = 1.5
) -> Callable[[tuple[int, int]], Image.Image]:
    """A plain colour with a little tooth: felt, paint, paper."""

    def texture(size: tuple[int, int]) -> Image.Image:
        tooth = Image.blend(Image.new("L", size, 128), noise(size, scale, scale, rng), amount)
        return washed(colour, tooth)

    return texture
