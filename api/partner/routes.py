"""The partners' routes. What a client is bound to bounds what it meets: another's answers like what is not there."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from api.access import CurrentPartner, access
from api.dependencies import CurrentParts, CurrentReads, Session
from api.errors import error_responses
from api.money import money
from api.partner.schemas import After, OrderTotals, ParcelEvent, PartnerOrdersView, PartnerOrderView
from api.webhooks.inbox import COURIER
from api.webhooks.routes import Received, check_attempt, keep
from models.errors import Forbidden, NotFound
from models.ports import CourierEvent
from models.repositories import inbox, parcels, partner_orders
from models.repositories.partner_orders import PartnerOrder

PER_PAGE = 100
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)

router = APIRouter(prefix="/api/v1/partner", tags=["partners"])


@router.post(
    "/parcels/{tracking_number}/events",
    status_code=202,
    summary="Report what happened to a parcel",
    responses=error_responses(400, 401, 403, 404, 409, 422),
    dependencies=[access("partner", "high", owns="any", scope="parcels:report")],
)
async def report(
    tracking_number: str, body: ParcelEvent, partner: CurrentPartner, session: Session, parts: CurrentParts
) -> Received:
    """For couriers, about parcels that they were given. Goes the same way as their signed callbacks."""
    known = await parcels.find_tracked(session, tracking_number[:60])
    own = [parcel for parcel in known if parcel.courier == partner.courier]
    if not own or partner.courier is None:
        raise NotFound("You have no parcel with this tracking number.")
    event = CourierEvent(
        event_id=body.id,
        courier=partner.courier,
        tracking_number=tracking_number,
        type=body.type,
        attempt=body.attempt,
        occurred_at=body.occurred_at,
        reason=body.reason,
        location=body.location,
    )
    check_attempt(own[0], event)
    payload = {"occurred_at": event.occurred_at.isoformat(), "reason": event.reason, "location": event.location}
    stored = inbox.NewEvent(
        f"{COURIER}{event.courier}", event.event_id, event.type, event.tracking_number, payload, event.attempt
    )
    await keep(session, parts, stored, concerns_nobody=event.outcome is None)
    return Received()


@router.get(
    "/orders",
    summary="Your shop's orders",
    responses=error_responses(401, 403, 422),
    dependencies=[access("partner", "medium", owns="any", scope="orders:read")],
)
async def orders(
    partner: CurrentPartner,
    reads: CurrentReads,
    after: Annotated[After, Query(description="`next` of the page before")] = "",
    placed_since: Annotated[AwareDatetime | None, Query(description="Leave out what was placed earlier")] = None,
) -> PartnerOrdersView:
    """For a shop's customer records, oldest first. Says nothing about who bought: no name, no address."""
    if partner.shop_id is None:
        raise Forbidden("Your client is not bound to a shop.")
    found = await partner_orders.orders_of(
        reads, partner.shop_id, after=after, since=placed_since or LONG_AGO, number=PER_PAGE + 1
    )
    shown = found[:PER_PAGE]
    return PartnerOrdersView(
        items=[_view(order) for order in shown], next=shown[-1].id if len(found) > PER_PAGE else None
    )


def _view(order: PartnerOrder) -> PartnerOrderView:
    return PartnerOrderView(
        id=order.id,
        number=order.number,
        status=order.status,
        placed_at=order.placed_at,
        ship_by=order.ship_by,
        totals=OrderTotals(
            items=money(order.items_minor, order.currency),
            shipping=money(order.shipping_minor, order.currency),
            tax=money(order.tax_minor, order.currency),
            total=money(order.total_minor, order.currency),
            refunded=money(order.refunded_minor, order.currency),
        ),
    )
