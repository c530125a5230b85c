"""Telling people of the way out of a crisis: seats what waits and turns red, exporters what touches them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alliance.models import Declaration, Relaxation
from core.models import ref_id
from correspondence import services as correspondence
from escalation.services.exits import step_of
from escalation.simulating import from_json
from ledger.models import Event
from ledger.subscriptions import subscribe
from licensing.models import Case, Licence
from members.models import Role, User


def _declaration(event: Event) -> Declaration:
    return Declaration.objects.get(pk=ref_id(event.aggregate, "declaration"))


def _tell(event: Event, people: Iterable[User], subject: str, text: str) -> None:
    declaration = _declaration(event)
    title = step_of(declaration, event.facts["step"]).title
    correspondence.notify(
        recipients=[person for person in people if str(person.uid) != event.actor_id],
        event=event,
        subject=f"{declaration.reference}: {subject}",
        text=f"{title}. {text}",
        path=f"/workbench/crises/{declaration.reference}/exit/steps/{event.facts['step']}/",
    )


def _seats() -> Iterable[User]:
    return User.objects.in_roles(Role.CRISIS_SEAT)


@subscribe("relaxation.proposed")
def ask_for_the_second_key_of_a_step(event: Event) -> None:
    text = _("A seat of another member applies it or withdraws it. Until then nothing changes.")
    _tell(event, _seats(), _("a step of the exit plan is proposed"), text)


@subscribe("relaxation.withdrawn")
def tell_that_a_step_is_off(event: Event) -> None:
    _tell(event, _seats(), _("a step of the exit plan is withdrawn"), event.facts.get("reason", ""))


@subscribe("precondition.turned_red")
def alarm_when_red(event: Event) -> None:
    text = _("%(why)s The step stands applied; one seat can reverse it.") % {"why": event.facts["sentence"]}
    _tell(event, _seats(), _("a precondition has turned red"), text)


@subscribe("relaxation.agreed")
def tell_of_the_wind_down(event: Event) -> None:
    text = _("The prior rules hold until %(until)s.") % {
        "until": event.facts["takes_effect_at"][:16].replace("T", " ") + " UTC"
    }
    _tell(event, _deciders_and_seats(), _("a step is agreed and winds down"), text)
    _tell_exporters(event, _("a crisis measure is about to end"), text)


@subscribe("relaxation.applied")
def tell_that_a_step_is_applied(event: Event) -> None:
    _tell(
        event, _deciders_and_seats(), _("a step of the exit plan is applied"), _("Its measures are lifted.")
    )
    _tell_exporters(event, _("a crisis measure no longer applies"), "")


@subscribe("relaxation.reversed")
def tell_that_a_step_is_reversed(event: Event) -> None:
    why = event.facts["reason"]
    _tell(event, _deciders_and_seats(), _("a step of the exit plan is reversed"), why)
    _tell_exporters(event, _("a crisis measure applies again"), "")


def _deciders_and_seats() -> Iterable[User]:
    return User.objects.in_roles(Role.CRISIS_SEAT, Role.DECIDER)


def _tell_exporters(event: Event, subject: str, text: str) -> None:
    """Tell each organisation once of how many of its applications and licences the step touches."""
    row = Relaxation.objects.get(uid=event.facts["relaxation"])
    found, declaration = from_json(row.touched), _declaration(event)
    counted: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    cases = Case.objects.filter(pk__in=found.case_keys)
    for organisation in cases.values_list("application__organisation_id", flat=True):
        counted[organisation][0] += 1
    for organisation in Licence.objects.filter(pk__in=found.licence_keys).values_list("holder_id", flat=True):
        counted[organisation][1] += 1
    for organisation, (some, others) in sorted(counted.items()):
        told = [
            ngettext("%(n)d application", "%(n)d applications", some) % {"n": some} if some else "",
            ngettext("%(n)d licence", "%(n)d licences", others) % {"n": others} if others else "",
        ]
        of_yours = _("Of yours it concerns %(what)s.") % {"what": _(" and ").join(one for one in told if one)}
        correspondence.notify(
            recipients=User.objects.filter(is_active=True, memberships__organisation=organisation),
            event=event,
            subject=f"{declaration.reference}: {subject}",
            text=f"{declaration.title}. {of_yours} {text}".strip(),
            path="/licences/" if others else "/applications/",
        )
