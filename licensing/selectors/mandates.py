"""What was filed under a mandate: all that is left to the agent once it is over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from licensing.models import Application, Revision
from members.models import Mandate

MOST = 500


@dataclass(frozen=True)
class Filed:
    """One application as its agent submitted it: when, and the SHA-256 of what was said. No content, no outcome."""

    reference: str
    registered_at: datetime
    sha256: str


def filed_under(mandate: Mandate) -> list[Filed]:
    """Return the record of what was registered under a mandate, the newest first, at most 500.

    Both sides may keep it for good: it proves what the agent filed and tells nothing of the exporter's trade.
    """
    rows = (
        Application.objects.filter(mandate=mandate, registered_at__isnull=False)
        .order_by("-registered_at", "-pk")
        .values_list("pk", "reference", "registered_at")[:MOST]
    )
    found = list(rows)
    firsts = Revision.objects.filter(application__in=[pk for pk, _r, _at in found], number=1)
    prints = dict(firsts.values_list("application", "sha256"))
    return [Filed(reference, at, prints[pk]) for pk, reference, at in found if at is not None]
