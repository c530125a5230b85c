"""The library: what is shipped, writing and agreeing on sets, profiles, and the check in a file."""

from __future__ import annotations

import dataclasses
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from hypothesis import given
from hypothesis import strategies as st

from alliance import adopting, charter_text, criteria, library, preparing, selectors
from alliance.measures import Effect, Trade
from alliance.models import PreparedSet
from core.errors import Conflict, Forbidden, Invalid
from members.models import Role
from tests import crises, factories
from tests.alliance.conftest import load, shipped
from tests.alliance.test_criteria import facts
from tests.crises import decider, drafted, measures, seat

pytestmark = pytest.mark.usefixtures("in_force")


def test_four_sets_are_shipped_and_every_measure_of_them_has_a_way_out() -> None:
    found = library.library()
    assert [one.set.key for one in found] == [
        "diversion-surge", "embargo-tightening", "member-under-attack", "pandemic-surge",
    ]  # fmt: skip
    assert {measure.effect for one in found for measure in one.set.measures} == set(Effect)
    for one in found:
        everything = [lift for step in one.set.exit for lift in step.lifts if not lift.scope]
        assert {key for lift in everything for key in lift.measures} == {m.key for m in one.set.measures}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"exit": []}, "exit"),
        ({"objective": ""}, "objective"),
        ({"legal_basis": " "}, "legal_basis"),
        ({"sunset": {"amount": 7, "unit": "months"}}, "sunset.amount"),
        ({"sunset": {"amount": 185, "unit": "calendar_days"}}, "sunset.amount"),
        ({"scenario": "no-such"}, "scenario"),
        ({"measures": []}, "measures"),
        ({"key": "Two words"}, "key"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_set_without_what_it_needs_is_refused_with_its_place(change: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as error:
        preparing.write(actor=seat("DE"), text=charter_text.write(measures(**change)))
    assert list(error.value.fields) == [field]
    assert not PreparedSet.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"effect": "nationalise"}, "measures.0.effect"),
        ({"charter": "lead-alone"}, "measures.0.charter"),
        ({"effect": "lane", "charter": "lead-alone"}, "measures.0.charter"),
        ({"effect": "lane", "charter": "consultation-10wd"}, "measures.0.charter"),
        ({"effect": "lane", "charter": "no-such"}, "measures.0.charter"),
        ({"effect": "consult", "members": ["ZZ"]}, "measures.0.members"),
        ({"members": ["FR"]}, "measures.0.members"),
        ({"scope": {"destinations": ["Singapore"]}}, "measures.0.scope.destinations.0"),
    ],
)
def test_a_measure_that_does_not_fit_is_refused_with_its_place(change: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as error:
        drafted(**change)
    assert list(error.value.fields) == [field]


def test_a_draft_is_agreed_by_another_member_and_is_then_what_is_declared() -> None:
    draft = drafted()
    assert "cameras" not in {one.set.key for one in library.library()}
    with pytest.raises(Forbidden, match="another person"):
        preparing.agree(actor=draft.author, prepared=draft)
    with pytest.raises(Forbidden, match="another member"):
        preparing.agree(actor=seat("DE"), prepared=draft)
    with pytest.raises(Forbidden, match="deciders and seats"):
        preparing.agree(actor=factories.officer_of("FR"), prepared=draft)
    preparing.agree(actor=decider("FR"), prepared=draft)
    assert library.prepared("cameras").written == draft
    with pytest.raises(Conflict):
        preparing.agree(actor=decider("FR"), prepared=draft)
    with pytest.raises(Conflict, match="already"):
        drafted()
    preparing.agree(actor=decider("FR"), prepared=drafted("2"))
    assert library.prepared("cameras").set.version == "2"


def test_who_was_prepared_for_one_version_is_not_for_the_next() -> None:
    preparing.agree(actor=decider("FR"), prepared=drafted())
    french = decider("FR")
    adopting.state_preparedness(actor=french, set_key="cameras", legal_reference=crises.LAW)
    with pytest.raises(Conflict, match="prepared for this version already"):
        adopting.state_preparedness(actor=french, set_key="cameras", legal_reference=crises.LAW)
    preparing.agree(actor=decider("FR"), prepared=drafted("2"))
    declaration = crises.in_force(set_key="cameras")
    assert not declaration.adoptions.filter(status="adopted").exists()
    with pytest.raises(Forbidden, match="Only a decider"):
        adopting.state_preparedness(
            actor=factories.officer_of("FR", Role.CRISIS_SEAT), set_key="cameras", legal_reference=crises.LAW
        )


def test_a_crisis_keeps_the_set_it_was_declared_with() -> None:
    agreed = preparing.agree(actor=decider("FR"), prepared=drafted())
    declaration = crises.in_force(set_key="cameras")
    preparing.retire(actor=decider("FR"), prepared=agreed, reason="It has served its time.")
    assert "cameras" not in {one.set.key for one in library.library()}
    assert declaration.payload == agreed.payload
    with pytest.raises(Invalid):
        crises.proposed(set_key="cameras")


def test_a_scenario_changes_its_parameters_and_nothing_else() -> None:
    """A case goes the same way under every profile that differs in none of its parameters; under those shipped it
    differs at most by running in the crisis lane from the score on that the profile names."""
    trade = Trade("DE", frozenset({"6A003"}), frozenset({"SG"}))
    asked = [facts(score=score, band=band) for score, band in ((10, "green"), (45, "amber"), (65, "amber"))]
    before = [criteria.choose(one, trade) for one in asked]
    set_key = preparing.agree(actor=decider("FR"), prepared=drafted()).key
    for key, profile in selectors.scenarios().items():
        declaration = crises.in_force("DE", set_key=set_key, scenario=key)
        for one, old in zip(asked, before, strict=True):
            new = criteria.choose(one, trade)
            least = profile.lane_from_score
            if least is not None and one["score"] >= least:
                assert (new.lane, new.charter_key) == ("crisis", profile.charter)
                assert f"{least}" in new.sentence
            else:
                assert new == old
            assert new.stakes == old.stakes
        crises.end(declaration)
    told = {"key", "title", "sentence", "agreed"}
    parameters = {field.name for field in dataclasses.fields(profile)} - told
    entry = shipped("scenarios")["entries"][0]
    assert set(entry["parameters"]) == parameters


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"report_hours": []}, "entries.0.parameters.report_hours"),
        ({"report_hours": [18, 6]}, "entries.0.parameters.report_hours"),
        ({"report_hours": [6, 24]}, "entries.0.parameters.report_hours"),
        ({"lane_from_score": 0}, "entries.0.parameters.lane_from_score"),
        ({"acknowledge_within_hours": "soon"}, "entries.0.parameters.acknowledge_within_hours"),
        ({"charter": "lead-alone"}, "entries.0.parameters.charter"),
    ],
)
def test_a_profile_that_does_not_fit_is_not_loaded(change: dict[str, Any], field: str) -> None:
    document = shipped("scenarios") | {"version": "9"}
    document["entries"][0]["parameters"].update(change)
    with pytest.raises(Invalid) as error:
        load(document)
    assert list(error.value.fields) == [field]


def test_a_file_is_checked_without_a_database(tmp_path: Path) -> None:
    path, output = tmp_path / "set.yaml", StringIO()
    path.write_text(charter_text.write(measures()))
    call_command("measures", "check", str(path), stdout=output)
    assert "one: no_grant, lifted by all" in output.getvalue()
    unknown = measures()
    unknown["exit"][0]["preconditions"][0]["expression"] = "weather == 'fine'"
    for payload, place in (
        (measures(exit=[]), "exit: Needs an exit plan"),
        (unknown, "exit.0.preconditions.0"),
    ):
        path.write_text(json.dumps(payload))
        complaint = StringIO()
        with pytest.raises(CommandError):
            call_command("measures", "check", str(path), stdout=output, stderr=complaint)
        assert place in complaint.getvalue()


@given(text=st.text(max_size=200))
def test_no_text_breaks_the_editor(text: str) -> None:
    with pytest.raises(Invalid):
        preparing.read(text)
