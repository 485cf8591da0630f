"""Partners that forget people, and the journal of whom we have forgotten."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Forgotten:
    """A partner's word that it has erased somebody."""

    count: int
    """Of its records."""
    reference: str
    """Its own id of the erasure."""


@dataclass(frozen=True, slots=True)
class Redaction:
    """The provider's job of forgetting a customer. Irreversible once it is `done`."""

    id: str
    done: bool


class PayerPrivacy(Protocol):
    """Makes the payment provider forget who paid. Amounts, dates and the money itself stay."""

    async def begin(self, payment_ids: Sequence[str], intent_ids: Sequence[str], *, key: str) -> Redaction:
        """Asks for it; the same key asks once. What belongs to these payments (charges, events) is included."""
        ...

    async def follow(self, redaction_id: str, *, key: str) -> Redaction:
        """Where it stands, carried on where the provider waits for our word. Raises `PartnerRefused` when the provider
        will not do it as things stand: a payment may still be in dispute."""
        ...


@dataclass(frozen=True, slots=True)
class Tombstone:
    """That somebody was erased, by opaque ids."""

    person_id: str
    erasure_id: str
    at: datetime


class ErasureJournal(Protocol):
    """Who has been erased, kept outside of the database and its backups: a backup that is restored brings people back,
    and this tells whom to erase again."""

    async def add(self, tombstone: Tombstone) -> None:
        """Durable when it returns. The same one twice does no harm."""
        ...

    async def withdraw(self, erasure_id: str) -> None:
        """This erasure was put off after all: whoever stood here for it is still with us. None there is no error."""
        ...

    async def all(self) -> Sequence[Tombstone]:
        """Oldest first."""
        ...
