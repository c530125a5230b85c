"""Who files, corrects, submits and withdraws an application."""

from django.utils.translation import gettext as _

from core.policies import ALLOW, Verdict, deny
from licensing.models import Application, Case
from members.models import Organisation, User


def belongs(user: User, organisation: Organisation) -> Verdict:
    """A person of the exporter's organisation."""
    if organisation.pk not in user.organisation_ids:
        return deny(_("You do not belong to this organisation."))
    return ALLOW


def can_start(user: User, organisation: Organisation) -> Verdict:
    """A person of the organisation; drafts may be written while it waits to be vetted."""
    return belongs(user, organisation)


def can_edit(user: User, application: Application) -> Verdict:
    """A person of the organisation, while the application is a draft."""
    verdict = belongs(user, application.organisation)
    if verdict and application.status != Application.Status.DRAFT:
        return deny(_("Only a draft can be changed; a registered application is corrected by an answer."))
    return verdict


def can_submit(user: User, application: Application) -> Verdict:
    """The same, once the organisation has been vetted by its jurisdiction."""
    verdict = can_edit(user, application)
    if verdict and application.organisation.status != Organisation.Status.VETTED:
        return deny(_("Your organisation has to be vetted by its authority before it can submit."))
    return verdict


def can_withdraw(user: User, application: Application) -> Verdict:
    """A person of the organisation, until the case is decided."""
    verdict = belongs(user, application.organisation)
    if not verdict:
        return verdict
    case = Case.objects.filter(application=application).first()
    if application.status != Application.Status.REGISTERED or case is None or not case.is_open:
        return deny(_("Only an application that is being handled can be withdrawn."))
    return ALLOW
