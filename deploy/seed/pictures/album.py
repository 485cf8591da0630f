"""The public face of the pictures: from a listing or a shop to an image, and from an image to the files to store."""

import io
import zlib
from functools import lru_cache

from PIL import Image

from deploy.seed.content import SHOPS
from deploy.seed.content.model import Listing, Shop
from deploy.seed.pictures import composition
from deploy.seed.pictures.banner import avatar, banner
from deploy.seed.pictures.kit.paint import RGB, rgb
from deploy.seed.pictures.kit.shot import Shot

WIDTHS = (320, 640, 960, 1600)


QUALITIES = (79, 66, 54, 42)
BYTES = {320: 18_000, 640: 45_000, 960: 90_000, 1600: 120_000}
"""What a picture of a width may weigh; a busy one (wicker, rag rug) is stored at the first quality that keeps to it."""


@lru_cache(maxsize=64)
def _palette(shop: str) -> tuple[RGB, ...]:
    return next(tuple(rgb(colour) for colour in candidate.palette) for candidate in SHOPS if candidate.slug == shop)


def draw(listing: Listing, view: int, width: int = 960, height: int = 960) -> Image.Image:
    """The picture of a listing's view (see `Picture`). The same arguments give the same pixels, on any machine."""
    variety = zlib.crc32(listing.slug.encode())
    zoom, focus = composition.camera(listing.motif, view, variety)
    shot = Shot(width, height, _palette(listing.shop), f"{listing.slug}/{view}", zoom, focus)
    composition.compose(shot, listing, view, variety)
    return shot.image


def draw_shop(shop: Shop, width: int = 1600, height: int = 600) -> Image.Image:
    """A banner of the workshop: its shelves with its own pieces."""
    return banner(shop, width, height)


def draw_avatar(shop: Shop, side: int = 320) -> Image.Image:
    """A round mark (RGBA) in the shop's colours: one of its pieces."""
    return avatar(shop, side)


def renditions(image: Image.Image, widths: tuple[int, ...] = WIDTHS) -> list[tuple[int, str, bytes]]:
    """(width, media type, bytes) of a picture in WebP, no larger than the picture itself, narrowest first."""
    files = []
    current = image
    for width in sorted((w for w in widths if w <= image.width), reverse=True):
        if current.width != width:
            height = round(image.height * width / image.width)
            if current.width == 2 * width and current.height == 2 * height:
                current = current.reduce(2)
            else:
                current = current.resize((width, height), Image.Resampling.HAMMING)
        files.append((width, "image/webp", _encoded(current, BYTES.get(width, width * 90))))
    return files[::-1]


def _encoded(image: Image.Image, limit: int) -> bytes:
    body = b""
    for quality in QUALITIES:
        buffer = io.BytesIO()
        image.save(buffer, "WEBP", quality=quality, method=2)
        body = buffer.getvalue()
        if len(body) <= limit:
            break
    return body
