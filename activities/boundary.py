"""Turns what a step raises into a typed Temporal failure, so that workflows match types and never read messages."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from sqlalchemy.exc import DBAPIError
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from models.errors import DomainError, PartnerUnavailable, Unavailable, refused_by_database

P = ParamSpec("P")
R = TypeVar("R")

RETRYABLE = (PartnerUnavailable, Unavailable)


def application_error(error: DomainError) -> ApplicationError:
    """Refusals are final and expected (benign: no alarm, no error metric); an absent partner is retried."""
    retryable = isinstance(error, RETRYABLE)
    return ApplicationError(
        error.message,
        error.details,
        type=error.code,
        non_retryable=not retryable,
        category=ApplicationErrorCategory.UNSPECIFIED if retryable else ApplicationErrorCategory.BENIGN,
    )


def translates_errors(step: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    """Wraps an activity method; goes below `@activity.defn`. Anything that is no DomainError is retried as it is."""

    @wraps(step)
    async def translated(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return await step(*args, **kwargs)
        except DomainError as error:
            raise application_error(error) from error
        except DBAPIError as error:
            if (refused := refused_by_database(error)) is None:
                raise
            raise application_error(refused) from error

    return translated
