"""Going through a page with Tab alone, seeing all the while where one is."""

from typing import Any

from playwright.async_api import Page

FARTHEST = 160
"""Nobody presses Tab more often than that to reach anything."""
_FOCUSED = """() => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const label = element.labels && element.labels[0];
  const named = (element.getAttribute("aria-labelledby") || "").split(" ").map(id => document.getElementById(id));
  const name = [label, ...named, element].filter(Boolean).map(one => one.innerText || "").join(" ");
  const pictures = [...element.querySelectorAll("img")].map(one => one.alt).join(" ");
  let ringed = false;
  for (let at = element, up = 0; at && up < 4; at = at.parentElement, up++) {
    const style = getComputedStyle(at);
    if (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) ringed = true;
  }
  const box = element.getBoundingClientRect();
  return {
    name: [element.getAttribute("aria-label") || "", name, pictures].join(" ").replace(/\\s+/g, " ").trim(),
    ringed,
    seen: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
  };
}"""


async def tab_to(page: Page, name: str) -> None:
    """Presses Tab until something called `name` has the focus; every stop on the way shows where the focus is."""
    passed: list[str] = []
    for _ in range(FARTHEST):
        await page.keyboard.press("Tab")
        at: dict[str, Any] | None = await page.evaluate(_FOCUSED)
        if at is None:  # the browser's own frame, between the end of the page and its beginning
            continue
        assert at["ringed"], f"{page.url}: the focus on {at['name']!r} cannot be seen"
        assert at["seen"], f"{page.url}: the focus is on {at['name']!r}, outside of what is visible"
        if name.lower() in at["name"].lower():
            return
        passed.append(at["name"])
    raise AssertionError(f"{page.url}: Tab never reaches {name!r}; it passes {passed}")


async def press(page: Page, name: str) -> None:
    """Tab to it, then Enter, as on any link or button."""
    await tab_to(page, name)
    await page.keyboard.press("Enter")


async def type_into(page: Page, name: str, text: str) -> None:
    """Replaces what the field holds; no mouse needed to select it."""
    await tab_to(page, name)
    await page.keyboard.press("Control+A")
    await page.keyboard.type(text)
