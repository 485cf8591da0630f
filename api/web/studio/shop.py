"""Where the application for the artisan's shop stands; a refused one is changed and sent again."""

from fastapi import APIRouter
from fastapi.responses import Response

from api.access import access
from api.dependencies import SignedIn
from api.shops.routes import Shops
from api.shops.schemas import OwnShopView, ShopDescription
from api.web import forms
from api.web.page import CurrentPage, Page
from models.errors import DomainError

router = APIRouter(prefix="/studio/shop", include_in_schema=False)


@router.get("", dependencies=[access("artisan", "medium", owns="self")])
async def application(page: CurrentPage, person: SignedIn, service: Shops) -> Response:
    shop = await service.own(person)
    return await _show(page, shop, {name: str(value) for name, value in shop.model_dump().items()}, {})


@router.post("", dependencies=[access("artisan", "medium", owns="self")])
async def resubmit(page: CurrentPage, person: SignedIn, service: Shops) -> Response:
    shop, typed = await service.own(person), await forms.typed(page.request)
    given, errors = forms.checked(ShopDescription, {**typed, "currency": shop.currency})
    if given is None:
        return await _show(page, shop, typed, errors, 422)
    try:
        await service.resubmit(person, given)
    except DomainError as problem:
        return await _show(page, shop, typed, forms.refusal(problem, "shop_name"), problem.status)
    return page.go("/studio/shop")


async def _show(
    page: Page, shop: OwnShopView, values: dict[str, str], errors: dict[str, str], status: int = 200
) -> Response:
    return await page.html("studio/shop.html", status=status, desk_here="shop", shop=shop, values=values, errors=errors)
