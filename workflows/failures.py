"""Reads why a step failed, whichever way the SDK wraps it, and words what a validator refuses.

An ordinary activity fails with an `ActivityError` around the reason; a local one with the reason itself.
"""

from typing import Any

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, ApplicationErrorCategory, FailureError

with workflow.unsafe.imports_passed_through():
    from models.errors import DomainError

STEP_FAILURES = (ActivityError, ApplicationError)


def reason_of(error: FailureError) -> ApplicationError | None:
    """The step's own word, or None where there is none (a timeout, a cancellation)."""
    reason = error.cause if isinstance(error, ActivityError) else error
    return reason if isinstance(reason, ApplicationError) else None


def refusal_type(error: FailureError) -> str | None:
    """The code of the domain error that the step raised."""
    reason = reason_of(error)
    return reason.type if reason is not None else None


def refusal(kind: type[DomainError], message: str, **details: Any) -> ApplicationError:
    """What a validator or an update raises: expected, final, in words for the person who asked."""
    return ApplicationError(
        message, details, type=kind.code, non_retryable=True, category=ApplicationErrorCategory.BENIGN
    )
