"""The words of a PDF that we have made: enough to look for what stands on it, and no reader of anybody else's."""

import base64
import re
import zlib

_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
_SHOWN = re.compile(rb"\(((?:[^()\\]|\\.)*)\)\s*Tj", re.DOTALL)
_ESCAPED = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)


def words_of(pdf: bytes) -> str:
    """What its pages show, run by run, with a space between. Letters beyond ASCII come as their codes in the font."""
    assert pdf.startswith(b"%PDF-")
    runs = [run for stream in _STREAM.findall(pdf) for run in _SHOWN.findall(_plain(stream))]
    return " ".join(_ESCAPED.sub(_letter, run).decode("latin-1") for run in runs)


def _plain(stream: bytes) -> bytes:
    try:
        return zlib.decompress(base64.a85decode(stream.strip().removesuffix(b"~>")))
    except (ValueError, zlib.error):
        return b""  # a typeface


def _letter(match: re.Match[bytes]) -> bytes:
    code = match[1]
    return bytes([int(code, 8)]) if code.isdigit() else code
