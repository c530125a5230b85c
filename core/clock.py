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
_ahead = timedelta(0)


def now() -> datetime:
    """Return the current instant, aware, in UTC."""
    return _set.at if _set is not None else datetime.now(UTC) + _ahead


def machine() -> datetime:
    """Return the instant by the machine's clock, for what others measure by theirs: tokens, sessions, signatures of
    requests and of calls to webhooks. Only where the clock is set does it differ from `now`."""
    return datetime.now(UTC)


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


def run_ahead(by: timedelta) -> None:
    """Let the clock of a whole process run ahead of the machine's: sandboxes, whose partners move it.

    There is no setting that does this; an architecture test holds who calls it.
    """
    global _ahead
    if by < timedelta(0):
        raise ValueError("A clock is never behind the machine's.")
    _ahead = by
