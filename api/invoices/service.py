"""Invoices and statements for the JSON API and the pages. Issues what somebody asks for before the night does."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.visitor import Person
from api.dependencies import Keeper
from api.invoices import wording
from api.invoices.schemas import (
    CommissionInvoices,
    FeeInvoiceCard,
    InvoiceView,
    OrderInvoices,
    StatementCard,
    StatementLine,
    StatementSum,
    StatementsView,
    StatementView,
)
from api.money import money
from core import clock
from models.errors import InvalidInput, NotFound
from models.repositories import commission_invoicing, commissions, invoices, invoicing, orders, shops, statements
from models.repositories.statements import Movement

NO_INVOICE = "There is no such invoice for this order."
NO_PAPER = "There is no such invoice for this commission. Look at the list of its invoices."
WHICH = "Say which invoice you want, by its number. The list of this commission's invoices has them."
NO_MONTH = "There is no statement for this month. Choose one from your list."
COMMISSION = "commission"


@dataclass(frozen=True)
class Invoices:
    """`session` is the request's."""

    session: AsyncSession

    # The buyer's

    async def of_order(self, person: Person, order_id: str) -> OrderInvoices:
        """Raises `NotFound` for other people's orders, too."""
        order = await orders.get_order(self.session, order_id)
        if order.buyer_id != person.id:
            raise NotFound(orders.UNKNOWN)
        first, *notes = await invoicing.issue_for_order(self.session, order_id, clock.now())
        return OrderInvoices(invoice=InvoiceView.of(first), credit_notes=[InvoiceView.of(note) for note in notes])

    async def one_of_order(self, person: Person, order_id: str, number: str | None) -> InvoiceView:
        """The invoice, or the credit note of that number."""
        found = await self.of_order(person, order_id)
        for one in (found.invoice, *found.credit_notes):
            if number in {None, one.number}:
                return one
        raise NotFound(NO_INVOICE)

    # Both sides' of a commission

    async def of_commission(self, person: Person, commission_id: str) -> CommissionInvoices:
        """To the artisan without the customer's address. Raises `NotFound` for other people's, too."""
        facts = await commissions.facts(self.session, commission_id)
        if person.id not in {facts.row.customer_id, facts.artisan_id}:
            raise NotFound(commissions.UNKNOWN)
        papers = await commission_invoicing.issue(self.session, commission_id, clock.now())
        await self.session.commit()  # whoever waits for the next number need not wait for a page or a PDF
        views = [InvoiceView.of(one) for one in papers]
        if person.id != facts.row.customer_id:
            views = [_without_address(one) for one in views]
        return CommissionInvoices(
            invoices=[one for one in views if not one.corrects], credit_notes=[one for one in views if one.corrects]
        )

    async def one_of_commission(self, person: Person, commission_id: str, number: str | None) -> InvoiceView:
        """Raises `NotFound`, for other commissions' too, and `InvalidInput` where nobody says which one."""
        found = await self.of_commission(person, commission_id)
        if not number:
            raise InvalidInput(WHICH, field="number")
        for one in (*found.invoices, *found.credit_notes):
            if one.number == number:
                return one
        raise NotFound(NO_PAPER)

    # The artisan's

    async def statements(self, keeper: Keeper) -> StatementsView:
        now = clock.now()
        months = await statements.months_of(self.session, keeper.shop_id)
        for month in sorted({month for month, _ in months}):
            await invoicing.issue_fees(self.session, month, now, keeper.shop_id)
        return StatementsView(
            statements=[
                StatementCard(month=month, currency=currency, is_over=_is_over(month, now))
                for month, currency in months
            ],
            fee_invoices=[
                FeeInvoiceCard(
                    number=one.number,
                    title=wording.TITLES[one.draft.kind],
                    month=one.reference,
                    issued_on=one.issued_at.date(),
                    total=money(one.draft.total_minor, one.draft.currency),
                    tax=money(one.draft.tax_minor, one.draft.currency),
                )
                for one in await invoices.fees_of_shop(self.session, keeper.shop_id)
            ],
        )

    async def fee_invoice(self, keeper: Keeper, number: str) -> InvoiceView:
        """Raises `NotFound` for other shops', too."""
        return InvoiceView.of(await invoices.fee_invoice(self.session, keeper.shop_id, number))

    async def statement(self, keeper: Keeper, month: str, currency: str | None) -> StatementView:
        """Without a currency, of the first one that anything moved in. Raises `NotFound`."""
        held = [code for name, code in await statements.months_of(self.session, keeper.shop_id) if name == month]
        if not held or currency not in {None, *held}:
            raise NotFound(NO_MONTH)
        code = currency or held[0]
        start, end = statements.month_of(month)
        opening = await statements.balance_before(self.session, keeper.shop_id, code, start)
        moved = await statements.movements(self.session, keeper.shop_id, code, start, end)
        balance, lines = opening, []
        for one in moved:
            balance += one.moved_minor
            lines.append(_line(one, code, balance))
        return StatementView(
            shop_name=await shops.name_of(self.session, keeper.shop_id),
            month=month,
            currency=code,
            is_over=_is_over(month, clock.now()),
            opening=money(opening, code),
            lines=lines,
            sums=_sums(moved, code),
            closing=money(balance, code),
        )


def _without_address(paper: InvoiceView) -> InvoiceView:
    """Name and country: what a tax adviser asks for, and no more than the artisan was told already."""
    to = paper.addressee
    if to is None:
        return paper
    return paper.model_copy(update={"addressee": to.model_copy(update={"address": to.address[-1:]})})


def _is_over(month: str, now: datetime) -> bool:
    return now >= statements.month_of(month)[1]


def _line(one: Movement, currency: str, balance: int) -> StatementLine:
    return StatementLine(
        at=one.at,
        kind=one.kind,
        text=wording.movement(one.kind),
        order_number=one.order_number,
        gross=money(one.gross_minor, currency),
        fee=money(one.fee_minor, currency),
        moved=money(one.moved_minor, currency),
        balance=money(balance, currency),
    )


def _sums(moved: Sequence[Movement], currency: str) -> list[StatementSum]:
    found: dict[str, list[int]] = {}
    for one in moved:
        found.setdefault(one.kind, []).append(one.gross_minor)
    sums = [
        StatementSum(kind=kind, text=wording.movement(kind), count=len(each), moved=money(sum(each), currency))
        for kind, each in found.items()
    ]
    fees = [one.fee_minor for one in moved if one.fee_minor]
    if fees:
        text = "Our commission"
        sums.append(StatementSum(kind=COMMISSION, text=text, count=len(fees), moved=money(-sum(fees), currency)))
    return sums
