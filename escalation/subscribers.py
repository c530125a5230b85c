"""What escalation does when something happened or fell due."""

from collections.abc import Sequence

from core.models import ref_id
from deadlines.models import DueInstant
from deadlines.registry import on_due, on_due_together
from escalation import exit_notices, guidance_notices, notices, report_notices, reporting  # noqa: F401
from escalation.services import (
    clocks,
    deputies,
    exercises,
    exits,
    falling_due,
    guidance,
    guiding,
    intermediaries,
    joint,
    ladder_steps,
    liaison,
    openings,
    prepositions,
    provisional,
    reminders,
    reports,
    rerouting,
    routing,
    rulings,
    waivers,  # noqa: F401
    windows,
)
from exemptions.models import TrustedTrader
from ledger.models import Event
from ledger.subscriptions import subscribe
from licensing.services.provisional import CONFIRMATION


def _case_id(event: Event) -> int:
    return ref_id(event.aggregate, "case")


def lane_queue(event: Event) -> str:
    """The humanitarian lane has its own queue, so that a surge elsewhere never delays it."""
    return "humanitarian" if event.facts.get("lane") == "humanitarian" else "standard"


@subscribe("application.assessed", queue=lane_queue)
def route_when_assessed(event: Event) -> None:
    routing.route(case_id=_case_id(event))


@subscribe("position.taken")
def judge_when_taken(event: Event) -> None:
    ladder_steps.answers_changed(case_id=_case_id(event))


@subscribe("window.lapsed", queue=lane_queue)
def judge_when_lapsed(event: Event) -> None:
    ladder_steps.answers_changed(case_id=_case_id(event))


@subscribe("position.countersigned")
def judge_when_countersigned(event: Event) -> None:
    ladder_steps.answers_changed(case_id=_case_id(event))


@subscribe("position.superseded")
def judge_when_superseded(event: Event) -> None:
    ladder_steps.answers_changed(case_id=_case_id(event))


@subscribe("case.resumed")
def judge_when_resumed(event: Event) -> None:
    routing.expedite(case_id=_case_id(event))
    ladder_steps.answers_changed(case_id=_case_id(event))


@subscribe("case.resumed")
def look_at_measures_when_resumed(event: Event) -> None:
    rerouting.look_after_a_stop(case_id=_case_id(event))


@subscribe("adoption.adopted")
@subscribe("adoption.opted_out")
@subscribe("declaration.took_effect")
@subscribe("declaration.ended")
@subscribe("relaxation.applied")
@subscribe("relaxation.reversed")
def look_again_when_measures_changed(event: Event) -> None:
    rerouting.ask_for_rerouting(event)


@subscribe("trader.granted")
@subscribe("trader.suspended")
@subscribe("trader.refused")
@subscribe("trader.ended")
def look_at_the_fast_lane_when_a_standing_changed(event: Event) -> None:
    rerouting.leave_the_fast_lane(TrustedTrader.objects.get(pk=event.subject_id))


@subscribe("organisation.suspended")
@subscribe("exporter.barred")
def leave_the_fast_lane_when_an_organisation_is_suspended_or_barred(event: Event) -> None:
    organisation = ref_id(event.aggregate, "organisation")
    for trader in TrustedTrader.objects.filter(organisation=organisation):
        rerouting.leave_the_fast_lane(trader)


@subscribe("rerouting.requested", queue=lane_queue)
def reroute_when_requested(event: Event) -> None:
    rerouting.reroute(case_id=_case_id(event), why=event.facts["why"])


@subscribe("case.resumed")
def hold_against_guidance_when_resumed(event: Event) -> None:
    guiding.look(case_id=_case_id(event))


@subscribe("guidance.issued")
def seek_cases_when_issued(event: Event) -> None:
    guiding.seek(guidance_id=int(event.subject_id))


@subscribe("guidance.sought", queue=lane_queue)
def hold_against_guidance_when_sought(event: Event) -> None:
    guiding.look(case_id=_case_id(event))


@subscribe("guidance.withdrawn")
def let_cases_go_when_withdrawn(event: Event) -> None:
    guiding.end(guidance_id=int(event.subject_id))


@subscribe("guidance.expired")
def let_cases_go_when_expired(event: Event) -> None:
    guiding.end(guidance_id=int(event.subject_id))


@subscribe("stop.voided")
def remind_anew_when_voided(event: Event) -> None:
    clocks.clocks_restored(case_id=_case_id(event))


@subscribe("member.offline")
def stand_in_when_offline(event: Event) -> None:
    deputies.stand_in(absence_id=int(event.subject_id))


@on_due(exits.WIND_DOWN)
def take_effect_after_wind_down(due: DueInstant) -> None:
    exits.wind_down_over(due)


@on_due_together(windows.WINDOW)
def lapse_windows(dues: Sequence[DueInstant]) -> None:
    falling_due.windows_lapsed(dues)


@on_due(windows.REMINDER)
def remind(due: DueInstant) -> None:
    reminders.remind(due)


@on_due(windows.DECISION)
def escalate_overdue_decision(due: DueInstant) -> None:
    falling_due.decision_overdue(due)


@on_due(windows.HOLD)
def end_hold(due: DueInstant) -> None:
    falling_due.hold_over(due)


@on_due(CONFIRMATION)
def repeal_what_nobody_confirmed(due: DueInstant) -> None:
    provisional.not_confirmed(due)


@on_due(exercises.OVERDUE)
def tell_improvement_overdue(due: DueInstant) -> None:
    exercises.improvement_overdue(due)


@on_due(windows.APPEAL)
def let_decision_of_tier_stand(due: DueInstant) -> None:
    falling_due.nobody_appealed(due)


@on_due(windows.OUTER)
def announce_outer_limit(due: DueInstant) -> None:
    falling_due.outer_limit_passed(due)


@on_due(windows.ASSESSMENT)
def alarm_overdue_assessment(due: DueInstant) -> None:
    falling_due.assessment_overdue(due)


@on_due(prepositions.EXPIRY)
def expire_preposition(due: DueInstant) -> None:
    prepositions.expire(due)


@subscribe("consultation.opened")
def open_when_asked(event: Event) -> None:
    openings.open_for_case(case_id=_case_id(event))


@subscribe("case.routed")
def open_when_asked_again(event: Event) -> None:
    openings.open_for_case(case_id=_case_id(event))


@subscribe("case.resumed")
def open_when_resumed(event: Event) -> None:
    openings.open_for_case(case_id=_case_id(event))


@subscribe("declaration.in_force")
@subscribe("declaration.took_effect")
def open_when_a_crisis_is_declared(event: Event) -> None:
    openings.open_for_crisis()


@subscribe("emergency.accepted")
def expedite_when_accepted(event: Event) -> None:
    routing.expedite(case_id=_case_id(event))


@subscribe("application.registered")
def flag_intermediaries_when_registered(event: Event) -> None:
    intermediaries.flag(case_id=_case_id(event))


@subscribe("application.revised")
def flag_intermediaries_when_revised(event: Event) -> None:
    intermediaries.flag(case_id=_case_id(event))


@subscribe("ground.accepted", queue=lane_queue)
@subscribe("ground.refused", queue=lane_queue)
def choose_anew_when_ruled(event: Event) -> None:
    rulings.ground_ruled(case_id=_case_id(event), why=event.facts["legal_basis"])


@on_due(liaison.EXPIRY)
def expire_package(due: DueInstant) -> None:
    liaison.expire(due)


@on_due(guidance.EXPIRY)
def expire_guidance(due: DueInstant) -> None:
    guidance.expire(due)


@subscribe("declaration.in_force")
def report_when_a_crisis_is_declared(event: Event) -> None:
    reports.begin(declaration_id=ref_id(event.aggregate, "declaration"))


@on_due(reporting.DUE)
def report_at_its_hour(due: DueInstant) -> None:
    reports.fall_due(due)


@subscribe("declaration.ended")
def report_for_the_last_time(event: Event) -> None:
    reports.close(declaration_id=ref_id(event.aggregate, "declaration"))


@on_due(joint.EFFECT)
def take_effect_together(due: DueInstant) -> None:
    joint.fall_due(due)
