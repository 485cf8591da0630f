"""Shapes of messages and pictures inside a commission."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.fulfillment.schemas import IdText
from api.text import Prose

Purpose = Literal["brief", "proof", "message"]
LONGEST = 4_000


class PictureView(BaseModel):
    id: str
    src: str
    """For the two people; `?size=small` is a small one."""
    alt: str
    width: int
    height: int


class MessageInput(BaseModel):
    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"text": "Could the top be a little darker?", "pictures": []}]}
    )

    text: Annotated[Prose, Field(min_length=1, max_length=LONGEST)]
    pictures: Annotated[list[IdText], Field(max_length=10)] = Field(default_factory=list)
    """Uploaded before, with the purpose `message`."""
    confirm: bool = False
    """That it is meant to hold a number, an address or a link, after the warning about them."""


class MessageView(BaseModel):
    id: str
    sequence: int
    mine: bool
    sender: str
    text: str
    at: datetime
    read_at: datetime | None
    """When the other side saw it."""
    leak_warned: bool
    """It leads away from the platform, where neither side is protected."""
    pictures: list[PictureView]


class Conversation(BaseModel):
    messages: list[MessageView]
    next_after: int
    """Ask for those behind this one."""
    unread: int
    """Of the other side's, before this answer."""
    quiet: bool
    """Whether no mails are sent about this conversation."""


class ReadInput(BaseModel):
    model_config = ConfigDict(extra="forbid")

    up_to: Annotated[int, Field(ge=0, le=1_000_000, strict=True)]
    """The sequence of the newest message that was seen."""


class QuietInput(BaseModel):
    model_config = ConfigDict(extra="forbid")

    quiet: bool
