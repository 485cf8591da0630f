"""SQLAlchemy 2 typed tables, one module an aggregate, no behaviour. Importing this package registers them all."""

from models.tables import catalogue, ledger, orders, people, processes, selling
from models.tables.base import Base

__all__ = ["Base", "catalogue", "ledger", "orders", "people", "processes", "selling"]
