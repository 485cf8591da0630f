"""Which taxes a consignment of goods falls under. Answers the levies of each line of goods, and those of its shipping.

    to the United States  sales tax of the state, wherever the parcel comes from: the marketplace is the facilitator
    to Canada             GST/HST and the province's own, when it is sent within Canada; from abroad the border taxes
    to the European Union VAT of the member state: within the union (one-stop shop), from abroad up to EUR 150
    to the United Kingdom VAT, from abroad up to GBP 135
    elsewhere             nothing that the platform collects

What leaves a country with VAT or GST is a zero-rated export of it. The limits are of the goods' value alone; where no
exchange rate tells it, the consignment counts as one above the limit, and the border taxes it.
"""

from fractions import Fraction

from models.ports.pricing import TaxClass, TaxLine, TaxReason
from models.rules.tax import canada, europe, us
from models.rules.tax.levies import Consignment, Levy, spread
from models.rules.tax.platform import IOSS, OSS
from models.rules.tax.rates import rate_on
from models.types import CURRENCY_DECIMALS

CLOTHES = frozenset({TaxClass.CLOTHING, TaxClass.CHILDRENS_CLOTHING})
EVERY_TAX = "EU"
"""The jurisdiction of a European business's certificate."""


def levy(parcel: Consignment, shipping_minor: int) -> tuple[list[list[Levy]], list[Levy]]:
    country = parcel.to.country
    if country == "US":
        return _united_states(parcel, shipping_minor)
    goods = [_goods(parcel, line) for line in parcel.goods]
    return goods, spread(goods, shipping_minor)


def _goods(parcel: Consignment, line: TaxLine) -> list[Levy]:
    here = europe.vat_territory(parcel.to.country, parcel.to.postal_code)
    origin = europe.vat_territory(parcel.sent_from) or parcel.sent_from
    if parcel.to.country == "CA" and origin == "CA":
        return _canada(parcel, line)
    if here in europe.EU:
        return _union(parcel, line, here, origin)
    if here == "GB" and (origin == "GB" or _within(parcel, "GB")) and parcel.platform.is_registered("GB", parcel.on):
        return [_vat(parcel, line, "GB")]
    if here == "GB" and origin == "GB":
        return [_nothing(line, "GB")]
    return [_leaving(line, origin, parcel.to.country)]


def _united_states(parcel: Consignment, shipping_minor: int) -> tuple[list[list[Levy]], list[Levy]]:
    code = parcel.to.region.strip().upper()
    state, where = us.STATES.get(code), f"US-{code}" if code else "US"
    collects = (
        state is not None and parcel.on >= state.facilitator_since and parcel.platform.is_registered(where, parcel.on)
    )
    if state is None or not collects:
        return (
            [[_nothing(line, where)] for line in parcel.goods],
            [Levy("Sales tax", where, shipping_minor, reason=TaxReason.OUT_OF_SCOPE)],
        )
    name, rate = "Sales tax", rate_on(state.rates, parcel.on)
    goods = [_state(parcel, line, code, rate) for line in parcel.goods]
    if state.taxes_shipping:
        return goods, spread(goods, shipping_minor)
    return goods, [Levy(name, where, shipping_minor, reason=TaxReason.EXEMPT)]


def _state(parcel: Consignment, line: TaxLine, code: str, rate: int) -> list[Levy]:
    net, where = line.net.minor, f"US-{code}"
    exempt: int = 0
    if line.tax_class in CLOTHES and code in us.CLOTHING:
        worth = _worth(parcel, line, "USD")
        piece = us.CLOTHING[code].exempt_of(None if worth is None else int(worth * 100 / line.quantity))
        # In the line's own currency again; the threshold's part of it is rounded down, never past the line.
        exempt = net if piece is None else min(net, int(piece * line.quantity * net / (worth * 100)) if worth else 0)
    untaxed = [Levy("Sales tax", where, exempt, reason=TaxReason.EXEMPT)] if exempt else []
    taxed = [parcel.levied("Sales tax", where, net - exempt, rate)] if net > exempt or not untaxed else []
    return taxed + untaxed


def _canada(parcel: Consignment, line: TaxLine) -> list[Levy]:
    code, net, on = parcel.to.region.strip().upper(), line.net.minor, parcel.on
    province = canada.PROVINCES.get(code)
    if province is None or not parcel.platform.is_registered("CA", on):
        return [_nothing(line, f"CA-{code}" if province else "CA")]
    relieved = line.tax_class in province.relieved
    if province.hst:
        rates = canada.GST if relieved else province.hst
        return [parcel.levied("HST", f"CA-{code}", net, rate_on(rates, on))]
    levies = [parcel.levied("GST", "CA", net, rate_on(canada.GST, on))]
    if province.own:
        where = f"CA-{code}"
        if relieved:
            levies.append(Levy(province.own_name, where, net, reason=TaxReason.EXEMPT))
        elif parcel.platform.is_registered(where, on):
            levies.append(parcel.levied(province.own_name, where, net, rate_on(province.own, on)))
        else:
            levies.append(Levy(province.own_name, where, net, reason=TaxReason.OUT_OF_SCOPE))
    return levies


def _union(parcel: Consignment, line: TaxLine, here: str, origin: str) -> list[Levy]:
    platform = parcel.platform
    if origin in europe.EU:
        business = parcel.exemption(EVERY_TAX)
        if business is not None and origin != here:
            return [Levy("VAT", here, line.net.minor, reason=TaxReason.REVERSE_CHARGE, because=business.id)]
        collects = platform.is_registered(OSS, parcel.on) or platform.is_registered(here, parcel.on)
        return [_vat(parcel, line, here) if collects else _nothing(line, here)]
    if _within(parcel, "EU") and platform.is_registered(IOSS, parcel.on):
        return [_vat(parcel, line, here)]
    return [_leaving(line, origin, here)]


def _vat(parcel: Consignment, line: TaxLine, country: str) -> Levy:
    rate = rate_on(europe.vat_rates(country, line.tax_class), parcel.on)
    return parcel.levied("VAT", country, line.net.minor, rate)


def _nothing(line: TaxLine, where: str) -> Levy:
    name = "Sales tax" if where.startswith("US") else "GST" if where.startswith("CA") else "VAT"
    return Levy(name, where, line.net.minor, reason=TaxReason.OUT_OF_SCOPE)


def _leaving(line: TaxLine, origin: str, destination: str) -> Levy:
    """What is sent to where the platform collects nothing."""
    if origin == destination or origin not in {*europe.STANDARD, "CA"}:
        return Levy("Tax", destination, line.net.minor, reason=TaxReason.OUT_OF_SCOPE)
    name = "GST" if origin == "CA" else "VAT"
    return Levy(name, origin, line.net.minor, reason=TaxReason.ZERO_RATED_EXPORT)


def _within(parcel: Consignment, where: str) -> bool:
    """Whether the goods are worth no more than the marketplace collects on."""
    currency, limit = europe.IMPORT_LIMIT[where]
    worth = [_worth(parcel, line, currency) for line in parcel.goods]
    known = [one for one in worth if one is not None]
    return len(known) == len(worth) and sum(known) <= limit


def _worth(parcel: Consignment, line: TaxLine, currency: str) -> Fraction | None:
    """The line's goods in whole units of a currency; None where no rate tells."""
    own = line.net.currency
    rate = Fraction(1) if own == currency else (parcel.rates or {}).get(currency)
    return None if rate is None else Fraction(line.net.minor, 10 ** CURRENCY_DECIMALS[own]) * rate
