"""What a shop takes off its own prices: which promotion a line gets, and how much that is.

Owns the arithmetic and who may have what. The artisan pays for it: fee and tax are on what remains.

A line gets one promotion, and the buyer the best of them. A percentage is taken from each line by itself, rounded down
to what can be charged. An amount is shared by all lines that it is for, in proportion to their prices, and is never
more than these cost. First each line gets its best percentage; then amounts replace these, the most useful first, as
long as the buyer gains by it. So nobody does better by any single promotion.

Worked example: two bowls of 12.00 and a vase of 40.00, with 10 % off bowls, and 6.00 off everything from 50.00. By
percentage alone 2.40 would come off; the 6.00 are better, and become 2.25 off the bowls and 3.75 off the vase.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from models.errors import InvalidInput
from models.rules.money import step_of, written
from models.rules.splits import split_in_steps
from models.types import MAX_MINOR, Money

MOST_AT_ONCE = 50
"""Promotions of one shop that have not ended."""
LONGEST = timedelta(days=366)
CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{2,23}")


@dataclass(frozen=True, slots=True)
class Promotion:
    id: str
    name: str
    percent_bp: int | None = None
    amount_minor: int | None = None
    """In the shop's currency, like the minimum."""
    minimum_minor: int = 0
    """What the shop's pieces in the cart have to come to, before any discount."""
    listings: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    code: str | None = None

    def covers(self, listing_id: str, category: str) -> bool:
        everything = not self.listings and not self.categories
        return everything or listing_id in self.listings or category in self.categories


@dataclass(frozen=True, slots=True)
class Goods:
    """A line before any discount, in the buyer's currency."""

    listing_id: str
    category: str
    gross_minor: int


@dataclass(frozen=True, slots=True)
class Taken:
    """What comes off a line, and for which promotion."""

    minor: int = 0
    promotion: Promotion | None = None


NOTHING = Taken()


def discounts(
    goods: Sequence[Goods],
    promotions: Sequence[Promotion],
    asked_minor: int,
    currency: str,
    convert: Callable[[int], int] = lambda minor: minor,
) -> list[Taken]:
    """Of one shop's lines, in their order. `asked_minor` is what these come to in the shop's currency; `convert` takes
    its amounts into `currency`, the buyer's."""
    held = sorted((one for one in promotions if one.minimum_minor <= asked_minor), key=lambda one: one.id)
    step = step_of(currency)
    best = [_best_percentage(line, held, step) for line in goods]
    amounts = [one for one in held if one.amount_minor is not None]
    while amounts:
        tried = [(_with_amount(goods, best, one, convert(one.amount_minor or 0), step), one) for one in amounts]
        found, used = max(tried, key=lambda pair: _sum(pair[0]))
        if _sum(found) <= _sum(best):
            break
        best = found
        amounts.remove(used)
    return best


def _best_percentage(line: Goods, promotions: Sequence[Promotion], step: int) -> Taken:
    taken = NOTHING
    for one in promotions:
        if one.percent_bp is not None and one.covers(line.listing_id, line.category):
            minor = line.gross_minor * one.percent_bp // 10_000 // step * step
            if minor > taken.minor:
                taken = Taken(minor, one)
    return taken


def _with_amount(
    goods: Sequence[Goods], so_far: Sequence[Taken], promotion: Promotion, amount_minor: int, step: int
) -> list[Taken]:
    """An amount over all lines that it is for, except those that another amount has."""
    free = [
        at
        for at, line in enumerate(goods)
        if promotion.covers(line.listing_id, line.category)
        and ((has := so_far[at].promotion) is None or has.amount_minor is None)
    ]
    weights = [goods[at].gross_minor for at in free]
    found = list(so_far)
    whole = min(amount_minor, sum(weights)) // step * step
    if whole:
        for at, share in zip(free, split_in_steps(whole, weights, step), strict=True):
            found[at] = Taken(share, promotion) if share else NOTHING
    return found


def _sum(taken: Sequence[Taken]) -> int:
    return sum(one.minor for one in taken)


def after_discount(owed_minor: int, gross_minor: int, discount_minor: int) -> int:
    """What a line is worth to its artisan in their own currency: the same part of it as of the price that is paid,
    rounded down, so that a discount never leaves us owing more than was charged for."""
    return owed_minor * (gross_minor - discount_minor) // gross_minor if discount_minor else owed_minor


class CodeProblem(StrEnum):
    """Why a code takes nothing off. One that nobody gave and one of a shop that is not in the cart are the same."""

    UNKNOWN = "unknown"
    NOT_YET = "not_yet"
    EXPIRED = "expired"
    USED_UP = "used_up"
    USED_BY_YOU = "used_by_you"
    BELOW_MINIMUM = "below_minimum"
    NOTHING_COVERED = "nothing_covered"


@dataclass(frozen=True, slots=True)
class Voucher:
    """A promotion with a code, and what decides whether it can be used now."""

    promotion: Promotion
    shop_id: str
    currency: str
    """The shop's."""
    since: datetime
    until: datetime
    ended: bool
    most_uses: int | None
    most_per_person: int | None
    used: int
    used_by_person: int


def problem_of(voucher: Voucher, now: datetime) -> CodeProblem | None:
    """Of the code itself, whatever the cart holds."""
    if voucher.ended or now >= voucher.until:
        return CodeProblem.EXPIRED
    if now < voucher.since:
        return CodeProblem.NOT_YET
    if voucher.most_per_person is not None and voucher.used_by_person >= voucher.most_per_person:
        return CodeProblem.USED_BY_YOU
    if voucher.most_uses is not None and voucher.used >= voucher.most_uses:
        return CodeProblem.USED_UP
    return None


def normalised(code: str) -> str:
    """As it is kept: capitals, without the spaces that copying brings along. Empty for what can't be a code."""
    plain = "".join(code.split()).upper()
    return plain if CODE.fullmatch(plain) else ""


def refuse_promotion(
    promotion: Promotion,
    currency: str,
    since: datetime,
    until: datetime,
    *,
    now: datetime,
    limits: Sequence[int | None],
) -> None:
    """Raises `InvalidInput` for a promotion that no artisan may open."""
    if (promotion.percent_bp is None) == (promotion.amount_minor is None):
        raise InvalidInput("Take either a percentage off, or an amount.", field="percent")
    if promotion.percent_bp is not None and not 100 <= promotion.percent_bp <= 10_000:
        raise InvalidInput("A percentage lies between 1 and 100.", field="percent")
    if promotion.amount_minor is not None and not 0 < promotion.amount_minor <= MAX_MINOR:
        raise InvalidInput("The amount is more than nothing.", field="amount")
    if promotion.amount_minor is not None and promotion.amount_minor % step_of(currency):
        raise InvalidInput(
            f"Card payments carry {currency} in steps of {written(step_of(currency), currency)}.", field="amount"
        )
    if not 0 <= promotion.minimum_minor <= MAX_MINOR:
        raise InvalidInput("The smallest basket is not negative.", field="minimum")
    if since < now - timedelta(days=1):
        raise InvalidInput("A promotion begins today or later.", field="since")
    if until <= max(since, now):
        raise InvalidInput("A promotion ends after it begins, and not in the past.", field="until")
    if until - since > LONGEST:
        raise InvalidInput("A promotion runs for a year at the most.", field="until")
    if promotion.code is None and any(limit is not None for limit in limits):
        raise InvalidInput("Uses are counted for codes only. Give it a code, or no limit.", field="code")
    if any(limit is not None and not 1 <= limit <= 1_000_000 for limit in limits):
        raise InvalidInput("A code can be used once or more.", field="most_uses")


def off(promotion: Promotion, currency: str) -> Money | str:
    """What it takes off, for whoever writes it: an amount, or a percentage like `12.5`."""
    if promotion.amount_minor is not None:
        return Money(promotion.amount_minor, currency)
    whole, rest = divmod(promotion.percent_bp or 0, 100)
    return f"{whole}.{rest:02d}".rstrip("0") if rest else str(whole)
