"""Declaring a crisis by two keys, and ending it: the clock at its sunset, or two keys before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import wraps
from math import ceil
from typing import Any, TypeVar, cast

from django.db import transaction
from django.utils.translation import gettext as _

from alliance import crisis_policies as policies
from alliance import library, measures, selectors
from alliance.models import Adoption, Declaration, Preparedness
from alliance.models.crises import LONGEST_WAIT, LONGEST_WAIT_HOURS
from core import audience, clock
from core.actors import CLOCK, PROCESS, Actor
from core.audience import PUBLIC, Audience
from core.errors import Conflict, Invalid, NotFound
from core.models import ref, ref_id
from core.policies import require
from core.references import new_reference
from deadlines import services as deadlines
from deadlines.calculus import Rule
from deadlines.models import DueInstant
from deadlines.registry import aggregate_lock
from ledger import services as ledger
from members.models import Jurisdiction, User

SUNSET = "declaration.sunset"
EFFECT = "declaration.effect"
REVIEW = "declaration.review"
REVIEW_DAYS = 30  # after the end, within which the crisis is reviewed
#: Working days and zone of what belongs to no single member.
CALENDAR, ZONE = "alliance", "UTC"
SHORTEST_REASON = 10

Act = TypeVar("Act", bound=Callable[..., Any])


@aggregate_lock("declaration")
def lock_declarations(pks: Sequence[int], *, skip_locked: bool) -> set[int]:
    """Lock declarations; see `deadlines.registry.AggregateLock`."""
    rows = Declaration.objects.select_for_update(skip_locked=skip_locked).filter(pk__in=pks).order_by("pk")
    return set(rows.values_list("pk", flat=True))


def locked(pk: int) -> Declaration:
    """Return a declaration, locked, after whatever was due of it has been applied: the sunset decides."""
    Declaration.objects.select_for_update().get(pk=pk)
    deadlines.lapse_due(f"declaration:{pk}")
    return Declaration.objects.select_related("declared_by__authority", "ending_by__authority").get(pk=pk)


def due_first(act: Act) -> Act:
    """Apply what was due of the declaration before an act, in a transaction of its own: it stays even where the act
    is then refused because of it."""

    @wraps(act)
    def after_the_sunset(**given: Any) -> Any:
        with transaction.atomic():
            locked(given["declaration"].pk)
        return act(**given)

    return cast(Act, after_the_sunset)


def require_state(declaration: Declaration, state: str, sentence: str) -> None:
    """Conflict unless the declaration is in a state."""
    if declaration.status != state:
        raise Conflict(f"{sentence} {_('This one is')} {declaration.get_status_display().lower()}.")


def said(text: str, name: str, longest: int = 1000) -> str:
    """Return a reason as it is kept; Invalid where it is too short or too long to be one."""
    text = text.strip()
    if not SHORTEST_REASON <= len(text) <= longest:
        raise Invalid.field(
            name,
            _("Say it in %(least)d to %(most)d characters.") % {"least": SHORTEST_REASON, "most": longest},
        )
    return text


def read_scope(scope: object) -> measures.Scope:
    """Return the scope a declaration is to have; Invalid names what does not fit."""
    return measures.parse_scope(scope if scope is not None else {})


@transaction.atomic
def declare(
    *,
    actor: User,
    set_key: str,
    title: str,
    objective: str,
    legal_basis: str,
    scenario: str = "",
    scope: object = None,
    takes_effect_at: datetime | None = None,
) -> Declaration:
    """Propose that a crisis is declared, with a set of the library; nothing is in force until it is confirmed.

    `scenario` and `scope` are the set's own unless given; a scope narrows the set. `takes_effect_at`: the instant,
    within 72 hours, at which the measures begin in every member that has adopted them by then; else they begin with
    the second key. Invalid names what does not fit.
    """
    require(policies.can_declare, actor)
    try:
        prepared = library.prepared(set_key)
    except NotFound as error:
        raise Invalid.field("set", error.detail) from error
    library.accept(prepared.payload)  # a charter or a scenario may have gone since
    scenario = scenario or prepared.set.scenario
    if scenario not in selectors.scenarios():
        raise Invalid.field("scenario", _("No such scenario profile is in force."))
    if not 5 <= len(title.strip()) <= 200:
        raise Invalid.field("title", _("Give it a title of 5 to 200 characters."))
    now = clock.now()
    if takes_effect_at is not None and not now < takes_effect_at <= now + LONGEST_WAIT:
        raise Invalid.field(
            "takes_effect_at",
            _("Choose an instant that is still to come and within %(hours)d hours.")
            % {"hours": LONGEST_WAIT_HOURS},
        )
    declaration = Declaration.objects.create(
        reference=new_reference("CR"),
        title=title.strip(),
        objective=said(objective, "objective", 4000),
        legal_basis=said(legal_basis, "legal_basis", 500),
        scenario=scenario,
        scope=dict(measures.payload_of(read_scope(scope))),
        takes_effect_at=takes_effect_at,
        set_key=prepared.set.key,
        set_version=prepared.set.version,
        payload=prepared.payload,
        declared_by=actor,
        declared_at=now,
        changed_at=now,
    )
    record("declaration.proposed", actor, declaration, Audience.of(audience.ALLIANCE))
    return declaration


@transaction.atomic
def confirm(*, actor: User, declaration: Declaration) -> Declaration:
    """Turn the second key: the measures are in force from this instant, for members prepared for this version of
    the set at once, for the others when they adopt; where an instant was named that is still to come, not before
    it. The sunset is a due instant derived from it."""
    declaration = locked(declaration.pk)
    require_state(declaration, Declaration.Status.PROPOSED, _("Only a proposed declaration is confirmed."))
    require(policies.can_confirm, actor, declaration)
    declaration.confirm(actor)
    assert declaration.in_force_at is not None
    sunset = measures.parse(declaration.payload).sunset
    set_sunset(declaration, Rule(sunset.amount, sunset.unit, rollover=False))
    _let_take_effect(declaration)
    declaration.touch()
    declaration.save()
    record("declaration.in_force", actor, declaration)
    _ask_members(declaration)
    return declaration


def set_due(
    kind: str,
    aggregate: str,
    rule: Rule | int,
    *,
    owner: str,
    start: datetime | None = None,
    subject: str = "",
) -> DueInstant:
    """Let something fall due by the calendar of the alliance, counted from `start`, else from now: by a rule, or at
    the end of so many days. It is about the aggregate unless a subject is named; an earlier one gives way."""
    return deadlines.set_due(
        kind=kind,
        aggregate=aggregate,
        subject=subject or aggregate,
        start=start or clock.now(),
        rule=Rule(rule, "calendar_days", rollover=False) if isinstance(rule, int) else rule,
        calendar=CALENDAR,
        zone=ZONE,
        owner=owner,
    )


def set_sunset(declaration: Declaration, rule: Rule) -> DueInstant:
    """Let the sunset fall due, counted from now; an earlier one gives way."""
    due = set_due(SUNSET, ref(declaration), rule, owner=declaration.reference)
    declaration.sunset_at = due.due_at
    return due


def _let_take_effect(declaration: Declaration) -> None:
    """Let the instant fall due at which the measures begin in all members, where it is still to come."""
    now, at = clock.now(), declaration.takes_effect_at
    if at is None or at <= now:
        return
    seconds = ceil((at - now).total_seconds())
    # Counted in whole seconds, so that it falls due at the instant and not in the second after.
    start, rule = at - timedelta(seconds=seconds), Rule(seconds, "seconds")
    set_due(EFFECT, ref(declaration), rule, owner=declaration.reference, start=start)


def take_effect(due: DueInstant) -> None:
    """The instant has come at which the measures begin in every member that has adopted them. Whoever asks reads
    the instant; this tells the ledger, and lets cases be looked at."""
    declaration = Declaration.objects.get(pk=ref_id(due.subject, "declaration"))
    if declaration.status == Declaration.Status.IN_FORCE:
        record("declaration.took_effect", CLOCK, declaration, adopted=_adopters(declaration))


def _adopters(declaration: Declaration) -> list[str]:
    adopted = declaration.adoptions.filter(status=Adoption.Status.ADOPTED)
    return sorted(adopted.values_list("jurisdiction_id", flat=True))


def _ask_members(declaration: Declaration) -> None:
    """Give every member its row; those prepared for the set adopt in this instant."""
    prepared = {
        row.jurisdiction_id: row
        for row in Preparedness.objects.filter(
            set_key=declaration.set_key, set_version=declaration.set_version, withdrawn_at__isnull=True
        )
    }
    rows = []
    for jurisdiction in Jurisdiction.objects.order_by("code"):
        row = Adoption(declaration=declaration, jurisdiction=jurisdiction)
        if word := prepared.get(jurisdiction.code):
            row.adopt(None, word.legal_reference)
            row.decided_at = declaration.in_force_at
        rows.append(row)
    Adoption.objects.bulk_create(rows)
    ledger.record_many(
        told("adoption.adopted", PROCESS, declaration, **adoption_facts(row), prepared=True)
        for row in rows
        if row.status == Adoption.Status.ADOPTED
    )


@transaction.atomic
def withdraw(*, actor: User, declaration: Declaration, reason: str) -> Declaration:
    """Take a declaration back that is not in force."""
    declaration = locked(declaration.pk)
    require_state(declaration, Declaration.Status.PROPOSED, _("Only a proposed declaration is withdrawn."))
    require(policies.can_withdraw, actor, declaration)
    declaration.withdraw(actor, said(reason, "reason"))
    declaration.touch()
    declaration.save()
    alliance = Audience.of(audience.ALLIANCE)
    record("declaration.withdrawn", actor, declaration, alliance, reason=declaration.ended_because)
    return declaration


@due_first
@transaction.atomic
def propose_end(*, actor: User, declaration: Declaration, reason: str) -> Declaration:
    """Propose to end a crisis before its sunset; it goes on until a seat of another member confirms it."""
    declaration = locked(declaration.pk)
    require_state(declaration, Declaration.Status.IN_FORCE, _("Only a declaration in force is ended."))
    if declaration.ending_by_id is not None:
        raise Conflict(_("Its end waits for the second key already."))
    require(policies.can_propose_end, actor, declaration)
    declaration.ending_by, declaration.ending_at = actor, clock.now()
    declaration.ending_because = said(reason, "reason")
    declaration.save(update_fields=["ending_by", "ending_at", "ending_because"])
    alliance = Audience.of(audience.ALLIANCE)
    record("ending.proposed", actor, declaration, alliance, reason=declaration.ending_because)
    return declaration


@due_first
@transaction.atomic
def end(*, actor: User, declaration: Declaration) -> Declaration:
    """Turn the second key of the end: none of its measures bears on anything from this instant."""
    declaration = locked(declaration.pk)
    require_state(declaration, Declaration.Status.IN_FORCE, _("Only a declaration in force is ended."))
    if declaration.ending_by_id is None:
        raise Conflict(_("Nobody has proposed to end it."))
    require(policies.can_end, actor, declaration)
    declaration.end(actor, declaration.ending_because)
    deadlines.cancel(kind=SUNSET, subject=ref(declaration))
    _ended(actor, declaration)
    return declaration


@due_first
@transaction.atomic
def keep_on(*, actor: User, declaration: Declaration) -> Declaration:
    """Take back the proposal to end a crisis."""
    declaration = locked(declaration.pk)
    require_state(declaration, Declaration.Status.IN_FORCE, _("Only a declaration in force goes on."))
    if declaration.ending_by_id is None:
        raise Conflict(_("Nobody has proposed to end it."))
    require(policies.can_keep_on, actor, declaration)
    alliance = Audience.of(audience.ALLIANCE)
    record("ending.withdrawn", actor, declaration, alliance, reason=declaration.ending_because)
    declaration.ending_by, declaration.ending_at, declaration.ending_because = None, None, ""
    declaration.save(update_fields=["ending_by", "ending_at", "ending_because"])
    return declaration


def sunset(due: DueInstant) -> None:
    """The sunset has come: the crisis ended at that instant, however late the clock came to it."""
    declaration = Declaration.objects.get(pk=ref_id(due.subject, "declaration"))
    if declaration.status == Declaration.Status.IN_FORCE:
        declaration.end(None, _("Its sunset came and nobody had renewed it."))
        declaration.ended_at = due.due_at
        _ended(CLOCK, declaration)


def _ended(actor: Actor, declaration: Declaration) -> None:
    deadlines.cancel(kind=EFFECT, subject=ref(declaration))
    declaration.touch()
    declaration.save()
    record(
        "declaration.ended",
        actor,
        declaration,
        reason=declaration.ended_because,
        adopted=_adopters(declaration),
    )
    assert declaration.ended_at is not None
    ended = declaration.ended_at
    set_due(REVIEW, ref(declaration), REVIEW_DAYS, owner=declaration.reference, start=ended)


def adoption_facts(adoption: Adoption) -> dict[str, Any]:
    return {
        "jurisdiction": adoption.jurisdiction_id,
        "legal_reference": adoption.legal_reference,
        "reason": adoption.reason,
    }


def told(
    type: str, actor: Actor, declaration: Declaration, to: Audience | None = None, **facts: object
) -> ledger.Happened:
    """Return what the ledger is told of a declaration: what was ever in force is public."""
    return ledger.Happened(
        type=type,
        actor=actor,
        subject=declaration,
        aggregate=ref(declaration),
        aggregate_label=declaration.reference,
        audience=to or Audience.of(PUBLIC, audience.ALLIANCE),
        facts={
            "reference": declaration.reference,
            "title": declaration.title,
            "set": f"{declaration.set_key} {declaration.set_version}",
            "scenario": declaration.scenario,
            "sunset_at": declaration.sunset_at.isoformat() if declaration.sunset_at else None,
            **(
                {"takes_effect_at": declaration.takes_effect_at.isoformat()}
                if declaration.takes_effect_at
                else {}
            ),
            **facts,
        },
    )


def record(
    type: str, actor: Actor, declaration: Declaration, to: Audience | None = None, **facts: object
) -> None:
    ledger.record_many([told(type, actor, declaration, to, **facts)])
