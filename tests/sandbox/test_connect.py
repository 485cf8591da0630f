"""Connected accounts, transfers and payouts as Stripe would have them, seen through plain HTTP."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from activities.gateways.stripe_payouts import StripePayouts
from activities.gateways.stripe_webhooks import StripeWebhooks
from deploy.seed.connected import connect, good_bank
from tests.sandbox.conftest import Stripe
from tests.support.sandbox import STRIPE_KEY, STRIPE_WEBHOOK_SECRET, Receiver, eventually, receiver, start_sandbox

AT_ONCE = "4000000000000077"
BANK = {
    "external_account[object]": "bank_account",
    "external_account[country]": "US",
    "external_account[currency]": "usd",
    "external_account[routing_number]": "110000000",
    "external_account[account_number]": "000123456789",
}


async def control(stripe: Stripe, path: str, **body: Any) -> dict[str, Any]:
    answer = await stripe.http.post(f"/_control/stripe/{path}", json=body)
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def an_account(stripe: Stripe, **form: str) -> str:
    """May be sent money and pay it out."""
    made = await stripe.post(
        "accounts",
        {
            "country": "US",
            "capabilities[transfers][requested]": "true",
            "capabilities[card_payments][requested]": "true",
            "metadata[shop_id]": "shp_1",
            **BANK,
            **form,
        },
    )
    assert made.status_code == 200, made.text
    account_id: str = made.json()["id"]
    await control(stripe, f"accounts/{account_id}/complete")
    return account_id


async def a_sale(stripe: Stripe, card: str = AT_ONCE) -> None:
    """25.00 less 1.03."""
    session = await stripe.session()
    await stripe.pay(session["id"], card)
    (intent,) = (await stripe.get("payment_intents", limit="1"))["data"]
    assert (await stripe.post(f"payment_intents/{intent['id']}/capture")).status_code == 200


async def transfer(stripe: Stripe, account_id: str, amount: int = 2000, **headers: str) -> httpx.Response:
    form = {"amount": str(amount), "currency": "usd", "destination": account_id, "transfer_group": "pay_1"}
    return await stripe.post("transfers", form, **headers)


async def pay_out(stripe: Stripe, account_id: str, amount: int = 1500, **headers: str) -> httpx.Response:
    return await stripe.post(
        "payouts", {"amount": str(amount), "currency": "usd"}, stripe_account=account_id, **headers
    )


async def on_behalf(stripe: Stripe, account_id: str, path: str, **params: str) -> dict[str, Any]:
    answer = await stripe.http.get(
        f"/v1/{path}", params=params, headers={"Authorization": f"Bearer {STRIPE_KEY}", "Stripe-Account": account_id}
    )
    answer.raise_for_status()
    shown: dict[str, Any] = answer.json()
    return shown


def told(callbacks: Receiver) -> list[str]:
    return [entry.json["type"] for entry in callbacks.received]


async def test_a_new_account_owes_everything(stripe: Stripe) -> None:
    made = (await stripe.post("accounts", {"country": "US", "settings[payouts][schedule][interval]": "manual"})).json()

    assert (made["payouts_enabled"], made["charges_enabled"], made["details_submitted"]) == (False, False, False)
    assert made["requirements"]["past_due"] == made["requirements"]["currently_due"]
    assert "external_account" in made["requirements"]["past_due"]
    assert made["requirements"]["disabled_reason"] == "requirements.past_due"
    assert made["settings"]["payouts"]["schedule"]["interval"] == "manual"


@pytest.mark.parametrize(
    ("form", "named"),
    [
        ({"country": "KP"}, "unknown"),
        ({"country": "US", "capabilities[transfers][requested]": "true"}, "without the `card_payments`"),
        (
            {
                "country": "MX",
                "tos_acceptance[service_agreement]": "recipient",
                "capabilities[card_payments][requested]": "true",
            },
            "cannot request `card_payments`",
        ),
        ({"country": "US", "shoe_size": "46"}, "unknown parameter"),
    ],
)
async def test_accounts_that_stripe_would_not_make(stripe: Stripe, form: dict[str, str], named: str) -> None:
    refused = await stripe.post("accounts", form)
    assert refused.status_code == 400
    assert named in refused.json()["error"]["message"]


async def test_numbers_are_checked_and_not_kept(stripe: Stripe) -> None:
    account_id = await an_account(stripe)
    shown = await stripe.get(f"accounts/{account_id}")
    (bank,) = shown["external_accounts"]["data"]

    assert (bank["last4"], bank["status"], bank["currency"]) == ("6789", "new", "usd")
    assert "000123456789" not in str(shown)
    wrong = await stripe.post(f"accounts/{account_id}", {**BANK, "external_account[routing_number]": "110000001"})
    assert wrong.json()["error"]["code"] == "routing_number_invalid"


async def test_a_deadline_passes(stripe: Stripe, callbacks: Receiver) -> None:
    account_id = await an_account(stripe)
    warned = await control(stripe, f"accounts/{account_id}/require", requirements=["individual.id_number"], seconds=1.2)
    assert (warned["payouts_enabled"], warned["requirements"]["past_due"]) == (True, [])

    async def paused() -> bool:
        return not (await stripe.get(f"accounts/{account_id}"))["payouts_enabled"]

    await eventually(paused)
    assert (await stripe.get(f"accounts/{account_id}"))["capabilities"]["transfers"] == "inactive"
    await eventually(lambda: told(callbacks).count("account.updated") == 3)
    assert callbacks.received[-1].json["account"] == account_id
    assert callbacks.received[-1].json["data"]["object"]["requirements"]["past_due"] == ["individual.id_number"]


async def test_money_is_pending_until_its_time(stripe: Stripe) -> None:
    await stripe.http.put("/_control/stripe/pace", json={"available_seconds": 1})
    account_id = await an_account(stripe)
    await a_sale(stripe, "4242424242424242")
    early = await transfer(stripe, account_id)

    assert early.json()["error"]["code"] == "balance_insufficient"

    async def there() -> bool:
        return bool((await stripe.get("balance"))["available"][0]["amount"] == 2397)

    await eventually(there)
    assert (await transfer(stripe, account_id)).status_code == 200
    assert (await stripe.get("balance"))["available"][0]["amount"] == 397


async def test_a_refund_takes_ours_and_leaves_the_transfer(stripe: Stripe) -> None:
    account_id = await an_account(stripe)
    await a_sale(stripe)
    sent = (await transfer(stripe, account_id)).json()
    (intent,) = (await stripe.get("payment_intents"))["data"]
    await stripe.post("refunds", {"payment_intent": intent["id"]})

    assert (await stripe.get("balance"))["available"][0]["amount"] == 2397 - 2000 - 2500
    assert (await stripe.get(f"transfers/{sent['id']}"))["amount_reversed"] == 0
    assert (await on_behalf(stripe, account_id, "balance"))["available"][0]["amount"] == 2000


async def test_transfers_to_whom_nothing_may_be_sent(stripe: Stripe) -> None:
    await a_sale(stripe)
    abroad = await an_account(stripe, country="AU")
    refused = await transfer(stripe, abroad)
    restricted = await an_account(stripe)
    await control(stripe, f"accounts/{restricted}/restrict", reason="rejected.fraud")
    unable = await transfer(stripe, restricted)
    nobody = await transfer(stripe, "acct_no")

    assert "code" not in refused.json()["error"]
    assert "AU" in refused.json()["error"]["message"]
    assert unable.json()["error"]["code"] == "insufficient_capabilities_for_transfer"
    assert nobody.json()["error"]["code"] == "resource_missing"


async def test_a_payout_on_its_way(stripe: Stripe, callbacks: Receiver) -> None:
    await stripe.http.put("/_control/stripe/pace", json={"payout_seconds": 1})
    account_id = await an_account(stripe)
    await a_sale(stripe)
    await transfer(stripe, account_id)
    made = (await pay_out(stripe, account_id)).json()

    assert (made["status"], made["automatic"]) == ("pending", False)
    await eventually(lambda: "payout.paid" in told(callbacks))
    events = [entry for entry in callbacks.received if entry.json["type"].startswith("payout.")]
    assert [entry.json["type"] for entry in events] == ["payout.created", "payout.updated", "payout.paid"]
    for entry in events:
        event = StripeWebhooks(STRIPE_WEBHOOK_SECRET).verify(entry.body, entry.headers["stripe-signature"])
        assert (event.account_id, event.object_id) == (account_id, made["id"])
    (newest, *_) = (await on_behalf(stripe, account_id, "events", type="payout.paid"))["data"]
    assert newest["account"] == account_id
    assert (await stripe.get("events", type="payout.paid"))["data"] == []


async def test_a_pending_payout_is_called_off(stripe: Stripe) -> None:
    account_id = await an_account(stripe)
    await a_sale(stripe)
    await transfer(stripe, account_id)
    made = (await pay_out(stripe, account_id)).json()
    called_off = await stripe.post(f"payouts/{made['id']}/cancel", stripe_account=account_id)
    again = await stripe.post(f"payouts/{made['id']}/cancel", stripe_account=account_id)

    assert called_off.json()["status"] == "canceled"
    assert again.status_code == 400
    assert (await on_behalf(stripe, account_id, "balance"))["available"][0]["amount"] == 2000
    assert (await control(stripe, "hurry"))["payouts"] == 0


async def test_events_of_payouts_are_lost_and_doubled_as_others_are(stripe: Stripe, callbacks: Receiver) -> None:
    account_id = await an_account(stripe)
    await a_sale(stripe)
    await transfer(stripe, account_id)
    await pay_out(stripe, account_id, 100, sandbox_fault="webhook_lost")
    await pay_out(stripe, account_id, 200, sandbox_fault="webhook_doubled")

    await eventually(lambda: told(callbacks).count("payout.created") == 2)
    made = [entry.json["data"]["object"] for entry in callbacks.received if entry.json["type"] == "payout.created"]
    assert [payout["amount"] for payout in made] == [200, 200]


async def test_each_account_has_idempotency_keys_of_its_own(stripe: Stripe) -> None:
    first, second = await an_account(stripe), await an_account(stripe)
    await a_sale(stripe)
    for account_id in (first, second):
        assert (await transfer(stripe, account_id, 1000)).status_code == 200
    made = [
        (await pay_out(stripe, account_id, 500, idempotency_key="k")).json()["id"]
        for account_id in (first, second, first)
    ]

    assert made[0] == made[2] != made[1]
    refused = await transfer(stripe, first, 5000, idempotency_key="poor")
    again = await transfer(stripe, first, 5000, idempotency_key="poor")
    assert (refused.status_code, again.text) == (400, refused.text)
    assert again.headers["Idempotent-Replayed"] == "true"
    await control(stripe, "forget-keys")
    assert (await pay_out(stripe, first, 500, idempotency_key="k")).json()["id"] != made[0]


async def test_accounts_see_only_what_is_theirs(stripe: Stripe) -> None:
    first, second = await an_account(stripe), await an_account(stripe)
    await a_sale(stripe)
    await transfer(stripe, first)
    made = (await pay_out(stripe, first)).json()

    assert (await on_behalf(stripe, second, "payouts"))["data"] == []
    assert (await on_behalf(stripe, second, "balance_transactions"))["data"] == []
    headers = {"Authorization": f"Bearer {STRIPE_KEY}", "Stripe-Account": second}
    assert (await stripe.http.get(f"/v1/payouts/{made['id']}", headers=headers)).status_code == 404
    strange = await stripe.http.get("/v1/balance", headers={**headers, "Stripe-Account": "acct_no"})
    assert (strange.status_code, strange.json()["error"]["code"]) == (403, "account_invalid")
    elsewhere = await stripe.http.get("/v1/charges", headers=headers)
    assert elsewhere.status_code == 400


async def test_books_are_filtered_and_expanded(stripe: Stripe) -> None:
    account_id = await an_account(stripe)
    await a_sale(stripe)
    sent = (await transfer(stripe, account_id)).json()
    (line,) = (
        await stripe.get("balance_transactions", type="transfer", currency="usd", **{"expand[]": "data.source"})
    )["data"]

    assert (line["source"]["id"], line["net"], line["status"]) == (sent["id"], -2000, "available")
    assert (await stripe.get("balance_transactions", source=sent["id"]))["data"][0]["id"] == line["id"]
    (arrived,) = (
        await on_behalf(
            stripe,
            account_id,
            "balance_transactions",
            **{"expand[]": "data.source.source_transfer.balance_transaction"},
        )
    )["data"]
    assert arrived["source"]["source_transfer"]["id"] == sent["id"]


@pytest.mark.parametrize("amount", ["0", "-1", "1.5", "", "99999999999999"])
async def test_amounts_that_are_none(stripe: Stripe, amount: str) -> None:
    account_id = await an_account(stripe)
    for path, headers in (("transfers", {}), ("payouts", {"stripe_account": account_id})):
        form = {"amount": amount, "currency": "usd", **({"destination": account_id} if path == "transfers" else {})}
        assert (await stripe.post(path, form, **headers)).status_code == 400
    assert (await stripe.get("transfers"))["data"] == []


async def test_controls_say_what_is_wrong(stripe: Stripe) -> None:
    account_id = await an_account(stripe)
    await a_sale(stripe)
    await transfer(stripe, account_id)
    made = (await pay_out(stripe, account_id)).json()
    base = "/_control/stripe"
    wrong: list[tuple[str, dict[str, Any], int]] = [
        (f"{base}/accounts/acct_no/complete", {}, 403),
        (f"{base}/accounts/{account_id}/require", {}, 422),
        (f"{base}/accounts/{account_id}/require", {"requirements": ["x"], "seconds": "soon"}, 422),
        (f"{base}/accounts/{account_id}/restrict", {}, 422),
        (f"{base}/payouts/{made['id']}/return", {}, 422),
        (f"{base}/payouts/po_no/return", {}, 422),
        (f"{base}/payouts/{made['id']}/return", {"failure_code": "bad_mood"}, 422),
    ]
    for path, body, status in wrong:
        answer = await stripe.http.post(path, json=body)
        assert (answer.status_code, bool(answer.json()["error"]["message"])) == (status, True), path
    for pace in ({"available_seconds": -1}, {"payout_seconds": True}, {"tea": 3}):
        assert (await stripe.http.put(f"{base}/pace", json=pace)).status_code == 422
    (listed,) = (await stripe.http.get(f"{base}/payouts", params={"account": account_id})).json()["payouts"]
    assert (listed["id"], listed["account"]) == (made["id"], account_id)
    (by_shop,) = (await stripe.http.get(f"{base}/accounts", params={"shop_id": "shp_1"})).json()["accounts"]
    assert by_shop["id"] == account_id


async def test_a_hundred_transfers_at_once_take_no_more_than_there_is(stripe: Stripe) -> None:
    account_id = await an_account(stripe)
    await a_sale(stripe)
    answers = await asyncio.gather(*(transfer(stripe, account_id, 100) for _ in range(40)))

    assert sorted(answer.status_code for answer in answers) == [200] * 23 + [400] * 17
    assert (await stripe.get("balance"))["available"][0]["amount"] == 97


async def test_a_killed_sandbox_pays_each_payout_once(tmp_path: Path) -> None:
    with receiver() as listening:
        process = start_sandbox(
            tmp_path,
            SANDBOX_STRIPE_WEBHOOK_URL=f"{listening.url}/stripe",
            SANDBOX_STRIPE_CONNECT_WEBHOOK_SECRET="whsec_connect",
            SANDBOX_STRIPE_PAYOUT_SECONDS="1",
        )
        stripe = Stripe(process.url)
        try:
            account_id = await an_account(stripe)
            await a_sale(stripe)
            await transfer(stripe, account_id)
            await pay_out(stripe, account_id)
            process.kill()
            process.start()
            await eventually(lambda: "payout.paid" in told(listening))
            paid = next(entry for entry in listening.received if entry.json["type"] == "payout.paid")
            StripeWebhooks("whsec_connect").verify(paid.body, paid.headers["stripe-signature"])
            lines = (await on_behalf(stripe, account_id, "balance_transactions"))["data"]
            assert [line["net"] for line in lines] == [-1500, 2000]
            assert (await on_behalf(stripe, account_id, "balance"))["available"][0]["amount"] == 500
        finally:
            await stripe.http.aclose()
            process.stop()


async def test_a_demo_shop_is_connected_once(stripe: Stripe) -> None:
    payouts = StripePayouts(STRIPE_KEY, api_base=stripe.url)
    for country, currency in (("US", "USD"), ("DE", "EUR"), ("GB", "GBP"), ("KW", "KWD"), ("MX", "MXN")):
        bank = good_bank(country, currency, "Ada Potter")
        made = [
            await connect(payouts, stripe.url, shop_id=f"shp_{country}", country=country, bank=bank) for _ in range(2)
        ]
        assert made[0] == made[1]
        assert (made[0].transfers_enabled, made[0].payouts_enabled, made[0].currencies) == (True, True, (currency,))
    await payouts.aclose()
