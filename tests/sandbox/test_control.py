"""The figures that tests and tours rely on, and the way round the sandbox for people."""

from pathlib import Path

import pytest

from deploy.sandbox.config import SandboxConfig
from tests.sandbox.conftest import Stripe


async def test_figures_tell_what_was_taken_and_given_back(stripe: Stripe) -> None:
    for reference in ("chk_1", "chk_1", "chk_2"):
        intent = await stripe.authorised(**{"payment_intent_data[metadata][checkout]": reference})
        await stripe.post(f"payment_intents/{intent['id']}/capture")
    await stripe.post("refunds", {"payment_intent": intent["id"], "amount": "500"})
    void = await stripe.authorised(**{"payment_intent_data[metadata][checkout]": "chk_3"})
    await stripe.post(f"payment_intents/{void['id']}/cancel")

    stats = (await stripe.http.get("/_control/stats")).json()

    assert stats["captured"] == {"usd": {"charges": 3, "amount": 7500}}
    assert stats["refunded"] == {"usd": {"refunds": 1, "amount": 500}}
    assert stats["captured_per_reference"] == {"chk_1": 2, "chk_2": 1}
    assert stats["captured_more_than_once"] == ["chk_1"]
    assert stats["cancelled"] == 1


async def test_reset_leaves_nothing(stripe: Stripe) -> None:
    await stripe.authorised()
    await stripe.faults(rates={"error_500": 1})
    await stripe.http.post("/_control/reset")

    assert (await stripe.get("payment_intents"))["data"] == []
    assert (await stripe.http.get("/_control/stats")).json()["captured"] == {}


async def test_the_front_page_leads_everywhere(stripe: Stripe) -> None:
    session = await stripe.session()
    page = await stripe.http.get("/")

    for address in (f"/pay/{session['id']}", "/mail/", "/_control/faults", "/_control/stats"):
        assert f'href="{address}"' in page.text
    assert (await stripe.http.get("/healthz")).json() == {"status": "ok"}
    assert (await stripe.http.get("/nowhere")).status_code == 404


@pytest.mark.parametrize(
    ("env", "named"),
    [
        ({}, "SANDBOX_DB"),
        ({"SANDBOX_DB": "x", "SANDBOX_PORT": "many"}, "SANDBOX_PORT"),
        ({"SANDBOX_DB": "x", "SANDBOX_LATENCY_MS": "-1"}, "SANDBOX_LATENCY_MS"),
        ({"SANDBOX_DB": "x", "SANDBOX_COURIERS": "swift"}, "SANDBOX_COURIERS"),
        ({"SANDBOX_DB": "x", "SANDBOX_COURIERS": '[{"code": "swift"}]'}, "SANDBOX_COURIERS"),
    ],
)
def test_a_wrong_setting_is_named(env: dict[str, str], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        SandboxConfig.from_env(env)


def test_settings_have_sensible_defaults() -> None:
    config = SandboxConfig.from_env({"SANDBOX_DB": "x", "SANDBOX_STRIPE_WEBHOOK_EVENTS": "*"})
    assert config.db == Path("x")
    assert config.base_url == "http://127.0.0.1:8090"
    assert config.stripe_webhook_events == frozenset()
