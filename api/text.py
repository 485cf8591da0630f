"""What we accept as text from people: trimmed, without control characters, never longer than its column."""

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, StringConstraints


def _clean(value: object) -> object:
    """Composed characters and plain line breaks, so that lengths and comparisons mean what people see."""
    if not isinstance(value, str):
        return value
    composed = unicodedata.normalize("NFC", value).translate(_TURNS_AROUND)
    return composed.replace("\r\n", "\n").replace("\r", "\n")


_TURNS_AROUND = dict.fromkeys(range(0x202A, 0x202F))
"""Orders to read what follows in the other direction: left open, they turn around the rest of a page. Scripts that are
written from the right don't need them."""


def _no_controls(value: str) -> str:
    if any(character < " " or "\x7f" <= character <= "\x9f" for character in value):
        raise ValueError("must not contain line breaks or control characters")
    return value


def _visible(value: str) -> str:
    if value and all(unicodedata.category(character) in {"Cf", "Zs", "Cc"} for character in value):
        raise ValueError("must hold something that can be seen")
    return value


def _no_controls_but_lines(value: str) -> str:
    _no_controls(value.replace("\n", " ").replace("\t", " "))
    return value


_TRIM = StringConstraints(strip_whitespace=True)
Line = Annotated[str, BeforeValidator(_clean), _TRIM, AfterValidator(_no_controls), AfterValidator(_visible)]
"""One line. Combine with `Field(min_length=..., max_length=...)`."""
Prose = Annotated[str, BeforeValidator(_clean), _TRIM, AfterValidator(_no_controls_but_lines), AfterValidator(_visible)]
"""Paragraphs, parted by blank lines."""


def slug_of(title: str, longest: int = 110) -> str:
    """`Émile's Mug, 300 ml` is `emile-s-mug-300-ml`; a title without Latin letters is `piece`."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:longest].rstrip("-") or "piece"
