"""The steps of an erasure against a real database: what a rolled-back or put-off pivot leaves, and who is still written
to once it has begun."""

from dataclasses import replace
from pathlib import Path
from unittest.mock import AsyncMock

import pytest
from temporalio.exceptions import ApplicationError

from activities.erasure import Announce, ErasureActivities, Recorded, Step, Tell
from activities.gateways.erasure_journal import FileErasureJournal
from activities.gateways.postgres_search import PostgresSearch
from activities.letter import LetterActivities, SendLetter
from activities.notifications import NotificationActivities, Notify
from core import clock
from core.database import Database
from core.keys import FileKeyRing, Purpose
from deploy.erasures import replay
from models.repositories import letters, payouts_connected, people, privacy_erasing, privacy_erasures
from models.repositories.processes import Progress, record_progress
from models.types import LetterStatus
from tests.support.marketplace import add_listing, add_person, add_shop
from tests.support.orders import add_paid_order
from tests.support.partners import MemoryMailer
from tests.support.payouts import FakeProvider


@pytest.fixture
def mailer() -> MemoryMailer:
    return MemoryMailer()


@pytest.fixture
def journal(tmp_path: Path) -> FileErasureJournal:
    return FileErasureJournal(tmp_path / "erasures.jsonl")


@pytest.fixture
def steps(database: Database, mailer: MemoryMailer, journal: FileErasureJournal) -> ErasureActivities:
    return room(database, mailer, journal)


def room(
    database: Database, mailer: MemoryMailer, journal: FileErasureJournal, payouts: FakeProvider | None = None
) -> ErasureActivities:
    return ErasureActivities(
        database,
        search=PostgresSearch,
        mailer=mailer,
        payers=AsyncMock(),
        cards=AsyncMock(),
        payouts=payouts or FakeProvider(),
        couriers={},
        journal=journal,
        public_url="https://shop.example",
    )


def told(erasure_id: str, status: str, sequence: int) -> Progress:
    return Progress(erasure_id, "erasure", status, sequence)


async def announced(steps: ErasureActivities, person_id: str) -> str:
    erasure_id, now = f"erasure-{person_id}-1", clock.now()
    await steps.announce(Announce(erasure_id, person_id, 1, now, now, told(erasure_id, "scheduled", 1)))
    return erasure_id


async def test_whoever_stays_after_a_pivot_was_rolled_back_and_put_off_is_not_erased_by_a_restore(
    database: Database, steps: ErasureActivities, journal: FileErasureJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The journal is written before the commit. An order that comes in before the next try lets the person change
    their mind; the line must not outlive that."""
    async with database.transaction() as session:
        shop = await add_shop(session)
        bought = await add_paid_order(session, shop, {await add_listing(session, shop): 1})
        await record_progress(
            session, Progress(f"fulfillment-{bought.id}", "fulfillment", "completed", 1, is_final=True)
        )
    person_id = bought.buyer_id
    erasure_id = await announced(steps, person_id)
    pivot = Recorded(erasure_id, person_id, told(erasure_id, "erasing", 2))
    with monkeypatch.context() as broken, pytest.raises(ConnectionError):
        broken.setattr(privacy_erasing, "erase_person", AsyncMock(side_effect=ConnectionError("away")))
        await steps.erase(pivot)
    assert [line.person_id for line in await journal.all()] == [person_id]
    async with database.transaction() as session:
        await record_progress(session, Progress(f"fulfillment-{bought.id}", "fulfillment", "making", 2))
    assert (await steps.erase(pivot)).obligations == ("orders_under_way",)
    assert (await replay(database, journal)).erased == 0
    async with database.transaction() as session:
        person = await people.find_person(session, person_id)
        assert person is not None
        assert not person.erased


async def test_nothing_is_sent_between_the_mail_services_forgetting_and_the_pivot(
    database: Database, steps: ErasureActivities, mailer: MemoryMailer
) -> None:
    """Afterwards nobody knows the address that it should forget."""
    async with database.transaction() as session:
        shop = await add_shop(session)
        bought = await add_paid_order(session, shop, {await add_listing(session, shop): 1})
        letter_id = await letters.write(session, "new_sign_in", bought.buyer_id, details={"device": "Firefox"})
        other_id = await letters.write(session, "new_sign_in", shop.owner_id, details={"device": "Firefox"})
    erasure_id = await announced(steps, bought.buyer_id)
    async with database.transaction() as session:
        await record_progress(session, told(erasure_id, "erasing", 2))
    await steps.tell(Tell(erasure_id, bought.buyer_id, "erasure_done", f"{erasure_id}/done-1"))
    (last,) = mailer.sent.values()
    assert last.subject == "Your account is being deleted now", "it is sent before that is true"
    await steps.forget_mail(Step(erasure_id, bought.buyer_id, f"{erasure_id}/mail-1-1"))
    assert mailer.sent == {}
    post = LetterActivities(database, mailer, "https://shop.example")
    notices = NotificationActivities(database, mailer, "https://shop.example")
    assert await post.send_letter(SendLetter(letter_id)) is LetterStatus.NOBODY
    await notices.notify(Notify("order_accepted", bought.id, "key"))
    assert mailer.sent == {}
    assert await post.send_letter(SendLetter(other_id)) is LetterStatus.SENT

    async with database.transaction() as session:  # put off: they are still a customer
        await record_progress(session, told(erasure_id, "waiting", 3))
    assert await post.send_letter(SendLetter(letter_id)) is LetterStatus.SENT


async def test_an_erasure_whose_link_can_not_be_made_any_more_goes_on_without_its_letter(
    database: Database, mailer: MemoryMailer, journal: FileErasureJournal, tmp_path: Path
) -> None:
    """It would otherwise be tried for three days, and hold everything up."""
    ring = FileKeyRing.create(tmp_path / "keys.json")
    steps = room(Database(database.engine, ring), mailer, journal)
    async with Database(database.engine, ring).transaction() as session:
        person_id, _ = await add_person(session)
    erasure_id = await announced(steps, person_id)
    before = ring.current(Purpose.TOKENS)
    ring.rotate(Purpose.TOKENS)
    ring.erase(before.id)
    await steps.tell(Tell(erasure_id, person_id, "erasure_done", "key"))
    assert mailer.sent == {}


async def test_the_account_at_the_provider_is_closed_for_a_maker_who_never_bought(
    database: Database, mailer: MemoryMailer, journal: FileErasureJournal
) -> None:
    provider = FakeProvider()
    steps = room(database, mailer, journal, provider)
    async with database.transaction() as session:
        shop = await add_shop(session)
        account = replace(
            await provider.create_account(shop.id, "US", "USD", key="k"), requirements_due=("individual.id_number",)
        )
        await payouts_connected.mirror(session, shop.id, account, clock.now())
    erasure_id = await announced(steps, shop.owner_id)
    erased = await steps.erase(Recorded(erasure_id, shop.owner_id, told(erasure_id, "erasing", 2)))
    assert (erased.connected, erased.payments) == (True, False)
    async with database.transaction() as session:
        row = await payouts_connected.find(session, shop.id)
        assert row is not None
        assert (row.provider_id, row.requirements_due) == (account.id, []), "whom to close is all that is left"

    step = Step(erasure_id, shop.owner_id, f"{erasure_id}/connected-1")
    provider.refuses = {"close_account": ["balance_not_zero"]}
    with pytest.raises(ApplicationError) as refused:
        await steps.close_connected(step)
    assert refused.value.non_retryable
    provider.refuses, provider.lost = {}, {"close_account": 1}
    with pytest.raises(ApplicationError):
        await steps.close_connected(step)
    await steps.close_connected(step)
    await steps.close_connected(step)
    assert provider.accounts == {}
    async with database.transaction() as session:
        (_, receipt) = await privacy_erasures.receipts(session, erasure_id)
        assert (receipt.target, receipt.count, receipt.reference) == ("connected_account", 1, account.id)
        assert await payouts_connected.find(session, shop.id) is None


async def test_an_account_whose_opening_was_never_answered_is_closed_too(
    database: Database, mailer: MemoryMailer, journal: FileErasureJournal
) -> None:
    provider = FakeProvider()
    steps = room(database, mailer, journal, provider)
    async with database.transaction() as session:
        shop = await add_shop(session)
    account = await provider.create_account(shop.id, "US", "USD", key="k")
    erasure_id = await announced(steps, shop.owner_id)
    await steps.close_connected(Step(erasure_id, shop.owner_id, "key"))
    assert provider.accounts == {}
    async with database.transaction() as session:
        (receipt,) = await privacy_erasures.receipts(session, erasure_id)
        assert receipt.reference == account.id
