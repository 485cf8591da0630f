"""Puts rows and words together into what a page or a program reads. Reads nothing by itself and decides nothing."""

from collections.abc import Iterable, Mapping, Sequence

from api.catalogue.schemas import PictureView
from api.fees.words import fee_text
from api.fulfillment.schemas import (
    AddressView,
    DeskPart,
    FeePart,
    OrderCard,
    OrderLineView,
    OrderView,
    ParcelPieces,
    ParcelView,
    RefundView,
    ScanView,
)
from api.money import MoneyView, money, money_text, money_view
from api.wording import (
    PARCEL_STATUS,
    REFUND_STATE,
    SCANS,
    WHY,
    happened,
    status_label,
    status_text,
    timeline_lines,
    waiting_text,
)
from models.repositories import orders
from models.repositories.inbox import Scan
from models.repositories.parcels import ParcelFacts
from models.rules.refunds import together
from models.tables.orders import Order
from models.tables.processes import Process
from models.tables.refunds import Refund
from models.types import OrderStatus, ParcelStatus, Party, RefundState, TimelineEntry
from workflows.fulfillment.messages import DECLINE_REASONS


def card(row: orders.OrderCard) -> OrderCard:
    status, waiting_on, then = _standing(row.order, row.process)
    return OrderCard(
        id=row.order.id,
        number=row.order.number,
        placed_at=row.order.created_at,
        title=row.title,
        pieces=row.pieces,
        shop_name=row.shop_name,
        shop_slug=row.shop_slug,
        buyer_name=row.buyer_name,
        total=money(row.order.total_minor, row.order.currency),
        status=status,
        status_label=status_label(status),
        waiting_on=waiting_on,
        deadline=row.process.deadline if row.process else None,
        waiting_text=waiting_text(waiting_on, then),
        is_final=row.process.is_final if row.process else False,
    )


def order_view(
    facts: orders.OrderFacts,
    *,
    process: Process | None,
    entries: Sequence[TimelineEntry],
    parcels: Sequence[ParcelFacts],
    scans: Mapping[str, Sequence[Scan]],
    couriers: Mapping[str, str],
    for_artisan: bool,
) -> OrderView:
    """`scans` by parcel id, `couriers` code → name."""
    order = facts.order
    status, waiting_on, then = _standing(order, process)
    told = {entry.what for entry in entries}
    titles = {line.listing_id: line.title for line in facts.lines}
    unpacked, unsent = _unpacked(facts, parcels), _unsent(facts, parcels)
    shipping_over = "shipping_cancelled" in told or status in {*_OVER}
    asked = _is_asked(entries)
    accepted = "order_accepted" in told or order.commission_id is not None
    at_once = not accepted or "ship_by_missed" in told
    shipping_open = accepted and process is not None and "shipping_cancelled" not in told
    return OrderView(
        id=order.id,
        number=order.number,
        commission_id=order.commission_id,
        placed_at=order.created_at,
        shop_id=order.shop_id,
        shop_name=facts.shop.name,
        shop_slug=facts.shop.slug,
        buyer_name=facts.buyer_name,
        address=AddressView(
            name=facts.address.name,
            line1=facts.address.line1,
            line2=facts.address.line2,
            city=facts.address.city,
            region=facts.address.region,
            postal_code=facts.address.postal_code,
            country=facts.address.country,
        ),
        lines=[_line(facts, line.listing_id, unpacked, unsent) for line in facts.lines],
        goods=money(order.items_minor + _discount(facts), order.currency),
        discount=money(_discount(facts), order.currency),
        items=money(order.items_minor, order.currency),
        shipping=money(order.shipping_minor, order.currency),
        tax=money(order.tax_minor, order.currency),
        total=money(order.total_minor, order.currency),
        credit=money(order.credit_minor, order.currency),
        refunded=money(_sum(facts, RefundState.SUCCEEDED), order.currency),
        status=status,
        status_label=status_label(status),
        status_text=status_text(status),
        waiting_on=waiting_on,
        deadline=process.deadline if process else None,
        waiting_text=waiting_text(waiting_on, then),
        money_text=_where_the_money_is(facts, told),
        ship_by=order.ship_by if accepted else None,
        is_final=process.is_final if process else False,
        parcels=[
            _parcel(parcel, titles, scans.get(parcel.parcel.id, ()), couriers, for_artisan=for_artisan)
            for parcel in parcels
        ],
        refunds=[
            RefundView(
                amount=money(refund.amount_minor, refund.currency),
                reason=WHY.get(refund.reason, ""),
                state=refund.state,
                text=_became(refund) if refund.to_credit else REFUND_STATE.get(refund.state, ""),
                at=refund.settled_at or refund.created_at,
            )
            for refund in facts.refunds
        ],
        can_cancel=order.commission_id is None
        and any(unsent.values())
        and not (shipping_over or asked)
        and (at_once or "cancellation_refused" not in told)
        and process is not None,
        cancels_at_once=at_once,
        can_report=order.total_minor > 0 and any(p.parcel.handed_over_at for p in parcels),
        timeline=timeline_lines(entries),
        can_confirm_receipt=any(p.parcel.status == ParcelStatus.HANDED_OVER.value for p in parcels),
        desk=DeskPart(
            **_share(facts),
            fee_parts=[
                FeePart(text=fee_text(part.rule), fee=money(part.fee_minor, order.currency)) for part in facts.fees
            ],
            weight_grams=sum(line.weight_grams * line.quantity for line in facts.lines),
            couriers=dict(couriers),
            decline_reasons={code: WHY[code] for code in DECLINE_REASONS},
            can_accept=status == OrderStatus.AWAITING_ACCEPTANCE.value,
            can_decline=status == OrderStatus.AWAITING_ACCEPTANCE.value,
            can_finish_making=status == OrderStatus.MAKING.value,
            can_pack=shipping_open and any(quantity > 0 for quantity in unpacked.values()),
            can_answer_cancellation=asked,
        )
        if for_artisan
        else None,
    )


def _share(facts: orders.OrderFacts) -> dict[str, MoneyView]:
    """The platform's and the artisan's, in the artisan's currency."""
    order, owed = facts.order, facts.owed
    if owed is not None:
        return {"fee": money(owed.fee_minor, owed.currency), "earnings": money_view(owed.total)}
    earnings = order.items_minor + order.shipping_minor - order.fee_minor
    return {"fee": money(order.fee_minor, order.currency), "earnings": money(earnings, order.currency)}


def parcel_view(
    parcel: ParcelFacts, titles: Mapping[str, str], couriers: Mapping[str, str], scans: Iterable[Scan] = ()
) -> ParcelView:
    return _parcel(parcel, titles, scans, couriers, for_artisan=True)


def _standing(order: Order, process: Process | None) -> tuple[str, str, str]:
    """Status, party and consequence; an order whose process has not written its first line yet has just been paid, or
    finished."""
    if process is None and order.commission_id is not None:
        return OrderStatus.READY_TO_SHIP.value, Party.SYSTEM.value, ""
    if process is None:
        return OrderStatus.AWAITING_ACCEPTANCE.value, Party.SYSTEM.value, ""
    return process.status, process.waiting_on, process.then


def _unpacked(facts: orders.OrderFacts, parcels: Sequence[ParcelFacts]) -> dict[str, int]:
    packed = together(*(p.pieces for p in parcels if p.parcel.status != ParcelStatus.CANCELLED.value))
    return {line.listing_id: line.quantity - line.cancelled - packed.get(line.listing_id, 0) for line in facts.lines}


def _unsent(facts: orders.OrderFacts, parcels: Sequence[ParcelFacts]) -> dict[str, int]:
    sent = together(*(p.pieces for p in parcels if p.parcel.handed_over_at is not None))
    return {line.listing_id: line.quantity - line.cancelled - sent.get(line.listing_id, 0) for line in facts.lines}


_OVER = (OrderStatus.REFUNDING.value, OrderStatus.REFUNDED.value, OrderStatus.COMPLETED.value)
_ASKED = "cancellation_asked"
_ANSWERED = {"cancellation_agreed", "cancellation_refused", "cancellation_lapsed", "cancellation_void"}


def _is_asked(entries: Sequence[TimelineEntry]) -> bool:
    """Whether the artisan has to answer a wish to cancel."""
    return next((entry.what for entry in reversed(entries) if entry.what in {_ASKED, *_ANSWERED}), "") == _ASKED


def _discount(facts: orders.OrderFacts) -> int:
    return sum(line.discount_minor for line in facts.lines)


def _sum(facts: orders.OrderFacts, *states: RefundState) -> int:
    return sum(refund.amount_minor for refund in facts.refunds if refund.state in states)


def _line(
    facts: orders.OrderFacts, listing_id: str, unpacked: Mapping[str, int], unsent: Mapping[str, int]
) -> OrderLineView:
    line = next(line for line in facts.lines if line.listing_id == listing_id)
    picture = facts.pictures.get(listing_id)
    currency = facts.order.currency
    return OrderLineView(
        listing_id=listing_id,
        title=line.title,
        quantity=line.quantity,
        unit_price=money(line.unit_price_minor, currency),
        line_total=money(line.unit_price_minor * line.quantity, currency),
        discount=money(line.discount_minor, currency) if line.discount_minor else None,
        promotion=facts.promotions.get(listing_id, ""),
        picture=PictureView(content_id=picture.content_id, alt=picture.alt, width=picture.width, height=picture.height)
        if picture
        else None,
        unpacked=max(0, unpacked[listing_id]),
        unsent=max(0, unsent[listing_id]),
        sent=line.quantity - line.cancelled - unsent[listing_id],
        cancelled=line.cancelled,
    )


def _parcel(
    facts: ParcelFacts,
    titles: Mapping[str, str],
    scans: Iterable[Scan],
    couriers: Mapping[str, str],
    *,
    for_artisan: bool,
) -> ParcelView:
    parcel = facts.parcel
    return ParcelView(
        id=parcel.id,
        courier=parcel.courier,
        courier_name=couriers.get(parcel.courier, parcel.courier),
        service=parcel.service,
        tracking_number=parcel.tracking_number,
        status=parcel.status,
        status_label=PARCEL_STATUS.get(parcel.status, parcel.status),
        attempt=parcel.attempt,
        pieces=[
            ParcelPieces(listing_id=listing_id, title=titles.get(listing_id, ""), quantity=quantity)
            for listing_id, quantity in facts.pieces.items()
        ],
        handed_over_at=parcel.handed_over_at,
        delivered_at=parcel.delivered_at,
        scans=[
            ScanView(
                at=scan.occurred_at,
                type=scan.type,
                text=SCANS.get(scan.type, "Scanned"),
                location=scan.location,
                reason=scan.reason,
            )
            for scan in scans
        ],
        label_url=parcel.label_url if for_artisan else None,
        can_hand_over=for_artisan and parcel.status == ParcelStatus.LABELLED.value,
    )


def _became(refund: Refund) -> str:
    """Where a part goes to the card, the credit beside it waits until that was sent."""
    return "given back as store credit" if refund.state == RefundState.SUCCEEDED.value else "becomes store credit"


def _credited(facts: orders.OrderFacts, *, already: bool) -> int:
    return sum(
        refund.amount_minor
        for refund in facts.refunds
        if refund.to_credit and (refund.state == RefundState.SUCCEEDED.value) is already
    )


def _where_the_money_is(facts: orders.OrderFacts, told: set[str]) -> str:
    """Only what the provider has confirmed has gone back."""
    order = facts.order
    credited, waits = _credited(facts, already=True), _credited(facts, already=False)
    under_way = _sum(facts, RefundState.SENDING, RefundState.PENDING) - waits
    sums = (
        (_sum(facts, RefundState.SUCCEEDED) - credited, "went back to the buyer's card."),
        (credited, "became store credit again."),
        (under_way, "is on its way back to the buyer's card."),
        (waits, "becomes store credit again."),
        (_sum(facts, RefundState.FAILED), "could not be paid back; our team sends it again."),
    )
    if not order.total_minor:
        return f"Nothing was paid for {'this order' if order.commission_id is None else 'sending this piece'}."
    parts = [f"{money_text(minor, order.currency)} {words}" for minor, words in sums if minor]
    rest = order.total_minor - sum(minor for minor, _ in sums)
    if rest and "funds_released" in told:
        parts.append(f"{happened('funds_released')} It is in {facts.shop.name}'s balance, less our fee and the tax.")
    elif rest:
        parts.append(f"ArtisanConnect holds {money_text(rest, order.currency)} until the order has arrived.")
    return " ".join(parts)
