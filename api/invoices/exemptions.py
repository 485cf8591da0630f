"""Buyers' certificates that lift a tax: granted and ended by an administrator who has seen them."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.access import access
from api.catalogue.schemas import View
from api.dependencies import Session, SignedIn
from api.errors import error_responses
from api.text import Line
from models.audited import Audited
from models.repositories import audit, taxes

router = APIRouter(prefix="/api/v1/admin/tax-exemptions", tags=["operators"])


class ExemptionInput(BaseModel):
    model_config = ConfigDict(extra="forbid")

    user_id: Annotated[str, Field(max_length=40)]
    kind: Literal["reseller", "nonprofit", "government", "vat_business"]
    jurisdiction: Annotated[str, Field(pattern=r"^(US-[A-Z]{2}|CA(-[A-Z]{2})?|EU|GB)$")]
    """Of the taxes that it lifts: `US-NY`, `CA` (GST), `CA-ON` (HST), `CA-BC` (PST), `GB`; `EU` for a business."""
    number: Annotated[Line, Field(min_length=3, max_length=60)]
    """Of the certificate, or the VAT number. Kept sealed."""
    valid_from: date
    valid_to: date | None = None
    """Its last day."""

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> "ExemptionInput":
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError("valid_to: it can't end before it begins")
        return self


class ExemptionEnd(BaseModel):
    model_config = ConfigDict(extra="forbid")

    last_day: date


class ExemptionView(View):
    id: str


@router.post(
    "",
    status_code=201,
    summary="Grant a buyer an exemption",
    responses=error_responses(401, 403, 404, 422),
    dependencies=[access("administrator", "high", owns="any")],
)
async def grant(body: ExemptionInput, person: SignedIn, session: Session) -> ExemptionView:
    """Checkouts that are placed from then on are taxed accordingly, each with the certificate named."""
    exemption_id = await taxes.grant_exemption(
        session,
        body.user_id,
        body.number,
        kind=body.kind,
        jurisdiction=body.jurisdiction,
        valid_from=body.valid_from,
        valid_to=body.valid_to,
        by=person.id,
    )
    await audit.append(
        session,
        Audited.TAX_EXEMPTION_CHANGED,
        actor=person.id,
        role=person.role,
        subject=body.user_id,
        details={"exemption": exemption_id, "kind": body.kind, "jurisdiction": body.jurisdiction},
    )
    return ExemptionView(id=exemption_id)


@router.post(
    "/{exemption_id}/end",
    status_code=204,
    summary="End an exemption",
    responses=error_responses(401, 403, 404, 422),
    dependencies=[access("administrator", "high", owns="any")],
)
async def end(
    exemption_id: Annotated[str, Path(max_length=40)], body: ExemptionEnd, person: SignedIn, session: Session
) -> None:
    """What was sold until its last day stays exempt."""
    await taxes.end_exemption(session, exemption_id, body.last_day)
    await audit.append(
        session,
        Audited.TAX_EXEMPTION_CHANGED,
        actor=person.id,
        role=person.role,
        subject=exemption_id,
        details={"last_day": body.last_day.isoformat()},
    )
