"""What those asked at a tier have said, and what it amounts to under the charter."""

from __future__ import annotations

from django.utils.translation import gettext as _

from alliance.charters import CharterData, Tier
from alliance.settling import DECIDED, OBJECTING, Answer, Outcome, Say, quorate, settle
from alliance.telling import quorum
from licensing.models import Case, Consultation


def answers(case: Case, tier: Tier) -> list[Answer]:
    """Return the answers at a tier in the present round, the chair's first."""
    found = Consultation.objects.filter(case=case, round=case.round, tier=tier.number).prefetch_related(
        "positions__taken_by__authority" if tier.quorum else "positions"
    )
    order = {ministry: rank for rank, ministry in enumerate(tier.seats.ministries)}
    said = [
        Answer(
            addressee=item.addressee,
            ministry=item.ministry,
            status=item.status,
            silence=item.silence,
            position=next((p.kind for p in item.positions.all() if p.status == "in_force"), None),
            weight=tier.weight_of(item.jurisdiction_id),
            member=item.jurisdiction_id or (_speaker(item) if tier.quorum else ""),
        )
        for item in found
    ]
    return sorted(said, key=lambda answer: (order.get(answer.ministry, 99), answer.addressee))


def _speaker(consultation: Consultation) -> str:
    """Return the member of whoever speaks for a seat of the crisis unit."""
    said = next((p for p in consultation.positions.all() if p.status == "in_force"), None)
    return str(said.taken_by.jurisdiction_code) if said and said.taken_by else ""


def judged(case: Case, charter: CharterData, number: int | None = None) -> Outcome:
    """Return where a tier, the present one unless told, stands in the present round."""
    number = case.tier if number is None else number
    below = judged(case, charter, number - 1) if number else None
    tier = charter.tiers[number]
    return settle(tier, answers(case, tier), below if below in DECIDED else None, critical=case.critical)


def dissenting(case: Case, charter: CharterData, outcome: Outcome) -> list[Answer]:
    """Return who, at this tier or below, said otherwise than the tier has decided."""
    against = outcome is Outcome.SETTLED
    return [
        answer
        for tier in charter.tiers[: case.tier + 1]
        for answer in answers(case, tier)
        if (answer.position in OBJECTING if against else answer.says is Say.FAVOUR)
    ]


def why(tier: Tier, said: list[Answer]) -> str:
    """Return why a tier gave no decision."""
    silent = [answer.addressee for answer in said if answer.status == "lapsed" and answer.position is None]
    if silent:
        return _("No answer in time from %(silent)s.") % {"silent": ", ".join(silent)}
    if not quorate(tier.quorum, said) and tier.quorum is not None:
        return _("%(tier)s: the quorum was not there (%(quorum)s).") % {
            "tier": tier.name,
            "quorum": quorum(tier.quorum),
        }
    return _("%(tier)s: no joint answer was reached.") % {"tier": tier.name}
