"""Who answers when the one who should does not: the deputy on duty, and the substitutes."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Case as Choose
from django.db.models import Min, Q, Value, When

from core import clock
from licensing.models import Consultation, Position
from licensing.policies.positions import may_speak
from licensing.recipients import speakers
from licensing.services import claims
from licensing.services.locks import locked
from members.models import Absence, Delegation, Shift, User


def deputy_for(consultation: Consultation) -> User | None:
    """Return who has to answer in place of the officer that claimed a consultation, or of nobody.

    Whoever is on duty and may answer, of the ministry asked before its substitutes and since longest, in the
    humanitarian lane its backup before all others; else the deputy that the officer has named for now.
    """
    now = clock.now()
    running = Shift.objects.running()
    in_lane = consultation.case.lane == "humanitarian"
    backups = running.filter(post=Shift.Post.BACKUP) if in_lane else running.none()
    on_duty = (
        speakers(consultation)
        .filter(pk__in=running.values("person"))
        .exclude(pk=consultation.officer_id or 0)
        .select_related("authority")
        .annotate(
            of_others=Choose(
                When(authority__ministry=consultation.ministry, then=Value(0)), default=Value(1)
            ),
            after_backup=Choose(When(pk__in=backups.values("person"), then=Value(0)), default=Value(1)),
            since=Min("shifts__starts_at", filter=Q(shifts__starts_at__lte=now, shifts__ends_at__gt=now)),
        )
        .order_by("after_backup", "of_others", "since", "pk")
    )
    named = Delegation.objects.running().filter(person=consultation.officer_id or 0)
    deputies = [delegation.deputy for delegation in named.select_related("deputy__authority")]
    return next((person for person in (*on_duty, *deputies) if may_speak(person, consultation)), None)


def backup_is_there(consultation: Consultation) -> bool:
    """Whether the backup of the humanitarian lane is on duty and may answer a consultation of the lane."""
    if consultation.case.lane != "humanitarian":
        return False
    shifts = Shift.objects.running().filter(post=Shift.Post.BACKUP)
    people = speakers(consultation).filter(pk__in=shifts.values("person")).select_related("authority")
    return any(may_speak(person, consultation) for person in people)


def take_over(consultation: Consultation, *, why: str) -> bool:
    """Let substitutes answer an open consultation, and give it to the deputy on duty or to the whole team; once.

    Whether it was. Where a position waits for its countersignature somebody has answered, and nothing is taken.
    The caller holds the case's lock.
    """
    if consultation.taken_over_at is not None or consultation.status != Consultation.Status.OPEN:
        return False
    if consultation.positions.filter(status=Position.Status.PROPOSED).exists():
        return False
    consultation.taken_over_at = clock.now()  # from now on substitutes are asked as well
    claims.take_over(consultation=consultation, to=deputy_for(consultation), why=why)
    return True


@transaction.atomic
def stand_in(*, absence_id: int) -> int:
    """Take over what a member that is offline has to answer; return how many consultations that were."""
    absence = Absence.objects.running().filter(pk=absence_id).first()
    if absence is None:
        return 0
    asked = Consultation.objects.filter(
        jurisdiction=absence.jurisdiction_id, status=Consultation.Status.OPEN, taken_over_at__isnull=True
    )
    taken = 0
    for case_pk in sorted(set(asked.values_list("case_id", flat=True))):
        case = locked(case_pk)
        for consultation in asked.filter(case=case).select_related("jurisdiction", "officer").order_by("pk"):
            consultation.case = case
            taken += take_over(consultation, why="offline")
    return taken
