"""Hooks (form ram, leaf), peg rails (five, seven) and the supper bell."""

import math
import random

from deploy.seed.content.model import Motif
from deploy.seed.pictures.kit.lathe import Finish, Form, tint_for, turn
from deploy.seed.pictures.kit.lying import laid
from deploy.seed.pictures.kit.outline import about, arc, points, rounded, smooth_path, turned_about
from deploy.seed.pictures.kit.paint import darken, enlarged, field, lighten, lit, relief
from deploy.seed.pictures.kit.piece import Piece, colours, fixed
from deploy.seed.pictures.kit.shot import Shot, Sprite
from deploy.seed.pictures.kit.strokes import tube
from deploy.seed.pictures.motifs.bags import stud
from deploy.seed.pictures.surfaces import metal, wood


def hook(shot: Shot, motif: Motif, cx: float, cy: float, size: float) -> None:
    if motif.form == "ram":
        for side in (-1, 1):
            _ram(shot, motif, cx + side * 190 * size, cy, size)
        return
    tones = colours(motif)
    rng = random.Random(repr(motif))
    plate = smooth_path(points("0 -300, 26 -270, 24 -120, 18 40, -18 40, -24 -120, -26 -270"), 6)
    outline = turned_about(plate, cx, cy, 0, size)
    laid(
        shot,
        outline,
        lambda area: metal.forged(area, tones[0], tones[1], rng, shot.scale * size),
        0,
        edge=9 * size,
        reach=14 * size,
        strength=1.3,
    )
    tube(
        shot,
        about("0 20, 6 150, 84 214, 168 150", cx, cy, size),
        lambda t: (34 - 12 * t) * size,
        tones[0],
        gloss=0.45,
        shadow=22 * size,
        strength=1.6,
    )
    leaf = smooth_path(points("0 0, 50 -46, 66 -120, 40 -200, 0 -250, -40 -200, -66 -120, -50 -46"), 6)
    blade = turned_about(leaf, cx + 176 * size, cy + 168 * size, 12, size)
    laid(
        shot,
        blade,
        lambda area: metal.forged(area, lighten(tones[0], 0.06), tones[1], rng, shot.scale * size),
        12,
        edge=15 * size,
        reach=18 * size,
        strength=1.4,
    )
    for index in range(5):
        for side in (-1, 1):
            y = -40 - index * 36
            vein = turned_about([(0, y), (side * (44 - index * 4), y - 34)], cx + 176 * size, cy + 168 * size, 12, size)
            tube(shot, vein, 4 * size, darken(tones[0], 0.5), gloss=0, smooth=False, strength=0.3)
    tube(
        shot,
        turned_about([(0, 0), (0, -240)], cx + 176 * size, cy + 168 * size, 12, size),
        5 * size,
        darken(tones[0], 0.5),
        gloss=0,
        smooth=False,
        strength=0.3,
    )
    stud(shot, cx, cy - 236 * size, 13 * size, tones[1])


def _ram(shot: Shot, motif: Motif, cx: float, cy: float, size: float) -> None:
    tones = colours(motif)
    rng = random.Random(f"{motif!r}{cx}")
    plate = turned_about(
        smooth_path(points("0 -270, 52 -236, 58 -150, 40 -20, 26 60, -26 60, -40 -20, -58 -150, -52 -236"), 6),
        cx,
        cy,
        0,
        size,
    )
    laid(
        shot,
        plate,
        lambda area: metal.forged(area, tones[0], tones[1], rng, shot.scale * size),
        0,
        edge=11 * size,
        reach=14 * size,
        strength=1.3,
    )
    for side in (-1, 1):
        horn = [(cx + side * 8 * size, cy + 30 * size)]
        for step in range(26):
            t = step / 25
            a = math.radians(150 - 400 * t)
            r = (96 * (1 - t) + 22) * size
            horn.append((cx + side * (96 * size + math.cos(a) * r), cy + 140 * size - math.sin(a) * r * -0.9))
        tube(shot, horn, lambda t: (36 - 22 * t) * size, tones[0], gloss=0.45, strength=1.6, shadow=18 * size)
    for y in (-206, -70):
        stud(shot, cx, cy + y * size, 14 * size, tones[1])


def peg_rail(shot: Shot, motif: Motif, cx: float, cy: float, size: float) -> None:
    tones = colours(motif)
    count = 5 if motif.form == "five" else 7
    width = 900 * size
    rng = random.Random(repr(motif))
    rail = [
        (cx - width / 2, cy - 62 * size),
        (cx + width / 2, cy - 62 * size),
        (cx + width / 2, cy + 62 * size),
        (cx - width / 2, cy + 62 * size),
    ]
    mask, left, top = shot.outline(rail)
    if mask.width > 4 and mask.height > 4:
        body = wood.timber(mask.size, motif.surface, tones, rng, shot.scale * size)
        sprite = Sprite(lit(body, relief(mask, 8 * shot.scale * size, 1.1)), mask, left, top)
        shot.drop_shadow(sprite, 20 * size, 0.5)
        shot.place(sprite)
    for y in (-46, 46):
        for shift, tone in ((0, darken(tones[0], 0.45)), (3, lighten(tones[0], 0.25))):
            tube(
                shot,
                [(cx - width / 2, cy + (y + shift) * size), (cx + width / 2, cy + (y + shift) * size)],
                2.6 * size,
                tone,
                gloss=0,
                smooth=False,
                strength=0.2,
            )
    pegs = tones[1] if motif.surface == "painted" else tones[0]
    for index in range(count):
        x = cx + (index - (count - 1) / 2) * width / count
        shot.ellipse_shadow(x + 26 * size, cy + 42 * size, 26 * size, 40 * size, 12, 0.45)
        tube(
            shot,
            [(x, cy + 4 * size), (x + 1 * size, cy + 18 * size), (x + 2 * size, cy + 40 * size)],
            lambda t: (30 - 5 * t) * size,
            darken(pegs, 0.16),
            gloss=0.3,
            smooth=False,
        )
        head = arc(x + 2 * size, cy + 40 * size, 27 * size, 26 * size, 0, 360, 36)
        cap, px, py = shot.outline(head)
        if cap.width > 4 and cap.height > 4:
            face = wood.timber(
                cap.size, "maple", (lighten(pegs, 0.06), darken(pegs, 0.3)), random.Random(index), shot.scale * size
            )
            dome = enlarged(field(20, 20, lambda u, v: 0.72 - 0.6 * math.hypot(u - 0.36, v - 0.32)), cap.size)
            shot.place(Sprite(lit(face, dome), cap, px, py))


def bell(shot: Shot, motif: Motif, cx: float, cy: float, size: float) -> None:
    bronze, iron = colours(motif)
    rng = random.Random(repr(motif))
    wall = cx - 210 * size
    plate = turned_about(rounded(64, 420, 24), wall, cy - 120 * size, 0, size)
    laid(
        shot,
        plate,
        lambda area: metal.forged(area, iron, lighten(iron, 0.3), rng, shot.scale * size),
        0,
        edge=10 * size,
        reach=14 * size,
        strength=1.2,
    )
    for y in (-280, 40):
        stud(shot, wall, cy + y * size, 14 * size, lighten(iron, 0.25))
    arm = [
        (wall, cy + 10 * size),
        (wall + 40 * size, cy - 150 * size),
        (cx + 10 * size, cy - 262 * size),
        (cx + 150 * size, cy - 250 * size),
        (cx + 170 * size, cy - 196 * size),
        (cx + 124 * size, cy - 186 * size),
    ]
    tube(shot, arm, lambda t: (27 - 9 * t) * size, iron, gloss=0.45, strength=1.5, shadow=20 * size)
    x = cx + 126 * size
    tube(
        shot,
        arc(x, cy - 160 * size, 20 * size, 26 * size, 0, 362, 30),
        9 * size,
        iron,
        gloss=0.4,
        smooth=False,
        shadow=6 * size,
    )
    form = Form(
        [
            (0, 14 * size),
            (0.05, 70 * size),
            (0.16, 96 * size),
            (0.5, 112 * size),
            (0.82, 136 * size),
            (0.95, 168 * size),
            (1, 172 * size),
        ],
        300 * size,
        0.12,
        0,
    )
    shot.ellipse_shadow(x + 70 * size, cy + 20 * size, 140 * size, 150 * size, 40, 0.3)
    texture = metal.sheet("hammered", (bronze, darken(bronze, 0.5), lighten(bronze, 0.35)), rng, 26)
    tube(shot, [(x, cy + 130 * size), (x + 2 * size, cy + 186 * size)], 10 * size, iron, gloss=0.3, smooth=False)
    shot.ellipse_shadow(x, cy + 166 * size, 166 * size, 22 * size, 3, 0.85)
    sprite = turn(shot, form, x, cy + 160 * size, texture, Finish(0.5, tint_for(bronze), 0.4))
    if sprite:
        shot.place(sprite)
    cord = [(x + 2 * size, cy + 182 * size), (x - 3 * size, cy + 250 * size), (x + 4 * size, cy + 320 * size)]
    tube(shot, cord, 11 * size, (206, 188, 152), gloss=0.1, shadow=10 * size)
    stud(shot, x + 4 * size, cy + 330 * size, 19 * size, (196, 174, 136))


PIECES: dict[str, Piece] = {
    "hook": Piece(hook, lambda m: (800, 620) if m.form == "ram" else (420, 700), (0.1, 0.66), 2.2),
    "peg_rail": Piece(peg_rail, fixed(900, 300), (0.0, 0.5), 3.0),
    "bell": Piece(bell, fixed(640, 700), (0.2, 0.5), 2.1),
}
