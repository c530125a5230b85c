"""Who signs for which interest where two keys are asked, and who rules on a humanitarian ground."""

from typing import Any

from django.utils.translation import gettext as _

from core.policies import ALLOW, Verdict, deny
from licensing.guards import DECIDABLE
from licensing.models import Assessment, Case, GroundRuling, Key, TwoKeys
from licensing.policies.common import serves_lead
from members.models import Ministry, Role, User
from members.policies import no_system, other_hands

#: Whose advisers answer for security.
SECURITY = frozenset({Ministry.DEFENCE, Ministry.INTELLIGENCE})


def interests_of(user: Any) -> list[str]:
    """Return the interests a person may sign for, or anyone of an authority (`licensing.selectors.queue.Team`): by
    role, and for security by ministry."""
    found = []
    if Role.HUMANITARIAN_ADJUDICATOR in user.roles:
        found.append(Key.Interest.HUMANITARIAN.value)
    if Role.ADVISER in user.roles and user.authority is not None and user.authority.ministry in SECURITY:
        found.append(Key.Interest.SECURITY.value)
    return found


def _in_hand(user: User, two_keys: TwoKeys) -> Verdict:
    """In person, for the lead, while the keys are asked and the case can be decided."""
    verdict = serves_lead(user, two_keys.case) and no_system(user)
    if not verdict:
        return verdict
    if two_keys.ended_at is not None or two_keys.revision_id != two_keys.case.revision_id:
        return deny(_("No keys are asked for this revision any more."))
    if two_keys.case.status not in DECIDABLE:
        return deny(_("Keys are signed while the case is in review or on hold."))
    return ALLOW


def can_sign(user: User, two_keys: TwoKeys, interest: str = "") -> Verdict:
    """A humanitarian adjudicator for one interest, an adviser of defence or intelligence for the other: two
    persons of the lead, in person, neither of whom acts for the other."""
    verdict = _in_hand(user, two_keys)
    if not verdict:
        return verdict
    own = [name for name in interests_of(user) if interest in ("", name)]
    if not own:
        return deny(
            _(
                "A humanitarian adjudicator signs for the humanitarian interest, an adviser of the defence or "
                "intelligence ministry for security."
            )
        )
    for key in two_keys.keys.filter(taken_back_at__isnull=True):
        if key.signed_by_id == user.pk:
            return deny(_("You have signed already; another person signs for the other interest."))
        if key.interest in own:
            own.remove(key.interest)
        elif not (verdict := other_hands(user, key.signed_by_id, key.signed_at)):
            return verdict
    return ALLOW if own else deny(_("This key is signed already."))


def can_take_back(user: User, key: Key) -> Verdict:
    """Whoever signed it, in person, until the case is decided."""
    verdict = _in_hand(user, key.two_keys)
    if not verdict:
        return verdict
    if key.taken_back_at is not None:
        return deny(_("This key was taken back already."))
    if key.signed_by_id != user.pk:
        return deny(_("Only who signed a key takes it back."))
    return ALLOW


def can_rule(user: User, case: Case) -> Verdict:
    """A humanitarian adjudicator of the lead, once for a revision, where no rule decided on its ground."""
    verdict = serves_lead(user, case)
    if not verdict:
        return verdict
    if Role.HUMANITARIAN_ADJUDICATOR not in user.roles:
        return deny(_("Only a humanitarian adjudicator rules on a humanitarian ground."))
    if not (verdict := no_system(user)):
        return verdict
    if case.status not in DECIDABLE:
        return deny(_("A ground is ruled on while the case is in review or on hold."))
    if GroundRuling.objects.filter(revision=case.revision_id).exists():
        return deny(_("The ground of this revision has been ruled on already."))
    if not waits_for_ruling(case):
        return deny(_("No humanitarian ground waits for a ruling."))
    return ALLOW


def waits_for_ruling(case: Case) -> bool:
    """Whether no rule decided on the humanitarian ground of the revision in hand, and nobody has."""
    found = Assessment.objects.filter(case=case, revision=case.revision_id).order_by("-made_at").first()
    facts = found.facts if found else {}
    if (facts.get("ground"), facts.get("ground_state")) != ("humanitarian", "review"):
        return False
    return not GroundRuling.objects.filter(revision=case.revision_id).exists()
