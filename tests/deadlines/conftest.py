"""Things that fall due, and who acts on them, for as long as a test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime

import pytest

from deadlines import registry
from deadlines import services as deadlines
from deadlines.calculus import Rule
from deadlines.models import DueInstant
from members.models import Jurisdiction
from tests.factories import JurisdictionFactory
from tests.standing import stays

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday


class Applied(list[str]):
    """What was applied, as `kind subject`, in order; `on` gives a kind another handler."""

    def on(self, kind: str, handler: Callable[[DueInstant], None]) -> None:
        registry.on_due(kind)(handler)

    def together(self, kind: str, handler: Callable[[Sequence[DueInstant]], None]) -> None:
        registry.on_due_together(kind)(handler)

    def __call__(self, due: DueInstant) -> None:
        self.append(f"{due.kind} {due.subject}")


@pytest.fixture
def applied(monkeypatch: pytest.MonkeyPatch) -> Applied:
    """Let `thing.window` and `thing.reminder` fall due on aggregates `thing:N`, locked by jurisdictions.

    A jurisdiction's row stands for each thing, so that a real row is locked.
    """
    monkeypatch.setattr(registry, "_handlers", registry._handlers.copy())
    monkeypatch.setattr(registry, "_together", registry._together.copy())
    monkeypatch.setattr(registry, "_locks", {**registry._locks, "thing": lock_things})
    applied = Applied()
    applied.on("thing.window", applied)
    applied.on("thing.reminder", applied)
    return applied


def code_of(number: int) -> str:
    """Return the code of the jurisdiction whose row stands for a thing."""
    return f"Z{chr(64 + number)}"


def lock_things(pks: Sequence[int], *, skip_locked: bool) -> set[int]:
    rows = Jurisdiction.objects.select_for_update(skip_locked=skip_locked)
    held = set(rows.filter(code__in=map(code_of, pks)).values_list("code", flat=True))
    return {pk for pk in pks if code_of(pk) in held}


@stays
def calendars(db: None) -> None:
    """A plain calendar, and one with a holiday on Wednesday 25 November 2026."""
    for key, days in (("plain", []), ("feast", [{"date": "2026-11-25", "name": "Feast"}])):
        deadlines.load_calendar(
            key=key,
            version="1",
            effective_from=date(2025, 1, 1),
            weekend=[5, 6],
            holidays=days,
            source="test",
            as_of=date(2025, 1, 1),
        )


@pytest.fixture
def falls_due(applied: Applied, calendars: None) -> Callable[..., DueInstant]:
    """Set something due: 60 s after NOW on `thing:1`, unless told otherwise."""

    def fall(number: int = 1, seconds: int = 60, kind: str = "thing.window", **fields) -> DueInstant:
        JurisdictionFactory(code=code_of(number))
        return deadlines.set_due(
            **{
                "kind": kind,
                "aggregate": f"thing:{number}",
                "subject": f"part:{number}",
                "start": NOW,
                "rule": Rule(seconds, "seconds"),
                "calendar": "plain",
                "zone": "UTC",
                **fields,
            }
        )

    return fall
