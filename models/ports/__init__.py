"""What we ask of partners and replaceable parts, as Protocols. Gateways in `activities/gateways/` implement them.

Every write takes an idempotency key made of workflow id and step. Errors: `PartnerRefused` is final,
`PartnerUnavailable` leaves the outcome unknown, so the caller looks it up (`find_*`, `get_*`) before repeating.
"""

from models.ports.books import BookedTransaction, ProviderBooks, TransactionPage
from models.ports.cards import CardCharge, CardGateway, ChargeState, KeptCard
from models.ports.delivery import Courier, CourierEvent, Label, Mail, Mailer, PostalAddress, ShippingQuote
from models.ports.forgetting import ErasureJournal, Forgotten, PayerPrivacy, Redaction, Tombstone
from models.ports.payments import (
    Payment,
    PaymentGateway,
    PaymentLine,
    PaymentRequest,
    PaymentState,
    PaymentWebhooks,
    ProviderEvent,
    RefundResult,
    Settlement,
)
from models.ports.payouts import (
    BankDetails,
    ConnectedAccount,
    PayoutGateway,
    PayoutState,
    ProviderBalance,
    ProviderPayout,
    Reversal,
    Transfer,
)
from models.ports.people import BreachedPasswords, IdentityProvider, OutsideAnswer, OutsideAttempt, OutsideIdentity
from models.ports.pricing import (
    RiskFacts,
    RiskScorer,
    RiskVerdict,
    TaxClass,
    TaxComponent,
    TaxEngine,
    TaxExemption,
    TaxLine,
    TaxReason,
    TaxResult,
)
from models.ports.rates import DayRates, RateSource
from models.ports.search import SearchIndex, SearchQuery, SearchResult

__all__ = [
    "BankDetails",
    "BookedTransaction",
    "BreachedPasswords",
    "CardCharge",
    "CardGateway",
    "ChargeState",
    "ConnectedAccount",
    "Courier",
    "CourierEvent",
    "DayRates",
    "ErasureJournal",
    "Forgotten",
    "IdentityProvider",
    "KeptCard",
    "Label",
    "Mail",
    "Mailer",
    "OutsideAnswer",
    "OutsideAttempt",
    "OutsideIdentity",
    "PayerPrivacy",
    "Payment",
    "PaymentGateway",
    "PaymentLine",
    "PaymentRequest",
    "PaymentState",
    "PaymentWebhooks",
    "PayoutGateway",
    "PayoutState",
    "PostalAddress",
    "ProviderBalance",
    "ProviderBooks",
    "ProviderEvent",
    "ProviderPayout",
    "RateSource",
    "Redaction",
    "RefundResult",
    "Reversal",
    "RiskFacts",
    "RiskScorer",
    "RiskVerdict",
    "SearchIndex",
    "SearchQuery",
    "SearchResult",
    "Settlement",
    "ShippingQuote",
    "TaxClass",
    "TaxComponent",
    "TaxEngine",
    "TaxExemption",
    "TaxLine",
    "TaxReason",
    "TaxResult",
    "Tombstone",
    "TransactionPage",
    "Transfer",
]
