"""The artisan's own listings: table, new, edit, pictures, publish and withdraw. The listing service decides."""

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from starlette.datastructures import UploadFile

from api.access import access
from api.dependencies import ShopKeeper
from api.listings.routes import Listings
from api.listings.schemas import (
    DeskListingDetail,
    ListingChanges,
    NewListing,
    PictureText,
    PriceList,
    StockLevel,
)
from api.listings.service import ListingService
from api.money import parse_amount
from api.web import forms
from api.web.page import CurrentPage, Page
from models.errors import DomainError, InvalidInput
from models.ports import TaxClass
from models.repositories import listings as listing_rows
from models.rules.money import written

router = APIRouter(
    prefix="/studio/listings",
    include_in_schema=False,
    dependencies=[Depends(forms.closing_uploads)],
)

PER_PAGE = 50
LABELS = {
    "title": "Title",
    "description": "Description",
    "category": "Craft",
    "materials": "Materials",
    "dimensions": "Size",
    "price": "Price",
    "on_hand": "Pieces",
    "lead_time_days": "Days to make",
    "weight_grams": "Weight",
    "tax_class": "For taxes it is",
    "file": "Picture",
    "alt": "Words for the picture",
}


@dataclass(frozen=True)
class Upload:
    data: bytes
    alt: str


@router.get("", dependencies=[access("artisan", "medium", owns="self")])
async def table(page: CurrentPage, keeper: ShopKeeper, service: Listings) -> Response:
    try:
        number = max(1, forms.whole_number(page.request.query_params.get("page", "1")))
    except ValueError:
        number = 1
    own = await service.own(keeper.shop_id, min(number, 10_000), PER_PAGE)
    return await page.html(
        "studio/listings.html", desk_here="listings", page=own, address=lambda n: f"/studio/listings?page={n}"
    )


@router.get("/new", dependencies=[access("artisan", "medium", owns="self")])
async def new_form(page: CurrentPage, keeper: ShopKeeper) -> Response:
    return await _form(page, keeper.shop_id, None, {"on_hand": "1", "lead_time_days": "0"}, {})


@router.post("", dependencies=[access("artisan", "medium", owns="self")])
async def create(page: CurrentPage, keeper: ShopKeeper, service: Listings) -> Response:
    """Words, first picture and publishing in one go; all of it or none."""
    typed = await forms.typed(page.request)
    currency = await listing_rows.shop_currency(page.session, keeper.shop_id)
    values, errors = _read(typed, currency)
    new, refused = forms.checked(NewListing, values)
    errors = {**_by_field(refused), **errors}
    upload, picture_errors = await _upload(page)
    errors |= picture_errors
    publish = typed.get("then") == "publish"
    if publish and upload is None and not picture_errors:
        errors["file"] = "Choose a picture: nobody buys what they cannot see."
    if new is None or errors:
        return await _form(page, keeper.shop_id, None, typed, errors)
    try:
        async with page.session.begin_nested():
            made = await service.create(keeper.shop_id, new)
            if upload is not None:
                await service.add_picture(keeper.shop_id, made.id, upload.data, upload.alt)
            if publish:
                await service.publish(keeper.shop_id, made.id)
    except DomainError as problem:
        return await _form(page, keeper.shop_id, None, typed, forms.refusal(problem), status=problem.status)
    return page.go(f"/studio/listings/{made.id}?done={'published' if publish else 'saved'}")


@router.get("/{listing_id}", dependencies=[access("artisan", "medium", owns="listing")])
async def edit_form(page: CurrentPage, keeper: ShopKeeper, service: Listings, listing_id: str) -> Response:
    listing = await service.get(keeper.shop_id, listing_id)
    return await _form(page, keeper.shop_id, listing, _typed_from(listing), {})


@router.post("/{listing_id}", dependencies=[access("artisan", "medium", owns="listing")])
async def edit(page: CurrentPage, keeper: ShopKeeper, service: Listings, listing_id: str) -> Response:
    typed = await forms.typed(page.request)
    listing = await service.get(keeper.shop_id, listing_id)
    values, errors = _read(typed, listing.price.currency)
    changes, refused = forms.checked(ListingChanges, values)
    level, refused_level = forms.checked(StockLevel, values)
    errors = {**_by_field(refused | refused_level), **errors}
    if changes is None or level is None or errors:
        return await _form(page, keeper.shop_id, listing, typed, errors)
    try:
        async with page.session.begin_nested():
            await service.edit(keeper.shop_id, listing_id, changes)
            await service.set_stock(keeper.shop_id, listing_id, level.on_hand)
    except DomainError as problem:
        return await _form(
            page, keeper.shop_id, listing, typed, forms.refusal(problem, "on_hand"), status=problem.status
        )
    return page.go(f"/studio/listings/{listing_id}?done=saved")


@router.post("/{listing_id}/prices", dependencies=[access("artisan", "medium", owns="listing")])
async def set_prices(page: CurrentPage, keeper: ShopKeeper, service: Listings, listing_id: str) -> Response:
    """An empty field is a price that is converted."""
    typed = await forms.typed(page.request)
    listing = await service.get(keeper.shop_id, listing_id)
    prices, errors = {}, {}
    for price in listing.prices:
        name = f"price_{price.currency}"
        if typed.get(name, "").strip():
            try:
                prices[price.currency] = parse_amount(typed[name], price.currency)
            except InvalidInput as error:
                errors[name] = error.message
    given, refused = forms.checked(PriceList, {"prices": prices})
    if given is None:
        errors = {**{"price_" + name: text for name, text in refused.items()}, **errors}
    if given is None or errors:
        return await _form(page, keeper.shop_id, listing, {**_typed_from(listing), **typed}, errors)
    try:
        async with page.session.begin_nested():
            await service.set_prices(keeper.shop_id, listing_id, given.prices)
    except DomainError as problem:
        values = {**_typed_from(listing), **typed}
        return await _form(page, keeper.shop_id, listing, values, forms.refusal(problem), status=problem.status)
    return page.go(f"/studio/listings/{listing_id}?done=prices")


@router.post("/{listing_id}/pictures", dependencies=[access("artisan", "medium", owns="listing")])
async def add_picture(page: CurrentPage, keeper: ShopKeeper, service: Listings, listing_id: str) -> Response:
    listing = await service.get(keeper.shop_id, listing_id)
    typed = {**_typed_from(listing), "alt": (await forms.typed(page.request)).get("alt", "")}
    upload, errors = await _upload(page)
    if upload is None:
        return await _form(page, keeper.shop_id, listing, typed, errors or {"file": "Choose a picture first."})
    try:
        async with page.session.begin_nested():
            await service.add_picture(keeper.shop_id, listing_id, upload.data, upload.alt)
    except DomainError as problem:
        return await _form(page, keeper.shop_id, listing, typed, forms.refusal(problem, "file"), status=problem.status)
    return page.go(f"/studio/listings/{listing_id}?done=picture#pictures")


@router.post("/{listing_id}/pictures/{picture_id}", dependencies=[access("artisan", "medium", owns="listing")])
async def change_picture(
    page: CurrentPage, keeper: ShopKeeper, service: Listings, listing_id: str, picture_id: str
) -> Response:
    """One small form a picture with three buttons: save the words, make it the first, remove it."""
    typed = await forms.typed(page.request)
    listing = await service.get(keeper.shop_id, listing_id)
    try:
        async with page.session.begin_nested():
            match typed.get("do"):
                case "remove":
                    await service.remove_picture(keeper.shop_id, listing_id, picture_id)
                case "first":
                    others = [one.id for one in listing.pictures if one.id != picture_id]
                    await service.order_pictures(keeper.shop_id, listing_id, [picture_id, *others])
                case _:
                    text, errors = forms.checked(PictureText, typed)
                    if text is None:
                        named = {f"alt-{picture_id}": one for one in errors.values()}
                        return await _form(page, keeper.shop_id, listing, _typed_from(listing), named)
                    await service.describe_picture(keeper.shop_id, listing_id, picture_id, text.alt)
    except DomainError as problem:
        named = {f"alt-{picture_id}": problem.message}
        return await _form(page, keeper.shop_id, listing, _typed_from(listing), named, status=problem.status)
    return page.go(f"/studio/listings/{listing_id}?done=picture#pictures")


@router.post("/{listing_id}/publish", dependencies=[access("artisan", "medium", owns="listing")])
async def publish(page: CurrentPage, keeper: ShopKeeper, service: Listings, listing_id: str) -> Response:
    return await _switch(page, service, keeper.shop_id, listing_id, on=True)


@router.post("/{listing_id}/withdraw", dependencies=[access("artisan", "medium", owns="listing")])
async def withdraw(page: CurrentPage, keeper: ShopKeeper, service: Listings, listing_id: str) -> Response:
    return await _switch(page, service, keeper.shop_id, listing_id, on=False)


async def _switch(page: Page, service: ListingService, shop_id: str, listing_id: str, *, on: bool) -> Response:
    try:
        async with page.session.begin_nested():
            await (service.publish if on else service.withdraw)(shop_id, listing_id)
    except DomainError as problem:
        listing = await service.get(shop_id, listing_id)
        refusal = forms.refusal(problem, "file")
        return await _form(page, shop_id, listing, _typed_from(listing), refusal, status=problem.status)
    return page.go(f"/studio/listings/{listing_id}?done={'published' if on else 'withdrawn'}")


async def _form(
    page: Page,
    shop_id: str,
    listing: DeskListingDetail | None,
    values: dict[str, str],
    errors: dict[str, str],
    *,
    status: int = 422,
) -> Response:
    currency = listing.price.currency if listing else await listing_rows.shop_currency(page.session, shop_id)
    return await page.html(
        "studio/listing.html",
        status=status if errors else 200,
        desk_here="listings",
        listing=listing,
        values=values,
        errors=errors,
        labels=LABELS,
        currency=currency,
        done=page.request.query_params.get("done", "") if not errors else "",
    )


def _read(typed: dict[str, str], currency: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Turns what was typed into the service's fields; what cannot be turned is an error of its field."""
    values: dict[str, Any] = {name: typed.get(name, "") for name in ("title", "description", "category", "dimensions")}
    values["tax_class"] = typed.get("tax_class") or TaxClass.STANDARD.value
    values["materials"] = [part.strip() for part in typed.get("materials", "").split(",") if part.strip()]
    errors: dict[str, str] = {}
    try:
        values["price_minor"] = parse_amount(typed.get("price", ""), currency)
    except InvalidInput as error:
        errors["price"] = error.message
    for name in ("on_hand", "lead_time_days", "weight_grams"):
        try:
            values[name] = forms.whole_number(typed.get(name, ""))
        except ValueError as error:
            errors[name] = str(error)
    return values, errors


def _by_field(errors: dict[str, str]) -> dict[str, str]:
    """The service speaks of minor units; the form of a price."""
    return {"price" if name == "price_minor" else name: text for name, text in errors.items()}


def _typed_from(listing: DeskListingDetail) -> dict[str, str]:
    return {
        "title": listing.title,
        "description": listing.description,
        "category": listing.category,
        "dimensions": listing.dimensions,
        "materials": ", ".join(listing.materials),
        "price": written(listing.price.minor, listing.price.currency),
        "on_hand": str(listing.on_hand),
        "lead_time_days": str(listing.lead_time_days),
        "weight_grams": str(listing.weight_grams),
        "tax_class": listing.tax_class.value,
        **{
            f"price_{price.currency}": written(price.own.minor, price.currency)
            for price in listing.prices
            if price.own is not None
        },
    }


async def _upload(page: Page) -> tuple[Upload | None, dict[str, str]]:
    form = await page.request.form()
    sent = form.get("file")
    if not isinstance(sent, UploadFile) or not sent.filename:
        return None, {}
    words, errors = forms.checked(PictureText, {"alt": str(form.get("alt", ""))})
    if words is None:
        return None, errors
    return Upload(await sent.read(), words.alt), {}
