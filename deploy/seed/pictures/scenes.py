"""Rooms and tables in which a piece is shown among things whose size one knows."""

import math
import random
from collections.abc import Callable

from deploy.seed.content.model import Motif
from deploy.seed.pictures import props, studio
from deploy.seed.pictures.kit.outline import Point, points, rectangle, smooth_path
from deploy.seed.pictures.kit.paint import RGB, darken, enlarged, field, lighten, lit, mix
from deploy.seed.pictures.kit.piece import colours
from deploy.seed.pictures.kit.shot import Shot, Sprite
from deploy.seed.pictures.kit.strokes import tube
from deploy.seed.pictures.motifs import piece_for
from deploy.seed.pictures.motifs.cloth import fringe, patch
from deploy.seed.pictures.motifs.walls import framed
from deploy.seed.pictures.surfaces import wood

LINEN: RGB = (214, 204, 186)
_OAK: RGB = (188, 148, 100)
_WALNUT: RGB = (122, 84, 56)
_PEAR: RGB = (196, 176, 84)
_LEAF: RGB = (112, 126, 88)

_ON_SHELF = {
    "mug": 190,
    "cup": 210,
    "teapot": 300,
    "jar": 270,
    "bowl": 330,
    "tumbler": 190,
    "paperweight": 150,
    "plate": 360,
    "carafe": 380,
    "planter": 400,
    "candlestick": 420,
    "basket": 480,
    "box": 330,
    "glass_bowl": 360,
    "jug": 380,
}
"""How wide or high, in scene units, a piece stands on a shelf whose books are about 300 high."""
_BY_WIDTH = {"bowl", "plate", "glass_bowl", "box", "basket", "cup"}


def scene(shot: Shot, motif: Motif, variety: int) -> None:
    """The scene that suits the motif's kind; on a shelf if none is named."""
    wall = studio.backdrop_colour(shot, variety + 2)
    _SCENES.get(motif.kind, _on_shelf)(shot, motif, wall, variety)


def book_tones(shot: Shot) -> tuple[RGB, ...]:
    tones = (shot.palette[2], shot.palette[3], shot.palette[1], darken(shot.palette[2], 0.3))
    return tuple(mix(tone, (150, 140, 128), 0.18) for tone in tones)


def peg(shot: Shot, x: float, y: float) -> None:
    """One wooden peg in the wall."""
    shot.ellipse_shadow(x + 16, y + 18, 24, 24, 9, 0.5)
    tube(shot, [(x, y - 6), (x, y + 6), (x, y + 20)], 30, darken(_OAK, 0.2), gloss=0.3, smooth=False)
    tube(shot, [(x - 1, y + 14), (x, y + 20), (x + 1, y + 26)], 44, _OAK, gloss=0.4, smooth=False)


def _draw(shot: Shot, motif: Motif, x: float, y: float, size: float) -> None:
    piece_for(motif).draw(shot, motif, x, y, size)


def _hex(colour: RGB) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def _room(shot: Shot, motif: Motif, wall: RGB, variety: int, floor: float = 1600) -> None:
    ground = darken(mix(shot.palette[1], wall, 0.4), 0.08) if floor < 1000 else wall
    backdrop = studio.contrasting(shot, motif, wall)
    studio.studio(shot, backdrop, ground, floor, window=True, leaves=variety % 2 == 0)


def camera(motif: Motif, variety: int) -> tuple[float, Point]:
    """Zoom and focus of a scene: small things on a shelf need the camera closer."""
    if motif.kind not in _ON_SHELF:
        return 1.0, (500.0, 500.0)
    zoom = 1.15 + max(0.0, 430 - _ON_SHELF[motif.kind]) / 600
    x = 560 if variety % 2 == 1 else 430
    return zoom, (500 + (x - 500) * 0.6, 500 + 210 * (1 - 1 / zoom))


def _on_shelf(shot: Shot, motif: Motif, wall: RGB, variety: int) -> None:
    width, height = piece_for(motif).extent(motif)
    size = _ON_SHELF.get(motif.kind, 430) / (width if motif.kind in _BY_WIDTH else height)
    studio.shelf(shot, studio.contrasting(shot, motif, wall), _OAK if variety % 3 else _WALNUT, 690)
    tones = book_tones(shot)
    flip = variety % 2 == 1
    if variety % 3 == 0:
        x = 240 if flip else 760
        top = props.books_lying(shot, x, 728, 0.8, tones[:3])
        props.bottle_with_sprig(shot, x, top + 8, 0.62, shot.palette[4], _LEAF)
    else:
        props.books_standing(shot, 110 if flip else 690, 728, 0.95, tones)
        props.bottle_with_sprig(shot, 850 if flip else 150, 734, 0.85, shot.palette[4], _LEAF)
    _draw(shot, motif, 560 if flip else 430, 742, size)


def _on_linen(shot: Shot, motif: Motif, wall: RGB, variety: int) -> None:
    del wall
    studio.flat_lay(shot, mix(LINEN, shot.palette[0], 0.3), "linen")
    width, height = piece_for(motif).extent(motif)
    green = mix(_PEAR, (134, 150, 70), 0.45 if variety % 2 else 0.0)
    props.pear(shot, 190, 800, 0.95, green, -0.5)
    props.pear(shot, 360, 872, 0.9, _PEAR, 0.4)
    props.pear(shot, 838, 168, 0.92, mix(green, (176, 96, 60), 0.2), 2.3)
    _draw(shot, motif, 545, 470, min(600 / width, 560 / height))


def _in_dish(shot: Shot, motif: Motif, wall: RGB, variety: int) -> None:
    if variety % 2:
        studio.flat_lay(shot, mix(_OAK, _WALNUT, 0.35), "wood")
    else:
        studio.flat_lay(shot, mix(wall, LINEN, 0.5), "linen")
    beside = motif.kind == "brooch"
    stone = mix(shot.palette[4], shot.palette[1], 0.35)
    props.dish(shot, 330 if beside else 470, 330 if beside else 520, 250 if beside else 385, stone)
    size = (360 if beside else 430) / max(piece_for(motif).extent(motif))
    _draw(shot, motif, 660 if beside else 480, 670 if beside else 540, size)


def _on_desk(shot: Shot, motif: Motif, wall: RGB, variety: int) -> None:
    del wall
    studio.flat_lay(shot, mix(_OAK, _WALNUT, 0.2 if variety % 2 else 0.65), "wood")
    width, height = piece_for(motif).extent(motif)
    if motif.kind == "wallet":
        _draw(shot, Motif("notebook", "pocket", "canvas", ("#cfc6b2", "#3b4550")), 300, 360, 0.95)
        _draw(shot, motif, 610, 610, 400 / width)
        props.pencil(shot, 590, 130, 420, 0.5, shot.palette[3])
        return
    _draw(shot, motif, 440, 500, min(560 / width, 640 / height))
    props.pencil(shot, 770, 300, 440, 1.35, shot.palette[3])


def _from_peg(shot: Shot, motif: Motif, wall: RGB, variety: int) -> None:
    _room(shot, motif, wall, variety)
    _draw(shot, Motif("peg_rail", "five", "maple", ("#d8bb90", "#b18b5c")), 500, 190, 1.35)
    if motif.kind == "tote":
        _draw(shot, motif, 500, 554, 0.86)
    elif motif.kind == "satchel":
        _draw(shot, motif, 500, 634, 0.86)
    else:
        _drape(shot, motif, 500, 236, 560 if motif.kind == "scarf" else 470)


def _drape(shot: Shot, motif: Motif, x: float, top: float, length: float) -> None:
    """Cloth hanging in folds from one peg."""
    wide = 120 if motif.kind == "scarf" else 170

    def folds(u: float, v: float) -> float:
        return 0.54 + 0.2 * math.sin(u * 13 + 1.2 * math.sin(v * 3)) * min(1.0, v * 3 + 0.3) - 0.1 * u

    def hung(text: str) -> list[tuple[float, float]]:
        return smooth_path([(x + px * wide, top + py * length) for px, py in points(text)], 8)

    behind = hung("-0.06 0, 0.34 0.1, 1.15 0.55, 1.2 0.9, 0.16 0.93, -0.16 0.16")
    patch(shot, motif, behind, 0.8, folds, part=2, soft=18, reach=26, dim=0.14)
    front = "-0.2 -0.025, 0.18 -0.028, 0.42 0.2, 0.55 0.7, 0.6 1, -0.2 1.02, -1 0.993, -0.9 0.6, -0.48 0.22"
    patch(shot, motif, hung(front), 0.8, folds, part=3, soft=20, reach=22)
    if motif.surface == "tweed":
        hem = (x - wide + 12, top + length - 2), (x + wide * 0.56, top + length + 2)
        fringe(shot, *hem, 52, colours(motif)[:2])


def _rail_in_room(shot: Shot, motif: Motif, wall: RGB, variety: int) -> None:
    _room(shot, motif, wall, variety)
    _draw(shot, motif, 500, 300, 0.92)
    tones = _hex(shot.palette[2]), _hex(darken(shot.palette[2], 0.35))
    _drape(shot, Motif("scarf", "coiled", "tweed", tones), 335, 330, 470)


def _on_bench(shot: Shot, motif: Motif, wall: RGB, variety: int) -> None:
    """A plain wooden bench against the wall."""
    _room(shot, motif, wall, variety, 850)
    shot.ellipse_shadow(520, 905, 400, 26, 24, 0.4)
    oak, dark = (185, 143, 94), (138, 98, 57)
    for x, splay in ((190, -14), (790, 14)):
        tube(shot, [(x, 690), (x + splay, 900)], 46, darken(oak, 0.2), gloss=0.2, smooth=False)
    for middle, deep, dim in ((644, 48, 0.0), (686, 36, 0.24)):
        mask, left, upper = shot.outline(rectangle(500, middle, 780, deep))
        tones = darken(oak, dim), darken(dark, dim)
        face = wood.timber(mask.size, "oak", tones, random.Random(middle), shot.scale)
        shade = enlarged(field(24, 6, lambda x, y: 0.54 - 0.12 * x - 0.08 * y), mask.size)
        shot.place(Sprite(lit(face, shade), mask, left, upper))
    if motif.kind == "cushion":
        _draw(shot, motif, 400, 640, 400 / piece_for(motif).extent(motif)[0])
    else:
        _over_bench(shot, motif)


def _over_bench(shot: Shot, motif: Motif) -> None:
    """A blanket laid over the bench, falling down its front."""
    lying = smooth_path(points("256 634, 300 604, 500 598, 690 606, 724 634, 716 672, 500 676, 262 672"), 8)
    patch(shot, motif, lying, 0.72, lambda x, y: 0.6 - 0.1 * x - 0.1 * y, part=1, soft=14, reach=8)
    falling = "258 654, 400 662, 560 660, 720 654, 730 740, 722 838, 600 850, 460 844, 330 852, 262 840, 252 740"

    def folds(x: float, y: float) -> float:
        return 0.54 + 0.11 * math.sin(x * 16 + y) * min(1.0, y * 1.6) - 0.1 * x - 0.1 * y

    patch(shot, motif, smooth_path(points(falling), 8), 0.72, folds, part=2, soft=14, reach=20)
    if motif.surface in {"herringbone", "plaid"}:
        fringe(shot, (270, 842), (716, 842), 44, colours(motif)[:2], size=0.8)


def _stool_in_room(shot: Shot, motif: Motif, wall: RGB, variety: int) -> None:
    _room(shot, motif, wall, variety, 770)
    _draw(shot, motif, 500, 900, 1.0)
    tones = _hex(shot.palette[4]), _hex(mix(shot.palette[2], (160, 160, 160), 0.4))
    _draw(shot, Motif("blanket", "folded", "herringbone", tones), 496, 408, 0.36)


def _above_shelf(shot: Shot, motif: Motif, wall: RGB, variety: int) -> None:
    studio.shelf(shot, lighten(wall, 0.12), _OAK if variety % 2 else _WALNUT, 820)
    framed(shot, motif, 470, 400, 0.86)
    top = props.books_lying(shot, 790, 858, 0.72, book_tones(shot)[:3])
    props.bottle_with_sprig(shot, 790, top + 6, 0.55, shot.palette[4], _LEAF)


def _over_table(shot: Shot, motif: Motif, wall: RGB, variety: int) -> None:
    studio.studio(shot, wall, wall, 1600)
    studio.evening(shot)
    mask, left, top = shot.outline(rectangle(500, 920, 1100, 240))
    shade = enlarged(field(24, 12, lambda x, y: 0.5 - 0.5 * abs(x - 0.5) - 0.16 * y), mask.size)
    table = wood.timber(mask.size, "walnut", (_WALNUT, darken(_WALNUT, 0.4)), random.Random(4), shot.scale)
    shot.place(Sprite(lit(table, shade), mask, left, top))

    def pool(x: float, y: float) -> float:
        return max(0.0, 1 - ((x - 0.5) / 0.5) ** 2 - ((y - 0.9) / 0.13) ** 2)

    shot.stain(field(40, 40, pool).resize(shot.image.size), 0, 0, (250, 214, 156), 0.5)
    bowl = Motif("bowl", "open", "speckle", (_hex(shot.palette[4]), "#8d6b4c"))
    _draw(shot, bowl, 540 if variety % 2 else 440, 880, 0.5)
    _draw(shot, motif, 500, 370, 0.78)


_SCENES: dict[str, Callable[[Shot, Motif, RGB, int], None]] = {
    **dict.fromkeys(("board", "spoons", "knife", "trivet", "tray", "skillet", "rolling_pin"), _on_linen),
    **dict.fromkeys(("ring", "earrings", "pendant", "bangle", "brooch"), _in_dish),
    **dict.fromkeys(("wallet", "notebook", "cards", "papers", "belt"), _on_desk),
    **dict.fromkeys(("scarf", "towel", "tote", "satchel", "runner"), _from_peg),
    **dict.fromkeys(("blanket", "cushion"), _on_bench),
    "peg_rail": _rail_in_room,
    "stool": _stool_in_room,
    "print": _above_shelf,
    "lamp": _over_table,
}
