"""Grounds an exporter may claim: a table of small rules that an officer can read.

The first rule that has an opinion decides; what no rule decides is looked at by a person. A finding says
nothing about the licence itself: UNSCR 2664 lifts asset freezes, not export licensing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

State = Literal["none", "accepted", "review", "refused"]
Lane = Literal["standard", "crisis", "humanitarian"]


class Kind(TextChoices):
    NONE = "none", gettext_lazy("No ground")
    CRISIS = "crisis", gettext_lazy("Crisis")
    HUMANITARIAN = "humanitarian", gettext_lazy("Humanitarian")


class Provider(TextChoices):
    """Who brings the help."""

    UN_AGENCY = "un_agency", gettext_lazy("United Nations agency, programme or fund")
    INTERNATIONAL_ORGANISATION = "international_organisation", gettext_lazy("International organisation")
    RED_CROSS = "red_cross", gettext_lazy("Red Cross or Red Crescent")
    NGO_IN_PLAN = "ngo_in_plan", gettext_lazy("NGO in a humanitarian response plan or appeal")
    NGO = "ngo", gettext_lazy("Another NGO")
    STATE = "state", gettext_lazy("A state")
    COMMERCIAL = "commercial", gettext_lazy("Commercial supplier")


class Supply(TextChoices):
    """What kind of help the goods are."""

    MEDICAL = "medical", gettext_lazy("Medicine and medical devices")
    FOOD = "food", gettext_lazy("Food and farming")
    WATER = "water", gettext_lazy("Water")
    SHELTER = "shelter", gettext_lazy("Shelter")
    SANITATION = "sanitation", gettext_lazy("Sanitation")
    ENERGY = "energy", gettext_lazy("Energy for basic services")
    MINE_CLEARANCE = "mine_clearance", gettext_lazy("Mine clearance")
    OTHER = "other", gettext_lazy("Something else")


NAMED_IN_2664 = frozenset(
    {Provider.UN_AGENCY, Provider.INTERNATIONAL_ORGANISATION, Provider.RED_CROSS, Provider.NGO_IN_PLAN}
)
BASIC_NEEDS = frozenset({Supply.MEDICAL, Supply.FOOD, Supply.WATER, Supply.SHELTER, Supply.SANITATION})
UNSCR_2664 = "UNSCR 2664 (2022) para 1: asset freezes only; the licence requirement stays"
GENERAL_LICENCES = "OFAC general licences of 2022-12-20, category of food, medicine and medical devices"
OWN_RULE = "The alliance's own rule"


@dataclass(frozen=True)
class Claim:
    """What the exporter claims. `reference`: the response plan, appeal or crisis measure it rests on."""

    kind: str = Kind.NONE
    provider: str = ""
    supply: str = ""
    reference: str = ""
    explanation: str = ""

    @classmethod
    def of(cls, answers: Mapping[str, Any] | None) -> "Claim":
        """Return the claim in a section of a dossier; fields it does not have are empty."""
        answers = answers or {}
        named = {name: str(answers.get(name) or "").strip() for name in cls.__dataclass_fields__}
        return cls(**{**named, "kind": named["kind"] or Kind.NONE})


@dataclass(frozen=True)
class GroundFacts:
    """What was found out about the case that the rules of the grounds ask for."""

    hard_stops: tuple[str, ...] = ()
    critical_item: bool = False
    chpl_tiers: tuple[str, ...] = ()
    military_end_user: bool = False
    embargoed: bool = False
    open_hits: int = 0


@dataclass(frozen=True)
class GroundFinding:
    """What was found on a claim. `rule` names the rule, `lane` is where the claim by itself would lead."""

    state: State
    lane: Lane
    reason: str
    legal_basis: str
    rule: str = ""


Rule = Callable[[Claim, GroundFacts], GroundFinding | None]


def nothing_claimed(claim: Claim, facts: GroundFacts) -> GroundFinding | None:
    """No ground was claimed: the case goes its ordinary way."""
    if claim.kind != Kind.NONE:
        return None
    return GroundFinding("none", "standard", _("No ground was claimed."), "")


def hard_stop(claim: Claim, facts: GroundFacts) -> GroundFinding | None:
    """A hard stop stands in the way; no ground lifts it."""
    if not facts.hard_stops:
        return None
    reason = _("A hard stop stands in the way: %(codes)s.") % {"codes": ", ".join(facts.hard_stops)}
    return GroundFinding("refused", "crisis", reason, OWN_RULE)


def military_end_user(claim: Claim, facts: GroundFacts) -> GroundFinding | None:
    """Help for a military, security or intelligence end-user is not humanitarian."""
    if claim.kind != Kind.HUMANITARIAN or not facts.military_end_user:
        return None
    return GroundFinding(
        "refused", "standard", _("An end-user is military, security or intelligence."), OWN_RULE
    )


def crisis_claimed(claim: Claim, facts: GroundFacts) -> GroundFinding | None:
    """A crisis is claimed: an officer confirms that it is one, on the same day."""
    if claim.kind != Kind.CRISIS:
        return None
    return GroundFinding(
        "review",
        "crisis",
        _("An officer confirms the crisis on the day it is claimed."),
        "Compare 61 FR 12814 (15 CFR 748.4(h)): emergency handling on the same day",
    )


def unknown_kind(claim: Claim, facts: GroundFacts) -> GroundFinding | None:
    """The ground claimed is of a kind that no rule knows: an officer decides on the claim."""
    if claim.kind in Kind.values:
        return None
    return GroundFinding("review", "standard", _("No rule knows this kind of ground."), OWN_RULE)


def open_hit(claim: Claim, facts: GroundFacts) -> GroundFinding | None:
    """A party may be a listed one; officers clear that before a ground is accepted."""
    if not facts.open_hits:
        return None
    return GroundFinding(
        "review", "humanitarian", _("A party may be a listed one and is not cleared yet."), UNSCR_2664
    )


def sensitive_goods(claim: Claim, facts: GroundFacts) -> GroundFinding | None:
    """Critical or high-priority goods may be humanitarian, but an officer looks first."""
    if not facts.critical_item and not facts.chpl_tiers:
        return None
    return GroundFinding(
        "review", "humanitarian", _("An item is critical or on the common high priority list."), OWN_RULE
    )


def provider_named_in_2664(claim: Claim, facts: GroundFacts) -> GroundFinding | None:
    """A provider that UNSCR 2664 names brings basic needs."""
    if claim.provider not in NAMED_IN_2664 or claim.supply not in BASIC_NEEDS:
        return None
    if claim.provider == Provider.NGO_IN_PLAN and not claim.reference:
        return GroundFinding(
            "review", "humanitarian", _("The response plan or appeal is not named."), UNSCR_2664
        )
    return GroundFinding(
        "accepted",
        "humanitarian",
        _("The provider is one that UNSCR 2664 names, and the goods meet basic needs."),
        UNSCR_2664,
    )


def relief_by_a_state(claim: Claim, facts: GroundFacts) -> GroundFinding | None:
    """A state brings basic needs to a country that is not under embargo."""
    if claim.provider != Provider.STATE or claim.supply not in BASIC_NEEDS or facts.embargoed:
        return None
    return GroundFinding(
        "accepted", "humanitarian", _("A state brings goods that meet basic needs."), OWN_RULE
    )


def food_and_medicine(claim: Claim, facts: GroundFacts) -> GroundFinding | None:
    """Food and medical goods are supplied commercially to a country that is not under embargo."""
    if claim.provider != Provider.COMMERCIAL or claim.supply not in {Supply.FOOD, Supply.MEDICAL}:
        return None
    if facts.embargoed:
        return None
    return GroundFinding(
        "accepted", "humanitarian", _("Food and medical goods are supplied commercially."), GENERAL_LICENCES
    )


def anything_else(claim: Claim, facts: GroundFacts) -> GroundFinding | None:
    """No rule knows this combination: an officer decides on the claim."""
    return GroundFinding(
        "review",
        "humanitarian",
        _("No rule knows this combination of provider, goods and destination."),
        OWN_RULE,
    )


RULES: tuple[Rule, ...] = (
    nothing_claimed,
    hard_stop,
    military_end_user,
    crisis_claimed,
    unknown_kind,
    open_hit,
    sensitive_goods,
    provider_named_in_2664,
    relief_by_a_state,
    food_and_medicine,
)


def evaluate(claim: Claim, facts: GroundFacts) -> GroundFinding:
    """Return what the first rule with an opinion says of a claim, with the rule's name."""
    for rule in (*RULES, anything_else):
        if finding := rule(claim, facts):
            return GroundFinding(
                finding.state, finding.lane, finding.reason, finding.legal_basis, rule.__name__
            )
    raise AssertionError("anything_else has an opinion on everything")
