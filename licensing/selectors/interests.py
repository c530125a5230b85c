"""The two interests in a case: what its dossier and its assessment say for each, and which keys are signed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.models import ref
from ledger.models import Event
from licensing.dossier import in_words
from licensing.models import Assessment, Case, GroundRuling, Key, TwoKeys
from screening import selectors as screening


@dataclass(frozen=True)
class Interests:
    """Both sides as they are now. `lines`: what scored, the heaviest first; `uncleared`: hits nobody cleared."""

    claim: list[str]
    finding: dict[str, Any]
    ruling: GroundRuling | None
    lines: list[dict[str, Any]]
    stops: list[dict[str, Any]]
    uncleared: int
    two_keys: TwoKeys | None
    humanitarian: Key | None
    security: Key | None
    kept_out: Event | None  # that a hard stop keeps it out of the lane


def interests_in(case: Case) -> Interests:
    """Return both interests of the revision in hand; whoever asks may read the case."""
    assessment = Assessment.objects.filter(case=case, revision=case.revision_id).order_by("-made_at").first()
    two_keys = TwoKeys.objects.filter(revision=case.revision_id, ended_at__isnull=True).first()
    keys: dict[str, Key] = {}
    if two_keys is not None:
        two_keys.case = case
        signed = two_keys.keys.filter(taken_back_at__isnull=True).select_related("signed_by", "authority")
        for key in signed:
            key.two_keys = two_keys
            keys[key.interest] = key
    lines = [line for line in (assessment.lines if assessment else []) if line["points"] > 0]
    return Interests(
        claim=in_words(case.revision.dossier)["ground_said"],
        finding=assessment.ground if assessment else {},
        ruling=GroundRuling.objects.filter(revision=case.revision_id).select_related("ruled_by").first(),
        lines=sorted(lines, key=lambda line: -line["points"]),
        stops=assessment.hard_stops if assessment else [],
        uncleared=screening.open_hits(ref(case)),
        two_keys=two_keys,
        humanitarian=keys.get("humanitarian"),
        security=keys.get("security"),
        kept_out=Event.objects.filter(
            aggregate=ref(case), type="case.rerouted", facts__revision=case.revision.number
        ).first(),
    )
