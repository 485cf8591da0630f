"""Turns what somebody uploads into pictures that are safe to show: decoded, checked, and encoded anew without metadata.

Stores nothing.
"""

import asyncio
import hashlib
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

from api.catalogue.schemas import PICTURE_WIDTHS
from api.limits import PICTURE
from models.errors import InvalidInput, TooLarge

MEDIA_TYPE = "image/webp"
MAX_PIXELS = 40_000_000
MIN_SIDE = 200
FORMATS = ("JPEG", "PNG", "WEBP")
_ONE_AT_A_TIME = asyncio.Semaphore(1)
"""Decoding 40 million pixels takes 120 MB."""


@dataclass(frozen=True, slots=True)
class PreparedPicture:
    content_id: str
    """SHA-256 of the upload."""
    width: int
    height: int
    """As it is to be seen, whatever way the camera was held."""
    renditions: dict[int, bytes]


async def prepare(data: bytes) -> PreparedPicture:
    """Raises `TooLarge`, or `InvalidInput` for what is no picture, too small or too many pixels."""
    if len(data) > PICTURE:
        raise TooLarge(f"This picture is larger than {PICTURE / 1e6:g} MB. Save it smaller and try again.")
    async with _ONE_AT_A_TIME:
        return await asyncio.to_thread(_prepare, data)


def _prepare(data: bytes) -> PreparedPicture:
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise _too_many_pixels()
            if min(opened.size) < MIN_SIDE:
                raise InvalidInput(
                    f"This picture is too small to show a piece: it needs {MIN_SIDE} pixels on each side.", field="file"
                )
            # A JPEG may be decoded smaller at once; the sizes told are still those of the upload.
            full = opened.size
            opened.draft("RGB", (2 * PICTURE_WIDTHS[-1], 2 * PICTURE_WIDTHS[-1]))
            upright = ImageOps.exif_transpose(opened)
            turned = (upright.width > upright.height) != (opened.width > opened.height)
            picture = _opaque(upright)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels() from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise InvalidInput("We can't read this picture. Upload a JPEG, PNG or WebP file.", field="file") from error
    width, height = (full[1], full[0]) if turned else full
    return PreparedPicture(
        hashlib.sha256(data).hexdigest(), width, height, {wide: _rendition(picture, wide) for wide in PICTURE_WIDTHS}
    )


def _opaque(picture: Image.Image) -> Image.Image:
    """On white where it is transparent, like the page it will stand on."""
    if picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info:
        layered = picture.convert("RGBA")
        white = Image.new("RGBA", layered.size, "white")
        return Image.alpha_composite(white, layered).convert("RGB")
    return picture.convert("RGB")


def _rendition(picture: Image.Image, wide: int) -> bytes:
    """Never enlarged: a small original is served as it is under each width."""
    if picture.width > wide:
        picture = picture.resize((wide, max(1, round(picture.height * wide / picture.width))), Image.Resampling.LANCZOS)
    buffer = BytesIO()
    picture.save(buffer, "WEBP", quality=82, method=4)
    return buffer.getvalue()


def _too_many_pixels() -> InvalidInput:
    return InvalidInput("This picture has more than 40 million pixels. Scale it down and try again.", field="file")
