"""Solids of revolution: everything thrown, turned, raised or blown.

Owns projecting an unrolled texture on a turned form, its modelling light, its mouth and its shadow. The camera looks
down by an angle whose sine is `tilt`, so a ring of radius r is an ellipse of r by r * tilt.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from deploy.seed.pictures.kit.outline import Point, points
from deploy.seed.pictures.kit.paint import RGB, enlarged, field, lighten, mix, ramp, scaled, shaded, soften
from deploy.seed.pictures.kit.shot import Shot, Sprite

Texture = Callable[[tuple[int, int], float], Image.Image]
"""Draws an unrolled surface: size in pixels, pixels to a scene unit."""


@dataclass(frozen=True)
class Form:
    """A silhouette: (height from the top 0..1, radius in scene units) from lip to foot."""

    profile: Sequence[Point]
    height: float
    tilt: float = 0.2
    wall: float = 8.0
    """Thickness at the lip; 0 closes the top."""
    _radii: list[float] = dataclass_field(default_factory=list, compare=False)

    def __post_init__(self) -> None:
        points = list(self.profile)
        for step in range(257):
            self._radii.append(_monotone(points, step / 256))

    def radius(self, t: float) -> float:
        place = min(1.0, max(0.0, t)) * 256
        index = min(255, int(place))
        return self._radii[index] + (self._radii[index + 1] - self._radii[index]) * (place - index)

    @property
    def widest(self) -> float:
        return max(self._radii)

    @property
    def lip(self) -> float:
        return self._radii[0]

    @property
    def depth(self) -> float:
        """How far below the top the picture of the form reaches, the curve of its rings included."""
        return max(step / 64 * self.height + self.radius(step / 64) * self.tilt for step in range(65))

    @property
    def foot(self) -> float:
        return self._radii[-1]


def _monotone(points: list[Point], t: float) -> float:
    """Hermite through the profile with slopes limited, so a curve never bulges past its points."""
    count = len(points)
    for index in range(count - 1):
        if t <= points[index + 1][0] or index == count - 2:
            break
    (t0, r0), (t1, r1) = points[index], points[index + 1]
    span = max(t1 - t0, 1e-6)
    slope = (r1 - r0) / span

    def tangent(i: int) -> float:
        if i in {0, count - 1}:
            return slope * 0.9
        before = (points[i][1] - points[i - 1][1]) / max(points[i][0] - points[i - 1][0], 1e-6)
        after = (points[i + 1][1] - points[i][1]) / max(points[i + 1][0] - points[i][0], 1e-6)
        if before * after <= 0:
            return 0.0
        return 2 * before * after / (before + after)

    m0, m1 = tangent(index) * span, tangent(index + 1) * span
    u = min(1.0, max(0.0, (t - t0) / span))
    return (
        (2 * u**3 - 3 * u**2 + 1) * r0 + (u**3 - 2 * u**2 + u) * m0 + (-2 * u**3 + 3 * u**2) * r1 + (u**3 - u**2) * m1
    )


def profile(text: str) -> list[Point]:
    """`"0 152, 1 126"`: height from the lip 0..1, and radius there."""
    return points(text)


@dataclass(frozen=True)
class Finish:
    """How a surface answers light."""

    gloss: float = 0.5
    """0 chalk, 1 glass."""
    shadow: RGB = (52, 42, 46)
    metal: float = 0.0
    """Share of banded reflections."""
    hollow: RGB | None = None
    """Shadow inside, when the lining is of another colour."""


def silhouette(form: Form, shot: Shot, cx: float, top: float, box: tuple[int, int, int, int]) -> Image.Image:
    """Coverage of the body with its mouth, at the pixels of `box`."""
    width, height = box[2] - box[0], box[3] - box[1]
    big = Image.new("L", (width * 2, height * 2))
    draw = ImageDraw.Draw(big)
    left: list[Point] = []
    right: list[Point] = []
    for step in range(65):
        t = step / 64
        r = form.radius(t)
        y = top + t * form.height
        left.append(_two(shot.px(cx - r, y), box))
        right.append(_two(shot.px(cx + r, y), box))
    draw.polygon(left + right[::-1], fill=255)
    rings = [0.0, 1.0] if form.tilt < 0.24 else [i / 20 for i in range(21)]
    for t in rings:
        r, y = form.radius(t), top + t * form.height
        x0, y0 = _two(shot.px(cx - r, y - r * form.tilt), box)
        x1, y1 = _two(shot.px(cx + r, y + r * form.tilt), box)
        draw.ellipse((x0, y0, x1, y1), fill=255)
    return big.reduce(2)


def _two(point: Point, box: tuple[int, int, int, int]) -> Point:
    return (point[0] - box[0]) * 2, (point[1] - box[1]) * 2


def turn(
    shot: Shot,
    form: Form,
    cx: float,
    base: float,
    texture: Texture,
    finish: Finish,
    inside: Texture | None = None,
) -> Sprite | None:
    """The piece standing with its foot centred at (cx, base), or None when it is out of the frame."""
    top = base - form.height
    reach = form.widest
    box = shot.box(cx - reach, top - form.lip * form.tilt, cx + reach, top + form.depth, 2)
    width, height = box[2] - box[0], box[3] - box[1]
    if width < 4 or height < 4:
        return None
    mask = silhouette(form, shot, cx, top, box)
    unrolled_size = max(8, round(math.pi * reach * shot.scale)), max(8, round(form.height * shot.scale))
    unrolled = texture(unrolled_size, shot.scale)
    mesh = unrolling(form, shot, cx, top, box, unrolled_size)
    body = unrolled.transform((width, height), Image.Transform.MESH, mesh, Image.Resampling.BILINEAR)
    shade, shine = _modelling(form, shot, cx, top, box, finish)
    body = shaded(body, shade, finish.shadow)
    if finish.gloss > 0.02 or finish.metal > 0:
        body = _shine(body, shine, form, finish, mesh, unrolled_size)
    if form.wall > 0:
        _mouth(body, form, shot, cx, top, box, finish, inside or texture)
    return Sprite(body, mask, box[0], box[1])


Mesh = list[tuple[tuple[int, int, int, int], tuple[float, ...]]]


def unrolling(
    form: Form, shot: Shot, cx: float, top: float, box: tuple[int, int, int, int], size: tuple[int, int]
) -> Mesh:
    """Which part of the unrolled texture each patch of the picture shows."""
    width, height = box[2] - box[0], box[3] - box[1]
    columns, rows = 14, max(6, min(30, height // 14))
    xs = [round(width * i / columns) for i in range(columns + 1)]
    ys = [round(height * i / rows) for i in range(rows + 1)]
    grid = [[_unroll(form, shot, cx, top, box[0] + x, box[1] + y, size) for x in xs] for y in ys]
    mesh: Mesh = []
    for row in range(rows):
        for column in range(columns):
            a, b = grid[row][column], grid[row + 1][column]
            c, d = grid[row + 1][column + 1], grid[row][column + 1]
            if xs[column] < xs[column + 1] and ys[row] < ys[row + 1]:
                mesh.append(((xs[column], ys[row], xs[column + 1], ys[row + 1]), (*a, *b, *c, *d)))
    return mesh


def _unroll(form: Form, shot: Shot, cx: float, top: float, x: float, y: float, size: tuple[int, int]) -> Point:
    sx = (x - shot.width / 2) / shot.scale + shot.focus[0] - cx
    sy = (y - shot.height / 2) / shot.scale + shot.focus[1] - top
    t, u = sy / form.height, 0.0
    for _ in range(3):
        r = max(form.radius(t), 1e-3)
        u = min(0.985, max(-0.985, sx / r))
        t = (sy - form.tilt * r * math.sqrt(1 - u * u)) / form.height
    t = min(1.0, max(0.0, t))
    theta = math.asin(u) / math.pi + 0.5
    return theta * (size[0] - 1), t * (size[1] - 1)


def _modelling(
    form: Form, shot: Shot, cx: float, top: float, box: tuple[int, int, int, int], finish: Finish
) -> tuple[Image.Image, Image.Image]:
    """Diffuse shade and soft highlight, worked out small and enlarged."""
    width, height = box[2] - box[0], box[3] - box[1]
    lx, ly, lz = -0.56, -0.5, 0.66
    columns, rows = 44, 40
    shade, shine = bytearray(), bytearray()
    for row in range(rows):
        sy = (box[1] + (row + 0.5) / rows * height - shot.height / 2) / shot.scale + shot.focus[1] - top
        for column in range(columns):
            sx = (box[0] + (column + 0.5) / columns * width - shot.width / 2) / shot.scale + shot.focus[0] - cx
            t = sy / form.height
            r = max(form.radius(t), 1e-3)
            u = min(0.99, max(-0.99, sx / r))
            t = (sy - form.tilt * r * math.sqrt(1 - u * u)) / form.height
            slope = (form.radius(t + 0.02) - form.radius(t - 0.02)) / (0.04 * form.height)
            flat = 1 / math.sqrt(1 + slope * slope)
            nx, ny, nz = u * flat, -slope * flat, math.sqrt(1 - u * u) * flat
            facing = nx * lx + ny * ly + nz * lz
            value = max(0.0, facing * 0.62 + 0.4) ** 1.15
            # Light thrown back by the table on the shaded side, and the dark where the foot meets it.
            value += 0.1 * max(0.0, u) ** 2 * (0.5 + 0.5 * t)
            value -= 0.2 * max(0.0, t - 0.86) / 0.14
            shade.append(round(255 * min(1.0, max(0.06, value))))
            # Half vector between the light and the eye.
            half = min(1.0, nx * -0.31 + ny * -0.28 + nz * 0.91)
            shine.append(round(255 * max(0.0, half) ** (6 + 46 * finish.gloss)))
    size = (columns, rows)
    big = (width, height)
    return (
        enlarged(Image.frombytes("L", size, bytes(shade)), big),
        enlarged(Image.frombytes("L", size, bytes(shine)), big),
    )


def wrapped(
    picture: Image.Image, size: tuple[int, int], mesh: Mesh, unrolled: tuple[int, int], shrink: int = 2
) -> Image.Image:
    """A small soft picture laid around the form, worked out at a part of its size because it has no detail."""
    across = (picture.width - 1) / max(1, unrolled[0] - 1), (picture.height - 1) / max(1, unrolled[1] - 1)
    half = max(2, size[0] // shrink), max(2, size[1] // shrink)
    fit = []
    for (x0, y0, x1, y1), quad in mesh:
        target = x0 // shrink, y0 // shrink, min(half[0], x1 // shrink), min(half[1], y1 // shrink)
        if target[0] < target[2] and target[1] < target[3]:
            fit.append((target, tuple(v * across[i % 2] for i, v in enumerate(quad))))
    small = picture.transform(half, Image.Transform.MESH, fit, Image.Resampling.BILINEAR)
    return small.resize(size, Image.Resampling.BILINEAR)


def _shine(
    body: Image.Image, shine: Image.Image, form: Form, finish: Finish, mesh: Mesh, unrolled: tuple[int, int]
) -> Image.Image:
    """Add the broad highlight and, on glossy things, the reflection of a tall window."""
    del form
    glow = scaled(shine, 0.18 + 0.32 * finish.gloss)
    if finish.gloss > 0.35 or finish.metal > 0:
        size = 160, 120
        window = Image.new("L", size)
        draw = ImageDraw.Draw(window)
        draw.rounded_rectangle((46, 12, 58, 84), 5, fill=255)
        draw.rounded_rectangle((61, 16, 68, 80), 3, fill=200)
        draw.rectangle((128, 20, 131, 104), fill=110)
        window = window.filter(ImageFilter.GaussianBlur(3.2 - 2.0 * finish.gloss))
        reflected = wrapped(window, body.size, mesh, unrolled)
        glow = ImageChops.add(glow, scaled(reflected, 0.62 * max(finish.gloss - 0.2, finish.metal * 0.6)))
    if finish.metal > 0:
        glow = scaled(glow, 1.15)
    tint = (255, 250, 240)
    return ImageChops.screen(body, ramp(glow, ((0.0, (0, 0, 0)), (1.0, tint))))


def _mouth(
    body: Image.Image,
    form: Form,
    shot: Shot,
    cx: float,
    top: float,
    box: tuple[int, int, int, int],
    finish: Finish,
    inside: Texture,
) -> None:
    """The opening: lip, far wall and the shadow inside."""
    lip, inner = form.lip, max(1.0, form.lip - form.wall)
    x0, y0 = shot.px(cx - lip, top - lip * form.tilt)
    x1, y1 = shot.px(cx + lip, top + lip * form.tilt)
    width, height = max(4, round(x1 - x0)), max(4, round(y1 - y0))
    if width > 3000:
        return
    left, upper = round(x0) - box[0], round(y0) - box[1]
    surface = inside((width, width), shot.scale).resize((width, height), Image.Resampling.BILINEAR)
    deep = form.height / max(form.widest, 1)
    shade = enlarged(field(40, 28, lambda x, y: _hollow(x * 2 - 1, y * 2 - 1, deep)), (width, height))
    floor = shaded(surface, shade, finish.hollow or mix(finish.shadow, (0, 0, 0), 0.25))
    # The lip catches the light all round, most towards the window.
    rim_light = enlarged(field(40, 28, lambda x, y: 0.86 - 0.22 * (x + y - 1)), (width, height))
    rim = shaded(ramp(rim_light, ((0.0, (0, 0, 0)), (1.0, WARM))), Image.new("L", (width, height), 255), finish.shadow)
    rim = Image.blend(shaded(surface, rim_light, finish.shadow), rim, 0.12 + 0.2 * finish.gloss)
    outer = _ellipse((width, height), 1.0)
    hole = _ellipse((width, height), inner / lip)
    body.paste(rim, (left, upper), outer)
    body.paste(floor, (left, upper), hole)


WARM: RGB = (255, 248, 236)


def _ellipse(size: tuple[int, int], share: float) -> Image.Image:
    big = Image.new("L", (size[0] * 2, size[1] * 2))
    inset_x = size[0] * (1 - share)
    # The near wall of a lip looks a touch thicker than the far one.
    inset_y = size[1] * (1 - share)
    ImageDraw.Draw(big).ellipse((inset_x, inset_y * 0.9, size[0] * 2 - inset_x, size[1] * 2 - inset_y * 1.1), fill=255)
    return big.reduce(2)


def _hollow(u: float, v: float, deep: float) -> float:
    """Light within a vessel: the wall away from the window is lit, the one under it is in shade, depth is dark."""
    far = math.hypot(u, v)
    sunk = min(1.0, deep / 1.6)
    wall = far * far
    value = 0.74 - 0.44 * sunk
    value += (0.3 * u + 0.1 * v) * (0.35 + 0.65 * wall)
    value -= 0.22 * math.exp(-(((u + 0.35) / 0.5) ** 2 + ((v + 0.1) / 0.6) ** 2)) * (1 - 0.5 * sunk)
    value -= 0.26 * sunk * max(0.0, v + 0.15)
    return value


def ground(shot: Shot, form: Form, cx: float, base: float, strength: float = 1.0) -> None:
    """Contact shadow and the longer one thrown to the right."""
    foot = form.foot
    shot.ellipse_shadow(
        cx + form.widest * 0.62,
        base + foot * form.tilt * 0.35,
        form.widest * 0.95,
        max(8.0, foot * form.tilt * 0.8),
        form.widest * 0.2,
        0.34 * strength,
    )
    shot.ellipse_shadow(
        cx + form.widest * 0.22,
        base + foot * form.tilt * 0.3,
        foot * 1.12,
        max(7.0, foot * form.tilt * 1.05),
        16,
        0.42 * strength,
    )
    shot.ellipse_shadow(
        cx + 4, base + foot * form.tilt * 0.12, foot * 1.0, max(4.0, foot * form.tilt), 5, 0.62 * strength
    )


def stand(
    shot: Shot,
    form: Form,
    cx: float,
    base: float,
    texture: Texture,
    finish: Finish,
    inside: Texture | None = None,
) -> Sprite | None:
    """Shadow and piece together."""
    ground(shot, form, cx, base)
    sprite = turn(shot, form, cx, base, texture, finish, inside)
    if sprite:
        shot.place(sprite)
    return sprite


def tint_for(colour: RGB) -> RGB:
    """The colour that a surface's own shadow takes."""
    return mix(mix(colour, (40, 30, 40), 0.62), (0, 0, 0), 0.12)


def pale(colour: RGB) -> RGB:
    return lighten(colour, 0.4)


def soft_edge(mask: Image.Image, radius: float) -> Image.Image:
    return soften(mask, radius)
