"""The story of a payout: two makers, two currencies, and everything that may happen to money on its way to a bank.

The people live fast: a day of the buyer's takes ten seconds and one of the makers' three, so that the days in which a
buyer may object and those for which changed bank details wait pass while one looks on. The story can be played again
on the same stack: it counts with what it finds.
"""

import asyncio
from datetime import UTC, datetime

from core.settings import get_settings
from deploy.demo_codes import code_for
from deploy.seed.accounts import ADMINISTRATOR, PAID_SHOPS, PASSWORD, PAYER
from deploy.tours.client import Json, Person, Places, Surprise
from deploy.tours.payout_money import (
    Payee,
    bank_sends_back,
    give_broken_bank,
    give_other_bank,
    is_refused,
    keep_back,
    object_and_release,
    tell_balance,
    until_it_goes_back,
    until_not_paused,
    until_payout,
    withdraw,
)
from deploy.tours.payout_sales import (
    SECONDS_A_DAY,
    Sale,
    buy,
    make_and_send,
    refund_a_piece,
    until_delivered,
    until_released,
)
from deploy.tours.telling import Teller
from deploy.verify import run as verify

KEPT_BACK_MINOR = 500


def play(places: Places, teller: Teller) -> None:
    began = datetime.now(UTC)
    buyer = places.person(PAYER.email, PAYER.password)
    forge, press = (_payee(places, slug) for slug in PAID_SHOPS)
    administrator = _with_code(places, ADMINISTRATOR.email, ADMINISTRATOR.password)
    _tell_what_is_owed(forge, teller)

    teller.step(f"{forge.shop_name} gives other bank details, with a mistake in them.")
    give_broken_bank(forge)
    is_refused(forge, "paused_after_change", teller)

    teller.step(f"{buyer.name} buys from two makers, in two currencies.")
    sold = buy(places, buyer, forge.keeper, 3, teller)
    make_and_send(places, sold)
    printed = buy(places, buyer, press.keeper, 2, teller)
    make_and_send(places, printed)
    for sale in (sold, printed):
        until_delivered(sale, teller)

    teller.step("Before anything is paid out, one piece turns out to be broken.")
    back = refund_a_piece(sold, "damaged", "One of the three has a crack.", teller)
    teller.say(f"{back['agreed']['text']} went back to the buyer, from money that was not the maker's yet.")

    _release((sold, printed), teller)
    _reserves(administrator, forge, press, teller)
    _fail_and_return(places, forge, press, teller)
    _refund_after(places, forge, buyer, sold, teller)
    _withdraw_the_rest(places, forge, press, teller)
    _books(places, administrator, began, teller)


def _payee(places: Places, slug: str) -> Payee:
    keeper = _with_code(places, f"{slug}@demo.example", PASSWORD)
    shop = keeper.get(f"/api/v1/shops/{slug}")
    me = keeper.get("/api/v1/me")
    currency = keeper.get("/api/v1/shop/balance")["balances"][0]["currency"]
    return Payee(keeper, me["shop_id"], shop["name"], currency)


def _with_code(places: Places, email: str, password: str) -> Person:
    """Signs in with two factors: money is sent nowhere with a password alone."""
    try:
        code = asyncio.run(code_for(get_settings(), email))
    except ValueError as problem:
        raise Surprise(
            f"{problem}. The tour needs a stack that was seeded for it: artisan reset, then make up"
        ) from None
    return places.person(email, password, code)


def _tell_what_is_owed(payee: Payee, teller: Teller) -> None:
    owed = payee.balance()["owed"]
    if owed["minor"]:
        teller.say(f"{payee.shop_name} still owes {owed['text']} of a story that broke off; its first sale pays that.")


def _release(sales: tuple[Sale, ...], teller: Teller) -> None:
    teller.step(f"The buyer has three days to object, {SECONDS_A_DAY} seconds each. Then the money is the makers'.")
    for sale in sales:
        days = until_released(sale, teller)
        teller.say(
            f"Order {sale.number} is payable {days:.1f} days after its delivery, and may still come back for fourteen."
        )


def _reserves(administrator: Person, forge: Payee, press: Payee, teller: Teller) -> None:
    teller.step("Some of it waits: each part under a rule, with a reason and a day.")
    hold = keep_back(administrator, press, KEPT_BACK_MINOR)
    for payee in (forge, press):
        tell_balance(payee, teller)
    available = press.balance()["available"]
    is_refused(press, "more_than_available", teller, available["minor"] + 1)
    object_and_release(administrator, press, hold, teller)
    after = press.balance()["available"]
    if after["minor"] < available["minor"] + KEPT_BACK_MINOR:
        raise Surprise(f"after the objection {after['text']} are available")


def _fail_and_return(places: Places, forge: Payee, press: Payee, teller: Teller) -> None:
    """One bank never takes the money, the other sends it back: both get it after other details."""
    if forge.balance()["available"]["minor"] <= 0:
        raise Surprise(f"{forge.shop_name} owes more than this story earns. Others have broken off here: artisan reset")
    teller.step("Both withdraw. One bank account does not exist; the other is closed just after the money came.")
    until_not_paused(forge)
    failing, returned = withdraw(forge, teller), withdraw(press, teller)
    until_payout(places, press, returned["id"], teller, "arrived")
    bank_sends_back(places, press, returned["amount"])
    until_payout(places, forge, failing["id"], teller, "awaiting_details")
    until_it_goes_back(forge, failing["id"], "bank_details_wrong", teller)
    until_it_goes_back(press, returned["id"], "bank_account_closed", teller)

    teller.step("They correct their details. After the pause of three days both payouts are tried once more.")
    for payee in (forge, press):
        changed = give_other_bank(payee)
        is_refused(payee, "paused_after_change", teller)
        teller.say(f"{payee.shop_name} is paid to the account that ends in {changed['last_four']} from now on.")
    for payee, payout in ((forge, failing), (press, returned)):
        paid = until_payout(places, payee, payout["id"], teller, "arrived", "paid_out")
        if paid["amount"]["minor"] < payout["amount"]["minor"]:  # a reserve may have ended in between
            raise Surprise(f"{payout['amount']['text']} were to arrive, and {paid['amount']['text']} did")


def _refund_after(places: Places, forge: Payee, buyer: Person, sold: Sale, teller: Teller) -> None:
    teller.step("A second piece goes back, and its money was paid out already.")
    paid_out = forge.balance()["payable"]
    if paid_out["minor"]:
        raise Surprise(f"{forge.shop_name} was paid everything, and {paid_out['text']} are left")
    back = refund_a_piece(sold, "not_as_described", "The second one is another colour.", teller)
    owed = tell_balance(forge, teller)["owed"]
    if owed["minor"] <= 0:
        raise Surprise(f"{back['agreed']['text']} went back, and {forge.shop_name} owes nothing")

    teller.step(f"The next sale pays it: {forge.shop_name} earns, less the {owed['text']}.")
    again = buy(places, buyer, forge.keeper, 3, teller)
    make_and_send(places, again)
    until_delivered(again, teller)
    until_released(again, teller)
    _netted(forge, again, owed, teller)


def _netted(forge: Payee, sale: Sale, owed: Json, teller: Teller) -> None:
    earned = forge.keeper.get(sale.desk_path)["desk"]["earnings"]
    balance = tell_balance(forge, teller)
    kept = sum(hold["amount"]["minor"] for hold in balance["holds"] if hold["order_id"] == sale.order_id)
    if balance["payable"]["minor"] != earned["minor"] - kept - owed["minor"]:
        raise Surprise(
            f"{earned['text']} were earned, {owed['text']} owed, and {balance['payable']['text']} are payable"
        )
    teller.say(f"Earned {earned['text']}, owed {owed['text']}: {balance['payable']['text']} are payable.")


def _withdraw_the_rest(places: Places, forge: Payee, press: Payee, teller: Teller) -> None:
    teller.step("What is left is withdrawn.")
    last = withdraw(forge, teller)
    is_refused(forge, "nothing_available", teller)
    until_payout(places, forge, last["id"], teller, "arrived", "paid_out")
    for payee in (forge, press):
        tell_balance(payee, teller)


def _books(places: Places, administrator: Person, began: datetime, teller: Teller) -> None:
    teller.step("All books match: the provider's, the ledger's, and each order's.")
    moved = places.outside("GET", "/money-out")
    twice = [operation for name, found in moved.items() if name.endswith("_more_than_once") for operation in found]
    if twice:
        raise Surprise(f"the provider did something more than once: {', '.join(twice)}")
    teller.say("The provider carried out every transfer, reversal and payout once.")
    for totals in administrator.get("/api/v1/admin/finance")["totals"]:
        sums = {group["code"]: group["total"] for group in totals["groups"]}
        if sums["where"]["minor"] != sums["whose"]["minor"] + sums["ours"]["minor"]:
            raise Surprise(f"in {totals['currency']} the sums of the finance desk differ")
        teller.say(
            f"{totals['currency']}: {sums['where']['text']} there, {sums['whose']['text']} of it other people's."
        )
    cases = administrator.get("/api/v1/admin/cases")["items"]
    found = [one for one in cases if datetime.fromisoformat(one["opened_at"]) >= began]
    if found:
        raise Surprise(f"reconciliation has found a difference: {found[0]['kind_text']} ({found[0]['subject']})")
    teller.say("Reconciliation has no case of this story.")
    if verify() != 0:
        raise Surprise("the books do not match")
