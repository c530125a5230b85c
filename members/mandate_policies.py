"""Who gives, answers and ends a mandate, and what may be done under one."""

from __future__ import annotations

from django.utils.translation import gettext as _

from core.policies import ALLOW, Verdict, deny
from members.models import Mandate, Mandated, Organisation, User
from members.policies import administers_organisation, in_person


def can_give(actor: User, principal: Organisation) -> Verdict:
    """An administrator of a vetted exporter, in person."""
    verdict = administers_organisation(actor, principal)
    if verdict and principal.status != Organisation.Status.VETTED:
        return deny(_("Your organisation has to be vetted by its authority before it can give a mandate."))
    return verdict


def can_answer(actor: User, mandate: Mandate) -> Verdict:
    """An administrator of the agent, in person, while the mandate waits for it and its last day is not over."""
    if mandate.agent_id not in actor.administers:
        return deny(_("Only an administrator of the agent accepts or declines a mandate."))
    if not (verdict := in_person(actor)):
        return verdict
    if mandate.standing() != Mandate.Standing.OFFERED:
        return deny(_("This mandate does not wait for an answer: %(state)s.") % {"state": _state(mandate)})
    return ALLOW


def can_end(actor: User, mandate: Mandate) -> Verdict:
    """An administrator of either side, in person, until it is over. The agent declines what it has not accepted."""
    sides = {mandate.principal_id}
    if mandate.status != Mandate.Status.OFFERED:
        sides.add(mandate.agent_id)
    if sides.isdisjoint(actor.administers):
        return deny(_("Only an administrator of the exporter or of the agent ends a mandate."))
    if not (verdict := in_person(actor)):
        return verdict
    if mandate.standing() in OVER:
        return deny(_("This mandate is over: %(state)s.") % {"state": _state(mandate)})
    return ALLOW


OVER = frozenset(
    {
        Mandate.Standing.LAPSED,
        Mandate.Standing.EXPIRED,
        Mandate.Standing.DECLINED,
        Mandate.Standing.ENDED,
    }
)


def can_attach(actor: User, mandate: Mandate) -> Verdict:
    """An administrator of the exporter puts its document beside it, until it is over."""
    if mandate.principal_id not in actor.administers:
        return deny(_("Only an administrator of the exporter attaches the document of a mandate."))
    if not (verdict := in_person(actor)):
        return verdict
    if mandate.standing() in OVER:
        return deny(_("This mandate is over: %(state)s.") % {"state": _state(mandate)})
    return ALLOW


def can_use(user: User, mandate: Mandate, act: Mandated) -> Verdict:
    """Whether a person may do an act under a mandate now; where not, the reason names its state, day or acts.

    Whether is `User.mandated`; the rest only says why not.
    """
    if mandate.pk in user.mandated(act):
        return ALLOW
    if mandate.agent_id not in user.organisation_ids:
        return deny(_("You do not belong to the agent whom this mandate names."))
    told = {"mandate": mandate.reference, "first": mandate.starts_on, "last": mandate.ends_on}
    standing = mandate.standing()
    if standing == Mandate.Standing.TO_COME:
        return deny(_("Mandate %(mandate)s begins on %(first)s.") % told)
    if standing == Mandate.Standing.EXPIRED:
        return deny(_("Mandate %(mandate)s expired: its last day was %(last)s.") % told)
    if standing != Mandate.Standing.IN_FORCE:
        return deny(_("Mandate %(mandate)s is not in force: %(state)s.") % {**told, "state": _state(mandate)})
    return deny(
        _("Mandate %(mandate)s does not include this act: %(act)s.") % {**told, "act": str(act.label).lower()}
    )


def _state(mandate: Mandate) -> str:
    return str(mandate.standing().label).lower()
