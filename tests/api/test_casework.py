"""A partner's system works a case as an officer does: reads it, hands it on, notes, finds and is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from api.examples import NOTE, STOP
from core import clock
from correspondence import services as correspondence
from deadlines import services as deadlines
from escalation.services import windows
from intelligence.models import PartyLink
from ledger.models import Event
from ledger.testing import run_deliveries
from licensing.models import Case, Consultation
from members.models import Organisation, Role, User
from tests import journeys
from tests.standing import stays

pytestmark = pytest.mark.usefixtures("in_force")
ClientOf = Callable[..., APIClient]
OfficerOf = Callable[..., User]
WHY = "A day of mourning was declared."


@stays
def case(exporter: User, organisation: Organisation) -> Case:
    return journeys.file(exporter, organisation)


@pytest.fixture
def path(case: Case) -> str:
    return f"/api/v1/cases/{case.reference}/"


def refused(answer: Any, pointer: str) -> str:
    """Return what is said at the one field at fault."""
    assert answer.status_code == 422, answer.content
    (error,) = answer.json()["errors"]
    assert error["pointer"] == pointer
    return str(error["detail"])


def test_a_case_is_handed_on_by_the_names_that_the_officers_are_listed_under(
    case: Case, path: str, client_of: ClientOf, officer_of: OfficerOf, exporter: User
) -> None:
    mine, colleague, french = officer_of("DE"), officer_of("DE", Role.DECIDER), officer_of("FR")
    german = client_of(mine)
    listed = {row["uid"]: row for row in german.get("/api/v1/officers/").json()["results"]}
    assert set(listed) == {str(mine.uid), str(colleague.uid)}
    assert listed[str(colleague.uid)]["roles"] == ["decider"]
    deciders = german.get("/api/v1/officers/?role=decider").json()["results"]
    assert [row["uid"] for row in deciders] == [str(colleague.uid)]

    offered = {act["name"]: act for act in german.get(path).json()["acts"]}
    assert offered["reassign"]["href"] == f"{path}reassignment/"
    etag = german.get(path)["ETag"]
    given = german.post(
        f"{path}reassignment/", {"officer": str(colleague.uid)}, format="json", headers={"If-Match": etag}
    )
    assert given.status_code == 200, given.json()
    assert given.json()["officer"] == {"uid": str(colleague.uid), "name": colleague.name}
    german.post(f"{path}reassignment/", {"officer": str(colleague.uid)}, format="json")
    assert Event.objects.filter(type="case.reassigned").count() == 1, "who has it already is given nothing"
    late = german.post(
        f"{path}reassignment/", {"officer": str(mine.uid)}, format="json", headers={"If-Match": etag}
    )
    assert late.status_code == 412

    def held(officer: str) -> list[str]:
        return [
            row["reference"] for row in german.get("/api/v1/cases/", {"officer": officer}).json()["results"]
        ]

    assert held(str(colleague.uid)) == [case.reference]
    assert held("me") == held("nobody") == []
    assert "me, nobody" in refused(german.get("/api/v1/cases/?officer=you"), "officer")
    wrong = german.post(f"{path}reassignment/", {"officer": str(french.uid)}, format="json")
    assert "leads the case" in refused(wrong, "officer")
    theirs = client_of(french).post(f"{path}reassignment/", {"officer": str(mine.uid)}, format="json")
    assert theirs.status_code == 403
    assert theirs.json()["detail"]

    filing = client_of(exporter)
    assert filing.get(path).json()["officer"] is None  # an exporter is not told who works on it
    assert filing.get("/api/v1/cases/", {"officer": str(colleague.uid)}).json()["results"] == []
    assert filing.get("/api/v1/officers/", headers={}).json()["results"] == []
    for role in (Role.CUSTOMS_OFFICER, Role.AUDITOR):  # nor who gives no case to anybody, as on pages
        outside = client_of(officer_of("DE", role))
        assert outside.get("/api/v1/officers/").json()["results"] == []


def test_several_cases_are_given_to_one_officer_or_none(
    case: Case, client_of: ClientOf, officer_of: OfficerOf, exporter: User, organisation: Organisation
) -> None:
    second = journeys.file(exporter, organisation, run=False)
    mine, address = officer_of("DE"), "/api/v1/case-allocations/"
    german, both = client_of(mine), [case.reference, second.reference]
    slip = german.post(address, {"officer": str(mine.uid), "cases": [*both, "EN-0000-0000"]}, format="json")
    assert "EN-0000-0000" in refused(slip, "cases[2]")
    stranger = client_of(officer_of("JP"))
    assert stranger.post(address, {"officer": str(mine.uid), "cases": both}, format="json").status_code == 422
    french = officer_of("FR")
    theirs = client_of(french).post(
        address, {"officer": str(french.uid), "cases": [case.reference]}, format="json"
    )
    assert theirs.status_code == 403
    assert not Event.objects.filter(type="case.reassigned").exists()
    done = german.post(address, {"officer": str(mine.uid), "cases": both}, format="json")
    assert {row["reference"] for row in done.json()["given"]} == set(both)
    again = german.post(address, {"officer": str(mine.uid), "cases": both}, format="json")
    assert (again.status_code, again.json()["given"]) == (200, [])
    mine_now = german.get("/api/v1/queue/?view=mine").json()
    assert (mine_now["total"], {row["reference"] for row in mine_now["results"]}) == (2, set(both))


def test_a_note_is_read_in_its_own_jurisdiction_alone(
    path: str, client_of: ClientOf, officer_of: OfficerOf, exporter: User
) -> None:
    german, notes = client_of(officer_of("DE")), f"{path}notes/"
    made = german.post(notes, NOTE, format="json")
    assert (made.status_code, made.json()["text"]) == (201, NOTE["text"])
    assert [row["text"] for row in german.get(notes).json()["results"]] == [NOTE["text"]]
    assert client_of(officer_of("FR")).get(notes).json()["results"] == []
    refused(german.post(notes, {"text": " "}, format="json"), "text")
    assert "text" in refused(german.post(notes, {**NOTE, "to": "FR"}, format="json"), "to")
    auditor = client_of(officer_of("DE", Role.AUDITOR))
    assert "adds nothing" in auditor.post(notes, NOTE, format="json").json()["detail"]
    for stranger in (client_of(exporter, "cases:read", "positions:write"), client_of(officer_of("JP"))):
        assert stranger.get(notes).status_code == stranger.post(notes, NOTE, format="json").status_code == 404


def test_an_officer_reads_dossier_parties_and_timeline_and_an_exporter_its_application(
    case: Case, path: str, client_of: ClientOf, officer_of: OfficerOf, exporter: User
) -> None:
    german = client_of(officer_of("DE"))
    dossier = german.get(f"{path}dossier/").json()
    assert dossier["dossier"] == case.revision.dossier
    holder = case.application.organisation
    assert dossier["exporter"] == {
        "name": holder.name,
        "registration_number": holder.registration_number,
        "member": "DE",
    }
    assert (dossier["number"], dossier["revisions"], dossier["in_hand"]) == (1, [1], True)
    assert refused(german.get(f"{path}dossier/?revision=7"), "revision") == "One of: 1."
    parties = german.get(f"{path}parties/").json()
    assert {row["role"] for row in parties["parties"]} == {"consignee", "end_user"}
    assert parties["same_end_user"] == []
    assert all(row["party"] for row in parties["parties"])
    consulted = client_of(officer_of("FR")).get(f"{path}parties/").json()
    assert consulted["parties"] == parties["parties"]
    # As for who reads the case and may not know where else a party stands:
    PartyLink.objects.update(audience=[])
    assert {row["party"] for row in german.get(f"{path}parties/").json()["parties"]} == {None}
    told = german.get(f"{path}timeline/?limit=200").json()["results"]
    assert {"case.opened", "case.routed"} & {event["type"] for event in told}
    assert {event["case"] for event in told} <= {case.reference, None}
    for stranger in (client_of(exporter), client_of(officer_of("JP"))):
        for name in ("dossier", "parties", "timeline"):
            assert stranger.get(f"{path}{name}/").status_code == 404, name


def test_the_queue_stands_in_its_order_and_one_search_finds_it(
    case: Case, client_of: ClientOf, officer_of: OfficerOf, exporter: User
) -> None:
    french, queue = client_of(officer_of("FR")), "/api/v1/queue/"
    (row,) = french.get(queue).json()["results"]
    assert (row["reference"], row["place"], row["waits"]) == (case.reference, 1, ["position"])
    assert row["next_due_at"] == Consultation.objects.get(
        case=case, jurisdiction="FR"
    ).due_at.isoformat().replace("+00:00", "Z")
    assert french.get(queue, {"lane": "crisis"}).json() == {"total": 0, "pages": 0, "results": []}
    assert french.get(queue, {"mentions": "combustion", "fields": "reference"}).json()["results"] == [
        {"reference": case.reference}
    ]
    for name in ("view", "due", "band", "page"):
        refused(french.get(queue, {name: "nonsense"}), name)
    found = french.get("/api/v1/search/", {"q": case.reference.lower()}).json()["results"]
    assert [(one["kind"], one["reference"]) for one in found] == [("case", case.reference)]
    refused(french.get("/api/v1/search/?q=a"), "q")
    assert client_of(officer_of("JP")).get("/api/v1/search/", {"q": case.reference}).json()["results"] == []
    for address in (queue, "/api/v1/search/?q=camera"):
        assert client_of(exporter).get(address).status_code == 404


def test_a_clock_is_counted_anew_by_a_decider_and_stops_are_tallied_for_auditors(
    case: Case, path: str, client_of: ClientOf, officer_of: OfficerOf
) -> None:
    decider = client_of(officer_of("DE", Role.DECIDER, Role.LICENSING_OFFICER))
    row = windows.running(Consultation.objects.get(case=case, jurisdiction="FR"))
    assert row is not None
    known = deadlines.calendar_of(row)

    def french() -> dict[str, Any]:
        shown: list[dict[str, Any]] = decider.get(f"{path}clocks/").json()
        return next(one for one in shown if one["owner"] == row.owner_label and one["state"] == "open")

    address = f"{path}clocks/{french()['uid']}/recount/"
    assert french()["newer_calendar"] == ""
    assert decider.post(address, {"reason": WHY}, format="json").status_code == 409
    deadlines.load_calendar(
        key="FR",
        version="mourning",
        effective_from=clock.today(),
        weekend=sorted(known.weekend),
        holidays=[{"date": (row.due_at - timedelta(hours=1)).date().isoformat(), "name": "Mourning"}],
        source="Official journal",
        as_of=clock.today(),
    )
    assert french()["newer_calendar"] == "mourning"
    officer = client_of(officer_of("DE"))
    assert "decider" in officer.post(address, {"reason": WHY}, format="json").json()["detail"]
    before, anew = french()["due_at"], decider.post(address, {"reason": WHY}, format="json")
    assert anew.status_code == 200, anew.json()
    assert (anew.json()["state"], anew.json()["newer_calendar"]) == ("open", "")
    assert anew.json()["due_at"] == french()["due_at"] > before

    assert decider.post(f"{path}stops/", STOP, format="json").status_code == 201
    (stop,) = decider.get(f"{path}stops/").json()
    assert decider.get("/api/v1/stops/").status_code == 403
    auditor = client_of(officer_of("FR", Role.AUDITOR))
    listed = auditor.get("/api/v1/stops/", {"case": case.reference}).json()["results"]
    assert [one["uid"] for one in listed] == [stop["uid"]]
    (tally,) = auditor.get("/api/v1/stops/statistics/").json()
    assert (tally["whole"]["stops"], len(tally["officers"])) == (1, 1)
    refused(auditor.get("/api/v1/stops/statistics/?opened_after=today"), "opened_after")


def test_a_person_s_notices_are_listed_and_marked_as_read(
    case: Case, client_of: ClientOf, exporter: User, officer_of: OfficerOf
) -> None:
    run_deliveries()
    filing, address = client_of(exporter, "events:read"), "/api/v1/notices/"
    fresh = filing.get(f"{address}?unread=true").json()["results"]
    assert fresh
    one = f"{address}{fresh[0]['uid']}/"
    assert filing.get(one).json()["read_at"] is None  # a system's reading is not the person's
    assert filing.post(f"{one}reading/").json()["read_at"] is not None
    assert [row["uid"] for row in filing.get(f"{address}?unread=false").json()["results"]] == [
        fresh[0]["uid"]
    ]
    assert filing.post(f"{address}reading/").json() == {"read": len(fresh) - 1}
    assert filing.get(f"{address}?unread=true").json()["results"] == []
    assert client_of(officer_of("DE")).get(one).status_code == 404
    refused(filing.get(f"{address}?unread=maybe"), "unread")
    bare = officer_of("DE", second_factor=False)  # whom the inbox sends to enrol
    correspondence.notify(recipients=[bare], event=None, subject="A case", text="See it.", path="/")
    mine = bare.notices.get()
    system = client_of(bare, "events:read")
    assert system.get(address).json()["results"] == []
    assert system.get(f"{address}{mine.uid}/").status_code == 404
    assert system.post(f"{address}reading/").json() == {"read": 0}
    assert bare.notices.get().read_at is None


def test_how_the_alliance_stands_is_read_by_officers_and_its_situation_by_those_who_watch(
    case: Case, client_of: ClientOf, officer_of: OfficerOf, exporter: User
) -> None:
    german = client_of(officer_of("DE"))
    by_member = {row["member"]: row for row in german.get("/api/v1/readiness/").json()}
    assert {"DE", "FR"} <= set(by_member)
    assert all(0 <= part["score"] <= 100 for part in by_member["DE"]["parts"])
    assert german.get("/api/v1/coordination/").json() == []
    burden = german.get("/api/v1/burden/").json()
    assert {cohort["within"] for cohort in burden["cohorts"]} == {True}
    assert german.get("/api/v1/situation/").status_code == 403
    auditor = client_of(officer_of("JP", Role.AUDITOR))
    now = auditor.get("/api/v1/situation/").json()
    assert (now["open_cases"], {place["code"]: place["cases"] for place in now["places"]}) == (1, {"SG": 1})
    assert auditor.get("/api/v1/intermediaries/").json() == []
    window = Consultation.objects.get(case=case, jurisdiction="FR")
    with journeys.at(window.due_at - timedelta(hours=1)):
        seat = client_of(officer_of("JP", Role.CRISIS_SEAT))
        shown = [reader.get("/api/v1/situation/").json()["windows"] for reader in (auditor, seat)]
    assert [{row["case"] for row in rows} for rows in shown] == [{case.reference}, {None}]
    for name in ("readiness", "coordination", "burden", "situation", "intermediaries"):
        assert client_of(exporter, "cases:read").get(f"/api/v1/{name}/").status_code == 404
