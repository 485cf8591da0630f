"""The steps of a gift card's purchase that the provider must not be asked for any more."""

import pytest
from temporalio.exceptions import ApplicationError

from activities.gateways.stripe_payments import StripePayments
from activities.gift_card_purchase import CaptureCard, GiftCardPurchaseActivities
from core import clock
from core.database import Database
from models.repositories import gift_cards, privacy_erasing
from models.repositories.processes import Progress
from models.types import Money
from tests.support.marketplace import add_person


async def test_nothing_is_taken_from_somebody_who_has_been_erased(database: Database) -> None:
    """Refused as the provider would, so that the payment is given back: nobody could be sent the code."""
    async with database.transaction() as session:
        buyer_id, _ = await add_person(session)
        card_id = await gift_cards.want(session, buyer_id, Money(5_000, "USD"), "")
        await gift_cards.page_opened(session, card_id, "cs_1", "https://pay.example/1")
    async with database.transaction() as session:
        await privacy_erasing.lock(session, buyer_id)
        await privacy_erasing.erase_person(session, buyer_id, "erasure-1", clock.now())
    nobody = StripePayments("sk_test_none", api_base="http://127.0.0.1:9")
    steps = GiftCardPurchaseActivities(database, nobody, "https://shop.example")
    told = Progress(f"gift-card-{card_id}", "gift_card_purchase", "bought", 2, is_final=True)
    with pytest.raises(ApplicationError) as refused:
        await steps.capture(CaptureCard(card_id, "cs_1", told))
    assert refused.value.type == "partner_refused"
    async with database.transaction() as session:
        assert (await gift_cards.find(session, card_id)).state == "open"
    await nobody.aclose()
