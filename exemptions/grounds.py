"""Grounds an exporter may claim: guards that nothing passes, then the decision table that is agreed.

The guards are small rules that an officer can read; the first that has an opinion decides. Who may bring
what where is law, and stands in `alliance.aid`: two tests side by side, of which the first (UNSCR 2664
lifts asset freezes) never answers the second (export licensing). What neither knows is looked at by a person.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliance.aid import Acceptability, CarveOut, Place, Table
from alliance.aid_judging import Judgement, Question, judge

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
    """What was found out about the case that guards and table ask for.

    `members`: the exporter's member first, then others whose law bears on the goods. `places`: the
    destinations, and every other country concerned that is under embargo.
    """

    hard_stops: tuple[str, ...] = ()
    critical_item: bool = False
    chpl_tiers: tuple[str, ...] = ()
    military_end_user: bool = False
    open_hits: int = 0
    members: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()


@dataclass(frozen=True)
class GroundFinding:
    """What was found on a claim. `rule` names the guard or "table"; `lane` is where the claim by itself
    would lead.

    `row` is the row of the table that decided ("" where none knows the combination), `carve_out` and
    `licence` are the strictest answers of the two tests, `cited` all rows of all regimes and `reached`
    what is agreed of the destinations. They are told for every humanitarian claim, also where a guard
    decided.
    """

    state: State
    lane: Lane
    reason: str
    legal_basis: str
    rule: str = ""
    row: str = ""
    carve_out: str = ""
    licence: str = ""
    version: str = ""
    cited: tuple[dict[str, Any], ...] = ()
    reached: tuple[dict[str, Any], ...] = ()
    documents: tuple[str, ...] = ()


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
    reason = _("A party may be a listed one and is not cleared yet.")
    return GroundFinding("review", "humanitarian", reason, OWN_RULE)


def sensitive_goods(claim: Claim, facts: GroundFacts) -> GroundFinding | None:
    """Critical or high-priority goods may be humanitarian, but an officer looks first."""
    if not facts.critical_item and not facts.chpl_tiers:
        return None
    return GroundFinding(
        "review", "humanitarian", _("An item is critical or on the common high priority list."), OWN_RULE
    )


GUARDS: tuple[Rule, ...] = (
    nothing_claimed,
    hard_stop,
    military_end_user,
    crisis_claimed,
    unknown_kind,
    open_hit,
    sensitive_goods,
)


def evaluate(claim: Claim, facts: GroundFacts, table: Table) -> GroundFinding:
    """Return what the first guard with an opinion says of a claim, else what the table answers."""
    judgement = None
    if claim.kind == Kind.HUMANITARIAN:
        asked = Question(claim.provider, claim.supply, facts.members, facts.places, claim.reference)
        judgement = judge(table, asked)
    for guard in GUARDS:
        if finding := guard(claim, facts):
            return _with_tests(replace(finding, rule=guard.__name__), judgement)
    assert judgement is not None  # guards have an opinion on every other kind
    return _with_tests(by_table(judgement), judgement)


def by_table(judgement: Judgement) -> GroundFinding:
    """Return what the strictest answers of the table amount to."""
    deciding = judgement.deciding
    basis = "; ".join(dict.fromkeys(filter(None, (deciding.carve_out_basis, deciding.licence_basis))))
    closed = [one for one in judgement.reached if one.acceptability == Acceptability.NOT_ACCEPTED]
    if closed:
        reason = _("%(place)s is not an acceptable destination of aid.") % {"place": closed[0].name}
        return GroundFinding("refused", "standard", reason, closed[0].legal_basis, "table")
    if judgement.accepted:
        lifted = [one.carve_out_basis for one in judgement.cited if one.carve_out == CarveOut.LIFTED]
        basis = "; ".join(dict.fromkeys([*lifted, *(one.licence_basis for one in judgement.cited)]))
        return GroundFinding("accepted", "humanitarian", deciding.sentence, basis, "table")
    return GroundFinding("review", "humanitarian", _why_review(judgement), basis or OWN_RULE, "table")


def _why_review(judgement: Judgement) -> str:
    deciding = judgement.deciding
    if not deciding.row:
        return f"{deciding.regime_title}: {deciding.sentence}"
    if deciding.lacks_reference:
        return _("The response plan or appeal is not named.")
    if judgement.acceptability == Acceptability.REVIEW:
        place = next(one for one in judgement.reached if one.acceptability == Acceptability.REVIEW)
        return f"{place.name}: {place.legal_basis}"
    if not deciding.confirmed:
        return _("What the table says here is recalled and not confirmed: %(said)s") % {
            "said": deciding.sentence
        }
    return f"{deciding.regime_title}: {deciding.sentence}"


def _with_tests(finding: GroundFinding, judgement: Judgement | None) -> GroundFinding:
    if judgement is None:
        return finding
    return replace(
        finding,
        row=judgement.deciding.row,
        carve_out=judgement.carve_out,
        licence=judgement.licence,
        version=judgement.version,
        cited=tuple(map(asdict, judgement.cited)),
        reached=tuple(map(asdict, judgement.reached)),
        documents=judgement.documents,
    )
