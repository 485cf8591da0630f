"""What is printed is only text, whatever somebody has called a piece; and the same paper is the same bytes."""

from datetime import date

import pytest

from api.invoices.pdf import invoice_pdf
from api.invoices.schemas import AddresseeView, InvoiceLineView, InvoiceView, IssuerView
from api.invoices.text import ASIAN, BOX, written
from api.money import money
from tests.support.pdf_text import words_of


def invoice(title: str, lines: int = 1) -> InvoiceView:
    amount = money(1_000, "USD")
    return InvoiceView(
        number="INV-2026-000001",
        kind="sale",
        title="Invoice",
        reference="AC-TEST",
        corrects="",
        issued_on=date(2026, 11, 22),
        supplied_on=date(2026, 11, 22),
        issuer=IssuerView(name="ArtisanConnect Ltd", address=["Dublin"], numbers={}),
        addressee=AddresseeView(name=title, address=[title], tax_number=""),
        sold_by=title,
        currency="USD",
        lines=[InvoiceLineView(text=title, quantity=1, net=amount, tax=money(0, "USD"))] * lines,
        taxes=[],
        net=amount,
        tax=money(0, "USD"),
        total=amount,
        notes=[],
    )


@pytest.mark.parametrize(
    "title",
    [
        '<img src="file:///etc/hostname"/>',
        "<b>unclosed & <font",
        "<para>&amp;</para>",
        "湯呑み Čaj Чашка κύπελλο 찻잔 \u202e evil \u0000",
        "قدح \U0001f3fa",
        "a" * 140,
    ],
)
def test_whatever_a_piece_is_called_it_is_only_text(title: str) -> None:
    said = words_of(invoice_pdf(invoice(title)))
    if title.isascii() and len(title) < 40:
        assert "".join(title.split()) in "".join(said.split())


def test_letters_are_written_with_a_typeface_that_has_them() -> None:
    assert written("Łódź & <Čaj>") == "Łódz &amp; &lt;Čaj&gt;"
    assert written("湯A") == f'<font name="{ASIAN["other"]}">湯</font>A'
    assert written("찻") == f'<font name="{ASIAN["hangul"]}">찻</font>'
    assert BOX in written("\U0001f3fa")
    assert written("a\u202eb") == "a b"


def test_the_same_paper_is_the_same_bytes_and_a_long_one_has_pages() -> None:
    assert invoice_pdf(invoice("Mug")) == invoice_pdf(invoice("Mug"))
    assert "Page 3" in words_of(invoice_pdf(invoice("Mug", lines=120)))
