"""How many commissions the shop takes at once: the form, what is under way, and who waits."""

from collections.abc import Mapping

from fastapi import APIRouter
from fastapi.responses import Response

from api.access import access
from api.capacity.explaining import day
from api.capacity.routes import CurrentCapacity
from api.capacity.schemas import CapacityInput
from api.capacity.service import CapacityService
from api.dependencies import Keeper, ShopKeeper
from api.web import forms
from api.web.page import CurrentPage, Page

router = APIRouter(prefix="/studio", include_in_schema=False)


@router.get("/capacity", dependencies=[access("artisan", "medium", owns="self")])
async def capacity(page: CurrentPage, keeper: ShopKeeper, service: CurrentCapacity) -> Response:
    return await _shown(page, keeper, service)


@router.post("/capacity", dependencies=[access("artisan", "medium", owns="self")])
async def change_capacity(page: CurrentPage, keeper: ShopKeeper, service: CurrentCapacity) -> Response:
    typed = await forms.typed(page.request)
    wanted = {name: typed.get(name, "").strip() for name in CapacityInput.model_fields}
    given, errors = forms.checked(CapacityInput, wanted)
    if given is None:
        return await _shown(page, keeper, service, typed=wanted, errors=errors, status=422)
    await service.put(keeper.shop_id, given)
    return page.go("/studio/capacity?done=1")


async def _shown(
    page: Page,
    keeper: Keeper,
    service: CapacityService,
    *,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    shown = await service.shown(keeper.shop_id)
    said = {"slots": shown.slots, "lead_days": shown.lead_days}
    return await page.html(
        "studio/capacity.html",
        status=status,
        desk_here="capacity",
        shown=shown,
        values=typed or {name: "" if number is None else str(number) for name, number in said.items()},
        errors={name: errors[name] for name in CapacityInput.model_fields if name in errors} if errors else {},
        day=day,
        done=page.request.query_params.get("done") == "1",
    )
