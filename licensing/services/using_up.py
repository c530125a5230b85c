"""A licence is exhausted once customs have drawn all of it, and is one again when they give back."""

from __future__ import annotations

from core.actors import Actor
from core.models import ref
from ledger import services as ledger
from licensing.models import Licence


def exhaust(*, actor: Actor, licence: Licence) -> None:
    """Everything a licence covers is drawn: nothing more leaves under it. The caller holds the lock of its case."""
    if licence.status != Licence.Status.ISSUED:
        return
    licence.exhaust()
    _save(actor, licence, "licence.exhausted")


def refill(*, actor: Actor, licence: Licence) -> None:
    """Something is left again of a licence that exhausted itself; one that somebody marked stays as they said."""
    if licence.status != Licence.Status.EXHAUSTED or licence.status_reason:
        return
    licence.refill()
    _save(actor, licence, "licence.refilled")


def _save(actor: Actor, licence: Licence, event: str) -> None:
    licence.status_reason = ""
    licence.save(update_fields=["status", "status_reason"])
    ledger.record(
        event,
        actor=actor,
        subject=licence,
        aggregate=ref(licence.case),
        aggregate_label=licence.case.reference,
        audience=licence.case.holder_audience,
        facts={"number": licence.number, "status": str(licence.status)},
    )
