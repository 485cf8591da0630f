"""Whoever is erased after a commission is forgotten by the provider, too: their kept card, the page and the charges."""

from datetime import timedelta
from pathlib import Path
from unittest.mock import AsyncMock

from activities.erasure import Announce, ErasureActivities, FollowRedaction, Step
from activities.gateways.erasure_journal import FileErasureJournal
from activities.gateways.postgres_search import PostgresSearch
from activities.gateways.stripe_privacy import StripePrivacy
from core import clock
from models.repositories import privacy_erasures
from models.repositories.processes import Progress
from models.rules.erasure import Target
from tests.activities.commission_money.conftest import Contract
from tests.support.running import patiently
from tests.support.sandbox import STRIPE_KEY


async def test_the_kept_card_and_every_charge_are_forgotten(contract: Contract, tmp_path: Path) -> None:
    await contract.deposited()
    second = contract.payment(2)
    await contract.steps.charge(second)
    deposit, charge = await contract.charge(contract.payment(1)), await contract.charge(second)
    row = await contract.row()
    async with contract.database.transaction() as session:
        paid = await privacy_erasures.payments_of(session, contract.customer_id)
        keeper = await privacy_erasures.payments_of(session, contract.shop.owner_id)
        cards = await privacy_erasures.kept_customers(session, contract.customer_id)
    assert paid == [(deposit.provider_id, deposit.intent_id), (None, charge.provider_id)]
    assert keeper == []
    assert cards == [row.provider_customer_id]

    privacy = StripePrivacy(STRIPE_KEY, api_base=contract.provider.url)
    steps = ErasureActivities(
        contract.database,
        search=PostgresSearch,
        mailer=AsyncMock(),
        payers=privacy,
        cards=contract.provider.cards,
        payouts=contract.provider.payouts,
        couriers={},
        journal=FileErasureJournal(tmp_path / "erasures.jsonl"),
        public_url="https://shop.example",
    )
    now = clock.now()
    progress = Progress("erasure-1", "erasure", "requested", 1)
    await steps.announce(Announce("erasure-1", contract.customer_id, 1, now, now + timedelta(days=14), progress))
    step = Step("erasure-1", contract.customer_id, "erasure-1/payments-1")
    try:
        job = await steps.begin_redaction(step)
        assert (await steps.begin_redaction(step)).id == job.id, "asked twice, it is one job"
        follow = FollowRedaction("erasure-1", job.id, f"{step.key}/run")

        async def done() -> bool | None:
            return (await steps.follow_redaction(follow)).done or None

        assert await patiently(done, within=10)
    finally:
        await privacy.aclose()
    async with contract.database.transaction() as session:
        receipts = [receipt.target for receipt in await privacy_erasures.receipts(session, "erasure-1")]
    assert receipts == [Target.PAYMENTS.value]
    third = contract.payment(3)
    assert (await contract.steps.charge(third)).why == "no_card"
