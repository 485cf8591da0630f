"""What stands on the invoice of one payment of a commission, and on a credit note for what went back of it.

A payment before the work is taxed and invoiced when it is received, over what was received (Directive 2006/112/EC,
articles 65, 220(1)(4) and (5), 226(7); in the United Kingdom VAT Act 1994, s. 6(4)). So each charge has an invoice of
its own, there is none for the whole, and whatever goes back of a charge is credited on its invoice.

A payment is an undivided part of everything that was agreed, shipping in it: it has one line, and of each tax of the
contract the part that is its own. Charges lie on one line (`charges`), so each takes its part of what earlier ones have
left, and the last one takes the rest: nothing is lost by rounding, and a change of the contract settles the difference.

A desk for 1,280.00, taxed with 4 % by a state and 4 % by its city, 51.20 each: the deposit of 300.00 + 24.00 is
invoiced with 12.00 to each, 500.00 + 40.00 with 20.00 to each, and the last 480.00 + 38.40 with the 19.20 that each has
left.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from models.rules.invoices import Draft, InvoiceKind, Line, Refunded, TaxPart, credit_note, tax_table
from models.rules.money import step_of
from models.rules.splits import split, split_in_steps

WORK = "commission"
"""What is made, as the tax engine is asked about it."""
DEPOSIT, PAYMENT = "deposit", "payment"
"""Codes of a line: the first payment, and each later one."""
IN_ONE_SUM = TaxPart("", "Tax", "", 0, "taxable", 0, 0)
"""Of a contract from before its taxes were kept: what is known of them is the sum."""
NO_TAX = replace(IN_ONE_SUM, reason="out_of_scope")


@dataclass(frozen=True, slots=True)
class Paid:
    """One charge as it was received."""

    item: str
    """`deposit` or `payment`."""
    amount_minor: int
    """Work and shipping, before tax."""
    tax_minor: int
    taxes: Sequence[TaxPart]
    """On the whole contract that it was made under."""


def advance(currency: str, paid: Paid, issued: Sequence[Draft]) -> Draft:
    """The invoice of a payment; `issued` is all that the commission was invoiced and credited before. Its line and its
    taxes are what was paid, exactly. Raises `ValueError` where a tax was paid that the contract doesn't know."""
    whole = [replace(part, item="") for part in paid.taxes if part.base_minor or part.tax_minor]
    due = tax_table(whole) or [IN_ONE_SUM if paid.tax_minor else NO_TAX]
    left = [_left(part, issued) for part in due]
    taxes = _weighed(
        paid.tax_minor,
        [part.tax_minor for part in left],
        [part.tax_minor for part in due],
        step=step_of(currency),
    )
    if paid.tax_minor and whole and not any(part.tax_minor for part in due):
        raise ValueError(f"a tax of {paid.tax_minor} was paid under a contract that has none")
    bases = [0] * len(due)
    for jurisdiction in dict.fromkeys(part.jurisdiction for part in due):
        own = [at for at, part in enumerate(due) if part.jurisdiction == jurisdiction]
        shares = _weighed(paid.amount_minor, [left[at].base_minor for at in own], [due[at].base_minor for at in own])
        for at, share in zip(own, shares, strict=True):
            bases[at] = share
    parts = tuple(
        replace(part, item=paid.item, base_minor=base, tax_minor=tax)
        for part, base, tax in zip(due, bases, taxes, strict=True)
        if base or tax
    )
    return Draft(InvoiceKind.ADVANCE, currency, (Line(paid.item, "", 1, paid.amount_minor),), parts)


def _left(due: TaxPart, issued: Sequence[Draft]) -> TaxPart:
    """Of one tax of the contract, what no payment has carried yet; nothing where it is less than that."""
    for draft in issued:
        sign = -1 if draft.kind is InvoiceKind.CREDIT_NOTE else 1
        for part in draft.taxes:
            if _name(part) == _name(due):
                due = replace(
                    due,
                    base_minor=due.base_minor - sign * part.base_minor,
                    tax_minor=due.tax_minor - sign * part.tax_minor,
                )
    return replace(due, base_minor=max(0, due.base_minor), tax_minor=max(0, due.tax_minor))


def _name(part: TaxPart) -> tuple[str, str, int, str]:
    return part.name, part.jurisdiction, part.rate_millionths, part.reason


def _weighed(total: int, left: Sequence[int], whole: Sequence[int], *, step: int = 1) -> list[int]:
    return split_in_steps(total, left if any(left) else whole, step)


@dataclass(frozen=True, slots=True)
class GoneBack:
    """One refund, out of one charge."""

    id: str
    charge_id: str
    amount_minor: int
    """Tax in it."""


def credited(
    invoices: dict[str, Draft], notes: dict[str, list[Draft]], step: Sequence[GoneBack], tax_minor: int | None
) -> Iterator[tuple[GoneBack, Draft]]:
    """The credit notes of all refunds of one step: `invoices` and earlier `notes` are by charge, `tax_minor` is what
    the step gave back of tax, or None where nobody knows. Each note is its refund exactly, none credits more than was
    invoiced, and together they credit that tax, as far as their charges carried so much."""
    lefts = [_rest(invoices[one.charge_id], notes.get(one.charge_id, [])) for one in step]
    taxes = tax_shares([(one.amount_minor, *left) for one, left in zip(step, lefts, strict=True)], tax_minor)
    for one, tax in zip(step, taxes, strict=True):
        sold = invoices[one.charge_id]
        back = Refunded(one.amount_minor - tax, 0, tax, {})
        note = credit_note(sold, notes.get(one.charge_id, []), back)
        # A refund that is tax alone has a line, too: of nothing.
        yield one, note if note.lines else replace(note, lines=(replace(sold.lines[0], net_minor=0),))


def _rest(sold: Draft, notes: Sequence[Draft]) -> tuple[int, int]:
    """Net and tax of an invoice that were not credited."""
    return (
        sold.net_minor - sum(note.net_minor for note in notes),
        sold.tax_minor - sum(note.tax_minor for note in notes),
    )


def tax_shares(refunds: Sequence[tuple[int, int, int]], tax_minor: int | None) -> list[int]:
    """How much of each refund is tax; refunds are (amount, net left, tax left) of their charges. In the proportion of
    what is left, and moved from there until the sum is `tax_minor`. Raises `ValueError` for a refund of more than is
    left."""
    least, most, shares = [], [], []
    for amount, net, tax in refunds:
        if amount > net + tax:
            raise ValueError(f"{amount} are more than the {net + tax} that are left")
        least.append(max(0, amount - net))
        most.append(min(amount, tax))
        fair = split(amount, [net, tax])[1] if net + tax else 0
        shares.append(min(max(fair, least[-1]), most[-1]))
    missing = 0 if tax_minor is None else tax_minor - sum(shares)
    for at in range(len(shares)):
        moved = min(max(missing, least[at] - shares[at]), most[at] - shares[at])
        shares[at], missing = shares[at] + moved, missing - moved
    return shares
