"""Raising hits and judging them: a strong one is cleared by two officers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from decimal import Decimal
from typing import Any

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
from screening.lists import store
from screening.matching import ADDRESS, Match
from screening.models import Hit
from screening.services import pairs
from screening.services.pairs import Side, fingerprint, reason_of

BULK = 200  # hits judged in one act

Closeness = tuple[bool, Decimal, bool]


@transaction.atomic
def raise_hits(
    *,
    case_ref: str,
    lead: str,
    audience: Audience,
    matches: Sequence[tuple[str, SharedParty, str, Match]],
    sides: Mapping[str, Side] | None = None,
    filed_by: Collection[int] = (),
) -> list[Hit]:
    """Note what the parties of a case resemble: (subject, shared party, name asked, match) each.

    `filed_by`: keys of the organisations that filed, whose people judge none of it.
    `sides`: what the case says of each subject; of one that is not there, what is known of its shared party.
    A pair of party and entry that the case knows keeps what officers made of it, unless it now matches more
    closely, or was cleared and a side has changed: then it is judged again. One that the jurisdiction remembers
    as cleared is raised cleared. Returns the new hits.
    """
    known: dict[pairs.Pair, list[Hit]] = {}
    for hit in Hit.objects.filter(case_ref=case_ref):
        known.setdefault((hit.shared_party_id, hit.list_key, hit.entry_id), []).append(hit)
    snapshots = {
        key: store.snapshot_of(*key)
        for key in {(match.list_key, match.version) for *_asked, match in matches}
    }
    entries = store.entries_at(
        (snapshots[match.list_key, match.version], match.entry_id) for *_asked, match in matches
    )
    fingerprints = _fingerprints(matches, sides or {})
    remembered = pairs.standing(lead, (party for _subject, party, *_rest in matches))
    raised = []
    for subject_ref, party, asked, match in sorted(matches, key=lambda row: row[3].closeness, reverse=True):
        pair = (party.pk, match.list_key, match.entry_id)
        snapshot = snapshots[match.list_key, match.version]
        entry = entries.get((snapshot.pk, match.entry_id))
        hit = Hit(
            case_ref=case_ref,
            subject_ref=subject_ref,
            lead=lead,
            audience=sorted(audience.keys),
            filed_by=sorted(filed_by),
            shared_party=party,
            snapshot=snapshot,
            list_key=match.list_key,
            entry_id=match.entry_id,
            entry_name=match.entry_name,
            queried_name=asked,
            matched_name=match.matched_name,
            rule=match.rule,
            score=Decimal(str(round(match.score, 3))),
            strong=match.strong,
            explanation=list(match.explanation),
            alignment=[_plain(line) for line in getattr(match, "alignment", ())],
            party_sha256=fingerprints[party.pk],
            entry_sha256=entry.sha256 if entry else "",
            raised_at=clock.now(),
        )
        if any(_covers(earlier, hit) for earlier in known.get(pair, ())):
            continue
        hit.save()
        known.setdefault(pair, []).append(hit)
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
        pairs.clear_by(remembered.get(pair), hit)
        raised.append(hit)
    return raised


def _fingerprints(
    matches: Iterable[tuple[str, SharedParty, str, Match]], sides: Mapping[str, Side]
) -> dict[int, str]:
    """Return the fingerprint of each party, over all that the case says of it."""
    said: dict[int, dict[str, Side]] = {}
    for subject_ref, party, *_rest in matches:
        side = sides.get(subject_ref) or Side.of(
            party.name, country=party.country, identifiers=party.identifiers
        )
        said.setdefault(party.pk, {})[subject_ref] = side
    return {pk: fingerprint(list(of.values())) for pk, of in said.items()}


def _plain(line: Any) -> dict[str, Any]:
    """One line of an alignment as JSON: asked, listed, similarity, rule, weight."""
    return asdict(line) if is_dataclass(line) and not isinstance(line, type) else dict(line._asdict())


def _closeness(hit: Hit) -> Closeness:
    return (hit.rule != ADDRESS, hit.score, hit.rule == "identifier")


def _covers(known: Hit, found: Hit) -> bool:
    """Whether what was raised before stands for what is found now."""
    if _closeness(found) > _closeness(known):
        return False
    was, now = (known.party_sha256, known.entry_sha256), (found.party_sha256, found.entry_sha256)
    changed = any(before and before != after for before, after in zip(was, now, strict=True))
    return not (changed and known.status == Hit.Status.CLEARED)


@transaction.atomic(savepoint=False)
def widen_hits(*, case_ref: str, audience: Audience) -> None:
    """Let officers with a new stake read the hits of a case."""
    for hit in Hit.objects.select_for_update().filter(case_ref=case_ref):
        hit.audience = sorted(set(hit.audience) | audience.keys)
        hit.save(update_fields=["audience"])


def _locked(hits: Sequence[Hit]) -> list[Hit]:
    found = Hit.objects.select_for_update(of=("self",)).select_related("snapshot", "shared_party")
    return list(found.filter(pk__in=[hit.pk for hit in hits]).order_by("pk"))


def _judged(type: str, actor: User, hit: Hit) -> Hit:
    hit.save(
        update_fields=[
            "status", "reason", "remember_days", "unsure_by", "proposed_by", "resolved_by", "resolved_at",
        ]
    )  # fmt: skip
    ledger.record(
        type,
        actor=actor,
        subject=hit,
        aggregate=hit.case_ref,
        audience=Audience(frozenset(hit.audience)),
        facts={"hit": str(hit.uid), "entry": hit.entry_id, "list": hit.list_key, "reason": hit.reason},
    )
    return hit


@transaction.atomic
def clear(*, actor: User, hit: Hit, reason: str, remember_days: int | None = None) -> Hit:
    """Find that a party is not the listed one: clears a hit that is not strong, proposes it for a strong one.

    `remember_days`: for how long the pair, once cleared, clears the same hit of new cases.
    """
    (hit,) = _locked([hit])
    require(policies.can_clear, actor, hit)
    return _clear(actor, hit, reason_of(reason), pairs.days(remember_days))


def _clear(actor: User, hit: Hit, reason: str, remember_days: int | None) -> Hit:
    hit.reason, hit.remember_days, hit.unsure_by = reason, remember_days, None
    if hit.strong:
        hit.proposed_by = actor
        hit.propose_clear()
        return _judged("hit.proposed_clear", actor, hit)
    hit.resolved_by = actor
    hit.clear()
    pairs.remember(hit)
    return _judged("hit.cleared", actor, hit)


@transaction.atomic
def confirm_clear(*, actor: User, hit: Hit) -> Hit:
    """Clear a hit as the second officer."""
    (hit,) = _locked([hit])
    require(policies.can_second, actor, hit)
    return _second(actor, hit)


def _second(actor: User, hit: Hit) -> Hit:
    hit.resolved_by = actor
    hit.clear()
    pairs.remember(hit)
    return _judged("hit.cleared", actor, hit)


@transaction.atomic
def clear_many(
    *, actor: User, hits: Sequence[Hit], reason: str, remember_days: int | None = None
) -> list[Hit]:
    """Clear hits for one reason, and propose to clear the strong ones: all of them, or none.

    Invalid, naming the first, where one cannot be cleared by this officer or there are more than `BULK`.
    """
    reason, remember_days = reason_of(reason), pairs.days(remember_days)
    return [_clear(actor, hit, reason, remember_days) for hit in _all(actor, hits, policies.can_clear)]


@transaction.atomic
def confirm_many(*, actor: User, hits: Sequence[Hit]) -> list[Hit]:
    """Clear hits as the second officer: all of them, or none, as `clear_many`."""
    return [_second(actor, hit) for hit in _all(actor, hits, policies.can_second)]


def _all(actor: User, hits: Sequence[Hit], policy: policies.Judging) -> list[Hit]:
    if not 1 <= len(hits) <= BULK:
        raise Invalid.field("hits", _("Tick 1 to %(most)s hits.") % {"most": BULK})
    found = _locked(hits)
    for hit in found:
        require(policies.can_judge, actor, hit)
        if not (verdict := policy(actor, hit)):
            told = _("Nothing was changed. %(party)s, resembling %(listed)s: %(why)s")
            names = {"party": hit.queried_name, "listed": hit.matched_name, "why": verdict.reason}
            raise Invalid.field("hits", told % names)
    return found


@transaction.atomic
def reject_clear(*, actor: User, hit: Hit, reason: str) -> Hit:
    """Send a proposed clearance back: the hit is open again."""
    (hit,) = _locked([hit])
    require(policies.can_second, actor, hit)
    hit.reason, hit.proposed_by, hit.remember_days = reason_of(reason), None, None
    hit.reject_clear()
    return _judged("hit.clearance_rejected", actor, hit)


@transaction.atomic
def mark_unsure(*, actor: User, hit: Hit, reason: str) -> Hit:
    """Say what is missing to judge a hit: it stops the case as before, and may be judged at any time."""
    (hit,) = _locked([hit])
    require(policies.can_mark_unsure, actor, hit)
    hit.reason, hit.unsure_by = reason_of(reason), actor
    hit.proposed_by, hit.remember_days = None, None
    hit.mark_unsure()
    return _judged("hit.marked_unsure", actor, hit)


@transaction.atomic
def confirm_match(*, actor: User, hit: Hit, reason: str) -> Hit:
    """Confirm that a party is the listed one: no licence can be granted."""
    (hit,) = _locked([hit])
    require(policies.can_confirm_match, actor, hit)
    hit.reason, hit.resolved_by, hit.unsure_by = reason_of(reason), actor, None
    hit.confirm()
    return _judged("hit.confirmed", actor, hit)
