"""Mail: `/mail/v1/messages` for the product, `/mail/` for people. Owns messages and how they are shown."""

import re
import secrets
import time
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from deploy.sandbox.config import SandboxConfig
from deploy.sandbox.door import Call, Door
from deploy.sandbox.pages import Pages
from deploy.sandbox.plain import PlainManners, refuse, serve, text
from deploy.sandbox.store import Store

Body = dict[str, Any]
MANNERS = PlainManners("mail")
SHOWN = 50
MOST_HEADERS = 20
HEADER_NAME = re.compile(r"[A-Za-z0-9-]{1,76}")
HEADER_VALUE = re.compile(r"[ -~]{1,998}")
OURS = {"to", "from", "subject", "date", "message-id", "content-type", "mime-version"}


class MailRoutes:
    def __init__(self, store: Store, config: SandboxConfig, door: Door, pages: Pages) -> None:
        self._store = store
        self._config = config
        self._door = door
        self._pages = pages

    def routes(self) -> list[Route]:
        return [
            Route("/mail/v1/messages", self.send, methods=["POST"]),
            Route("/mail/v1/messages", self.messages, methods=["GET"]),
            Route("/mail/v1/erasures", self.erase, methods=["POST"]),
            Route("/mail/", self.inbox, methods=["GET"]),
            Route("/mail/{id}", self.message, methods=["GET"]),
            Route("/mail/{id}/body", self.body, methods=["GET"]),
        ]

    async def send(self, request: Request) -> Response:
        def work(body: Body, _: Call) -> tuple[int, Body]:
            to = text(body, "to", longest=320)
            if "@" not in to or any(char in to for char in "\r\n"):
                raise refuse(422, "invalid", "to must be one mail address.", field="to")
            message = {
                "id": "msg_" + secrets.token_hex(12),
                "created": int(time.time()),
                "to": to,
                "from": text(body, "from", longest=320, required=False),
                "subject": text(body, "subject", longest=998),
                "text": text(body, "text", longest=500_000),
                "html": text(body, "html", longest=500_000, required=False),
                "tag": text(body, "tag", required=False),
                "headers": _headers(body),
            }
            self._store.put("mail", message, parent=to.lower())
            return 201, {"id": message["id"]}

        return await serve(request, self._door, MANNERS, self._config.mail_api_key, work)

    async def messages(self, request: Request) -> Response:
        query = request.query_params

        def work(_: Body, __: Call) -> tuple[int, Body]:
            limit = query.get("limit", "20")
            if not limit.isdigit() or not 1 <= int(limit) <= 500:
                raise refuse(422, "invalid", "limit must be a whole number from 1 to 500.", field="limit")
            return 200, {"messages": self._found(query.get("to"), query.get("tag"), int(limit))}

        return await serve(request, self._door, MANNERS, self._config.mail_api_key, work)

    async def erase(self, request: Request) -> Response:
        """Forgets an address: every message to it. What was remembered for idempotency keys holds no address."""

        def work(body: Body, _: Call) -> tuple[int, Body]:
            count = self._store.drop("mail", text(body, "address", longest=320).lower())
            return 201, {"id": "era_" + secrets.token_hex(12), "count": count}

        return await serve(request, self._door, MANNERS, self._config.mail_api_key, work)

    def _found(self, to: str | None, tag: str | None, limit: int) -> list[Body]:
        return self._store.page(
            "mail", parent=to.lower() if to else None, limit=limit, matching={"tag": tag} if tag else None
        )

    async def inbox(self, request: Request) -> Response:
        to = request.query_params.get("to", "").strip()
        return self._pages.show("inbox.html", messages=self._found(to or None, None, SHOWN), to=to, shown=SHOWN)

    async def message(self, request: Request) -> Response:
        found = self._store.get("mail", request.path_params["id"])
        if found is None:
            return self._pages.not_found("There is no such message.")
        return self._pages.show("message.html", message=found)

    async def body(self, request: Request) -> Response:
        """The HTML part alone, for the frame: no script, no outside address, not even for pictures."""
        found = self._store.get("mail", request.path_params["id"])
        if found is None or not found["html"]:
            return self._pages.not_found("This message has no HTML part.")
        policy = (
            "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; "
            "img-src data:"
        )
        return HTMLResponse(found["html"], headers={"Content-Security-Policy": policy})


def _headers(body: Body) -> dict[str, str]:
    """Whoever sends may add lines to a message's head, and none that holds another line."""
    given = body.get("headers", {})
    if not isinstance(given, dict) or len(given) > MOST_HEADERS:
        raise refuse(422, "invalid", f"headers must be at most {MOST_HEADERS} names with values.", field="headers")
    for name, value in given.items():
        if not HEADER_NAME.fullmatch(name) or not isinstance(value, str) or not HEADER_VALUE.fullmatch(value):
            raise refuse(422, "invalid", "A header is one line of plain ASCII under a plain name.", field="headers")
        if name.lower() in OURS:
            raise refuse(422, "invalid", f"{name} has a field of its own.", field="headers")
    return dict(given)
