"""Vessels of clay, wood and metal: mugs, bowls, plates, vases, jugs, teapots, jars and planters.

Owns their silhouettes and what is added to them: handles, spouts, lids, plants.
"""

import math
import random

from PIL import Image, ImageDraw

from deploy.seed.content.model import Motif
from deploy.seed.pictures.kit.lathe import Finish, Form, Texture, ground, profile, stand, tint_for, turn
from deploy.seed.pictures.kit.outline import Point, about, smooth_path
from deploy.seed.pictures.kit.paint import RGB, darken, lighten, ramp, relief, washed
from deploy.seed.pictures.kit.piece import Piece, colours
from deploy.seed.pictures.kit.shot import Shot, Sprite
from deploy.seed.pictures.kit.strokes import Leaf, leaves, sprig, tube
from deploy.seed.pictures.surfaces import clay, metal, wood

_TIN: tuple[RGB, RGB] = ((226, 223, 216), (176, 174, 170))
_WOODS = {"walnut", "spalted", "maple", "cherry"}


# (t, radius) from lip to foot, and the height: at size 1 a piece is 300 to 480 scene units high.
_FORMS: dict[tuple[str, str], tuple[list[Point], float, float]] = {
    ("mug", "straight"): (profile("0 152, 0.06 150, 0.5 150, 0.86 149, 0.95 142, 1 126"), 340, 0.2),
    ("mug", "belly"): (profile("0 142, 0.08 139, 0.3 156, 0.6 176, 0.85 160, 0.95 138, 1 124"), 320, 0.2),
    ("cup", "shallow"): (profile("0 150, 0.1 150, 0.4 138, 0.75 100, 0.92 66, 1 60"), 140, 0.3),
    ("cup", "straight"): (profile("0 128, 0.05 124, 0.5 126, 0.85 118, 0.95 104, 1 92"), 240, 0.22),
    ("cup", "pierced"): (profile("0 150, 0.06 152, 0.5 166, 0.85 158, 1 132"), 350, 0.18),
    ("bowl", "open"): (profile("0 300, 0.05 299, 0.3 272, 0.6 205, 0.85 122, 0.93 98, 1 98"), 230, 0.34),
    ("bowl", "deep"): (
        profile("0 240, 0.06 240, 0.35 236, 0.65 205, 0.86 146, 0.95 110, 1 106"),
        260,
        0.32,
    ),
    ("bowl", "rimmed"): (
        profile("0 300, 0.05 292, 0.12 250, 0.25 226, 0.55 190, 0.85 122, 0.93 102, 1 102"),
        215,
        0.34,
    ),
    ("plate", "coupe"): (profile("0 350, 0.2 346, 0.55 300, 0.85 200, 0.94 175, 1 175"), 66, 0.5),
    ("plate", "deep"): (profile("0 330, 0.12 328, 0.45 290, 0.75 210, 0.92 150, 1 150"), 112, 0.46),
    ("plate", "comal"): (profile("0 350, 0.3 352, 0.6 335, 0.85 300, 1 285"), 62, 0.5),
    ("vase", "cylinder"): (
        profile("0 112, 0.03 108, 0.3 112, 0.7 120, 0.93 118, 0.98 110, 1 104"),
        460,
        0.17,
    ),
    ("vase", "moon"): (
        profile("0 74, 0.05 70, 0.1 104, 0.2 158, 0.34 199, 0.5 214, 0.66 202, 0.82 164, 0.93 114, 1 90"),
        416,
        0.18,
    ),
    ("vase", "bottle"): (
        profile("0 44, 0.03 38, 0.12 33, 0.26 36, 0.36 54, 0.48 100, 0.62 136, 0.76 142, 0.9 122, 1 96"),
        480,
        0.17,
    ),
    ("vase", "amphora"): (
        profile("0 92, 0.04 84, 0.1 80, 0.17 108, 0.26 164, 0.38 188, 0.55 176, 0.78 128, 0.94 92, 1 88"),
        440,
        0.18,
    ),
    ("vase", "bud"): (
        profile("0 36, 0.05 30, 0.2 28, 0.32 40, 0.46 92, 0.64 128, 0.8 130, 0.93 108, 1 88"),
        330,
        0.18,
    ),
    ("jug", "pitcher"): (
        profile("0 118, 0.05 112, 0.2 110, 0.4 138, 0.65 164, 0.86 150, 0.95 132, 1 120"),
        390,
        0.2,
    ),
    ("jug", "tall"): (
        profile("0 88, 0.05 80, 0.16 74, 0.3 92, 0.48 146, 0.66 168, 0.84 148, 0.95 116, 1 108"),
        440,
        0.19,
    ),
    ("teapot", "round"): (
        profile("0 96, 0.08 120, 0.24 164, 0.46 188, 0.68 176, 0.86 138, 0.95 112, 1 108"),
        290,
        0.22,
    ),
    ("jar", "squat"): (profile("0 150, 0.06 158, 0.25 174, 0.6 178, 0.86 162, 0.95 142, 1 132"), 270, 0.2),
    ("jar", "beanpot"): (
        profile("0 128, 0.06 120, 0.14 124, 0.32 178, 0.54 204, 0.76 182, 0.92 132, 1 114"),
        340,
        0.2,
    ),
    ("planter", "tapered"): (profile("0 178, 0.05 180, 0.12 172, 0.5 158, 0.9 136, 1 130"), 280, 0.2),
    ("planter", "round"): (
        profile("0 140, 0.06 140, 0.2 168, 0.46 188, 0.72 170, 0.9 128, 1 104"),
        270,
        0.2,
    ),
}


def form_of(motif: Motif, size: float = 1.0) -> Form:
    profile, height, tilt = _FORMS[(motif.kind, motif.form)]
    wall = 9.0 if motif.kind in {"mug", "cup", "jug"} else 11.0
    if motif.kind == "plate":
        wall = 12.0
    elif motif.surface == "hammered":
        wall = 6.0
    return Form([(t, r * size) for t, r in profile], height * size * motif.proportion, tilt, wall * size)


def wall_of(motif: Motif, rng: random.Random) -> tuple[Texture, Finish, Texture]:
    """Texture, finish and inside of a vessel, by what it is made of."""
    tones = colours(motif)
    if motif.surface in metal.VESSEL_SURFACES:
        tinned = motif.kind in {"cup", "jar"}
        lining = _TIN if tinned else (tones[2] if len(tones) > 2 else lighten(tones[0], 0.12), tones[1])
        finish = metal.finish(motif.surface, tones[0], tinned=tinned)
        return metal.sheet(motif.surface, tones, rng), finish, metal.sheet("hammered", lining, rng)
    if motif.surface in _WOODS:
        finish = Finish(gloss=0.28, shadow=tint_for(tones[0]))

        def timber(size: tuple[int, int], scale: float) -> Image.Image:
            return wood.timber(size, motif.surface, tones, random.Random(repr(motif)), scale)

        return timber, finish, timber
    body = clay.clay(motif.surface, tones, rng)
    liner = {"dip": "speckle", "bands": "terracotta", "drip": "speckle", "grasses": "speckle"}
    inside = clay.floor(liner.get(motif.surface, motif.surface), tones, rng)
    if motif.kind == "bowl" and motif.surface == "reactive":
        inside = clay.floor("speckle", (tones[2], tones[0]), rng)
    return body, clay.finish(motif.surface, tones[0]), inside


def vessel(shot: Shot, motif: Motif, cx: float, base: float, size: float) -> None:
    """Any turned piece of this module, alone or in the group its `detail` names."""
    if motif.detail == "set":
        for dx, dy, share in ((-0.62, -0.16, 0.9), (0.7, -0.2, 0.92), (-0.28, 0.1, 1.0), (0.98, 0.12, 1.02)):
            _one(shot, motif, cx + dx * 190 * size - 30 * size, base + dy * 200 * size, size * share * 0.9)
        return
    if motif.detail == "pair":
        _one(shot, motif, cx + 118 * size, base - 34 * size, size * 0.95)
        _one(shot, motif, cx - 104 * size, base + 12 * size, size)
        return
    _one(shot, motif, cx, base, size)


def _one(shot: Shot, motif: Motif, cx: float, base: float, size: float) -> None:
    form = form_of(motif, size)
    texture, finish, inside = wall_of(motif, shot.rng)
    tones = colours(motif)
    top = base - form.height
    ground(shot, form, cx, base)
    if motif.kind == "planter":
        _saucer(shot, form, cx, base, texture, finish)
    if motif.kind in {"mug", "jug", "teapot"}:
        _handle(shot, motif, form, cx, top, size, tones)
    if motif.kind == "teapot":
        _spout(shot, form, cx, top, size, tones[0])
    if motif.detail in {"ears", "handles"}:
        _ears(shot, motif, form, cx, top, size, tones)
    sprite = turn(shot, form, cx, base, texture, finish, inside)
    if sprite:
        shot.place(sprite)
    if motif.kind == "jug":
        _lip(shot, form, cx, top, size, tones[0])
    if motif.kind in {"jar", "teapot"}:
        _lid(shot, motif, form, cx, top, texture, finish, size)
    if motif.kind == "planter":
        plant(shot, motif.detail or "herbs", cx, top, form, size)
    if motif.detail == "stem":
        sprig(shot, cx + 4 * size, top + 8 * size, 270 * size, (112, 128, 84), lean=0.22, pairs=6, leaf=0.24)


def _handle(shot: Shot, motif: Motif, form: Form, cx: float, top: float, size: float, tones: tuple[RGB, ...]) -> None:
    """A pulled handle on the right: thick at both roots, thin where the fingers go."""
    upper, lower = {"mug": (0.14, 0.74), "jug": (0.07, 0.62), "teapot": (0.22, 0.78)}[motif.kind]
    reach = {"mug": 106.0, "jug": 112.0, "teapot": 112.0}[motif.kind] * size
    x0, y0 = cx + form.radius(upper) - 14 * size, top + upper * form.height
    x1, y1 = cx + form.radius(lower) - 12 * size, top + lower * form.height
    right = max(x0, x1)
    path = [
        (x0, y0),
        (right + reach * 0.52, y0 - 14 * size),
        (right + reach * 0.98, y0 + (y1 - y0) * 0.26),
        (right + reach * 0.9, y0 + (y1 - y0) * 0.58),
        (right + reach * 0.46, y0 + (y1 - y0) * 0.9),
        (x1, y1),
    ]
    colour = darken(tones[0], 0.2)
    width = (17 if motif.surface == "hammered" else 28) * size
    tube(shot, path, lambda t: width * (1.0 + 0.35 * abs(t - 0.5)), colour, gloss=0.34, strength=0.95)


def _spout(shot: Shot, form: Form, cx: float, top: float, size: float, colour: RGB) -> None:
    x, y = cx - form.radius(0.5) + 22 * size, top + 0.56 * form.height
    path = about("0 0, -50 -28, -82 -84, -112 -128", x, y, size)
    tube(shot, path, lambda t: (74 - 46 * t**0.7) * size, darken(colour, 0.1), gloss=0.5, strength=1.1)
    shot.ellipse_shadow(x - 113 * size, y - 130 * size, 11 * size, 6 * size, 2, 0.6)


def _lip(shot: Shot, form: Form, cx: float, top: float, size: float, colour: RGB) -> None:
    """A pouring lip pulled out of the rim on the left: its underside, then the channel one pours along."""
    r, deep = form.lip, form.lip * form.tilt
    x = cx - r
    under = [
        (cx - r * 0.72, top + deep * 0.72),
        (x + 2 * size, top + 44 * size),
        (x - 16 * size, top + 16 * size),
        (x - 34 * size, top - 11 * size),
        (x - 20 * size, top - 14 * size),
        (cx - r * 0.7, top - deep * 0.7),
    ]
    channel = [
        (cx - r * 0.66, top + deep * 0.6),
        (x - 10 * size, top + 2 * size),
        (x - 28 * size, top - 11 * size),
        (x - 14 * size, top - 12 * size),
        (cx - r * 0.66, top - deep * 0.66),
        (cx - r * 0.4, top),
    ]
    for outline, tone, depth in ((under, darken(colour, 0.08), 16 * size), (channel, darken(colour, 0.42), 7 * size)):
        mask, left, upper = shot.outline(smooth_path(outline, 6))
        if mask.width > 3 and mask.height > 3:
            body = washed(tone, relief(mask, depth * shot.scale, 0.8))
            shot.place(Sprite(body, mask, left, upper))


def _lid(
    shot: Shot, motif: Motif, form: Form, cx: float, top: float, texture: Texture, finish: Finish, size: float
) -> None:
    r = form.lip * (1.0 if motif.kind == "jar" else 0.86)
    rise = 0.3 if motif.form == "squat" else 0.42
    lid = Form(
        [(0, 2), (0.08, r * 0.3), (0.3, r * 0.66), (0.65, r * 0.92), (0.85, r), (1, r * 0.98)], r * rise, form.tilt, 0
    )
    shot.ellipse_shadow(cx, top + 4 * size, r * 1.0, r * form.tilt, 4, 0.4)
    sprite = turn(shot, lid, cx, top + 2 * size, texture, finish)
    if sprite:
        shot.place(sprite)
    knob = Form(
        [(0, 2), (0.12, 22 * size), (0.4, 30 * size), (0.7, 20 * size), (1, 16 * size)], 46 * size, form.tilt, 0
    )
    sprite = turn(shot, knob, cx, top - r * rise + 10 * size, texture, finish)
    if sprite:
        shot.place(sprite)


def _ears(shot: Shot, motif: Motif, form: Form, cx: float, top: float, size: float, tones: tuple[RGB, ...]) -> None:
    at = 0.3 if motif.detail == "ears" else 0.16
    y = top + at * form.height
    for side in (-1, 1):
        x = cx + side * (form.radius(at) - 6 * size)
        path = [
            (x, y - 26 * size),
            (x + side * 46 * size, y - 22 * size),
            (x + side * 50 * size, y + 26 * size),
            (x, y + 36 * size),
        ]
        tube(shot, path, (26 if motif.detail == "ears" else 15) * size, darken(tones[0], 0.12), gloss=0.4)


def _saucer(shot: Shot, form: Form, cx: float, base: float, texture: Texture, finish: Finish) -> None:
    r = form.foot
    dish = Form([(0, r * 1.36), (0.3, r * 1.34), (0.8, r * 1.16), (1, r * 1.1)], r * 0.2, form.tilt, r * 0.06)
    stand(shot, dish, cx, base + r * 0.1, texture, finish)


def plant(shot: Shot, kind: str, cx: float, top: float, form: Form, size: float) -> None:
    """What grows in a planter: `herbs`, `fern` or `cactus`."""
    rng = shot.rng
    shot.ellipse_shadow(cx, top, form.lip * 0.9, form.lip * form.tilt * 0.9, 4, 0.75)
    if kind == "cactus":
        _cactus(shot, cx, top, size)
        return
    items: list[Leaf] = []
    stems: list[list[Point]] = []
    if kind == "fern":
        for index in range(15):
            angle = -math.pi * (0.06 + 0.88 * index / 14) + rng.uniform(-0.1, 0.1)
            reach = rng.uniform(210, 320) * size
            path = []
            for step in range(12):
                t = step / 11
                x = cx + math.cos(angle) * reach * t
                y = top + math.sin(angle) * reach * t * 0.95 + 130 * size * t * t * abs(math.cos(angle))
                path.append((x, y))
                if step > 1:
                    turn_by = angle + 0.5 * t * (1 if math.cos(angle) > 0 else -1)
                    for side in (-1, 1):
                        length = 54 * size * math.sin(math.pi * (0.15 + 0.8 * t))
                        items.append((x, y, turn_by + side * 1.0, length, length * 0.34))
            stems.append(path)
        leaves(shot, items, (84, 112, 66), rng, stems, stem=3)
        return
    for _ in range(26):
        angle = -math.pi / 2 + rng.uniform(-0.75, 0.75)
        reach = rng.uniform(80, 215) * size
        x, y = cx + rng.uniform(-0.5, 0.5) * form.lip, top
        tip = x + math.cos(angle) * reach, y + math.sin(angle) * reach
        stems.append([(x, y), ((x + tip[0]) / 2 + 6 * size, (y + tip[1]) / 2), tip])
        for t in (0.55, 0.8, 1.0):
            px, py = x + (tip[0] - x) * t, y + (tip[1] - y) * t
            for side in (-1, 1):
                length = rng.uniform(42, 66) * size
                items.append((px, py, angle + side * rng.uniform(0.7, 1.2), length, length * 0.55))
    items.sort(key=lambda item: item[1])
    leaves(shot, items, (104, 132, 74), rng, stems, stem=4)


def _cactus(shot: Shot, cx: float, top: float, size: float) -> None:
    green = (98, 128, 88)

    def ribs(area: tuple[int, int], scale: float) -> Image.Image:
        strip = Image.new("L", (area[0], 1))
        strip.putdata([round(128 + 80 * math.cos(x / area[0] * math.pi * 22)) for x in range(area[0])])

        image = ramp(strip.resize(area), ((0.0, darken(green, 0.4)), (0.6, green), (1.0, lighten(green, 0.2))))

        draw = ImageDraw.Draw(image)
        step = area[0] / 11
        for column in range(12):
            for row in range(int(area[1] / (22 * scale)) + 1):
                x, y = (column + 0.0) * step, (row + 0.5) * 22 * scale
                for dx, dy in ((-6, -5), (6, -5), (0, 7), (0, -8)):
                    draw.line(
                        [(x, y), (x + dx * scale, y + dy * scale)],
                        fill=(240, 228, 196),
                        width=max(1, round(1.3 * scale)),
                    )
        return image

    body = Form(
        [(0, 4), (0.06, 46 * size), (0.2, 84 * size), (0.5, 104 * size), (0.8, 92 * size), (1, 66 * size)],
        226 * size,
        0.2,
        0,
    )
    sprite = turn(shot, body, cx, top + 22 * size, ribs, Finish(0.1, tint_for(green)))
    if sprite:
        shot.place(sprite)


def _extent(motif: Motif) -> tuple[float, float]:
    form = form_of(motif)
    width, height = form.widest * 2, form.height + form.lip * form.tilt
    if motif.kind in {"mug", "jug"}:
        width += 120
    if motif.kind == "teapot":
        width, height = width + 240, height + 90
    if motif.kind == "jar":
        height += 100
    if motif.kind == "planter":
        height += 230
    if motif.detail == "stem":
        height += 230
    if motif.detail == "set":
        return 700, 330
    if motif.detail == "pair":
        return 480, 280
    return width, height


PIECES: dict[str, Piece] = {
    kind: Piece(vessel, _extent, detail)
    for kind, detail in {
        "mug": (-0.1, 0.55),
        "cup": (-0.12, 0.5),
        "bowl": (-0.1, 0.62),
        "plate": (-0.1, 0.45),
        "vase": (-0.05, 0.6),
        "jug": (-0.12, 0.6),
        "teapot": (0.05, 0.5),
        "jar": (-0.1, 0.55),
        "planter": (-0.15, 0.72),
    }.items()
}
