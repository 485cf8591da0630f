"""Books, cards and sheets.

Forms: quarter, pocket, album, square, stab, wrap; fan, grid, envelope, bookmarks; fan, stack.
"""

import math
import random

from PIL import Image, ImageDraw

from deploy.seed.content.model import Motif
from deploy.seed.pictures.kit.lying import Cover, crease, faced, laid
from deploy.seed.pictures.kit.outline import Point, points, rectangle, rounded, turned_about
from deploy.seed.pictures.kit.paint import RGB, darken, lighten, mix
from deploy.seed.pictures.kit.piece import Piece, colours, fixed
from deploy.seed.pictures.kit.shot import Shot
from deploy.seed.pictures.kit.strokes import tube
from deploy.seed.pictures.surfaces import leather, paper, printed, weave


def notebook(shot: Shot, motif: Motif, cx: float, cy: float, size: float) -> None:
    tones = colours(motif)
    rng = random.Random(repr(motif))
    angle = {"pocket": 16.0, "album": -8.0, "square": 9.0, "wrap": -14.0}.get(motif.form, -13.0)
    width, height = {
        "pocket": (390, 590),
        "album": (780, 590),
        "square": (560, 560),
        "stab": (470, 660),
        "wrap": (470, 640),
    }.get(motif.form, (480, 660))

    def at(points: list[Point]) -> list[Point]:
        return turned_about(points, cx, cy, angle, size)

    pages = at([(x + 12, y + 12) for x, y in rounded(width - 6, height - 4, 6)])
    laid(shot, pages, None, angle, edge=4 * size, reach=26 * size, colour=(238, 230, 212))
    for index in range(4):
        line = at([(width / 2 + 4 + index * 2.4, -height / 2 + 10), (width / 2 + 4 + index * 2.4, height / 2 + 8)])
        tube(shot, line, 1.2 * size, (206, 194, 170), gloss=0, smooth=False, strength=0.2)
    cover = at(rounded(width, height, 26 if motif.form in {"pocket", "wrap"} else 8))
    laid(shot, cover, _cover(motif, shot.scale * size, tones, rng), angle, edge=7 * size, reach=6 * size)
    left = -width / 2
    if motif.form in {"quarter", "album"}:
        tone = tones[2] if len(tones) > 2 else darken(tones[0], 0.5)
        spine = at(
            [
                (left, -height / 2),
                (left + width * 0.2, -height / 2),
                (left + width * 0.2, height / 2),
                (left, height / 2),
            ]
        )

        def spine_cloth(area: tuple[int, int]) -> Image.Image:
            if motif.form == "album":
                return leather.hide(area, tone, rng, shot.scale * size)
            return weave.plain(area, tone, rng, shot.scale * size, 3.0)

        laid(shot, spine, spine_cloth, angle, edge=7 * size, reach=3 * size)
        crease(shot, at([(left + width * 0.055, -height / 2), (left + width * 0.055, height / 2)]), size)
        if motif.form == "quarter":
            ribbon_tone = tones[3] if len(tones) > 3 else (190, 90, 60)
            tube(
                shot,
                at([(60, height / 2), (64, height / 2 + 40), (52, height / 2 + 84)]),
                13 * size,
                ribbon_tone,
                gloss=0.2,
                shadow=5 * size,
                strength=0.7,
            )
    elif motif.form == "stab":
        holes = [-0.42, -0.16, 0.16, 0.42]
        x = left + 44
        thread = tones[1]
        tube(
            shot,
            at([(x, -height / 2 + 4), (x, 0), (x, height / 2 - 4)]),
            6 * size,
            thread,
            gloss=0.1,
            smooth=False,
            shadow=3 * size,
        )
        for share in holes:
            y = share * height
            tube(shot, at([(left - 2, y), (x, y)]), 6 * size, thread, gloss=0.1, smooth=False, shadow=3 * size)
        tube(
            shot,
            at([(x, 0.42 * height), (x + 34, 0.5 * height + 30), (x + 10, 0.5 * height + 80)]),
            5 * size,
            thread,
            gloss=0.1,
            shadow=4 * size,
        )
    elif motif.form == "wrap":
        for y in (-12, 14):
            tube(
                shot,
                at([(left - 3, y), (0, y + 3), (width / 2 + 8, y)]),
                11 * size,
                tones[1],
                gloss=0.25,
                shadow=4 * size,
            )
        tube(shot, at(points("40 4, 76 60, 60 130, 92 190")), 10 * size, tones[1], gloss=0.25, shadow=6 * size)
    elif motif.form == "pocket":
        crease(shot, at([(left + 18, -height / 2 + 6), (left + 18, height / 2 - 6)]), size)


def _cover(motif: Motif, scale: float, tones: tuple[RGB, ...], rng: random.Random) -> Cover:
    def draw(area: tuple[int, int]) -> Image.Image:
        if motif.surface == "leather":
            return leather.hide(area, tones[0], rng, scale)
        if motif.surface == "canvas":
            return weave.plain(area, tones[0], rng, scale, 4.6)
        return paper.marbled(area, motif.surface, tones, rng, scale)

    return draw


def cards(shot: Shot, motif: Motif, cx: float, cy: float, size: float) -> None:
    {"fan": _fan, "grid": _grid, "envelope": _envelopes, "bookmarks": _bookmarks}[motif.form](shot, motif, cx, cy, size)


def _card(
    shot: Shot,
    art: Cover | None,
    cx: float,
    cy: float,
    width: float,
    height: float,
    angle: float,
    margin: float,
    stock: RGB,
    *,
    whole: bool = True,
) -> None:
    """A card or sheet with what is printed on it inside its margin."""
    outline = rectangle(cx, cy, width, height, angle)
    laid(shot, outline, lambda area: paper.sheet(area, stock, shot.rng, shot.scale), angle, edge=2.2, reach=8)
    if art:
        inner = rectangle(cx, cy, width - 2 * margin, height - 2 * margin, angle)
        printed_part = faced(shot, inner, art, angle, whole=whole)
        if printed_part:
            shot.place(printed_part)


def _fan(shot: Shot, motif: Motif, cx: float, cy: float, size: float) -> None:
    tones = colours(motif)
    width, height = 300 * size, 400 * size
    for index in range(2):
        _card(
            shot,
            None,
            cx + (230 - 40 * index) * size,
            cy - (150 - 30 * index) * size,
            420 * size,
            310 * size,
            16 - 9 * index,
            0,
            (190, 156, 112),
        )
    for index in range(4):
        angle = -24 + index * 15
        x, y = cx + (-215 + index * 130) * size, cy + (60 - 26 * math.sin(index)) * size
        ink = tones[1] if index % 2 == 0 else tones[2]
        art = _bird(motif, (ink, tones[0], tones[2]), index, shot.scale)
        _card(shot, art, x, y, width, height, angle, 34 * size, tones[0])


def _bird(motif: Motif, inks: tuple[RGB, ...], index: int, scale: float) -> Cover:
    """Every second bird looks the other way."""

    def draw(area: tuple[int, int]) -> Image.Image:
        art = printed.picture(area, motif.surface, inks, random.Random(index), scale)
        return art.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if index % 2 else art

    return draw


def _flag(tones: tuple[RGB, ...], index: int, scale: float) -> Cover:
    """A signal flag over two lines of small type."""

    def draw(area: tuple[int, int]) -> Image.Image:
        art = Image.new("RGB", area, tones[0])
        side = max(4, round(122 * scale))
        flag = printed.picture((side, side), "flags", tones, random.Random(index * 7 + 3), scale)
        art.paste(flag, ((art.width - side) // 2, round(art.height * 0.16)))
        pen = ImageDraw.Draw(art)
        for line, share in enumerate((0.5, 0.34)):
            y = art.height * (0.78 + 0.07 * line)
            left, right = art.width * (0.5 - share / 2), art.width * (0.5 + share / 2)
            pen.rectangle((left, y, right, y + max(1, 4 * scale)), fill=mix(tones[1], tones[0], 0.3))
        return art

    return draw


def _grid(shot: Shot, motif: Motif, cx: float, cy: float, size: float) -> None:
    tones = colours(motif)
    width, height = 186 * size, 250 * size
    for index in range(8):
        x, y = cx + ((index % 4) - 1.5) * 206 * size, cy + ((index // 4) - 0.5) * 282 * size
        art = _flag(tones, index, shot.scale * size)
        _card(shot, art, x, y, width, height, random.Random(index).uniform(-3, 3), 10 * size, tones[0])


def _envelopes(shot: Shot, motif: Motif, cx: float, cy: float, size: float) -> None:
    tones = colours(motif)
    stock = tones[0]
    for index in range(3):
        _card(
            shot,
            None,
            cx - (120 - 12 * index) * size,
            cy - (60 - 14 * index) * size,
            430 * size,
            590 * size,
            -9 + 2.2 * index,
            0,
            lighten(stock, 0.08 * index),
        )
    x, y, angle = cx + 110 * size, cy + 110 * size, 8.0
    width, height = 520.0, 350.0
    flap = turned_about(
        [(-width / 2, -height / 2), (-20, -height / 2 - 210), (20, -height / 2 - 210), (width / 2, -height / 2)],
        x,
        y,
        angle,
        size,
    )
    laid(shot, flap, lambda area: paper.sheet(area, stock, shot.rng, shot.scale), angle, edge=2, reach=7)
    lining = turned_about(
        [
            (-width / 2 + 26, -height / 2),
            (-14, -height / 2 - 184),
            (14, -height / 2 - 184),
            (width / 2 - 26, -height / 2),
        ],
        x,
        y,
        angle,
        size,
    )
    inks = tones[1], stock, tones[2]
    lined = faced(
        shot,
        lining,
        lambda area: paper.marbled(area, motif.surface, inks, random.Random(2), shot.scale * size),
        angle,
    )
    if lined:
        shot.place(lined)
    front = turned_about(rounded(width, height, 5), x, y, angle, size)
    laid(
        shot,
        front,
        lambda area: paper.sheet(area, lighten(stock, 0.1), shot.rng, shot.scale),
        angle,
        edge=2,
        reach=7,
    )
    for side in (-1, 1):
        crease(shot, turned_about([(side * width / 2, height / 2), (side * 20, 6)], x, y, angle, size), size * 0.8)


def _bookmarks(shot: Shot, motif: Motif, cx: float, cy: float, size: float) -> None:
    tones = colours(motif)
    for index, surface in enumerate(("nonpareil", "stone", "curl")):
        angle = -16 + index * 12.0
        x, y = cx + (index - 1) * 190 * size, cy + (index % 2) * 20 * size
        outline = turned_about(rounded(124, 620, 6), x, y, angle, size)
        order = tones[index:] + tones[:index]
        face = _strip(surface, order, index, shot.scale * size)
        laid(shot, outline, face, angle, edge=3 * size, reach=9 * size)
        hole = turned_about([(0, -286)], x, y, angle, size)[0]
        for strand in range(7):
            swing = (strand - 3) * 9
            tube(
                shot,
                [hole, *turned_about([(swing * 0.3, -340), (swing, -410)], x, y, angle, size)],
                4.5 * size,
                mix(tones[2], tones[0], (strand % 3) * 0.12),
                gloss=0.1,
                shadow=3 * size,
            )


def _strip(surface: str, tones: tuple[RGB, ...], index: int, scale: float) -> Cover:
    return lambda area: paper.marbled(area, surface, tones, random.Random(index), scale)


def papers(shot: Shot, motif: Motif, cx: float, cy: float, size: float) -> None:
    tones = colours(motif)
    count = 4 if motif.form == "fan" else 3
    width, height = (520 * size, 680 * size) if motif.form == "fan" else (560 * size, 690 * size)
    for index in range(count):
        angle = -20 + index * 12 if motif.form == "fan" else -9 + index * 7
        x = cx + (index - (count - 1) / 2) * (100 if motif.form == "fan" else 44) * size
        y = cy + (count - index) * 14 * size - 30 * size
        order = tones[index % len(tones) :] + tones[: index % len(tones)] if motif.surface == "swirl" else tones
        art = _sheet(motif, order, index, shot.scale * size)
        margin_tone = tones[-1] if motif.surface == "swirl" else tones[0]
        marbled = motif.surface == "swirl"
        _card(shot, art, x, y, width, height, angle, 0.5, margin_tone, whole=not marbled)


def _sheet(motif: Motif, tones: tuple[RGB, ...], index: int, scale: float) -> Cover:
    def draw(area: tuple[int, int]) -> Image.Image:
        if motif.surface == "swirl":
            return paper.marbled(area, motif.surface, tones, random.Random(index + 5), scale)
        return printed.picture(area, motif.surface, tones, random.Random(index), scale)

    return draw


PIECES: dict[str, Piece] = {
    "notebook": Piece(
        notebook, lambda m: {"album": (860, 680), "square": (620, 640)}.get(m.form, (620, 760)), (0.05, 0.4)
    ),
    "cards": Piece(cards, lambda m: {"grid": (880, 580), "bookmarks": (640, 860)}.get(m.form, (880, 760)), (0.0, 0.5)),
    "papers": Piece(papers, fixed(900, 820), (0.05, 0.4)),
}
