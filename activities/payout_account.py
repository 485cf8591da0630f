"""Keeps a shop's account at the payment provider: opens it, teaches it the bank details, mirrors what it says.

A provider's refusal of the details is a result and no error: the artisan has to correct something. Bank details come
from SQL, go to the provider, and stay out of every message.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.boundary import translates_errors
from core import clock
from core.database import Database
from models.errors import NotFound, PartnerRefused
from models.ports import BankDetails, ConnectedAccount, PayoutGateway
from models.repositories import letters, payout_accounts, payouts_connected
from models.repositories.effects import once
from models.repositories.payout_accounts import SavedAccount
from models.tables.catalogue import Shop


@dataclass(frozen=True)
class EnsureAccount:
    shop_id: str
    pause: timedelta = timedelta()
    """How long changed details wait for their first payout."""


@dataclass(frozen=True)
class AccountSeen:
    account_id: str = ""
    problem: str = ""
    """A code of the provider's or ours (`models.rules.payouts.problem_of`); empty when money can be sent."""
    bank_changed_at: datetime | None = None
    paused_until: datetime | None = None


@dataclass(frozen=True)
class _Known:
    owner_id: str
    status: str
    country: str
    currency: str
    saved: SavedAccount | None
    provider_id: str
    learned_at: datetime | None
    refused: str
    bank_id: str


class PayoutAccountActivities:
    """Dependencies: the database, the payout gateway."""

    def __init__(self, database: Database, gateway: PayoutGateway) -> None:
        self._database = database
        self._gateway = gateway

    def all(self) -> list[Callable[..., Any]]:
        """What a worker registers."""
        return [self.ensure_account]

    @activity.defn(name="payout.ensure_account")
    @translates_errors
    async def ensure_account(self, step: EnsureAccount) -> AccountSeen:
        """Whether money can be sent to this shop now. Raises `PersonErased` when its keeper's details are gone."""
        while True:
            async with self._database.transaction() as session:
                known = await _known(session, step.shop_id)
            seen = await self._ensure(step, known)
            async with self._database.transaction() as session:
                now = await payout_accounts.find(session, step.shop_id)
            # Changed while the provider was told: the last details are the ones that it has to end with.
            if (now.changed_at if now else None) == (known.saved.changed_at if known.saved else None):
                return seen

    async def _ensure(self, step: EnsureAccount, known: _Known) -> AccountSeen:
        changed_at = known.saved.changed_at if known.saved else None
        if known.status != "approved":
            return AccountSeen(known.provider_id, "shop_suspended", changed_at)
        if known.saved is None:
            return AccountSeen(known.provider_id, "no_bank_account")
        try:
            account = await self._account(step.shop_id, known)
        except PartnerRefused as error:
            return AccountSeen(known.provider_id, code_of(error), changed_at)
        refused = await self._teach(step.shop_id, known, known.saved, account)
        paused_until = known.saved.changed_at + step.pause
        if refused:
            return AccountSeen(account.id, refused, changed_at, paused_until)
        able = account.transfers_enabled and account.payouts_enabled
        return AccountSeen(account.id, "" if able else "payouts_disabled", changed_at, paused_until)

    async def _account(self, shop_id: str, known: _Known) -> ConnectedAccount:
        """As the provider has it now, opened where there is none yet; an answer that got lost is found again."""
        if known.provider_id:
            account = await self._gateway.get_account(known.provider_id)
        else:
            async with self._database.transaction() as session:
                since = await payout_accounts.begin_opening(session, shop_id, clock.now())
            # All accounts of the platform are listed only for a shop whose own may be among them, unknown to us.
            found = None if since is None else await self._gateway.find_account(shop_id, since=since)
            # Whichever process comes first, it is one request, so that a shop never has two accounts.
            account = found or await self._gateway.create_account(
                shop_id, known.country, known.currency, key=f"connect-{shop_id}"
            )
        async with self._database.transaction() as session:
            await payouts_connected.mirror(session, shop_id, account, clock.now())
        return account

    async def _teach(self, shop_id: str, known: _Known, saved: SavedAccount, account: ConnectedAccount) -> str:
        """Gives the provider the details that it does not know yet, or has lost to older ones meanwhile; the code of
        its refusal, or nothing."""
        there = account.banks.get(known.currency, "")
        if known.learned_at == saved.changed_at and (known.refused or there == known.bank_id):
            return known.refused
        refused = ""
        try:
            # With what is there now: under the same key the provider would only repeat what it answered before.
            key = f"bank-{shop_id}-{saved.changed_at.timestamp():.6f}-{there or 'none'}"
            account = await self._gateway.set_bank_account(account.id, _details(known, saved), key=key)
        except PartnerRefused as error:
            refused = code_of(error)
        bank_id = "" if refused else account.banks.get(known.currency, "")
        async with self._database.transaction() as session:
            if not refused:
                await payouts_connected.mirror(session, shop_id, account, clock.now())
            await payouts_connected.bank_learned(session, shop_id, saved.changed_at, bank_id=bank_id, refused=refused)
            if refused:
                await _tell_refused(session, shop_id, known.owner_id, saved.changed_at)
        return refused


async def _known(session: AsyncSession, shop_id: str) -> _Known:
    row = (
        await session.execute(select(Shop.owner_id, Shop.status, Shop.country, Shop.currency).where(Shop.id == shop_id))
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such shop.")
    connected = await payouts_connected.find(session, shop_id)
    return _Known(
        *row,
        saved=await payout_accounts.find(session, shop_id),
        provider_id=connected.provider_id if connected else "",
        learned_at=connected.bank_learned_at if connected else None,
        refused=connected.bank_refused if connected else "",
        bank_id=connected.bank_id if connected else "",
    )


def _details(known: _Known, saved: SavedAccount) -> BankDetails:
    bank = saved.bank
    return BankDetails(
        holder=bank.holder,
        country=bank.iban[:2] if bank.iban else "US",
        currency=known.currency,
        iban=bank.iban,
        routing_number=bank.routing_number,
        account_number=bank.account_number,
    )


async def _tell_refused(session: AsyncSession, shop_id: str, owner_id: str, changed_at: datetime) -> None:
    async def write() -> dict[str, Any]:
        return {"letter": await letters.write(session, "bank_details_refused", owner_id, details={"shop_id": shop_id})}

    await once(session, f"bank-{shop_id}-{changed_at.timestamp():.6f}/refused", write)


def code_of(error: PartnerRefused) -> str:
    """The partner's own word where it gave one."""
    return str(error.details.get("code") or error.code)
