"""The audit log as a file that somebody else can check: every entry with its place in the chain and both hashes.

Each line proves itself; an export without filters proves the order, too. What is hashed stands in
`models.rules.audit_chain`, and in prose in the decision about the chain. Streamed: the log may be of any length.
"""

import csv
import io
import json
from collections.abc import AsyncIterator, Iterable, Sequence

from starlette.responses import StreamingResponse

from core import clock
from core.database import Database
from models.repositories import audit
from models.repositories.audit import Asked, Entry
from models.rules.audit_chain import instant_text

COLUMNS = ("seq", "id", "at", "actor", "role", "action", "subject", "details", "previous_hash", "hash")
MEDIA_TYPES = {"csv": "text/csv", "jsonl": "application/x-ndjson"}
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""


def file_response(database: Database, asked: Asked, format_: str) -> StreamingResponse:
    lines = _csv(database, asked) if format_ == "csv" else _jsonl(database, asked)
    name = f"audit-log-{clock.now():%Y-%m-%d}.{format_}"
    return StreamingResponse(
        lines,
        media_type=MEDIA_TYPES[format_],
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


async def _csv(database: Database, asked: Asked) -> AsyncIterator[str]:
    yield _table([COLUMNS])
    async for part in audit.in_order(database, asked):
        yield _table([[_cell(value) for value in _values(entry)] for entry in part])


async def _jsonl(database: Database, asked: Asked) -> AsyncIterator[str]:
    async for part in audit.in_order(database, asked):
        yield "".join(_object(entry) for entry in part)


def _values(entry: Entry) -> Sequence[str | int]:
    """In the order of `COLUMNS`."""
    link = entry.link
    words = (link.actor, link.role, link.action, link.subject, link.details)
    return (link.seq, link.entry_id, instant_text(link.at), *words, entry.previous_hash.hex(), entry.hash.hex())


def _table(rows: Iterable[Sequence[str | int]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def _cell(value: str | int) -> str | int:
    """An apostrophe before what would be a formula; it is not part of the value."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def _object(entry: Entry) -> str:
    """`details` as the database writes them, and so as they were hashed."""
    fields = (
        f'"{name}": {value if name == "details" else json.dumps(value, ensure_ascii=False)}'
        for name, value in zip(COLUMNS, _values(entry), strict=True)
    )
    return "{" + ", ".join(fields) + "}\n"
