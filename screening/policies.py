"""Who judges hits."""

from collections.abc import Callable

from django.utils.translation import gettext as _

from core import clock
from core.policies import ALLOW, Verdict, deny
from members.models import Role, User
from members.policies import in_office, other_hands
from screening.models import ClearedPair, Hit
from screening.selectors import UNRESOLVED

JUDGES = frozenset({Role.LICENSING_OFFICER, Role.ADVISER, Role.DECIDER, Role.COUNTERSIGNER})

Judging = Callable[[User, Hit], Verdict]


def can_judge(user: User, hit: Hit) -> Verdict:
    """An officer of the lead jurisdiction, in office and with a second factor, who belongs to none that filed."""
    verdict = can_judge_for(user, hit.lead)
    if verdict and hit.filed_by and not user.organisation_ids.isdisjoint(hit.filed_by):
        return deny(_("You belong to who filed this: another officer judges its hits."))
    return verdict


def can_judge_for(user: User, jurisdiction: str) -> Verdict:
    """An officer who judges hits of one jurisdiction, in office and with a second factor."""
    verdict = in_office(user, _("Only officers of an authority judge hits."))
    if not verdict:
        return verdict
    if user.jurisdiction_code != jurisdiction:
        return deny(_("Only the authority that leads the case judges its hits."))
    if not JUDGES & user.roles:
        return deny(_("Your role does not judge hits."))
    return ALLOW


def can_ask(user: User) -> Verdict:
    """An officer in office and with a second factor: no exporter ever learns what matches."""
    return in_office(user, _("Only officers of an authority ask the lists."))


def can_clear(user: User, hit: Hit) -> Verdict:
    """A judge, while the hit is open or waits for information."""
    verdict = can_judge(user, hit)
    if verdict and hit.status not in (Hit.Status.OPEN, Hit.Status.UNSURE):
        return deny(_("This hit is not open."))
    return verdict


def can_second(user: User, hit: Hit) -> Verdict:
    """A second judge, while a clearance waits."""
    verdict = can_judge(user, hit)
    if not verdict:
        return verdict
    if hit.status != Hit.Status.PROPOSED_CLEAR:
        return deny(_("No clearance of this hit waits for a second officer."))
    if hit.proposed_by_id == user.pk:
        return deny(_("A hit is cleared by another officer than the one who proposed it."))
    return other_hands(user, hit.proposed_by_id, clock.now())


def can_mark_unsure(user: User, hit: Hit) -> Verdict:
    """A judge, until the hit is resolved."""
    verdict = can_judge(user, hit)
    if verdict and hit.status not in UNRESOLVED:
        return deny(_("This hit has been resolved."))
    return verdict


def can_confirm_match(user: User, hit: Hit) -> Verdict:
    """A judge, until the hit is resolved."""
    return can_mark_unsure(user, hit)


def can_end_pair(user: User, pair: ClearedPair) -> Verdict:
    """A judge of the jurisdiction that remembers the pair, until it is ended."""
    verdict = can_judge_for(user, pair.jurisdiction)
    if verdict and pair.ended_at is not None:
        return deny(_("This pair has been ended."))
    return verdict
