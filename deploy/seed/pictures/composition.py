"""Art direction: which stage each piece gets for each view.

View 0 is the piece alone, 1 its texture close up, 2 in a room or among things whose size one knows.
"""

from deploy.seed.content.model import Listing, Motif
from deploy.seed.pictures import scenes, studio
from deploy.seed.pictures.kit.outline import Point
from deploy.seed.pictures.kit.paint import lighten, mix
from deploy.seed.pictures.kit.piece import Piece
from deploy.seed.pictures.kit.shot import Shot
from deploy.seed.pictures.motifs import HUNG, STANDING, piece_for

_ON_LINEN = {"rolling_pin", "knife", "spoons"}


def compose(shot: Shot, listing: Listing, view: int, variety: int) -> None:
    """Take the picture. `variety` is any number that belongs to the listing; it chooses among backdrops."""
    if view == 2:
        scenes.scene(shot, listing.motif, variety)
    else:
        _alone(shot, listing.motif, variety)
    if view == 1:
        studio.close_focus(shot)
    studio.vignette(shot)


def camera(motif: Motif, view: int, variety: int) -> tuple[float, Point]:
    """Zoom and focus of a view."""
    if view == 2:
        return scenes.camera(motif, variety)
    if view == 0:
        return 1.0, (500.0, 500.0)
    piece = piece_for(motif)
    width, height = piece.extent(motif)
    size = _fit(piece, motif)
    _, top = _place(piece, motif)
    return piece.close, (500 + piece.detail[0] * width * size, top + piece.detail[1] * height * size)


def _fit(piece: Piece, motif: Motif) -> float:
    width, height = piece.extent(motif)
    return min(710 / width, 660 / height, 1.7)


def _place(piece: Piece, motif: Motif) -> Point:
    """Foot and top of the piece when it is shown alone."""
    height = piece.extent(motif)[1] * _fit(piece, motif)
    if motif.kind in STANDING:
        foot = min(850.0, 570 + height * 0.5)
        return foot, foot - height
    return 500.0, 500 - height / 2


def _alone(shot: Shot, motif: Motif, variety: int) -> None:
    piece = piece_for(motif)
    size = _fit(piece, motif)
    wall = studio.contrasting(shot, motif, studio.backdrop_colour(shot, variety))
    foot, _ = _place(piece, motif)
    if motif.kind in STANDING:
        table = mix(shot.palette[4], wall, 0.25) if variety % 3 else mix(wall, lighten(wall, 0.4), 0.6)
        studio.studio(shot, wall, table, foot - 130, window=variety % 4 in {0, 3}, leaves=variety % 4 == 0)
        piece.draw(shot, motif, 500, foot, size)
    elif motif.kind == "blanket":
        studio.studio(shot, wall, mix(shot.palette[4], wall, 0.25), 600, window=variety % 2 == 0)
        piece.draw(shot, motif, 500, 540, size)
    elif (motif.kind in HUNG and motif.kind != "print") or motif.form == "framed":
        sunny = motif.kind != "lamp" and variety % 2 == 0
        studio.studio(shot, wall, wall, 1600, window=sunny, leaves=variety % 4 == 0)
        if motif.kind == "lamp":
            studio.evening(shot)
        elif motif.kind in {"tote", "satchel"}:
            scenes.peg(shot, 500, 500 - (356 if motif.kind == "tote" else 448) * size)
        piece.draw(shot, motif, 500, 500, size)
    else:
        linen = motif.kind in _ON_LINEN
        studio.flat_lay(shot, scenes.LINEN if linen else wall, "linen" if linen else "plaster")
        piece.draw(shot, motif, 500, 500, size)
