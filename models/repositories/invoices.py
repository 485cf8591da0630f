"""All SQL of invoices: numbering and keeping them, and finding them again. What stands on one is decided in
`models.rules.invoices`, what it is issued for in `invoicing`."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from core.database import keys_of
from models.errors import NotFound
from models.repositories import person_keys
from models.repositories.person_keys import PersonErased
from models.rules.invoices import SERIES, Draft, InvoiceKind, number
from models.tables.invoices import Invoice, InvoiceSeries
from models.tables.orders import Order
from models.tables.people import PersonKey
from models.tables.refunds import Refund
from models.types import RefundState, new_id

UNKNOWN = "There is no such invoice."


@dataclass(frozen=True, slots=True)
class Issuer:
    name: str
    address: tuple[str, ...]
    numbers: tuple[tuple[str, str], ...]
    """(jurisdiction, tax number)."""


@dataclass(frozen=True, slots=True)
class Addressee:
    """Everything on an invoice that names somebody."""

    name: str
    address: tuple[str, ...]
    """As it is written on an envelope, the country's code last."""
    tax_number: str = ""
    sold_by: str = ""
    """The artisan's shop, on a buyer's invoice."""


@dataclass(frozen=True, slots=True)
class NewInvoice:
    draft: Draft
    event: str
    person_id: str
    shop_id: str
    supplied_on: date
    issuer: Issuer
    addressee: Addressee | None
    """None for somebody who is erased."""
    reference: str = ""
    """What people know the sale by: the order's number, or the month."""
    order_id: str | None = None
    commission_id: str | None = None
    corrects: str | None = None


@dataclass(frozen=True, slots=True)
class Issued:
    id: str
    number: str
    draft: Draft
    event: str
    reference: str
    corrects: str
    """The number of the invoice that a credit note belongs to, or empty."""
    supplied_on: date
    issued_at: datetime
    issuer: Issuer
    addressee: Addressee | None
    order_id: str | None
    commission_id: str | None = None


async def issue(session: AsyncSession, new: NewInvoice, now: datetime) -> None:
    """Once for each event; a second time changes nothing. Others that issue in the same series wait until this
    transaction ends, and a transaction that is rolled back leaves no gap."""
    series, year = SERIES[new.draft.kind], now.year
    await session.execute(insert(InvoiceSeries).values(series=series, year=year).on_conflict_do_nothing())
    counter = await session.scalar(
        select(InvoiceSeries.last).where(InvoiceSeries.series == series, InvoiceSeries.year == year).with_for_update()
    )
    # Only now: whoever held the series may have issued just this.
    if await session.scalar(select(Invoice.id).where(Invoice.event == new.event)) is not None:
        return
    sequence = int(counter or 0) + 1
    invoice_id = new_id("inv")
    draft = new.draft
    await session.execute(
        insert(Invoice).values(
            id=invoice_id,
            number=number(draft.kind, year, sequence),
            series=series,
            year=year,
            sequence=sequence,
            kind=draft.kind.value,
            event=new.event,
            person_id=new.person_id,
            shop_id=new.shop_id,
            order_id=new.order_id,
            commission_id=new.commission_id,
            corrects=new.corrects,
            currency=draft.currency,
            net_minor=draft.net_minor,
            tax_minor=draft.tax_minor,
            total_minor=draft.total_minor,
            supplied_on=new.supplied_on,
            issued_at=now,
            document={**draft.as_json(), "issuer": asdict(new.issuer), "reference": new.reference},
            sealed=await _sealed(session, new.person_id, invoice_id, new.addressee),
        )
    )
    await session.execute(
        update(InvoiceSeries)
        .where(InvoiceSeries.series == series, InvoiceSeries.year == year)
        .values(last=InvoiceSeries.last + 1)
    )


async def of_event(session: AsyncSession, event: str) -> Issued | None:
    found = await _found(session, Invoice.event == event)
    return found[0] if found else None


async def of_order(session: AsyncSession, order_id: str) -> list[Issued]:
    """The invoice first, then its credit notes in the order they were issued."""
    return await _found(session, Invoice.order_id == order_id)


async def of_commission(session: AsyncSession, commission_id: str) -> list[Issued]:
    """Invoices and credit notes in the order they were issued."""
    found = await _found(session, Invoice.commission_id == commission_id)
    return sorted(found, key=lambda one: (one.draft.kind is InvoiceKind.CREDIT_NOTE, one.number))


async def fees_of_shop(session: AsyncSession, shop_id: str) -> list[Issued]:
    """For the platform's commission, newest first."""
    kinds = [InvoiceKind.FEES.value, InvoiceKind.FEES_CREDIT.value]
    return (await _found(session, Invoice.shop_id == shop_id, Invoice.kind.in_(kinds)))[::-1]


async def fee_invoice(session: AsyncSession, shop_id: str, number_: str) -> Issued:
    """Raises `NotFound`, for other shops' too."""
    for one in await fees_of_shop(session, shop_id):
        if one.number == number_:
            return one
    raise NotFound(UNKNOWN)


async def of_person(session: AsyncSession, person_id: str) -> list[Issued]:
    """All that was ever addressed to them."""
    return await _found(session, Invoice.person_id == person_id)


async def orders_without(session: AsyncSession, after: str, limit: int) -> Sequence[str]:
    """Orders behind `after` that have no invoice yet, by id, which is by age. Those of commissions have none."""
    missing = (
        select(Order.id)
        .outerjoin(Invoice, Invoice.event == func.concat("order/", Order.id))
        .where(Invoice.id.is_(None), Order.checkout_id.is_not(None), Order.id > after)
        .order_by(Order.id)
        .limit(limit)
    )
    return (await session.scalars(missing)).all()


async def refunds_without(session: AsyncSession, after: str, limit: int) -> Sequence[str]:
    """Orders behind `after` that have a refund which has arrived and no credit note for it, by id."""
    missing = (
        select(Refund.order_id)
        .outerjoin(Invoice, Invoice.event == func.concat("refund/", Refund.id))
        .join(Order, Order.id == Refund.order_id)
        .where(Invoice.id.is_(None), Refund.state == RefundState.SUCCEEDED.value, Refund.order_id > after)
        .where(Order.checkout_id.is_not(None))
        .group_by(Refund.order_id)
        .order_by(Refund.order_id)
        .limit(limit)
    )
    return (await session.scalars(missing)).all()


async def gaps(session: AsyncSession) -> list[str]:
    """Series whose numbers do not run from 1 to the last without one missing."""
    counted = (
        select(Invoice.series, Invoice.year, func.count().label("there"), func.max(Invoice.sequence).label("highest"))
        .group_by(Invoice.series, Invoice.year)
        .subquery()
    )
    rows = await session.execute(
        select(InvoiceSeries.series, InvoiceSeries.year, InvoiceSeries.last, counted.c.there, counted.c.highest)
        .outerjoin(counted, (counted.c.series == InvoiceSeries.series) & (counted.c.year == InvoiceSeries.year))
        .order_by(InvoiceSeries.series, InvoiceSeries.year)
    )
    return [
        f"{series}-{year}: {there or 0} of {last} are there, the highest is {highest or 0}"
        for series, year, last, there, highest in rows
        if not last == (there or 0) == (highest or 0)
    ]


async def forget(session: AsyncSession, person_id: str) -> int:
    """Takes a person's name off what was addressed to them. The rest is kept by law. How many it were."""
    rows = await session.scalars(
        update(Invoice)
        .where(Invoice.person_id == person_id, Invoice.sealed.is_not(None))
        .values(sealed=None)
        .returning(Invoice.id)
    )
    return len(rows.all())


async def _sealed(session: AsyncSession, person_id: str, invoice_id: str, addressee: Addressee | None) -> bytes | None:
    if addressee is None:
        return None
    try:
        key = await person_keys.open_key(session, person_id)
    except PersonErased:
        return None
    return person_keys.seal_field(key, person_id, f"invoice/{invoice_id}", json.dumps(asdict(addressee)))


async def _found(session: AsyncSession, *wanted: ColumnElement[bool]) -> list[Issued]:
    corrected = aliased(Invoice)
    rows = await session.execute(
        select(Invoice, PersonKey.wrapped_key, corrected.number)
        .join(PersonKey, PersonKey.person_id == Invoice.person_id)
        .outerjoin(corrected, corrected.id == Invoice.corrects)
        .where(*wanted)
        .order_by(Invoice.issued_at, Invoice.kind.desc(), Invoice.sequence)
    )
    return [_issued(session, row, wrapped, corrects or "") for row, wrapped, corrects in rows]


def _issued(session: AsyncSession, row: Invoice, wrapped: bytes | None, corrects: str) -> Issued:
    stored = row.document
    issuer = stored["issuer"]
    key = person_keys.unwrap(keys_of(session), row.person_id, wrapped)
    addressee = None
    if key is not None and row.sealed is not None:
        opened = json.loads(person_keys.open_field(key, row.person_id, f"invoice/{row.id}", row.sealed))
        addressee = Addressee(**{**opened, "address": tuple(opened["address"])})
    return Issued(
        id=row.id,
        number=row.number,
        draft=Draft.of_json(stored),
        event=row.event,
        reference=stored["reference"],
        corrects=corrects,
        supplied_on=row.supplied_on,
        issued_at=row.issued_at,
        issuer=Issuer(
            issuer["name"], tuple(issuer["address"]), tuple((where, given) for where, given in issuer["numbers"])
        ),
        addressee=addressee,
        order_id=row.order_id,
        commission_id=row.commission_id,
    )
