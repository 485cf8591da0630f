"""The finance desk: what did not arrive, where all the money is, how it was over time, how long it waits."""

from fastapi import APIRouter
from fastapi.responses import Response

from api.access import access
from api.audit.reading import audits_reading
from api.finance.chart import HEIGHT, WIDTH, chart_of
from api.finance.export import file_of
from api.finance.routes import CurrentFinance
from api.web.page import CurrentPage

router = APIRouter(prefix="/admin/finance", include_in_schema=False)

SPANS = {30: "30 days", 90: "90 days", 366: "A year"}
USUAL = 90


@router.get("", dependencies=[access("administrator", "high", owns="any"), audits_reading("finance")])
async def desk(page: CurrentPage, service: CurrentFinance) -> Response:
    params = page.request.query_params
    wanted = params.get("days", "")
    days = int(wanted) if wanted in {str(span) for span in SPANS} else USUAL
    balances = await service.balances(params.get("currency"), days)
    return await page.html(
        "admin/finance.html",
        desk_here="finance",
        found=await service.overview(),
        balances=balances,
        chart=chart_of(balances),
        size=(WIDTH, HEIGHT),
        spans=SPANS,
        days=days,
    )


@router.get("/balances.csv", dependencies=[access("administrator", "high", owns="any"), audits_reading("finance_file")])
async def file(service: CurrentFinance) -> Response:
    """Here too, and not only under /api: a browser that has to prove itself again comes back to it."""
    return file_of(await service.movements())
