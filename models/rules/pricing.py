"""Works out what a cart costs, to the cent and per artisan. The same quote is shown first and frozen then.

Worked example: two mugs at USD 24.00 and a scarf at USD 80.00 from two shops in the US, to New York, fees 6.5 %:
mugs 48.00 + shipping 6.00 first + 2.00 more; scarf 80.00 + shipping 5.00; tax 4 % on goods and shipping, rounded half
up for each line: 1.92 + 3.20 + 0.32 + 0.20. Total 146.64; fees 3.12 and 5.20 come out of the artisans' share.

With 10 % off the mugs their items are 43.20: tax 1.73 on them, fee 2.81, total 141.65. What comes off is the artisan's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from models.errors import CurrencyMismatch, InvalidInput
from models.ports import PostalAddress, TaxClass, TaxComponent, TaxEngine, TaxExemption, TaxLine
from models.rules.fees import ShopFees, charges
from models.rules.fx import FxQuote
from models.rules.owed import Owed
from models.rules.promotions import NOTHING, Goods, Promotion, Taken, after_discount, discounts
from models.rules.tax.assess import SHIPPING
from models.types import MAX_MINOR, Money


@dataclass(frozen=True, slots=True)
class PricedLine:
    listing_id: str
    shop_id: str
    category: str
    title: str
    quantity: int
    unit: Money
    """In the buyer's currency."""
    weight_grams: int
    lead_time_days: int
    owed: Money | None = None
    """For all its pieces, in the shop's currency where that is another one."""
    tax_class: TaxClass = TaxClass.STANDARD

    @property
    def gross(self) -> Money:
        """All its pieces, before any discount."""
        return self.unit * self.quantity


@dataclass(frozen=True, slots=True)
class ShopTerms:
    """What a shop charges for sending, in its own currency, and what the platform charges the shop."""

    shop_id: str
    name: str
    country: str
    home_first_minor: int
    home_more_minor: int
    abroad_first_minor: int
    abroad_more_minor: int
    ships_abroad: bool
    handling_days: int
    fees: ShopFees
    fx: FxQuote | None = None
    """Where the buyer pays in another currency than the shop's."""
    promotions: tuple[Promotion, ...] = ()
    """Those that whoever pays can have now; the vouchers among them because they know the code."""

    def charged(self) -> "ShopTerms":
        """The same in the buyer's currency."""
        if self.fx is None:
            return self

        return replace(
            self,
            home_first_minor=self.price(self.home_first_minor),
            home_more_minor=self.price(self.home_more_minor),
            abroad_first_minor=self.price(self.abroad_first_minor),
            abroad_more_minor=self.price(self.abroad_more_minor),
        )

    def price(self, minor: int) -> int:
        """An amount of the shop's as the buyer reads it."""
        return minor if self.fx is None else self.fx.price(Money(minor, self.fx.base)).minor

    def charge(self, minor: int) -> int:
        """An amount of the shop's in the buyer's currency, not rounded to a price."""
        return minor if self.fx is None else self.fx.charged(Money(minor, self.fx.base)).minor


@dataclass(frozen=True, slots=True)
class QuotedLine:
    line: PricedLine
    tax_minor: int
    tax_rate_bp: int
    tax_jurisdiction: str
    taxes: tuple[TaxComponent, ...] = ()
    taken: Taken = NOTHING
    fee_minor: int = 0
    fee_rule_id: str = ""
    """Empty for the platform's usual fee."""

    @property
    def net_minor(self) -> int:
        """What is paid for it, before tax."""
        return self.line.gross.minor - self.taken.minor


@dataclass(frozen=True, slots=True)
class QuotedShop:
    shop_id: str
    items_minor: int
    """What is paid for them, after discounts."""
    shipping_minor: int
    tax_minor: int
    fee_minor: int
    ship_within_days: int
    """Handling and the slowest line's lead time: the promise that the buyer sees."""
    handling_days: int
    pieces: int
    fx: FxQuote | None = None
    owed: Owed | None = None
    """With `fx`: what the artisan is owed, in their own currency."""
    shipping_taxes: tuple[TaxComponent, ...] = ()
    discount_minor: int = 0
    """What has come off already."""

    @property
    def total_minor(self) -> int:
        return self.items_minor + self.shipping_minor + self.tax_minor


@dataclass(frozen=True, slots=True)
class Quote:
    currency: str
    lines: tuple[QuotedLine, ...]
    shops: tuple[QuotedShop, ...]

    @property
    def items_minor(self) -> int:
        return sum(shop.items_minor for shop in self.shops)

    @property
    def discount_minor(self) -> int:
        return sum(shop.discount_minor for shop in self.shops)

    @property
    def shipping_minor(self) -> int:
        return sum(shop.shipping_minor for shop in self.shops)

    @property
    def tax_minor(self) -> int:
        return sum(shop.tax_minor for shop in self.shops)

    @property
    def total_minor(self) -> int:
        return self.items_minor + self.shipping_minor + self.tax_minor


def shipping_price(terms: ShopTerms, pieces: int, country: str) -> int:
    """Minor units, of whatever currency `terms` are in, for sending `pieces` to `country`; raises `InvalidInput` where
    the shop does not send."""
    if country == terms.country:
        return terms.home_first_minor + terms.home_more_minor * (pieces - 1)
    if not terms.ships_abroad:
        raise InvalidInput(
            "A shop in your cart sends within its own country only. Choose another address or remove its pieces.",
            shop_id=terms.shop_id,
        )
    return terms.abroad_first_minor + terms.abroad_more_minor * (pieces - 1)


def quote(
    lines: Sequence[PricedLine],
    terms: Mapping[str, ShopTerms],
    to: PostalAddress,
    tax: TaxEngine,
    *,
    at: date | None = None,
    exemptions: Sequence[TaxExemption] = (),
    rates: Mapping[str, Fraction] | None = None,
) -> Quote:
    """Prices a cart for one address. Lines keep their order; shops come in the order of their first line. Day, the
    buyer's certificates and rates are the tax engine's.

    Raises `InvalidInput` for an empty cart, a sum that no payment can carry, or a country a shop does not send to, and
    `CurrencyMismatch` for two currencies of what the buyer pays.
    """
    if not lines:
        raise InvalidInput("The cart is empty. Put something into it first.")
    currency = lines[0].unit.currency
    if any(line.unit.currency != currency for line in lines):
        raise CurrencyMismatch("A cart holds one currency. Buy the pieces priced in another one separately.")
    _refuse_beyond_money(sum(line.unit.minor * line.quantity for line in lines))
    taken = _taken(lines, terms)
    shop_ids = list(dict.fromkeys(line.shop_id for line in lines))
    pieces = {shop_id: sum(line.quantity for line in lines if line.shop_id == shop_id) for shop_id in shop_ids}
    shipping = {shop_id: shipping_price(terms[shop_id].charged(), pieces[shop_id], to.country) for shop_id in shop_ids}
    _refuse_beyond_money(sum(shipping.values()))
    assessed = tax.assess(
        [
            *(
                TaxLine(
                    line.listing_id,
                    line.category,
                    line.gross - Money(off.minor, currency),
                    line.quantity,
                    line.tax_class,
                    line.shop_id,
                    terms[line.shop_id].country,
                )
                for line, off in zip(lines, taken, strict=True)
            ),
            *(
                TaxLine(
                    shop_id,
                    SHIPPING,
                    Money(shipping[shop_id], currency),
                    shop_id=shop_id,
                    sent_from=terms[shop_id].country,
                )
                for shop_id in shop_ids
            ),
        ],
        to,
        at=at,
        exemptions=exemptions,
        rates=rates,
    )
    quoted_lines = _with_fees(
        [
            QuotedLine(line, result.tax.minor, result.rate_bp, result.jurisdiction, result.components, off)
            for line, result, off in zip(lines, assessed[: len(lines)], taken, strict=True)
        ],
        terms,
    )
    shipping_tax = dict(zip(shop_ids, assessed[len(lines) :], strict=True))
    shops = []
    for shop_id in shop_ids:
        own = [quoted for quoted in quoted_lines if quoted.line.shop_id == shop_id]
        shops.append(
            QuotedShop(
                shop_id=shop_id,
                items_minor=sum(quoted.net_minor for quoted in own),
                shipping_minor=shipping[shop_id],
                tax_minor=sum(quoted.tax_minor for quoted in own) + shipping_tax[shop_id].tax.minor,
                fee_minor=sum(quoted.fee_minor for quoted in own),
                ship_within_days=terms[shop_id].handling_days + max(quoted.line.lead_time_days for quoted in own),
                handling_days=terms[shop_id].handling_days,
                pieces=pieces[shop_id],
                fx=terms[shop_id].fx,
                owed=_owed(terms[shop_id], own, pieces[shop_id], to.country),
                shipping_taxes=shipping_tax[shop_id].components,
                discount_minor=sum(quoted.taken.minor for quoted in own),
            )
        )
    result = Quote(currency, tuple(quoted_lines), tuple(shops))
    _refuse_beyond_money(result.total_minor)
    return result


def _owed(terms: ShopTerms, own: Sequence[QuotedLine], pieces: int, country: str) -> Owed | None:
    """Raises `ValueError` for a line that does not say what it is worth to the shop."""
    if terms.fx is None:
        return None
    nets, discount = [], 0
    for quoted in own:
        if quoted.line.owed is None or quoted.line.owed.currency != terms.fx.base:
            raise ValueError(f"{quoted.line.listing_id} does not say what {terms.shop_id} is owed")
        nets.append(after_discount(quoted.line.owed.minor, quoted.line.gross.minor, quoted.taken.minor))
        discount += quoted.line.owed.minor - nets[-1]
    shipping = shipping_price(terms, pieces, country)
    _refuse_beyond_money(sum(nets) + discount + shipping)
    fee = sum(charges([terms.fees.of(quoted.line.category) for quoted in own], nets))
    return Owed(terms.fx.base, sum(nets), shipping, fee, discount)


def _taken(lines: Sequence[PricedLine], terms: Mapping[str, ShopTerms]) -> list[Taken]:
    """What comes off each line; each shop for itself."""
    found = [NOTHING] * len(lines)
    for shop_id in dict.fromkeys(line.shop_id for line in lines):
        shop = terms[shop_id]
        if not shop.promotions:
            continue
        own = [at for at, line in enumerate(lines) if line.shop_id == shop_id]
        asked = sum((lines[at].owed or lines[at].gross).minor for at in own)
        goods = [Goods(lines[at].listing_id, lines[at].category, lines[at].gross.minor) for at in own]
        taken = discounts(goods, shop.promotions, asked, lines[0].unit.currency, shop.price)
        for at, off in zip(own, taken, strict=True):
            found[at] = off
    return found


def _with_fees(lines: Sequence[QuotedLine], terms: Mapping[str, ShopTerms]) -> list[QuotedLine]:
    found = list(lines)
    for shop_id in dict.fromkeys(quoted.line.shop_id for quoted in lines):
        own = [at for at, quoted in enumerate(lines) if quoted.line.shop_id == shop_id]
        rules = [terms[shop_id].fees.of(lines[at].line.category) for at in own]
        fees = charges(rules, [lines[at].net_minor for at in own], terms[shop_id].charge)
        for at, rule, fee in zip(own, rules, fees, strict=True):
            found[at] = replace(lines[at], fee_minor=fee, fee_rule_id=rule.id)
    return found


def _refuse_beyond_money(minor: int) -> None:
    """Said here, in words, or it would be a `ValueError` of `Money` in the middle of a payment."""
    if minor > MAX_MINOR:
        raise InvalidInput("This is more than can be paid at once. Take fewer pieces, and buy the rest afterwards.")
