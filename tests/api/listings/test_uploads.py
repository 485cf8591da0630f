"""What somebody uploads is taken for what it is, whatever it is called, and nothing of it but its picture is kept."""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from api.listings import pictures
from api.listings.pictures import PreparedPicture, prepare
from models.errors import InvalidInput, TooLarge

SECRET = b"<script>alert(1)</script>"


def drawn(kind: str = "JPEG", size: tuple[int, int] = (400, 300), mode: str = "RGB", **save: object) -> bytes:
    buffer = BytesIO()
    # Half dark, half light, so that one can see which picture it is and how it stands.
    image = Image.new(mode, size, "white")
    image.paste(Image.new(mode, (size[0] // 2, size[1]), "black"))
    image.save(buffer, kind, **save)
    return buffer.getvalue()


def only_a_picture(prepared: PreparedPicture) -> None:
    for body in prepared.renditions.values():
        assert body.startswith(b"RIFF") and body[8:12] == b"WEBP"
        assert len(body) == struct.unpack("<I", body[4:8])[0] + 8, "something follows the picture"
        assert SECRET not in body
        with Image.open(BytesIO(body)) as image:
            assert image.format == "WEBP"
            assert not getattr(image, "is_animated", False)
            assert not image.getexif()
            assert not {"exif", "xmp", "icc_profile", "comment"} & image.info.keys()


def _png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def located() -> bytes:
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)})
    exif[0x010F], exif[0x9286] = "A camera", SECRET.decode()
    return drawn(exif=exif, comment=SECRET, xmp=b"<x:xmpmeta>" + SECRET + b"</x:xmpmeta>")


def told() -> bytes:
    words = PngInfo()
    words.add_text("Comment", SECRET.decode())
    return drawn("PNG", pnginfo=words)


TAKEN = {
    "a JPEG with more behind it, which is an archive too": drawn() + b"PK\x03\x04" + SECRET,
    "a JPEG that is a page too": drawn(comment=b"-->" + SECRET + b"<!--"),
    "a PNG with words": told(),
    "a PNG with a page behind it": drawn("PNG") + SECRET,
    "a photograph with its place": located(),
    "a WebP": drawn("WEBP"),
    "a CMYK JPEG": drawn(mode="CMYK"),
    "grey": drawn("PNG", mode="L"),
    "a palette with a transparent colour": drawn("PNG", mode="P", transparency=0),
    "black and white": drawn("PNG", mode="1"),
}


@pytest.mark.parametrize("data", TAKEN.values(), ids=TAKEN.keys())
async def test_nothing_but_the_picture_is_kept(data: bytes) -> None:
    prepared = await prepare(data)
    assert (prepared.width, prepared.height) == (400, 300)
    only_a_picture(prepared)


async def test_of_a_moving_picture_the_first_one_is_kept() -> None:
    frames = [Image.new("RGB", (300, 300), colour) for colour in ("red", "lime", "blue")]
    buffer = BytesIO()
    frames[0].save(buffer, "WEBP", save_all=True, append_images=frames[1:], duration=50, lossless=True)
    prepared = await prepare(buffer.getvalue())
    only_a_picture(prepared)
    with Image.open(BytesIO(prepared.renditions[min(prepared.renditions)])) as image:
        red, green, blue = image.convert("RGB").tobytes()[:3]
        assert red > 200
        assert max(green, blue) < 60


SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="900" height="900">' + SECRET + b"</svg>"
REFUSED = {
    "nothing": b"",
    "SVG": SVG,
    "SVG after a byte order mark": b"\xef\xbb\xbf" + SVG,
    "SVG, packed": zlib.compress(SVG),
    "a page": b"<!doctype html>" + SECRET,
    "a page that begins like a GIF": b"GIF89a/*" + SECRET + b"*/=1;",
    "GIF": drawn("GIF"),
    "BMP": drawn("BMP"),
    "TIFF": drawn("TIFF"),
    "ICO": drawn("ICO", (256, 256)),
    "PDF": drawn("PDF"),
    "EPS, which programs are run for": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 400 300\n(id) system\n",
    "a JPEG's first bytes": b"\xff\xd8\xff\xe0" + SECRET * 40,
    "a JPEG behind other bytes": SECRET + drawn(),
    "half a JPEG": drawn()[: len(drawn()) // 2],
    "half a PNG": drawn("PNG")[: len(drawn("PNG")) // 2],
    "half a WebP": drawn("WEBP")[: len(drawn("WEBP")) // 2],
    "a PNG whose sum is wrong": drawn("PNG").replace(b"IHDR", b"IHDr", 1),
    "too small": drawn(size=(199, 800)),
    "a thread": drawn("PNG", (30_000, 3)),
}


@pytest.mark.parametrize("data", REFUSED.values(), ids=REFUSED.keys())
async def test_what_is_no_picture_of_ours_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput, match=r"Upload a JPEG, PNG or WebP file|too small"):
        await prepare(data)


def claiming(width: int, height: int) -> bytes:
    """A few hundred bytes that say they are this large, with as much data as fits a bomb."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(b"\0" * 4_000_000, 9)
    chunks = _png_chunk(b"IHDR", header) + _png_chunk(b"IDAT", data) + _png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


@pytest.mark.parametrize(
    "size", [(8_000, 5_001), (50_000, 50_000), (2**31 - 1, 2**31 - 1), (2**31 - 1, 1), (0, 0), (400, 0)]
)
async def test_a_bomb_is_refused_before_it_is_unpacked(size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    def unpacked(*_: object) -> None:
        pytest.fail("it was decoded")

    monkeypatch.setattr(pictures, "_opaque", unpacked)
    with pytest.raises(InvalidInput):
        await prepare(claiming(*size))


async def test_words_that_unpack_to_very_many_are_not_unpacked() -> None:
    """A PNG may carry packed text, which is read before its pixels."""
    packed = zlib.compress(b"a" * 60_000_000, 9)
    bomb = _png_chunk(b"zTXt", b"Comment\0\0" + packed)
    whole = drawn("PNG")
    with pytest.raises(InvalidInput):
        await prepare(whole[:33] + bomb * 4 + whole[33:])


async def test_too_many_bytes_are_not_even_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "open", lambda *_, **__: pytest.fail("it was opened"))
    with pytest.raises(TooLarge):
        await prepare(drawn() + b"\0" * 8_000_001)


async def test_the_place_where_it_was_taken_is_in_the_upload_and_in_no_rendition() -> None:
    data = located()
    with Image.open(BytesIO(data)) as image:
        assert image.getexif().get_ifd(0x8825)
        assert SECRET in data
    only_a_picture(await prepare(data))
