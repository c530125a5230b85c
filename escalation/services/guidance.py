"""Guidance of the crisis unit: written by one seat, issued by another, acknowledged, answered, ended."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Any

import pycountry
from django.db import transaction
from django.utils.translation import gettext as _

from alliance.measures import CONTROL_PREFIX
from core import audience, clock, signing
from core.actors import CLOCK, Actor
from core.audience import Audience
from core.errors import Invalid
from core.models import ref, ref_id
from core.policies import require
from core.references import new_reference
from deadlines import services as deadlines
from deadlines.calculus import Rule
from deadlines.models import DueInstant
from deadlines.registry import aggregate_lock
from escalation.guidance import KIND, signed_content
from escalation.models import Guidance, GuidedCase, Reading
from escalation.policies import guidance as policies
from escalation.services.windows import ALLIANCE_CALENDAR, ALLIANCE_ZONE
from intelligence.names import normalise
from ledger import services as ledger
from licensing.services.locks import locked
from members.models import User

EXPIRY = "guidance.expiry"
LONGEST = timedelta(days=184)  # six months: what is urgent is reviewed by then, Reg (EU) 182/2011 Art 8(2)
MOST_TARGETS = 50  # of each kind
REASONED = 10  # characters of a reason, at least


@aggregate_lock("guidance")
def lock_guidance(pks: Sequence[int], *, skip_locked: bool) -> set[int]:
    """Lock notices; see `deadlines.registry.AggregateLock`."""
    rows = Guidance.objects.select_for_update(skip_locked=skip_locked).filter(pk__in=pks).order_by("pk")
    return set(rows.values_list("pk", flat=True))


@transaction.atomic
def propose(
    *,
    actor: User,
    effect: str,
    text: str,
    legal_basis: str,
    valid_until: datetime,
    items: Iterable[str] = (),
    destinations: Iterable[str] = (),
    parties: Iterable[str] = (),
) -> Guidance:
    """Write a notice that a seat of another member issues. Each kind of target that is given has to fit a case.

    `items` are control codes or their beginnings (3, 3A, 3A001), `destinations` country codes, `parties` names.
    """
    require(policies.can_write, actor)
    errors: dict[str, list[str]] = {}
    codes = _each(items, "items", errors, str.upper)
    countries = _each(destinations, "destinations", errors, str.upper)
    known = _each(parties, "parties", errors, str)
    if unread := [code for code in codes if not CONTROL_PREFIX.fullmatch(_as_prefix(code))]:
        errors["items"] = [
            _("“%(code)s” is no control code: write a category, 3 or 3A, or a code, 3A001.")
            % {"code": unread[0]}
        ]
    if unread := [code for code in countries if not _is_country(code)]:
        errors["destinations"] = [_("“%(code)s” is no country code of two letters.") % {"code": unread[0]}]
    if any(len(name) > 300 or not normalise(name) for name in known):
        errors["parties"] = [_("Write each name in at most 300 characters.")]
    if not (codes or countries or known) and not errors:
        errors["items"] = [_("Name at least one item, destination or party.")]
    if effect not in Guidance.Effect.values:
        errors["effect"] = [_("Choose what the notice asks for.")]
    if not REASONED <= len(text.strip()) <= 4000:
        errors["text"] = [_("Write the guidance in 10 to 4,000 characters.")]
    if not 3 <= len(legal_basis.strip()) <= 500:
        errors["legal_basis"] = [_("Name the legal basis in 3 to 500 characters.")]
    now = clock.now()
    if valid_until <= now:
        errors["valid_until"] = [_("The notice would have ended already.")]
    elif valid_until > now + LONGEST:
        errors["valid_until"] = [_("A notice is valid for six months at most; it can be issued again.")]
    if errors:
        raise Invalid(_("This is not yet a notice."), fields=errors)
    made = Guidance.objects.create(
        reference=new_reference("GN"),
        effect=effect,
        items=codes,
        destinations=countries,
        parties=known,
        names=sorted({normalise(name)[:300] for name in known}),
        text=text.strip(),
        legal_basis=legal_basis.strip(),
        valid_until=valid_until,
        proposed_by=actor,
        proposed_for_id=str(actor.jurisdiction_code),
        proposed_at=now,
    )
    _record("guidance.proposed", actor, made, Audience.of(audience.CRISIS_UNIT, audience.AUDITORS))
    return made


def _each(given: Iterable[str], name: str, errors: dict[str, list[str]], form: Any) -> list[str]:
    """Return what was given, once each and without blanks."""
    found = list(dict.fromkeys(form(" ".join(one.split())) for one in given if one.strip()))
    if len(found) > MOST_TARGETS:
        errors[name] = [_("Name at most %(most)d.") % {"most": MOST_TARGETS}]
    return found


def _as_prefix(code: str) -> str:
    """A code with its paragraphs in small letters, as control lists write them."""
    return code[:5] + code[5:].lower()


def _is_country(code: str) -> bool:
    return code == "XK" or (len(code) == 2 and pycountry.countries.get(alpha_2=code) is not None)


def _locked(guidance: Guidance) -> Guidance:
    """Return a notice, locked, after what was due of it has been applied."""
    Guidance.objects.select_for_update().get(pk=guidance.pk)
    deadlines.lapse_due(ref(guidance))
    return Guidance.objects.select_related("proposed_by").get(pk=guidance.pk)


@transaction.atomic
def issue(*, actor: User, guidance: Guidance) -> Guidance:
    """Issue a notice as a seat of another member: it is signed, and appears in the cases it means."""
    guidance = _locked(guidance)
    require(policies.can_issue, actor, guidance)
    now = clock.now()
    if guidance.valid_until <= now:
        raise Invalid.field("valid_until", _("The notice would have ended already; write it anew."))
    guidance.issue(actor)
    guidance.jws = signing.sign(signed_content(guidance), KIND)
    guidance.save(update_fields=["status", "issued_by", "issued_for", "issued_at", "jws"])
    deadlines.set_due(
        kind=EXPIRY,
        aggregate=ref(guidance),
        subject=ref(guidance),
        start=now,
        rule=Rule(amount=ceil((guidance.valid_until - now).total_seconds()), unit="seconds"),
        calendar=ALLIANCE_CALENDAR,
        zone=ALLIANCE_ZONE,
        owner=_("Crisis unit"),
    )
    signed = hashlib.sha256(guidance.jws.encode()).hexdigest()
    _record("guidance.issued", actor, guidance, written_for=guidance.proposed_for_id, jws_sha256=signed)
    return guidance


@transaction.atomic
def decline(*, actor: User, guidance: Guidance, reason: str) -> Guidance:
    """Let a notice that waits for its second seat go unissued."""
    guidance = _locked(guidance)
    require(policies.can_decline, actor, guidance)
    guidance.decline(actor, _reason(reason))
    guidance.save(update_fields=["status", "ended_by", "ended_at", "ended_because"])
    seats = Audience.of(audience.CRISIS_UNIT, audience.AUDITORS)
    _record("guidance.declined", actor, guidance, seats, reason=guidance.ended_because)
    return guidance


@transaction.atomic
def withdraw(*, actor: User, guidance: Guidance, reason: str) -> Guidance:
    """End a notice in force: what it asked of cases is asked no more."""
    guidance = _locked(guidance)
    require(policies.can_withdraw, actor, guidance)
    guidance.withdraw(actor, _reason(reason))
    guidance.save(update_fields=["status", "ended_by", "ended_at", "ended_because"])
    deadlines.cancel(kind=EXPIRY, subject=ref(guidance))
    _record("guidance.withdrawn", actor, guidance, reason=guidance.ended_because)
    return guidance


def expire(due: DueInstant) -> None:
    """The instant has come until which a notice was valid."""
    guidance = Guidance.objects.get(pk=ref_id(due.subject, "guidance"))
    if guidance.status == Guidance.Status.IN_FORCE:
        guidance.expire()
        guidance.save(update_fields=["status", "ended_at"])
        _record("guidance.expired", CLOCK, guidance)


# Taking note and answering -------------------------------------------------------------------------------


@transaction.atomic
def take_note(*, actor: User, guidance: Guidance) -> Reading:
    """Say for one's member that a notice has been read."""
    guidance = _locked(guidance)
    require(policies.can_take_note, actor, guidance)
    made = Reading.objects.create(
        guidance=guidance,
        jurisdiction_id=str(actor.jurisdiction_code),
        read_by=actor,
        read_at=clock.now(),
    )
    _record("guidance.noted", actor, guidance, member=made.jurisdiction_id)
    return made


@transaction.atomic
def acknowledge(*, actor: User, guided: GuidedCase) -> GuidedCase:
    """Say for the lead of a case that it has seen the notice there."""
    guided = _guided(guided)
    require(policies.can_acknowledge, actor, guided)
    guided.acknowledged_by, guided.acknowledged_at = actor, clock.now()
    guided.save(update_fields=["acknowledged_by", "acknowledged_at"])
    record_of_case("guidance.acknowledged", actor, guided)
    return guided


@transaction.atomic
def answer(*, actor: User, guided: GuidedCase, text: str) -> GuidedCase:
    """Answer a question, or say as a decider why the lead departs from a notice to deny; a grant waits no more."""
    from escalation.services.guiding import satisfy

    guided = _guided(guided)
    require(policies.can_answer, actor, guided)
    text = text.strip()
    if not REASONED <= len(text) <= 4000:
        raise Invalid.field("text", _("Write 10 to 4,000 characters."))
    now = clock.now()
    guided.answer, guided.answered_by, guided.answered_at = text, actor, now
    if guided.acknowledged_at is None:
        guided.acknowledged_by, guided.acknowledged_at = actor, now
    guided.save()
    satisfy(guided, by=actor.name)
    departs = guided.guidance.effect == Guidance.Effect.DENY
    record_of_case("guidance.departed" if departs else "guidance.answered", actor, guided, text=text[:1000])
    return guided


def _guided(guided: GuidedCase) -> GuidedCase:
    case = locked(guided.case_id)
    found = GuidedCase.objects.select_related("guidance").get(pk=guided.pk)
    found.case = case
    return found


def _reason(reason: str) -> str:
    if not REASONED <= len(reason.strip()) <= 1000:
        raise Invalid.field("reason", _("Say why in 10 to 1,000 characters."))
    return reason.strip()


def record_of_case(type: str, actor: Actor, guided: GuidedCase, **facts: Any) -> None:
    """Record what became of a notice in one case, for those who may read the case."""
    case, guidance = guided.case, guided.guidance
    ledger.record(
        type,
        actor=actor,
        subject=guided,
        aggregate=ref(case),
        aggregate_label=case.reference,
        audience=case.audience,
        facts={"guidance": guidance.reference, "effect": guidance.effect, **facts},
    )


def _record(
    type: str, actor: Actor, guidance: Guidance, seen_by: Audience | None = None, **facts: Any
) -> None:
    everyone = Audience.of(audience.ALLIANCE, audience.CRISIS_UNIT, audience.AUDITORS)
    ledger.record(
        type,
        actor=actor,
        subject=guidance,
        aggregate=ref(guidance),
        aggregate_label=guidance.reference,
        audience=seen_by or everyone,
        facts={
            "reference": guidance.reference,
            "effect": guidance.effect,
            "items": guidance.items,
            "destinations": guidance.destinations,
            "parties": guidance.parties,
            "valid_until": guidance.valid_until.isoformat(),
            **facts,
        },
    )
