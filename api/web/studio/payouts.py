"""The artisan's payouts, one payout's story, and line by line what changed their balance."""

from fastapi import APIRouter
from fastapi.responses import Response

from api.access import access
from api.dependencies import ShopKeeper
from api.money import money
from api.payouts.money_routes import CurrentMoney
from api.web.page import CurrentPage
from api.web.shop.orders import page_number
from api.web.studio.money_words import entry_words
from models.repositories import finance, ledger_balances, payouts_standing
from models.repositories.ledger_balances import BookedEntry
from models.rules.bookkeeping import AccountKind

router = APIRouter(prefix="/studio", include_in_schema=False)

PER_PAGE = 20
ENTRIES = 40
LARGEST_ID = 2**63 - 1


@router.get("/payouts", dependencies=[access("artisan", "medium", owns="self")])
async def payouts(page: CurrentPage, keeper: ShopKeeper, service: CurrentMoney) -> Response:
    number = page_number(page.request)
    found = await service.payouts(keeper, number, PER_PAGE)
    return await page.html(
        "studio/payouts.html",
        desk_here="money",
        payouts=found,
        number=number,
        more=len(found) == PER_PAGE,
    )


@router.get("/payouts/{payout_id}", dependencies=[access("artisan", "medium", owns="payout")])
async def payout(payout_id: str, page: CurrentPage, keeper: ShopKeeper, service: CurrentMoney) -> Response:
    return await page.html(
        "studio/payout.html",
        desk_here="money",
        payout=await service.payout(keeper, payout_id),
        done=page.request.query_params.get("done") == "1",
    )


@router.get("/money/activity", dependencies=[access("artisan", "medium", owns="self")])
async def activity(page: CurrentPage, keeper: ShopKeeper) -> Response:
    """Keyset-paged: `before` is the last entry of the page before."""
    currencies = await payouts_standing.currencies_of(page.session, keeper.shop_id)
    asked = page.request.query_params.get("currency", "")
    currency = asked if asked in currencies else currencies[0]
    before = _entry_id(page.request.query_params.get("before", ""))
    found = await ledger_balances.entries_of(
        page.session, AccountKind.ARTISAN_PAYABLE, keeper.shop_id, currency, before=before, limit=ENTRIES + 1
    )
    shown = found[:ENTRIES]
    numbers = await finance.order_numbers(page.session, keeper.shop_id, [one.reference for one in shown])
    return await page.html(
        "studio/activity.html",
        desk_here="money",
        currency=currency,
        currencies=currencies,
        entries=[(one, entry_words(one.kind), money(-one.amount.minor, currency)) for one in shown],
        about={one.id: _about(one, numbers) for one in shown},
        older=shown[-1].id if len(found) > ENTRIES else None,
        newest=before is None,
    )


def _entry_id(text: str) -> int | None:
    if not (text.isascii() and text.isdecimal() and len(text) <= 19):
        return None
    return min(int(text), LARGEST_ID)


def _about(entry: BookedEntry, numbers: dict[str, str]) -> tuple[str, str] | None:
    """Where a reader finds more: path and words."""
    if entry.reference in numbers:
        return f"/studio/orders/{entry.reference}", f"Order {numbers[entry.reference]}"
    if entry.reference.startswith(("payout-", "withdrawal-")):
        return f"/studio/payouts/{entry.reference}", "The payout"
    return None
