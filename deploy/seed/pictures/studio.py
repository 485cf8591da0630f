"""Where things stand: walls, tables, shelves and cloths, and the window that lights them.

Owns what is behind and beneath the piece. Light always falls from above left.
"""

import math
import random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from deploy.seed.content.model import Motif
from deploy.seed.pictures.kit.paint import (
    BLACK,
    RGB,
    clouds,
    darken,
    enlarged,
    field,
    levels,
    lighten,
    lights,
    lit,
    luminance,
    mix,
    noise,
    ramp,
    soften,
    washed,
)
from deploy.seed.pictures.kit.piece import colours
from deploy.seed.pictures.kit.shot import Shot
from deploy.seed.pictures.surfaces.wood import plank

_SMALL = 192
"""Side of the small picture on which soft light is mixed before it is made full size."""


def backdrop_colour(shot: Shot, variety: int) -> RGB:
    """The wall of this listing: the shop's own, or one of its accents thinned, so that a page is not one grey."""
    base = shot.palette[0]
    choice = variety % 5
    if choice in {0, 3} or len(shot.palette) < 5:
        return base
    if choice == 1:
        return mix(base, shot.palette[4], 0.75)
    accent = shot.palette[2] if choice == 2 else shot.palette[3]
    return mix(lighten(accent, 0.38), base, 0.42)


def window_light(rng: random.Random, *, leaves: bool) -> Image.Image:
    """A slanting window thrown on the wall, as a small L map of where the sun is."""
    size = _SMALL
    light = Image.new("L", (size, size))
    draw = ImageDraw.Draw(light)
    lean = rng.uniform(0.28, 0.5)
    left, top = rng.uniform(-0.15, 0.12) * size, rng.uniform(-0.1, 0.08) * size
    pane, bar = rng.uniform(0.3, 0.38) * size, 0.035 * size
    for row in range(3):
        for column in range(2):
            x, y = left + column * (pane + bar), top + row * (pane * 0.8 + bar) + column * pane * 0.12
            skew = lean * pane * 0.8
            shift = lean * y * 0.9
            draw.polygon(
                [
                    (x + shift, y),
                    (x + shift + pane, y + pane * 0.12),
                    (x + shift + pane + skew, y + pane * 0.92),
                    (x + shift + skew, y + pane * 0.8),
                ],
                fill=255,
            )
    light = light.filter(ImageFilter.GaussianBlur(size / 60))
    if leaves:
        shade = Image.new("L", (size, size))
        twig = ImageDraw.Draw(shade)
        _leaf_shadow(twig, rng, size)
        shade = shade.filter(ImageFilter.GaussianBlur(size / 120))
        light = ImageChops.subtract(light, shade.point([round(v * 0.8) for v in range(256)]))
    return light


def _leaf_shadow(draw: ImageDraw.ImageDraw, rng: random.Random, size: int) -> None:
    x, y = rng.uniform(-0.05, 0.2) * size, rng.uniform(-0.05, 0.1) * size
    for _ in range(3):
        angle = rng.uniform(0.35, 1.1)
        px, py = x + rng.uniform(0, 0.25) * size, y
        for step in range(13):
            px, py = px + math.cos(angle) * size * 0.05, py + math.sin(angle) * size * 0.05
            angle += rng.uniform(-0.1, 0.12)
            side = 1 if step % 2 else -1
            turn = angle + side * 0.9
            length, width = size * rng.uniform(0.08, 0.13), size * 0.016
            tip = px + math.cos(turn) * length, py + math.sin(turn) * length
            mid = px + math.cos(turn) * length * 0.5, py + math.sin(turn) * length * 0.5
            across = -math.sin(turn) * width, math.cos(turn) * width
            draw.polygon(
                [(px, py), (mid[0] + across[0], mid[1] + across[1]), tip, (mid[0] - across[0], mid[1] - across[1])],
                fill=255,
            )


def studio(shot: Shot, wall: RGB, table: RGB, horizon: float, *, window: bool = False, leaves: bool = False) -> None:
    """A wall and a table under soft light; `horizon` in scene units. Paints the whole frame."""
    size = _SMALL
    edge = shot.px(0, horizon)[1] / shot.height
    glow_x, glow_y = 0.3, 0.22

    def brightness(x: float, y: float) -> float:
        fall = math.hypot((x - glow_x) * 0.8, y - glow_y)
        value = 0.99 - 0.3 * math.pow(fall, 1.25)
        if y > edge:
            into = min(1.0, (y - edge) / max(0.05, 1 - edge))
            value = 0.93 + 0.05 * into - 0.14 * max(0.0, x - 0.45) - 0.03 * into * into
        return value

    light = enlarged(field(64, 64, brightness), (size, size))
    if window:
        sun = window_light(shot.rng, leaves=leaves)
        dimmed = light.point([round(v * 0.83) for v in range(256)])
        light = Image.composite(light.point([min(255, round(v * 1.1 + 6)) for v in range(256)]), dimmed, sun)
    light = lights(enlarged(light, (shot.width, shot.height)), _unevenness(shot))
    shade = darken(mix(wall, shot.palette[0], 0.5), 0.86)
    upright = ((0.0, shade), (0.55, darken(wall, 0.33)), (0.84, wall), (1.0, lighten(wall, 0.3)))
    level = ((0.0, darken(table, 0.85)), (0.55, darken(table, 0.35)), (0.86, table), (1.0, lighten(table, 0.28)))
    cut = max(0, round(edge * shot.height))
    if cut >= shot.height:
        shot.image = ramp(light, upright)
        return
    picture = Image.new("RGB", light.size)
    if cut > 0:
        picture.paste(ramp(light.crop((0, 0, shot.width, cut)), upright), (0, 0))
    picture.paste(ramp(light.crop((0, cut, shot.width, shot.height)), level), (0, cut))
    if cut > 0:
        # Where wall meets table a photograph is never sharp.
        depth = max(3, round(5 * shot.scale))
        strip = (0, max(0, cut - 3 * depth), shot.width, min(shot.height, cut + 3 * depth))
        picture.paste(picture.crop(strip).filter(ImageFilter.BoxBlur(depth)), strip[:2])
    shot.image = picture


def _unevenness(shot: Shot) -> Image.Image:
    """A breath of texture as a light map, so that a backdrop is a surface and not a gradient."""
    small = (shot.width // 3, shot.height // 3)
    rough = Image.blend(clouds(small, 60 * shot.scale, shot.rng), noise(small, 1.2, 1.2, shot.rng), 0.25)
    grain = Image.blend(Image.new("L", small, 128), rough, 0.05)
    return grain.resize((shot.width, shot.height), Image.Resampling.BILINEAR)


def flat_lay(shot: Shot, colour: RGB, kind: str = "plaster") -> None:
    """A surface seen from straight above: `plaster`, `linen` or `wood`. Paints the whole frame."""
    size = (shot.width, shot.height)

    def brightness(x: float, y: float) -> float:
        return 0.56 - 0.2 * math.pow(math.hypot(x - 0.22, y - 0.18), 1.3)

    light = enlarged(enlarged(field(48, 48, brightness), (_SMALL, _SMALL)), size)
    if kind == "wood":
        board = plank(size, colour, darken(colour, 0.35), shot.rng, shot.scale, boards=4)
        shot.image = lit(board, light)
    elif kind == "linen":
        shot.image = washed(colour, light, *_linen(size, shot))
    else:
        shot.image = washed(colour, light, _unevenness(shot))


def _linen(size: tuple[int, int], shot: Shot) -> tuple[Image.Image, Image.Image]:
    """Threads and folds as light maps."""
    pitch = max(1.0, 2.2 * shot.scale)
    warp = noise(size, pitch, 60 * shot.scale, shot.rng)
    weft = noise(size, 60 * shot.scale, pitch, shot.rng)
    threads = Image.blend(Image.new("L", size, 128), Image.blend(warp, weft, 0.5), 0.34)
    folds = (
        soften(levels(noise((96, 96), 30, 9, shot.rng), 60, 196), 3)
        .rotate(28, Image.Resampling.BICUBIC)
        .crop((16, 16, 80, 80))
    )
    folds = enlarged(Image.blend(Image.new("L", folds.size, 128), folds, 0.1), size)
    return threads, folds


def shelf(shot: Shot, wall: RGB, timber: RGB, top: float, *, thickness: float = 42.0, leaves: bool = True) -> None:
    """A wall with window light and an oak shelf across it whose upper face begins at `top`."""
    deep = 70.0
    studio(shot, wall, wall, 1400, window=True, leaves=leaves)
    left, upper, right, lower = shot.box(-2000, top, 3000, top + deep)
    front_bottom = shot.box(-2000, top, 3000, top + deep + thickness)[3]
    if lower > upper:
        face = plank(
            (right - left, lower - upper), lighten(timber, 0.14), darken(timber, 0.2), shot.rng, shot.scale * 0.7
        )
        shade = enlarged(field(32, 16, lambda x, y: 0.46 + 0.12 * y - 0.16 * max(0.0, x - 0.35)), face.size)
        shot.image.paste(lit(face, shade), (left, upper))
    if front_bottom > lower:
        front = plank(
            (right - left, front_bottom - lower), darken(timber, 0.16), darken(timber, 0.42), shot.rng, shot.scale
        )
        shade = enlarged(field(32, 8, lambda x, y: 0.5 - 0.2 * y - 0.1 * x), front.size)
        shot.image.paste(lit(front, shade), (left, lower))
    # The shelf's own shadow on the wall below it, and the soft line where it meets the wall above.
    shot.ellipse_shadow(560, top + deep + thickness + 16, 900, 12, 18, 0.5)
    shot.ellipse_shadow(500, top - 2, 900, 3, 8, 0.35)


def close_focus(shot: Shot, sharp: float = 0.34) -> None:
    """Blur the margins, as a lens near its subject does."""
    soft = shot.image.resize((shot.width // 3, shot.height // 3), Image.Resampling.BOX)
    soft = enlarged(soft.filter(ImageFilter.GaussianBlur(2.2)), shot.image.size)
    keep = field(40, 40, lambda x, y: 1.0 - (math.hypot(x - 0.5, (y - 0.5) * 1.1) - sharp) * 4.5)
    shot.image = Image.composite(shot.image, soft, enlarged(keep, shot.image.size))


def vignette(shot: Shot, strength: float = 0.12) -> None:
    """Darken the corners a little."""
    mask = enlarged(field(40, 40, lambda x, y: (math.hypot(x - 0.46, y - 0.46) - 0.42) * 1.6), shot.image.size)
    shot.stain(mask, 0, 0, mix(shot.shadow, BLACK, 0.3), strength)


def contrasting(shot: Shot, motif: Motif, wall: RGB) -> RGB:
    """A pale piece on a pale wall is lost: give it a deeper one, and a dark piece a lighter one."""
    if not motif.colours:
        return wall
    piece, back = luminance(colours(motif)[0]), luminance(wall)
    if abs(piece - back) > 0.16:
        return wall
    if piece > 0.6:
        return mix(darken(wall, 0.3), shot.palette[2], 0.3)
    return lighten(wall, 0.4)


def evening(shot: Shot) -> None:
    """Dim the room so that a lamp can glow."""
    dark = Image.new("RGB", shot.image.size, mix(darken(shot.palette[2], 0.45), (40, 38, 40), 0.3))
    shot.image = Image.blend(shot.image, dark, 0.62)
