"""VAT and its like on the platform's own service to artisans: the commission.

A service to a business is taxed where the business is (Directive 2006/112/EC, arts. 44 and 196; UK VAT Act 1994 s. 7A):

    artisan in the platform's own country          domestic VAT, registered or not
    in another member state, with a VAT number     reverse charge: the artisan accounts for it
    in another member state, without one           VAT of that state (art. 58, one-stop shop)
    in the United Kingdom                          the same two cases
    in Canada                                      registered: accounts for it; else GST/HST and QST (Excise Tax Act,
                                                   s. 211.12; Act respecting the QST, s. 477.6)
    elsewhere, the United States included          out of scope

The commission that an artisan agreed to includes whatever tax is due on it, so nothing more is ever taken than was
frozen with the order: the tax is computed out of it. EUR 12.30 in Ireland is EUR 10.00 and 23 % VAT of EUR 2.30.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from models.ports import TaxComponent, TaxReason
from models.rules.splits import split
from models.rules.tax import canada, europe
from models.rules.tax.identifiers import TaxId
from models.rules.tax.platform import OSS, Platform
from models.rules.tax.rates import WHOLE, rate_on
from models.types import Money


@dataclass(frozen=True, slots=True)
class FeeTax:
    net: Money
    components: tuple[TaxComponent, ...]
    """Their taxes and `net` sum to the commission."""


def fee_tax(
    commission: Money, *, country: str, region: str, tax_id: TaxId | None, on: date, platform: Platform
) -> FeeTax:
    """Of a commission, or of one that is given back (negative). `country` and `region` are the shop's."""
    name, levied = _levies(country, region.strip().upper(), tax_id, on, platform)
    reason = TaxReason.TAXABLE
    if isinstance(levied, TaxReason):
        nothing = Money(0, commission.currency)
        return FeeTax(commission, (TaxComponent(name, country, commission, 0, nothing, levied),))
    rates = [rate for _, _, rate in levied]
    net, *taxes = _out_of(commission.minor, rates)
    base = Money(net, commission.currency)
    return FeeTax(
        base,
        tuple(
            TaxComponent(levy, where, base, rate, Money(tax, commission.currency), reason)
            for (levy, where, rate), tax in zip(levied, taxes, strict=True)
        ),
    )


def _levies(
    country: str, region: str, tax_id: TaxId | None, on: date, platform: Platform
) -> tuple[str, list[tuple[str, str, int]] | TaxReason]:
    if tax_id is not None and tax_id.country != country:
        tax_id = None
    if country in europe.EU or country == "GB":
        if tax_id is not None and country != platform.country:
            return "VAT", TaxReason.REVERSE_CHARGE
        where = country if country in {platform.country, "GB"} else OSS
        if not platform.is_registered(where, on):
            return "VAT", TaxReason.OUT_OF_SCOPE
        return "VAT", [("VAT", country, rate_on(europe.STANDARD[country], on))]
    province = canada.PROVINCES.get(region) if country == "CA" else None
    if province is None or not platform.is_registered("CA", on):
        return "Tax", TaxReason.OUT_OF_SCOPE
    if tax_id is not None:
        return "GST/HST", TaxReason.REVERSE_CHARGE
    if province.hst:
        return "HST", [("HST", f"CA-{region}", rate_on(province.hst, on))]
    levied = [("GST", "CA", rate_on(canada.GST, on))]
    if region == "QC" and platform.is_registered("CA-QC", on):
        levied.append(("QST", "CA-QC", rate_on(province.own, on)))
    return "GST", levied


def _out_of(gross: int, rates: Sequence[int]) -> list[int]:
    """Net and each tax, summing to `gross`; the net half up, the taxes by the largest remainder."""
    sign, amount = (-1, -gross) if gross < 0 else (1, gross)
    whole = WHOLE + sum(rates)
    net = (2 * amount * WHOLE + whole) // (2 * whole)
    taxes = split(amount - net, rates)
    return [sign * part for part in (net, *taxes)]
