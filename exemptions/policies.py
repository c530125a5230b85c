"""Who drafts a waiver, who grants it, and who holds its holder to the safeguards.

What an officer does for the exporter's own member a system of that officer does as well; a seat of the crisis unit
acts in person.
"""

from __future__ import annotations

from collections.abc import Collection

from django.utils.translation import gettext as _

from core.policies import ALLOW, Verdict, deny
from exemptions.models import Waiver
from members.models import Organisation, Role, User
from members.policies import in_office, no_system, other_hands

DRAFTERS = frozenset({Role.LICENSING_OFFICER, Role.DECIDER, Role.CRISIS_SEAT})
HOLDERS_TO_IT = frozenset({Role.DECIDER, Role.CRISIS_SEAT})


def _in_office(user: User) -> Verdict:
    return in_office(user, _("Only officers of an authority do this."))


def _for_its_member_or_as_a_seat(
    user: User, roles: Collection[Role], holder: Organisation | None, otherwise: str
) -> Verdict:
    """Whether one of the roles, held in the exporter's member, entitles; a seat does wherever it is, in person."""
    if not user.roles.isdisjoint(roles) and (
        holder is None or holder.jurisdiction_id == user.jurisdiction_code
    ):
        return ALLOW
    return no_system(user) if Role.CRISIS_SEAT in user.roles else deny(otherwise)


def can_draft(user: User, holder: Organisation | None = None) -> Verdict:
    """An officer of the exporter's member, or a seat of the crisis unit."""
    verdict = _in_office(user)
    if not verdict:
        return verdict
    if not DRAFTERS & user.roles:
        return deny(_("Waivers are drafted by licensing officers, deciders and seats of the crisis unit."))
    otherwise = _("A waiver is drafted in the exporter's own member, or by a seat of the crisis unit.")
    return _for_its_member_or_as_a_seat(user, DRAFTERS - {Role.CRISIS_SEAT}, holder, otherwise)


def can_grant(user: User, waiver: Waiver) -> Verdict:
    """A seat of the crisis unit: another person, of another member than who drafted it and than the exporter's."""
    if waiver.status != Waiver.Status.DRAFTED:
        return deny(_("Only a draft is granted."))
    verdict = _in_office(user) and no_system(user)
    if not verdict:
        return verdict
    if Role.CRISIS_SEAT not in user.roles:
        return deny(_("Only a seat of the crisis unit grants a waiver: the measure is everybody's."))
    if user.pk == waiver.drafted_by_id:
        return deny(_("A waiver is granted by another person than drafted it."))
    if user.jurisdiction_code in {waiver.drafted_by.jurisdiction_code, waiver.holder.jurisdiction_id}:
        return deny(_("A waiver is granted by a seat of another member."))
    return other_hands(user, waiver.drafted_by_id, waiver.drafted_at)


def _holds_to_it(user: User, waiver: Waiver) -> Verdict:
    verdict = _in_office(user)
    if not verdict:
        return verdict
    if not HOLDERS_TO_IT & user.roles:
        return deny(_("Only a decider or a seat of the crisis unit can do this."))
    otherwise = _("Only the exporter's own member or the crisis unit can do this.")
    verdict = _for_its_member_or_as_a_seat(user, {Role.DECIDER}, waiver.holder, otherwise)
    if not verdict:
        return verdict
    if waiver.holder_id in user.organisation_ids:
        return deny(_("You belong to the exporter's organisation."))
    return ALLOW


def can_suspend(user: User, waiver: Waiver) -> Verdict:
    """One key is enough: the measure bears again."""
    if waiver.status != Waiver.Status.GRANTED:
        return deny(_("Only a waiver in force is suspended."))
    return _holds_to_it(user, waiver)


def can_restore(user: User, waiver: Waiver) -> Verdict:
    """Whoever holds its holder to it, once what broke it is made good."""
    if not waiver.suspended_because or waiver.status == Waiver.Status.REVOKED:
        return deny(_("Only a suspended waiver is restored."))
    return _holds_to_it(user, waiver)


def can_revoke(user: User, waiver: Waiver) -> Verdict:
    if waiver.status in (Waiver.Status.EXPIRED, Waiver.Status.REVOKED):
        return deny(_("This waiver is over."))
    return _holds_to_it(user, waiver)


def can_review_report(user: User, waiver: Waiver) -> Verdict:
    return _holds_to_it(user, waiver)


def can_report(user: User, waiver: Waiver) -> Verdict:
    """The holder's people, as long as a report is open."""
    if waiver.holder_id not in user.organisation_ids:
        return deny(_("Only the holder of a waiver reports on it."))
    if waiver.granted_at is None:
        return deny(_("Nothing is reported before the waiver is granted."))
    return ALLOW
