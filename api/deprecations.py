"""What is going to end, told on every answer before it does (RFC 9745 and RFC 8594); docs/api.md has the policy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.utils.http import http_date

#: What is deprecated goes on for at least this long.
NOTICE = timedelta(days=365)
POLICY = "/api/v1/docs/"


@dataclass(frozen=True)
class Deprecated:
    """An operation that ends: since when that is known, on which day it may stop answering, and what to use."""

    since: date
    sunset: date
    instead: str

    def __post_init__(self) -> None:
        if self.sunset - self.since < NOTICE:
            raise ValueError(f"Partners get {NOTICE.days} days of notice.")

    @property
    def headers(self) -> dict[str, str]:
        return {
            "Deprecation": f"@{_midnight(self.since):.0f}",
            "Sunset": http_date(_midnight(self.sunset)),
            "Link": f'<{POLICY}>; rel="deprecation"; type="text/html"',
        }

    @property
    def sentence(self) -> str:
        return f"Deprecated since {self.since}; may stop answering on {self.sunset}. Instead: {self.instead}"


def _midnight(day: date) -> float:
    return datetime.combine(day, time(), UTC).timestamp()


def of(view: Any) -> Deprecated | None:
    """Return what is said of the action that a view is doing."""
    action = getattr(view, "action", None) or str(getattr(view.request, "method", "")).lower()
    found: Deprecated | None = view.deprecated.get(action)
    return found
