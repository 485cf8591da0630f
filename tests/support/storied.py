"""A completed commission with approved pictures, ready to be told."""

from io import BytesIO

from PIL import Image
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.repositories import commission_talk
from models.repositories.commission_talk import NewPicture
from models.tables.commissions import CommissionMilestone
from tests.support.commissioned import Finished, add_finished
from tests.support.marketplace import TestShop


async def add_tellable(session: AsyncSession, shop: TestShop, status: str = "completed") -> tuple[Finished, list[str]]:
    """The commission, and the ids of two pictures of approved work and of three that nobody else may ever see: of work
    that is not approved, of the wish, and of a message."""
    done = await add_finished(session, shop, status, charged=False)
    for number, stage in ((1, "approved"), (2, "working")):
        await session.execute(insert(CommissionMilestone).values(commission_id=done.id, number=number, stage=stage))
    ids = []
    for by_id, purpose, milestone, alt, colour in (
        (shop.owner_id, "proof", 1, "A plank on the bench", "#8a6642"),
        (shop.owner_id, "proof", 1, "", "#3a5636"),
        (shop.owner_id, "proof", 2, "A drawer", "#932d1c"),
        (done.customer_id, "brief", None, "My room", "#1d4f91"),
        (done.customer_id, "message", None, "My hand", "#75500b"),
    ):
        small, large = (_webp(colour, side) for side in (320, 960))
        picture = NewPicture(done.id, by_id, purpose, milestone, alt, 960, 720, small, large)
        ids.append(await commission_talk.add_picture(session, picture))
    return done, ids


def _webp(colour: str, side: int) -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (side, side * 3 // 4), colour).save(buffer, "WEBP")
    return buffer.getvalue()
