"""What Stripe has booked, read by listing: charges, refunds and open payment pages. Reads only; moves no money.

For audits that compare the provider's books with ours as a whole. One payment's own story is `stripe_payments`'.
"""

import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import stripe

from activities.gateways.trust import StripeHttp, close
from models.errors import PartnerUnavailable
from models.types import Money


class ChargeState(StrEnum):
    DECLINED = "declined"
    AUTHORISED = "authorised"  # the money is set aside on the card and not ours
    RELEASED = "released"
    CAPTURED = "captured"


@dataclass(frozen=True, slots=True)
class BookedCharge:
    """One try of a customer to pay. `captured` and `fee` are zero until it is captured."""

    id: str
    reference: str
    """Our checkout id, or the operation of a commission's charge, from the metadata; empty for a charge that is not of
    our making."""
    state: ChargeState
    captured: Money
    fee: Money
    """In the currency that it was settled in."""
    settled: Money | None = None
    """What was captured, as the provider settled it; None where nothing was converted."""

    @property
    def net(self) -> Money:
        """What the provider owes us for it."""
        return (self.settled or self.captured) - self.fee


@dataclass(frozen=True, slots=True)
class BookedRefund:
    id: str
    operation: str
    """Our operation id from the metadata; empty for a refund that somebody made by hand."""
    amount: Money
    failed: bool


@dataclass(frozen=True, slots=True)
class OpenPage:
    """A hosted page on which somebody could still pay."""

    payment_id: str
    reference: str


class StripeBooks:
    """Raises `PartnerUnavailable` whenever Stripe cannot be read; close it with `aclose`."""

    def __init__(
        self,
        secret_key: str,
        *,
        api_base: str,
        connect: float = 2.0,
        read: float = 10.0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._http = StripeHttp(tls, connect=connect, read=read)
        self._client = stripe.StripeClient(
            secret_key,
            base_addresses={"api": api_base.rstrip("/")},
            http_client=self._http,
            # Reading again harms nobody, and nothing else will repeat an audit's question.
            max_network_retries=3,
        )

    async def aclose(self) -> None:
        await close(self._http)

    async def charges(self) -> AsyncIterator[BookedCharge]:
        """All of them, newest first."""
        listed = self._client.v1.charges.list_async({"limit": 100, "expand": ["data.balance_transaction"]})
        async for charge in _each(listed):
            currency = charge.currency.upper()
            booked = charge.balance_transaction
            settled = _settled(booked, Money(0, currency))
            yield BookedCharge(
                id=charge.id,
                reference=_tag(charge.metadata, "checkout") or _tag(charge.metadata, "operation"),
                state=_state(charge),
                captured=Money(charge.amount_captured if charge.captured else 0, currency),
                fee=Money(booked.fee if isinstance(booked, stripe.BalanceTransaction) else 0, settled.currency),
                settled=settled if settled.currency != currency else None,
            )

    async def refunds(self) -> AsyncIterator[BookedRefund]:
        """All of them, newest first."""
        async for refund in _each(self._client.v1.refunds.list_async({"limit": 100})):
            yield BookedRefund(
                id=refund.id,
                operation=_tag(refund.metadata, "operation"),
                amount=Money(refund.amount, refund.currency.upper()),
                failed=refund.status in {"failed", "canceled"},
            )

    async def open_pages(self, since: datetime) -> AsyncIterator[OpenPage]:
        """Of those opened since then. Stripe closes every page after 24 hours by itself."""
        listed = self._client.v1.checkout.sessions.list_async(
            {"limit": 100, "created": {"gte": int(since.timestamp())}}
        )
        async for session in _each(listed):
            if session.status == "open":
                yield OpenPage(session.id, _tag(session.metadata, "checkout"))


async def _each(listed: Any) -> AsyncIterator[Any]:
    try:
        page = await listed
        async for found in page.auto_paging_iter():
            yield found
    except stripe.StripeError as error:
        raise PartnerUnavailable(
            "The payment provider's books cannot be read at the moment. Try again when it answers.",
            code=error.code or "",
        ) from error


def _settled(booked: Any, nothing: Money) -> Money:
    """The gross of a balance transaction, `nothing` where there is none."""
    if not isinstance(booked, stripe.BalanceTransaction):
        return nothing
    return Money(booked.amount, booked.currency.upper())


def _state(charge: stripe.Charge) -> ChargeState:
    if charge.status == "failed":
        return ChargeState.DECLINED
    if charge.captured:
        return ChargeState.CAPTURED
    # Stripe shows a released authorisation as a charge that was refunded without ever having been captured.
    return ChargeState.RELEASED if charge.refunded else ChargeState.AUTHORISED


def _tag(metadata: Any, name: str) -> str:
    return str(metadata[name]) if metadata is not None and name in metadata else ""
