"""Flagging cases whose intermediary stands in another one as well."""

from __future__ import annotations

from django.db import transaction

from core import clock
from core.actors import PROCESS
from core.models import ref
from escalation import intermediaries
from escalation.intermediaries import BETWEEN, Sighting
from escalation.models import SharedIntermediary
from intelligence.models import SharedParty
from ledger import services as ledger
from licensing.models import Case


@transaction.atomic
def flag(*, case_id: int) -> list[SharedIntermediary]:
    """Flag a case and each that shares an intermediary with it, once for each case and party; return what is new.

    Both are told, each on its own timeline: whose the others are and how many, never the exporter or its goods.
    """
    case = Case.objects.select_related("application", "lead", "revision").get(pk=case_id)
    parties = set(case.revision.parties.filter(role__in=BETWEEN).values_list("shared_party_id", flat=True))
    if not parties:
        return []
    made = []
    for party_id, everywhere in intermediaries.sightings(parties).items():
        own = next((one for one in everywhere if one.case.pk == case.pk), None)
        if own is None:  # the case is closed, and no licence of it lives
            continue
        others = {one.case.pk: one for one in intermediaries.apart(own, everywhere)}
        if not others:
            continue
        known = set(SharedIntermediary.objects.filter(party=party_id).values_list("case_id", flat=True))
        for concerned in (own, *others.values()):
            if concerned.case.pk not in known:
                made += _flag(concerned, party_id, everywhere)
    return made


def _flag(concerned: Sighting, party_id: int, everywhere: list[Sighting]) -> list[SharedIntermediary]:
    case = Case.objects.select_related("lead", "application").get(pk=concerned.case.pk)
    flagged, new = SharedIntermediary.objects.get_or_create(
        case=case, party_id=party_id, defaults={"found_at": clock.now()}
    )
    if not new:
        return []
    others = {one.case.pk: one for one in intermediaries.apart(concerned, everywhere)}
    ledger.record(
        "intermediary.shared",
        actor=PROCESS,
        subject=flagged,
        aggregate=ref(case),
        aggregate_label=case.reference,
        audience=case.audience,
        facts={
            "role": concerned.role,
            "cases": len(others),
            "leads": sorted({one.case.lead_id for one in others.values()}),
        },
        private={"party": SharedParty.objects.get(pk=party_id).name},
    )
    return [flagged]
