"""What the signed-in person has paid. Sensitive: it asks for a fresh proof of who they are."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query

from api.access import access
from api.catalogue.schemas import Page, View
from api.dependencies import Session, SignedIn
from api.errors import error_responses
from api.money import MoneyView, money_view
from models.ports import PaymentState
from models.repositories import payments
from models.repositories.payments import PaymentRow

router = APIRouter(prefix="/api/v1/payments", tags=["checkout"])


class PaymentView(View):
    checkout_id: str
    state: PaymentState
    total: MoneyView
    refunded: MoneyView
    paid_at: datetime
    """When the payment was opened."""
    order_numbers: list[str]

    @classmethod
    def of(cls, row: PaymentRow) -> "PaymentView":
        return cls(
            checkout_id=row.checkout_id,
            state=PaymentState(row.state),
            total=money_view(row.total),
            refunded=money_view(row.refunded),
            paid_at=row.created_at,
            order_numbers=list(row.order_numbers),
        )


@router.get(
    "",
    summary="My payments",
    responses=error_responses(401, 403, 422),
    dependencies=[access("customer", "high", owns="self")],
)
async def my_payments(
    person: SignedIn,
    session: Session,
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
    per_page: Annotated[int, Query(ge=1, le=100)] = 20,
) -> Page[PaymentView]:
    rows, total = await payments.of_person(session, person.id, page, per_page)
    return Page(
        items=[PaymentView.of(row) for row in rows],
        total=total,
        total_is_floor=False,
        page=page,
        pages=max(1, -(-total // per_page)),
    )
