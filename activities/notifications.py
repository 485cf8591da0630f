"""Sends mails about orders and payments. Ids come in; names, addresses and sums are loaded here and stay out of the
history. What a mail says is in `activities.mail_texts`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from babel.dates import format_date
from babel.numbers import format_currency
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities import commission_mails
from activities.boundary import translates_errors
from activities.commission_texts import TEXTS as COMMISSION_TEXTS
from activities.mail_texts import REFUND_REASONS, TEXTS, fill
from core.database import Database
from models.errors import InvalidInput, NotFound
from models.ports import Mail, Mailer
from models.repositories import orders, parcels, privacy_erasures, refund_requests, refunds
from models.tables.refunds import Refund
from models.types import CURRENCY_DECIMALS, Money

LOCALE = "en_US"

TO_CHECKOUTS_BUYER = frozenset({"order_confirmed", "checkout_voided"})
TO_BUYER = frozenset({"order_accepted", "order_declined", "ship_by_missed", "piece_unsent", "cancellation_refused"})
TO_BUYER_ABOUT_PARCEL = frozenset({"order_shipped", "order_delivered", "order_overdue"})
TO_BUYER_ABOUT_REFUND = frozenset({"order_refunded", "refund_pending", "refund_failed"})
TO_BUYER_ABOUT_REQUEST = frozenset(
    {
        "refund_offered",
        "refund_denied_by_maker",
        "refund_in_review",
        "refund_in_review_again",
        "return_asked",
        "refund_closed",
    }
)
TO_ARTISAN_ABOUT_REQUEST = frozenset({"refund_asked", "refund_agreed_shop", "return_sent", "refund_closed_shop"})
TO_ARTISAN = frozenset(
    {
        *("order_received", "accept_reminder", "order_lapsed", "ship_by_missed_shop", "funds_released"),
        *("cancellation_asked", "order_cancelled_shop", "piece_unsent_shop"),
    }
)


@dataclass(frozen=True)
class Notify:
    kind: str
    """One of the texts in `activities.mail_texts`."""
    subject_id: str
    """What it is about: a checkout, an order, a parcel, a refund's operation, or a request, as the kind asks for."""
    key: str
    """`<workflow id>/<step>`: the mail service sends it once."""


class NotificationActivities:
    """Dependencies: the database (read only), the mail service, our public address."""

    def __init__(self, database: Database, mailer: Mailer, public_url: str) -> None:
        self._database = database
        self._mailer = mailer
        self._public_url = public_url.rstrip("/")

    def all(self) -> list[Callable[..., Any]]:
        """What a worker registers."""
        return [self.notify]

    @activity.defn(name="notifications.notify")
    @translates_errors
    async def notify(self, step: Notify) -> None:
        """Raises `InvalidInput` for a kind that has no text, `NotFound` for a subject that does not exist."""
        async with self._database.transaction() as session:
            whom, to, link, values = await self._about(session, step)
            if not to or await privacy_erasures.is_under_way(session, whom):
                return  # erased since, or just now: there is nobody left to tell
        words = COMMISSION_TEXTS if step.kind in COMMISSION_TEXTS else TEXTS
        subject, text, html = fill(words[step.kind], values, f"{self._public_url}{link}")
        await self._mailer.send(Mail(to=to, subject=subject, text=text, html=html, tag=step.kind), key=step.key)

    async def _about(self, session: AsyncSession, step: Notify) -> tuple[str, str, str, Mapping[str, str]]:
        """Recipient, their address, path of the page it leads to, and the values of its blanks."""
        if step.kind in COMMISSION_TEXTS:
            return await commission_mails.about(session, step.kind, step.subject_id)
        if step.kind in TO_CHECKOUTS_BUYER:
            return await _about_checkout(session, step)
        if step.kind in TO_BUYER or step.kind in TO_ARTISAN:
            known = await orders.contacts(session, step.subject_id)
            extra: dict[str, str] = {}
        elif step.kind in TO_BUYER_ABOUT_PARCEL:
            parcel = await parcels.get_parcel(session, step.subject_id)
            if parcel is None:
                raise NotFound("This parcel does not exist.")
            known = await orders.contacts(session, parcel.order_id)
            extra = {"courier": parcel.courier.capitalize(), "tracking": parcel.tracking_number}
        elif step.kind in TO_BUYER_ABOUT_REFUND:
            refund = await refunds.get(session, step.subject_id)
            known = await orders.contacts(session, refund.order_id)
            extra = {
                **await _amount_and_where(session, refund, came_back=step.kind == "refund_failed"),
                "why": REFUND_REASONS.get(refund.reason, ""),
            }
        elif step.kind in TO_BUYER_ABOUT_REQUEST or step.kind in TO_ARTISAN_ABOUT_REQUEST:
            request = await refund_requests.get(session, step.subject_id)
            known = await orders.contacts(session, request.order_id)
            extra = {
                "asked": _money(Money(request.asked_minor, request.currency)),
                "offered": _money(Money(request.offered_minor or 0, request.currency)),
                "agreed": _money(Money(request.agreed_minor or 0, request.currency)),
            }
        else:
            raise InvalidInput(f"There is no mail of the kind {step.kind!r}.")
        order = known.order
        to_artisan = step.kind in TO_ARTISAN or step.kind in TO_ARTISAN_ABOUT_REQUEST
        values = {
            "name": known.artisan_name if to_artisan else known.buyer_name,
            "shop": known.shop_name,
            "number": order.number,
            "total": _money(Money(order.total_minor, order.currency)),
            "ship_by": _date(order.ship_by),
            **extra,
        }
        if to_artisan:
            return known.artisan_id, known.artisan_email, f"/studio/orders/{order.id}", values
        return order.buyer_id, known.buyer_email, f"/orders/{order.id}", values


async def _amount_and_where(session: AsyncSession, refund: Refund, *, came_back: bool) -> dict[str, str]:
    """What goes to the card, and what becomes store credit again. Credit never comes back: where the bank returns a
    refund, only the card's part is told of, and sent again."""
    whole = refund.amount_minor
    if not came_back and refund.tries <= 1:
        whole = await refunds.whole_minor(session, refund)
    credited = whole - refund.amount_minor
    to_card, to_credit = (_money(Money(minor, refund.currency)) for minor in (refund.amount_minor, credited))
    where = "your store credit" if refund.to_credit else "the card that you paid with"
    if credited:
        where = f"the card that you paid with ({to_card}) and your store credit ({to_credit})"
    return {"refund": _money(Money(whole, refund.currency)), "where": where}


async def _about_checkout(session: AsyncSession, step: Notify) -> tuple[str, str, str, Mapping[str, str]]:
    paid = await orders.confirmation(session, step.subject_id)
    values = {
        "name": paid.buyer_name,
        "total": _money(paid.total),
        "orders": ", ".join(f"{number} from {shop}" for _, number, shop in paid.orders),
    }
    link = "/orders" if step.kind == "order_confirmed" else "/cart"
    return paid.buyer_id, paid.buyer_email, link, values


def _money(amount: Money) -> str:
    return format_currency(
        Decimal(amount.minor).scaleb(-CURRENCY_DECIMALS[amount.currency]), amount.currency, locale=LOCALE
    )


def _date(at: datetime) -> str:
    return format_date(at.date(), format="long", locale=LOCALE)
