"""Opening an account or a shop, and confirming the address with the letter's link. Typed words are kept over a refusal,
the password never is.

The link's page has a button: programs that look at mails open links, and must not use them up.
"""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from api.access import access
from api.auth import registrant
from api.auth.registration import Asked, LinkNotValid, PasswordNeeded, Shown
from api.auth.registration_routes import TO_CONFIRM, Recovering, Registering, page_only
from api.auth.registration_schemas import NewArtisan, NewCustomer, NewPassword
from api.auth.routes import CurrentCaller
from api.dependencies import SignedIn
from api.shops.routes import Shops
from api.shops.schemas import ShopDescription
from api.web import forms
from api.web.account.sign_in import entered_page
from api.web.account.telling import tell
from api.web.page import CurrentPage, Page
from models.errors import DomainError
from models.rules.letters import LetterKind
from models.types import CURRENCY_DECIMALS, Role

router = APIRouter(include_in_schema=False)

AGREE = "Tick this to open an account: without it we may not sell to you."


@router.get("/register", dependencies=[access("visitor", "low")])
async def register_form(page: CurrentPage) -> Response:
    return await _register(page, {"next": page.request.query_params.get("next", "")}, {})


@router.post("/register", dependencies=[access("visitor", "high")])
async def register(page: CurrentPage, registering: Registering, caller: CurrentCaller) -> Response:
    typed = await forms.typed(page.request)
    given, errors = forms.checked(NewCustomer, _with_consents(typed))
    if given is None:
        return await _register(page, typed, _in_words(errors), 422)
    try:
        browser = registrant.secret_for(page.request)
        await registering.customer(given, caller, page_only(typed.get("next", "")), browser)
    except DomainError as problem:
        return await _register(page, typed, forms.refusal(problem, "email"), problem.status)
    return _sent(page, browser)


@router.get("/register/sent", dependencies=[access("visitor", "low")])
async def sent(page: CurrentPage) -> Response:
    """The same whoever asked, so that nobody learns who has an account."""
    return await tell(
        page,
        "Look into your mailbox",
        TO_CONFIRM.message,
        more=(
            "You can go on looking around meanwhile. Your cart stays as it is, if you open the link in this browser.",
            "No letter after a few minutes? Look among the spam, or sign in: then we offer to send another one.",
        ),
        action=("/", "Go on looking around"),
    )


@router.get("/open-a-shop", dependencies=[access("visitor", "low")])
async def open_shop_form(page: CurrentPage) -> Response:
    person = page.visitor.person
    if person is not None and person.shop_id is not None:
        return page.go("/studio/shop")
    return await _open_shop(page, {}, {})


@router.post("/open-a-shop", dependencies=[access("visitor", "high")])
async def open_shop(page: CurrentPage, registering: Registering, caller: CurrentCaller) -> Response:
    """A shop and an account along with it."""
    typed = await forms.typed(page.request)
    given, errors = forms.checked(NewArtisan, _with_consents(typed))
    if given is None:
        return await _open_shop(page, typed, _in_words(errors), 422)
    try:
        browser = registrant.secret_for(page.request)
        await registering.artisan(given, caller, browser)
    except DomainError as problem:
        return await _open_shop(page, typed, forms.refusal(problem, "shop_name"), problem.status)
    return _sent(page, browser)


@router.post("/open-a-shop/mine", dependencies=[access("customer", "high", owns="self")])
async def open_own_shop(page: CurrentPage, person: SignedIn, shops: Shops) -> Response:
    """With the account of whoever is signed in: what they may do changes, so they prove who they are."""
    typed = await forms.typed(page.request)
    given, errors = forms.checked(ShopDescription, typed)
    if given is None:
        return await _open_shop(page, typed, errors, 422)
    try:
        await shops.apply(person, given)
    except DomainError as problem:
        return await _open_shop(page, typed, forms.refusal(problem, "shop_name"), problem.status)
    return page.go("/studio/shop")


@router.get("/verify", dependencies=[access("visitor", "low")])
async def verify_form(page: CurrentPage, registering: Registering) -> Response:
    token = page.request.query_params.get("token", "")[:200]
    try:
        asked = await registering.ask(token, registrant.browser_of(page.request))
    except LinkNotValid as problem:
        return await _not_valid(page, problem)
    return await _confirm(page, token, asked, {})


@router.post("/verify", dependencies=[access("visitor", "high")])
async def verify(
    page: CurrentPage, registering: Registering, recovering: Recovering, caller: CurrentCaller
) -> Response:
    typed, browser = await forms.typed(page.request), registrant.browser_of(page.request)
    token = typed.get("token", "")[:200]
    try:
        asked = await registering.ask(token, browser)
        if asked.kind is LetterKind.EMAIL_CHANGE:
            await recovering.confirm_email(token)
            return page.go("/verify/done")
    except DomainError as problem:
        return await _not_valid(page, problem)
    shown = Shown(browser, typed.get("password", "")[:200])
    if "new_password" in typed:
        given, errors = forms.checked(NewPassword, {"password": typed["new_password"]})
        if given is None:
            return await _confirm(page, token, asked, {"new_password": errors["password"]}, 422)
        shown = Shown(new_password=given.password)
    try:
        confirmed = await registering.confirm(token, shown, caller)
    except LinkNotValid as problem:
        return await _not_valid(page, problem)
    except PasswordNeeded as problem:
        elsewhere = Asked(asked.kind, enough=False, chosen=asked.chosen)
        field = "password" if asked.chosen else "new_password"
        return await _confirm(page, token, elsewhere, {field: problem.message}, problem.status)
    except DomainError as problem:
        field = "new_password" if shown.new_password else "password"
        wrong = {field: "This is not the password that was chosen. Try again, or choose a new one."}
        told = wrong if problem.code == "wrong_credentials" else {field: problem.message}
        return await _confirm(page, token, asked, told, problem.status)
    target = "/studio/shop" if confirmed.entered.person.role is Role.ARTISAN else confirmed.goes_to
    return entered_page(page.request, confirmed.entered, target)


@router.post("/verify/not-mine", dependencies=[access("visitor", "high")])
async def not_mine(page: CurrentPage, registering: Registering) -> Response:
    """Whoever has the mailbox did not register."""
    token = (await forms.typed(page.request)).get("token", "")[:200]
    try:
        await registering.refuse(token)
    except DomainError as problem:
        return await _not_valid(page, problem)
    return page.go("/verify/removed")


@router.get("/verify/removed", dependencies=[access("visitor", "low")])
async def removed(page: CurrentPage) -> Response:
    return await tell(
        page,
        "The account is closed",
        "Nobody can use it, and it is erased within a day, your address included. You need do nothing more.",
        more=("Should somebody register it again, we write to you again, and again nothing happens without you.",),
        action=("/", "To the shop"),
    )


@router.get("/verify/done", dependencies=[access("visitor", "low")])
async def verified(page: CurrentPage) -> Response:
    words = "We write to you there from now on, and you sign in with it."
    return await tell(page, "Your new address counts", words, action=("/", "To the shop"))


@router.post("/verify/again", dependencies=[access("visitor", "high")])
async def another_letter(page: CurrentPage, registering: Registering, caller: CurrentCaller) -> Response:
    """For somebody who has just typed the right password of an account that is not confirmed."""
    pending = (await forms.typed(page.request)).get("pending", "")[:2000]
    try:
        browser = registrant.secret_for(page.request)
        await registering.another_letter(pending, caller, browser)
    except DomainError as problem:
        return await _not_valid(page, problem)
    return _sent(page, browser)


@router.get("/terms", dependencies=[access("visitor", "low")])
async def terms(page: CurrentPage) -> Response:
    return await page.html("account/terms.html")


def _with_consents(typed: dict[str, str]) -> dict[str, Any]:
    return {**typed, "accept_terms": typed.get("accept_terms") == "true", "newsletter": "newsletter" in typed}


def _in_words(errors: dict[str, str]) -> dict[str, str]:
    return {name: AGREE if name == "accept_terms" else text for name, text in errors.items()}


def _sent(page: Page, browser: str) -> Response:
    response = page.go("/register/sent")
    registrant.give_cookie(response, page.request, browser)
    return response


async def _confirm(page: Page, token: str, asked: Asked, errors: dict[str, str], status: int = 200) -> Response:
    if asked.kind is LetterKind.EMAIL_CHANGE:
        return await page.html("account/confirm.html", token=token)
    return await page.html("account/confirm_address.html", status=status, token=token, asked=asked, errors=errors)


async def _not_valid(page: Page, problem: DomainError) -> Response:
    return await tell(
        page,
        "This link does nothing any more",
        problem.message,
        action=("/sign-in", "To the sign-in page"),
        status=problem.status,
    )


async def _register(page: Page, values: dict[str, str], errors: dict[str, str], status: int = 200) -> Response:
    return await page.html(
        "account/register.html",
        status=status,
        values={**values, "next": page_only(values.get("next", ""))},
        errors=errors,
    )


async def _open_shop(page: Page, values: dict[str, str], errors: dict[str, str], status: int = 200) -> Response:
    return await page.html(
        "account/open_shop.html",
        status=status,
        values={"country": "US", **values},
        errors=errors,
        currencies=list(CURRENCY_DECIMALS),
    )
