"""Authorisations as agreed data: none without safeguards, and nothing guessed that the source does not name."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from alliance import instruments, services
from alliance.management.commands.load_bundles import SHIPPED
from alliance.models import Instrument
from core.errors import Invalid

FILE = SHIPPED / "authorisations.json"


def shipped() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(FILE.read_text())
    return content


def entry(key: str) -> dict[str, Any]:
    return copy.deepcopy(next(one for one in shipped()["entries"] if one["key"] == key))


def terms(key: str) -> instruments.Terms:
    return instruments.parse(entry(key))


WRONG: list[tuple[tuple[str, ...], Any]] = [
    (("conditions",), []),
    (("conditions",), [""]),
    (("safeguards", "valid_days"), 0),
    (("safeguards", "valid_days"), 5000),
    (("safeguards", "report_every_days"), 0),
    (("safeguards", "report_every_days"), 400),
    (("safeguards", "record_years"), 1),
    (("items", "named"), []),
    (("destinations", "named"), ["Korea"]),
    (("members",), []),
    (("kind",), "open"),
    (("registration", "notice_days"), -1),
]


def test_an_instrument_without_a_safeguard_is_refused_at_its_path() -> None:
    for path, value in WRONG:
        broken = entry("trusted-destinations")
        place = broken
        for name in path[:-1]:
            place = place[name]
        place[path[-1]] = value
        with pytest.raises(Invalid) as error:
            instruments.accept([broken])
        assert next(iter(error.value.fields)).startswith("entries.0." + ".".join(path)), path
    without = entry("relief")
    del without["safeguards"]
    with pytest.raises(Invalid) as error:
        instruments.accept([without])
    assert list(error.value.fields) == ["entries.0.safeguards"]


@pytest.mark.parametrize("rule", ["nothing == 1", "member", "control_codes.all(", "size(reasons)"])
def test_a_rule_that_cannot_be_judged_is_refused_when_it_is_saved(rule: str) -> None:
    with pytest.raises(Invalid) as error:
        instruments.accept([entry("eu001"), {**entry("relief"), "eligibility": rule}])
    assert list(error.value.fields) == ["entries.1.eligibility"]


@pytest.mark.usefixtures("in_force")
def test_the_database_refuses_one_without_safeguards_and_any_change() -> None:
    row = Instrument.objects.get(key="relief")
    assert len(instruments.in_force()) == len(shipped()["entries"])
    for broken in ({"conditions": 0}, {"report_every_days": 0}, {"valid_days": 0}, {"record_years": 0}):
        values = {name: getattr(row, name) for name in ("kind", "title", "payload", "bundle_id")}
        bounds = {"conditions": 1, "report_every_days": 30, "valid_days": 30, "record_years": 5}
        with pytest.raises(IntegrityError), transaction.atomic():
            Instrument.objects.create(**{"key": "another", **values, **bounds, **broken})
    file = services.parse(FILE.read_bytes())
    assert services.load(file=file)[1] is False, "the same content again changes nothing"


def test_what_is_covered_is_told_and_what_is_not_held_is_not_guessed() -> None:
    eu005, eu008, eu002 = terms("eu005"), terms("eu008"), terms("eu002")
    assert instruments.covers_item(eu005, "5A001.b.2.a") is True
    assert instruments.covers_item(eu005, "5 a 001 . B . 2") is True
    assert instruments.covers_item(eu005, "5A001.b.21") is False
    assert instruments.covers_item(eu005, "5A001") is False, "the paragraph has to be named"
    assert instruments.covers_item(eu005, "5B001") is None
    assert instruments.covers_item(eu002, "2B008") is True
    assert instruments.covers_item(eu002, "6A003") is None
    assert instruments.covers_item(terms("eu007"), "6A003") is False
    assert instruments.covers_item(terms("eu007"), "6D003") is None
    assert instruments.covers_item(eu008, "5A002.a.3") is True
    assert instruments.covers_item(eu008, "5A002.c") is None


@pytest.mark.usefixtures("in_force")
def test_destinations_are_named_by_code_or_by_group() -> None:
    assert instruments.covers_destination(terms("trusted-destinations"), "KR") is True
    assert instruments.covers_destination(terms("trusted-destinations"), "SG") is False
    assert instruments.covers_destination(terms("eu008"), "US") is False
    assert instruments.covers_destination(terms("eu008"), "TH") is None
    assert instruments.covers_destination(terms("eu004"), "AE") is True
