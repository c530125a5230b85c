"""Who grants under a template, registers, declares a use, reports, bars, and looks at a use.

What an officer does for an exporter of the officer's own member a system of that officer does as well; a seat of
the crisis unit acts in person.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from alliance.models import Instrument
from core.policies import ALLOW, Verdict, deny
from exemptions.models import Authorisation, Bar, Registration, Use
from members.models import Organisation, Role, User
from members.policies import in_role, other_hands, unit_seat

OUTSIDER = "Only officers of an authority do this."


def _officer(user: User, *roles: str, otherwise: str) -> Verdict:
    return in_role(user, roles, outsider=_(OUTSIDER), otherwise=otherwise)


def can_draft(user: User, instrument: Instrument, holder: Organisation | None = None) -> Verdict:
    """A seat of the crisis unit drafts for a crisis; an officer of the exporter's member for one exporter."""
    if instrument.kind == Instrument.Kind.GENERAL:
        return deny(_("A general authorisation is used as it is; nothing is granted under it."))
    if instrument.kind == Instrument.Kind.EMERGENCY:
        return unit_seat(user, _(OUTSIDER))
    verdict = _officer(
        user,
        Role.LICENSING_OFFICER,
        Role.DECIDER,
        otherwise=_("Only licensing officers and deciders of the exporter's member can do this."),
    )
    if verdict and holder is not None and holder.jurisdiction_id != user.jurisdiction_code:
        return deny(_("Only licensing officers and deciders of the exporter's member can do this."))
    return verdict and (_no_insider(user, holder) if holder is not None else ALLOW)


def can_grant(user: User, authorisation: Authorisation) -> Verdict:
    """Another person: for a crisis a seat of another member, for one exporter a decider of its member."""
    if authorisation.status != Authorisation.Status.DRAFTED:
        return deny(_("Only a draft is granted."))
    if authorisation.declaration_id is not None:
        verdict = unit_seat(user, _(OUTSIDER))
        if verdict and user.jurisdiction_code == authorisation.drafted_by.jurisdiction_code:
            verdict = deny(_("It is granted by a seat of another member than drafted it."))
    else:
        assert authorisation.holder is not None
        verdict = _authority(user, authorisation.holder)
    if not verdict:
        return verdict
    if user.pk == authorisation.drafted_by_id:
        return deny(_("It is granted by another person than drafted it."))
    return other_hands(user, authorisation.drafted_by_id, authorisation.drafted_at)


def can_revoke(user: User, authorisation: Authorisation) -> Verdict:
    """One key is enough: nothing leaves any more."""
    if authorisation.status not in (Authorisation.Status.DRAFTED, Authorisation.Status.GRANTED):
        return deny(_("It is over."))
    if authorisation.declaration_id is not None:
        return unit_seat(user, _(OUTSIDER))
    assert authorisation.holder is not None
    return _authority(user, authorisation.holder)


def can_register(user: User, organisation: Organisation) -> Verdict:
    """People of a vetted exporter."""
    if organisation.pk not in user.organisation_ids:
        return deny(_("Only people of the exporter can do this."))
    if organisation.status != Organisation.Status.VETTED:
        return deny(_("The organisation has to be vetted before it registers for an authorisation."))
    return ALLOW


def can_use(user: User, registration: Registration) -> Verdict:
    """People of the exporter; whether this use may leave is for the rules."""
    return can_register(user, registration.organisation)


def can_report(user: User, registration: Registration) -> Verdict:
    """People of the exporter, as long as a report is open; of a suspended organisation too."""
    if registration.organisation_id not in user.organisation_ids:
        return deny(_("Only people of the exporter can do this."))
    return ALLOW


def can_end(user: User, registration: Registration) -> Verdict:
    """People of the exporter, when they no longer need it."""
    if registration.status == Registration.Status.ENDED:
        return deny(_("This registration has ended."))
    return can_report(user, registration)


def _authority(user: User, organisation: Organisation) -> Verdict:
    """A decider of the exporter's member who does not belong to the exporter."""
    otherwise = _("Only a decider of the exporter's member can do this.")
    verdict = _officer(user, Role.DECIDER, otherwise=otherwise)
    if verdict and user.jurisdiction_code != organisation.jurisdiction_id:
        return deny(otherwise)
    return verdict and _no_insider(user, organisation)


def _no_insider(user: User, organisation: Organisation) -> Verdict:
    if organisation.pk in user.organisation_ids:
        return deny(_("You belong to the exporter's organisation."))
    return ALLOW


def can_bar(user: User, organisation: Organisation) -> Verdict:
    """One key is enough: a licence can still be asked for."""
    return _authority(user, organisation)


def can_lift(user: User, bar: Bar) -> Verdict:
    """Another decider than barred."""
    if bar.lifted_at is not None:
        return deny(_("This bar has been lifted."))
    verdict = _authority(user, bar.organisation)
    if verdict and user.pk == bar.barred_by_id:
        return deny(_("A bar is lifted by another person than barred."))
    return verdict and other_hands(user, bar.barred_by_id, bar.barred_at)


def can_judge(user: User, use: Use) -> Verdict:
    """A decider of the exporter's member, of a use that waits for an officer."""
    if use.status != Use.Status.IN_REVIEW:
        return deny(_("This use does not wait for an officer."))
    return _authority(user, use.registration.organisation)
