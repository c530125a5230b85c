"""What the charters in force promise of an authority, hour by hour, beside its rota; and the alarm before a gap."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from alliance import selectors
from alliance.charters import CharterData, Cover, SeatKind
from alliance.duty import shifts
from core import audience, clock
from core.actors import CLOCK
from core.audience import Audience
from core.models import ref
from correspondence import services as correspondence
from ledger import services as ledger
from ledger.models import Event
from members.models import Authority, Jurisdiction, Role, Shift, User

Span = tuple[datetime, datetime]

AHEAD = timedelta(hours=48)  # gaps that begin within this time are told: looked for each hour, so 24 h before
BEHIND = timedelta(days=7)  # where nobody was on duty for so long, no rota is kept


def joined(spans: Iterable[Span]) -> list[Span]:
    """Return spans in order, those that touch as one."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def without(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """Return what of some spans is in none of the others."""
    left: list[Span] = []
    away = joined(taken)
    for start, end in joined(spans):
        reached = start
        for begins, ends in away:
            if begins < end and ends > reached:
                if begins > reached:
                    left.append((reached, begins))
                reached = max(reached, ends)
        if reached < end:
            left.append((reached, end))
    return left


def cover_of(authority: Authority, charters: Iterable[CharterData] | None = None) -> set[Cover]:
    """Return the duty hours that charters, by default all in force, promise of an authority."""
    found: set[Cover] = set()
    for charter in selectors.all_charters() if charters is None else charters:
        for tier in charter.tiers:
            if tier.seats.kind is SeatKind.MEMBERS and authority.jurisdiction_id not in tier.seats.members:
                continue
            found |= {
                hours
                for hours in tier.seats.cover
                if hours.ministry == authority.ministry and hours.member in ("", authority.jurisdiction_id)
            }
    return found


def promised(
    authority: Authority, begin: datetime, end: datetime, charters: Iterable[CharterData] | None = None
) -> list[Span]:
    """Return the hours between two instants for which somebody is promised, as instants."""
    first, last = (begin - timedelta(days=2)).date(), (end + timedelta(days=1)).date()
    spans = joined(span for hours in cover_of(authority, charters) for span in shifts(hours, first, last))
    return [(max(start, begin), min(over, end)) for start, over in spans if start < end and over > begin]


def on_rota(authority: Authority, begin: datetime, end: datetime, post: str = "") -> list[Shift]:
    """Return the shifts of an authority's officers that touch a time: those who answer for it, or for a post."""
    found = Shift.objects.filter(authority=authority, starts_at__lt=end, ends_at__gt=begin, post=post)
    return list(found.filter(person__is_active=True).select_related("person").order_by("starts_at", "pk"))


def gaps(authority: Authority, begin: datetime, end: datetime) -> list[Span]:
    """Return the promised hours between two instants in which nobody is on the rota."""
    there = [(shift.starts_at, shift.ends_at) for shift in on_rota(authority, begin, end)]
    return without(promised(authority, begin, end), there)


def watch() -> int:
    """Look for gaps of every authority's rota; return how many were told."""
    told = 0
    for pk in Authority.objects.order_by("pk").values_list("pk", flat=True):
        told += look(authority_id=pk)
    return told


@transaction.atomic
def look(*, authority_id: int) -> int:
    """Tell of each gap of an authority's rota that has begun or begins soon, once; return how many were new.

    Once more where a shift was taken off the rota since. Where no rota is kept, that is told once until it is.
    """
    authority = (
        Authority.objects.select_for_update(of=("self",)).select_related("jurisdiction").get(pk=authority_id)
    )
    now = clock.now()
    begin = now - BEHIND
    told = 0
    for start, end in gaps(authority, begin, now + AHEAD):
        if end > now and not _known(authority, key := "" if start == begin else start.isoformat()):
            ledger.record(
                "rota.gap",
                actor=CLOCK,
                subject=authority,
                aggregate=ref(authority),
                audience=Audience.of(audience.jurisdiction(authority.jurisdiction_id), audience.CRISIS_UNIT),
                facts={"authority": str(authority.uid), "from": key, "until": end.isoformat()},
            )
            told += 1
    return told


def _known(authority: Authority, key: str) -> bool:
    events = Event.objects.filter(aggregate=ref(authority))
    since = ["rota.emptied"] if key else ["rota.emptied", "rota.filled"]
    last = events.filter(type__in=since).order_by("-pk").values_list("pk", flat=True).first()
    return events.filter(type="rota.gap", facts__from=key, pk__gt=last or 0).exists()


def tell_of_gap(event: Event) -> None:
    """Tell the deciders and administrators of an authority, and of a gap in a rota that is kept the crisis unit."""
    authority = Authority.objects.select_related("jurisdiction").get(pk=event.subject_id)
    jurisdiction: Jurisdiction = authority.jurisdiction
    deciders = User.objects.in_roles(Role.DECIDER).filter(authority=authority)
    administrators = User.objects.in_roles(Role.ADMINISTRATOR)
    people = {*deciders, *administrators.filter(authority__jurisdiction=jurisdiction)}
    if begins := event.facts["from"]:
        people |= set(User.objects.in_roles(Role.CRISIS_SEAT))
        text = _("From %(start)s nobody is on duty, although charters in force promise it.") % {
            "start": f"{datetime.fromisoformat(begins):%Y-%m-%d %H:%M UTC}"
        }
    else:
        text = _("Nobody is on its rota, although charters in force promise that somebody is on duty.")
    correspondence.notify(
        recipients=people,
        event=event,
        subject=_("%(authority)s: a gap in the rota") % {"authority": authority.name},
        text=text,
        path=f"/administration/rota/?authority={authority.uid}",
    )
