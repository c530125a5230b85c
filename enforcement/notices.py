"""Telling holders, customs and officers what happens to shipments, deliveries and checks."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from core.models import ref, ref_id
from correspondence import services as correspondence
from enforcement.models import MonitorLink, PreShipmentCheck, Shipment
from ledger.models import Event
from ledger.subscriptions import subscribe
from licensing.models import Licence
from licensing.recipients import exporters
from members.models import Mandated, Role, User
from screening.policies import JUDGES as HIT_JUDGES

RELATED = ("licence__holder", "licence__issued_by", "leaves_from")


def _shipment(event: Event) -> Shipment:
    found: Shipment = Shipment.objects.select_related(*RELATED).get(pk=event.subject_id)
    return found


def tell(people: Iterable[User], event: Event, subject: str, text: str, path: str) -> None:
    correspondence.notify(
        recipients=[person for person in people if str(person.uid) != event.actor_id],
        event=event,
        subject=subject,
        text=text,
        path=path,
    )


def holders(licence: Licence) -> Iterable[User]:
    """The people of the holder, and of its agent under a mandate in force to declare shipments."""
    return exporters(licence.case, Mandated.SHIPMENTS)


def customs(members: Iterable[str]) -> Iterable[User]:
    """Customs officers of members: of those on a route that are none there is nobody."""
    return User.objects.in_roles(Role.CUSTOMS_OFFICER).filter(authority__jurisdiction__in=set(members))


def officers(licence: Licence, *roles: str) -> Iterable[User]:
    return User.objects.in_roles(*roles).filter(authority__jurisdiction=licence.issued_by_id)


def _tell_holders(event: Event, shipment: Shipment, subject: str, text: str) -> None:
    where = f"/shipments/{shipment.reference}/"
    tell(holders(shipment.licence), event, f"{shipment.reference}: {subject}", text, where)


def _tell_workbench(
    people: Iterable[User], event: Event, shipment: Shipment, subject: str, text: str
) -> None:
    where = f"/workbench/shipments/{shipment.reference}/"
    text = f"{shipment.licence.holder.name}, {shipment.licence.number}. {text}"
    tell(people, event, f"{shipment.reference}: {subject}", text, where)


@subscribe("shipment.declared")
def tell_customs_that_it_is_to_leave(event: Event) -> None:
    shipment = _shipment(event)
    text = _("It is to leave on %(day)s.") % {"day": shipment.planned_departure.isoformat()}
    _tell_workbench(customs([shipment.leaves_from_id]), event, shipment, _("a shipment is declared"), text)


@subscribe("shipment.stopped")
def tell_that_it_is_stopped(event: Event) -> None:
    shipment = _shipment(event)
    subject, why = _("the shipment is stopped"), event.facts["reason"]
    next_step = _("What it took of the licence is free again. Declare another once this is settled.")
    _tell_holders(event, shipment, subject, f"{why} {next_step}")
    _tell_workbench(customs(shipment.route), event, shipment, subject, why)


@subscribe("monitor.asked")
def send_the_link(event: Event) -> None:
    """The letter to the monitor: its link is made when it is sent, and stands nowhere else."""
    link = MonitorLink.objects.get(uid=event.facts["link"])
    correspondence.queue_letter(about=ref(link), to=link.email, event=event)


@subscribe("monitor.silent")
def tell_who_asked_the_monitor(event: Event) -> None:
    shipment = _shipment(event)
    link = MonitorLink.objects.select_related("asked_by").get(uid=event.facts["link"])
    subject = _("the monitor has not confirmed the delivery")
    text = _("The link is past its date and was not used. Send another, or name somebody else.")
    if link.by_holder:
        _tell_holders(event, shipment, subject, text)
    else:
        _tell_workbench([link.asked_by], event, shipment, subject, text)


@subscribe("delivery.monitored")
def tell_that_a_monitor_confirmed(event: Event) -> None:
    shipment = _shipment(event)
    text = _("A third-party monitor has said what arrived. An officer looks at it.")
    _tell_holders(event, shipment, _("a monitor has confirmed the delivery"), text)


@subscribe("delivery.monitored")
@subscribe("delivery.confirmed")
def ask_to_judge(event: Event) -> None:
    shipment = _shipment(event)
    text = _("Look at what was delivered and who signed, and accept it or not.")
    judges = officers(shipment.licence, Role.LICENSING_OFFICER, Role.INSPECTOR)
    _tell_workbench(judges, event, shipment, _("a delivery waits to be judged"), text)


@subscribe("delivery.verified")
def tell_that_it_is_verified(event: Event) -> None:
    shipment = _shipment(event)
    _tell_holders(event, shipment, _("the delivery is verified"), event.facts["remark"])


@subscribe("delivery.rejected")
def tell_that_it_is_not_accepted(event: Event) -> None:
    shipment = _shipment(event)
    text = _("%(remark)s Confirm it again with what is missing.") % {"remark": event.facts["remark"]}
    _tell_holders(event, shipment, _("the confirmation is not accepted"), text)


@subscribe("delivery.unverified")
def tell_that_it_is_unverified(event: Event) -> None:
    shipment = _shipment(event)
    subject = _("the delivery is past its date and unverified")
    text = _("There is no new allowance until it is confirmed, with who signed for it. Confirm it now.")
    _tell_holders(event, shipment, subject, text)
    told = [
        *officers(shipment.licence, Role.DECIDER, Role.INSPECTOR),
        *customs([shipment.licence.issued_by_id]),
    ]
    _tell_workbench(told, event, shipment, subject, _("Ask the holder where the goods are."))


@subscribe("shipment.listed")
def tell_what_is_in_transit(event: Event) -> None:
    """The provisional licence is repealed: customs on the routes, lead and holder learn what is on its way."""
    licence = Licence.objects.select_related("holder", "issued_by").get(pk=event.subject_id)
    subject = _("%(number)s: shipments are in transit under a repealed licence") % {"number": licence.number}
    text = _("%(reason)s In transit: %(names)s.") % {
        "reason": event.facts["reason"],
        "names": ", ".join(event.facts["in_transit"]),
    }
    on_the_way = {member for route in event.facts["routes"].values() for member in route}
    inside = [*customs(on_the_way | {licence.issued_by_id}), *officers(licence, Role.DECIDER)]
    tell(inside, event, subject, text, f"/workbench/licences/{licence.number}/")
    ask = _("Tell the member that issued it where each is, and confirm each delivery.")
    tell(holders(licence), event, subject, f"{text} {ask}", f"/licences/{licence.number}/shipments/")


@subscribe("shipment.resembling")
def tell_judges_of_whoever_carries_it(event: Event) -> None:
    """A list has changed: those who judge hits learn of a shipment whose carrier, vessel or consignee is meant."""
    shipment = _shipment(event)
    if event.facts["status"] == Shipment.Status.DECLARED:
        subject = _("a party of a declared shipment now resembles a listed one")
        text = _("It does not leave until the hit is judged.")
    else:
        subject = _("a party of a shipment in transit now resembles a listed one")
        text = _(
            "It is on its way: %(route)s. Judge the hit, and tell customs on its way if it may be true."
        ) % {"route": " → ".join(event.facts["route"])}
    _tell_workbench(officers(shipment.licence, *HIT_JUDGES, Role.DECIDER), event, shipment, subject, text)


@subscribe("check.asked")
def ask_the_inspectors(event: Event) -> None:
    check = PreShipmentCheck.objects.get(pk=ref_id(event.aggregate, "preshipmentcheck"))
    tell(
        User.objects.in_roles(Role.INSPECTOR).filter(authority__jurisdiction=check.member_id),
        event,
        _("%(reference)s: a pre-shipment check is asked for") % {"reference": check.reference},
        _("Nothing it bears on leaves until it is passed."),
        f"/workbench/checks/{check.reference}/",
    )
