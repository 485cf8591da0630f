"""Redaction jobs: what Stripe forgets of a payer, and the states on the way there.

    created ──> validating ──> ready ──(run)──> redacting ──> succeeded
                    └──> failed (something can't be redacted yet)

Owns jobs and what a redacted object looks like. Every method runs inside the caller's transaction.
"""

import time
from typing import Any

from deploy.sandbox.store import Store
from deploy.sandbox.stripe import objects
from deploy.sandbox.stripe.errors import conflict, invalid, missing

Body = dict[str, Any]
KIND = "privacy.redaction_job"
STEP_SECONDS = 0.3
"""How long each of Stripe's own steps takes here; there it is hours to days."""
REDACTED = "[redacted]"
PERSONAL = frozenset(
    {
        *("email", "name", "phone", "customer_email", "receipt_email", "fingerprint", "last4"),
        *("client_secret", "url", "success_url", "cancel_url"),
    }
)
KINDS = {"checkout_sessions": "checkout.session", "payment_intents": "payment_intent", "charges": "charge"}


class Redactions:
    def __init__(self, store: Store) -> None:
        self._store = store

    def create(self, params: Body) -> Body:
        named = {kind: ids for kind, ids in params.get("objects", {}).items() if ids}
        if not named:
            raise invalid("You must name at least one object to redact.", param="objects")
        for kind, ids in named.items():
            for object_id in ids:
                if self._store.get(KINDS[kind], object_id) is None:
                    raise missing(KINDS[kind], object_id, f"objects[{kind}]")
        job = {
            "id": objects.new_id("prj"),
            "object": KIND,
            "created": objects.now(),
            "livemode": False,
            "objects": named,
            "status": "validating",
            "validation_behavior": params.get("validation_behavior", "error"),
        }
        self._save(job, due=time.time() + STEP_SECONDS)
        return job

    def job(self, job_id: str) -> Body:
        found = self._store.get(KIND, job_id)
        if found is None:
            raise missing("redaction_job", job_id, "job")
        return found

    def run(self, job_id: str) -> Body:
        job = self.job(job_id)
        if job["status"] != "ready":
            raise conflict(f"This redaction job can't be run: it is {job['status']}.")
        job["status"] = "redacting"
        self._save(job, due=time.time() + STEP_SECONDS)
        return job

    def tick(self, job: Body) -> None:
        """One of Stripe's own steps is over."""
        if job["status"] == "validating":
            job["status"] = "failed" if self._under_way(job) else "ready"
        elif job["status"] == "redacting":
            self._redact(job)
            job["status"] = "succeeded"
        self._save(job)

    def _under_way(self, job: Body) -> list[str]:
        """Intents whose money may still move; an open session can be put right, where the job may do so."""
        wrong = [
            intent_id
            for intent_id in job["objects"].get("payment_intents", [])
            if (self._store.get("payment_intent", intent_id) or {}).get("status") == "requires_capture"
        ]
        if job["validation_behavior"] == "error":
            wrong += [
                session_id
                for session_id in job["objects"].get("checkout_sessions", [])
                if (self._store.get("checkout.session", session_id) or {}).get("status") == "open"
            ]
        return wrong

    def _redact(self, job: Body) -> None:
        """The objects, whatever mentions them (charges, refunds, events), answers and callbacks that quoted them; and
        the card that was paid with."""
        named = [object_id for ids in job["objects"].values() for object_id in ids]
        for object_id in [*named, *self._methods(job)]:
            self._store.rewrite(f'"{object_id}"', lambda body: body if body.get("object") == KIND else redacted(body))

    def _methods(self, job: Body) -> set[str]:
        intents = [self._store.get("payment_intent", one) or {} for one in job["objects"].get("payment_intents", [])]
        charges = [charge for one in intents for charge in self._store.page("charge", parent=one.get("id", ""))]
        return {body["payment_method"] for body in [*intents, *charges] if body.get("payment_method")}

    def _save(self, job: Body, due: float | None = None) -> None:
        self._store.put(KIND, job, due=due)


def _but_for_jobs(body: Body) -> Body:
    """A job names what it has redacted, and nobody."""
    return body if body.get("object") == KIND else dict(redacted(body))


def redacted(value: Any) -> Any:
    """The same object with placeholders where it named somebody."""
    if isinstance(value, list):
        return [redacted(part) for part in value]
    if not isinstance(value, dict):
        return value
    if value.get("object") == "item":
        return value  # a line of a session: what was bought
    return {
        key: REDACTED if key in PERSONAL and isinstance(part, str) and part else redacted(part)
        for key, part in value.items()
    }
