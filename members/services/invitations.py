"""Invitations: the only way for an officer to get an account, and for a person to join an organisation."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.password_validation import validate_password
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from core import audience, clock
from core.actors import PROCESS, Actor
from core.audience import Audience
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.models import ref
from core.policies import require
from ledger import services as ledger
from members import policies
from members.models import (
    Appointment,
    Authority,
    Invitation,
    Membership,
    Organisation,
    Role,
    User,
)
from members.services import access
from members.services.people import checked_roles

LIFETIME = timedelta(days=14)
_SIGNER = "members.invitation"


@transaction.atomic
def invite(
    *,
    actor: User,
    email: str,
    name: str,
    authority: Authority | None = None,
    roles: list[str] | None = None,
    organisation: Organisation | None = None,
    membership_role: str = Membership.Role.EXPORTER,
) -> Invitation:
    """Invite a person to serve an authority in roles, or to join an organisation; a link goes to the address.

    An earlier open invitation of the address to the same place is withdrawn: one link works at a time.
    """
    if (authority is None) == (organisation is None):
        raise Invalid.field("authority", _("Choose one authority or one organisation."))
    if authority is not None:
        require(policies.can_invite_officer, actor, authority)
        return _invite(actor, email, name, authority=authority, roles=checked_roles(roles or []))
    assert organisation is not None
    require(policies.can_invite_member, actor, organisation)
    if membership_role not in Membership.Role.values:
        raise Invalid.field("membership_role", _("Choose a role from the list."))
    if Membership.objects.filter(organisation=organisation, user__email=email.strip().lower()).exists():
        raise Conflict(_("This person is already a member of the organisation."))
    return _invite(actor, email, name, organisation=organisation, membership_role=membership_role)


@transaction.atomic
def invite_first_administrator(*, authority: Authority, email: str, name: str) -> Invitation:
    """Invite the first administrator of a jurisdiction: the act of whoever runs the platform.

    Conflict as soon as the jurisdiction has one: from then on it looks after its people itself.
    """
    administrators = User.objects.in_roles(Role.ADMINISTRATOR)
    if administrators.filter(authority__jurisdiction=authority.jurisdiction_id).exists():
        raise Conflict(_("The jurisdiction has an administrator, who invites everybody else."))
    return _invite(PROCESS, email, name, authority=authority, roles=[Role.ADMINISTRATOR])


def _invite(
    actor: Actor,
    email: str,
    name: str,
    *,
    authority: Authority | None = None,
    roles: list[str] | None = None,
    organisation: Organisation | None = None,
    membership_role: str = "",
) -> Invitation:
    email, name = email.strip().lower(), " ".join(name.split())
    try:
        validate_email(email)
    except ValidationError:
        raise Invalid.field("email", _("Give an e-mail address, such as name@example.com.")) from None
    if not 0 < len(name) <= 150 or "\x00" in name:
        raise Invalid.field("name", _("Give the person's name, in at most 150 characters."))
    now = clock.now()
    earlier = Invitation.objects.open().filter(email=email, authority=authority, organisation=organisation)
    for old in earlier.select_for_update():
        old.withdrawn_at = now
        old.save(update_fields=["withdrawn_at"])
    invitation = Invitation.objects.create(
        email=email,
        name=name,
        authority=authority,
        roles=roles or [],
        organisation=organisation,
        membership_role=membership_role,
        invited_by=actor if isinstance(actor, User) else None,
        invited_at=now,
        expires_at=now + LIFETIME,
    )
    _record("person.invited", actor, invitation)
    return invitation


@transaction.atomic
def withdraw_invitation(*, actor: User, invitation: Invitation) -> Invitation:
    """Make an invitation's link worthless."""
    invitation = _locked(invitation.pk)
    require(policies.can_withdraw_invitation, actor, invitation)
    _require_open(invitation)
    invitation.withdrawn_at = clock.now()
    invitation.save(update_fields=["withdrawn_at"])
    _record("invitation.withdrawn", actor, invitation)
    return invitation


def invitation_token(invitation: Invitation) -> str:
    """Return the signed part of an invitation's link: never stored, made anew whenever it is sent."""
    return signing.Signer(salt=_SIGNER).sign(invitation.uid.hex)


def invitation_path(invitation: Invitation) -> str:
    """Return the path of the page on which an invitation is accepted: a credential, for its e-mail only."""
    return f"/invitation/{invitation_token(invitation)}/"


def open_invitation(token: str) -> Invitation:
    """Return the invitation behind a link; NotFound for a forged link, Conflict for one that is over."""
    invitation = _locked(_key(token), lock=False)
    _require_open(invitation)
    return invitation


@transaction.atomic
def accept_invitation(*, token: str, password: str = "", name: str = "", actor: User | None = None) -> User:
    """Take the place an invitation offers; return the person who now holds it.

    The link was sent to the address, so it proves it. Someone new chooses a password; someone with an
    account must be signed in with it (`actor`). A former officer or member gets the old account back, with
    a new password. Forbidden, Conflict or Invalid tell what stands in the way.
    """
    invitation = _locked(_key(token))
    _require_open(invitation)
    person = User.objects.select_for_update(of=("self",)).filter(email=invitation.email).first()
    if person is not None and person.is_active:
        if actor is None or actor.pk != person.pk:
            raise Forbidden(_("You have an account already. Sign in with it, then open the link again."))
        _require_fits(person, invitation)
    elif actor is not None:
        raise Forbidden(_("This invitation is for another person. Sign out, then open the link again."))
    else:
        person = _newcomer(person, invitation, name=name, password=password)
    _take_place(person, invitation)
    invitation.accepted_at = clock.now()
    invitation.save(update_fields=["accepted_at"])
    access.confirm_address(person)
    accepted: User = User.objects.select_related("authority").get(pk=person.pk)
    _record("invitation.accepted", accepted, invitation, person=str(accepted.uid))
    return accepted


def _newcomer(former: User | None, invitation: Invitation, *, name: str, password: str) -> User:
    person = former or User(email=invitation.email)
    person.name = " ".join(name.split()) or invitation.name
    if len(person.name) > 150 or "\x00" in person.name:
        raise Invalid.field("name", _("Give your name, in at most 150 characters."))
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise Invalid(_("Choose another password."), fields={"password": error.messages}) from None
    person.set_password(password)
    person.is_active, person.left_at, person.authority = True, None, None
    person.save()
    return person


def _require_fits(person: User, invitation: Invitation) -> None:
    """One account is either an officer's or an exporter's, and an officer serves one jurisdiction."""
    if invitation.authority is not None and person.memberships.exists():
        raise Conflict(
            _("This address belongs to an exporter. Ask to be invited as an officer at another address.")
        )
    if invitation.organisation is not None and person.is_officer:
        raise Conflict(
            _("This address belongs to an officer. Ask to be invited as an exporter at another address.")
        )
    if (
        invitation.authority is not None
        and person.authority is not None
        and person.authority_id != invitation.authority_id
    ):
        raise Conflict(_("You serve another authority, which has to remove you first."))


def _take_place(person: User, invitation: Invitation) -> None:
    if invitation.authority is not None:
        person.authority = invitation.authority
        person.save(update_fields=["authority"])
        held = set(person.appointments.values_list("role", flat=True))
        checked_roles([*held, *invitation.roles])
        Appointment.objects.bulk_create(
            Appointment(user=person, role=role) for role in invitation.roles if role not in held
        )
    else:
        Membership.objects.get_or_create(
            user=person,
            organisation=invitation.organisation,
            defaults={"role": invitation.membership_role},
        )


def _key(token: str) -> str:
    try:
        return signing.Signer(salt=_SIGNER).unsign(token)
    except signing.BadSignature:
        raise NotFound() from None


def _locked(key: int | str, *, lock: bool = True) -> Invitation:
    rows = Invitation.objects.select_related("authority__jurisdiction", "organisation", "invited_by")
    if lock:
        rows = rows.select_for_update(of=("self",))
    found = rows.filter(uid=key) if isinstance(key, str) else rows.filter(pk=key)
    invitation = found.first()
    if invitation is None:
        raise NotFound()
    return invitation


def _require_open(invitation: Invitation) -> None:
    if invitation.accepted_at is not None:
        raise Conflict(_("This invitation has already been used. Sign in instead."))
    if invitation.withdrawn_at is not None:
        raise Conflict(_("This invitation has been withdrawn. Ask for a new one."))
    if invitation.expires_at <= clock.now():
        raise Conflict(_("This invitation has expired. Ask for a new one."))


def _record(type: str, actor: Actor, invitation: Invitation, **facts: str) -> None:
    if invitation.authority is not None:
        key = audience.jurisdiction(invitation.authority.jurisdiction_id)
        place = {"authority": ref(invitation.authority), "roles": list(invitation.roles)}
    else:
        assert invitation.organisation is not None
        key = audience.organisation(invitation.organisation.pk)
        place = {"organisation": ref(invitation.organisation), "roles": [invitation.membership_role]}
    ledger.record(
        type,
        actor=actor,
        subject=invitation,
        aggregate=ref(invitation),
        audience=Audience.of(key),
        facts={**place, **facts},
        private={"email": invitation.email, "name": invitation.name},
    )
