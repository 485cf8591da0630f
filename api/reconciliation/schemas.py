"""A case as administrators see it, and what they send."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from api.catalogue.schemas import View
from api.finance.words import GROUPS
from api.money import MoneyView, money, money_view
from api.reconciliation.words import KINDS, OUTCOMES, REPAIRS, STATUSES, WAITING
from models.rules.reconciliation import DifferenceKind, Do, Reason, entries_of
from models.tables.reconciliation import ReconciliationCase

_ACCOUNTS = {line.kind: line.label for group in GROUPS for line in group.lines}


class ProposeRepairInput(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: Reason
    """What you have checked."""


class DecideRepairInput(BaseModel):
    model_config = ConfigDict(extra="forbid")

    decision: Literal["approve", "decline"]


class RepairEntry(View):
    account: str
    account_label: str
    owner: str
    amount: MoneyView
    """Debit positive, credit negative."""


class CaseView(View):
    id: str
    kind: str
    kind_text: str
    subject: str
    unit: str
    """The checkout or payout that it was found in."""
    expected: MoneyView
    found: MoneyView
    facts: dict[str, str | int]
    do: str
    repair_text: str
    entries: list[RepairEntry]
    status: str
    status_text: str
    outcome_text: str
    waiting_text: str
    """Who must act, in words; empty once it is closed."""
    opened_at: datetime
    seen_at: datetime
    nights: int
    proposed_by: str | None
    proposed_at: datetime | None
    reason: str
    approved_by: str | None
    approved_at: datetime | None
    closed_at: datetime | None

    @classmethod
    def of(cls, case: ReconciliationCase) -> "CaseView":
        do = Do(case.repair["do"])
        return cls(
            id=case.id,
            kind=case.kind,
            kind_text=KINDS[DifferenceKind(case.kind)],
            subject=case.subject,
            unit=case.unit,
            expected=money(case.expected_minor, case.currency),
            found=money(case.found_minor, str(case.facts.get("found_in", case.currency))),
            facts=case.facts,
            do=do.value,
            repair_text=REPAIRS[do],
            entries=[
                RepairEntry(
                    account=entry.kind.value,
                    account_label=_ACCOUNTS[entry.kind],
                    owner=entry.owner,
                    amount=money_view(entry.amount),
                )
                for entry in entries_of(case.repair)
            ],
            status=case.status,
            status_text=STATUSES[case.status],
            outcome_text=OUTCOMES[case.outcome],
            waiting_text=WAITING[case.status],
            opened_at=case.opened_at,
            seen_at=case.seen_at,
            nights=case.nights,
            proposed_by=case.proposed_by,
            proposed_at=case.proposed_at,
            reason=case.reason,
            approved_by=case.approved_by,
            approved_at=case.approved_at,
            closed_at=case.closed_at,
        )
