"""The Jinja environment of all pages. Owns filters and globals; what a page shows is its route's business."""

from collections.abc import Mapping
from functools import lru_cache
from html import escape
from pathlib import Path

from babel.numbers import get_currency_name
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from api.web import words
from api.web.assets import asset_url
from api.web.countries import countries, country_name, in_country
from models.types import CURRENCY_DECIMALS, new_id

_HERE = Path(__file__).parent
_AUDIENCES = ("shop", "studio", "admin", "account", "commissions")


def shown_currencies() -> list[tuple[str, str]]:
    """Code and name of each that prices can be shown in, by name."""
    named = [(code, get_currency_name(code, locale="en_US")) for code in CURRENCY_DECIMALS]
    return sorted(named, key=lambda one: one[1])


@pass_context
def _csrf(context: Context) -> Markup:
    """The hidden field of every form that changes something; nothing for a visitor who has no session yet."""
    visitor = context.get("visitor")
    token = getattr(visitor, "csrf_token", None)
    return Markup('<input type="hidden" name="csrf_token" value="%s">') % escape(token) if token else Markup()


def _once(values: Mapping[str, str]) -> Markup:
    """The hidden field that makes a form one thing, however often it is sent (`Page.once`). Shown again with what was
    typed, it keeps its key: its first sending may still be under way."""
    return Markup('<input type="hidden" name="key" value="%s">') % (values.get("key") or new_id("key"))


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Compiled once; templates do not change while the process runs."""
    audiences = {name: FileSystemLoader(_HERE / name / "templates") for name in _AUDIENCES}
    env = Environment(
        loader=ChoiceLoader([PrefixLoader(audiences), FileSystemLoader(_HERE / "templates")]),
        autoescape=True,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        cache_size=-1,
    )
    env.globals.update(
        shown_currencies=shown_currencies(),
        asset=asset_url,
        csrf=_csrf,
        once=_once,
        country=country_name,
        in_country=in_country,
        countries=countries,
    )
    env.filters.update(
        iso=words.iso,
        moment=words.moment,
        day=words.day,
        span=words.span,
        from_now=words.from_now,
        counted=words.count,
    )
    return env


def render(name: str, values: Mapping[str, object]) -> str:
    return environment().get_template(name).render(values)
