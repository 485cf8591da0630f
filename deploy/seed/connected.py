"""Gives a demo shop an account at the provider that may be paid at once. Owns the test bank accounts, no row of ours.

Filling in the provider's own page is the sandbox's shortcut: against a real Stripe this step is a person's.
"""

import ssl
from datetime import UTC, datetime

import httpx

from models.ports import BankDetails, ConnectedAccount, PayoutGateway

_IBANS = {
    # From Stripe's page of test numbers and from the IBAN registry's examples: none of them is anybody's.
    "AT": "AT611904300234573201",
    "BE": "BE68539007547034",
    "CH": "CH9300762011623852957",
    "DE": "DE89370400440532013000",
    "DK": "DK5000400440116243",
    "ES": "ES9121000418450200051332",
    "FR": "FR1420041010050500013M02606",
    "GB": "GB82WEST12345698765432",
    "IE": "IE29AIBK93115212345678",
    "IT": "IT60X0542811101000000123456",
    "KW": "KW81CBKU0000000000001234560101",
    "NL": "NL39RABO0300065264",
    "NO": "NO9386011117947",
    "PT": "PT50000201231234567890154",
    "SE": "SE4550000000058398257466",
}


def good_bank(country: str, currency: str, holder: str) -> BankDetails:
    """One that takes every payout. Countries without an IBAN here bank in the United States."""
    if country in _IBANS:
        return BankDetails(holder, country, currency, iban=_IBANS[country])
    return BankDetails(holder, "US", currency, routing_number="110000000", account_number="000123456789")


_EVER = datetime(2011, 1, 1, tzinfo=UTC)
"""A demo marketplace has few accounts: all are looked through."""


async def connect(
    payouts: PayoutGateway,
    sandbox_url: str,
    *,
    shop_id: str,
    country: str,
    bank: BankDetails,
    tls: ssl.SSLContext | None = None,
) -> ConnectedAccount:
    """The shop's account, made if it has none, with this bank account and nothing left to be given. Run again, it makes
    nothing new."""
    # The key of the processes: whoever comes first, a shop never has two accounts.
    account = await payouts.find_account(shop_id, since=_EVER) or await payouts.create_account(
        shop_id, country, bank.currency, key=f"connect-{shop_id}"
    )
    if bank.currency not in account.currencies:
        await payouts.set_bank_account(account.id, bank, key=f"seed/{shop_id}/bank/{bank.currency}")
    if not account.transfers_enabled:
        async with httpx.AsyncClient(base_url=sandbox_url, trust_env=False, verify=tls or True) as sandbox:
            answer = await sandbox.post(f"/_control/stripe/accounts/{account.id}/complete")
            answer.raise_for_status()
    return await payouts.get_account(account.id)
