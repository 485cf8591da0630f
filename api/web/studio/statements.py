"""The artisan's months, the invoices for our commission, and the shop's tax number."""

from collections.abc import Mapping

from fastapi import APIRouter
from fastapi.responses import Response

from api.access import access
from api.dependencies import Keeper, ShopKeeper
from api.invoices.routes import CurrentInvoices, CurrentTaxNumbers, Month, pdf_of, statement_file
from api.invoices.schemas import TaxNumberInput
from api.invoices.tax_numbers import TaxNumbers
from api.web import forms
from api.web.page import CurrentPage, Page
from models.errors import DomainError

router = APIRouter(prefix="/studio", include_in_schema=False)


@router.get("/statements", dependencies=[access("artisan", "medium", owns="self")])
async def statements(page: CurrentPage, keeper: ShopKeeper, service: CurrentInvoices) -> Response:
    return await page.html("studio/statements.html", desk_here="statements", found=await service.statements(keeper))


@router.get("/statements/{month}.csv", dependencies=[access("artisan", "medium", owns="self")])
async def as_csv(month: Month, keeper: ShopKeeper, service: CurrentInvoices, currency: str | None = None) -> Response:
    return await statement_file(await service.statement(keeper, month, currency), "csv")


@router.get("/statements/{month}.pdf", dependencies=[access("artisan", "medium", owns="self")])
async def as_pdf(month: Month, keeper: ShopKeeper, service: CurrentInvoices, currency: str | None = None) -> Response:
    return await statement_file(await service.statement(keeper, month, currency), "pdf")


@router.get("/statements/{month}", dependencies=[access("artisan", "medium", owns="self")])
async def statement(
    page: CurrentPage, month: Month, keeper: ShopKeeper, service: CurrentInvoices, currency: str | None = None
) -> Response:
    found = await service.statement(keeper, month, currency)
    return await page.html("studio/statement.html", desk_here="statements", statement=found)


@router.get("/invoices.pdf", dependencies=[access("artisan", "medium", owns="self")])
async def fee_invoice(keeper: ShopKeeper, service: CurrentInvoices, number: str = "") -> Response:
    return await pdf_of(await service.fee_invoice(keeper, number[:20]))


@router.get("/tax", dependencies=[access("artisan", "medium", owns="self")])
async def tax(page: CurrentPage, keeper: ShopKeeper, service: CurrentTaxNumbers) -> Response:
    return await _tax(page, keeper, service)


@router.post("/tax", dependencies=[access("artisan", "medium", owns="self")])
async def change_tax(page: CurrentPage, keeper: ShopKeeper, service: CurrentTaxNumbers) -> Response:
    typed = await forms.typed(page.request)
    if typed.get("remove"):
        await service.remove(keeper)
        return page.go("/studio/tax?done=1")
    given, errors = forms.checked(TaxNumberInput, typed)
    if given is None:
        return await _tax(page, keeper, service, typed=typed, errors=errors, status=422)
    try:
        await service.change(keeper, given.number)
    except DomainError as problem:
        return await _tax(
            page, keeper, service, typed=typed, errors=forms.refusal(problem, "number"), status=problem.status
        )
    return page.go("/studio/tax?done=1")


async def _tax(
    page: Page,
    keeper: Keeper,
    service: TaxNumbers,
    *,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    shown = await service.shown(keeper)
    return await page.html(
        "studio/tax.html",
        status=status,
        desk_here="tax",
        shown=shown,
        values={"number": (typed or {}).get("number", "")},
        errors=errors or {},
        done=page.request.query_params.get("done") == "1",
    )
