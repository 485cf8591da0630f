"""Baskets: form market, log, bowl, hamper, berry, straps; surface willow, splint or banded."""

import math

from PIL import Image

from deploy.seed.content.model import Motif
from deploy.seed.pictures.kit.lathe import Finish, Form, ground, tint_for, turn
from deploy.seed.pictures.kit.outline import Point, about, arc, points
from deploy.seed.pictures.kit.paint import RGB, darken, lighten, mix
from deploy.seed.pictures.kit.piece import Piece, colours
from deploy.seed.pictures.kit.shot import Shot
from deploy.seed.pictures.kit.strokes import strap, tube
from deploy.seed.pictures.surfaces import weave

_BASKETS: dict[str, tuple[list[Point], float, float]] = {
    "market": (points("0 260, 0.2 262, 0.6 244, 0.9 214, 1 204"), 260, 0.26),
    "log": (points("0 250, 0.25 264, 0.6 258, 0.9 232, 1 222"), 340, 0.24),
    "bowl": (points("0 290, 0.25 278, 0.6 234, 0.9 172, 1 160"), 170, 0.32),
    "hamper": (points("0 168, 0.3 176, 0.7 172, 1 160"), 420, 0.18),
    "berry": (points("0 150, 0.25 156, 0.6 150, 0.9 132, 1 126"), 320, 0.22),
    "straps": (points("0 236, 0.3 230, 0.7 208, 1 184"), 290, 0.24),
}


def basket(shot: Shot, motif: Motif, cx: float, base: float, size: float) -> None:
    tones = colours(motif)
    profile, height, tilt = _BASKETS[motif.form]
    form = Form([(t, r * size) for t, r in profile], height * size, tilt, 14 * size)
    texture = weave.wicker(motif.surface, tones, shot.rng, 22 * size)
    finish = Finish(0.06, tint_for(tones[0]))
    top = base - form.height
    ground(shot, form, cx, base)
    if motif.form == "market":
        _hoop(shot, form, cx, top, size, tones, back=True)
    sprite = turn(shot, form, cx, base, texture, finish)
    if sprite:
        shot.place(sprite)
    _border(shot, form, cx, top, size, tones)
    if motif.form == "market":
        _hoop(shot, form, cx, top, size, tones, back=False)
    elif motif.form == "log":
        for side in (-1, 1):
            x = cx + side * form.radius(0.02) * 0.97
            tube(
                shot,
                [
                    (x - side * 34 * size, top - 16 * size),
                    (x + side * 12 * size, top - 70 * size),
                    (x + side * 34 * size, top - 50 * size),
                    (x + side * 22 * size, top + 14 * size),
                ],
                20 * size,
                tones[0],
                gloss=0.1,
            )
    elif motif.form == "hamper":
        lid = Form([(0, 4), (0.3, 90 * size), (0.7, 160 * size), (1, 172 * size)], 50 * size, tilt, 0)
        sprite = turn(shot, lid, cx, top + 10 * size, texture, finish)
        if sprite:
            shot.place(sprite)
        tube(
            shot,
            [(cx - 30 * size, top - 34 * size), (cx, top - 78 * size), (cx + 30 * size, top - 34 * size)],
            14 * size,
            tones[0],
            gloss=0.1,
        )
    elif motif.form == "straps":
        _buckled(shot, form, cx, top, size)
    elif motif.form == "berry":
        tube(
            shot,
            about("-96 12, -60 -128, 60 -128, 96 12", cx, top, size),
            12 * size,
            darken(tones[1], 0.1),
            gloss=0.1,
        )


def _border(shot: Shot, form: Form, cx: float, top: float, size: float, tones: tuple[RGB, ...]) -> None:
    """The rolled rim: short rods lying one over the next around the mouth."""
    r, count = form.lip, 46
    for index in range(count):
        a = 200 + 360 * index / count
        points = arc(cx, top, r, r * form.tilt, a, a + 17, 4)
        lift = 7 * size
        way = [(x, y - lift * math.sin(i / 4 * math.pi)) for i, (x, y) in enumerate(points)]
        depth = math.sin(math.radians(a))
        tone = mix(darken(tones[0], 0.3), lighten(tones[0], 0.12), 0.5 + 0.3 * depth - 0.3 * math.cos(math.radians(a)))
        tube(shot, way, lambda t: (15 - 7 * abs(t - 0.4)) * size, tone, gloss=0.15, smooth=False, strength=1.5)


def _hoop(shot: Shot, form: Form, cx: float, top: float, size: float, tones: tuple[RGB, ...], *, back: bool) -> None:
    """An arched handle seen a little from the side, wound with a rod."""
    rise = 290 * size
    points = arc(cx + 10 * size, top, form.lip * 0.82, rise, 180, 360, 48)
    if back:
        return
    tube(shot, points, 27 * size, darken(tones[0], 0.08), gloss=0.12, smooth=False)
    for index in range(2, 46, 2):
        x, y = points[index]
        nx, ny = points[index + 1]
        ax, ay = nx - x, ny - y
        length = math.hypot(ax, ay) or 1
        ux, uy = ax / length, ay / length
        half = 14 * size
        tube(
            shot,
            [
                (x + uy * half - ux * 8 * size, y - ux * half - uy * 8 * size),
                (x - uy * half + ux * 8 * size, y + ux * half + uy * 8 * size),
            ],
            8 * size,
            lighten(tones[0], 0.1),
            gloss=0.1,
            smooth=False,
        )


def _buckled(shot: Shot, form: Form, cx: float, top: float, size: float) -> None:
    leather = (96, 58, 34)
    for side in (-0.42, 0.42):
        x = cx + side * form.lip
        y = top + form.lip * form.tilt * math.sqrt(1 - side * side)
        strap(
            shot,
            [(x, y - 30 * size), (x, y + 60 * size), (x + side * -10 * size, y + 150 * size)],
            34 * size,
            lambda area: Image.new("RGB", area, leather),
            shadow=5,
        )
        frame = about("-24 60, 24 60, 24 100, -24 100, -24 60", x, y, size)
        tube(shot, frame, 6 * size, (196, 160, 88), gloss=0.7, smooth=False)


def _basket_extent(motif: Motif) -> tuple[float, float]:
    profile, height, _ = _BASKETS[motif.form]
    extra = {"market": 300, "berry": 130, "log": 80, "hamper": 110}.get(motif.form, 60)
    return max(r for _, r in profile) * 2 + 30, height + extra


PIECES: dict[str, Piece] = {
    "basket": Piece(basket, _basket_extent, (-0.1, 0.68)),
}
