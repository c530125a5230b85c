"""Depositing positions under seal: proposed by one officer, countersigned by another, withdrawn or expired."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from core import audience, clock
from core.actors import CLOCK, Actor
from core.audience import Audience
from core.errors import Invalid
from core.models import ref, ref_id
from core.policies import require
from core.references import new_reference
from deadlines import services as deadlines
from deadlines.calculus import DAY, Rule, midnight
from deadlines.models import DueInstant
from deadlines.registry import aggregate_lock
from escalation import prepositions, sealing
from escalation.models import Preposition
from escalation.models.prepositions import LONGEST_DAYS
from escalation.policies import prepositions as policies
from ledger import services as ledger
from members.models import User

EXPIRY = "preposition.expiry"


@aggregate_lock("preposition")
def lock_prepositions(pks: Sequence[int], *, skip_locked: bool) -> set[int]:
    """Lock pre-positions; see `deadlines.registry.AggregateLock`."""
    rows = Preposition.objects.select_for_update(skip_locked=skip_locked).filter(pk__in=pks).order_by("pk")
    return set(rows.values_list("pk", flat=True))


@transaction.atomic
def propose(*, actor: User, valid_until: date, **said: Any) -> Preposition:
    """Seal a position for the authority served, to be countersigned by another of its officers.

    `said` is what `prepositions.checked` takes: trigger, crisis, expression, and the words of a position. It is
    valid until the end of a day, at most twelve months from now. Invalid names each field at fault.
    """
    require(policies.can_propose, actor)
    assert actor.authority is not None
    zone = actor.authority.jurisdiction.timezone
    days = (valid_until - clock.today(zone)).days
    errors: dict[str, list[str]] = {}
    if not 0 <= days <= LONGEST_DAYS:
        errors["valid_until"] = [_("Choose a day from today on and within twelve months.")]
    try:
        terms = prepositions.checked(**said)
    except Invalid as error:
        errors |= error.fields
    if errors:
        raise Invalid(_("This cannot be deposited yet."), fields=errors)
    reference, salt = new_reference("PP"), secrets.token_bytes(sealing.SALT_BYTES)
    authority = f"{actor.authority.jurisdiction_id}/{actor.authority.ministry}"
    content = prepositions.content_of(reference, authority, terms, valid_until)
    now = clock.now()
    preposition = Preposition(
        reference=reference,
        authority=actor.authority,
        commitment=ledger.commitment(salt, content),
        sealed=sealing.seal(content, salt),
        author=actor,
        proposed_at=now,
        expires_at=midnight(valid_until + DAY, ZoneInfo(zone)),
    )
    preposition.save()
    deadlines.set_due(
        kind=EXPIRY,
        aggregate=ref(preposition),
        subject=ref(preposition),
        start=now,
        rule=Rule(days, "calendar_days", rollover=False),
        calendar=actor.authority.jurisdiction.calendar,
        zone=zone,
        owner=actor.authority.name,
    )
    _record("preposition.proposed", actor, preposition)
    return preposition


def _locked(preposition: Preposition) -> Preposition:
    """Return the row, locked, after what was due of it has been applied."""
    lock_prepositions([preposition.pk], skip_locked=False)
    deadlines.lapse_due(ref(preposition))
    return Preposition.objects.select_related("authority__jurisdiction", "author").get(pk=preposition.pk)


@transaction.atomic
def countersign(*, actor: User, preposition: Preposition) -> Preposition:
    """Deposit a proposed pre-position, as a second officer: from now on all members know its commitment."""
    preposition = _locked(preposition)
    require(policies.can_countersign, actor, preposition)
    sealing.unseal(preposition.sealed, preposition.commitment)
    preposition.deposit(actor)
    preposition.save(update_fields=["status", "countersigned_by", "countersigned_at"])
    _record("preposition.deposited", actor, preposition)
    return preposition


@transaction.atomic
def withdraw(*, actor: User, preposition: Preposition, reason: str) -> Preposition:
    """Take a pre-position back: it opens no more. Positions it has given stand."""
    preposition = _locked(preposition)
    require(policies.can_withdraw, actor, preposition)
    if not 10 <= len(reason.strip()) <= 1000:
        raise Invalid.field("reason", _("Say why in 10 to 1,000 characters; only your authority reads it."))
    preposition.withdraw(actor, reason.strip())
    preposition.save(update_fields=["status", "ended_at", "ended_by", "ended_because"])
    deadlines.cancel(kind=EXPIRY, subject=ref(preposition))
    _record("preposition.withdrawn", actor, preposition)
    return preposition


def expire(due: DueInstant) -> None:
    """The last day of a pre-position is over."""
    preposition = Preposition.objects.select_related("authority").get(pk=ref_id(due.subject, "preposition"))
    if preposition.status in (Preposition.Status.PROPOSED, Preposition.Status.IN_FORCE):
        preposition.expire()
        preposition.save(update_fields=["status", "ended_at"])
        _record("preposition.expired", CLOCK, preposition)


def _record(type: str, actor: Actor, preposition: Preposition) -> None:
    """Tell all members of a deposit and of its end; of what was never deposited, only its own jurisdiction.

    Commitment, authority and dates: never a word of the content.
    """
    known = preposition.countersigned_at is not None
    own = audience.jurisdiction(preposition.authority.jurisdiction_id)
    ledger.record(
        type,
        actor=actor,
        subject=preposition,
        aggregate=ref(preposition),
        audience=Audience.of(audience.ALLIANCE if known else own),
        facts={
            "reference": preposition.reference,
            "authority": str(preposition.authority),
            "jurisdiction": preposition.authority.jurisdiction_id,
            "commitment": preposition.commitment,
            "expires_at": preposition.expires_at.isoformat(),
        },
    )
