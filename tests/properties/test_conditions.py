"""Conditions of several members as one set: whoever speaks first, and however often."""

from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Invalid
from licensing import conditions
from licensing.conditions import INCOMPATIBLE, KINDS
from tests.examples import examples

many = settings(max_examples=examples(80))

AMOUNTS = st.decimals(min_value=Decimal("0.001"), max_value=10**14, places=3)
VALUES = {
    "quantity_cap": AMOUNTS.map(str),
    "value_cap": AMOUNTS.map(str),
    "valid_until": st.dates(date(2026, 1, 1), date(2030, 1, 1)).map(date.isoformat),
    "delivery_verification_within": st.integers(1, 9999).map(str),
    "end_use_report_every": st.integers(1, 9999).map(str),
    "text": st.text("abc ", min_size=10, max_size=60).filter(lambda text: len(" ".join(text.split())) >= 10),
}


@st.composite
def condition(draw: st.DrawFn) -> conditions.Condition:
    code = draw(st.sampled_from(sorted(KINDS)))
    entry: conditions.Condition = {"code": code}
    if KINDS[code].read is not None:
        entry["value"] = draw(VALUES[code])
    if KINDS[code].per_line:
        entry["line"] = draw(st.integers(1, 3))
    return entry


SETS = st.lists(st.lists(condition(), max_size=5).map(conditions.clean), max_size=5)


@many
@given(SETS, st.randoms(use_true_random=False))
def test_the_order_of_members_and_of_their_conditions_makes_no_difference(sets, random) -> None:
    other = [random.sample(one, len(one)) for one in random.sample(sets, len(sets))]
    assert conditions.merge(sets) == conditions.merge(other)


@many
@given(SETS)
def test_merging_what_is_merged_changes_nothing(sets) -> None:
    merged = conditions.merge(sets)
    assert conditions.merge([merged.conditions]) == merged
    assert conditions.merge([merged.conditions, *sets]) == merged


@many
@given(SETS, st.integers(1, 3), AMOUNTS)
def test_a_further_member_can_only_make_the_set_stricter(sets, line, asked) -> None:
    fewer, all_of_them = conditions.merge(sets[:-1]), conditions.merge(sets)
    for code in ("quantity_cap", "value_cap"):
        assert conditions.cap(all_of_them.conditions, code, line, asked) <= conditions.cap(
            fewer.conditions, code, line, asked
        )
    wanted = date(2031, 1, 1)
    assert conditions.last_day(all_of_them.conditions, wanted) <= conditions.last_day(
        fewer.conditions, wanted
    )
    assert set(fewer.conflicts) <= set(all_of_them.conflicts)


@many
@given(SETS)
def test_a_pair_that_cannot_be_kept_is_always_named(sets) -> None:
    asked = {entry["code"] for one in sets for entry in one}
    expected = {tuple(sorted(pair)) for pair in INCOMPATIBLE if pair <= asked}
    assert set(conditions.merge(sets).conflicts) == expected


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
ENTRY = st.fixed_dictionaries(
    {"code": JSON | st.sampled_from(sorted(KINDS))},
    optional={
        "value": JSON | st.sampled_from(["1e9", "NaN", "-1", "0", "1e999999", "٣", "2026-02-30", "9" * 5000]),
        "line": JSON | st.integers(),
    },
)


@many
@given(st.lists(JSON | ENTRY, max_size=4))
def test_any_json_is_refused_by_field_or_becomes_plain(entries) -> None:
    try:
        cleaned = conditions.clean(entries)
    except Invalid as error:
        refused, cleaned = list(error.fields), []
    else:
        refused = []
    assert bool(refused) or len(cleaned) == len(entries)
    assert all(path.startswith("conditions[") for path in refused)
    assert conditions.clean(cleaned) == cleaned
    conditions.merge([cleaned])
