"""Wallets (form bifold, sleeve, long) and belts (form coiled, fob)."""

import math
import random

from deploy.seed.content.model import Motif
from deploy.seed.pictures.kit.lying import Cover, crease, laid
from deploy.seed.pictures.kit.outline import Point, arc, points, rounded, turned_about
from deploy.seed.pictures.kit.paint import RGB, darken, lighten
from deploy.seed.pictures.kit.piece import Piece, colours
from deploy.seed.pictures.kit.shot import Shot
from deploy.seed.pictures.kit.strokes import stitches, tube
from deploy.seed.pictures.surfaces import leather


def wallet(shot: Shot, motif: Motif, cx: float, cy: float, size: float) -> None:
    tones = colours(motif)
    rng = random.Random(repr(motif))
    angle = {"bifold": -12.0, "sleeve": 14.0, "long": -16.0}[motif.form]
    width, height = {"bifold": (540, 440), "sleeve": (520, 370), "long": (760, 380)}[motif.form]

    def hide(tone: RGB) -> Cover:
        return lambda area: leather.hide(area, tone, rng, shot.scale * size)

    def seam(points: list[Point]) -> None:
        stitches(shot, turned_about(points, cx, cy, angle, size), tones[1], 11 * size, 6 * size, 3.4 * size)

    if motif.form == "sleeve":
        cards = turned_about([(x, y - 62) for x, y in rounded(440, 270, 18)], cx, cy, angle, size)
        laid(shot, cards, None, angle, edge=3 * size, reach=6 * size, colour=(226, 220, 206))
    body = turned_about(rounded(width, height, 30), cx, cy, angle, size)
    laid(shot, body, hide(tones[0]), angle, edge=9 * size, reach=18 * size)
    if motif.form == "bifold":
        upper = turned_about([(x + 3, y + 5) for x, y in rounded(width - 8, height - 12, 28)], cx, cy, angle, size)
        laid(shot, upper, hide(lighten(tones[0], 0.03)), angle, edge=16 * size, reach=7 * size)
        inset = width / 2 - 22
        seam(
            [
                (-inset + 24, -height / 2 + 24),
                (inset, -height / 2 + 24),
                (inset, height / 2 - 18),
                (-inset + 24, height / 2 - 18),
            ]
        )
        crease(
            shot,
            turned_about([(-width / 2 + 34, -height / 2 + 8), (-width / 2 + 34, height / 2 - 8)], cx, cy, angle, size),
            size,
        )
    elif motif.form == "sleeve":
        notch = [
            (-width / 2, -40),
            *[(-130 + 260 * i / 20, -40 + 74 * math.sin(math.pi * i / 20)) for i in range(21)],
            (width / 2, -40),
            (width / 2, height / 2 - 30),
            *arc(width / 2 - 30, height / 2 - 30, 30, 30, 0, 90, 6),
            *arc(-width / 2 + 30, height / 2 - 30, 30, 30, 90, 180, 6),
        ]
        front = turned_about(notch, cx, cy, angle, size)
        laid(shot, front, hide(lighten(tones[0], 0.04)), angle, edge=8 * size, reach=7 * size)
        seam(
            [
                (-width / 2 + 20, -34),
                (-width / 2 + 20, height / 2 - 22),
                (width / 2 - 20, height / 2 - 22),
                (width / 2 - 20, -34),
            ]
        )
    else:
        flap = turned_about(
            [
                (-width / 2, -height / 2 + 6),
                (width / 2 - 8, -height / 2 + 6),
                (width / 2 - 8, 30),
                (70, 46),
                (58, 128),
                (0, 148),
                (-58, 128),
                (-70, 46),
                (-width / 2, 30),
            ],
            cx,
            cy,
            angle,
            size,
        )
        laid(shot, flap, hide(lighten(tones[0], 0.05)), angle, edge=9 * size, reach=9 * size)
        slot = turned_about([(x, y + 84) for x, y in rounded(230, 40, 12)], cx, cy, angle, size)
        laid(shot, slot, hide(tones[0]), angle, edge=7 * size, reach=6 * size)
        seam([(-width / 2 + 24, height / 2 - 22), (width / 2 - 24, height / 2 - 22)])
        seam([(-width / 2 + 22, -height / 2 + 26), (width / 2 - 28, -height / 2 + 26)])


def belt(shot: Shot, motif: Motif, cx: float, cy: float, size: float) -> None:
    if motif.form == "fob":
        _fob(shot, motif, cx, cy, size)
        return
    tones = colours(motif)
    thick = 27 * size
    turns = 3.4
    # Standing on edge in a coil, seen from above: what shows is the edge, burnished dark.
    points = []
    for step in range(240):
        t = step / 239
        radius = (70 + 190 * t) * size
        a = t * turns * 2 * math.pi
        points.append((cx + math.cos(a) * radius, cy + math.sin(a) * radius * 0.94))
    tube(shot, points, thick, darken(tones[0], 0.05), gloss=0.4, smooth=False, strength=1.5, shadow=24 * size)
    x, y = points[-1]
    dx, dy = points[-1][0] - points[-6][0], points[-1][1] - points[-6][1]
    a = math.degrees(math.atan2(dy, dx))
    # The last hand's breadth lies over on its face and shows grain, stitches and buckle.
    lap = turned_about(smooth_path_strip(330, 92), x, y, a, size)
    rng = random.Random(repr(motif))
    laid(
        shot,
        lap,
        lambda area: leather.hide(area, tones[0], rng, shot.scale * size),
        a,
        edge=9 * size,
        reach=14 * size,
    )
    for side in (-34, 34):
        stitches(
            shot, turned_about([(14, side), (250, side)], x, y, a, size), (226, 208, 170), 10 * size, 6 * size, 3 * size
        )
    frame = turned_about([(p[0] + 318, p[1]) for p in rounded(120, 150, 22)], x, y, a, size)
    tube(shot, [*frame, frame[0]], 19 * size, tones[1], gloss=0.9, smooth=False, strength=1.6, shadow=9 * size)
    tube(
        shot,
        turned_about([(262, 0), (300, -3), (384, 0)], x, y, a, size),
        14 * size,
        tones[1],
        gloss=0.9,
        shadow=6 * size,
    )
    keeper = turned_about([(p[0] + 190, p[1]) for p in rounded(40, 112, 8)], x, y, a, size)
    laid(
        shot,
        keeper,
        lambda area: leather.hide(area, darken(tones[0], 0.08), rng, shot.scale * size),
        a,
        edge=7 * size,
        reach=8 * size,
    )


def smooth_path_strip(length: float, width: float) -> list[Point]:
    """A strip from the origin along x."""
    return [
        (-40, -width / 2),
        (length - 24, -width / 2),
        (length, -width / 2 + 14),
        (length, width / 2 - 14),
        (length - 24, width / 2),
        (-40, width / 2),
    ]


def _fob(shot: Shot, motif: Motif, cx: float, cy: float, size: float) -> None:
    tones = colours(motif)
    angle = 38.0
    rng = random.Random(repr(motif))
    ring = arc(*turned_about([(-300, 0)], cx, cy, angle, size)[0], 92 * size, 92 * size, 0, 362, 60)
    tube(shot, ring, 15 * size, tones[1], gloss=0.9, smooth=False, strength=1.6, shadow=10 * size)
    band = turned_about(
        points("-262 -40, -200 -52, 250 -62, 300 -52, 318 0, 300 52, 250 62, -200 52, -262 40"),
        cx,
        cy,
        angle,
        size,
    )
    laid(
        shot,
        band,
        lambda area: leather.hide(area, tones[0], rng, shot.scale * size),
        angle,
        edge=12 * size,
        reach=16 * size,
    )
    stitches(
        shot,
        turned_about([(-150, -44), (-150, 44)], cx, cy, angle, size),
        (232, 216, 182),
        11 * size,
        5 * size,
        4 * size,
    )
    stitches(
        shot,
        turned_about([(-168, -42), (-168, 42)], cx, cy, angle, size),
        (232, 216, 182),
        11 * size,
        5 * size,
        4 * size,
    )


PIECES: dict[str, Piece] = {
    "wallet": Piece(
        wallet, lambda m: {"bifold": (600, 520), "sleeve": (560, 460), "long": (800, 540)}[m.form], (0.32, 0.3), 2.6
    ),
    "belt": Piece(belt, lambda m: (900, 760) if m.form == "coiled" else (680, 560), (0.16, 0.5)),
}
