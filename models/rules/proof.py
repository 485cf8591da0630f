"""When somebody who is signed in has to prove again who they are: the scenario's clocks, as pure decisions."""

from datetime import datetime, timedelta

from models.types import Role

CUSTOMER_IDLE = timedelta(minutes=60)
"""A customer's session rests after so long without activity; what a page does by itself is none."""
ADMINISTRATOR_EVERY = timedelta(minutes=90)
"""An administrator proves it again after so long, whatever they do."""
ARTISAN_SESSION = timedelta(hours=12)
"""An artisan signs in once for a session: a working day."""
LIFETIME = {
    Role.CUSTOMER: timedelta(days=30),
    Role.ARTISAN: timedelta(days=30),
    Role.ADMINISTRATOR: timedelta(days=1),
}
"""How long after the last proof a resting session is remembered, so that what was typed into it is not lost."""


def has_lapsed(role: Role, now: datetime, *, last_active_at: datetime, authenticated_at: datetime) -> bool:
    """Whether the session rests until its owner has proved again who they are. A proof is activity, too."""
    if role is Role.CUSTOMER:
        return now - max(last_active_at, authenticated_at) >= CUSTOMER_IDLE
    return now - authenticated_at >= (ADMINISTRATOR_EVERY if role is Role.ADMINISTRATOR else ARTISAN_SESSION)


def is_fresh(now: datetime, authenticated_at: datetime, within: timedelta) -> bool:
    """Whether the last proof is recent enough for a sensitive action."""
    return now - authenticated_at < within
