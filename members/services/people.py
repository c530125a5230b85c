"""People in their places: appointing, dismissing, leaving, getting back in."""

from __future__ import annotations

from allauth.account import app_settings
from allauth.account.utils import user_pk_to_url_str
from django.db import transaction
from django.utils.translation import gettext as _

from core import audience, clock
from core.audience import Audience
from core.errors import Blocked, Conflict, Invalid
from core.models import ref
from core.policies import require
from ledger import services as ledger
from members import policies
from members.models import Appointment, Grade, Membership, Organisation, Role, User
from members.services import access


def audience_of(person: User) -> Audience:
    """Who may read about a person: the jurisdiction an officer serves, the organisations of an exporter."""
    keys = set(map(audience.organisation, person.memberships.values_list("organisation_id", flat=True)))
    if person.authority is not None:
        keys.add(audience.jurisdiction(person.authority.jurisdiction_id))
    return Audience(frozenset(keys))


def checked_roles(roles: list[str]) -> list[str]:
    """Return roles without repetition; Invalid if none, unknown, or not for one person."""
    wanted = sorted(set(roles))
    if not wanted:
        raise Invalid.field("roles", _("Choose at least one role."))
    if any(role not in Role.values for role in wanted):
        raise Invalid.field("roles", _("Choose roles from the list."))
    if Role.AUDITOR in wanted and len(wanted) > 1:
        raise Invalid.field("roles", _("An auditor holds no other role: nobody audits their own work."))
    return wanted


@transaction.atomic
def appoint(*, actor: User, person: User, role: str) -> Appointment:
    """Give an officer a further role at their authority; nobody appoints themselves."""
    person = _locked(person)
    require(policies.can_appoint, actor, person)
    _require_active(person)
    held = list(person.appointments.values_list("role", flat=True))
    if role in held:
        raise Conflict(_("%(name)s already holds this role.") % {"name": person.name})
    checked_roles([*held, role])
    appointment = Appointment.objects.create(user=person, role=role)
    _record("officer.appointed", actor, person, role=role)
    return appointment


@transaction.atomic
def dismiss(*, actor: User, person: User, role: str) -> None:
    """Take a role from an officer; the account stays."""
    person = _locked(person)
    require(policies.can_appoint, actor, person)
    appointment = person.appointments.filter(role=role).first()
    if appointment is None:
        raise Conflict(_("%(name)s does not hold this role.") % {"name": person.name})
    if role == Role.ADMINISTRATOR:
        _require_other_administrator(person)
    appointment.delete()
    _record("officer.dismissed", actor, person, role=role)


@transaction.atomic
def set_grade(*, actor: User, person: User, grade: str) -> User:
    """Note the rank an officer holds; nobody raises themselves."""
    person = _locked(person)
    require(policies.can_appoint, actor, person)
    _require_active(person)
    if grade not in Grade.values:
        raise Invalid.field("grade", _("Choose a grade from the list."))
    if person.grade != grade:
        person.grade = grade
        person.save(update_fields=["grade"])
        _record("officer.graded", actor, person, grade=grade)
    return person


@transaction.atomic
def change_membership(*, actor: User, membership: Membership, role: str) -> Membership:
    """Make a member an administrator of the organisation, or an exporter again."""
    organisation = Organisation.objects.select_for_update().get(pk=membership.organisation_id)
    membership = Membership.objects.select_related("user", "organisation").get(pk=membership.pk)
    require(policies.can_change_membership, actor, membership)
    if role not in Membership.Role.values:
        raise Invalid.field("role", _("Choose a role from the list."))
    if membership.role == role:
        raise Conflict(_("%(name)s already holds this role.") % {"name": membership.user.name})
    membership.role = role
    membership.save(update_fields=["role"])
    _record("member.appointed", actor, membership.user, role=role, organisation=ref(organisation))
    return membership


@transaction.atomic
def remove_leaver(*, actor: User, person: User) -> User:
    """Remove someone who leaves: sessions, tokens and systems end at once, and claimed work returns.

    An officer's account is closed. An exporter leaves the organisations that the actor administers; the
    account is closed when none is left. `person.left` tells the floors above to take back claimed work.
    """
    person = _locked(person)
    require(policies.can_remove, actor, person)
    _require_active(person)
    told = audience_of(person)
    roles = sorted(person.roles)
    left: list[str] = []
    if person.is_officer:
        if Role.ADMINISTRATOR in person.roles:
            _require_other_administrator(person)
        person.appointments.all().delete()
        closed = True
    else:
        leaving = person.memberships.filter(organisation__in=actor.administers).select_related("organisation")
        left = [ref(membership.organisation) for membership in leaving]
        leaving.delete()
        closed = not person.memberships.exists()
    access.end_sessions(person)
    person = User.objects.get(pk=person.pk)
    clients: list[str] = []
    if closed:
        clients = access.revoke_clients(person)
        access.remove_second_factor(person)
        person.set_unusable_password()
        person.is_active = False
        person.left_at = clock.now()
        person.save(update_fields=["password", "is_active", "left_at"])
    ledger.record(
        "person.left",
        actor=actor,
        subject=person,
        aggregate=ref(person),
        audience=told,
        facts={
            "person": str(person.uid),
            "closed": closed,
            "roles": roles,
            "organisations": left,
            "clients": clients,
        },
    )
    return person


@transaction.atomic
def recover_account(*, actor: User, person: User) -> User:
    """Help someone who lost password or device: both are reset, and a link goes to the person's own address.

    The old password, every session and the second factor end at once; an officer must enrol a new second
    factor before seeing a case. The administrator learns neither the link nor the new password.
    """
    person = _locked(person)
    require(policies.can_recover, actor, person)
    _require_active(person)
    access.end_sessions(person)
    access.remove_second_factor(person)
    person = User.objects.get(pk=person.pk)
    person.set_unusable_password()
    person.save(update_fields=["password"])
    _record("account.recovered", actor, person)
    return person


def recovery_path(person: User) -> str:
    """Return the path of the page on which a person chooses a new password: a credential, for mail only."""
    token = app_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(person)
    return f"/account/password/reset/key/{user_pk_to_url_str(person)}-{token}/"


def _locked(person: User) -> User:
    """Lock the people of a place in one order, so that two administrators never remove each other at once."""
    if person.authority_id is not None:
        jurisdiction = User.objects.filter(pk=person.pk).values("authority__jurisdiction")
        list(
            User.objects.in_roles(Role.ADMINISTRATOR)
            .select_for_update(of=("self",))
            .filter(authority__jurisdiction__in=jurisdiction)
            .order_by("pk")
        )
    locked: User = User.objects.select_for_update(of=("self",)).select_related("authority").get(pk=person.pk)
    return locked


def _require_active(person: User) -> None:
    if not person.is_active:
        raise Conflict(_("%(name)s has already left.") % {"name": person.name})


def _require_other_administrator(person: User) -> None:
    administrators = User.objects.in_roles(Role.ADMINISTRATOR)
    others = administrators.filter(authority__jurisdiction=person.jurisdiction_code).exclude(pk=person.pk)
    if not others.exists():
        raise Blocked(
            _("This is the last administrator of the jurisdiction."),
            blockers=[_("Appoint another administrator first.")],
        )


def _record(type: str, actor: User, person: User, **facts: str) -> None:
    ledger.record(
        type,
        actor=actor,
        subject=person,
        aggregate=ref(person),
        audience=audience_of(person),
        facts={"person": str(person.uid), **facts},
    )


@transaction.atomic
def want_digest(*, actor: User, wanted: bool) -> None:
    """Let a person be told each working day what waits, or no more; nobody else's business, so not recorded."""
    User.objects.filter(pk=actor.pk).update(wants_digest=wanted)
