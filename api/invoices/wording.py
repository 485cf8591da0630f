"""The words of invoices and statements. Codes come from the rules and the ledger; people read these."""

from models.ports import TaxReason
from models.rules.bookkeeping import PostingKind
from models.rules.commission.invoicing import DEPOSIT, PAYMENT
from models.rules.invoices import SHIPPING, InvoiceKind

TITLES = {
    InvoiceKind.SALE: "Invoice",
    InvoiceKind.ADVANCE: "Advance payment invoice",
    InvoiceKind.CREDIT_NOTE: "Credit note",
    InvoiceKind.FEES: "Invoice for our commission",
    InvoiceKind.FEES_CREDIT: "Credit note for our commission",
}
ITEMS = {
    SHIPPING: "Shipping",
    DEPOSIT: "Deposit for a commissioned piece and its shipping",
    PAYMENT: "Further payment for a commissioned piece and its shipping",
    PostingKind.RELEASE.value: "Commission on sales",
    PostingKind.REFUND.value: "Commission given back on refunds",
    PostingKind.REFUND_FAILED.value: "Commission on refunds that came back",
}
ADVANCE = "An advance payment, received before the work was done. Its tax is on what was received."
REASONS = {
    TaxReason.TAXABLE.value: "",
    TaxReason.EXEMPT.value: "exempt",
    TaxReason.REVERSE_CHARGE.value: "reverse charge",
    TaxReason.ZERO_RATED_EXPORT.value: "export",
    TaxReason.OUT_OF_SCOPE.value: "not taxed here",
}
NOTES = {
    "reverse_charge": "Reverse charge: the customer accounts for the tax.",
    "export": "Zero-rated export. The country of arrival may ask the addressee for import tax.",
    "exempt": "Exempt by the kind of goods, or by the buyer's certificate.",
    "out_of_scope": "Where no tax stands, none is due or none is ours to collect; import tax may be the addressee's.",
}
MOVEMENTS = {
    PostingKind.RELEASE.value: "Sale",
    PostingKind.REFUND.value: "Refund",
    PostingKind.REFUND_FAILED.value: "Refund that came back",
    PostingKind.PAID.value: "Payout",
    PostingKind.RETURNED.value: "Payout that your bank returned",
    PostingKind.CORRECTION.value: "Correction",
}
OTHER = "Other"


def movement(kind: str) -> str:
    return MOVEMENTS.get(kind, OTHER)


def item(code: str, text: str) -> str:
    return text or ITEMS.get(code, OTHER)
