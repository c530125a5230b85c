"""Who deposits positions beforehand, and who may read what they say."""

from django.utils.translation import gettext as _

from core.policies import ALLOW, Verdict, deny
from escalation.models import Opening, Preposition
from licensing.policies.positions import VOICES
from members.models import Role, User
from members.policies import in_office, no_system, other_hands

AUTHORS = frozenset({Role.DECIDER, Role.ADVISER})
READERS = VOICES | {Role.COUNTERSIGNER}


def _in_person(user: User) -> Verdict:
    return in_office(user, _("Only officers of an authority deposit positions.")) and no_system(user)


def can_propose(user: User) -> Verdict:
    """A decider or adviser, for the authority served."""
    verdict = _in_person(user)
    if verdict and not AUTHORS & user.roles:
        return deny(_("Positions are deposited by deciders and advisers of an authority."))
    return verdict


def _of_authority(user: User, preposition: Preposition) -> Verdict:
    verdict = _in_person(user)
    if verdict and user.authority_id != preposition.authority_id:
        return deny(_("Only the authority that deposits it can do this."))
    return verdict


def can_countersign(user: User, preposition: Preposition) -> Verdict:
    """A countersigner of the same authority, by other hands than the author's."""
    verdict = _of_authority(user, preposition)
    if not verdict:
        return verdict
    if Role.COUNTERSIGNER not in user.roles:
        return deny(_("Only a countersigner can countersign a position."))
    if preposition.author_id == user.pk:
        return deny(_("A position is countersigned by another person than its author."))
    if preposition.status != Preposition.Status.PROPOSED:
        return deny(_("This position does not wait for a countersignature."))
    return other_hands(user, preposition.author_id, preposition.proposed_at)


def can_withdraw(user: User, preposition: Preposition) -> Verdict:
    """Whoever may deposit or countersign for the authority, until it has ended."""
    verdict = _of_authority(user, preposition)
    if not verdict:
        return verdict
    if not (AUTHORS | {Role.COUNTERSIGNER}) & user.roles:
        return deny(_("Your role deposits and withdraws no positions."))
    if preposition.status not in (Preposition.Status.PROPOSED, Preposition.Status.IN_FORCE):
        return deny(_("It has ended already."))
    return ALLOW


def can_read(user: User, preposition: Preposition) -> Verdict:
    """What it says: those who speak or countersign for its authority; once it has opened in a case, whoever of the
    officers may read that case. Auditors and administrators read the commitment like everybody else."""
    if not user.serves:
        return deny(_("Only officers of an authority read pre-positions."))
    if user.authority_id == preposition.authority_id and READERS & user.roles:
        return ALLOW
    opened = Opening.objects.visible_to(user).filter(  # type: ignore[attr-defined]
        preposition=preposition, position__isnull=False
    )
    if opened.exists():
        return ALLOW
    return deny(_("It is sealed: it is read once it opens in a case that you may read."))
