"""Telling traders, inspectors, deciders and all members what becomes of a trusted trader."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from core.models import ref_id
from correspondence import services as correspondence
from exemptions.models import TrustedTrader
from ledger.models import Event
from ledger.subscriptions import subscribe
from members.models import Role, User


def _trader(event: Event) -> TrustedTrader:
    rows = TrustedTrader.objects.select_related("organisation")
    return rows.get(pk=ref_id(event.aggregate, "trustedtrader"))


def _tell(
    people: Iterable[User], event: Event, trader: TrustedTrader, subject: str, text: str, path: str
) -> None:
    correspondence.notify(
        recipients=[person for person in people if str(person.uid) != event.actor_id],
        event=event,
        subject=f"{trader.reference}: {subject}",
        text=f"{trader.organisation.name}. {text}",
        path=path,
    )


def _tell_trader(event: Event, subject: str, text: str) -> None:
    trader = _trader(event)
    people = User.objects.filter(is_active=True, memberships__organisation=trader.organisation_id).distinct()
    _tell(people, event, trader, subject, text, f"/trusted/{trader.organisation.uid}/")


def _tell_officers(event: Event, role: Role, subject: str, text: str, *, everywhere: bool = False) -> None:
    trader = _trader(event)
    people = User.objects.in_roles(role)
    if not everywhere:
        people = people.filter(authority__jurisdiction=trader.organisation.jurisdiction_id)
    _tell(people, event, trader, subject, text, f"/workbench/traders/{trader.reference}/")


@subscribe("trader.applied")
def ask_for_an_audit(event: Event) -> None:
    text = _("Take the audit, visit the site and say what you found.")
    _tell_officers(event, Role.INSPECTOR, _("an application waits for an inspector"), text)


@subscribe("trader.regain_asked")
def ask_for_another_audit(event: Event) -> None:
    text = _("The trader says what it has mended. Take the audit and look.")
    _tell_officers(event, Role.INSPECTOR, _("a suspended trader waits for an inspector"), text)


@subscribe("trader.audited")
def ask_for_the_decision(event: Event) -> None:
    text = _("The audit gave %(score)d of 100. Another person than the inspector decides.") % event.facts
    _tell_officers(event, Role.DECIDER, _("an audit waits for a decision"), text)


@subscribe("trader.granted")
def tell_that_it_is_trusted(event: Event) -> None:
    text = _("Level %(level)d. The fast lane is open to what is of low risk.") % event.facts
    _tell_trader(event, _("you are a trusted trader"), text)


@subscribe("trader.refused")
def tell_that_it_is_refused(event: Event) -> None:
    _tell_trader(event, _("you are not trusted"), event.facts["reason"])


@subscribe("trader.suspended")
def tell_all_members(event: Event) -> None:
    text = _("%(reason)s The fast lane is closed in all members; open cases go on in the ordinary procedure.")
    _tell_trader(event, _("your standing is suspended"), text % event.facts)
    _tell_officers(
        event, Role.DECIDER, _("a trusted trader is suspended"), text % event.facts, everywhere=True
    )


@subscribe("trader.reaudit_due")
def tell_that_the_next_audit_is_due(event: Event) -> None:
    text = _("Without another audit the standing ends when its three years are over.")
    _tell_trader(event, _("the next audit is due"), text)
    _tell_officers(event, Role.INSPECTOR, _("the next audit is due"), text)


@subscribe("trader.ended")
def tell_that_it_is_over(event: Event) -> None:
    _tell_trader(event, _("your standing has ended"), event.facts["reason"])
