"""Somebody who bought, and somebody who sold, are looked for everywhere: found where the data map says before they are
erased, and nowhere afterwards. Nobody else loses anything."""

import io
import json
import logging
import re
import sys
import zipfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

import httpx
import pytest
import structlog
from sqlalchemy import select, text, update

from activities.gateways.erasure_journal import FileErasureJournal
from activities.gateways.postgres_search import PostgresSearch
from activities.gateways.stripe_books import StripeBooks
from api.auth import sessions
from api.auth.proof import Proof
from core import clock
from core.logging import configure_logging
from core.settings import Settings
from core.temporal import connect
from deploy.verify import examine
from models.repositories import invoicing, letters, payouts_holds, people, refund_requests, taxes
from models.rules.erasure import HELD
from models.rules.holds import AppealOutcome, HoldReason
from models.rules.tax.identifiers import TaxId, TaxIdKind
from models.tables.audit import AuditEntry
from models.tables.catalogue import Listing, Shop
from models.tables.people import User
from models.tables.refunds import RefundRequest
from models.types import Money, Role, new_id
from tests.processes.test_money_out_http import GOOD, give_bank
from tests.processes.test_orders_http import Desk, bought, desk_of, order_of, until
from tests.support.marketplace import Piece, TestShop, add_listing, add_shop
from tests.support.running import Buyer, Json, Market, patiently
from tests.support.sandbox import MAIL_KEY
from tests.support.searching import Needles, in_histories, in_partners, in_tables
from tests.support.signing_in import session_of

_numbers = count(100)
LOOMS, MAKER = "Quillfeather Looms", "Isolde Brackenbury"
BANK, DAY = "000771999234", timedelta(days=1)
ORDERS_PLAY_FAST, ERASURES_PLAY_FAST = 20_000, 1_000_000
"""Two days to accept become nine seconds, fourteen days to think become two."""


@dataclass
class Somebody:
    """A buyer whose every trace is distinctive."""

    buyer: Buyer
    name: str
    needles: Needles


@pytest.fixture(autouse=True)
def fast(town: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(town.parts.settings, "allow_time_scale", True)


@pytest.fixture
def log_lines(town: Market, monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Everything that API and workers write to their logs meanwhile, requests' addresses too, as the product formats
    it."""
    assert town.url
    root, access, before = logging.getLogger(), logging.getLogger("uvicorn.access"), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    with monkeypatch.context() as patched:
        lines = io.StringIO()
        patched.setattr(sys, "stderr", lines)
        configure_logging("INFO")
    structlog.configure(cache_logger_on_first_use=False)  # what is cached would outlive this test
    monkeypatch.setattr(access, "handlers", root.handlers[:])
    quiet = access.level
    access.setLevel(logging.INFO)
    yield lines
    structlog.configure(**before)
    access.setLevel(quiet)
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
async def looms(town: Market) -> TestShop:
    async with town.database.transaction() as session:
        shop = await add_shop(session, name=LOOMS)
        await people.rename(session, shop.owner_id, MAKER)
        about = {"owner_name": MAKER, "story": f"{MAKER} weaves in a boathouse.", "city": "Brackenbury Quay"}
        await session.execute(update(Shop).where(Shop.id == shop.id).values(**about))
        await session.execute(update(User).where(User.id == shop.owner_id).values(time_scale=ERASURES_PLAY_FAST))
    return shop


@pytest.fixture
async def blanket(town: Market, looms: TestShop) -> str:
    async with town.database.transaction() as session:
        listing_id = await add_listing(
            session, looms, Piece(title="Heather blanket", description=f"Woven by {MAKER}.", price_minor=9_000)
        )
        await session.execute(
            update(Listing).where(Listing.id == listing_id).values(dimensions="As Brackenbury makes them")
        )
        await PostgresSearch(session).index([listing_id])
    return listing_id


@pytest.fixture
async def zephyrine(town: Market) -> AsyncIterator[Somebody]:
    mark = new_id("z")[-8:]
    name, street, email = f"Zéphyrine Quatre{mark}", f"77 Nightjar{mark} Passage", f"z.quatre{mark}@nightjar.example"
    phone = f"+12075550{next(_numbers)}"
    async with town.database.transaction() as session:
        person_id = await people.add_person(session, name, email, time_scale=ORDERS_PLAY_FAST)
        assert person_id is not None
        token, _ = await sessions.open_for(
            session, person_id, None, Proof(("password",)), "Mozilla/5.0 (X11; Linux) Firefox/130.0"
        )
    http, pages = town.client(token), httpx.AsyncClient(trust_env=False, timeout=20)
    address = {"name": name, "line1": street, "city": "Machias", "region": "ME", "postal_code": "04654"}
    saved = await http.post(
        "/addresses", json={**address, "country": "US", "phone": phone}, headers={"Idempotency-Key": "home"}
    )
    assert saved.status_code == 201, saved.text
    needles = Needles([name, f"Quatre{mark}", email, street, f"Nightjar{mark}", phone, phone[5:]])
    yield Somebody(Buyer(person_id, email, saved.json()["id"], http, pages), name, needles)
    await pages.aclose()


async def pay(buyer: Buyer, url: str, name: str) -> None:
    form = await buyer.pages.get(url)
    action = re.search(r'<form method="post" action="([^"]+)"', form.text)
    assert action is not None, form.text
    typed = {"cardnumber": "4242 4242 4242 4242", "expiry": "12/40", "cvc": "123", "name": name}
    await buyer.pages.post(str(httpx.URL(url).join(action[1])), data=typed)


async def buy(somebody: Somebody, pieces: dict[str, int]) -> list[str]:
    buyer = somebody.buyer
    await buyer.fill(pieces)
    placed = await buyer.place()
    await pay(buyer, placed["redirect_url"], somebody.name)
    view = await buyer.until(placed["checkout_id"], "paid")
    ids = [order["id"] for order in view["orders"]]
    for order_id in ids:
        await until(buyer, order_id, "awaiting_acceptance")
    return ids


async def everywhere(town: Market, needles: Needles) -> tuple[set[str], int]:
    """Places in SQL and at partners, workflow ids; and how many histories were read."""
    client = await connect(town.parts.settings)
    histories, number = await in_histories(client, needles)
    found = await in_tables(town.database, needles) | in_partners(town.sandbox.state, needles) | histories
    return found, number


async def set_scale(town: Market, person_id: str, scale: int) -> None:
    async with town.database.transaction() as session:
        await session.execute(update(User).where(User.id == person_id).values(time_scale=scale))


async def letter_code(town: Market, email: str, tag: str) -> str:
    async def look() -> str:
        answer = await town.partner.get(
            "/mail/v1/messages", params={"to": email, "tag": tag}, headers={"authorization": f"Bearer {MAIL_KEY}"}
        )
        found = re.search(r"/erasures/([\w-]{43})", json.dumps(answer.json()["messages"]))
        return found[1] if found else ""

    return await patiently(look)


async def erased(town: Market, http: httpx.AsyncClient, email: str) -> tuple[str, Json]:
    """Asks for it, follows it with the letter's code alone, and answers code and receipt."""
    asked = await http.post("/me/erasure", json={"email": email.upper()})
    assert asked.status_code == 202, asked.text
    code = await letter_code(town, email, "erasure_scheduled")
    stranger = town.client()

    async def done() -> Json:
        view: Json = (await stranger.get(f"/erasures/{code}")).json()
        return view if view["status"] == "erased" else {}

    return code, await patiently(done, within=60)


async def verified(town: Market) -> list[str]:
    settings: Settings = town.parts.settings
    books = StripeBooks(settings.stripe_secret_key.get_secret_value(), api_base=settings.stripe_api_base)
    try:
        journal = FileErasureJournal(settings.erasures_path)
        found = await examine(town.database.engine, books, await connect(settings), town.database.keys, journal)
    finally:
        await books.aclose()
    return sorted(violation.sentence for line in found for violation in line.violations)


async def ledger(town: Market) -> list[Any]:
    async with town.database.transaction() as session:
        return list(await session.execute(text("SELECT * FROM ledger_entries ORDER BY id")))


async def sell_and_decline(town: Market, zephyrine: Somebody, *, pieces: dict[str, int], shops: list[TestShop]) -> str:
    """One maker delivers, the other declines: a parcel and a refund. The delivered order."""
    ids = await buy(zephyrine, pieces)
    delivers, declines = shops
    mugs, blankets = await order_of(town, ids, delivers), await order_of(town, ids, declines)
    potter: Desk = await desk_of(town, delivers)
    weaver: Desk = await desk_of(town, declines)
    await potter.post(f"{mugs}/accept")
    await weaver.post(f"{blankets}/decline", {"reason": "cannot_make", "restock": True})
    await potter.post(f"{mugs}/finish-making")
    await potter.send(mugs, ["delivered"])
    await until(zephyrine.buyer, blankets, "refunded")
    await patiently(lambda: _is(zephyrine.buyer, mugs, "completed"), within=40)
    return mugs


async def _is(buyer: Buyer, order_id: str, status: str) -> bool:
    return bool((await buyer.http.get(f"/orders/{order_id}")).json()["status"] == status)


async def export_of(zephyrine: Somebody) -> dict[str, Any]:
    asked = await zephyrine.buyer.http.post("/me/exports")
    assert asked.status_code == 202, asked.text
    address = f"/me/exports/{asked.json()['id']}"

    async def ready() -> bool:
        return bool((await zephyrine.buyer.http.get(address)).json()["can_be_fetched"])

    await patiently(ready)
    archive = zipfile.ZipFile(io.BytesIO((await zephyrine.buyer.http.get(f"{address}/archive")).content))
    return {name: json.loads(archive.read(name)) for name in archive.namelist() if name.endswith(".json")}


async def leave_words_about_money(town: Market, zephyrine: Somebody, looms: TestShop, *, order_id: str) -> None:
    """What both are known by where money is concerned: what they wrote, their tax numbers, an invoice's address, the
    bank account, here and at the provider."""
    somebody, now = zephyrine.buyer, clock.now()
    finance, _, _ = await town.person(Role.ADMINISTRATOR)
    async with town.database.transaction() as session:
        reported = refund_requests.NewRequest(order_id, "damaged", {}, "USD", 1)
        request_id = await refund_requests.add(session, reported, author_id=somebody.id, text=f"Ask {zephyrine.name}.")
        await session.execute(update(RefundRequest).where(RefundRequest.id == request_id).values(closed_at=now))
        await taxes.grant_exemption(
            session,
            somebody.id,
            f"ME-{zephyrine.name}",
            kind="reseller",
            jurisdiction="US-ME",
            valid_from=now.date(),
            valid_to=None,
            by=looms.owner_id,
        )
        await invoicing.issue_for_order(session, order_id, now)
        number = TaxId(TaxIdKind.EU_VAT, "DE", "DE-BRACKENBURY")
        await taxes.change_seller_id(session, looms.id, looms.owner_id, number, now)
        hold_id = await payouts_holds.place(
            session, looms.id, finance, Money(1, "USD"), HoldReason.UNUSUAL_SALES, release_at=now + DAY, now=now
        )
        assert await payouts_holds.appeal(session, hold_id, f"{MAKER} sold at a fair.", now)
        reason = f"{MAKER} has shown us the receipts."
        outcome = AppealOutcome.RELEASED
        assert await payouts_holds.decide(session, hold_id, finance, outcome, reason=reason, now=now)
        token = await session_of(session, looms.owner_id, two_factors=True)
    await give_bank(town, town.database, town.client(token), looms, {**GOOD, "holder": MAKER, "account_number": BANK})


async def test_a_buyer_and_a_maker_are_found_where_the_map_says_and_afterwards_nowhere(
    town: Market,
    buyer: Buyer,
    zephyrine: Somebody,
    log_lines: io.StringIO,
    *,
    pottery: TestShop,
    looms: TestShop,
    mug: str,
    blanket: str,
) -> None:
    somebody, maker = zephyrine.buyer, Needles([LOOMS, MAKER, "Brackenbury", BANK, looms.owner_email])
    (others,) = await bought(buyer, {mug: 1})
    mugs = await sell_and_decline(town, zephyrine, pieces={mug: 2, blanket: 1}, shops=[pottery, looms])
    await leave_words_about_money(town, zephyrine, looms, order_id=mugs)
    await somebody.http.put("/me/consents", json={"newsletter": True, "making_of": False})
    async with town.database.transaction() as session:
        letter_id = await letters.write(session, "new_sign_in", somebody.id, details={"device": "Firefox on Linux"})
    await town.parts.processes.send_letter(letter_id)
    files = await export_of(zephyrine)
    assert files["account.json"]["account"]["name"] == zephyrine.name
    assert {order["status"] for order in files["processes.json"]["processes"]} >= {"completed", "refunded", "paid"}
    assert [one["purpose"] for one in files["privacy.json"]["consents"]] == ["newsletter", "making_of"]

    # Before: in the places that the map names, and in no other.
    before, histories = await everywhere(town, zephyrine.needles)
    assert histories > 5
    assert before == {
        *("users.email_sealed", "users.name_sealed", "addresses.sealed", "idempotency_records.sealed"),
        *("data_exports.sealed", "refund_notes.text", "tax_exemptions.sealed", "invoices.sealed"),
        *("sandbox.mail", "sandbox.shipment", "sandbox.checkout.session", "sandbox.payment_intent", "sandbox.charge"),
        *("sandbox.payment_method", "sandbox.event", "sandbox.answers", "sandbox.outbox"),
    }
    makers_places, _ = await everywhere(town, maker)
    for place in [*before, *makers_places]:
        table, _, column = place.partition(".")
        assert table == "sandbox" or column in HELD[table].fields, f"the data map does not name {place}"
    assert {"shops.name", "shops.story", "listings.description", "listing_search.words"} <= makers_places
    assert {"payout_accounts.sealed", "seller_tax_ids.sealed", "holds.appeal", "holds.decision"} <= makers_places
    assert {"sandbox.account", "sandbox.answers"} <= makers_places, "the provider knows whose account it is"

    # What happens to others in the meantime is theirs.
    books, theirs = await ledger(town), (await buyer.http.get(f"/orders/{others}")).json()
    wrong_before = await verified(town)

    await set_scale(town, somebody.id, ERASURES_PLAY_FAST)
    refused = await somebody.http.post("/me/erasure", json={"email": "somebody@else.example"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "invalid_input")
    _, receipt = await erased(town, somebody.http, somebody.email)
    assert {one["target"] for one in receipt["receipts"]} == {
        *("mail", "database", "search", "payments", "courier:swift"),
    }
    assert [line["what"] for line in receipt["timeline"]][-3:] == ["erasure_begun", "person_erased", "erasure_done"]
    maker_http = (await desk_of(town, looms)).http
    _, makers_receipt = await erased(town, maker_http, looms.owner_email)
    (closed,) = [one for one in makers_receipt["receipts"] if one["target"] == "connected_account"]
    assert (closed["count"], closed["reference"].startswith("acct_")) == (1, True)
    assert closed["reference"] not in (await town.partner.get("/_control/stripe/accounts")).text

    # Afterwards: nowhere.
    assert (await everywhere(town, zephyrine.needles))[0] == set()
    assert (await everywhere(town, maker))[0] == set()
    said = log_lines.getvalue()
    assert "POST /api/v1/me/erasure" in said
    assert not zephyrine.needles.are_in(said.encode())
    assert not maker.are_in(said.encode())
    for view in (receipt, makers_receipt):
        assert not zephyrine.needles.are_in(json.dumps(view).encode())
        assert not maker.are_in(json.dumps(view).encode())

    # The log and the books go by opaque ids, and nobody else has lost anything.
    async with town.database.transaction() as session:
        actions = list(await session.scalars(select(AuditEntry.action).where(AuditEntry.subject == somebody.id)))
        assert "erasure.done" in actions
    assert await ledger(town) == books
    assert (await buyer.http.get(f"/orders/{others}")).json() == theirs
    assert await verified(town) == wrong_before
    found = (await town.client().get("/search", params={"q": "Quillfeather"})).json()
    assert found.get("items", []) == []
    assert (await somebody.http.get("/me")).status_code == 401

    # Whoever comes back is somebody new.
    async with town.database.transaction() as session:
        again = await people.add_person(session, zephyrine.name, somebody.email)
    assert again not in {None, somebody.id}


async def test_an_erasure_waits_for_what_is_open_and_can_be_cancelled_by_the_letters_link(
    town: Market, zephyrine: Somebody, *, pottery: TestShop, mug: str
) -> None:
    somebody = zephyrine.buyer
    (order_id,) = await buy(zephyrine, {mug: 1})
    potter = await desk_of(town, pottery)
    await potter.post(f"{order_id}/accept")
    await set_scale(town, somebody.id, ERASURES_PLAY_FAST)
    assert (await somebody.http.post("/me/erasure", json={"email": somebody.email})).status_code == 202
    code = await letter_code(town, somebody.email, "erasure_scheduled")

    async def waits() -> Json:
        view: Json = (await somebody.http.get("/me/erasure")).json()
        return view if view["waits_for"] else {}

    view = await patiently(waits)
    assert (view["status"], view["can_be_cancelled"]) == ("waiting", True)
    assert "order" in view["waits_for"]
    stranger = town.client()
    cancelled = await stranger.delete(f"/erasures/{code}")
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    assert (await somebody.http.get("/me")).json()["name"] == zephyrine.name
    assert "erasure_cancelled" in await patiently(lambda: _tags(town, somebody.email, "erasure_cancelled"))
    # A cancelled one may be followed by another.
    again = await somebody.http.post("/me/erasure", json={"email": somebody.email})
    assert (again.status_code, again.json()["status"]) == (202, "scheduled")
    assert (await somebody.http.delete("/me/erasure")).json()["status"] == "cancelled"


async def _tags(town: Market, email: str, tag: str) -> list[str]:
    found = await town.mails_to(email)
    return found if tag in found else []
