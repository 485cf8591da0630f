"""The buyer's invoice and credit notes of one order, to read and to keep."""

from fastapi import APIRouter
from fastapi.responses import Response

from api.access import access
from api.dependencies import SignedIn
from api.invoices.routes import CurrentInvoices, OrderId, pdf_of
from api.web.page import CurrentPage

router = APIRouter(prefix="/orders", include_in_schema=False)


@router.get("/{order_id}/invoice", dependencies=[access("customer", "medium", owns="order", again=True)])
async def invoice(page: CurrentPage, order_id: OrderId, person: SignedIn, service: CurrentInvoices) -> Response:
    found = await service.of_order(person, order_id)
    return await page.html("shop/invoice.html", order_id=order_id, found=found)


@router.get("/{order_id}/invoice.pdf", dependencies=[access("customer", "medium", owns="order", again=True)])
async def as_pdf(order_id: OrderId, person: SignedIn, service: CurrentInvoices, number: str | None = None) -> Response:
    return await pdf_of(await service.one_of_order(person, order_id, number))
