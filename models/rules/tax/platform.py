"""Who sells and invoices: the platform, and since when it is registered where. Whoever runs the marketplace writes
their own numbers here, once; a tax is collected from its registration on, and not a day earlier."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from models.rules.tax import us
from models.rules.tax.europe import EU

OSS, IOSS = "EU-OSS", "EU-IOSS"


@dataclass(frozen=True, slots=True)
class Platform:
    name: str
    address: tuple[str, ...]
    country: str
    """Of its seat: its services to artisans are supplied from there."""
    registered: Mapping[str, date]
    """`US-NY`, `CA` (GST and HST), `CA-QC`, `EU-OSS`, `EU-IOSS`, `GB`, a member state → the first day."""
    numbers: Mapping[str, str]
    """What an invoice has to name, by the same keys."""

    def is_registered(self, where: str, on: date) -> bool:
        since = self.registered.get(where)
        return since is not None and since <= on

    def number(self, jurisdiction: str) -> str:
        """For a tax of this jurisdiction; empty where an invoice needs none."""
        if jurisdiction in EU and jurisdiction != self.country:
            return self.numbers.get(OSS, "")
        return self.numbers.get(jurisdiction, "")


PLATFORM = Platform(
    name="ArtisanConnect Ltd",
    address=("1 Weavers' Quay", "Dublin D02 XY00", "Ireland"),
    country="IE",
    registered={
        **{f"US-{code}": state.facilitator_since for code, state in us.STATES.items()},
        "CA": date(2021, 7, 1),
        "CA-QC": date(2021, 7, 1),
        "CA-BC": date(2022, 7, 1),
        "CA-SK": date(2021, 1, 1),
        "CA-MB": date(2021, 12, 1),
        "GB": date(2021, 1, 1),
        "IE": date(2021, 1, 1),
        OSS: date(2021, 7, 1),
        IOSS: date(2021, 7, 1),
    },
    # Numbers that no authority gives out: the demo platform's.
    numbers={
        "IE": "IE0000000XX",
        OSS: "IE0000000XX",
        IOSS: "IM0000000000",
        "GB": "GB000000000",
        "CA": "000000000 RT0001",
        "CA-QC": "0000000000 TQ0001",
        "CA-BC": "PST-0000-0000",
        "CA-SK": "0000000",
        "CA-MB": "000000-0",
    },
)
