"""Who files, corrects, submits and withdraws an application."""

from django.utils.translation import gettext as _

from core.policies import ALLOW, Verdict, deny
from licensing.dossier import Dossier, destinations
from licensing.models import Application, Case
from members import mandate_policies
from members.models import Mandate, Mandated, Organisation, User


def belongs(user: User, organisation: Organisation) -> Verdict:
    """A person of the exporter's organisation."""
    if organisation.pk not in user.organisation_ids:
        return deny(_("You do not belong to this organisation."))
    return ALLOW


def acts_for(user: User, application: Application, act: Mandated) -> Verdict:
    """A person of the exporter's organisation, or of its agent under the mandate the application is filed under."""
    verdict = belongs(user, application.organisation)
    if verdict or application.mandate is None or application.mandate.agent_id not in user.organisation_ids:
        return verdict
    return mandate_policies.can_use(user, application.mandate, act)


def within_mandate(user: User, application: Application, dossier: Dossier) -> Verdict:
    """What an agent files goes nowhere but where its mandate reaches; an exporter's own people file anything."""
    mandate = application.mandate
    if mandate is None or not mandate.destinations or belongs(user, application.organisation):
        return ALLOW
    beyond = sorted(destinations(dossier) - set(mandate.destinations))
    if not beyond:
        return ALLOW
    return deny(
        _("Mandate %(mandate)s is for %(reached)s and does not reach %(beyond)s.")
        % {
            "mandate": mandate.reference,
            "reached": ", ".join(mandate.destinations),
            "beyond": ", ".join(beyond),
        }
    )


def can_start(user: User, organisation: Organisation, mandate: Mandate | None = None) -> Verdict:
    """A person of the organisation, or of the agent under a mandate of it to write drafts; drafts may be written
    while the organisation waits to be vetted."""
    if mandate is None:
        return belongs(user, organisation)
    if mandate.principal_id != organisation.pk:
        return deny(_("This mandate was given by another organisation."))
    return mandate_policies.can_use(user, mandate, Mandated.DRAFT)


def can_edit(user: User, application: Application) -> Verdict:
    """A person of the organisation, or of its agent, while the application is a draft."""
    verdict = acts_for(user, application, Mandated.DRAFT)
    if verdict and application.status != Application.Status.DRAFT:
        return deny(_("Only a draft can be changed; a registered application is corrected by an answer."))
    return verdict


def can_submit(user: User, application: Application) -> Verdict:
    """The same, once the organisation has been vetted by its jurisdiction; an agent, if its mandate is to submit
    and reaches where the goods go."""
    verdict = can_edit(user, application)
    if verdict and application.mandate is not None:
        verdict = acts_for(user, application, Mandated.SUBMIT) and within_mandate(
            user, application, application.draft
        )
    if verdict and application.organisation.status != Organisation.Status.VETTED:
        return deny(_("Your organisation has to be vetted by its authority before it can submit."))
    return verdict


def can_withdraw(user: User, application: Application) -> Verdict:
    """A person of the organisation, or of its agent, until the case is decided."""
    verdict = acts_for(user, application, Mandated.SUBMIT)
    if not verdict:
        return verdict
    case = Case.objects.filter(application=application).first()
    if application.status != Application.Status.REGISTERED or case is None or not case.is_open:
        return deny(_("Only an application that is being handled can be withdrawn."))
    return ALLOW
