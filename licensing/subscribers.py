"""What licensing does when something happened or fell due."""

from core.models import ref_id
from deadlines.models import DueInstant
from deadlines.registry import on_due
from intelligence.models import Denial
from ledger.models import Event
from ledger.subscriptions import subscribe
from licensing import (  # noqa: F401
    change_notices,
    clock_notices,
    emergency_notices,
    hit_notices,
    interest_notices,
    key_notices,
    mandate_notices,
    measure_notices,
    message_notices,
    notices,
    provisional_notices,
    suspicion_notices,
    trader_notices,
    undercut_notices,
)
from licensing.models import Case
from licensing.services import (  # noqa: F401
    applications,
    assessments,
    change_consents,
    changes,
    consents,
    emergencies,
    information,
    licences,
    linking,
    locks,
    messages,
    rescreening,
    stops,
    superseding,
    suspicions,
    trader_standing,
    traders,
    undercut,
)
from screening.models import ClearedPair, Snapshot


def lane_queue(event: Event) -> str:
    """The humanitarian lane has its own queue, chosen from the ground claimed."""
    return "humanitarian" if event.facts.get("lane") == "humanitarian" else "standard"


@subscribe("application.registered", queue=lane_queue)
def assess_when_registered(event: Event) -> None:
    assessments.assess(application_id=int(event.subject_id))


@subscribe("application.revised", queue=lane_queue)
def assess_when_revised(event: Event) -> None:
    assessments.assess(application_id=int(event.subject_id))


@subscribe("list.loaded")
def ask_for_rescreening(event: Event) -> None:
    snapshot = Snapshot.objects.select_related("source_list").get(pk=event.subject_id)
    if snapshot.in_force_until is None:  # a version that is over is overtaken by the event of its successor
        rescreening.ask_for_rescreening(snapshot=snapshot)


@subscribe("ownership_rule.begun")
def ask_for_rescreening_by_owners(event: Event) -> None:
    rescreening.ask_for_rescreening_by_owners()


@subscribe("screening.requested", queue=lane_queue)
def rescreen_when_requested(event: Event) -> None:
    rescreening.rescreen(case=Case.objects.get(pk=event.subject_id), why="list")


@subscribe("cleared_pair.ended")
def reopen_when_a_pair_ended(event: Event) -> None:
    rescreening.reopen(pair=ClearedPair.objects.select_related("shared_party").get(pk=event.subject_id))


@subscribe("cleared_pair.expired")
def reopen_when_a_pair_expired(event: Event) -> None:
    rescreening.reopen(pair=ClearedPair.objects.select_related("shared_party").get(pk=event.subject_id))


@subscribe("application.assessed", queue=lane_queue)
def link_when_assessed(event: Event) -> None:
    linking.link(case_id=ref_id(event.aggregate, "case"))


@subscribe("application.assessed", queue=lane_queue)
def look_for_suspicious_orders_when_assessed(event: Event) -> None:
    rows = Case.objects.select_related("revision")
    suspicions.look_for_case(case=rows.get(pk=ref_id(event.aggregate, "case")))


@subscribe("case.routed", queue=lane_queue)
@subscribe("case.resumed")
def look_for_denials_when_routed(event: Event) -> None:
    undercut.look(case=Case.objects.get(pk=ref_id(event.aggregate, "case")))


@subscribe("denial.recorded")
@subscribe("denial.released")
def look_for_cases_when_denied(event: Event) -> None:
    rows = Denial.objects.prefetch_related("named__sharedparty")
    undercut.look_for_denial(denial=rows.get(pk=event.subject_id))


@subscribe("denial.withdrawn")
@subscribe("denial.reviewed")
def ask_no_more_when_withdrawn(event: Event) -> None:
    denial = Denial.objects.get(pk=event.subject_id)
    if denial.status == Denial.Status.WITHDRAWN:
        undercut.forget_denial(denial=denial)


@on_due(undercut.ANSWER)
def take_silence_for_not_identical(due: DueInstant) -> None:
    undercut.lapse(due)


@on_due(applications.DRAFT_EXPIRY)
def expire_draft(due: DueInstant) -> None:
    applications.expire_draft(due)


@on_due(emergencies.TRIAGE)
def call_overdue_triage(due: DueInstant) -> None:
    emergencies.overdue(due)


@on_due(information.EXPIRY)
def expire_question(due: DueInstant) -> None:
    information.expire(due)


@on_due(stops.EXPIRY)
def expire_stop(due: DueInstant) -> None:
    stops.expire_stop(due)


@on_due(consents.ANSWER)
def leave_licence_as_it_is(due: DueInstant) -> None:
    consents.lapse(due)


@on_due(messages.ACKNOWLEDGEMENT)
def tell_that_nobody_acknowledged(due: DueInstant) -> None:
    messages.lapse(due)


@on_due(superseding.CHANGE_ANSWER)
def call_for_a_change_to_be_decided(due: DueInstant) -> None:
    changes.overdue(due)


@on_due(superseding.CHANGE_CONSENT)
def take_silence_for_no_consent(due: DueInstant) -> None:
    change_consents.lapse(due)


@on_due(licences.EXPIRY)
def expire_licence(due: DueInstant) -> None:
    licences.expire(due)


@subscribe("application.returned")
@subscribe("case.decided")
@subscribe("information.expired")
@subscribe("licence.suspended")
@subscribe("licence.revoked")
@subscribe("delivery.unverified")
@subscribe("waiver.report_missed")
@subscribe("waiver.reported")
@subscribe("waiver.suspended")
@subscribe("waiver.revoked")
def look_at_the_trader(event: Event) -> None:
    trader_standing.look_after(event)


@on_due(traders.EXPIRY)
def end_trust_after_three_years(due: DueInstant) -> None:
    trader_standing.expired(due)


@on_due(traders.REAUDIT)
def call_the_next_audit(due: DueInstant) -> None:
    trader_standing.reaudit(due)
