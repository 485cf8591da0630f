"""Shapes of stories about finished commissions."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api.fulfillment.schemas import IdText
from api.text import Line, Prose
from models.rules.commission.stories import MOST_PICTURES, Move, Named, StoryState

VersionNumber = Annotated[int, Field(ge=1, le=1_000_000, strict=True)]


class StoryPictureInput(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: IdText
    """Of a picture of approved work."""
    caption: Annotated[Line, Field(max_length=300)] = ""


class StoryInput(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "title": "A desk for a niche",
                    "text": "It began with a plank that had lain in the yard for nine years.",
                    "pictures": [{"id": "cpi_01JZ8Y5W7T2QK4M6N8P0R2S4V6", "caption": "The first cut"}],
                }
            ]
        },
    )

    title: Annotated[Line, Field(min_length=1, max_length=120)]
    text: Annotated[Prose, Field(min_length=1, max_length=4_000)]
    pictures: Annotated[list[StoryPictureInput], Field(min_length=1, max_length=MOST_PICTURES)]
    """In the order in which they are told."""


class OfferInput(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: VersionNumber
    """The one that was read before asking."""


class ConsentInput(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: VersionNumber
    """The one that was read: nothing else is agreed to."""
    named: Named = Named.NOT_AT_ALL


class StoryDeclineInput(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: VersionNumber


class StoryPictureView(BaseModel):
    id: str
    src: str
    """`?size=small` is a small one."""
    alt: str
    caption: str
    width: int
    height: int


class VersionView(BaseModel):
    version: int
    state: StoryState
    title: str
    text: str
    pictures: list[StoryPictureView]
    named: Named
    offered_at: datetime | None
    answered_at: datetime | None


class StoryView(BaseModel):
    """For the two people of the commission."""

    role: str
    can: list[Move]
    """What the reader may do now."""
    offers_left: int
    draft: VersionView | None
    """The artisan's alone."""
    offered: VersionView | None
    """Awaits the customer's answer."""
    shown: VersionView | None
    """Stands in public."""
    last: VersionView | None
    """The newest, where it was declined or taken back."""
    public_path: str
    """Where it stands in public; empty while it does not."""
    first_name: str
    """What the customer would be called, if they want to be."""
    choosable: list[StoryPictureView]
    """For the artisan: all pictures of approved work."""


class PublicStory(BaseModel):
    id: str
    title: str
    text: str
    shop_slug: str
    shop_name: str
    made_for: str
    """The customer's first name, where they wanted it there."""
    shown_at: datetime
    pictures: list[StoryPictureView]


class StoryCard(BaseModel):
    id: str
    title: str
    shop_slug: str
    shop_name: str
    picture: StoryPictureView | None


class StoryList(BaseModel):
    items: list[StoryCard]
    next_before: str | None
    """Ask for those behind this one; none are left without it."""
