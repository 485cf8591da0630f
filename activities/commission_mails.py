"""Whom a commission's mails go to, and the values of their blanks. Ids come in; names and addresses are loaded here."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

from babel.numbers import format_currency
from sqlalchemy.ext.asyncio import AsyncSession

from models.repositories import commission_contacts
from models.rules.commission.deadlines import CommissionDeadlines
from models.types import CURRENCY_DECIMALS

TO_ARTISAN = "commission_artisan_"
LOCALE = "en_US"


async def about(session: AsyncSession, kind: str, commission_id: str) -> tuple[str, str, str, Mapping[str, str]]:
    """Recipient, their address, path of the page it leads to, and the values of its blanks. Raises `NotFound`."""
    known = await commission_contacts.contacts(session, commission_id)
    to_artisan = kind.startswith(TO_ARTISAN)
    back = Decimal(known.back_minor).scaleb(-CURRENCY_DECIMALS[known.currency])
    values = {
        "name": known.artisan_name if to_artisan else known.customer_name,
        "shop": known.shop_name,
        "number": known.number,
        "back": format_currency(back, known.currency, locale=LOCALE),
        **_waits(),
    }
    if to_artisan:
        return known.artisan_id, known.artisan_email, f"/studio/commissions/{commission_id}", values
    return known.customer_id, known.customer_email, f"/commissions/{commission_id}", values


def _waits() -> dict[str, str]:
    """As they are for everybody; on a demo account they pass faster than the words say."""
    waits = CommissionDeadlines()
    named: dict[str, timedelta] = {
        "quote_within": waits.quote_within,
        "offer_stands": waits.offer_stands,
        "deposit_within": waits.deposit_within,
        "approve_within": waits.approve_within,
        "fund_within": waits.fund_within,
        "late_grace": waits.late_grace,
        "revise_within": waits.revise_within,
    }
    return {name: f"{wait.days} days" for name, wait in named.items()}
