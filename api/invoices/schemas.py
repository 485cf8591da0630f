"""Invoices and statements as they are shown; the PDF and the CSV are made of the same."""

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api.catalogue.schemas import View
from api.invoices import wording
from api.money import MoneyView, money
from api.text import Line
from api.web.countries import country_name
from models.repositories.invoices import Issued
from models.rules.invoices import Draft, InvoiceKind, TaxPart, notes, tax_table
from models.rules.tax.rates import per_cent


class InvoiceLineView(View):
    text: str
    quantity: int
    net: MoneyView
    """What was paid for it, before tax."""
    tax: MoneyView
    before: MoneyView | None = None
    """Its price, where something came off."""
    discount: MoneyView | None = None


class TaxRowView(View):
    label: str
    """`QST 9.975 % (CA-QC)`."""
    name: str
    jurisdiction: str
    rate_percent: str
    reason: str
    """`taxable`, `exempt`, `reverse_charge`, `zero_rated_export` or `out_of_scope`."""
    base: MoneyView
    tax: MoneyView


class IssuerView(View):
    name: str
    address: list[str]
    numbers: dict[str, str]
    """Jurisdiction → the platform's tax number there."""


class AddresseeView(View):
    name: str
    address: list[str]
    tax_number: str


class InvoiceView(View):
    number: str
    kind: str
    title: str
    reference: str
    """The number of the order or the commission, or the month."""
    corrects: str
    """The number of the invoice that a credit note belongs to, or empty."""
    issued_on: date
    supplied_on: date
    """Of an advance payment, and of what went back of it, the day on which the money moved."""
    issuer: IssuerView
    addressee: AddresseeView | None
    """None once that person's data has been erased."""
    sold_by: str
    currency: str
    lines: list[InvoiceLineView]
    taxes: list[TaxRowView]
    net: MoneyView
    tax: MoneyView
    total: MoneyView
    notes: list[str]

    @classmethod
    def of(cls, issued: Issued) -> "InvoiceView":
        draft, to = issued.draft, issued.addressee
        return cls(
            number=issued.number,
            kind=draft.kind.value,
            title=wording.TITLES[draft.kind],
            reference=issued.reference,
            corrects=issued.corrects,
            issued_on=issued.issued_at.date(),
            supplied_on=issued.supplied_on,
            issuer=IssuerView(
                name=issued.issuer.name, address=list(issued.issuer.address), numbers=dict(issued.issuer.numbers)
            ),
            addressee=None
            if to is None
            else AddresseeView(
                name=to.name, address=[*to.address[:-1], country_name(to.address[-1])], tax_number=to.tax_number
            ),
            sold_by=to.sold_by if to else "",
            currency=draft.currency,
            lines=_lines(draft),
            taxes=[_row(part, draft.currency) for part in tax_table(draft.taxes)],
            net=money(draft.net_minor, draft.currency),
            tax=money(draft.tax_minor, draft.currency),
            total=money(draft.total_minor, draft.currency),
            notes=[
                *([wording.ADVANCE] if draft.kind is InvoiceKind.ADVANCE else []),
                *(wording.NOTES[code] for code in notes(draft)),
            ],
        )


class OrderInvoices(View):
    invoice: InvoiceView
    credit_notes: list[InvoiceView]
    """One for each refund that has arrived, oldest first."""


class CommissionInvoices(View):
    """Each payment has an invoice, in the order in which they were paid, and a credit note follows for each refund."""

    invoices: list[InvoiceView]
    credit_notes: list[InvoiceView]


def _lines(draft: Draft) -> list[InvoiceLineView]:
    return [
        InvoiceLineView(
            text=wording.item(line.item, line.text),
            quantity=line.quantity,
            net=money(line.net_minor, draft.currency),
            tax=money(draft.tax_of(line.item), draft.currency),
            before=money(line.net_minor + line.discount_minor, draft.currency) if line.discount_minor else None,
            discount=money(line.discount_minor, draft.currency) if line.discount_minor else None,
        )
        for line in draft.lines
    ]


def _row(part: TaxPart, currency: str) -> TaxRowView:
    rate = per_cent(part.rate_millionths)
    why = wording.REASONS[part.reason]
    where = f" ({part.jurisdiction})" if part.jurisdiction else ""
    # The rate of an order from before each tax was kept may not be known.
    rated = f" {rate} %" if part.rate_millionths or not part.tax_minor else ""
    return TaxRowView(
        label=f"{part.name}{where}, {why}" if why else f"{part.name}{rated}{where}",
        name=part.name,
        jurisdiction=part.jurisdiction,
        rate_percent=rate,
        reason=part.reason,
        base=money(part.base_minor, currency),
        tax=money(part.tax_minor, currency),
    )


class StatementCard(View):
    month: str
    """`2026-11`."""
    currency: str
    is_over: bool


class FeeInvoiceCard(View):
    number: str
    title: str
    month: str
    issued_on: date
    total: MoneyView
    tax: MoneyView


class StatementsView(View):
    statements: list[StatementCard]
    fee_invoices: list[FeeInvoiceCard]


class StatementLine(View):
    at: datetime
    kind: str
    text: str
    order_number: str
    gross: MoneyView
    fee: MoneyView
    """Our commission in it: what was taken, or, negative, given back."""
    moved: MoneyView
    balance: MoneyView
    """After it."""


class StatementSum(View):
    kind: str
    text: str
    count: int
    moved: MoneyView


class StatementView(View):
    """One month in one currency: opening balance and every movement come to the closing balance."""

    shop_name: str
    month: str
    currency: str
    is_over: bool
    opening: MoneyView
    lines: list[StatementLine]
    sums: list[StatementSum]
    """Gross by kind, and our commission: they are the difference of the balances."""
    closing: MoneyView


class TaxNumberInput(BaseModel):
    model_config = ConfigDict(extra="forbid")

    number: Annotated[Line, Field(min_length=4, max_length=40)]
    """As it stands on the registration; spaces, dots and dashes don't matter."""


class TaxNumberView(View):
    country: str
    asked: bool
    """Whether a number makes any difference where the shop is."""
    number: str
    """Empty where none is registered."""
    since: date | None
    treatment: str
    """What it means for our commission, in words."""
