"""Stripe's accounts, transfers and payouts in the words of our ports. Owns no call."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import stripe

from models.ports import ConnectedAccount, PayoutState, ProviderPayout, Reversal, Transfer
from models.types import CURRENCY_DECIMALS, Money

PAYOUT_STATES = {
    "pending": PayoutState.PENDING,
    "in_transit": PayoutState.IN_TRANSIT,
    "paid": PayoutState.PAID,
    "failed": PayoutState.FAILED,
    "canceled": PayoutState.CANCELLED,
}


def account_of(account: stripe.Account) -> ConnectedAccount:
    requirements = account.requirements
    past = list(requirements.past_due or []) if requirements else []
    due = list(requirements.currently_due or []) if requirements else []
    deadline = requirements.current_deadline if requirements else None
    banks = [
        bank
        for bank in (account.external_accounts.data if account.external_accounts else [])
        if isinstance(bank, stripe.BankAccount)
    ]
    default = next((bank for bank in banks if bank.currency == account.default_currency), banks[0] if banks else None)
    return ConnectedAccount(
        id=account.id,
        country=account.country or "",
        transfers_enabled=getattr(account.capabilities, "transfers", None) == "active",
        payouts_enabled=bool(account.payouts_enabled),
        requirements_due=tuple(dict.fromkeys([*past, *due])),
        due_by=datetime.fromtimestamp(deadline, UTC) if deadline else None,
        disabled_reason=(requirements.disabled_reason if requirements else None) or "",
        bank_last_four=default.last4 if default else "",
        currencies=tuple(sorted({bank.currency.upper() for bank in banks})),
        # The one that payouts in its currency go to comes last.
        banks={bank.currency.upper(): bank.id for bank in sorted(banks, key=_is_default)},
    )


def _is_default(bank: stripe.BankAccount) -> bool:
    return bool(getattr(bank, "default_for_currency", False))


def transfer_of(transfer: stripe.Transfer) -> Transfer:
    currency = transfer.currency.upper()
    destination = transfer.destination
    return Transfer(
        id=transfer.id,
        account_id=destination.id if isinstance(destination, stripe.Account) else destination or "",
        amount=Money(transfer.amount, currency),
        reversed=Money(transfer.amount_reversed, currency),
        operation=tag(transfer.metadata, "operation"),
    )


def reversal_of(reversal: stripe.TransferReversal) -> Reversal:
    transfer = reversal.transfer
    return Reversal(
        id=reversal.id,
        transfer_id=transfer if isinstance(transfer, str) else transfer.id,
        amount=Money(reversal.amount, reversal.currency.upper()),
        operation=tag(reversal.metadata, "operation"),
    )


def payout_of(payout: stripe.Payout, account_id: str) -> ProviderPayout:
    return ProviderPayout(
        id=payout.id,
        account_id=account_id,
        amount=Money(payout.amount, payout.currency.upper()),
        state=PAYOUT_STATES.get(payout.status, PayoutState.PENDING),
        operation=tag(payout.metadata, "operation"),
        arrival=datetime.fromtimestamp(payout.arrival_date, UTC).date(),
        failure=payout.failure_code or "",
    )


def amounts(listed: Sequence[Any]) -> list[Money]:
    """Of the currencies that we trade in: a balance may hold others, which are no business of a payout."""
    return [
        Money(amount.amount, amount.currency.upper())
        for amount in listed
        if amount.currency.upper() in CURRENCY_DECIMALS
    ]


def tag(metadata: Any, name: str) -> str:
    """Metadata is an object that knows `in` and `[]`, but is no dict."""
    return str(metadata[name]) if metadata is not None and name in metadata else ""
