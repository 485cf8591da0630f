"""All SQL of payout accounts: sealed as one value with the key of the shop's owner."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from models.errors import NotFound
from models.repositories import person_keys
from models.tables.payouts import PayoutAccount


@dataclass(frozen=True, slots=True)
class BankAccount:
    """Holder and numbers in full, for whoever pays; people are shown the last four digits."""

    holder: str
    iban: str = ""
    routing_number: str = ""
    account_number: str = ""

    @property
    def kind(self) -> str:
        return "iban" if self.iban else "us"

    @property
    def last_four(self) -> str:
        return (self.iban or self.account_number)[-4:]

    def __repr__(self) -> str:
        return f"BankAccount({self.kind})"  # its numbers never reach a log or a traceback


@dataclass(frozen=True, slots=True)
class SavedAccount:
    bank: BankAccount
    changed_at: datetime


async def save(session: AsyncSession, shop_id: str, person_id: str, bank: BankAccount, now: datetime) -> None:
    """In place of the one before. Raises `NotFound`, `PersonErased`."""
    key = await person_keys.open_key(session, person_id)
    sealed = person_keys.seal_field(key, person_id, _field(shop_id), json.dumps(asdict(bank), ensure_ascii=False))
    fresh = {"user_id": person_id, "kind": bank.kind, "sealed": sealed, "changed_at": now}
    await session.execute(
        upsert(PayoutAccount)
        .values(shop_id=shop_id, created_at=now, **fresh)
        .on_conflict_do_update(index_elements=[PayoutAccount.shop_id], set_=fresh)
    )


async def find(session: AsyncSession, shop_id: str) -> SavedAccount | None:
    """Raises `PersonErased`."""
    row = await session.scalar(
        select(PayoutAccount).where(PayoutAccount.shop_id == shop_id).execution_options(populate_existing=True)
    )
    if row is None:
        return None
    key = await person_keys.open_key(session, row.user_id)
    text = person_keys.open_field(key, row.user_id, _field(shop_id), row.sealed)
    return SavedAccount(BankAccount(**json.loads(text)), row.changed_at)


async def begin_opening(session: AsyncSession, shop_id: str, now: datetime) -> datetime | None:
    """Notes that the provider is asked to open an account. Since when it has been asked before, with an answer that
    never reached us; None the first time."""
    row = await session.get(PayoutAccount, shop_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound("There is no bank account.")
    before = row.opening_since
    row.opening_since = before or now
    await session.flush()
    return before


async def forget(session: AsyncSession, person_id: str) -> int:
    """Erases all of a person's; how many there were."""
    gone = await session.scalars(
        delete(PayoutAccount).where(PayoutAccount.user_id == person_id).returning(PayoutAccount.shop_id)
    )
    return len(gone.all())


def _field(shop_id: str) -> str:
    return f"payout_account/{shop_id}"
