"""Where a platform may send money. Owns Stripe's two lists of countries and the rule that joins them.

Within its region a platform sends to accounts under the full service agreement; beyond it, to those under the recipient
agreement, in the countries of the second list. https://docs.stripe.com/connect/cross-border-payouts and
https://docs.stripe.com/connect/service-agreement-types
"""

REGION = frozenset((
    "US", "CA", "GB", "CH", "LI", "AT", "BE", "BG", "HR", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR",
    "HU", "IE", "IS", "IT", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
))  # fmt: skip
"""The United States, Canada, the United Kingdom, the European Economic Area and Switzerland pay one another."""
ABROAD = frozenset((
    "AE", "AG", "AL", "AM", "AR", "AU", "BA", "BH", "BJ", "BN", "BO", "BS", "BW", "CI", "CL", "CO", "CR", "DO",
    "EC", "EG", "ET", "GH", "GM", "GT", "GY", "HK", "ID", "IL", "IN", "JM", "JO", "JP", "KE", "KH", "KR", "KW",
    "LC", "LK", "MA", "MC", "MD", "MG", "MK", "MN", "MO", "MU", "MX", "MY", "NA", "NG", "NZ", "OM", "PA", "PE",
    "PH", "PK", "PY", "QA", "RS", "RW", "SA", "SG", "SN", "SV", "TH", "TN", "TR", "TT", "TW", "TZ", "UY", "UZ",
    "VN", "ZA",
))  # fmt: skip
KNOWN = REGION | ABROAD
FULL, RECIPIENT = "full", "recipient"


def refused_because(platform: str, country: str, agreement: str) -> str | None:
    """Stripe's sentence, or None where the money may go."""
    if agreement == RECIPIENT:
        if platform in REGION and country in KNOWN and country != platform:
            return None
        return (
            f"Funds can't be sent to accounts located in {country} because it's restricted outside of your "
            "platform's region."
        )
    if country == platform or (platform in REGION and country in REGION):
        return None
    return (
        f"Funds can't be sent to accounts located in {country} when the account is under the `full` service agreement. "
        "To learn more, see https://docs.stripe.com/connect/service-agreement-types."
    )
