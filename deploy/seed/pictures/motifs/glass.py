"""Blown glass: tumblers, carafes, vases, bowls and paperweights.

Owns how transparent things show what is behind them, gather colour at their edges and throw light on the table.
"""

import math
import random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from deploy.seed.content.model import Motif
from deploy.seed.pictures.kit.lathe import Form, Mesh, profile, silhouette, unrolling, wrapped
from deploy.seed.pictures.kit.outline import Point
from deploy.seed.pictures.kit.paint import (
    RGB,
    clouds,
    darken,
    enlarged,
    field,
    levels,
    lighten,
    mix,
    noise,
    ramp,
    scaled,
    soften,
)
from deploy.seed.pictures.kit.piece import Piece, colours
from deploy.seed.pictures.kit.shot import Shot
from deploy.seed.pictures.kit.strokes import sprig

_FORMS: dict[tuple[str, str], tuple[list[Point], float, float]] = {
    ("tumbler", "straight"): (profile("0 128, 0.4 122, 0.85 112, 0.96 106, 1 96"), 320, 0.2),
    ("tumbler", "low"): (profile("0 138, 0.35 134, 0.6 126, 0.9 130, 0.97 122, 1 110"), 236, 0.22),
    ("carafe", "waisted"): (profile("0 62, 0.05 56, 0.2 44, 0.36 48, 0.55 96, 0.74 126, 0.9 122, 1 98"), 480, 0.17),
    ("glass_vase", "amphora"): (
        profile("0 96, 0.04 84, 0.1 82, 0.2 132, 0.34 178, 0.5 182, 0.72 146, 0.93 98, 1 92"),
        420,
        0.18,
    ),
    ("glass_vase", "bottle"): (
        profile("0 40, 0.03 34, 0.1 31, 0.3 32, 0.38 60, 0.46 112, 0.54 126, 0.9 126, 0.97 120, 1 108"),
        480,
        0.16,
    ),
    ("glass_vase", "bud"): (profile("0 42, 0.05 34, 0.2 30, 0.34 46, 0.5 96, 0.68 118, 0.86 110, 1 82"), 330, 0.18),
    ("glass_bowl", "open"): (profile("0 300, 0.1 292, 0.35 248, 0.65 172, 0.9 100, 1 94"), 230, 0.33),
    ("paperweight", "dome"): (profile("0 3, 0.06 78, 0.2 140, 0.42 178, 0.66 182, 0.88 152, 1 118"), 300, 0.2),
}


def form_of(motif: Motif, size: float = 1.0) -> Form:
    profile, height, tilt = _FORMS[(motif.kind, motif.form)]
    return Form(
        [(t, r * size) for t, r in profile],
        height * size * motif.proportion,
        tilt,
        0 if motif.kind == "paperweight" else 6 * size,
    )


def blown(shot: Shot, motif: Motif, cx: float, base: float, size: float) -> None:
    if motif.detail == "pair":
        _one(shot, motif, cx + 136 * size, base - 36 * size, size * 0.95)
        _one(shot, motif, cx - 118 * size, base + 12 * size, size)
        return
    _one(shot, motif, cx, base, size)
    if motif.detail == "stem":
        form = form_of(motif, size)
        sprig(
            shot,
            cx + 3 * size,
            base - form.height + 30 * size,
            290 * size,
            (112, 132, 92),
            lean=-0.2,
            pairs=6,
            leaf=0.24,
        )


def _one(shot: Shot, motif: Motif, cx: float, base: float, size: float) -> None:
    form = form_of(motif, size)
    tones = colours(motif)
    top = base - form.height
    _caustic(shot, form, cx, base, tones[0])
    reach = form.widest
    box = shot.box(cx - reach, top - form.lip * form.tilt, cx + reach, top + form.depth, 2)
    area = box[2] - box[0], box[3] - box[1]
    if area[0] < 4 or area[1] < 4:
        return
    mask = silhouette(form, shot, cx, top, box)
    behind = _refracted(shot, box, motif)
    through = _tint(shot, form, motif, cx, top, box, tones)
    body = ImageChops.multiply(behind, through)
    unrolled = max(8, round(math.pi * reach * shot.scale)), max(8, round(form.height * shot.scale))
    mesh = unrolling(form, shot, cx, top, box, unrolled)
    if motif.surface in {"cane", "tidepool"}:
        painter = _cane if motif.surface == "cane" else _tidepool
        colour, cover = painter(unrolled, shot.scale, tones, random.Random(repr(motif)))
        wrapped = colour.transform(area, Image.Transform.MESH, mesh, Image.Resampling.BILINEAR)
        held = cover.transform(area, Image.Transform.MESH, mesh, Image.Resampling.BILINEAR)
        shade = _tint(shot, form, motif, cx, top, box, ((236, 240, 240), (196, 204, 206)))
        body.paste(ImageChops.multiply(wrapped, shade), (0, 0), held)
    if motif.surface == "frost":
        haze = Image.new("RGB", area, lighten(tones[0], 0.35))
        body = Image.blend(body, ImageChops.multiply(haze, through), 0.4)
    body = _highlights(body, mesh, unrolled, motif)
    _edges(body, form, shot, cx, top, box, tones)
    shot.image.paste(body, (box[0], box[1]), mask)


def _caustic(shot: Shot, form: Form, cx: float, base: float, tone: RGB) -> None:
    """Glass throws a coloured light into its own shadow."""
    foot = form.foot
    x, y = cx + form.widest * 0.75, base + foot * form.tilt * 0.5
    shot.ellipse_shadow(x, y, form.widest * 1.05, max(10.0, foot * form.tilt * 0.9), form.widest * 0.2, 0.2)
    shot.ellipse_shadow(cx + 6, base + foot * form.tilt * 0.1, foot * 1.02, max(5.0, foot * form.tilt), 8, 0.34)
    left, top, right, bottom = shot.box(x - form.widest, y - 40, x + form.widest, y + 40, 20)
    if right - left < 4 or bottom - top < 4:
        return
    glow = enlarged(
        field(40, 24, lambda u, v: 1.0 - math.hypot((u - 0.46) * 2.5, (v - 0.5) * 3.2)), (right - left, bottom - top)
    )
    streak = enlarged(
        field(40, 24, lambda u, v: 1.0 - 9 * abs(v - 0.5 - 0.22 * math.sin(u * 5)) - 2.4 * abs(u - 0.52)), glow.size
    )
    shot.stain(glow, left, top, lighten(tone, 0.25), 0.55)
    shot.stain(streak, left, top, lighten(tone, 0.75), 0.6)


def _refracted(shot: Shot, box: tuple[int, int, int, int], motif: Motif) -> Image.Image:
    """What is behind, turned round as a full vessel turns it."""
    region = shot.image.crop(box)
    flipped = region.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if motif.surface == "frost":
        return soften(flipped, 14 * shot.scale)
    return soften(Image.blend(region, flipped, 0.35), 1.6 * shot.scale)


def _tint(
    shot: Shot, form: Form, motif: Motif, cx: float, top: float, box: tuple[int, int, int, int], tones: tuple[RGB, ...]
) -> Image.Image:
    """Colour by the length of glass that light crosses: deep at the edges and in the base."""
    width, height = box[2] - box[0], box[3] - box[1]
    columns, rows = 48, 56
    values = bytearray()
    solid = motif.kind == "paperweight"
    thick = 0.86 if motif.kind in {"tumbler", "carafe"} else 0.92
    for row in range(rows):
        sy = (box[1] + (row + 0.5) / rows * height - shot.height / 2) / shot.scale + shot.focus[1] - top
        for column in range(columns):
            sx = (box[0] + (column + 0.5) / columns * width - shot.width / 2) / shot.scale + shot.focus[0] - cx
            t = sy / form.height
            r = max(form.radius(t), 1e-3)
            u = min(0.995, abs(sx) / r)
            path = 0.2 + 0.62 * (1 / math.sqrt(1.04 - u * u) - 0.98) / 4.0
            path += 0.3 * u**6
            if t > thick:
                path += min(0.5, (t - thick) / (1 - thick) * 0.55)
            if motif.surface == "fade":
                path = path * 0.5 + max(0.0, 0.62 - t * 1.1) * 0.8
            if solid:
                path = 0.06 + 0.3 * u**4
            values.append(round(255 * min(1.0, max(0.0, path))))
    density = enlarged(Image.frombytes("L", (columns, rows), bytes(values)), (width, height))
    clear, deep = tones[0], tones[1] if len(tones) > 1 else darken(tones[0], 0.4)
    if motif.surface == "fade":
        return ramp(density, ((0.0, (246, 249, 248)), (0.45, lighten(clear, 0.3)), (1.0, clear)))
    if motif.surface in {"cane", "tidepool"} and tones[0] != (236, 240, 240):
        return ramp(density, ((0.0, (246, 249, 249)), (0.5, (216, 226, 227)), (1.0, (150, 166, 170))))
    return ramp(density, ((0.0, lighten(clear, 0.5)), (0.25, lighten(clear, 0.16)), (0.55, clear), (1.0, deep)))


def _highlights(body: Image.Image, mesh: Mesh, unrolled: tuple[int, int], motif: Motif) -> Image.Image:
    size = 160, 120
    window = Image.new("L", size)
    draw = ImageDraw.Draw(window)
    draw.rounded_rectangle((40, 10, 50, 92), 5, fill=255)
    draw.rounded_rectangle((53, 14, 58, 84), 3, fill=170)
    draw.rounded_rectangle((120, 16, 124, 100), 2, fill=170)
    draw.rectangle((14, 24, 17, 100), fill=120)
    window = window.filter(ImageFilter.GaussianBlur(4.5 if motif.surface == "frost" else 0.9))
    reflected = wrapped(window, body.size, mesh, unrolled, 1 if motif.surface != "frost" else 2)
    strength = 0.3 if motif.surface == "frost" else 0.75
    return ImageChops.screen(body, ramp(scaled(reflected, strength), ((0.0, (0, 0, 0)), (1.0, (255, 255, 250)))))


def _edges(
    body: Image.Image,
    form: Form,
    shot: Shot,
    cx: float,
    top: float,
    box: tuple[int, int, int, int],
    tones: tuple[RGB, ...],
) -> None:
    """The bright and dark lines of rim and base."""
    dark, bright = darken(tones[-1] if len(tones) < 3 else tones[1], 0.1), (255, 255, 252)
    big = Image.new("L", (body.width * 2, body.height * 2))
    glint = Image.new("L", big.size)
    line, shine = ImageDraw.Draw(big), ImageDraw.Draw(glint)
    thick = max(2, round(3.4 * shot.scale))
    rings = ((0.0, form.lip),) if form.wall > 0 else ()
    for _, r in rings:
        x0, y0 = shot.px(cx - r, top - r * form.tilt)
        x1, y1 = shot.px(cx + r, top + r * form.tilt)
        ellipse = ((x0 - box[0]) * 2 + 2, (y0 - box[1]) * 2 + 2, (x1 - box[0]) * 2 - 2, (y1 - box[1]) * 2 - 2)
        if ellipse[2] - ellipse[0] > 4 and ellipse[3] - ellipse[1] > 4:
            line.ellipse(ellipse, outline=170, width=thick)
            shine.arc(ellipse, 150, 262, fill=255, width=thick)
            shine.arc(ellipse, 20, 110, fill=210, width=thick)
    r = form.foot * 0.82
    y = top + form.height * 0.93
    x0, y0 = shot.px(cx - r, y - r * form.tilt)
    x1, y1 = shot.px(cx + r, y + r * form.tilt)
    ellipse = ((x0 - box[0]) * 2, (y0 - box[1]) * 2, (x1 - box[0]) * 2, (y1 - box[1]) * 2)
    if ellipse[2] - ellipse[0] > 4 and ellipse[3] - ellipse[1] > 4:
        line.arc(ellipse, 180, 360, fill=90, width=thick)
        shine.arc(ellipse, 25, 150, fill=190, width=round(thick * 1.4))
    body.paste(dark, (0, 0), big.reduce(2))
    body.paste(bright, (0, 0), soften(glint.reduce(2), 0.6))


def _cane(
    size: tuple[int, int], scale: float, tones: tuple[RGB, ...], rng: random.Random
) -> tuple[Image.Image, Image.Image]:
    """Slanting rods of opaque colour."""
    big = Image.new("RGB", size, tones[1])
    cover = Image.new("L", size, 30)
    draw, hold = ImageDraw.Draw(big), ImageDraw.Draw(cover)
    step = 26 * scale
    lean = size[1] * 0.42
    for index in range(-12, int(size[0] / step) + 14):
        x = index * step
        tone = tones[0] if index % 2 else tones[1]
        half = step * (0.4 if index % 2 else 0.22)
        sides = []
        for share in range(13):
            t = share / 12
            sides.append((x + lean * t + math.sin(t * 4) * step * 0.6, size[1] * t))
        shape = [(px - half, py) for px, py in sides] + [(px + half, py) for px, py in sides[::-1]]
        draw.polygon(shape, fill=tone)
        hold.polygon(shape, fill=232 if index % 2 else 205)
    del rng
    return soften(big, 0.8), soften(cover, 1.2 * scale)


def _tidepool(
    size: tuple[int, int], scale: float, tones: tuple[RGB, ...], rng: random.Random
) -> tuple[Image.Image, Image.Image]:
    """A bed of colour at the bottom of clear glass, with a ring of bubbles over it."""
    tone = clouds(size, 46 * scale, rng)
    colour = ramp(
        tone,
        (
            (0.0, darken(tones[0], 0.3)),
            (0.35, tones[0]),
            (0.55, mix(tones[0], tones[2], 0.4)),
            (0.72, tones[1]),
            (1.0, tones[2]),
        ),
    )
    edge = noise((size[0], 40), 30 * scale, 40, rng).resize(size)
    bed = enlarged(field(4, 64, lambda _x, y: (y - 0.42) * 5.5), size)
    cover = levels(Image.blend(bed, edge, 0.25), 60, 150)
    draw, hold = ImageDraw.Draw(colour), ImageDraw.Draw(cover)
    for index in range(26):
        x = (index + rng.uniform(0.2, 0.8)) / 26 * size[0]
        y = size[1] * (0.4 + 0.07 * math.sin(index * 1.9)) + rng.uniform(-6, 6) * scale
        r = rng.uniform(3, 7.5) * scale
        draw.ellipse((x - r, y - r, x + r, y + r), fill=(236, 246, 246), outline=(120, 150, 156))
        hold.ellipse((x - r, y - r, x + r, y + r), fill=210)
    return colour, cover


def _extent(motif: Motif) -> tuple[float, float]:
    form = form_of(motif)
    if motif.detail == "pair":
        return 540, 300
    return form.widest * 2 + 60, form.height + (240 if motif.detail == "stem" else 40)


PIECES: dict[str, Piece] = {
    "tumbler": Piece(blown, _extent, (-0.05, 0.72)),
    "carafe": Piece(blown, _extent, (0.0, 0.4)),
    "glass_vase": Piece(blown, _extent, (0.0, 0.5)),
    "glass_bowl": Piece(blown, _extent, (-0.15, 0.45)),
    "paperweight": Piece(blown, _extent, (0.0, 0.6), 2.0),
}
