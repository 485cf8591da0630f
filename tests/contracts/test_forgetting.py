"""What partners are asked to forget: the `Mailer`, `Courier` and `PayerPrivacy` ports against the sandbox."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from activities.gateways.courier_http import HttpCourier
from activities.gateways.mail_http import HttpMailer
from activities.gateways.stripe_privacy import StripePrivacy
from models.errors import NotFound, PartnerRefused, PartnerUnavailable
from models.ports import Courier, Mail, Mailer, PayerPrivacy, PostalAddress, Redaction
from tests.contracts.conftest import Provider
from tests.contracts.test_payment_gateway import a_request, authorised, captured
from tests.support.running import patiently
from tests.support.sandbox import COURIER_KEY, COURIER_SECRET, MAIL_KEY, STRIPE_KEY, SandboxProcess
from tests.support.searching import Needles, in_partners

BUYER, MAKER = "zephyrine@nightjar.example", "wren@saltmarsh.example"
HOME = PostalAddress("Wren Alder", "3 Kiln Lane", "Saltmarsh", "ME", "04654", "US", phone="+12075550111")
NIGHTJAR = PostalAddress("Zéphyrine Quatrefoil", "77 Nightjar Passage", "Albany", "NY", "12207", "US")


@pytest.fixture
async def mailer(sandbox_url: str) -> AsyncIterator[Mailer]:
    gateway = HttpMailer(f"{sandbox_url}/mail/v1", MAIL_KEY, "ArtisanConnect <hello@example.com>")
    yield gateway
    await gateway.aclose()


@pytest.fixture
async def courier(sandbox_url: str) -> AsyncIterator[Courier]:
    base = f"{sandbox_url}/courier/swift/v1"
    gateway = HttpCourier("swift", "Swift Post", base, api_key=COURIER_KEY, webhook_secret=COURIER_SECRET)
    yield gateway
    await gateway.aclose()


@pytest.fixture
async def privacy(sandbox_url: str) -> AsyncIterator[PayerPrivacy]:
    gateway = StripePrivacy(STRIPE_KEY, api_base=sandbox_url)
    yield gateway
    await gateway.aclose()


def kept(process: SandboxProcess, *values: str) -> set[str]:
    return in_partners(process.state, Needles(values))


async def test_the_mail_service_forgets_an_address_and_no_other(
    mailer: Mailer, contract_sandbox: SandboxProcess
) -> None:
    for number, to in enumerate((BUYER, BUYER.upper(), MAKER)):
        await mailer.send(Mail(to, "Hello", f"Dear {to}"), key=f"mail-{number}")
    done = await mailer.erase(BUYER, key="erase")
    assert (done.count, done.reference.startswith("era_")) == (2, True)
    assert await mailer.erase(BUYER, key="erase") == done, "the same word for the same key"
    assert (await mailer.erase(BUYER, key="again")).count == 0
    assert kept(contract_sandbox, BUYER) == set()
    assert kept(contract_sandbox, MAKER) == {"sandbox.mail"}


async def test_a_courier_forgets_who_received_and_keeps_who_sent(
    courier: Courier, sandbox_url: str, contract_sandbox: SandboxProcess
) -> None:
    label = await courier.buy_label("prc_1", "standard", HOME, NIGHTJAR, 900, key="label-1")
    await courier.buy_label("prc_2", "standard", HOME, replace(NIGHTJAR, name="Somebody Else"), 900, key="label-2")
    async with httpx.AsyncClient(base_url=sandbox_url, trust_env=False) as control:
        scan = {"type": "delivered", "attempt": 1, "location": "Nightjar Passage"}
        address = f"/_control/couriers/swift/shipments/{label.tracking_number}/scans"
        assert (await control.post(address, json=scan)).status_code == 201
        assert kept(contract_sandbox, "Zéphyrine") == {"sandbox.shipment"}
        assert "sandbox.outbox" in kept(contract_sandbox, "Nightjar Passage")

        done = await courier.erase(["prc_1", "prc_unknown"], recipient=True, key="erase-1")
        assert (done.count, done.reference.startswith("era_")) == (1, True)
        assert kept(contract_sandbox, "Zéphyrine") == set()
        assert kept(contract_sandbox, "Wren Alder", "Somebody Else") == {"sandbox.shipment"}
        page = await control.get(str(httpx.URL(label.label_url).raw_path.decode()))
        assert "Zéphyrine" not in page.text
    assert (await courier.find_label("prc_1")) == label, "what it cost and how it is called stays"
    await courier.erase(["prc_1", "prc_2"], recipient=False, key="erase-2")
    assert kept(contract_sandbox, "Wren Alder", "5550111") == set()


async def finished(privacy: PayerPrivacy, begun: Redaction) -> Redaction:
    async def look() -> Redaction | None:
        seen = await privacy.follow(begun.id, key="redact/run")
        return seen if seen.done else None

    done = await patiently(look, within=10)
    assert done is not None
    return done


async def test_the_provider_forgets_a_payer_and_keeps_the_money(
    privacy: PayerPrivacy, sandbox: Provider, contract_sandbox: SandboxProcess
) -> None:
    paid = await captured(sandbox)
    other = await sandbox.gateway.create_payment(a_request(customer_email=MAKER, reference="chk_2"), key="chk_2/create")
    assert paid.intent_id is not None
    begun = await privacy.begin([paid.id], [paid.intent_id], key="redact")
    assert not begun.done
    assert (await privacy.begin([paid.id], [paid.intent_id], key="redact")).id == begun.id
    await finished(privacy, begun)
    assert kept(contract_sandbox, "buyer@example.com") == set()
    assert kept(contract_sandbox, MAKER) >= {"sandbox.checkout.session"}
    seen = await sandbox.gateway.get_payment(paid.id)
    assert (seen.state, seen.total, seen.captured, seen.reference) == (
        *(paid.state, paid.total, paid.captured),
        paid.reference,
    )
    assert (await sandbox.gateway.get_payment(other.id)).redirect_url is not None


async def test_money_that_may_still_move_is_not_forgotten(privacy: PayerPrivacy, sandbox: Provider) -> None:
    payment = await authorised(sandbox)
    assert payment.id is not None
    seen = await sandbox.gateway.get_payment(payment.id)
    assert seen.intent_id is not None
    begun = await privacy.begin([payment.id], [seen.intent_id], key="redact")
    with pytest.raises(PartnerRefused, match="can't forget"):
        await finished(privacy, begun)


async def test_an_answer_that_is_lost_costs_nothing(privacy: PayerPrivacy, sandbox: Provider) -> None:
    paid = await captured(sandbox)
    assert paid.intent_id is not None
    await sandbox.once("timeout_after_success", "POST /v1/privacy/redaction_jobs")
    slow = StripePrivacy(STRIPE_KEY, api_base=sandbox.url, read=0.1)
    with pytest.raises(PartnerUnavailable):
        await slow.begin([paid.id], [paid.intent_id], key="redact")
    await slow.aclose()
    begun = await privacy.begin([paid.id], [paid.intent_id], key="redact")
    await asyncio.sleep(0.5)
    # Told to run, but the answer is lost: the next look finds it running, or done.
    await sandbox.once("timeout_after_success", f"POST /v1/privacy/redaction_jobs/{begun.id}/run")
    hasty = StripePrivacy(STRIPE_KEY, api_base=sandbox.url, read=0.1)
    with pytest.raises(PartnerUnavailable):
        await hasty.follow(begun.id, key="redact/run")
    await hasty.aclose()
    assert (await finished(privacy, begun)).id == begun.id


async def test_a_payment_that_the_provider_does_not_know_is_told(privacy: PayerPrivacy) -> None:
    with pytest.raises(NotFound):
        await privacy.begin(["cs_test_nobody"], [], key="redact")


def test_the_state_file_is_the_sandboxs_own(contract_sandbox: SandboxProcess) -> None:
    assert isinstance(contract_sandbox.state, Path)
    assert contract_sandbox.state.exists()
