"""The keys that sign partners' access tokens and apps' identity tokens: made, published, used, replaced.

A key is published an hour before it signs, longer than anybody keeps our key set, and stays published until the last
token it signed is over. Private halves are sealed under the key ring; only whoever signs opens one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from json import dumps, loads
from typing import Any
from uuid import uuid4

from joserfc.jwk import ECKey
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import keys_of
from core.keys import KeyErased, KeyRing, Purpose
from core.sealing import seal, unseal
from models.audited import Audited
from models.repositories import audit, signing_keys
from models.repositories.signing_keys import SigningKeyRow

ALGORITHM = "ES256"
TOKENS_LAST = timedelta(minutes=10)
"""All that these keys sign."""
PUBLISHED_AHEAD = timedelta(hours=1)
KEPT_AFTERWARDS = TOKENS_LAST + timedelta(hours=1)
"""Generous, because the clocks of those who check are their own."""
REPLACED_EVERY = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Signer:
    """The key that signs now."""

    kid: str
    key: ECKey

    def __repr__(self) -> str:
        return f"Signer({self.kid})"


async def signer(session: AsyncSession, now: datetime) -> Signer:
    """Makes a key when there is none that signs, as on the first day, and the next when the newest is a month old: no
    key is replaced later than it is used."""
    rows = await signing_keys.in_use(session, now)
    if _is_due(rows, now):
        await rotate_if_due(session, now)
    found = _signing(rows, now)
    if found is None:
        await signing_keys.hold(session)  # somebody else may be making it; then it is there afterwards
        found = _signing(await signing_keys.in_use(session, now), now) or await _make(session, now, now)
    try:
        return _opened(keys_of(session), found)
    except KeyErased:
        # What sealed it is gone for good, and so is this key; whoever keeps our key set asks anew for an unknown one.
        return _opened(keys_of(session), await rotate(session, now, at_once=True))


async def published(session: AsyncSession, now: datetime) -> list[dict[str, Any]]:
    """The public halves: one that will sign soon, the one that does, and those whose tokens may still be around."""
    await signer(session, now)
    return [dict(row.public_jwk) for row in await signing_keys.in_use(session, now)]


async def rotate(
    session: AsyncSession, now: datetime, *, at_once: bool = False, actor: str = audit.SYSTEM
) -> SigningKeyRow:
    """A new key, published now and signing in an hour. `at_once` is for a key that somebody else may have: the new one
    signs now, and what the others signed is worth nothing from this moment."""
    await signing_keys.hold(session)
    signs_from = now if at_once else now + PUBLISHED_AHEAD
    made = await _make(session, now, signs_from)
    await signing_keys.retire_others(session, made.kid, now if at_once else signs_from + KEPT_AFTERWARDS)
    await audit.append(
        session, Audited.KEY_ROTATED, actor=actor, role="operator", subject=made.kid, details={"at_once": at_once}
    )
    return made


async def rotate_if_due(session: AsyncSession, now: datetime) -> str | None:
    """The new key's id, or None while the newest is younger than a month. Several at once make one."""
    await signing_keys.hold(session)
    if not _is_due(await signing_keys.in_use(session, now), now):
        return None
    return (await rotate(session, now)).kid


def _is_due(rows: Sequence[SigningKeyRow], now: datetime) -> bool:
    """Not while there is none: the first is made by the first who needs one."""
    return bool(rows) and now - max(row.created_at for row in rows) >= REPLACED_EVERY


async def _make(session: AsyncSession, now: datetime, signs_from: datetime) -> SigningKeyRow:
    kid = f"sig-{uuid4().hex[:16]}"
    key = ECKey.generate_key("P-256", {"kid": kid, "use": "sig", "alg": ALGORITHM})
    private = dumps(key.as_dict(private=True)).encode()
    row = SigningKeyRow(
        kid=kid,
        public_jwk=dict(key.as_dict(private=False)),
        sealed_private=seal(keys_of(session), Purpose.TOKENS, private, _bound_to(kid)),
        created_at=now,
        signs_from=signs_from,
        retires_at=None,
    )
    await signing_keys.add(session, row)
    return row


def _signing(rows: Sequence[SigningKeyRow], now: datetime) -> SigningKeyRow | None:
    return next((row for row in rows if row.signs_from <= now), None)


def _opened(ring: KeyRing, row: SigningKeyRow) -> Signer:
    return Signer(row.kid, ECKey.import_key(loads(unseal(ring, row.sealed_private, _bound_to(row.kid)))))


def _bound_to(kid: str) -> str:
    return f"signing key {kid}"
