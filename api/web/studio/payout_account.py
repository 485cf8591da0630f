"""The page on which an artisan says where their money should go."""

from collections.abc import Mapping

from fastapi import APIRouter
from fastapi.responses import Response

from api.access import access
from api.dependencies import CurrentParts, Keeper, ShopKeeper
from api.payouts.money_routes import CurrentMoney
from api.payouts.money_service import ShopMoney
from api.payouts.routes import CurrentPayoutAccounts
from api.payouts.schemas import IbanAccount, UsAccount
from api.payouts.service import PayoutAccounts, TooManyChanges
from api.web import forms
from api.web.page import CurrentPage, Page
from core import clock
from models.repositories import listings

router = APIRouter(prefix="/studio/payout-account", include_in_schema=False)

PROVIDER_PAGES = "https://connect.stripe.com"
"""Where the payment provider asks artisans for what it wants; the form of this page may lead there."""
KINDS: dict[str, type[IbanAccount | UsAccount]] = {"iban": IbanAccount, "us": UsAccount}


@router.get("", dependencies=[access("artisan", "high", owns="self")])
async def payout_account(
    page: CurrentPage, keeper: ShopKeeper, accounts: CurrentPayoutAccounts, money: CurrentMoney
) -> Response:
    return await _form(page, keeper, accounts, money, typed={})


@router.post("", dependencies=[access("artisan", "high", owns="self", second_factor=True)])
async def change_payout_account(
    page: CurrentPage, keeper: ShopKeeper, accounts: CurrentPayoutAccounts, money: CurrentMoney
) -> Response:
    typed = await forms.typed(page.request)
    kind = typed.get("kind", "") if typed.get("kind") in KINDS else "iban"
    given, errors = forms.checked(KINDS[kind], {**typed, "kind": kind})
    if given is None:
        return await _form(page, keeper, accounts, money, typed=typed, errors=errors, status=422)
    try:
        await accounts.change(keeper, given)
    except TooManyChanges as problem:
        errors = {"account_number" if kind == "us" else "iban": problem.message}
        return await _form(page, keeper, accounts, money, typed=typed, errors=errors, status=problem.status)
    return page.go("/studio/payout-account?done=1")


@router.post("/provider", dependencies=[access("artisan", "high", owns="self", second_factor=True)])
async def to_the_provider(page: CurrentPage, keeper: ShopKeeper, money: CurrentMoney, parts: CurrentParts) -> Response:
    """To the payment provider's own page; its address works once and is kept nowhere."""
    back = f"{parts.settings.public_url.rstrip('/')}/studio/payout-account"
    return page.go((await money.link(keeper, parts.gateways.payouts, back)).url)


async def _form(
    page: Page,
    keeper: Keeper,
    accounts: PayoutAccounts,
    money: ShopMoney,
    *,
    typed: Mapping[str, str],
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    wanted = typed.get("kind") or page.request.query_params.get("kind", "")
    usual = "us" if await listings.shop_currency(page.session, keeper.shop_id) == "USD" else "iban"
    saved = await accounts.find(keeper)
    page.request.state.form_target = PROVIDER_PAGES
    standing = await money.standing(keeper.shop_id, money.pause_of(keeper.person))
    return await page.html(
        "studio/payout_account.html",
        status=status,
        desk_here="payout_account",
        saved=saved,
        next_due=standing.next_due,
        obstacle=standing.obstacle,
        provider_wants=standing.provider_wants,
        paused=saved is not None and clock.now() < saved.paused_until,
        kind=wanted if wanted in KINDS else usual,
        changing=saved is None or bool(wanted) or bool(errors),
        two_factors=page.visitor.second_factor,
        values=typed,
        errors=errors or {},
        done=page.request.query_params.get("done") == "1",
    )
