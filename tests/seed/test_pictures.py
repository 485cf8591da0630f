"""The drawn pictures: every listing has its own, the same on every machine, and light enough for a phone."""

import hashlib
import io
import os
import subprocess
import sys

import pytest
from PIL import Image, ImageStat

from deploy.seed.content import LISTINGS, SHOPS
from deploy.seed.content.model import Listing
from deploy.seed.pictures import draw, draw_avatar, draw_shop, renditions

SMALL = 120
BY_SLUG = {listing.slug: listing for listing in LISTINGS}
ONE_OF_EACH_KIND = list({listing.motif.kind: listing for listing in LISTINGS}.values())


def digest(image: Image.Image) -> str:
    return hashlib.sha256(image.tobytes()).hexdigest()


def contrast(image: Image.Image) -> float:
    """Standard deviation of lightness: near 0 for an empty picture."""
    return ImageStat.Stat(image.convert("L")).stddev[0]


def test_no_two_listings_look_the_same() -> None:
    drawn = {listing.slug: draw(listing, 0, SMALL, SMALL) for listing in LISTINGS}
    assert len({digest(image) for image in drawn.values()}) == len(drawn)
    assert [slug for slug, image in drawn.items() if contrast(image) < 4] == []


def test_the_views_of_a_listing_differ() -> None:
    for listing in ONE_OF_EACH_KIND[::3]:
        drawn = [digest(draw(listing, picture.view, SMALL, SMALL)) for picture in listing.pictures]
        assert len(set(drawn)) == len(drawn)


@pytest.mark.parametrize("listing", ONE_OF_EACH_KIND, ids=lambda listing: listing.motif.kind)
def test_drawing_twice_gives_the_same_pixels(listing: Listing) -> None:
    view = listing.pictures[-1].view
    assert digest(draw(listing, view, SMALL, SMALL)) == digest(draw(listing, view, SMALL, SMALL))


def test_another_process_draws_the_same_pixels() -> None:
    """String hashing is seeded anew in each process, so nothing may depend on it."""
    script = (
        "import hashlib; from deploy.seed.content import LISTINGS; from deploy.seed.pictures import draw;"
        "print([hashlib.sha256(draw(x, 0, 90, 90).tobytes()).hexdigest() for x in LISTINGS[:40:5]])"
    )
    run = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == str([digest(draw(listing, 0, 90, 90)) for listing in LISTINGS[:40:5]])


@pytest.mark.parametrize("slug", ["log-basket-green", "rag-rug-hearth", "marbled-sheets-five", "oat-breakfast-mug"])
def test_renditions_are_webp_and_light(slug: str) -> None:
    listing = BY_SLUG[slug]
    files = renditions(draw(listing, 0))
    assert [width for width, _, _ in files] == [320, 640, 960]
    limits = {320: 18_000, 640: 45_000, 960: 90_000}
    for width, media_type, body in files:
        assert media_type == "image/webp"
        assert len(body) <= limits[width]
        with Image.open(io.BytesIO(body)) as image:
            assert image.format == "WEBP"
            assert image.size == (width, width)


def test_renditions_are_never_larger_than_the_picture() -> None:
    files = renditions(Image.new("RGB", (700, 350), (120, 90, 60)))
    assert [width for width, _, _ in files] == [320, 640]
    with Image.open(io.BytesIO(files[0][2])) as image:
        assert image.size == (320, 160)


def test_each_shop_has_a_banner_and_a_round_mark_of_its_own() -> None:
    banners = [draw_shop(shop, 400, 150) for shop in SHOPS]
    assert len({digest(banner) for banner in banners}) == len(SHOPS)
    assert min(contrast(banner) for banner in banners) > 8
    avatar = draw_avatar(SHOPS[0], 64)
    assert avatar.mode == "RGBA"
    assert avatar.getpixel((0, 0))[3] == 0  # type: ignore[index]  # a pixel of an RGBA image is a tuple
    assert avatar.getpixel((32, 32))[3] == 255  # type: ignore[index]  # as above
