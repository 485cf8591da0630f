"""Reading forms, and the words for what is wrong with them, without a server."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import pytest
from pydantic import BaseModel, Field

from api.checkout.schemas import AddressInput
from api.listings.schemas import NewListing
from api.web import forms, words
from api.web.assets import BUNDLE, STATIC, STYLESHEETS, asset_url, assets
from models.errors import InvalidInput, OutOfStock

GOOD = {
    "name": "Ada Byron",
    "line1": "12 Linden Street",
    "city": "Portland",
    "region": "me",
    "postal_code": "04101",
    "country": "us",
}


def test_a_good_form_has_no_errors_and_unknown_fields_are_left_out() -> None:
    given, errors = forms.checked(AddressInput, {**GOOD, "csrf_token": "x"})
    assert errors == {}
    assert given is not None and (given.region, given.country) == ("ME", "US")


def test_every_error_stands_at_its_field_in_plain_words() -> None:
    given, errors = forms.checked(AddressInput, {**GOOD, "line1": "  ", "city": "x" * 200, "country": "XX"})
    assert given is None
    assert errors == {
        "line1": "Fill this in.",
        "city": "Use at most 120 characters.",
        "country": "Is not a country we know; use the two letters of ISO 3166, such as US.",
    }


def test_a_check_of_the_whole_form_stands_at_the_field_it_names() -> None:
    _, errors = forms.checked(AddressInput, {**GOOD, "region": "Maine"})
    assert list(errors) == ["region"]


def test_lengths_that_are_checked_after_trimming_count_characters() -> None:
    _, errors = forms.checked(NewListing, {"title": "X", "description": "", "materials": ["clay"] * 13})
    assert errors["title"] == "Use at least 3 characters."
    assert errors["description"] == "Fill this in."
    assert errors["materials"] == "Name at most 12."
    assert errors["weight_grams"] == "Fill this in."


def test_numbers_out_of_range_say_the_bound() -> None:
    class Pieces(BaseModel):
        least: Annotated[int, Field(ge=1)]
        most: Annotated[int, Field(le=9)]

    _, errors = forms.checked(Pieces, {"least": 0, "most": "10"})
    assert errors == {"least": "Enter 1 or more.", "most": "Enter 9 or less."}


@pytest.mark.parametrize(("text", "number"), [("3", 3), (" 12 ", 12), ("-1", -1), ("+2", 2), ("1000000000", 10**9)])
def test_whole_numbers(text: str, number: int) -> None:
    assert forms.whole_number(text) == number


@pytest.mark.parametrize("text", ["", "three", "1.5", "1e9", "9" * 13, "²", "--1"])
def test_what_is_no_whole_number_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match="in digits"):
        forms.whole_number(text)


def test_a_refusal_stands_at_the_field_that_it_names_or_at_the_fallback() -> None:
    assert forms.refusal(InvalidInput("No.", field="city")) == {"city": "No."}
    assert forms.refusal(OutOfStock("Gone.", available=0), "quantity") == {"quantity": "Gone."}


@pytest.mark.parametrize(
    ("ahead", "said"),
    [
        (timedelta(seconds=1), "in 1 second"),
        (timedelta(seconds=59), "in 59 seconds"),
        (timedelta(minutes=15), "in 15 minutes"),
        (timedelta(hours=47, minutes=59), "in 48 hours"),
        (timedelta(days=3), "in 3 days"),
        (timedelta(minutes=-5), "5 minutes ago"),
        (timedelta(), "0 seconds ago"),
    ],
)
def test_spans_of_time(ahead: timedelta, said: str) -> None:
    now = datetime(2026, 11, 24, 14, 5, tzinfo=UTC)
    assert words.from_now(now + ahead, now) == said


def test_moments_are_exact_and_say_their_zone() -> None:
    assert words.moment(datetime(2026, 11, 24, 0, 5, tzinfo=UTC)) == "Tue, Nov 24, 12:05 AM UTC"
    assert words.moment(datetime(2026, 11, 24, 12, 0, tzinfo=UTC)) == "Tue, Nov 24, 12:00 PM UTC"


def test_every_style_sheet_is_in_the_bundle_once() -> None:
    there = {path.relative_to(STATIC / "css").with_suffix("").as_posix() for path in (STATIC / "css").rglob("*.css")}
    assert there == set(STYLESHEETS)
    assert len(STYLESHEETS) == len(set(STYLESHEETS))
    bundle = assets()[BUNDLE].body.decode()
    assert bundle.count("{") == bundle.count("}")
    assert "--madder" in bundle and "/*" not in bundle
    assert asset_url(BUNDLE).endswith(assets()[BUNDLE].digest)
