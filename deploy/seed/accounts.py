"""Who can sign in to a seeded marketplace. Their business deadlines run faster, so that weeks can be watched."""

from dataclasses import dataclass

from models.types import Role

PASSWORD = "made-by-hand"  # noqa: S105 - printed by `artisan up`; the cluster is never seeded with demo accounts
A_DAY_IN_THREE_MINUTES = 480
A_DAY_IN_TEN_SECONDS = 8640


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


def artisan(shop_slug: str, name: str) -> DemoAccount:
    """The account that keeps a seeded shop."""
    return DemoAccount(Role.ARTISAN, f"{shop_slug}@demo.example", name)


DEMO_ACCOUNTS = (CUSTOMER, artisan("saltmarsh-pottery", "Saltmarsh Pottery"), ADMINISTRATOR)
"""What `artisan up` prints; every other seeded shop's keeper signs in as `<shop>@demo.example`."""
