"""The index of listings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SearchQuery:
    text: str = ""
    category: str | None = None
    shop_id: str | None = None
    currency: str | None = None
    price_min: int | None = None
    price_max: int | None = None
    in_stock: bool = False
    sort: str = "relevance"
    """`relevance`, `newest`, `price_up` or `price_down`."""
    page: int = 1
    per_page: int = 24
    worth: Mapping[str, Decimal] | None = None
    """What a minor unit of each currency is worth in minor units of the one that the price bounds are in, and that
    prices are compared in. Without it they are compared as the numbers that they are."""


@dataclass(frozen=True, slots=True)
class SearchResult:
    listing_ids: tuple[str, ...]
    total: int
    """Exact up to 1,000; a larger number is told as 1,000 and `total_is_floor`."""
    total_is_floor: bool = False


class SearchIndex(Protocol):
    async def search(self, query: SearchQuery) -> SearchResult: ...

    async def index(self, listing_ids: Sequence[str]) -> None:
        """Brings these listings up to date in the index; an unpublished one is removed."""
        ...
