"""Round things from above: skillets, trivets and rush trays."""

import math
import random

from deploy.seed.content.model import Motif
from deploy.seed.pictures.kit.lying import groove, laid
from deploy.seed.pictures.kit.outline import arc, points, smooth_path, turned_about
from deploy.seed.pictures.kit.paint import darken, enlarged, field, lit, relief
from deploy.seed.pictures.kit.piece import Piece, colours, fixed
from deploy.seed.pictures.kit.shot import Shot, Sprite
from deploy.seed.pictures.kit.strokes import tube
from deploy.seed.pictures.surfaces import metal, weave


def skillet(shot: Shot, motif: Motif, cx: float, cy: float, size: float) -> None:
    tones = colours(motif)
    rng = random.Random(repr(motif))
    px, py = cx - 130 * size, cy + 90 * size
    handle = turned_about(
        smooth_path(points("230 -26, 330 -22, 520 -17, 610 -24, 640 0, 610 24, 520 17, 330 22, 230 26"), 6),
        px,
        py,
        -38,
        size,
    )
    hole = turned_about(arc(606, 0, 11, 11, 0, 360, 16), px, py, -38, size)
    laid(
        shot,
        handle,
        lambda area: metal.forged(area, tones[0], tones[1], rng, shot.scale * size),
        -38,
        (hole,),
        edge=12 * size,
        reach=16 * size,
    )
    rim = arc(px, py, 290 * size, 290 * size, 0, 360, 90)
    laid(
        shot,
        rim,
        lambda area: metal.forged(area, tones[0], tones[1], rng, shot.scale * size),
        0,
        edge=16 * size,
        reach=26 * size,
        strength=1.1,
    )
    inner = arc(px, py, 262 * size, 262 * size, 0, 360, 90)
    mask, left, top = shot.outline(inner)
    if mask.width > 4 and mask.height > 4:
        dish = metal.forged(mask.size, darken(tones[0], 0.12), tones[1], rng, shot.scale * size)
        sunk = relief(mask, 60 * size * shot.scale, 0.85, angle=45)
        shine = enlarged(
            field(40, 40, lambda x, y: 0.46 + 0.2 * math.exp(-(((x - 0.66) / 0.2) ** 2 + ((y - 0.68) / 0.16) ** 2))),
            mask.size,
        )
        shot.place(Sprite(lit(dish, sunk, shine), mask, left, top))
    for dy in (-14, 14):
        x, y = turned_about([(246, dy)], px, py, -38, size)[0]
        laid(
            shot,
            arc(x, y, 9 * size, 9 * size, 0, 360, 16),
            None,
            0,
            edge=6 * size,
            reach=3 * size,
            colour=tones[1],
            strength=1.3,
        )


def trivet(shot: Shot, motif: Motif, cx: float, cy: float, size: float) -> None:
    tones = colours(motif)
    if motif.form == "spiral":
        points = []
        for step in range(220):
            t = step / 219
            radius = (34 + 282 * t) * size
            points.append((cx + math.cos(t * 30.5) * radius, cy + math.sin(t * 30.5) * radius))
        tube(
            shot,
            points,
            lambda t: (30 - 5 * t) * size,
            tones[0],
            gloss=0.42,
            smooth=False,
            strength=1.7,
            shadow=15 * size,
        )
        for x, y in (points[0], points[-1]):
            laid(
                shot,
                arc(x, y, 22 * size, 22 * size, 0, 360, 24),
                None,
                0,
                edge=16 * size,
                reach=5 * size,
                colour=tones[0],
                strength=1.7,
            )
        return
    for spoke in range(8):
        a = spoke / 8 * 2 * math.pi
        points = []
        for step in range(25):
            t = step / 24
            r = (44 + 226 * t) * size
            bend = math.sin(t * math.pi * 2) * 0.2
            points.append((cx + math.cos(a + bend) * r, cy + math.sin(a + bend) * r))
        tube(shot, points, 22 * size, tones[0], gloss=0.42, smooth=False, strength=1.6, shadow=13 * size)
    tube(
        shot,
        arc(cx, cy, 284 * size, 284 * size, 0, 363, 100),
        32 * size,
        tones[0],
        gloss=0.42,
        smooth=False,
        strength=1.6,
        shadow=15 * size,
    )
    tube(
        shot,
        arc(cx, cy, 44 * size, 44 * size, 0, 365, 40),
        22 * size,
        tones[0],
        gloss=0.42,
        smooth=False,
        strength=1.6,
        shadow=8 * size,
    )
    for spoke in range(8):
        a = spoke / 8 * 2 * math.pi
        laid(
            shot,
            arc(cx + math.cos(a) * 284 * size, cy + math.sin(a) * 284 * size, 12 * size, 12 * size, 0, 360, 18),
            None,
            0,
            edge=9 * size,
            reach=3 * size,
            colour=tones[1],
            strength=1.5,
        )


def tray(shot: Shot, motif: Motif, cx: float, cy: float, size: float) -> None:
    tones = colours(motif)
    outline = arc(cx, cy, 345 * size, 345 * size, 0, 360, 90)
    side = round(345 * 2 * size * shot.scale) + 4
    face = weave.coil((min(side, 2200), min(side, 2200)), tones, random.Random(repr(motif)), shot.scale * size)
    mask, left, top = shot.outline(outline)
    corner = shot.px(cx - 345 * size, cy - 345 * size)
    dx, dy = round(left - corner[0]), round(top - corner[1])
    body = lit(face.crop((dx, dy, dx + mask.width, dy + mask.height)), relief(mask, 20 * size * shot.scale, 1.0))
    sprite = Sprite(body, mask, left, top)
    shot.drop_shadow(sprite, 22 * size)
    shot.place(sprite)
    groove(shot, cx, cy, 300 * size, 14 * size)


PIECES: dict[str, Piece] = {
    "skillet": Piece(skillet, fixed(900, 800), (-0.2, 0.55)),
    "trivet": Piece(trivet, fixed(660, 660), (0.2, 0.35)),
    "tray": Piece(tray, fixed(720, 720), (0.1, 0.4)),
}
