"""How far a trader is trusted: one published formula over its record, and the levels that follow from it. Pure.

The record begins with 100 points; each kind of lapse of the last two years takes some away. Below `BOUND` the
standing is suspended by itself. Points, levels and limits are the alliance's own proposal: no law gives them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exemptions.icp import questionnaire

WHOLE, BOUND = 100, 60
#: Charters whose key begins so are those of the fast lane.
FAST = "trusted-"
VALID_DAYS, REAUDIT_DAYS = 1095, 1005  # three years; the next audit is due 90 days before they end
POINTS = {
    "refused": 20,
    "returned_some": 10,
    "returned_many": 25,
    "question_unanswered": 10,
    "licence_held": 30,
    "report_late": 10,
    "report_missed": 20,
    "delivery_late": 10,
    "waiver_broken": 25,
    "delivery_open": 40,
}
LABELS = {
    "refused": gettext_lazy("Application refused"),
    "returned_some": gettext_lazy("More than 10 % of the applications returned as incomplete"),
    "returned_many": gettext_lazy("More than 25 % of the applications returned as incomplete"),
    "question_unanswered": gettext_lazy("Question not answered in time"),
    "licence_held": gettext_lazy("Licence suspended now, or revoked"),
    "report_late": gettext_lazy("Report on a waiver filed after its date"),
    "report_missed": gettext_lazy("Report on a waiver not filed, its date past"),
    "delivery_late": gettext_lazy("Delivery verified after its date"),
    "waiver_broken": gettext_lazy("Waiver suspended now, or revoked"),
    "delivery_open": gettext_lazy("Delivery past its date and unverified"),
}
MENDED_BY = {
    "refused": gettext_lazy("Two years after the decision it no longer counts."),
    "returned_some": gettext_lazy("File complete applications: the share falls with each."),
    "returned_many": gettext_lazy("File complete applications: the share falls with each."),
    "question_unanswered": gettext_lazy("Answer questions in time; two years later it no longer counts."),
    "licence_held": gettext_lazy("Mend why the licence was suspended, and have it reinstated."),
    "report_late": gettext_lazy("Report in time; two years later it no longer counts."),
    "report_missed": gettext_lazy("File the report that is missing."),
    "delivery_late": gettext_lazy("Confirm deliveries in time; two years later it no longer counts."),
    "waiver_broken": gettext_lazy("Make good what broke the waiver, and have it restored."),
    "delivery_open": gettext_lazy("Confirm the delivery, with who signed for it."),
}
ENOUGH_TO_SHARE = 4  # fewer applications make no share
FINDINGS = {"met": 100, "partly": 50, "missing": 0}


@dataclass(frozen=True)
class Record:
    """What the platform itself knows of an organisation. `counted`: lapses of the last two years by kind;
    `received`, `returned`: applications in them; `decided`: applications decided ever; `days`: since the first."""

    counted: Mapping[str, int]
    received: int = 0
    returned: int = 0
    decided: int = 0
    days: int = 0

    @property
    def years(self) -> int:
        return self.days // 365


@dataclass(frozen=True)
class Line:
    """One line of the score: what happened, how often, and what it takes away."""

    kind: str
    count: int

    @property
    def label(self) -> str:
        return str(LABELS[self.kind])

    @property
    def points(self) -> int:
        return self.count * POINTS[self.kind]

    @property
    def mended_by(self) -> str:
        return str(MENDED_BY[self.kind])


@dataclass(frozen=True)
class Score:
    """Points left of 100, with the lines that take the rest."""

    points: int
    lines: tuple[Line, ...]

    @property
    def holds(self) -> bool:
        return self.points >= BOUND

    @property
    def sentence(self) -> str:
        if not self.lines:
            return _("Nothing of the last two years takes anything away.")
        told = ", ".join(f"{line.label} ({line.count})" for line in self.lines)
        return _("%(points)d of 100 points: %(told)s.") % {"points": self.points, "told": told}


@dataclass(frozen=True)
class Level:
    """What a level asks for, and how much one application may be worth in it, in whole units of one currency."""

    number: int
    audit: int
    record: int
    years: int
    aeo: bool
    value: int


LEVELS = (
    Level(3, audit=90, record=95, years=3, aeo=True, value=5_000_000),
    Level(2, audit=75, record=85, years=1, aeo=True, value=1_000_000),
    Level(1, audit=60, record=75, years=0, aeo=False, value=250_000),
)
LIMITS = {one.number: one.value for one in LEVELS}


def score_of(record: Record) -> Score:
    """Return the monitoring score that follows from a record: the whole of the formula."""
    counted = {kind: record.counted.get(kind, 0) for kind in POINTS}
    if record.received >= ENOUGH_TO_SHARE:
        counted["returned_many"] = int(record.returned * 4 > record.received)
        counted["returned_some"] = int(record.returned * 10 > record.received) - counted["returned_many"]
    lines = tuple(Line(kind, count) for kind, count in counted.items() if count)
    return Score(max(0, WHOLE - sum(line.points for line in lines)), lines)


def audit_score(findings: Mapping[str, Mapping[str, str]]) -> int:
    """Return the mean of what was found at each element, 0 to 100, rounded down."""
    elements = questionnaire().elements
    return sum(FINDINGS[findings[one.key]["finding"]] for one in elements) // len(elements)


def missing_elements(findings: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Return the titles of the elements that are missing: with one there is no level."""
    return [
        one.title for one in questionnaire().elements if findings.get(one.key, {}).get("finding") == "missing"
    ]


def falls_short(level: Level, audit: int, record: Record, aeo: bool) -> list[str]:
    """Return what a level asks for beyond what there is, a sentence each."""
    found = []
    if audit < level.audit:
        found.append(
            _("The audit gave %(have)d of 100; %(need)d are needed.") % {"have": audit, "need": level.audit}
        )
    points = score_of(record).points
    if points < level.record:
        found.append(
            _("The record gives %(have)d of 100; %(need)d are needed.")
            % {"have": points, "need": level.record}
        )
    if record.years < level.years:
        found.append(
            _("Years of record here: %(have)d; needed: %(need)d.")
            % {"have": record.years, "need": level.years}
        )
    if level.aeo and not aeo:
        found.append(_("The certificate of an authorised economic operator is missing."))
    if not record.decided:
        found.append(_("No application of this organisation has been decided here yet."))
    if record.counted.get("delivery_open"):
        found.append(_("A delivery is past its date and unverified."))
    return found


def level_for(findings: Mapping[str, Mapping[str, str]], record: Record, aeo: bool) -> tuple[int, list[str]]:
    """Return the highest level that audit and record reach, 0 for none, with what stands in the way of the next."""
    if missing := missing_elements(findings):
        return 0, [_("Missing in the programme: %(names)s.") % {"names": ", ".join(missing)}]
    audit = audit_score(findings)
    why: list[str] = []
    for level in LEVELS:
        short = falls_short(level, audit, record, aeo)
        if not short:
            return level.number, why
        why = short
    return 0, why


def formula() -> Iterable[tuple[str, int]]:
    """Yield each kind of lapse and the points it takes away, as pages publish it."""
    for kind, points in POINTS.items():
        yield str(LABELS[kind]), points
