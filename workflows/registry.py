"""Every workflow class, for the pools and for the replay tests."""

from workflows.audit_seal.workflow import AuditSealWorkflow
from workflows.checkout.workflow import CheckoutWorkflow
from workflows.fulfillment.workflow import FulfillmentWorkflow
from workflows.letter.workflow import LetterWorkflow

WORKFLOWS: tuple[type, ...] = (AuditSealWorkflow, CheckoutWorkflow, FulfillmentWorkflow, LetterWorkflow)
