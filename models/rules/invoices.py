"""What stands on an invoice and a credit note, before it has a number: lines, taxes, totals that add up.

Owns no number, no date, no name: those are given when it is issued. Amounts of a credit note are positive; its kind
says which way they go.

Worked example: books of EUR 30.00 at 7 % and a mug of EUR 50.00 at 19 %, shipping EUR 8.00, taxed as the goods in it:
3.00 at 7 % and 5.00 at 19 %. Table: 7 % of 33.00 is 2.10 + 0.21, 19 % of 55.00 is 9.50 + 0.95. When the books come
back with their shipping, 30.00 + 3.00 + 2.31 are credited, all of the 7 % and nothing of the 19 %.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from models.ports import TaxComponent, TaxReason
from models.rules.splits import split

SHIPPING = "shipping"
"""Item of what was charged for sending."""
FEES_ITEM = "fees"
"""Item of the taxes on a month's commission, which belong to all its lines."""


class InvoiceKind(StrEnum):
    SALE = "sale"  # to a buyer, for one order
    ADVANCE = "advance"  # to a customer, for one payment before the work it pays for
    CREDIT_NOTE = "credit_note"  # to a buyer, for one refund
    FEES = "fees"  # to an artisan, for one month
    FEES_CREDIT = "fees_credit"  # of a month in which more commission went back than was taken


SERIES = {
    InvoiceKind.SALE: "INV",
    InvoiceKind.ADVANCE: "INV",
    InvoiceKind.CREDIT_NOTE: "CRN",
    InvoiceKind.FEES: "FEE",
    InvoiceKind.FEES_CREDIT: "FCN",
}
"""Each has numbers of its own, without gaps within a year."""


def number(kind: InvoiceKind, year: int, sequence: int) -> str:
    """`INV-2026-000042`."""
    return f"{SERIES[kind]}-{year}-{sequence:06d}"


@dataclass(frozen=True, slots=True)
class TaxPart:
    """One tax on one base. `item` is the line that it belongs to."""

    item: str
    name: str
    jurisdiction: str
    rate_millionths: int
    reason: str
    base_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True)
class Line:
    item: str
    """Listing id, `shipping`, or a code of what a commission was for."""
    text: str
    """A title that was frozen with the order; empty where `item` says it all."""
    quantity: int
    net_minor: int
    """What was paid for it, before tax."""
    discount_minor: int = 0
    """What had come off before; only said, and in no sum."""


@dataclass(frozen=True, slots=True)
class Draft:
    kind: InvoiceKind
    currency: str
    lines: tuple[Line, ...]
    taxes: tuple[TaxPart, ...]

    @property
    def net_minor(self) -> int:
        return sum(line.net_minor for line in self.lines)

    @property
    def tax_minor(self) -> int:
        return sum(part.tax_minor for part in self.taxes)

    @property
    def total_minor(self) -> int:
        return self.net_minor + self.tax_minor

    def tax_of(self, item: str) -> int:
        return sum(part.tax_minor for part in self.taxes if part.item == item)

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind.value,
            "currency": self.currency,
            "lines": [asdict(line) for line in self.lines],
            "taxes": [asdict(part) for part in self.taxes],
        }

    @classmethod
    def of_json(cls, stored: Mapping[str, Any]) -> "Draft":
        return cls(
            InvoiceKind(stored["kind"]),
            stored["currency"],
            tuple(Line(**line) for line in stored["lines"]),
            tuple(TaxPart(**part) for part in stored["taxes"]),
        )


def tax_table(taxes: Sequence[TaxPart]) -> list[TaxPart]:
    """One row for each tax, rate and reason; bases and taxes are the sums of the lines'."""
    rows: dict[TaxPart, TaxPart] = {}
    for part in taxes:
        key = replace(part, item="", base_minor=0, tax_minor=0)
        row = rows.get(key, key)
        rows[key] = replace(row, base_minor=row.base_minor + part.base_minor, tax_minor=row.tax_minor + part.tax_minor)
    return list(rows.values())


def sale(
    currency: str, goods: Sequence[Line], shipping_minor: int, taxes: Mapping[str, Sequence[TaxComponent]]
) -> Draft:
    """Of one order; `taxes` by the lines' items, `shipping` among them."""
    sending = (Line(SHIPPING, "", 1, shipping_minor),) if shipping_minor or taxes.get(SHIPPING) else ()
    lines = (*goods, *sending)
    return Draft(
        InvoiceKind.SALE,
        currency,
        lines,
        tuple(part_of(line.item, component) for line in lines for component in taxes.get(line.item, ())),
    )


def part_of(item: str, component: TaxComponent) -> TaxPart:
    return TaxPart(
        item,
        component.name,
        component.jurisdiction,
        component.rate_millionths,
        component.reason.value,
        component.base.minor,
        component.tax.minor,
    )


@dataclass(frozen=True, slots=True)
class Refunded:
    """One refund, in the parts that were booked. `pieces` is empty for an agreed amount: it concerns every line."""

    items_minor: int
    shipping_minor: int
    tax_minor: int
    pieces: Mapping[str, int]


def credit_note(sold: Draft, earlier: Sequence[Draft], refunded: Refunded) -> Draft:
    """What `refunded` takes off the invoice `sold`, after `earlier` credit notes. Its sums are the refund's exactly;
    no line and no tax is ever credited with more than was invoiced, and a refund of all that is left credits the rest
    of everything. Raises `ValueError` for a refund of more than is left."""
    nets = _net_left(sold, earlier)
    goods = [line for line in sold.lines if line.item != SHIPPING]
    wanted = [
        line.net_minor * refunded.pieces.get(line.item, 0) // line.quantity if refunded.pieces else line.net_minor
        for line in goods
    ]
    credited = _allocate(refunded.items_minor, wanted, [nets[line.item] for line in goods])
    by_item = {line.item: net for line, net in zip(goods, credited, strict=True)}
    by_item[SHIPPING] = refunded.shipping_minor
    if refunded.shipping_minor > nets.get(SHIPPING, 0):
        raise ValueError("more shipping is credited than was invoiced")
    full = {line.item: line.net_minor for line in sold.lines}
    left = _taxes_left(sold, earlier)
    taxes = _allocate(
        refunded.tax_minor,
        [part.tax_minor * by_item[part.item] // full[part.item] if full[part.item] else 0 for part in sold.taxes],
        [part.tax_minor for part in left],
    )
    bases = _bases(sold, left, by_item)
    lines = tuple(
        replace(
            line,
            net_minor=by_item[line.item],
            quantity=refunded.pieces.get(line.item, line.quantity),
            discount_minor=0,
        )
        for line in sold.lines
        if by_item[line.item]
    )
    parts = tuple(
        replace(part, base_minor=base, tax_minor=tax)
        for part, base, tax in zip(sold.taxes, bases, taxes, strict=True)
        if base or tax
    )
    return Draft(InvoiceKind.CREDIT_NOTE, sold.currency, lines, parts)


def _net_left(sold: Draft, earlier: Sequence[Draft]) -> dict[str, int]:
    left = {line.item: line.net_minor for line in sold.lines}
    for note in earlier:
        for line in note.lines:
            left[line.item] -= line.net_minor
    return left


def _taxes_left(sold: Draft, earlier: Sequence[Draft]) -> list[TaxPart]:
    def key(part: TaxPart) -> tuple[str, str, str, int, str]:
        return part.item, part.name, part.jurisdiction, part.rate_millionths, part.reason

    found = {key(part): part for part in sold.taxes}
    for note in earlier:
        for part in note.taxes:
            before = found[key(part)]
            found[key(part)] = replace(
                before, base_minor=before.base_minor - part.base_minor, tax_minor=before.tax_minor - part.tax_minor
            )
    return list(found.values())


def _bases(sold: Draft, left: Sequence[TaxPart], by_item: Mapping[str, int]) -> list[int]:
    """Each line's net again in each jurisdiction that taxes it."""
    bases = [0] * len(left)
    for item, jurisdiction in dict.fromkeys((part.item, part.jurisdiction) for part in sold.taxes):
        own = [at for at, part in enumerate(sold.taxes) if (part.item, part.jurisdiction) == (item, jurisdiction)]
        shares = _allocate(
            by_item[item], [sold.taxes[at].base_minor for at in own], [left[at].base_minor for at in own]
        )
        for at, share in zip(own, shares, strict=True):
            bases[at] = share
    return bases


def _allocate(total: int, wanted: Sequence[int], room: Sequence[int]) -> list[int]:
    """`total` in shares like `wanted`, none above its room; what doesn't fit goes where there is room left."""
    if total > sum(room):
        raise ValueError(f"{total} is more than the {sum(room)} that are left")
    if not room:
        return []
    shares = [min(share, most) for share, most in zip(split(total, wanted), room, strict=True)]
    over = total - sum(shares)
    spare = [most - share for share, most in zip(shares, room, strict=True)]
    return [share + more for share, more in zip(shares, split(over, spare) if over else [0] * len(room), strict=True)]


def fees(currency: str, commissions: Mapping[str, int], taxes: Sequence[TaxComponent], net_minor: int) -> Draft:
    """One month's commission. `commissions` are code → what it came to, tax included; the lines show them without.
    Negative in sum, it is a credit."""
    gross = sum(commissions.values())
    credit = gross < 0
    sign = -1 if credit else 1
    codes = [code for code, minor in commissions.items() if minor]
    nets = _signed_split(net_minor, [commissions[code] for code in codes])
    lines = tuple(Line(code, "", 1, sign * net) for code, net in zip(codes, nets, strict=True))
    parts = tuple(
        TaxPart(
            FEES_ITEM,
            one.name,
            one.jurisdiction,
            one.rate_millionths,
            one.reason.value,
            sign * one.base.minor,
            sign * one.tax.minor,
        )
        for one in taxes
    )
    return Draft(InvoiceKind.FEES_CREDIT if credit else InvoiceKind.FEES, currency, lines, parts)


def _signed_split(total: int, gross: Sequence[int]) -> list[int]:
    """Net of each of some amounts of either sign, in their proportion; the last takes what rounding left."""
    whole = sum(gross)
    if not whole:
        return [0] * len(gross)
    shares = [(abs(part) * abs(total) // abs(whole)) * (1 if part > 0 else -1) for part in gross]
    return [*shares[:-1], total - sum(shares[:-1])]


NOTES = {
    TaxReason.REVERSE_CHARGE: "reverse_charge",
    TaxReason.ZERO_RATED_EXPORT: "export",
    TaxReason.EXEMPT: "exempt",
    TaxReason.OUT_OF_SCOPE: "out_of_scope",
}


def notes(draft: Draft) -> list[str]:
    """Codes of what an invoice has to say about what it does not tax."""
    reasons = {TaxReason(part.reason) for part in draft.taxes if part.base_minor}
    return [code for reason, code in NOTES.items() if reason in reasons]
