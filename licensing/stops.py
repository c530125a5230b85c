"""Why a clock may stand: the one closed list, and which clocks each reason stops.

Source: the holds of 15 CFR 750.4(b), of which the existence is read and the wording recalled (to be checked against
the text before anyone relies on it; as of 2026-11-23), bounded by limits of our own: no stop is without an end.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _

WINDOW, DECISION, OUTER = "consultation.window", "case.decision", "case.outer"
BOUND_BY_LAW = "15 CFR 750.4(b)"
OUR_OWN = "the alliance's own rule"

#: Hours that the clock of a rapid case may stand in all, where its charter says nothing.
RAPID_HOURS = 24
LATE = 90  # percent of a window's counted time: what is asked in the last tenth is late


class Side(StrEnum):
    EXPORTER = "exporter"  # a question: the clock stands until the exporter answers
    LEGAL = "legal"  # a step prescribed by law outside the case


@dataclass(frozen=True)
class Reason:
    """Why a clock stands, and for how many days at most (0: it does not).

    What lies with the exporter stops every clock of the case. A legal step stops the lead's decision and the outer
    limit, never the windows of the members consulted: no member is silenced by it. Where windows are hours,
    only what lies with the exporter stops anything.
    """

    label: Any
    most_days: int
    side: Side = Side.EXPORTER
    source: str = BOUND_BY_LAW

    @property
    def holds(self) -> tuple[str, ...]:
        """Kinds of due instants that wait while it lasts."""
        return (WINDOW, DECISION, OUTER) if self.side == Side.EXPORTER else (DECISION, OUTER)


REASONS: dict[str, Reason] = {
    "missing_document": Reason(_("A document is missing"), 14),
    "end_use_unclear": Reason(_("The end-use or end-user is not clear"), 14),
    "technical_parameters": Reason(_("Technical parameters are needed to classify an item"), 14),
    "party_unclear": Reason(_("A party or its ownership is not clear"), 14),
    "applicant_asked_for_time": Reason(_("The applicant asked for time"), 30),
    "clarification": Reason(_("A clarification that does not hold the case up"), 0, source=OUR_OWN),
    "pre_licence_check": Reason(_("A check at the end-user is carried out"), 30, Side.LEGAL),
    "government_assurance": Reason(_("An assurance of another government is awaited"), 30, Side.LEGAL),
    "multilateral_consultation": Reason(_("States outside the alliance are consulted"), 30, Side.LEGAL),
    "parliament_notified": Reason(_("A notice to parliament has to run its time"), 30, Side.LEGAL),
}

#: What the exporter can be asked for.
QUESTIONS = {code: reason for code, reason in REASONS.items() if reason.side == Side.EXPORTER}
#: What stops a clock without a question.
LEGAL = {code: reason for code, reason in REASONS.items() if reason.side == Side.LEGAL}
