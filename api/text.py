"""What we accept as text from people: trimmed, without control characters, never longer than its column."""

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, StringConstraints


def _clean(value: object) -> object:
    """Composed characters and plain line breaks, so that lengths and comparisons mean what people see."""
    if not isinstance(value, str):
        return value
    return unicodedata.normalize("NFC", value).replace("\r\n", "\n").replace("\r", "\n")


def _no_controls(value: str) -> str:
    if any(character < " " or "\x7f" <= character <= "\x9f" for character in value):
        raise ValueError("must not contain line breaks or control characters")
    return value


def _no_controls_but_lines(value: str) -> str:
    _no_controls(value.replace("\n", " ").replace("\t", " "))
    return value


_TRIM = StringConstraints(strip_whitespace=True)
Line = Annotated[str, BeforeValidator(_clean), _TRIM, AfterValidator(_no_controls)]
"""One line. Combine with `Field(min_length=..., max_length=...)`."""
Prose = Annotated[str, BeforeValidator(_clean), _TRIM, AfterValidator(_no_controls_but_lines)]
"""Paragraphs, parted by blank lines."""


def slug_of(title: str, longest: int = 110) -> str:
    """`Émile's Mug, 300 ml` is `emile-s-mug-300-ml`; a title without Latin letters is `piece`."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:longest].rstrip("-") or "piece"
