"""How a flat thing lies on a surface: its edge, its texture turned with it, its shadow."""

import math

from PIL import Image

from deploy.seed.pictures.kit.outline import Point, arc, ribbon
from deploy.seed.pictures.kit.paint import RGB, lit, polygon_mask, relief
from deploy.seed.pictures.kit.shot import Shot, Sprite


def laid(
    shot: Shot,
    outline: list[Point],
    texture: Image.Image | None,
    angle: float,
    holes: tuple[list[Point], ...] = (),
    *,
    edge: float = 9.0,
    reach: float = 16.0,
    colour: RGB = (0, 0, 0),
    strength: float = 0.9,
) -> Sprite | None:
    """A flat thing with rounded edges and its shadow. The texture is laid along `angle`."""
    mask, left, top = shot.outline(outline)
    if mask.width < 4 or mask.height < 4:
        return None
    for hole in holes:
        cut = [(x - left, y - top) for x, y in shot.path(hole)]
        mask.paste(0, (0, 0), polygon_mask(mask.size, cut))
    body = along(texture, mask.size, angle) if texture else Image.new("RGB", mask.size, colour)
    body = lit(body, relief(mask, edge * shot.scale, strength))
    sprite = Sprite(body, mask, left, top)
    shot.drop_shadow(sprite, reach)
    shot.place(sprite)
    return sprite


def along(texture: Image.Image, size: tuple[int, int], angle: float) -> Image.Image:
    """Turn a texture and cut it to a size; it must be large enough to cover the turned box."""
    if abs(angle) > 0.5:
        texture = texture.rotate(-angle, Image.Resampling.BILINEAR, expand=False)
    left, top = (texture.width - size[0]) // 2, (texture.height - size[1]) // 2
    return texture.crop((left, top, left + size[0], top + size[1]))


def covering(outline: list[Point], shot: Shot) -> tuple[int, int]:
    """A texture size that covers an outline at any turn, in pixels."""
    xs, ys = [x for x, _ in outline], [y for _, y in outline]
    span = math.hypot(max(xs) - min(xs), max(ys) - min(ys)) * shot.scale
    side = min(round(span) + 8, 2200)
    return side, side


def groove(shot: Shot, cx: float, cy: float, radius: float, width: float) -> None:
    """A juice groove: dark towards the window, light away from it."""
    for shift, tone, weight in ((-2.0, (40, 24, 14), 0.5), (2.4, (255, 240, 214), 0.4)):
        ring = ribbon(arc(cx + shift, cy + shift, radius, radius, 0, 360, 90), lambda _t: width * 0.55)
        mask, left, top = shot.outline(ring)
        if mask.width > 3 and mask.height > 3:
            shot.stain(mask, left, top, tone, weight)


def crease(shot: Shot, line: list[Point], size: float) -> None:
    for shift, tone, weight in ((0.0, (20, 10, 8), 0.5), (3.0, (255, 240, 220), 0.25)):
        mask, left, top = shot.outline(ribbon([(x + shift * size, y) for x, y in line], lambda _t: 4 * size))
        if mask.width > 1 and mask.height > 1:
            shot.stain(mask, left, top, tone, weight)
