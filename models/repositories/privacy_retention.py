"""Ends what has been kept long enough, a batch at a time. How long each table keeps what stands in
`models.rules.retention`; here stands which rows have reached it and what is done to them.

Rows that somebody is working on are passed over: the next run finds them. Accounts are no batch of rows: each is an
erasure, which others have to hear of, so `activities.retention` takes them one by one.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, delete, exists, func, literal, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.audited import Audited
from models.repositories import audit, privacy_erasing
from models.rules.retention import BATCH, RETENTION
from models.tables.attempts import RateLimit
from models.tables.base import Base
from models.tables.catalogue import Shop, ShopDecision
from models.tables.commission_talk import CommissionPicture
from models.tables.factors import CodeSecret, PasskeyChallenge
from models.tables.identities import SignInAttempt
from models.tables.letters import Letter
from models.tables.oauth import OAuthCode, OAuthGrant
from models.tables.payouts import Hold
from models.tables.people import User
from models.tables.privacy import Consent, DataExport, Erasure, ErasureReceipt, RetentionSweep
from models.tables.processes import Effect, IdempotencyRecord, InboxEvent
from models.tables.refunds import RefundNote
from models.tables.selling import Cart, Checkout, RiskDecision
from models.tables.sessions import ParkedForm, Session

PEOPLE_BATCH = 10
"""Accounts of one step: a call to the mail service and many statements each."""
LETTERS_ARRIVE = timedelta(hours=1)
Sweep = Callable[[AsyncSession, datetime, datetime], Awaitable[int]]
"""Ends one batch of what is older than the first instant, now being the second; how many rows it was."""


async def sweep(session: AsyncSession, table: str, now: datetime) -> int:
    """One batch of one table's rule, but for `users`. Fewer than `BATCH`: nothing is left for today."""
    if table not in _SWEEPS:
        raise LookupError(f"nothing sweeps {table}")
    return await _SWEEPS[table](session, _before(table, now), now)


async def unconfirmed(session: AsyncSession, now: datetime) -> list[str]:
    """A batch of accounts whose address nobody ever confirmed, and that nobody has used for anything."""
    rows = await session.scalars(select(User.id).where(_is_over(now)).order_by(User.id).limit(PEOPLE_BATCH))
    return list(rows)


async def end_unconfirmed(session: AsyncSession, person_id: str, erasure_id: str, now: datetime) -> int | None:
    """Erases one of them, as if they had asked for it; how many rows it was. None: not any more, or somebody is
    working on it."""
    await privacy_erasing.give_way(session)
    one = select(User.id).where(User.id == person_id, _is_over(now)).with_for_update(skip_locked=True)
    if await session.scalar(one) is None:
        return None
    count = await privacy_erasing.erase_person(session, person_id, erasure_id, now)
    await audit.append(
        session, Audited.ERASED, actor=audit.SYSTEM, role=audit.SYSTEM, subject=person_id, details={"rows": count}
    )
    return count


async def stayed(session: AsyncSession, people: Sequence[str]) -> list[str]:
    """Those of them who are still there and have confirmed their address, or used their account, after all."""
    rows = await session.scalars(select(User.id).where(User.id.in_(people), User.erased_at.is_(None), ~_nobodys()))
    return list(rows)


async def note(session: AsyncSession, run: str, table: str, at: datetime, count: int) -> None:
    """Adds to what this run has done by a rule."""
    added = insert(RetentionSweep).values(run=run, rule=table, at=at, count=count)
    await session.execute(
        added.on_conflict_do_update(
            index_elements=[RetentionSweep.run, RetentionSweep.rule],
            set_={"at": at, "count": RetentionSweep.count + added.excluded.count},
        )
    )


def _before(table: str, now: datetime) -> datetime:
    days = RETENTION[table].days
    if days is None:
        raise LookupError(f"nothing sweeps {table}")
    return now - timedelta(days=days)


def _nobodys() -> ColumnElement[bool]:
    used = or_(
        exists(select(literal(1)).where(Checkout.buyer_id == User.id)),
        exists(select(literal(1)).where(Shop.owner_id == User.id)),
        exists(
            select(literal(1)).where(
                Erasure.person_id == User.id, Erasure.cancelled_at.is_(None), Erasure.completed_at.is_(None)
            )
        ),
    )
    return and_(User.email_verified_at.is_(None), User.role == "customer", ~used)


def _is_over(now: datetime) -> ColumnElement[bool]:
    # A letter that is on its way would reach the mail service after that has forgotten its address.
    expects = exists(select(literal(1)).where(Letter.person_id == User.id, Letter.created_at > now - LETTERS_ARRIVE))
    due = or_(User.created_at < _before("users", now), User.disowned_at.is_not(None))
    return and_(_nobodys(), User.erased_at.is_(None), due, ~expects)


def _deletes(table: type[Base], condition: Callable[[datetime, datetime], ColumnElement[bool]]) -> Sweep:
    async def sweep_(session: AsyncSession, before: datetime, now: datetime) -> int:
        return await _run(session, delete(table).where(_batch(table, condition(before, now))))

    return sweep_


def _empties(table: type[Base], condition: Callable[[datetime], ColumnElement[bool]], **values: Any) -> Sweep:
    async def sweep_(session: AsyncSession, before: datetime, _now: datetime) -> int:
        return await _run(session, update(table).where(_batch(table, condition(before))).values(**values))

    return sweep_


def _batch(table: type[Base], condition: ColumnElement[bool]) -> ColumnElement[bool]:
    key = list(table.__table__.primary_key)
    rows = select(*key).where(condition).limit(BATCH).with_for_update(skip_locked=True)
    return tuple_(*key).in_(rows) if len(key) > 1 else key[0].in_(rows)


async def _run(session: AsyncSession, statement: Any) -> int:
    done: Any = await session.execute(statement.execution_options(synchronize_session=False))
    return max(0, int(done.rowcount))


async def _ended_erasures(session: AsyncSession, before: datetime, _now: datetime) -> int:
    ended = func.coalesce(Erasure.completed_at, Erasure.cancelled_at)
    rows = (
        await session.scalars(select(Erasure.id).where(ended < before).limit(BATCH).with_for_update(skip_locked=True))
    ).all()
    await session.execute(delete(ErasureReceipt).where(ErasureReceipt.erasure_id.in_(rows)))
    return await _run(session, delete(Erasure).where(Erasure.id.in_(rows)))


_SWEEPS: Mapping[str, Sweep] = {
    "sessions": _deletes(
        Session,
        # An app's outlives its token for as long as it may be continued.
        lambda before, _: and_(
            Session.expires_at < before,
            ~exists(select(literal(1)).where(OAuthGrant.session_id == Session.id, OAuthGrant.expires_at >= before)),
        ),
    ),
    "parked_forms": _deletes(ParkedForm, lambda before, _: ParkedForm.expires_at < before),
    "sign_in_attempts": _deletes(SignInAttempt, lambda before, _: SignInAttempt.expires_at < before),
    "code_secrets": _deletes(
        CodeSecret, lambda before, _: and_(CodeSecret.state == "offered", CodeSecret.created_at < before)
    ),
    "passkey_challenges": _deletes(PasskeyChallenge, lambda before, _: PasskeyChallenge.expires_at < before),
    "letters": _deletes(Letter, lambda before, _: Letter.created_at < before),
    "rate_limits": _deletes(RateLimit, lambda before, _: RateLimit.free_at < before),
    "oauth_codes": _deletes(OAuthCode, lambda before, _: OAuthCode.expires_at < before),
    "shop_decisions": _empties(
        ShopDecision, lambda before: and_(ShopDecision.created_at < before, ShopDecision.reason != ""), reason=""
    ),
    "holds": _empties(
        Hold,
        lambda before: and_(Hold.created_at < before, or_(Hold.appeal != "", Hold.decision != "")),
        appeal="",
        decision="",
    ),
    "carts": _deletes(
        Cart,
        lambda before, _: and_(
            Cart.user_id.is_(None),
            Cart.updated_at < before,
            ~exists(select(literal(1)).where(Checkout.cart_id == Cart.id)),
        ),
    ),
    "risk_decisions": _empties(
        RiskDecision, lambda before: and_(RiskDecision.created_at < before, RiskDecision.reason != ""), reason=""
    ),
    "refund_notes": _empties(
        RefundNote, lambda before: and_(RefundNote.created_at < before, RefundNote.text != ""), text=""
    ),
    "commission_pictures": _deletes(
        CommissionPicture,
        lambda before, _: and_(
            CommissionPicture.purpose == "message",
            CommissionPicture.message_id.is_(None),
            CommissionPicture.created_at < before,
        ),
    ),
    "effects": _deletes(Effect, lambda before, _: Effect.created_at < before),
    "inbox_events": _empties(
        InboxEvent,
        lambda before: and_(
            InboxEvent.received_at < before,
            InboxEvent.processed_at.is_not(None),
            func.jsonb_exists_any(InboxEvent.payload, cast(["location", "reason", "payment_id"], ARRAY(String))),
        ),
        payload=InboxEvent.payload.op("-")("location").op("-")("reason").op("-")("payment_id").cast(JSONB),
    ),
    "idempotency_records": _deletes(IdempotencyRecord, lambda before, _: IdempotencyRecord.created_at < before),
    "consents": _deletes(
        Consent,
        lambda before, _: exists(select(literal(1)).where(User.id == Consent.person_id, User.erased_at < before)),
    ),
    "data_exports": _empties(
        DataExport, lambda before: and_(DataExport.ready_at < before, DataExport.sealed.is_not(None)), sealed=None
    ),
    "erasures": _ended_erasures,
    "retention_sweeps": _deletes(RetentionSweep, lambda before, _: RetentionSweep.at < before),
}
