"""Exporter organisations: registering, vetting, suspending."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed

from core import audience
from core.audience import Audience
from core.errors import Conflict, IllegalTransition, Invalid
from core.models import ref
from core.policies import require
from ledger import services as ledger
from members import numbers, policies
from members.models import Jurisdiction, Membership, Organisation, User
from members.models.organisations import as_registered

LONGEST = {"name": 200, "address": 500, "registration_number": 50, "contact_email": 254}


def audience_of(organisation: Organisation) -> Audience:
    """Who may read about an organisation: its members and its jurisdiction."""
    return Audience.of(
        audience.organisation(organisation.pk), audience.jurisdiction(organisation.jurisdiction_id)
    )


def _details(
    *,
    jurisdiction: str,
    name: str,
    address: str,
    registration_number: str,
    lei: str,
    vat: str,
    contact_email: str,
) -> dict[str, str]:
    """Check and normalise what an organisation states about itself; Invalid names every wrong field."""
    wrong: dict[str, list[str]] = {}
    given = {
        "name": " ".join(name.split()),
        "address": address.strip(),
        "registration_number": as_registered(registration_number),
        "contact_email": contact_email.strip().lower(),
    }
    for field, value in given.items():
        if not value:
            wrong[field] = [_("Give an answer.")]
        elif len(value) > LONGEST[field]:
            wrong[field] = [_("Use at most %(count)d characters.") % {"count": LONGEST[field]}]
        elif "\x00" in value:
            wrong[field] = [_("Remove the characters that cannot be printed.")]
    if "contact_email" not in wrong:
        try:
            validate_email(given["contact_email"])
        except ValidationError:
            wrong["contact_email"] = [_("Give an e-mail address, such as name@example.com.")]
    if not Jurisdiction.objects.filter(code=jurisdiction).exists():
        wrong["jurisdiction"] = [_("Choose a member of the alliance.")]
    try:
        given["lei"] = numbers.lei(lei)
    except Invalid as error:
        wrong.update(error.fields)
    try:
        given["vat"] = numbers.vat(vat, jurisdiction)
    except Invalid as error:
        wrong.update(error.fields)
    if wrong:
        raise Invalid(_("Some answers need to be corrected."), fields=wrong)
    return given


def _save_once(save: Callable[[], None]) -> None:
    """Save, and tell in words which number is already taken."""
    taken = {
        "organisation_registered_once": ("registration_number", _("registration number")),
        "organisation_lei_once": ("lei", _("LEI")),
        "organisation_vat_once": ("vat", _("VAT number")),
    }
    try:
        with transaction.atomic():
            save()
    except IntegrityError as error:
        for constraint, (field, label) in taken.items():
            if constraint in str(error):
                message = _(
                    "An organisation with this %(number)s is already registered. "
                    "Ask its administrator to invite you."
                ) % {"number": label}
                raise Conflict(message, fields={field: [message]}) from None
        raise


@transaction.atomic
def apply_organisation(
    *,
    actor: User,
    jurisdiction: str,
    name: str,
    address: str,
    registration_number: str,
    contact_email: str,
    lei: str = "",
    vat: str = "",
) -> Organisation:
    """Register an exporter, with the actor as its administrator; it may file once its jurisdiction vetted it.

    Invalid names each wrong field; Conflict if one of its numbers is already registered.
    """
    User.objects.select_for_update().get(pk=actor.pk)  # one application at a time
    require(policies.can_apply, actor)
    details = _details(
        jurisdiction=jurisdiction,
        name=name,
        address=address,
        registration_number=registration_number,
        lei=lei,
        vat=vat,
        contact_email=contact_email,
    )
    organisation = Organisation(jurisdiction_id=jurisdiction, **details)
    _save_once(organisation.save)
    Membership.objects.create(user=actor, organisation=organisation, role=Membership.Role.ADMINISTRATOR)
    _record("organisation.applied", actor, organisation)
    return organisation


@transaction.atomic
def apply_again(
    *,
    actor: User,
    organisation: Organisation,
    name: str,
    address: str,
    registration_number: str,
    contact_email: str,
    lei: str = "",
    vat: str = "",
) -> Organisation:
    """Mend what a refused organisation had stated, and let it wait for vetting once more."""
    organisation = _locked(organisation)
    require(policies.can_correct, actor, organisation)
    details = _details(
        jurisdiction=organisation.jurisdiction_id,
        name=name,
        address=address,
        registration_number=registration_number,
        lei=lei,
        vat=vat,
        contact_email=contact_email,
    )
    _move(organisation, organisation.apply_again)
    for field, value in details.items():
        setattr(organisation, field, value)
    _save_once(organisation.save)
    _record("organisation.applied", actor, organisation, again=True)
    return organisation


@transaction.atomic
def vet_organisation(*, actor: User, organisation: Organisation) -> Organisation:
    """Accept an organisation: from now on it may file applications."""
    organisation = _locked(organisation)
    require(policies.can_vet, actor, organisation)
    _move(organisation, organisation.vet)
    organisation.save()
    _record("organisation.vetted", actor, organisation)
    return organisation


@transaction.atomic
def refuse_organisation(*, actor: User, organisation: Organisation, reason: str) -> Organisation:
    """Turn an organisation away, with a reason it is told; it may mend its answers and apply again."""
    organisation = _locked(organisation)
    require(policies.can_vet, actor, organisation)
    reason = _given(reason)
    _move(organisation, lambda: organisation.refuse(reason))
    organisation.save()
    _record("organisation.refused", actor, organisation, reason=reason)
    return organisation


@transaction.atomic
def suspend_organisation(*, actor: User, organisation: Organisation, reason: str) -> Organisation:
    """Stop an organisation from filing, with a reason it is told."""
    organisation = _locked(organisation)
    require(policies.can_vet, actor, organisation)
    reason = _given(reason)
    _move(organisation, lambda: organisation.suspend(reason))
    organisation.save()
    _record("organisation.suspended", actor, organisation, reason=reason)
    return organisation


@transaction.atomic
def reinstate_organisation(*, actor: User, organisation: Organisation) -> Organisation:
    """Let a suspended organisation file again."""
    organisation = _locked(organisation)
    require(policies.can_vet, actor, organisation)
    _move(organisation, organisation.reinstate)
    organisation.save()
    _record("organisation.reinstated", actor, organisation)
    return organisation


@transaction.atomic
def correct_details(
    *, actor: User, organisation: Organisation, address: str = "", contact_email: str = ""
) -> Organisation:
    """Write down another address or contact of an organisation; what is empty stays.

    The caller has asked who may: officers of its jurisdiction who decide on a licence of it.
    """
    organisation = _locked(organisation)
    details = _details(
        jurisdiction=organisation.jurisdiction_id,
        name=organisation.name,
        address=address or organisation.address,
        registration_number=organisation.registration_number,
        lei=organisation.lei,
        vat=organisation.vat,
        contact_email=contact_email or organisation.contact_email,
    )
    organisation.address, organisation.contact_email = details["address"], details["contact_email"]
    organisation.save(update_fields=["address", "contact_email"])
    _record("organisation.corrected", actor, organisation)
    return organisation


def _locked(organisation: Organisation) -> Organisation:
    return Organisation.objects.select_for_update().get(pk=organisation.pk)


def _given(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        raise Invalid.field("reason", _("Give the reason; the organisation is told it."))
    if len(reason) > 2000:
        raise Invalid.field("reason", _("Use at most %(count)d characters.") % {"count": 2000})
    return reason


def _move(organisation: Organisation, transition: Callable[[], None]) -> None:
    try:
        transition()
    except TransitionNotAllowed:
        raise IllegalTransition(
            _("The organisation is in the state “%(state)s”, which does not permit this.")
            % {"state": Organisation.Status(organisation.status).label.lower()}
        ) from None


def _record(type: str, actor: User, organisation: Organisation, **facts: str | bool) -> None:
    ledger.record(
        type,
        actor=actor,
        subject=organisation,
        aggregate=ref(organisation),
        audience=audience_of(organisation),
        facts={"jurisdiction": organisation.jurisdiction_id, "status": str(organisation.status), **facts},
    )
