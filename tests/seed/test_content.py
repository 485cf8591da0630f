"""What the seeded shops say: complete, priced, and nobody's words twice."""

import re
from collections import Counter
from collections.abc import Iterable

import pytest

from deploy.seed.content import CATEGORIES, LISTINGS, SHOPS
from deploy.seed.content.model import Listing
from deploy.seed.content.scale import synthetic_listings

HEX = re.compile(r"#[0-9a-f]{6}")


def repeated(values: Iterable[str]) -> list[str]:
    return [value for value, count in Counter(values).items() if count > 1]


def test_there_is_enough_to_browse() -> None:
    assert len(SHOPS) >= 14
    assert len(LISTINGS) >= 130
    per_category = Counter(listing.category for listing in LISTINGS)
    assert set(per_category) == {category.slug for category in CATEGORIES}
    assert min(per_category.values()) >= 8


def test_slugs_titles_and_texts_are_used_once() -> None:
    assert repeated(shop.slug for shop in SHOPS) == []
    assert repeated(listing.slug for listing in LISTINGS) == []
    assert repeated(listing.title for listing in LISTINGS) == []
    assert repeated(part for listing in LISTINGS for part in listing.description.split("\n\n")) == []
    assert repeated(picture.alt for listing in LISTINGS for picture in listing.pictures) == []
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", listing.slug) for listing in LISTINGS)


def test_no_sentence_is_said_by_two_listings() -> None:
    said = Counter(
        sentence.strip().lower()
        for listing in LISTINGS
        for sentence in set(re.split(r"[.!?]\s+", listing.description))
        if len(sentence.split()) > 5
    )
    assert [sentence for sentence, count in said.items() if count > 1] == []


@pytest.mark.parametrize("listing", LISTINGS, ids=lambda listing: listing.slug)
def test_each_listing_can_be_sold(listing: Listing) -> None:
    assert listing.shop in {shop.slug for shop in SHOPS}
    assert len(listing.description.split("\n\n")) == 2
    assert 20 < len(listing.description.split()) < 120
    assert listing.materials
    assert listing.dimensions
    assert 1000 <= listing.price_minor <= 100_000
    assert 1 <= listing.stock <= 25
    assert 0 <= listing.lead_time_days <= 21
    assert 20 <= listing.weight_grams <= 10_000
    assert all(HEX.fullmatch(colour) for colour in listing.motif.colours)


@pytest.mark.parametrize("listing", LISTINGS, ids=lambda listing: listing.slug)
def test_each_picture_has_a_text_for_those_who_do_not_see_it(listing: Listing) -> None:
    views = [picture.view for picture in listing.pictures]
    assert views[0] == 0
    assert 2 <= len(views) <= 3
    assert len(set(views)) == len(views)
    for picture in listing.pictures:
        assert 15 <= len(picture.alt) <= 125
        assert not picture.alt.lower().startswith(("picture", "image", "photo"))


def test_each_shop_can_ship_and_has_a_story() -> None:
    for shop in SHOPS:
        assert 2 <= len(shop.story.split("\n\n")) <= 3
        assert shop.country in {"US", "CA", "MX"}
        assert (shop.currency == "CAD") == (shop.country == "CA")
        assert 0 <= shop.shipping_additional_minor <= shop.shipping_first_minor
        assert shop.abroad_first_minor > shop.shipping_first_minor
        assert shop.handling_days >= 1
        assert len(shop.palette) == 5
        assert all(HEX.fullmatch(colour) for colour in shop.palette)


def test_one_of_a_kind_pieces_and_made_to_order_ones_exist() -> None:
    assert sum(listing.stock == 1 for listing in LISTINGS) >= 10
    assert sum(listing.lead_time_days > 0 for listing in LISTINGS) >= 20
    assert sum(listing.lead_time_days == 0 for listing in LISTINGS) >= 60


def test_put_together_listings_are_the_same_for_the_same_seed() -> None:
    assert list(synthetic_listings(300, seed=4)) == list(synthetic_listings(300, seed=4))
    assert list(synthetic_listings(50, seed=4)) != list(synthetic_listings(50, seed=5))


def test_put_together_listings_are_sound_and_show_a_written_ones_picture() -> None:
    written = {listing.slug: listing for listing in LISTINGS}
    made = list(synthetic_listings(5000, seed=1))
    assert len({listing.slug for listing in made}) == 5000
    assert not {listing.slug for listing in made} & set(written)
    assert repeated(listing.description for listing in made) == []
    for listing in made:
        model = written[listing.drawn_as]
        assert (listing.shop, listing.category) == (model.shop, model.category)
        assert listing.price_minor >= 400
        assert listing.stock >= 1
