"""Pendant lamps (form pear, dome) and the light around them."""

import math
import random

from PIL import Image

from deploy.seed.content.model import Motif
from deploy.seed.pictures.kit.lathe import Finish, Form, tint_for, turn
from deploy.seed.pictures.kit.outline import arc
from deploy.seed.pictures.kit.paint import RGB, darken, enlarged, field, lighten, lit, scaled, soften
from deploy.seed.pictures.kit.piece import Piece, colours, fixed
from deploy.seed.pictures.kit.shot import Shot, Sprite
from deploy.seed.pictures.kit.strokes import tube
from deploy.seed.pictures.surfaces import metal, weave


def lamp(shot: Shot, motif: Motif, cx: float, cy: float, size: float) -> None:
    tones = colours(motif)
    rng = random.Random(repr(motif))
    top = cy - 160 * size
    glow(shot, cx, cy + 60 * size, 520 * size, 0.34)
    tube(shot, [(cx, -400), (cx, top - 40 * size)], 8 * size, (48, 44, 42), gloss=0.1, smooth=False)
    cap = Form([(0, 12 * size), (0.3, 24 * size), (0.7, 34 * size), (1, 44 * size)], 66 * size, 0.1, 0)
    brass = tones[1] if motif.surface in {"opal", "cased"} else (72, 62, 54)
    if motif.form == "pear":
        form = Form(
            [
                (0, 40 * size),
                (0.1, 52 * size),
                (0.3, 104 * size),
                (0.55, 176 * size),
                (0.76, 196 * size),
                (0.92, 150 * size),
                (1, 60 * size),
            ],
            380 * size,
            0.1,
            0,
        )
        mask_sprite = turn(shot, form, cx, top + 380 * size, _opal, Finish(0.55, (214, 170, 112)))
        if mask_sprite:
            inner = enlarged(
                field(
                    40, 40, lambda x, y: 0.66 + 0.3 * math.exp(-(((x - 0.5) / 0.32) ** 2 + ((y - 0.62) / 0.34) ** 2))
                ),
                mask_sprite.mask.size,
            )
            mask_sprite.colour = lit(mask_sprite.colour, inner)
            shot.place(mask_sprite)
    else:
        _dome(shot, motif, cx, top, size, tones, rng)
    sprite = turn(
        shot,
        cap,
        cx,
        top + 8 * size,
        lambda area, scale: metal.polished(area, brass, darken(brass, 0.5), random.Random(2)),
        Finish(0.6, tint_for(brass), 0.4),
    )
    if sprite:
        shot.place(sprite)


def _opal(area: tuple[int, int], scale: float) -> Image.Image:
    del scale
    return Image.new("RGB", area, (252, 240, 216))


def _dome(
    shot: Shot, motif: Motif, cx: float, top: float, size: float, tones: tuple[RGB, ...], rng: random.Random
) -> None:
    height, r = 250 * size, 290 * size
    form = Form(
        [(0, 40 * size), (0.08, 96 * size), (0.25, 172 * size), (0.5, 236 * size), (0.78, 276 * size), (1, r)],
        height,
        0.1,
        0,
    )
    base = top + height
    if motif.surface == "woven":
        texture = weave.wicker("willow", tones, rng, 22 * size)
        finish = Finish(0.05, tint_for(tones[0]))
    elif motif.surface == "copper":
        texture, finish = (
            metal.sheet("hammered", (tones[0], darken(tones[0], 0.5), lighten(tones[0], 0.35)), rng, 24),
            Finish(0.6, tint_for(tones[0]), 0.5),
        )
    else:
        texture, finish = (lambda area, scale: Image.new("RGB", area, tones[0])), Finish(0.95, tint_for(tones[0]))
    sprite = turn(shot, form, cx, base, texture, finish)
    if sprite:
        if motif.surface == "woven":
            gaps = weave.wicker("willow", ((40, 40, 40), (30, 30, 30)), random.Random(1), 22 * size)(
                sprite.mask.size, shot.scale
            ).convert("L")
            lights = gaps.point([255 if v < 16 else 0 for v in range(256)])
            sprite.colour.paste((255, 222, 150), (0, 0), scaled(soften(lights, 1.2), 0.75))
        shot.place(sprite)
    # We look a little from below: the mouth shows its bright inside.
    mouth, left, upper = shot.outline(arc(cx, base + 4 * size, r * 0.995, r * 0.12, 0, 360, 72))
    if mouth.width > 4 and mouth.height > 4:
        warm = (255, 232, 184) if motif.surface != "copper" else (255, 206, 140)
        inside = Image.new("RGB", mouth.size, warm)
        shade = enlarged(
            field(
                40,
                12,
                lambda x, y: (
                    0.5 + 0.45 * math.exp(-(((x - 0.5) / 0.3) ** 2 + ((y - 0.55) / 0.5) ** 2)) - 0.2 * abs(x - 0.5)
                ),
            ),
            mouth.size,
        )
        shot.place(Sprite(lit(inside, shade), mouth, left, upper))
    tube(
        shot,
        arc(cx, base + 3 * size, r, r * 0.12, 180, 360, 60),
        6 * size,
        lighten(tones[0], 0.12),
        gloss=0.5,
        smooth=False,
    )
    tube(
        shot,
        arc(cx, base + 3 * size, r, r * 0.12, 0, 180, 60),
        7 * size,
        darken(tones[0], 0.2),
        gloss=0.3,
        smooth=False,
    )
    glow(shot, cx, base + 20 * size, 240 * size, 0.3)


def glow(shot: Shot, cx: float, cy: float, radius: float, strength: float) -> None:
    """Warm light in the air around a lamp."""
    left, top, right, bottom = shot.box(cx - radius, cy - radius, cx + radius, cy + radius)
    if right - left < 4 or bottom - top < 4:
        return
    x0, y0 = shot.px(cx, cy)
    reach = radius * shot.scale
    width, height = right - left, bottom - top

    def fall(x: float, y: float) -> float:
        d = math.hypot((left + x * width - x0) / reach, (top + y * height - y0) / reach)
        return math.pow(max(0.0, 1 - d), 1.8)

    shot.stain(enlarged(field(40, 40, fall), (width, height)), left, top, (255, 226, 170), strength)


PIECES: dict[str, Piece] = {
    "lamp": Piece(lamp, fixed(620, 640), (0.0, 0.6), 2.1),
}
