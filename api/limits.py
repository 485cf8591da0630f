"""Refuses what no route should have to look at: bodies that are too large, and text that is not UTF-8.

Does not know what routes do, except for the few addresses that take pictures.
"""

import re
from urllib.parse import unquote_to_bytes

from fastapi import Request
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import Problem, respond

BODY = 1_000_000
PICTURE = 8_000_000
PICTURE_BODY = PICTURE + 200_000
"""A picture and the form around it."""
PICTURES_BODY = 5 * PICTURE + 200_000
"""Some pictures and the form around them: what a page of a commission takes at once."""
_TAKES_PICTURES = re.compile(r"^/((api/v1/shop|studio)/listings(/|$)|api/v1/commissions/[^/]+/pictures$)")
_TAKES_SOME_PICTURES = re.compile(
    r"^/(shops/[^/]+/commission|(studio/)?commissions/[^/]+/(milestones/[^/]+/proof|messages))$"
)


class RequestLimits:
    """Pure ASGI. Answers at once when the declared length is too large, else as soon as too much has arrived."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        refused = _refuse_address(scope)
        limit = _limit(scope["path"])
        declared, content_type = 0, b""
        for name, value in scope["headers"]:
            if name == b"content-length":
                declared = int(value) if value.isdigit() else 0
            elif name == b"content-type":
                content_type = value
        if declared > limit:
            refused = _too_large(limit)
        if refused is not None:
            await respond(Request(scope, receive), refused)(scope, receive, send)
            return
        if scope["method"] in {"GET", "HEAD"}:
            await self.app(scope, receive, send)
            return
        body = _Body(receive, limit, is_form=content_type.startswith(b"application/x-www-form-urlencoded"))
        await self.app(scope, body.receive, send)


def _limit(path: str) -> int:
    if _TAKES_PICTURES.match(path):
        return PICTURE_BODY
    return PICTURES_BODY if _TAKES_SOME_PICTURES.match(path) else BODY


class _Body:
    """Counts what arrives. A form is also checked for UTF-8, because the parser would replace what it can't read."""

    def __init__(self, receive: Receive, limit: int, *, is_form: bool) -> None:
        self._receive = receive
        self._limit = limit
        self._seen = 0
        self._form: bytearray | None = bytearray() if is_form else None

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] != "http.request":
            return message
        chunk: bytes = message.get("body", b"")
        self._seen += len(chunk)
        if self._seen > self._limit:
            raise HTTPException(413)  # the one kind that the body parsers let through
        if self._form is not None:
            self._form += chunk
            if not message.get("more_body", False) and _damaged(bytes(self._form)):
                raise HTTPException(400)
        return message


def _too_large(limit: int) -> Problem:
    return Problem(
        413, "too_large", f"This is larger than {limit / 1e6:g} MB. Send something smaller.", {"limit_bytes": limit}
    )


def _refuse_address(scope: Scope) -> Problem | None:
    for part in (scope.get("raw_path") or b"", scope["query_string"]):
        if b"%" in part and _damaged(part):
            return Problem(400, "bad_request", "This address isn't valid UTF-8. Check it and try again.")
        if b"%00" in part:
            return Problem(422, "invalid_input", "This address contains a NUL character. Remove it and try again.")
    return None


def _damaged(escaped: bytes) -> bool:
    try:
        unquote_to_bytes(escaped).decode()
    except UnicodeDecodeError:
        return True
    return False
