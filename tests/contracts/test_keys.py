"""Which keys a write may use, and when."""

from datetime import UTC, datetime

from activities.gateways.keys import QUIET_SECONDS, WINDOW_SECONDS, keys_for


def at(window: int, into: int) -> datetime:
    return datetime.fromtimestamp(window * WINDOW_SECONDS + into, UTC)


def test_the_first_key_is_the_key() -> None:
    assert next(keys_for("chk_1/create", at(7, 0))) == "chk_1/create"


def test_five_in_a_row_and_then_one_a_window() -> None:
    in_a_row = ["k", "k~2", "k~3", "k~4", "k~5"]
    assert list(keys_for("k", at(7, QUIET_SECONDS))) == [*in_a_row, "k~w7"]
    assert list(keys_for("k", at(7, WINDOW_SECONDS - 1))) == [*in_a_row, "k~w7"]
    assert list(keys_for("k", at(8, QUIET_SECONDS - 1))) == in_a_row
    assert list(keys_for("k", at(8, QUIET_SECONDS))) == [*in_a_row, "k~w8"]
