"""What pages show of emergency requests."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from licensing.models import Case, EmergencyRequest
from licensing.services import emergencies
from members.models import User
from screening.scorecard import FREQUENT


@dataclass(frozen=True)
class Asked:
    """How often an exporter has asked for emergency handling in the last 365 days, this one included."""

    times: int

    @property
    def frequent(self) -> bool:
        return self.times >= FREQUENT

    def __str__(self) -> str:
        return _("%(times)s in 365 days") % {"times": self.times}


def of_case(case: Case) -> EmergencyRequest | None:
    """Return the emergency request of a case, if it came with one."""
    return EmergencyRequest.objects.select_related("triaged_by", "requested_by").filter(case=case).first()


def asked(case: Case) -> Asked:
    return Asked(emergencies.requests_of(case.application.organisation))


def listed(user: User) -> QuerySet[EmergencyRequest]:
    """Return the requests a person may know of; `readable` where the person may see the case as well."""
    rows: QuerySet[EmergencyRequest] = EmergencyRequest.objects.visible_to(user)  # type: ignore[attr-defined]
    seen = Case.objects.visible_to(user).filter(pk=OuterRef("case"))  # type: ignore[attr-defined]
    return rows.select_related("case__lead", "case__application__organisation").annotate(
        readable=Exists(seen)
    )
