"""How a flat thing lies on a surface: its edge, its texture turned with it, its shadow."""

import math
from collections.abc import Callable

from PIL import Image

from deploy.seed.pictures.kit.outline import Point, arc, ribbon
from deploy.seed.pictures.kit.paint import RGB, lit, polygon_mask, relief
from deploy.seed.pictures.kit.shot import Shot, Sprite

_LARGEST = 2600


Cover = Callable[[tuple[int, int]], Image.Image]
"""Draws a material at a size in pixels, its grain along x."""


def faced(shot: Shot, outline: list[Point], texture: Cover, angle: float, *, whole: bool = False) -> Sprite | None:
    """A material cut to an outline with its grain along `angle` degrees; None when out of the frame.

    Only as much material is drawn as the frame shows, unless it has a design that needs the `whole` of the piece.
    """
    mask, left, top = shot.outline(outline)
    if mask.width < 4 or mask.height < 4:
        return None
    c, s = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    spans = [_spans(shot.path(outline), c, s)]
    if not whole:
        right, bottom = left + mask.width, top + mask.height
        spans.append(_spans([(left, top), (right, top), (right, bottom), (left, bottom)], c, s))
    u0, v0 = (max(span[i] for span in spans) for i in (0, 1))
    u1, v1 = (min(span[i] for span in spans) for i in (2, 3))
    material = texture((min(_LARGEST, round(u1 - u0) + 6), min(_LARGEST, round(v1 - v0) + 6)))
    # Where the top left pixel of the mask falls on the material.
    u, v = left * c + top * s - u0 + 3, top * c - left * s - v0 + 3
    if abs(angle) < 0.5:
        x, y = round(u), round(v)
        return Sprite(material.crop((x, y, x + mask.width, y + mask.height)), mask, left, top)
    turned = material.transform(mask.size, Image.Transform.AFFINE, (c, s, u, -s, c, v), Image.Resampling.BILINEAR)
    return Sprite(turned, mask, left, top)


def _spans(path: list[Point], c: float, s: float) -> tuple[float, float, float, float]:
    """Extents along and across a direction: lowest along, lowest across, highest along, highest across."""
    along = [x * c + y * s for x, y in path]
    across = [y * c - x * s for x, y in path]
    return min(along), min(across), max(along), max(across)


def laid(
    shot: Shot,
    outline: list[Point],
    texture: Cover | None,
    angle: float,
    holes: tuple[list[Point], ...] = (),
    *,
    edge: float = 9.0,
    reach: float = 16.0,
    colour: RGB = (0, 0, 0),
    strength: float = 0.9,
    whole: bool = False,
) -> Sprite | None:
    """A flat thing with rounded edges and its shadow; without a texture it is plain `colour`."""
    cover = texture or (lambda area: Image.new("RGB", area, colour))
    sprite = faced(shot, outline, cover, angle if texture else 0, whole=whole)
    if not sprite:
        return None
    for hole in holes:
        cut = [(x - sprite.left, y - sprite.top) for x, y in shot.path(hole)]
        sprite.mask.paste(0, (0, 0), polygon_mask(sprite.mask.size, cut))
    sprite.colour = lit(sprite.colour, relief(sprite.mask, edge * shot.scale, strength))
    shot.drop_shadow(sprite, reach)
    shot.place(sprite)
    return sprite


def groove(shot: Shot, cx: float, cy: float, radius: float, width: float) -> None:
    """A juice groove: dark towards the window, light away from it."""
    for shift, tone, weight in ((-2.0, (40, 24, 14), 0.5), (2.4, (255, 240, 214), 0.4)):
        ring = ribbon(arc(cx + shift, cy + shift, radius, radius, 0, 360, 90), lambda _t: width * 0.55)
        mask, left, top = shot.outline(ring)
        if mask.width > 3 and mask.height > 3:
            shot.stain(mask, left, top, tone, weight)


def crease(shot: Shot, line: list[Point], size: float) -> None:
    """A line pressed with a hot iron."""
    for shift, tone, weight in ((0.0, (20, 10, 8), 0.5), (3.0, (255, 240, 220), 0.25)):
        mask, left, top = shot.outline(ribbon([(x + shift * size, y) for x, y in line], lambda _t: 4 * size))
        if mask.width > 1 and mask.height > 1:
            shot.stain(mask, left, top, tone, weight)
