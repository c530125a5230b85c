"""A claimed ground passes the guards, then the agreed table answers; a person looks at what neither knows."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance.aid import Place, Table
from exemptions.grounds import GUARDS, Claim, GroundFacts, Kind, Provider, Supply, evaluate
from tests.aid import shipped_table

TABLE = shipped_table()
AID = Claim(kind=Kind.HUMANITARIAN, provider=Provider.UN_AGENCY, supply=Supply.MEDICAL)
SUDAN, IRAN = Place("SD"), Place("IR", embargoed=True)
CRIMEA, DONETSK, UKRAINE = Place("UA", "UA-43"), Place("UA", "UA-14"), Place("UA")
QUIET = GroundFacts(members=("DE",), places=(SUDAN,))


def facts(**changed) -> GroundFacts:
    return GroundFacts(**{"members": ("DE",), "places": (SUDAN,), **changed})


EMBARGO = facts(places=(IRAN,))


@pytest.mark.parametrize(
    ("claim", "about", "state", "rule", "row"),
    [
        (Claim(), QUIET, "none", "nothing_claimed", ""),
        (Claim(), facts(hard_stops=("embargo",)), "none", "nothing_claimed", ""),
        (AID, QUIET, "accepted", "table", "alliance-named-basic"),
        (AID, EMBARGO, "accepted", "table", "alliance-named-basic"),
        (AID, facts(hard_stops=("list-match",)), "refused", "hard_stop", "alliance-named-basic"),
        (AID, facts(military_end_user=True), "refused", "military_end_user", "alliance-named-basic"),
        (AID, facts(open_hits=1), "review", "open_hit", "alliance-named-basic"),
        (AID, facts(critical_item=True), "review", "sensitive_goods", "alliance-named-basic"),
        (AID, facts(chpl_tiers=("1",)), "review", "sensitive_goods", "alliance-named-basic"),
        (Claim("humanitarian", "ngo_in_plan", "food"), QUIET, "review", "table", "alliance-plan-basic"),
        (
            Claim("humanitarian", "ngo_in_plan", "food", "HRP 2026"),
            QUIET,
            "accepted",
            "table",
            "alliance-plan-basic",
        ),
        (Claim("humanitarian", "ngo", "food"), QUIET, "review", "table", ""),
        (Claim("humanitarian", "un_agency", "energy"), QUIET, "review", "table", ""),
        (Claim("humanitarian", "state", "water"), QUIET, "accepted", "table", "alliance-state-basic"),
        (Claim("humanitarian", "state", "water"), EMBARGO, "review", "table", "un-others-embargo"),
        (Claim("humanitarian", "commercial", "food"), QUIET, "accepted", "table", "alliance-food-medicine"),
        (Claim("humanitarian", "commercial", "shelter"), QUIET, "review", "table", ""),
        (Claim("humanitarian", "commercial", "food"), EMBARGO, "review", "table", "un-others-embargo"),
        (Claim("crisis"), QUIET, "review", "crisis_claimed", ""),
        (Claim("crisis"), facts(hard_stops=("embargo",)), "refused", "hard_stop", ""),
        (Claim("weather", "un_agency", "food"), QUIET, "review", "unknown_kind", ""),
        (Claim("humanitarian"), QUIET, "review", "table", ""),
        (AID, facts(places=(UKRAINE,)), "review", "table", "alliance-named-basic"),
        (AID, facts(places=(CRIMEA,)), "review", "table", "alliance-named-basic"),
        (AID, facts(places=(DONETSK,)), "accepted", "table", "alliance-named-basic"),
        (AID, facts(places=(Place("UA", "UA-46"),)), "accepted", "table", "alliance-named-basic"),
        (AID, facts(members=("SE",)), "review", "table", ""),
        (AID, facts(places=()), "review", "table", ""),
        (AID, facts(members=("US",), places=(IRAN,)), "accepted", "table", "alliance-named-basic"),
        (
            Claim("humanitarian", "un_agency", "water"),
            facts(members=("DE", "US"), places=(IRAN,)),
            "review",
            "table",
            "us-aid-embargo",
        ),
    ],
)
def test_guards_come_first_and_then_the_table_decides(claim, about, state, rule, row):
    finding = evaluate(claim, about, TABLE)
    assert (finding.state, finding.rule, finding.row) == (state, rule, row)
    assert finding.reason


def test_every_guard_is_explained_to_officers():
    assert all(guard.__doc__ for guard in GUARDS)


PLACES = [SUDAN, IRAN, UKRAINE, CRIMEA, DONETSK, Place("SY", groups=frozenset({"E:1"})), Place("QQ")]


def test_the_whole_product_space_is_answered_by_rows_or_by_an_officer_and_nothing_is_refused():
    """Every provider, regime, supply and destination, also such as nobody knows."""
    asked = 0
    for provider, supply, place, member in product(
        [*Provider.values, "", "circus"],
        [*Supply.values, "", "confetti"],
        PLACES,
        ["DE", "US", "GB", "JP", "SE"],
    ):
        finding = evaluate(
            Claim("humanitarian", provider, supply, "HRP"), facts(members=(member,), places=(place,)), TABLE
        )
        asked += 1
        assert finding.state in ("accepted", "review")
        assert {one["place"] for one in finding.cited} >= {place.code}
        for one in finding.cited:
            assert one["row"] or (one["carve_out"], one["licence"]) == ("ask", "full_review")
        if any(not one["row"] for one in finding.cited):
            assert finding.state == "review"
        if finding.state == "accepted":
            assert finding.legal_basis
            assert finding.licence == "rapid_lane"
            assert all(one["row"] and one["licence_basis"] for one in finding.cited)
    assert asked == 9 * 10 * 7 * 5


@given(
    claim=st.builds(
        Claim,
        st.sampled_from(["humanitarian", "crisis", "?"]),
        st.sampled_from([*Provider.values, ""]),
        st.sampled_from([*Supply.values, ""]),
        st.sampled_from(["", "HRP"]),
    ),
    about=st.builds(
        GroundFacts,
        st.sampled_from([(), ("embargo",)]),
        st.booleans(),
        st.sampled_from([(), ("2",)]),
        st.booleans(),
        st.integers(0, 1),
        st.lists(st.sampled_from(["DE", "US", "GB", "JP", "SE"]), min_size=1, unique=True).map(tuple),
        st.lists(st.sampled_from(PLACES), unique=True).map(tuple),
    ),
)
def test_no_row_passes_a_guard(claim, about):
    finding = evaluate(claim, about, TABLE)
    if about.hard_stops:
        assert (finding.state, finding.rule) == ("refused", "hard_stop")
    if finding.state == "accepted":
        assert not any((about.critical_item, about.chpl_tiers, about.open_hits, about.military_end_user))
        assert claim.kind == "humanitarian"
        assert finding.lane == "humanitarian"
        assert about.places


def test_a_finding_tells_both_tests_apart_with_the_basis_of_each():
    finding = evaluate(AID, EMBARGO, TABLE)
    assert (finding.carve_out, finding.licence) == ("lifted", "rapid_lane")
    united_nations = next(one for one in finding.cited if one["regime"] == "un")
    assert united_nations["licence"] == "stays"
    assert "lifts no export licence requirement" in united_nations["licence_basis"]
    assert "2664" in finding.legal_basis


def test_both_tests_are_told_also_where_a_guard_decided():
    finding = evaluate(AID, facts(hard_stops=("list-match",)), TABLE)
    assert finding.state == "refused"
    assert {one["row"] for one in finding.cited} == {"un-named-basic", "eu-any", "alliance-named-basic"}


def test_what_is_only_recalled_decides_nothing():
    claim = Claim("humanitarian", "ngo_in_plan", "water", "HRP")
    finding = evaluate(claim, facts(members=("US",), places=(IRAN,)), TABLE)
    donations = next(one for one in finding.cited if one["regime"] == "us")
    assert donations["said"] == ("ask", "general_exemption")
    assert (donations["licence"], finding.licence, finding.state) == ("full_review", "full_review", "review")


def test_conditions_of_an_area_are_part_of_the_finding():
    finding = evaluate(AID, facts(places=(DONETSK,)), TABLE)
    (place,) = finding.reached
    assert place["acceptability"] == "accepted_with_conditions"
    assert len(place["conditions"]) == 2


def test_without_a_table_an_officer_decides():
    finding = evaluate(AID, QUIET, Table())
    assert (finding.state, finding.rule, finding.row) == ("review", "table", "")


def test_a_claim_is_read_from_a_dossier_whatever_is_missing():
    assert Claim.of(None) == Claim.of({}) == Claim()
    assert Claim.of({"kind": " humanitarian ", "provider": None, "extra": 1}) == Claim("humanitarian")
