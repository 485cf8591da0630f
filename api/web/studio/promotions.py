"""The artisan's promotions and codes, and what the platform charges them and why."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from api.access import access
from api.dependencies import Keeper, ShopKeeper
from api.fees.routes import CurrentFees
from api.money import parse_amount
from api.promotions.routes import CurrentPromotions
from api.promotions.schemas import NewPromotionInput
from api.promotions.service import Promotions
from api.web import forms
from api.web.page import CurrentPage, Page
from api.web.shop.orders import page_number
from core import clock
from models.errors import Conflict, InvalidInput
from models.repositories import promotions as kept
from models.repositories import shops

router = APIRouter(prefix="/studio", include_in_schema=False)

PER_PAGE = 20
DONE = {"opened": "It is open. Buyers get it from its first day on.", "ended": "Ended. Nobody gets it any more."}
LABELS = {
    "name": "Name",
    "percent": "Per cent",
    "amount": "Amount",
    "minimum": "From",
    "since": "First day",
    "until": "Last day",
    "code": "Code",
    "most_uses": "Uses in all",
    "most_per_person": "Uses for each person",
    "listings": "Which pieces",
}
AS_TYPED = {
    "percent_bp": "percent",
    "amount_minor": "amount",
    "minimum_minor": "minimum",
    "categories": "listings",
}
"""Where the JSON's fields are typed on the page."""


@router.get("/fees", dependencies=[access("artisan", "medium", owns="self")])
async def fees(page: CurrentPage, keeper: ShopKeeper, service: CurrentFees) -> Response:
    return await page.html("studio/fees.html", desk_here="fees", fees=await service.of_shop(keeper.shop_id))


@router.get("/promotions", dependencies=[access("artisan", "medium", owns="self")])
async def promotions(page: CurrentPage, keeper: ShopKeeper, service: CurrentPromotions) -> Response:
    return await _list(page, keeper, service)


@router.get("/promotions/new", dependencies=[access("artisan", "medium", owns="self")])
async def new(page: CurrentPage, keeper: ShopKeeper) -> Response:
    today = clock.now().date()
    return await _form(page, keeper, {"since": str(today), "until": str(today + timedelta(days=30)), "kind": "percent"})


@router.post("/promotions/new", dependencies=[access("artisan", "medium", owns="self")])
async def open_promotion(page: CurrentPage, keeper: ShopKeeper, service: CurrentPromotions) -> Response:
    typed = await forms.typed(page.request)
    shop = await shops.get(page.session, keeper.shop_id)
    values, errors = _values(typed, _currency(shop))
    given = None
    if not errors:
        given, refused = forms.checked(NewPromotionInput, values)
        errors = {AS_TYPED.get(name, name): words for name, words in refused.items()}
    if given is None:
        return await _form(page, keeper, typed, errors, status=422)
    try:
        async with page.session.begin_nested():
            await service.open(keeper, given)
    except (InvalidInput, Conflict) as problem:
        field = str(problem.details.get("field") or ("code" if isinstance(problem, Conflict) else ""))
        return await _form(page, keeper, typed, {AS_TYPED.get(field, field): problem.message}, status=problem.status)
    return page.go("/studio/promotions?done=opened")


@router.post("/promotions/{promotion_id}/end", dependencies=[access("artisan", "medium", owns="self")])
async def end_promotion(
    promotion_id: str, page: CurrentPage, keeper: ShopKeeper, service: CurrentPromotions
) -> Response:
    try:
        await service.end(keeper, promotion_id.replace("\x00", "")[:40])
    except Conflict as problem:
        return await _list(page, keeper, service, words=problem.message, status=problem.status)
    return page.go("/studio/promotions?done=ended")


async def _list(page: Page, keeper: Keeper, service: Promotions, *, words: str = "", status: int = 200) -> Response:
    number = page_number(page.request)
    found = await service.listed(keeper.shop_id, number, PER_PAGE)
    return await page.html(
        "studio/promotions.html",
        status=status,
        desk_here="promotions",
        promotions=found,
        number=number,
        more=len(found) == PER_PAGE,
        categories=await _categories(page),
        words=words,
        done="" if words else DONE.get(page.request.query_params.get("done", ""), ""),
    )


async def _form(
    page: Page, keeper: Keeper, values: Mapping[str, str], errors: Mapping[str, str] | None = None, *, status: int = 200
) -> Response:
    choices = await kept.choices(page.session, keeper.shop_id)
    names = await _categories(page)
    return await page.html(
        "studio/promotion.html",
        status=status,
        desk_here="promotions",
        values=values,
        errors=errors or {},
        labels=LABELS,
        pieces=choices,
        categories={slug: names[slug] for slug in dict.fromkeys(one.category for one in choices) if slug in names},
        currency=_currency(await shops.get(page.session, keeper.shop_id)),
    )


def _currency(shop: shops.Application | None) -> str:
    assert shop is not None  # noqa: S101 - the keeper's own
    return shop.currency


async def _categories(page: Page) -> dict[str, str]:
    return {one.slug: one.name for one in await page.categories()}


def _values(typed: Mapping[str, str], currency: str) -> tuple[dict[str, Any], dict[str, str]]:
    """As the JSON would say it, and what is wrong by field."""
    values: dict[str, Any] = {"name": typed.get("name", ""), "code": typed.get("code", "")}
    errors: dict[str, str] = {}
    by_amount = typed.get("kind") == "amount"
    try:
        if by_amount:
            values["amount_minor"] = parse_amount(typed.get("amount", ""), currency)
        else:
            values["percent_bp"] = _basis_points(typed.get("percent", ""))
    except InvalidInput as problem:
        errors["amount" if by_amount else "percent"] = problem.message
    if typed.get("minimum", "").strip():
        try:
            values["minimum_minor"] = parse_amount(typed["minimum"], currency)
        except InvalidInput as problem:
            errors["minimum"] = problem.message
    for name in ("most_uses", "most_per_person"):
        if typed.get(name, "").strip():
            try:
                values[name] = forms.whole_number(typed[name])
            except ValueError as problem:
                errors[name] = str(problem)
    today = clock.now().date()
    since, until = _day(typed, "since", errors), _day(typed, "until", errors)
    if since is not None and since != today:
        values["since"] = datetime.combine(since, time(), UTC)
    if until is not None:
        values["until"] = datetime.combine(until + timedelta(days=1), time(), UTC)
    if typed.get("what") == "chosen":
        values["listings"] = [name.removeprefix("piece-") for name in typed if name.startswith("piece-")]
        values["categories"] = [name.removeprefix("category-") for name in typed if name.startswith("category-")]
        if not values["listings"] and not values["categories"]:
            errors["listings"] = "Choose at least one, or take it off everything."
    return values, errors


def _basis_points(text: str) -> int:
    try:
        points = Decimal(text.replace("%", "").replace(",", ".").strip()) * 100
        whole = int(points)
    except (InvalidOperation, ValueError, OverflowError):
        raise InvalidInput("Write a percentage like 10 or 12.5.") from None
    if points != whole or not 100 <= whole <= 10_000:
        raise InvalidInput("A percentage lies between 1 and 100, with two decimals at the most.")
    return whole


def _day(typed: Mapping[str, str], name: str, errors: dict[str, str]) -> date | None:
    try:
        day = date.fromisoformat(typed.get(name, "").strip())
    except ValueError:
        errors[name] = "Choose a day, like 2026-12-24."
        return None
    if not 2000 <= day.year <= 2200:
        errors[name] = "Choose a day of these years."
        return None
    return day
