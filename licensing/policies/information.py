"""Who asks the exporter, and who answers."""

from django.utils.translation import gettext as _

from core.policies import ALLOW, Verdict, deny
from licensing.models import Case, InformationRequest
from licensing.policies import provisional
from licensing.policies.applications import acts_for
from licensing.policies.common import adjudicates, is_ready_officer
from members.models import Mandated, Role, User

ASKERS = frozenset({Role.LICENSING_OFFICER, Role.ADVISER, Role.DECIDER, Role.CRISIS_SEAT})


def can_ask(user: User, case: Case) -> Verdict:
    """An officer who works on the case, while it is in review or on hold; while it is granted provisionally, those
    who may confirm that."""
    verdict = is_ready_officer(user, case)
    if not verdict:
        return verdict
    asks = ASKERS & user.roles or adjudicates(user, case)
    if not asks or not Case.objects.visible_to(user).filter(pk=case.pk).exists():  # type: ignore[attr-defined]
        return deny(_("You have no part in this case."))
    if Role.CRISIS_SEAT not in user.roles and (
        user.jurisdiction_code != case.lead_id
        and not case.stakes.filter(jurisdiction=user.jurisdiction_code).exists()
    ):
        return deny(_("Only the lead and the members consulted can ask the exporter."))
    if case.status == Case.Status.PROVISIONAL:
        return provisional.can_ask(user, case)
    if case.status not in (Case.Status.IN_REVIEW, Case.Status.ON_HOLD):
        return deny(_("The exporter is asked while the case is in review, on hold or granted provisionally."))
    return ALLOW


def can_answer(user: User, request: InformationRequest) -> Verdict:
    """A person of the exporter's organisation, or of its agent under a mandate to answer."""
    application = request.case.application
    if application.organisation_id not in user.organisation_ids:
        verdict = acts_for(user, application, Mandated.ANSWER)
        if not verdict:
            mandated = application.mandate and application.mandate.agent_id in user.organisation_ids
            return verdict if mandated else deny(_("Only the exporter can answer."))
    if request.status != InformationRequest.Status.OPEN:
        return deny(_("This question is closed."))
    return ALLOW


def can_withdraw(user: User, request: InformationRequest) -> Verdict:
    """An officer of the jurisdiction that asked, in a role that asks."""
    verdict = is_ready_officer(user, request.case)
    if not verdict:
        return verdict
    if user.jurisdiction_code != request.asked_by.jurisdiction_code:
        return deny(_("Only the jurisdiction that asked can withdraw the question."))
    if not ASKERS & user.roles:
        return deny(_("Your role does not ask the exporter."))
    if request.status != InformationRequest.Status.OPEN:
        return deny(_("This question is closed."))
    return ALLOW
