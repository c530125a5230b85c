"""Telling seats that a second key is asked, and deciders that their member has to say whether it adopts."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from alliance.models import Adoption, Declaration
from core.instants import in_zones
from core.models import ref_id
from correspondence import services as correspondence
from ledger.models import Event
from ledger.subscriptions import subscribe
from members.models import Jurisdiction, Role, User


def declaration_of(event: Event) -> Declaration:
    return Declaration.objects.get(pk=ref_id(event.aggregate, "declaration"))


def _tell(people: Iterable[User], event: Event, subject: str, text: str) -> None:
    declaration = declaration_of(event)
    correspondence.notify(
        recipients=[person for person in people if str(person.uid) != event.actor_id],
        event=event,
        subject=f"{declaration.reference}: {subject}",
        text=f"{declaration.title}. {text}",
        path=f"/workbench/crises/{declaration.reference}/",
    )


@subscribe("declaration.proposed")
def ask_for_the_second_key(event: Event) -> None:
    if declaration_of(event).status == Declaration.Status.PROPOSED:
        text = _("A seat of another member confirms it or withdraws it. Until then nothing is in force.")
        _tell(User.objects.in_roles(Role.CRISIS_SEAT), event, _("a crisis is declared"), text)


@subscribe("renewal.proposed")
def ask_for_the_second_key_of_a_renewal(event: Event) -> None:
    text = _("A seat of another member confirms the renewal; else the measures end at their sunset.")
    _tell(User.objects.in_roles(Role.CRISIS_SEAT), event, _("a renewal is proposed"), text)


@subscribe("ending.proposed")
def ask_for_the_second_key_of_the_end(event: Event) -> None:
    text = _("A seat of another member confirms it, and everything is relaxed at once.")
    _tell(User.objects.in_roles(Role.CRISIS_SEAT), event, _("its end is proposed"), text)


@subscribe("declaration.in_force")
def ask_members_to_adopt(event: Event) -> None:
    pending = Adoption.objects.filter(
        declaration=declaration_of(event), status=Adoption.Status.PENDING
    ).values_list("jurisdiction_id", flat=True)
    declaration, deciders = declaration_of(event), User.objects.in_roles(Role.DECIDER)
    text = _(
        "Adopt the measures for your member, or opt out with the reason. Until then they do not hold there."
    )
    subject = _("your member has to say whether it adopts")
    if declaration.takes_effect_at is None or not declaration.waits(event.at):
        _tell(deciders.filter(authority__jurisdiction__in=list(pending)), event, subject, text)
        return
    begins = _("In members that have adopted them by then they begin together at %(at)s.")
    for member in Jurisdiction.objects.filter(code__in=list(pending)):
        local = begins % {"at": in_zones(declaration.takes_effect_at, [member.timezone])}
        _tell(deciders.filter(authority__jurisdiction=member), event, subject, f"{text} {local}")


@subscribe("declaration.ended")
def tell_of_the_end(event: Event) -> None:
    people = User.objects.in_roles(Role.CRISIS_SEAT, Role.DECIDER)
    _tell(people, event, _("the crisis has ended"), event.facts.get("reason", ""))


@subscribe("review.overdue")
def ask_for_the_review(event: Event) -> None:
    text = _("It ended a month ago and nobody has said what its measures achieved. Keep a review.")
    _tell(User.objects.in_roles(Role.CRISIS_SEAT), event, _("its review is overdue"), text)
