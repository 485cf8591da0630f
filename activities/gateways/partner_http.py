"""What the JSON gateways share: one pool of connections, keyed writes, and partner answers turned into our errors.

Owns no partner's vocabulary. Messages name the partner and our reference, never what the partner wrote: that may hold
personal data.
"""

import re
import ssl
from typing import Any

import httpx

from activities.gateways.keys import keys_for
from core import clock
from models.errors import InvalidInput, NotFound, PartnerRefused, PartnerUnavailable
from models.ports import Forgotten

_PATH = re.compile(r"(/[A-Za-z0-9_-][A-Za-z0-9_.~-]*)+")


class PartnerHttp:
    """One partner's HTTP API with a bearer key. Made once a process; `aclose` when it drains."""

    def __init__(
        self,
        partner: str,
        base_url: str,
        api_key: str,
        *,
        connect: float = 2.0,
        read: float = 8.0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._partner = partner
        self._client = httpx.AsyncClient(
            base_url=base_url.rstrip("/"),
            headers={"Authorization": f"Bearer {api_key}"},
            timeout=httpx.Timeout(read, connect=connect),
            # A partner may not send us, and our key, anywhere else.
            follow_redirects=False,
            trust_env=False,
            verify=tls or True,
        )

    async def aclose(self) -> None:
        await self._client.aclose()

    async def get(self, path: str, **params: str) -> dict[str, Any]:
        return self._body(await self._send("GET", path, params=params))

    async def post(self, path: str, body: dict[str, Any], *, key: str | None = None) -> dict[str, Any]:
        """Raises as `_body` does. Where the partner remembers a crash for the key, the next one is taken: whether the
        crashed request had done its work is the partner's to know, by our reference in the body."""
        if key is None:
            return self._body(await self._send("POST", path, json=body))
        for with_key in keys_for(key, clock.now()):
            response = await self._send("POST", path, json=body, key=with_key)
            if response.status_code < 500 or response.headers.get("Idempotent-Replayed") != "true":
                return self._body(response)
        raise PartnerUnavailable(f"{self._partner} keeps failing at this request. It will be asked again.")

    async def _send(self, method: str, path: str, *, key: str | None = None, **content: Any) -> httpx.Response:
        if not _PATH.fullmatch(path):
            # A path may hold what a partner named, such as a tracking number: nothing in it may lead elsewhere.
            raise InvalidInput(f"This is no path at {self._partner}.")
        headers = {"Idempotency-Key": key} if key is not None else {}
        try:
            return await self._client.request(method, path, headers=headers, **content)
        except httpx.TransportError as error:
            raise PartnerUnavailable(f"{self._partner} did not answer. It will be asked again.") from error

    def _body(self, response: httpx.Response) -> dict[str, Any]:
        status, code = response.status_code, ""
        try:
            body = response.json()
            if not isinstance(body, dict):
                raise ValueError
        except ValueError as error:
            raise PartnerUnavailable(
                f"{self._partner} answered with something unreadable (status {status}). It will be asked again."
            ) from error
        if response.is_success:
            return body
        if isinstance(problem := body.get("error"), dict):
            code = str(problem.get("code", ""))[:60]
        if status in {401, 403}:
            # Our configuration is wrong, which says nothing about the request: it waits until somebody mends the key.
            raise PartnerUnavailable(f"{self._partner} does not accept our key. An operator must correct it.")
        if status >= 500 or status in {408, 425, 429} or code == "idempotency_key_in_use":
            raise PartnerUnavailable(f"{self._partner} cannot answer now (status {status}). It will be asked again.")
        if status == 404:
            raise NotFound(f"{self._partner} does not know what was asked for.", partner=self._partner)
        raise PartnerRefused(f"{self._partner} refused the request ({code or status}).", code=code)


def forgotten(partner: str, answer: dict[str, Any]) -> Forgotten:
    """A partner's receipt. Raises `PartnerUnavailable` for one that can't be read."""
    try:
        return Forgotten(count=int(answer["count"]), reference=str(answer["id"])[:100])
    except (KeyError, TypeError, ValueError) as error:
        raise PartnerUnavailable(f"{partner} answered with something unreadable. It will be asked again.") from error
