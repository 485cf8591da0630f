"""All SQL of what we give away: proposed by one administrator, decided by another, and booked with the decision.

Also the gift cards that come of it: made with a code that is told once, redeemed whole and once, or blocked.
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.audited import Audited
from models.errors import Forbidden, InvalidInput, NotFound, NotNow
from models.repositories import audit, ledger, ledger_balances
from models.rules import credit, credit_postings
from models.rules.bookkeeping import AccountKind, PostingKind
from models.rules.credit import GrantReason
from models.tables.credit import CreditGrant, GiftCard
from models.tables.orders import Order
from models.tables.people import User
from models.types import Money, Role, new_id

ADMINISTRATOR = Role.ADMINISTRATOR
UNKNOWN_CODE = (
    "This code can't be redeemed. Check it against your gift card; if it is right, the card has been used or blocked. "
    "Whoever gave it to you can ask us."
)


async def buyer_of(session: AsyncSession, order_number: str) -> str | None:
    """Whose order this is, by the number that people quote."""
    return await session.scalar(select(Order.buyer_id).where(Order.number == order_number))


async def propose(
    session: AsyncSession, actor: str, person_id: str | None, amount: Money, reason: GrantReason
) -> CreditGrant:
    """To a person's credit, or as a gift card where there is none. Raises `InvalidInput`, `Forbidden` for what the
    actor would get. Nothing is booked yet."""
    credit.refuse_grant(amount)
    _refuse_own(person_id, actor)
    grant = CreditGrant(
        id=new_id("grt"),
        kind="credit" if person_id else "gift_card",
        person_id=person_id,
        currency=amount.currency,
        amount_minor=amount.minor,
        reason=reason.value,
        status="proposed",
        proposed_by=actor,
    )
    session.add(grant)
    await session.flush()
    await _audited(session, Audited.CREDIT_PROPOSED, grant, actor)
    await session.refresh(grant)
    return grant


async def decline(session: AsyncSession, grant_id: str, actor: str, now: datetime) -> CreditGrant:
    """By anybody of the desk; whoever proposed it takes it back like this. Raises `NotFound`, `NotNow`."""
    grant = await _undecided(session, grant_id)
    grant.status, grant.decided_by, grant.decided_at = "declined", actor, now
    await session.flush()
    await _audited(session, Audited.CREDIT_DECIDED, grant, actor, approve=False)
    return grant


async def approve(session: AsyncSession, grant_id: str, actor: str, now: datetime) -> tuple[CreditGrant, str]:
    """Books it. With a gift card comes its code, which nobody can tell again. Raises `NotFound`, `NotNow`, `Forbidden`
    for who proposed it and for who would get it."""
    grant = await _undecided(session, grant_id)
    if grant.proposed_by == actor:
        raise Forbidden("You proposed this, so another administrator has to approve it.")
    _refuse_own(grant.person_id, actor)
    if grant.person_id is not None and not await _still_there(session, grant.person_id):
        raise NotNow("The account that this was for has been deleted. Decline it.")
    grant.status, grant.decided_by, grant.decided_at = "approved", actor, now
    amount, code = Money(grant.amount_minor, grant.currency), ""
    if grant.person_id is not None:
        kind, entries = PostingKind.CREDIT_GRANTED, credit_postings.credit_granted(grant.person_id, amount)
    else:
        card_id, code = new_id("gft"), new_code()
        session.add(
            GiftCard(id=card_id, grant_id=grant.id, code_hash=hash_of(code), currency=grant.currency, status="open")
        )
        kind, entries = PostingKind.GIFT_CARD_ISSUED, credit_postings.gift_card_issued(card_id, amount)
    await ledger.post(session, f"credit-grant/{grant.id}", kind, grant.id, entries)
    await _audited(session, Audited.CREDIT_DECIDED, grant, actor, approve=True)
    return grant, code


async def listed(
    session: AsyncSession, page: int, per_page: int, *, decided: bool
) -> tuple[Sequence[CreditGrant], int]:
    """One page, and how many there are: what waits the oldest first, what is decided the newest first."""
    which = CreditGrant.status != "proposed" if decided else CreditGrant.status == "proposed"
    order = CreditGrant.decided_at.desc() if decided else CreditGrant.proposed_at
    rows = await session.scalars(
        select(CreditGrant).where(which).order_by(order, CreditGrant.id).limit(per_page).offset((page - 1) * per_page)
    )
    return rows.all(), int(await session.scalar(select(func.count()).select_from(CreditGrant).where(which)) or 0)


async def cards(session: AsyncSession, page: int, per_page: int) -> tuple[Sequence[tuple[GiftCard, Money]], int]:
    """One page of gift cards, the newest first, with what each is still worth, and how many there are."""
    of_page = (
        select(GiftCard).order_by(GiftCard.created_at.desc(), GiftCard.id).limit(per_page).offset((page - 1) * per_page)
    )
    rows = (await session.scalars(of_page)).all()
    owed = await ledger_balances.of_owners(session, AccountKind.GIFT_CARDS, [card.id for card in rows])
    found = [(card, owed.get(card.id, {}).get(card.currency, Money(0, card.currency)) * -1) for card in rows]
    return found, int(await session.scalar(select(func.count()).select_from(GiftCard)) or 0)


async def worth(session: AsyncSession, card: GiftCard) -> Money:
    """What the ledger owes to whoever has its code."""
    return await ledger.balance(session, AccountKind.GIFT_CARDS, card.id, card.currency) * -1


async def redeem(session: AsyncSession, person_id: str, code: str, now: datetime) -> Money:
    """Makes a gift card store credit of the person's, whole. Raises `InvalidInput` with the same words for a code that
    does not exist, is blocked or was somebody else's; `NotNow` for one that was the person's own, and `Forbidden` for
    one that they gave away as an administrator."""
    if not await _still_there(session, person_id):
        raise NotNow("This account has been deleted, so nothing can be redeemed into it.")
    card = await session.scalar(select(GiftCard).where(GiftCard.code_hash == hash_of(code)).with_for_update())
    if card is not None and card.redeemed_by == person_id:
        raise NotNow("You have redeemed this gift card before. It is in your credit.")
    if card is None or card.status != "open":
        raise InvalidInput(UNKNOWN_CODE, field="code")
    grant = await session.get(CreditGrant, card.grant_id) if card.grant_id else None
    if grant is not None and person_id in {grant.proposed_by, grant.decided_by}:
        raise Forbidden("You gave this card away for us, so it is not for you to redeem.")
    amount = await worth(session, card)
    card.status, card.redeemed_by, card.redeemed_at = "redeemed", person_id, now
    entries = credit_postings.gift_card_redeemed(card.id, person_id, amount)
    await ledger.post(session, f"gift-card/{card.id}/redeemed", PostingKind.GIFT_CARD_REDEEMED, card.id, entries)
    await audit.append(
        session,
        Audited.GIFT_CARD_REDEEMED,
        actor=person_id,
        role=Role.CUSTOMER,
        subject=card.id,
        details={"amount_minor": amount.minor, "currency": amount.currency},
    )
    return amount


async def block(session: AsyncSession, card_id: str, actor: str) -> GiftCard:
    """Its code is worth nothing any more, and what we had given away with it is ours again. Raises `NotFound`,
    `NotNow`."""
    card = await session.get(GiftCard, card_id, with_for_update=True)
    if card is None:
        raise NotFound("This gift card does not exist.")
    if card.status != "open":
        raise NotNow("This gift card has been redeemed or blocked before.")
    if card.grant_id is None:
        raise NotNow("Somebody has paid for this gift card, so what it is worth is not ours to take back.")
    left = await worth(session, card)
    card.status = "blocked"
    entries = credit_postings.gift_card_expired(card.id, left)
    await ledger.post(session, f"gift-card/{card.id}/blocked", PostingKind.GIFT_CARD_EXPIRED, card.id, entries)
    await audit.append(
        session,
        Audited.GIFT_CARD_BLOCKED,
        actor=actor,
        role=ADMINISTRATOR,
        subject=card.id,
        details={"amount_minor": left.minor, "currency": left.currency},
    )
    return card


ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: no letter that is taken for a digit."""
CODE_LENGTH = 24
"""Five bits each: 120 that nobody guesses."""


def new_code() -> str:
    """In groups of four, as people read it out."""
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
    return "-".join(drawn[at : at + 4] for at in range(0, CODE_LENGTH, 4))


def hash_of(code: str) -> str:
    """Plain, as nobody finds 120 random bits by trying. However it was typed: case, spaces and hyphens don't count, and
    letters that look like digits are those."""
    read = "".join(code.upper().replace("O", "0").replace("I", "1").replace("L", "1").replace("-", " ").split())
    return hashlib.sha256(read.encode(errors="replace")).hexdigest()


def _refuse_own(person_id: str | None, actor: str) -> None:
    if person_id == actor:
        raise Forbidden("This would be credit of your own. Only others can give it to you: two administrators.")


async def _still_there(session: AsyncSession, person_id: str) -> bool:
    """An erasure that is under way is waited for; one that comes later waits, and finds the credit."""
    there = select(User.erased_at.is_(None)).where(User.id == person_id)
    return bool(await session.scalar(there.with_for_update(read=True, key_share=True)))


async def _undecided(session: AsyncSession, grant_id: str) -> CreditGrant:
    grant = await session.get(CreditGrant, grant_id, with_for_update=True, populate_existing=True)
    if grant is None:
        raise NotFound("There is no such proposal.")
    if grant.status != "proposed":
        raise NotNow("Somebody has decided about this before.")
    return grant


async def _audited(session: AsyncSession, what: Audited, grant: CreditGrant, actor: str, **more: bool) -> None:
    await audit.append(
        session,
        what,
        actor=actor,
        role=ADMINISTRATOR,
        subject=grant.id,
        details={
            "person": grant.person_id or "",
            "kind": grant.kind,
            "amount_minor": grant.amount_minor,
            "currency": grant.currency,
            "reason": grant.reason,
            **more,
        },
    )
