"""The endpoints that programs call: tokens, revocation, keys and discovery. People meet the consent page."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from activities import signing_keys
from api.access import access
from api.auth.throttle import address_of
from api.dependencies import CurrentParts, Session, count_write
from api.errors import ErrorEnvelope, error_responses
from api.oauth.facts import AUTHORISE, REVOKE, TOKEN, Answer, Sent
from api.oauth.schemas import (
    REVOKE_FORM,
    TOKEN_FORM,
    KeySetView,
    MetadataView,
    NothingView,
    OAuthErrorView,
    TokenView,
)
from api.oauth.service import OAuthService
from core import clock
from models.rules.scopes import ALLOWED, ClientKind, Scope

KEYS = "/oauth/jwks"
KEYS_KEPT = "public, max-age=300"
"""Far less than a new key is published ahead."""

router = APIRouter(tags=["oauth"])
_REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"model": OAuthErrorView | ErrorEnvelope, "description": "Refused; `error` says why, as in RFC 6749, 5.2"},
    401: {"model": OAuthErrorView, "description": "The client could not be authenticated"},
    **error_responses(413),
}


async def oauth_service(session: Session, parts: CurrentParts) -> OAuthService:
    return OAuthService(session, parts.settings.public_url.rstrip("/"))


OAuth = Annotated[OAuthService, Depends(oauth_service)]


@router.post(
    TOKEN,
    summary="Exchange a code, a refresh token or a partner's secret for an access token",
    response_model=TokenView,
    responses=_REFUSALS,
    openapi_extra=TOKEN_FORM,
    dependencies=[access("partner", "high")],
)
async def token(request: Request, oauth: OAuth) -> Response:
    """A code works once, for a minute; brought again, all that it gave ends. A refresh token works once; brought
    again, its whole family ends and the person is told."""
    sent = await _form(request, oauth, TOKEN)
    return _respond(sent if isinstance(sent, Answer) else await oauth.token(sent))


@router.post(
    REVOKE,
    summary="Give up what a person allowed",
    response_model=NothingView,
    responses=_REFUSALS,
    openapi_extra=REVOKE_FORM,
    dependencies=[access("partner", "high")],
)
async def revoke(request: Request, oauth: OAuth) -> Response:
    """For apps, when a person signs out: access and refresh tokens end together, whichever of them is sent."""
    sent = await _form(request, oauth, REVOKE)
    return _respond(sent if isinstance(sent, Answer) else await oauth.revoke(sent))


@router.get(KEYS, summary="The keys that our tokens are signed with", dependencies=[access("public", "low")])
async def keys(session: Session, response: Response) -> KeySetView:
    response.headers["Cache-Control"] = KEYS_KEPT
    return KeySetView(keys=await signing_keys.published(session, clock.now()))


@router.get(
    "/.well-known/oauth-authorization-server",
    summary="Where everything is (RFC 8414)",
    dependencies=[access("public", "low")],
)
async def metadata(oauth: OAuth, response: Response) -> MetadataView:
    response.headers["Cache-Control"] = KEYS_KEPT
    return _metadata(oauth.issuer, [scope.value for scope in Scope])


@router.get(
    "/.well-known/openid-configuration",
    summary="Where everything is (OpenID Connect)",
    dependencies=[access("public", "low")],
)
async def openid_configuration(oauth: OAuth, response: Response) -> MetadataView:
    response.headers["Cache-Control"] = KEYS_KEPT
    return _metadata(oauth.issuer, [scope.value for scope in ALLOWED[ClientKind.APP]])


def _metadata(issuer: str, scopes: list[str]) -> MetadataView:
    return MetadataView(
        issuer=issuer,
        authorization_endpoint=issuer + AUTHORISE,
        token_endpoint=issuer + TOKEN,
        revocation_endpoint=issuer + REVOKE,
        jwks_uri=issuer + KEYS,
        scopes_supported=scopes,
        id_token_signing_alg_values_supported=[signing_keys.ALGORITHM],
    )


async def _form(request: Request, oauth: OAuthService, path: str) -> Sent | Answer:
    """Only a plain form: nothing else is OAuth. The address is our own, whatever a proxy made of it."""
    count_write(request, f"oauth {address_of(request)}")
    authorization = request.headers.get("authorization", "")[:4_000]
    if len(authorization.split()) != 2:  # Authlib takes it apart without looking: as if it had not been sent
        authorization = ""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        return _no_form()
    try:
        form = await request.form()
    except HTTPException as error:
        if error.status_code == 413:
            raise
        return _no_form()
    fields = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
    return Sent("POST", oauth.issuer + path, fields, authorization)


def _no_form() -> Answer:
    words = "Send a form (application/x-www-form-urlencoded)."
    return Answer(400, {"error": "invalid_request", "error_description": words})


def _respond(answer: Answer) -> Response:
    kept = {name: value for name, value in answer.headers.items() if name.lower() != "content-type"}
    return JSONResponse(answer.body, answer.status, {"Cache-Control": "no-store", "Pragma": "no-cache", **kept})
