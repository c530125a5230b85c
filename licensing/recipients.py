"""Who is to be told: officers by role, those who may answer, the lead's people, the exporter's."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from licensing.models import Case, Consultation, Licence
from licensing.policies.positions import VOICES, VOICES_SOMEWHERE, seats_of, substitutes_may_answer
from members.models import Mandate, Mandated, Role, User


def officers(jurisdiction: str, roles: Iterable[str]) -> QuerySet[User]:
    """Officers in office of a jurisdiction in one of some roles."""
    return User.objects.in_roles(*roles).filter(authority__jurisdiction=jurisdiction)


def speakers(consultation: Consultation, *, countersigning: bool = False) -> QuerySet[User]:
    """Those who may answer for the addressee by now, or countersign its answer."""
    ministries = [consultation.ministry]
    if substitutes_may_answer(consultation):
        ministries += seats_of(consultation).substitutes
    if consultation.jurisdiction_id is None:
        return User.objects.in_roles(Role.CRISIS_SEAT).filter(authority__ministry__in=ministries)
    if countersigning:
        return officers(consultation.jurisdiction_id, [Role.COUNTERSIGNER])
    voices = VOICES_SOMEWHERE if consultation.case.lane == "humanitarian" else VOICES
    return officers(consultation.jurisdiction_id, voices).filter(authority__ministry__in=ministries)


def deciders(consultation: Consultation) -> QuerySet[User]:
    """Those who decide for the authority asked; of a seat of the crisis unit, those who hold it."""
    if consultation.jurisdiction_id is None:
        return speakers(consultation)
    asked = officers(consultation.jurisdiction_id, [Role.DECIDER])
    return asked.filter(authority__ministry=consultation.ministry)


def handlers(case: Case, *roles: str) -> QuerySet[User]:
    """The lead's officers in some roles, and whoever has claimed the case."""
    able = officers(case.lead_id, roles).values("pk")
    mine = Q(pk=case.officer_id) if case.officer_id else Q(pk__in=[])
    return User.objects.filter(mine | Q(pk__in=able), is_active=True)


def seconds(case: Case) -> QuerySet[User]:
    """Those of other members who may confirm a provisional grant: see `policies.provisional.may_second`."""
    concerned = {stake.jurisdiction_id for stake in case.stakes.all()} - {case.lead_id}
    if not concerned:
        return User.objects.in_roles(Role.CRISIS_SEAT).exclude(authority__jurisdiction=case.lead_id)
    return User.objects.in_roles(Role.DECIDER).filter(authority__jurisdiction__in=concerned)


def countersigners(case: Case) -> QuerySet[User]:
    """Those who may countersign a decision on a case."""
    if case.status == Case.Status.PROVISIONAL:
        return seconds(case)
    return officers(case.lead_id, [Role.COUNTERSIGNER])


def customs(codes: Iterable[str]) -> QuerySet[User]:
    """Customs officers of members."""
    return User.objects.in_roles(Role.CUSTOMS_OFFICER).filter(authority__jurisdiction__in=list(codes))


def exporters(case: Case, *acts: str) -> QuerySet[User]:
    """The people of the exporter's organisation, and of its agent while a mandate for one of some acts is in force;
    with none named, for any."""
    who = Q(memberships__organisation=case.application.organisation_id)
    if case.application.mandate_id:
        held = Mandate.objects.in_force().filter(pk=case.application.mandate_id)
        held = held.filter(acts__overlap=list(acts)) if acts else held
        who |= Q(memberships__organisation__in=held.values("agent"))
    return User.objects.filter(who, is_active=True).distinct()


def holders(licence: Licence) -> QuerySet[User]:
    """The people of the holder, and of its agent while a mandate that lets it read licences is in force."""
    return exporters(licence.case, Mandated.LICENCES, Mandated.SHIPMENTS)
