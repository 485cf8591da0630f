"""The artisan's balance: what is available, why the rest waits, what is on its way, when it is paid, and the way to
what the payment provider wants. Withdrawing is `withdraw`'s, the history `payouts`'."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from api.access import access
from api.dependencies import CurrentParts, Keeper, ShopKeeper
from api.money import money, parse_amount
from api.payouts.hold_routes import CurrentHolds
from api.payouts.money_routes import CurrentMoney
from api.payouts.money_schemas import Appeal, ChosenPayoutDays, MoneyStandingView, PayoutDaysView
from api.payouts.money_service import ShopMoney
from api.web import forms
from api.web.page import CurrentPage, Page
from api.web.studio.money_words import CALENDARS, WEEKDAYS, days_in_words, wanted
from models.errors import Conflict, InvalidInput
from models.rules.payout_calendar import Calendar
from models.rules.payouts import Refusal, minimum_for
from models.types import PayoutStatus

router = APIRouter(prefix="/studio/money", include_in_schema=False)

LATELY = 5
"""Payouts beneath the balance; the others have a page of their own."""
LOOKED_AT = 50
"""Of the newest payouts, those that are under way are shown with the balance."""
UNDER_WAY = {
    *(PayoutStatus.SETTING_ASIDE.value, PayoutStatus.SENDING.value, PayoutStatus.AWAITING_FUNDS.value),
    *(PayoutStatus.ON_ITS_WAY.value, PayoutStatus.RECALLING.value),
}
LEADS_TO = {
    Refusal.NO_ACCOUNT: ("/studio/payout-account", "Tell us your bank account"),
    Refusal.DETAILS_FAILED: ("/studio/payout-account", "Correct the account"),
}
"""What an artisan does about what stands in the way; what the provider wants has a section of its own."""
DONE = {
    "days": "Saved. Your payouts come on the days you chose.",
    "appeal": "We have your objection. Somebody of ours looks at it, and a letter tells you what they decide and why.",
    "provider": "You are back from the payment provider. What it has taken note of disappears here within a minute.",
}


@router.get("", dependencies=[access("artisan", "medium", owns="self")])
async def balance(page: CurrentPage, keeper: ShopKeeper, service: CurrentMoney) -> Response:
    return await _balance(page, keeper, service)


@router.post("/holds/{hold_id}/appeal", dependencies=[access("artisan", "medium", owns="hold")])
async def appeal(
    hold_id: str, page: CurrentPage, keeper: ShopKeeper, service: CurrentMoney, holds: CurrentHolds
) -> Response:
    typed = await forms.typed(page.request)
    given, errors = forms.checked(Appeal, typed)

    if given is None:
        words, text = errors.get("text", "Fill this in."), typed.get("text", "")
        return await _balance(page, keeper, service, status=422, problem_at=hold_id, words=words, text=text)
    try:
        await holds.appeal(keeper, hold_id, given.text)
    except Conflict as problem:
        return await _balance(page, keeper, service, status=problem.status, words=problem.message)
    return page.go("/studio/money?done=appeal")


@router.get("/provider", dependencies=[access("artisan", "high", owns="self", second_factor=True)])
async def provider(page: CurrentPage, keeper: ShopKeeper, service: CurrentMoney, parts: CurrentParts) -> Response:
    """On to the provider's own page. A link and no form: forms may lead to its payment pages alone, and an address that
    has run out brings its visitor back here for a fresh one."""
    back = f"{parts.settings.public_url.rstrip('/')}/studio/money?done=provider"
    return page.go((await service.link(keeper, parts.gateways.payouts, back)).url)


@router.get("/days", dependencies=[access("artisan", "medium", owns="self")])
async def days(page: CurrentPage, keeper: ShopKeeper, service: CurrentMoney) -> Response:
    return await _days(page, keeper, service, {}, {})


@router.post("/days", dependencies=[access("artisan", "high", owns="self")])
async def choose_days(page: CurrentPage, keeper: ShopKeeper, service: CurrentMoney) -> Response:
    typed = await forms.typed(page.request)
    standing = await service.standing(keeper.shop_id)
    minimums, errors = _minimums(typed, [one.currency for one in standing.balances])
    values: dict[str, Any] = {"calendar": typed.get("calendar", ""), "minimums": minimums}
    for name, least, most in (("weekday", 0, 6), ("day", 1, 31)):
        if typed.get(name, "").strip():
            try:
                values[name] = forms.whole_number(typed[name])
            except ValueError as problem:
                errors[name] = str(problem)
            else:
                if not least <= values[name] <= most:
                    errors[name] = "A month has the days 1 to 31." if name == "day" else "Choose a weekday."
    if values["calendar"] not in set(Calendar):
        errors["calendar"] = "Choose one of these."
    given = None
    if not errors:
        given, errors = forms.checked(ChosenPayoutDays, values)
    if given is None:
        return await _days(page, keeper, service, typed, errors, status=422)
    await service.choose_days(keeper, given)
    return page.go("/studio/money?done=days")


def _minimums(typed: Mapping[str, str], currencies: list[str]) -> tuple[dict[str, int], dict[str, str]]:
    """By currency, and what is wrong by field; an empty field is the usual minimum."""
    found: dict[str, int] = {}
    errors: dict[str, str] = {}
    for currency in currencies:
        field = f"minimum_{currency}"
        if not typed.get(field, "").strip():
            continue
        try:
            found[currency] = parse_amount(typed[field], currency)
        except InvalidInput as problem:
            errors[field] = problem.message
            continue
        try:
            ChosenPayoutDays(calendar=Calendar.MANUAL, minimums={currency: found[currency]})
        except ValueError:
            least = minimum_for({currency: 0}, currency)
            errors[field] = f"Choose {money(least, currency).text} or more."
    return found, errors


async def _balance(
    page: Page,
    keeper: Keeper,
    service: ShopMoney,
    *,
    status: int = 200,
    problem_at: str = "",
    words: str = "",
    text: str = "",
) -> Response:
    standing = await service.standing(keeper.shop_id, service.pause_of(keeper.person))
    chosen = await service.days(keeper)
    newest = await service.payouts(keeper, 1, LOOKED_AT)
    return await page.html(
        "studio/money.html",
        status=status,
        desk_here="money",
        standing=standing,
        way_out=_way_out(standing),
        wants=wanted(standing.provider_wants),
        on_the_way=[one for one in newest if one.status in UNDER_WAY],
        lately=newest[:LATELY],
        more=len(newest) > LATELY,
        days=chosen,
        days_text=days_in_words(chosen.calendar, chosen.weekday, chosen.day),
        minimums=_shown_minimums(chosen, standing),
        problem_at=problem_at,
        words=words,
        text=text,
        done="" if words else DONE.get(page.request.query_params.get("done", ""), ""),
    )


def _way_out(standing: MoneyStandingView) -> tuple[str, str] | None:
    return None if standing.obstacle is None else LEADS_TO.get(Refusal(standing.obstacle.reason))


def _shown_minimums(chosen: PayoutDaysView, standing: MoneyStandingView) -> list[str]:
    return [money(minimum_for(chosen.minimums, one.currency), one.currency).text for one in standing.balances]


async def _days(
    page: Page,
    keeper: Keeper,
    service: ShopMoney,
    typed: Mapping[str, str],
    errors: Mapping[str, str],
    *,
    status: int = 200,
) -> Response:
    chosen, standing = await service.days(keeper), await service.standing(keeper.shop_id)
    currencies = [one.currency for one in standing.balances]
    now = {
        "calendar": chosen.calendar.value,
        "weekday": str(chosen.weekday),
        "day": str(chosen.day),
        **{f"minimum_{one}": money(minimum_for(chosen.minimums, one), one).text for one in currencies},
    }
    return await page.html(
        "studio/payout_days.html",
        status=status,
        desk_here="money",
        calendars=CALENDARS,
        weekdays=WEEKDAYS,
        currencies=currencies,
        values={**now, **typed},
        errors=errors,
        labels={
            "calendar": "When",
            "weekday": "Weekday",
            "day": "Day of the month",
            **{f"minimum_{one}": f"Pay out from, in {one}" for one in currencies},
        },
    )
