"""The silence ledger: who let windows lapse, and what applied instead, counted from the ledger and nothing else.

What is published is whole quarters that are over: their events can change no more, so no two publications can be
subtracted from one another. A small number is not told (`accountability.disclosure`), and there are no sums from
which one could be worked out.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accountability.disclosure import told
from accountability.periods import Quarter
from accountability.periods import quarters as quarters_of
from alliance.charters import Silence
from ledger.models import LAPSES, Event
from members.models import Jurisdiction

CRISIS_UNIT = ""  # the key of what belongs to no single member

#: What silence came to, in the words of the page.
OUTCOMES: dict[str, Promise] = {
    "deemed_no_objection": _("Counted as no objection"),
    "deemed_not_identical": _("Counted as not identical"),
    "climbed": _("The case moved up"),
    "held": _("The case was put on hold"),
    "chair": _("The chair decided"),
    "refused": _("Counted as a refusal"),
    "stands": _("What was decided before stood"),
    "overdue": _("Decision not taken in time"),
}

#: What silence came to where it stood for no position in favour; all else moved the case up.
OTHERWISE = {
    Silence.LAPSE_TO_HOLD: "held",
    Silence.CHAIR_DECIDES: "chair",
    Silence.DEEMED_REFUSAL: "refused",
    Silence.DECISION_STANDS: "stands",
    Silence.BECOMES_FINAL: "stands",
}


@dataclass(frozen=True)
class Quiet:
    """One member, and how often its silence came to what; None where that is not told."""

    member: str  # code; empty for the crisis unit
    name: str | Promise
    counts: dict[str, int | None]


def quarters() -> list[Quarter]:
    """Return the quarters that are over and of which something stands in the ledger, the newest first."""
    return quarters_of(LAPSES)


def counted(quarter: Quarter) -> dict[tuple[str, str], int]:
    """Return the true number of lapses by (member, outcome) in a quarter: never to be published as it is."""
    events = Event.objects.filter(type__in=LAPSES, at__gte=quarter.first, at__lt=quarter.next.first)
    found: dict[tuple[str, str], int] = {}
    groups = events.order_by().values_list("type", "facts__jurisdiction", "facts__silence", "facts__deemed")
    for type, member, silence, deemed, number in groups.annotate(number=Count("pk")):
        outcome = "overdue" if type == "decision.overdue" else deemed or OTHERWISE.get(silence, "climbed")
        key = (member or CRISIS_UNIT, outcome)
        found[key] = found.get(key, 0) + number
    return found


def published(quarter: Quarter) -> list[Quiet]:
    """Return what everyone may read of a quarter: each member, whether or not it was ever silent, and the crisis
    unit. NotFound for a quarter that is not over."""
    quarter.require_over()
    numbers = counted(quarter)
    members: list[tuple[str, str | Promise]] = [
        *Jurisdiction.objects.order_by("name").values_list("code", "name")
    ]
    return [
        Quiet(
            code,
            name,
            {outcome: told(numbers.get((code, outcome), 0)) for outcome in OUTCOMES},
        )
        for code, name in [*members, (CRISIS_UNIT, _("Crisis unit"))]
    ]
