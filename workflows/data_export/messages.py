"""The contract of the data export. Ids and instants; what is exported is never in a history."""

from dataclasses import dataclass, field
from datetime import date, datetime

from models.types import ExportStatus, TimelineEntry
from workflows.policies import ExportDeadlines

PROCESS = "data_export"
WORKFLOW = "DataExportWorkflow"
TASK_QUEUE = "privacy"


def export_id(person_id: str, day: date) -> str:
    """One a person and day (UTC): asked for twice, it is the same."""
    return f"{person_id}-{day:%Y%m%d}"


def workflow_id(export: str) -> str:
    return f"export-{export}"


@dataclass(frozen=True)
class ExportInput:
    export_id: str
    person_id: str
    deadlines: ExportDeadlines = field(default_factory=ExportDeadlines)


@dataclass(frozen=True)
class RequestExport:
    """Update `request`, which every click on the button sends: starts the export, or finds the one of today."""

    person_id: str


@dataclass(frozen=True)
class ExportState:
    export_id: str
    status: ExportStatus


@dataclass(frozen=True)
class ExportResult:
    status: ExportStatus
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Timeline:
    """Query `timeline`."""

    status: str
    entries: tuple[TimelineEntry, ...]
