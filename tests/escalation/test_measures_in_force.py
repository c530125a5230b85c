"""What measures of a crisis do to cases and licences: read where it matters, and cases sent another way."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from alliance import adopting, declaring, library, selectors
from core.errors import Blocked
from correspondence.models import Notice
from escalation.services import rerouting
from ledger.models import Event
from ledger.testing import run_deliveries
from licensing import guards
from licensing.models import Case, Consultation, Decision, Licence
from licensing.selectors.standings import standing, standings
from licensing.selectors.trades import trade_of_case, trade_of_licence
from licensing.services import decisions, licences, positions
from members.models import Organisation, Role, User
from tests import crises, factories, journeys
from tests.crises import a_set
from tests.standing import stays

pytestmark = pytest.mark.usefixtures("in_force")

ORDINARY = {"own_reference": "PO-2026-114"}
MEMBERS = ("CA", "DE", "FR", "JP", "US")


@stays(autouse=True)
def _members(db: None) -> None:
    for code in MEMBERS:
        factories.JurisdictionFactory(code=code)


@stays
def case(exporter: User, organisation: Organisation) -> Case:
    return journeys.file(exporter, organisation, journeys.dossier(**ORDINARY))


def again(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def test_trade_is_what_the_dossier_and_then_the_licence_say(case: Case) -> None:
    trade = trade_of_case(case)
    assert (trade.lead, trade.control_codes, trade.destinations) == ("DE", {"6A003"}, {"SG"})
    assert trade.ground == "none"
    assert trade.parties == {str(p.shared_party.uid) for p in case.revision.parties.all()}
    assert trade_of_licence(granted(case)) == trade


def answered(case: Case) -> Case:
    for consultation in Consultation.objects.filter(case=case, status="open"):
        officer = factories.officer_of(str(consultation.jurisdiction_id), ministry=consultation.ministry)
        positions.take(actor=officer, consultation=consultation, kind="no_objection")
    run_deliveries()
    return again(case)


def proposed(case: Case) -> Decision:
    return decisions.propose(
        actor=factories.officer_of("DE", Role.DECIDER),
        case=answered(case),
        kind="grant",
        criteria=["C1"],
        reasons="Civil end-use at a named site.",
    )


def granted(case: Case) -> Licence:
    decision = proposed(case)
    decisions.countersign(actor=factories.officer_of("DE", Role.COUNTERSIGNER), decision=decision)
    run_deliveries()
    return Licence.objects.get(case=case)


def test_nothing_is_granted_while_a_measure_says_so_and_it_can_be_the_moment_it_ends(case: Case) -> None:
    answered(case)
    declaration = crises.in_force(set_key=a_set(effect="no_grant"))
    assert guards.blockers(case, "grant") == [], "not adopted here yet"
    adopting.adopt(actor=crises.decider("DE"), declaration=declaration, legal_reference=crises.LAW)
    run_deliveries()
    (sentence,) = guards.blockers(case, "grant")
    assert declaration.reference in sentence
    assert "Cameras to Singapore" in sentence
    assert guards.blockers(case, "refuse") == []
    with pytest.raises(Blocked):
        granted(case)
    assert Notice.objects.filter(subject__endswith="a crisis measure applies").count() == 1
    crises.end(declaration)
    run_deliveries()
    assert granted(case).status == "issued"
    assert Notice.objects.filter(subject__endswith="a crisis measure is over").count() == 1


def test_a_measure_that_begins_between_proposal_and_countersignature_stops_the_licence(case: Case) -> None:
    decision = proposed(case)
    crises.in_force("DE", set_key=a_set(effect="no_grant"))
    with pytest.raises(Blocked):
        decisions.countersign(actor=factories.officer_of("DE", Role.COUNTERSIGNER), decision=decision)


def test_licences_are_suspended_where_gates_ask_and_hold_again_after(case: Case, client: Client) -> None:
    licence = granted(case)
    assert standing(licence).status == "issued"
    declaration = crises.in_force("FR", set_key=a_set(effect="suspend_licences"))
    assert standing(licence).status == "issued", "the issuer has not adopted it"
    adopting.adopt(actor=crises.decider("DE"), declaration=declaration, legal_reference=crises.LAW)
    run_deliveries()
    now = standing(licence)
    assert now.status == "suspended"
    assert declaration.reference in now.reason
    assert Licence.objects.get().status == "issued", "nothing is propagated"
    told = client.get(f"/verify/{licence.number}/?format=json").json()
    assert (told["status"], told["reason"]) == ("suspended", now.reason)
    assert declaration.reference in client.get(f"/verify/{licence.number}/").content.decode()
    assert licences.verification(licence.number).status == "suspended"
    assert Notice.objects.filter(subject__endswith="licences are suspended").count() == 1
    adopting.opt_out(actor=crises.decider("DE"), declaration=declaration, reason="A court has stopped it.")
    assert standing(licence).status == "issued"


def test_one_licence_or_many_take_as_many_queries(
    case: Case, exporter: User, organisation: Organisation
) -> None:
    granted(case)
    crises.in_force("DE", set_key=a_set(effect="suspend_licences"))

    def queries() -> int:
        rows = list(Licence.objects.select_related("issued_by"))
        with CaptureQueriesContext(connection) as captured:
            assert {one.status for one in standings(rows).values()} == {"suspended"}
        return len(captured)

    queries()  # what the process keeps of the crises in force is read
    few = queries()
    for number in range(2):
        granted(journeys.file(exporter, organisation, journeys.dossier(own_reference=f"PO-{number}")))
    assert queries() == few <= 3  # the third asks whether any rests on a waiver


def test_a_case_moves_to_the_crisis_lane_and_back(case: Case) -> None:
    before = (case.lane, case.charter_key, case.round)
    assert case.lane == "standard"
    declaration = crises.in_force("DE", set_key=a_set(effect="lane", charter="crisis-unit-24-12"))
    run_deliveries()
    moved = again(case)
    assert (moved.lane, moved.charter_key, moved.round) == ("crisis", "crisis-unit-24-12", case.round + 1)
    assert moved.routing["rule_key"] == f"{declaration.reference}:one"
    event = Event.objects.filter(type="case.routed").latest("pk")
    assert event.facts["why"] == declaration.reference
    assert moved.status == "in_review"
    crises.end(declaration)
    run_deliveries()
    back = again(case)
    assert (back.lane, back.charter_key, back.round) == (*before[:2], before[2] + 2)


def test_a_case_filed_later_is_routed_by_the_measure_and_another_trade_is_not(
    exporter: User, organisation: Organisation
) -> None:
    declaration = crises.in_force("DE", set_key=a_set(effect="lane", charter="crisis-unit-24-12"))
    caught = journeys.file(exporter, organisation, journeys.dossier(**ORDINARY))
    assert caught.charter_key == "crisis-unit-24-12"
    assert [f"{declaration.reference}:one", "fired"] in [row[:2] for row in caught.routing["trace"]]
    items = [{**journeys.dossier()["items"][0], "control_code": "5A002"}]
    other = journeys.file(exporter, organisation, journeys.dossier(**ORDINARY, items=items))
    assert other.charter_key != "crisis-unit-24-12"


def test_members_are_consulted_without_a_new_round_when_the_charter_stays(
    exporter: User, organisation: Organisation
) -> None:
    content = journeys.dossier(**ORDINARY)
    case = journeys.file(exporter, organisation, content)
    asked = set(Consultation.objects.filter(case=case).values_list("jurisdiction_id", flat=True))
    assert "JP" not in asked
    crises.in_force("DE", set_key=a_set(effect="consult", members=["JP"], binding=True))
    run_deliveries()
    moved = again(case)
    stake = moved.stakes.get(jurisdiction="JP")
    assert stake.binding
    assert "Cameras to Singapore" in stake.sentence
    assert Consultation.objects.filter(case=case, round=moved.round, jurisdiction="JP").exists()
    if moved.charter_key == case.charter_key:
        assert moved.round == case.round


def test_a_second_look_changes_nothing(case: Case) -> None:
    crises.in_force("DE", set_key=a_set(effect="lane", charter="crisis-unit-24-12"))
    run_deliveries()
    events = Event.objects.count()
    rerouting.reroute(case_id=case.pk, why="again")
    assert Event.objects.count() == events


def test_a_hard_stop_and_a_critical_item_keep_at_least_their_way(
    exporter: User, organisation: Organisation
) -> None:
    items = [{**journeys.dossier()["items"][0], "control_code": "6A003", "hs_code": "847180"}]
    stopped = journeys.dossier(**ORDINARY, items=items)
    stopped["end_use"]["prohibited_end_use"] = True
    before = journeys.file(exporter, organisation, stopped)
    assert before.routing["critical"] or before.charter_key == "crisis-48-24-12"
    crises.in_force("DE", set_key=a_set(effect="lane", charter="humanitarian-16-8"))
    run_deliveries()
    assert again(before).charter_key == before.charter_key
    for charter in selectors.all_charters():
        if library.fits_crisis(charter):
            continue
        with pytest.raises(Exception, match="silence never approves"):
            a_set(effect="lane", charter=charter.key)


@pytest.mark.parametrize("above", [0, 1])
def test_a_scenario_sends_cases_from_its_score_on_to_the_crisis_lane(
    exporter: User, organisation: Organisation, monkeypatch: pytest.MonkeyPatch, above: int
) -> None:
    case = journeys.file(exporter, organisation, journeys.dossier(**ORDINARY))
    score = case.assessments.get().score
    assert score > 0
    profile = replace(selectors.scenario("wartime"), lane_from_score=score + above)
    monkeypatch.setattr("alliance.selectors.scenarios", lambda: {"wartime": profile})
    declared = crises.proposed(set_key="member-under-attack", scope={"destinations": ["LT"]})
    declaring.confirm(actor=crises.seat("FR"), declaration=declared)
    adopting.adopt(actor=crises.decider("DE"), declaration=declared, legal_reference=crises.LAW)
    run_deliveries()
    moved = again(case)
    if above:
        assert (moved.lane, moved.charter_key) == ("standard", case.charter_key)
    else:
        assert (moved.lane, moved.charter_key) == ("crisis", profile.charter)


def test_the_exporter_reads_which_measure_applies(case: Case, exporter: User, client: Client) -> None:
    declaration = crises.in_force("DE", set_key=a_set(effect="no_grant"))
    client.force_login(exporter, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = client.get(f"/applications/{case.application.reference}/").content.decode()
    assert "A crisis measure applies" in page
    assert f"/crises/{declaration.reference}/" in page
    crises.end(declaration)
    page = client.get(f"/applications/{case.application.reference}/").content.decode()
    assert "A crisis measure applies" not in page
