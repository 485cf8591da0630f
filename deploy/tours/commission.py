"""The story of a commission: ten weeks of a walnut desk, and a chair that is given up half-way.

The customer's days take three seconds. What people do takes them no time; what they leave undone takes its days: a
milestone that is late, and a customer who says nothing for a week.
"""

from deploy.seed.accounts import COMMISSIONER, PASSWORD
from deploy.tours.client import Json, Places, Surprise
from deploy.tours.commission_acts import (
    Two,
    answer,
    ask,
    confirm_to_bank,
    pay_on_page,
    send,
    show,
    terms,
)
from deploy.tours.telling import Teller
from deploy.verify import run as verify

SHOP = "third-ridge-woodshop"
DESK = [("Drawing", 20_000, 10), ("Frame", 60_000, 4), ("Finish", 40_000, 56)]
"""Ten weeks of work, for 1,200.00."""
CHAIR = [("Drawing", 5_000, 5), ("Chair", 25_000, 20)]


def play(places: Places, teller: Teller) -> None:
    customer = places.person(COMMISSIONER.email, COMMISSIONER.password)
    keeper = places.person(f"{SHOP}@demo.example", PASSWORD)

    teller.step(f"{customer.name} asks for a desk. The artisan makes an offer, and gets a counter-offer.")
    desk = ask(places, customer, keeper, "A walnut desk", "For a niche of 120 x 80 cm, with two drawers on the left.")
    currency = desk.until(teller, "requested")["currency"]
    desk.does(keeper, "offers", terms(currency, 1, DESK, shipping_minor=8_000, note="Oiled, not varnished."))
    desk.does(customer, "offers", terms(currency, 2, DESK, shipping_minor=6_000, revisions=3))
    desk.accepts(keeper, 2)
    pay_on_page(desk, teller)
    agreed = desk.until(teller, "working")
    teller.say(f"{agreed['plan']['held']['text']} are held; no work begins before its money is there.")

    teller.step("The drawing is shown. The customer asks for a revision, then approves it.")
    show(desk, 1, "Two drawers, as you wished.")
    answer(desk, 1, approve=False, note="Could the legs be a little thinner?")
    show(desk, 1, "Thinner, and still strong.")
    answer(desk, 1, approve=True)

    teller.step("The next milestone is charged while nobody is there, and the bank wants the customer.")
    confirm_to_bank(desk, teller)
    desk.until(teller, "working")

    teller.step("Both agree on a change: an engraving, for 90.00 and five more days.")
    _change(desk, currency, teller)

    teller.step("The frame is late, and both are told. When it is shown, the customer says nothing for a week.")
    desk.until_told(teller, "milestone_late")
    show(desk, 2, "It took longer than I thought.")
    desk.until_told(teller, "silence_approved")

    teller.step(
        "The rest: finished, approved, and the engraving paid on the page, as it is more than was agreed before."
    )
    confirm_to_bank(desk, teller)
    desk.until(teller, "working")
    show(desk, 3)
    answer(desk, 3, approve=True)
    pay_on_page(desk, teller)
    desk.until(teller, "working")
    show(desk, 4)
    answer(desk, 4, approve=True)

    teller.step("The desk is sent, arrives, and the commission is complete.")
    send(desk, teller)
    done = desk.until(teller, "completed", seconds=90)
    _paid(done, 120_000 + 9_000 + 6_000)

    teller.step("A second commission is given up while the work is under way.")
    _give_up(places, desk, currency, teller)

    teller.step("All books match.")
    if verify() != 0:
        raise Surprise("the books do not match")


def _change(desk: Two, currency: str, teller: Teller) -> None:
    contract = desk.look(teller)["contract"]
    version = max(one["version"] for one in desk.look(teller)["versions"]) + 1
    dearer = terms(currency, version, [*DESK, ("Engraving", 9_000, 5)], shipping_minor=6_000, revisions=3)
    dearer["starts_on"] = contract["terms"]["starts_on"]
    desk.does(desk.keeper, "changes", {**dearer, "note": "The initials that you asked for."})
    desk.does(desk.customer, "changes/answer", {"version": version, "agree": True})
    desk.until_told(teller, "change_holds")


def _paid(done: Json, minor: int) -> None:
    plan = done["plan"]
    if plan["paid"]["minor"] != minor + plan["tax"]["minor"] or plan["back"]["minor"]:
        raise Surprise(f"{plan['paid']['text']} were paid in all, and {plan['back']['text']} went back")


def _give_up(places: Places, desk: Two, currency: str, teller: Teller) -> None:
    chair = ask(places, desk.customer, desk.keeper, "A chair for the desk", "Of the same walnut, with a woven seat.")
    chair.until(teller, "requested")
    chair.does(chair.keeper, "offers", terms(currency, 1, CHAIR, shipping_minor=4_000))
    chair.accepts(chair.customer, 1)
    pay_on_page(chair, teller)
    shown = chair.until(teller, "working")["leaving"]
    teller.say(f"The button says: {shown['back']['text']} go back.")
    chair.does(chair.customer, "leave", {"shown_back_minor": shown["back"]["minor"]})
    ended = chair.until(teller, "ended")
    if ended["plan"]["back"]["minor"] != shown["back"]["minor"]:
        raise Surprise(f"{shown['back']['text']} were to go back, and {ended['plan']['back']['text']} did")
    teller.say(f"{ended['plan']['back']['text']} went back to the card.")
