"""Consents of the signed-in person, and the public table of how long what is kept."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from api.access import access
from api.catalogue.schemas import View
from api.dependencies import Session, SignedIn
from api.errors import error_responses
from core import clock
from models.audited import Audited
from models.repositories import audit, privacy_consents
from models.repositories.privacy_consents import ConsentRow
from models.rules.consents import OPTIONAL, Purpose
from models.rules.retention import RETENTION, Then

router = APIRouter(prefix="/api/v1", tags=["privacy"])


class ConsentView(View):
    purpose: Purpose
    given: bool
    version: str
    """Of the wording that was agreed to; empty for a question that was never answered."""
    at: datetime | None
    optional: bool
    """Whether it can be withdrawn while the account goes on."""

    @classmethod
    def of(cls, row: ConsentRow) -> "ConsentView":
        return cls(
            purpose=row.purpose, given=row.given, version=row.version, at=row.at, optional=row.purpose in OPTIONAL
        )


class ConsentsView(View):
    consents: list[ConsentView]


class ChangeConsents(BaseModel):
    """Left out: the answer stays as it is."""

    model_config = ConfigDict(extra="forbid")

    newsletter: bool | None = None
    making_of: bool | None = None


class KeptView(View):
    table: str
    how_long: str
    then: Then
    why: str


class RetentionView(View):
    tables: list[KeptView]


@router.get(
    "/me/consents",
    summary="What I have agreed to",
    responses=error_responses(401, 403),
    dependencies=[access("customer", "medium", owns="self")],
)
async def consents(person: SignedIn, session: Session) -> ConsentsView:
    return ConsentsView(consents=[ConsentView.of(row) for row in await privacy_consents.of_person(session, person.id)])


@router.put(
    "/me/consents",
    summary="Agree, or change my mind",
    responses=error_responses(400, 401, 403, 422),
    dependencies=[access("customer", "medium", owns="self")],
)
async def change_consents(body: ChangeConsents, person: SignedIn, session: Session) -> ConsentsView:
    """Each answer is kept with its time and wording; nothing depends on them but what they are about."""
    await answer(session, person.id, person.role, body, "api")
    return await consents(person, session)


async def answer(session: Session, person_id: str, role: str, given: ChangeConsents, source: str) -> None:
    answers = {Purpose(name): said for name, said in given.model_dump().items() if said is not None}
    changed = await privacy_consents.record(session, person_id, answers, source, clock.now())
    for purpose in changed:
        await audit.append(
            session,
            Audited.CONSENT_CHANGED,
            actor=person_id,
            role=role,
            subject=person_id,
            details={"purpose": purpose.value, "given": answers[purpose]},
        )


@router.get("/retention", summary="How long we keep what", dependencies=[access("public", "low")])
async def retention() -> RetentionView:
    """The schedule that a process carries out every night, table by table."""
    return RetentionView(
        tables=[
            KeptView(table=table, how_long=kept.how_long, then=kept.then, why=kept.why)
            for table, kept in RETENTION.items()
        ]
    )
