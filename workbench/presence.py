"""Who else looks at a case now. Kept in the cache alone: lost, it is only asked again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.core.cache import cache

from core import clock
from licensing.models import Case
from members.models import User

log = structlog.get_logger(__name__)
STAYS = timedelta(seconds=90)  # pages ask again every 30 s


@dataclass(frozen=True)
class Present:
    """An officer with the case open."""

    name: str
    since: datetime


def look(case: Case, user: User) -> list[Present]:
    """Note that a person looks at a case; return who else does. Nobody, while the cache is away."""
    now = clock.now()
    key = f"presence:{case.pk}"
    try:
        seen: dict[int, tuple[str, datetime, datetime]] = cache.get(key) or {}
        here = {pk: row for pk, row in seen.items() if now - row[2] < STAYS}
        since = here[user.pk][1] if user.pk in here else now
        here[user.pk] = (f"{user.name} ({user.jurisdiction_code})", since, now)
        cache.set(key, here, timeout=int(STAYS.total_seconds()))
    except Exception as error:  # whatever the cache's library raises: presence is a courtesy
        log.warning("presence_unknown", case=case.reference, error=str(error))
        return []
    return [Present(name, since) for pk, (name, since, _last) in sorted(here.items()) if pk != user.pk]
