"""The one door to the time of day."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo


class SetClock:
    """A clock that stands where it was set, and only moves forward."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def move_to(self, at: datetime) -> None:
        if at < self.at:
            raise ValueError("A clock does not run backwards.")
        self.at = at

    def move(self, by: timedelta) -> None:
        self.move_to(self.at + by)


_set: SetClock | None = None


def now() -> datetime:
    """Return the current instant, aware, in UTC."""
    return _set.at if _set is not None else datetime.now(UTC)


def today(zone: str = "UTC") -> date:
    """Return the current calendar date in an IANA time zone: dates of law are local."""
    return now().astimezone(ZoneInfo(zone)).date()


@contextmanager
def set_to(at: datetime) -> Iterator[SetClock]:
    """Let a whole process live by a clock that it moves itself: exercises, in a process of their own.

    There is no setting and no request that does this; an architecture test holds who calls it.
    """
    global _set
    if _set is not None:
        raise RuntimeError("The clock of this process is set already.")
    _set = SetClock(at)
    try:
        yield _set
    finally:
        _set = None
