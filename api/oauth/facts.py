"""What an OAuth request brings, what we look up before it is decided, and what is written after it was.

The decision between the two is Authlib's (`server`), which is synchronous and asks for nothing meanwhile.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote

from activities.signing_keys import Signer
from models.repositories.oauth_clients import ClientRow
from models.repositories.oauth_grants import CodeRow, RefreshRow
from models.repositories.people import PersonRow

CODE_LASTS = timedelta(seconds=60)
ACCESS_LASTS = timedelta(minutes=15)
TOKEN, AUTHORISE, REVOKE = "/oauth/token", "/oauth/authorize", "/oauth/revoke"


@dataclass(frozen=True, slots=True)
class Sent:
    """One request to an OAuth endpoint: its form, or the query of the authorization endpoint."""

    method: str
    uri: str
    parameters: Sequence[tuple[str, str]]
    authorization: str = ""

    def get(self, name: str) -> str:
        """Empty when it is missing. The first of several: whoever minds them counts `parameters`."""
        return next((value for key, value in self.parameters if key == name), "")

    @property
    def doubled(self) -> str | None:
        """A parameter that came more than once, which RFC 6749 forbids (3.1, 3.2)."""
        names = [name for name, _ in self.parameters]
        return next((name for name in names if names.count(name) > 1), None)

    @property
    def basic(self) -> tuple[str, str] | None:
        """Client id and secret of `Authorization: Basic`; None when there is none that can be read."""
        scheme, _, value = self.authorization.partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            name, colon, secret = base64.b64decode(value.strip(), validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            return None
        return (unquote(name), unquote(secret)) if colon else None

    @property
    def client_id(self) -> str:
        return self.get("client_id") or (self.basic or ("", ""))[0]


@dataclass(frozen=True, slots=True)
class Proven:
    """How whoever allows an app has proved who they are: their app is exactly as sure of it as we are."""

    person_id: str
    authenticated_at: datetime
    second_factor: bool
    methods: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a decision may rest on. A client that was revoked is no fact any more."""

    issuer: str
    now: datetime
    client: ClientRow | None = None
    proven: Proven | None = None
    code: CodeRow | None = None
    refresh: RefreshRow | None = None
    lapsed: bool = False
    """The person of the refresh token has to prove again who they are."""
    person: PersonRow | None = None
    grant_of_token: str | None = None
    """The session that a token to be revoked belongs to."""
    signer: Signer | None = None


@dataclass(frozen=True, slots=True)
class Tokens:
    access: str
    refresh: str
    scopes: tuple[str, ...]


@dataclass(slots=True)
class Outcome:
    """What has to be written; nothing of it is yet."""

    new_code: CodeRow | None = None
    opened: Tokens | None = None
    continued: Tokens | None = None
    replayed: CodeRow | None = None
    """A code that was exchanged before: what it gave ends."""
    reused: RefreshRow | None = None
    """A refresh token that was used before: its whole family ends."""
    lapsed: RefreshRow | None = None
    ended: str | None = None
    """A session that its app gives up."""


@dataclass(slots=True)
class Answer:
    """What Authlib answers, before it is a response."""

    status: int
    body: dict[str, Any] | str
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def location(self) -> str:
        return self.headers.get("Location", "")

    @location.setter
    def location(self, to: str) -> None:
        self.headers["Location"] = to
