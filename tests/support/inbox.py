"""The mailbox of a stack's people: reads the sandbox's inbox through its own API, as its page does."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

WITHIN = 30.0
LINK = re.compile(r"token=([\w.-]+)")


def token_in(text: str) -> str:
    """Of the link in a letter."""
    found = LINK.search(text)
    assert found is not None, text
    return found[1]


@dataclass(frozen=True)
class Inbox:
    base_url: str
    api_key: str

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Inbox":
        """Of a stack, by what its processes are told."""
        return cls(environment["ARTISAN_MAIL_BASE_URL"], environment["ARTISAN_MAIL_API_KEY"])

    async def letters(self, http: httpx.AsyncClient, to: str, tag: str) -> list[dict[str, Any]]:
        """Newest first."""
        answer = await http.get(
            f"{self.base_url}/messages",
            params={"to": to, "tag": tag},
            headers={"Authorization": f"Bearer {self.api_key}"},
        )
        assert answer.is_success, answer.text
        messages: list[dict[str, Any]] = answer.json()["messages"]
        return messages

    async def token(self, http: httpx.AsyncClient, to: str, tag: str) -> str:
        """Of the link in the newest letter of this kind, as soon as there is one."""
        deadline = asyncio.get_running_loop().time() + WITHIN
        while not (found := await self.letters(http, to, tag)):
            assert asyncio.get_running_loop().time() < deadline, f"no {tag} for {to} within {WITHIN:g} s"
            await asyncio.sleep(0.1)
        return token_in(found[0]["text"])
