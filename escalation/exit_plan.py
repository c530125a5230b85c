"""The way out of a crisis as people and systems read it: where each step stands, and what may be done about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db.models import Count as Counted
from django.utils.translation import gettext as _

from alliance import crisis_policies as policies
from alliance import measures, preconditions
from alliance.live_facts import BY_NAME, LiveFact
from alliance.measures import Lift, Step
from alliance.models import Declaration, Relaxation
from alliance.preconditions import Finding
from core import clock
from core.policies import Verdict, deny
from escalation import measuring
from escalation.services.exits import STANDING, standing_on
from escalation.simulating import Change, Touched, relaxed_to
from intelligence.models import Denial
from licensing.models import Case, Licence
from members.models import User

Status = Relaxation.Status
Facts = tuple[datetime, dict[str, object]]  # by name, and when they were measured


@dataclass(frozen=True)
class Reading:
    """A live fact that a precondition read; `value` None where it cannot be said."""

    fact: LiveFact
    value: object


@dataclass(frozen=True)
class Judged:
    """A precondition with what it said and read."""

    finding: Finding
    readings: list[Reading]


@dataclass
class StepView:
    """A step: `state` is applied, wind_down, proposed, possible, blocked or over; `waits_for`: titles
    of the steps it follows that do not stand applied."""

    number: int
    step: Step
    state: str
    judged: list[Judged]
    waits_for: list[str]
    row: Relaxation | None
    verdicts: dict[str, Verdict] = field(default_factory=dict)

    @property
    def green(self) -> bool:
        return all(one.finding.green for one in self.judged)

    @property
    def label(self) -> str:
        return STATES[self.state]()


STATES = {
    "applied": lambda: _("Applied"),
    "wind_down": lambda: _("Agreed, winds down"),
    "proposed": lambda: _("Waits for the second key"),
    "possible": lambda: _("Can be proposed"),
    "blocked": lambda: _("Blocked"),
    "over": lambda: _("Not taken"),
}


@dataclass(frozen=True)
class Plan:
    declaration: Declaration
    at: datetime
    steps: list[StepView]

    @property
    def next(self) -> StepView | None:
        """The step that somebody can do something about now: what waits before what is possible."""
        order = ("proposed", "possible")
        found = [one for state in order for one in self.steps if one.state == state]
        return found[0] if found else None

    def step(self, key: str) -> StepView | None:
        return next((one for one in self.steps if one.step.key == key), None)


#: Seconds for which one reading of the facts serves everybody who has the plan open.
GLANCE = 20


@lru_cache(maxsize=16)
def _read(declaration: int, _changed_at: datetime, names: frozenset[str], _slot: int) -> Facts:
    row = Declaration.objects.get(pk=declaration)
    return clock.now(), measuring.values(measuring.measure(row, names))


def _facts(declaration: Declaration, steps: Iterable[Step], *, fresh: bool) -> Facts:
    """Return what the facts of steps say, and when that was measured."""
    names, now = frozenset(preconditions.facts_of(steps)), clock.now()
    if fresh:
        return now, measuring.values(measuring.measure(declaration, names))
    return _read(declaration.pk, declaration.changed_at, names, int(now.timestamp()) // GLANCE)


def plan(user: User, declaration: Declaration, *, fresh: bool = True) -> Plan:
    """Return the exit plan of a declaration as it stands now, with what a person may do about each step.

    Every precondition is judged on the facts of one reading, of this instant, or, where people only watch (`fresh`
    False), of the last seconds: `at` says when. Once the crisis is over nothing is judged any more.
    """
    steps = measures.parse(declaration.payload).exit
    running = declaration.status == Declaration.Status.IN_FORCE
    rows = Relaxation.objects.filter(declaration=declaration, status__in=STANDING).select_related(
        "proposed_by__authority", "applied_by__authority"
    )
    standing = {row.step: row for row in rows}
    applied = {row.step for row in standing.values() if row.status == Status.APPLIED}
    at, facts = _facts(declaration, steps, fresh=fresh) if running else (clock.now(), {})
    titles = {step.key: step.title for step in steps}
    views = []
    for number, step in enumerate(steps, start=1):
        judged = [_judged(one, facts) for one in step.preconditions] if running else []
        waits_for = [titles[key] for key in step.after if key not in applied]
        row = standing.get(step.key)
        view = StepView(number, step, "", judged, waits_for, row)
        view.state = _state(view, running=running)
        view.verdicts = _verdicts(user, view, running=running)
        views.append(view)
    return Plan(declaration, at, views)


def _judged(precondition: measures.Precondition, facts: dict[str, object]) -> Judged:
    finding = preconditions.judge(precondition, facts)
    return Judged(
        finding, [Reading(BY_NAME[name], value) for name, value in finding.read.items() if name in BY_NAME]
    )


def _state(view: StepView, *, running: bool) -> str:
    if view.row is not None and (running or view.row.status == Status.APPLIED):
        return str(view.row.status)
    if not running:
        return "over"
    return "possible" if view.green and not view.waits_for else "blocked"


def _verdicts(user: User, view: StepView, *, running: bool) -> dict[str, Verdict]:
    """What may be done about a step in its state, with the reason where not; only what is to the point."""
    if not running:
        return {}
    steer, row = policies.can_steer_exit(user), view.row
    if row is None:
        if view.waits_for:
            waiting = _("First these steps have to stand applied: %(steps)s.")
            return {"propose": deny(waiting % {"steps": ", ".join(view.waits_for)})}
        return {"propose": steer}
    if row.status == Status.APPLIED:
        return {"reverse": steer}
    if row.status == Status.WIND_DOWN:
        return {"withdraw": steer}
    apply = policies.can_apply_step(user, row)
    if apply and not view.green:
        apply = deny(_("Not every precondition is green."))
    return {"apply": apply, "withdraw": steer}


def evidence(user: User, declaration: Declaration, fact: LiveFact) -> tuple[measuring.Count, Any, int]:
    """Return what a fact says, the things it counted that a person may read, and how many others it counted."""
    count = measuring.measure(declaration, [fact.name])[fact.name]
    keys = set(count.keys)
    rows: Any = Case.objects.none()
    if fact.lists == "case":
        rows = Case.objects.visible_to(user).select_related("lead")  # type: ignore[attr-defined]
    elif fact.lists == "licence":
        rows = Licence.objects.visible_to(user).select_related("issued_by")  # type: ignore[attr-defined]
    elif fact.lists == "denial":
        rows = Denial.objects.visible_to(user).select_related("jurisdiction")
    rows = rows.filter(pk__in=keys).order_by("pk")
    return count, rows, len(keys) - rows.count()


# What a change would touch -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Group:
    """Cases and licences to which the same happens, counted by member."""

    change: Change
    sentence: str
    cases: int
    licences: int
    members: list[tuple[str, int, int]]  # code, cases, licences


@dataclass(frozen=True)
class Simulation:
    """What a change would touch: counts for every officer, names for those who may read the thing itself."""

    touched: Touched
    groups: list[Group]
    exporters: int
    cases: Any
    licences: Any

    @property
    def all_cases(self) -> int:
        return len(self.touched.case_keys)

    @property
    def all_licences(self) -> int:
        return len(self.touched.licence_keys)


def told(declaration: Declaration, change: Change) -> str:
    """Say what happens: which measures cease or begin to bear, and what still does."""
    titles = {one.key: one.title for one in measures.parse(declaration.payload).measures}
    said = []
    for names, sentence in (
        (change.ceases, _("No longer bears: %(names)s.")),
        (change.begins, _("Bears again: %(names)s.")),
    ):
        if names:
            shown = [
                titles.get(key, key) if reference == declaration.reference else f"{reference}: {key}"
                for reference, key in names
            ]
            said.append(sentence % {"names": "; ".join(shown)})
    if change.kept:
        said.append(_("Another measure still has that effect."))
    return " ".join(said)


def _by_member(rows: Any, lead: str) -> dict[str, int]:
    return dict(rows.order_by(lead).values_list(lead).annotate(n=Counted("pk")))


def simulation(user: User, declaration: Declaration, touched: Touched) -> Simulation:
    """Return what a change touches as a person may read it; queries grow with the kinds of change alone."""
    groups, organisations = [], set()
    for change in sorted({*touched.cases, *touched.licences}):
        cases = Case.objects.filter(pk__in=touched.cases.get(change, []))
        licences = Licence.objects.filter(pk__in=touched.licences.get(change, []))
        of_cases, of_licences = _by_member(cases, "lead_id"), _by_member(licences, "issued_by_id")
        organisations |= set(cases.values_list("application__organisation_id", flat=True))
        organisations |= set(licences.values_list("holder_id", flat=True))
        groups.append(
            Group(
                change,
                told(declaration, change),
                sum(of_cases.values()),
                sum(of_licences.values()),
                [
                    (code, of_cases.get(code, 0), of_licences.get(code, 0))
                    for code in sorted({*of_cases, *of_licences})
                ],
            )
        )
    seen_cases = Case.objects.visible_to(user).filter(pk__in=touched.case_keys)  # type: ignore[attr-defined]
    seen_licences = Licence.objects.visible_to(user).filter(  # type: ignore[attr-defined]
        pk__in=touched.licence_keys
    )
    return Simulation(
        touched,
        groups,
        len(organisations),
        seen_cases.select_related("lead", "application__organisation").order_by("reference"),
        seen_licences.select_related("issued_by", "holder").order_by("number"),
    )


def lifted(declaration: Declaration, step: Step) -> list[str]:
    """Say what a step lifts, a sentence for each lift."""
    titles = {one.key: one.title for one in measures.parse(declaration.payload).measures}
    return [_lifted(titles, lift) for lift in step.lifts]


def _lifted(titles: dict[str, str], lift: Lift) -> str:
    what = "; ".join(titles.get(key, key) for key in lift.measures)
    parts = {
        _("control codes"): lift.scope.control_codes,
        _("destinations"): lift.scope.destinations,
        _("parties"): lift.scope.parties,
        _("grounds"): lift.scope.grounds,
    }
    where = [f"{name} {', '.join(given)}" for name, given in parts.items() if given]
    if not where:
        return _("Lifts for all trade: %(what)s.") % {"what": what}
    return _("Lifts for trade that is wholly of %(where)s: %(what)s.") % {
        "where": ", ".join(where),
        "what": what,
    }


def resting_on(declaration: Declaration, step: str, standing: Iterable[str]) -> list[str]:
    """Return the steps that stand and that reversing one takes back with it."""
    kept = set(standing)
    return [key for key in standing_on(declaration, step) if key != step and key in kept]


def would_touch(declaration: Declaration, view: StepView) -> Touched:
    """Return what taking a step now would touch; of one that stands applied, what reversing it would."""
    if declaration.status != Declaration.Status.IN_FORCE:
        return Touched()
    rows = Relaxation.objects.filter(declaration=declaration, status=Status.APPLIED)
    applied = list(rows.values_list("step", flat=True))
    if view.state == "applied":
        gone = standing_on(declaration, view.step.key)
        return relaxed_to(declaration, [one for one in applied if one not in gone])
    return relaxed_to(declaration, [*applied, view.step.key])


def history(declaration: Declaration, step: str) -> list[Relaxation]:
    """Return every time a step was proposed, the latest first."""
    rows = Relaxation.objects.filter(declaration=declaration, step=step)
    return list(
        rows.select_related("proposed_by", "applied_by", "reversed_by").order_by("-proposed_at", "-pk")
    )
