"""Invoices and statements on paper. The same document is the same bytes, whoever prints it and whenever.

Owns the layout; what is said is in the views, how it is said in `wording`.
"""

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table

from api.invoices.schemas import InvoiceLineView, InvoiceView, StatementView
from api.invoices.text import BOLD, FONT, register, written

INK, SOFT, RULE = HexColor("#2b2622"), HexColor("#6b625a"), HexColor("#d9d0c5")
WIDTH = A4[0] - 40 * mm
OF_COMMISSIONS = "CC-"
OF = {"AC-": "Order", OF_COMMISSIONS: "Commission"}
"""What the number is of that a paper refers to, by how it begins."""
FRAME = 6
"""Points that the page's frame keeps free on each side; taken off the margins: text and tables begin together."""


def invoice_pdf(invoice: InvoiceView) -> bytes:
    facts = [
        (f"{invoice.title} number", invoice.number),
        ("Issued", _day(invoice.issued_on)),
        (_moved(invoice), _day(invoice.supplied_on)),
        (OF.get(invoice.reference[:3], "Month"), invoice.reference),
    ]
    if invoice.corrects:
        facts.append(("Corrects invoice", invoice.corrects))
    if invoice.sold_by:
        facts.append(("Made and sold by", invoice.sold_by))
    to = invoice.addressee
    addressed = ["This person's data has been erased."] if to is None else [to.name, *to.address]
    if to is not None and to.tax_number:
        addressed.append(f"Tax number {to.tax_number}")
    numbers = [f"{where}: {number}" for where, number in invoice.issuer.numbers.items()]
    story: list[Any] = [
        _text(invoice.issuer.name, "brand"),
        _text(" · ".join(invoice.issuer.address), "soft"),
        *([_text("Tax numbers  " + " · ".join(numbers), "soft")] if numbers else []),
        Spacer(0, 9 * mm),
        Table(
            [[_stack(["To", *addressed]), _facts(facts)]],
            colWidths=[WIDTH * 0.45, WIDTH * 0.55],
            style=[("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0)],
        ),
        Spacer(0, 7 * mm),
        _text(f"{invoice.title} {invoice.number}", "title"),
        Spacer(0, 3 * mm),
        _table(
            ["", "Pieces", "Net", "Tax"],
            [[_named(line), str(line.quantity), line.net.text, line.tax.text] for line in invoice.lines]
            if not _in_one_sum(invoice)
            else [[_named(line), str(line.quantity), line.net.text, ""] for line in invoice.lines],
            [0.52, 0.12, 0.18, 0.18],
        ),
        Spacer(0, 5 * mm),
        KeepTogether(
            [
                _table(
                    ["Tax", "On", "Amount"],
                    [[row.label, row.base.text, row.tax.text] for row in invoice.taxes],
                    [0.64, 0.18, 0.18],
                ),
                Spacer(0, 5 * mm),
                _sums([("Net", invoice.net.text), ("Tax", invoice.tax.text)], ("Total", invoice.total.text)),
                Spacer(0, 6 * mm),
                *[_text(note, "soft") for note in invoice.notes],
            ]
        ),
    ]
    return _document(story, f"{invoice.title} {invoice.number}", invoice.issuer.name)


def _moved(invoice: InvoiceView) -> str:
    """What the second day on it is the day of."""
    if invoice.reference.startswith(OF_COMMISSIONS):
        return "Refunded" if invoice.corrects else "Paid"
    return "Supplied"


def _named(line: InvoiceLineView) -> str:
    if line.before is None or line.discount is None:
        return line.text
    return f"{line.text} ({line.before.text}, less {line.discount.text} discount)"


def _in_one_sum(invoice: InvoiceView) -> bool:
    """The tax on a month's commission belongs to all its lines together."""
    return invoice.tax.minor != sum(line.tax.minor for line in invoice.lines)


def statement_pdf(statement: StatementView) -> bytes:
    title = f"Statement {statement.month}, {statement.currency}"
    rows = [
        [
            _day(line.at.date()),
            line.text,
            line.order_number,
            line.gross.text,
            _minus(line.fee.text) if line.fee.minor else "",
            line.balance.text,
        ]
        for line in statement.lines
    ]
    story: list[Any] = [
        _text("ArtisanConnect", "brand"),
        _text(statement.shop_name, "soft"),
        Spacer(0, 8 * mm),
        _text(title, "title"),
        *([] if statement.is_over else [_text("The month is not over: this is how it stands now.", "soft")]),
        Spacer(0, 3 * mm),
        _sums(
            [
                ("Opening balance", statement.opening.text),
                *((f"{one.text} ({one.count})", one.moved.text) for one in statement.sums),
            ],
            ("Closing balance", statement.closing.text),
        ),
        Spacer(0, 7 * mm),
        _table(
            ["Day", "What", "Order", "Amount", "Commission", "Balance"], rows, [0.15, 0.23, 0.17, 0.15, 0.15, 0.15], 3
        ),
    ]
    return _document(story, title, "ArtisanConnect")


def _minus(text: str) -> str:
    return text.removeprefix("-") if text.startswith("-") else f"-{text}"


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def _document(story: list[Any], title: str, author: str) -> bytes:
    out = BytesIO()
    document = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=20 * mm - FRAME,
        rightMargin=20 * mm - FRAME,
        topMargin=18 * mm,
        bottomMargin=20 * mm,
        title=title,
        author=author,
        lang="en",
        invariant=1,
    )

    def foot(canvas: Canvas, at: SimpleDocTemplate) -> None:
        canvas.saveState()
        canvas.setFont(FONT, 7.5)
        canvas.setFillColor(SOFT)
        canvas.drawString(20 * mm, 11 * mm, title)
        canvas.drawRightString(A4[0] - 20 * mm, 11 * mm, f"Page {at.page}")
        canvas.restoreState()

    register()
    document.build(story, onFirstPage=foot, onLaterPages=foot)
    return out.getvalue()


_BASE = {"fontName": FONT, "fontSize": 9, "leading": 12.5, "textColor": INK}
_STYLES = {
    "plain": ParagraphStyle("plain", **_BASE),
    "right": ParagraphStyle("right", **{**_BASE, "alignment": TA_RIGHT}),
    "soft": ParagraphStyle("soft", **{**_BASE, "fontSize": 8, "leading": 11, "textColor": SOFT}),
    "head": ParagraphStyle("head", **{**_BASE, "fontSize": 7.5, "textColor": SOFT}),
    "head right": ParagraphStyle("head right", **{**_BASE, "fontSize": 7.5, "textColor": SOFT, "alignment": TA_RIGHT}),
    "bold": ParagraphStyle("bold", **{**_BASE, "fontName": BOLD}),
    "bold right": ParagraphStyle("bold right", **{**_BASE, "fontName": BOLD, "alignment": TA_RIGHT}),
    "title": ParagraphStyle("title", **{**_BASE, "fontName": BOLD, "fontSize": 13, "leading": 17}),
    "brand": ParagraphStyle("brand", **{**_BASE, "fontName": BOLD, "fontSize": 16, "leading": 21}),
}


def _text(text: str, style: str = "plain") -> Paragraph:
    register()
    return Paragraph(written(text), _STYLES[style])


def _stack(lines: Sequence[str]) -> list[Paragraph]:
    first, *rest = lines
    return [_text(first, "head"), *(_text(line) for line in rest)]


def _facts(facts: Sequence[tuple[str, str]]) -> Table:
    return Table(
        [[_text(name, "soft"), _text(value)] for name, value in facts],
        colWidths=[WIDTH * 0.22, WIDTH * 0.33],
        style=[
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("TOPPADDING", (0, 0), (-1, -1), 0.5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 0.5),
        ],
    )


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], shares: Sequence[float], left: int = 1) -> Table:
    """Columns from `left` on hold amounts. The head comes again on every page."""

    def cells(row: Sequence[str], style: str) -> list[Paragraph]:
        right = f"{style} right" if style != "plain" else "right"
        return [_text(cell, style if at < left else right) for at, cell in enumerate(row)]

    return Table(
        [cells(heads, "head"), *(cells(row, "plain") for row in rows)],
        colWidths=[WIDTH * share for share in shares],
        repeatRows=1,
        style=[
            ("LINEBELOW", (0, 0), (-1, 0), 0.8, INK),
            ("LINEBELOW", (0, 1), (-1, -1), 0.4, RULE),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (0, -1), 0),
            ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
        ],
    )


def _sums(parts: Sequence[tuple[str, str]], total: tuple[str, str]) -> Table:
    return Table(
        [
            *([_text(name), _text(value, "right")] for name, value in parts),
            [_text(total[0], "bold"), _text(total[1], "bold right")],
        ],
        colWidths=[WIDTH * 0.34, WIDTH * 0.2],
        hAlign="RIGHT",
        style=[
            ("LINEABOVE", (0, -1), (-1, -1), 0.8, INK),
            ("TOPPADDING", (0, 0), (-1, -1), 2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
            ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
        ],
    )
