"""The catalogue as JSON, and the pictures of both JSON and pages."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response

from api.access import access
from api.catalogue.schemas import (
    SHOW_IN,
    CategoryView,
    ListingCard,
    ListingDetail,
    ListingQuery,
    Page,
    ShopDetail,
)
from api.catalogue.service import CatalogueService
from api.currencies.choice import checked
from api.dependencies import CurrentReads, Search, get_parts
from api.errors import error_responses
from models.errors import NotFound
from models.ports import SearchQuery
from models.repositories import catalogue

router = APIRouter(tags=["catalogue"], dependencies=[access("public", "low")])
FOR_EVER = "public, max-age=31536000, immutable"


async def catalogue_service(request: Request, reads: CurrentReads, search: Search) -> CatalogueService:
    return CatalogueService(reads, search, get_parts(request).rates)


Catalogue = Annotated[CatalogueService, Depends(catalogue_service)]
PageNumber = Annotated[int, Query(ge=1, le=10_000)]
PerPage = Annotated[int, Query(ge=1, le=100)]
ShownIn = Annotated[str | None, Query(pattern="^[A-Z]{3}$", description=SHOW_IN)]


def _in(service: CatalogueService, currency: str | None) -> CatalogueService:
    """Raises `InvalidInput` for a currency that we do not deal in."""
    return replace(service, currency=checked(currency)) if currency else service


@router.get("/api/v1/categories", summary="All categories")
async def list_categories(service: Catalogue) -> list[CategoryView]:
    return await service.categories()


@router.get("/api/v1/listings", summary="Browse and search", responses=error_responses(404, 422))
async def list_listings(service: Catalogue, wanted: Annotated[ListingQuery, Query()]) -> Page[ListingCard]:
    shop_id = await service.shop_id(wanted.shop) if wanted.shop else None
    asked = wanted.model_dump(exclude={"q", "shop", "show_in"})
    return await _in(service, wanted.show_in).browse(SearchQuery(text=wanted.q, shop_id=shop_id, **asked))


@router.get("/api/v1/listings/{listing_id}", summary="One listing", responses=error_responses(404, 422))
async def get_listing(listing_id: str, service: Catalogue, show_in: ShownIn = None) -> ListingDetail:
    return await _in(service, show_in).listing(listing_id)


@router.get("/api/v1/shops/{slug}", summary="One shop", responses=error_responses(404))
async def get_shop(slug: str, service: Catalogue) -> ShopDetail:
    return await service.shop(slug)


@router.get("/api/v1/shops/{slug}/listings", summary="What a shop sells", responses=error_responses(404, 422))
async def list_shop_listings(
    slug: str, service: Catalogue, page: PageNumber = 1, per_page: PerPage = 24, show_in: ShownIn = None
) -> Page[ListingCard]:
    return await _in(service, show_in).shop_listings(slug, page, per_page)


@router.get(
    "/pictures/{content_id}/{width}.webp",
    summary="A picture in one of its widths",
    response_class=Response,
    responses={200: {"content": {"image/webp": {}}}, 304: {"description": "Unchanged"}, **error_responses(404)},
)
async def get_picture(
    content_id: Annotated[str, Path(max_length=64)],
    width: Annotated[int, Path(ge=1, le=10_000)],
    reads: CurrentReads,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """The address contains the hash of what it shows, so it may be kept for ever."""
    etag = f'"{content_id}-{width}"'
    headers = {"ETag": etag, "Cache-Control": FOR_EVER}
    if if_none_match is not None and etag in if_none_match:
        return Response(status_code=304, headers=headers)
    found = await catalogue.find_rendition(reads, content_id, width)
    if found is None:
        raise NotFound("There is no such picture.")
    media_type, body = found
    return Response(body, media_type=media_type, headers=headers)
