"""Shop banners and avatars."""

from PIL import Image, ImageDraw

from deploy.seed.content import LISTINGS
from deploy.seed.content.model import Listing, Shop
from deploy.seed.pictures import props, scenes, studio
from deploy.seed.pictures.kit.paint import darken, lighten, mix, rgb
from deploy.seed.pictures.kit.shot import FRAME, Shot
from deploy.seed.pictures.motifs import LYING, STANDING, piece_for


def _pieces(shop: Shop) -> list[Listing]:
    return [listing for listing in LISTINGS if listing.shop == shop.slug]


def banner(shop: Shop, width: int, height: int) -> Image.Image:
    """A shelf in the workshop with the shop's own pieces, or a wall of them when they hang or lie."""
    palette = [rgb(colour) for colour in shop.palette]
    shot = Shot(width, height, palette, f"banner/{shop.slug}", 1.0, (500, 187.5))
    pieces = _pieces(shop)
    upright = [item for item in pieces if item.motif.kind in STANDING and item.motif.kind != "stool"]
    wall = studio.backdrop_colour(shot, len(shop.slug))
    if len(upright) >= 3:
        studio.shelf(shot, wall, (184, 144, 98), 268, thickness=30)
        _row(shot, upright[:6])
    else:
        studio.flat_lay(shot, mix(wall, palette[1], 0.3), "plaster")
        flat = [item for item in pieces if item.motif.kind in LYING or item.motif.kind == "print"][:6]
        _spread(shot, flat or pieces[:5])
    studio.vignette(shot, 0.2)
    return shot.image


def _row(shot: Shot, items: list[Listing]) -> None:
    tones = scenes.book_tones(shot)
    props.books_standing(shot, 24, 292, 0.42, tones)
    left, right = 150.0, 890.0
    step = (right - left) / len(items)
    for index, item in enumerate(items):
        piece = piece_for(item.motif)
        width, height = piece.extent(item.motif)
        size = min((step - 16) / width, 225 / height)
        piece.draw(shot, item.motif, left + (index + 0.5) * step, 300, size)
    props.bottle_with_sprig(shot, 940, 296, 0.46, shot.palette[4], (112, 126, 88))


def _spread(shot: Shot, items: list[Listing]) -> None:
    step = FRAME / len(items)
    for index, item in enumerate(items):
        piece = piece_for(item.motif)
        width, height = piece.extent(item.motif)
        size = min((step - 14) / width, 290 / height)
        piece.draw(shot, item.motif, (index + 0.5) * step, 187 + (10 if index % 2 else -10), size)


def avatar(shop: Shop, side: int) -> Image.Image:
    """The first piece of the shop in a circle."""
    palette = [rgb(colour) for colour in shop.palette]
    item = _pieces(shop)[0]
    shot = Shot(side * 2, side * 2, palette, f"avatar/{shop.slug}", 1.0, (500, 500))
    studio.studio(shot, mix(lighten(palette[2], 0.3), palette[0], 0.35), darken(palette[0], 0.05), 1600)
    piece = piece_for(item.motif)
    width, height = piece.extent(item.motif)
    size = min(780 / width, 740 / height)
    standing = item.motif.kind in STANDING
    piece.draw(shot, item.motif, 500, 500 + (height * size / 2 if standing else 0), size)
    mask = Image.new("L", (side * 4, side * 4))
    ImageDraw.Draw(mask).ellipse((0, 0, side * 4 - 1, side * 4 - 1), fill=255)
    result = shot.image.resize((side, side), Image.Resampling.LANCZOS).convert("RGBA")
    result.putalpha(mask.resize((side, side), Image.Resampling.LANCZOS))
    return result
