"""Who reports a suspicious order, and who says what a member makes of it."""

from django.utils.translation import gettext as _

from core.policies import ALLOW, Verdict, deny
from licensing.models import SuspiciousOrder, SuspiciousOrderReview, SuspiciousOrderShare
from licensing.policies.common import takes_part
from licensing.policies.positions import VOICES
from members.models import Organisation, Role, User
from members.policies import in_role


def can_file(user: User, organisation: Organisation) -> Verdict:
    """People of the exporter, whatever its standing: a report is always welcome."""
    if organisation.pk not in user.organisation_ids:
        return deny(_("You can report for your own organisation only."))
    return ALLOW


def can_review(user: User, report: SuspiciousOrder) -> Verdict:
    """An officer with a voice, of a member that may read it and has not closed it; nobody of the exporter."""
    verdict = in_role(
        user,
        VOICES,
        outsider=_("Only officers of an authority review what exporters report."),
        otherwise=_("Your role does not review what exporters report."),
    )
    if not verdict:
        return verdict
    if report.organisation_id in user.organisation_ids:
        return deny(_("You belong to the exporter that reported this."))
    if report.application is not None and takes_part(user, report.application):
        return deny(_("You belong to the agent that files for the exporter."))
    mine = {"report": report, "jurisdiction": user.jurisdiction_code}
    if not SuspiciousOrderShare.objects.filter(**mine).exists():
        return deny(_("This report was not shared with your member."))
    if SuspiciousOrderReview.objects.filter(**mine, outcome=SuspiciousOrderReview.Outcome.CLOSED).exists():
        return deny(_("Your member has closed this report."))
    return ALLOW


def can_pass_on(user: User, report: SuspiciousOrder) -> Verdict:
    """A decider of the member in which the exporter is established: it alone decides who else may read it."""
    verdict = can_review(user, report)
    if not verdict:
        return verdict
    if user.jurisdiction_code != report.organisation.jurisdiction_id:
        return deny(_("Only the member of the exporter decides which further members may read it."))
    if Role.DECIDER not in user.roles:
        return deny(_("Only a decider passes a report on to further members."))
    return ALLOW
