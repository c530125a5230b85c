"""Linking cases of different members for the same end-user, as soon as the second is assessed."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from core import clock
from core.actors import PROCESS
from core.audience import Audience, jurisdiction
from core.models import ref
from ledger import services as ledger
from licensing.models import Case, LinkedCase, Party

#: How far apart two applications for one end-user may be and still be one matter. A proposal, to be agreed.
WITHIN = timedelta(days=90)


@transaction.atomic
def link(*, case_id: int) -> list[LinkedCase]:
    """Link a case with those of other members for one of its end-users of the last 90 days; return the new links.

    End-users are the same where the members know them as one shared party. Each lead is told, once.
    """
    case = Case.objects.select_related("lead").get(pk=case_id)
    users = list(
        case.revision.parties.filter(role=Party.Role.END_USER).values_list("shared_party_id", flat=True)
    )
    others = (
        Case.objects.filter(
            revision__parties__role=Party.Role.END_USER,
            revision__parties__shared_party__in=users,
            opened_at__gte=clock.now() - WITHIN,
        )
        .exclude(lead=case.lead_id)
        .select_related("lead")
        .order_by("pk")
        .distinct()
    )
    new: list[LinkedCase] = []
    for other in others:
        theirs = other.revision.parties.filter(role=Party.Role.END_USER, shared_party__in=users)
        for pk in sorted(set(theirs.values_list("shared_party_id", flat=True))):
            new += _both(case, other, pk)
    return new


def _both(case: Case, other: Case, shared_party: int) -> list[LinkedCase]:
    """Write and tell both directions, in the order of keys so that two at once do not wait for each other."""
    made = []
    for one, another in sorted([(case, other), (other, case)], key=lambda pair: int(pair[0].pk)):
        row, created = LinkedCase.objects.get_or_create(
            case=one, other=another, shared_party_id=shared_party, defaults={"found_at": clock.now()}
        )
        if created:
            made.append(row)
            ledger.record(
                "case.linked",
                actor=PROCESS,
                subject=row,
                aggregate=ref(
                    row
                ),  # not of the case: whoever gains a stake in it does not learn of the other one
                aggregate_label=one.reference,
                audience=Audience.of(jurisdiction(one.lead_id)),
                facts={"led_by": another.lead_id},
            )
    return made
