"""Whatever is sold to whomever: a line's tax is the sum of its components', and each is its rate of its base."""

from datetime import date
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from models.ports import PostalAddress, TaxClass, TaxExemption, TaxLine, TaxReason
from models.rules.money import step_of
from models.rules.tax.assess import REGIONS, SHIPPING, assess
from models.rules.tax.europe import STANDARD
from models.rules.tax.platform import PLATFORM
from models.rules.tax.rates import WHOLE, millionths, of, per_cent
from models.types import CURRENCY_DECIMALS, Money

PLACES = [
    *((country, region) for country in REGIONS for region in sorted(REGIONS[country])),
    *((country, "") for country in [*sorted(STANDARD), "JP", "MX", "MC"]),
]
FROM = [country for country, _ in PLACES[-30:]] + ["US", "CA", ""]
KINDS = [
    ("US-NY", "reseller"),
    ("US-PA", "nonprofit"),
    ("CA", "government"),
    ("CA-BC", "reseller"),
    ("EU", "vat_business"),
]


@st.composite
def baskets(draw: st.DrawFn) -> list[TaxLine]:
    currency = draw(st.sampled_from(sorted(CURRENCY_DECIMALS)))
    amount = st.integers(0, 10**9)
    lines: list[TaxLine] = []
    for shop in range(draw(st.integers(1, 3))):
        origin = draw(st.sampled_from(FROM))
        for number in range(draw(st.integers(1, 4))):
            quantity = draw(st.integers(1, 9))
            net = Money(draw(amount), currency)
            tax_class = draw(st.sampled_from(TaxClass))
            lines.append(TaxLine(f"l{shop}-{number}", "any", net, quantity, tax_class, f"s{shop}", origin))
        lines.append(TaxLine(f"s{shop}", SHIPPING, Money(draw(amount), currency), shop_id=f"s{shop}", sent_from=origin))
    return lines


@given(
    baskets(),
    st.sampled_from(PLACES),
    st.dates(date(2021, 1, 1), date(2027, 12, 31)),
    st.lists(st.sampled_from(KINDS), max_size=2),
    st.none() | st.fractions(Fraction(1, 200), 200),
)
def test_every_line_adds_up(
    lines: list[TaxLine],
    place: tuple[str, str],
    on: date,
    kinds: list[tuple[str, str]],
    rate: Fraction | None,
) -> None:
    to = PostalAddress("Ada", "1 Mill Lane", "Here", place[1], "10115", place[0])
    held = [TaxExemption("txe", kind, where, date(2022, 1, 1)) for where, kind in kinds]
    worth = None if rate is None else {"USD": rate, "EUR": rate, "GBP": rate}
    results = assess(lines, to, on=on, platform=PLATFORM, exemptions=held, rates=worth)
    assert [result.listing_id for result in results] == [line.listing_id for line in lines]
    for line, result in zip(lines, results, strict=True):
        step = step_of(line.net.currency)
        assert result.tax.minor == sum(part.tax.minor for part in result.components)
        bases: dict[str, int] = {}
        for part in result.components:
            assert part.tax.currency == part.base.currency == line.net.currency
            assert part.base.minor >= 0
            assert part.tax.minor % step == 0
            assert abs(Fraction(part.base.minor * part.rate_millionths, WHOLE) - part.tax.minor) <= Fraction(step, 2)
            assert part.reason is TaxReason.TAXABLE or part.rate_millionths == part.tax.minor == 0
            bases[part.jurisdiction] = bases.get(part.jurisdiction, 0) + part.base.minor
        assert set(bases.values()) == {line.net.minor}, "each jurisdiction sees the whole line, once"


@given(st.integers(-(10**12), 10**12), st.integers(0, 300_000), st.sampled_from([1, 10]))
def test_rounding_is_half_up_and_the_same_both_ways(base: int, rate: int, step: int) -> None:
    assert of(-base, rate, step) == -of(base, rate, step)
    assert 2 * abs(abs(base) * rate - abs(of(base, rate, step)) * WHOLE) <= step * WHOLE


def test_a_half_is_rounded_up() -> None:
    assert of(10, 50_000) == 1  # 0.5
    assert of(9, 50_000) == 0  # 0.45
    assert of(10_000, millionths("9.975")) == 998
    assert of(125, 40_000, 10) == 10  # 5 fils
    assert [per_cent(millionths(written)) for written in ("9.975", "20", "0", "25.5")] == ["9.975", "20", "0", "25.5"]
