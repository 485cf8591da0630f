"""What makes a password too weak, in plain words. Length is what counts; no rule asks for special characters.

A password is refused that is the person's own name, a row of keys, or one that everybody knows: from the list that is
built with the assets, and from a service that is told five digits of its hash, where one is set. That service's
silence refuses nobody.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import structlog

from models.errors import InvalidInput, PartnerUnavailable
from models.ports import BreachedPasswords

log = structlog.get_logger("api.auth")

SHORTEST, LONGEST = 10, 200
COMMON = Path(__file__).parent / "vendor" / "common-passwords.json"
FEWEST_DIFFERENT = 5
TELLING = 4
"""Letters of a name, before it counts as one."""
IN_A_ROW = 3
AROUND_A_NAME = 6
"""Characters beside the person's own name that make a password something else than the name."""
ROWS = ("abcdefghijklmnopqrstuvwxyz", "0123456789", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "azertyuiop")
PREFIX = 5
_LEET = str.maketrans("013457@$!", "oieastasi")


class WeakPassword(InvalidInput):
    code = "weak_password"


@dataclass(frozen=True)
class PasswordRules:
    """`breached` is None where no service is asked."""

    breached: BreachedPasswords | None = None

    async def check(self, password: str, about: Iterable[str] = ()) -> None:
        """Raises `WeakPassword` saying why. `about`: the person's name, address and shop."""
        why = weakness(password, about)
        if why is None and self.breached is not None and await self._is_breached(self.breached, password):
            why = (
                "This password is in a list of stolen ones, so somebody may try it. Choose another, and change it "
                "wherever else you use it."
            )
        if why is not None:
            raise WeakPassword(why, field="password")

    async def _is_breached(self, service: BreachedPasswords, password: str) -> bool:
        digest = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()
        try:
            return digest[PREFIX:] in await service.range(digest[:PREFIX])
        except PartnerUnavailable:
            log.warning("a password could not be compared with breached ones")
            return False


def weakness(password: str, about: Iterable[str] = ()) -> str | None:
    """Why it is too weak, as far as can be told here; None for one that is not."""
    if len(password) < SHORTEST:
        return f"Use at least {SHORTEST} characters. A short sentence is easiest to remember."
    if len(password) > LONGEST:
        return f"Use at most {LONGEST} characters."
    folded = _folded(password)
    if len(set(password.casefold())) < FEWEST_DIFFERENT:
        return "This repeats a few characters. Use words that don't belong together."
    if _is_row(folded):
        return "This is a row of keys or letters, which is tried first. Use words that don't belong together."
    if any(_is_about(folded, term) for term in about):
        return "This is little more than your own name or address, which anybody could try. Choose something else."
    if _is_common(password):
        return "Very many people use this password, so it is tried first. Choose another one."
    return None


@cache
def common_passwords() -> frozenset[str]:
    """The list; empty, with a word in the log, where the assets could not be fetched."""
    try:
        known: list[str] = json.loads(COMMON.read_text())
    except (OSError, ValueError):
        log.warning("the list of common passwords is not there: `make up` fetches it", file=COMMON.name)
        return frozenset()
    return frozenset(known)


def _is_common(password: str) -> bool:
    """Also behind decorations: `Password2024!` is `password`, and `Dr4gonDr4gon` is `dragon` twice."""
    known, plain = common_passwords(), password.casefold()
    bare = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", plain)
    candidates = {plain, bare, plain.translate(_LEET), bare.translate(_LEET)}
    halves = {word[: len(word) // 2] for word in candidates if word and word[: len(word) // 2] * 2 == word}
    return any(word in known for word in candidates | halves)


def _is_row(folded: str) -> bool:
    """Nothing but pieces of rows, forwards or backwards, each of three keys or more."""
    rows = [row for one in ROWS for row in (one * 2, one[::-1] * 2)]
    at = 0
    while at < len(folded):
        longest = max(
            (n for row in rows for n in range(IN_A_ROW, len(folded) - at + 1) if folded[at : at + n] in row), default=0
        )
        if not longest:
            return False
        at += longest
    return bool(folded)


def _is_about(folded: str, term: str) -> bool:
    local, _, _ = term.partition("@")
    for own in {_folded(term), _folded(local), *(_folded(part) for part in local.split())}:
        if len(own) >= TELLING and own in folded and len(folded) - len(own) < AROUND_A_NAME:
            return True
    return False


def _folded(text: str) -> str:
    """Lower-case letters and digits without accents: what two spellings have in common."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(one for one in plain if one.isalnum())
