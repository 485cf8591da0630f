"""Second factors of an account: which there are, and whether a code is one of them now.

One-time codes are RFC 6238's: six digits, a new one each half minute, made from a secret that an authenticator app
shares with us. Recovery codes stand in for a device that was lost. Passkeys answer challenges instead (`passkeys`).
"""

import hashlib
import hmac
import secrets
from datetime import datetime

import pyotp
from sqlalchemy.ext.asyncio import AsyncSession

from core import clock
from models.repositories import factors as stored
from models.repositories import letters

STEP = 30
"""Seconds for which a code is shown."""
DRIFT = 1
"""Steps that a device's clock may be ahead or behind, or that typing may take."""
RECOVERY_CODES = 10
FEW_LEFT = 3
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is misread on paper
_CODE_LENGTH, _GROUP = 16, 4


async def methods_of(session: AsyncSession, person_id: str) -> frozenset[str]:
    """`totp`, `passkey`, `recovery_code`; empty for an account that has set none up."""
    has = await stored.of_person(session, person_id)
    if not has.any:
        return frozenset()
    held = {"totp": has.has_codes, "passkey": has.passkeys > 0, "recovery_code": has.recovery_codes > 0}
    return frozenset(method for method, there in held.items() if there)


async def check_code(session: AsyncSession, person_id: str, code: str) -> str | None:
    """The method whose code this is, used up by this; None for a wrong one."""
    plain, now = _plain(code), clock.now()
    if len(plain) == 6 and plain.isascii() and plain.isdigit():
        secret = await stored.secret_of(session, person_id)
        step = matching_step(secret.text, plain, now) if secret else None
        return "totp" if step is not None and await stored.use_step(session, person_id, step) else None
    if len(plain) == _CODE_LENGTH and await stored.use_recovery_code(session, person_id, recovery_hash(code), now):
        left = (await stored.of_person(session, person_id)).recovery_codes
        await letters.write(session, "recovery_codes_used", person_id, details={"left": left})
        return "recovery_code"
    return None


def step_at(moment: datetime) -> int:
    return int(moment.timestamp()) // STEP


def code_of(secret: str, step: int) -> str:
    return pyotp.TOTP(secret, interval=STEP).generate_otp(step)


def matching_step(secret: str, code: str, now: datetime) -> int | None:
    """The latest step around now whose code this is. Looks at all of them, so that the delay tells nothing."""
    around = range(step_at(now) - DRIFT, step_at(now) + DRIFT + 1)
    found = [step for step in around if hmac.compare_digest(code_of(secret, step).encode(), _plain(code).encode())]
    return found[-1] if found else None


def address_for_app(secret: str, account: str, issuer: str = "ArtisanConnect") -> str:
    """What authenticator apps read from the QR code."""
    return pyotp.TOTP(secret, interval=STEP).provisioning_uri(name=account, issuer_name=issuer)


def new_secret() -> str:
    """160 bits, as RFC 4226 recommends."""
    return pyotp.random_base32(32)


def new_recovery_codes() -> list[str]:
    """In groups of four, as they are shown and printed."""
    drawn = ["".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LENGTH)) for _ in range(RECOVERY_CODES)]
    return ["-".join(code[at : at + _GROUP] for at in range(0, _CODE_LENGTH, _GROUP)) for code in drawn]


def recovery_hash(code: str) -> str:
    """A fast hash is enough: nobody searches through the 79 bits of a code drawn at random. A slow one would only
    help whoever wants to keep our processors busy."""
    return hashlib.sha256(f"recovery code {_plain(code)}".encode()).hexdigest()


def _plain(code: str) -> str:
    return "".join(code.split()).replace("-", "").lower()
