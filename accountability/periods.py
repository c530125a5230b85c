"""Quarters that are over: what public figures are told of, so that no two publications can be subtracted."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.db.models import Min
from django.utils.translation import gettext_lazy as _

from core import clock
from core.errors import NotFound
from ledger.models import Event


@dataclass(frozen=True)
class Quarter:
    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year}-Q{self.number}"

    @property
    def first(self) -> datetime:
        return datetime(self.year, self.number * 3 - 2, 1, tzinfo=UTC)

    @property
    def next(self) -> Quarter:
        return Quarter(self.year + self.number // 4, self.number % 4 + 1)

    @classmethod
    def of(cls, day: date) -> Quarter:
        return cls(day.year, (day.month + 2) // 3)

    def require_over(self) -> None:
        """NotFound while it runs: its figures would change."""
        if self.next.first > clock.now():
            raise NotFound(str(_("This quarter is not over yet.")))


def quarters(types: Collection[str]) -> list[Quarter]:
    """Return the quarters that are over since the first event of some types, the newest first."""
    began: datetime | None = Event.objects.filter(type__in=types).aggregate(first=Min("at"))["first"]
    now = Quarter.of(clock.today())
    at = Quarter.of(began.date()) if began else now
    found = []
    while at.first < now.first:
        found.append(at)
        at = at.next
    return found[::-1]
