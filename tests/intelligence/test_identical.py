"""What makes a transaction essentially identical to a denied one: a pure comparison, part by part."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intelligence.identical import SAME_ORDER, Line, Named, Outcome, Refused, Ruler, Transaction, compare
from intelligence.names import normal_code

RULER = Ruler(
    alike=lambda one, other: 1.0 if one == other else 0.8 if one[:4] == other[:4] else 0.1, same=1.0, near=0.7
)
DENIED = Refused(
    codes=("6A003",),
    destination="KZ",
    parties=(Named("Acme Optics", "end_user", "KZ", shared=7, numbers=frozenset({"lei:1"})),),
    lines=(Line("6A003.b", Decimal(10), "NMB"),),
)
ASKED = Transaction(
    lines=(Line("6a003.a", Decimal(12), "nmb"),), receivers=(Named("Acme Optics", "end_user", "KZ"),)
)


def outcomes(transaction: Transaction, refused: Refused = DENIED) -> dict[str, str]:
    return {part.name: str(part.outcome) for part in compare(transaction, refused, RULER).parts}


def test_the_same_transaction_is_identical_and_every_part_says_why() -> None:
    found = compare(ASKED, DENIED, RULER)
    assert found.identical
    assert found.exact
    assert set(outcomes(ASKED).values()) == {"same"}
    assert all(part.sentence for part in found.parts)


@pytest.mark.parametrize(
    ("part", "asked"),
    [
        ("item", replace(ASKED, lines=(Line("3A001"),))),
        ("party", replace(ASKED, receivers=(Named("Nobody", "end_user", "KZ"),))),
        ("destination", replace(ASKED, receivers=(Named("Acme Optics", "end_user", "KG"),))),
    ],
)
def test_another_item_party_or_destination_is_another_transaction(part: str, asked: Transaction) -> None:
    assert not compare(asked, DENIED, RULER).identical
    assert outcomes(asked)[part] == "differs"


def test_a_name_that_resembles_is_near_and_is_asked_about() -> None:
    near = replace(ASKED, receivers=(Named("Acme Trading", "consignee", "KZ"),))
    found = compare(near, DENIED, RULER)
    assert found.identical
    assert not found.exact
    assert outcomes(near)["party"] == "near"


@pytest.mark.parametrize("same", [{"shared": 7}, {"numbers": frozenset({"lei:1"})}])
def test_a_party_known_or_numbered_as_the_denied_one_is_the_same_by_any_name(same: dict[str, object]) -> None:
    assert (
        outcomes(replace(ASKED, receivers=(replace(Named("Other Name", "end_user", "KZ"), **same),)))[  # type: ignore[arg-type]
            "party"
        ]
        == "same"
    )


@given(times=st.integers(1, 10_000), unit=st.sampled_from(["NMB", "KGM"]))
def test_a_quantity_of_another_order_is_told_and_clears_nothing(times: int, unit: str) -> None:
    asked = replace(ASKED, lines=(Line("6A003", Decimal(10) * times, unit),))
    found = compare(asked, DENIED, RULER)
    assert found.identical
    expected = Outcome.UNKNOWN if unit == "KGM" else Outcome.SAME if times <= SAME_ORDER else Outcome.DIFFERS
    assert found.parts[3].outcome == expected
    assert found.exact is (expected != Outcome.DIFFERS)


def test_what_no_list_has_meets_a_catch_all_denial_and_no_other() -> None:
    catch_all = replace(DENIED, codes=("CATCH-ALL",), lines=())
    unlisted = replace(ASKED, lines=(Line("EAR99", listed=False),))
    assert outcomes(unlisted, catch_all)["item"] == "near"
    assert outcomes(ASKED, catch_all)["item"] == outcomes(unlisted)["item"] == "differs"


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("6a003.b.4", "6A003"), ("ML 22.a", "ML22"), ("ml2", "ML2"), ("Catch all", "CATCH-ALL"),
        ("catch-all", "CATCH-ALL"), ("0A00100", "0A00100"), ("  ", ""),
    ],
)  # fmt: skip
def test_codes_are_compared_by_heading(written: str, compared: str) -> None:
    assert normal_code(written) == compared
