"""Who gets what when a commission ends before its piece is finished.

One function: the button shows what it returns before the click, and the process executes what it returns after it.

What was held for a milestone goes

| milestone is | the customer leaves, or is silent | the artisan leaves, or is late for too long |
|---|---|---|
| approved | the artisan's | back: there is no piece |
| submitted | the artisan's: the work is done | back |
| under way | `begun_bp` the artisan's, the rest back | back |
| funded, not begun | `reserved_bp` the artisan's, the rest back | back |
| planned (paid by a large deposit) | back | back |

Shipping goes back in each case: nothing is sent. Where both agree on an end, they agree on a share of everything that
is not approved; where our team decides a dispute, it decides on such a share. Pieces made to a customer's wishes have
no right of withdrawal (Directive 2011/83/EU, art. 16(c)), which is why the contract says what leaving costs, and the
customer has read it before they pay.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from models.rules.commission.contract import Stage, Terms
from models.rules.money import step_of
from models.rules.refunds import NOTHING, Share, share_of_amount


class Ending(StrEnum):
    """Why a commission ends early. The process and its pages speak of nothing else."""

    CUSTOMER_LEAVES = "customer_leaves"
    CUSTOMER_SILENT = "customer_silent"  # a charge failed, and nobody came to mend it
    ARTISAN_LEAVES = "artisan_leaves"
    ARTISAN_LATE = "artisan_late"  # the promise is missed, its grace is over, and the customer wants no more
    AGREED = "agreed"
    DECIDED = "decided"  # a dispute about it, by our team

    @property
    def is_the_artisans(self) -> bool:
        return self in {Ending.ARTISAN_LEAVES, Ending.ARTISAN_LATE}


@dataclass(frozen=True, slots=True)
class Parted:
    """One milestone's money, divided. Both shares together are what it held."""

    kept: Share
    """The artisan's, less its fee."""
    back: Share
    """The customer's."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """What an ending costs whom, by milestone number."""

    by_milestone: Mapping[int, Parted]
    released: frozenset[int]
    """Milestones whose money the artisan has already."""

    @property
    def back_minor(self) -> int:
        """To the customer in all, tax included."""
        return sum(parted.back.total_minor for parted in self.by_milestone.values())

    @property
    def kept_minor(self) -> int:
        """The artisan's in all, less fees; what was released before is a part of it."""
        return sum(parted.kept.held_minor - parted.kept.fee_minor for parted in self.by_milestone.values())

    @property
    def reclaimed_minor(self) -> int:
        """What the artisan has had and gives back, less the fees that they get back for it. Shipping is not released by
        an approval, so there is none in it."""
        return sum(
            parted.back.items_minor - parted.back.fee_minor
            for number, parted in self.by_milestone.items()
            if number in self.released
        )


def settle(
    terms: Terms,
    stages: Mapping[int, Stage],
    held: Mapping[int, Share],
    ending: Ending,
    agreed_bp: int = 0,
) -> Settlement:
    """Divides all that was paid. `held` is what `charges.shares` says; `agreed_bp` is the artisan's share of what is
    not approved, of an agreed or decided end.

    Raises `ValueError` for a share outside of 0 to 10,000, which no page offers.
    """
    if not 0 <= agreed_bp <= 10_000:
        raise ValueError(f"{agreed_bp} is no share")
    step = step_of(terms.currency)
    divided = {
        number: _parted(share, _kept_bp(terms, stages[number], ending, agreed_bp), step)
        for number, share in held.items()
    }
    return Settlement(divided, frozenset(number for number, stage in stages.items() if stage is Stage.APPROVED))


def shipping_of(held: Mapping[int, Share], currency: str) -> Share:
    """What the commission still holds once all of its work is approved: it pays for sending the piece. Its tax is such
    that a card can get it back."""
    shipping = sum(share.shipping_minor for share in held.values())
    tax = sum(_shipping_tax(share, step_of(currency)) for share in held.values())
    return Share(0, shipping, tax, 0)


def _kept_bp(terms: Terms, stage: Stage, ending: Ending, agreed_bp: int) -> int:
    if ending.is_the_artisans:
        return 0
    if stage is Stage.APPROVED:
        return 10_000
    if ending in {Ending.AGREED, Ending.DECIDED}:
        return agreed_bp
    return {
        Stage.PLANNED: 0,
        Stage.FUNDED: terms.reserved_bp,
        Stage.WORKING: terms.begun_bp,
        Stage.SUBMITTED: 10_000,
    }[stage]


def _parted(held: Share, kept_bp: int, step: int) -> Parted:
    """The artisan keeps a share of the work and of its tax; what is less than a card can get back (`step`, a minor unit
    of most currencies) is the customer's."""
    work = Share(held.items_minor, 0, held.tax_minor - _shipping_tax(held, step), held.fee_minor)
    if kept_bp == 10_000:
        return Parted(work, held - work)
    due = work.total_minor * kept_bp // 10_000
    kept = share_of_amount(work, due - due % step) if work.total_minor else NOTHING
    return Parted(kept, held - kept)


def _shipping_tax(held: Share, step: int) -> int:
    tax = held.tax_minor * held.shipping_minor // held.held_minor if held.shipping_minor else 0
    return tax - tax % step
