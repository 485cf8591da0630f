"""Outside accounts, and passwords that have become known."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class OutsideAttempt:
    """One attempt to sign in with an outside provider. The first three values are random and told to nobody else."""

    state: str
    nonce: str
    verifier: str
    redirect_uri: str
    begun_at: datetime
    again: bool = False
    """Somebody proves again who they are: the provider must ask, whatever it remembers."""


@dataclass(frozen=True, slots=True)
class OutsideAnswer:
    """What the provider sent the browser back with."""

    code: str
    issuer: str = ""
    """Its `iss`, empty where it sent none."""


@dataclass(frozen=True, slots=True)
class OutsideIdentity:
    """Who somebody is at an outside provider. `issuer` and `subject` together never change and name one person."""

    issuer: str
    subject: str
    email: str
    email_verified: bool
    name: str
    logged_in_at: datetime | None = None


class BreachedPasswords(Protocol):
    """Passwords that have become known somewhere. Only the first five hexadecimal digits of a SHA-1 are told."""

    async def range(self, prefix: str) -> Mapping[str, int]:
        """The other 35 digits, in capitals, of every known password whose hash begins so, and how often it was seen.
        Raises `PartnerUnavailable`."""
        ...


class IdentityProvider(Protocol):
    """An outside account that people sign in with. `code` names it in addresses and rows, `name` on buttons."""

    code: str
    name: str

    async def authorisation_url(self, attempt: OutsideAttempt) -> str:
        """Where the browser goes. Raises `PartnerUnavailable`, `PartnerRefused`."""
        ...

    async def identify(self, attempt: OutsideAttempt, answer: OutsideAnswer) -> OutsideIdentity:
        """Exchanges the code, once. Raises `PartnerRefused` for an answer that does not hold (its `code` says why),
        `PartnerUnavailable` when the provider can't be reached."""
        ...
