"""Taking money out: how much, where it goes and when it arrives. What may be taken the process decides."""

from fastapi import APIRouter
from fastapi.responses import Response

from api.access import access
from api.dependencies import Keeper, ShopKeeper
from api.money import parse_amount
from api.payouts.money_routes import CurrentMoney
from api.payouts.money_service import ShopMoney
from api.payouts.routes import CurrentPayoutAccounts
from api.payouts.service import PayoutAccounts
from api.web import forms
from api.web.page import CurrentPage, Page
from api.withdrawal.routes import CurrentWithdrawals
from api.withdrawal.schemas import WithdrawalInput
from models.errors import Conflict, InvalidInput, Unavailable
from models.rules.payouts import Refusal
from models.types import new_id

router = APIRouter(prefix="/studio/money/withdraw", include_in_schema=False)

ABOUT_AMOUNT = {Refusal.WRONG_AMOUNT, Refusal.NOTHING, Refusal.TOO_MUCH, Refusal.BELOW_MINIMUM}
_NO_AMOUNT = "Enter how much of what is available you want."


@router.get("", dependencies=[access("artisan", "high", owns="self", second_factor=True)])
async def form(page: CurrentPage, keeper: ShopKeeper, money: CurrentMoney, accounts: CurrentPayoutAccounts) -> Response:
    return await _form(page, keeper, money, accounts)


@router.post("", dependencies=[access("artisan", "high", owns="self", second_factor=True)])
async def withdraw(
    page: CurrentPage,
    keeper: ShopKeeper,
    money: CurrentMoney,
    accounts: CurrentPayoutAccounts,
    withdrawals: CurrentWithdrawals,
) -> Response:
    """The form's own key makes a double click one withdrawal. A refused one gets a new key: it was never begun."""
    typed = await forms.typed(page.request)
    currency, key = typed.get("currency", ""), typed.get("key", "")
    given, errors = forms.checked(WithdrawalInput, {"currency": currency})
    if given is not None:
        try:
            amount = parse_amount(typed.get("amount", ""), currency)
            given, errors = forms.checked(WithdrawalInput, {"currency": currency, "amount_minor": amount})
        except InvalidInput as problem:
            given, errors = None, {"amount": problem.message}
    if given is None:
        # What the schema says is about minor units, which nobody types.
        named = {"amount": _NO_AMOUNT} if "amount_minor" in errors else errors
        return await _form(page, keeper, money, accounts, typed, errors=named, status=422)
    try:
        done = await withdrawals.request(keeper, given, page.once(typed))
    except Conflict as problem:
        field = "amount" if problem.details.get("reason") in ABOUT_AMOUNT else ""
        return await _form(page, keeper, money, accounts, typed, errors={field: problem.message}, status=problem.status)
    except Unavailable as problem:
        # It may have begun all the same: asked again under its key, it is found.
        return await _form(
            page, keeper, money, accounts, typed, errors={"": problem.message}, status=problem.status, key=key
        )
    return page.go(f"/studio/payouts/{done.id}?done=1")


async def _form(
    page: Page,
    keeper: Keeper,
    money: ShopMoney,
    accounts: PayoutAccounts,
    typed: dict[str, str] | None = None,
    *,
    errors: dict[str, str] | None = None,
    status: int = 200,
    key: str = "",
) -> Response:
    standing = await money.standing(keeper.shop_id, money.pause_of(keeper.person))
    asked = (typed or {}).get("currency") or page.request.query_params.get("currency")
    chosen = next((one for one in standing.balances if one.currency == asked), standing.balances[0])
    return await page.html(
        "studio/withdraw.html",
        status=status,
        desk_here="money",
        standing=standing,
        chosen=chosen,
        account=await accounts.find(keeper),
        values={"amount": chosen.available.text, **(typed or {})},
        errors=errors or {},
        key=key or new_id("key"),
    )
