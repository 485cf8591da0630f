"""Who can sign in to a seeded marketplace. Their business deadlines run faster, so that weeks can be watched."""

from dataclasses import dataclass

from models.types import Role

PASSWORD = "made-by-hand"  # noqa: S105 - printed by `artisan up`; the cluster is never seeded with demo accounts
A_DAY_IN_THREE_MINUTES = 480
A_DAY_IN_TEN_SECONDS = 8640
A_DAY_IN_THREE_SECONDS = 28_800


@dataclass(frozen=True)
class DemoAccount:
    role: Role
    email: str
    name: str
    time_scale: int = A_DAY_IN_THREE_MINUTES
    password: str = PASSWORD


CUSTOMER = DemoAccount(Role.CUSTOMER, "customer@demo.example", "Noor Haddad")
ADMINISTRATOR = DemoAccount(Role.ADMINISTRATOR, "admin@demo.example", "Sam Okafor")
TOUR = DemoAccount(Role.CUSTOMER, "tour@demo.example", "Ines Tour", time_scale=A_DAY_IN_TEN_SECONDS)
PAYER = DemoAccount(Role.CUSTOMER, "payer@demo.example", "Tomas Tour", time_scale=A_DAY_IN_TEN_SECONDS)
"""Buys in the story of a payout."""
COMMISSIONER = DemoAccount(Role.CUSTOMER, "commissioner@demo.example", "Amara Tour", time_scale=A_DAY_IN_THREE_SECONDS)
"""Has two pieces made in the story of a commission."""
PAID_SHOPS = ("cold-lake-forge", "slow-tide-press")
"""Their keepers are paid in the story of a payout: one in US dollars, one in Canadian. They sign in with two factors,
which withdrawing asks for, and their days are the shortest of all."""


def artisan(shop_slug: str, name: str) -> DemoAccount:
    """The account that keeps a seeded shop."""
    scale = A_DAY_IN_THREE_SECONDS if shop_slug in PAID_SHOPS else A_DAY_IN_THREE_MINUTES
    return DemoAccount(Role.ARTISAN, f"{shop_slug}@demo.example", name, time_scale=scale)


DEMO_ACCOUNTS = (CUSTOMER, artisan("saltmarsh-pottery", "Saltmarsh Pottery"), ADMINISTRATOR)
"""What `artisan up` prints; every other seeded shop's keeper signs in as `<shop>@demo.example`."""
