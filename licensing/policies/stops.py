"""Who stops a clock, who lets it run again, and who reviews that."""

from django.utils.translation import gettext as _

from core.policies import ALLOW, Verdict, deny
from licensing.models import Case, ClockStop
from licensing.policies.common import is_rapid, is_ready_officer, serves_lead
from licensing.stops import DECISION, OUTER, WINDOW
from members.models import Role, User
from members.policies import other_hands

#: Kinds of due instants that a stop can hold.
STOPPED = (WINDOW, DECISION, OUTER)
STOPPERS = frozenset({Role.LICENSING_OFFICER, Role.DECIDER})
REVIEWERS = frozenset({Role.AUDITOR, Role.COUNTERSIGNER})


def can_stop(user: User, case: Case) -> Verdict:
    """A licensing officer or decider of the lead, where windows are days, while no legal step holds the case."""
    verdict = serves_lead(user, case)
    if not verdict:
        return verdict
    if not STOPPERS & user.roles:
        return deny(_("Your role does not stop clocks."))
    if is_rapid(case):
        return deny(
            _("Where windows are hours the clock stands for the exporter only: ask a question instead.")
        )
    if case.status not in (Case.Status.IN_REVIEW, Case.Status.AWAITING_APPLICANT):
        return deny(_("Only the clock of a case in review can be stopped."))
    if case.stops.running().filter(request__isnull=True).exists():  # type: ignore[attr-defined]
        return deny(_("The clock stands already."))
    return ALLOW


def can_resume(user: User, stop: ClockStop) -> Verdict:
    """A licensing officer or decider of the lead, while a stop for a legal reason runs."""
    verdict = serves_lead(user, stop.case)
    if not verdict:
        return verdict
    if not STOPPERS & user.roles:
        return deny(_("Your role does not stop clocks."))
    if stop.request_id is not None:
        return deny(_("The clock stands for a question: it runs again when that is answered or withdrawn."))
    if not stop.is_running:
        return deny(_("This stop is over."))
    return ALLOW


def can_void(user: User, stop: ClockStop) -> Verdict:
    """An auditor, or a countersigner of the lead; never whoever stopped the clock."""
    verdict = is_ready_officer(user, stop.case)
    if not verdict:
        return verdict
    if not REVIEWERS & user.roles:
        return deny(_("Only an auditor or a countersigner reviews stops."))
    if Role.AUDITOR not in user.roles and user.jurisdiction_code != stop.case.lead_id:
        return deny(_("Only auditors and the countersigners of the lead review this stop."))
    if stop.owner_id == user.pk:
        return deny(_("Nobody reviews a stop of their own."))
    if stop.voided_at is not None:
        return deny(_("This stop is void already."))
    if not stop.case.is_open:
        return deny(_("The case is closed: no clock is left to restore."))
    return other_hands(user, stop.owner_id, stop.opened_at)


def can_read_statistic(user: User) -> Verdict:
    """An auditor or a countersigner; each of the cases they may read."""
    if not user.is_officer or not REVIEWERS & user.roles:
        return deny(_("Only auditors and countersigners review who stops clocks."))
    if not user.has_second_factor:
        return deny(_("Set up your second factor first."))
    return ALLOW
