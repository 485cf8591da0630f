"""What the story of a payout does with earned money: bank details, withdrawals, what comes back, what is kept back.

A bank and the passing of its days are the partner sandbox's control doors; everything else is a person's.
"""

from dataclasses import dataclass
from uuid import uuid4

from deploy.tours.client import Json, Person, Places, Surprise, wait_for
from deploy.tours.telling import Teller, clock

BROKEN_NUMBER = "000111111116"
"""Stripe's test number of a bank account that does not exist."""
GOOD_NUMBERS = ("000123456789", "000987654321")
ROUTING_NUMBER = "110000000"
ACCOUNT = "/api/v1/shop/payout-account"
GOES, COMES_BACK = 45, 45
"""Seconds."""


@dataclass(frozen=True)
class Payee:
    """A shop's keeper, and the one currency in which they are paid."""

    keeper: Person
    shop_id: str
    shop_name: str
    currency: str

    def balance(self) -> Json:
        balances = self.keeper.get("/api/v1/shop/balance")["balances"]
        return next(one for one in balances if one["currency"] == self.currency)

    def payout(self, payout_id: str) -> Json:
        return self.keeper.get(f"/api/v1/shop/payouts/{payout_id}")


def give_bank(payee: Payee, number: str) -> Json:
    given = {"kind": "us", "holder": payee.shop_name, "routing_number": ROUTING_NUMBER, "account_number": number}
    return payee.keeper.put(ACCOUNT, given)


def give_broken_bank(payee: Payee) -> Json:
    """Also where an interrupted story has left these details: they would not count as changed."""
    if payee.keeper.get(ACCOUNT)["last_four"] == BROKEN_NUMBER[-4:]:
        give_bank(payee, GOOD_NUMBERS[0])
    return give_bank(payee, BROKEN_NUMBER)


def give_other_bank(payee: Payee) -> Json:
    """A good one that is not the one of now."""
    last_four = payee.keeper.get(ACCOUNT)["last_four"]
    return give_bank(payee, next(number for number in GOOD_NUMBERS if number[-4:] != last_four))


def is_refused(payee: Payee, reason: str, teller: Teller, amount_minor: int | None = None) -> None:
    """A withdrawal that must not come about, and why."""
    body = {"currency": payee.currency, **({} if amount_minor is None else {"amount_minor": amount_minor})}
    error = payee.keeper.refused("/api/v1/shop/withdrawals", body, "payout_refused")
    if error["details"]["reason"] != reason:
        raise Surprise(f"{payee.shop_name} was refused a withdrawal: {error['message']}")
    teller.say(f"{payee.shop_name} asks for money and is told: {error['message']}")


def until_not_paused(payee: Payee) -> None:
    def free() -> bool | None:
        obstacle = payee.keeper.get("/api/v1/shop/balance")["obstacle"]
        return True if obstacle is None else None

    wait_for("the end of the pause after changed bank details", free, GOES)


def withdraw(payee: Payee, teller: Teller) -> Json:
    """All that is available."""
    available = payee.balance()["available"]
    begun = payee.keeper.post("/api/v1/shop/withdrawals", {"currency": payee.currency}, key=uuid4().hex)
    if begun["amount"]["minor"] < available["minor"]:
        raise Surprise(f"{available['text']} were available, and {begun['amount']['text']} were set aside")
    teller.say(f"{payee.shop_name} withdraws all that is available: {begun['amount']['text']}.")
    return begun


def until_payout(places: Places, payee: Payee, payout_id: str, teller: Teller, *wanted: str) -> Json:
    """The bank's days pass at once; whatever is on its way has arrived or come back."""

    def reached() -> Json | None:
        seen = payee.payout(payout_id)
        if seen["status"] in wanted:
            teller.timeline(f"payout to {payee.shop_name}", seen["timeline"])
            return seen
        if seen["status"] in {"given_back", "not_paid"}:
            raise Surprise(f"the payout ended as {seen['status']}: {seen['problem_text']}")
        places.outside("POST", "/hurry")
        return None

    return wait_for(f"a payout to {payee.shop_name} that is {' or '.join(wanted)}", reached, GOES)


def until_it_goes_back(payee: Payee, payout_id: str, problem: str, teller: Teller) -> Json:
    """To the balance; the payout waits for other details."""

    def back() -> Json | None:
        seen = payee.payout(payout_id)
        return seen if seen["status"] == "awaiting_details" else None

    seen = wait_for(f"the money that {payee.shop_name} could not be paid", back, COMES_BACK)
    teller.timeline(f"payout to {payee.shop_name}", seen["timeline"])
    if seen["problem"] != problem:
        raise Surprise(f"the payout to {payee.shop_name} failed for another reason: {seen['problem_text']}")
    payable = payee.balance()["payable"]
    if payable["minor"] < seen["amount"]["minor"]:
        raise Surprise(f"{seen['amount']['text']} came back, and only {payable['text']} are payable")
    teller.say(f"{seen['amount']['text']} are in the balance again. {seen['problem_text']}")
    return seen


def bank_sends_back(places: Places, payee: Payee, amount: Json) -> None:
    """The last payout that has arrived there."""
    accounts = places.outside("GET", "/accounts", shop_id=payee.shop_id)["accounts"]
    sent = places.outside("GET", "/payouts", account=accounts[0]["id"])["payouts"]
    arrived = [one for one in sent if one["status"] == "paid" and one["amount"] == amount["minor"]]
    if not arrived:
        raise Surprise(f"the bank knows of no payout of {amount['text']} to {payee.shop_name}")
    places.outside("POST", f"/payouts/{arrived[0]['id']}/return", {"failure_code": "account_closed"})


def keep_back(administrator: Person, payee: Payee, amount_minor: int) -> Json:
    """Our team wants to look at something first."""
    body = {"amount_minor": amount_minor, "currency": payee.currency, "reason": "unusual_sales", "days": 10}
    return administrator.post(f"/api/v1/admin/shops/{payee.shop_id}/holds", body)


def object_and_release(administrator: Person, payee: Payee, hold: Json, teller: Teller) -> None:
    """The keeper objects, and our team lets it go."""
    payee.keeper.post(f"/api/v1/shop/holds/{hold['id']}/appeal", {"text": "These were the sales of a Christmas fair."})
    waiting = administrator.get("/api/v1/admin/holds")
    if hold["id"] not in {one["id"] for one in waiting}:
        raise Surprise("the objection is not on our team's desk")
    decided = administrator.post(
        f"/api/v1/admin/holds/{hold['id']}/decision",
        {"release": True, "reason": "The fair is real, and so are its buyers."},
    )
    teller.say(f"{payee.shop_name} objects. {decided['outcome_text']} {hold['amount']['text']} are available again.")


def tell_balance(payee: Payee, teller: Teller) -> Json:
    balance = payee.balance()
    parts = ", ".join(f"{name.replace('_', ' ')} {balance[name]['text']}" for name in _parts(balance))
    teller.say(f"{payee.shop_name}, in {payee.currency}: {parts}.")
    for hold in balance["holds"]:
        teller.say(f"   {hold['amount']['text']} wait until {clock(hold['release_at'])}: {hold['rule_text']}")
    return balance


def _parts(balance: Json) -> list[str]:
    names = ("payable", "held", "on_its_way", "owed")
    return ["available", *(name for name in names if balance[name]["minor"])]
