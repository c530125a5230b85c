"""Work on a case: claiming, notes, and the steps the ladder asks for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.audience import Audience, jurisdiction
from core.errors import Invalid
from core.models import ref
from core.policies import require
from correspondence import services as correspondence
from intelligence import services as intelligence
from ledger import services as ledger
from licensing.models import Case, DecisionRequirement, Note
from licensing.policies import cases as policies
from licensing.services.locks import locked
from members.models import User
from screening import services as screening


@transaction.atomic
def claim(*, actor: User, case: Case) -> Case:
    """Take a case of one's own jurisdiction on as its officer."""
    case = locked(case.pk)
    require(policies.can_claim, actor, case)
    return _hand_to(actor, case, actor, "case.claimed")


@transaction.atomic
def release(*, actor: User, case: Case) -> Case:
    """Give a claimed case back to the queue."""
    case = locked(case.pk)
    require(policies.can_release, actor, case)
    return _hand_to(actor, case, None, "case.released")


@transaction.atomic
def reassign(*, actor: User, case: Case, officer: User) -> Case:
    """Give a case to an officer of the lead jurisdiction; to whom has it already, nothing happens."""
    case = locked(case.pk)
    require(policies.can_reassign, actor, case)
    if not policies.can_hold(officer, case):
        raise Invalid.field("officer", _("Choose an active officer of the jurisdiction that leads the case."))
    if case.officer_id == officer.pk:
        return case
    return _hand_to(actor, case, officer, "case.reassigned")


@transaction.atomic
def allocate(*, actor: User, cases: Iterable[Case], officer: User) -> list[Case]:
    """Give several cases to one officer of the lead jurisdiction: all of them, or none."""
    return [
        reassign(actor=actor, case=case, officer=officer)
        for case in sorted(cases, key=lambda case: int(case.pk))
        if case.officer_id != officer.pk
    ]


def _hand_to(actor: User, case: Case, officer: User | None, type: str) -> Case:
    before = case.officer.name if case.officer else None
    case.officer = officer
    case.save(update_fields=["officer"])
    ledger.record(
        type,
        actor=actor,
        subject=case,
        aggregate=ref(case),
        audience=Audience.of(jurisdiction(case.lead_id)),
        facts={"from": before, "to": officer.name if officer else None},
    )
    return case


@transaction.atomic
def add_note(*, actor: User, case: Case, text: str) -> Note:
    """Write an internal note; only the author's jurisdiction reads it."""
    case = locked(case.pk)
    require(policies.can_note, actor, case)
    text = text.strip()
    if not text or len(text) > 10_000:
        raise Invalid.field("text", _("Write a note of at most 10,000 characters."))
    note = Note.objects.create(
        case=case,
        jurisdiction_id=str(actor.jurisdiction_code),
        author=actor,
        text=text,
        written_at=clock.now(),
    )
    ledger.record(
        "note.added",
        actor=actor,
        subject=note,
        aggregate=ref(case),
        aggregate_label=case.reference,
        audience=Audience.of(jurisdiction(str(actor.jurisdiction_code))),
    )
    return note


# Steps of the ladder: the caller holds the case's lock ----------------------------------------------------


@transaction.atomic
def apply_routing(
    *,
    case: Case,
    choice: dict[str, Any],
    lane: str,
    charter_key: str,
    charter_version: str,
    critical: bool,
) -> Case:
    """Move an assessed case into review under the charter the criteria chose."""
    case.route()
    case.routing = choice
    case.lane, case.critical = lane, critical
    case.charter_key, case.charter_version = charter_key, charter_version
    case.save(
        update_fields=[
            "status", "routed_at", "routing", "lane", "critical", "charter_key", "charter_version",
        ]
    )  # fmt: skip
    return case


@transaction.atomic(savepoint=False)
def change_lane(*, case: Case, lane: str, choice: dict[str, Any]) -> Case:
    """Note that other workers and queues have a case now; its ladder goes on."""
    case.lane, case.routing = lane, choice
    case.save(update_fields=["lane", "routing"])
    return case


@transaction.atomic(savepoint=False)
def reassess(*, case: Case) -> Case:
    """Take a case back to the point at which its way is chosen."""
    case.reassess()
    case.save(update_fields=["status", "hold_owner", "hold_until"])
    return case


@transaction.atomic(savepoint=False)
def climb(*, case: Case, tier: int) -> Case:
    """Note that a case has arrived at a tier; whatever the tier below had settled is open again."""
    case.tier, case.settled_at = tier, None
    case.save(update_fields=["tier", "settled_at"])
    return case


@transaction.atomic(savepoint=False)
def settle(*, case: Case) -> Case:
    """Note since when the tier has answered."""
    case.settled_at = clock.now()
    case.save(update_fields=["settled_at"])
    return case


@transaction.atomic
def hold(*, case: Case, owner: str, until: datetime) -> Case:
    """Put a case on a hold that has an owner and an end."""
    case.hold()
    case.hold_owner, case.hold_until = owner[:100], until
    case.save(update_fields=["status", "hold_owner", "hold_until"])
    return case


@transaction.atomic
def end_hold(*, case: Case) -> Case:
    """Take a case back into review."""
    case.end_hold()
    case.save(update_fields=["status", "hold_owner", "hold_until"])
    return case


@transaction.atomic(savepoint=False)
def widen(*, case: Case) -> None:
    """Let those with a new stake read what happened, who the parties are, the hits and the documents."""
    ledger.widen(aggregate=ref(case), audience=case.audience)
    intelligence.widen_links(source_ref=ref(case.application), audience=case.audience)
    screening.widen_hits(case_ref=ref(case), audience=case.audience)
    correspondence.share_documents(aggregate=ref(case.application), audience=case.audience)


@transaction.atomic(savepoint=False)
def require_for_decision(*, case: Case, kind: str, source_ref: str, sentence: str) -> DecisionRequirement:
    """Let a grant wait for something; naming it again while it is open changes nothing, later re-opens it."""
    requirement, _created = DecisionRequirement.objects.update_or_create(
        case=case,
        kind=kind,
        source_ref=source_ref,
        defaults={
            "sentence": sentence[:300],
            "made_at": clock.now(),
            "satisfied_by": "",
            "satisfied_at": None,
        },
    )
    return requirement


@transaction.atomic(savepoint=False)
def satisfy(*, case: Case, kind: str, source_ref: str, by: str) -> int:
    """Let a requirement be met; return whether there was an open one."""
    return DecisionRequirement.objects.filter(
        case=case, kind=kind, source_ref=source_ref, satisfied_at__isnull=True
    ).update(satisfied_by=by[:200], satisfied_at=clock.now())
