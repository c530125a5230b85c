"""Pairs of a party and a list entry that officers found to be two: remembered for new cases, and ended."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from core import clock
from core.actors import CLOCK, PROCESS, Actor
from core.audience import Audience, jurisdiction
from core.errors import Invalid
from core.models import ref
from core.policies import require
from deadlines import services as deadlines
from deadlines.calculus import Rule
from intelligence.models import SharedParty
from ledger import services as ledger
from members.models import Jurisdiction, User
from screening import policies
from screening.models import ClearedPair, Hit

REMEMBER_USUAL = 365  # days
REMEMBER_MOST = 730
EXPIRY = "cleared_pair.expiry"

Pair = tuple[int, str, str]  # shared party, list, entry


@dataclass(frozen=True)
class Side:
    """What a case says of a party, as far as it tells one party from another."""

    names: tuple[str, ...]
    country: str = ""
    identifiers: tuple[tuple[str, str], ...] = ()  # (scheme, value)

    @classmethod
    def of(
        cls,
        name: str,
        *,
        aliases: Iterable[str] = (),
        country: str = "",
        identifiers: Iterable[Mapping[str, Any]] = (),
    ) -> Side:
        """Return the side of a party; an identifier is {"scheme": "lei", "value": "..."}."""
        numbers = ((str(one.get("scheme", "")), str(one.get("value", ""))) for one in identifiers)
        return cls((name, *aliases), country, tuple(numbers))


def fingerprint(sides: Sequence[Side]) -> str:
    """Return the SHA-256 of all that a case says of one party; neither order nor case nor blanks matter."""
    said = {
        "names": sorted({" ".join(name.casefold().split()) for side in sides for name in side.names}),
        "countries": sorted({side.country.upper() for side in sides}),
        "identifiers": sorted(
            {f"{scheme.casefold()} {value.strip().upper()}" for s in sides for scheme, value in s.identifiers}
        ),
    }
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def standing(lead: str, parties: Iterable[SharedParty]) -> dict[Pair, ClearedPair]:
    """Return the pairs of a jurisdiction that clear what is raised now about some parties, locked.

    A pair that is being ended is waited for: what it clears until then is there to be opened again.
    """
    found = (
        ClearedPair.objects.standing()  # type: ignore[attr-defined]
        .filter(jurisdiction=lead, shared_party__in={party.pk for party in parties})
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")
    )
    return {
        (pair.shared_party_id, pair.list_key, pair.entry_id): pair
        for pair in found.select_related("cleared_by", "seconded_by")
    }


def answers(pair: ClearedPair, hit: Hit) -> bool:
    """Return whether a standing pair clears a hit: no side has changed, and two officers cleared a strong one."""
    same = (pair.party_sha256, pair.entry_sha256) == (hit.party_sha256, hit.entry_sha256)
    return same and not (hit.strong and pair.seconded_by_id is None)


def clear_by(pair: ClearedPair | None, hit: Hit) -> bool:
    """Clear a hit just raised by a standing pair that answers it; say whether it did."""
    if pair is None or not answers(pair, hit):
        return False
    hit.pair, hit.reason = pair, pair.reason
    hit.proposed_by = pair.cleared_by if pair.seconded_by else None
    hit.resolved_by = pair.seconded_by or pair.cleared_by
    hit.clear()
    hit.save(update_fields=["pair", "reason", "proposed_by", "resolved_by", "status", "resolved_at"])
    ledger.record(
        "hit.cleared_by_pair",
        actor=PROCESS,
        subject=hit,
        aggregate=hit.case_ref,
        audience=Audience(frozenset(hit.audience)),
        facts={
            "hit": str(hit.uid),
            "entry": hit.entry_id,
            "list": hit.list_key,
            "pair": str(pair.uid),
            "expires": pair.expires_at.isoformat(),
        },
    )
    return True


def reason_of(text: str) -> str:
    """Return the reason of a judgement; Invalid where it says nothing."""
    text = text.strip()
    if not 10 <= len(text) <= 4000:
        raise Invalid.field("reason", _("Give the reason in 10 to 4,000 characters."))
    return text


def days(wanted: int | None) -> int | None:
    """Return for how many days a pair is to be remembered, None for not at all; Invalid out of bounds."""
    if wanted is not None and not 1 <= wanted <= REMEMBER_MOST:
        raise Invalid.field(
            "remember_days", _("Remember it for 1 to %(most)s days.") % {"most": REMEMBER_MOST}
        )
    return wanted


def remember(hit: Hit) -> ClearedPair | None:
    """Remember a hit just cleared for as long as its officer asked; an earlier pair of the two is ended.

    Invalid for a hit older than the fingerprints: nothing could tell whether a side has changed.
    """
    if hit.remember_days is None or hit.resolved_by is None:
        return None
    if not hit.party_sha256 or not hit.entry_sha256:
        raise Invalid.field(
            "remember_days",
            _("This hit was raised before its two sides were kept; clear it for this case only."),
        )
    now = clock.now()
    earlier = ClearedPair.objects.select_for_update().filter(
        jurisdiction=hit.lead,
        shared_party=hit.shared_party_id,
        list_key=hit.list_key,
        entry_id=hit.entry_id,
        ended_at__isnull=True,
    )
    for pair in earlier:
        _end(
            "cleared_pair.replaced",
            hit.resolved_by,
            pair,
            _("Replaced by a later clearance of the same two."),
        )
    pair = ClearedPair.objects.create(
        jurisdiction=hit.lead,
        shared_party=hit.shared_party,
        list_key=hit.list_key,
        entry_id=hit.entry_id,
        party_sha256=hit.party_sha256,
        entry_sha256=hit.entry_sha256,
        hit=hit,
        strong=hit.strong,
        reason=hit.reason,
        cleared_by=hit.proposed_by or hit.resolved_by,
        seconded_by=hit.resolved_by if hit.proposed_by else None,
        cleared_at=now,
        expires_at=now + timedelta(days=hit.remember_days),
    )
    member = Jurisdiction.objects.get(pk=pair.jurisdiction)
    deadlines.set_due(
        kind=EXPIRY,
        aggregate=ref(pair),
        subject=ref(pair),
        start=now,
        rule=Rule(24 * hit.remember_days, "hours"),
        calendar=member.calendar,
        zone=member.timezone,
        owner=pair.jurisdiction,
    )
    _record("cleared_pair.made", hit.resolved_by, pair)
    return pair


@transaction.atomic
def end_pair(*, actor: User, pair: ClearedPair, reason: str) -> ClearedPair:
    """Let a pair clear nothing more; who hears of it opens again what rests on it (see `reopen`)."""
    pair = ClearedPair.objects.select_for_update(of=("self",)).get(pk=pair.pk)
    require(policies.can_end_pair, actor, pair)
    _end("cleared_pair.ended", actor, pair, reason_of(reason))
    return pair


@transaction.atomic
def expire_pair(*, pair: ClearedPair) -> None:
    """Note that the time a pair was remembered for is over, as `end_pair` does."""
    _record("cleared_pair.expired", CLOCK, pair)


def resting_on(pair: ClearedPair) -> QuerySet[Hit]:
    """Return the hits that are cleared because of a pair that is over, or of one that it replaced.

    Of a pair that officers ended, also the hit that it was made from: whoever ends it no longer holds what was
    found there. Expiry says nothing against that finding, which was made for its case and stays.
    """
    same = ClearedPair.objects.filter(
        jurisdiction=pair.jurisdiction,
        shared_party=pair.shared_party_id,
        list_key=pair.list_key,
        entry_id=pair.entry_id,
    )
    rests = Q(pair__in=same)
    if pair.ended_at is not None:
        rests |= Q(pk=pair.hit_id)
    return Hit.objects.filter(rests, status=Hit.Status.CLEARED)


@transaction.atomic
def reopen(*, case_ref: str, pair: ClearedPair) -> list[Hit]:
    """Open again what rests on a pair that is over in one case; return it.

    What a later pair of the same two answers stays cleared. Whoever calls holds the lock of the case.
    """
    found = resting_on(pair).filter(case_ref=case_ref).select_for_update(of=("self",)).order_by("pk")
    later = standing(pair.jurisdiction, [pair.shared_party]).get(
        (pair.shared_party_id, pair.list_key, pair.entry_id)
    )
    opened = [hit for hit in found if later is None or not answers(later, hit)]
    for hit in opened:
        hit.pair, hit.opened_by = None, pair
        hit.proposed_by = hit.resolved_by = hit.remember_days = None
        hit.reason = ""
        hit.reopen()
        hit.save(
            update_fields=[
                "status", "pair", "opened_by", "proposed_by", "resolved_by", "resolved_at", "remember_days",
                "reason",
            ]
        )  # fmt: skip
        ledger.record(
            "hit.reopened",
            actor=PROCESS,
            subject=hit,
            aggregate=hit.case_ref,
            audience=Audience(frozenset(hit.audience)),
            facts={
                "hit": str(hit.uid),
                "entry": hit.entry_id,
                "list": hit.list_key,
                "pair": str(pair.uid),
                "why": "ended" if pair.ended_at else "expired",
                "reason": pair.ended_reason,
            },
        )
    return opened


def _end(type: str, actor: User, pair: ClearedPair, reason: str) -> None:
    pair.ended_at, pair.ended_by, pair.ended_reason = clock.now(), actor, reason
    pair.save(update_fields=["ended_at", "ended_by", "ended_reason"])
    deadlines.cancel(kind=EXPIRY, subject=ref(pair))
    _record(type, actor, pair)


def _record(type: str, actor: Actor, pair: ClearedPair) -> None:
    ledger.record(
        type,
        actor=actor,
        subject=pair,
        audience=Audience.of(jurisdiction(pair.jurisdiction)),
        facts={
            "pair": str(pair.uid),
            "list": pair.list_key,
            "entry": pair.entry_id,
            "expires": pair.expires_at.isoformat(),
            "reason": pair.ended_reason or pair.reason,
        },
    )
