"""The editor of terms: rows of milestones that work without script, read into what the API takes.

Owns reading and prefilling the form. Which terms nobody may offer, the rules say; what they refuse stands beside its
field.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from api.commissions.inputs import MilestoneInput, TermsInput
from api.commissions.schemas import CommissionView, TermsView
from api.money import parse_amount
from api.web import forms
from core import clock
from models.errors import DomainError, InvalidInput
from models.rules.commission.contract import MOST_MILESTONES
from models.rules.money import written
from models.types import MAX_MINOR

LABELS = {
    "milestones": "Milestones",
    "price": "Price of the work",
    "deposit": "Deposit",
    "shipping": "Shipping",
    "starts_on": "Work begins on",
    "revisions": "Revisions",
    "reserved": "Kept before work begins",
    "begun": "Kept once work has begun",
    "note": "Your words",
}
_NAMES = {"reserved_bp": "reserved", "begun_bp": "begun", "price_minor": "price", "deposit_minor": "deposit"}
NO_SHARE = "Enter a share from 0 to 100 per cent."
_ROW = ("title", "amount", "days")


@dataclass
class Typed:
    """The form as it was sent, with its rows in their order."""

    values: dict[str, str]
    rows: list[int]
    """Each row's milestone number."""
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def labels(self) -> dict[str, str]:
        named = {"title": "Title", "amount": "Amount", "days": "Days"}
        in_rows = {
            f"{name}-{number}": f"{named[name]} of milestone {place}"
            for place, number in enumerate(self.rows, start=1)
            for name in _ROW
        }
        return {**LABELS, **in_rows}


def fresh(view: CommissionView) -> Typed:
    """A first offer: one row, and what most contracts say."""
    today = clock.now().date().isoformat()
    values = {"starts_on": today, "revisions": "2", "reserved": "10", "begun": "50", "shipping": "0"}
    if view.budget is not None:
        values["price"] = written(view.budget.minor, view.currency)
    return Typed(values, [1])


def of_terms(terms: TermsView, currency: str) -> Typed:
    """Begins with what stands, so that only what differs is typed."""
    values = {
        "price": written(terms.price.minor, currency),
        "shipping": written(terms.shipping.minor, currency),
        "deposit": written(terms.deposit.minor, currency),
        "starts_on": terms.starts_on.isoformat(),
        "revisions": str(terms.revisions),
        "reserved": f"{terms.reserved_bp / 100:g}",
        "begun": f"{terms.begun_bp / 100:g}",
    }
    for one in terms.milestones:
        values[f"title-{one.number}"] = one.title
        values[f"amount-{one.number}"] = written(one.amount.minor, currency)
        values[f"days-{one.number}"] = str(one.days)
    return Typed(values, [one.number for one in terms.milestones])


def sent(typed: Mapping[str, str]) -> Typed:
    """The rows that the form names, each once. Numbers that nobody's form holds are left out."""
    rows: list[int] = []
    for text in typed.get("rows", "").split()[: 2 * MOST_MILESTONES]:
        if text.isascii() and text.isdigit() and len(text) <= 4 and int(text) > 0 and int(text) not in rows:
            rows.append(int(text))
    return Typed(dict(typed), rows or [1])


def rearranged(form: Typed, used: int) -> bool:
    """Carries out "add a row" and "remove"; False when the form is meant to be sent. `used` is the highest number that
    any version has had, so that a new milestone gets one of its own."""
    do = form.values.get("do", "")
    if do == "add":
        if len(form.rows) < MOST_MILESTONES:
            form.rows.append(max([used, *form.rows]) + 1)
        return True
    if do.startswith("remove-") and len(form.rows) > 1:
        form.rows = [number for number in form.rows if f"remove-{number}" != do]
        return True
    return do.startswith("remove-")


def read(form: Typed, version: int, currency: str, held: TermsView | None = None) -> TermsInput | None:
    """What was typed, as the API takes it; None with `form.errors` filled. Of a change, `held` keeps what can't be
    changed any more."""
    milestones = [_milestone(form, number, currency) for number in form.rows]
    values: dict[str, Any] = {
        "version": version,
        "currency": currency,
        "milestones": milestones,
        "price_minor": _amount(form, "price", currency),
        "shipping_minor": _amount(form, "shipping", currency, empty=0),
        "revisions": _whole(form, "revisions"),
        "note": form.values.get("note", ""),
    }
    if held is None:
        values |= {
            "deposit_minor": _amount(form, "deposit", currency),
            "starts_on": form.values.get("starts_on", ""),
            "reserved_bp": _share(form, "reserved"),
            "begun_bp": _share(form, "begun"),
        }
    else:
        values |= {
            "deposit_minor": held.deposit.minor,
            "starts_on": held.starts_on,
            "reserved_bp": held.reserved_bp,
            "begun_bp": held.begun_bp,
        }
    given, refused = forms.checked(TermsInput, values)
    for name, words in refused.items():
        if name == "milestones" and any(f"{part}-" in error for error in form.errors for part in _ROW):
            continue  # said beside its row already
        form.errors.setdefault(_NAMES.get(name, name.removesuffix("_minor")), _plain(name, words))
    return given if not form.errors else None


def refused(form: Typed, problem: DomainError) -> None:
    """The rules' own words, beside the field that they are about."""
    for name, words in forms.refusal(problem).items():
        head, _, number = name.partition(".")
        form.errors[f"amount-{number}" if head == "milestones" and number else _NAMES.get(name, name)] = words


def share_of(text: str) -> int | None:
    """`12.5` per cent is 1,250; None for what is no share."""
    try:
        share = Decimal(text.strip().rstrip("%").strip())
        return int(share * 100) if 0 <= share <= 100 else None
    except InvalidOperation:
        return None


def _plain(name: str, words: str) -> str:
    return "Enter a day." if name == "starts_on" else words


def _milestone(form: Typed, number: int, currency: str) -> dict[str, Any]:
    title = form.values.get(f"title-{number}", "")
    if not title.strip():
        form.errors[f"title-{number}"] = "Say what this step is."
    milestone = {
        "number": number,
        "title": title,
        "amount_minor": _amount(form, f"amount-{number}", currency),
        "days": _whole(form, f"days-{number}"),
    }
    _, refused = forms.checked(MilestoneInput, milestone)
    for name, words in refused.items():
        form.errors.setdefault(f"{name.removesuffix('_minor')}-{number}", words)
    return milestone


def _amount(form: Typed, name: str, currency: str, *, empty: int | None = None) -> int:
    """In minor units. What is no amount is told in `form.errors`, and counts as the least there is."""
    text = form.values.get(name, "").strip()
    if not text:
        if empty is None:
            form.errors[name] = "Enter an amount."
        return 1 if empty is None else empty
    try:
        minor = parse_amount(text, currency)
    except InvalidInput as problem:
        form.errors[name] = problem.message
        return 1
    if minor <= 0 and empty is None:
        form.errors[name] = "Enter more than nothing."
    if minor > MAX_MINOR:
        form.errors[name] = "This is more than can be paid."
        return 1
    return max(minor, 1 if empty is None else 0)


def _whole(form: Typed, name: str) -> int:
    try:
        number = forms.whole_number(form.values.get(name, ""))
    except ValueError as error:
        form.errors[name] = str(error)
        return 1
    least = 0 if name == "revisions" else 1
    if number < least:
        form.errors[name] = f"Enter {least} or more."
    return max(number, least)


def _share(form: Typed, name: str) -> int:
    share = share_of(form.values.get(name, ""))
    if share is None:
        form.errors[name] = NO_SHARE
    return share or 0
