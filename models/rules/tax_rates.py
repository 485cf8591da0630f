"""Sales-tax rates by jurisdiction, as data. Facts only; how they are applied stands in `activities.gateways.table_tax`.

United States: state-level rates as published by the states' revenue departments (local surtaxes are not included);
whether delivery charges are taxed follows each state's general rule for separately stated shipping. Canada: GST/HST
(Excise Tax Act, s. 165) with provincial PST/QST where the marketplace collects it. Elsewhere the parcel is an export
and import tax is the addressee's.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    basis_points: int
    taxes_shipping: bool


US: dict[str, Rate] = {
    "AL": Rate(400, False), "AK": Rate(0, False), "AZ": Rate(560, False), "AR": Rate(650, True),
    "CA": Rate(725, False), "CO": Rate(290, False), "CT": Rate(635, True), "DE": Rate(0, False),
    "DC": Rate(600, True), "FL": Rate(600, False), "GA": Rate(400, True), "HI": Rate(400, True),
    "ID": Rate(600, False), "IL": Rate(625, False), "IN": Rate(700, True), "IA": Rate(600, False),
    "KS": Rate(650, True), "KY": Rate(600, True), "LA": Rate(500, False), "ME": Rate(550, False),
    "MD": Rate(600, False), "MA": Rate(625, False), "MI": Rate(600, True), "MN": Rate(688, True),
    "MS": Rate(700, True), "MO": Rate(423, False), "MT": Rate(0, False), "NE": Rate(550, True),
    "NV": Rate(685, False), "NH": Rate(0, False), "NJ": Rate(663, True), "NM": Rate(488, True),
    "NY": Rate(400, True), "NC": Rate(475, True), "ND": Rate(500, True), "OH": Rate(575, True),
    "OK": Rate(450, False), "OR": Rate(0, False), "PA": Rate(600, True), "RI": Rate(700, True),
    "SC": Rate(600, True), "SD": Rate(420, True), "TN": Rate(700, True), "TX": Rate(625, True),
    "UT": Rate(485, False), "VT": Rate(600, True), "VA": Rate(430, False), "WA": Rate(650, True),
    "WV": Rate(600, True), "WI": Rate(500, True), "WY": Rate(400, False),
}  # fmt: skip

CANADA: dict[str, Rate] = {
    "AB": Rate(500, True), "BC": Rate(1200, True), "MB": Rate(1200, True), "NB": Rate(1500, True),
    "NL": Rate(1500, True), "NS": Rate(1400, True), "NT": Rate(500, True), "NU": Rate(500, True),
    "ON": Rate(1300, True), "PE": Rate(1500, True), "QC": Rate(1498, True), "SK": Rate(1100, True),
    "YT": Rate(500, True),
}  # fmt: skip

BY_COUNTRY: dict[str, dict[str, Rate]] = {"US": US, "CA": CANADA}
