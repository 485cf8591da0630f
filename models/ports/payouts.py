"""Money out: connected accounts of artisans, transfers to them, and their payouts to a bank.

A refund does not reverse a transfer at the provider, and a transfer is no payout: each is its own call, its own key and
its own look-up. Lookups list and match our operation id in the metadata; none of them searches an index that lags.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from models.types import Money


@dataclass(frozen=True, slots=True)
class ConnectedAccount:
    """An artisan's account at the provider, as the provider sees it now."""

    id: str
    country: str
    """ISO 3166-1 alpha-2."""
    transfers_enabled: bool
    payouts_enabled: bool
    requirements_due: tuple[str, ...] = ()
    """The provider's own names of what it still wants from the artisan, those past due first."""
    due_by: datetime | None = None
    """When the provider pauses the account over them."""
    disabled_reason: str = ""
    bank_last_four: str = ""
    currencies: tuple[str, ...] = ()
    """ISO 4217 codes that its bank accounts take; empty while it has none."""
    banks: Mapping[str, str] = field(default_factory=dict)
    """The provider's id of the bank account that payouts in a currency go to."""


@dataclass(frozen=True, slots=True)
class BankDetails:
    """Where a connected account pays out to. Goes to the provider and nowhere else."""

    holder: str
    country: str
    currency: str
    iban: str = ""
    routing_number: str = ""
    account_number: str = ""

    def __repr__(self) -> str:
        return f"BankDetails({self.country}, {self.currency})"  # its numbers never reach a log or a traceback


@dataclass(frozen=True, slots=True)
class Transfer:
    """Money moved from our balance to a connected account's."""

    id: str
    account_id: str
    amount: Money
    reversed: Money
    operation: str


@dataclass(frozen=True, slots=True)
class Reversal:
    """Money moved back from a connected account."""

    id: str
    transfer_id: str
    amount: Money
    operation: str


class PayoutState(StrEnum):
    PENDING = "pending"
    IN_TRANSIT = "in_transit"
    PAID = "paid"  # the bank has taken it; it may still send it back for days
    FAILED = "failed"  # also after PAID: the bank returned it, and the money is in the connected account again
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class ProviderPayout:
    """Money on its way from a connected account to the artisan's bank."""

    id: str
    account_id: str
    amount: Money
    state: PayoutState
    operation: str
    arrival: date
    failure: str = ""
    """The provider's code, such as `account_closed`; empty unless it failed."""


@dataclass(frozen=True, slots=True)
class ProviderBalance:
    """By currency; `pending` becomes `available` in time. Negative when more went out than came in."""

    available: Sequence[Money]
    pending: Sequence[Money]

    def available_in(self, currency: str) -> Money:
        return next((money for money in self.available if money.currency == currency), Money(0, currency))


class PayoutGateway(Protocol):
    """Moves money out. `PartnerRefused.code` says why: `balance_insufficient` (ours, or the connected account's: wait),
    `account_closed`, `region` (this account may not be sent money from here), `payouts_disabled`, `no_bank_account`,
    `bank_account` (the details are wrong), else the provider's own."""

    async def create_account(self, shop_id: str, country: str, currency: str, *, key: str) -> ConnectedAccount:
        """With payouts manual. `shop_id` stands in its metadata."""
        ...

    async def find_account(self, shop_id: str, *, since: datetime) -> ConnectedAccount | None:
        """The first one made for the shop, among those made since then."""
        ...

    async def get_account(self, account_id: str) -> ConnectedAccount:
        """Raises `NotFound`."""
        ...

    async def account_link(self, account_id: str, *, return_url: str, refresh_url: str) -> str:
        """The provider's page where the artisan gives what it wants. Works once, for minutes; never stored."""
        ...

    async def set_bank_account(self, account_id: str, bank: BankDetails, *, key: str) -> ConnectedAccount:
        """In place of the one before. Raises `PartnerRefused` (`bank_account`) for details that no bank has."""
        ...

    async def close_account(self, account_id: str, *, key: str) -> None:
        """For good: the provider forgets its holder and their bank. Done already is done; nothing brings it back.
        Raises `PartnerRefused` (`balance_not_zero`) while money lies there."""
        ...

    async def transfer(self, account_id: str, amount: Money, *, group: str, operation: str, key: str) -> Transfer: ...

    async def find_transfer(self, account_id: str, *, group: str, operation: str) -> Transfer | None: ...

    async def reverse(self, transfer_id: str, amount: Money, *, operation: str, key: str) -> Reversal: ...

    async def find_reversal(self, transfer_id: str, *, operation: str) -> Reversal | None: ...

    async def pay_out(
        self, account_id: str, amount: Money, *, operation: str, key: str, destination: str = ""
    ) -> ProviderPayout:
        """`destination` is the provider's id of the bank account that is meant. Raises `PartnerRefused`
        (`bank_changed`) when the account has another one by now."""
        ...

    async def find_payout(self, account_id: str, *, since: datetime, operation: str) -> ProviderPayout | None:
        """Among those created since then."""
        ...

    async def get_payout(self, account_id: str, payout_id: str) -> ProviderPayout:
        """Raises `NotFound`."""
        ...

    async def balance(self, account_id: str | None = None) -> ProviderBalance:
        """Ours, or a connected account's."""
        ...
