"""Whether a bank account's number can be one: check digits and lengths. Standard library only.

Check digits find mistyped numbers, not missing accounts; only a transfer finds those.
"""

import re
from datetime import datetime, timedelta

PAUSED_AFTER_CHANGE = timedelta(days=3)
"""A changed account waits so long for its first payout, so that its owner can read our letter and object."""

# Lengths by country, from the IBAN registry that SWIFT publishes under ISO 13616.
IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "BY": 28,
    "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18,
    "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22,
    "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20,
    "LU": 20, "LV": 21, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30, "NL": 18, "NO": 15,
    "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SC": 31, "SE": 24, "SI": 19,
    "SK": 24, "SM": 27, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
}  # fmt: skip


def checked_iban(typed: str) -> str:
    """The IBAN without spaces. Raises `ValueError` saying what is wrong with it."""
    iban = re.sub(r"[\s-]", "", typed).upper()
    if not re.fullmatch(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}", iban):
        raise ValueError("An IBAN begins with two letters and two digits. Copy it from your bank's papers.")
    expected = IBAN_LENGTHS.get(iban[:2])
    if expected is None:
        raise ValueError(f"No IBAN begins with {iban[:2]}. Check the first two letters.")
    if len(iban) != expected:
        raise ValueError(f"An IBAN that begins with {iban[:2]} has {expected} characters; this one has {len(iban)}.")
    # ISO 7064, MOD 97-10: the first four move to the end, letters become 10 to 35, and the remainder is 1.
    if int("".join(str(int(character, 36)) for character in iban[4:] + iban[:4])) % 97 != 1:
        raise ValueError("This IBAN has a slip of the pen somewhere: its check digits don't fit. Compare it once more.")
    return iban


def checked_routing_number(typed: str) -> str:
    """A US bank's nine digits. Raises `ValueError` saying what is wrong with them."""
    number = re.sub(r"[\s-]", "", typed)
    if not re.fullmatch(r"[0-9]{9}", number):
        raise ValueError("A routing number has nine digits. They stand at the bottom left of a check.")
    # The American Bankers Association's weights; the sum of all nine is a multiple of ten.
    if sum(int(digit) * weight for digit, weight in zip(number, (3, 7, 1) * 3, strict=True)) % 10 or number[:2] == "00":
        raise ValueError("This routing number has a slip of the pen somewhere: its check digit doesn't fit.")
    return number


def checked_account_number(typed: str) -> str:
    """A US account's digits; they have no check digit. Raises `ValueError`."""
    number = re.sub(r"[\s-]", "", typed)
    if not re.fullmatch(r"[0-9]{4,17}", number):
        raise ValueError("An account number has 4 to 17 digits, without letters.")
    return number


def paused_until(changed_at: datetime, pause: timedelta = PAUSED_AFTER_CHANGE) -> datetime:
    """When the first payout to a changed account may leave."""
    return changed_at + pause
