"""JSON, PDF and CSV of invoices, statements and an artisan's tax number. Thin: who may, what in, what out."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import Response

from api.access import access
from api.dependencies import Session, ShopKeeper, SignedIn
from api.errors import error_responses
from api.invoices.pdf import invoice_pdf, statement_pdf
from api.invoices.schemas import (
    InvoiceView,
    OrderInvoices,
    StatementsView,
    StatementView,
    TaxNumberInput,
    TaxNumberView,
)
from api.invoices.service import Invoices
from api.invoices.sheet import statement_csv
from api.invoices.tax_numbers import TaxNumbers

router = APIRouter(prefix="/api/v1")


async def invoices(session: Session) -> Invoices:
    return Invoices(session)


async def tax_numbers(session: Session) -> TaxNumbers:
    return TaxNumbers(session)


CurrentInvoices = Annotated[Invoices, Depends(invoices)]
CurrentTaxNumbers = Annotated[TaxNumbers, Depends(tax_numbers)]
OrderId = Annotated[str, Path(max_length=40)]
Number = Annotated[str, Query(max_length=20, description="Of the invoice or credit note, such as INV-2026-000042.")]
Month = Annotated[str, Path(max_length=10, description="Such as 2026-11.")]
Currency = Annotated[str | None, Query(max_length=3, description="Of the statement; the first one without it.")]

READ = error_responses(401, 403, 404, 422)
PDF: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}
}
CSV: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}


def file(body: bytes | str, name: str, media_type: str) -> Response:
    return Response(
        body,
        media_type=media_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


async def pdf_of(invoice: InvoiceView) -> Response:
    return file(await asyncio.to_thread(invoice_pdf, invoice), f"{invoice.number}.pdf", "application/pdf")


async def statement_file(statement: StatementView, kind: str) -> Response:
    name = f"statement-{statement.month}-{statement.currency}.{kind}"
    if kind == "csv":
        return file(statement_csv(statement), name, "text/csv")
    return file(await asyncio.to_thread(statement_pdf, statement), name, "application/pdf")


@router.get(
    "/orders/{order_id}/invoice",
    tags=["orders"],
    dependencies=[access("customer", "medium", owns="order", again=True)],
    summary="An order's invoice and credit notes",
    responses=READ,
)
async def order_invoice(order_id: OrderId, person: SignedIn, service: CurrentInvoices) -> OrderInvoices:
    """Issued now if it has not been yet; each only ever once."""
    return await service.of_order(person, order_id)


@router.get(
    "/orders/{order_id}/invoice.pdf",
    tags=["orders"],
    dependencies=[access("customer", "medium", owns="order", again=True)],
    summary="An order's invoice as PDF",
    response_class=Response,
    responses=READ | PDF,
)
async def order_invoice_pdf(
    order_id: OrderId, person: SignedIn, service: CurrentInvoices, number: Number | None = None
) -> Response:
    """With `number`, one of its credit notes."""
    return await pdf_of(await service.one_of_order(person, order_id, number))


@router.get(
    "/shop/statements",
    tags=["desk"],
    dependencies=[access("artisan", "medium", owns="self")],
    summary="The shop's months and the invoices for our commission",
    responses=READ,
)
async def statements(keeper: ShopKeeper, service: CurrentInvoices) -> StatementsView:
    return await service.statements(keeper)


@router.get(
    "/shop/statements/{month}.csv",
    tags=["desk"],
    dependencies=[access("artisan", "medium", owns="self")],
    summary="One month as CSV",
    response_class=Response,
    responses=READ | CSV,
)
async def statement_as_csv(
    month: Month, keeper: ShopKeeper, service: CurrentInvoices, currency: Currency = None
) -> Response:
    return await statement_file(await service.statement(keeper, month, currency), "csv")


@router.get(
    "/shop/statements/{month}.pdf",
    tags=["desk"],
    dependencies=[access("artisan", "medium", owns="self")],
    summary="One month as PDF",
    response_class=Response,
    responses=READ | PDF,
)
async def statement_as_pdf(
    month: Month, keeper: ShopKeeper, service: CurrentInvoices, currency: Currency = None
) -> Response:
    return await statement_file(await service.statement(keeper, month, currency), "pdf")


@router.get(
    "/shop/statements/{month}",
    tags=["desk"],
    dependencies=[access("artisan", "medium", owns="self")],
    summary="One month",
    responses=READ,
)
async def statement(
    month: Month, keeper: ShopKeeper, service: CurrentInvoices, currency: Currency = None
) -> StatementView:
    """Opening balance, every movement and closing balance, as the ledger has them. A month that goes on: so far."""
    return await service.statement(keeper, month, currency)


@router.get(
    "/shop/invoices.pdf",
    tags=["desk"],
    dependencies=[access("artisan", "medium", owns="self")],
    summary="An invoice for our commission as PDF",
    response_class=Response,
    responses=READ | PDF,
)
async def fee_invoice_pdf(keeper: ShopKeeper, service: CurrentInvoices, number: Number) -> Response:
    return await pdf_of(await service.fee_invoice(keeper, number))


@router.get(
    "/shop/tax-number",
    tags=["desk"],
    dependencies=[access("artisan", "medium", owns="self")],
    summary="The shop's tax number",
    responses=error_responses(401, 403),
)
async def tax_number(keeper: ShopKeeper, service: CurrentTaxNumbers) -> TaxNumberView:
    return await service.shown(keeper)


@router.put(
    "/shop/tax-number",
    tags=["desk"],
    dependencies=[access("artisan", "medium", owns="self")],
    summary="Say under which number the shop is registered",
    responses=error_responses(400, 401, 403, 422),
)
async def change_tax_number(given: TaxNumberInput, keeper: ShopKeeper, service: CurrentTaxNumbers) -> TaxNumberView:
    """Holds from today on; commission that was invoiced keeps what held then. Only its form is checked."""
    return await service.change(keeper, given.number)


@router.delete(
    "/shop/tax-number",
    tags=["desk"],
    dependencies=[access("artisan", "medium", owns="self")],
    summary="The shop is not registered any more",
    responses=error_responses(401, 403),
)
async def remove_tax_number(keeper: ShopKeeper, service: CurrentTaxNumbers) -> TaxNumberView:
    return await service.remove(keeper)
