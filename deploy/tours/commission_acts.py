"""What the two people of a commission do in its story, and what the provider and the courier do about it.

Owns how each act is done over HTTP. Which act follows which is `commission`'s.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from urllib.parse import urljoin
from uuid import uuid4

import httpx
from PIL import Image, ImageDraw

from deploy.tours.client import Json, Person, Places, Surprise, wait_for
from deploy.tours.telling import Teller

ASKS_ITS_OWNER = {"cardnumber": "4000 0027 6000 3184", "expiry": "12 / 34", "cvc": "123"}
"""Its bank wants the customer for every charge that is made while they are away."""
MOVED_WITHIN = 40
COURIER_TAKES = 1.0


@dataclass
class Two:
    """One commission and its two people."""

    places: Places
    customer: Person
    keeper: Person
    id: str
    number: str
    told: set[str] = field(default_factory=set)

    @property
    def path(self) -> str:
        return f"/api/v1/commissions/{self.id}"

    def look(self, teller: Teller) -> Json:
        seen = self.customer.get(self.path)
        teller.timeline(self.number, seen["timeline"])
        return seen

    def until(self, teller: Teller, *statuses: str, seconds: float = MOVED_WITHIN) -> Json:
        def reached() -> Json | None:
            seen = self.look(teller)
            if seen["is_final"] and seen["status"] not in statuses:
                raise Surprise(f"commission {self.number} ended as {seen['status']}")
            return seen if seen["status"] in statuses else None

        return wait_for(f"commission {self.number} to be {' or '.join(statuses)}", reached, seconds)

    def until_told(self, teller: Teller, what: str, *, times: int = 1, seconds: float = MOVED_WITHIN) -> Json:
        def told() -> Json | None:
            seen = self.look(teller)
            lines = [line for line in seen["timeline"] if line["what"] == what]
            return seen if len(lines) >= times else None

        return wait_for(f"{what} of commission {self.number}", told, seconds)

    def accepts(self, who: Person, version: int) -> None:
        """For the sum that the page shows."""
        most = who.get(self.path)["mandate"]["most"]["minor"]
        self.does(who, "acceptance", {"version": version, "most_minor": most})

    def does(self, who: Person, act: str, body: Json = None) -> Json:
        return who.post(f"{self.path}/{act}", body, key=uuid4().hex)


def ask(places: Places, customer: Person, keeper: Person, title: str, brief: str) -> Two:
    """A wish to the keeper's shop, where there is room for it."""
    keeper.put("/api/v1/shop/capacity", {"slots": 20, "lead_days": 70})
    shop = keeper.get("/api/v1/me")["shop_slug"]
    saved = customer.get("/api/v1/addresses")
    address = saved[0] if saved else customer.post("/api/v1/addresses", {**HOME, "name": customer.name})
    currency = keeper.get("/api/v1/shop/balance")["balances"][0]["currency"]
    wish = {"shop": shop, "title": title, "brief": brief, "currency": currency, "address_id": address["id"]}
    seen = customer.post("/api/v1/commissions", wish, key=uuid4().hex)
    return Two(places, customer, keeper, seen["id"], seen["number"])


HOME = {
    "name": "",
    "line1": "3 Harbour Row",
    "line2": "",
    "city": "Portland",
    "region": "ME",
    "postal_code": "04101",
    "country": "US",
    "phone": "",
}


def terms(currency: str, version: int, steps: list[tuple[str, int, int]], **different: object) -> Json:
    """A quote: title, minor units and days of each milestone; the deposit pays the first one and a little more."""
    return {
        "version": version,
        "currency": currency,
        "price_minor": sum(minor for _, minor, _ in steps),
        "milestones": [
            {"number": number, "title": title, "amount_minor": minor, "days": days}
            for number, (title, minor, days) in enumerate(steps, 1)
        ],
        "deposit_minor": steps[0][1],
        "starts_on": datetime.now(UTC).date().isoformat(),
        **different,
    }


def pay_on_page(two: Two, teller: Teller) -> None:
    """The customer pays on the provider's page, and proves to their bank that it is they."""

    def opened() -> Json | None:
        seen = two.customer.get(f"{two.path}/payment")
        return seen if seen["state"] == "pay" and seen["url"] else None

    due = wait_for("the payment page", opened, MOVED_WITHIN)
    card = {**ASKS_ITS_OWNER, "name": two.customer.name}
    _prove(two, two.places.pay_by_card(due["url"], card))
    two.customer.post(f"{two.path}/payment/returned")
    teller.say(f"{two.customer.name} pays {due['total']['text']}.")


def confirm_to_bank(two: Two, teller: Teller) -> None:
    """The same payment goes on where the customer proves to their bank that it is they."""

    def asked() -> Json | None:
        two.look(teller)
        seen = two.customer.get(f"{two.path}/payment")
        return seen if seen["state"] == "confirm" and seen["url"] else None

    due = wait_for("the bank's question", asked, MOVED_WITHIN)
    _prove(two, due["url"])
    two.customer.post(f"{two.path}/payment/returned")
    teller.say(f"{two.customer.name} confirms {due['total']['text']} to their bank.")


def _prove(two: Two, url: str) -> None:
    """Where the bank asks, the customer says yes; where it does not, the browser is back at the shop already."""
    if not url.startswith(two.places.partners):
        return
    answer = two.places.http.post(url, data={"answer": "complete"})
    if answer.status_code != httpx.codes.SEE_OTHER:
        raise Surprise(f"the bank's page answered {answer.status_code}")
    back = urljoin(url, answer.headers["location"])
    if back.startswith(two.places.partners):
        _prove(two, back)


def show(two: Two, number: int, note: str = "") -> None:
    """The artisan uploads a picture of the work, and hands it in."""
    data = {"purpose": "proof", "milestone": str(number), "alt": f"Milestone {number}, seen from the front"}
    two.keeper.upload(f"{two.path}/pictures", _photograph(number), data)
    two.does(two.keeper, f"milestones/{number}/proof", {"note": note})


def answer(two: Two, number: int, *, approve: bool, note: str = "") -> None:
    said = "approve" if approve else "revise"
    two.does(two.customer, f"milestones/{number}/answer", {"answer": said, "note": note})


def send(two: Two, teller: Teller) -> None:
    """The artisan packs the piece and hands it over; the courier delivers at the first try."""

    def ordered() -> str | None:
        order_id: str | None = two.look(teller)["order_id"]
        return order_id

    order_id = wait_for("the order of the finished piece", ordered, MOVED_WITHIN)
    desk = f"/api/v1/shop/orders/{order_id}"
    line = two.keeper.get(desk)["lines"][0]["listing_id"]
    quote = two.keeper.get(f"{desk}/shipping-quotes", weight_grams=900)[0]
    service = {"courier": quote["courier"], "service": quote["service"], "weight_grams": 900}
    body = {**service, "lines": [{"listing_id": line, "quantity": 1}]}
    parcel = two.keeper.post(f"{desk}/parcels", body, key=uuid4().hex)
    two.places.plan_delivery(quote["courier"], parcel["tracking_number"], ["delivered"], COURIER_TAKES)
    two.keeper.post(f"{desk}/parcels/{parcel['id']}/hand-over")
    teller.say(f"{quote['courier'].capitalize()} has the parcel.")


def _photograph(number: int) -> bytes:
    picture = Image.new("RGB", (640, 480), (188, 152, 106))
    pen = ImageDraw.Draw(picture)
    for leg in range(number + 1):
        pen.rectangle((80 + 110 * leg, 160, 110 + 110 * leg, 430), fill=(104, 70, 40))
    pen.rectangle((60, 130, 580, 175), fill=(122, 84, 50))
    buffer = BytesIO()
    picture.save(buffer, "JPEG")
    return buffer.getvalue()
