"""What somebody has paid, and what came back."""

from fastapi import APIRouter
from fastapi.responses import Response

from api.access import access
from api.dependencies import Session, SignedIn
from api.payments.routes import my_payments
from api.web.page import CurrentPage
from api.web.shop.orders import PER_PAGE, page_number

router = APIRouter(prefix="/account/payments", include_in_schema=False)


@router.get("", dependencies=[access("customer", "high", owns="self")])
async def payments(page: CurrentPage, person: SignedIn, session: Session) -> Response:
    shown = await my_payments(person, session, page_number(page.request), PER_PAGE)
    return await page.html(
        "account/payments.html", account_here="payments", page=shown, address=lambda n: f"/account/payments?page={n}"
    )
