"""Ends what has been kept long enough, a batch at a time. How long each table keeps what stands in
`models.rules.retention`; here stands which rows have reached it and what is done to them.

Rows that somebody is working on are passed over: the next run finds them.
"""

from collections.abc import Awaitable, Callable, Mapping
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
from models.tables.factors import CodeSecret, PasskeyChallenge
from models.tables.identities import SignInAttempt
from models.tables.letters import Letter
from models.tables.oauth import OAuthCode, OAuthGrant
from models.tables.people import User
from models.tables.privacy import Consent, DataExport, Erasure, ErasureReceipt, RetentionSweep
from models.tables.processes import Effect, IdempotencyRecord, InboxEvent
from models.tables.selling import Cart, Checkout, RiskDecision
from models.tables.sessions import ParkedForm, Session

Sweep = Callable[[AsyncSession, datetime, datetime], Awaitable[int]]
"""Ends one batch of what is older than the first instant, now being the second; how many rows it was."""


async def sweep(session: AsyncSession, table: str, now: datetime) -> int:
    """One batch of one table's rule. Fewer than `batch_of`: nothing is left for today."""
    days = RETENTION[table].days
    if days is None:
        raise LookupError(f"nothing sweeps {table}")
    return await _SWEEPS[table](session, now - timedelta(days=days), now)


def batch_of(table: str) -> int:
    """Rows of one batch. Erasing an account is many statements, so fewer go into one."""
    return BATCH // 10 if table == "users" else BATCH


async def note(session: AsyncSession, run: str, table: str, at: datetime, count: int) -> None:
    """Adds to what this run has done by a rule."""
    added = insert(RetentionSweep).values(run=run, rule=table, at=at, count=count)
    await session.execute(
        added.on_conflict_do_update(
            index_elements=[RetentionSweep.run, RetentionSweep.rule],
            set_={"at": at, "count": RetentionSweep.count + added.excluded.count},
        )
    )


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


async def _unconfirmed(session: AsyncSession, before: datetime, now: datetime) -> int:
    """Accounts whose address nobody ever confirmed, and that nobody has used for anything."""
    used = or_(
        exists(select(literal(1)).where(Checkout.buyer_id == User.id)),
        exists(select(literal(1)).where(Shop.owner_id == User.id)),
        exists(
            select(literal(1)).where(
                Erasure.person_id == User.id, Erasure.cancelled_at.is_(None), Erasure.completed_at.is_(None)
            )
        ),
    )
    found = await session.scalars(
        select(User.id)
        .where(
            User.email_verified_at.is_(None),
            User.erased_at.is_(None),
            User.created_at < before,
            User.role == "customer",
            ~used,
        )
        .order_by(User.id)
        .limit(batch_of("users"))
        .with_for_update(skip_locked=True)
    )
    people = found.all()
    for person_id in people:
        count = await privacy_erasing.erase_person(session, person_id, "retention", now)
        await audit.append(
            session, Audited.ERASED, actor=audit.SYSTEM, role=audit.SYSTEM, subject=person_id, details={"rows": count}
        )
    return len(people)


async def _ended_erasures(session: AsyncSession, before: datetime, _now: datetime) -> int:
    ended = func.coalesce(Erasure.completed_at, Erasure.cancelled_at)
    rows = (
        await session.scalars(select(Erasure.id).where(ended < before).limit(BATCH).with_for_update(skip_locked=True))
    ).all()
    await session.execute(delete(ErasureReceipt).where(ErasureReceipt.erasure_id.in_(rows)))
    return await _run(session, delete(Erasure).where(Erasure.id.in_(rows)))


_SWEEPS: Mapping[str, Sweep] = {
    "users": _unconfirmed,
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
