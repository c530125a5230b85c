"""Variables of the environment are read strictly."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.settings import environment


@pytest.mark.parametrize(
    ("value", "found"), [("1", True), ("Yes", True), ("off", False), ("0", False), ("", True)]
)
def test_a_flag_is_yes_no_or_its_default(monkeypatch, value, found):
    monkeypatch.setenv("ENTENTE_X", value)
    assert environment.flag("ENTENTE_X", default=True) is found


def test_a_flag_of_another_kind_is_refused(monkeypatch):
    monkeypatch.setenv("ENTENTE_X", "maybe")
    with pytest.raises(ImproperlyConfigured, match="neither yes nor no"):
        environment.flag("ENTENTE_X")


def test_a_number_that_is_none_is_refused(monkeypatch):
    monkeypatch.setenv("ENTENTE_X", "ten")
    with pytest.raises(ImproperlyConfigured, match="not a whole number"):
        environment.number("ENTENTE_X", 1)


def test_words_are_separated_by_commas(monkeypatch):
    monkeypatch.setenv("ENTENTE_X", " a.example.org, ,b.example.org ")
    assert environment.words("ENTENTE_X") == ["a.example.org", "b.example.org"]
