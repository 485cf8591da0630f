"""Errors of the business, each with a stable code and the HTTP status it answers with.

A message says what happened and what to do now. `activities.boundary` turns these into typed Temporal failures,
`api.errors` into responses.
"""


class DomainError(Exception):
    """Base of everything we refuse on purpose."""

    code = "refused"
    status = 409

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class NotFound(DomainError):
    code, status = "not_found", 404


class PersonErased(NotFound):
    """Somebody's key is destroyed: nothing of theirs can be sealed, opened or written again."""

    code = "person_erased"


class Forbidden(DomainError):
    code, status = "forbidden", 403


class SignInRequired(DomainError):
    code, status = "sign_in_required", 401


class InvalidInput(DomainError):
    """Well-formed, but not something that can be meant (quantity 0, an unknown country)."""

    code, status = "invalid_input", 422


class Conflict(DomainError):
    """The request was fine a moment ago; the world has moved on."""

    code, status = "conflict", 409


class OutOfStock(Conflict):
    code = "out_of_stock"


class PriceChanged(Conflict):
    code = "price_changed"


class CreditChanged(Conflict):
    """There is less store credit than the page showed; another payment has it, or had it."""

    code = "credit_changed"


class CurrencyMismatch(InvalidInput):
    code = "currency_mismatch"


class CartNotOpen(Conflict):
    code = "cart_not_open"


class NotNow(Conflict):
    """The process is not in a state in which this can be done."""

    code = "not_now"


class PayoutRefused(Conflict):
    """Nothing was set aside; `details["reason"]` is a code of `models.rules.payouts.Refusal`."""

    code = "payout_refused"


class IdempotencyKeyReused(DomainError):
    code, status = "idempotency_key_reused", 400


class SignatureInvalid(DomainError):
    code, status = "signature_invalid", 400


class TooLarge(DomainError):
    code, status = "too_large", 413


class Unavailable(DomainError):
    """A part we need is down; the same request may be sent again."""

    code, status = "unavailable", 503


class PartnerRefused(DomainError):
    """A partner understood the request and said no; repeating it will not help."""

    code, status = "partner_refused", 502


class PartnerUnavailable(DomainError):
    """A partner did not answer, or answered 5xx: the outcome may be unknown, so look it up before repeating."""

    code, status = "partner_unavailable", 503


PERSON_ERASED_STATE = "PE410"
"""SQLSTATE of the database's own guard (migration 0013): a writer found that the person is erased by now."""


def refused_by_database(error: BaseException) -> DomainError | None:
    """What the database refuses in the name of a business rule, wrapped by SQLAlchemy or not; None for its other
    errors."""
    if getattr(getattr(error, "orig", error), "sqlstate", None) != PERSON_ERASED_STATE:
        return None
    return PersonErased("The account that this belongs to has been deleted meanwhile, so nothing was changed.")
