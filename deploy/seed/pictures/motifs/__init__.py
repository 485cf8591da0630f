"""Every kind of piece and its drawing, by how it is shown: standing, lying or hung."""

from deploy.seed.content.model import Motif
from deploy.seed.pictures.kit.piece import Piece
from deploy.seed.pictures.motifs import (
    adornments,
    bags,
    baskets,
    boards,
    candlesticks,
    furniture,
    glass,
    household,
    ironmongery,
    kitchen,
    lamps,
    rings,
    rounds,
    stationery,
    vessels,
    wallets,
    walls,
    wearables,
)

STANDING: dict[str, Piece] = {
    **vessels.PIECES,
    **glass.PIECES,
    **candlesticks.PIECES,
    **baskets.PIECES,
    **furniture.PIECES,
    "cushion": wearables.PIECES["cushion"],
}
LYING: dict[str, Piece] = {
    **boards.PIECES,
    **kitchen.PIECES,
    **rounds.PIECES,
    **wallets.PIECES,
    **stationery.PIECES,
    **rings.PIECES,
    **adornments.PIECES,
    **household.PIECES,
    "scarf": wearables.PIECES["scarf"],
}
HUNG: dict[str, Piece] = {**bags.PIECES, **ironmongery.PIECES, **walls.PIECES, **lamps.PIECES}


def piece_for(motif: Motif) -> Piece:
    """The drawing of a motif's kind; raises KeyError for a kind nobody has drawn."""
    for family in (STANDING, LYING, HUNG):
        if motif.kind in family:
            return family[motif.kind]
    raise KeyError(f"no drawing for {motif.kind!r}")


__all__ = ["HUNG", "LYING", "STANDING", "piece_for"]
