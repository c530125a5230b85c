"""What an authority's people share: who holds what, who is on duty, and what one may take from another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from licensing.models import Case, Consultation
from licensing.policies.cases import CASEWORKERS
from licensing.policies.positions import VOICES_SOMEWHERE
from members.models import Role, Shift, User


@dataclass(frozen=True)
class Held:
    """What waits for the team in a case, who holds it, and which one press gets it: "claim", "take" or "".

    `target` is the uid of the consultation, or the reference of a case that the jurisdiction leads. Whether the
    press is allowed is asked again when it is done.
    """

    holder: User | None
    act: str
    of_case: bool
    target: str


def on_duty(user: User) -> list[Shift]:
    """Return the shifts that run now at the officer's authority."""
    running = Shift.objects.running().filter(authority=user.authority_id, person__is_active=True)
    return list(running.select_related("person").order_by("ends_at", "pk"))


def held(user: User, cases: Iterable[Case], duty: Iterable[Shift]) -> dict[int, Held]:
    """Return what each case holds for the officer's team, by the case's key."""
    cases = list(cases)
    found = {
        case.pk: Held(case.officer, _act_on_case(user, case), True, case.reference)
        for case in cases
        if case.lead_id == user.jurisdiction_code
    }
    asked = (
        Consultation.objects.addressed_to(user)  # type: ignore[attr-defined]
        .filter(case__in=cases, status=Consultation.Status.OPEN)
        .filter(ministry=user.authority.ministry if user.authority else "")
        .select_related("officer")
        .order_by("tier", "pk")
    )
    serving = any(shift.person_id == user.pk for shift in duty)
    for consultation in asked:
        act = _act_on_consultation(user, consultation, serving)
        found[consultation.case_id] = Held(consultation.officer, act, False, str(consultation.uid))
    return found


def _act_on_case(user: User, case: Case) -> str:
    if case.officer_id == user.pk or not CASEWORKERS & user.roles:
        return ""
    return "take" if case.officer_id else "claim"


def _act_on_consultation(user: User, consultation: Consultation, serving: bool) -> str:
    if consultation.officer_id == user.pk or not (VOICES_SOMEWHERE | {Role.CRISIS_SEAT}) & user.roles:
        return ""
    if consultation.officer_id is None:
        return "claim"
    lent = consultation.officer_id in user.hands
    may = serving or lent or consultation.taken_over_at or Role.DECIDER in user.roles
    return "take" if may else ""
