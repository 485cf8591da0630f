"""Statements as CSV, for a spreadsheet: amounts as plain decimals, and no cell that a spreadsheet could run."""

import csv
import io
from decimal import Decimal

from api.audit.export import FORMULA
from api.invoices.schemas import StatementView
from api.money import MoneyView
from models.types import CURRENCY_DECIMALS

COLUMNS = ("date", "what", "order", "amount", "commission", "moved", "balance", "currency")


def statement_csv(statement: StatementView) -> str:
    """The opening balance is the first row, the closing balance the last."""
    out = io.StringIO()
    sheet = csv.writer(out)
    sheet.writerow(COLUMNS)
    start = f"{statement.month}-01"
    sheet.writerow([start, "Opening balance", "", "", "", "", _amount(statement.opening), statement.currency])
    for line in statement.lines:
        amounts = [_amount(each) for each in (line.gross, line.fee, line.moved, line.balance)]
        sheet.writerow(
            [line.at.date().isoformat(), text(line.text), text(line.order_number), *amounts, statement.currency]
        )
    sheet.writerow(["", "Closing balance", "", "", "", "", _amount(statement.closing), statement.currency])
    return out.getvalue()


def _amount(money: MoneyView) -> str:
    """`-93.15`: a number, made by us, so its sign begins no formula."""
    return f"{Decimal(money.minor).scaleb(-CURRENCY_DECIMALS[money.currency]):f}"


def text(cell: str) -> str:
    """With an apostrophe in front of what a spreadsheet would take for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell
