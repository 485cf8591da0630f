"""What a checkout refuses over HTTP: a clear answer with the right status, and nothing lost."""

import hashlib
import hmac
import json
import time

import pytest
from sqlalchemy import func, select, update

from models.errors import CartNotOpen
from models.tables.catalogue import Listing
from models.tables.processes import InboxEvent
from models.tables.selling import Checkout
from tests.support.running import Buyer, Json, Market
from tests.support.sandbox import STRIPE_WEBHOOK_SECRET
from workflows.checkout import messages


async def checkouts_of(town: Market, buyer: Buyer) -> int:
    async with town.database.transaction() as session:
        return (
            await session.scalar(select(func.count()).select_from(Checkout).where(Checkout.buyer_id == buyer.id)) or 0
        )


async def reprice(town: Market, listing_id: str, minor: int) -> None:
    async with town.database.transaction() as session:
        await session.execute(update(Listing).where(Listing.id == listing_id).values(price_minor=minor))


async def test_a_price_that_has_changed_is_shown_before_it_is_paid(town: Market, buyer: Buyer, mug: str) -> None:
    await buyer.fill({mug: 1})
    await reprice(town, mug, 5_000)
    refused = await buyer.try_to_place(expected_total_minor=5_616)
    assert refused.status_code == 409
    error = refused.json()["error"]
    assert error["code"] == "price_changed"
    assert error["details"] == {"listing_ids": [mug], "total_minor": 5_824}
    assert error["reference"]
    assert await town.stock(mug) == [(5, 0)]
    assert await checkouts_of(town, buyer) == 0

    cart = (await buyer.http.get("/cart")).json()
    assert (cart["status"], [problem["code"] for problem in cart["problems"]]) == ("open", ["price_changed"])
    assert (await buyer.http.post("/cart/accept-prices")).status_code == 200
    assert (await buyer.place(expected_total_minor=5_824))["total"]["minor"] == 5_824


async def test_another_total_than_was_shown_is_refused_with_the_true_one(town: Market, buyer: Buyer, mug: str) -> None:
    await buyer.fill({mug: 1})
    refused = await buyer.try_to_place(expected_total_minor=1)
    assert (refused.status_code, refused.json()["error"]["details"]["total_minor"]) == (409, 5_616)
    await buyer.place(expected_total_minor=5_616)


async def test_what_is_somebody_elses_does_not_exist(town: Market, buyer: Buyer, mug: str) -> None:
    await buyer.fill({mug: 1})
    placed = await buyer.place()
    checkout = f"/checkouts/{placed['checkout_id']}"
    stranger = await town.buyer()
    for answer in (
        await stranger.http.get(checkout),
        await stranger.http.post(f"{checkout}/returned"),
        await stranger.http.post(f"{checkout}/abandon"),
    ):
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
    await stranger.fill({mug: 1})
    elsewhere = await stranger.http.post("/checkouts", json={"address_id": buyer.address_id})
    assert (elsewhere.status_code, elsewhere.json()["error"]["code"]) == (404, "not_found")
    assert await town.stock(mug) == [(5, 1)]
    assert (await buyer.look(placed["checkout_id"]))["status"] == "awaiting_payment"
    assert (await town.client().get(checkout)).status_code == 401


async def test_a_cart_that_was_paid_is_not_paid_again(town: Market, buyer: Buyer, mug: str) -> None:
    cart = await buyer.fill({mug: 1})
    placed = await buyer.place()
    await buyer.pay(placed["redirect_url"])
    await buyer.come_back(placed["checkout_id"])
    await buyer.until(placed["checkout_id"], "paid")
    empty = await buyer.try_to_place()
    assert (empty.status_code, empty.json()["error"]["code"]) == (422, "invalid_input")

    # Below the API: the same click again gets its old answer, and a new attempt at the same cart a refusal.
    place = messages.PlaceCheckout(buyer.address_id)
    again = await town.parts.processes.place_checkout(messages.CheckoutInput(cart["id"], 1, buyer.id), place)
    assert again.payment_id == placed["payment_id"]
    with pytest.raises(CartNotOpen):
        await town.parts.processes.place_checkout(messages.CheckoutInput(cart["id"], 2, buyer.id), place)
    assert (await town.stats())["captured_per_reference"][placed["checkout_id"]] == 1
    assert await town.stock(mug) == [(4, 0)]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b'{"address_id": "\xff\xfe"}', 400),
        (b'{"address_id": 7}', 422),
        (b"{}", 422),
        (b'{"address_id": "adr_1", "card": "4242424242424242"}', 422),
        (b'{"address_id": "adr_1", "expected_total_minor": -1}', 422),
        (b'{"address_id": "' + b"x" * 10_000_000 + b'"}', 413),
    ],
    ids=["no JSON", "no UTF-8", "wrong type", "nothing", "a card number", "negative", "10 MB"],
)
async def test_a_request_that_cannot_be_meant(town: Market, buyer: Buyer, mug: str, body: bytes, status: int) -> None:
    await buyer.fill({mug: 1})
    refused = await buyer.http.post("/checkouts", content=body, headers={"content-type": "application/json"})
    assert refused.status_code == status
    assert set(refused.json()["error"]) == {"code", "message", "details", "reference"}
    assert "Traceback" not in refused.text
    assert "4242" not in refused.text
    assert (await buyer.http.get("/cart")).json()["status"] == "open"
    assert await checkouts_of(town, buyer) == 0


async def test_an_empty_cart_is_not_placed(buyer: Buyer) -> None:
    refused = await buyer.try_to_place()
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "invalid_input")


async def test_nobody_buys_without_signing_in(town: Market) -> None:
    refused = await town.client().post("/checkouts", json={"address_id": "adr_1"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "sign_in_required")


def event(checkout_id: str, event_id: str = "evt_forged") -> Json:
    """As the provider words it when the buyer has paid."""
    return {
        "id": event_id,
        "object": "event",
        "type": "checkout.session.completed",
        "created": int(time.time()),
        "data": {"object": {"id": "cs_1", "object": "checkout.session", "metadata": {"checkout": checkout_id}}},
    }


def signed(body: bytes, secret: str, at: float) -> str:
    digest = hmac.new(secret.encode(), f"{int(at)}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={int(at)},v1={digest}"


class TestWebhooks:
    async def send(self, town: Market, body: bytes, signature: str) -> int:
        headers = {"stripe-signature": signature, "content-type": "application/json"}
        answer = await town.partner.post(f"{town.url}/webhooks/stripe", content=body, headers=headers)
        assert "Traceback" not in answer.text
        return answer.status_code

    async def stored(self, town: Market) -> int:
        async with town.database.transaction() as session:
            return await session.scalar(select(func.count()).select_from(InboxEvent)) or 0

    async def test_a_forged_one_is_refused_and_not_stored(self, town: Market, buyer: Buyer, mug: str) -> None:
        await buyer.fill({mug: 1})
        placed = await buyer.place()
        body = json.dumps(event(placed["checkout_id"])).encode()
        before, now = await self.stored(town), time.time()
        for signature in (
            signed(body, "whsec_somebody_elses", now),
            signed(body, STRIPE_WEBHOOK_SECRET, now - 3_600),
            signed(body + b" ", STRIPE_WEBHOOK_SECRET, now),
            "nonsense",
            "",
        ):
            assert await self.send(town, body, signature) == 400
        assert await self.send(town, b"\xff\xfe", signed(b"\xff\xfe", STRIPE_WEBHOOK_SECRET, now)) == 400
        assert await self.stored(town) == before
        assert (await buyer.look(placed["checkout_id"]))["status"] == "awaiting_payment"

    async def test_a_true_one_that_says_paid_is_only_a_hint(self, town: Market, buyer: Buyer, mug: str) -> None:
        await buyer.fill({mug: 1})
        placed = await buyer.place()
        body = json.dumps(event(placed["checkout_id"], f"evt_{placed['payment_id']}")).encode()
        for _ in range(2):  # and the same one again
            assert 200 <= await self.send(town, body, signed(body, STRIPE_WEBHOOK_SECRET, time.time())) < 300
        async with town.database.transaction() as session:
            kept = select(func.count()).where(InboxEvent.event_id == f"evt_{placed['payment_id']}")
            assert await session.scalar(kept) == 1
        await buyer.come_back(placed["checkout_id"])
        assert (await buyer.look(placed["checkout_id"]))["status"] == "awaiting_payment"
        await buyer.pay(placed["redirect_url"])
        await buyer.until(placed["checkout_id"], "paid")

    async def test_one_of_ten_megabytes_is_too_large(self, town: Market) -> None:
        assert await self.send(town, b"x" * 10_000_000, "t=1,v1=0") == 413
