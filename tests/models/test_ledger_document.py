"""The page on the ledger cannot lie: what it gives is handed to the builders, and what they book must stand there."""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from models.rules import (
    commission_postings,
    correction_postings,
    credit_postings,
    fx_postings,
    order_postings,
    payout_postings,
    provider_postings,
    refund_postings,
    reserve_postings,
    tax_postings,
)
from models.rules.bookkeeping import AccountKind, LedgerEntry, PostingKind
from models.rules.commission_postings import Back
from models.rules.refunds import Share
from models.rules.sale_postings import SoldOrder, sale
from models.types import CURRENCY_DECIMALS, Money

PAGE = Path(__file__).parents[2] / "deploy" / "LEDGER.md"
AMOUNT = re.compile(r"\b([A-Z]{3}) (-?\d[\d,]*(?:\.\d+)?)")
OWNERS = {
    AccountKind.ORDER_HELD: "order",
    AccountKind.CONNECTED_BALANCE: "shop",
    AccountKind.ARTISAN_PAYABLE: "shop",
    AccountKind.ARTISAN_RESERVE: "shop",
    AccountKind.ARTISAN_IN_TRANSIT: "shop",
    AccountKind.ARTISAN_DEBT: "shop",
    AccountKind.GIFT_CARDS: "card",
    AccountKind.STORE_CREDIT: "person",
}
Given = Mapping[str, Money]
Builder = Callable[[Given], list[LedgerEntry]]
Line = tuple[str, Money]
"""An account as the page writes it, and its debit, or its credit as a negative amount."""


def order(given: Given) -> SoldOrder:
    return SoldOrder("order", given["items"].minor, given["shipping"].minor, given["tax"].minor)


def share(given: Given) -> Share:
    return Share(given["items"].minor, given["shipping"].minor, given["tax"].minor, given["fee"].minor)


def charged(given: Given) -> str:
    return given["items"].currency


def captured(given: Given) -> list[LedgerEntry]:
    paid_by = []
    if "card" in given:
        paid_by.append(credit_postings.gift_card_spent("card", given["card"]))
    if "credit" in given:
        paid_by.append(credit_postings.credit_spent("person", given["credit"]))
    fee = given.get("provider fee", Money(0, charged(given)))
    return sale([order(given)], fee.minor, charged(given), paid_by)


def refunded(given: Given) -> list[LedgerEntry]:
    paid_to = []
    if "card" in given:
        paid_to.append(credit_postings.gift_card_given_back("card", given["card"]))
    if "credit" in given:
        paid_to.append(credit_postings.credit_given_back("person", given["credit"]))
    return order_postings.refund("order", share(given), charged(given), paid_to)


def plain(builder: Callable[[str, Money], list[LedgerEntry]], owner: str = "shop") -> Builder:
    return lambda given: builder(owner, given["amount"])


BUILDERS: Mapping[str, Builder] = {
    "A payment is captured": captured,
    "The provider lets go of it": lambda given: provider_postings.became_available(given["net"]),
    "The order is delivered, and three days pass": lambda given: order_postings.release(
        "order", "shop", share(given), charged(given)
    ),
    "A new shop's reserve is kept back": plain(reserve_postings.taken),
    "A payout sets money aside": plain(payout_postings.set_aside),
    "It is transferred to the artisan's account at the provider": plain(payout_postings.transferred),
    "The bank has taken it": plain(payout_postings.paid),
    "The reserve's date has come": plain(reserve_postings.released),
    "A refund before the release": refunded,
    "A refund behind the release": lambda given: refund_postings.after_release("shop", share(given), charged(given)),
    "A refund that the bank did not take": lambda given: refund_postings.failed(refunded(given)),
    "What an artisan owes is put under a plan": plain(payout_postings.debt_planned),
    "An instalment": plain(payout_postings.instalment),
    "A plan ends before it is repaid": plain(payout_postings.plan_ended),
    "A debt is written off": plain(payout_postings.written_off),
    "The bank sends it back": plain(payout_postings.returned),
    "The transfer is reversed": plain(payout_postings.reversed_transfer),
    "The artisan is owed it as before": plain(payout_postings.given_back),
    "A payment in another currency than the provider settles in": lambda given: fx_postings.sale(
        [order(given)],
        charged(given),
        settled=given["settled"],
        fee=given["provider fee"],
        at_frozen=given["promised"],
    ),
    "A release to an artisan who is paid in a third": lambda given: fx_postings.release(
        "order", "shop", share(given), charged(given), given["owed"]
    ),
    "A transfer that the provider converts": lambda given: fx_postings.transferred(
        "shop", given["arrived"], given["sent"], given["promised"]
    ),
    "A refund before the release, in the currency of the charge": lambda given: fx_postings.refund(
        "order", share(given), charged(given), settled=given["settled"], at_frozen=given["promised"]
    ),
    "A refund behind the release, across currencies": lambda given: fx_postings.after_release(
        "shop",
        share(given),
        charged(given),
        taken=given["taken"],
        settled=given["settled"],
        at_frozen=given["promised"],
    ),
    "What rounding left of a position": lambda given: fx_postings.closed(given["left"]),
    "Yen have no decimals": lambda given: fx_postings.release(
        "order", "shop", share(given), charged(given), given["owed"]
    ),
    "A gift card is bought": lambda given: credit_postings.gift_card_sold(
        "card", given["amount"], given["provider fee"]
    ),
    "A gift card is given away": plain(credit_postings.gift_card_issued, "card"),
    "It pays a part of an order": captured,
    "Credit pays all of an order": captured,
    "A refund goes back to where it came from": refunded,
    "A gift card expires": lambda given: credit_postings.gift_card_expired("card", given["left"]),
    "A gift card is redeemed": lambda given: credit_postings.gift_card_redeemed("card", "person", given["amount"]),
    "Credit is given up": lambda given: credit_postings.credit_forfeited("person", given["left"]),
    "Credit is granted": plain(credit_postings.credit_granted, "person"),
    "A refund is given as credit": refunded,
    "A charge is paid, of a commission": lambda given: sale(
        [SoldOrder("commission", given["items"].minor, given["shipping"].minor, given["tax"].minor)],
        given["provider fee"].minor,
        charged(given),
    ),
    "A milestone is approved, by word or by silence, of a commission": lambda given: order_postings.release(
        "commission", "shop", share(given), charged(given)
    ),
    "It ends early, and everything goes back, of a commission": lambda given: commission_postings.given_back(
        "commission",
        "shop",
        Back(given["held"].minor, given["taken"].minor, given["fee"].minor, given["tax"].minor),
        given["held"].currency,
    ),
    "What it still holds goes along with its piece": lambda given: order_postings.shipping_moved(
        "commission", "order", given["amount"]
    ),
    "The tax in a month's commission": lambda given: tax_postings.fee_tax(given["tax"]),
    "A fee of the provider apart from a sale": lambda given: provider_postings.fee(given["amount"]),
    "A chargeback's fee": lambda given: provider_postings.dispute_fee(given["amount"]),
    "The dispute was won, and the fee comes back": lambda given: provider_postings.dispute_fee_returned(
        given["amount"]
    ),
    "A repair": lambda given: correction_postings.correction(AccountKind.PROCESSING_FEES, "", given["amount"]),
}
LEAVES = "What all of this leaves"


@dataclass(frozen=True)
class Event:
    title: str
    kind: str
    given: Given
    prose: str
    lines: list[Line]


def money(currency: str, written: str) -> Money:
    """`USD 1,234.50`. Refuses an amount that is not written with all the decimals of its currency."""
    _, _, decimals = written.partition(".")
    if len(decimals) != CURRENCY_DECIMALS[currency]:
        raise ValueError(f"{currency} {written} has {len(decimals)} decimals")
    return Money(int(written.replace(",", "").replace(".", "")), currency)


def written(amount: Money) -> str:
    decimals = CURRENCY_DECIMALS[amount.currency]
    return f"{amount.currency} {abs(amount.minor) / 10**decimals:,.{decimals}f}"


def account(kind: AccountKind, owner: str) -> str:
    return f"`{kind}` ({owner})" if owner else f"`{kind}`"


def table(entries: list[LedgerEntry]) -> str:
    """As the page shows them; entries of zero are not booked."""
    rows = ["| account | debit | credit |", "|---|---:|---:|"]
    for entry in entries:
        if entry.amount.minor:
            sides = (written(entry.amount), "") if entry.amount.minor > 0 else ("", written(entry.amount))
            rows.append(f"| {account(entry.kind, entry.owner)} | {sides[0]} | {sides[1]} |")
    return "\n".join(rows)


def lines_of(entries: list[LedgerEntry]) -> list[Line]:
    return [(account(entry.kind, entry.owner), entry.amount) for entry in entries if entry.amount.minor]


def read(page: str) -> dict[str, Event]:
    """The events, by title, in the order of the page."""
    found: dict[str, Event] = {}
    for section in re.split(r"^##+ ", page, flags=re.MULTILINE)[1:]:
        heading, _, body = section.partition("\n")
        named = re.fullmatch(r"(.+?)(?: \(`(\w+)`(, .+)?\))?", heading)
        assert named is not None
        rows = [line for line in body.splitlines() if line.startswith("| `") and line.count("|") == 4]
        lines = []
        for row in rows:
            of, debit, credit = (cell.strip() for cell in row.strip("|").split("|"))
            if AMOUNT.search(debit + credit) is None:
                continue
            (currency, amount), sign = AMOUNT.findall(debit or credit)[0], 1 if debit else -1
            assert not (debit and credit), f"{heading}: {row} has two sides"
            lines.append((of, money(currency, amount) * sign))
        if not lines:
            continue
        prose = "\n".join(line for line in body.splitlines() if not line.startswith(("|", "Given ")))
        gives = next((line for line in body.splitlines() if line.startswith("Given ")), "Given ")
        given = {
            name.strip(" ,"): money(currency, amount)
            for name, currency, amount in re.findall(r"([a-z ,]+?) " + AMOUNT.pattern, gives.removeprefix("Given"))
        }
        title = named[1] + (named[3] or "")
        assert title not in found, f"{title} stands there twice"
        found[title] = Event(title, named[2] or "", given, prose, lines)
    return found


EVENTS = read(PAGE.read_text())


@pytest.mark.parametrize("event", [event for event in EVENTS.values() if event.kind], ids=lambda event: event.title)
def test_every_number_is_what_the_code_books(event: Event) -> None:
    entries = BUILDERS[event.title](event.given)
    assert sorted(map(repr, event.lines)) == sorted(map(repr, lines_of(entries))), f"should be\n{table(entries)}"
    sums: dict[str, int] = defaultdict(int)
    for _, amount in event.lines:
        sums[amount.currency] += amount.minor
    assert set(sums.values()) == {0}
    assert event.kind in set(PostingKind)


def test_every_builder_and_every_kind_of_posting_stands_on_the_page() -> None:
    assert [title for title in EVENTS if title != LEAVES] == list(BUILDERS)
    assert {event.kind for event in EVENTS.values()} - {""} == {kind.value for kind in PostingKind}


def test_what_the_first_story_leaves_is_the_sum_of_its_events() -> None:
    left: dict[str, Money] = {}
    for event in EVENTS.values():
        if event.title == LEAVES:
            break
        for of, amount in event.lines:
            left[of] = left.get(of, Money(0, amount.currency)) + amount
    assert dict(EVENTS[LEAVES].lines) == {of: amount for of, amount in left.items() if amount.minor}


def test_no_number_stands_in_the_prose() -> None:
    """Where nothing would recompute it."""
    assert [event.title for event in EVENTS.values() if AMOUNT.search(event.prose)] == []


def test_the_chart_of_accounts_is_whole() -> None:
    row = re.compile(r"^\| `(\w+)`(?: \((\w+)\))? \| (?:asset|liability|income|expense|position)", re.MULTILINE)
    assert dict(row.findall(PAGE.read_text())) == {kind.value: OWNERS.get(kind, "") for kind in AccountKind}


def test_the_page_is_read_as_it_is_written() -> None:
    assert money("USD", "1,234.50") == Money(123_450, "USD")
    assert (money("JPY", "4800"), money("KWD", "-11.776")) == (Money(4_800, "JPY"), Money(-11_776, "KWD"))
    for currency, wrong in (("USD", "1.5"), ("JPY", "1.00"), ("KWD", "1.50")):
        with pytest.raises(ValueError, match="decimals"):
            money(currency, wrong)
    credited = "| `order_held` (order) |  | USD 100.0{} |"
    lie = PAGE.read_text().replace(credited.format(0), credited.format(1), 1)
    event = read(lie)["A payment is captured"]
    assert lines_of(BUILDERS[event.title](event.given)) != event.lines
