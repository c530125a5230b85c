"""What every policy on a case asks first."""

from django.utils.translation import gettext as _

from alliance.selectors import charter
from core.policies import ALLOW, Verdict, deny
from licensing.models import Case
from members.models import Role, User
from members.policies import in_office


def is_ready_officer(user: User, case: Case) -> Verdict:
    """An officer in office, with a second factor, who does not belong to the exporter."""
    verdict = in_office(user, _("Only officers of an authority work on cases."))
    if not verdict:
        return verdict
    mine = user.organisation_ids
    if mine and case.application.organisation_id in mine:
        return deny(_("You belong to the exporter's organisation."))
    return ALLOW


def serves_lead(user: User, case: Case) -> Verdict:
    """A ready officer of the jurisdiction that leads the case."""
    verdict = is_ready_officer(user, case)
    if not verdict:
        return verdict
    if user.jurisdiction_code != case.lead_id:
        return deny(_("Only the authority that leads the case can do this."))
    return ALLOW


def adjudicates(user: User, case: Case) -> bool:
    """Whether the person works on a case as humanitarian adjudicator: in the humanitarian lane, nowhere else."""
    return Role.HUMANITARIAN_ADJUDICATOR in user.roles and case.lane == "humanitarian"


def is_rapid(case: Case) -> bool:
    """Whether a case runs in hours: in a lane of its own, or by a charter whose windows are hours."""
    if case.lane != "standard":
        return True
    return bool(case.charter_key) and charter(case.charter_key, case.charter_version).rapid
