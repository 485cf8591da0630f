"""What stands beside a piece to show its size: books, a sprig in a bottle, pears, a pencil, a stone dish."""

import math

from PIL import Image, ImageDraw

from deploy.seed.pictures.kit.lathe import Finish, Form, stand, tint_for
from deploy.seed.pictures.kit.paint import RGB, clouds, darken, enlarged, field, lighten, lit, mix, noise, ramp
from deploy.seed.pictures.kit.shot import Shot, Sprite
from deploy.seed.pictures.kit.strokes import grainy, sprig, tube


def books_lying(shot: Shot, x: float, base: float, size: float, tones: tuple[RGB, ...]) -> float:
    """A stack of books with their spines to us; returns the height of its top."""
    y = base
    rng = shot.rng
    shot.ellipse_shadow(x + 20 * size, base + 2, 175 * size, 12 * size, 10, 0.5)
    for index, tone in enumerate(tones):
        width, thick = rng.uniform(290, 350) * size, rng.uniform(38, 58) * size
        left = x - width / 2 + rng.uniform(-14, 14) * size
        _spine(shot, left, y - thick, width, thick, tone, index)
        y -= thick
    return y


def _spine(shot: Shot, left: float, top: float, width: float, thick: float, tone: RGB, index: int) -> None:
    r = thick * 0.16
    outline = [
        (left + r, top),
        (left + width - r, top),
        (left + width, top + r),
        (left + width, top + thick - r),
        (left + width - r, top + thick),
        (left + r, top + thick),
        (left, top + thick - r),
        (left, top + r),
    ]
    mask, px, py = shot.outline(outline)
    if mask.width < 3 or mask.height < 3:
        return
    cloth = grainy(tone, shot.rng, 0.22, 1.4 * shot.scale)(mask.size)
    shade = field(12, 16, lambda x, y: 0.52 + 0.12 * math.sin(y * math.pi) - 0.2 * y - 0.1 * x)
    body = lit(cloth, enlarged(shade, mask.size))
    draw = ImageDraw.Draw(body)
    gilt = mix(tone, (226, 196, 140), 0.6)
    for share in ((0.1, 0.13), (0.84, 0.9)) if index % 2 else ((0.14, 0.15), (0.8, 0.81), (0.86, 0.87)):
        draw.rectangle((mask.width * share[0], 0, mask.width * share[1], mask.height), fill=gilt)
    shot.place(Sprite(body, mask, px, py))


def books_standing(shot: Shot, x: float, base: float, size: float, tones: tuple[RGB, ...]) -> None:
    """Upright books, the last one leaning."""
    rng = shot.rng
    left = x
    for index, tone in enumerate(tones):
        width, height = rng.uniform(38, 62) * size, rng.uniform(250, 330) * size
        lean = 46 * size if index == len(tones) - 1 and len(tones) > 2 else 0.0
        outline = [
            (left + lean, base - height),
            (left + width + lean, base - height + lean * 0.2),
            (left + width, base),
            (left, base),
        ]
        shot.ellipse_shadow(left + width * 0.8, base, width * 0.8, 7 * size, 8, 0.4)
        mask, px, py = shot.outline(outline)
        if mask.width > 2 and mask.height > 2:
            cloth = grainy(tone, rng, 0.22, 1.4 * shot.scale)(mask.size)
            shade = enlarged(field(16, 4, lambda u, _v: 0.5 + 0.13 * math.sin(u * math.pi * 0.9) - 0.16 * u), mask.size)
            body = lit(cloth, shade)
            draw = ImageDraw.Draw(body)
            gilt = mix(tone, (226, 196, 140), 0.6)
            for y in (0.14, 0.17, 0.8):
                draw.rectangle((0, mask.height * y, mask.width, mask.height * (y + 0.011)), fill=gilt)
            shot.place(Sprite(body, mask, px, py))
        left += width + 1.5 * size + lean


def bottle_with_sprig(shot: Shot, x: float, base: float, size: float, tone: RGB, leaf: RGB) -> None:
    """A small plain bottle holding a leafy branch."""
    form = Form(
        [
            (0, 17 * size),
            (0.1, 15 * size),
            (0.3, 16 * size),
            (0.46, 44 * size),
            (0.7, 60 * size),
            (0.9, 54 * size),
            (1, 44 * size),
        ],
        190 * size,
        0.18,
        4 * size,
    )

    def plain(area: tuple[int, int], scale: float) -> Image.Image:
        tone_map = clouds(area, 40 * scale, shot.rng)
        return ramp(tone_map, ((0.0, darken(tone, 0.08)), (1.0, lighten(tone, 0.1))))

    stand(shot, form, x, base, plain, Finish(0.2, tint_for(tone)))
    sprig(shot, x, base - 188 * size, 330 * size, leaf, lean=shot.rng.choice([-0.3, 0.28]), pairs=7, leaf=0.26)


def pear(shot: Shot, x: float, y: float, size: float, tone: RGB, angle: float = 0.0) -> None:
    """A pear seen from above, lying on its side; its stalk points along `angle` radians."""
    ux, uy = math.cos(angle), math.sin(angle)
    outline = []
    for step in range(48):
        a = step / 48 * 2 * math.pi
        along = math.cos(a)
        half = 72 - 26 * max(0.0, along) ** 1.2 - 9 * max(0.0, along)
        px, py = along * (104 if along > 0 else 74), math.sin(a) * half
        outline.append((x + (px * ux - py * uy) * size, y + (px * uy + py * ux) * size))
    mask, left, top = shot.outline(outline, margin=4)
    if mask.width < 4 or mask.height < 4:
        return
    skin = ramp(
        Image.blend(
            clouds(mask.size, 46 * shot.scale, shot.rng),
            noise(mask.size, 1.5 * shot.scale, 1.5 * shot.scale, shot.rng),
            0.24,
        ),
        ((0.0, darken(mix(tone, (150, 80, 50), 0.35), 0.05)), (0.5, tone), (1.0, lighten(tone, 0.2))),
    )
    ball = field(32, 32, lambda u, v: 0.86 - 0.95 * math.hypot(u - 0.36, v - 0.34) ** 1.35)
    body = lit(skin, enlarged(ball, mask.size))
    sprite = Sprite(body, mask, left, top)
    shot.drop_shadow(sprite, 26 * size, 0.5)
    shot.place(sprite)
    stalk = [
        (x + ux * 98 * size, y + uy * 98 * size),
        (x + ux * 128 * size - uy * 6, y + uy * 128 * size + ux * 6),
        (x + ux * 150 * size - uy * 20 * size, y + uy * 150 * size + ux * 20 * size),
    ]
    tube(shot, stalk, lambda t: (6 + 5 * t) * size, (92, 66, 44), shadow=6 * size)


def pencil(shot: Shot, x: float, y: float, length: float, angle: float, tone: RGB) -> None:
    """A pencil lying on the desk, its point at the far end."""
    ux, uy = math.cos(angle), math.sin(angle)

    def at(share: float) -> tuple[float, float]:
        return x + ux * length * share, y + uy * length * share

    tube(shot, [at(0), at(0.45), at(0.9)], 15, tone, gloss=0.5, smooth=False, shadow=7)
    tube(shot, [at(0.895), at(0.95), at(0.995)], lambda t: 14 - 12 * t, (222, 186, 138), gloss=0.1, smooth=False)
    tube(shot, [at(0.97), at(0.985), at(1.0)], lambda t: 5 - 4 * t, (58, 56, 58), gloss=0.1, smooth=False)


def dish(shot: Shot, x: float, y: float, radius: float, tone: RGB) -> None:
    """A shallow stone dish from straight above."""
    outline = [(x + radius * math.cos(a / 40 * math.pi), y + radius * math.sin(a / 40 * math.pi)) for a in range(80)]
    mask, left, top = shot.outline(outline)
    if mask.width < 4 or mask.height < 4:
        return
    stone = ramp(
        Image.blend(
            clouds(mask.size, 60 * shot.scale, shot.rng),
            noise(mask.size, 1.6 * shot.scale, 1.6 * shot.scale, shot.rng),
            0.35,
        ),
        ((0.0, darken(tone, 0.07)), (0.5, tone), (1.0, lighten(tone, 0.1))),
    )
    full = round(radius * 2 * shot.scale) + 4

    def hollow(u: float, v: float) -> float:
        d = math.hypot(u - 0.5, v - 0.5) * 2
        lean = (u + v - 1.0) * 0.9
        if d > 0.95:
            return 0.56 - lean * 0.25
        if d > 0.78:
            return 0.47 + lean * 0.36
        return 0.49 + lean * 0.12

    bowl = enlarged(field(72, 72, hollow), (full, full))
    corner = shot.px(x - radius, y - radius)
    dx, dy = round(left - corner[0]) + 1, round(top - corner[1]) + 1
    body = lit(stone, bowl.crop((dx, dy, dx + mask.width, dy + mask.height)))
    sprite = Sprite(body, mask, left, top)
    shot.drop_shadow(sprite, 20, 0.5)
    shot.place(sprite)
