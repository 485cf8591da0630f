"""Reads what a shop has with us and what stands between it and its money. Changes nothing.

`standing` is the one answer to "how much is available, and why not more": the step that sets money aside, the API and
the pages all ask it.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.errors import NotFound
from models.repositories import (
    ledger_balances,
    payouts,
    payouts_connected,
    payouts_holds,
    person_keys,
    privacy_erasures,
    repayments,
)
from models.rules.bank_accounts import PAUSED_AFTER_CHANGE
from models.rules.bookkeeping import AccountKind
from models.rules.payouts import Payee, PayoutProblem, Standing, held_in, problem_of
from models.tables.catalogue import Shop
from models.tables.payouts import ConnectedAccount, PayoutAccount

OWNED = (
    AccountKind.ARTISAN_PAYABLE,
    AccountKind.ARTISAN_RESERVE,
    AccountKind.ARTISAN_IN_TRANSIT,
    AccountKind.ARTISAN_DEBT,
)


async def standing(session: AsyncSession, shop_id: str, currency: str, now: datetime) -> Standing:
    """Of one shop in one currency."""
    balances = await ledger_balances.balances_of(session, shop_id)
    owed = {kind: -balances[kind][currency].minor if currency in balances.get(kind, {}) else 0 for kind in OWNED}
    debt = -owed[AccountKind.ARTISAN_DEBT]
    without_plan = Standing(
        currency=currency,
        payable_minor=owed[AccountKind.ARTISAN_PAYABLE],
        reserve_minor=owed[AccountKind.ARTISAN_RESERVE],
        on_its_way_minor=owed[AccountKind.ARTISAN_IN_TRANSIT],
        debt_minor=debt,
        instalment_minor=0,
        holds=held_in(await payouts_holds.unreleased(session, shop_id), currency),
        now=now,
    )
    if not debt:
        return without_plan
    instalment = await repayments.due(session, shop_id, currency, without_plan.available_minor, now)
    return replace(without_plan, instalment_minor=instalment)


async def currencies_of(session: AsyncSession, shop_id: str) -> Sequence[str]:
    """The shop's own first, then every other in which it has ever had something with us. Raises `NotFound`."""
    own = await session.scalar(select(Shop.currency).where(Shop.id == shop_id))
    if own is None:
        raise NotFound("There is no such shop.")
    balances = await ledger_balances.balances_of(session, shop_id)
    booked = sorted({currency for kind in OWNED for currency in balances.get(kind, {})})
    return [own, *(currency for currency in booked if currency != own)]


async def payee(session: AsyncSession, shop_id: str, pause: timedelta = PAUSED_AFTER_CHANGE) -> Payee:
    """`pause` is how long a changed bank account waits. Raises `NotFound`."""
    found = (
        await session.execute(
            select(Shop.owner_id, Shop.status, Shop.currency, PayoutAccount.changed_at)
            .outerjoin(PayoutAccount, PayoutAccount.shop_id == Shop.id)
            .where(Shop.id == shop_id)
        )
    ).one_or_none()
    if found is None:
        raise NotFound("There is no such shop.")
    owner_id, status, currency = found[:3]
    changed_at: datetime | None = found[3]  # none where there is no bank account
    connected = await payouts_connected.find(session, shop_id)
    erased = await person_keys.is_destroyed(session, owner_id) is not False
    return Payee(
        shop_status=status,
        currency=currency,
        erased=erased or await privacy_erasures.is_under_way(session, owner_id),
        has_account=changed_at is not None,
        paused_until=None if changed_at is None else changed_at + pause,
        able=connected is None or (connected.transfers_enabled and connected.payouts_enabled),
        failed=await _failed(session, shop_id, connected, changed_at),
        details_of=changed_at,
    )


async def _failed(
    session: AsyncSession, shop_id: str, connected: ConnectedAccount | None, changed_at: datetime | None
) -> PayoutProblem | None:
    """Of the bank account that is saved now."""
    if changed_at is None:
        return None
    if connected is not None and connected.bank_refused and connected.bank_learned_at == changed_at:
        return problem_of(connected.bank_refused)
    last = await payouts.newest_result(session, shop_id)
    if last is None or last.failed_at is None or last.bank_changed_at != changed_at:
        return None
    if last.paid_at is not None and last.paid_at > last.failed_at:
        return None
    return problem_of(last.failure_code)
