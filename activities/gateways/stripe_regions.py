"""Under which of Stripe's service agreements an account must stand for us to be able to pay it.

Accounts in the platform's own region sign the full agreement; those abroad the recipient agreement, and only with that
one may we send them money (https://docs.stripe.com/connect/service-agreement-types). It can't be changed later.
"""

REGION = frozenset((
    "US", "CA", "GB", "CH", "LI", "AT", "BE", "BG", "HR", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR",
    "HU", "IE", "IS", "IT", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
))  # fmt: skip
"""Of a platform in any of these: the United States, Canada, the United Kingdom, the EEA and Switzerland."""


def is_abroad(country: str) -> bool:
    return country not in REGION
