"""Who sends a request, as the rest of the API sees them. Owns the shapes only; `sessions` finds them out."""

from dataclasses import dataclass
from datetime import datetime

from models.repositories.people import PersonRow

Person = PersonRow
"""Somebody who is signed in."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whoever sends the request: nobody in particular, an anonymous browser with a cart, or a signed-in person."""

    session_hash: str | None = None
    csrf_token: str | None = None
    """Goes into every form as `csrf_token`, or into the header `X-CSRF-Token`."""
    person: Person | None = None
    bearer: bool = False
    """An API client with a token instead of a cookie: other sites cannot make it send anything."""
    session_id: str | None = None
    lapsed: Person | None = None
    """Whose session rests: they are treated as nobody until they prove again who they are."""
    authenticated_at: datetime | None = None
    """When the person last proved it."""
    second_factor: bool = False
    """Whether that proof had two factors."""
    client_id: str | None = None
    """The app that sends this for the person; None for our own pages and programs that signed in themselves."""
    scopes: tuple[str, ...] = ()

    @property
    def owner(self) -> str | None:
        """Whom carts and repeated requests belong to; None for a browser that we have not met before."""
        return self.person.id if self.person else self.session_hash

    @property
    def known(self) -> Person | None:
        """Who it is, or was when the session came to rest. For proving it again, and for nothing else."""
        return self.person or self.lapsed


NOBODY = Visitor()
