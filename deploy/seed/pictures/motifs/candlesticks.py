"""Candlesticks: form baluster (wood), iron (a twisted cage), chamber (a saucer with a loop)."""

import math
import random

from PIL import Image

from deploy.seed.content.model import Motif
from deploy.seed.pictures.kit.lathe import Finish, Form, ground, stand, tint_for, turn
from deploy.seed.pictures.kit.outline import about, points
from deploy.seed.pictures.kit.paint import RGB, darken, mix
from deploy.seed.pictures.kit.piece import Piece, colours
from deploy.seed.pictures.kit.shot import Shot
from deploy.seed.pictures.kit.strokes import tube
from deploy.seed.pictures.surfaces import metal, wood

_WAX: RGB = (240, 229, 206)


def _candle(shot: Shot, cx: float, base: float, height: float, radius: float) -> None:
    form = Form([(0, radius * 0.5), (0.02, radius * 0.9), (0.06, radius), (1, radius)], height, 0.16, 0)

    def wax(size: tuple[int, int], scale: float) -> Image.Image:
        del scale
        return Image.new("RGB", size, _WAX)

    sprite = turn(shot, form, cx, base, wax, Finish(0.25, (196, 164, 132)))
    if sprite:
        shot.place(sprite)
    tube(
        shot,
        [(cx, base - height + 2), (cx + 1, base - height - 10), (cx + 4, base - height - 22)],
        4,
        (52, 46, 44),
        gloss=0,
    )


def candlestick(shot: Shot, motif: Motif, cx: float, base: float, size: float) -> None:
    if motif.detail == "pair":
        _baluster(shot, motif, cx + 96 * size, base - 26 * size, size * 0.82)
        _baluster(shot, motif, cx - 90 * size, base + 8 * size, size)
    elif motif.form == "iron":
        _iron(shot, motif, cx, base, size)
    elif motif.form == "chamber":
        _chamber(shot, motif, cx, base, size)
    else:
        _baluster(shot, motif, cx, base, size)


def _baluster(shot: Shot, motif: Motif, cx: float, base: float, size: float) -> None:
    tones = colours(motif)
    cup_and_stem = "0 30, 0.03 36, 0.07 30, 0.1 20, 0.16 26, 0.2 18, 0.36 30, 0.5 38, 0.62 22, "
    profile = points(cup_and_stem + "0.68 34, 0.72 20, 0.82 22, 0.9 62, 0.96 84, 1 86")
    form = Form([(t, r * size) for t, r in profile], 330 * size, 0.16, 8 * size)

    def timber(area: tuple[int, int], scale: float) -> Image.Image:
        upright = wood.timber((area[1], area[0]), motif.surface, tones, random.Random(repr(motif)), scale)
        return upright.transpose(Image.Transpose.ROTATE_90)

    stand(shot, form, cx, base, timber, Finish(0.4, tint_for(tones[0])))
    _candle(shot, cx, base - 322 * size, 210 * size, 19 * size)


def _iron(shot: Shot, motif: Motif, cx: float, base: float, size: float) -> None:
    tones = colours(motif)
    texture, finish = metal.sheet("iron", tones, shot.rng, 30), metal.finish("iron", tones[0])
    foot = Form([(0, 26 * size), (0.2, 40 * size), (0.7, 104 * size), (1, 112 * size)], 40 * size, 0.2, 0)
    stand(shot, foot, cx, base, texture, finish)
    top, bottom = base - 320 * size, base - 34 * size
    for strand in range(4):
        phase = strand * math.pi / 2
        points = []
        for step in range(33):
            t = step / 32
            swell = (10 + 34 * math.sin(math.pi * min(1.0, max(0.0, (t - 0.22) / 0.5))) ** 1.3) * size
            angle = phase + t * math.pi * 3.2
            points.append((cx + math.cos(angle) * swell, bottom + (top - bottom) * t))
        tone = tones[0] if strand % 2 else mix(tones[0], tones[1], 0.3)
        tube(shot, points, 13 * size, tone, gloss=0.35, smooth=False, strength=1.3)
    pan = Form([(0, 78 * size), (0.4, 74 * size), (1, 40 * size)], 26 * size, 0.2, 4 * size)
    sprite = turn(shot, pan, cx, top + 12 * size, texture, finish)
    if sprite:
        shot.place(sprite)
    cup = Form([(0, 27 * size), (1, 24 * size)], 40 * size, 0.2, 5 * size)
    sprite = turn(shot, cup, cx, top + 2 * size, texture, finish)
    if sprite:
        shot.place(sprite)
    _candle(shot, cx, top - 30 * size, 190 * size, 20 * size)


def _chamber(shot: Shot, motif: Motif, cx: float, base: float, size: float) -> None:
    tones = colours(motif)
    texture, finish = metal.sheet("hammered", tones, shot.rng, 22), metal.finish("hammered", tones[0])
    saucer = Form([(0, 206 * size), (0.35, 196 * size), (0.8, 140 * size), (1, 130 * size)], 58 * size, 0.3, 6 * size)
    ground(shot, saucer, cx, base)
    loop = about("178 -44, 262 -92, 296 -36, 250 -4, 170 -26", cx, base, size)
    tube(shot, loop, 17 * size, darken(tones[0], 0.05), gloss=0.6)
    sprite = turn(shot, saucer, cx, base, texture, finish)
    if sprite:
        shot.place(sprite)
    shot.ellipse_shadow(cx + 16 * size, base - 44 * size, 60 * size, 18 * size, 12, 0.55)
    socket = Form([(0, 38 * size), (0.1, 33 * size), (0.8, 32 * size), (1, 44 * size)], 74 * size, 0.26, 6 * size)
    sprite = turn(shot, socket, cx, base - 46 * size, texture, finish)
    if sprite:
        shot.place(sprite)
    _candle(shot, cx, base - 110 * size, 170 * size, 26 * size)


def _candlestick_extent(motif: Motif) -> tuple[float, float]:
    return {"iron": (240, 560), "chamber": (520, 330)}.get(motif.form, (380, 560))


PIECES: dict[str, Piece] = {
    "candlestick": Piece(candlestick, _candlestick_extent, (0.0, 0.62)),
}
