"""Country names for address forms and texts. Owns their order: where the first workshops are comes first."""

from functools import lru_cache

import pycountry

FIRST = ("US", "CA", "MX")


@lru_cache(maxsize=1)
def countries() -> tuple[tuple[str, str], ...]:
    """(ISO 3166-1 alpha-2, name), the likeliest first, then by name."""
    names = {one.alpha_2: getattr(one, "common_name", one.name) for one in pycountry.countries}
    likely = [(code, names[code]) for code in FIRST]
    return (*likely, *sorted(((c, n) for c, n in names.items() if c not in FIRST), key=lambda pair: pair[1]))


@lru_cache(maxsize=512)
def country_name(code: str) -> str:
    return dict(countries()).get(code, code)


@lru_cache(maxsize=512)
def in_country(code: str) -> str:
    """For the middle of a sentence: `the United States`, `Canada`."""
    name = country_name(code)
    return f"the {name}" if name.startswith(("United", "Netherlands", "Philippines", "Czech Rep")) else name
