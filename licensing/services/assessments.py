"""Assessing a revision: screen every party, judge the ground claimed, score the risk, gather the facts."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from django.db import transaction

from alliance import aid
from alliance import selectors as alliance
from core import clock
from core.actors import PROCESS
from core.models import ref
from exemptions import grounds
from ledger import services as ledger
from licensing import harm as harm_rules
from licensing import trusted, undercut
from licensing.models import Application, Assessment, Case, Harm, Item, Leg, Party, Revision
from licensing.services import emergencies, rescreening
from members.models import Jurisdiction
from screening import score_facts, scorecard
from screening import selectors as hits
from screening.lists.store import hash_of, lists_in_force
from screening.matching import Match

LONGEST = 200  # entries of a list fact, as alliance.facts publishes


class Stopwatch:
    """Seconds by step."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, step: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.seconds[step] = round(self.seconds.get(step, 0.0) + time.perf_counter() - began, 4)


@transaction.atomic
@alliance.pinned()
def assess(*, application_id: int) -> Assessment | None:
    """Assess the revision in hand of an application; return the assessment in force for it.

    There is one for each revision, state of the agreed data and state of the lists: assessing again under
    the same state changes nothing. None when the case is closed.
    """
    watch = Stopwatch()
    application = Application.objects.select_related("organisation").get(pk=application_id)
    case = (
        Case.objects.select_for_update(of=("self",))
        .select_related("lead", "revision")
        .get(application=application)
    )
    if not case.is_open:
        return None
    revision, bundles, lists = case.revision, alliance.bundle_hash(), lists_in_force()
    known = Assessment.objects.filter(
        revision=revision, bundle_hash=bundles, lists_hash=hash_of(lists)
    ).first()
    if known is not None:
        return known
    items, parties, legs = (
        list(revision.items.all()),
        list(revision.parties.select_related("shared_party")),
        list(revision.legs.all()),
    )
    with watch("screening"):
        matches, _new = rescreening.screen_case(case, parties, lists)
        uncleared = hits.uncleared(ref(case))
    with watch("denials"):
        facts = _Gathered(case, revision, items, parties, legs, uncleared)
    with watch("ground and score"):
        facts.judge(matches)
    assessment = Assessment.objects.create(
        case=case,
        revision=revision,
        bundle_hash=bundles,
        lists_hash=hash_of(lists),
        score=facts.score.total,
        low=facts.score.low,
        high=facts.score.high,
        band=facts.score.band,
        lines=[asdict(line) for line in facts.score.lines],
        hard_stops=[asdict(stop) for stop in facts.score.hard_stops],
        findings=list(facts.score.findings),
        facts=facts.for_criteria(),
        lists=lists,
        ground=asdict(facts.ground),
        made_at=clock.now(),
        seconds=watch.seconds,
    )
    harm = judge_harm(case, assessment, _state_now(assessment))
    ledger.record(
        "application.assessed",
        actor=PROCESS,
        subject=application,
        aggregate=ref(case),
        aggregate_label=case.reference,
        audience=case.audience,
        facts={
            "revision": revision.number,
            "score": assessment.score,
            "low": assessment.low,
            "high": assessment.high,
            "band": assessment.band,
            "hard_stops": [stop.code for stop in facts.score.hard_stops],
            "hits": sum(map(len, matches.values())),
            "harm": [harm.base, harm.version],
            **_ground_facts(facts.ground),
            "lane": case.lane,
        },
    )
    return assessment


def _ground_facts(ground: grounds.GroundFinding) -> dict[str, Any]:
    """Return what the event keeps of a humanitarian claim: the rows cited and what both tests answered."""
    if not ground.cited:
        return {}
    return {
        "ground": {
            "state": ground.state,
            "rule": ground.rule,
            "row": ground.row,
            "rows": sorted({one["row"] for one in ground.cited if one["row"]}),
            "carve_out": ground.carve_out,
            "licence": ground.licence,
            "version": ground.version,
        }
    }


def _state_now(assessment: Assessment) -> str:
    facts = emergencies.facts_now(assessment.case, assessment)
    return str(facts["ground_state"])


def judge_harm(case: Case, assessment: Assessment, state: str) -> Harm:
    """Judge what waiting costs: the figures of the assessment in force stand in the place of those before.

    `state`: the finding on the ground claimed, as it is by now.
    """
    version, tables, entries = alliance.harm()
    need = harm_rules.Need.of(case.revision.dossier["ground"], state)
    curve, lines = harm_rules.judge(need, tables, entries, case.lead.timezone)
    return Harm.objects.update_or_create(
        case=case,
        defaults={
            **asdict(curve),
            "lines": [asdict(line) for line in lines],
            "version": version,
            "judged_at": assessment.made_at,
        },
    )[0]


class _Gathered:
    """Everything the ground, the score and the criteria ask about one revision."""

    def __init__(
        self,
        case: Case,
        revision: Revision,
        items: list[Item],
        parties: list[Party],
        legs: list[Leg],
        uncleared: set[tuple[int, str, str]],
    ) -> None:
        self.case, self.revision, self.items, self.parties = case, revision, items, parties
        dossier = revision.dossier
        self.end_use, self.commercial = dossier["end_use"], dossier["commercial"]
        self.claim = grounds.Claim.of(dossier["ground"])
        self.uncleared = uncleared
        places = [leg.origin[:2] for leg in legs] + [leg.destination[:2] for leg in legs]
        self.destinations = sorted({p.country for p in parties if p.role in ("consignee", "end_user")})
        self.location = dossier["route"]["goods_location"]
        self.transit = sorted(set(places) - set(self.destinations) - {self.location})
        concerned = [p.country for p in parties if p.role != Party.Role.OWNER]
        self.countries = sorted({*places, *concerned, self.location, self.end_use["site_country"]})
        about = {code: alliance.country_facts(code) for code in self.countries}
        self.about = about
        self.embargoed = any(fact.embargo for fact in about.values())
        self.of_concern = any(fact.of_concern for fact in about.values())
        self.codes = sorted({alliance.heading(item.control_code) for item in items if item.control_code})
        entries = [entry for code in self.codes if (entry := alliance.control_entry(code))]
        self.reasons = sorted({reason["code"] for entry in entries for reason in entry.reasons})
        self.tiers = sorted({tier for item in items if (tier := alliance.chpl_tier(item.hs_code))})
        self.unclassified = any(item.classification_requested for item in items)
        self.critical = alliance.critical(self.codes) or self.unclassified
        resembled = undercut.found(undercut.transaction_of(items, parties), lead=case.lead_id)
        self.denial_issuers = undercut.issuers(resembled)
        self.emergency_requests = emergencies.requests_of(case.application.organisation)

    def judge(self, matches: dict[int, list[tuple[str, Match]]]) -> None:
        """Judge the ground claimed and score: the score is the same whatever ground is claimed."""
        self.score = scorecard.score(self._score_facts(matches), alliance.scorecard()["bands"])
        self.ground = grounds.evaluate(
            self.claim,
            grounds.GroundFacts(
                hard_stops=tuple(stop.code for stop in self.score.hard_stops),
                critical_item=self.critical,
                chpl_tiers=tuple(self.tiers),
                military_end_user=bool(self.end_use["military_end_user"]),
                open_hits=len(self.uncleared),
                members=self._members(),
                places=self._places(),
            ),
            alliance.aid_table(),
        )

    def _members(self) -> tuple[str, ...]:
        """The lead, and those whose law bears on the goods as well: where they are, whose components they hold."""
        parts = {code for item in self.items for code in item.components_from}
        return tuple(dict.fromkeys([self.case.lead_id, self.location, *sorted(parts)]))

    def _places(self) -> tuple[aid.Place, ...]:
        """The destinations, the site with its area, and every other country concerned that is under embargo."""
        site = self.end_use["site_country"]
        codes = {site, *self.destinations, *(code for code, fact in self.about.items() if fact.embargo)}
        return tuple(
            alliance.aid_place(code, str(self.end_use.get("site_area") or "") if code == site else "")
            for code in sorted(codes)
        )

    def _score_facts(self, matches: dict[int, list[tuple[str, Match]]]) -> score_facts.ScoreFacts:
        return score_facts.ScoreFacts(
            countries=tuple(
                score_facts.CountryInput(
                    code=code,
                    embargo=fact.embargo,
                    of_concern=fact.of_concern,
                    fatf=fact.fatf,
                    transshipment=fact.transshipment,
                    trusted=any(group.startswith("A:") for group in fact.groups),
                    known=fact.known,
                    role="destination"
                    if code in self.destinations or code == self.end_use["site_country"]
                    else "route",
                )
                for code, fact in self.about.items()
            ),
            items=tuple(
                score_facts.ItemInput(
                    line=item.line,
                    reasons=tuple(self._reasons_of(item)),
                    classified=not item.classification_requested,
                    chpl_tier=alliance.chpl_tier(item.hs_code),
                )
                for item in self.items
            ),
            parties=tuple(
                score_facts.PartyInput(
                    name=party.name,
                    role=party.role,
                    country=party.country,
                    address=party.address,
                    website=party.website or None,
                    incorporated_on=party.incorporated_on,
                    matches=tuple(
                        score_facts.MatchInput(
                            match.score,
                            match.rule,
                            match.list_key,
                            match.entry_name,
                            # An owner that is listed stops a case through the party it holds, if it holds enough.
                            match.strong and party.role != Party.Role.OWNER,
                        )
                        for _asked, match in matches[party.pk]
                        if (party.shared_party_id, match.list_key, match.entry_id) in self.uncleared
                    ),
                )
                for party in self.parties
            ),
            end_use=score_facts.EndUseInput(
                purpose=self.end_use["purpose"],
                site=self.end_use["site"],
                undertakings=tuple(self.end_use["undertakings"]),
                military_end_user=self.end_use["military_end_user"],
                prohibited_end_use=self.end_use["prohibited_end_use"],
            ),
            route=score_facts.RouteInput(
                legs=len(self.revision.dossier["route"]["legs"]),
                transit=tuple(self.transit),
                last_minute_change=self.revision.number > 1
                and any(entry["path"].startswith("route") for entry in self.revision.difference),
            ),
            commercial=score_facts.CommercialInput(
                payment=self.commercial["payment"],
                third_party_payer=self.commercial["third_party_payer"],
            ),
            denied_before=bool(self.denial_issuers),
            exemption_claimed=self.claim.kind == grounds.Kind.HUMANITARIAN,
            today=clock.today(self.case.lead.timezone),
            emergency_requests=self.emergency_requests,
        )

    def _reasons_of(self, item: Item) -> list[str]:
        entry = alliance.control_entry(item.control_code) if item.control_code else None
        return [reason["code"] for reason in entry.reasons] if entry else []

    def for_criteria(self) -> dict[str, Any]:
        """Return the published facts (alliance.facts): strings, booleans, integers and lists of at most 200."""
        total = sum((item.value for item in self.items), Decimal(0))
        return {
            "exporter_jurisdiction": self.case.lead_id,
            "exporter_reference": str(self.revision.dossier.get("own_reference") or "")[:500],
            "goods_location": [self.location],
            "destinations": self.destinations[:LONGEST],
            "transit": self.transit[:LONGEST],
            "countries": self.countries[:LONGEST],
            "components_from": sorted({c for item in self.items for c in item.components_from})[:LONGEST],
            "members": sorted(Jurisdiction.objects.values_list("code", flat=True)),
            "denial_issuers": self.denial_issuers[:LONGEST],
            "control_codes": self.codes[:LONGEST],
            "categories": sorted({code[0] for code in self.codes}),
            "reasons": self.reasons[:LONGEST],
            "chpl_tiers": self.tiers,
            "critical_item": self.critical,
            "classification_requested": self.unclassified,
            "embargoed": self.embargoed,
            "of_concern": self.of_concern,
            "military_end_user": bool(self.end_use["military_end_user"]),
            "score": self.score.total,
            "score_low": self.score.low,
            "score_high": self.score.high,
            "band": self.score.band,
            "hard_stops": [stop.code for stop in self.score.hard_stops],
            "open_hits": len(self.uncleared),
            "lists_stale": hits.stale_lists(clock.now())[:LONGEST],
            "ground": str(self.claim.kind),
            "ground_state": self.ground.state,
            "emergency": emergencies.state(self.case),
            "total_value_minor": int(total * 100),
            "currencies": sorted({item.currency for item in self.items}),
            "trader_level": trusted.level_of(self.case.application.organisation),
        }
