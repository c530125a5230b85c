"""What a person may do next on a case, and where not, why: the one source for the page and for the API."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from core.models import ref
from core.policies import Verdict
from licensing.guards import blockers
from licensing.models import (
    Case,
    Consultation,
    Decision,
    InformationRequest,
    LicenceChange,
    Position,
    TwoKeys,
    UndercutCheck,
)
from licensing.policies import applications as application_policies
from licensing.policies import cases as case_policies
from licensing.policies import changes as change_policies
from licensing.policies import decisions as decision_policies
from licensing.policies import emergencies as emergency_policies
from licensing.policies import information as information_policies
from licensing.policies import interests as interest_policies
from licensing.policies import positions as position_policies
from licensing.policies import provisional as provisional_policies
from licensing.policies import undercut as undercut_policies
from licensing.selectors.provisional import standing_on
from members.models import User
from screening import policies as hit_policies
from screening.models import Hit
from screening.selectors import UNRESOLVED


@dataclass(frozen=True)
class Act:
    """Something to do. `target` is the reference or uid of what it is done to; `blockers` is what would have
    to be settled for it to succeed although the person may try."""

    name: str
    label: str
    target: str
    allowed: bool
    reason: str = ""
    blockers: tuple[str, ...] = ()


def _act(name: str, label: Any, target: Any, verdict: Verdict, stops: tuple[str, ...] = ()) -> Act:
    return Act(name, str(label), str(target), verdict.allowed, verdict.reason, stops)


def acts(user: User, case: Case) -> list[Act]:
    """Return every act on a case that concerns the person, allowed or not, each with its reason."""
    found = [*_exporter_acts(user, case)] if not user.is_officer else [*_officer_acts(user, case)]
    return found


def reassigning(user: User, case: Case) -> Act:
    """Giving a case to another officer, which pages offer beside who holds it."""
    verdict = case_policies.can_reassign(user, case)
    return _act("reassign", _("Give the case to another officer"), case.reference, verdict)


def _exporter_acts(user: User, case: Case) -> Iterator[Act]:
    yield _act(
        "withdraw_application",
        _("Withdraw the application"),
        case.application.reference,
        application_policies.can_withdraw(user, case.application),
    )
    for request in case.information_requests.filter(status=InformationRequest.Status.OPEN):
        yield _act(
            "answer_question",
            _("Answer the question"),
            request.uid,
            information_policies.can_answer(user, request),
        )
    for change in _changes(user, case):
        verdict = change_policies.can_withdraw(user, change)
        yield _act("withdraw_change", _("Take the request back"), change.reference, verdict)


def _changes(user: User, case: Case) -> list[LicenceChange]:
    """Return the requests to change the licence of a case that nobody has decided; there are none before it is."""
    if case.status != Case.Status.DECIDED:
        return []
    rows = LicenceChange.objects.standing().filter(licence__case=case)  # type: ignore[attr-defined]
    if not user.is_officer:  # an agent may read a case and not its licence, an officer reads both
        rows = rows.visible_to(user)
    found = list(rows)
    for change in found:
        change.licence.case = case
    return found


def _change_acts(user: User, case: Case) -> Iterator[Act]:
    for change in _changes(user, case):
        told = {"what": change.get_kind_display().lower()}
        if verdict := change_policies.can_speak(user, change):
            label = _("Say whether your member consents to the %(what)s") % told
            yield _act("speak_on_change", label, change.reference, verdict)
        if change.status == LicenceChange.Status.ASKED:
            verdict = change_policies.can_recommend(user, change)
            label = _("Recommend how to answer the %(what)s") % told
            yield _act("recommend_change", label, change.reference, verdict)
            continue
        verdict = change_policies.can_decide(user, change)
        yield _act("decide_change", _("Decide on the %(what)s") % told, change.reference, verdict)
        yield _act("return_change", _("Send the recommendation back"), change.reference, verdict)


def _officer_acts(user: User, case: Case) -> Iterator[Act]:
    yield _act("claim", _("Claim the case"), case.reference, case_policies.can_claim(user, case))
    if case.officer_id == user.pk:
        yield _act("release", _("Give the case back"), case.reference, case_policies.can_release(user, case))
    yield from _change_acts(user, case)
    if not case.is_open:
        return
    yield from _emergency_acts(user, case)
    yield from _interest_acts(user, case)
    yield from _hit_acts(user, case)
    yield from _position_acts(user, case)
    yield from _undercut_acts(user, case)
    yield _act("ask", _("Ask the exporter"), case.reference, information_policies.can_ask(user, case))
    for request in case.information_requests.filter(status=InformationRequest.Status.OPEN).select_related(
        "asked_by__authority"
    ):
        yield _act(
            "withdraw_question",
            _("Withdraw the question"),
            request.uid,
            information_policies.can_withdraw(user, request),
        )
    yield from _decision_acts(user, case)


def _emergency_acts(user: User, case: Case) -> Iterator[Act]:
    request = getattr(case, "emergency", None)
    if request is not None and request.is_waiting:
        request.case = case
        verdict = emergency_policies.can_triage(user, request)
        yield _act("triage_emergency", _("Triage the emergency request"), case.reference, verdict)


def _interest_acts(user: User, case: Case) -> Iterator[Act]:
    if not case.aid:
        return
    verdict = interest_policies.can_rule(user, case)
    if verdict or interest_policies.waits_for_ruling(case):
        yield _act("rule_on_ground", _("Rule on the humanitarian ground"), case.reference, verdict)
    two_keys = TwoKeys.objects.filter(revision=case.revision_id, ended_at__isnull=True).first()
    if two_keys is not None:
        two_keys.case = case
        verdict = interest_policies.can_sign(user, two_keys)
        yield _act("sign_key", _("Sign your key"), case.reference, verdict)


def _hit_acts(user: User, case: Case) -> Iterator[Act]:
    for hit in Hit.objects.visible_to(user).filter(case_ref=ref(case)):  # type: ignore[attr-defined]
        if hit.status in (Hit.Status.OPEN, Hit.Status.UNSURE):
            label = _("Propose to clear a hit") if hit.strong else _("Clear a hit")
            yield _act("clear_hit", label, hit.uid, hit_policies.can_clear(user, hit))
        elif hit.status == Hit.Status.PROPOSED_CLEAR:
            verdict = hit_policies.can_second(user, hit)
            yield _act("confirm_clear", _("Clear a hit as second officer"), hit.uid, verdict)
            yield _act("reject_clear", _("Send a proposed clearance back"), hit.uid, verdict)
        if hit.status in UNRESOLVED:
            verdict = hit_policies.can_mark_unsure(user, hit)
            yield _act("mark_unsure", _("Say what is missing to judge a hit"), hit.uid, verdict)
            verdict = hit_policies.can_confirm_match(user, hit)
            yield _act("confirm_match", _("Confirm a hit as true"), hit.uid, verdict)


def _position_acts(user: User, case: Case) -> Iterator[Act]:
    consultations = (
        Consultation.objects.visible_to(user)  # type: ignore[attr-defined]
        .filter(case=case, round=case.round)
        .exclude(status__in=[Consultation.Status.LAPSED, Consultation.Status.CLOSED])
        .select_related("jurisdiction", "case__application")
        .prefetch_related("positions")
    )
    for consultation in consultations:
        label = (
            _("Take a position for %(who)s")
            if consultation.status == Consultation.Status.OPEN
            else _("Change the position of %(who)s")
        )
        name = "take_position" if consultation.status == Consultation.Status.OPEN else "change_position"
        yield _act(
            name,
            label % {"who": consultation.addressee},
            consultation.uid,
            position_policies.can_take(user, consultation),
        )
        for position in consultation.positions.all():
            if position.status == Position.Status.PROPOSED:
                verdict = position_policies.can_countersign(user, position)
                yield _act("countersign_position", _("Countersign the position"), position.uid, verdict)
                yield _act("return_position", _("Return the position to its author"), position.uid, verdict)


def _undercut_acts(user: User, case: Case) -> Iterator[Act]:
    rows = UndercutCheck.objects.visible_to(user).standing().filter(case=case)  # type: ignore[attr-defined]
    for row in rows.select_related("denial"):
        row.case = case
        told = {"denial": row.denial.reference}
        if row.status == UndercutCheck.Status.ASKED:
            label = _("Say whether this is what %(denial)s denied") % told
            yield _act("answer_undercut", label, row.uid, undercut_policies.can_answer(user, row))
        else:
            label = _("Explain a grant of what %(denial)s denied") % told
            yield _act("explain_undercut", label, row.uid, undercut_policies.can_explain(user, row))


def _decision_acts(user: User, case: Case) -> Iterator[Act]:
    stops = tuple(blockers(case, Decision.Kind.GRANT))
    waits = case.status == Case.Status.PROVISIONAL
    yield _act(
        "propose_decision",
        _("Propose to confirm the provisional grant") if waits else _("Propose a decision"),
        case.reference,
        decision_policies.can_propose(user, case),
        stops,
    )
    for decision in case.decisions.filter(status=Decision.Status.PROPOSED).select_related("proposed_by"):
        decision.case = case
        verdict = decision_policies.can_countersign(user, decision)
        label = _("Confirm the provisional grant") if waits else _("Countersign the decision")
        yield _act("countersign_decision", label, decision.uid, verdict)
        yield _act("send_back_decision", _("Send the decision back"), decision.uid, verdict)
    if waits:
        verdict = provisional_policies.can_refuse(user, standing_on(case))
        yield _act("refuse_confirmation", _("Refuse to confirm it"), case.reference, verdict)
