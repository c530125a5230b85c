"""The rota of an authority, and members that are offline."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from core import audience, clock
from core.actors import CLOCK, Actor
from core.audience import Audience
from core.errors import Conflict, Invalid
from core.models import ref, ref_id
from core.policies import require
from deadlines import services as deadlines
from deadlines.calculus import Rule
from deadlines.models import DueInstant
from ledger import services as ledger
from members import policies
from members.models import Absence, Authority, Jurisdiction, Role, Shift, User

ABSENCE_END = "member.online"
MOST_DAYS = 92  # of one entry
LONGEST_ABSENCE = timedelta(days=90)


# Shifts ------------------------------------------------------------------------------------------------


def at_local(day: date, at: time, zone: str) -> datetime:
    """Return the instant of a local time: of two that read alike the first; one that the clocks skip, moved on
    by what they skip."""
    return datetime.combine(day, at, tzinfo=ZoneInfo(zone)).astimezone(UTC)


@transaction.atomic
def add_shifts(
    *,
    actor: User,
    authority: Authority,
    person: User,
    day: date,
    start: time,
    end: time,
    until: date | None = None,
    post: str = Shift.Post.AUTHORITY,
) -> list[Shift]:
    """Put an officer on duty between two local times, on each day up to `until`; an end at or before the start
    is on the next day. What is entered already is left as it is. Invalid where the shift is over, or overlaps
    with another of the same person, or where the post is of the humanitarian lane and the person no adjudicator."""
    authority = (
        Authority.objects.select_for_update(of=("self",)).select_related("jurisdiction").get(pk=authority.pk)
    )
    require(policies.can_keep_rota, actor, authority)
    if person.authority_id != authority.pk or not person.is_active:
        raise Invalid.field("person", _("Choose an officer of this authority."))
    _fits_post(person, post)
    last = until or day
    if not 0 <= (last - day).days < MOST_DAYS:
        raise Invalid.field("until", _("Repeat it on the days after the first, for three months at most."))
    zone = authority.jurisdiction.timezone
    days = [day + timedelta(days=number) for number in range((last - day).days + 1)]
    hours = [
        (at_local(one, start, zone), at_local(one + timedelta(days=end <= start), end, zone)) for one in days
    ]
    wanted = [(begins, ends) for begins, ends in hours if begins < ends]  # the clocks may skip a whole shift
    if not wanted or wanted[0][1] <= clock.now():
        raise Invalid.field("day", _("This shift is over already."))
    there = list(Shift.objects.filter(person=person, starts_at__lt=wanted[-1][1], ends_at__gt=wanted[0][0]))
    known = {(shift.starts_at, shift.ends_at) for shift in there}
    fresh = [pair for pair in wanted if pair not in known]
    for begins, ends in fresh:
        if any(shift.starts_at < ends and shift.ends_at > begins for shift in there):
            raise Invalid.field("start", _("%(name)s is on duty then already.") % {"name": person.name})
    made = [
        Shift.objects.create(authority=authority, person=person, starts_at=begins, ends_at=ends, post=post)
        for begins, ends in fresh
    ]
    if made:
        _record(
            "rota.filled",
            actor,
            authority,
            authority.jurisdiction,
            person=str(person.uid),
            shifts=[[shift.starts_at.isoformat(), shift.ends_at.isoformat()] for shift in made],
            post=post,
        )
    return made


def _fits_post(person: User, post: str) -> None:
    if post not in Shift.Post.values:
        raise Invalid.field("post", _("Choose one of the posts offered."))
    if post and Role.HUMANITARIAN_ADJUDICATOR not in person.roles:
        raise Invalid.field("person", _("In the humanitarian lane only its adjudicators are on duty."))
    if not post and person.only_adjudicates:
        raise Invalid.field("post", _("An adjudicator is on duty in the humanitarian lane: first or backup."))


@transaction.atomic
def remove_shift(*, actor: User, shift: Shift) -> None:
    """Take a shift that is not over off the rota."""
    authority = (
        Authority.objects.select_for_update(of=("self",))
        .select_related("jurisdiction")
        .get(pk=shift.authority_id)
    )
    require(policies.can_keep_rota, actor, authority)
    found = Shift.objects.filter(pk=shift.pk).select_related("person").first()
    if found is None or found.ends_at <= clock.now():
        raise Conflict(_("This shift is over, or off the rota already."))
    _record(
        "rota.emptied",
        actor,
        authority,
        authority.jurisdiction,
        person=str(found.person.uid),
        shifts=[[found.starts_at.isoformat(), found.ends_at.isoformat()]],
        post=found.post,
    )
    found.delete()


# Members that are offline ------------------------------------------------------------------------------


@transaction.atomic
def declare_offline(*, actor: User, jurisdiction: Jurisdiction, reason: str, until: datetime) -> Absence:
    """Say that a member cannot answer until an instant: its substitutes may at once. Its windows run and lapse
    as ever. Conflict where it is offline already."""
    jurisdiction = Jurisdiction.objects.select_for_update().get(pk=jurisdiction.pk)
    require(policies.can_declare_offline, actor, jurisdiction)
    if not 10 <= len(reason.strip()) <= 300:
        raise Invalid.field("reason", _("Say in 10 to 300 characters why."))
    now = clock.now()
    if until <= now:
        raise Invalid.field("until", _("The last day has passed."))
    if until - now > LONGEST_ABSENCE:
        raise Invalid.field("until", _("Declare it for 90 days at most; it can be declared again."))
    if Absence.objects.running().filter(jurisdiction=jurisdiction).exists():
        raise Conflict(_("%(name)s is offline already.") % {"name": jurisdiction.name})
    made = Absence.objects.create(
        jurisdiction=jurisdiction, reason=reason.strip(), declared_by=actor, declared_at=now, until=until
    )
    deadlines.set_due(
        kind=ABSENCE_END,
        aggregate=ref(made),
        subject=ref(made),
        start=now,
        rule=Rule(amount=ceil((until - now).total_seconds()), unit="seconds"),
        calendar=jurisdiction.calendar,
        zone=jurisdiction.timezone,
        owner=jurisdiction.name,
    )
    _record_absence("member.offline", actor, made)
    return made


@transaction.atomic
def end_absence(*, actor: User, absence: Absence) -> Absence:
    """Say that a member is back."""
    absence = (
        Absence.objects.select_for_update(of=("self",)).select_related("jurisdiction").get(pk=absence.pk)
    )
    require(policies.can_end_absence, actor, absence)
    absence.ended_at = min(clock.now(), absence.until)
    absence.save(update_fields=["ended_at"])
    deadlines.cancel(kind=ABSENCE_END, subject=ref(absence))
    _record_absence("member.online", actor, absence)
    return absence


def absence_over(due: DueInstant) -> None:
    """The date has come to which a member was declared offline."""
    absence = Absence.objects.select_related("jurisdiction").get(pk=ref_id(due.subject, "absence"))
    if absence.ended_at is None:
        absence.ended_at = absence.until
        absence.save(update_fields=["ended_at"])
        _record_absence("member.online", CLOCK, absence)


def _record_absence(type: str, actor: Actor, absence: Absence) -> None:
    ledger.record(
        type,
        actor=actor,
        subject=absence,
        aggregate=ref(absence),
        audience=Audience.of(audience.ALLIANCE),
        facts={
            "jurisdiction": absence.jurisdiction_id,
            "reason": absence.reason,
            "until": absence.until.isoformat(),
        },
    )


def _record(
    type: str, actor: Actor, authority: Authority, jurisdiction: Jurisdiction, **facts: object
) -> None:
    ledger.record(
        type,
        actor=actor,
        subject=authority,
        aggregate=ref(authority),
        audience=Audience.of(audience.jurisdiction(jurisdiction.code)),
        facts=dict(facts),
    )
