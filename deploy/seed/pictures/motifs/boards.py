"""Boards and trays from above: form paddle, round, plank, checker or tray."""

import math
import random

from PIL import Image

from deploy.seed.content.model import Motif
from deploy.seed.pictures.kit.lying import faced, groove, laid
from deploy.seed.pictures.kit.outline import Point, about, arc, points, rounded, smooth_path, turned_about
from deploy.seed.pictures.kit.paint import RGB, darken, lighten, lit, mix, polygon_mask, relief
from deploy.seed.pictures.kit.piece import Piece, colours
from deploy.seed.pictures.kit.shot import Shot
from deploy.seed.pictures.kit.strokes import tube
from deploy.seed.pictures.surfaces import wood


def board(shot: Shot, motif: Motif, cx: float, cy: float, size: float) -> None:
    rng = random.Random(repr(motif))
    tones = colours(motif)
    angle = {"paddle": -52.0, "plank": -38.0, "round": 14.0, "checker": -12.0, "tray": -10.0}[motif.form]
    shape, holes = _board_shape(motif.form)
    outline = turned_about(shape, cx, cy, angle, size)
    cut = tuple(turned_about(hole, cx, cy, angle, size) for hole in holes)

    def face(area: tuple[int, int]) -> Image.Image:
        if motif.form == "checker":
            return wood.end_grain(area, (tones[0], tones[1]), rng, shot.scale * size)
        plank = wood.timber(area, motif.surface, tones, rng, shot.scale * size)
        if motif.form == "paddle":
            _sapwood(plank, tones[0], shot.scale * size, rng)
        return plank

    laid(shot, outline, face, angle, cut, edge=12 * size, reach=24 * size, whole=motif.form == "paddle")
    if motif.form == "round":
        groove(shot, cx, cy, 290 * size, 12 * size)
    if motif.form == "tray":
        _tray_sides(shot, motif, cx, cy, angle, size, tones, rng)
    if motif.form == "plank":
        x, y = turned_about([(-372, 84)], cx, cy, angle, size)[0]
        tube(
            shot,
            about("0 0, -40 56, -10 120, 30 70, 0 0", x, y, size),
            7 * size,
            (206, 190, 158),
            gloss=0.1,
            shadow=6 * size,
        )


def _board_shape(form: str) -> tuple[list[Point], tuple[list[Point], ...]]:
    if form == "paddle":
        half = points(
            "-430 0, -428 34, -400 44, -300 36, -210 40, -160 84, -110 142, -50 158, 340 162, 392 148, 412 100, 414 0"
        )
        shape = smooth_path([*half, *[(x, -y) for x, y in half[-2:0:-1]]], 6)
        return shape, (arc(-392, 0, 13, 13, 0, 360, 20),)
    if form == "round":
        return arc(0, 0, 340, 340, 0, 360, 90), ()
    if form == "plank":
        return rounded(900, 270, 26), (arc(-392, 84, 15, 15, 0, 360, 20),)
    if form == "checker":
        return rounded(720, 530, 22), ()
    return rounded(780, 540, 30), ()


def _sapwood(face: Image.Image, tone: RGB, scale: float, rng: random.Random) -> None:
    """The cream stripe along one edge of a walnut plank."""
    middle = face.height / 2
    line = [
        (face.width * i / 24, middle + (118 + 9 * math.sin(i * 0.7) + rng.uniform(-3, 3)) * scale) for i in range(25)
    ]
    mask = polygon_mask(face.size, [*line, (face.width, face.height), (0, face.height)])
    pale = lit(
        Image.new("RGB", face.size, mix(lighten(tone, 0.55), (226, 190, 140), 0.5)),
        face.convert("L").point([96 + v // 3 for v in range(256)]),
    )
    face.paste(pale, (0, 0), mask)


def _tray_sides(
    shot: Shot,
    motif: Motif,
    cx: float,
    cy: float,
    angle: float,
    size: float,
    tones: tuple[RGB, ...],
    rng: random.Random,
) -> None:
    inner = turned_about(rounded(700, 460, 20), cx, cy, angle, size)
    tone = darken(tones[0], 0.12), tones[1]
    floor = faced(shot, inner, lambda area: wood.timber(area, motif.surface, tone, rng, shot.scale * size), angle)
    if floor:
        floor.colour = lit(floor.colour, relief(floor.mask, 26 * size * shot.scale, 0.85, angle=45))
        shot.place(floor)
    for side in (-1, 1):
        grip = turned_about([(x + side * 368, y) for x, y in rounded(20, 130, 10)], cx, cy, angle, size)
        hole, px, py = shot.outline(grip)
        if hole.width > 2 and hole.height > 2:
            shot.stain(hole, px, py, darken(tones[1], 0.72), 0.9)


PIECES: dict[str, Piece] = {
    "board": Piece(
        board,
        lambda m: {"paddle": (700, 760), "plank": (850, 740), "round": (690, 690)}.get(m.form, (820, 680)),
        (0.05, 0.45),
    ),
}
