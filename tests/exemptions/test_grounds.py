"""A claimed ground is judged by rules an officer can read; what no rule knows is looked at by a person."""

from itertools import product

import pytest

from exemptions.grounds import (
    BASIC_NEEDS,
    NAMED_IN_2664,
    RULES,
    Claim,
    GroundFacts,
    Kind,
    Provider,
    Supply,
    anything_else,
    evaluate,
)

AID = Claim(kind=Kind.HUMANITARIAN, provider=Provider.UN_AGENCY, supply=Supply.MEDICAL)
QUIET = GroundFacts()


@pytest.mark.parametrize(
    ("claim", "facts", "state", "rule"),
    [
        (Claim(), QUIET, "none", "nothing_claimed"),
        (Claim(), GroundFacts(hard_stops=("embargo",)), "none", "nothing_claimed"),
        (AID, QUIET, "accepted", "provider_named_in_2664"),
        (AID, GroundFacts(embargoed=True), "accepted", "provider_named_in_2664"),
        (AID, GroundFacts(hard_stops=("list-match",)), "refused", "hard_stop"),
        (AID, GroundFacts(military_end_user=True), "refused", "military_end_user"),
        (AID, GroundFacts(open_hits=1), "review", "open_hit"),
        (AID, GroundFacts(critical_item=True), "review", "sensitive_goods"),
        (AID, GroundFacts(chpl_tiers=("1",)), "review", "sensitive_goods"),
        (Claim("humanitarian", "ngo_in_plan", "food"), QUIET, "review", "provider_named_in_2664"),
        (
            Claim("humanitarian", "ngo_in_plan", "food", "HRP 2026"),
            QUIET,
            "accepted",
            "provider_named_in_2664",
        ),
        (Claim("humanitarian", "ngo", "food"), QUIET, "review", "anything_else"),
        (Claim("humanitarian", "un_agency", "energy"), QUIET, "review", "anything_else"),
        (Claim("humanitarian", "state", "water"), QUIET, "accepted", "relief_by_a_state"),
        (Claim("humanitarian", "state", "water"), GroundFacts(embargoed=True), "review", "anything_else"),
        (Claim("humanitarian", "commercial", "food"), QUIET, "accepted", "food_and_medicine"),
        (Claim("humanitarian", "commercial", "shelter"), QUIET, "review", "anything_else"),
        (Claim("humanitarian", "commercial", "food"), GroundFacts(embargoed=True), "review", "anything_else"),
        (Claim("crisis"), QUIET, "review", "crisis_claimed"),
        (Claim("crisis"), GroundFacts(hard_stops=("embargo",)), "refused", "hard_stop"),
        (Claim("weather", "un_agency", "food"), QUIET, "review", "unknown_kind"),
        (Claim("humanitarian"), QUIET, "review", "anything_else"),
    ],
)
def test_the_first_rule_with_an_opinion_decides(claim, facts, state, rule):
    finding = evaluate(claim, facts)
    assert (finding.state, finding.rule) == (state, rule)
    assert finding.reason


def test_every_rule_is_explained_to_officers():
    assert all(rule.__doc__ for rule in (*RULES, anything_else))


def test_nothing_is_accepted_against_a_hard_stop_an_open_hit_or_for_critical_goods():
    """All combinations of provider, supply and circumstance."""
    circumstances = [
        GroundFacts(stops, critical, tiers, military, embargoed, hits)
        for stops, critical, tiers, military, embargoed, hits in product(
            [(), ("embargo",)], [False, True], [(), ("2",)], [False, True], [False, True], [0, 1]
        )
    ]
    for kind, provider, supply in product(["humanitarian", "crisis", "?"], [*Provider, ""], [*Supply, ""]):
        for facts in circumstances:
            finding = evaluate(Claim(kind, provider, supply, "HRP"), facts)
            if finding.state == "accepted":
                assert not any((facts.hard_stops, facts.critical_item, facts.chpl_tiers, facts.open_hits))
                assert not facts.military_end_user
                assert (kind, finding.lane) == ("humanitarian", "humanitarian")
                assert supply in BASIC_NEEDS
                assert finding.legal_basis
                assert not facts.embargoed or provider in NAMED_IN_2664
            if facts.hard_stops:
                assert finding.state == "refused"


def test_a_finding_on_asset_freezes_says_that_the_licence_requirement_stays():
    assert "licence requirement stays" in evaluate(AID, QUIET).legal_basis


def test_a_claim_is_read_from_a_dossier_whatever_is_missing():
    assert Claim.of(None) == Claim.of({}) == Claim()
    assert Claim.of({"kind": " humanitarian ", "provider": None, "extra": 1}) == Claim("humanitarian")
