"""Every workflow class, for the pools and for the replay tests."""

from workflows.audit_seal.workflow import AuditSealWorkflow
from workflows.checkout.workflow import CheckoutWorkflow
from workflows.data_export.workflow import DataExportWorkflow
from workflows.erasure.workflow import ErasureWorkflow
from workflows.fulfillment.workflow import FulfillmentWorkflow
from workflows.letter.workflow import LetterWorkflow
from workflows.rates.workflow import RatesWorkflow
from workflows.refund.workflow import RefundWorkflow
from workflows.retention.workflow import RetentionWorkflow

WORKFLOWS: tuple[type, ...] = (
    AuditSealWorkflow,
    CheckoutWorkflow,
    DataExportWorkflow,
    ErasureWorkflow,
    FulfillmentWorkflow,
    LetterWorkflow,
    RatesWorkflow,
    RefundWorkflow,
    RetentionWorkflow,
)
