"""The money machine's world: what it knows of orders and payouts beside the books, and which accounts it looks at."""

from dataclasses import dataclass, field

from hypothesis import strategies as st

from models.rules.bookkeeping import AccountKind, LedgerEntry
from models.rules.refunds import OrderTerms, Share, remainder
from models.types import Money

SETTLED_IN = {"USD": "USD", "EUR": "EUR", "JPY": "USD"}
"""By currency of the charge: yen are settled in dollars."""
SHOPS = {"shp_usd": "USD", "shp_eur": "EUR"}
PERSON, CARD = "usr_1", "gft_1"
OWED = (AccountKind.ARTISAN_PAYABLE, AccountKind.ARTISAN_RESERVE, AccountKind.ARTISAN_IN_TRANSIT)
OWED_OR_EARNED = (
    *OWED,
    *(AccountKind.ORDER_HELD, AccountKind.ARTISAN_DEBT, AccountKind.TAX_PAYABLE, AccountKind.FEES_EARNED),
    *(AccountKind.GIFT_CARDS, AccountKind.STORE_CREDIT),
)
SMALL, ANY = st.integers(1, 5_000), st.integers(0, 10**6)
RATE = st.integers(20, 500)
"""Of one currency in another, in hundredths of minor units; how many decimals they have makes no difference here."""


def at_rate(minor: int, rate: int) -> int:
    return (minor * rate + 50) // 100


@dataclass
class Refunded:
    """What undoing the newest refund of an order needs."""

    entries: list[LedgerEntry]
    pieces: dict[str, int]
    back: int
    settled: Money
    share: Share
    taken: int
    credit: int


@dataclass
class Sold:
    id: str
    shop: str
    currency: str
    terms: OrderTerms
    rate: int
    """To the shop's currency, frozen."""
    back: dict[str, int] = field(default_factory=dict)
    released: Share | None = None
    """What the artisan was given and has not given back."""
    newest: Refunded | None = None
    disputed: int = 0
    """Of the artisan's money for it: what a dispute keeps back, in their currency."""

    @property
    def left(self) -> Share:
        return remainder(self.terms, self.back)

    def owed(self, share: Share) -> int:
        minor = share.held_minor - share.fee_minor
        return minor if SHOPS[self.shop] == self.currency else at_rate(minor, self.rate)


@dataclass(eq=False)
class Payout:
    shop: str
    amount: Money
    where: str = "aside"
    sent: str = ""
    """The currency that left our balance."""
