"""Asks whether a password has become known, by the range protocol of Have I Been Pwned: five digits of its hash leave
the house, never the password, and padding hides how many there are.

https://haveibeenpwned.com/API/v3#SearchingPwnedPasswordsByRange
"""

import ssl
from collections.abc import Mapping

import httpx

from activities.gateways.bounded_http import BoundedTransport
from models.errors import PartnerUnavailable

PREFIX, REST = 5, 35
SOON = httpx.Timeout(1.5, connect=1.0)
"""Somebody waits with their form; without an answer the password is taken."""


class HttpBreachedPasswords:
    """`base_url` ends before `/range`."""

    def __init__(self, base_url: str, *, tls: ssl.SSLContext | None = None) -> None:
        self._client = httpx.AsyncClient(
            base_url=base_url.rstrip("/"),
            headers={"Add-Padding": "true", "User-Agent": "ArtisanConnect"},
            timeout=SOON,
            transport=BoundedTransport(tls=tls),
            trust_env=False,
            follow_redirects=False,
        )

    async def aclose(self) -> None:
        await self._client.aclose()

    async def range(self, prefix: str) -> Mapping[str, int]:
        """Raises `PartnerUnavailable`, also for an answer that is none."""
        if len(prefix) != PREFIX or not all(digit in "0123456789ABCDEF" for digit in prefix):
            raise ValueError("the first five hexadecimal digits, in capitals")
        try:
            answer = await self._client.get(f"/range/{prefix}")
        except httpx.HTTPError as error:
            raise PartnerUnavailable("The service that knows breached passwords did not answer.") from error
        if answer.status_code != httpx.codes.OK:
            raise PartnerUnavailable("The service that knows breached passwords can't answer now.")
        found: dict[str, int] = {}
        for line in answer.text.splitlines():
            rest, _, times = line.strip().partition(":")
            if len(rest) == REST and times.isdigit() and int(times):  # padding has been seen 0 times
                found[rest.upper()] = int(times)
        return found
