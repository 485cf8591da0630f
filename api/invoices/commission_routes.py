"""JSON, PDF and CSV of a commission's invoices, for its customer and its artisan. Thin: who may, what in, what out."""

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import Response

from api.access import access
from api.dependencies import SignedIn
from api.invoices.routes import CSV, PDF, READ, CurrentInvoices, Number, file, pdf_of
from api.invoices.schemas import CommissionInvoices
from api.invoices.sheet import invoices_csv

router = APIRouter(prefix="/api/v1/commissions/{commission_id}", tags=["commissions"])

CommissionId = Annotated[str, Path(max_length=40)]


def csv_of(papers: CommissionInvoices) -> Response:
    return file(invoices_csv(papers), "commission-invoices.csv", "text/csv")


@router.get(
    "/invoices",
    dependencies=[access("customer", "medium", owns="commission", again=True)],
    summary="A commission's invoices and credit notes",
    responses=READ,
)
async def commission_invoices(
    commission_id: CommissionId, person: SignedIn, service: CurrentInvoices
) -> CommissionInvoices:
    """One for each payment that was received. Issued now if it has not been yet; each only ever once."""
    return await service.of_commission(person, commission_id)


@router.get(
    "/invoices.csv",
    dependencies=[access("customer", "medium", owns="commission", again=True)],
    summary="A commission's invoices as CSV",
    response_class=Response,
    responses=READ | CSV,
)
async def commission_invoices_csv(commission_id: CommissionId, person: SignedIn, service: CurrentInvoices) -> Response:
    """Every line and every tax of every invoice and credit note."""
    return csv_of(await service.of_commission(person, commission_id))


@router.get(
    "/invoice.pdf",
    dependencies=[access("customer", "medium", owns="commission", again=True)],
    summary="One invoice of a commission as PDF",
    response_class=Response,
    responses=READ | PDF,
)
async def commission_invoice_pdf(
    commission_id: CommissionId, person: SignedIn, service: CurrentInvoices, number: Number | None = None
) -> Response:
    """The invoice or the credit note of that number."""
    return await pdf_of(await service.one_of_commission(person, commission_id, number))
