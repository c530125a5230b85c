"""The dossier: any JSON is judged, none makes the judge fail."""

import copy
import json
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from api.examples import DOSSIER
from licensing import dossier as dossiers
from licensing.dossier.identifiers import IDENTIFIERS, container_problem, problem
from tests.examples import examples

many = settings(max_examples=examples(60))

ODD = st.sampled_from(
    ["", "\x00", "\ud800", "9" * 400, "1e999", "-1", "NaN", "Infinity", "٣", "0.0001", "2026-02-30", "SG\n",
     "FRLEH ", True, False, None, 0, -1, 10**40, 1.5, float("nan"), float("inf"), [], {}, [[]], [{}], [None],
     "a" * 5000]
)  # fmt: skip
KEYS = st.sampled_from(
    [*dossiers.SECTIONS, *dossiers.TOP_TEXTS, *DOSSIER["items"][0], *DOSSIER["parties"][0], *DOSSIER["end_use"],
     "legs", "scheme", "value", "uid", "x"]
)  # fmt: skip
JSON = st.recursive(
    ODD | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=6,
)


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        found += paths(inner, (*path, key))
    return found


def replaced(path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    dossier = copy.deepcopy(DOSSIER)
    at: Any = dossier
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return dossier


def judged(dossier: Any) -> list[dossiers.Deficiency]:
    found = dossiers.check(dossier)
    if not dossiers.check_shape(dossier):  # then it is kept, and has to be able to be
        assert "\\u0000" not in json.dumps(dossier, allow_nan=False)
        assert len(dossiers.fingerprint(dossier)) == 64
    assert all(item.code and item.message for item in found)
    return found


@pytest.mark.usefixtures("in_force")
def test_any_json_is_judged() -> None:
    @many
    @given(JSON | st.dictionaries(st.sampled_from([*dossiers.SECTIONS, *dossiers.TOP_TEXTS]), JSON))
    def run(dossier: Any) -> None:
        assert judged(dossier)

    run()


@pytest.mark.usefixtures("in_force")
def test_a_complete_dossier_with_any_one_field_replaced_is_judged() -> None:
    @settings(max_examples=examples(80))
    @given(st.sampled_from(paths(DOSSIER)), ODD | JSON)
    def run(path: tuple[Any, ...], value: Any) -> None:
        for item in judged(replaced(path, value)):
            assert item.path or item.code in ("bad_text", "not_json", "too_deep", "too_large")

    run()
    assert dossiers.check(copy.deepcopy(DOSSIER)) == []


@many
@given(JSON, JSON)
def test_a_difference_names_each_leaf_that_changed_and_no_other(before: Any, after: Any) -> None:
    assume("NaN" not in json.dumps([before, after]))  # which no dossier holds: it is refused as no JSON
    changed = dossiers.difference({"x": before}, {"x": after})
    assert dossiers.difference({"x": before}, {"x": before}) == []
    assert [entry["path"] for entry in changed] == sorted({entry["path"] for entry in changed})


@many
@given(
    st.sampled_from(IDENTIFIERS),
    st.text(max_size=30) | st.from_regex(r"[A-Z]{2}[0-9A-Z]{6,18}", fullmatch=True),
)
def test_any_text_can_be_checked_as_an_identifier(scheme: str, value: str) -> None:
    wrong = problem(scheme, value)
    assert wrong is None or wrong[0] in ("bad_check_digit", "bad_identifier")
    assert container_problem(value) is None or not value.startswith("CSQU3054383")


@pytest.mark.parametrize("place", ["items[0].quantity", "items[0].hs_code", "items[0].value"])
def test_digits_of_other_scripts_are_no_digits(in_force: None, place: str) -> None:
    path = ("items", 0, place.rpartition(".")[2])
    assert [item.path for item in dossiers.check(replaced(path, "٣" * 6))] == [place]
