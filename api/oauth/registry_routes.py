"""Clients, for administrators' programs. The same as pages is `api.web.admin.clients`."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from api.access import access
from api.dependencies import CurrentParts, Session, SignedIn
from api.errors import error_responses
from api.oauth.registry import Registry
from api.oauth.registry_schemas import ChangedClient, ClientsView, ClientView, DrawnSecretView, NewClient, NewClientView

router = APIRouter(prefix="/api/v1/admin/clients", tags=["oauth"])


async def registry(session: Session, parts: CurrentParts) -> Registry:
    return Registry(session, sorted(parts.gateways.couriers))


Clients = Annotated[Registry, Depends(registry)]
_READS = error_responses(401, 403)
_WRITES = error_responses(400, 401, 403, 404, 409, 422, 429)


@router.get(
    "",
    summary="All apps and partners",
    responses=_READS,
    dependencies=[access("administrator", "high", owns="any")],
)
async def clients(registry: Clients) -> ClientsView:
    """Secrets are told of only one by one."""
    return ClientsView(items=await registry.everyone())


@router.post(
    "",
    status_code=201,
    summary="Enter an app or a partner",
    responses=error_responses(400, 401, 403, 422, 429),
    dependencies=[access("administrator", "high", owns="any")],
)
async def enter_client(body: NewClient, person: SignedIn, registry: Clients) -> NewClientView:
    """It takes no idempotency key: its answer holds a secret, which we don't keep."""
    return await registry.enter(person, body)


@router.get(
    "/{client_id}",
    summary="One app or partner",
    responses=error_responses(401, 403, 404),
    dependencies=[access("administrator", "high", owns="any")],
)
async def client(client_id: str, registry: Clients) -> ClientView:
    return await registry.one(client_id)


@router.put(
    "/{client_id}",
    summary="Change its name, scopes and addresses",
    responses=_WRITES,
    dependencies=[access("administrator", "high", owns="any")],
)
async def change_client(client_id: str, body: ChangedClient, person: SignedIn, registry: Clients) -> ClientView:
    """What it may, it is, from the next request on; apps' tokens that were allowed more are not continued."""
    return await registry.change(person, client_id, body)


@router.post(
    "/{client_id}/secrets",
    status_code=201,
    summary="Draw a second secret",
    responses=error_responses(401, 403, 404, 409, 429),
    dependencies=[access("administrator", "high", owns="any")],
)
async def draw_secret(client_id: str, person: SignedIn, registry: Clients) -> DrawnSecretView:
    return await registry.draw_secret(person, client_id)


@router.delete(
    "/{client_id}/secrets/{secret_id}",
    status_code=204,
    summary="Withdraw a secret",
    responses=error_responses(401, 403, 404, 409, 429),
    dependencies=[access("administrator", "high", owns="any")],
)
async def withdraw_secret(client_id: str, secret_id: str, person: SignedIn, registry: Clients) -> Response:
    await registry.withdraw_secret(person, client_id, secret_id)
    return Response(status_code=204)


@router.delete(
    "/{client_id}",
    status_code=204,
    summary="Shut it out for good",
    responses=error_responses(401, 403, 404, 409, 429),
    dependencies=[access("administrator", "high", owns="any")],
)
async def revoke_client(client_id: str, person: SignedIn, registry: Clients) -> Response:
    """Its secrets and all its tokens end at once; its entry stays, for the audit log."""
    await registry.revoke(person, client_id)
    return Response(status_code=204)
