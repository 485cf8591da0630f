"""What administrators enter about a client, and what they are shown of it."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api.catalogue.schemas import View
from api.text import Line
from models.rules.redirects import LONGEST
from models.rules.scopes import ClientKind, Scope

Name = Annotated[Line, Field(min_length=2, max_length=80)]
Addresses = Annotated[list[Annotated[Line, Field(min_length=1, max_length=LONGEST)]], Field(max_length=10)]
Scopes = Annotated[list[Scope], Field(min_length=1, max_length=len(Scope))]


class ChangedClient(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Name
    """People read it when they are asked to allow an app."""
    scopes: Scopes
    redirect_uris: Addresses = []


class NewClient(ChangedClient):
    kind: ClientKind
    courier: Annotated[Line, Field(max_length=40)] | None = None
    """The code of the courier whose parcels it reports on."""
    shop: Annotated[Line, Field(max_length=120)] | None = None
    """The address name of the shop whose orders it reads."""


class SecretView(View):
    """That there is one. What it is, nobody can tell any more."""

    id: str
    created_at: datetime


class ClientView(View):
    id: str
    """Its `client_id`."""
    kind: ClientKind
    name: str
    courier: str | None
    shop: str | None
    scopes: list[str]
    redirect_uris: list[str]
    created_at: datetime
    revoked_at: datetime | None
    secrets: list[SecretView]


class ClientsView(View):
    items: list[ClientView]


class DrawnSecretView(View):
    id: str
    secret: str
    """Shown this once."""


class NewClientView(View):
    client: ClientView
    secret: str | None
    """A partner's; shown this once. An app has none."""
