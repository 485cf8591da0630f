"""What Stripe tells about artisans' accounts and the payouts from them, and whom it concerns. Hints to look, all of it.

An event names the account that it happened in, so whatever is under way for that shop is told, and decides nothing
before it has asked.
"""

from api.process_client import ProcessClient
from core.database import Database
from models.repositories import payouts, payouts_connected
from models.repositories.inbox import LeasedEvent
from workflows.payout.messages import PayoutEvent

PAYOUTS = frozenset({"payout.updated", "payout.paid", "payout.failed", "payout.canceled"})
CHANGES = frozenset({"account.updated", "account.external_account.updated", "account.external_account.deleted"})
ACCOUNTS = PAYOUTS | CHANGES


async def tell_payouts(database: Database, processes: ProcessClient, event: LeasedEvent) -> None:
    """The event's subject is the connected account. One that is none of ours concerns nobody."""
    async with database.transaction() as session:
        shop_id = await payouts_connected.shop_of(session, event.subject)
        if shop_id is None:
            return
        under_way = await payouts.open_of_shop(session, shop_id)
    if event.type in CHANGES:
        await processes.start_payout_account(shop_id, event.event_id)
    signal = "account_changed" if event.type in CHANGES else "provider_told"
    for payout_id in under_way:
        await processes.signal(payout_id, signal, PayoutEvent(event.event_id))
