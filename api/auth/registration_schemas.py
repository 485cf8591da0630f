"""What is typed to open an account, to confirm an address, and to choose another password or address."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, EmailStr, Field

from api.auth.schemas import Name, Password
from api.catalogue.schemas import View
from api.shops.schemas import ShopDescription

Email = Annotated[EmailStr, Field(max_length=254)]
Token = Annotated[str, Field(min_length=1, max_length=200)]
"""Out of a letter's link."""


class NewCustomer(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Name
    email: Email
    password: Password
    accept_terms: Literal[True]
    """Without it there is no account."""
    newsletter: bool = False


class NewArtisan(ShopDescription):
    """A person and the shop that they want to open."""

    name: Name
    email: Email
    password: Password
    accept_terms: Literal[True]
    newsletter: bool = False


class TokenInput(BaseModel):
    model_config = ConfigDict(extra="forbid")

    token: Token


class ConfirmAddress(TokenInput):
    """One of the two passwords: whoever has the letter need not be who registered."""

    password: Annotated[str, Field(max_length=200)] = ""
    """The one that was chosen when the address was registered."""
    new_password: Password | None = None
    """Another one, which replaces it."""


class AnotherLetter(BaseModel):
    model_config = ConfigDict(extra="forbid")

    pending: Annotated[str, Field(max_length=2000)]
    """From the details of the error `email_not_verified`."""


class EmailInput(BaseModel):
    model_config = ConfigDict(extra="forbid")

    email: Email


class NewPassword(BaseModel):
    model_config = ConfigDict(extra="forbid")

    password: Password


class ResetPassword(NewPassword):
    token: Token


class LookForALetter(View):
    """The same answer whoever asks, and whether or not we know the address."""

    message: str
