"""Finds what would take two people away from the platform: addresses, numbers, links and names of messengers.

Owns the finding. A warning is shown to who writes, before it is sent and again beside it; nothing is blocked or
changed, because a number can be a width and a link can be a picture of what somebody wants. Whoever pays elsewhere has
neither a contract nor anybody to turn to, which is what the warning says.

Worked cases stand in the tests: among what is found, `jo at mail dot example`, `+49 (0) 30 / 90 18 20`, full-width
digits and letters with characters of no width between them; among what is not, `120 x 80 x 40 cm`, `€ 1.250,00`,
dates and order numbers.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum


class LeakKind(StrEnum):
    MAIL = "mail"
    PHONE = "phone"
    LINK = "link"
    MESSENGER = "messenger"


@dataclass(frozen=True, slots=True)
class Leak:
    kind: LeakKind
    text: str
    """As it was read: without disguise."""


_AT = r"(?:@|\s*[\(\[{<]\s*(?:at|@)\s*[\)\]}>]\s*|\s+at\s+)"
_DOT = r"(?:\.|\s*[\(\[{<]\s*(?:dot|\.)\s*[\)\]}>]\s*|\s+dot\s+)"
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_ENDINGS = "|".join(
    [
        "com",
        "net",
        "org",
        "info",
        "shop",
        "store",
        "online",
        "site",
        "art",
        "studio",
        "me",
        "io",
        "co",
        "eu",
        "de",
        "fr",
        "it",
        "es",
        "nl",
        "pl",
        "uk",
        "us",
        "ca",
        "mx",
        "jp",
        "kw",
        "app",
        "link",
        "example",
    ]
)
_HOST = rf"{_LABEL}(?:{_DOT}{_LABEL}){{0,4}}{_DOT}"
_MAIL = re.compile(rf"(?<![\w.+-])[\w.+-]{{0,63}}[^\W_]{_AT}{_HOST}[^\W\d_]{{2,24}}\b", re.IGNORECASE)
_LINK = re.compile(
    rf"\b(?:https?://\S+|www\.\S+|(?<![\w.-]){_HOST}(?:{_ENDINGS})\b(?:/\S*)?)",
    re.IGNORECASE,
)
_MESSENGER = re.compile(
    r"\b(?:whats\s?app|telegram|signal\s+(?:app|me)|we\s?chat|viber|snapchat|insta(?:gram)?|facebook|messenger"
    r"|pay\s?pal|venmo|cash\s?app|zelle|western\s+union|bank\s+transfer)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?:\+|\b00|\()?\d(?:[\d\s()./·-]{5,24})\d")
_LEAST_DIGITS, _MOST_DIGITS = 8, 15
"""Of a telephone number: fewer are a postcode or a price, and ITU-T E.164 allows no more."""
_DATE = re.compile(r"\d{1,4}\s*[./-]\s*\d{1,2}\s*[./-]\s*\d{1,4}")
_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_SPELT = {**{word: str(digit) for digit, word in enumerate(_WORDS)}, "oh": "0"}
_SPELT_RUN = re.compile(rf"\b(?:(?:{'|'.join(_SPELT)}|\d)[\s,.-]+){{7,}}(?:{'|'.join(_SPELT)}|\d)\b", re.IGNORECASE)


def find_leaks(text: str) -> list[Leak]:
    """Everything that looks like a way around the platform, each once, in the order of the text."""
    plain = undisguised(text)
    found: dict[tuple[int, int], Leak] = {}
    for kind, pattern in ((LeakKind.MAIL, _MAIL), (LeakKind.LINK, _LINK), (LeakKind.MESSENGER, _MESSENGER)):
        for match in pattern.finditer(plain):
            if not any(start <= match.start() < end for start, end in found):
                found[match.span()] = Leak(kind, match.group().strip())
    for match in (*_NUMBER.finditer(plain), *_SPELT_RUN.finditer(plain)):
        inside = any(start <= match.start() < end for start, end in found)
        if not inside and _is_telephone(match.group()):
            found[match.span()] = Leak(LeakKind.PHONE, match.group().strip())
    return [leak for _, leak in sorted(found.items(), key=lambda pair: pair[0])]


def undisguised(text: str) -> str:
    """The same text in plain letters: compatibility forms are folded (NFKC), and characters of no width are gone."""
    folded = unicodedata.normalize("NFKC", text)
    return "".join(char for char in folded if unicodedata.category(char) != "Cf")


def _is_telephone(text: str) -> bool:
    spelt = [_SPELT.get(word.lower(), word) for word in re.split(r"[\s,.-]+", text)]
    digits = "".join(char for word in spelt for char in word if char.isdigit())
    if not _LEAST_DIGITS <= len(digits) <= _MOST_DIGITS:
        return False
    return not _DATE.fullmatch(text.strip())
