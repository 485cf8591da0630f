"""The audit log as a page: the JSON route's search with days instead of instants, and the same export beside it."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel, BeforeValidator, Field

from api.access import access
from api.audit.export import file_response
from api.audit.routes import AuditLog
from api.audit.schemas import AuditExportQuery, AuditQuery, IdOfAnything
from api.audit.words import AUDITED
from api.dependencies import CurrentParts
from api.money import money
from api.web import forms
from api.web.page import CurrentPage, Page
from models.audited import Audited
from models.types import CURRENCY_DECIMALS

router = APIRouter(prefix="/admin/audit", include_in_schema=False)
DAY = timedelta(days=1)


def _day(text: str) -> date:
    try:
        given = date.fromisoformat(text.strip())
    except ValueError:
        given = date.min
    if not 2000 <= given.year <= 2100:
        raise ValueError("Enter a day like 2026-11-22.")
    return given


Day = Annotated[date, BeforeValidator(_day)]


class Typed(BaseModel):
    """The form. Days are in UTC, and the last one is meant whole."""

    actor: IdOfAnything = ""
    subject: IdOfAnything = ""
    action: Audited | None = None
    since: Day | None = None
    until: Day | None = None
    after: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = None

    def filters(self) -> dict[str, Any]:
        """As the JSON routes take them."""
        return {
            "actor": self.actor,
            "subject": self.subject,
            "action": self.action,
            "from_": self.since and datetime.combine(self.since, time(), UTC),
            "to": self.until and datetime.combine(self.until + DAY, time(), UTC),
        }


@router.get("", dependencies=[access("administrator", "high", owns="any")])
async def log(page: CurrentPage, service: AuditLog) -> Response:
    values, given, errors = _typed(page)
    if given is None:
        return await _shown(page, values, errors=errors, status=422)
    found = await service.search(AuditQuery(**given.filters(), after=given.after))
    sealed = found.seal and datetime.combine(found.seal.day, time(), UTC)
    return await _shown(page, values, found=found, older=bool(given.after), sealed_on=sealed)


@router.get("/export", dependencies=[access("administrator", "high", owns="any")])
async def export(page: CurrentPage, service: AuditLog, parts: CurrentParts) -> Response:
    """Here too, and not only under /api: a browser that has to prove itself again comes back to it."""
    values, given, errors = _typed(page)
    if given is None:
        return await _shown(page, values, errors=errors, status=422)
    as_table = page.request.query_params.get("format") == "csv"
    query = AuditExportQuery(**given.filters(), format="csv" if as_table else "jsonl")
    await service.note_export(query)
    return file_response(parts.database, query.asked(), query.format)


def _typed(page: Page) -> tuple[dict[str, str], Typed | None, dict[str, str]]:
    params = page.request.query_params
    values = {name: params[name].strip() for name in Typed.model_fields if params.get(name, "").strip()}
    given, errors = forms.checked(Typed, values)
    if "action" in errors:
        errors["action"] = "Choose one of the list."
    return values, given, errors


async def _shown(page: Page, values: dict[str, str], *, status: int = 200, **shown: Any) -> Response:
    kept = {name: value for name, value in values.items() if name != "after"}

    def address(path: str = "", **more: object) -> str:
        query = urlencode({**kept, **more})
        return f"/admin/audit{path}" + (f"?{query}" if query else "")

    return await page.html(
        "admin/audit.html",
        status=status,
        desk_here="audit",
        values=values,
        filtered=bool(kept),
        actions=AUDITED,
        address=address,
        facts=_facts,
        **{"found": None, "older": False, "sealed_on": None, "errors": {}, **shown},
    )


def _facts(details: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What an entry holds, line by line, as people read it."""
    shown = dict(details)
    minor, currency = shown.get("amount_minor"), shown.get("currency")
    if isinstance(minor, int) and currency in CURRENCY_DECIMALS:
        del shown["amount_minor"], shown["currency"]
        shown["amount"] = money(minor, currency).text
    return [(name.replace("_", " ").capitalize(), _text(value)) for name, value in shown.items()]


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_text(part) for part in value) or "none"
    return str(value)
