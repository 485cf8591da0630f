"""Boxes (form oval, carrier, plain, wall, papered) and stools (three, four)."""

import math
import random

from PIL import Image, ImageDraw

from deploy.seed.content.model import Motif
from deploy.seed.pictures.kit.lathe import Finish, Form, stand, tint_for, turn
from deploy.seed.pictures.kit.outline import Point, arc
from deploy.seed.pictures.kit.paint import RGB, darken, enlarged, field, lighten, lit, relief, shaded
from deploy.seed.pictures.kit.piece import Piece, colours
from deploy.seed.pictures.kit.shot import Shot, Sprite
from deploy.seed.pictures.kit.strokes import tube
from deploy.seed.pictures.surfaces import paper, wood


def box(shot: Shot, motif: Motif, cx: float, base: float, size: float) -> None:
    if motif.form in {"oval", "carrier"}:
        _bentwood(shot, motif, cx, base, size)
    else:
        _boarded(shot, motif, cx, base, size)


def _bentwood(shot: Shot, motif: Motif, cx: float, base: float, size: float) -> None:
    tones = colours(motif)
    lid = motif.form == "oval"
    height = (210 if lid else 180) * size
    form = Form([(0, 270 * size), (1, 268 * size)], height, 0.3, (0 if lid else 9) * size)

    def band(area: tuple[int, int], scale: float) -> Image.Image:
        image = wood.timber(area, motif.surface, tones, random.Random(repr(motif)), scale)
        _swallowtails(image, area, scale)
        return image

    finish = Finish(0.25, tint_for(tones[0]))
    inside = (
        (lambda area, scale: wood.grain(area, tones[1], darken(tones[1], 0.3), random.Random(5), scale))
        if not lid
        else None
    )
    stand(shot, form, cx, base, band, finish, inside)
    if lid:
        top = base - height
        cap = Form([(0, 276 * size), (1, 276 * size)], 62 * size, 0.3, 9 * size)
        shot.ellipse_shadow(cx, top + 70 * size, 262 * size, 80 * size, 6, 0.25)
        sprite = turn(
            shot,
            cap,
            cx,
            top + 54 * size,
            band,
            finish,
            lambda area, scale: wood.timber(area, "pine", (lighten(tones[0], 0.2), tones[1]), random.Random(3), scale),
        )
        if sprite:
            shot.place(sprite)
        _flat_top(shot, cx, top - 8 * size, 268 * size, 0.3, lighten(tones[0], 0.1), tones[1])
    else:
        rise = 250 * size
        hoop = arc(cx, base - height * 0.62, 262 * size, rise + height * 0.3, 178, 362, 40)
        tube(shot, hoop, 20 * size, tones[1], gloss=0.2, smooth=False)
        for side in (-1, 1):
            shot.ellipse_shadow(cx + side * 262 * size, base - height * 0.6, 5 * size, 5 * size, 1, 0.9)


def _swallowtails(image: Image.Image, area: tuple[int, int], scale: float) -> None:
    """Pointed fingers where the band laps itself, with copper tacks."""
    draw = ImageDraw.Draw(image)
    x, height = area[0] * 0.44, area[1]
    fingers = 3 if height > 120 * scale else 1
    step = height / fingers
    for index in range(fingers):
        middle = (index + 0.5) * step
        edge = [
            (x + 92 * scale, middle - step * 0.46),
            (x, middle - step * 0.24),
            (x - 6 * scale, middle),
            (x, middle + step * 0.24),
            (x + 92 * scale, middle + step * 0.46),
        ]
        draw.line(edge, fill=(64, 38, 24), width=max(1, round(2.4 * scale)), joint="curve")
        for dx in (22, 52):
            r = 3.4 * scale
            draw.ellipse(
                (x + dx * scale - r, middle - r, x + dx * scale + r, middle + r),
                fill=(196, 120, 74),
                outline=(92, 50, 28),
            )


def _flat_top(shot: Shot, cx: float, cy: float, radius: float, tilt: float, light: RGB, dark: RGB) -> None:
    mask, left, top = shot.outline(arc(cx, cy, radius, radius * tilt, 0, 360, 60))
    if mask.width < 4 or mask.height < 4:
        return
    face = wood.grain(mask.size, light, dark, random.Random(11), shot.scale, figure=0.7)
    shade = enlarged(field(24, 16, lambda x, y: 0.58 - 0.12 * x + 0.02 * y), mask.size)
    shot.place(Sprite(lit(face, shade), mask, left, top))


def _boarded(shot: Shot, motif: Motif, cx: float, base: float, size: float) -> None:
    """A rectangular box seen from a corner a little above: front, end and top."""
    tones = colours(motif)
    measures = {"wall": (240, 470, 110, 44), "papered": (520, 120, 130, 74)}.get(motif.form, (400, 190, 190, 92))
    width, height, depth, rise = (measure * size for measure in measures)
    left = cx - (width + depth * 0.55) / 2
    right, top = left + width, base - height
    shift = depth * 0.55
    shot.ellipse_shadow(cx + depth * 0.5, base - rise * 0.3, width * 0.6, rise * 0.55, 34, 0.4)
    shot.ellipse_shadow(cx, base, width * 0.55, 10 * size, 9, 0.6)

    def face(area: tuple[int, int], part: int) -> Image.Image:
        rng = random.Random(f"{motif!r}{part}")
        if motif.form == "papered":
            return paper.marbled(area, motif.surface, tones, rng, shot.scale)
        if motif.form == "wall" and part < 2:
            return wood.timber((area[1], area[0]), motif.surface, tones, rng, shot.scale).transpose(
                Image.Transpose.ROTATE_90
            )
        return wood.timber(area, motif.surface, tones, rng, shot.scale)

    def side(outline: list[Point], part: int, light: float, fall: float) -> None:
        mask, px, py = shot.outline(outline)
        if mask.width < 3 or mask.height < 3:
            return
        shade = enlarged(field(16, 16, lambda x, y: light - fall * (x * 0.6 + y * 0.4)), mask.size)
        body = shaded(face(mask.size, part), shade, tint_for(tones[0]))
        shot.place(Sprite(lit(body, relief(mask, 4 * shot.scale, 0.5)), mask, px, py))

    if motif.form == "wall":
        back = [(left + shift, top - rise - 110 * size)]
        peak = [
            (left + shift + (width) * t, top - rise - (90 + 60 * math.sin(math.pi * t)) * size)
            for t in [i / 16 for i in range(17)]
        ]
        side([*peak, (right + shift, base - rise), (left + shift, base - rise)], 4, 0.86, 0.1)
        del back
        shot.ellipse_shadow(cx + shift * 0.5, top - rise - 100 * size, 11 * size, 11 * size, 1.2, 0.9)
    side([(right, top), (right + shift, top - rise), (right + shift, base - rise), (right, base)], 1, 0.55, 0.14)
    side([(left, top), (right, top), (right, base), (left, base)], 0, 0.9, 0.2)
    side([(left, top), (left + shift, top - rise), (right + shift, top - rise), (right, top)], 2, 1.0, 0.12)
    seam = top + height * (0.3 if motif.form != "wall" else 0.0)
    if motif.form != "wall":
        dark = darken(tones[0], 0.6)
        tube(shot, [(left + 1, seam), (right, seam)], 3.0, dark, gloss=0, smooth=False, strength=0.3)
        tube(shot, [(right, seam), (right + shift, seam - rise)], 3.0, dark, gloss=0, smooth=False, strength=0.3)


def _box_extent(motif: Motif) -> tuple[float, float]:
    return {"oval": (560, 400), "carrier": (560, 560), "plain": (520, 290), "wall": (310, 640), "papered": (600, 200)}[
        motif.form
    ]


def stool(shot: Shot, motif: Motif, cx: float, base: float, size: float) -> None:
    tones = colours(motif)
    height, seat = (430 if motif.form == "three" else 360) * size, 200 * size
    top = base - height
    shot.ellipse_shadow(cx + 60 * size, base - 20 * size, 230 * size, 34 * size, 26, 0.36)
    legs = (
        [(-0.55, -1.0, -46), (0.62, 1.02, -30), (0.02, 0.06, 26)]
        if motif.form == "three"
        else [(-0.5, -0.72, -48), (0.52, 0.76, -40), (-0.66, -0.94, 16), (0.66, 0.96, 22)]
    )
    for at, foot, front in legs:
        x0, y0 = cx + at * seat, top + 18 * size
        x1, y1 = cx + foot * seat, base + front * size
        shot.ellipse_shadow(x1 + 8 * size, y1, 24 * size, 7 * size, 6, 0.6)
        tube(
            shot,
            [(x0, y0), ((x0 + x1) / 2, (y0 + y1) / 2), (x1, y1)],
            lambda t: (30 + 10 * math.sin(t * math.pi)) * size,
            darken(tones[0], 0.16),
            gloss=0.25,
            smooth=False,
        )
    if motif.form == "four":
        for y, half in ((0.66, 0.84), (0.78, 0.9)):
            line = top + height * y
            tube(
                shot,
                [(cx - seat * half, line), (cx, line + 4 * size), (cx + seat * half, line)],
                18 * size,
                darken(tones[0], 0.1),
                gloss=0.25,
            )
    form = Form([(0, seat * 0.96), (0.35, seat), (0.8, seat * 0.98), (1, seat * 0.9)], 44 * size, 0.3, 0)

    def timber(area: tuple[int, int], scale: float) -> Image.Image:
        return wood.timber(area, motif.surface, tones, random.Random(repr(motif)), scale)

    sprite = turn(shot, form, cx, top + 40 * size, timber, Finish(0.25, tint_for(tones[0])))
    if sprite:
        shot.place(sprite)
    _seat(shot, motif, cx, top - 3 * size, seat * 0.97, tones, size)


def _seat(shot: Shot, motif: Motif, cx: float, cy: float, radius: float, tones: tuple[RGB, ...], size: float) -> None:
    mask, left, top = shot.outline(arc(cx, cy, radius, radius * 0.3, 0, 360, 60))
    if mask.width < 4 or mask.height < 4:
        return
    face = wood.timber(mask.size, motif.surface, (lighten(tones[0], 0.08), *tones[1:]), random.Random(7), shot.scale)
    dish = field(
        32, 20, lambda x, y: 0.6 - 0.16 * x - 0.22 * math.exp(-((x - 0.46) ** 2 + (y - 0.42) ** 2) * 9) + 0.1 * y
    )
    body = lit(lit(face, enlarged(dish, mask.size)), relief(mask, 8 * shot.scale, 0.7))
    shot.place(Sprite(body, mask, left, top))
    if motif.form == "three":
        for dx, dy in ((-0.52, -0.08), (0.56, -0.06), (0.02, 0.15)):
            x, y = cx + dx * radius, cy + dy * radius
            ring, px, py = shot.outline(arc(x, y, 20 * size, 8 * size, 0, 360, 24))
            if ring.width > 2 and ring.height > 2:
                shot.place(Sprite(Image.new("RGB", ring.size, darken(tones[0], 0.25)), ring, px, py))
                tube(shot, [(x - 19 * size, y), (x + 19 * size, y)], 5 * size, (62, 42, 30), gloss=0, smooth=False)


PIECES: dict[str, Piece] = {
    "box": Piece(box, _box_extent, (-0.06, 0.6)),
    "stool": Piece(stool, lambda m: (460, 500 if m.form == "three" else 430), (-0.1, 0.12)),
}
