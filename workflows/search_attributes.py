"""The search attributes of every process, for operators. One registry; every server registers all of it."""

from collections.abc import Mapping
from typing import Any

from temporalio.common import SearchAttributeKey, SearchAttributeUpdate

Update = SearchAttributeUpdate[Any]

PROCESS = SearchAttributeKey.for_keyword("Process")
STATUS = SearchAttributeKey.for_keyword("Status")
WAITING_ON = SearchAttributeKey.for_keyword("WaitingOn")
DEADLINE = SearchAttributeKey.for_datetime("Deadline")
CUSTOMER_ID = SearchAttributeKey.for_keyword("CustomerId")
ARTISAN_IDS = SearchAttributeKey.for_keyword_list("ArtisanIds")
AMOUNT = SearchAttributeKey.for_int("Amount")
CURRENCY = SearchAttributeKey.for_keyword("Currency")

KEYS = (PROCESS, STATUS, WAITING_ON, DEADLINE, CUSTOMER_ID, ARTISAN_IDS, AMOUNT, CURRENCY)

REGISTRY: Mapping[str, str] = {
    "Process": "Keyword",
    "Status": "Keyword",
    "WaitingOn": "Keyword",
    "Deadline": "Datetime",
    "CustomerId": "Keyword",
    "ArtisanIds": "KeywordList",
    "Amount": "Int",
    "Currency": "Keyword",
}
"""Name → type as the server's command line and operator API spell it."""
