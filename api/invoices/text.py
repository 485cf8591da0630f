"""Text for the PDF: escaped, and written with typefaces that have its letters.

The typeface has Western European letters. Others are written with the viewer's own East Asian typefaces, which hold
Greek and Cyrillic, too; an accented letter that none of them has loses its accent. What nobody can write is a box.
"""

import unicodedata
from functools import cache
from itertools import groupby
from xml.sax.saxutils import escape

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont

FONT, BOLD = "Invoice", "Invoice-Bold"
ASIAN = {"hangul": "HYGothic-Medium", "other": "HeiseiKakuGo-W5"}
BOX = "\u25a1"


@cache
def register() -> frozenset[int]:
    """The code points that our own typeface has. Once for each process."""
    face = TTFont(FONT, "Vera.ttf")
    pdfmetrics.registerFont(face)
    pdfmetrics.registerFont(TTFont(BOLD, "VeraBd.ttf"))
    pdfmetrics.registerFontFamily(FONT, normal=FONT, bold=BOLD, italic=FONT, boldItalic=BOLD)
    for name in ASIAN.values():
        pdfmetrics.registerFont(UnicodeCIDFont(name))
    return frozenset(face.face.charToGlyph)


def written(text: str) -> str:
    """Markup of one run of text; nothing in it is ever read as markup."""
    known = register()
    letters = [_letter(letter, known) for letter in unicodedata.normalize("NFC", text)]
    parts = []
    for font, run in groupby(letters, key=lambda each: each[0]):
        plain = escape("".join(letter for _, letter in run))
        parts.append(f'<font name="{font}">{plain}</font>' if font else plain)
    return "".join(parts)


def _letter(letter: str, known: frozenset[int]) -> tuple[str, str]:
    """(typeface, or empty for our own; what is written)."""
    if ord(letter) in known:
        return "", letter
    base = unicodedata.normalize("NFD", letter)[0]
    if ord(base) in known and base != letter:
        return "", base
    if unicodedata.category(letter)[0] in {"C", "Z"}:
        return "", " "
    name = unicodedata.name(letter, "")
    if name.startswith("HANGUL"):
        return ASIAN["hangul"], letter
    if ord(letter) > 0xFFFF or unicodedata.bidirectional(letter) in {"R", "AL"}:
        return ASIAN["other"], BOX
    return ASIAN["other"], letter
