"""The one door to the time of day."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """Return the current instant, aware, in UTC."""
    return datetime.now(UTC)


def today(zone: str = "UTC") -> date:
    """Return the current calendar date in an IANA time zone: dates of law are local."""
    return now().astimezone(ZoneInfo(zone)).date()
