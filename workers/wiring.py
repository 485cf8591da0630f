"""Builds every activity with its gateways, once for each process."""

from dataclasses import dataclass

from activities.audit_seal import AuditSealActivities
from activities.checkout import CheckoutActivities
from activities.commission import CommissionActivities
from activities.commission_money import CommissionMoneyActivities
from activities.commission_order import CommissionOrderActivities
from activities.commission_return import CommissionReturnActivities
from activities.commission_talk import CommissionTalkActivities
from activities.data_export import DataExportActivities
from activities.erasure import ErasureActivities
from activities.fulfillment import FulfillmentActivities
from activities.gateways.erasure_journal import FileErasureJournal
from activities.gateways.partners import Gateways
from activities.gateways.postgres_search import PostgresSearch
from activities.gateways.rule_risk import RuleRisk
from activities.gateways.stripe_cards import StripeCards
from activities.gateways.table_tax import TableTax
from activities.gift_card_purchase import GiftCardPurchaseActivities
from activities.invoicing import InvoicingActivities
from activities.letter import LetterActivities
from activities.logistics import LogisticsActivities
from activities.notifications import NotificationActivities
from activities.payments import PaymentActivities
from activities.payout import PayoutActivities
from activities.payout_account import PayoutAccountActivities
from activities.payout_return import PayoutReturnActivities
from activities.payout_run import PayoutRunActivities
from activities.rates import RateActivities
from activities.reconciliation import ReconciliationActivities
from activities.refund import RefundRequestActivities
from activities.refunds import RefundActivities
from activities.retention import RetentionActivities
from activities.waitlist import WaitlistActivities
from activities.withdrawal import WithdrawalActivities
from core.database import Database
from core.settings import Settings


@dataclass(frozen=True)
class Activities:
    checkout: CheckoutActivities
    payments: PaymentActivities
    gift_card_purchase: GiftCardPurchaseActivities
    fulfillment: FulfillmentActivities
    refunds: RefundActivities
    commission: CommissionActivities
    commission_order: CommissionOrderActivities
    waitlist: WaitlistActivities
    commission_talk: CommissionTalkActivities
    commission_money: CommissionMoneyActivities
    commission_return: CommissionReturnActivities
    refund: RefundRequestActivities
    logistics: LogisticsActivities
    notifications: NotificationActivities
    letter: LetterActivities
    invoicing: InvoicingActivities
    audit_seal: AuditSealActivities
    data_export: DataExportActivities
    erasure: ErasureActivities
    retention: RetentionActivities
    rates: RateActivities
    reconciliation: ReconciliationActivities
    payout: PayoutActivities
    withdrawal: WithdrawalActivities
    payout_return: PayoutReturnActivities
    payout_run: PayoutRunActivities
    payout_account: PayoutAccountActivities


def wire(settings: Settings, database: Database, gateways: Gateways) -> Activities:
    journal = FileErasureJournal(settings.erasures_path)
    return Activities(
        checkout=CheckoutActivities(database, TableTax(), RuleRisk(), PostgresSearch),
        payments=PaymentActivities(database, gateways.payments, settings.public_url),
        gift_card_purchase=GiftCardPurchaseActivities(database, gateways.payments, settings.public_url),
        fulfillment=FulfillmentActivities(database, allow_time_scale=settings.allow_time_scale),
        refunds=RefundActivities(database, gateways.payments),
        commission=CommissionActivities(database),
        commission_order=CommissionOrderActivities(database),
        waitlist=WaitlistActivities(database, allow_time_scale=settings.allow_time_scale),
        commission_talk=CommissionTalkActivities(database, gateways.mailer, settings.public_url),
        commission_money=CommissionMoneyActivities(
            database,
            gateways.payments,
            StripeCards(gateways.payments),
            TableTax(),
            settings.public_url,
            allow_time_scale=settings.allow_time_scale,
        ),
        commission_return=CommissionReturnActivities(database, gateways.payments),
        refund=RefundRequestActivities(database),
        logistics=LogisticsActivities(database, gateways.couriers),
        notifications=NotificationActivities(database, gateways.mailer, settings.public_url),
        letter=LetterActivities(database, gateways.mailer, settings.public_url),
        invoicing=InvoicingActivities(database),
        audit_seal=AuditSealActivities(database),
        data_export=DataExportActivities(database),
        erasure=ErasureActivities(
            database,
            search=PostgresSearch,
            mailer=gateways.mailer,
            payers=gateways.payer_privacy,
            cards=StripeCards(gateways.payments),
            payouts=gateways.payouts,
            couriers=gateways.couriers,
            journal=journal,
            public_url=settings.public_url,
        ),
        retention=RetentionActivities(database, mailer=gateways.mailer, journal=journal),
        rates=RateActivities(database, gateways.exchange_rates),
        reconciliation=ReconciliationActivities(database, gateways.books, gateways.payouts),
        payout=PayoutActivities(database, gateways.payouts),
        withdrawal=WithdrawalActivities(database),
        payout_return=PayoutReturnActivities(database),
        payout_run=PayoutRunActivities(database, allow_time_scale=settings.allow_time_scale),
        payout_account=PayoutAccountActivities(database, gateways.payouts),
    )
