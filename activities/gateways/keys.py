"""Under which idempotency key a write is sent when the partner remembers a crash of its own for the last one.

Stripe, and partners that follow it, keep even a 500 for its key for a day: repeated under that key, a write fails until
then although nothing is wrong any more. A *remembered* crash also says that its request is over, so that the next key
may be tried once a look has shown that the effect is not there.
"""

from collections.abc import Iterator
from datetime import datetime

IN_A_ROW = 5
WINDOW_SECONDS = 600
QUIET_SECONDS = 120
"""Longer than any request may be under way: a request of the last window has ended before the next one begins."""


def keys_for(key: str, now: datetime) -> Iterator[str]:
    """`key`, then `key~2` to `key~5`; a partner that crashed on all of these is asked once a window, under its number.

    Ends without that last one in the quiet first minutes of a window.
    """
    yield key
    for number in range(2, IN_A_ROW + 1):
        yield f"{key}~{number}"
    window, into = divmod(int(now.timestamp()), WINDOW_SECONDS)
    if into >= QUIET_SECONDS:
        yield f"{key}~w{window}"
