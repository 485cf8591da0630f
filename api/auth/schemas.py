"""What is asked at sign-in and told about the person who is signed in."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api.auth.visitor import Person
from api.catalogue.schemas import View
from api.text import Line
from models.repositories.sessions import DeviceRow
from models.types import Role

Name = Annotated[Line, Field(min_length=1, max_length=120)]
Password = Annotated[str, Field(min_length=10, max_length=200)]
"""Any characters: length is what counts. The upper bound keeps hashing cheap."""


Code = Annotated[str, Field(max_length=40)]
"""A one-time or recovery code, for accounts with a second factor; spaces and dashes don't matter."""


class SignIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    email: Annotated[str, Field(max_length=254)]
    password: Annotated[str, Field(max_length=200)]
    code: Code = ""


class ProveAgain(BaseModel):
    model_config = ConfigDict(extra="forbid")

    password: Annotated[str, Field(max_length=200)]
    code: Code = ""


class PersonView(View):
    id: str
    name: str
    email: str
    role: Role
    shop_id: str | None
    shop_slug: str | None

    @classmethod
    def of(cls, person: Person) -> "PersonView":
        return cls(
            id=person.id,
            name=person.name,
            email=person.email,
            role=person.role,
            shop_id=person.shop_id,
            shop_slug=person.shop_slug,
        )


class SessionView(View):
    token: str
    """Sent as `Authorization: Bearer <token>`. Shown once, stored only as a hash."""
    person: PersonView


class DeviceView(View):
    """One sign-in of the caller's."""

    id: str
    device: str
    signed_in_at: datetime
    last_active_at: datetime
    methods: list[str]
    is_app: bool
    current: bool

    @classmethod
    def of(cls, row: DeviceRow, current: str | None) -> "DeviceView":
        return cls(
            id=row.id,
            device=row.device,
            signed_in_at=row.signed_in_at,
            last_active_at=row.last_active_at,
            methods=list(row.methods),
            is_app=row.client_id is not None,
            current=row.id == current,
        )


class DevicesView(View):
    sessions: list[DeviceView]


class EndedView(View):
    ended: int
    """How many sessions this ended."""
