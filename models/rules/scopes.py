"""What a program may be allowed, and which kind of program may be allowed what."""

from enum import StrEnum


class ClientKind(StrEnum):
    APP = "app"  # on a person's telephone, acting for them; keeps no secret
    COURIER = "courier"  # reports on its own parcels
    CRM = "crm"  # reads one shop's orders


class Scope(StrEnum):
    OPENID = "openid"  # learns who the person is, by an opaque id
    PROFILE = "profile"  # and their name
    SHOP = "shop"  # what a customer does
    DESK = "desk"  # what an artisan does
    PARCELS_REPORT = "parcels:report"
    ORDERS_READ = "orders:read"


ALLOWED: dict[ClientKind, tuple[Scope, ...]] = {
    ClientKind.APP: (Scope.OPENID, Scope.PROFILE, Scope.SHOP, Scope.DESK),
    ClientKind.COURIER: (Scope.PARCELS_REPORT,),
    ClientKind.CRM: (Scope.ORDERS_READ,),
}
"""In the order in which people read them."""


def in_order(scopes: set[str]) -> tuple[str, ...]:
    return tuple(scope.value for scope in Scope if scope.value in scopes)
