"""Rings (form band, stack, stone, signet, trio) and bangles (cuff, trio, twist)."""

import math
import random

from PIL import ImageChops

from deploy.seed.content.model import Motif
from deploy.seed.pictures.kit.outline import Point, arc, points, turned_about
from deploy.seed.pictures.kit.paint import (
    RGB,
    darken,
    drawn_mask,
    enlarged,
    field,
    lighten,
    lit,
    lit_hard,
    relief,
    scaled,
)
from deploy.seed.pictures.kit.piece import Piece, colours, fixed
from deploy.seed.pictures.kit.shot import Shot, Sprite
from deploy.seed.pictures.kit.strokes import tube
from deploy.seed.pictures.motifs.metalsmith import flake, plate, stone, surface_of
from deploy.seed.pictures.surfaces import metal


def ring(shot: Shot, motif: Motif, cx: float, cy: float, size: float) -> None:
    tones = colours(motif)
    if motif.form == "stack":
        for index, (dx, dy) in enumerate(((-120, 50), (40, -70), (130, 80))):
            _wire_ring(shot, cx + dx * size, cy + dy * size, 190 * size, 17 * size, tones[0], 14 + index * 20)
            a = math.radians(-70 + index * 24)
            flake(shot, cx + dx * size + math.cos(a) * 190 * size, cy + dy * size + math.sin(a) * 150 * size, 17 * size)
        return
    width = {"band": 92.0, "signet": 56.0, "stone": 32.0, "trio": 36.0}[motif.form] * size
    _standing_band(shot, motif, cx, cy, 240 * size, width)
    top = cy - 228 * size
    if motif.form == "stone":
        stone(
            shot,
            arc(cx, top - 14 * size, 118 * size, 86 * size, 0, 360, 48),
            tones[1],
            "moonstone",
            motif.form,
            tones[0],
            thick=10 * size,
        )
    elif motif.form == "signet":
        face = turned_about(points("-104 -84, 104 -84, 116 74, -116 74"), cx, top + 4 * size, 0, size)
        plate(shot, face, motif, edge=14 * size, reach=9 * size)
        stone(
            shot,
            turned_about(_square(84, 62, 14), cx, top, 0, size),
            tones[1],
            "banded",
            "jasper",
            darken(tones[0], 0.1),
            thick=5 * size,
        )
    elif motif.form == "trio":
        for index in (-1, 0, 1):
            stone(
                shot,
                arc(cx + index * 98 * size, top + abs(index) * 26 * size - 8 * size, 46 * size, 42 * size, 0, 360, 36),
                tones[1],
                "veined",
                f"t{index}",
                tones[0],
                thick=7 * size,
            )


def _square(half_x: float, half_y: float, r: float) -> list[Point]:
    points: list[Point] = []
    for sx, sy, start in ((1, -1, -90), (1, 1, 0), (-1, 1, 90), (-1, -1, 180)):
        points += arc(sx * (half_x - r), sy * (half_y - r), r, r, start, start + 90, 6)
    return points


def _wire_ring(shot: Shot, cx: float, cy: float, radius: float, width: float, tone: RGB, turn: float) -> None:
    points = turned_about(arc(0, 0, radius, radius * 0.8, 0, 363, 90), cx, cy, turn, 1)
    tube(shot, points, width, tone, gloss=0.95, smooth=False, strength=1.7, shadow=width * 0.7)


def _standing_band(shot: Shot, motif: Motif, cx: float, cy: float, radius: float, width: float) -> None:
    """A ring on its edge, turned a little towards us: the far inside wall, then the near outside."""
    tones = colours(motif)
    depth = width * 0.9
    shot.ellipse_shadow(cx + radius * 0.3, cy + radius * 1.0, radius * 0.8, radius * 0.13, 20, 0.5)
    shot.ellipse_shadow(cx, cy + radius * 1.0, radius * 0.34, radius * 0.06, 7, 0.6)
    back = arc(cx + depth * 0.5, cy - depth * 0.16, radius * 0.9, radius * 0.96, 0, 360, 72)
    front = arc(cx - depth * 0.5, cy + depth * 0.16, radius * 0.9, radius * 0.96, 0, 360, 72)
    inner_back = arc(cx + depth * 0.5, cy - depth * 0.16, radius * 0.8, radius * 0.86, 0, 360, 72)
    inner_front = arc(cx - depth * 0.5, cy + depth * 0.16, radius * 0.8, radius * 0.86, 0, 360, 72)
    # Outside wall: the hull of both outlines; opening: where both holes agree; inside wall between them.
    hull, left, top = shot.outline(
        back, front, [front[i] for i in range(-18, 1)] + [back[i] for i in range(0, -19, -1)], _bridge(back, front)
    )
    if hull.width < 4 or hull.height < 4:
        return
    rng = random.Random(repr(motif))
    outside = surface_of(hull.size, motif.surface, tones[0], darken(tones[0], 0.5), rng, shot.scale)
    around = enlarged(
        field(44, 44, lambda x, y: 0.5 + 0.32 * math.sin(math.atan2(y - 0.5, x - 0.5) * 3 + 0.9) + 0.2 * (0.5 - y)),
        hull.size,
    )
    outside = lit_hard(outside, around)
    outside = lit(outside, relief(hull, 16 * shot.scale, 1.0))

    def local(points: list[Point]) -> list[Point]:
        return [(x - left, y - top) for x, y in shot.path(points)]

    near_hole = drawn_mask(hull.size, lambda d, f: d.polygon([(x * f, y * f) for x, y in local(inner_front)], fill=255))
    far_hole = drawn_mask(hull.size, lambda d, f: d.polygon([(x * f, y * f) for x, y in local(inner_back)], fill=255))
    inside = metal.polished(hull.size, darken(tones[0], 0.12), darken(tones[0], 0.6), rng)
    deep = enlarged(field(40, 40, lambda x, y: 0.34 + 0.3 * x + 0.18 * math.sin(y * 9)), hull.size)
    outside.paste(lit_hard(inside, deep), (0, 0), near_hole)
    opening = ImageChops.multiply(near_hole, far_hole)
    lip = drawn_mask(
        hull.size,
        lambda d, f: d.line(
            [(x * f, y * f) for x, y in [*local(inner_front), local(inner_front)[0]]],
            fill=255,
            width=max(1, round(4 * shot.scale * f)),
        ),
    )
    outside.paste(lighten(tones[0], 0.65), (0, 0), scaled(lip, 0.7))
    mask = ImageChops.subtract(hull, opening)
    shot.place(Sprite(outside, mask, left, top))


def _bridge(back: list[Point], front: list[Point]) -> list[Point]:
    """The strip between two equal ellipses, along their common tangents."""
    top_back, bottom_back = min(back, key=lambda p: p[1]), max(back, key=lambda p: p[1])
    top_front, bottom_front = min(front, key=lambda p: p[1]), max(front, key=lambda p: p[1])
    return [top_back, top_front, bottom_front, bottom_back]


def bangle(shot: Shot, motif: Motif, cx: float, cy: float, size: float) -> None:
    tones = colours(motif)
    if motif.form == "cuff":
        _cuff(shot, motif, cx, cy, size)
        return
    if motif.form == "trio":
        for index, (dx, dy) in enumerate(((-60, -50), (0, 10), (58, 66))):
            tone = tones[1] if index == 1 else tones[0]
            tube(
                shot,
                turned_about(arc(0, 0, 250, 222, 0, 363, 100), cx + dx * size, cy + dy * size, index * 16, size),
                (24 + 4 * index) * size,
                tone,
                gloss=0.95,
                smooth=False,
                strength=1.7,
                shadow=16 * size,
            )
        return
    for phase, tone in ((0.0, darken(tones[0], 0.14)), (math.pi, tones[0])):
        points = []
        for step in range(361):
            a = math.radians(step)
            r = (272 + 13 * math.sin(step / 360 * math.pi * 2 * 26 + phase)) * size
            points.append((cx + math.cos(a) * r, cy + math.sin(a) * r * 0.9))
        tube(
            shot,
            points,
            19 * size,
            tone,
            gloss=0.9,
            smooth=False,
            strength=1.7,
            shadow=(17 if phase == 0 else 2) * size,
        )


def _cuff(shot: Shot, motif: Motif, cx: float, cy: float, size: float) -> None:
    """An open band lying on its edge, seen from above and in front: inside wall behind, outside wall before."""
    tones = colours(motif)
    rx, ry, tall = 290 * size, 168 * size, 150 * size
    shot.ellipse_shadow(cx + 40 * size, cy + tall * 0.6 + 10 * size, rx * 1.0, ry * 0.9, 24, 0.42)
    rng = random.Random(repr(motif))
    back = [*arc(cx, cy - tall / 2, rx, ry, 180, 360, 60), *arc(cx, cy + tall / 2, rx, ry, 360, 180, 60)]
    for outline, light, inside in (
        (back, 0.42, True),
        *[(part, 0.5, False) for part in _cuff_front(cx, cy, rx, ry, tall)],
    ):
        mask, left, top = shot.outline(outline)
        if mask.width < 4 or mask.height < 4:
            continue
        tone = darken(tones[0], 0.2) if inside else tones[0]
        body = surface_of(mask.size, "polished" if inside else motif.surface, tone, darken(tone, 0.5), rng, shot.scale)
        wave = field(48, 4, lambda x, _y: 0.5 + 0.3 * math.sin(x * 7.5 + 0.4)).point(
            [min(255, round(v * light * 2)) for v in range(256)]
        )
        sheen = enlarged(wave, mask.size)
        body = lit(lit_hard(body, sheen), relief(mask, 7 * shot.scale, 1.2))
        shot.place(Sprite(body, mask, left, top))
    edge = arc(cx, cy - tall / 2, rx, ry, 180, 360, 60)
    tube(shot, edge, 8 * size, lighten(tones[0], 0.2), gloss=0.9, smooth=False)


def _cuff_front(cx: float, cy: float, rx: float, ry: float, tall: float) -> list[list[Point]]:
    parts = []
    for start, end in ((0, 68), (112, 180)):
        parts.append([*arc(cx, cy - tall / 2, rx, ry, start, end, 30), *arc(cx, cy + tall / 2, rx, ry, end, start, 30)])
    return parts


PIECES: dict[str, Piece] = {
    "ring": Piece(ring, fixed(560, 600), (0.05, 0.24), 2.2),
    "bangle": Piece(bangle, fixed(660, 600), (-0.2, 0.66), 2.2),
}
