"""What the story of a payout needs first: sales that are paid, made and delivered, and refunds of single pieces.

Owns how a sale comes about. What becomes of its money is `payout_money`'s, and the order of events `payout`'s.
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

from deploy.tours.checkout import ADDRESS, CARD, empty_cart
from deploy.tours.client import Json, Person, Places, Surprise, wait_for
from deploy.tours.telling import Teller

CHEAPEST_MINOR, DEAREST_MINOR = 2_000, 6_000
"""So that a few pieces are no unusual purchase, and what is left after a refund is still worth a payout."""
COURIER_TAKES = 1.0
PAID_WITHIN, MOVED_WITHIN, RELEASED_WITHIN = 20, 20, 60
SECONDS_A_DAY = 10
"""Of the buyer's account: `deploy.seed.accounts`."""
OBJECTS_WITHIN, RETURNS_WITHIN = 3, 14
"""Days: after the first the money is the maker's, until the second something may come back."""


@dataclass
class Sale:
    """An order with one maker."""

    keeper: Person
    buyer: Person
    listing_id: str
    pieces: int
    order_id: str
    number: str
    seen: Json = field(default_factory=dict)

    @property
    def desk_path(self) -> str:
        return f"/api/v1/shop/orders/{self.order_id}"

    def look(self, teller: Teller) -> Json:
        """The order as its buyer sees it now; what its story has gained is told."""
        self.seen = self.buyer.get(f"/api/v1/orders/{self.order_id}")
        teller.timeline(f"order {self.number}", self.seen["timeline"])
        return self.seen


def buy(places: Places, buyer: Person, keeper: Person, pieces: int, teller: Teller) -> Sale:
    """Some pieces of one listing, placed and paid."""
    listing = _listing(buyer, keeper, pieces)
    empty_cart(buyer)
    buyer.post("/api/v1/cart/lines", {"listing_id": listing["id"], "quantity": pieces}, key=uuid4().hex)
    saved = buyer.get("/api/v1/addresses")
    address = saved[0] if saved else buyer.post("/api/v1/addresses", {**ADDRESS, "name": buyer.name})
    total = buyer.get("/api/v1/checkouts/preview", address_id=address["id"])["total"]
    body = {"address_id": address["id"], "expected_total_minor": total["minor"]}
    placed = buyer.post("/api/v1/checkouts", body, key=uuid4().hex)
    buyer.opens(places.pay_by_card(placed["redirect_url"], {**CARD, "name": buyer.name}))

    def paid() -> Json | None:
        seen = buyer.get(f"/api/v1/checkouts/{placed['checkout_id']}")
        if seen["is_final"] and seen["status"] != "paid":
            raise Surprise(f"the checkout ended as {seen['status']}")
        return seen if seen["status"] == "paid" and seen["orders"] else None

    order = wait_for("the payment", paid, PAID_WITHIN)["orders"][0]
    teller.say(f"{pieces} × {listing['title']} by {listing['shop_name']}: {total['text']}, order {order['number']}.")
    return Sale(keeper, buyer, listing["id"], pieces, order["id"], order["number"])


def make_and_send(places: Places, sale: Sale) -> None:
    """The maker accepts, makes, packs and hands over; the courier delivers at the first try."""
    keeper, path = sale.keeper, sale.desk_path

    def acceptable() -> bool | None:
        return keeper.get(path)["desk"]["can_accept"] or None

    wait_for(f"order {sale.number} at its maker's desk", acceptable, MOVED_WITHIN)
    keeper.post(f"{path}/accept")
    grams = max(1, keeper.post(f"{path}/finish-making")["desk"]["weight_grams"])
    quote = keeper.get(f"{path}/shipping-quotes", weight_grams=grams)[0]
    parcel = keeper.post(
        f"{path}/parcels",
        {
            "courier": quote["courier"],
            "service": quote["service"],
            "weight_grams": grams,
            "lines": [{"listing_id": sale.listing_id, "quantity": sale.pieces}],
        },
        key=uuid4().hex,
    )
    places.plan_delivery(quote["courier"], parcel["tracking_number"], ["delivered"], COURIER_TAKES)
    keeper.post(f"{path}/parcels/{parcel['id']}/hand-over")


def until_delivered(sale: Sale, teller: Teller) -> None:
    def delivered() -> bool | None:
        parcels = sale.look(teller)["parcels"]
        return True if parcels and all(parcel["status"] == "delivered" for parcel in parcels) else None

    wait_for(f"the delivery of order {sale.number}", delivered, MOVED_WITHIN)


def until_released(sale: Sale, teller: Teller) -> float:
    """Until its money is the maker's; how many of the buyer's days that took from the delivery on."""

    def released() -> bool | None:
        return True if sale.look(teller)["status"] == "completed" else None

    wait_for(f"the release of the money of order {sale.number}", released, RELEASED_WITHIN)
    delivered_at = max(datetime.fromisoformat(parcel["delivered_at"]) for parcel in sale.seen["parcels"])
    released_at = datetime.fromisoformat(sale.seen["timeline"][-1]["at"])
    days = (released_at - delivered_at).total_seconds() / SECONDS_A_DAY
    if not OBJECTS_WITHIN <= days + 0.2 < RETURNS_WITHIN:
        raise Surprise(f"the money of order {sale.number} was released {days:.1f} days after the delivery")
    return days


def refund_a_piece(sale: Sale, problem: str, words: str, teller: Teller) -> Json:
    """The buyer reports one piece, the maker offers its price, the buyer takes it. Returns the request at its end."""
    base = f"/api/v1/orders/{sale.order_id}/refund-requests"
    lines = [{"listing_id": sale.listing_id, "quantity": 1}]
    asked = sale.buyer.post(base, {"problem": problem, "text": words, "lines": lines}, key=uuid4().hex)
    desk = f"{sale.desk_path}/refund-requests/{asked['id']}"
    sale.keeper.post(f"{desk}/answer", {"answer": "refund", "text": "I am sorry. Keep it."}, key=uuid4().hex)
    sale.buyer.post(f"{base}/{asked['id']}/accept", key=uuid4().hex)

    def paid_back() -> Json | None:
        seen = next(one for one in sale.buyer.get(base) if one["id"] == asked["id"])
        teller.timeline(f"refund for {sale.number}", seen["timeline"])
        if seen["is_final"] and seen["status"] != "paid_back":
            raise Surprise(f"the refund ended as {seen['status']}")
        return seen if seen["status"] == "paid_back" else None

    done = wait_for("the refund", paid_back, MOVED_WITHIN)
    if done["agreed"] != asked["asked"]:
        raise Surprise(f"{asked['asked']['text']} were asked for, and {done['agreed']['text']} came back")
    return done


def _listing(buyer: Person, keeper: Person, pieces: int) -> Json:
    """Something on the maker's shelf that needs no making and is neither cheap nor dear; put there if it has gone."""
    slug = keeper.get("/api/v1/me")["shop_slug"]
    cards = buyer.get("/api/v1/listings", shop=slug, per_page=100)["items"]
    fitting = [
        card
        for card in cards
        if card["shop_slug"] == slug
        and card["lead_time_days"] == 0
        and CHEAPEST_MINOR <= card["price"]["minor"] <= DEAREST_MINOR
    ]
    if not fitting:
        raise Surprise(f"{slug} sells nothing that the story could buy. The tour needs a seeded marketplace")
    card = max(fitting, key=lambda card: (card["available"], card["slug"]))
    if card["available"] < pieces:
        own = keeper.get(f"/api/v1/shop/listings/{card['id']}")
        keeper.put(f"/api/v1/shop/listings/{card['id']}/stock", {"on_hand": own["on_hand"] + 2 * pieces})
    return card
