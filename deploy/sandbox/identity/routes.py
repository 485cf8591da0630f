"""A provider's machine-readable side: discovery, keys, tokens, userinfo, and the switches for tests.

Owns HTTP and JSON; `machine` decides, `page` is what people see.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from deploy.sandbox.config import IdentityConfig
from deploy.sandbox.door import Door, Refusal, read_body
from deploy.sandbox.identity.machine import ELSEWHERE, IdentityMachine, OAuthRefusal, Unanswerable
from deploy.sandbox.identity.mischief import WAYS
from deploy.sandbox.identity.page import way_back
from deploy.sandbox.store import Store

Body = dict[str, Any]


def refuse(status: int, error: str, words: str) -> Refusal:
    return Refusal(status, {"error": error, "error_description": words}, remember=False)


@dataclass(frozen=True, slots=True)
class IdentityManners:
    """OAuth 2.0 knows no idempotency keys; whoever sends one is treated as the other partners treat them."""

    realm: str = "identity"

    def key_reused(self, key: str) -> Refusal:
        return refuse(400, "invalid_request", f"The key {key} was first used with other parameters.")

    def key_in_use(self, key: str) -> Refusal:
        return refuse(409, "invalid_request", f"A request with the key {key} is still being worked on.")

    def crashed(self) -> Refusal:
        return refuse(500, "server_error", "Something went wrong on our side.")

    def too_large(self) -> Refusal:
        return refuse(413, "invalid_request", "The body is larger than 1 MB.")


MANNERS = IdentityManners()


class IdentityRoutes:
    def __init__(self, store: Store, door: Door, machine: IdentityMachine) -> None:
        self._store = store
        self._door = door
        self._machine = machine

    def routes(self) -> list[Route]:
        base, control = "/identity/{code}", "/_control/identity/{code}"
        return [
            Route(base + "/.well-known/openid-configuration", self.discovery, methods=["GET"]),
            Route(base + "/jwks", self.jwks, methods=["GET"]),
            Route(base + "/token", self.token, methods=["POST"]),
            Route(base + "/userinfo", self.userinfo, methods=["GET"]),
            Route(control, self.mischief, methods=["GET", "PUT"]),
            Route(control + "/rotate", self.rotate, methods=["POST"]),
            Route(control + "/sign-in", self.sign_in_by_machine, methods=["POST"]),
        ]

    async def discovery(self, request: Request) -> Response:
        return await self._serve(request, lambda provider, _: self._machine.discovery(provider))

    async def jwks(self, request: Request) -> Response:
        return await self._serve(
            request, lambda provider, _: self._machine.keys.published(provider.code, provider.algorithm)
        )

    async def token(self, request: Request) -> Response:
        def work(provider: IdentityConfig, form: dict[str, str]) -> Body:
            self._machine.check_client(provider, request.headers.get("authorization", ""))
            return self._machine.redeem(provider, form)

        return await self._serve(request, work)

    async def userinfo(self, request: Request) -> Response:
        return await self._serve(
            request, lambda provider, _: self._machine.userinfo(provider, request.headers.get("authorization", ""))
        )

    async def mischief(self, request: Request) -> Response:
        provider = self._provider(request)
        if provider is None:
            return _unknown()
        if request.method == "PUT":
            try:
                self._machine.mischief.set(provider.code, (await _json(request)).get("misbehave", []))
            except ValueError as error:
                return JSONResponse({"error": {"message": str(error)}}, 422)
        return JSONResponse({"misbehave": self._machine.mischief.of(provider.code), "ways": WAYS})

    async def rotate(self, request: Request) -> Response:
        """`{"withdraw": true}` takes the older keys out of the published set at once."""
        provider = self._provider(request)
        if provider is None:
            return _unknown()
        withdraw = (await _json(request)).get("withdraw") is True
        with self._store.transaction():
            kid = self._machine.keys.rotate(provider.code, provider.algorithm, withdraw=withdraw)
        return JSONResponse({"kid": kid})

    async def sign_in_by_machine(self, request: Request) -> Response:
        """What a browser would do on the page: `{"url": where it was sent, "email": ..., "name": ...}`."""
        provider, given = self._provider(request), await _json(request)
        if provider is None:
            return _unknown()
        query = {name: values[0] for name, values in parse_qs(urlsplit(str(given.get("url", ""))).query).items()}
        try:
            asked = self._machine.asked(provider, query)
        except Unanswerable as error:
            return JSONResponse({"error": {"message": str(error)}}, 422)
        answer = {"error": self._machine.objection(provider, asked, query)}
        if not answer["error"]:
            with self._store.transaction():
                granted = self._machine.grant(provider, asked, str(given.get("email")), str(given.get("name", "")))
            answer = {"code": granted}
        return JSONResponse({"redirect_url": way_back(self._machine, provider, asked, answer)})

    def _provider(self, request: Request) -> IdentityConfig | None:
        return self._machine.provider(request.path_params["code"])

    async def _serve(self, request: Request, work: Callable[[IdentityConfig, dict[str, str]], Body]) -> Response:
        provider = self._provider(request)
        if provider is None:
            return _unknown()
        if "redirecting" in self._machine.mischief.of(provider.code):
            return RedirectResponse(f"{ELSEWHERE}{request.url.path}", 302)
        try:
            raw = await read_body(request, MANNERS) if request.method == "POST" else b""
        except Refusal as refused:
            return JSONResponse(refused.body, refused.status)
        form = {name: values[0] for name, values in parse_qs(raw.decode("utf-8", errors="replace")).items()}

        def answered() -> tuple[int, Body]:
            try:
                return 200, work(provider, form)
            except OAuthRefusal as refused:
                status = 401 if refused.error in {"invalid_client", "invalid_token"} else 400
                raise refuse(status, refused.error, refused.words) from refused

        target = f"{request.method} {request.url.path}\n".encode()
        fingerprint = hashlib.sha256(target + raw).hexdigest()
        return await self._door.serve(request, MANNERS, fingerprint, lambda _: answered())


async def _json(request: Request) -> Body:
    try:
        given = await request.json()
    except ValueError:
        return {}
    return given if isinstance(given, dict) else {}


def _unknown() -> Response:
    return JSONResponse({"error": "not_found", "error_description": "There is no such provider."}, 404)
