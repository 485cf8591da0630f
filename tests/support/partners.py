"""Partners in memory, one for each port that fulfilment uses: they keep their promises about keys, and remember."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from models.errors import DomainError, NotFound, PartnerUnavailable, SignatureInvalid
from models.ports import (
    CourierEvent,
    Forgotten,
    Label,
    Mail,
    Payment,
    PaymentRequest,
    PostalAddress,
    RefundResult,
    Settlement,
    ShippingQuote,
)
from models.types import Money


@dataclass
class MemoryCourier:
    """A courier that sells labels and takes instructions; tests speak its callbacks."""

    code: str = "swift"
    name: str = "Swift Parcel"
    labels: dict[str, Label] = field(default_factory=dict)
    """By reference."""
    dispatched: list[tuple[str, int]] = field(default_factory=list)
    fails: list[DomainError] = field(default_factory=list)
    """Raised by the first calls, one each."""
    forgets_answers: int = 0
    """So many labels are sold without the answer reaching us."""

    async def quote(
        self, origin: PostalAddress, to: PostalAddress, weight_grams: int, currency: str
    ) -> Sequence[ShippingQuote]:
        self._fail()
        return [ShippingQuote("standard", Money(500 + weight_grams // 10, currency), 2, 4)]

    async def buy_label(
        self,
        reference: str,
        service: str,
        origin: PostalAddress,
        to: PostalAddress,
        weight_grams: int,
        *,
        key: str,
    ) -> Label:
        self._fail()
        label = self.labels.setdefault(
            reference,
            Label(
                id=f"lbl_{len(self.labels)}",
                tracking_number=f"SW{reference[-12:]}",
                service=service,
                price=Money(690, "USD"),
                label_url=f"https://swift.example/labels/{reference}",
            ),
        )
        if self.forgets_answers:
            self.forgets_answers -= 1
            raise PartnerUnavailable("no answer")
        return label

    async def find_label(self, reference: str) -> Label | None:
        return self.labels.get(reference)

    async def dispatch(self, tracking_number: str, attempt: int, *, key: str) -> None:
        self._fail()
        if (tracking_number, attempt) not in self.dispatched:
            self.dispatched.append((tracking_number, attempt))

    def verify(self, body: bytes, signature: str) -> CourierEvent:
        raise SignatureInvalid("this courier signs nothing")

    def _fail(self) -> None:
        if self.fails:
            raise self.fails.pop(0)

    async def erase(self, references: Sequence[str], *, recipient: bool, key: str) -> Forgotten:
        """Keeps no names to begin with."""
        return Forgotten(sum(reference in self.labels for reference in references), key)


@dataclass
class MemoryRefunds:
    """A payment provider of which only refunds are wanted."""

    sent: dict[str, RefundResult] = field(default_factory=dict)
    """By key."""
    fails: list[DomainError] = field(default_factory=list)
    forgets_answers: int = 0
    asked: list[str] = field(default_factory=list)
    """Of which payments refunds were asked for."""

    async def refund(self, intent_id: str, amount: Money, *, operation: str, key: str) -> RefundResult:
        self.asked.append(intent_id)
        if self.fails:
            raise self.fails.pop(0)
        result = self.sent.setdefault(key, RefundResult(f"re_{key}"[:100], amount, "succeeded", operation))
        if self.forgets_answers:
            self.forgets_answers -= 1
            raise PartnerUnavailable("no answer")
        return result

    async def find_refund(self, intent_id: str, operation: str) -> RefundResult | None:
        """A failed one only when there is no better, as the gateway does."""
        known = [result for result in self.sent.values() if result.operation == operation]
        return min(known, key=lambda result: result.state == "failed", default=None)

    async def create_payment(self, request: PaymentRequest, *, key: str) -> Payment:
        raise NotFound("only refunds")

    async def get_payment(self, payment_id: str) -> Payment:
        raise NotFound("only refunds")

    async def cancel_payment(self, payment_id: str, *, key: str) -> Payment:
        raise NotFound("only refunds")

    async def void_payment(self, payment_id: str, *, key: str) -> Payment:
        raise NotFound("only refunds")

    async def capture_payment(self, payment_id: str, amount: Money, *, key: str) -> Payment:
        raise NotFound("only refunds")

    async def get_settlement(self, intent_id: str) -> Settlement:
        raise NotFound("only refunds")


@dataclass
class MemoryMailer:
    """Sends a mail once for each key."""

    sent: dict[str, Mail] = field(default_factory=dict)
    fails: list[DomainError] = field(default_factory=list)
    """Raised by the first calls, one each."""

    async def send(self, mail: Mail, *, key: str) -> None:
        if self.fails:
            raise self.fails.pop(0)
        self.sent.setdefault(key, mail)

    async def erase(self, address: str, *, key: str) -> Forgotten:
        gone = [sent for sent, mail in self.sent.items() if mail.to.lower() == address.lower()]
        for sent in gone:
            del self.sent[sent]
        return Forgotten(len(gone), key)

    def to(self, address: str) -> list[str]:
        """Kinds of the mails to somebody, in order."""
        return [mail.tag for mail in self.sent.values() if mail.to == address]
