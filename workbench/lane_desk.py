"""What the page of the humanitarian lane shows: cases, people on duty, gaps, and how long the lane takes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from alliance import lane_rota, rota
from core import clock
from licensing.models import Case
from licensing.selectors import lanes, queue
from members import selectors as members
from members.models import Authority, Shift, User
from pages.drawings import lanes as drawing
from pages.drawings.rota import RotaDay, rota_days
from workbench.forms.duty import first_instant

AHEAD = 7  # days of the rota that are drawn
MOST = 100  # cases listed
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Post:
    """One post of the lane at an authority: who holds it now and next, the gaps ahead, its days."""

    name: str
    now: list[Shift]
    next: Shift | None
    gaps: list[tuple[datetime, datetime]]
    days: list[RotaDay]


@dataclass(frozen=True)
class Rota:
    authority: Authority
    zone: str
    posts: list[Post]


def desk(user: User) -> dict[str, Any]:
    """Return what the page shows to an officer: its own cases and rota, figures of the alliance."""
    now = clock.now()
    listed = queue.queue(user, queue.View.ALL).filter(aid=True, status__in=Case.OPEN)
    cases = list(listed[: MOST + 1])
    for case in cases:
        case.waits = [queue.WAITS_LABELS[name] for name in queue.WAITS if getattr(case, name)]  # type: ignore[attr-defined]
    figures = [(days, lanes.times(("humanitarian", "standard"), days)) for days in lanes.DAYS]
    return {
        "now": now,
        "cases": cases[:MOST],
        "more": len(cases) > MOST,
        "charters": [(charter, charter.longest_seconds() / 3600) for charter in lane_rota.charters()],
        "rotas": _rotas(user, now),
        "pictures": [(days, drawing.draw(found)) for days, found in figures],
    }


def _rotas(user: User, now: datetime) -> list[Rota]:
    own = members.authorities_of(user)
    promising = [one for one in own if lane_rota.promised(one, now, now + WEEK)]
    return [_rota(authority, now) for authority in promising]


def _rota(authority: Authority, now: datetime) -> Rota:
    zone = authority.jurisdiction.timezone
    today = clock.today(zone)
    begin, end = first_instant(today, zone), first_instant(today + timedelta(days=AHEAD), zone)
    promised = lane_rota.promised(authority, begin, end)
    posts = []
    for post in lane_rota.POSTS:
        shifts = rota.on_rota(authority, begin, end, post)
        there = [(shift.starts_at, shift.ends_at) for shift in shifts]
        missing = rota.without([(max(start, now), over) for start, over in promised if over > now], there)
        posts.append(
            Post(
                str(post.label),
                [shift for shift in shifts if shift.starts_at <= now < shift.ends_at],
                next((shift for shift in shifts if shift.starts_at > now), None),
                missing,
                rota_days(
                    today,
                    AHEAD,
                    zone,
                    promised=promised,
                    missing=missing,
                    shifts=[(shift.starts_at, shift.ends_at, shift.person.name) for shift in shifts],
                ),
            )
        )
    return Rota(authority, zone, posts)
