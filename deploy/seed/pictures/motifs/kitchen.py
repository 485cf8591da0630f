"""Kitchen tools from above: spoons, rolling pins, pegs and knives."""

import random

from PIL import Image, ImageDraw

from deploy.seed.content.model import Motif
from deploy.seed.pictures.kit.lying import faced, laid
from deploy.seed.pictures.kit.outline import Point, arc, points, rounded, smooth_path, turned_about
from deploy.seed.pictures.kit.paint import RGB, darken, lighten, lit, relief, washed
from deploy.seed.pictures.kit.piece import Piece, colours
from deploy.seed.pictures.kit.shot import Shot, Sprite
from deploy.seed.pictures.surfaces import metal, wood


def spoons(shot: Shot, motif: Motif, cx: float, cy: float, size: float) -> None:
    if motif.form == "one":
        _spoon(shot, motif, cx, cy, -48, size * 1.25, "eating", 0)
        return
    for index, kind in enumerate(("pointed", "round", "flat")):
        _spoon(
            shot, motif, cx + (index - 1) * 150 * size, cy + (index - 1) * 44 * size, -62 + index * 5, size, kind, index
        )


def _spoon(shot: Shot, motif: Motif, cx: float, cy: float, angle: float, size: float, kind: str, index: int) -> None:
    tones = colours(motif)
    bowls = {
        "eating": points("250 0, 262 20, 300 58, 360 66, 412 44, 430 0"),
        "pointed": points("240 0, 258 22, 300 62, 356 60, 420 26, 446 0"),
        "round": points("250 0, 264 26, 306 70, 364 76, 418 50, 434 0"),
        "flat": points("230 0, 252 24, 300 50, 380 64, 432 66, 438 0"),
    }
    half = [(-420, 0), (-416, 15), (-390, 20), (-200, 14), (60, 13), (180, 14), *bowls[kind]]
    shape = smooth_path([*half, *[(x, -y) for x, y in half[-2:0:-1]]], 6)
    outline = turned_about(shape, cx, cy, angle, size)
    rng = random.Random(f"{motif!r}{index}")
    laid(
        shot,
        outline,
        lambda area: wood.timber(area, motif.surface, tones, rng, shot.scale * size),
        angle,
        edge=11 * size,
        reach=13 * size,
        strength=1.2,
    )
    if kind == "flat":
        return
    inner = turned_about(
        [
            (344 + (x - 344) * 0.8, y * 0.76)
            for x, y in smooth_path([*bowls[kind], *[(x, -y) for x, y in bowls[kind][-2:0:-1]]], 6)
        ],
        cx,
        cy,
        angle,
        size,
    )
    mask, left, top = shot.outline(inner)
    if mask.width > 4 and mask.height > 4:
        hollow = relief(mask, 44 * size * shot.scale, 1.1, angle=45)
        under = shot.image.crop((left, top, left + mask.width, top + mask.height))
        shot.place(Sprite(lit(under, hollow), mask, left, top))


def rolling_pin(shot: Shot, motif: Motif, cx: float, cy: float, size: float) -> None:
    if motif.form == "pegs":
        for index in range(6):
            _peg(shot, motif, cx + (index - 2.5) * 118 * size, cy + (18 if index % 2 else -18) * size, size, index)
        return
    half = points("-450 0, -448 22, -430 27, -200 42, 0 46, 200 42, 430 27, 448 22, 450 0")
    _rounded_rod(shot, motif, smooth_path([*half, *[(x, -y) for x, y in half[-2:0:-1]]], 6), cx, cy, -34, size, 46, 0)


def _peg(shot: Shot, motif: Motif, cx: float, cy: float, size: float, index: int) -> None:
    half = points(
        "-190 0, -188 24, -176 33, -158 36, -140 30, -124 20, -60 16, 0 20, 40 28, 62 34, 66 17, 180 16, 184 0"
    )
    _rounded_rod(
        shot,
        motif,
        smooth_path([*half, *[(x, -y) for x, y in half[-2:0:-1]]], 5),
        cx,
        cy,
        90 + (index - 2.5) * 2.4,
        size,
        30,
        index,
    )


def _rounded_rod(
    shot: Shot,
    motif: Motif,
    shape: list[Point],
    cx: float,
    cy: float,
    angle: float,
    size: float,
    radius: float,
    index: int,
) -> None:
    """Something round lying down: lit as a cylinder across its length."""
    tones = colours(motif)
    outline = turned_about(shape, cx, cy, angle, size)
    rng = random.Random(f"{motif!r}{index}")
    sprite = faced(shot, outline, lambda area: wood.timber(area, motif.surface, tones, rng, shot.scale * size), angle)
    if not sprite:
        return
    sprite.colour = lit(sprite.colour, relief(sprite.mask, radius * size * shot.scale * 1.5, 1.35))
    shot.drop_shadow(sprite, radius * 0.55 * size, 0.55)
    shot.place(sprite)


def knife(shot: Shot, motif: Motif, cx: float, cy: float, size: float) -> None:
    tones = colours(motif)
    rng = random.Random(repr(motif))
    angle = -40.0
    blade, bevel, handle = _knife_shapes(motif.form)
    outline = turned_about(blade, cx, cy, angle, size)

    def steel(area: tuple[int, int]) -> Image.Image:
        if motif.surface == "forged":
            return metal.forged(area, tones[0], lighten(tones[0], 0.4), rng, shot.scale * size)
        return metal.brushed(area, tones[0], rng, shot.scale * size, upright=True)

    def ground_edge(area: tuple[int, int]) -> Image.Image:
        return metal.brushed(area, (196, 200, 203), rng, shot.scale * size, upright=True)

    def grip(area: tuple[int, int]) -> Image.Image:
        if motif.form == "chef":
            return _birch_bark(area, tones[1], shot.scale * size, rng)
        return wood.timber(area, "maple", (tones[1], darken(tones[1], 0.4)), rng, shot.scale * size)

    laid(shot, outline, steel, angle, edge=4 * size, reach=9 * size, strength=0.8)
    bright = faced(shot, turned_about(bevel, cx, cy, angle, size), ground_edge, angle)
    if bright:
        shot.place(bright)
    laid(shot, turned_about(handle, cx, cy, angle, size), grip, angle, edge=22 * size, reach=13 * size, strength=1.2)
    pins = (-330.0, -230.0) if motif.form != "chef" else (-385.0,)
    for x in pins:
        px, py = turned_about([(x, 8)], cx, cy, angle, size)[0]
        ring, rx, ry = shot.outline(arc(px, py, 10 * size, 10 * size, 0, 360, 20))
        shot.place(Sprite(washed(tones[2], relief(ring, 6 * size * shot.scale, 1.0)), ring, rx, ry))
    collar = turned_about([(x - 118, y + 6) for x, y in rounded(20, 74, 5)], cx, cy, angle, size)
    laid(shot, collar, None, angle, edge=8 * size, reach=5 * size, colour=tones[2], strength=1.3)


def _knife_shapes(form: str) -> tuple[list[Point], list[Point], list[Point]]:
    if form == "paring":
        blade = points("-118 -34, 40 -38, 160 -30, 250 -4, 270 12, 240 26, 120 42, -60 46, -110 44, -118 38")
        bevel = points("268 12, 240 26, 120 42, -60 46, -60 32, 110 26, 222 14")
        handle = points("-120 -30, -200 -36, -330 -32, -384 -20, -396 8, -384 38, -330 46, -200 40, -120 40")
    elif form == "bread":
        scallops: list[Point] = []
        for tooth in range(15):
            x = 430 - tooth * 35
            scallops += [(x, 40), (x - 10, 34), (x - 24, 34)]
        blade = [(-118, -34), (300, -38), (420, -30), (450, -6), (446, 26), *scallops, (-100, 44), (-118, 38)]
        bevel = [*scallops, (-90, 22), (430, 18)]
        handle = points("-120 -32, -220 -38, -380 -34, -440 -16, -448 14, -430 44, -300 42, -220 46, -120 42")
    else:
        blade = points("-118 -52, 100 -54, 260 -44, 390 -8, 452 34, 380 66, 240 88, 60 98, -70 100, -104 96, -112 60")
        bevel = points("452 34, 380 66, 240 88, 60 98, -90 100, -90 78, 60 74, 230 62, 360 42")
        handle = points("-124 -30, -220 -38, -360 -36, -424 -24, -440 10, -424 44, -360 48, -220 44, -124 44")
    return blade, bevel, smooth_path(handle, 5)


def _birch_bark(area: tuple[int, int], tone: RGB, scale: float, rng: random.Random) -> Image.Image:
    """Stacked leaves of bark, edge on."""
    image = Image.new("RGB", area, tone)
    draw = ImageDraw.Draw(image)
    x = 0.0
    while x < area[0]:
        wide = rng.uniform(2.5, 6.5) * scale
        shade = rng.uniform(-0.3, 0.2)
        draw.rectangle((x, 0, x + wide, area[1]), fill=lighten(tone, shade) if shade > 0 else darken(tone, -shade))
        x += wide
    return image


PIECES: dict[str, Piece] = {
    "spoons": Piece(spoons, lambda m: (800, 860) if m.form == "three" else (760, 820), (0.18, 0.3)),
    "rolling_pin": Piece(rolling_pin, lambda m: (820, 560) if m.form == "tapered" else (760, 460), (0.0, 0.5)),
    "knife": Piece(knife, lambda m: (760, 700) if m.form != "paring" else (620, 580), (-0.1, 0.6)),
}
