"""What every drawable piece offers to the composition: its size, where its texture is, and how it is drawn."""

from collections.abc import Callable
from dataclasses import dataclass

from deploy.seed.content.model import Motif
from deploy.seed.pictures.kit.paint import RGB, rgb
from deploy.seed.pictures.kit.shot import Shot

Draw = Callable[[Shot, Motif, float, float, float], None]
"""shot, motif, x, y, size: `y` is the foot of a standing piece, the middle of a lying one, the nail of a hung one."""


@dataclass(frozen=True)
class Piece:
    draw: Draw
    extent: Callable[[Motif], tuple[float, float]]
    """Width and height in scene units at size 1."""
    detail: tuple[float, float] = (0.0, 0.45)
    """Where to look closely: shares of the extent, from the middle across and from the top down."""
    close: float = 2.3
    """Zoom of the close-up."""


def fixed(width: float, height: float) -> Callable[[Motif], tuple[float, float]]:
    """The extent of a piece whose size does not depend on its motif."""
    return lambda motif: (width, height * motif.proportion)


def colours(motif: Motif) -> tuple[RGB, ...]:
    return tuple(rgb(colour) for colour in motif.colours)
