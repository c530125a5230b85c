"""The criteria in force choose exactly one way for any facts, and silence never approves a critical item."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alliance import criteria, selectors
from alliance.facts import FACTS
from core.errors import Invalid, NotFound
from tests.alliance.conftest import load, shipped
from tests.examples import examples

MEMBERS = ["DE", "FR", "JP", "CA"]
CODES = [*MEMBERS, "KZ", "IR", "BR", ""]


STAKE_RULES = {"goods-located", "transit", "components", "denied-before"}


def facts(**known: object) -> dict[str, object]:
    """Facts of an uneventful case led by Germany."""
    ordinary = {
        "exporter_jurisdiction": "DE", "exporter_reference": "", "goods_location": ["DE"],
        "destinations": ["BR"], "transit": [], "countries": ["BR", "DE"], "components_from": [],
        "members": MEMBERS, "denial_issuers": [], "control_codes": ["3A001"], "categories": ["3"],
        "reasons": ["NS"], "chpl_tiers": [], "critical_item": False, "classification_requested": False,
        "embargoed": False, "of_concern": False, "military_end_user": False, "score": 10, "score_low": 8,
        "score_high": 20, "band": "green", "hard_stops": [], "open_hits": 0, "lists_stale": [], "ground": "none",
        "ground_state": "none", "emergency": "none", "total_value_minor": 100_000, "currencies": ["EUR"],
        "trader_level": 0,
    }  # fmt: skip
    return ordinary | known


@pytest.mark.parametrize(
    ("known", "lane", "charter", "rule"),
    [
        ({}, "standard", "lead-alone", "green"),
        ({"transit": ["FR"]}, "standard", "consultation-10wd", "green-stakes"),
        ({"transit": ["FR"], "critical_item": True}, "standard", "crisis-48-24-12", "green-stakes-critical"),
        ({"critical_item": True}, "standard", "lead-alone", "green"),
        ({"band": "amber"}, "standard", "consultation-10wd", "amber"),
        ({"band": "amber", "critical_item": True}, "standard", "crisis-48-24-12", "amber-critical"),
        ({"band": "red", "transit": ["FR"]}, "crisis", "crisis-48-24-12", "red"),
        ({"band": "red"}, "crisis", "crisis-unit-24-12", "grave-without-stakes"),
        ({"band": "black", "transit": ["FR"]}, "crisis", "crisis-48-24-12", "hard-stop"),
        ({"hard_stops": ["embargo"], "transit": ["FR"]}, "crisis", "crisis-48-24-12", "hard-stop"),
        ({"hard_stops": ["embargo"]}, "crisis", "crisis-unit-24-12", "grave-without-stakes"),
        ({"critical_item": True, "of_concern": True}, "crisis", "crisis-unit-24-12", "grave-without-stakes"),
        (
            {"critical_item": True, "of_concern": True, "transit": ["FR"]},
            "crisis", "crisis-48-24-12", "critical-destination",
        ),
        ({"of_concern": True}, "standard", "lead-alone", "green"),
        (
            {"ground": "humanitarian", "ground_state": "accepted", "band": "red"},
            "humanitarian", "humanitarian-16-8", "humanitarian",
        ),
        (
            {"ground": "humanitarian", "ground_state": "accepted", "hard_stops": ["list-match"]},
            "crisis", "crisis-unit-24-12", "grave-without-stakes",
        ),
        ({"ground": "humanitarian", "ground_state": "review"}, "standard", "lead-alone", "green"),
        ({"band": ""}, "standard", "crisis-48-24-12", "review"),
        ({"lists_stale": ["us-ofac-sdn"]}, "standard", "lead-alone", "green-stale"),
        ({"lists_stale": ["x"], "transit": ["FR"]}, "standard", "consultation-10wd", "green-stakes"),
        ({"lists_stale": ["x"], "band": "amber"}, "standard", "consultation-10wd", "amber"),
        (
            {"lists_stale": ["x"], "ground": "humanitarian", "ground_state": "accepted"},
            "humanitarian", "humanitarian-16-8", "humanitarian-stale",
        ),
        (
            {
                "lists_stale": ["x"], "hard_stops": ["list-match"],
                "ground": "humanitarian", "ground_state": "accepted",
            },
            "crisis", "crisis-unit-24-12", "grave-without-stakes",
        ),
        ({"emergency": "requested"}, "standard", "lead-alone", "green"),
        ({"emergency": "declined", "transit": ["FR"]}, "standard", "consultation-10wd", "green-stakes"),
        ({"emergency": "accepted"}, "crisis", "crisis-unit-24-12", "emergency-without-stakes"),
        ({"emergency": "accepted", "transit": ["FR"]}, "crisis", "crisis-48-24-12", "emergency"),
        (
            {"emergency": "accepted", "hard_stops": ["embargo"]},
            "crisis", "crisis-unit-24-12", "grave-without-stakes",
        ),
        ({"exporter_reference": "DRILL-1"}, "standard", "lead-alone", "green"),
    ],
)  # fmt: skip
def test_the_first_rule_that_fires_leads_the_way(rules, known, lane, charter, rule):
    choice = criteria.choose(facts(**known))
    assert (choice.lane, choice.charter_key, choice.rule_key) == (lane, charter, rule)
    assert choice.review is (rule in ("review", "green-stale", "humanitarian-stale"))
    assert choice.sentence
    by_charter = charter.startswith("crisis") or rule == "humanitarian-stale"
    assert choice.critical is (known.get("critical_item", False) or by_charter)
    assert choice.legal_basis


def test_a_drill_is_known_by_its_reference_in_the_demonstration_alliance_only(drill_rules):
    choice = criteria.choose(facts(exporter_reference="DRILL-7"))
    assert (choice.charter_key, choice.rule_key) == ("drill", "drill")
    assert criteria.choose(facts(exporter_reference="no DRILL-7")).charter_key == "lead-alone"


def test_every_member_with_a_stake_is_named_with_the_reason(rules):
    choice = criteria.choose(
        facts(
            goods_location=["FR", "BR"], transit=["JP", "DE"], components_from=["FR"], denial_issuers=["CA"]
        )
    )
    assert [(stake.jurisdiction, stake.kind, stake.binding, stake.rule_key) for stake in choice.stakes] == [
        ("CA", "no_undercut", False, "denied-before"),
        ("FR", "essential_security", False, "components"),
        ("FR", "location", True, "goods-located"),
        ("JP", "essential_security", False, "transit"),
    ]
    assert {stake.legal_basis for stake in choice.stakes} > {"Reg (EU) 2021/821 Art 14(1)"}


def test_the_trace_tells_what_every_rule_said(rules):
    trace = criteria.choose(facts(transit=["FR"])).trace
    assert ("transit", "fired", "FR") in trace
    assert ("red", "not", "") in trace
    assert trace[-1] == ("green-stakes", "fired", "")


@pytest.mark.parametrize(
    "wrong",
    [
        {"score": 1.5},
        {"band": None},
        {"transit": ["FR"] * 201},
        {"extra": 1},
        {"embargoed": 1},
        {"score": 2**60},
    ],
)
def test_facts_outside_the_vocabulary_go_to_review_and_are_named(rules, wrong):
    choice = criteria.choose(facts(**wrong))
    assert (choice.review, choice.rule_key) == (True, "review")
    key, verdict, detail = choice.trace[0]
    assert (key, verdict) == ("facts", "error")
    assert detail.startswith(next(iter(wrong)))


def with_rule(**rule: object) -> None:
    """Put a further rule on top of the shipped ones in force."""
    document = shipped("demo/criteria")
    document["version"] = "test"
    document["entries"] = [document["entries"][0] | rule]
    load(document)


def test_a_rule_that_gives_no_answer_sends_the_case_to_review(rules):
    with_rule(
        expression="size(hard_stops) == 1 ? 1 / open_hits > 0 : false",
        outcome={"lane": "standard", "charter": "lead-alone"},
    )
    assert criteria.choose(facts()).rule_key == "green"
    choice = criteria.choose(facts(hard_stops=["embargo"]))
    assert (choice.review, choice.charter_key) == (True, "crisis-48-24-12")
    assert any(verdict == "error" and "zero" in detail for _key, verdict, detail in choice.trace)


def test_a_stake_rule_that_gives_no_answer_sends_the_case_to_review_with_the_stakes_found(rules):
    with_rule(
        key="odd",
        kind="stake",
        expression="size(transit) == 1 ? [transit[3]] : []",
        outcome={"consultation": "location", "binding": True},
    )
    choice = criteria.choose(facts(transit=["FR"]))
    assert choice.review
    assert [stake.jurisdiction for stake in choice.stakes] == ["FR"]


def test_no_bundle_can_let_silence_approve_a_critical_item(rules):
    with_rule(expression="true", outcome={"lane": "standard", "charter": "consultation-10wd"})
    assert criteria.choose(facts()).charter_key == "consultation-10wd"
    choice = criteria.choose(facts(critical_item=True))
    assert (choice.review, choice.charter_key) == (True, "crisis-48-24-12")


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (lambda d: d["entries"][0].update(expression="band =="), "entries.0.expression"),
        (lambda d: d["entries"][1].update(expression="profit > 3"), "entries.1.expression"),
        (lambda d: d["entries"][0].update(rank=d["entries"][1]["rank"]), "entries.1.rank"),
        (lambda d: d["entries"][0]["outcome"].update(lane="fast"), "entries.0.outcome.lane"),
        (lambda d: d["entries"][0]["outcome"].update(charter="magna-carta"), "entries.0.outcome.charter"),
        (lambda d: d["entries"][0].update(review_date="soon"), "entries.0.review_date"),
        (lambda d: d["entries"][0].pop("owner"), "entries.0.owner"),
        (
            lambda d: d["entries"][15]["outcome"].update(consultation="chat"),
            "entries.15.outcome.consultation",
        ),
        (lambda d: d["entries"][15].update(expression="true"), "entries.15.expression"),
        (lambda d: d["entries"][14].update(expression="band == 'red'"), "entries.14.outcome"),
        (lambda d: d["entries"][14]["outcome"].pop("review"), "entries.14.outcome"),
        (
            lambda d: d["entries"][14]["outcome"].update(charter="consultation-10wd"),
            "entries.14.outcome.charter",
        ),
        (lambda d: d.update(entries=[]), "entries"),
    ],
)
def test_a_bundle_of_criteria_that_could_fail_is_not_loaded(rules, change, path):
    document = shipped("criteria") | {"version": "test"}
    change(document)
    with pytest.raises(Invalid) as error:
        load(document)
    assert list(error.value.fields) == [path]
    assert selectors.in_force("criteria").version == "2026-11-27.2"


def test_one_choice_reads_one_state_of_the_bundles(rules, django_assert_max_num_queries):
    criteria.choose(facts())
    with django_assert_max_num_queries(1):
        criteria.choose(facts(transit=["FR"]))


def test_without_criteria_nothing_is_routed(db):
    with pytest.raises((Invalid, NotFound)):
        criteria.choose(facts())


VALUES = {
    "string": st.sampled_from(["DE", "green", "amber", "red", "black", "humanitarian", "accepted", ""]),
    "bool": st.booleans(),
    "int": st.integers(-1, 10**6),
    "list": st.lists(st.sampled_from(CODES), max_size=4),
}
ANY_FACTS = st.fixed_dictionaries({fact.name: VALUES[fact.type] for fact in FACTS}).flatmap(
    lambda known: st.fixed_dictionaries(
        {
            "band": st.sampled_from(["green", "amber", "red", "black", ""]),
            "ground": st.sampled_from(["none", "crisis", "humanitarian"]),
            "ground_state": st.sampled_from(["none", "accepted", "review", "refused"]),
        }
    ).map(lambda chosen: known | chosen)
)


@settings(max_examples=examples(200), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(known=ANY_FACTS)
def test_any_facts_have_one_lane_and_silence_never_approves_a_critical_item(drill_rules, known):
    choice = criteria.choose(known)
    assert choice.lane in criteria.LANES
    fired = [key for key, verdict, _detail in choice.trace if verdict == "fired"]
    assert [key for key in fired if key not in STAKE_RULES] == [choice.rule_key]
    charter = selectors.charter(choice.charter_key)
    if known["critical_item"]:
        assert choice.critical
        assert not charter.silence_may_approve
    if choice.lane == "crisis" and not choice.stakes:
        assert charter.tiers[0].seats.kind == "crisis_unit" or choice.rule_key == "drill"
    if choice.lane != "crisis":
        assert known["band"] not in ("red", "black") or choice.lane == "humanitarian"
        assert not known["hard_stops"]
    assert {stake.jurisdiction for stake in choice.stakes} <= set(known["members"])
    assert criteria.choose(known) == choice
