"""Takes somebody out of every table, and nobody else; and again after a backup has brought them back."""

from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from psycopg import sql
from sqlalchemy import insert, select, text, update

from activities.gateways.erasure_journal import FileErasureJournal
from activities.gateways.postgres_search import PostgresSearch
from core import clock
from core.database import Database, create_engine
from deploy.embedded.postgres import ROLE, PostgresCluster
from deploy.erasures import replay
from models.errors import Conflict
from models.ports import PostalAddress, Settlement, Tombstone
from models.repositories import (
    addresses,
    gift_cards,
    idempotency,
    ledger,
    letters,
    payouts,
    people,
    privacy_consents,
    privacy_erasing,
    privacy_erasures,
    privacy_exports,
)
from models.repositories.payouts import NewPayout
from models.repositories.processes import Progress, record_progress
from models.rules import payout_postings, reserve_postings
from models.rules.bookkeeping import AccountKind, LedgerEntry
from models.rules.consents import Purpose
from models.rules.erasure import Open
from models.rules.payouts import PayoutKind
from models.tables.catalogue import Listing, Picture, PictureRendition, Shop
from models.tables.orders import Parcel
from models.tables.processes import Effect, InboxEvent
from models.tables.selling import Cart, CheckoutShop, RiskDecision
from models.types import Money, new_id
from tests.support.buying import add_cart, fingerprint
from tests.support.keys import key_ring
from tests.support.marketplace import TestShop, add_listing, add_person, add_shop
from tests.support.orders import PaidOrder, add_paid_order
from tests.support.searching import Needles, in_tables
from tests.support.signing_in import session_of

NAME, STREET = "Zéphyrine Quatrefoil", "77 Nightjar Passage"
NEEDLES = Needles([NAME, "Quatrefoil", STREET, "Nightjar", "5550123", "Somewhere Quiet"])


@pytest.fixture
async def shop(database: Database) -> TestShop:
    async with database.transaction() as session:
        return await add_shop(session)


@pytest.fixture
async def order(database: Database, shop: TestShop) -> PaidOrder:
    """Zéphyrine's, with everything that can hang on somebody."""
    async with database.transaction() as session:
        listing_id = await add_listing(session, shop)
        bought = await add_paid_order(session, shop, {listing_id: 1})
        person_id = bought.buyer_id
        await people.rename(session, person_id, NAME)
        postal = PostalAddress(NAME, STREET, "Machias", "ME", "04654", "US", phone="+12075550123")
        await addresses.add(session, person_id, postal)
        await session.execute(update(Cart).where(Cart.user_id == person_id).values(status="ordered"))
        await add_cart(session, person_id, {listing_id: 1})
        await session_of(session, person_id)
        await letters.write(session, "new_sign_in", person_id, to="zephyrine.quatrefoil@example.com")
        await privacy_consents.record(session, person_id, {Purpose.NEWSLETTER: True}, "account", clock.now())
        await privacy_exports.request(session, "exp_1", person_id, clock.now())
        await privacy_exports.keep(
            session, "exp_1", person_id, NAME.encode(), at=clock.now(), expires_at=clock.now() + timedelta(days=7)
        )
        administrator_id, _ = await add_person(session)
        await session.execute(
            insert(RiskDecision).values(
                id="rsk_1",
                checkout_id=bought.checkout_id,
                administrator_id=administrator_id,
                approve=True,
                reason=f"Called {NAME}.",
            )
        )
        parcel_id = new_id("prc")
        await session.execute(
            insert(Parcel).values(
                id=parcel_id,
                order_id=bought.id,
                courier="swift",
                service="standard",
                tracking_number="SW1",
                label_url="https://labels.example/Nightjar",
                label_price_minor=700,
                currency="USD",
                status="delivered",
            )
        )
        await session.execute(
            insert(Effect).values(
                key=f"fulfillment-{bought.id}/label-{parcel_id}",
                result={"label_url": "https://labels.example/Nightjar"},
            )
        )
        await session.execute(
            insert(InboxEvent).values(
                source="courier:swift",
                event_id="cev_1",
                type="delivered",
                subject="SW1",
                payload={"occurred_at": clock.now().isoformat(), "location": "Somewhere Quiet", "reason": ""},
            )
        )
    return bought


async def erase(database: Database, person_id: str) -> int:
    async with database.transaction() as session:
        assert await privacy_erasing.lock(session, person_id)
        return await privacy_erasing.erase_person(session, person_id, f"erasure-{person_id}-1", clock.now())


async def test_nothing_of_somebody_is_left_in_any_table(database: Database, order: PaidOrder) -> None:
    before = await in_tables(database, NEEDLES)
    assert before == {
        *("users.name_sealed", "addresses.sealed", "letters.sealed_to", "data_exports.sealed"),
        *("risk_decisions.reason", "parcels.label_url", "effects.result", "inbox_events.payload"),
    }
    assert await erase(database, order.buyer_id) > 8
    assert await in_tables(database, NEEDLES) == set()
    assert await erase(database, order.buyer_id) == 1  # nothing but the row itself is looked at again


async def test_nobody_elses_rows_change(database: Database, shop: TestShop, order: PaidOrder) -> None:
    untouched = (
        *("categories", "listings", "stock", "pictures", "listing_search", "shops", "shipping_profiles"),
        *("orders", "order_lines", "checkouts", "checkout_lines", "checkout_shops", "refunds"),
        *("ledger_accounts", "ledger_postings", "ledger_entries", "consents", "processes", "timeline_entries"),
    )
    before = await fingerprint(database)
    await erase(database, order.buyer_id)
    after = await fingerprint(database)
    assert {table for table in untouched if before[table] != after[table]} == set()


async def test_answers_kept_for_those_who_dealt_with_them_name_them_no_more(
    database: Database, order: PaidOrder
) -> None:
    """A maker who declined an order minutes before was answered with its buyer's name and address."""
    keeper, bystander = order.shop.owner_id, "usr_bystander"
    async with database.transaction() as session:
        for owner in (keeper, bystander):
            now = clock.now()
            assert await idempotency.claim(session, owner, "once", "print", now) is None
            answer = {"buyer_name": NAME if owner == keeper else "Somebody else"}
            assert await idempotency.keep(session, owner, "once", now, status=200, body=answer)
    assert "idempotency_records.sealed" in await in_tables(database, NEEDLES)
    await erase(database, order.buyer_id)
    assert await in_tables(database, NEEDLES) == set()
    async with database.transaction() as session:
        with pytest.raises(Conflict, match="not kept any more"):  # and nothing is done twice
            await idempotency.claim(session, keeper, "once", "print", clock.now())
        kept = await idempotency.claim(session, bystander, "once", "print", clock.now())
        assert kept is not None
        assert kept.body == {"buyer_name": "Somebody else"}


async def test_a_makers_shop_closes_and_its_words_and_pictures_go(database: Database, order: PaidOrder) -> None:
    shop = order.shop
    async with database.transaction() as session:
        other = await add_shop(session, name="Elsewhere")
        kept = await add_listing(session, other)
        pieces = list(await session.scalars(select(Listing.id).where(Listing.shop_id == shop.id)))
        await session.execute(update(Picture).where(Picture.listing_id.in_(pieces)).values(content_id="theirs"))
        await session.execute(
            update(Shop).where(Shop.id == shop.id).values(story=f"{NAME} began in a shed.", avatar_content="c0ffee")
        )
        for content in ("theirs", "c0ffee"):
            await session.execute(
                insert(PictureRendition).values(content_id=content, width=320, media_type="image/webp", body=b"x")
            )
        assert await privacy_erasing.close_shop(session, shop.owner_id, clock.now()) == pieces
        await PostgresSearch(session).index(pieces)
    await erase(database, shop.owner_id)
    async with database.transaction() as session:
        row = await session.get_one(Shop, shop.id)
        assert (row.name, row.story, row.owner_name, row.city, row.country) == ("A closed shop", "", "", "", "US")
        closed = await session.get_one(Listing, pieces[0])
        assert (closed.title, closed.description, closed.status) == ("A withdrawn piece", "", "withdrawn")
        contents = set(await session.scalars(select(PictureRendition.content_id)))
        assert contents == {"c0ffee"}, "another shop's piece shows the same picture"
        titles = await session.scalar(text("SELECT title FROM order_lines LIMIT 1"))
        assert titles == "Speckled mug", "the buyer's record of what was sold stays"
        found = list(await session.scalars(text("SELECT listing_id FROM listing_search")))
        assert found == [kept]


async def test_what_is_still_open_is_counted(database: Database, order: PaidOrder) -> None:
    async def seen(person_id: str) -> Open:
        async with database.transaction() as session:
            return await privacy_erasures.still_open(session, person_id)

    async def tell(workflow_id: str, process: str, *, is_final: bool) -> None:
        async with database.transaction() as session:
            await record_progress(
                session, Progress(workflow_id, process, "any", sequence=1 + is_final, is_final=is_final)
            )

    maker, buyer = order.shop.owner_id, order.buyer_id
    # The order's process has not begun: it counts. The sale is held for the maker.
    assert await seen(buyer) == Open(bought=1)
    assert await seen(maker) == Open(sold=1, money=1)
    async with database.transaction() as session:
        part = {"items_minor": 1, "shipping_minor": 0, "tax_minor": 0, "fee_minor": 0, "handling_days": 2}
        await session.execute(insert(CheckoutShop).values(checkout_id=order.checkout_id, shop_id=order.shop.id, **part))
    await tell(order.checkout_id, "checkout", is_final=False)
    assert (await seen(buyer)).checkouts == 1
    assert (await seen(maker)).checkouts == 1
    await tell(order.checkout_id, "checkout", is_final=True)
    await tell(f"fulfillment-{order.id}", "fulfillment", is_final=True)
    assert await seen(buyer) == Open()
    assert await seen(maker) == Open(money=1)
    async with database.transaction() as session:
        held = await ledger.balance(session, AccountKind.ORDER_HELD, order.id, "USD")
        released = Money(-held.minor, "USD")
        await ledger.post(
            session,
            "release",
            "release",
            order.id,
            [
                LedgerEntry(AccountKind.ORDER_HELD, order.id, released),
                LedgerEntry(AccountKind.ARTISAN_PAYABLE, order.shop.id, held),
            ],
        )
    assert await seen(maker) == Open(money=1), "what is payable has not been paid out"
    for fils, accounts in ((9, 1), (1, 2)):
        async with database.transaction() as session:
            await ledger.post(
                session,
                f"dinars-{fils}",
                "release",
                order.id,
                [
                    LedgerEntry(AccountKind.PROVIDER_AVAILABLE, "", Money(fils, "KWD")),
                    LedgerEntry(AccountKind.ARTISAN_PAYABLE, order.shop.id, Money(-fils, "KWD")),
                ],
            )
        assert await seen(maker) == Open(money=accounts), "banks take ten fils and no less"
    async with database.transaction() as session:
        gone = Money(10, "KWD")
        spent = [
            LedgerEntry(AccountKind.ARTISAN_PAYABLE, order.shop.id, gone),
            LedgerEntry(AccountKind.PROVIDER_AVAILABLE, "", Money(-10, "KWD")),
        ]
        await ledger.post(session, "dinars-gone", "payout", order.shop.id, spent)
    one, now = Money(1, "USD"), clock.now()
    steps = {
        "kept in reserve": (reserve_postings.taken, 2),
        "given back": (reserve_postings.released, 1),
        "set aside": (payout_postings.set_aside, 2),
    }
    for step, (entries, accounts) in steps.items():
        async with database.transaction() as session:
            await ledger.post(session, step, "payout", order.shop.id, entries(order.shop.id, one))
        assert await seen(maker) == Open(money=accounts), step
    async with database.transaction() as session:
        new = NewPayout("withdrawal-wdr_1", order.shop.id, PayoutKind.WITHDRAWAL, "", 1)
        await payouts.set_aside(session, new, one, now)
    assert await seen(maker) == Open(money=3), "a payout may come back until its process has ended"
    async with database.transaction() as session:
        await payouts.ended(session, "withdrawal-wdr_1", now)
    assert await seen(maker) == Open(money=2)


async def test_a_backup_brings_people_back_and_the_journal_erases_them_again(
    database: Database, postgres_server: PostgresCluster, order: PaidOrder, tmp_path: Path
) -> None:
    journal = FileErasureJournal(tmp_path / "erasures.jsonl")
    name = str(database.engine.url.database)
    backup = sql.Identifier(f"{name}_backup")
    await database.engine.dispose()
    postgres_server.execute(
        sql.SQL("create database {} template {} owner {}").format(backup, sql.Identifier(name), sql.Identifier(ROLE))
    )
    restored = Database(create_engine(postgres_server.url(f"{name}_backup")), key_ring())
    try:
        await journal.add(Tombstone(order.buyer_id, f"erasure-{order.buyer_id}-1", clock.now()))
        await journal.add(Tombstone("usr_of_a_later_day", "erasure-usr_of_a_later_day-1", clock.now()))
        await erase(database, order.buyer_id)
        assert await in_tables(database, NEEDLES) == set()

        assert "users.name_sealed" in await in_tables(restored, NEEDLES), "with the key ring a backup can be read"
        done = await replay(restored, journal)
        assert (done.known, done.erased) == (2, 1)
        assert await in_tables(restored, NEEDLES) == set()
        assert (await replay(restored, journal)).erased == 0
    finally:
        await restored.close()
        postgres_server.execute(sql.SQL("drop database {} with (force)").format(backup))


async def test_the_journal_keeps_each_person_once_and_refuses_half_a_list(tmp_path: Path) -> None:
    file = tmp_path / "somewhere" / "erasures.jsonl"
    journal, now = FileErasureJournal(file), clock.now()
    assert await journal.all() == []
    for _ in range(2):
        await journal.add(Tombstone("usr_1", "erasure-usr_1-1", now))
    await journal.add(Tombstone("usr_2", "erasure-usr_2-1", now))
    assert await journal.all() == [
        Tombstone("usr_1", "erasure-usr_1-1", now),
        Tombstone("usr_2", "erasure-usr_2-1", now),
    ]
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_text(file.read_text() + '{"person": "usr_3"')
    with pytest.raises(ValueError, match="line 4"):
        await journal.all()


async def test_a_code_finds_its_erasure_and_no_other_does(database: Database) -> None:
    async with database.transaction() as session:
        person_id, _ = await add_person(session)
        id_, now = f"erasure-{person_id}-1", clock.now()
        told = {"requested_at": now, "erase_at": now}
        assert await privacy_erasures.announce(session, id_, person_id, 1, **told)
        assert not await privacy_erasures.announce(session, id_, person_id, 1, **told)
        erasure = await privacy_erasures.find(session, id_)
        assert erasure is not None
        code = privacy_erasures.code_of(session, erasure)
        assert len(code) == 43
        assert await privacy_erasures.find_by_code(session, code) is erasure
        assert await privacy_erasures.find_by_code(session, code[:-1] + "x") is None
        assert await privacy_erasures.next_number(session, person_id) == 1
        assert await privacy_erasures.cancel(session, id_, now)
        assert not await privacy_erasures.mark_erased(session, id_, now)
        assert await privacy_erasures.next_number(session, person_id) == 2


async def test_a_gift_card_that_is_being_paid_is_waited_for(database: Database, order: PaidOrder) -> None:
    """Whoever pays for it when nobody is left to be sent its code would have paid for nothing."""
    async with database.transaction() as session:
        buyer_id, _ = await add_person(session)
        card_id = await gift_cards.want(session, buyer_id, Money(5_000, "USD"), "")
        assert (await privacy_erasures.still_open(session, buyer_id)).checkouts == 0, "nobody can pay for it yet"
        await record_progress(session, Progress(f"gift-card-{card_id}", "gift_card_purchase", "awaiting_payment", 1))
        assert (await privacy_erasures.still_open(session, buyer_id)).checkouts == 1
        assert (await privacy_erasures.still_open(session, order.buyer_id)).checkouts == 0, "another's"
        told = Progress(f"gift-card-{card_id}", "gift_card_purchase", "expired", 2, is_final=True)
        await record_progress(session, told)
        assert (await privacy_erasures.still_open(session, buyer_id)).checkouts == 0


async def test_a_code_that_has_not_been_mailed_yet_is_waited_for(database: Database) -> None:
    """Paid, and the mail service is down: an erasure would take the only letter that its code can be told from."""
    async with database.transaction() as session:
        buyer_id, _ = await add_person(session)
        usd = Money(5_000, "USD")
        card_id = await gift_cards.want(session, buyer_id, usd, "friend@example.com")
        settled = Settlement("txn_1", usd, Money(175, "USD"), usd - Money(175, "USD"), clock.now())
        await gift_cards.sell(session, card_id, "pi_1", settled, clock.now())
        told = Progress(f"gift-card-{card_id}", "gift_card_purchase", "bought", 2, is_final=True)
        await record_progress(session, told)
        assert (await privacy_erasures.still_open(session, buyer_id)).checkouts == 1
        with time_machine.travel(clock.now() + timedelta(days=5)):
            assert (await privacy_erasures.still_open(session, buyer_id)).checkouts == 0, "nobody tries any more"
        letter_id = (await gift_cards.find(session, card_id)).letter_id
        assert letter_id is not None
        await letters.sent(session, letter_id, clock.now())
        assert (await privacy_erasures.still_open(session, buyer_id)).checkouts == 0
