"""Opens the doors to all partners from the settings; the API and every worker pool use the same ones."""

import ssl
from dataclasses import dataclass, field

from activities.gateways.breaches_http import HttpBreachedPasswords
from activities.gateways.courier_http import HttpCourier
from activities.gateways.ecb_rates import EcbRates
from activities.gateways.mail_http import HttpMailer
from activities.gateways.oidc import OidcProvider
from activities.gateways.stripe_payments import StripePayments
from activities.gateways.stripe_payouts import StripePayouts
from activities.gateways.stripe_privacy import StripePrivacy
from activities.gateways.stripe_transactions import StripeTransactions
from activities.gateways.stripe_webhooks import StripeWebhooks
from activities.gateways.trust import trusting
from core.settings import CourierSettings, IdentityProviderSettings, Settings


@dataclass(frozen=True)
class Gateways:
    """The partners' doors of one process; each holds one pool of connections."""

    payments: StripePayments
    payment_webhooks: StripeWebhooks
    payer_privacy: StripePrivacy
    payouts: StripePayouts
    books: StripeTransactions
    couriers: dict[str, HttpCourier]
    mailer: HttpMailer
    identity_providers: dict[str, OidcProvider] = field(default_factory=dict)
    breached_passwords: HttpBreachedPasswords | None = None
    exchange_rates: EcbRates | None = None

    async def close(self) -> None:
        await self.payments.aclose()
        await self.payer_privacy.aclose()
        await self.payouts.aclose()
        await self.books.aclose()
        await self.mailer.aclose()
        for courier in self.couriers.values():
            await courier.aclose()
        for provider in self.identity_providers.values():
            await provider.aclose()
        if self.breached_passwords is not None:
            await self.breached_passwords.aclose()
        if self.exchange_rates is not None:
            await self.exchange_rates.aclose()


def open_gateways(settings: Settings) -> Gateways:
    """Raises `ValueError` naming the setting that a partner needs and that is empty."""
    for name in ("stripe_secret_key", "stripe_webhook_secret", "mail_api_key"):
        if not getattr(settings, name).get_secret_value():
            raise ValueError(f"ARTISAN_{name.upper()} is not set")
    tls = trusting(settings.partners_ca_file)
    stripe_key = settings.stripe_secret_key.get_secret_value()
    return Gateways(
        payments=StripePayments(stripe_key, api_base=settings.stripe_api_base, tls=tls),
        payment_webhooks=StripeWebhooks(
            settings.stripe_webhook_secret.get_secret_value(), settings.stripe_connect_webhook_secret.get_secret_value()
        ),
        payer_privacy=StripePrivacy(stripe_key, api_base=settings.stripe_api_base, tls=tls),
        payouts=StripePayouts(stripe_key, api_base=settings.stripe_api_base, tls=tls),
        books=StripeTransactions(stripe_key, api_base=settings.stripe_api_base, tls=tls),
        couriers={courier.code: _courier(courier, tls) for courier in settings.couriers},
        mailer=HttpMailer(
            settings.mail_base_url, settings.mail_api_key.get_secret_value(), settings.mail_from, tls=tls
        ),
        identity_providers={
            provider.code: _identity_provider(provider, tls) for provider in settings.identity_providers
        },
        breached_passwords=HttpBreachedPasswords(settings.breached_passwords_url, tls=tls)
        if settings.breached_passwords_url
        else None,
        exchange_rates=EcbRates(settings.exchange_rates_url, tls=tls) if settings.exchange_rates_url else None,
    )


def _courier(courier: CourierSettings, tls: ssl.SSLContext) -> HttpCourier:
    return HttpCourier(
        courier.code,
        courier.name,
        courier.base_url,
        api_key=courier.api_key.get_secret_value(),
        webhook_secret=courier.webhook_secret.get_secret_value(),
        tls=tls,
    )


def _identity_provider(provider: IdentityProviderSettings, tls: ssl.SSLContext) -> OidcProvider:
    return OidcProvider(
        provider.code,
        provider.name,
        issuer=provider.issuer,
        client_id=provider.client_id,
        client_secret=provider.client_secret.get_secret_value(),
        endpoint_origins=tuple(provider.endpoint_origins),
        tls=tls,
    )
