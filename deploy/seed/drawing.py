"""Draws and encodes all pictures of one shop, so that a process of its own can do it."""

from collections.abc import Sequence
from dataclasses import dataclass

from deploy.seed.content import Listing, Shop
from deploy.seed.pictures import draw, draw_avatar, draw_shop, renditions

PICTURE_SIZE = 960
"""Pixels of a listing's square picture at its largest."""


@dataclass(frozen=True, slots=True)
class DrawnPicture:
    use: str
    """`listing`, `avatar` or `banner`."""
    renditions: tuple[tuple[int, str, bytes], ...]
    """(width in pixels, media type, body)."""
    listing_slug: str = ""
    position: int = 0
    alt: str = ""


def draw_everything_of(shop: Shop, listings: Sequence[Listing]) -> tuple[str, list[DrawnPicture]]:
    """The shop's slug, and its pictures: avatar, banner, then each listing's views."""
    drawn = [
        DrawnPicture("avatar", tuple(renditions(draw_avatar(shop)))),
        DrawnPicture("banner", tuple(renditions(draw_shop(shop)))),
    ]
    for listing in listings:
        for position, picture in enumerate(listing.pictures):
            image = draw(listing, picture.view, PICTURE_SIZE, PICTURE_SIZE)
            drawn.append(DrawnPicture("listing", tuple(renditions(image)), listing.slug, position, picture.alt))
    return shop.slug, drawn
