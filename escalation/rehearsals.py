"""Which paths were rehearsed when: charters, their tiers, and what else exercises name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from alliance import selectors as alliance
from core import clock
from escalation.models import Exercise
from members.models import Role, User

WITHIN_DAYS = 180  # of a path whose charter says nothing else


@dataclass(frozen=True)
class Rehearsal:
    """A path, when it was last rehearsed (None: never), and whether that is too long ago."""

    path: str
    title: str
    at: datetime | None
    within_days: int

    @property
    def missing(self) -> bool:
        return self.at is None or self.at < clock.now() - timedelta(days=self.within_days)


def owners() -> QuerySet[User]:
    """Return who can be given something to do: officers in office of any member."""
    serving = User.objects.in_roles(*(role for role in Role if role != Role.AUDITOR))
    return serving.select_related("authority").order_by("name", "pk")


def rehearsed(path: str) -> datetime | None:
    """Return when `charter:KEY`, `tier:KEY:NUMBER`, `deputies:MEMBER` or `member:MEMBER` was last rehearsed."""
    return last_by_path().get(path)


def last_by_path() -> dict[str, datetime]:
    """Return when each path was last rehearsed."""
    found: dict[str, datetime] = {}
    ran = Exercise.objects.filter(ran_at__isnull=False).order_by("ran_at")
    for at, paths in ran.values_list("ran_at", "scorecard__paths"):
        found.update(dict.fromkeys(paths or (), at))
    return found


def paths() -> list[Rehearsal]:
    """Return every charter in force that a criterion leads to, and its tiers, with their last rehearsal."""
    last = last_by_path()
    led = {criterion.outcome.get("charter") for criterion in alliance.criteria()}
    found = []
    for charter in alliance.all_charters():
        if charter.key not in led:
            continue
        key = f"charter:{charter.key}"
        found.append(Rehearsal(key, charter.title, last.get(key), WITHIN_DAYS))
        for tier in charter.tiers:
            step = f"tier:{charter.key}:{tier.number}"
            title = f"{charter.title}: {tier.number} {tier.name}"
            found.append(Rehearsal(step, title, last.get(step), WITHIN_DAYS))
    return found
