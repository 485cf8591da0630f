"""What goes wrong between the API and a process, in our own errors: a process's refusal as the error of its code, an
absent server as one that may be repeated."""

from collections.abc import Sequence
from typing import Any

from temporalio.client import WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from core.keys import UnknownKey
from models import errors


class ProcessClosed(errors.NotNow):
    """The process has ended, or never was; what it did stands in SQL."""


def translated(error: Exception) -> Exception:
    if isinstance(error, WorkflowUpdateFailedError) and isinstance(error.cause, ApplicationError):
        return _refusal(error.cause)
    if isinstance(error, WorkflowUpdateRPCTimeoutOrCancelledError | TimeoutError):
        return _unavailable()
    if isinstance(error, RPCError):
        gone = {RPCStatusCode.NOT_FOUND, RPCStatusCode.ALREADY_EXISTS}
        return _closed() if error.status in gone else _unavailable()
    # The SDK's word for a connection that can't be made, and an answer under a key that has not reached us yet.
    if isinstance(error, RuntimeError | UnknownKey):
        return _unavailable()
    return error


def _refusal(cause: ApplicationError) -> errors.DomainError:
    """Rebuilds the error that a step or a validator raised, from its code and details."""
    kind = _BY_CODE.get(cause.type or "", errors.Conflict)
    details: Sequence[Any] = cause.details
    return kind(cause.message, **(details[0] if details and isinstance(details[0], dict) else {}))


def _closed() -> ProcessClosed:
    return ProcessClosed("This has ended already. Reload the page to see how.")


def _unavailable() -> errors.Unavailable:
    return errors.Unavailable(
        "We can't reach a part of our system at the moment. Nothing is lost: send the same request again in a minute."
    )


def _with_subclasses(kind: type[errors.DomainError]) -> list[type[errors.DomainError]]:
    return [kind, *(sub for child in kind.__subclasses__() for sub in _with_subclasses(child))]


_BY_CODE = {kind.code: kind for kind in reversed(_with_subclasses(errors.DomainError)) if kind is not ProcessClosed}
