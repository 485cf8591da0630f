"""What of a commission is invoiced: each payment when it is received, and as a credit note what went back of it. Reads
what was paid and refunded, and hands it to `invoices.issue`, which does it once for each event.

The order that sends the piece has no invoice: its shipping was paid with the commission.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select, union
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import keys_of
from models.errors import NotFound
from models.repositories import addresses, commission_taxes, invoices
from models.repositories.commission_money import PAID, UNKNOWN
from models.repositories.invoices import Addressee, Issued, NewInvoice
from models.repositories.invoicing import addressed_to, issuer_of
from models.rules.commission import invoicing as rules
from models.rules.commission.invoicing import DEPOSIT, PAYMENT, GoneBack, Paid
from models.rules.invoices import Draft
from models.rules.tax.platform import PLATFORM, Platform
from models.tables.catalogue import Shop
from models.tables.commissions import CommissionCharge, CommissionRefund, CommissionRow
from models.tables.invoices import Invoice
from models.tables.people import Address, PersonKey
from models.tables.processes import Effect
from models.types import RefundState


@dataclass(frozen=True)
class _Sale:
    """Whom the papers of one commission are addressed to, and by whom they are issued."""

    row: CommissionRow
    addressee: Addressee | None
    platform: Platform
    now: datetime


async def issue(
    session: AsyncSession, commission_id: str, now: datetime, platform: Platform = PLATFORM
) -> list[Issued]:
    """An invoice for each payment and a credit note for each refund that has arrived, issued where they are missing;
    all of them, in the order of their numbers. Raises `NotFound`."""
    sale = await _sale(session, commission_id, now, platform)
    there = {one.event: one for one in await invoices.of_commission(session, commission_id)}
    taxes = await commission_taxes.of_versions(session, commission_id)
    charges = (
        await session.scalars(
            select(CommissionCharge)
            .where(CommissionCharge.commission_id == commission_id, CommissionCharge.state == PAID)
            .order_by(CommissionCharge.paid_at, CommissionCharge.id)
            .execution_options(populate_existing=True)
        )
    ).all()
    steps = await _steps(session, commission_id)
    sold: dict[str, Draft] = {}
    notes: dict[str, list[Draft]] = {}

    async def give_back_until(moment: datetime | None) -> None:
        """What was to go back before a payment is no part of what that payment carries."""
        while steps and (moment is None or steps[0].at < moment):
            if not all(one.charge_id in sold for one in steps[0].refunds):
                return  # two machines' clocks: what goes back was paid before
            step = steps.pop(0)
            for refund, computed in rules.credited(sold, notes, step.refunds, step.tax_minor):
                draft = computed
                event = f"commission-refund/{refund.id}"
                if event in there:
                    draft = there[event].draft
                elif refund.id in step.arrived:
                    invoice = await invoices.of_event(session, f"charge/{refund.charge_id}")
                    corrects = invoice.id if invoice is not None else None
                    await _issue(session, sale, draft, (event, step.arrived[refund.id]), corrects)
                notes.setdefault(refund.charge_id, []).append(draft)

    for at, charge in enumerate(charges):
        paid_at = charge.paid_at or charge.created_at
        await give_back_until(paid_at)
        event = f"charge/{charge.id}"
        if event in there:
            sold[charge.id] = there[event].draft
            continue
        version = charge.version or sale.row.version
        paid = Paid(PAYMENT if at else DEPOSIT, charge.amount_minor, charge.tax_minor, taxes.get(version, ()))
        earlier = [*sold.values(), *(note for of_one in notes.values() for note in of_one)]
        sold[charge.id] = rules.advance(charge.currency, paid, earlier)
        await _issue(session, sale, sold[charge.id], (event, paid_at))
    await give_back_until(None)
    return await invoices.of_commission(session, commission_id)


async def without(session: AsyncSession, after: str, limit: int) -> Sequence[str]:
    """Commissions behind `after` that have a payment without an invoice, or a refund that has arrived without a credit
    note, by id, which is by age."""
    charged = (
        select(CommissionCharge.commission_id)
        .outerjoin(Invoice, Invoice.event == func.concat("charge/", CommissionCharge.id))
        .where(Invoice.id.is_(None), CommissionCharge.state == PAID, CommissionCharge.commission_id > after)
    )
    refunded = (
        select(CommissionRefund.commission_id)
        .outerjoin(Invoice, Invoice.event == func.concat("commission-refund/", CommissionRefund.id))
        .where(
            Invoice.id.is_(None),
            CommissionRefund.state == RefundState.SUCCEEDED.value,
            CommissionRefund.commission_id > after,
        )
    )
    found = union(charged, refunded).subquery()
    return (await session.scalars(select(found.c.commission_id).order_by(found.c.commission_id).limit(limit))).all()


@dataclass(frozen=True)
class _Step:
    """What one step of the process gave back, in one refund for each charge."""

    at: datetime
    refunds: Sequence[GoneBack]
    tax_minor: int | None
    arrived: dict[str, datetime]
    """Refund → when the provider delivered it."""


async def _steps(session: AsyncSession, commission_id: str) -> list[_Step]:
    """In the order in which they were decided. Refunds that are still to arrive are among them: what they take is no
    other refund's to take."""
    rows = await session.scalars(
        select(CommissionRefund)
        .where(CommissionRefund.commission_id == commission_id)
        .order_by(CommissionRefund.created_at, CommissionRefund.id)
        .execution_options(populate_existing=True)
    )
    by_operation: dict[str, list[CommissionRefund]] = {}
    for row in rows:
        by_operation.setdefault(row.id.rpartition("/")[0], []).append(row)
    kept = await session.execute(select(Effect.key, Effect.result).where(Effect.key.in_(list(by_operation))))
    taxes = {key: result.get("tax_minor") for key, result in kept}
    return [
        _Step(
            own[0].created_at,
            [GoneBack(row.id, row.charge_id, row.amount_minor) for row in own],
            taxes.get(operation),
            {row.id: row.settled_at or row.created_at for row in own if row.state == RefundState.SUCCEEDED.value},
        )
        for operation, own in by_operation.items()
    ]


async def _sale(session: AsyncSession, commission_id: str, now: datetime, platform: Platform) -> _Sale:
    row = (
        await session.execute(
            select(CommissionRow, Shop.name, Address, PersonKey.wrapped_key)
            .join(Shop, Shop.id == CommissionRow.shop_id)
            .outerjoin(Address, Address.id == CommissionRow.address_id)
            .join(PersonKey, PersonKey.person_id == CommissionRow.customer_id)
            .where(CommissionRow.id == commission_id)
            # Whoever issues for a commission waits for whoever does it already.
            .with_for_update(of=CommissionRow)
            .execution_options(populate_existing=True)
        )
    ).one_or_none()
    if row is None:
        raise NotFound(UNKNOWN)
    commission, shop_name, address, wrapped = row
    postal = addresses.opened(keys_of(session), address, wrapped) if commission.address_id else None
    return _Sale(commission, None if postal is None else addressed_to(postal, shop_name), platform, now)


async def _issue(
    session: AsyncSession, sale: _Sale, draft: Draft, of: tuple[str, datetime], corrects: str | None = None
) -> None:
    event, day = of
    await invoices.issue(
        session,
        NewInvoice(
            draft=draft,
            event=event,
            person_id=sale.row.customer_id,
            shop_id=sale.row.shop_id,
            supplied_on=day.astimezone(UTC).date(),
            issuer=issuer_of(draft, sale.platform),
            addressee=sale.addressee,
            reference=sale.row.number,
            commission_id=sale.row.id,
            corrects=corrects,
        ),
        sale.now,
    )
