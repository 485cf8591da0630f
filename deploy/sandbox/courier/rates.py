"""What a parcel costs and how long it travels. Owns the tariff; integer arithmetic only."""

import hashlib
from typing import Any

Body = dict[str, Any]
# Minor units of each currency for one US dollar, rounded for a tariff rather than for trading.
PER_DOLLAR = {"USD": 100, "CAD": 138, "MXN": 1850, "EUR": 92, "GBP": 78, "JPY": 150, "KWD": 307}
_EURO = {"AT", "BE", "CY", "DE", "EE", "ES", "FI", "FR", "GR", "HR", "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PT",
         "SI", "SK"}  # fmt: skip
_HOME = {"US": "USD", "CA": "CAD", "MX": "MXN", "GB": "GBP", "JP": "JPY", "KW": "KWD"}
SERVICES = {
    # name: US cents for the parcel, US cents for each started kilogram, days at home, days abroad
    "standard": (495, 120, (2, 5), (7, 14)),
    "express": (1295, 240, (1, 2), (3, 5)),
}


def home_currency(country: str) -> str:
    return "EUR" if country in _EURO else _HOME.get(country, "USD")


def quote(code: str, service: str, *, origin: str, to: str, weight_grams: int, currency: str) -> Body:
    """Each courier has its own price level, 90 to 115 % of the table, so that comparing makes sense."""
    parcel, kilogram, home, abroad = SERVICES[service]
    level = 90 + hashlib.sha256(code.encode()).digest()[0] % 26
    cents = (parcel + kilogram * -(-weight_grams // 1000)) * level
    days = home
    if origin != to:
        cents, days = cents * 24 // 10, abroad
    amount = (cents * PER_DOLLAR[currency] + 5000) // 10_000
    return {
        "service": service,
        "amount": amount,
        "currency": currency,
        "days_min": days[0],
        "days_max": days[1],
    }
