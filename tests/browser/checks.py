"""What every page has to keep: no WCAG 2.2 A or AA finding, no sideways scrolling, little weight."""

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, Request

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
HEAVIEST = 100_000
"""Bytes over the network, without pictures."""


async def check_accessible(page: Page) -> None:
    found = await Axe().run(page, options=RULES)
    assert found.response["violations"] == [], f"{page.url}: {found.generate_report()}"


async def check_fits(page: Page) -> None:
    too_wide = await page.evaluate("""() => document.documentElement.scrollWidth <= innerWidth ? [] :
        [...document.querySelectorAll("main *, header *, footer *")]
          .filter(one => one.getBoundingClientRect().right > innerWidth + 1).map(one => one.outerHTML.slice(0, 120))""")
    assert too_wide == [], f"{page.url} scrolls sideways: {too_wide[:5]}"


async def weigh(page: Page, path: str) -> int:
    """Bytes that a first visit fetches, headers included, without pictures."""
    fetched: list[Request] = []

    def note(request: Request) -> None:  # Playwright cannot hang its mark on a built-in method
        fetched.append(request)

    page.on("requestfinished", note)
    await page.goto(path, wait_until="networkidle")
    sizes = [await one.sizes() for one in fetched if one.resource_type != "image"]
    return sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes)
