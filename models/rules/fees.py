"""What the platform charges a shop: which rule holds for a piece, and what it comes to.

Owns the choice and the arithmetic. Where rules are kept, and who may set one, is `models.repositories.fee_rules`'.

The most specific rule wins: the shop's own; then that of its plan and the piece's category; of its plan; of the
category; the platform's. Amounts are in the shop's currency, so a rule with an amount holds for shops of that currency
alone, and of two equally specific ones it wins.

All pieces of an order under one rule are charged together: their rate on what is paid for them after discounts, plus
the fixed part once, at least the minimum, and never more than the pieces bring.

Worked example: 6.5 % + 0.30, at least 1.00. Two bowls of 12.00 and a plate of 8.00 under it come to 32.00: 2.08 + 0.30
is 2.38, of which the bowls carry 1.79 and the plate 0.59. A single postcard of 4.00 is charged 1.00, one of 0.80 all of
its 0.80. A coat of 90.00 in the same order, whose category pays 5 %, adds 4.50.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum

from models.errors import InvalidInput
from models.rules.splits import basis_points, split

STANDARD = "standard"
PLANS = (STANDARD, "plus", "studio")
"""What a shop can be on. New shops are on the first one."""
STANDARD_BP = 650
MOST_BP = 5_000
"""Nobody is charged more than half: a slip of the keyboard, not a price."""
MOST_FIXED = 1_000_000
"""Minor units, for the fixed part and the minimum alike."""


class Specificity(IntEnum):
    PLATFORM = 0
    CATEGORY = 1
    PLAN = 2
    PLAN_AND_CATEGORY = 3
    SHOP = 4


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom a rule is for; what is empty stands for everybody."""

    shop_id: str = ""
    plan: str = ""
    category: str = ""
    currency: str = ""

    @property
    def specificity(self) -> Specificity:
        if self.shop_id:
            return Specificity.SHOP
        if self.plan:
            return Specificity.PLAN_AND_CATEGORY if self.category else Specificity.PLAN
        return Specificity.CATEGORY if self.category else Specificity.PLATFORM


@dataclass(frozen=True, slots=True)
class FeeRule:
    id: str
    rate_bp: int
    fixed_minor: int = 0
    minimum_minor: int = 0
    scope: Scope = field(default_factory=Scope)

    def concerns(self, shop_id: str, plan: str, category: str, currency: str) -> bool:
        asked = ((shop_id, self.scope.shop_id), (plan, self.scope.plan), (category, self.scope.category))
        return all(wanted in ("", given) for given, wanted in asked) and self.scope.currency in ("", currency)


PLATFORM = FeeRule("", STANDARD_BP)
"""Where nobody has set anything."""


def rule_for(rules: Iterable[FeeRule], shop_id: str, plan: str, category: str, currency: str) -> FeeRule:
    """The one that holds, of those in force. Scopes are unique at any moment, so nothing is left to chance."""
    concerned = [rule for rule in rules if rule.concerns(shop_id, plan, category, currency)]
    return max(concerned, key=lambda rule: (rule.scope.specificity, bool(rule.scope.currency)), default=PLATFORM)


def charge(rule: FeeRule, net_minor: int, convert: Callable[[int], int] = lambda minor: minor) -> int:
    """Of pieces that bring `net_minor`. `convert` takes the rule's amounts into the currency of `net_minor`."""
    if not net_minor:
        return 0
    wanted = basis_points(net_minor, rule.rate_bp) + convert(rule.fixed_minor)
    return min(net_minor, max(wanted, convert(rule.minimum_minor)))


def charges(
    rules: Sequence[FeeRule], nets: Sequence[int], convert: Callable[[int], int] = lambda minor: minor
) -> list[int]:
    """What each piece carries, given the rule that holds for it. A rule's charge goes to its pieces by what they
    bring, by the largest remainder."""
    fees = [0] * len(nets)
    for rule in dict.fromkeys(rules):
        own = [at for at, one in enumerate(rules) if one == rule]
        whole = charge(rule, sum(nets[at] for at in own), convert)
        for at, part in zip(own, split(whole, [nets[at] for at in own]), strict=True):
            fees[at] = part
    return fees


@dataclass(frozen=True, slots=True)
class ShopFees:
    """The rules that hold for one shop now, by category."""

    by_category: Mapping[str, FeeRule] = field(default_factory=dict)
    otherwise: FeeRule = PLATFORM

    def of(self, category: str) -> FeeRule:
        return self.by_category.get(category, self.otherwise)


def flat(rate_bp: int) -> ShopFees:
    """The same for everything."""
    return ShopFees(otherwise=FeeRule("", rate_bp))


def refuse_rule(rule: FeeRule, since: datetime, until: datetime | None, now: datetime) -> None:
    """Raises `InvalidInput` for a rule that nobody may set."""
    if not 0 <= rule.rate_bp <= MOST_BP:
        raise InvalidInput(f"A rate lies between 0 and {MOST_BP // 100} per cent.", field="rate_bp")
    for name, minor in (("fixed_minor", rule.fixed_minor), ("minimum_minor", rule.minimum_minor)):
        if not 0 <= minor <= MOST_FIXED:
            raise InvalidInput("An amount is not negative, and no more than a shop would pay once.", field=name)
    if (rule.fixed_minor or rule.minimum_minor) and not rule.scope.currency:
        raise InvalidInput("Say in which currency the amounts are.", field="currency")
    if rule.scope.shop_id and (rule.scope.plan or rule.scope.category):
        raise InvalidInput("A shop's own rule holds for all it sells. Leave plan and category out.", field="shop_id")
    if rule.scope.plan not in ("", *PLANS):
        raise InvalidInput(f"There is no such plan. Choose one of {', '.join(PLANS)}.", field="plan")
    if since < now:
        raise InvalidInput(
            "A rule begins now or later: what was sold before is charged as it was agreed.", field="since"
        )
    if until is not None and until <= since:
        raise InvalidInput("A rule ends after it begins.", field="until")
