"""Which paths were rehearsed when: the tiers of charters in force, each with all answers and with silence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from alliance import selectors as alliance
from alliance.charters import CharterData
from core import clock
from escalation.exercises.figures import ANSWERED, SILENT
from escalation.models import Exercise
from members.models import Role, User

WITHIN_DAYS = 180  # where neither the charter nor the bundle of charters says

Last = dict[str, datetime]  # when each path was last rehearsed


@dataclass(frozen=True)
class Rehearsal:
    """A path, when it was last rehearsed (None: never), and within how many days it is to be."""

    path: str
    charter: str  # its title
    tier: str
    way: str  # what happens on the path, in words
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
    """Return when `charter:KEY`, `tier:KEY:NUMBER`, `tier:KEY:NUMBER:answered`, `tier:KEY:NUMBER:silent`,
    `deputies:MEMBER` or `member:MEMBER` was last rehearsed."""
    return _last(_ran()).get(path)


def _ran() -> list[tuple[datetime, list[str]]]:
    """Return when exercises ran and what each rehearsed, the oldest first."""
    ran = Exercise.objects.filter(ran_at__isnull=False).order_by("ran_at")
    return [(at, paths or []) for at, paths in ran.values_list("ran_at", "scorecard__paths") if at]


def _last(ran: Iterable[tuple[datetime, list[str]]]) -> Last:
    return {path: at for at, paths in ran for path in paths}


def paths() -> list[Rehearsal]:
    """Return the paths of every charter in force that a criterion leads to, with their last rehearsal."""
    return list(_paths(_last(_ran())))


def paths_of(charter: CharterData) -> list[Rehearsal]:
    """Return the paths of a charter with their last rehearsal."""
    return list(_paths_of(charter, _last(_ran())))


def by_member(codes: Iterable[str]) -> dict[str, list[Rehearsal]]:
    """Return the same paths for each member, counting only exercises in which it took part."""
    ran = _ran()
    return {
        code: list(_paths(_last((at, paths) for at, paths in ran if f"member:{code}" in paths)))
        for code in codes
    }


def _paths(last: Last) -> Iterator[Rehearsal]:
    led = {criterion.outcome.get("charter") for criterion in alliance.criteria()}
    for charter in alliance.all_charters():
        if charter.key in led:
            yield from _paths_of(charter, last)


def _paths_of(charter: CharterData, last: Last) -> Iterator[Rehearsal]:
    days = charter.rehearse_within or int(alliance.rehearsal().get("days", WITHIN_DAYS))
    if not charter.tiers:
        key = f"charter:{charter.key}"
        yield Rehearsal(key, charter.title, "", _("the lead decides"), last.get(key), days)
    for tier in charter.tiers:
        for way, words in ((ANSWERED, _("all answer")), (SILENT, _("somebody is silent"))):
            key = f"tier:{charter.key}:{tier.number}:{way}"
            yield Rehearsal(key, charter.title, f"{tier.number} {tier.name}", words, last.get(key), days)
