"""Calendars, reserves, and what is available: pure decisions, each with its borders."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.bookkeeping import AccountKind, LedgerEntry
from models.rules.holds import Hold, HoldReason, HoldRule, earned, new_seller_reserve
from models.rules.payout_calendar import Calendar, PayoutDays, is_due, latest_due, next_due
from models.rules.payouts import (
    DEFAULT_MINIMUM,
    NEEDS_A_LOOK,
    NEEDS_CORRECTION,
    SMALLEST,
    STEP,
    Payee,
    PayoutKind,
    PayoutProblem,
    Refusal,
    Refused,
    Standing,
    Wish,
    amount_to_pay,
    minimum_for,
    obstacle,
    problem_of,
)
from models.types import CURRENCY_DECIMALS, Money

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)
MONDAY = date(2026, 11, 23)


def hold(minor: int, *, release_at: datetime = NOW + DAY, booked: bool = False) -> Hold:
    return Hold(
        "hld_1", HoldRule.REVIEW, HoldReason.COMPLAINTS, Money(minor, "USD"), NOW - DAY, release_at, booked=booked
    )


def standing(payable: int, *holds: Hold, instalment: int = 0, currency: str = "USD") -> Standing:
    return Standing(
        currency=currency,
        payable_minor=payable,
        reserve_minor=0,
        on_its_way_minor=0,
        debt_minor=instalment,
        instalment_minor=instalment,
        holds=holds,
        now=NOW,
    )


# Calendars


@pytest.mark.parametrize(
    ("chosen", "day", "due"),
    [
        (PayoutDays(Calendar.DAILY), MONDAY, True),
        (PayoutDays(), MONDAY, True),
        (PayoutDays(), MONDAY + DAY, False),
        (PayoutDays(Calendar.WEEKLY, weekday=6), MONDAY - DAY, True),
        (PayoutDays(Calendar.MONTHLY, day=1), date(2026, 12, 1), True),
        (PayoutDays(Calendar.MONTHLY, day=31), date(2027, 2, 28), True),
        (PayoutDays(Calendar.MONTHLY, day=31), date(2028, 2, 28), False),
        (PayoutDays(Calendar.MONTHLY, day=30), date(2028, 2, 29), True),
        (PayoutDays(Calendar.MANUAL), MONDAY, False),
    ],
)
def test_the_days_of_a_calendar(chosen: PayoutDays, day: date, due: bool) -> None:
    assert is_due(chosen, day) is due


@given(
    st.builds(PayoutDays, st.sampled_from(Calendar), st.integers(0, 6), st.integers(1, 31)),
    st.dates(date(2026, 1, 1), date(2030, 1, 1)),
    st.integers(0, 40),
)
def test_no_due_day_is_lost_between_two_runs(chosen: PayoutDays, after: date, days: int) -> None:
    until = after + days * DAY
    between = [after + (day + 1) * DAY for day in range(days) if is_due(chosen, after + (day + 1) * DAY)]
    assert latest_due(chosen, after, until) == (between[-1] if between else None)
    if between:
        assert next_due(chosen, after) == between[0]


@pytest.mark.parametrize("wrong", [{"weekday": 7}, {"weekday": -1}, {"day": 0}, {"day": 32}])
def test_no_calendar_has_such_a_day(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"a (week)?day"):
        PayoutDays(**wrong)  # type: ignore[arg-type] # it is the numbers that are wrong


# Reserves


def test_a_tenth_is_kept_for_thirty_days_from_the_first_sale() -> None:
    reserve = new_seller_reserve(Money(9_415, "USD"), NOW - 10 * DAY, NOW)
    assert reserve is not None
    assert (reserve.amount.minor, reserve.release_at) == (941, NOW + 20 * DAY)
    assert new_seller_reserve(Money(9_415, "USD"), NOW - 30 * DAY, NOW) is None
    assert new_seller_reserve(Money(9, "USD"), NOW, NOW) is None


def test_what_a_posting_makes_payable_to_one_shop() -> None:
    entries = [
        LedgerEntry(AccountKind.ORDER_HELD, "ord_1", Money(10_000, "EUR")),
        LedgerEntry(AccountKind.ARTISAN_PAYABLE, "shp_1", Money(-8_000, "USD")),
        LedgerEntry(AccountKind.ARTISAN_PAYABLE, "shp_2", Money(-1_000, "USD")),
    ]
    assert earned("shp_1", entries) == Money(8_000, "USD")
    assert earned("shp_3", entries) is None
    assert earned("shp_1", [LedgerEntry(AccountKind.ARTISAN_PAYABLE, "shp_1", Money(5, "USD"))]) is None


# What is available


def test_every_part_of_the_available_amount() -> None:
    told = standing(10_000, hold(2_000), hold(700, booked=True), hold(300, release_at=NOW, booked=True), instalment=500)
    assert (told.waiting_minor, told.due_minor, told.held_minor) == (2_000, 300, 2_700)
    assert told.available_minor == 10_000 + 300 - 2_000 - 500


@given(
    st.integers(-(10**9), 10**9),
    st.lists(st.tuples(st.integers(1, 10**8), st.booleans(), st.integers(-5, 5)), max_size=6),
    st.integers(0, 10**6),
)
def test_available_is_never_more_than_is_owed_and_never_less_than_nothing(
    payable: int, holds: list[tuple[int, bool, int]], instalment: int
) -> None:
    made = [hold(minor, release_at=NOW + days * DAY, booked=booked) for minor, booked, days in holds]
    told = standing(payable, *made, instalment=instalment)
    assert 0 <= told.available_minor <= max(0, payable + told.due_minor)
    amount = amount_to_pay(told, Wish(PayoutKind.WITHDRAWAL, "USD"))
    if isinstance(amount, Money):
        assert amount.minor == told.available_minor > 0
    else:
        assert told.available_minor == 0


@pytest.mark.parametrize("currency", CURRENCY_DECIMALS)
def test_every_currency_has_amounts_of_its_own(currency: str) -> None:
    assert 0 < SMALLEST[currency] <= DEFAULT_MINIMUM[currency]
    assert SMALLEST[currency] % STEP.get(currency, 1) == 0
    assert minimum_for({}, currency) == DEFAULT_MINIMUM[currency]
    assert minimum_for({currency: 0}, currency) == SMALLEST[currency]


def test_kuwaiti_fils_are_left_that_no_bank_takes() -> None:
    told = standing(12_345, currency="KWD")
    assert amount_to_pay(told, Wish(PayoutKind.WITHDRAWAL, "KWD")) == Money(12_340, "KWD")
    assert amount_to_pay(standing(7, currency="KWD"), Wish(PayoutKind.WITHDRAWAL, "KWD")) == Refused(Refusal.NOTHING, 7)


# What stands in the way


@pytest.mark.parametrize(
    ("payee", "reason"),
    [
        (Payee("approved", "USD"), None),
        (Payee("approved", "USD", erased=True), Refusal.ERASED),
        (Payee("suspended", "USD"), Refusal.SUSPENDED),
        (Payee("approved", "USD", has_account=False), Refusal.NO_ACCOUNT),
        (Payee("approved", "USD", paused_until=NOW + DAY), Refusal.PAUSED),
        (Payee("approved", "USD", paused_until=NOW), None),
        (Payee("approved", "USD", able=False), Refusal.REQUIREMENTS),
        (Payee("approved", "USD", failed=PayoutProblem.ACCOUNT_CLOSED), Refusal.DETAILS_FAILED),
        (Payee("approved", "USD", failed=PayoutProblem.BANK), None),
    ],
)
def test_what_stands_in_the_way(payee: Payee, reason: Refusal | None) -> None:
    found = obstacle(payee, PayoutKind.WITHDRAWAL, NOW)
    assert (found.reason if found else None) == reason


def test_the_clock_does_not_repeat_what_nobody_understands_but_a_person_may() -> None:
    unknown = Payee("approved", "USD", failed=problem_of("something_new"))
    assert obstacle(unknown, PayoutKind.SCHEDULED, NOW) is not None
    assert obstacle(unknown, PayoutKind.WITHDRAWAL, NOW) is None
    assert problem_of("something_new") is PayoutProblem.OTHER
    assert PayoutProblem.FUNDS not in NEEDS_A_LOOK | NEEDS_CORRECTION
