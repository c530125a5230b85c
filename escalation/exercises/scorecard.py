"""What an exercise shows: counted from the realm's database, member by member, the same for the same number."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from deadlines.models import DueInstant
from escalation import coordination
from escalation.exercises.figures import ANSWERED, BUCKET, SILENT, middle, percent
from escalation.exercises.plans import Inject
from escalation.exercises.questions import UNIT, name_of
from escalation.exercises.run import Run
from escalation.models import Step
from ledger.models import Delivery, Event
from licensing.models import Case, Consultation, Decision, Position

HOUR = timedelta(hours=1)
GRANTED = (Decision.Kind.GRANT, Decision.Kind.GRANT_IN_PART)


def count(run: Run) -> dict[str, Any]:
    """Return the scorecard of a run as plain JSON: hours with one decimal, shares in percent with one."""
    asked = list(
        Consultation.objects.filter(case__in=run.filings).select_related("case").prefetch_related("positions")
    )
    asked.sort(key=lambda item: name_of(run.filings[item.case_id].number, item))
    cases = _cases(run)
    return {
        "number": run.plan.number,
        "kind": run.plan.kind,
        "begins": run.plan.begins.isoformat(),
        "until": run.plan.until,
        "injects": [_inject(run, inject, cases) for inject in run.plan.injects],
        "cases": _totals(run, cases),
        "members": {member: _member(run, member, asked, cases) for member in run.plan.members},
        "unit": _answers(run, UNIT, asked),
        "coordination": coordination.of_exercise(asked),
        "paths": _paths(run, cases, asked),
        "timeline": _timeline(run, asked),
        "questions": _questions(run, asked),
        "faults": _faults(),
    }


def _cases(run: Run) -> dict[int, Case]:
    return {case.pk: case for case in Case.objects.filter(pk__in=run.filings)}


def _hour(run: Run, at: datetime | None) -> float | None:
    return None if at is None else round((at - run.plan.begins) / HOUR, 1)


def _totals(run: Run, cases: dict[int, Case]) -> dict[str, Any]:
    decided = Counter(_taken().filter(case__in=cases).values_list("kind", flat=True))
    lanes = Counter(case.lane for case in cases.values())
    charters = Counter(case.charter_key for case in cases.values())
    return {
        "filed": len(cases),
        "decided": dict(sorted(decided.items())),
        "open": sum(case.is_open for case in cases.values()),
        "held": sum(case.status == Case.Status.ON_HOLD for case in cases.values()),
        "lanes": dict(sorted(lanes.items())),
        "charters": dict(sorted(charters.items())),
        "climbed": Step.objects.filter(case__in=cases, tier__gt=0).count(),
        "wrongly_granted": len(_wrong(run, sound=False, kinds=GRANTED)),
        "wrongly_refused": len(_wrong(run, sound=True, kinds=(Decision.Kind.REFUSE,))),
        "must_not_be_granted": sum(not filing.sound for filing in run.filings.values()),
    }


def _taken() -> Any:
    return Decision.objects.filter(status=Decision.Status.COUNTERSIGNED)


def _wrong(run: Run, *, sound: bool, kinds: Iterable[str]) -> list[int]:
    wanted = [pk for pk, filing in run.filings.items() if filing.sound is sound]
    return list(_taken().filter(case__in=wanted, kind__in=kinds).values_list("case", flat=True))


# Members ---------------------------------------------------------------------------------------------------


def _member(run: Run, member: str, asked: list[Consultation], cases: dict[int, Case]) -> dict[str, Any]:
    led = [pk for pk, filing in run.filings.items() if filing.lead == member]
    decisions = list(_taken().filter(case__in=led))
    hours = sorted(
        (d.countersigned_at - cases[d.case_id].opened_at) / HOUR for d in decisions if d.countersigned_at
    )
    return {
        **_answers(run, member, asked),
        "led": len(led),
        "decided": len(decisions),
        "decision_hours": middle(hours),
        "wrongly_granted": sum(
            run.filings[pk].lead == member for pk in _wrong(run, sound=False, kinds=GRANTED)
        ),
        "wrongly_refused": sum(
            run.filings[pk].lead == member for pk in _wrong(run, sound=True, kinds=(Decision.Kind.REFUSE,))
        ),
        "let_pass": _let_pass(run, member, asked),
        "reasons_complete": _complete(run, member, asked, decisions),
        "refused_acts": _refused(run, member),
        "recovery": _recovery(run, member, asked),
    }


def _own(member: str, asked: list[Consultation]) -> list[Consultation]:
    return [item for item in asked if (item.jurisdiction_id or UNIT) == member]


def _first(item: Consultation) -> datetime | None:
    """When somebody first took a position on a consultation; deemed ones are nobody's."""
    return min((p.taken_at for p in item.positions.all() if p.taken_by_id), default=None)


def _answers(run: Run, member: str, asked: list[Consultation]) -> dict[str, Any]:
    own = _own(member, asked)
    firsts = [(at - item.opened_at) / HOUR for item in own if (at := _first(item)) is not None]
    over = [item for item in own if item.status in ("answered", "lapsed")]
    answered = sum(item.status == "answered" for item in over)
    return {
        "asked": len(own),
        "answered": answered,
        "lapsed": sum(item.status == "lapsed" for item in own),
        "no_longer_needed": sum(item.status == "closed" for item in own),
        "in_window": percent(answered, len(over)),
        "first_position_hours": middle(sorted(firsts)),
        "taken_over": sum(item.taken_over_at is not None for item in own),
        "by_deputy": run.noted[member, "deputy"],
    }


def _let_pass(run: Run, member: str, asked: list[Consultation]) -> int:
    """How many cases that must not be granted a member was asked about and approved."""
    passing = (Position.Kind.NO_OBJECTION, Position.Kind.CONDITIONS)
    return len(
        {
            item.case_id
            for item in _own(member, asked)
            if not run.filings[item.case_id].sound
            and any(p.kind in passing and p.status == "in_force" for p in item.positions.all())
        }
    )


def _complete(run: Run, member: str, asked: list[Consultation], decisions: list[Decision]) -> dict[str, Any]:
    """How many objections and decisions name code, basis and summary; how many were sent without at first."""
    objections = [
        p for item in _own(member, asked) for p in item.positions.all() if p.kind == Position.Kind.OBJECT
    ]
    whole = sum(bool(p.reason_code and p.legal_basis and len(p.summary) >= 20) for p in objections)
    whole += sum(bool(d.criteria and len(d.reasons) >= 10 and d.reasons_for_exporter) for d in decisions)
    number = len(objections) + len(decisions)
    return {
        "share": percent(whole, number),
        "of": number,
        "sent_back_by_the_form": run.noted[member, "incomplete"],
    }


def _refused(run: Run, member: str) -> dict[str, int]:
    found = {what: run.noted[member, what] for what in ("late", "not_allowed", "not_possible", "blocked")}
    return {what: number for what, number in found.items() if number}


# Injects ---------------------------------------------------------------------------------------------------


def _backlog(own: list[Consultation], at: datetime) -> int:
    """How many questions waited at an instant."""
    return sum(
        item.opened_at <= at and ((item.lapsed_at or item.closed_at) is None or _end(item) > at)
        for item in own
    )


def _end(item: Consultation) -> datetime:
    end = item.lapsed_at or item.closed_at
    assert end is not None
    return end


def _recovery(run: Run, member: str, asked: list[Consultation]) -> list[dict[str, Any]]:
    """Return, for what struck a member or all, the hours from its end until no more waited than before it."""
    own = _own(member, asked)
    found = []
    for inject in run.plan.injects:
        if inject.kind == "stale" or (inject.kind in ("silent", "key-lost") and inject.what != member):
            continue
        start, end = (run.plan.begins + hour * HOUR for hour in (inject.start, inject.end))
        before = _backlog(own, start)
        last = run.plan.begins + run.plan.until * HOUR
        at, peak = end, _backlog(own, end)
        while at < last and _backlog(own, at) > before:
            at += HOUR / 2
            peak = max(peak, _backlog(own, at))
        over = at < last
        found.append(
            {
                "inject": str(inject),
                "waiting_before": before,
                "waiting_most": peak,
                "hours": round((at - end) / HOUR, 1) if over else None,
            }
        )
    return found


def _inject(run: Run, inject: Inject, cases: dict[int, Case]) -> dict[str, Any]:
    """Return what an inject did that the members' lines do not say."""
    said: dict[str, Any] = {"inject": str(inject), "kind": inject.kind, "what": inject.what}
    said |= {"from": inject.start, "to": inject.end}
    during = [case for case in cases.values() if inject.runs_at((case.opened_at - run.plan.begins) / HOUR)]
    if inject.kind == "surge":
        said["arrived"] = len(during)
    if inject.kind == "stale":
        closed = [case for case in cases.values() if str(case.routing.get("rule_key", "")).endswith("-stale")]
        said["fast_lanes_closed_for"] = len(closed)
    if inject.kind == "silent":
        lapsed = Event.objects.filter(type="window.lapsed", facts__jurisdiction=inject.what)
        said["lapses_meanwhile"] = sum(
            inject.start <= (at - run.plan.begins) / HOUR <= inject.end
            for at in lapsed.values_list("at", flat=True)
        )
    if inject.kind == "key-lost":
        said["signatures_refused"] = run.noted[inject.what, "not_allowed"]
    return said


# Paths and pictures ----------------------------------------------------------------------------------------


def _paths(run: Run, cases: dict[int, Case], asked: list[Consultation]) -> list[str]:
    """Return what was rehearsed: charters, their tiers, each with all answers and with silence, members and their
    deputies."""
    found = {f"charter:{case.charter_key}" for case in cases.values() if case.charter_key}
    tiers = Step.objects.filter(case__in=cases).values_list("case", "tier")
    found |= {f"tier:{cases[pk].charter_key}:{tier}" for pk, tier in tiers}
    answers: dict[tuple[int, int, int], set[str]] = defaultdict(set)
    for item in asked:
        answers[item.case_id, item.round, item.tier].add(item.status)
    for (pk, _round, tier), said in answers.items():
        if "open" not in said:
            way = SILENT if "lapsed" in said else ANSWERED
            found.add(f"tier:{cases[pk].charter_key}:{tier}:{way}")
    found |= {f"deputies:{member}" for member in run.plan.members if run.noted[member, "deputy"]}
    found |= {f"member:{member}" for member in run.plan.members}
    return sorted(found)


def _timeline(run: Run, asked: list[Consultation]) -> dict[str, Any]:
    """Return answers and lapses by member in columns of `BUCKET` hours, up to the last that holds one."""
    answers: dict[str, Counter[int]] = defaultdict(Counter)
    lapses: dict[str, Counter[int]] = defaultdict(Counter)
    for item in asked:
        member = item.jurisdiction_id or UNIT
        if item.status == "lapsed" and item.lapsed_at:
            lapses[member][_bucket(run, item.lapsed_at)] += 1
        elif item.status == "answered" and item.closed_at:
            answers[member][_bucket(run, item.closed_at)] += 1
    columns = 1 + max((key for rows in (answers, lapses) for c in rows.values() for key in c), default=0)
    return {
        "hours": BUCKET,
        "columns": columns,
        "answers": {m: [answers[m][n] for n in range(columns)] for m in (*run.plan.members, UNIT)},
        "lapses": {m: [lapses[m][n] for n in range(columns)] for m in (*run.plan.members, UNIT)},
    }


def _bucket(run: Run, at: datetime) -> int:
    return int((at - run.plan.begins) / HOUR // BUCKET)


def _questions(run: Run, asked: list[Consultation]) -> list[dict[str, Any]]:
    """Return what people have to answer by hand at the end of a run: open questions to their members."""
    found = []
    for item in asked:
        member = item.jurisdiction_id or UNIT
        if item.status != Consultation.Status.OPEN or member not in run.plan.by_hand or _first(item):
            continue
        filing = run.filings[item.case_id]
        dossier = filing.dossier
        found.append(
            {
                "question": name_of(filing.number, item),
                "member": member,
                "ministry": item.ministry,
                "tier": item.tier,
                "opened": _hour(run, item.opened_at),
                "due": _hour(run, item.due_at),
                "title": dossier["title"],
                "item": dossier["items"][0]["control_code"],
                "quantity": dossier["items"][0]["quantity"],
                "buyer": dossier["parties"][0]["name"],
                "country": dossier["parties"][0]["country"],
                "purpose": dossier["end_use"]["purpose"],
                "military": dossier["end_use"]["military_end_user"],
                "lead": filing.lead,
                "binding": item.binding,
            }
        )
    return found


def _faults() -> dict[str, int]:
    """What must be nought: deliveries and due instants that were given up."""
    return {
        "deliveries_parked": Delivery.objects.filter(parked_at__isnull=False).count(),
        "deliveries_left": Delivery.objects.filter(parked_at__isnull=True).count(),
        "due_instants_parked": DueInstant.objects.filter(state=DueInstant.State.PARKED).count(),
    }
