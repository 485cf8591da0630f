"""What is invoiced: an order to its buyer, a refund as a credit note, a month's commission to the artisan. Reads what
was frozen and booked, and hands it to `invoices.issue`, which does it once for each event.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import keys_of
from models.errors import NotFound
from models.ports import PostalAddress, TaxComponent, TaxReason
from models.repositories import addresses, invoices, ledger, refunds, statements, taxes
from models.repositories.invoices import Addressee, Issued, Issuer, NewInvoice
from models.repositories.person_keys import PersonErased
from models.rules import invoices as rules
from models.rules import tax_postings
from models.rules.bookkeeping import PostingKind
from models.rules.invoices import Draft, InvoiceKind, Line, Refunded
from models.rules.tax.assess import SHIPPING
from models.rules.tax.fees import fee_tax
from models.rules.tax.platform import PLATFORM, Platform
from models.tables.catalogue import Shop
from models.tables.orders import Order, OrderLine
from models.tables.people import Address, PersonKey
from models.tables.selling import CheckoutLine
from models.types import Money, RefundState

UNKNOWN = "This order does not exist. Look at your list of orders."
COMMISSIONED = (
    "The order of a commissioned piece has no invoice of its own. Each payment has one, shipping in it: look at the "
    "commission's page."
)


async def issue_for_order(
    session: AsyncSession, order_id: str, now: datetime, platform: Platform = PLATFORM
) -> list[Issued]:
    """The order's invoice and a credit note for each refund that has arrived, issued where they are missing. Raises
    `NotFound`."""
    row = (
        await session.execute(
            select(Order, Shop, Address, PersonKey.wrapped_key)
            .join(Shop, Shop.id == Order.shop_id)
            .join(Address, Address.id == Order.address_id)
            .join(PersonKey, PersonKey.person_id == Address.user_id)
            .where(Order.id == order_id)
        )
    ).one_or_none()
    if row is None:
        raise NotFound(UNKNOWN)
    order, shop, address, wrapped = row
    if order.commission_id is not None:
        raise NotFound(COMMISSIONED)
    there = {one.event: one for one in await invoices.of_order(session, order_id)}
    if f"order/{order_id}" not in there:
        sold = await _sale(session, order)
        postal = addresses.opened(keys_of(session), address, wrapped)
        await invoices.issue(
            session,
            NewInvoice(
                draft=sold,
                event=f"order/{order_id}",
                person_id=order.buyer_id,
                shop_id=order.shop_id,
                supplied_on=order.created_at.astimezone(UTC).date(),
                issuer=issuer_of(sold, platform),
                addressee=None if postal is None else addressed_to(postal, shop.name),
                reference=order.number,
                order_id=order_id,
            ),
            now,
        )
    await _credit_notes(session, order, now, platform)
    return await invoices.of_order(session, order_id)


async def _credit_notes(session: AsyncSession, order: Order, now: datetime, platform: Platform) -> None:
    rows = await refunds.of_order(session, order.id)
    pieces = refunds.pieces_by_refund(rows)
    for refund in rows:
        if refund.state != RefundState.SUCCEEDED.value:
            continue
        # Read anew each time: a note is made of what its forerunners have left.
        sold, *notes = await invoices.of_order(session, order.id)
        event = f"refund/{refund.id}"
        if any(note.event == event for note in notes):
            continue
        back = Refunded(refund.items_minor, refund.shipping_minor, refund.tax_minor, pieces[refund.id])
        draft = rules.credit_note(sold.draft, [note.draft for note in notes], back)
        await invoices.issue(
            session,
            NewInvoice(
                draft=draft,
                event=event,
                person_id=order.buyer_id,
                shop_id=order.shop_id,
                supplied_on=(refund.settled_at or now).astimezone(UTC).date(),
                issuer=issuer_of(draft, platform),
                addressee=sold.addressee,
                reference=order.number,
                order_id=order.id,
                corrects=sold.id,
            ),
            now,
        )


async def _sale(session: AsyncSession, order: Order) -> Draft:
    lines = (
        await session.scalars(
            select(OrderLine).where(OrderLine.order_id == order.id).order_by(OrderLine.title, OrderLine.listing_id)
        )
    ).all()
    checkout_id = order.checkout_id or ""
    taxed = await taxes.of_order(session, checkout_id, order.shop_id, order.currency)
    goods = [
        Line(
            line.listing_id,
            line.title,
            line.quantity,
            line.unit_price_minor * line.quantity - line.discount_minor,
            line.discount_minor,
        )
        for line in lines
    ]
    draft = rules.sale(
        order.currency, goods, order.shipping_minor, taxed or await _in_one_sum(session, order, goods, lines)
    )
    if (draft.net_minor, draft.tax_minor) != (order.items_minor + order.shipping_minor, order.tax_minor):
        raise ValueError(f"order {order.id}: its lines come to {draft.net_minor} and tax {draft.tax_minor}")
    return draft


async def _in_one_sum(
    session: AsyncSession, order: Order, goods: Sequence[Line], lines: Sequence[OrderLine]
) -> dict[str, tuple[TaxComponent, ...]]:
    """Of an order from before each tax was kept: what is known of it is its sum by line."""
    rows = await session.execute(
        select(CheckoutLine.listing_id, CheckoutLine.tax_rate_bp, CheckoutLine.tax_jurisdiction).where(
            CheckoutLine.checkout_id == order.checkout_id, CheckoutLine.shop_id == order.shop_id
        )
    )
    rates = {listing_id: (rate_bp * 100, where) for listing_id, rate_bp, where in rows}
    on_lines = {line.listing_id: line.tax_minor for line in lines}
    of_shipping = order.tax_minor - sum(on_lines.values())
    some_rate, somewhere = next(iter(rates.values()), (0, ""))

    def component(net: int, tax: int, rate: int, where: str) -> TaxComponent:
        reason = TaxReason.TAXABLE if tax else TaxReason.OUT_OF_SCOPE
        return TaxComponent(
            "Tax", where, Money(net, order.currency), rate if tax else 0, Money(tax, order.currency), reason
        )

    found = {
        line.item: (component(line.net_minor, on_lines[line.item], *rates.get(line.item, (0, ""))),) for line in goods
    }
    return {**found, SHIPPING: (component(order.shipping_minor, of_shipping, some_rate, somewhere),)}


async def issue_fees(
    session: AsyncSession, month: str, now: datetime, shop_id: str | None = None, platform: Platform = PLATFORM
) -> int:
    """Invoices the commission of a month that is over, of one shop or of all; how many were missing. A month that has
    not ended is left alone."""
    start, end = statements.month_of(month)
    if now < end:
        return 0
    issued = 0
    for (shop, currency), by_kind in (await statements.commissions(session, start, end, shop_id)).items():
        event = f"fees/{shop}/{currency}/{month}"
        if not sum(by_kind.values()) or await invoices.of_event(session, event) is not None:
            continue
        await _issue_fees(session, shop, currency, _Month(month, event, by_kind), now=now, platform=platform)
        issued += 1
    return issued


@dataclass(frozen=True, slots=True)
class _Month:
    name: str
    event: str
    by_kind: Mapping[str, int]
    """Of its postings → the commission that they took or gave back."""


async def _issue_fees(
    session: AsyncSession, shop_id: str, currency: str, month: _Month, *, now: datetime, platform: Platform
) -> None:
    """The tax in it leaves what we have earned in the same transaction."""
    commission = Money(sum(month.by_kind.values()), currency)
    shop = await session.get_one(Shop, shop_id, populate_existing=True)
    last_day = (statements.month_of(month.name)[1] - timedelta(days=1)).date()
    addressee: Addressee | None = None
    held = None
    try:
        held = await taxes.seller_id(session, shop_id, last_day)
        addressee = _artisan(shop, held.tax_id.number if held else "")
    except PersonErased:
        addressee = None
    taxed = fee_tax(
        commission,
        country=shop.country,
        region=shop.region,
        tax_id=held.tax_id if held else None,
        on=last_day,
        platform=platform,
    )
    draft = rules.fees(currency, month.by_kind, taxed.components, taxed.net.minor)
    await invoices.issue(
        session,
        NewInvoice(
            draft=draft,
            event=month.event,
            person_id=shop.owner_id,
            shop_id=shop_id,
            supplied_on=last_day,
            issuer=issuer_of(draft, platform),
            addressee=addressee,
            reference=month.name,
        ),
        now,
    )
    due = tax_postings.fee_tax(commission - taxed.net)
    if due:
        await ledger.post(session, month.event, PostingKind.FEE_TAX, shop_id, due)


def months_over(first: datetime | None, now: datetime) -> list[str]:
    """Every month that is over, from that of `first` on."""
    if first is None:
        return []
    found, day = [], date(first.year, first.month, 1)
    while (day.year, day.month) < (now.year, now.month):
        found.append(statements.name_of(day))
        day = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return found


def issuer_of(draft: Draft, platform: Platform) -> Issuer:
    """Names the seat's number, and that of every authority whose tax stands on the invoice."""
    wanted = [platform.country] if draft.kind in {InvoiceKind.FEES, InvoiceKind.FEES_CREDIT} else []
    wanted += [part.jurisdiction for part in draft.taxes if part.tax_minor]
    numbers = {where: platform.number(where) for where in wanted}
    return Issuer(platform.name, platform.address, tuple((where, given) for where, given in numbers.items() if given))


def addressed_to(to: PostalAddress, sold_by: str) -> Addressee:
    town = " ".join(part for part in (to.postal_code, to.city, to.region) if part)
    return Addressee(
        name=to.name,
        address=tuple(part for part in (to.line1, to.line2, town, to.country) if part),
        sold_by=sold_by,
    )


def _artisan(shop: Shop, tax_number: str) -> Addressee:
    town = " ".join(part for part in (shop.postal_code, shop.city, shop.region) if part)
    return Addressee(
        name=shop.owner_name,
        address=tuple(part for part in (shop.name, town, shop.country) if part),
        tax_number=tax_number,
    )
