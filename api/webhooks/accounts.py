"""What Stripe tells about artisans' accounts and the payouts from them, and whom it concerns. Hints to look, all of it.

What happens to an account concerns whatever is under way for that shop; what happens to a payout, that payout alone: a
shop that is paid every day has a week of them under way. Nothing is decided before it was asked. A payout that comes
back after its process has ended gets a process that takes it back.
"""

from api.process_client import ProcessClient
from core.database import Database
from models.repositories import payouts, payouts_connected
from models.repositories.inbox import LeasedEvent
from workflows.payout.messages import PayoutEvent
from workflows.payout_return.messages import PayoutReturnInput

PAYOUTS = frozenset({"payout.updated", "payout.paid", "payout.failed", "payout.canceled"})
RETURNS = frozenset({"payout.failed", "payout.canceled"})
CHANGES = frozenset({"account.updated", "account.external_account.updated", "account.external_account.deleted"})
ACCOUNTS = PAYOUTS | CHANGES


async def tell_payouts(database: Database, processes: ProcessClient, event: LeasedEvent) -> None:
    """The event's subject is the connected account. One that is none of ours concerns nobody."""
    async with database.transaction() as session:
        shop_id = await payouts_connected.shop_of(session, event.subject)
        if shop_id is None:
            return
        under_way = await payouts.open_of_shop(session, shop_id)
        late = await payouts.arrived_for_good(session, shop_id, event.operation) if event.type in RETURNS else None
    if event.type in CHANGES:
        await processes.start_payout_account(shop_id, event.event_id)
    if late is not None:
        await processes.start_payout_return(
            PayoutReturnInput(
                payout_id=late.payout.id,
                shop_id=shop_id,
                artisan_id=late.owner_id,
                amount_minor=late.payout.amount_minor,
                currency=late.payout.currency,
                attempt=late.payout.attempt,
                account_id=late.payout.provider_account_id,
                transfer_id=late.payout.transfer_id,
                provider_payout_id=late.payout.provider_payout_id,
                details_of=late.payout.details_of,
            )
        )
    if event.type in PAYOUTS and event.operation:
        under_way = [payout_id for payout_id in under_way if event.operation.startswith(f"{payout_id}/")]
    signal = "account_changed" if event.type in CHANGES else "provider_told"
    for payout_id in under_way:
        await processes.signal(payout_id, signal, PayoutEvent(event.event_id))
