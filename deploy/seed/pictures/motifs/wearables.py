"""Scarves (form coiled, square) and cushions (square, oblong)."""

import math

from deploy.seed.content.model import Motif
from deploy.seed.pictures.kit.outline import about, points, ribbon, smooth_path, turned_about
from deploy.seed.pictures.kit.piece import Piece
from deploy.seed.pictures.kit.shot import Shot
from deploy.seed.pictures.motifs.cloth import fringe, hems, patch


def cushion(shot: Shot, motif: Motif, cx: float, base: float, size: float) -> None:
    width, height = (600 * size, 560 * size) if motif.form == "square" else (720 * size, 430 * size)
    cy = base - height / 2
    shot.ellipse_shadow(cx + 30 * size, base - 8 * size, width * 0.5, 30 * size, 22, 0.5)
    w, h = width / 2, height / 2
    corner = [
        (-w, -h),
        (-w * 0.5, -h * 0.93),
        (0, -h * 0.9),
        (w * 0.5, -h * 0.93),
        (w, -h),
        (w * 0.93, -h * 0.5),
        (w * 0.9, 0),
        (w * 0.94, h * 0.5),
        (w, h * 0.98),
        (w * 0.5, h * 0.96),
        (0, h * 0.97),
        (-w * 0.5, h * 0.96),
        (-w, h * 0.98),
        (-w * 0.94, h * 0.5),
        (-w * 0.9, 0),
        (-w * 0.93, -h * 0.5),
    ]
    outline = [(cx + x, cy + y) for x, y in smooth_path(corner, 6)]

    def plump(x: float, y: float) -> float:
        value = 0.62 - 0.46 * math.pow(math.hypot(x - 0.38, y - 0.34), 1.3)
        for px, py in ((0, 0), (1, 0), (0, 1), (1, 1)):
            d = math.hypot(x - px, y - py)
            value -= 0.12 * max(0.0, 0.4 - d) + 0.05 * max(0.0, 0.45 - d) * math.sin(d * 46 + px * 2)
        return value

    patch(shot, motif, outline, size, plump, soft=34 * size, reach=20 * size, turn=3.0)


def scarf(shot: Shot, motif: Motif, cx: float, cy: float, size: float) -> None:
    """Laid in a loop with its two ends crossing, or, in the square form, folded to a triangle."""
    if motif.form == "square":
        _kerchief(shot, motif, cx, cy, size)
        return
    under = smooth_path(points("-40 -330, 50 -306, 108 -200, 116 -20, 128 170, 150 316"), 8, closed=False)
    over = smooth_path(points("70 -330, -30 -312, -96 -200, -84 -20, -100 170, -128 330"), 8, closed=False)
    for part, (way, dim) in enumerate(((under, 0.1), (over, 0.0))):
        outline = turned_about(ribbon(way, lambda t: 190 + 60 * t), cx, cy, 0, size)
        lean = 4.0 if part else -4.0
        patch(shot, motif, outline, size, _gathers, part=part, soft=26 * size, reach=22 * size, turn=lean, dim=dim)
    knot = turned_about(
        smooth_path(points("-120 -350, 30 -384, 150 -340, 132 -236, 20 -206, -104 -244"), 8), cx, cy, 0, size
    )
    patch(shot, motif, knot, size, lambda x, y: _gathers(y * 0.6, x), part=3, soft=34 * size, reach=14 * size, turn=80)
    if motif.surface == "tweed":
        for x0, x1, y, lean in ((-250, -12, 330, 95), (32, 272, 314, 85)):
            ends = about(f"{x0} {y}, {x1} {y}", cx, cy, size)
            fringe(shot, ends[0], ends[1], 70 * size, hems(motif), angle=lean, size=size)


def _gathers(x: float, y: float) -> float:
    """Soft folds that run along the cloth."""
    return 0.52 + 0.17 * math.sin(x * 17 + 2.2 * math.sin(y * 2.1)) + 0.05 * math.sin(x * 36 + y * 5) - 0.05 * y


def _kerchief(shot: Shot, motif: Motif, cx: float, cy: float, size: float) -> None:
    """Folded to a triangle, one corner turned back."""
    under = points("-400 -190, 400 -190, 350 -110, 30 300, -30 300, -350 -110")
    patch(
        shot,
        motif,
        turned_about(smooth_path(under, 3), cx, cy, -5, size),
        size,
        lambda x, y: 0.44 + 0.05 * math.sin(x * 9),
        part=1,
        soft=10 * size,
        reach=20 * size,
        turn=-5,
        dim=0.12,
    )
    over = points("-392 -204, 0 -214, 396 -204, 330 -96, 16 262, -16 262, -330 -96")
    patch(
        shot,
        motif,
        turned_about(smooth_path(over, 4), cx, cy, -5, size),
        size,
        lambda x, y: 0.55 + 0.1 * math.sin(x * 10 + y * 3) * (1 - y * 0.5) - 0.14 * y,
        part=2,
        soft=14 * size,
        reach=12 * size,
        turn=-5,
    )
    back = points("120 -206, 396 -204, 330 -100, 232 20, 150 -60")
    patch(
        shot,
        motif,
        turned_about(smooth_path(back, 4), cx, cy, -5, size),
        size,
        lambda x, y: 0.62 - 0.3 * x + 0.08 * math.sin(y * 10),
        part=3,
        soft=16 * size,
        reach=14 * size,
        turn=38,
    )


PIECES: dict[str, Piece] = {
    "cushion": Piece(cushion, lambda m: (620, 570) if m.form == "square" else (740, 440), (0.0, 0.45), 2.4),
    "scarf": Piece(scarf, lambda m: (820, 780) if m.form == "coiled" else (860, 560), (-0.22, 0.62), 2.4),
}
