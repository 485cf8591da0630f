"""Gives every demo shop a bank account, here and at the provider, so that it can be paid at once.

Owns which shops still lack one. The accounts themselves are `deploy.seed.connected`'s.
"""

from collections.abc import Sequence
from datetime import timedelta

import structlog
from sqlalchemy import exists, select

from activities.gateways.stripe_payouts import StripePayouts
from activities.gateways.trust import trusting
from core.clock import now
from core.database import Database
from core.settings import Settings
from deploy.seed.connected import connect, good_bank
from models.ports import BankDetails, ConnectedAccount
from models.repositories import payout_accounts, payouts_connected
from models.repositories.payout_accounts import BankAccount
from models.tables.catalogue import Shop
from models.tables.payouts import PayoutAccount

log = structlog.get_logger(__name__)
KNOWN_FOR = timedelta(days=4)
"""Longer than a changed account waits for its first payout."""


async def connect_shops(database: Database, settings: Settings, shop_ids: Sequence[str]) -> None:
    """Only against the sandbox, which fills in the provider's page for them. Run again, it makes nothing new."""
    async with database.transaction() as session:
        rows = await session.execute(
            select(Shop.id, Shop.owner_id, Shop.owner_name, Shop.country, Shop.currency)
            .where(Shop.id.in_(shop_ids))
            .where(~exists().where(PayoutAccount.shop_id == Shop.id))
            .order_by(Shop.id)
        )
        lacking = [row._tuple() for row in rows]
    tls = trusting(settings.partners_ca_file)
    gateway = StripePayouts(settings.stripe_secret_key.get_secret_value(), api_base=settings.stripe_api_base, tls=tls)
    try:
        for shop_id, owner_id, holder, country, currency in lacking:
            bank = good_bank(country, currency, holder)
            account = await connect(
                gateway, settings.stripe_api_base, shop_id=shop_id, country=country, bank=bank, tls=tls
            )
            await _keep(database, shop_id, owner_id, bank, account)
    finally:
        await gateway.aclose()
    log.info("shops can be paid", count=len(lacking))


async def _keep(database: Database, shop_id: str, owner_id: str, bank: BankDetails, account: ConnectedAccount) -> None:
    changed_at = now() - KNOWN_FOR
    saved = BankAccount(bank.holder, bank.iban, bank.routing_number, bank.account_number)
    async with database.transaction() as session:
        await payout_accounts.save(session, shop_id, owner_id, saved, changed_at)
        await payouts_connected.mirror(session, shop_id, account, now())
        await payouts_connected.bank_learned(session, shop_id, changed_at)
