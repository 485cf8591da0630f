"""What the audit log looks like from outside, and what may be looked for in it."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.catalogue.schemas import View
from models.audited import Audited
from models.repositories.audit import Asked

IdOfAnything = Annotated[str, Field(max_length=100, pattern=r"^[A-Za-z0-9_:.-]*$")]


class AuditFilters(BaseModel):
    """Everything that is given must hold."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    actor: Annotated[IdOfAnything, Field(description="Who did it: a person's or client's id, or `workflow:<id>`")] = ""
    subject: Annotated[IdOfAnything, Field(description="The id of whom or what it concerns")] = ""
    action: Annotated[Audited | None, Field(description="What was done")] = None
    from_: Annotated[AwareDatetime | None, Field(alias="from", description="Since, inclusive")] = None
    to: Annotated[AwareDatetime | None, Field(description="Until, exclusive")] = None

    def asked(self) -> Asked:
        action = "" if self.action is None else self.action.value
        return Asked(self.actor, self.subject, action, self.from_, self.to)


class AuditQuery(AuditFilters):
    after: Annotated[
        int | None, Field(ge=1, le=2**63 - 1, description="`next` of the page before: the entry id that it ended with")
    ] = None
    limit: Annotated[int, Field(ge=1, le=200, description="Entries a page")] = 50


class AuditExportQuery(AuditFilters):
    format: Annotated[Literal["csv", "jsonl"], Field(description="A table, or one JSON object a line")] = "jsonl"


class AuditEntryView(View):
    id: int
    at: datetime
    actor: str
    """A person's or client's id, `workflow:<id>` or `system`."""
    role: str
    action: str
    """The code; stable."""
    text: str
    """What was done, in words."""
    subject: str
    details: dict[str, Any]
    seq: int
    """Its place in the chain."""
    previous_hash: str
    hash: str
    """SHA-256 over the entry at its place and the hash before it, in hexadecimal."""


class AuditSealView(View):
    """The newest seal: what it covers can't be changed without our key."""

    day: date
    up_to_seq: int
    hash: str


class AuditPage(View):
    entries: list[AuditEntryView]
    """Newest first."""
    next: int | None
    """For `after`; null on the last page."""
    seal: AuditSealView | None
