"""All SQL of gift cards that people buy: who wants which, what became of its payment, and the code that it is worth.

A code is never stored: like the secret of a link it is derived from the letter that carries it. Owns no card that we
give away, nor redeeming: those are `credit_grants`'.
"""

import base64
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import keys_of
from core.keys import KeyRing
from core.sealing import derived_token
from models.audited import Audited
from models.errors import InvalidInput, NotFound, NotNow, PersonErased
from models.ports import Settlement
from models.repositories import audit, ledger, letters, people, person_keys
from models.repositories.credit_grants import ALPHABET, CODE_LENGTH, hash_of
from models.repositories.letters import LetterRow
from models.rules import credit_postings, fx_postings
from models.rules.bookkeeping import LedgerEntry, PostingKind
from models.rules.credit import CARD_AMOUNTS
from models.rules.letters import LetterKind
from models.tables.credit import GiftCard, GiftCardPurchase
from models.tables.people import User
from models.types import Money, Role, new_id

MOST_OPEN = 5
"""Unpaid ones of one buyer at once."""
SHOWN = 50


def step_of(card_id: str) -> str:
    """What its charge is called at the provider, and the key of its posting."""
    return f"gift-card/{card_id}"


def code_of(ring: KeyRing, letter: LetterRow) -> str:
    """In groups of four, the same each time. Raises `core.keys.KeyErased`."""
    secret = derived_token(ring, f"gift-card-code:{letter.id}", letter.key_id)
    number = int.from_bytes(base64.urlsafe_b64decode(secret + "="))
    drawn = "".join(ALPHABET[number >> 5 * place & 31] for place in range(CODE_LENGTH))
    return "-".join(drawn[at : at + 4] for at in range(0, CODE_LENGTH, 4))


async def want(session: AsyncSession, buyer_id: str, amount: Money, recipient: str) -> str:
    """The id of a card to be paid for; the one that the buyer has not paid yet where it is the same, so that a second
    click and another tab meet in it. Raises `InvalidInput`, `NotNow`."""
    if amount.minor not in CARD_AMOUNTS.get(amount.currency, ()):
        raise InvalidInput("There is no gift card over this amount. Choose one of those shown.", field="amount_minor")
    await session.execute(select(User.id).where(User.id == buyer_id).with_for_update())
    key = await person_keys.open_key(session, buyer_id)
    under_way = (
        await session.scalars(
            select(GiftCardPurchase).where(GiftCardPurchase.buyer_id == buyer_id, GiftCardPurchase.state == "open")
        )
    ).all()
    for row in under_way:
        if (row.currency, row.amount_minor, _recipient(key, row)) == (amount.currency, amount.minor, recipient):
            return row.id
    if len(under_way) >= MOST_OPEN:
        raise NotNow("You have begun to buy several gift cards. Pay for one of them, or wait until they expire.")
    card_id = new_id("gft")
    session.add(
        GiftCardPurchase(
            id=card_id,
            buyer_id=buyer_id,
            currency=amount.currency,
            amount_minor=amount.minor,
            recipient_sealed=person_keys.seal_field(key, buyer_id, _field(card_id), recipient) if recipient else None,
        )
    )
    await session.flush()
    return card_id


async def find(session: AsyncSession, card_id: str) -> GiftCardPurchase:
    """Raises `NotFound`."""
    row = await session.get(GiftCardPurchase, card_id, populate_existing=True)
    if row is None:
        raise NotFound("This gift card does not exist.")
    return row


async def bought_by(session: AsyncSession, buyer_id: str) -> Sequence[tuple[GiftCardPurchase, GiftCard | None]]:
    """The newest first, those that were never paid left out."""
    rows = await session.execute(
        select(GiftCardPurchase, GiftCard)
        .outerjoin(GiftCard, GiftCard.id == GiftCardPurchase.id)
        .where(GiftCardPurchase.buyer_id == buyer_id, GiftCardPurchase.state != "closed")
        .order_by(GiftCardPurchase.created_at.desc(), GiftCardPurchase.id)
        .limit(SHOWN)
    )
    return [(purchase, card) for purchase, card in rows]


async def buyer_email(session: AsyncSession, card_id: str) -> str:
    """Raises `PersonErased`."""
    person = await people.find_person(session, (await find(session, card_id)).buyer_id)
    if person is None or person.erased:
        raise PersonErased("The buyer's account has been deleted.")
    return person.email


async def page_opened(session: AsyncSession, card_id: str, payment_id: str, url: str | None) -> None:
    row = await _locked(session, card_id)
    if row.state == "open":
        row.provider_id, row.redirect_url = payment_id, url
        await session.flush()


async def close(session: AsyncSession, card_id: str, now: datetime) -> None:
    """It can't be paid any more. Safe to repeat."""
    row = await _locked(session, card_id)
    if row.state == "open":
        row.state, row.ended_at, row.redirect_url, row.recipient_sealed = "closed", now, None, None
        await session.flush()


async def sell(
    session: AsyncSession, card_id: str, intent_id: str | None, settlement: Settlement, now: datetime
) -> None:
    """The provider has the money: the card is worth it, its sale is booked and its code written to be mailed. Once."""
    row = await _locked(session, card_id)
    if row.state == "paid":
        return
    amount = Money(row.amount_minor, row.currency)
    to = await _opened_recipient(session, row)
    letter_id, code = await _write_code(session, row, to)
    row.state, row.ended_at, row.redirect_url, row.recipient_sealed = "paid", now, None, None
    row.intent_id, row.fee_minor, row.letter_id = intent_id, settlement.fee.minor, letter_id
    if settlement.gross.currency != row.currency:
        row.settled_minor, row.settled_currency = settlement.gross.minor, settlement.gross.currency
    session.add(GiftCard(id=row.id, code_hash=hash_of(code), currency=row.currency, status="open"))
    await session.flush()
    await ledger.post(
        session,
        step_of(row.id),
        PostingKind.GIFT_CARD_SOLD,
        row.id,
        sold_entries(row.id, amount, settlement.gross, settlement.fee),
    )
    await audit.append(
        session,
        Audited.GIFT_CARD_BOUGHT,
        actor=audit.workflow(f"gift-card-{row.id}"),
        role=audit.PROCESS,
        subject=row.id,
        details={"payment": row.provider_id or "", "amount_minor": amount.minor, "currency": amount.currency},
    )


def sold_entries(card_id: str, amount: Money, gross: Money, fee: Money) -> list[LedgerEntry]:
    if gross.currency == amount.currency:
        return credit_postings.gift_card_sold(card_id, amount, fee)
    return fx_postings.gift_card_sold(card_id, amount, gross, fee)


async def renew_code(session: AsyncSession, card_id: str, now: datetime) -> str:
    """The id of a letter to the buyer with a new code; the one before is worth nothing any more. Raises `NotFound`,
    `NotNow` for a card that has no code that could be lost."""
    row = await _locked(session, card_id)
    card = await session.get(GiftCard, card_id, with_for_update=True, populate_existing=True)
    if card is None or row.letter_id is None:
        raise NotNow("This gift card has not been paid for, so it has no code yet.")
    if card.status != "open":
        raise NotNow("This gift card has been redeemed or blocked. A new code would be worth nothing.")
    await letters.spend(session, row.letter_id, now)
    row.letter_id, code = await _write_code(session, row, "")
    card.code_hash = hash_of(code)
    await session.flush()
    await audit.append(
        session, Audited.GIFT_CARD_CODE_RENEWED, actor=row.buyer_id, role=Role.CUSTOMER, subject=card_id, details={}
    )
    return row.letter_id


async def _write_code(session: AsyncSession, row: GiftCardPurchase, to: str) -> tuple[str, str]:
    kind = LetterKind.GIFT_CARD_FOR_YOU if to else LetterKind.GIFT_CARD_BOUGHT
    details: dict[str, str | int] = {"amount_minor": row.amount_minor, "currency": row.currency, "card_id": row.id}
    letter_id = await letters.write(session, kind.value, row.buyer_id, to=to, details=details)
    written = await letters.find(session, letter_id)
    assert written is not None  # noqa: S101 - the line above wrote it
    return letter_id, code_of(keys_of(session), written.row)


async def _opened_recipient(session: AsyncSession, row: GiftCardPurchase) -> str:
    try:
        return _recipient(await person_keys.open_key(session, row.buyer_id), row)
    except PersonErased:
        return ""


def _recipient(key: bytes, row: GiftCardPurchase) -> str:
    sealed = row.recipient_sealed
    return person_keys.open_field(key, row.buyer_id, _field(row.id), sealed) if sealed else ""


def _field(card_id: str) -> str:
    return f"gift-card/{card_id}"


async def _locked(session: AsyncSession, card_id: str) -> GiftCardPurchase:
    row = await session.get(GiftCardPurchase, card_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound("This gift card does not exist.")
    return row
