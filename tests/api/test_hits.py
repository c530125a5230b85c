"""Hits are listed, judged together and remembered over REST; the lists are read and searched."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from ledger.models import Event
from members.models import Role, User
from screening.models import ClearedPair, Hit
from tests.screening.raising import LISTED, NEAR, REASON, load, raise_one
from tests.standing import stays

pytestmark = pytest.mark.usefixtures("in_force")
ClientOf = Callable[..., APIClient]
OfficerOf = Callable[..., User]
HITS, PAIRS = "/api/v1/hits/", "/api/v1/cleared-pairs/"


@stays(autouse=True)
def listed(in_force: None) -> None:
    load()


def waiting(client: APIClient, **asked: Any) -> list[str]:
    answer = client.get(HITS, {"waiting": "true", **asked})
    assert answer.status_code == 200, answer.json()
    return [row["uid"] for row in answer.json()["results"]]


def test_hits_are_cleared_together_and_seconded_by_another_person(
    client_of: ClientOf, officer_of: OfficerOf
) -> None:
    for number, closeness in enumerate(({}, NEAR, {})):
        raise_one(f"case:90000{number}", **closeness)
    first = officer_of("DE")
    german = client_of(first)
    hits = waiting(german)
    assert len(hits) == 3
    assert set(waiting(german, strong="true")) < set(hits)
    assert waiting(german, entry="nothing") == []
    told = german.post(f"{HITS}clearances/", {"hits": hits, "reason": "no"}, format="json")
    assert [error["pointer"] for error in told.json()["errors"]] == ["reason"]
    foreign = client_of(officer_of("JP")).post(
        f"{HITS}clearances/", {"hits": hits[:1], "reason": REASON}, format="json"
    )
    assert [error["pointer"] for error in foreign.json()["errors"]] == ["hits[0]"]
    done = german.post(
        f"{HITS}clearances/", {"hits": hits, "reason": REASON, "remember_days": 30}, format="json"
    )
    assert done.status_code == 200, done.json()
    assert sorted(one["status"] for one in done.json()) == ["cleared", "proposed_clear", "proposed_clear"]

    strong = [one["uid"] for one in done.json() if one["status"] == "proposed_clear"]
    events = Event.objects.count()
    own = client_of(first)  # another system of the same person is no second pair of eyes
    alone = own.post(f"{HITS}clearances/confirmation/", {"hits": strong}, format="json")
    assert alone.status_code == 422
    assert "another officer" in alone.json()["errors"][0]["detail"]
    assert Event.objects.count() == events
    second = client_of(officer_of("DE"))
    seconded = second.post(f"{HITS}clearances/confirmation/", {"hits": strong}, format="json")
    assert [one["status"] for one in seconded.json()] == ["cleared", "cleared"]
    assert waiting(german) == []
    assert client_of(officer_of("JP")).get(HITS).json()["results"] == []
    (tally,) = [row for row in german.get(f"{HITS}statistics/").json() if row["rule"] == "near"]
    assert (tally["raised"], tally["false"], tally["share_false"]) == (1, 1, 1.0)


def test_a_cleared_pair_is_read_by_its_jurisdiction_and_ended_with_a_reason(
    client_of: ClientOf, officer_of: OfficerOf
) -> None:
    (hit,) = raise_one("case:900001", **NEAR)
    german = client_of(officer_of("DE"))
    cleared = german.post(
        f"{HITS}{hit.uid}/clearance/", {"reason": REASON, "remember_days": 30}, format="json"
    )
    assert cleared.status_code == 200
    (later,) = raise_one("case:900002", **NEAR)
    (pair,) = german.get(PAIRS, {"state": "standing", "mentions": LISTED}).json()["results"]
    assert (pair["state"], pair["reason"], pair["ended_at"]) == ("standing", REASON, None)
    (row,) = german.get(HITS, {"pair": pair["uid"]}).json()["results"]
    assert (row["uid"], row["pair"], row["status"]) == (str(later.uid), pair["uid"], "cleared")
    one = f"{PAIRS}{pair['uid']}/"
    assert client_of(officer_of("FR")).get(one).status_code == 404
    (act,) = pair["acts"]
    assert (act["allowed"], act["href"]) == (True, f"{one}end/")
    (act,) = client_of(officer_of("DE", Role.AUDITOR)).get(one).json()["acts"]
    assert (act["allowed"], act["reason"]) == (False, "Your role does not judge hits.")
    short = german.post(f"{one}end/", {"reason": "no"}, format="json")
    assert [error["pointer"] for error in short.json()["errors"]] == ["reason"]
    ended = german.post(f"{one}end/", {"reason": "The register shows the same directors."}, format="json")
    assert (ended.status_code, ended.json()["state"]) == (200, "ended")
    assert german.post(f"{one}end/", {"reason": REASON}, format="json").status_code == 403
    assert ClearedPair.objects.get().ended_by is not None
    assert german.get(PAIRS, {"state": "standing"}).json()["results"] == []


def test_the_lists_are_read_and_searched_by_officers_alone(
    client_of: ClientOf, officer_of: OfficerOf, exporter: User
) -> None:
    german, lists = client_of(officer_of("DE")), "/api/v1/screening/lists/"
    (found,) = german.get(lists).json()
    assert found["in_force"]["entries_count"] > 0
    one = german.get(f"{lists}{found['key']}/").json()
    assert one["changes"]["version"] == one["versions"][0]["version"]
    assert german.get(f"{lists}{found['key']}/?version=none").status_code == 422
    (entry,) = german.get("/api/v1/screening/entries/", {"q": LISTED}).json()["results"]
    whole = german.get(f"{lists}{entry['list']}/entries/{entry['entry_id']}/").json()
    assert LISTED.upper() in {name["name"].upper() for name in whole["names"]}
    assert (whole["in_force"], whole["owners"]) == (True, [])
    assert german.get(f"{lists}{found['key']}/entries/absent/").status_code == 404
    slip = german.get("/api/v1/screening/entries/")
    assert [error["pointer"] for error in slip.json()["errors"]] == ["q"]
    assert "officers" in client_of(exporter).get(lists).json()["detail"]
    assert Hit.objects.count() == 0
