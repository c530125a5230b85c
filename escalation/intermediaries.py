"""Parties between exporter and end-user that stand in several cases or licences, as each reader may know it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from core import clock
from intelligence.models import SharedParty
from licensing.models import Case, Licence, Party
from members.models import User

#: Who stands between: intermediate consignees, agents and brokers; purchasers; forwarders and carriers.
BETWEEN = (Party.Role.INTERMEDIARY, Party.Role.PURCHASER, Party.Role.CARRIER)
LISTED = 20  # cases of a party that a page names: a forwarder may stand in hundreds
LIVE = (Licence.Status.ISSUED, Licence.Status.SUSPENDED)


def standing() -> QuerySet[Party]:
    """Return the parties that stand between in the revision in hand of an open case, or under a live licence."""
    now = Q(revision__application__case__status__in=Case.OPEN) | Q(
        revision__application__case__licence__status__in=LIVE,
        revision__application__case__licence__valid_until__gte=clock.today(),
    )
    found = Party.objects.filter(
        now, role__in=BETWEEN, revision__application__case__revision=F("revision_id")
    )
    return found.select_related(
        "shared_party", "revision__application__case__lead", "revision__application__organisation"
    )


def _case(party: Party) -> Case:
    found: Case = party.revision.application.case
    return found


@dataclass(frozen=True)
class Sighting:
    """Where a party stands: its role in one case."""

    case: Case
    role: str
    exporter: int


def sightings(parties: Iterable[int] | None = None) -> dict[int, list[Sighting]]:
    """Return where shared parties stand between, by the party's key; of all parties, or of some."""
    rows = standing()
    if parties is not None:
        rows = rows.filter(shared_party__in=list(parties))
    found: dict[int, list[Sighting]] = defaultdict(list)
    for row in rows.order_by("shared_party", "revision__application__case__opened_at", "pk"):
        case = _case(row)
        found[row.shared_party_id].append(
            Sighting(case, str(Party.Role(row.role).label), row.revision.application.organisation_id)
        )
    return found


def apart(own: Sighting, all_: Iterable[Sighting]) -> list[Sighting]:
    """Return the sightings in cases of another lead or another exporter than one's own."""
    return [
        other
        for other in all_
        if other.case.pk != own.case.pk
        and (other.case.lead_id != own.case.lead_id or other.exporter != own.exporter)
    ]


@dataclass(frozen=True)
class Elsewhere:
    """Another case in which a party stands, as the reader may know it: with its reference, or only whose it is."""

    role: str
    lead: str
    member: str  # code of the lead
    reference: str  # "" for a case the reader may not see

    def __str__(self) -> str:
        if self.reference:
            return f"{self.reference} ({self.lead})"
        return _("another case led by %(lead)s") % {"lead": self.lead}


@dataclass(frozen=True)
class Shared:
    """A party of a case with the other cases it stands in: the oldest, and how many more."""

    party: SharedParty
    role: str
    elsewhere: list[Elsewhere]
    more: int


def shared_in(user: User, case: Case) -> list[Shared]:
    """Return the intermediaries of a case that stand in others as well, as the reader may know it."""
    mine = {
        row.shared_party_id: row
        for row in case.revision.parties.filter(role__in=BETWEEN).select_related("shared_party")
    }
    if not mine:
        return []
    found = sightings(mine)
    own = case.application.organisation_id
    others = {pk: apart(Sighting(case, "", own), everywhere) for pk, everywhere in found.items()}
    seen = _visible(user, {one.case.pk for several in others.values() for one in several})
    return [
        Shared(
            mine[pk].shared_party,
            str(Party.Role(mine[pk].role).label),
            [_elsewhere(one, seen) for one in several[:LISTED]],
            max(0, len(several) - LISTED),
        )
        for pk, several in others.items()
        if several
    ]


def _visible(user: User, cases: set[int]) -> set[int]:
    rows = Case.objects.visible_to(user).filter(pk__in=cases)  # type: ignore[attr-defined]
    return set(rows.values_list("pk", flat=True)) if cases else set()


def _elsewhere(one: Sighting, seen: set[int]) -> Elsewhere:
    lead, reference = one.case.lead, one.case.reference if one.case.pk in seen else ""
    return Elsewhere(one.role, lead.name, lead.code, reference)


@dataclass(frozen=True)
class Watched:
    """An intermediary that several cases share: how many cases by lead, how many exporters, in which roles."""

    party: SharedParty
    roles: list[str]
    by_lead: dict[str, int]
    by_member: dict[str, int]  # the same, by the code of the lead
    exporters: int
    cases: list[Elsewhere] = field(default_factory=list)

    @property
    def count(self) -> int:
        return sum(self.by_lead.values())

    @property
    def more(self) -> int:
        """How many cases are not listed."""
        return self.count - len(self.cases)


def watched(user: User) -> list[Watched]:
    """Return the intermediaries that cases of different leads or exporters share, those in most cases first."""
    found: list[Watched] = []
    everything = sightings()
    parties = SharedParty.objects.in_bulk(
        [pk for pk, several in everything.items() if any(apart(one, several) for one in several)]
    )
    seen = _visible(user, {one.case.pk for pk in parties for one in everything[pk]})
    for pk, party in parties.items():
        once = {one.case.pk: one for one in everything[pk]}.values()
        by_lead: dict[str, int] = defaultdict(int)
        by_member: dict[str, int] = defaultdict(int)
        for one in once:
            by_lead[one.case.lead.name] += 1
            by_member[one.case.lead.code] += 1
        found.append(
            Watched(
                party=party,
                roles=sorted({one.role for one in everything[pk]}),
                by_lead=dict(sorted(by_lead.items())),
                by_member=dict(sorted(by_member.items())),
                exporters=len({one.exporter for one in once}),
                cases=[_elsewhere(one, seen) for one in list(once)[:LISTED]],
            )
        )
    return sorted(found, key=lambda one: (-one.count, one.party.name))


def told_of(user: User, party: SharedParty) -> list[dict[str, Any]]:
    """Return what a package may say of where a party stands, from the cases its author may read: kind of item by
    category and destination, each pair once; no exporter, price, quantity or position."""
    rows = standing().filter(
        shared_party=party,
        revision__application__case__in=Case.objects.visible_to(user),  # type: ignore[attr-defined]
    )
    pairs = set()
    for row in rows.prefetch_related("revision__items", "revision__parties"):
        items = {item.control_code[:1] for item in row.revision.items.all() if item.control_code}
        goals = {one.country for one in row.revision.parties.all() if one.role in ("consignee", "end_user")}
        pairs |= {(category, country) for category in items for country in goals}
    return [{"category": category, "destination": country} for category, country in sorted(pairs)]
