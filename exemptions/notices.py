"""Telling seats, holders and customs what happens to a waiver."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q
from django.utils.translation import gettext as _

from core.models import ref_id
from correspondence import services as correspondence
from exemptions.models import Waiver
from ledger.models import Event
from ledger.subscriptions import subscribe
from members.models import Role, User


def _waiver(event: Event) -> Waiver:
    rows = Waiver.objects.select_related("holder", "granted_by", "drafted_by")
    return rows.get(pk=ref_id(event.aggregate, "waiver"))


def _tell(people: Iterable[User], event: Event, waiver: Waiver, subject: str, text: str, path: str) -> None:
    correspondence.notify(
        recipients=[person for person in people if str(person.uid) != event.actor_id],
        event=event,
        subject=f"{waiver.reference}: {subject}",
        text=f"{waiver.holder.name}. {text}",
        path=f"{path}waivers/{waiver.reference}/",
    )


def _holders(waiver: Waiver) -> Iterable[User]:
    return User.objects.filter(is_active=True, memberships__organisation=waiver.holder_id).distinct()


def _officers(waiver: Waiver) -> Iterable[User]:
    """Who granted it and who drafted it, the exporter's deciders, and its member's customs."""
    own = User.objects.in_roles(Role.DECIDER, Role.CUSTOMS_OFFICER).filter(
        authority__jurisdiction=waiver.holder.jurisdiction_id
    )
    keys = {waiver.drafted_by_id, waiver.granted_by_id, *own.values_list("pk", flat=True)}
    return User.objects.filter(Q(pk__in=[pk for pk in keys if pk]), is_active=True)


def _tell_all(event: Event, subject: str, text: str) -> None:
    waiver = _waiver(event)
    _tell(_holders(waiver), event, waiver, subject, text, "/")
    _tell(_officers(waiver), event, waiver, subject, text, "/workbench/")


@subscribe("waiver.drafted")
def ask_for_the_second_key(event: Event) -> None:
    waiver = _waiver(event)
    if waiver.status == Waiver.Status.DRAFTED:
        text = _("A seat of another member grants it or takes it back. Until then nothing is lifted.")
        seats = User.objects.in_roles(Role.CRISIS_SEAT)
        _tell(seats, event, waiver, _("a waiver waits for the second key"), text, "/workbench/")


@subscribe("waiver.granted")
def tell_that_it_holds(event: Event) -> None:
    _tell_all(
        event,
        _("the waiver is granted"),
        _("Reports fall due on the dates it names; one missed suspends it."),
    )


@subscribe("waiver.suspended")
def tell_that_it_is_suspended(event: Event) -> None:
    text = _("%(why)s Nothing leaves under it until it is restored.") % {"why": event.facts["reason"]}
    _tell_all(event, _("the waiver is suspended"), text)


@subscribe("waiver.restored")
def tell_that_it_holds_again(event: Event) -> None:
    _tell_all(event, _("the waiver holds again"), event.facts["reason"])


@subscribe("waiver.revoked")
def tell_that_it_is_revoked(event: Event) -> None:
    waiver = _waiver(event)
    if waiver.granted_at is not None:
        _tell_all(event, _("the waiver is revoked"), event.facts["reason"])


@subscribe("waiver.expired")
def tell_that_it_is_over(event: Event) -> None:
    _tell_all(event, _("the waiver has expired"), _("Its measures bear again."))


@subscribe("waiver.reported")
def tell_of_a_report(event: Event) -> None:
    waiver = _waiver(event)
    text = _("Report %(number)d waits to be reviewed.") % {"number": event.facts["number"]}
    deciders = User.objects.in_roles(Role.DECIDER).filter(
        authority__jurisdiction=waiver.holder.jurisdiction_id
    )
    _tell(deciders, event, waiver, _("a report was filed"), text, "/workbench/")
