"""The story of a checkout: one cart, two artisans, three parcels, and a courier who rings twice.

The buyer's account lives fast (a day in ten seconds), so that the days in which a buyer may object pass in half a
minute and the story ends where the money does: with the artisans.
"""

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from deploy.seed.accounts import PAID_SHOPS, PASSWORD, TOUR
from deploy.tours.client import Json, Person, Places, Surprise, wait_for
from deploy.tours.telling import Teller

CARD = {"cardnumber": "4242 4242 4242 4242", "expiry": "12 / 34", "cvc": "123", "name": "Ines Tour"}
ADDRESS = {
    "name": "Ines Tour",
    "line1": "12 Ferry Street",
    "city": "Portland",
    "region": "ME",
    "postal_code": "04101",
    "country": "US",
}
DEAREST_MINOR = 15_000
"""Pieces of up to 150.00, so that no risk rule takes the tour for an unusual purchase."""
COURIER_TAKES = 1.5
PAID_WITHIN, MOVED_WITHIN, RELEASED_WITHIN = 15, 15, 45


@dataclass
class Shop:
    """One artisan of the story."""

    keeper: Person
    name: str
    listing_id: str
    pieces: int
    tries: list[list[str]]
    """How each parcel's delivery attempts go; the pieces are spread over as many parcels."""
    order: dict[str, Any] = field(default_factory=dict)


def play(places: Places, teller: Teller) -> None:
    buyer = places.person(TOUR.email, TOUR.password)
    shops = _choose(places, buyer)
    _fill_cart(buyer, shops, teller)
    placed = _place(buyer, teller)
    order_ids = _pay(places, buyer, placed, teller)
    for shop in shops:
        _accept_and_make(shop, order_ids, teller)
    for shop in shops:
        _ship(places, shop, teller)
    _deliver(buyer, shops, teller)
    _release(buyer, shops, teller)


def _choose(places: Places, buyer: Person) -> list[Shop]:
    """Two shops that sell in one currency; each has enough of something on the shelf, or makes some more."""
    cards = buyer.get("/api/v1/listings", per_page=100, price_max=DEAREST_MINOR, sort="newest")["items"]
    by_shop: dict[str, Json] = {}
    for card in sorted(cards, key=lambda card: (card["lead_time_days"], -card["available"], card["slug"])):
        if card["shop_slug"] not in PAID_SHOPS:  # their keepers need a code to sign in, and have a story of their own
            by_shop.setdefault(card["shop_slug"], card)
    pairs = [
        (first, second)
        for first in by_shop.values()
        for second in by_shop.values()
        if first["shop_slug"] != second["shop_slug"] and first["price"]["currency"] == second["price"]["currency"]
    ]
    if not pairs:
        raise Surprise("there are no two shops that sell in one currency. The tour needs a seeded marketplace")
    first, second = pairs[0]
    return [
        _shop(places, first, 2, [["delivered"], ["failed", "delivered"]]),
        _shop(places, second, 1, [["delivered"]]),
    ]


def _shop(places: Places, card: Json, pieces: int, tries: list[list[str]]) -> Shop:
    keeper = places.person(f"{card['shop_slug']}@demo.example", PASSWORD)
    if card["available"] < pieces:
        own = keeper.get(f"/api/v1/shop/listings/{card['id']}")
        keeper.put(f"/api/v1/shop/listings/{card['id']}/stock", {"on_hand": own["on_hand"] + 2 * pieces})
    return Shop(keeper, card["shop_name"], card["id"], pieces, tries)


def _fill_cart(buyer: Person, shops: list[Shop], teller: Teller) -> None:
    empty_cart(buyer)
    for shop in shops:
        cart = buyer.post(
            "/api/v1/cart/lines", {"listing_id": shop.listing_id, "quantity": shop.pieces}, key=uuid4().hex
        )
    teller.step(f"{buyer.name} fills a cart with the work of two makers.")
    for group in cart["shops"]:
        for line in group["lines"]:
            price = line["line_total"]["text"]
            teller.say(f"{line['quantity']} × {line['title']} by {group['shop']['name']}, {price}")


def empty_cart(buyer: Person) -> None:
    """What an interrupted tour left behind is put back first."""
    cart = buyer.get("/api/v1/cart")
    if cart["checkout_id"]:
        buyer.post(f"/api/v1/checkouts/{cart['checkout_id']}/abandon")
        cart = buyer.get("/api/v1/cart")
    for group in cart["shops"]:
        for line in group["lines"]:
            buyer.delete(f"/api/v1/cart/lines/{line['listing_id']}")


def _place(buyer: Person, teller: Teller) -> Json:
    address = buyer.post("/api/v1/addresses", ADDRESS)
    preview = buyer.get("/api/v1/checkouts/preview", address_id=address["id"])
    body = {"address_id": address["id"], "expected_total_minor": preview["total"]["minor"]}
    placed = buyer.post("/api/v1/checkouts", body, key=uuid4().hex)
    if placed["total"] != preview["total"]:
        raise Surprise(f"the total changed from {preview['total']['text']} to {placed['total']['text']}")
    total, shipping, tax = (preview[part]["text"] for part in ("total", "shipping", "tax"))
    teller.step(f"{buyer.name} places it: {total}, of which {shipping} shipping and {tax} tax.")
    teller.timeline("checkout", buyer.get(f"/api/v1/checkouts/{placed['checkout_id']}")["timeline"])
    return placed


def _pay(places: Places, buyer: Person, placed: Json, teller: Teller) -> set[str]:
    """Returns the ids of the orders that came of it."""
    teller.step("The payment provider's page asks for a card; our own pages never see it.")
    back = places.pay_by_card(placed["redirect_url"], CARD)
    teller.say(f"Paid. The provider sends the browser back to {back}")
    buyer.opens(back)

    def paid() -> Json | None:
        seen = buyer.get(f"/api/v1/checkouts/{placed['checkout_id']}")
        if seen["is_final"] and seen["status"] != "paid":
            raise Surprise(f"the checkout ended as {seen['status']}")
        return seen if seen["status"] == "paid" else None

    checkout = wait_for("the payment", paid, PAID_WITHIN)
    teller.timeline("checkout", checkout["timeline"])
    teller.say(f"Two orders came of it: {' and '.join(order['number'] for order in checkout['orders'])}.")
    if len(checkout["orders"]) != 2:
        raise Surprise(f"{len(checkout['orders'])} orders came of one cart with two makers")
    return {order["id"] for order in checkout["orders"]}


def _accept_and_make(shop: Shop, order_ids: set[str], teller: Teller) -> None:
    def waiting() -> Json | None:
        page = shop.keeper.get("/api/v1/shop/orders", status="awaiting_acceptance", per_page=100)
        mine = [card for card in page["items"] if card["id"] in order_ids]
        return mine[0] if mine else None

    card = wait_for(f"the order at {shop.name}", waiting, MOVED_WITHIN)
    path = f"/api/v1/shop/orders/{card['id']}"
    teller.step(f"{shop.name} accepts order {card['number']} and makes it.")
    shop.keeper.post(f"{path}/accept")
    shop.order = shop.keeper.post(f"{path}/finish-making")
    _tell_order(shop, teller)


def _ship(places: Places, shop: Shop, teller: Teller) -> None:
    path = f"/api/v1/shop/orders/{shop.order['id']}"
    parcels = len(shop.tries)
    grams = max(1, shop.order["desk"]["weight_grams"] // parcels)
    quote = shop.keeper.get(f"{path}/shipping-quotes", weight_grams=grams)[0]
    how = "splits it into two parcels, buys their labels" if parcels > 1 else "packs it, buys a label"
    teller.step(f"{shop.name} {how} and hands over to {quote['courier_name']} ({quote['price']['text']} each).")
    for tries in shop.tries:
        pieces = shop.pieces // parcels
        parcel = shop.keeper.post(
            f"{path}/parcels",
            {
                "courier": quote["courier"],
                "service": quote["service"],
                "weight_grams": grams,
                "lines": [{"listing_id": shop.listing_id, "quantity": pieces}],
            },
            key=uuid4().hex,
        )
        places.plan_delivery(quote["courier"], parcel["tracking_number"], tries, COURIER_TAKES)
        shop.order = shop.keeper.post(f"{path}/parcels/{parcel['id']}/hand-over")
        teller.say(f"Parcel {parcel['tracking_number']}, whose label is at {parcel['label_url']}")
    _tell_order(shop, teller)


def _deliver(buyer: Person, shops: list[Shop], teller: Teller) -> None:
    teller.step("The courier sets out. One parcel finds nobody at home, and is brought again.")

    def all_delivered() -> bool | None:
        for shop in shops:
            shop.order = buyer.get(f"/api/v1/orders/{shop.order['id']}")
            _tell_order(shop, teller)
        parcels = [parcel for shop in shops for parcel in shop.order["parcels"]]
        lost = [parcel for parcel in parcels if parcel["status"] in {"returned", "lost", "cancelled"}]
        if lost:
            raise Surprise(f"parcel {lost[0]['tracking_number']} is {lost[0]['status']}")
        return True if all(parcel["status"] == "delivered" for parcel in parcels) else None

    wait_for("the delivery of all parcels", all_delivered, MOVED_WITHIN * 2)
    attempts = sorted(parcel["attempt"] for shop in shops for parcel in shop.order["parcels"])
    if attempts != [1, 1, 2]:
        raise Surprise(f"the parcels needed {attempts} attempts, the courier was to need two for one of them")
    teller.say("Two parcels arrived at the first try, one at the second.")


def _release(buyer: Person, shops: list[Shop], teller: Teller) -> None:
    teller.step("The buyer has three days to object, here half a minute. Then the money is the makers'.")

    def all_released() -> bool | None:
        for shop in shops:
            shop.order = buyer.get(f"/api/v1/orders/{shop.order['id']}")
            _tell_order(shop, teller)
        return True if all(shop.order["status"] == "completed" for shop in shops) else None

    wait_for("the release of the money", all_released, RELEASED_WITHIN)
    for shop in shops:
        teller.say(f"Order {shop.order['number']}: {shop.order['status_text']} {shop.order['money_text']}")


def _tell_order(shop: Shop, teller: Teller) -> None:
    teller.timeline(f"order {shop.order['number']}", shop.order["timeline"])
