"""The API's way to the processes, on a real server: nobody waits for ever for workers that are away."""

from datetime import timedelta
from uuid import uuid4

import pytest
from temporalio.client import Client

from api import process_client
from api.process_client import ProcessClient
from models.errors import Unavailable
from models.types import OrderStatus
from workflows.checkout import messages as checkout
from workflows.fulfillment import messages as fulfillment


@pytest.fixture
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_client, "ANSWER_WITHIN", timedelta(seconds=1))


async def test_a_click_without_workers_is_answered_in_time(temporal_client: Client, in_a_hurry: None) -> None:
    start = checkout.CheckoutInput(cart_id=f"crt_{uuid4().hex}", attempt=1, buyer_id="usr_1")
    with pytest.raises(Unavailable):
        await ProcessClient(temporal_client).place_checkout(start, checkout.PlaceCheckout("adr_1"))
    await temporal_client.get_workflow_handle(checkout.workflow_id(start.cart_id, 1)).terminate()


async def test_a_move_without_workers_is_answered_in_time(temporal_client: Client, in_a_hurry: None) -> None:
    order_id = f"ord_{uuid4().hex}"
    handle = await temporal_client.start_workflow(
        fulfillment.WORKFLOW, id=fulfillment.workflow_id(order_id), task_queue=f"nobody-{order_id}"
    )
    with pytest.raises(Unavailable):
        await ProcessClient(temporal_client).update(
            handle.id, "accept", fulfillment.AcceptOrder("usr_1"), OrderStatus, update_id="accept"
        )
    await handle.terminate()
