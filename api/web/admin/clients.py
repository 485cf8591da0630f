"""Apps and partners: entering them, changing their secrets, shutting them out. What can be meant is `api.oauth`'s."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from api.access import access
from api.dependencies import SignedIn
from api.oauth.registry import Registry
from api.oauth.registry_routes import Clients
from api.oauth.registry_schemas import ChangedClient, ClientView, NewClient
from api.oauth.words import MAY
from api.web import forms
from api.web.page import CurrentPage, Page
from models.errors import DomainError, NotFound
from models.rules.scopes import ALLOWED, ClientKind, Scope

router = APIRouter(prefix="/admin/clients", include_in_schema=False)

KINDS = {ClientKind.APP: "App", ClientKind.COURIER: "Courier", ClientKind.CRM: "Shop’s customer records"}
DONE = {
    "changed": "Saved.",
    "withdrawn": "That secret opens nothing any more.",
    "revoked": "Shut out. Its secrets and tokens have ended.",
}
LABELS = {
    "name": "Name",
    "courier": "Courier",
    "shop": "Shop",
    "scopes": "What it may do",
    "redirect_uris": "Addresses to come back to",
}


@router.get("", dependencies=[access("administrator", "high", owns="any")])
async def clients(page: CurrentPage, registry: Clients) -> Response:
    return await page.html("admin/clients.html", desk_here="clients", clients=await registry.everyone(), kinds=KINDS)


@router.get("/new/{kind}", dependencies=[access("administrator", "high", owns="any")])
async def new_form(kind: str, page: CurrentPage, registry: Clients) -> Response:
    return await _new(page, registry, _kind(kind), {}, {})


@router.post("/new/{kind}", dependencies=[access("administrator", "high", owns="any")])
async def enter(kind: str, page: CurrentPage, person: SignedIn, registry: Clients) -> Response:
    """The secret stands on the answer itself: it is on no page that can be fetched again."""
    known, sent = _kind(kind), await _typed(page)
    wanted = {
        **sent,
        "kind": known,
        "courier": sent.get("courier") or None,
        "shop": sent.get("shop") or None,
        "scopes": sent["scopes"] if known is ClientKind.APP else list(ALLOWED[known]),
    }
    given, errors = forms.checked(NewClient, wanted)
    if given is None:
        return await _new(page, registry, known, sent, errors, status=422)
    try:
        entered = await registry.enter(person, given)
    except DomainError as problem:
        return await _new(page, registry, known, sent, forms.refusal(problem, "name"), status=problem.status)
    if entered.secret is None:
        return page.go(f"/admin/clients/{entered.client.id}")
    return await _one(page, entered.client, secret=entered.secret)


@router.get("/{client_id}", dependencies=[access("administrator", "high", owns="any")])
async def client(client_id: str, page: CurrentPage, registry: Clients) -> Response:
    return await _one(page, await registry.one(client_id), done=page.request.query_params.get("done", ""))


@router.post("/{client_id}", dependencies=[access("administrator", "high", owns="any")])
async def change(client_id: str, page: CurrentPage, person: SignedIn, registry: Clients) -> Response:
    found, sent = await registry.one(client_id), await _typed(page)
    wanted = sent if found.kind is ClientKind.APP else {**sent, "scopes": list(ALLOWED[found.kind])}
    given, errors = forms.checked(ChangedClient, wanted)
    if given is None:
        return await _one(page, found, values=sent, errors=errors, status=422)
    try:
        await registry.change(person, found.id, given)
    except DomainError as problem:
        return await _one(page, found, values=sent, errors=forms.refusal(problem, "name"), status=problem.status)
    return page.go(f"/admin/clients/{found.id}?done=changed")


@router.post("/{client_id}/secrets", dependencies=[access("administrator", "high", owns="any")])
async def draw_secret(client_id: str, page: CurrentPage, person: SignedIn, registry: Clients) -> Response:
    drawn = await registry.draw_secret(person, client_id)
    return await _one(page, await registry.one(client_id), secret=drawn.secret)


@router.post("/{client_id}/secrets/{secret_id}", dependencies=[access("administrator", "high", owns="any")])
async def withdraw_secret(
    client_id: str, secret_id: str, page: CurrentPage, person: SignedIn, registry: Clients
) -> Response:
    await registry.withdraw_secret(person, client_id, secret_id)
    return page.go(f"/admin/clients/{client_id}?done=withdrawn")


@router.post("/{client_id}/revoke", dependencies=[access("administrator", "high", owns="any")])
async def revoke(client_id: str, page: CurrentPage, person: SignedIn, registry: Clients) -> Response:
    await registry.revoke(person, client_id)
    return page.go(f"/admin/clients/{client_id}?done=revoked")


def _kind(text: str) -> ClientKind:
    if text not in set(ClientKind):
        raise NotFound("There is no such kind of client. Go back and choose one.")
    return ClientKind(text)


async def _typed(page: Page) -> dict[str, Any]:
    """As the schemas want it: one address a line, every box that is ticked."""
    sent: dict[str, Any] = dict(await forms.typed(page.request))
    form = await page.request.form()
    lines = str(sent.get("redirect_uris", "")).splitlines()
    return {
        **sent,
        "redirect_uris": [line.strip() for line in lines if line.strip()],
        "scopes": [value for value in form.getlist("scopes") if isinstance(value, str)],
    }


async def _new(
    page: Page,
    registry: Registry,
    kind: ClientKind,
    values: dict[str, Any],
    errors: dict[str, str],
    *,
    status: int = 200,
) -> Response:
    return await page.html(
        "admin/client_new.html",
        status=status,
        desk_here="clients",
        kind=kind,
        kind_name=KINDS[kind],
        couriers=registry.couriers,
        values=_shown(values),
        errors=errors,
        labels=LABELS,
        choices=_choices(kind, values.get("scopes", [Scope.OPENID, Scope.PROFILE, Scope.SHOP])),
    )


async def _one(
    page: Page,
    found: ClientView,
    *,
    secret: str = "",
    done: str = "",
    values: dict[str, Any] | None = None,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    entry = values or {"name": found.name, "redirect_uris": found.redirect_uris, "scopes": found.scopes}
    answer = await page.html(
        "admin/client.html",
        status=status,
        desk_here="clients",
        client=found,
        kind_name=KINDS[found.kind],
        secret=secret,
        done=DONE.get(done, ""),
        values=_shown(entry),
        errors=errors or {},
        labels=LABELS,
        choices=_choices(found.kind, entry["scopes"]),
        may=[MAY[Scope(scope)] for scope in found.scopes],
    )
    if secret:
        answer.headers["Cache-Control"] = "no-store"
    return answer


def _shown(values: dict[str, Any]) -> dict[str, Any]:
    return {**values, "redirect_uris": "\n".join(values.get("redirect_uris", []))}


def _choices(kind: ClientKind, chosen: list[Any]) -> list[tuple[str, str, bool]]:
    """Value, words and whether it is ticked, for the boxes of an app."""
    return [(scope.value, MAY[scope], scope in chosen) for scope in ALLOWED[kind]]
