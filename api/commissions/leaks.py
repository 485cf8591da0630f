"""The warning about words that would lead two people away from the platform. Owns its wording; what is found is the
rules'."""

from models.errors import Conflict
from models.rules.contact_leaks import find_leaks


class ContactLeak(Conflict):
    """A warning that can be confirmed."""

    code = "contact_leak"


def warn(text: str, *, confirmed: bool, field: str) -> bool:
    """Whether it was sent in spite of the warning. Raises `ContactLeak` until that is confirmed."""
    leaks = find_leaks(text)
    if leaks and not confirmed:
        raise ContactLeak(
            "This looks like a way around the platform. Whoever pays elsewhere has neither a contract nor anybody to "
            "turn to. Take it out, or confirm that it belongs here.",
            field=field,
            found=[leak.kind.value for leak in leaks],
        )
    return bool(leaks)
