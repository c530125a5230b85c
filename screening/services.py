"""Raising hits and judging them: clearing takes two officers."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.actors import PROCESS
from core.audience import Audience
from core.errors import Invalid
from core.policies import require
from intelligence.models import SharedParty
from ledger import services as ledger
from members.models import User
from screening import policies
from screening.lists.store import snapshot_of
from screening.matching import Match
from screening.models import Hit


@transaction.atomic
def raise_hits(
    *, case_ref: str, lead: str, audience: Audience, matches: Sequence[tuple[str, SharedParty, str, Match]]
) -> list[Hit]:
    """Note what the parties of a case resemble: (subject, shared party, name asked, match) each.

    A pair of party and entry that the case knows keeps what officers made of it, unless it now matches more
    closely: then it is judged again. Returns the new hits.
    """
    known: dict[tuple[int, str, str], tuple[Decimal, bool]] = {}
    for hit in Hit.objects.filter(case_ref=case_ref):
        pair, close = (hit.shared_party_id, hit.list_key, hit.entry_id), (hit.score, hit.rule == "identifier")
        known[pair] = max(close, known.get(pair, close))
    snapshots = {
        key: snapshot_of(*key) for key in {(match.list_key, match.version) for *_asked, match in matches}
    }
    raised = []
    for subject_ref, party, asked, match in sorted(matches, key=lambda row: row[3].closeness, reverse=True):
        pair = (party.pk, match.list_key, match.entry_id)
        score = Decimal(str(match.score))
        close = (score, match.rule == "identifier")
        if pair in known and close <= known[pair]:
            continue
        known[pair] = close
        hit = Hit.objects.create(
            case_ref=case_ref,
            subject_ref=subject_ref,
            lead=lead,
            audience=sorted(audience.keys),
            shared_party=party,
            snapshot=snapshots[match.list_key, match.version],
            list_key=match.list_key,
            entry_id=match.entry_id,
            entry_name=match.entry_name,
            queried_name=asked,
            matched_name=match.matched_name,
            rule=match.rule,
            score=score,
            strong=match.strong,
            explanation=list(match.explanation),
            raised_at=clock.now(),
        )
        ledger.record(
            "hit.raised",
            actor=PROCESS,
            subject=hit,
            aggregate=case_ref,
            audience=audience,
            facts={
                "list": match.list_key,
                "version": match.version,
                "entry": match.entry_id,
                "rule": match.rule,
                "score": str(hit.score),
                "strong": hit.strong,
            },
        )
        raised.append(hit)
    return raised


@transaction.atomic(savepoint=False)
def widen_hits(*, case_ref: str, audience: Audience) -> None:
    """Let officers with a new stake read the hits of a case."""
    for hit in Hit.objects.select_for_update().filter(case_ref=case_ref):
        hit.audience = sorted(set(hit.audience) | audience.keys)
        hit.save(update_fields=["audience"])


def _reason(text: str) -> str:
    text = text.strip()
    if not 10 <= len(text) <= 4000:
        raise Invalid.field("reason", _("Give the reason in 10 to 4,000 characters."))
    return text


def _locked(hit: Hit) -> Hit:
    return Hit.objects.select_for_update(of=("self",)).select_related("snapshot").get(pk=hit.pk)


def _record(type: str, actor: User, hit: Hit) -> None:
    ledger.record(
        type,
        actor=actor,
        subject=hit,
        aggregate=hit.case_ref,
        audience=Audience(frozenset(hit.audience)),
        facts={"hit": str(hit.uid), "entry": hit.entry_id, "list": hit.list_key, "reason": hit.reason},
    )


@transaction.atomic
def propose_clear(*, actor: User, hit: Hit, reason: str) -> Hit:
    """Propose that a party is not the listed one; a second officer confirms it."""
    hit = _locked(hit)
    require(policies.can_propose, actor, hit)
    hit.reason = _reason(reason)
    hit.proposed_by = actor
    hit.propose_clear()
    hit.save(update_fields=["status", "reason", "proposed_by"])
    _record("hit.proposed_clear", actor, hit)
    return hit


@transaction.atomic
def confirm_clear(*, actor: User, hit: Hit) -> Hit:
    """Clear a hit as the second officer."""
    hit = _locked(hit)
    require(policies.can_second, actor, hit)
    hit.resolved_by = actor
    hit.clear()
    hit.save(update_fields=["status", "resolved_by", "resolved_at"])
    _record("hit.cleared", actor, hit)
    return hit


@transaction.atomic
def reject_clear(*, actor: User, hit: Hit, reason: str) -> Hit:
    """Send a proposed clearance back: the hit is open again."""
    hit = _locked(hit)
    require(policies.can_second, actor, hit)
    hit.reason = _reason(reason)
    hit.proposed_by = None
    hit.reject_clear()
    hit.save(update_fields=["status", "reason", "proposed_by"])
    _record("hit.clearance_rejected", actor, hit)
    return hit


@transaction.atomic
def confirm_match(*, actor: User, hit: Hit, reason: str) -> Hit:
    """Confirm that a party is the listed one: no licence can be granted."""
    hit = _locked(hit)
    require(policies.can_confirm_match, actor, hit)
    hit.reason = _reason(reason)
    hit.resolved_by = actor
    hit.confirm()
    hit.save(update_fields=["status", "reason", "resolved_by", "resolved_at"])
    _record("hit.confirmed", actor, hit)
    return hit
