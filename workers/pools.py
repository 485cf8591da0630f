"""Pool name → what it runs and how much of it at once. A pool's name is the name of its task queue.

In the cluster each pool is a deployment of its own, scaled by its queue's backlog; the embedded run hosts them all.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from temporalio.common import VersioningBehavior

from workers.wiring import Activities
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


@dataclass(frozen=True)
class Pool:
    name: str
    workflows: tuple[type, ...]
    activities: Callable[[Activities], list[Callable[..., Any]]]
    max_workflow_tasks: int
    """Few for each process: a cold cache after a deploy replays this many histories at once on one core."""
    max_activities: int
    """Bounded by what the partner behind the pool, or our database, takes at once."""
    versioning: VersioningBehavior = VersioningBehavior.AUTO_UPGRADE
    """Where builds are versioned (the cluster): a short process ends on the build that began it, a long one moves on
    with dated patches. Said here and not on the workflow, because a server without versions refuses to hear it."""


def _checkout(all_: Activities) -> list[Callable[..., Any]]:
    own = all_.checkout
    return [
        own.reserve_and_freeze,
        own.record,
        own.assess_risk,
        own.hold_for_review,
        own.close_unpaid,
        own.complete_sale,
        own.update_search,
        *all_.gift_card_purchase.own(),
    ]


def _payments(all_: Activities) -> list[Callable[..., Any]]:
    own = all_.payments
    return [
        own.create_payment,
        own.look_up_payment,
        own.cancel_payment,
        own.void_payment,
        own.capture_payment,
        *all_.refunds.all(),
        *all_.commission_money.all(),
        *all_.commission_return.all(),
        *all_.gift_card_purchase.at_the_provider(),
    ]


POOLS: dict[str, Pool] = {
    pool.name: pool
    for pool in (
        Pool(
            "checkout",
            (CheckoutWorkflow, GiftCardPurchaseWorkflow),
            _checkout,
            max_workflow_tasks=20,
            max_activities=20,
            versioning=VersioningBehavior.PINNED,
        ),
        Pool(
            "fulfillment",
            (FulfillmentWorkflow,),
            lambda all_: all_.fulfillment.all(),
            max_workflow_tasks=20,
            max_activities=20,
        ),
        # Open for months, and idle for nearly all of it: few tasks at once replay a cold worker's share of them.
        Pool(
            "commission",
            (CommissionWorkflow, WaitlistWorkflow, CommissionTalkWorkflow, CommissionReturnWorkflow),
            lambda all_: [
                *all_.commission.all(),
                *all_.commission_order.all(),
                *all_.waitlist.all(),
                *all_.commission_talk.own(),
            ],
            max_workflow_tasks=10,
            max_activities=20,
        ),
        Pool("refund", (RefundWorkflow,), lambda all_: all_.refund.all(), max_workflow_tasks=10, max_activities=10),
        Pool(
            "audit_seal",
            (AuditSealWorkflow,),
            lambda all_: all_.audit_seal.all(),
            max_workflow_tasks=2,
            max_activities=1,
        ),
        Pool(
            "rates",
            (RatesWorkflow,),
            lambda all_: all_.rates.all(),
            max_workflow_tasks=2,
            max_activities=1,
        ),
        # Reads whole books, so it has a process of its own and one step at a time.
        Pool(
            "reconciliation",
            (ReconciliationWorkflow,),
            lambda all_: all_.reconciliation.all(),
            max_workflow_tasks=2,
            max_activities=1,
        ),
        # Its one step asks the mail service, so it runs on that partner's pool.
        Pool("letter", (LetterWorkflow,), lambda _: [], max_workflow_tasks=20, max_activities=1),
        # What people may ask of their data, and what is forgotten without being asked: rare, so it shares one pool.
        Pool(
            "privacy",
            (DataExportWorkflow, ErasureWorkflow, RetentionWorkflow),
            lambda all_: [*all_.data_export.all(), *all_.erasure.all(), *all_.retention.all()],
            max_workflow_tasks=10,
            max_activities=4,
        ),
        # Money out, whoever asks for it, and the paper about it. The provider takes fewer writes for connected accounts
        # than for payments.
        Pool(
            "payout",
            (
                *(PayoutWorkflow, WithdrawalWorkflow, PayoutReturnWorkflow),
                *(PayoutRunWorkflow, PayoutAccountWorkflow, InvoicingWorkflow),
            ),
            lambda all_: [
                *all_.payout.all(),
                *all_.withdrawal.all(),
                *all_.payout_return.all(),
                *all_.payout_run.all(),
                *all_.payout_account.all(),
                *all_.invoicing.all(),
            ],
            max_workflow_tasks=20,
            max_activities=20,
        ),
        Pool("payments", (), _payments, max_workflow_tasks=0, max_activities=40),
        Pool("logistics", (), lambda all_: all_.logistics.all(), max_workflow_tasks=0, max_activities=40),
        Pool(
            "notifications",
            (),
            lambda all_: [*all_.notifications.all(), *all_.letter.all(), *all_.commission_talk.at_the_mail_service()],
            max_workflow_tasks=0,
            max_activities=20,
        ),
    )
}
