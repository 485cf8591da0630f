"""Every workflow class, for the pools and for the replay tests."""

from workflows.audit_seal.workflow import AuditSealWorkflow
from workflows.checkout.workflow import CheckoutWorkflow
from workflows.commission.workflow import CommissionWorkflow
from workflows.commission_return.workflow import CommissionReturnWorkflow
from workflows.commission_talk.workflow import CommissionTalkWorkflow
from workflows.data_export.workflow import DataExportWorkflow
from workflows.erasure.workflow import ErasureWorkflow
from workflows.fulfillment.workflow import FulfillmentWorkflow
from workflows.gift_card_purchase.workflow import GiftCardPurchaseWorkflow
from workflows.invoicing.workflow import InvoicingWorkflow
from workflows.letter.workflow import LetterWorkflow
from workflows.payout.workflow import PayoutWorkflow
from workflows.payout_account.workflow import PayoutAccountWorkflow
from workflows.payout_return.workflow import PayoutReturnWorkflow
from workflows.payout_run.workflow import PayoutRunWorkflow
from workflows.rates.workflow import RatesWorkflow
from workflows.reconciliation.workflow import ReconciliationWorkflow
from workflows.refund.workflow import RefundWorkflow
from workflows.retention.workflow import RetentionWorkflow
from workflows.waitlist.workflow import WaitlistWorkflow
from workflows.withdrawal.workflow import WithdrawalWorkflow

WORKFLOWS: tuple[type, ...] = (
    AuditSealWorkflow,
    CheckoutWorkflow,
    CommissionWorkflow,
    CommissionReturnWorkflow,
    CommissionTalkWorkflow,
    DataExportWorkflow,
    ErasureWorkflow,
    FulfillmentWorkflow,
    GiftCardPurchaseWorkflow,
    InvoicingWorkflow,
    LetterWorkflow,
    PayoutWorkflow,
    PayoutAccountWorkflow,
    PayoutReturnWorkflow,
    PayoutRunWorkflow,
    RatesWorkflow,
    ReconciliationWorkflow,
    RefundWorkflow,
    RetentionWorkflow,
    WaitlistWorkflow,
    WithdrawalWorkflow,
)
