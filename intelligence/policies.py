"""Who may act on what the members tell one another."""

from django.utils.translation import gettext as _

from core.policies import ALLOW, Verdict, deny
from intelligence.models import BlindPair, Denial, DenialImport
from members.models import Role, User
from members.policies import in_role, other_hands


def can_review(user: User, denial: Denial) -> Verdict:
    """A decider of the jurisdiction that denied reviews its denial."""
    if user.jurisdiction_code != denial.jurisdiction_id:
        return deny(_("Only the member that denied can review its denial."))
    if Role.DECIDER not in user.roles:
        return deny(_("Only a decider can review a denial."))
    if not user.has_second_factor:
        return deny(_("Enrol a second factor first."))
    return ALLOW


def can_import(user: User) -> Verdict:
    """A licensing officer or a decider, in office: what they bring in, another lets be recorded."""
    return in_role(
        user,
        {Role.LICENSING_OFFICER, Role.DECIDER},
        outsider=_("Only officers of an authority bring denials in."),
        otherwise=_("Your role does not bring denials in."),
    )


def can_second_import(user: User, row: DenialImport) -> Verdict:
    """A decider or countersigner of the same member, other than who handed the file in."""
    verdict = in_role(
        user,
        {Role.DECIDER, Role.COUNTERSIGNER},
        outsider=_("Only officers of an authority bring denials in."),
        otherwise=_("Only a decider or a countersigner lets denials be recorded."),
    )
    if not verdict:
        return verdict
    if user.jurisdiction_code != row.jurisdiction_id:
        return deny(_("Only the member that brought the file in can record its denials."))
    if row.proposed_by_id == user.pk:
        return deny(_("Another person than who brought the file in lets it be recorded."))
    return other_hands(user, row.proposed_by_id, row.proposed_at)


def can_pair(user: User) -> Verdict:
    """A decider, in office."""
    return in_role(
        user,
        {Role.DECIDER},
        outsider=_("Only officers of an authority match denials."),
        otherwise=_("Only a decider agrees with another member to match denials blind."),
    )


def _of_the_pair(user: User, pair: BlindPair) -> Verdict:
    if user.jurisdiction_code not in (pair.first_id, pair.second_id):
        return deny(_("This is between two other members."))
    return ALLOW


def can_agree_to_pair(user: User, pair: BlindPair) -> Verdict:
    """A decider of the member to which it was proposed."""
    verdict = can_pair(user)
    if not verdict:
        return verdict
    if user.jurisdiction_code != pair.second_id:
        return deny(_("Only the member to which it was proposed agrees to it."))
    if pair.status != BlindPair.Status.PROPOSED:
        return deny(_("This does not wait for an agreement."))
    return ALLOW


def can_end_pair(user: User, pair: BlindPair) -> Verdict:
    """A decider of either member, alone: less is compared."""
    verdict = can_pair(user) and _of_the_pair(user, pair)
    if verdict and pair.status == BlindPair.Status.ENDED:
        return deny(_("This pair has ended."))
    return verdict


def can_match_blind(user: User, pair: BlindPair) -> Verdict:
    """A licensing officer or a decider of either member, while both agree."""
    verdict = in_role(
        user,
        {Role.LICENSING_OFFICER, Role.DECIDER},
        outsider=_("Only officers of an authority match denials."),
        otherwise=_("Your role does not match denials."),
    )
    verdict = verdict and _of_the_pair(user, pair)
    if verdict and pair.status != BlindPair.Status.AGREED:
        return deny(_("Both members have to agree first."))
    return verdict
