"""The one door of ours that a page of another origin may send to: Temporal's own pages, and only to read payloads.

Owns which origin that is and what its browser is told. Who may read stands in the route's `access`, as everywhere; the
token that our pages send against cross-site requests is replaced by the origin, which no page can choose.
"""

from urllib.parse import urlsplit

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PATH = "/codec/decode"
"""Below `/codec`, which Temporal's pages are told as their codec endpoint."""
_PREFLIGHT = (
    (b"access-control-allow-methods", b"POST"),
    (b"access-control-allow-headers", b"content-type, x-namespace"),
    (b"access-control-max-age", b"600"),
)


def origin_of(url: str) -> str:
    """As a browser writes it into `Origin`."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def sent_by_temporals_pages(request: Request) -> bool:
    """Whether this is their request to read payloads. A browser sets `Origin` itself, and always on such a request."""
    ui_url: str = request.app.state.parts.settings.temporal_ui_url
    return (
        request.method == "POST"
        and request.url.path == PATH
        and request.headers.get("origin", "null") == origin_of(ui_url)
    )


class TemporalPagesOnly:
    """Pure ASGI. Lets the browser show our answers, errors too, to that origin; to any other it says nothing, so that
    other pages neither send nor read."""

    def __init__(self, app: ASGIApp, ui_url: str) -> None:
        self.app = app
        self._origin = origin_of(ui_url).encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != PATH:
            await self.app(scope, receive, send)
            return
        told = [(b"vary", b"Origin")]
        known = (b"origin", self._origin) in scope["headers"]
        if known:
            told += [(b"access-control-allow-origin", self._origin), (b"access-control-allow-credentials", b"true")]
        if known and scope["method"] == "OPTIONS":
            await send({"type": "http.response.start", "status": 204, "headers": [*told, *_PREFLIGHT]})
            await send({"type": "http.response.body", "body": b""})
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *told]
            await send(message)

        await self.app(scope, receive, with_headers)
