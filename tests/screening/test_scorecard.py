"""The score: additive, monotone, honest about what is not known."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from hypothesis import given, settings
from hypothesis import strategies as st

from screening import scorecard
from screening.end_use import vagueness
from screening.score_facts import (
    CommercialInput,
    CountryInput,
    EndUseInput,
    ItemInput,
    MatchInput,
    PartyInput,
    RouteInput,
    ScoreFacts,
)
from tests.examples import examples

BANDS = [
    {"band": "green", "from": 0, "to": 24},
    {"band": "amber", "from": 25, "to": 49},
    {"band": "red", "from": 50, "to": 74},
    {"band": "black", "from": 75, "to": 100},
]
SINGAPORE = CountryInput("SG", False, False, None, False, True, True, "destination")
LABORATORY = PartyInput(
    "Straits Laboratory", "end_user", "SG", "8 Link", "https://lab.example", date(2009, 5, 4)
)
PLAIN = ScoreFacts(
    countries=(SINGAPORE,),
    items=(ItemInput(1, (), True, None),),
    parties=(LABORATORY,),
    end_use=EndUseInput("word " * 30, "8 Link", ("a", "b", "c", "d"), False, False),
    route=RouteInput(1, (), False),
    commercial=CommercialInput("bank_transfer", False),
    denied_before=False,
    exemption_claimed=False,
    today=date(2026, 11, 23),
)
MATCH = MatchInput(1.0, "exact", "us-ofac-sdn", "STRAITS LABORATORY", strong=True)

#: Worse evidence, one step each.
WORSE = {
    "embargo": lambda f: replace(f, countries=(replace(f.countries[0], embargo=True), *f.countries[1:])),
    "concern": lambda f: replace(f, countries=(replace(f.countries[0], of_concern=True), *f.countries[1:])),
    "untrusted": lambda f: replace(f, countries=(replace(f.countries[0], trusted=False), *f.countries[1:])),
    "fatf": lambda f: replace(
        f, countries=(replace(f.countries[0], fatf="countermeasures"), *f.countries[1:])
    ),
    "hub": lambda f: replace(f, countries=(replace(f.countries[0], transshipment=True), *f.countries[1:])),
    "reason": lambda f: replace(f, items=(replace(f.items[0], reasons=(*f.items[0].reasons, "MT")),)),
    "tier": lambda f: replace(f, items=(replace(f.items[0], chpl_tier="1"),)),
    "unclassified": lambda f: replace(f, items=(replace(f.items[0], classified=False),)),
    "match": lambda f: replace(f, parties=(replace(f.parties[0], matches=(MATCH,)),)),
    "young": lambda f: replace(f, parties=(replace(f.parties[0], incorporated_on=date(2025, 1, 1)),)),
    "military": lambda f: replace(f, end_use=replace(f.end_use, military_end_user=True)),
    "prohibited": lambda f: replace(f, end_use=replace(f.end_use, prohibited_end_use=True)),
    "thin": lambda f: replace(f, end_use=replace(f.end_use, purpose="short")),
    "transit": lambda f: replace(f, route=replace(f.route, transit=("AE", "KZ"))),
    "changed": lambda f: replace(f, route=replace(f.route, last_minute_change=True)),
    "payer": lambda f: replace(f, commercial=replace(f.commercial, third_party_payer=True)),
    "nowhere": lambda f: replace(
        f,
        countries=(*f.countries, CountryInput("ZZ", False, False, None, False, False, False, "destination")),
    ),
    "cash": lambda f: replace(f, commercial=replace(f.commercial, payment="cash")),
    "denied": lambda f: replace(f, denied_before=True),
}


@settings(max_examples=examples(150))
@given(st.lists(st.sampled_from(sorted(WORSE)), max_size=12), st.sampled_from(sorted(WORSE)))
def test_worse_evidence_never_lowers_the_score(before: list[str], step: str) -> None:
    facts = PLAIN
    for name in before:
        facts = WORSE[name](facts)
    low, high = scorecard.score(facts, BANDS), scorecard.score(WORSE[step](facts), BANDS)
    assert high.total >= low.total
    assert set(low.hard_stops) <= set(high.hard_stops)
    for score in (low, high):
        assert score.total == sum(line.points for line in score.lines)
        assert 0 <= score.low <= score.total <= score.high <= 100
        assert all(0 <= line.points <= line.max for line in score.lines)


def test_the_points_of_each_axis_add_up_to_its_cap() -> None:
    caps = {"destination": 20, "item": 20, "party": 20, "end_use": 15, "route": 15, "commercial": 10}
    assert {axis: sum(most for a, _f, most in scorecard.FEATURES if a == axis) for axis in caps} == caps


def test_the_table_agrees_with_the_scorecard_bundle() -> None:
    card = json.loads(Path(django_settings.BASE_DIR, "alliance", "bundles", "scorecard.json").read_text())[
        "tables"
    ]
    for axis, most in card["axes"].items():
        assert sum(points for a, _f, points in scorecard.FEATURES if a == axis) == most
    for tier, points in card["chpl_points"].items():
        facts = replace(PLAIN, items=(ItemInput(1, (), True, tier),))
        assert line(facts, "high_priority").points == points
    assert {stop["code"] for stop in card["hard_stops"]} == {"list-match", "prohibited-end-use", "embargo"}


def test_every_feature_says_what_it_looks_for() -> None:
    assert all(
        feature.__doc__ and feature.__doc__.endswith((".", ").")) for _a, feature, _m in scorecard.FEATURES
    )


def line(facts: ScoreFacts, indicator: str) -> scorecard.Line:
    (found,) = (line for line in scorecard.score(facts, BANDS).lines if line.indicator == indicator)
    return found


@pytest.mark.parametrize(
    ("indicator", "facts"),
    [
        ("unclassified", WORSE["unclassified"](PLAIN)),
        ("control_reasons", WORSE["unclassified"](PLAIN)),
        ("no_web_presence", replace(PLAIN, parties=(replace(LABORATORY, website=None),))),
        ("young_company", replace(PLAIN, parties=(replace(LABORATORY, incorporated_on=None),))),
        ("military_end_user", replace(PLAIN, end_use=replace(PLAIN.end_use, military_end_user=None))),
        ("third_party_payer", replace(PLAIN, commercial=replace(PLAIN.commercial, third_party_payer=None))),
        ("outside_trusted_groups", WORSE["nowhere"](PLAIN)),
        ("embargo_or_concern", WORSE["nowhere"](PLAIN)),
        ("fatf_listed", WORSE["nowhere"](PLAIN)),
        ("transshipment_point", WORSE["nowhere"](PLAIN)),
        ("price", PLAIN),
    ],
)
def test_what_is_not_known_counts_something_and_may_be_anything(indicator: str, facts: ScoreFacts) -> None:
    found = line(facts, indicator)
    assert found.missing
    assert found.low < found.points < found.high == found.max or found.max == found.points + 1
    assert found.points > 0


def test_a_weak_alias_adds_points_but_is_no_hard_stop() -> None:
    weak = replace(MATCH, score=0.85, rule="alias", strong=False)
    facts = replace(PLAIN, parties=(replace(LABORATORY, matches=(weak,)),))
    assert line(facts, "list_match").points > 0
    assert scorecard.score(facts, BANDS).hard_stops == ()


def test_an_embargo_on_the_way_is_no_hard_stop_but_counts() -> None:
    way = replace(SINGAPORE, code="XX", embargo=True, role="route")
    facts = replace(PLAIN, countries=(SINGAPORE, way))
    assert scorecard.score(facts, BANDS).hard_stops == ()
    assert line(facts, "embargo_or_concern").points == 6


def test_a_missing_fact_widens_the_interval_and_is_not_zero() -> None:
    unknown = replace(PLAIN, parties=(replace(LABORATORY, incorporated_on=None),))
    known, missing = scorecard.score(PLAIN, BANDS), scorecard.score(unknown, BANDS)
    assert missing.total > known.total
    assert missing.high - missing.low > known.high - known.low


@pytest.mark.parametrize(
    ("step", "code"), [("match", "list-match"), ("prohibited", "prohibited-end-use"), ("embargo", "embargo")]
)
def test_hard_stops_make_the_band_black(step: str, code: str) -> None:
    score = scorecard.score(WORSE[step](PLAIN), BANDS)
    assert [stop.code for stop in score.hard_stops] == [code]
    assert score.band == "black"


def test_an_embargo_is_no_hard_stop_where_a_humanitarian_ground_is_claimed() -> None:
    facts = replace(WORSE["embargo"](PLAIN), exemption_claimed=True)
    assert scorecard.score(facts, BANDS).hard_stops == ()


@pytest.mark.parametrize(
    "text",
    [
        "For general industrial use in our own factory.",
        "Spare parts for resale to various customers as agreed",
        "industrial use",
        "For resale",
        "general purpose use by the end user",
        "as per contract",
        "test",
        "",
    ],
)
def test_a_vague_end_use_is_told_what_is_missing(text: str) -> None:
    assert vagueness(text)


def test_a_real_end_use_passes() -> None:
    said = "Filming fuel sprays in an optical engine to validate combustion models; results are published."
    assert vagueness(said) == []


@settings(max_examples=examples(200))
@given(st.text(max_size=4000))
def test_any_text_is_judged_without_failing(text: str) -> None:
    assert all(isinstance(sentence, str) for sentence in vagueness(text))
