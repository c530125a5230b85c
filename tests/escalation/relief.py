"""A relief case at the points of its provisional grant, made by the services themselves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from deadlines import services as deadlines
from ledger.testing import run_deliveries
from licensing.models import Case, ProvisionalGrant
from members.models import Organisation, User
from tests import journeys

GROUND = {
    "kind": "humanitarian",
    "provider": "red_cross",
    "supply": "medical",
    "reference": "",
    "explanation": "Ventilators for the field hospital after the flood.",
}


def file(exporter: User, organisation: Organisation, **sections: Any) -> Case:
    """File a case on a humanitarian ground that is accepted: France and the United States have a stake."""
    return journeys.file(exporter, organisation, journeys.dossier(ground=GROUND, **sections))


def fall_silent(case: Case) -> Case:
    """Let the members with a stake and then the crisis unit say nothing."""
    journeys.lapse_all(case)
    journeys.lapse_all(case)
    return Case.objects.get(pk=case.pk)


def granted(exporter: User, organisation: Organisation, **sections: Any) -> ProvisionalGrant:
    """Return the provisional grant of a case that nobody answered."""
    case = fall_silent(file(exporter, organisation, **sections))
    return ProvisionalGrant.objects.select_related("case__lead", "licence__issued_by").get(case=case)


def at_confirm_by(grant: ProvisionalGrant, **later: float) -> Any:
    """Be at the instant by which a grant is confirmed, or some time from there."""
    assert grant.licence.confirm_by is not None
    return journeys.at(grant.licence.confirm_by + timedelta(**later))


def tick() -> None:
    deadlines.tick()
    run_deliveries()
