"""What people are asked to agree to, and the wording that holds today. Standard library only."""

from collections.abc import Mapping
from enum import StrEnum


class Purpose(StrEnum):
    TERMS = "terms"  # the contract; agreed to when an account is opened
    NEWSLETTER = "newsletter"  # new makers and pieces, by mail
    MAKING_OF = "making_of"  # makers may show the making of what somebody ordered


CURRENT: Mapping[Purpose, str] = {
    Purpose.TERMS: "2026-11",
    Purpose.NEWSLETTER: "2026-11",
    Purpose.MAKING_OF: "2026-11",
}
"""Version of today's wording. A new one asks again: an answer holds for the words that it was given to."""
OPTIONAL = (Purpose.NEWSLETTER, Purpose.MAKING_OF)
"""What can be withdrawn while the account goes on; the terms end with the account."""
