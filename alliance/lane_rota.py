"""The humanitarian lane's own rota: a first adjudicator and a backup in all hours its charter promises."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from alliance import rota, selectors
from alliance.charters import CharterData
from alliance.models import Criterion
from core import audience, clock
from core.actors import CLOCK
from core.audience import Audience
from core.models import ref
from correspondence import services as correspondence
from ledger import services as ledger
from ledger.models import Event
from members.models import Authority, Role, Shift, User

LANE = "humanitarian"
POSTS = (Shift.Post.FIRST, Shift.Post.BACKUP)


def charters() -> list[CharterData]:
    """Return the charters to which the criteria in force lead real cases in the lane, each once."""
    keys = [
        str(rule.outcome["charter"])
        for rule in selectors.criteria()
        if rule.kind == Criterion.Kind.LANE and rule.outcome.get("lane") == LANE
    ]
    found = [selectors.charter(key) for key in dict.fromkeys(keys)]
    return [charter for charter in found if not charter.exercise]


def promised(authority: Authority, begin: datetime, end: datetime) -> list[rota.Span]:
    """Return the hours in which the lane's charters promise somebody of an authority."""
    return rota.promised(authority, begin, end, charters())


def gaps(authority: Authority, post: str, begin: datetime, end: datetime) -> list[rota.Span]:
    """Return the promised hours in which nobody holds a post of the lane."""
    there = [(shift.starts_at, shift.ends_at) for shift in rota.on_rota(authority, begin, end, post)]
    return rota.without(promised(authority, begin, end), there)


def watch() -> int:
    """Look for gaps in the lane's rota of every authority; return how many were told."""
    return sum(look(authority_id=pk) for pk in Authority.objects.order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def look(*, authority_id: int) -> int:
    """Tell of each gap in the lane's posts that has begun or begins within 48 hours, once; return how many.

    Once more where a shift was taken off since. Where a post was never filled, that is told once until it is.
    """
    authority = Authority.objects.select_for_update(of=("self",)).get(pk=authority_id)
    now = clock.now()
    begin = now - rota.BEHIND
    told = 0
    for post in POSTS:
        for start, end in gaps(authority, post, begin, now + rota.AHEAD):
            key = "" if start == begin else start.isoformat()
            if end > now and not _known(authority, post, key):
                ledger.record(
                    "lane.gap",
                    actor=CLOCK,
                    subject=authority,
                    aggregate=ref(authority),
                    audience=Audience.of(
                        audience.jurisdiction(authority.jurisdiction_id),
                        audience.adjudicators(authority.jurisdiction_id),
                        audience.CRISIS_UNIT,
                    ),
                    facts={
                        "authority": str(authority.uid),
                        "post": post,
                        "from": key,
                        "until": end.isoformat(),
                    },
                )
                told += 1
    return told


def _known(authority: Authority, post: str, key: str) -> bool:
    events = Event.objects.filter(aggregate=ref(authority))
    since = ["rota.emptied"] if key else ["rota.emptied", "rota.filled"]
    changed = events.filter(type__in=since, facts__post=post).order_by("-pk").values_list("pk", flat=True)
    gap = events.filter(type="lane.gap", facts__post=post, facts__from=key)
    return gap.filter(pk__gt=changed.first() or 0).exists()


def tell_of_gap(event: Event) -> None:
    """Tell an authority's adjudicators, deciders and administrators; where nobody is first, the crisis unit too."""
    authority = Authority.objects.select_related("jurisdiction").get(pk=event.subject_id)
    own = User.objects.in_roles(Role.DECIDER, Role.HUMANITARIAN_ADJUDICATOR).filter(authority=authority)
    chiefs = User.objects.in_roles(Role.ADMINISTRATOR)
    people = {*own, *chiefs.filter(authority__jurisdiction=authority.jurisdiction_id)}
    begins, first = event.facts["from"], event.facts["post"] == Shift.Post.FIRST
    if begins and first:
        people |= set(User.objects.in_roles(Role.CRISIS_SEAT))
    who = _("first adjudicator") if first else _("backup")
    if begins:
        text = _(
            "From %(start)s the humanitarian lane has no %(who)s on duty, although its charter promises one."
        )
        text %= {"start": f"{datetime.fromisoformat(begins):%Y-%m-%d %H:%M UTC}", "who": who}
    else:
        text = _("No %(who)s is on the humanitarian lane's rota, although its charter promises one.") % {
            "who": who
        }
    correspondence.notify(
        recipients=people,
        event=event,
        subject=_("%(authority)s: a gap in the humanitarian lane's rota") % {"authority": authority.name},
        text=text,
        path="/workbench/aid/",
    )
