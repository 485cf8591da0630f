"""A page that only tells something: what has happened, and what to do now."""

from fastapi.responses import Response

from api.web.page import Page


async def tell(
    page: Page,
    heading: str,
    lede: str,
    *,
    more: tuple[str, ...] = (),
    action: tuple[str, str] | None = None,
    status: int = 200,
) -> Response:
    """`action`: where the button leads, and what it is called."""
    return await page.html("account/told.html", status=status, heading=heading, lede=lede, more=more, action=action)
