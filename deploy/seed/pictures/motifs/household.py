"""Blankets (form folded, rolled), towels (folded, pair) and runners (long, rug)."""

import math

from deploy.seed.content.model import Motif
from deploy.seed.pictures.kit.outline import about, points, ribbon, rounded, smooth_path, turned_about
from deploy.seed.pictures.kit.paint import darken, enlarged, field, lighten, mix, relief, washed
from deploy.seed.pictures.kit.piece import Piece, colours
from deploy.seed.pictures.kit.shot import Shot, Sprite
from deploy.seed.pictures.kit.strokes import tube
from deploy.seed.pictures.motifs.cloth import fringe, hems, patch


def blanket(shot: Shot, motif: Motif, cx: float, cy: float, size: float) -> None:
    """Folded in a neat pile with its edges to us, or rolled."""
    if motif.form == "rolled":
        _rolled(shot, motif, cx, cy, size)
        return
    width, thick, layers = 640 * size, 92 * size, 4
    base = cy + 230 * size
    shot.ellipse_shadow(cx + 20 * size, base + 6 * size, width * 0.54, 26 * size, 18, 0.5)
    for layer in range(layers):
        bottom = base - layer * thick
        left, right = cx - width / 2 + (layer % 2) * 10 * size, cx + width / 2 - (layer % 3) * 7 * size
        # Each fold is round towards us at both ends and sags a little in the middle.
        top, middle = bottom - thick - 3 * size, bottom - thick / 2
        outline = [
            (left + 22 * size, top),
            (cx, top - 3 * size),
            (right - 22 * size, top),
            (right + 6 * size, middle),
            (right - 20 * size, bottom),
            (cx, bottom + 4 * size),
            (left + 20 * size, bottom),
            (left - 6 * size, middle),
        ]
        patch(shot, motif, smooth_path(outline, 9), size, _fold, part=layer, soft=26 * size, reach=9 * size)
    top = base - layers * thick
    lid = "-318 10, -262 -84, 0 -94, 264 -86, 318 8, 0 20"
    patch(
        shot,
        motif,
        smooth_path(about(lid, cx, top, size), 9),
        size,
        _upper_face,
        part=9,
        soft=14 * size,
        reach=3 * size,
    )


def _fold(x: float, y: float) -> float:
    """Light on the rounded front of a fold."""
    return 0.46 + 0.24 * math.sin(min(1.0, y * 1.05) * math.pi) - 0.26 * y - 0.08 * x


def _upper_face(x: float, y: float) -> float:
    return 0.62 - 0.12 * x - 0.05 * y


def _rolled(shot: Shot, motif: Motif, cx: float, cy: float, size: float) -> None:
    half, r = 290 * size, 128 * size
    base = cy + 130 * size
    shot.ellipse_shadow(cx + 20 * size, base, half * 1.1, 34 * size, 20, 0.5)
    outline = [
        (cx - half, base - 2 * r),
        (cx + half, base - 2 * r),
        *[
            (
                cx + half + math.cos(a / 20 * math.pi - math.pi / 2) * 46 * size,
                base - r + math.sin(a / 20 * math.pi - math.pi / 2) * r,
            )
            for a in range(21)
        ],
        (cx - half, base),
    ]
    patch(
        shot,
        motif,
        outline,
        size,
        lambda _x, y: 0.36 + 0.44 * math.sin(min(1.0, y * 1.15 + 0.06) * math.pi) ** 0.9 - 0.24 * y,
        soft=12 * size,
        reach=12 * size,
    )
    x = cx - half
    for ring in range(5):
        share = 1 - ring / 5
        outer = [
            (x + math.cos(t / 40 * math.pi) * 50 * size * share, base - r + math.sin(t / 40 * math.pi) * r * share)
            for t in range(80)
        ]
        mask, left, top = shot.outline(outer)
        if mask.width > 2 and mask.height > 2:
            tone = colours(motif)[ring % 2 * 2 if len(colours(motif)) > 2 else ring % 2]
            shot.place(
                Sprite(
                    washed(darken(tone, 0.06), relief(mask, 10 * shot.scale, 1.2)),
                    mask,
                    left,
                    top,
                )
            )
    ribbon = [
        (cx - 26 * size, base - 2 * r - 3),
        (cx + 26 * size, base - 2 * r - 3),
        (cx + 26 * size, base + 2),
        (cx - 26 * size, base + 2),
    ]
    mask, left, top = shot.outline(ribbon)
    if mask.width > 2 and mask.height > 2:
        shade = enlarged(
            field(4, 40, lambda _x, y: 0.36 + 0.4 * math.sin(min(1.0, y * 1.15 + 0.06) * math.pi) - 0.2 * y), mask.size
        )
        shot.place(Sprite(washed(mix(colours(motif)[1], (120, 110, 100), 0.35), shade), mask, left, top))


def towel(shot: Shot, motif: Motif, cx: float, cy: float, size: float) -> None:
    if motif.form == "pair":
        _folded(shot, motif, cx - 96 * size, cy - 50 * size, -11, size * 0.94, 1)
        _folded(shot, motif, cx + 84 * size, cy + 46 * size, 7, size * 0.94, 4)
        return
    _folded(shot, motif, cx, cy, -8, size * 1.1, 1)
    loop = turned_about(points("-196 -250, -214 -300, -178 -318, -160 -252"), cx, cy, -8, size * 1.1)
    tube(shot, loop, 15 * size, darken(colours(motif)[0], 0.06), gloss=0.1, shadow=5 * size, strength=0.8)


def _folded(shot: Shot, motif: Motif, cx: float, cy: float, angle: float, size: float, part: int) -> None:
    for index, (dx, dy) in enumerate(((10, 14), (5, 7), (0, 0))):
        outline = turned_about([(x + dx, y + dy) for x, y in rounded(440, 560, 22)], cx, cy, angle, size)
        patch(
            shot,
            motif,
            outline,
            size,
            lambda x, y: 0.56 - 0.08 * x - 0.05 * y + 0.03 * math.sin(y * 6),
            part=part + index,
            soft=12 * size,
            reach=(16 if index == 0 else 5) * size,
            turn=angle,
            dim=0.1 if index < 2 else 0.0,
        )
    for y, shade in ((-92, 0.2), (96, 0.16)):
        fold = turned_about([(-220, y), (0, y + 3), (220, y)], cx, cy, angle, size)
        for shift, tone, weight in ((0.0, (24, 20, 18), shade), (4.0, (255, 252, 246), shade)):
            mask, left, top = shot.outline(ribbon([(px, py + shift * size) for px, py in fold], lambda _t: 7 * size))
            if mask.width > 2 and mask.height > 2:
                shot.stain(mask, left, top, tone, weight)


def runner(shot: Shot, motif: Motif, cx: float, cy: float, size: float) -> None:
    angle = -27.0 if motif.form == "long" else -14.0
    width, height = (1180, 360) if motif.form == "long" else (760, 470)
    outline = turned_about(rounded(width, height, 6), cx, cy, angle, size)

    def rolling(x: float, y: float) -> float:
        return 0.53 + 0.07 * math.sin(x * 8 - y * 3) - 0.05 * x

    patch(shot, motif, outline, size, rolling, soft=8 * size, reach=12 * size, turn=angle)
    tones = (lighten(colours(motif)[-1], 0.4), lighten(colours(motif)[0], 0.3)) if motif.form == "rug" else hems(motif)
    if motif.surface in {"rag", "overshot"}:
        for side in (-1, 1):
            ends = turned_about(
                [(side * width / 2, -height / 2 + 8), (side * width / 2, height / 2 - 8)], cx, cy, angle, size
            )
            fringe(shot, ends[0], ends[1], 54 * size, tones, angle=angle + (0 if side > 0 else 180), size=size, step=17)


PIECES: dict[str, Piece] = {
    "blanket": Piece(blanket, lambda m: (700, 520) if m.form == "folded" else (720, 330), (0.1, 0.5), 2.4),
    "towel": Piece(towel, lambda m: (620, 720) if m.form == "folded" else (720, 720), (0.05, 0.45), 2.8),
    "runner": Piece(runner, lambda m: (1000, 760) if m.form == "long" else (900, 640), (0.05, 0.5), 2.4),
}
