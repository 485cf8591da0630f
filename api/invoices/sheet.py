"""Statements as CSV, for a spreadsheet: amounts as plain decimals, and no cell that a spreadsheet could run."""

import csv
import io
from decimal import Decimal

from api.audit.export import FORMULA
from api.invoices.schemas import CommissionInvoices, StatementView
from api.money import MoneyView
from models.types import CURRENCY_DECIMALS

PAPERS = (
    *("number", "title", "issued", "paid or refunded", "corrects", "kind", "what"),
    *("jurisdiction", "rate", "on", "amount", "currency"),
)
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


def invoices_csv(papers: CommissionInvoices) -> str:
    """A row for each line and for each tax on it, credit notes below zero: the rows of `line` and `tax` are what was
    paid and has not gone back."""
    out = io.StringIO()
    sheet = csv.writer(out)
    sheet.writerow(PAPERS)
    for one in (*papers.invoices, *papers.credit_notes):
        sign = -1 if one.corrects else 1
        head = [one.number, one.title, one.issued_on.isoformat(), one.supplied_on.isoformat(), one.corrects]
        for line in one.lines:
            sheet.writerow([*head, "line", text(line.text), "", "", "", _amount(line.net, sign), one.currency])
        for row in one.taxes:
            on = [text(row.name), row.jurisdiction, row.rate_percent, _amount(row.base, sign)]
            sheet.writerow([*head, "tax", *on, _amount(row.tax, sign), one.currency])
    return out.getvalue()


def _amount(money: MoneyView, sign: int = 1) -> str:
    """`-93.15`: a number, made by us, so its sign begins no formula."""
    return f"{Decimal(sign * money.minor).scaleb(-CURRENCY_DECIMALS[money.currency]):f}"


def text(cell: str) -> str:
    """With an apostrophe in front of what a spreadsheet would take for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell
