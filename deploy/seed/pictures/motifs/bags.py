"""Totes, and satchels (form flap, buckles)."""

import math
import random

from PIL import Image

from deploy.seed.content.model import Motif
from deploy.seed.pictures.kit.lying import laid
from deploy.seed.pictures.kit.outline import Point, about, arc, points, rounded, smooth_path, turned_about
from deploy.seed.pictures.kit.paint import RGB, darken, enlarged, field, lighten, lit, mix, relief, washed
from deploy.seed.pictures.kit.piece import Piece, colours, fixed
from deploy.seed.pictures.kit.shot import Shot, Sprite
from deploy.seed.pictures.kit.strokes import stitches, strap, tube
from deploy.seed.pictures.surfaces import leather
from deploy.seed.pictures.surfaces.cloth import cloth


def _skin(motif: Motif, area: tuple[int, int], scale: float, part: int = 0, tone: RGB | None = None) -> Image.Image:
    tones = colours(motif)
    rng = random.Random(f"{motif!r}{part}")
    if motif.surface == "leather":
        return leather.hide(area, tone or tones[0], rng, scale)
    return cloth(area, motif.surface, tones, rng, scale)


def _panel(
    shot: Shot,
    motif: Motif,
    outline: list[Point],
    size: float,
    part: int,
    *,
    light: float = 0.56,
    reach: float = 14.0,
    edge: float = 16.0,
    tone: RGB | None = None,
) -> None:
    mask, left, top = shot.outline(outline)
    if mask.width < 4 or mask.height < 4:
        return
    body = _skin(motif, mask.size, shot.scale * size, part, tone)
    shade = enlarged(
        field(
            24, 24, lambda x, y: light + 0.07 * math.sin(x * 3.2) - 0.16 * x - 0.12 * y + 0.05 * math.sin(y * 7 + x * 3)
        ),
        mask.size,
    )
    body = lit(body, shade, relief(mask, edge * shot.scale * size, 0.95))
    sprite = Sprite(body, mask, left, top)
    if reach > 0:
        shot.drop_shadow(sprite, reach * size, 0.5)
    shot.place(sprite)


def tote(shot: Shot, motif: Motif, cx: float, cy: float, size: float) -> None:
    tones = colours(motif)
    handle = tones[0] if motif.surface == "leather" else lighten(tones[0], 0.12)
    top, bottom = cy - 110 * size, cy + 340 * size

    def loop(shift: float, tone: RGB) -> None:
        arch = "-150 40, -146 -90, -108 -200, 0 -258, 108 -200, 146 -90, 150 40"
        way = [(x, y + shift) for x, y in about(arch, cx, top, size)]
        tube(shot, way, 25 * size, tone, gloss=0.35, shadow=10 * size, strength=1.3)

    loop(16 * size, darken(handle, 0.35))
    back = about("-246 -4, 0 -22, 246 -4, 240 60, -240 60", cx, top, size)
    _panel(shot, motif, smooth_path(back, 4), size, 3, light=0.36, reach=0)
    body = smooth_path(
        [
            (cx - 282 * size, top),
            (cx - 140 * size, top + 12 * size),
            (cx, top + 17 * size),
            (cx + 140 * size, top + 12 * size),
            (cx + 282 * size, top),
            (cx + 292 * size, cy + 80 * size),
            (cx + 276 * size, bottom - 40 * size),
            (cx + 240 * size, bottom),
            (cx, bottom + 8 * size),
            (cx - 240 * size, bottom),
            (cx - 276 * size, bottom - 40 * size),
            (cx - 292 * size, cy + 80 * size),
        ],
        6,
    )
    _panel(shot, motif, body, size, 1, reach=24)
    loop(0, handle)
    for side in (-1, 1):
        tab = turned_about(rounded(52, 120, 14), cx + side * 150 * size, top + 76 * size, 0, size)
        laid(
            shot,
            tab,
            (lambda area: _skin(motif, area, shot.scale * size, 5)) if motif.surface == "leather" else None,
            0,
            edge=8 * size,
            reach=6 * size,
            colour=handle,
        )
        stitches(
            shot,
            turned_about(points("-17 -44, -17 46, 17 46, 17 -44"), cx + side * 150 * size, top + 76 * size, 0, size),
            tones[1],
            9 * size,
            5 * size,
            3 * size,
        )
    stitches(
        shot,
        about("-262 30, -130 40, 0 44, 130 40, 262 30", cx, top, size),
        tones[1],
        10 * size,
        6 * size,
        3 * size,
    )


def satchel(shot: Shot, motif: Motif, cx: float, cy: float, size: float) -> None:
    tones = colours(motif)
    width, height = (640.0, 470.0) if motif.form == "flap" else (540.0, 460.0)
    w, h = width / 2 * size, height / 2 * size
    cy += 85 * size
    band = [
        (cx - w + 8 * size, cy - h + 50 * size),
        (cx - w * 0.86, cy - h - 170 * size),
        (cx, cy - h - 310 * size),
        (cx + w * 0.86, cy - h - 170 * size),
        (cx + w - 8 * size, cy - h + 50 * size),
    ]
    strap(
        shot,
        band,
        34 * size,
        lambda area: _skin(motif, area, shot.scale * size, 7, darken(tones[0], 0.14)),
        shadow=10 * size,
    )
    body = turned_about(rounded(width, height, 62), cx, cy, 0, size)
    _panel(shot, motif, body, size, 1, light=0.44, reach=26, edge=34)
    flap = smooth_path(
        [
            (-w, -h + 22 * size),
            (-w + 30 * size, -h - 6 * size),
            (0, -h - 12 * size),
            (w - 30 * size, -h - 6 * size),
            (w, -h + 22 * size),
            (w + 4 * size, 10 * size),
            (w * 0.8, h * 0.4),
            (0, h * 0.52),
            (-w * 0.8, h * 0.4),
            (-w - 4 * size, 10 * size),
        ],
        7,
    )
    _panel(shot, motif, [(cx + x, cy + y) for x, y in flap], size, 2, reach=12, edge=16)
    inner = [(cx + x * 0.93, cy - 10 * size + (y + 10 * size) * 0.9) for x, y in flap]
    thread = (226, 208, 172) if motif.form == "buckles" else mix(tones[0], (200, 190, 170), 0.45)
    stitches(shot, inner[len(inner) // 3 :], thread, 9 * size, 6 * size, 2.8 * size)
    if motif.form == "flap":
        stud(shot, cx, cy + h * 0.32, 20 * size, tones[1])
        return
    for side in (-0.46, 0.46):
        x = cx + side * w
        leg = turned_about(rounded(52, 330, 12), x, cy + 10 * size, 0, size)
        laid(
            shot,
            leg,
            lambda area: _skin(motif, area, shot.scale * size, 9, darken(tones[0], 0.08)),
            0,
            edge=9 * size,
            reach=8 * size,
        )
        frame = turned_about(rounded(86, 72, 12), x, cy + 110 * size, 0, size)
        tube(shot, [*frame, frame[0]], 12 * size, tones[1], gloss=0.9, smooth=False, strength=1.6, shadow=5 * size)
        tube(
            shot,
            [(x, cy + 84 * size), (x, cy + 148 * size)],
            9 * size,
            tones[1],
            gloss=0.9,
            smooth=False,
            shadow=3 * size,
        )


def stud(shot: Shot, x: float, y: float, r: float, tone: RGB) -> None:
    mask, left, top = shot.outline(arc(x, y, r, r, 0, 360, 32))
    if mask.width > 3 and mask.height > 3:
        dome = enlarged(field(24, 24, lambda u, v: 0.85 - 0.9 * math.hypot(u - 0.34, v - 0.3)), mask.size)
        sprite = Sprite(washed(tone, dome), mask, left, top)
        shot.drop_shadow(sprite, r * 0.4, 0.6)
        shot.place(sprite)


PIECES: dict[str, Piece] = {
    "tote": Piece(tote, fixed(620, 760), (-0.18, 0.5), 2.2),
    "satchel": Piece(satchel, fixed(680, 860), (0.0, 0.72), 2.2),
}
