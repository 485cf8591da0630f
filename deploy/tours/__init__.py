"""`artisan tour STORY`: plays a story on the running stack as its people would, and says each step in plain words.

A tour knows the product only through its public HTTP API, and the partners only through what a payer, a courier and a
bank can do. Anything that goes another way than the story is a surprise, and the exit code is 1.
"""

import time
from collections.abc import Callable

import httpx
from rich.console import Console
from rich.markup import escape

from core.settings import get_settings
from deploy.tours import checkout, commission, payout
from deploy.tours.client import Places, Surprise
from deploy.tours.telling import Teller

STORIES: dict[str, Callable[[Places, Teller], None]] = {
    "checkout": checkout.play,
    "payout": payout.play,
    "commission": commission.play,
}


def play(name: str) -> int:
    """Plays the story; 0 when everything went as told. Raises `ValueError` for a story that does not exist."""
    if name not in STORIES:
        raise ValueError(f"there is no story called {name}; there are: {', '.join(sorted(STORIES))}")
    settings = get_settings()
    teller = Teller(Console(highlight=False, soft_wrap=True))
    began = time.monotonic()
    try:
        with httpx.Client(timeout=40, trust_env=False) as http:
            STORIES[name](Places(http, settings.public_url.rstrip("/"), settings.stripe_pages_url.rstrip("/")), teller)
    except Surprise as surprise:
        teller.console.print(f"\n[red]That was not to happen:[/] {escape(str(surprise))}")
        return 1
    except httpx.TransportError as problem:
        asked = f"{problem.request.method} {problem.request.url.copy_with(query=None)}"
        teller.console.print(f"\n[red]{asked} was not answered[/] ({type(problem).__name__}). Is the stack up? make up")
        return 1
    teller.console.print(f"\nThe story of the {name} took {time.monotonic() - began:.0f} s.")
    return 0
