"""What hangs on a wall to be looked at: wall cloths, and prints (form sheet, tall, square, framed)."""

import math
import random

from deploy.seed.content.model import Motif
from deploy.seed.pictures.kit.lying import faced, laid
from deploy.seed.pictures.kit.outline import rectangle, turned_about
from deploy.seed.pictures.kit.paint import darken, lit, relief, soften
from deploy.seed.pictures.kit.piece import Piece, colours, fixed
from deploy.seed.pictures.kit.shot import Shot, Sprite
from deploy.seed.pictures.kit.strokes import tube
from deploy.seed.pictures.motifs.bags import stud
from deploy.seed.pictures.motifs.cloth import patch
from deploy.seed.pictures.surfaces import paper, printed, wood


def hanging(shot: Shot, motif: Motif, cx: float, cy: float, size: float) -> None:
    top, width, height = cy - 300 * size, 480 * size, 660 * size
    outline = [
        (cx - width / 2, top),
        (cx + width / 2, top),
        (cx + width / 2 + 6 * size, top + height * 0.6),
        (cx + width / 2 - 2 * size, top + height),
        (cx, top + height + 6 * size),
        (cx - width / 2 + 4 * size, top + height - 3 * size),
        (cx - width / 2 - 5 * size, top + height * 0.5),
    ]
    tube(
        shot,
        [(cx - width * 0.5, top - 4 * size), (cx, top - 130 * size), (cx + width * 0.5, top - 4 * size)],
        5 * size,
        (178, 160, 128),
        gloss=0,
        smooth=False,
        shadow=8 * size,
    )
    patch(
        shot,
        motif,
        outline,
        size,
        lambda x, y: 0.53 + 0.07 * math.sin(x * 17 + y) * (0.4 + 0.6 * y) - 0.08 * x,
        soft=5 * size,
        reach=22 * size,
    )
    tube(
        shot,
        [(cx - width / 2 - 42 * size, top), (cx, top - 3 * size), (cx + width / 2 + 42 * size, top + 1 * size)],
        22 * size,
        (182, 148, 96),
        gloss=0.35,
        shadow=10 * size,
    )
    stud(shot, cx, top - 130 * size, 9 * size, (120, 110, 100))


def print_sheet(shot: Shot, motif: Motif, cx: float, cy: float, size: float) -> None:
    """A sheet lying on the table; the framed form hangs in its frame."""
    if motif.form == "framed":
        framed(shot, motif, cx, cy, size)
        return
    width, height, margin = _paper_size(motif)
    _sheet(shot, motif, cx, cy, width * size, height * size, margin * size, -5 if motif.form != "tall" else 4)


def _paper_size(motif: Motif) -> tuple[float, float, float]:
    return {"tall": (440.0, 780.0, 54.0), "square": (640.0, 640.0, 72.0), "framed": (560.0, 680.0, 60.0)}.get(
        motif.form, (590.0, 740.0, 62.0) if motif.surface != "tides" else (560.0, 780.0, 34.0)
    )


def _sheet(
    shot: Shot, motif: Motif, cx: float, cy: float, width: float, height: float, margin: float, angle: float
) -> None:
    outline = turned_about(
        [(-width / 2, -height / 2), (width / 2, -height / 2), (width / 2, height / 2), (-width / 2, height / 2)],
        cx,
        cy,
        angle,
        1,
    )
    laid(
        shot,
        outline,
        lambda area: paper.sheet(area, (244, 240, 229), shot.rng, shot.scale),
        angle,
        edge=2.0,
        reach=13,
    )
    _art(shot, motif, cx, cy - margin * 0.12, width - 2 * margin, height - 2.2 * margin, angle)


def _art(shot: Shot, motif: Motif, cx: float, cy: float, width: float, height: float, angle: float) -> None:
    """What is printed, inside its margin."""
    rng = random.Random(repr(motif))
    sprite = faced(
        shot,
        rectangle(cx, cy, width, height, angle),
        lambda area: printed.picture(area, motif.surface, colours(motif), rng, shot.scale),
        angle,
        whole=motif.surface != "swirl",
    )
    if sprite:
        shot.place(sprite)


def framed(shot: Shot, motif: Motif, cx: float, cy: float, size: float) -> None:
    """The print behind a mat in a wooden frame on the wall."""
    width, height, margin = _paper_size(motif)
    width, height, margin = width * size * 0.92, height * size * 0.92, margin * size * 1.05
    bar = 30 * size
    tone = (206, 182, 146) if motif.surface != "lighthouse" else (176, 142, 104)
    outer = [
        (cx - width / 2 - bar, cy - height / 2 - bar),
        (cx + width / 2 + bar, cy - height / 2 - bar),
        (cx + width / 2 + bar, cy + height / 2 + bar),
        (cx - width / 2 - bar, cy + height / 2 + bar),
    ]
    laid(
        shot,
        outer,
        lambda area: wood.timber(area, "ash", (tone, darken(tone, 0.3)), random.Random(3), shot.scale * size),
        0,
        edge=10 * size,
        reach=24 * size,
    )
    inner = [
        (cx - width / 2, cy - height / 2),
        (cx + width / 2, cy - height / 2),
        (cx + width / 2, cy + height / 2),
        (cx - width / 2, cy + height / 2),
    ]
    mask, left, top = shot.outline(inner)
    if mask.width > 4 and mask.height > 4:
        mat = paper.sheet(mask.size, (240, 236, 226), random.Random(1), shot.scale)
        shot.place(Sprite(lit(mat, relief(mask, 14 * size * shot.scale, 0.7, angle=45)), mask, left, top))
    _art(shot, motif, cx, cy, width - 2.2 * margin, height - 2.2 * margin, 0)
    glare, gx, gy = shot.outline(
        [
            (cx - width * 0.1, cy - height / 2),
            (cx + width * 0.2, cy - height / 2),
            (cx - width * 0.2, cy + height / 2),
            (cx - width * 0.5, cy + height / 2),
        ]
    )
    if glare.width > 4 and glare.height > 4:
        shot.stain(soften(glare, 12 * shot.scale), gx, gy, (255, 255, 255), 0.06)


PIECES: dict[str, Piece] = {
    "hanging": Piece(hanging, fixed(620, 860), (0.0, 0.5), 2.2),
    "print": Piece(
        print_sheet, lambda m: {"tall": (500, 840), "square": (700, 700)}.get(m.form, (640, 800)), (0.0, 0.42), 2.4
    ),
}
