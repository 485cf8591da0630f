"""A commission's charges: each is taken once, whatever becomes of the provider's answers, and booked once."""

import asyncio

import pytest
from sqlalchemy import func, select
from temporalio.exceptions import ApplicationError

from activities.commission_money import AssessTax
from models.audited import Audited
from models.rules.commission.results import Outcome
from models.tables.audit import AuditEntry
from models.tables.commissions import CommissionCharge
from tests.activities.commission_money.conftest import ASKS_ALWAYS, TAX, Contract
from tests.activities.commission_money.conftest import add_version as written
from tests.models.commission.contracts import desk

PAID, OPEN, DECLINED = Outcome.PAID, Outcome.OPEN, Outcome.DECLINED
DEPOSIT, DEPOSITS_TAX = 30_000, 2_400


async def test_the_tax_of_a_version_is_that_of_the_customers_address(contract: Contract) -> None:
    """New York, 4 % of 1,200.00 and of 80.00."""
    assert await contract.steps.assess_tax(AssessTax(contract.id, 1)) == 5_120
    async with contract.database.transaction() as session:
        await written(session, contract.id, 2, desk(shipping_minor=0))
    assert await contract.steps.assess_tax(AssessTax(contract.id, 2)) == 4_800


async def test_a_version_that_is_not_written_down_yet_is_asked_for_again(contract: Contract) -> None:
    with pytest.raises(ApplicationError) as refused:
        await contract.steps.assess_tax(AssessTax(contract.id, 7))
    assert not refused.value.non_retryable


async def test_a_deposit_is_paid_on_the_page_and_keeps_the_card(contract: Contract) -> None:
    step = contract.payment(1)
    assert (await contract.steps.open_deposit(step)).outcome is OPEN
    row = await contract.charge(step)
    assert row.redirect_url is not None
    assert row.redirect_url.startswith(contract.provider.url)
    assert (await contract.steps.look_up(step)).outcome is OPEN
    assert await contract.books() == {}

    await contract.pays()
    assert (await contract.steps.look_up(step)).outcome is PAID
    row, commission = await contract.charge(step), await contract.row()
    assert (row.state, row.redirect_url, row.paid_at is not None) == ("paid", None, True)
    assert (commission.card_brand, commission.card_last4) == ("visa", "4242")
    fee = row.fee_minor or 0
    expected = {
        "order_held": -DEPOSIT,
        "tax_payable": -DEPOSITS_TAX,
        "processing_fees": fee,
        "provider_pending": DEPOSIT + DEPOSITS_TAX - fee,
    }
    assert await contract.books() == expected

    for again in (contract.steps.open_deposit, contract.steps.look_up, contract.steps.close_deposit):
        assert (await again(step)).outcome is PAID
    assert await contract.books() == expected
    async with contract.database.transaction() as session:
        told = select(func.count()).where(AuditEntry.action == Audited.PAYMENT_CAPTURED.value)
        assert await session.scalar(told) == 1


async def test_two_who_find_the_payment_at_once_book_it_once(contract: Contract) -> None:
    step = await contract.pays()
    found = await asyncio.gather(*(contract.steps.look_up(step) for _ in range(3)), contract.steps.close_deposit(step))
    assert {one.outcome for one in found} == {PAID}
    assert (await contract.books())["order_held"] == -DEPOSIT


async def test_a_closed_page_can_not_be_paid(contract: Contract) -> None:
    step = contract.payment(1)
    await contract.steps.open_deposit(step)
    assert (await contract.steps.close_deposit(step)).outcome is Outcome.CANCELLED
    row = await contract.charge(step)
    assert (row.state, row.redirect_url) == ("cancelled", None)
    assert await contract.provider.pay(row.provider_id or "") != 200
    assert (await contract.steps.open_deposit(step)).outcome is Outcome.CANCELLED


async def test_what_was_given_up_before_it_was_begun_is_never_begun(contract: Contract) -> None:
    step = contract.payment(1)
    assert (await contract.steps.close_deposit(step)).outcome is Outcome.CANCELLED
    assert (await contract.steps.open_deposit(step)).outcome is Outcome.CANCELLED
    assert (await contract.charge(step)).provider_id is None


async def test_a_page_whose_answer_got_lost_is_the_same_page(contract: Contract) -> None:
    step = contract.payment(1)
    await contract.provider.once("timeout_after_success", "POST /v1/checkout/sessions")
    with pytest.raises(ApplicationError):
        await contract.steps.open_deposit(step)
    assert (await contract.steps.open_deposit(step)).outcome is OPEN
    assert len((await contract.provider.gateway.client.v1.checkout.sessions.list_async()).data) == 1


async def test_the_kept_card_is_charged_while_nobody_is_there(contract: Contract) -> None:
    await contract.deposited()
    step = contract.payment(2)
    assert (await contract.steps.charge(step)).outcome is PAID
    assert (await contract.steps.charge(step)).outcome is PAID
    held = DEPOSIT + step.amount_minor
    assert (await contract.books())["order_held"] == -held
    assert await contract.at_the_provider() == held + DEPOSITS_TAX + step.tax_minor


@pytest.mark.parametrize("fault", ["timeout_after_success", "error_500_after_success"])
async def test_a_lost_answer_charges_once(contract: Contract, fault: str) -> None:
    await contract.deposited()
    step = contract.payment(2)
    await contract.provider.once(fault, "POST /v1/payment_intents")
    with pytest.raises(ApplicationError):
        await contract.steps.charge(step)
    assert (await contract.steps.charge(step)).outcome is PAID
    assert await contract.at_the_provider() == DEPOSIT + DEPOSITS_TAX + step.amount_minor + step.tax_minor


async def test_two_charges_at_once_are_one(contract: Contract) -> None:
    await contract.deposited()
    step = contract.payment(2)
    found = await asyncio.gather(*(contract.steps.charge(step) for _ in range(3)), return_exceptions=True)
    assert PAID in {one.outcome for one in found if not isinstance(one, BaseException)}
    assert (await contract.steps.look_up(step)).outcome is PAID
    assert await contract.at_the_provider() == DEPOSIT + DEPOSITS_TAX + step.amount_minor + step.tax_minor


async def test_a_decline_is_a_result_and_a_new_try_a_new_payment(contract: Contract) -> None:
    await contract.deposited()
    await contract.cards_do("insufficient_funds")
    first = contract.payment(2)
    declined = await contract.steps.charge(first)
    assert (declined.outcome, declined.why) == (DECLINED, "insufficient_funds")
    assert await contract.steps.look_up(first) == declined
    assert (await contract.steps.cancel_charge(first)).outcome is Outcome.CANCELLED
    await contract.cards_do("")
    assert (await contract.steps.charge(contract.payment(2, attempt=2))).outcome is PAID
    assert (await contract.steps.charge(first)).outcome is Outcome.CANCELLED


async def test_another_card_takes_the_place_of_one_that_has_expired(contract: Contract) -> None:
    """The charge that was declined is closed as what it is, the page keeps the new card, and later charges use it."""
    await contract.deposited()
    before = await contract.row()
    await contract.cards_do("expired_card")
    first = contract.payment(2)
    assert (await contract.steps.charge(first)).why == "expired_card"
    assert (await contract.steps.close_deposit(first)).outcome is Outcome.CANCELLED
    second = await contract.pays(2, attempt=2, card="5555555555554444")
    assert (await contract.steps.look_up(second)).outcome is PAID
    row = await contract.row()
    assert row.provider_customer_id == before.provider_customer_id
    assert row.method_id != before.method_id
    assert (row.card_last4, before.card_last4) == ("4444", "4242")
    await contract.cards_do("")
    assert (await contract.steps.charge(contract.payment(3))).outcome is PAID
    assert await contract.at_the_provider() == contract.terms.total_minor + TAX


async def test_a_bank_that_wants_the_customer_gets_them_to_the_same_payment(contract: Contract) -> None:
    await contract.deposited(card=ASKS_ALWAYS)
    step = contract.payment(2)
    assert (await contract.steps.charge(step)).outcome is Outcome.NEEDS_CUSTOMER
    row = await contract.charge(step)
    assert row.state == "needs_customer"
    assert row.redirect_url is not None
    assert (await contract.steps.look_up(step)).outcome is Outcome.NEEDS_CUSTOMER
    assert (await contract.charge(step)).redirect_url == row.redirect_url

    async with contract.provider_page() as customer:
        assert (await customer.post(row.redirect_url, data={"answer": "complete"})).status_code == 303
    assert (await contract.steps.look_up(step)).outcome is PAID
    after = await contract.charge(step)
    assert (after.intent_id, after.redirect_url) == (row.intent_id, None)


async def test_who_is_faster_than_the_cancellation_has_paid(contract: Contract) -> None:
    await contract.deposited(card=ASKS_ALWAYS)
    step = contract.payment(2)
    await contract.steps.charge(step)
    url = (await contract.charge(step)).redirect_url or ""

    async def the_customer_is_faster() -> None:
        async with contract.provider_page() as customer:
            await customer.post(url, data={"answer": "complete"})

    contract.provider.wire.before["/cancel"] = the_customer_is_faster
    assert (await contract.steps.cancel_charge(step)).outcome is PAID
    assert (await contract.books())["order_held"] == -(DEPOSIT + step.amount_minor)


async def test_without_a_card_nothing_is_charged(contract: Contract) -> None:
    await contract.deposited()
    row = await contract.row()
    await contract.provider.cards.forget_customer(row.provider_customer_id, key="forget")
    result = await contract.steps.charge(contract.payment(2))
    assert (result.outcome, result.why) == (DECLINED, "no_card")
    assert (await contract.steps.cancel_charge(contract.payment(2))).outcome is Outcome.CANCELLED


async def test_a_charge_that_nobody_began_is_looked_up_in_vain(contract: Contract) -> None:
    assert (await contract.steps.look_up(contract.payment(3))).outcome is OPEN


async def test_an_operation_charges_one_amount(contract: Contract) -> None:
    """A defect of ours must not pass for a repetition."""
    step = contract.payment(1)
    await contract.steps.open_deposit(step)
    other = type(step)(**{**vars(step), "amount_minor": step.amount_minor + 1})
    with pytest.raises(ValueError, match="charges 30000"):
        await contract.steps.open_deposit(other)
    async with contract.database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(CommissionCharge)) == 1
