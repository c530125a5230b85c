"""What a ruling on a ground means for the way of a case."""

from __future__ import annotations

from django.db import transaction

from escalation.services import interests, rerouting
from licensing.models import Assessment
from licensing.services.locks import locked


@transaction.atomic
def ground_ruled(*, case_id: int, why: str) -> None:
    """Let the criteria choose anew for a case whose ground was ruled on, and look at its interests again."""
    rerouting.reroute(case_id=case_id, why=why)
    case = locked(case_id)
    assessment = Assessment.objects.filter(case=case, revision=case.revision_id).order_by("-made_at").first()
    if case.is_open and assessment is not None:
        interests.consider(case, assessment, case.lane)
