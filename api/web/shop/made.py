"""How a piece was made, for everybody, as long as its two people want it told. No copy of the page is kept."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from api.access import access
from api.capacity.service import CapacityService
from api.commission_stories import service as stories
from api.commission_stories.routes import NO_COPY, StoryId
from api.dependencies import get_parts
from api.web.page import CurrentPage

router = APIRouter(include_in_schema=False, dependencies=[access("visitor", "low")])


@router.get("/made/{story_id}")
async def made(page: CurrentPage, story_id: StoryId) -> HTMLResponse:
    story = await stories.told(page.session, story_id)
    terms = await CapacityService(page.session, get_parts(page.request).processes).terms(story.shop_slug)
    answer = await page.html("shop/made.html", story=story, terms=terms)
    answer.headers.update(NO_COPY)
    return answer
