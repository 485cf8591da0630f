"""Earrings (form hoops, drops, leaf, flower, fan, studs), pendants (disc, bar, drop, fruit), brooches (bird, heart)."""

import math

from PIL import ImageDraw

from deploy.seed.content.model import Motif
from deploy.seed.pictures.kit.outline import Point, about, arc, points, smooth_path, turned_about
from deploy.seed.pictures.kit.paint import RGB, darken, lighten
from deploy.seed.pictures.kit.piece import Piece, colours, fixed
from deploy.seed.pictures.kit.shot import Shot
from deploy.seed.pictures.kit.strokes import tube
from deploy.seed.pictures.motifs.metalsmith import GOLD, flake, plate, score, stone


def earrings(shot: Shot, motif: Motif, cx: float, cy: float, size: float) -> None:
    for side in (-1, 1):
        _earring(shot, motif, cx + side * 165 * size, cy + (14 if side > 0 else -10) * size, size, side)


def _hook(shot: Shot, x: float, y: float, size: float, tone: RGB, side: int) -> None:
    points = [
        (x, y),
        (x, y - 40 * size),
        (x + side * 6 * size, y - 84 * size),
        (x + side * 40 * size, y - 104 * size),
        (x + side * 66 * size, y - 70 * size),
        (x + side * 66 * size, y + 10 * size),
    ]
    tube(shot, points, 8 * size, tone, gloss=0.9, strength=1.5, shadow=6 * size)


def _earring(shot: Shot, motif: Motif, x: float, y: float, size: float, side: int) -> None:
    tones = colours(motif)
    if motif.form == "hoops":
        tube(
            shot,
            arc(x, y, 128 * size, 132 * size, -62, 248, 60),
            lambda t: (10 + 24 * math.sin(math.pi * t) ** 1.4) * size,
            tones[0],
            gloss=0.95,
            smooth=False,
            strength=1.8,
            shadow=12 * size,
        )
        return
    if motif.form == "drops":
        top = y - 250 * size
        _hook(shot, x, top, size, tones[0], side)
        tube(
            shot,
            [(x, top), (x + 2 * size, y), (x, y + 210 * size)],
            10 * size,
            tones[0],
            gloss=0.95,
            smooth=False,
            shadow=8 * size,
        )
        ball = arc(x, y + 226 * size, 27 * size, 31 * size, 0, 360, 32)
        plate(shot, ball, motif, edge=24 * size, reach=9 * size, strength=1.8)
        return
    if motif.form == "studs":
        outline = turned_about(arc(0, 0, 92, 112, 0, 360, 44), x, y, side * 14, size)
        stone(shot, outline, tones[1], "banded", "pebble", tones[0], thick=9 * size)
        return
    if motif.form == "fan":
        _hook(shot, x, y - 66 * size, size, tones[0], side)
        half = [*arc(x, y - 60 * size, 150 * size, 168 * size, 0, 180, 40)]
        plate(shot, half, motif, edge=10 * size, reach=12 * size)
        for ray in range(13):
            a = math.radians(8 + ray * 164 / 12)
            line = [
                (x + math.cos(a) * 34 * size, y - 60 * size + math.sin(a) * 36 * size),
                (x + math.cos(a) * 140 * size, y - 60 * size + math.sin(a) * 156 * size),
            ]
            score(shot, line, size)
        return
    if motif.form == "flower":
        _hook(shot, x, y - 118 * size, size, tones[0], side)
        for layer, count, radius in ((0, 16, 124.0), (1, 12, 88.0)):
            for petal in range(count):
                a = petal / count * 360 + layer * 11
                shape = smooth_path(
                    [(30, 0), (radius * 0.6, -19), (radius, -13), (radius + 9, 0), (radius, 13), (radius * 0.6, 19)], 5
                )
                plate(shot, turned_about(shape, x, y, a, size), motif, edge=9 * size, reach=5 * size)
        plate(shot, arc(x, y, 36 * size, 36 * size, 0, 360, 36), motif, edge=30 * size, reach=6 * size, strength=1.7)
        return
    # Ginkgo: a fan with a notch, on a short stalk, mirrored left and right.
    left_half = "0 150, -16 60, -70 -10, -150 -70, -118 -128, -58 -150, -8 -140, "
    fan = points(left_half + "4 -92, 18 -140, 70 -150, 124 -116, 150 -62, 72 -6, 16 60")
    plate(
        shot,
        [(x + px * side * size, y + py * size) for px, py in smooth_path(fan, 5)],
        motif,
        edge=10 * size,
        reach=12 * size,
    )
    for ray in range(11):
        a = math.radians(-152 + ray * 12.4)
        score(
            shot,
            [
                (x, y + 110 * size),
                (x + math.cos(a) * 90 * size * side, y + 60 * size + math.sin(a) * 90 * size),
                (x + math.cos(a) * 150 * size * side, y + 40 * size + math.sin(a) * 172 * size),
            ],
            size * 0.8,
        )


def pendant(shot: Shot, motif: Motif, cx: float, cy: float, size: float) -> None:
    tones = colours(motif)
    bail = (cx, cy - 150 * size)
    if motif.form == "drop":
        tube(
            shot,
            arc(cx, cy - 470 * size, 400 * size, 330 * size, 24, 156, 60),
            13 * size,
            tones[0],
            gloss=0.95,
            smooth=False,
            shadow=11 * size,
        )
        outline = smooth_path(
            about("0 -136, 66 -20, 92 80, 56 156, 0 178, -56 156, -92 80, -66 -20", cx, cy, size),
            6,
        )
        stone(shot, outline, tones[1], "amber", "amber", tones[0], thick=5 * size)
        plate(shot, arc(cx, cy - 140 * size, 15 * size, 24 * size, 0, 360, 24), motif, edge=10 * size, reach=4 * size)
        return
    _chain(shot, bail, size, tones[0])
    if motif.form == "disc":
        plate(
            shot, arc(cx, cy, 142 * size, 142 * size, 0, 360, 72), motif, edge=44 * size, reach=16 * size, strength=1.3
        )
    elif motif.form == "bar":
        bar = turned_about(points("-21 -160, 21 -160, 21 190, -21 190"), cx, cy, 4, size)
        plate(shot, bar, motif, edge=10 * size, reach=12 * size)
        plate(
            shot,
            turned_about(points("-21 96, 21 96, 21 190, -21 190"), cx, cy, 4, size),
            motif,
            edge=10 * size,
            reach=2 * size,
            colour=GOLD,
        )
    else:
        body = smooth_path(
            about("0 -128, 92 -88, 130 16, 84 112, 0 138, -84 112, -130 16, -92 -88", cx, cy, size),
            6,
        )
        for tooth in (-34, 0, 34):
            plate(
                shot,
                [
                    (cx + (tooth - 20) * size, cy + 120 * size),
                    (cx + (tooth + 20) * size, cy + 120 * size),
                    (cx + tooth * 1.25 * size, cy + 186 * size),
                ],
                motif,
                edge=5 * size,
                reach=6 * size,
            )
        plate(shot, body, motif, edge=50 * size, reach=16 * size, strength=1.5)
        split = smooth_path(
            about("-12 -92, 50 -10, 30 84, -16 100, -48 20", cx, cy, size),
            6,
        )
        mask, left, top = shot.outline(split)
        shot.stain(mask, left, top, (40, 18, 14), 0.85)
        for dx, dy in ((-4, -46), (18, 2), (-20, 18), (10, 52), (-10, 82)):
            stone(
                shot,
                arc(cx + dx * size, cy + dy * size, 19 * size, 21 * size, 0, 360, 24),
                tones[1],
                "garnet",
                f"{dx}",
                darken(tones[0], 0.1),
                thick=2.5 * size,
            )
    plate(
        shot,
        arc(bail[0], bail[1] - 2 * size, 17 * size, 22 * size, 0, 360, 24),
        motif,
        edge=9 * size,
        reach=4 * size,
        strength=1.6,
    )


def _chain(shot: Shot, bail: Point, size: float, tone: RGB) -> None:
    """Fine links going up and out of the frame on both sides."""
    for side in (-1, 1):
        way = smooth_path(
            [
                bail,
                (bail[0] + side * 120 * size, bail[1] - 130 * size),
                (bail[0] + side * 210 * size, bail[1] - 300 * size),
                (bail[0] + side * 190 * size, bail[1] - 520 * size),
            ],
            26,
            closed=False,
        )
        tube(shot, way, 8.0 * size, darken(tone, 0.1), gloss=0.5, smooth=False, shadow=6 * size, strength=1.0)
        draw = ImageDraw.Draw(shot.image)
        for index in range(1, len(way) - 1, 2):
            x, y = shot.px(*way[index])
            r = 3.4 * size * shot.scale
            draw.ellipse(
                (x - r, y - r * 1.1, x + r, y + r * 1.1),
                fill=lighten(tone, 0.5) if index % 4 == 1 else darken(tone, 0.5),
            )


def brooch(shot: Shot, motif: Motif, cx: float, cy: float, size: float) -> None:
    if motif.form == "heart":
        shape = smooth_path(
            points("0 230, -120 110, -206 -10, -196 -120, -104 -170, 0 -104, 104 -170, 196 -120, 206 -10, 120 110"),
            8,
        )
        flame = smooth_path(points("0 -330, 36 -250, 82 -220, 52 -150, 0 -104, -52 -150, -70 -226, -26 -246"), 7)
        plate(shot, turned_about(flame, cx, cy, 0, size), motif, edge=16 * size, reach=12 * size, strength=1.4)
        plate(shot, turned_about(shape, cx, cy, 0, size), motif, edge=58 * size, reach=18 * size, strength=1.7)
        bead = turned_about([(x * 0.86, y * 0.86 - 2) for x, y in shape], cx, cy, 0, size)
        for index in range(0, len(bead), 3):
            plate(
                shot,
                arc(*bead[index], 9 * size, 9 * size, 0, 360, 14),
                motif,
                edge=8 * size,
                reach=2 * size,
                strength=1.8,
            )
        for ray in range(9):
            a = math.radians(50 + ray * 10)
            score(
                shot,
                turned_about(
                    [(math.cos(a) * 40, math.sin(a) * 30 - 30), (math.cos(a) * 130, math.sin(a) * 150 - 40)],
                    cx,
                    cy,
                    0,
                    size,
                ),
                size,
            )
        return
    body = smooth_path(
        points(
            "-250 -62, -206 -128, -140 -150, -78 -118, 20 -66, 150 -20, 330 60, "
            "322 92, 200 92, 80 118, -40 128, -130 84, -188 10, -206 -46"
        ),
        6,
    )
    plate(shot, turned_about(body, cx, cy, -6, size), motif, edge=44 * size, reach=18 * size, strength=1.5)
    wing = smooth_path(points("-60 -60, 60 -34, 190 26, 280 78, 120 84, 0 62, -62 10"), 6)
    plate(
        shot,
        turned_about(wing, cx, cy, -6, size),
        motif,
        edge=16 * size,
        reach=6 * size,
        colour=darken(colours(motif)[0], 0.12),
    )
    for row in range(3):
        for feather in range(9):
            x, y = -30 + feather * 30 + row * 8, -38 + row * 32 + feather * 9
            score(shot, turned_about([(x, y), (x + 20, y + 6), (x + 34, y + 20)], cx, cy, -6, size), size)
    for feather in range(5):
        score(shot, turned_about([(200, 40 + feather * 9), (318, 66 + feather * 5)], cx, cy, -6, size), size)
    eye = turned_about([(-176, -92)], cx, cy, -6, size)[0]
    flake(shot, *eye, 11 * size)


PIECES: dict[str, Piece] = {
    "earrings": Piece(
        earrings,
        lambda m: {"drops": (600, 720), "hoops": (700, 380), "studs": (640, 340)}.get(m.form, (760, 520)),
        (-0.24, 0.55),
        2.3,
    ),
    "pendant": Piece(pendant, fixed(560, 620), (0.0, 0.5), 2.4),
    "brooch": Piece(brooch, fixed(640, 620), (0.05, 0.5), 2.2),
}
