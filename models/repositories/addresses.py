"""A stored address as partners and rules take it."""

from models.ports import PostalAddress
from models.tables.people import Address


def postal(address: Address) -> PostalAddress:
    return PostalAddress(
        name=address.name,
        line1=address.line1,
        line2=address.line2,
        city=address.city,
        region=address.region,
        postal_code=address.postal_code,
        country=address.country,
    )
