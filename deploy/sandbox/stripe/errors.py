"""Stripe's error envelope and the refusals we know. Owns wording and codes, no decision."""

from dataclasses import dataclass
from typing import Any

from deploy.sandbox.door import Refusal


def refusal(
    status: int,
    kind: str,
    message: str,
    *,
    code: str | None = None,
    param: str | None = None,
    remember: bool = True,
    **more: Any,
) -> Refusal:
    error: dict[str, Any] = {"type": kind, "message": message}
    if code is not None:
        error["code"] = code
        error["doc_url"] = f"https://docs.stripe.com/error-codes#{code.replace('_', '-')}"
    if param is not None:
        error["param"] = param
    return Refusal(status, {"error": {**error, **more}}, remember=remember)


def invalid(message: str, *, code: str | None = None, param: str | None = None) -> Refusal:
    """A parameter that cannot be meant: found before anything ran, so the idempotency key stays free."""
    return refusal(400, "invalid_request_error", message, code=code, param=param, remember=False)


def conflict(message: str, *, code: str | None = None, param: str | None = None, **more: Any) -> Refusal:
    """The object is not in a state for this. The call had begun: the key keeps the answer."""
    return refusal(400, "invalid_request_error", message, code=code, param=param, **more)


def missing(kind: str, object_id: str, param: str = "id") -> Refusal:
    return refusal(
        404,
        "invalid_request_error",
        f"No such {kind}: '{object_id}'",
        code="resource_missing",
        param=param,
        remember=False,
    )


def unauthorised(given: str) -> Refusal:
    message = (
        f"Invalid API Key provided: {given[:8]}***"
        if given
        else "You did not provide an API key. Send it as 'Authorization: Bearer YOUR_SECRET_KEY'."
    )
    return refusal(401, "invalid_request_error", message, remember=False)


def no_access(account_id: str) -> Refusal:
    return refusal(
        403,
        "invalid_request_error",
        f"The provided key does not have access to account '{account_id}' (or that account does not exist). "
        "Application access may have been revoked.",
        code="account_invalid",
        remember=False,
    )


@dataclass(frozen=True, slots=True)
class StripeManners:
    """Stripe's words for what can happen to any call. Each account has idempotency keys of its own."""

    realm: str = "stripe"

    def key_reused(self, key: str) -> Refusal:
        return refusal(
            400,
            "idempotency_error",
            "Keys for idempotent requests can only be used with the same parameters they were first used with. "
            f"Try using a key other than '{key}' if you meant to execute a different request.",
            remember=False,
        )

    def key_in_use(self, key: str) -> Refusal:
        return refusal(
            409,
            "idempotency_error",
            "There is currently another in-progress request using this Idempotent Key "
            f"(that probably means you submitted twice, and the other request is still going through): {key}",
            code="idempotency_key_in_use",
            remember=False,
        )

    def crashed(self) -> Refusal:
        return refusal(500, "api_error", "An unknown error occurred")

    def too_large(self) -> Refusal:
        return refusal(413, "invalid_request_error", "Request body is too large.", remember=False)


MANNERS = StripeManners()
