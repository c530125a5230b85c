"""LEI and VAT numbers prove themselves by their check digits."""

from contextlib import suppress

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from stdnum.iso7064 import mod_97_10

from core.errors import Invalid
from members import numbers

LEI = "DEMO00RHEINWERK00015"
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def test_a_right_lei_comes_back_without_spaces_and_in_capitals():
    assert numbers.lei(" demo 00rh einwerk00015 ") == LEI


def test_no_lei_is_no_mistake():
    assert numbers.lei("  ") == ""


@given(st.text(LETTERS, min_size=18, max_size=18))
def test_every_lei_with_fitting_check_digits_is_taken(body: str):
    whole = body + mod_97_10.calc_check_digits(body)
    assert numbers.lei(whole) == whole


@given(st.integers(0, 19), st.sampled_from(LETTERS))
def test_a_lei_with_one_character_mistyped_is_refused(place: int, typed: str):
    assume(LEI[place] != typed)
    wrong = LEI[:place] + typed + LEI[place + 1 :]
    with pytest.raises(Invalid) as refused:
        numbers.lei(wrong)
    assert list(refused.value.fields) == ["lei"]


@given(st.text(max_size=40))
def test_no_text_whatever_breaks_the_checks(text: str):
    for check in (
        numbers.lei,
        lambda value: numbers.vat(value, "DE"),
        lambda value: numbers.vat(value, "US"),
    ):
        with suppress(Invalid):
            assert len(check(text)) <= 20


@pytest.mark.parametrize(
    ("value", "country", "stored"),
    [
        ("136 695 976", "DE", "DE136695976"),
        ("DE136695976", "DE", "DE136695976"),
        ("GB 980 7806 84", "GB", "GB980780684"),
        ("12-3456789", "US", "US123456789"),
        ("", "DE", ""),
    ],
)
def test_vat_numbers_are_stored_with_their_country(value: str, country: str, stored: str):
    assert numbers.vat(value, country) == stored


@pytest.mark.parametrize(
    ("value", "country", "told"),
    [
        ("DE136695978", "DE", "check digits"),
        ("DE1366", "DE", "too few or too many"),
        ("DE13669597A", "DE", "form"),
        ("1", "US", "4 to 18"),
    ],
)
def test_a_wrong_vat_number_says_what_is_wrong(value: str, country: str, told: str):
    with pytest.raises(Invalid, match=told) as refused:
        numbers.vat(value, country)
    assert list(refused.value.fields) == ["vat"]
