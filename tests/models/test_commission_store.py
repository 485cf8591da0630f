"""Where commissions are kept: sealed words, drafts and versions that stay, what the process remembers, lists."""

import json
from datetime import date, timedelta

import pytest
from hypothesis import given
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from core import clock
from core.database import Database
from models.errors import NotFound
from models.repositories import commission_reading, commission_versions, commissions, privacy_erasing, privacy_erasures
from models.repositories.commission_versions import Draft, as_json, from_json
from models.repositories.commissions import ERASED, NewCommission
from models.repositories.processes import Progress as Told
from models.repositories.processes import record_progress
from models.rules.commission.contract import Stage, Terms
from models.rules.commission.deadlines import CommissionDeadlines
from models.rules.commission.endings import Ending
from models.rules.commission.record import Commission, Offer, Progress, Status
from models.tables.commissions import CommissionRow
from models.types import Party
from tests.models.commission.contracts import contracts, desk
from tests.support.buying import add_address
from tests.support.marketplace import TestShop, add_person, add_shop

TITLES = {1: "Drawing", 2: "Frame", 3: "Oil"}


@given(contracts())
def test_terms_come_back_as_they_were(terms: Terms) -> None:
    assert from_json(json.loads(json.dumps(as_json(terms)))) == terms


@pytest.fixture
async def shop(database: Database) -> TestShop:
    async with database.transaction() as session:
        return await add_shop(session)


@pytest.fixture
async def commission(database: Database, shop: TestShop) -> Commission:
    """A wish, and what its process remembers of it."""
    async with database.transaction() as session:
        return await wished(session, shop)


async def wished(session: AsyncSession, shop: TestShop, customer_id: str = "") -> Commission:
    person_id = customer_id or (await add_person(session))[0]
    address_id = await add_address(session, person_id)
    new = NewCommission(
        shop.id, person_id, address_id, "USD", "A désk 🪵", "Of walnut.", 650, 90_000, date(2027, 1, 31)
    )
    commission_id = await commissions.add(session, new)
    return Commission(commission_id, person_id, shop.owner_id, "USD", 650, CommissionDeadlines(), clock.now())


def offered(record: Commission, number: int, by: Party, terms: Terms) -> None:
    record.versions, record.status = number, Status.OFFERED
    record.offer = Offer(number, by, terms, clock.now() + timedelta(days=7))


def draft(record: Commission, number: int = 1, by: Party = Party.ARTISAN, note: str = "", **changed: object) -> Draft:
    return Draft(record.id, number, by, "quote" if number == 1 else "counter", desk(**changed), TITLES, note)


async def test_a_wish_is_sealed_in_the_table_and_opens_to_its_words(database: Database, commission: Commission) -> None:
    async with database.transaction() as session:
        row = await commissions.get(session, commission.id)
        facts = await commissions.facts(session, commission.id)
        words = await commissions.words(session, commission.id)
    assert (words.title, words.brief) == ("A désk 🪵", "Of walnut.")
    assert b"walnut" not in (row.brief_sealed or b"walnut")
    assert (row.budget_minor, row.wanted_by, row.version) == (90_000, date(2027, 1, 31), 0)
    assert (facts.artisan_id, facts.process) == (commission.artisan_id, None)


async def test_what_does_not_exist_is_not_found(database: Database) -> None:
    async with database.transaction() as session:
        for reads in (commissions.get, commissions.facts, commissions.words):
            with pytest.raises(NotFound):
                await reads(session, "com_nothing")
        with pytest.raises(NotFound):
            await commission_versions.version(session, "com_nothing", 1)
        record = Commission("com_nothing", "usr_1", "usr_2", "USD", 650, CommissionDeadlines(), clock.now())
        with pytest.raises(NotFound):
            await commissions.save_record(session, record, clock.now())


async def test_a_draft_is_written_anew_until_the_process_takes_it(database: Database, commission: Commission) -> None:
    async with database.transaction() as session:
        await commission_versions.write_draft(session, draft(commission, note="First."))
        await commission_versions.write_draft(session, draft(commission, note="Better.", shipping_minor=9_000))
        assert await commission_versions.versions(session, commission.id) == [], "no page shows a draft"
        offered(commission, 1, Party.ARTISAN, desk(shipping_minor=9_000))
        await commissions.save_record(session, commission, clock.now())
        await commission_versions.write_draft(session, draft(commission, note="Too late."))
        (taken,) = await commission_versions.versions(session, commission.id)
    assert (taken.note, taken.terms, taken.titles) == ("Better.", desk(shipping_minor=9_000), TITLES)
    assert (taken.version, taken.by, taken.price_minor) == (1, Party.ARTISAN, desk(shipping_minor=9_000).price_minor)


async def test_of_two_who_write_at_once_the_one_that_the_process_heard_counts(
    database: Database, commission: Commission
) -> None:
    async with database.transaction() as session:
        await commission_versions.write_draft(session, draft(commission, 2, Party.CUSTOMER, "Mine."))
        await commission_versions.write_draft(session, draft(commission, 2, Party.ARTISAN, "No, mine."))
        offered(commission, 2, Party.CUSTOMER, desk())
        await commissions.save_record(session, commission, clock.now())
        found = await commission_versions.version(session, commission.id, 2)
    assert (found.by, found.note) == (Party.CUSTOMER, "Mine.")


async def test_the_terms_are_those_that_the_process_heard(database: Database, commission: Commission) -> None:
    """Two offers of one side, sent at once: the draft may be the other one's."""
    async with database.transaction() as session:
        await commission_versions.write_draft(session, draft(commission, shipping_minor=1))
        offered(commission, 1, Party.ARTISAN, desk())
        await commissions.save_record(session, commission, clock.now())
        assert (await commission_versions.version(session, commission.id, 1)).terms == desk()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE commission_versions SET price_minor = 1",
        "UPDATE commission_versions SET terms = '{}'",
        "UPDATE commission_versions SET taken = false",
        "UPDATE commission_versions SET note = 'Otherwise.'",
        'UPDATE commission_versions SET titles = \'{"1": "Otherwise"}\'',
        "DELETE FROM commission_versions",
    ],
)
async def test_the_database_keeps_what_was_taken(database: Database, commission: Commission, statement: str) -> None:
    async with database.transaction() as session:
        await commission_versions.write_draft(session, draft(commission, note="As we said."))
        offered(commission, 1, Party.ARTISAN, desk())
        await commissions.save_record(session, commission, clock.now())
    with pytest.raises(DBAPIError, match="a version of a contract is never"):
        async with database.transaction() as session:
            await session.execute(text(statement))


async def test_what_the_process_remembers_is_written_whole_and_again(
    database: Database, commission: Commission
) -> None:
    now = clock.now()
    commission.status, commission.version, commission.terms = Status.WORKING, 1, desk()
    commission.accepted_at, commission.tax_minor, commission.agreed_minor = now, 10_240, 138_240
    commission.milestones = {
        1: Progress(Stage.APPROVED, now, now, now, now, revisions=2, late_told=True),
        2: Progress(Stage.WORKING, now, now),
        3: Progress(),
    }
    async with database.transaction() as session:
        for _ in range(2):
            await commissions.save_record(session, commission, now)
        row = await commissions.get(session, commission.id)
        stood = await commission_reading.progress(session, commission.id)
    assert (row.version, row.tax_minor, row.agreed_minor, row.agreed_at) == (1, 10_240, 138_240, now)
    assert stood == commission.milestones

    del commission.milestones[3]  # by a change of the contract
    commission.status, commission.ending = Status.ENDED, Ending.AGREED
    async with database.transaction() as session:
        await commissions.save_record(session, commission, now)
        await commissions.save_record(session, commission, now + timedelta(days=1))
        row = await commissions.get(session, commission.id)
        assert (row.ended_at, row.ending) == (now, Ending.AGREED.value), "it ended when it was first said to have"
        assert set(await commission_reading.progress(session, commission.id)) == {1, 2}


async def test_lists_go_on_where_they_stopped(database: Database, shop: TestShop) -> None:
    async with database.transaction() as session:
        person_id, _ = await add_person(session)
        made = sorted([(await wished(session, shop, person_id)).id for _ in range(5)], reverse=True)
        await wished(session, await add_shop(session))
        seen: list[str] = []
        while found := await commissions.of_customer(session, person_id, before=seen[-1] if seen else None, limit=2):
            seen += [facts.row.id for facts in found]
        assert seen == made


async def test_an_open_commission_is_an_obligation_of_both(
    database: Database, shop: TestShop, commission: Commission
) -> None:
    workflow_id = f"commission-{commission.id}"
    for sequence, is_final, owed in ((1, False, 1), (2, True, 0)):
        async with database.transaction() as session:
            await record_progress(session, Told(workflow_id, "commission", "working", sequence, is_final=is_final))
            customer = await privacy_erasures.still_open(session, commission.customer_id)
            keeper = await privacy_erasures.still_open(session, shop.owner_id)
        assert (customer.bought, keeper.sold) == (owed, owed)


@pytest.mark.parametrize("who", [Party.CUSTOMER, Party.ARTISAN])
async def test_an_erasure_takes_the_words_and_leaves_the_contract(
    database: Database, commission: Commission, who: Party
) -> None:
    async with database.transaction() as session:
        await commission_versions.write_draft(session, draft(commission, note="For your mother."))
        offered(commission, 1, Party.ARTISAN, desk())
        await commissions.save_record(session, commission, clock.now())
        card = {"card_brand": "visa", "card_last4": "4242", "provider_customer_id": "cus_1"}
        await session.execute(update(CommissionRow).where(CommissionRow.id == commission.id).values(card))
        person_id = commission.customer_id if who is Party.CUSTOMER else commission.artisan_id
        await privacy_erasing.lock(session, person_id)
        await privacy_erasing.erase_person(session, person_id, "erasure-1", clock.now())
    async with database.transaction() as session:
        row = await commissions.get(session, commission.id)
        words = await commissions.words(session, commission.id)
        (stays,) = await commission_versions.versions(session, commission.id)
        cards = await privacy_erasures.kept_customers(session, commission.customer_id)
    assert (stays.note, stays.titles, stays.terms) == ("", {}, desk())
    theirs = who is Party.CUSTOMER
    assert (words.title == ERASED, row.card_last4 == "", row.title_sealed is None) == (theirs, theirs, theirs)
    assert cards == ["cus_1"], "so that the provider can be asked to forget it"
