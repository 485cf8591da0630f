"""An artisan's own listings as JSON."""

import hashlib
from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, Path, Query, Request, Response, UploadFile

from api.access import access
from api.catalogue.schemas import Page
from api.dependencies import CurrentReads, Search, Session, ShopKeeper, get_parts
from api.errors import error_responses
from api.idempotency import Once
from api.limits import PICTURE
from api.listings.schemas import (
    Alt,
    DeskListing,
    DeskListingDetail,
    ListingChanges,
    NewListing,
    PictureOrder,
    PictureText,
    PriceList,
    StockLevel,
)
from api.listings.service import ListingService
from models.errors import NotFound, TooLarge
from models.repositories import catalogue

router = APIRouter(
    prefix="/api/v1/shop/listings",
    tags=["desk"],
    responses=error_responses(401, 403),
)


async def listing_service(request: Request, session: Session, search: Search) -> ListingService:
    return ListingService(session, search, get_parts(request).rates)


Listings = Annotated[ListingService, Depends(listing_service)]


@router.get(
    "",
    summary="The shop's listings",
    responses=error_responses(422),
    dependencies=[access("artisan", "medium", owns="self")],
)
async def list_own(
    keeper: ShopKeeper,
    service: Listings,
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
    per_page: Annotated[int, Query(ge=1, le=100)] = 50,
) -> Page[DeskListing]:
    return await service.own(keeper.shop_id, page, per_page)


@router.post(
    "",
    status_code=201,
    summary="Write a new listing",
    response_model=DeskListingDetail,
    responses=error_responses(400, 409, 422),
    dependencies=[access("artisan", "medium", owns="self")],
)
async def create_listing(body: NewListing, keeper: ShopKeeper, service: Listings, once: Once) -> Response:
    """A draft, to be published once it has a picture."""
    return await once.respond(lambda: service.create(keeper.shop_id, body), status=201)


@router.get(
    "/{listing_id}",
    summary="One listing as its maker sees it",
    responses=error_responses(404),
    dependencies=[access("artisan", "medium", owns="listing")],
)
async def get_own_listing(listing_id: str, keeper: ShopKeeper, service: Listings) -> DeskListingDetail:
    return await service.get(keeper.shop_id, listing_id)


@router.patch(
    "/{listing_id}",
    summary="Change words, price or times",
    responses=error_responses(400, 404, 422),
    dependencies=[access("artisan", "medium", owns="listing")],
)
async def edit_listing(
    listing_id: str, body: ListingChanges, keeper: ShopKeeper, service: Listings
) -> DeskListingDetail:
    return await service.edit(keeper.shop_id, listing_id, body)


@router.put(
    "/{listing_id}/stock",
    summary="Set the number of pieces",
    responses=error_responses(400, 404, 409, 422),
    dependencies=[access("artisan", "medium", owns="listing")],
)
async def set_stock(listing_id: str, body: StockLevel, keeper: ShopKeeper, service: Listings) -> DeskListingDetail:
    return await service.set_stock(keeper.shop_id, listing_id, body.on_hand)


@router.put(
    "/{listing_id}/prices",
    summary="Set your own prices in other currencies",
    responses=error_responses(400, 404, 422),
    dependencies=[access("artisan", "medium", owns="listing")],
)
async def set_prices(listing_id: str, body: PriceList, keeper: ShopKeeper, service: Listings) -> DeskListingDetail:
    """Replaces those that are there. A currency without a price is converted at the rate of the day."""
    return await service.set_prices(keeper.shop_id, listing_id, body.prices)


@router.post(
    "/{listing_id}/publish",
    summary="Put it up for sale",
    responses=error_responses(404, 409),
    dependencies=[access("artisan", "medium", owns="listing")],
)
async def publish_listing(listing_id: str, keeper: ShopKeeper, service: Listings) -> DeskListingDetail:
    """Sending it twice does what sending it once does."""
    return await service.publish(keeper.shop_id, listing_id)


@router.post(
    "/{listing_id}/withdraw",
    summary="Take it off sale",
    responses=error_responses(404),
    dependencies=[access("artisan", "medium", owns="listing")],
)
async def withdraw_listing(listing_id: str, keeper: ShopKeeper, service: Listings) -> DeskListingDetail:
    """Sending it twice does what sending it once does."""
    return await service.withdraw(keeper.shop_id, listing_id)


@router.post(
    "/{listing_id}/pictures",
    status_code=201,
    summary="Add a picture",
    response_model=DeskListingDetail,
    responses=error_responses(400, 404, 409, 413, 422),
    dependencies=[access("artisan", "medium", owns="listing")],
)
async def add_picture(
    listing_id: str,
    *,
    file: Annotated[UploadFile, File(description="JPEG, PNG or WebP, up to 8 MB and 40 million pixels")],
    alt: Annotated[Alt, Form()],
    keeper: ShopKeeper,
    service: Listings,
    once: Once,
) -> Response:
    if file.size is None or file.size > PICTURE:
        raise TooLarge(f"This picture is larger than {PICTURE / 1e6:g} MB. Save it smaller and try again.")
    data = await file.read()
    return await once.respond(
        lambda: service.add_picture(keeper.shop_id, listing_id, data, alt),
        status=201,
        body=hashlib.sha256(data).digest() + alt.encode(),
    )


@router.get(
    "/pictures/{content_id}/{width}.webp",
    summary="A picture of your own listings, drafts included",
    response_class=Response,
    responses={200: {"content": {"image/webp": {}}}, **error_responses(404)},
    dependencies=[access("artisan", "low", owns="listing")],
)
async def get_own_picture(
    content_id: Annotated[str, Path(max_length=64)],
    width: Annotated[int, Path(ge=1, le=10_000)],
    keeper: ShopKeeper,
    reads: CurrentReads,
) -> Response:
    """Everybody else sees a picture once its listing is for sale, at `/pictures/...`."""
    found = await catalogue.find_own_rendition(reads, keeper.shop_id, content_id, width)
    if found is None:
        raise NotFound("There is no such picture.")
    media_type, body = found
    return Response(body, media_type=media_type, headers={"Cache-Control": "private, max-age=3600"})


@router.patch(
    "/{listing_id}/pictures/{picture_id}",
    summary="Describe a picture",
    responses=error_responses(400, 404, 422),
    dependencies=[access("artisan", "medium", owns="listing")],
)
async def describe_picture(
    listing_id: str, picture_id: str, body: PictureText, keeper: ShopKeeper, service: Listings
) -> DeskListingDetail:
    return await service.describe_picture(keeper.shop_id, listing_id, picture_id, body.alt)


@router.put(
    "/{listing_id}/pictures/order",
    summary="Order the pictures",
    responses=error_responses(400, 404, 422),
    dependencies=[access("artisan", "medium", owns="listing")],
)
async def order_pictures(
    listing_id: str, body: PictureOrder, keeper: ShopKeeper, service: Listings
) -> DeskListingDetail:
    return await service.order_pictures(keeper.shop_id, listing_id, body.picture_ids)


@router.delete(
    "/{listing_id}/pictures/{picture_id}",
    summary="Remove a picture",
    responses=error_responses(404, 409),
    dependencies=[access("artisan", "medium", owns="listing")],
)
async def remove_picture(listing_id: str, picture_id: str, keeper: ShopKeeper, service: Listings) -> DeskListingDetail:
    return await service.remove_picture(keeper.shop_id, listing_id, picture_id)
