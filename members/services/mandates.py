"""Giving, accepting, declining and ending a mandate; all an administrator's own act."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.actors import CLOCK, Actor
from core.errors import Conflict, Forbidden, IllegalTransition, Invalid
from core.models import ref, ref_id
from core.policies import require
from core.references import new_reference
from deadlines import services as deadlines
from deadlines.calculus import Rule
from deadlines.models import DueInstant
from ledger import services as ledger
from members import mandate_policies as policies
from members.models import Mandate, Mandated, Organisation, User
from members.models.organisations import as_registered

ENDING = "mandate.ending"
NOTICE = timedelta(days=14)  # before the last instant of a mandate both sides are told that it ends
LONGEST = timedelta(days=5 * 366)  # a forgotten mandate ends within five years
MOST_DESTINATIONS = 60


def midnight(day: date, zone: str) -> datetime:
    """Return the first instant of a day in an IANA zone; where its midnight is skipped, the first after that."""
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(ZoneInfo("UTC"))


def find_agent(*, jurisdiction: str, registration_number: str) -> Organisation:
    """Return the vetted organisation with this number in its member's register; Invalid alike for none and for one
    that is not vetted."""
    wanted = as_registered(registration_number)
    found = Organisation.objects.filter(
        jurisdiction=jurisdiction, registration_number=wanted, status=Organisation.Status.VETTED
    ).first()
    if found is None:
        raise Invalid.field(
            "registration_number",
            _(
                "No vetted organisation with this number is registered in that member. "
                "Ask the agent for the number it is registered with here."
            ),
        )
    return found


@transaction.atomic
def give_mandate(
    *,
    actor: User,
    principal: Organisation,
    agent: Organisation,
    acts: Sequence[str],
    starts_on: date,
    ends_on: date,
    destinations: Sequence[str] = (),
) -> Mandate:
    """Offer a mandate to an agent, who has to accept it.

    `destinations` are ISO 3166-1 alpha-2 codes; with none, it is for any. Invalid names what does not fit.
    """
    principal = Organisation.objects.select_related("jurisdiction").get(pk=principal.pk)
    require(policies.can_give, actor, principal)
    wrong: dict[str, list[str]] = {}
    if agent.pk == principal.pk:
        wrong["registration_number"] = [_("Name another organisation: this is your own.")]
    elif agent.status != Organisation.Status.VETTED:
        wrong["registration_number"] = [_("The agent has to be vetted by its authority first.")]
    if not acts or not set(acts) <= set(Mandated.values):
        wrong["acts"] = [_("Choose at least one of the acts offered.")]
    zone = principal.jurisdiction.timezone
    if ends_on < starts_on:
        wrong["ends_on"] = [_("The last day comes before the first.")]
    elif ends_on < clock.today(zone):
        wrong["ends_on"] = [_("The last day is over already.")]
    elif ends_on - max(starts_on, clock.today(zone)) > LONGEST or starts_on - clock.today(zone) > LONGEST:
        wrong["ends_on"] = [_("A mandate lasts for five years at most.")]
    elif clock.today(zone) - starts_on > LONGEST:
        wrong["starts_on"] = [_("The first day is too long ago.")]
    countries = sorted({code.strip().upper() for code in destinations})
    if len(countries) > MOST_DESTINATIONS or any(len(code) != 2 or not code.isalpha() for code in countries):
        wrong["destinations"] = [_("List two-letter ISO 3166 codes, such as SG, at most 60.")]
    if wrong:
        raise Invalid(_("Some answers need to be corrected."), fields=wrong)
    mandate = Mandate.objects.create(
        reference=new_reference("MD"),
        principal=principal,
        agent=agent,
        acts=[act for act in Mandated.values if act in acts],
        destinations=countries,
        starts_on=starts_on,
        ends_on=ends_on,
        starts_at=midnight(starts_on, zone),
        ends_at=midnight(ends_on + timedelta(days=1), zone),
        given_by=actor,
        given_at=clock.now(),
    )
    _record("mandate.given", actor, mandate)
    return mandate


def _locked(mandate: Mandate) -> Mandate:
    return (
        Mandate.objects.select_for_update(of=("self",))
        .select_related("principal__jurisdiction", "agent__jurisdiction")
        .get(pk=mandate.pk)
    )


@transaction.atomic
def accept_mandate(*, actor: User, mandate: Mandate) -> Mandate:
    """Accept a mandate for the agent; from its first day on the agent's people act under it."""
    mandate = _locked(mandate)
    _still_open(actor, mandate)
    require(policies.can_answer, actor, mandate)
    if mandate.agent.status != Organisation.Status.VETTED:
        raise Conflict(_("Your organisation has to be vetted by its authority before it can accept."))
    mandate.accept(actor)
    mandate.save(update_fields=["status", "answered_by", "answered_at"])
    _record("mandate.accepted", actor, mandate)
    _tell_before_it_ends(mandate)
    return mandate


@transaction.atomic
def decline_mandate(*, actor: User, mandate: Mandate, reason: str) -> Mandate:
    """Decline a mandate for the agent, with a reason that the exporter reads."""
    mandate = _locked(mandate)
    _still_open(actor, mandate)
    require(policies.can_answer, actor, mandate)
    mandate.decline(actor, _reason(reason))
    mandate.save(update_fields=["status", "answered_by", "answered_at", "reason"])
    _record("mandate.declined", actor, mandate)
    return mandate


@transaction.atomic
def end_mandate(*, actor: User, mandate: Mandate, reason: str) -> Mandate:
    """End a mandate at once, for either side; the agent's people can do and read nothing under it from now on."""
    mandate = _locked(mandate)
    _still_open(actor, mandate)
    require(policies.can_end, actor, mandate)
    mandate.end(actor, _reason(reason))
    mandate.save(update_fields=["status", "ended_by", "ended_at", "reason"])
    deadlines.cancel(kind=ENDING, subject=ref(mandate))
    _record("mandate.ended", actor, mandate)
    return mandate


def _tell_before_it_ends(mandate: Mandate) -> None:
    """Have both sides told before a mandate ends by itself; of one that is shorter nobody needs to be reminded."""
    now, home = clock.now(), mandate.principal.jurisdiction
    left = mandate.ends_at - NOTICE - now
    if left > timedelta(0):
        deadlines.set_due(
            kind=ENDING,
            aggregate=ref(mandate),
            subject=ref(mandate),
            start=now,
            rule=Rule(amount=ceil(left.total_seconds()), unit="seconds"),
            calendar=home.calendar,
            zone=home.timezone,
            owner=mandate.principal.name,
        )


def mandate_ends_soon(due: DueInstant) -> None:
    """Fourteen days are left of a mandate."""
    rows = Mandate.objects.select_related("principal", "agent")
    mandate = rows.get(pk=ref_id(due.subject, "mandate"))
    if mandate.status == Mandate.Status.ACCEPTED:
        _record(ENDING, CLOCK, mandate)


def _still_open(actor: User, mandate: Mandate) -> None:
    """Tell those of both sides that it is over already, before their part in it is asked about."""
    mine = actor.administers & {mandate.principal_id, mandate.agent_id}
    if mine and mandate.standing() in policies.OVER:
        state = str(mandate.standing().label).lower()
        raise IllegalTransition(_("This mandate is over: %(state)s.") % {"state": state})


def _reason(text: str) -> str:
    reason = text.strip()
    if not 5 <= len(reason) <= 500 or "\x00" in reason:
        raise Invalid.field("reason", _("Give a reason of 5 to 500 characters; the other side reads it."))
    return reason


def hold_mandate(*, actor: User, mandate: Mandate, act: Mandated) -> None:
    """Keep a mandate as it is until the transaction ends, and refuse the act where it is not in force by now.

    Whoever ends it waits for the acts begun before; those begun after it find it ended.
    """
    found = Mandate.objects.select_for_update(of=("self",), no_key=True).in_force().filter(pk=mandate.pk)
    if not found.filter(acts__contains=[act]).exists():
        fresh = Mandate.objects.select_related("agent").get(pk=mandate.pk)
        stale = User.objects.get(pk=actor.pk)
        verdict = policies.can_use(stale, fresh, act)
        raise Forbidden(verdict.reason)


def _record(type: str, actor: Actor, mandate: Mandate) -> None:
    ledger.record(
        type,
        actor=actor,
        subject=mandate,
        aggregate=ref(mandate),
        audience=mandate.audience,
        facts={
            "mandate": mandate.reference,
            "exporter": mandate.principal.name,
            "agent": mandate.agent.name,
            "acts": list(mandate.acts),
            "destinations": list(mandate.destinations),
            "starts_on": mandate.starts_on.isoformat(),
            "ends_on": mandate.ends_on.isoformat(),
            **({"reason": mandate.reason} if mandate.reason else {}),
        },
    )
