"""SQLAlchemy 2 typed tables, one module an aggregate, no behaviour. Importing this package registers them all."""

from models.tables import (
    attempts,
    audit,
    catalogue,
    currencies,
    factors,
    identities,
    ledger,
    letters,
    oauth,
    orders,
    payouts,
    people,
    privacy,
    processes,
    refunds,
    selling,
    sessions,
)
from models.tables.base import Base

__all__ = [
    "Base",
    "attempts",
    "audit",
    "catalogue",
    "currencies",
    "factors",
    "identities",
    "ledger",
    "letters",
    "oauth",
    "orders",
    "payouts",
    "people",
    "privacy",
    "processes",
    "refunds",
    "selling",
    "sessions",
]
