"""A country is compared by what it is, however a publisher writes it."""

import pytest

from screening.engine.countries import code_of, same_country


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("Russia", "RU"),
        ("RU", "RU"),
        ("Russian  Federation", "RU"),
        ("Iran (Islamic Republic of)", "IR"),
        ("Korea, North", "KP"),
        ("prk", "KP"),
        ("Atlantis", ""),
        ("", ""),
    ],
)
def test_countries_are_known_as_lists_write_them(written: str, code: str) -> None:
    assert code_of(written) == code


def test_what_is_not_known_is_neither_the_same_nor_another() -> None:
    assert same_country("CN", ["China"]) is True
    assert same_country("KZ", ["Russia", "Iran"]) is False
    assert same_country("KZ", ["Russia", "Region: Crimea"]) is None
    assert same_country("KZ", ["Region: Gaza", "Kazakhstan"]) is True
    assert same_country("KZ", []) is None
