"""Conditions of several members become one set, whoever speaks first."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import Invalid
from licensing import conditions
from licensing.conditions import CONTAINED, INCOMPATIBLE, KINDS, merge

AMOUNTS = st.decimals("0.001", "99999", places=3).map(lambda number: format(number.normalize(), "f"))
DATES = st.dates().map(lambda day: day.isoformat())
DAYS = st.integers(1, 999).map(str)
VALUES = {"valid_until": DATES, "delivery_verification_within": DAYS, "end_use_report_every": DAYS}


@st.composite
def condition(draw: st.DrawFn) -> conditions.Condition:
    code = draw(st.sampled_from(sorted(KINDS)))
    found: conditions.Condition = {"code": code}
    if code == "text":
        found["value"] = draw(st.sampled_from(["Shipped by air alone.", "Sealed by customs at the border."]))
    elif KINDS[code].per_line:
        found |= {"value": draw(AMOUNTS), "line": draw(st.integers(1, 3))}
    elif KINDS[code].read is not None:
        found["value"] = draw(VALUES[code])
    return found


settings.register_profile("patient", suppress_health_check=[HealthCheck.too_slow])
PATIENT = settings.get_profile("patient")
SETS = st.lists(st.lists(condition(), max_size=4), max_size=5)


@PATIENT
@given(SETS, st.randoms())
def test_the_order_in_which_members_speak_makes_no_difference(sets, random):
    shuffled = [random.sample(entries, len(entries)) for entries in sets]
    random.shuffle(shuffled)
    assert merge(shuffled) == merge(sets)


@PATIENT
@given(SETS)
def test_merging_again_changes_nothing(sets):
    once = merge(sets)
    assert merge([once.conditions]) == once
    assert merge([once.conditions, *sets]) == once


@PATIENT
@given(SETS)
def test_the_result_is_never_weaker_than_any_member_asked(sets):
    merged = {(entry["code"], entry.get("line")): entry for entry in merge(sets).conditions}
    for entry in [entry for entries in sets for entry in entries]:
        code = entry["code"]
        if code == "text":
            assert entry in merge(sets).conditions
        elif code in CONTAINED and CONTAINED[code] in {key[0] for key in merged}:
            assert (CONTAINED[code], None) in merged
        elif "line" in entry or code in ("delivery_verification_within", "end_use_report_every"):
            assert Decimal(merged[code, entry.get("line")]["value"]) <= Decimal(entry["value"])
        elif code == "valid_until":
            assert merged[code, None]["value"] <= entry["value"]
        else:
            assert (code, None) in merged


@PATIENT
@given(SETS)
def test_a_conflict_is_named_exactly_when_both_of_a_pair_are_asked(sets):
    codes = {entry["code"] for entries in sets for entry in entries}
    assert set(map(frozenset, merge(sets).conflicts)) == {pair for pair in INCOMPATIBLE if pair <= codes}


def test_the_stricter_of_two_wins_and_the_weaker_gives_way():
    merged = merge(
        [
            [{"code": "quantity_cap", "line": 1, "value": "10"}, {"code": "reexport_with_consent"}],
            [{"code": "quantity_cap", "line": 1, "value": "9.5"}, {"code": "no_reexport"}],
        ]
    )
    assert merged.conditions == [
        {"code": "no_reexport"},
        {"code": "quantity_cap", "line": 1, "value": "9.5"},
    ]


@pytest.mark.parametrize(
    ("entry", "path"),
    [
        ({"code": "nonsense"}, "conditions[0].code"),
        ("no_reexport", "conditions[0].code"),
        ({"code": ["no_reexport"]}, "conditions[0].code"),
        ({"code": "quantity_cap", "value": "-1", "line": 1}, "conditions[0].value"),
        ({"code": "quantity_cap", "value": "NaN", "line": 1}, "conditions[0].value"),
        ({"code": "quantity_cap", "value": "1e400", "line": 1}, "conditions[0].value"),
        ({"code": "quantity_cap", "value": "1"}, "conditions[0].line"),
        ({"code": "quantity_cap", "value": "1", "line": True}, "conditions[0].line"),
        ({"code": "valid_until", "value": "31.12.2026"}, "conditions[0].value"),
        ({"code": "end_use_report_every", "value": "0"}, "conditions[0].value"),
        ({"code": "text", "value": "short"}, "conditions[0].value"),
    ],
)
def test_what_is_no_condition_is_refused_with_its_place(entry, path):
    with pytest.raises(Invalid) as refused:
        conditions.clean([entry])
    assert list(refused.value.fields) == [path]


def test_a_condition_is_told_in_words():
    assert conditions.describe({"code": "no_reexport"}) == "No re-export"
    told = conditions.describe({"code": "quantity_cap", "line": 2, "value": "5"})
    assert told == "At most this quantity: 5 (line 2)"
