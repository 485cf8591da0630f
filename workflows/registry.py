"""Every workflow class, for the pools and for the replay tests."""

from workflows.checkout.workflow import CheckoutWorkflow
from workflows.fulfillment.workflow import FulfillmentWorkflow

WORKFLOWS: tuple[type, ...] = (CheckoutWorkflow, FulfillmentWorkflow)
