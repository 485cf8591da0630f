"""The books by day as a table for a spreadsheet. Debit is positive, as in the ledger."""

import csv
import io
from collections import defaultdict
from collections.abc import Sequence

from fastapi.responses import Response

from core import clock
from models.repositories.ledger_balances import Moved
from models.rules.bookkeeping import AccountKind
from models.rules.money import written

COLUMNS = ("day", "account", "currency", "moved", "balance", "moved_minor", "balance_minor")


def file_of(moved: Sequence[Moved]) -> Response:
    """Amounts twice: as people write them, and in minor units, which no spreadsheet rounds."""
    sums: dict[tuple[AccountKind, str], int] = defaultdict(int)
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(COLUMNS)
    for one in moved:
        sums[one.kind, one.currency] += one.minor
        total = sums[one.kind, one.currency]
        amounts = (_signed(one.minor, one.currency), _signed(total, one.currency))
        table.writerow((one.day.isoformat(), one.kind.value, one.currency, *amounts, one.minor, total))
    name = f"balances-{clock.now():%Y-%m-%d}.csv"
    return Response(
        out.getvalue(),
        media_type="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


def _signed(minor: int, currency: str) -> str:
    return ("-" if minor < 0 else "") + written(abs(minor), currency)
