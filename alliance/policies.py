"""Who writes charters and puts them into force."""

from django.utils.translation import gettext as _

from alliance.models import AuthoredCharter
from core.policies import ALLOW, Verdict, deny
from members.models import Role, User
from members.policies import in_office, in_role, no_system, other_hands

AUTHORS = frozenset({Role.DECIDER, Role.CRISIS_SEAT})


def can_author(user: User) -> Verdict:
    """A decider or a seat of the crisis unit of any member, in office and with a second factor."""
    return in_role(
        user,
        AUTHORS,
        outsider=_("Only officers of an authority write charters."),
        otherwise=_("Charters are written by deciders and seats of the crisis unit."),
    )


def can_check(user: User) -> Verdict:
    """An officer in office and with a second factor."""
    return in_office(user, _("Only officers of an authority check charters."))


def can_edit(user: User, charter: AuthoredCharter) -> Verdict:
    """The author, until the version is active."""
    verdict = can_author(user)
    if not verdict:
        return verdict
    if charter.author_id != user.pk:
        return deny(_("Only its author changes a version; write a version of your own."))
    if charter.status not in (AuthoredCharter.Status.DRAFT, AuthoredCharter.Status.CHECKED):
        return deny(_("This version is not changed any more; write a new one."))
    return ALLOW


def can_activate(user: User, charter: AuthoredCharter) -> Verdict:
    """Another person than the author, and with other hands, once the version has passed the check."""
    verdict = can_author(user) and no_system(user)
    if not verdict:
        return verdict
    if charter.status != AuthoredCharter.Status.CHECKED:
        return deny(_("Only a version that has passed the check can be activated."))
    if charter.author_id == user.pk:
        return deny(_("A charter is activated by another person than its author."))
    return other_hands(user, charter.author_id, charter.changed_at)


def can_retire(user: User, charter: AuthoredCharter) -> Verdict:
    """Its author before it is active; then whoever may activate one and is not its author."""
    verdict = can_author(user)
    if not verdict:
        return verdict
    if charter.status == AuthoredCharter.Status.RETIRED:
        return deny(_("This version is retired already."))
    if charter.status == AuthoredCharter.Status.ACTIVE:
        if charter.author_id == user.pk:
            return deny(_("An active charter is retired by another person than its author."))
        return other_hands(user, charter.author_id, charter.written_at)
    if charter.author_id != user.pk:
        return deny(_("Only its author withdraws a version that is not active."))
    return ALLOW
