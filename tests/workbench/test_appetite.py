"""The pages of the register of risk appetite, for officers and the public, and what systems read and say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.test import Client
from rest_framework.test import APIClient

from alliance.models import ThresholdChange
from licensing.models import Case
from members.models import User
from pages.drawings import threshold as drawing
from tests import appetite, factories, journeys
from tests.api.conftest import client_of
from tests.appetite import MEMBERS, REASON, agreed, given, proposed, voted
from tests.crises import decider, seat
from tests.workbench.conftest import Desk
from tests.workbench.test_queries import queries

__all__ = ["client_of"]
pytestmark = pytest.mark.usefixtures("in_force")
SignedIn = Callable[[User], Client]
HOME = "/workbench/appetite/"
WARTIME = f"{HOME}wartime/lane_from_score/"
QUERIES = 15  # of the register: baseline, raise it only with a reason


def test_a_seat_proposes_and_seats_vote_and_the_register_shows_it(signed_in: SignedIn) -> None:
    first, second, third = signed_in(seat("DE")), signed_in(seat("FR")), signed_in(decider("FR"))
    assert "Propose a change" in first.get(WARTIME).content.decode()
    assert "Only a seat of the crisis unit" in third.get(WARTIME).content.decode()
    assert third.get(f"{WARTIME}propose/").status_code == 302
    asked = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in given(new_value=30).items()
        if name not in ("scenario", "threshold")
    }
    for name, wrong in (
        ("new_value", "101"),
        ("minute_date", "2099-01-01"),
        ("document_sha256", "x"),
        ("reason", ""),
    ):
        answer = first.post(f"{WARTIME}propose/", {**asked, name: wrong})
        assert answer.status_code == 422
        assert f"id_{name}" in answer.content.decode()
        assert "Council working party" in answer.content.decode()  # nothing is lost
    assert third.post(f"{WARTIME}propose/", asked).status_code == 403
    change = first.post(f"{WARTIME}propose/", asked, follow=True)
    row = ThresholdChange.objects.get()
    page = f"{HOME}changes/{row.reference}/"
    assert change.redirect_chain[-1][0] == page
    assert first.post(f"{WARTIME}propose/", asked).status_code == 409
    assert second.post(f"{page}vote/", {"choice": "for"}).status_code == 422
    second.post(f"{page}vote/", {"choice": "for", "reason": REASON})
    again = second.get(f"{page}vote/").content.decode()
    assert REASON in again
    assert second.post(f"{page}vote/", {"choice": "against", "reason": REASON}).status_code == 302
    shown = third.get(page).content.decode()
    assert "1 of 10 members have voted; 7 have to" in shown
    assert "Against" in shown
    assert second.post(f"{page}withdraw/", {"reason": REASON}).status_code == 403
    assert first.post(f"{page}withdraw/", {"reason": REASON}).status_code == 302
    assert "Withdrawn" in first.get(HOME).content.decode()
    assert first.post(f"{page}vote/", {"choice": "for", "reason": REASON}).status_code == 409


def test_wherever_the_threshold_is_shown_it_links_to_the_minute(signed_in: SignedIn, client: Client) -> None:
    change = agreed()
    link = f'href="/appetite/{change.reference}/">{change.minute}</a>'
    with journeys.at(change.closes_at + timedelta(days=30)):
        browser = signed_in(seat("FR"))
        for page in (HOME, WARTIME, "/workbench/measures/"):
            assert link in browser.get(page).content.decode(), page
        for page in ("/appetite/", "/criteria/"):
            assert link in client.get(page).content.decode(), page
    told = client.get("/appetite/?format=json").json()
    (wartime,) = [row for row in told["thresholds"] if row["scenario"] == "wartime"]
    assert [step["agreed"] for step in wartime["history"]] == [None, change.reference]
    scorecard = agreed(scenario="every", threshold="red_from", new_value=45)
    with journeys.at(change.closes_at + timedelta(days=30)):
        assert scorecard.minute in client.get("/scorecard/").content.decode()


def test_a_case_leads_to_the_threshold_that_chose_its_lane(desk: Desk, signed_in: SignedIn) -> None:
    routing = {**desk.case.routing, "rule_key": "scenario:wartime", "legal_basis": "RA-2345-6789: the minute"}
    Case.objects.filter(pk=desk.case.pk).update(routing=routing)
    page = (
        signed_in(factories.officer_of("DE")).get(f"/workbench/cases/{desk.case.reference}/").content.decode()
    )
    assert f'href="{WARTIME}"' in page
    assert "RA-2345-6789: the minute" in page


def test_the_public_reads_votes_by_member_once_they_are_over(client: Client) -> None:
    over = agreed()
    waiting = voted(proposed(scenario="sanctions", new_value=50), yes=["DE"])
    told = client.get(f"/appetite/{over.reference}/?format=json").json()
    assert told["votes"] == dict.fromkeys(MEMBERS[:7], "for")
    assert told["minute"]["paragraph"] == "paragraph 4"
    page = client.get(f"/appetite/{over.reference}/").content.decode()
    assert "Canada" in page
    assert over.proposed_by.name not in page
    assert f"{REASON}<br>" not in page.partition("Votes by member")[2]
    assert client.get(f"/appetite/{waiting.reference}/").status_code == 404
    assert waiting.reference not in client.get("/appetite/").content.decode()


def test_a_system_of_an_authority_reads_proposes_and_votes(
    client_of: Callable[[User], APIClient], exporter: User
) -> None:
    api, other = client_of(seat("DE")), client_of(seat("FR"))
    asked = {name: str(value) if isinstance(value, date) else value for name, value in given().items()}
    assert client_of(decider("DE")).post("/api/v1/appetite/", asked, format="json").status_code == 403
    wrong = api.post("/api/v1/appetite/", {**asked, "scenario": "unheard-of"}, format="json")
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "scenario")
    made = api.post("/api/v1/appetite/", asked, format="json")
    assert made.status_code == 201
    path = f"/api/v1/appetite/{made.json()['reference']}/"
    cast = other.post(f"{path}vote/", {"choice": "abstain", "reason": REASON}, format="json")
    assert (cast.status_code, cast.json()["member"]) == (200, "FR")
    assert api.get(path).json()["votes"][0]["choice"] == "abstain"
    assert client_of(exporter).get(path).status_code == 404
    rows = {
        (row["scenario"], row["threshold"]): row for row in api.get("/api/v1/appetite/thresholds/").json()
    }
    assert rows["wartime", "lane_from_score"]["value"] == 40
    appetite.closed(ThresholdChange.objects.get())
    (seen,) = client_of(exporter).get("/api/v1/appetite/").json()
    assert (seen["status"], seen["votes"]) == ("lapsed", [{"member": "FR", "choice": "abstain"}])
    late = other.post(f"{path}vote/", {"choice": "for", "reason": REASON}, format="json")
    assert late.status_code == 409


def test_the_register_takes_as_many_queries_for_many_changes_as_for_one(signed_in: SignedIn) -> None:
    browser = signed_in(seat("FR"))
    voted(proposed(), yes=["DE"])
    few = [queries(browser, HOME), queries(browser, WARTIME)]
    voted(proposed(scenario="sanctions", new_value=50), yes=["DE", "FR"])
    agreed(scenario="every", threshold="red_from", new_value=45)
    assert [queries(browser, HOME), queries(browser, WARTIME)] == few
    assert max(few) <= QUERIES, few


def test_the_stairs_are_drawn_solid_until_today_and_broken_after() -> None:
    days = [date(2026, month, 1) for month in (1, 3, 9)]
    stairs = drawing.draw(list(zip(days, (40, None, 30), strict=True)), date(2026, 5, 1), "none")
    assert [stair.label for stair in stairs.stairs] == ["40", "none", "30"]
    assert stairs.stairs[1].y == drawing.TOP < stairs.stairs[0].y < stairs.stairs[2].y < drawing.BOTTOM
    assert stairs.path.count("H") == 2
    assert stairs.coming == f"M400 {drawing.TOP}V{stairs.stairs[2].y}H600"
    many = drawing.draw([(date(2026, 1, day), day) for day in range(1, 9)], date(2026, 5, 1), "none")
    assert (len(many.stairs), many.left_out, many.coming) == (4, 4, "")
