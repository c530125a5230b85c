"""What the way of a case means for its interests: who reads it as aid, whether it takes two keys, what stops it."""

from __future__ import annotations

from django.db import transaction

from alliance.interests import meeting
from core.actors import PROCESS
from core.models import ref
from ledger import services as ledger
from ledger.models import Event
from licensing.models import Assessment, Case
from licensing.services import emergencies, interests

HUMANITARIAN = "humanitarian"


@transaction.atomic(savepoint=False)
def consider(case: Case, assessment: Assessment, lane: str) -> None:
    """Hold the interests of a case against its facts as they are now; the caller holds its lock."""
    facts = emergencies.facts_now(case, assessment)
    claimed = facts["ground"] == HUMANITARIAN
    interests.consider(case=case, aid=claimed or lane == HUMANITARIAN, because=meeting(facts))
    if claimed and assessment.hard_stops and lane != HUMANITARIAN:
        _tell_routed_out(case, assessment, lane)


def _tell_routed_out(case: Case, assessment: Assessment, lane: str) -> None:
    """Tell once for a revision that a hard stop keeps a case out of the humanitarian lane; the exporter is told so
    without what matched."""
    known = Event.objects.filter(
        aggregate=ref(case), type="case.rerouted", facts__revision=case.revision.number
    )
    if known.exists():
        return
    ledger.record(
        "case.rerouted",
        actor=PROCESS,
        subject=case,
        aggregate=ref(case),
        aggregate_label=case.reference,
        audience=case.exporter_audience,
        facts={"revision": case.revision.number, "from": HUMANITARIAN, "lane": lane, "why": "hard_stop"},
    )
