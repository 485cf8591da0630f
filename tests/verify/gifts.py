"""Credit in verify's market: given by two administrators, it pays for an order whole; and a gift card waits for its
holder."""

from datetime import timedelta

from activities.checkout import CheckoutActivities, CompleteSale, ReserveAndFreeze
from core import clock
from core.database import Database
from models.repositories import credit_grants
from models.repositories.processes import Progress
from models.rules.credit import GrantReason
from models.types import Money, Party, Role, TimelineEntry
from tests.support.buying import add_address, add_cart
from tests.support.marketplace import Piece, add_listing, add_person, add_shop


async def add_gifts(database: Database, steps: CheckoutActivities) -> tuple[str, str]:
    """Checkout and order."""
    async with database.transaction() as session:
        shop = await add_shop(session, name="Dyers")
        piece = await add_listing(session, shop, Piece(title="Madder skein"))
        buyer_id, _ = await add_person(session)
        ada, grace = [(await add_person(session, Role.ADMINISTRATOR))[0] for _ in range(2)]
        cart_id = await add_cart(session, buyer_id, {piece: 1})
        address_id = await add_address(session, buyer_id)
    for person_id in (buyer_id, None):
        async with database.transaction() as session:
            grant = await credit_grants.propose(session, ada, person_id, Money(9_000, "USD"), GrantReason.CAMPAIGN)
            await credit_grants.approve(session, grant.id, grace, clock.now())
    checkout_id, now = f"checkout-{cart_id}-1", clock.now()

    def told(status: str, what: str, number: int) -> Progress:
        entry = TimelineEntry(number, now, Party.SYSTEM, what)
        return Progress(checkout_id, "checkout", status, number, is_final=number > 1, entries=(entry,))

    until, total = now + timedelta(minutes=15), 4_800 + 600 + 192 + 24
    reserved = told("placing", "checkout_placed", 1)
    await steps.reserve_and_freeze(
        ReserveAndFreeze(checkout_id, cart_id, 1, buyer_id, address_id, total, until, reserved, total)
    )
    sold = told("paid", "checkout_paid", 2)
    sale = await steps.complete_sale(CompleteSale(checkout_id, 0, 0, {shop.id: now + timedelta(days=5)}, sold))
    return checkout_id, sale.order_ids[shop.id]
