"""Who watches intermediaries, and who tells authorities outside the alliance of one."""

from django.utils.translation import gettext as _

from core.policies import Verdict, deny
from escalation.models import LiaisonPackage
from members.models import Role, User
from members.policies import in_role, other_hands, unit_seat

Status = LiaisonPackage.Status


def can_watch(user: User) -> Verdict:
    """Seats of the crisis unit and auditors."""
    return in_role(
        user,
        {Role.CRISIS_SEAT, Role.AUDITOR},
        outsider=_("Only officers of an authority watch intermediaries."),
        otherwise=_("Intermediaries are watched by seats of the crisis unit and auditors."),
    )


def can_propose(user: User) -> Verdict:
    """A seat of the crisis unit, in person."""
    return unit_seat(user, _("Only officers of an authority make liaison packages."))


def can_release(user: User, package: LiaisonPackage) -> Verdict:
    """Another seat, of another member, by other hands."""
    verdict = can_propose(user)
    if not verdict:
        return verdict
    if package.status != Status.PROPOSED:
        return deny(_("This package does not wait for a second person."))
    if package.proposed_by_id == user.pk or package.proposed_by.jurisdiction_code == user.jurisdiction_code:
        return deny(_("A package is released by a seat of another member than its author's."))
    return other_hands(user, package.proposed_by_id, package.proposed_at)


def can_withdraw(user: User, package: LiaisonPackage) -> Verdict:
    """Any seat, until it has ended."""
    verdict = can_propose(user)
    if verdict and package.status not in (Status.PROPOSED, Status.RELEASED):
        return deny(_("It has ended already."))
    return verdict


def can_fetch(user: User, package: LiaisonPackage) -> Verdict:
    """Any seat, to hand it over, while it is released."""
    verdict = can_propose(user)
    if verdict and package.status != Status.RELEASED:
        return deny(_("Only a package that is released is handed over."))
    return verdict


def can_confirm(user: User, package: LiaisonPackage) -> Verdict:
    """Any seat: the receipt of a package that was released, once."""
    verdict = can_propose(user)
    if verdict and (package.released_at is None or package.received_at is not None):
        return deny(_("A receipt is recorded once, for a package that was released."))
    return verdict
