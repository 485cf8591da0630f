"""Check digits and lengths of bank accounts."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.bank_accounts import (
    IBAN_LENGTHS,
    checked_account_number,
    checked_iban,
    checked_routing_number,
    paused_until,
)

# The IBAN registry's own examples; the Federal Reserve Banks' routing numbers.
IBANS = (
    "DE89 3704 0044 0532 0130 00",
    "GB29 NWBK 6016 1331 9268 19",
    "FR14 2004 1010 0505 0001 3M02 606",
    "NO93 8601 1117 947",
    "MT84 MALT 0110 0001 2345 MTLC AST0 01S",
    "ES91 2100 0418 4502 0005 1332",
)
ROUTING_NUMBERS = ("011000015", "021001208", "121000374")


@pytest.mark.parametrize("iban", IBANS)
def test_real_ibans_are_taken_however_they_are_spaced(iban: str) -> None:
    plain = iban.replace(" ", "")
    assert checked_iban(iban) == checked_iban(plain.lower()) == checked_iban(iban.replace(" ", "-")) == plain


@given(st.sampled_from(IBANS), st.data())
def test_one_wrong_character_is_found(iban: str, data: st.DataObject) -> None:
    plain = iban.replace(" ", "")
    at = data.draw(st.integers(4, len(plain) - 1))
    alphabet = "0123456789" if plain[at].isdigit() else "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    other = data.draw(st.sampled_from([one for one in alphabet if one != plain[at]]))
    with pytest.raises(ValueError, match="slip of the pen"):
        checked_iban(plain[:at] + other + plain[at + 1 :])


@given(st.sampled_from(IBANS), st.data())
def test_two_swapped_characters_are_found(iban: str, data: st.DataObject) -> None:
    plain = iban.replace(" ", "")
    pairs = [at for at in range(4, len(plain) - 1) if plain[at] != plain[at + 1]]
    at = data.draw(st.sampled_from(pairs))
    with pytest.raises(ValueError, match="slip of the pen"):
        checked_iban(plain[:at] + plain[at + 1] + plain[at] + plain[at + 2 :])


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "two letters and two digits"),
        ("4242 4242 4242 4242", "two letters and two digits"),
        ("DE89 3704 0044 0532 0130 0", "has 22 characters; this one has 21"),
        ("ZZ89 3704 0044 0532 0130 00", "No IBAN begins with ZZ"),
        ("DE89 3704 0044 0532 0130 0٠", "two letters and two digits"),
    ],
)
def test_what_is_no_iban_is_told_why(typed: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        checked_iban(typed)


def test_every_country_has_a_length_that_an_iban_can_have() -> None:
    assert len(IBAN_LENGTHS) > 70
    assert {country for country, length in IBAN_LENGTHS.items() if not 15 <= length <= 34} == set()


@pytest.mark.parametrize("number", ROUTING_NUMBERS)
def test_real_routing_numbers_are_taken(number: str) -> None:
    assert checked_routing_number(f" {number[:4]} {number[4:]}") == number


@given(st.sampled_from(ROUTING_NUMBERS), st.integers(0, 8), st.integers(1, 9))
def test_one_wrong_digit_of_a_routing_number_is_found(number: str, at: int, by: int) -> None:
    wrong = number[:at] + str((int(number[at]) + by) % 10) + number[at + 1 :]
    with pytest.raises(ValueError, match="slip of the pen"):
        checked_routing_number(wrong)


@pytest.mark.parametrize("typed", ["", "12345678", "1234567890", "12345678a", "000000000"])
def test_what_is_no_routing_number_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="routing number"):
        checked_routing_number(typed)


@pytest.mark.parametrize(("typed", "taken"), [("0001 2345", "00012345"), ("1234", "1234"), ("1" * 17, "1" * 17)])
def test_account_numbers_keep_their_leading_noughts(typed: str, taken: str) -> None:
    assert checked_account_number(typed) == taken


@pytest.mark.parametrize("typed", ["", "123", "1" * 18, "12a4"])
def test_what_is_no_account_number_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="4 to 17 digits"):
        checked_account_number(typed)


def test_a_changed_account_waits_three_days() -> None:
    assert paused_until(datetime(2026, 11, 22, 9, tzinfo=UTC)) == datetime(2026, 11, 25, 9, tzinfo=UTC)
