"""Stripe's balance transactions behind the `ProviderBooks` port: what it has booked, page by page. Reads only."""

import ssl
from datetime import UTC, datetime
from typing import Any

import stripe

from activities.gateways.stripe_payouts import asked
from activities.gateways.trust import StripeHttp, close
from models.ports import BookedTransaction, TransactionPage
from models.types import CURRENCY_DECIMALS, Money

PAGE = 100
_TYPES = {"transfer_refund": "transfer_reversal", "stripe_fee": "fee", "payout_cancel": "payout_failure"}
"""Where the port has another word for it; all others are Stripe's own."""
_REFERENCES = ("operation", "checkout")
"""Under which of these our id stands in an object's metadata."""


class StripeTransactions:
    """One client and one pool of connections for the whole process; `aclose` when it drains."""

    def __init__(
        self,
        secret_key: str,
        *,
        api_base: str,
        connect: float = 2.0,
        read: float = 10.0,
        tls: ssl.SSLContext | None = None,
        http: stripe.HTTPXClient | None = None,
    ) -> None:
        self._http = http or StripeHttp(tls, connect=connect, read=read)
        self._client = stripe.StripeClient(
            secret_key,
            base_addresses={"api": api_base.rstrip("/")},
            http_client=self._http,
            # Temporal repeats.
            max_network_retries=0,
        )

    async def aclose(self) -> None:
        await close(self._http)

    async def transactions(
        self, *, since: datetime, before: datetime, cursor: str = "", account_id: str | None = None
    ) -> TransactionPage:
        """The latest first. The cursor is the last transaction's id, which new ones don't move.

        What a connected account is sent stands in its own books as `payment`, whose source is our transfer; what is
        taken back, as `payment_refund`, whose source is the reversal. Neither has a reference of ours.
        """
        params: Any = {
            "created": {"gte": int(since.timestamp()), "lt": int(before.timestamp())},
            "limit": PAGE,
            "expand": ["data.source"],
            **({"starting_after": cursor} if cursor else {}),
        }
        options: Any = {"stripe_account": account_id} if account_id else {}
        page = await asked(lambda: self._client.v1.balance_transactions.list_async(params, options))
        booked = [_booked(line) for line in page.data if line.currency.upper() in CURRENCY_DECIMALS]
        return TransactionPage(booked, page.data[-1].id if page.has_more else "")


def _booked(line: stripe.BalanceTransaction) -> BookedTransaction:
    currency = line.currency.upper()
    source = line.source
    return BookedTransaction(
        id=line.id,
        type=_TYPES.get(line.type, line.type),
        amount=Money(line.amount, currency),
        fee=Money(line.fee, currency),
        net=Money(line.net, currency),
        source=_source(source),
        reference=_reference(getattr(source, "metadata", None)),
        created_at=datetime.fromtimestamp(line.created, UTC),
        available_on=datetime.fromtimestamp(line.available_on, UTC),
    )


def _source(source: Any) -> str:
    """Of a payment that arrived at a connected account, the transfer that sent it."""
    if source is None or isinstance(source, str):
        return source or ""
    sent = getattr(source, "source_transfer", None) or getattr(source, "source_transfer_reversal", None)
    return str(getattr(sent, "id", sent) or source.id)


def _reference(metadata: Any) -> str:
    if metadata is None:
        return ""
    return next((str(metadata[name]) for name in _REFERENCES if name in metadata), "")
