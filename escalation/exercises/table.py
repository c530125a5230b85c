"""The scorecard of a table-top exercise: counted from what its members said they would do, and when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from escalation.exercises.figures import BUCKET, middle, percent
from escalation.exercises.plans import Plan


@dataclass(frozen=True)
class Said:
    """What an authority of a member said to a situation, and the hour at which it would do it."""

    question: str
    member: str
    hour: float
    complete: bool  # with its grounds


def count(plan: Plan, said: Iterable[Said]) -> dict[str, Any]:
    """Return the scorecard: the same lines as a drill's, without what only cases can show."""
    answers: dict[tuple[str, str], list[Said]] = {}
    for one in said:
        answers.setdefault((one.member, one.question), []).append(one)
    return {
        "number": plan.number,
        "kind": plan.kind,
        "begins": plan.begins.isoformat(),
        "until": max(one.end for one in plan.table),
        "injects": [
            {
                "inject": f"{one.question} @{one.start}-{one.end}",
                "kind": "situation",
                "what": one.text,
                "from": one.start,
                "to": one.end,
            }
            for one in plan.table
        ],
        "cases": None,
        "members": {member: _line(plan, member, answers) for member in plan.members},
        "unit": None,
        "paths": sorted(f"member:{member}" for member in {member for member, _question in answers}),
        "timeline": _timeline(plan, answers),
        "questions": [],
        "faults": {},
    }


Answers = Mapping[tuple[str, str], Sequence[Said]]


def _line(plan: Plan, member: str, answers: Answers) -> dict[str, Any]:
    own = [one for (who, _question), found in answers.items() if who == member for one in found]
    waits, answered, late = [], 0, 0
    for situation in plan.table:
        first = _first(answers, member, situation.question)
        if first is None:
            continue
        waits.append(first - situation.start)
        answered += first <= situation.end
        late += first > situation.end
    return {
        "asked": len(plan.table),
        "answered": answered,
        "lapsed": len(plan.table) - answered,
        "no_longer_needed": 0,
        "in_window": percent(answered, len(plan.table)),
        "first_position_hours": middle(sorted(waits)),
        "wrongly_granted": None,
        "reasons_complete": {
            "share": percent(sum(one.complete for one in own), len(own)),
            "of": len(own),
            "sent_back_by_the_form": 0,
        },
        "refused_acts": {"late": late} if late else {},
        "recovery": [],
    }


def _first(answers: Answers, member: str, question: str) -> float | None:
    """The hour at which a member first does something about a situation."""
    return min((one.hour for one in answers.get((member, question), ())), default=None)


def _timeline(plan: Plan, answers: Answers) -> dict[str, Any]:
    """Return, in columns of `BUCKET` hours, first answers in time, and lapses where the hours were over."""
    up: dict[str, Counter[int]] = {member: Counter() for member in plan.members}
    down: dict[str, Counter[int]] = {member: Counter() for member in plan.members}
    for member in plan.members:
        for situation in plan.table:
            first = _first(answers, member, situation.question)
            if first is not None and first <= situation.end:
                up[member][int(first // BUCKET)] += 1
            else:
                down[member][situation.end // BUCKET] += 1
    columns = 1 + max(situation.end for situation in plan.table) // BUCKET
    return {
        "hours": BUCKET,
        "columns": columns,
        "answers": {member: [up[member][n] for n in range(columns)] for member in plan.members},
        "lapses": {member: [down[member][n] for n in range(columns)] for member in plan.members},
    }
