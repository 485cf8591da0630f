"""A payout: each of its steps in our books, against the provider's books of our account and of the artisan's.

Steps are told apart by their operation, `<payout>/<step>-<attempt>`: it is the posting's key and stands in the metadata
of what was sent. The case that reversed a second transfer counts against it.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from models.rules import payout_postings
from models.rules.bookkeeping import LedgerEntry
from models.rules.payouts import PayoutMoney
from models.rules.reconciliation.differences import BY_HAND, Difference, DifferenceKind, Do, Repair, of_entries
from models.rules.reconciliation.facts import Line, PayoutFacts, Posted
from models.types import Money

STUCK_AFTER = timedelta(days=28)
"""Every wait of the process is over by then."""
_OPEN = {
    PayoutMoney.SET_ASIDE,
    PayoutMoney.TRANSFERRED,
    PayoutMoney.SENT,
    PayoutMoney.RETURNED,
    PayoutMoney.RECALLED,
}
Builder = Callable[[str, Money], list[LedgerEntry]]
_STEPS: Mapping[str, tuple[str, Builder]] = {
    "set-aside": ("payout_set_aside", payout_postings.set_aside),
    "transfer": ("payout_transferred", payout_postings.transferred),
    "reversal": ("payout_recalled", payout_postings.reversed_transfer),
    "payout": ("payout_paid", payout_postings.paid),
    "returned": ("payout_returned", payout_postings.returned),
    "given-back": ("payout_given_back", payout_postings.given_back),
}


def payout_differences(facts: PayoutFacts, now: datetime) -> list[Difference]:
    """Of one payout that nothing has moved for a while."""
    found: list[Difference] = []
    for attempt in range(1, facts.attempt + 1):
        found += _Attempt(facts, attempt).differences()
    status = PayoutMoney(facts.status)
    overdue = facts.created_at < now - STUCK_AFTER
    if status in _OPEN and (facts.ended or overdue) and not found:
        nothing = Money(0, facts.amount.currency)
        found.append(
            Difference(
                DifferenceKind.PAYOUT_STUCK,
                facts.payout_id,
                nothing,
                facts.amount,
                unit=facts.payout_id,
                facts={"status": status.value, "attempt": facts.attempt},
            )
        )
    return found


class _Attempt:
    def __init__(self, facts: PayoutFacts, attempt: int) -> None:
        self._facts = facts
        self._attempt = attempt
        self._is_newest = attempt == facts.attempt
        self._amount = facts.amount if self._is_newest else self._set_aside_amount()

    def differences(self) -> list[Difference]:
        if self._amount is None:
            return []  # an earlier attempt whose size nobody knows: its accounts tell what is missing
        return [
            *self._step("set-aside", self._amount),
            *self._moved("transfer", "transfer"),
            *self._moved("reversal", "transfer_reversal"),
            *self._bank(self._amount),
            *self._step("given-back", self._amount if self._was_given_back() else None),
        ]

    def _operation(self, step: str) -> str:
        return f"{self._facts.payout_id}/{step}-{self._attempt}"

    def _set_aside_amount(self) -> Money | None:
        booked = [entry for one in self._booked("set-aside") for entry in one.entries if entry.amount.minor > 0]
        return booked[0].amount if booked else None

    def _booked(self, step: str) -> list[Posted]:
        operation = self._operation(step)
        return [one for one in self._facts.postings if operation in {one.step_key, one.repairs}]

    def _lines(self, step: str, type_: str) -> list[Line]:
        operation = self._operation(step)
        return [line for line in self._facts.lines if line.type == type_ and line.reference == operation]

    def _was_given_back(self) -> bool:
        return not self._is_newest or self._facts.status == PayoutMoney.GIVEN_BACK

    def _moved(self, step: str, type_: str) -> list[Difference]:
        """A transfer, or its reversal: both are booked when the provider has done them."""
        lines = self._lines(step, type_)
        operation = self._operation(step)
        undone = [line for line in self._facts.lines if line.repairs in {line_.id for line_ in lines}]
        found: list[Difference] = []
        kind = DifferenceKind.DOUBLED_TRANSFER if step == "transfer" else DifferenceKind.AMOUNT_DIFFERS
        taken_back = {line.repairs for line in undone}
        for line in [one for one in lines[1:] if one.id not in taken_back]:
            reverse = Repair(Do.REVERSE_TRANSFER, transfer_id=line.source, amount=line.amount * -1)
            found.append(
                Difference(
                    kind,
                    line.id,
                    Money(0, line.amount.currency),
                    line.amount * -1,
                    unit=self._facts.payout_id,
                    repair=reverse if step == "transfer" else BY_HAND,
                    facts={"operation": operation, "source": line.source},
                )
            )
        if not lines:
            if self._booked(step):
                found.append(self._missing(operation))
            return found
        return found + self._step(step, lines[0].amount * (-1 if step == "transfer" else 1))

    def _bank(self, amount: Money) -> list[Difference]:
        """What went to the artisan's bank, and what came back from there."""
        out, back = self._lines("payout", "payout"), self._lines("payout", "payout_failure")
        operation, status = self._operation("payout"), self._facts.status
        found = [
            Difference(
                DifferenceKind.DOUBLED_PAYOUT,
                line.id,
                Money(0, line.amount.currency),
                line.amount * -1,
                unit=self._facts.payout_id,
                facts={"operation": operation, "source": line.source},
            )
            for line in out[1 : len(out) - len(back)]
        ]
        paid, returned = self._booked("payout"), self._booked("returned")
        if paid and not out:
            found.append(self._missing(operation))
        if out and out[0].amount * -1 != amount:
            found.append(self._differs(out[0], amount))
        is_paid = self._is_newest and status == PayoutMoney.PAID
        if paid or (is_paid and out and not back):
            found += self._step("payout", amount)
        if paid and back and not returned:
            found += self._returned(amount)
        elif returned:
            found += self._step("returned", amount)
        elif is_paid and back and not paid:
            found.append(self._unnoticed(amount))
        return found

    def _returned(self, amount: Money) -> list[Difference]:
        """The bank sent it back, or never took it, and we have it booked as paid."""
        is_told = not self._is_newest or self._facts.status != PayoutMoney.PAID
        kind, status = (
            (DifferenceKind.RETURNED_NOT_BOOKED, "")
            if is_told
            else (DifferenceKind.PAID_BUT_FAILED, PayoutMoney.RETURNED.value)
        )
        entries = tuple(payout_postings.returned(self._facts.shop_id, amount))
        repair = Repair(Do.POST, "payout_returned", self._facts.payout_id, entries, payout_status=status)
        return [
            Difference(
                kind,
                self._operation("returned"),
                amount,
                Money(0, amount.currency),
                unit=self._facts.payout_id,
                repair=repair,
                facts={"status": self._facts.status},
            )
        ]

    def _unnoticed(self, amount: Money) -> Difference:
        return Difference(
            DifferenceKind.PAID_BUT_FAILED,
            self._operation("returned"),
            amount,
            Money(0, amount.currency),
            unit=self._facts.payout_id,
            facts={"status": self._facts.status},
        )

    def _step(self, step: str, amount: Money | None) -> list[Difference]:
        """What is booked for it, against what its builder books for this amount; nothing where there is none."""
        kind, build = _STEPS[step]
        own = self._booked(step)
        expected = build(self._facts.shop_id, amount) if amount is not None and amount.minor > 0 else []
        return of_entries(
            expected,
            [entry for one in own for entry in one.entries],
            postings=sum(not one.repairs for one in own),
            subject=self._operation(step),
            unit=self._facts.payout_id,
            reference=self._facts.payout_id,
            kind=kind,
            currency=self._facts.amount.currency,
        )

    def _missing(self, operation: str) -> Difference:
        amount = self._amount or Money(0, self._facts.amount.currency)
        nothing = Money(0, amount.currency)
        return Difference(DifferenceKind.MISSING_AT_PROVIDER, operation, amount, nothing, unit=self._facts.payout_id)

    def _differs(self, line: Line, amount: Money) -> Difference:
        kind = (
            DifferenceKind.AMOUNT_DIFFERS
            if line.amount.currency == amount.currency
            else DifferenceKind.CURRENCY_DIFFERS
        )
        return Difference(kind, line.id, amount, line.amount * -1, unit=self._facts.payout_id)
