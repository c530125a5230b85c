"""Who may do what with people, organisations and clients.

Every act here is a person's own: none can be done through an API client.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.utils.translation import gettext as _

from core.policies import ALLOW, Verdict, deny
from members import oauth
from members.models import (
    DELEGABLE,
    Absence,
    ApiClient,
    Authority,
    Delegation,
    Invitation,
    Jurisdiction,
    Membership,
    Organisation,
    Role,
    User,
)

VETTING_ROLES = frozenset({Role.LICENSING_OFFICER, Role.ADMINISTRATOR})


def in_office(user: User, outsider: str) -> Verdict:
    """An officer who holds a role, with a second factor; `outsider` is what is said to whoever is none."""
    if not user.is_officer or not user.roles:
        return deny(outsider)
    if not user.has_second_factor:
        return deny(_("Set up your second factor first."))
    return ALLOW


def in_role(user: User, roles: Collection[str], *, outsider: str, otherwise: str) -> Verdict:
    """An officer in office who holds one of some roles; `otherwise` is what is said to the other officers."""
    verdict = in_office(user, outsider)
    return verdict if not verdict or not user.roles.isdisjoint(roles) else deny(otherwise)


def no_system(user: User) -> Verdict:
    """The person, signed in, and not a system that acts for them."""
    if user.via is not None:
        return deny(_("A system cannot do this. Sign in and do it yourself."))
    return ALLOW


def unit_seat(user: User, outsider: str) -> Verdict:
    """A seat of the crisis unit, in office and in person."""
    otherwise = _("Only a seat of the crisis unit can do this.")
    return in_role(user, {Role.CRISIS_SEAT}, outsider=outsider, otherwise=otherwise) and no_system(user)


def in_person(actor: User) -> Verdict:
    if not actor.is_active:
        return deny(_("This account has been closed."))
    if not (verdict := no_system(actor)):
        return verdict
    if actor.is_officer and not actor.has_second_factor:
        return deny(_("Set up your second factor first."))
    return ALLOW


def _administers_jurisdiction(actor: User, code: str | None) -> Verdict:
    if not (verdict := in_person(actor)):
        return verdict
    if Role.ADMINISTRATOR not in actor.roles:
        return deny(_("Only an administrator of the jurisdiction can do this."))
    if code is None or actor.jurisdiction_code != code:
        return deny(_("You administer another jurisdiction."))
    return ALLOW


def administers_organisation(actor: User, organisation: Organisation) -> Verdict:
    if not (verdict := in_person(actor)):
        return verdict
    if organisation.pk not in actor.administers:
        return deny(_("Only an administrator of the organisation can do this."))
    return ALLOW


def can_apply(actor: User) -> Verdict:
    """A person registers an exporter organisation, which then waits to be vetted."""
    if not (verdict := in_person(actor)):
        return verdict
    if actor.is_officer:
        return deny(_("Officers do not register exporters. Use an account of the exporter's own."))
    waiting = [Organisation.Status.APPLIED, Organisation.Status.REFUSED]
    if Membership.objects.filter(user=actor, organisation__status__in=waiting).exists():
        return deny(_("You have already registered an organisation that has not been vetted yet."))
    return ALLOW


def can_correct(actor: User, organisation: Organisation) -> Verdict:
    """Its administrator mends what a refused organisation had stated, and applies again."""
    return administers_organisation(actor, organisation)


def can_vet(actor: User, organisation: Organisation) -> Verdict:
    """Vet, refuse, suspend or reinstate: officers of its own jurisdiction, never its own people."""
    if not (verdict := in_person(actor)):
        return verdict
    if not VETTING_ROLES & actor.roles:
        return deny(_("Only licensing officers and administrators vet organisations."))
    if actor.jurisdiction_code != organisation.jurisdiction_id:
        return deny(_("Only the organisation's own jurisdiction can vet it."))
    if organisation.pk in actor.organisation_ids:
        return deny(_("You belong to this organisation, so somebody else must vet it."))
    return ALLOW


def can_invite_officer(actor: User, authority: Authority) -> Verdict:
    return _administers_jurisdiction(actor, authority.jurisdiction_id)


def can_invite_member(actor: User, organisation: Organisation) -> Verdict:
    return administers_organisation(actor, organisation)


def can_withdraw_invitation(actor: User, invitation: Invitation) -> Verdict:
    if invitation.organisation is not None:
        return can_invite_member(actor, invitation.organisation)
    assert invitation.authority is not None
    return can_invite_officer(actor, invitation.authority)


def can_appoint(actor: User, person: User) -> Verdict:
    """Give roles to an officer or take them: an administrator of the same jurisdiction, never for oneself."""
    if not (verdict := _administers_jurisdiction(actor, person.jurisdiction_code)):
        return verdict
    if actor.pk == person.pk:
        return deny(_("Nobody appoints or dismisses themselves. Ask another administrator."))
    return ALLOW


def can_change_membership(actor: User, membership: Membership) -> Verdict:
    if not (verdict := administers_organisation(actor, membership.organisation)):
        return verdict
    if membership.user_id == actor.pk:
        return deny(_("Nobody changes their own role. Ask another administrator of the organisation."))
    return ALLOW


def can_remove(actor: User, person: User) -> Verdict:
    """Remove a leaver: the administrator of the jurisdiction or of an organisation, never oneself."""
    if actor.pk == person.pk:
        return deny(_("Nobody removes themselves. Ask another administrator."))
    return _answers_for(actor, person)


def can_recover(actor: User, person: User) -> Verdict:
    """Reset the password and second factor of someone else who lost them."""
    if actor.pk == person.pk:
        return deny(_("Nobody recovers their own account this way. Use the link on the sign-in page."))
    return _answers_for(actor, person)


def _answers_for(actor: User, person: User) -> Verdict:
    if not (verdict := in_person(actor)):
        return verdict
    if person.is_officer:
        return _administers_jurisdiction(actor, person.jurisdiction_code)
    if actor.administers & person.organisation_ids:
        return ALLOW
    return deny(_("Only an administrator of the person's organisation can do this."))


def can_register_client(actor: User, person: User) -> Verdict:
    """Register a system that acts for a person.

    An administrator of an organisation may register one for themselves as well; that of a jurisdiction may
    not: a second person stands behind whatever acts for an officer.
    """
    if not person.is_active:
        return deny(_("This account has been closed."))
    if actor.pk == person.pk and person.is_officer:
        return deny(_("Another administrator must register a system that acts for you."))
    return _answers_for(actor, person)


def can_revoke_client(actor: User, client: ApiClient) -> Verdict:
    """Whoever answers for it, and whoever could have registered it."""
    if not (verdict := in_person(actor)):
        return verdict
    if client.user is None or client.user_id == actor.pk:
        return ALLOW if client.user_id == actor.pk else deny(_("Nobody answers for this system."))
    return _answers_for(actor, client.user)


def can_register_keys(actor: User, client: ApiClient) -> Verdict:
    """Whoever could register the system anew: a key opens as much as a secret does."""
    if client.user is None or client.revoked_at is not None:
        return deny(_("This system's access has ended."))
    return can_register_client(actor, client.user)


def can_require_signatures(actor: User, authority: Authority) -> Verdict:
    """An administrator of the jurisdiction says whether systems of one of its authorities sign positions."""
    return _administers_jurisdiction(actor, authority.jurisdiction_id)


def scopes_for(person: User) -> frozenset[str]:
    """Scopes that a client of this person may be given: no more than the person's kind of work needs."""
    return oauth.OFFICER_SCOPES if person.is_officer else oauth.EXPORTER_SCOPES


def other_hands(user: User, other: int | None, at: datetime) -> Verdict:
    """Whether a person counts as a second one where four eyes are asked about what another did at an instant.

    `other` is the key of the other. Who acts for another now does not second what that other did; nor does
    anyone second what a deputy did while acting for them.
    """
    if other is None:
        return ALLOW
    if other in user.hands:
        return deny(_("You act for the person who did this, so somebody else must second it."))
    if any(deputy == other and start <= at < end for deputy, start, end in user.deputies):
        return deny(_("Your deputy did this while acting for you, so somebody else must second it."))
    return ALLOW


def can_delegate(actor: User, person: User) -> Verdict:
    """Name a deputy: the officer who will be away, or the administrator of the jurisdiction."""
    if not (verdict := in_person(actor)):
        return verdict
    if not person.is_active or not person.is_officer:
        return deny(_("Only officers name a deputy."))
    if not person.appointments.filter(role__in=DELEGABLE).exists():
        return deny(_("None of these roles can be held by a deputy."))
    return ALLOW if actor.pk == person.pk else _administers_jurisdiction(actor, person.jurisdiction_code)


def can_end_delegation(actor: User, delegation: Delegation) -> Verdict:
    """The officer, the deputy, or the administrator of the jurisdiction."""
    if not (verdict := in_person(actor)):
        return verdict
    if actor.pk in (delegation.person_id, delegation.deputy_id):
        return ALLOW
    return _administers_jurisdiction(actor, delegation.person.jurisdiction_code)


def can_keep_rota(actor: User, authority: Authority) -> Verdict:
    """Add and remove shifts: a decider of the authority, or the administrator of the jurisdiction."""
    if not (verdict := in_person(actor)):
        return verdict
    if actor.authority_id == authority.pk and Role.DECIDER in actor.roles:
        return ALLOW
    if Role.ADMINISTRATOR not in actor.roles:
        return deny(_("Only deciders of the authority and administrators of the jurisdiction keep its rota."))
    return _administers_jurisdiction(actor, authority.jurisdiction_id)


def can_declare_offline(actor: User, jurisdiction: Jurisdiction) -> Verdict:
    """An administrator of the member, or a seat of the crisis unit."""
    if not (verdict := in_person(actor)):
        return verdict
    if Role.CRISIS_SEAT in actor.roles:
        return ALLOW
    if Role.ADMINISTRATOR not in actor.roles or actor.jurisdiction_code != jurisdiction.code:
        return deny(_("Only an administrator of the member or the crisis unit declares a member offline."))
    return ALLOW


def can_end_absence(actor: User, absence: Absence) -> Verdict:
    """Whoever could declare it, while it runs."""
    verdict = can_declare_offline(actor, absence.jurisdiction)
    if verdict and absence.ended_at is not None:
        return deny(_("This member is online again."))
    return verdict


def can_keep_keys(actor: User, member: Jurisdiction) -> Verdict:
    """Rotate and revoke the keys a member signs with: its administrator, in person."""
    return _administers_jurisdiction(actor, member.code)
