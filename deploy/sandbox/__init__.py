"""The partner sandbox: one separate process that speaks the partners' own HTTP.

Owns a stand-in for Stripe, for couriers, for a mail service and for sign-in providers, so that the real SDKs and
gateways run unchanged against another base URL. Knows nothing of the product: it imports none of its packages.
"""
