"""Owners of parties: declared with their shares, screened, and by the 50 % rule what they hold."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine

from core import clock
from deadlines import services as deadlines
from deadlines.models import DueInstant
from intelligence import services as intelligence
from ledger.models import Event
from ledger.testing import run_deliveries
from licensing import dossier as dossiers
from licensing import guards
from licensing.models import Assessment, Case, Licence, Party
from licensing.services import rescreening
from members.models import Organisation, Role, User
from screening import services as screening
from screening.models import Hit
from screening.services import ownership
from tests import journeys
from tests.alliance.conftest import load as load_bundle
from tests.alliance.conftest import shipped
from tests.licensing.conftest import Desk
from tests.licensing.test_rescreening import load

BUYER = "Straits Combustion Laboratory"


def owner(name: str = "Kavir Holding", share: str = "60", owns: str = BUYER, **fields: Any) -> dict[str, Any]:
    return {
        "role": "owner",
        "kind": "company",
        "name": name,
        "aliases": [],
        "address": "1 Long Street, Tehran",
        "country": "IR",
        "identifiers": [],
        "owns": owns,
        "share": share,
        **fields,
    }


def parties(*owners: dict[str, Any]) -> list[dict[str, Any]]:
    return [*journeys.dossier()["parties"], *owners]


def deficiencies(*owners: dict[str, Any]) -> list[tuple[str, str]]:
    found = dossiers.check_section("parties", parties(*owners), journeys.dossier())
    return [(item.path, item.code) for item in found]


@pytest.mark.parametrize(
    ("given", "path", "code"),
    [
        ({"share": "0"}, "share", "bad_share"),
        ({"share": "100.1"}, "share", "bad_share"),
        ({"share": "a half"}, "share", "bad_share"),
        ({"share": 60}, "share", "bad_share"),
        ({"share": None}, "share", "bad_share"),
        ({"owns": ""}, "owns", "missing"),
        ({"owns": ["x"]}, "owns", "missing"),
        ({"owns": "Somebody Else"}, "owns", "not_a_party"),
        ({"owns": "kavir holding"}, "owns", "not_a_party"),
    ],
)
def test_what_an_owner_holds_is_checked_and_named(given: dict[str, Any], path: str, code: str) -> None:
    assert deficiencies(owner(**given)) == [(f"parties[2].{path}", code)]


def test_shares_in_one_party_reach_a_hundred_at_most() -> None:
    assert deficiencies(owner(share="60"), owner(name="Other", share="40")) == []
    assert deficiencies(owner(share="60"), owner(name="Other", share="40.0001")) == [
        ("parties[3].share", "bad_share")
    ]
    assert deficiencies(owner(share="60"), owner(name="Other", share="60", owns="Kavir  HOLDING")) == []


@pytest.fixture
def file(in_force: None, tmp_path: Path, exporter: User, organisation: Organisation) -> Callable[..., Case]:
    """File a case with these owners, under a list of these names."""

    def case(*owners: dict[str, Any], listed: tuple[str, ...] = ("KAVIR HOLDING",)) -> Case:
        load(tmp_path, *listed)
        return journeys.file(exporter, organisation, journeys.dossier(parties=parties(*owners)))

    return case


def rules(case: Case) -> list[tuple[str, str]]:
    hits = Hit.objects.filter(case_ref=f"case:{case.pk}").order_by("queried_name", "rule")
    return [(hit.queried_name, hit.rule) for hit in hits]


def test_a_listed_owner_of_half_makes_the_party_count_as_listed(file: Callable[..., Case]) -> None:
    case = file(owner(share="50"))
    assert rules(case) == [("Kavir Holding", "exact"), (BUYER, "owned")]
    held = Hit.objects.get(rule="owned")
    assert held.strong
    assert held.entry_name == "KAVIR HOLDING"
    assert held.explanation[0] == f"“Kavir Holding” holds 50 % of “{BUYER}”."
    assessment = Assessment.objects.get(case=case)
    assert assessment.band == "black"
    assert [stop["reason"] for stop in assessment.hard_stops] == [
        f"{BUYER} is “KAVIR HOLDING” on us-ofac-sdn, by its owners."
    ]


def test_a_listed_owner_of_less_is_a_hit_and_stops_nothing_by_itself(
    file: Callable[..., Case], officer_of: Callable[..., User]
) -> None:
    case = file(owner(share="49.9"))
    assert rules(case) == [("Kavir Holding", "exact")]
    assert Assessment.objects.get(case=case).hard_stops == []
    screening.confirm_match(actor=officer_of("DE"), hit=Hit.objects.get(), reason="The same registration.")
    assert not any("on a list" in sentence for sentence in guards.blockers(case, "grant"))


def test_a_confirmed_owner_of_half_stands_in_the_way_through_the_party(
    file: Callable[..., Case], officer_of: Callable[..., User]
) -> None:
    case = file(owner(share="75"))
    judge = officer_of("DE")
    for hit in Hit.objects.all():
        screening.confirm_match(actor=judge, hit=hit, reason="The register of companies says so.")
    assert any("on a list" in sentence for sentence in guards.blockers(case, "grant"))


def test_shares_of_two_listed_owners_add_up_and_go_through_several_hands(file: Callable[..., Case]) -> None:
    case = file(
        owner("Upper Works", "50", "Middle Works"),
        owner("Middle Works", "30"),
        owner("Kavir Holding", "20"),
        listed=("KAVIR HOLDING", "UPPER WORKS"),
    )
    assert ("Middle Works", "owned") in rules(case)
    held = Hit.objects.filter(rule="owned", queried_name=BUYER)
    assert {hit.entry_name for hit in held} == {"KAVIR HOLDING", "UPPER WORKS"}
    assert "“Upper Works” → “Middle Works” holds 30 % of" in held.first().explanation[1]


def test_an_owner_that_was_cleared_brings_nothing_upon_the_party(
    file: Callable[..., Case], officer_of: Callable[..., User], tmp_path: Path
) -> None:
    case = file(owner(share="20"))
    judge, second = officer_of("DE"), officer_of("DE", Role.COUNTERSIGNER, Role.LICENSING_OFFICER)
    hit = screening.clear(actor=judge, hit=Hit.objects.get(), reason="Another company: founded 2020.")
    screening.confirm_clear(actor=second, hit=hit)
    case.revision.parties.filter(role="owner").update(share=Decimal(80))
    assert rescreening.rescreen(case=case, why="shipment") == []
    assert rules(case) == [("Kavir Holding", "exact")]


def add_owner(case: Case) -> None:
    known = intelligence.share_party(
        name="Kavir Holding", country="IR", kind="owner", source_ref="test:1", audience=case.audience
    )
    Party.objects.create(
        revision=case.revision,
        shared_party=known,
        role="owner",
        name=known.name,
        address="1 Long Street, Tehran",
        country="IR",
        owns=BUYER,
        share=Decimal(51),
    )


def test_a_list_that_adds_an_owner_of_a_live_licence_raises_both_hits(answered: Desk, tmp_path: Path) -> None:
    licence = answered.licence()
    add_owner(licence.case)
    load(tmp_path, "KAVIR HOLDING")
    run_deliveries()
    assert rules(licence.case) == [("Kavir Holding", "exact"), (BUYER, "owned")]
    assert Event.objects.get(type="case.rescreened").facts["strong"] is True


def test_owners_do_not_stand_on_the_licence(answered: Desk) -> None:
    add_owner(answered.case)
    licence: Licence = answered.licence()
    assert {entry["role"] for entry in licence.parties} == {"consignee", "end_user"}


def rule_from(day: date) -> dict[str, Any]:
    """The shipped rules, of which that for OFAC's list begins on a day."""
    document = shipped("ownership")
    document["version"] = "test"
    for entry in document["entries"]:
        if entry["key"] == "us-ofac-50":
            entry["periods"] = [{"from": day.isoformat(), "until": None}]
    return document


def test_a_rule_that_begins_on_its_day_has_the_cases_with_owners_screened_again(
    file: Callable[..., Case],
) -> None:
    with time_machine.travel(clock.now(), tick=False) as traveller:
        tomorrow = clock.today() + timedelta(days=1)
        bundle = load_bundle(rule_from(tomorrow))[0]
        run_deliveries()
        case = file(owner(share="60"))
        assert rules(case) == [("Kavir Holding", "exact")]
        row = DueInstant.objects.get(kind=ownership.BEGINNING, state="open")
        assert row.aggregate == f"bundle:{bundle.pk}"
        traveller.move_to(row.due_at)
        assert clock.today() == tomorrow
        deadlines.tick()
        run_deliveries()
    assert rules(case) == [("Kavir Holding", "exact"), (BUYER, "owned")]
    assert Event.objects.filter(type="ownership_rule.begun").count() >= 2
