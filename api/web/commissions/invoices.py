"""The invoices of a commission, to read and to keep: one page for both sides."""

from fastapi.responses import Response

from api.commissions.routes import CommissionId, Commissions
from api.dependencies import SignedIn
from api.invoices.commission_routes import csv_of
from api.invoices.routes import CurrentInvoices, pdf_of
from api.web.commissions.messages import router
from api.web.commissions.screen import context
from api.web.commissions.sides import both_sides
from api.web.page import CurrentPage

__all__ = ["router"]


@both_sides.get("/{commission_id}/invoices", again=True)
async def invoices(
    page: CurrentPage, person: SignedIn, service: Commissions, papers: CurrentInvoices, commission_id: CommissionId
) -> Response:
    view = await service.view(person, commission_id)
    found = await papers.of_commission(person, commission_id)
    return await page.html("commissions/invoices.html", status=200, **context(view, found=found))


@both_sides.get("/{commission_id}/invoices.csv", again=True)
async def as_csv(person: SignedIn, papers: CurrentInvoices, commission_id: CommissionId) -> Response:
    return csv_of(await papers.of_commission(person, commission_id))


@both_sides.get("/{commission_id}/invoice.pdf", again=True)
async def as_pdf(person: SignedIn, papers: CurrentInvoices, commission_id: CommissionId, number: str = "") -> Response:
    return await pdf_of(await papers.one_of_commission(person, commission_id, number[:20]))
