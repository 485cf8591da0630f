"""What an app may do, as the person who is asked reads it."""

from models.rules.scopes import Scope

MAY = {
    Scope.OPENID: "Know that it is you, by a number that says nothing about you",
    Scope.PROFILE: "See your name",
    Scope.SHOP: "Shop for you: see and change your cart, your addresses and your orders, and place new ones",
    Scope.DESK: "Work at your desk: see and handle your shop's orders and change its listings",
    Scope.PARCELS_REPORT: "Report what happens to the parcels of its courier",
    Scope.ORDERS_READ: "Read its shop's orders, without anything about the buyers",
}


def may(scopes: tuple[str, ...]) -> list[str]:
    return [MAY[scope] for scope in Scope if scope in scopes]
