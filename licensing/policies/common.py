"""What every policy on a case asks first."""

from django.utils.translation import gettext as _

from alliance.selectors import charter
from core.policies import ALLOW, Verdict, deny
from licensing.models import Application, Case
from members.models import Role, User
from members.policies import in_office


def takes_part(user: User, application: Application) -> bool:
    """Whether a person belongs to who files."""
    mine = user.organisation_ids
    return bool(mine) and not mine.isdisjoint(application.filers)


def not_of_who_files(user: User, application: Application) -> Verdict:
    """Refuse whoever takes part as exporter or agent: for the acts of officers, who then have no second hat."""
    if not takes_part(user, application):
        return ALLOW
    if application.organisation_id in user.organisation_ids:
        return deny(_("You belong to the exporter's organisation."))
    return deny(_("You belong to the agent that files for the exporter."))


def is_ready_officer(user: User, case: Case) -> Verdict:
    """An officer in office, with a second factor, who belongs neither to the exporter nor to its agent."""
    verdict = in_office(user, _("Only officers of an authority work on cases."))
    if not verdict:
        return verdict
    return not_of_who_files(user, case.application) if user.organisation_ids else ALLOW


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
