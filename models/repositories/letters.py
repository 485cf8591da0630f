"""All SQL of letters, and the secrets of their links, which are derived and never stored."""

import hmac
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core import clock
from core.database import keys_of
from core.keys import KeyErased, KeyRing, Purpose, UnknownKey
from core.sealing import derived_token, seal, unseal
from models.repositories import people, person_keys, privacy_erasures
from models.repositories.person_keys import PersonErased
from models.rules.letters import LINK_LIVES, LetterKind
from models.tables.letters import Letter
from models.types import new_id

LONGEST_TOKEN = 120


@dataclass(frozen=True, slots=True)
class LetterRow:
    id: str
    kind: LetterKind
    person_id: str | None
    details: Mapping[str, Any]
    expires_at: datetime | None
    used_at: datetime | None
    sent_at: datetime | None
    key_id: str
    browser_hash: str | None = None

    def is_open(self, now: datetime) -> bool:
        """Whether its link still works."""
        return self.used_at is None and self.expires_at is not None and now < self.expires_at


@dataclass(frozen=True, slots=True)
class Addressed:
    """A letter with everything that goes on the envelope. `to` is empty when there is nobody to send it to."""

    row: LetterRow
    to: str
    name: str


async def write(
    session: AsyncSession,
    kind: str,
    person_id: str | None,
    *,
    to: str = "",
    details: Mapping[str, str | int] | None = None,
    browser_hash: str | None = None,
) -> str:
    """The id of a letter to a person. Commit, then hand it to its process: `ProcessClient.send_letter`, or `Post`.

    `to` sends it elsewhere than to their own address. `details` hold ids, codes and numbers for the text's blanks and
    nothing personal. Without a person it goes nowhere, unless `to` says where. `browser_hash` is of whoever caused it,
    where the link is worth more in their browser. Raises `ValueError` for an unknown kind,
    `NotFound` or `PersonErased` where `to` can't be sealed.
    """
    known, letter_id, now = LetterKind(kind), new_id("let"), clock.now()
    lives = LINK_LIVES.get(known)
    await session.execute(
        insert(Letter).values(
            id=letter_id,
            person_id=person_id,
            kind=known.value,
            key_id=keys_of(session).current(Purpose.TOKENS).id if lives else "",
            sealed_to=await _seal_to(session, letter_id, person_id, to) if to else None,
            browser_hash=browser_hash,
            details=dict(details or {}),
            created_at=now,
            expires_at=now + lives if lives else None,
        )
    )
    return letter_id


async def find(session: AsyncSession, letter_id: str) -> Addressed | None:
    """The letter with its recipient as they are called and reached now."""
    letter = await session.get(Letter, letter_id, populate_existing=True)
    if letter is None:
        return None
    if letter.person_id and await privacy_erasures.is_under_way(session, letter.person_id):
        return Addressed(_row(letter), "", "")
    person = await people.find_person(session, letter.person_id) if letter.person_id else None
    to = await _open_to(session, letter) if letter.sealed_to else (person.email if person else "")
    return Addressed(_row(letter), to, person.name if person else "")


async def find_about(session: AsyncSession, kind: LetterKind, person_id: str, details: Mapping[str, str]) -> str | None:
    """The id of the letter that a step wrote when it was tried before."""
    return await session.scalar(
        select(Letter.id)
        .where(Letter.person_id == person_id, Letter.kind == kind.value, Letter.details.contains(dict(details)))
        .order_by(Letter.created_at)
        .limit(1)
    )


def link_token(ring: KeyRing, row: LetterRow) -> str:
    """What its link carries, the same each time. Raises `core.keys.KeyErased`."""
    return f"{row.id}.{derived_token(ring, f'letter:{row.id}:{row.kind}', row.key_id)}"


async def by_token(session: AsyncSession, token: str, kinds: Collection[LetterKind]) -> LetterRow | None:
    """The letter whose link this is, open or not; None for a token that is none of ours."""
    letter_id, _, _ = token[:LONGEST_TOKEN].partition(".")
    letter = await session.get(Letter, letter_id, populate_existing=True) if "\x00" not in letter_id else None
    if letter is None or letter.kind not in kinds or not letter.key_id:
        return None
    row = _row(letter)
    try:
        expected = link_token(keys_of(session), row)
    except (KeyErased, UnknownKey):
        return None
    return row if hmac.compare_digest(expected.encode(), token.encode(errors="replace")) else None


async def addressed_to(session: AsyncSession, letter_id: str) -> str:
    """The other address that a letter went to; empty where it went to the person's own, or can't be opened any more."""
    letter = await session.get(Letter, letter_id)
    return await _open_to(session, letter) if letter is not None and letter.sealed_to else ""


async def spend(session: AsyncSession, letter_id: str, now: datetime) -> bool:
    """Uses the link up. False: somebody was faster."""
    spent = await session.scalar(
        update(Letter).where(Letter.id == letter_id, Letter.used_at.is_(None)).values(used_at=now).returning(Letter.id)
    )
    return spent is not None


async def void(session: AsyncSession, person_id: str, kinds: Collection[LetterKind], now: datetime) -> None:
    """No link of these kinds that the person has been sent works any more."""
    await session.execute(
        update(Letter)
        .where(Letter.person_id == person_id, Letter.kind.in_(list(kinds)), Letter.used_at.is_(None))
        .values(used_at=now)
    )


async def unsent(session: AsyncSession, at_most: int) -> list[str]:
    """Letters that no process has, oldest first."""
    rows = await session.scalars(
        select(Letter.id).where(Letter.handed_over_at.is_(None)).order_by(Letter.created_at).limit(at_most)
    )
    return list(rows)


async def handed_over(session: AsyncSession, letter_id: str, now: datetime) -> None:
    await session.execute(update(Letter).where(Letter.id == letter_id).values(handed_over_at=now))


async def sent(session: AsyncSession, letter_id: str, now: datetime) -> None:
    await session.execute(update(Letter).where(Letter.id == letter_id, Letter.sent_at.is_(None)).values(sent_at=now))


def _row(letter: Letter) -> LetterRow:
    return LetterRow(
        id=letter.id,
        kind=LetterKind(letter.kind),
        person_id=letter.person_id,
        details=letter.details,
        expires_at=letter.expires_at,
        used_at=letter.used_at,
        sent_at=letter.sent_at,
        key_id=letter.key_id,
        browser_hash=letter.browser_hash,
    )


async def _seal_to(session: AsyncSession, letter_id: str, person_id: str | None, to: str) -> bytes:
    if person_id is None:
        return seal(keys_of(session), Purpose.TOKENS, to.encode(), _bound(letter_id))
    key = await person_keys.open_key(session, person_id)
    return person_keys.seal_field(key, person_id, _bound(letter_id), to)


async def _open_to(session: AsyncSession, letter: Letter) -> str:
    sealed = letter.sealed_to or b""
    if letter.person_id is None:
        try:
            return unseal(keys_of(session), sealed, _bound(letter.id)).decode()
        except KeyErased:
            return ""
    try:
        key = await person_keys.open_key(session, letter.person_id)
    except PersonErased:
        return ""
    return person_keys.open_field(key, letter.person_id, _bound(letter.id), sealed)


def _bound(letter_id: str) -> str:
    return f"letter/{letter_id}"
