"""What the provider has booked for a commission is what we have, to `artisan verify` and to the nightly comparison."""

from datetime import timedelta

from sqlalchemy import text

from activities.gateways.stripe_books import StripeBooks
from core import clock
from deploy.verify import provider
from models.repositories import reconciliation, reconciliation_facts
from models.rules.commission.endings import Ending
from models.rules.reconciliation import LooseFacts
from tests.activities.commission_money.conftest import ASKS_ALWAYS, Contract
from tests.activities.commission_money.test_verified import ends
from tests.support.sandbox import STRIPE_KEY


async def told(contract: Contract, damage: str = "SELECT 1") -> list[str]:
    books = StripeBooks(STRIPE_KEY, api_base=contract.provider.url)
    async with contract.database.transaction() as session:
        connection = await session.connection()
        await connection.execute(text(damage))
        found = await provider.examine(connection, books, clock.now())
        await session.rollback()
    await books.aclose()
    return [violation.sentence for line in found for violation in line.violations]


async def compared(contract: Contract, damage: str = "SELECT 1") -> LooseFacts:
    since, before = clock.now() - timedelta(hours=1), clock.now() + timedelta(hours=1)
    page = await contract.provider.books.transactions(since=since, before=before)
    later = clock.now() + timedelta(days=1)
    async with contract.database.transaction() as session:
        await reconciliation.store(session, "", page.transactions)
        await session.execute(text(damage))
        facts = await reconciliation_facts.loose(session, later, later)
        await session.rollback()
    return facts


async def test_a_whole_life_is_strange_to_nobody(contract: Contract) -> None:
    """A page that nobody paid, a deposit, a charge that was declined, one that was paid, and refunds of two charges."""
    await contract.steps.open_deposit(contract.payment(1))
    await contract.steps.close_deposit(contract.payment(1))
    await contract.steps.look_up(await contract.pays(attempt=2, card=ASKS_ALWAYS))
    await contract.cards_do("insufficient_funds")
    await contract.steps.charge(contract.payment(2))
    await contract.steps.cancel_charge(contract.payment(2))
    assert await told(contract) == []
    await contract.cards_do("")
    await contract.steps.charge(contract.payment(2, attempt=2))
    await contract.steps.release(contract.releases(1, charges=1))
    await ends(contract, Ending.ARTISAN_LEAVES)
    assert await told(contract) == []
    facts = await compared(contract)
    assert (facts.lines, facts.causeless) == ((), ())


async def test_what_differs_is_named(contract: Contract) -> None:
    await contract.deposited()
    await contract.steps.charge(contract.payment(2))
    await contract.steps.release(contract.releases(1, charges=1))
    await ends(contract, Ending.CUSTOMER_LEAVES)
    charge, refund = contract.payment(2).operation, (await contract.refunds())[0]
    forgotten = await told(contract, "UPDATE commission_charges SET state = 'cancelled' WHERE id LIKE '%/charge-2-1'")
    assert any(charge in sentence and "was captured" in sentence for sentence in forgotten)
    unknown = await told(contract, "UPDATE commission_refunds SET provider_id = 're_other'")
    assert any(refund.id in sentence and "re_other" in sentence for sentence in unknown)

    facts = await compared(contract, "UPDATE commission_charges SET state = 'cancelled' WHERE id LIKE '%/charge-2-1'")
    assert [line.reference for line in facts.lines] == [charge]
    assert [posting.step_key for posting in facts.causeless] == [charge]
    facts = await compared(contract, "UPDATE commission_charges SET balance_transaction_id = 'txn_other'")
    assert {line.reference for line in facts.lines} == {charge, contract.payment(1).operation}
