"""Telling exporters, their authority, seats and customs what happens to authorisations, registrations and uses."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from core.models import ref_id
from correspondence import services as correspondence
from exemptions.models import Authorisation, Bar, Registration, Use
from ledger.models import Event
from ledger.subscriptions import subscribe
from members.models import Role, User


def _tell(people: Iterable[User], event: Event, subject: str, text: str, path: str) -> None:
    correspondence.notify(
        recipients=[person for person in people if str(person.uid) != event.actor_id],
        event=event,
        subject=subject,
        text=text,
        path=path,
    )


def _people_of(organisation: int) -> Iterable[User]:
    return User.objects.filter(is_active=True, memberships__organisation=organisation).distinct()


def _deciders_of(member: str, *more: str) -> Iterable[User]:
    return User.objects.in_roles(Role.DECIDER, *more).filter(authority__jurisdiction=member)


def _registration(event: Event) -> Registration:
    rows = Registration.objects.select_related("organisation", "instrument")
    return rows.get(pk=ref_id(event.aggregate, "registration"))


def _tell_exporter(event: Event, subject: str, text: str) -> None:
    found = _registration(event)
    title = f"{found.instrument.payload['short']}, {found.reference}: {subject}"
    _tell(_people_of(found.organisation_id), event, title, text, f"/registrations/{found.reference}/")


@subscribe("authorisation.drafted")
def ask_for_the_second_key(event: Event) -> None:
    found = Authorisation.objects.select_related("instrument", "holder").get(
        pk=ref_id(event.aggregate, "authorisation")
    )
    if found.status != Authorisation.Status.DRAFTED:
        return
    people = (
        User.objects.in_roles(Role.CRISIS_SEAT)
        if found.holder is None
        else _deciders_of(found.holder.jurisdiction_id)
    )
    text = _("Another person grants it or takes it back. Until then nothing leaves under it.")
    subject = f"{found.reference}: " + _("an authorisation waits for the second key")
    _tell(people, event, subject, text, f"/workbench/authorisations/{found.reference}/")


@subscribe("authorisation.granted")
@subscribe("authorisation.revoked")
@subscribe("authorisation.expired")
def tell_holder_and_users(event: Event) -> None:
    found = Authorisation.objects.select_related("instrument").get(
        pk=ref_id(event.aggregate, "authorisation")
    )
    if found.granted_at is None:
        return
    subject = {
        "authorisation.granted": _("an authorisation was granted to you: register to use it"),
        "authorisation.revoked": _("the authorisation was taken back"),
        "authorisation.expired": _("the authorisation has expired"),
    }[event.type]
    organisations = set(found.registrations.values_list("organisation", flat=True))
    if found.holder_id is not None:
        organisations.add(found.holder_id)
    people = User.objects.filter(is_active=True, memberships__organisation__in=organisations).distinct()
    text = f"{found.instrument.title}. {event.facts.get('reason', '')}".strip()
    _tell(people, event, f"{found.reference}: {subject}", text, f"/authorisations/{found.instrument.key}/")


@subscribe("registration.active")
def tell_that_it_may_be_used(event: Event) -> None:
    _tell_exporter(event, _("it may be used from now on"), _("The notice period is over."))


@subscribe("registration.suspended")
def tell_that_it_is_suspended(event: Event) -> None:
    text = _("%(why)s Nothing leaves under it until the report is filed.") % {"why": event.facts["reason"]}
    _tell_exporter(event, _("the registration is suspended"), text)


@subscribe("registration.restored")
def tell_that_it_is_active_again(event: Event) -> None:
    _tell_exporter(event, _("the registration is active again"), _("Every report that was due is filed."))


@subscribe("registration.registered")
def tell_the_authority(event: Event) -> None:
    found = _registration(event)
    if not found.instrument.payload["registration"]["notice_days"]:
        return
    text = _("%(name)s may use it from %(at)s on, unless barred before.") % {
        "name": found.organisation.name,
        "at": found.usable_from.date().isoformat(),
    }
    subject = f"{found.instrument.payload['short']}: " + _("notice of first use")
    people = _deciders_of(found.organisation.jurisdiction_id)
    _tell(people, event, subject, text, f"/workbench/registrations/{found.reference}/")


@subscribe("exporter.barred")
@subscribe("exporter.bar_lifted")
def tell_of_a_bar(event: Event) -> None:
    """The exporter, its member's customs, and deciders and customs of the other members where they are told."""
    bar = Bar.objects.select_related("organisation").get(pk=event.subject_id)
    organisation = bar.organisation
    began = event.type == "exporter.barred"
    subject = f"{organisation.name}: " + (
        _("barred from authorisations") if began else _("a bar from authorisations was lifted")
    )
    which = ", ".join(bar.keys) or _("all of them")
    text = f"{which}. {event.facts['reason']}"
    _tell(_people_of(organisation.pk), event, subject, text, "/authorisations/")
    officers = User.objects.in_roles(Role.DECIDER, Role.CUSTOMS_OFFICER)
    if not bar.told:
        officers = officers.filter(authority__jurisdiction=organisation.jurisdiction_id)
    _tell(officers, event, subject, text, "/workbench/authorisations/")


def _use(event: Event) -> Use:
    rows = Use.objects.select_related("registration__organisation", "instrument")
    return rows.get(pk=event.subject_id)


@subscribe("use.sent_to_officer")
@subscribe("use.review_overdue")
def ask_an_officer(event: Event) -> None:
    use = _use(event)
    if use.status != Use.Status.IN_REVIEW:
        return
    organisation = use.registration.organisation
    late = event.type == "use.review_overdue"
    subject = f"{use.reference}: " + (
        _("a use of an authorisation has waited too long") if late else _("a use of an authorisation waits")
    )
    people = _deciders_of(organisation.jurisdiction_id, *([Role.ADMINISTRATOR] if late else []))
    _tell(people, event, subject, f"{organisation.name}.", f"/workbench/uses/{use.reference}/")


@subscribe("use.recorded")
@subscribe("use.refused")
def tell_what_an_officer_said(event: Event) -> None:
    use = _use(event)
    if use.judged_by_id is None:
        return
    recorded = event.type == "use.recorded"
    subject = f"{use.reference}: " + (_("the use is recorded") if recorded else _("the use is refused"))
    text = str(event.facts["reason"])
    _tell(_people_of(use.registration.organisation_id), event, subject, text, f"/uses/{use.reference}/")
