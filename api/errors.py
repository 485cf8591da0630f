"""Every answer that is not a success: one envelope for programs, one page for people, never a traceback.

Owns status, wording of what the framework refuses, and the reference number that joins an answer to its log line.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any
from urllib.parse import quote, urlsplit

import psycopg
import structlog
from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.auth.proof import InsufficientScope, ReauthenticationRequired, SecondFactorRequired
from models.errors import DomainError, SignInRequired, refused_by_database

log = structlog.get_logger("api.errors")

RETRY_AFTER_SECONDS = 2
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that is misread over the telephone
_WORDS = {
    400: ("bad_request", "We can't read this request: it isn't well-formed. Correct it and send it again."),
    404: ("not_found", "There is nothing at this address. Check it, or start from the home page."),
    405: ("method_not_allowed", "This address doesn't take that kind of request."),
    413: ("too_large", "This is larger than we accept. Send something smaller."),
    415: ("unsupported_media_type", "We don't read this kind of content."),
}
_OOPS = ("internal_error", "Something went wrong on our side. Try again; if it stays, tell us the reference.")


class ErrorBody(BaseModel):
    code: str
    """Stable: programs decide by it."""
    message: str
    """For people: what happened and what to do now. Its wording may change."""
    details: dict[str, Any]
    reference: str


class ErrorEnvelope(BaseModel):
    error: ErrorBody


@dataclass(frozen=True, slots=True)
class Problem:
    """An error on its way to whoever asked."""

    status: int
    code: str
    message: str
    details: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    reference: str = field(default_factory=lambda: "".join(secrets.choice(_ALPHABET) for _ in range(8)))


ErrorPage = Callable[[Request, Problem], Response]
"""Renders a problem for a browser."""


def error_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route in OpenAPI."""
    return {status: {"model": ErrorEnvelope, "description": DESCRIPTIONS[status]} for status in sorted(statuses)}


DESCRIPTIONS = {
    400: "The request is not well-formed, or its idempotency key was used for another one",
    401: "Sign in first",
    403: "Not allowed, or sent by another site",
    404: "There is no such thing",
    409: "The state of things does not allow it; the code says why",
    413: "The body is too large",
    422: "The request names the fields that are wrong",
    429: "Too many attempts; `Retry-After` says when to try again",
    500: "Our fault; the reference finds it in our log",
    503: "A part is down; `Retry-After` says when to try again",
}


def install(app: FastAPI, page: ErrorPage | None = None) -> None:
    """`page` draws errors for browsers; without it they get a plain one."""
    app.state.error_page = page or _plain_page
    for kind in (DomainError, RequestValidationError, HTTPException, DBAPIError, PoolTimeout, psycopg.Error):
        app.add_exception_handler(kind, _handle)


def to_problem(error: Exception) -> Problem:
    """What to tell about an error. Logs what is our fault, with the reference that the answer carries."""
    if (refused := refused_by_database(error)) is not None:
        error = refused
    match error:
        case DomainError():
            return _of_domain_error(error)
        case RequestValidationError():
            return _of_validation_error(error)
        case HTTPException():
            code, message = _WORDS.get(error.status_code, ("refused", "This request was refused."))
            return Problem(error.status_code, code, message, headers=error.headers or {})
        case OperationalError() | InterfaceError() | PoolTimeout() | psycopg.OperationalError() | ConnectionError():
            problem = Problem(
                503,
                "unavailable",
                "We can't reach our database at the moment. Nothing is lost: try again in a minute.",
                headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
            )
            log.warning("database unavailable", reference=problem.reference, error=str(error).splitlines()[0])
            return problem
        case DBAPIError() | psycopg.DataError() if "NUL" in str(error):
            return Problem(422, "invalid_input", "A text contains a NUL character. Remove it and send it again.")
        case _:
            problem = Problem(500, *_OOPS)
            log.error("unexpected error", reference=problem.reference, exc_info=error)
            return problem


def _of_domain_error(error: DomainError) -> Problem:
    headers: dict[str, str] = {}
    if isinstance(wait := error.details.get("retry_after"), int):
        headers["Retry-After"] = str(wait)
    elif error.status == 503:
        headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    if isinstance(error, ReauthenticationRequired):  # RFC 9470, section 3
        headers["WWW-Authenticate"] = (
            f'Bearer error="insufficient_user_authentication", max_age={error.details["max_age"]}'
        )
    elif isinstance(error, InsufficientScope):  # RFC 6750, section 3.1
        headers["WWW-Authenticate"] = f'Bearer error="insufficient_scope", scope="{error.details["scope"]}"'
    elif error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    problem = Problem(error.status, error.code, error.message, jsonable_encoder(error.details), headers)
    if error.status >= 500:
        log.warning("unavailable", code=error.code, reference=problem.reference, message=error.message)
    return problem


def _of_validation_error(error: RequestValidationError) -> Problem:
    found: Sequence[Any] = error.errors()
    if any(entry["type"] == "json_invalid" for entry in found):
        return Problem(400, *_WORDS[400])
    # Never the input itself: it may be a password, and it may be what we could not read.
    fields = {".".join(str(part) for part in entry["loc"][1:]) or str(entry["loc"][0]): entry["msg"] for entry in found}
    named = ", ".join(f"{name} ({reason})" for name, reason in list(fields.items())[:5])
    return Problem(422, "invalid_input", f"Correct these fields and send it again: {named}.", {"fields": fields})


async def _handle(request: Request, error: Exception) -> Response:
    return respond(request, to_problem(error), error)


def respond(request: Request, problem: Problem, error: Exception | None = None) -> Response:
    """The envelope under /api and for programs; a page, or the way to sign in, for browsers."""
    if not wants_page(request):
        body = {
            "error": {
                "code": problem.code,
                "message": problem.message,
                "details": dict(problem.details),
                "reference": problem.reference,
            }
        }
        return JSONResponse(body, problem.status, dict(problem.headers))
    if (way := _way_to_prove(request, error)) is not None:
        return way
    page: ErrorPage = request.app.state.error_page
    try:
        response = page(request, problem)
    except Exception:
        log.exception("the error page failed", reference=problem.reference)
        response = _plain_page(request, problem)
    response.headers.update(problem.headers)
    return response


def _way_to_prove(request: Request, error: Exception | None) -> Response | None:
    """To the form that is missing (sign in, confirm, second factor), and from there back to where they were."""
    reads = request.method in {"GET", "HEAD"}
    live = "hx-request" in request.headers  # a live part of a page: the page goes to the form, not the form into it
    if live:
        here = urlsplit(request.headers.get("hx-current-url", "")).path or "/"
    elif reads:
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    else:
        here = urlsplit(request.headers.get("referer", "")).path or "/"
    back = quote(here, safe="/")
    match error:
        case ReauthenticationRequired():
            parked = error.details.get("parked")
            target = f"/sign-in/again?next={back}" + (f"&parked={parked}" if parked else "")
        case SecondFactorRequired():
            target = f"/account/security?needed=1&next={back}"
        case SignInRequired() if reads:
            target = f"/sign-in?next={back}"
        case _:
            return None
    if live:
        return Response(status_code=401, headers={"HX-Redirect": target})
    return RedirectResponse(target, 303)


def wants_page(request: Request) -> bool:
    path = request.url.path
    return not path.startswith(("/api/", "/webhooks/")) and "text/html" in request.headers.get("accept", "")


def _plain_page(_request: Request, problem: Problem) -> Response:
    return HTMLResponse(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>ArtisanConnect</title><h1>{escape(problem.message)}</h1>"
        f"<p>Reference {escape(problem.reference)}. <a href='/'>Back to the shop</a>",
        problem.status,
    )


class CatchAll:
    """Outside the framework's own handlers: whatever escapes them still becomes an answer with a reference."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, watch)
        except Exception as error:
            problem = to_problem(error)
            if started:  # too late to say anything else: the connection has to break
                raise
            await respond(Request(scope, receive), problem, error)(scope, receive, send)
