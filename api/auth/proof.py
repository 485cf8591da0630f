"""A proof of who somebody is, as every way of signing in hands it on; and the error of one that is missing."""

from dataclasses import dataclass

from models.errors import DomainError


@dataclass(frozen=True, slots=True)
class Proof:
    """How somebody has just proved who they are."""

    methods: tuple[str, ...]
    """`password`, `totp`, `recovery_code`, `passkey`, `outside:<code>`, `mail`."""
    second_factor: bool = False
    """Whether that makes two factors: a passkey that checked its user does by itself."""


class ReauthenticationRequired(DomainError):
    """Somebody is known, but has to prove it again: their session rests, or this asks for a fresh proof. Pages lead
    to the form and back; programs send `POST /api/v1/sessions/current/proofs`."""

    code, status = "reauthentication_required", 401


class SecondFactorRequired(DomainError):
    """The session was opened with one factor, and this asks for two."""

    code, status = "second_factor_required", 403


class InsufficientScope(DomainError):
    """The app's token was not allowed this by its person."""

    code, status = "insufficient_scope", 403
