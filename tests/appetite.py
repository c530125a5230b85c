"""The register of risk appetite for tests: changes of thresholds at some point of their vote."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import transaction

from alliance import deliberating
from alliance.models import ThresholdChange
from core import clock
from tests import journeys
from tests.crises import seat

REASON = "Evasion through third countries has grown since the last review."
MEMBERS = ("AU", "CA", "DE", "FR", "GB", "JP", "KR", "NL", "PL", "US")


def given(**changes: Any) -> dict[str, Any]:
    """What a proposal says, as the service takes it."""
    return {
        "scenario": "wartime",
        "threshold": "lane_from_score",
        "new_value": 30,
        "reason": REASON,
        "minute_body": "Council working party",
        "minute_date": clock.today() - timedelta(days=2),
        "minute_paragraph": "paragraph 4",
        "effective_from": clock.today() + timedelta(days=14),
        **changes,
    }


def proposed(**changes: Any) -> ThresholdChange:
    return deliberating.propose(actor=seat("DE"), **given(**changes))


def voted(change: ThresholdChange, **votes: Iterable[str]) -> ThresholdChange:
    """Let members vote: `voted(change, yes=["DE", "FR"], no=["JP"], abstain=["US"])`."""
    choices = {"yes": "for", "no": "against", "abstain": "abstain"}
    for name, codes in votes.items():
        for code in codes:
            deliberating.vote(actor=seat(code), change=change, choice=choices[name], reason=REASON)
    return change


def closed(change: ThresholdChange, **late: float) -> ThresholdChange:
    """Let the vote close at its instant, the clock coming to it `late`; nothing else falls due meanwhile."""
    with journeys.at(change.closes_at + timedelta(**late)), transaction.atomic():
        return deliberating.locked(change.pk)


def agreed(**changes: Any) -> ThresholdChange:
    """A change that seven of ten members agreed on."""
    return closed(voted(proposed(**changes), yes=MEMBERS[:7]))
