"""Officers' systems judge uses, bar exporters, grant under templates and hold waivers to their safeguards."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from alliance.models import Declaration
from api import exporters
from api.examples import DOSSIER
from api.views import bars, granted, uses, waivers
from api.views.authorisations import WITH_PROGRAMME
from core import clock
from enforcement.models import PreShipmentCheck
from enforcement.policies import can_perform_check
from exemptions import instrument_policies, policies, trader_policies
from exemptions.models import Authorisation, Bar, TraderAudit, TrustedTrader, Use, Waiver
from licensing import using
from members.models import ApiClient, Organisation, Role, User
from tests import authorisations as made
from tests import crises, factories, journeys
from tests.crises import decider, seat
from tests.exemptions.test_waivers import granted as waiver_granted
from tests.licensing.conftest import OfficerOf
from tests.standing import stays

pytestmark = pytest.mark.usefixtures("in_force")
ClientOf = Callable[..., APIClient]
HOME = "/api/v1"
IN_PERSON = "A system cannot do this. Sign in and do it yourself."


def sent(client: APIClient, address: str, given: Any = None) -> Any:
    return client.post(f"{HOME}{address}", given, format="json")


def pointer(answer: Any) -> str:
    assert answer.status_code == 422, answer.json()
    return str(answer.json()["errors"][0]["pointer"])


def told(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["detail"]


def acts_of(client: APIClient, address: str) -> dict[str, Any]:
    return {one["name"]: one for one in client.get(f"{HOME}{address}").json()["acts"]}


def days(given: dict[str, Any]) -> dict[str, Any]:
    """An example with days that lie ahead now."""
    today = clock.today()
    return {**given, "first_day": today.isoformat(), "last_day": (today + timedelta(days=20)).isoformat()}


def by_system(person: User) -> User:
    """The person, met at the door as a system of theirs."""
    person.via = ApiClient(name="System")
    return person


@stays
def waiting(exporter: User, organisation: Organisation) -> Use:
    """A use that waits for an officer: the list of EU001 does not name its destination."""
    registration = made.registered(exporter, organisation, "eu001")
    asked = made.asked("eu001", parties=made.to("US"))
    return using.declare(actor=exporter, registration=registration, asked=asked)


def test_a_use_that_waits_is_found_judged_and_told(
    waiting: Use, client_of: ClientOf, exporter: User, officer_of: OfficerOf
) -> None:
    home, holder = f"/uses/{waiting.reference}/", client_of(exporter)
    officer, judge = client_of(officer_of("DE")), client_of(decider("DE"))
    [listed] = officer.get(f"{HOME}/uses/?status=in_review&member=DE&key=eu001").json()["results"]
    assert (listed["reference"], listed["status"]) == (waiting.reference, "in_review")
    assert officer.get(f"{HOME}/uses/?status=recorded").json()["results"] == []
    whole = officer.get(f"{HOME}{home}").json()
    assert whole["declared"]["end_use"] == made.END_USE
    offered = acts_of(officer, home)["accept_use"]
    assert (offered["allowed"], offered["reason"]) == (
        False,
        "Only a decider of the exporter's member can do this.",
    )
    assert told(sent(officer, f"{home}acceptance/", uses.JUDGED)) == (403, offered["reason"])
    assert pointer(sent(judge, f"{home}acceptance/", {"reason": " "})) == "reason"
    assert (
        pointer(sent(judge, f"{home}acceptance/", {"reason": "It holds.", "reasons": "Slip."})) == "reasons"
    )
    assert sent(client_of(decider("FR")), f"{home}acceptance/", uses.JUDGED).status_code == 404
    assert sent(holder, f"{home}acceptance/", uses.JUDGED).status_code == 403
    href = acts_of(judge, home)["accept_use"]["href"]
    tag = judge.get(f"{HOME}{home}")["ETag"]
    answer = judge.post(href, uses.JUDGED, format="json", HTTP_IF_MATCH=tag).json()
    assert (answer["status"], answer["judged_because"], answer["acts"]) == (
        "recorded",
        uses.JUDGED["reason"],
        [],
    )
    assert sent(judge, f"{home}refusal/", uses.DECLINED).status_code == 409


def test_a_use_that_is_refused_becomes_an_application(
    waiting: Use, client_of: ClientOf, exporter: User
) -> None:
    home, holder = f"/uses/{waiting.reference}/", client_of(exporter)
    declined = sent(client_of(decider("DE")), f"{home}refusal/", uses.DECLINED).json()
    assert declined["status"] == "refused"
    assert set(acts_of(holder, home)) == {"apply_instead"}
    draft = sent(holder, f"{home}application/")
    assert draft.status_code == 201, draft.json()
    assert draft.json()["dossier"]["items"][0]["control_code"] == DOSSIER["items"][0]["control_code"]
    assert sent(client_of(decider("DE"), "applications:write"), f"{home}application/").status_code == 403


def test_a_number_means_the_exporter_in_the_register_of_ones_own_member(
    organisation: Organisation, officer_of: OfficerOf
) -> None:
    number, french = organisation.registration_number, factories.JurisdictionFactory(code="FR")
    factories.OrganisationFactory(jurisdiction=french, registration_number=number, name="A firm abroad")
    sees_all = officer_of("DE", Role.DECIDER, Role.AUDITOR)
    assert exporters.named(sees_all, f" {number.lower()} ") == organisation


def test_one_decider_bars_and_another_lifts(
    waiting: Use, client_of: ClientOf, exporter: User, organisation: Organisation, officer_of: OfficerOf
) -> None:
    first = decider("DE")
    barring, again, other = client_of(first), client_of(first), client_of(decider("DE"))
    given = {**bars.BARRED, "exporter": organisation.registration_number, "keys": ["eu001"]}
    for changes, field in (
        ({"exporter": "HRB none"}, "exporter"),
        ({"keys": ["eu999"]}, "keys"),
        ({"told": False}, "why_untold"),
        ({"whom": "all"}, "whom"),
    ):
        assert pointer(sent(barring, "/bars/", {**given, **changes})) == field
    assert sent(client_of(officer_of("DE")), "/bars/", given).status_code == 403
    assert pointer(sent(client_of(decider("FR")), "/bars/", given)) == "exporter"
    bar = sent(barring, "/bars/", given).json()
    home = f"/bars/{bar['uid']}/"
    assert client_of(exporter).get(f"{HOME}{home}").json()["reason"] == given["reason"]
    assert (
        client_of(decider("FR")).get(f"{HOME}/bars/?standing=true").json()["results"][0]["uid"] == bar["uid"]
    )
    registration = waiting.registration.reference
    assert barring.get(f"{HOME}/registrations/{registration}/").json()["status"] == "barred"
    assert told(sent(again, f"{home}lifting/", bars.LIFTED)) == (
        403,
        "A bar is lifted by another person than barred.",
    )
    assert sent(other, f"{home}lifting/", bars.LIFTED).json()["lifted_because"] == bars.LIFTED["reason"]
    assert sent(other, f"{home}lifting/", bars.LIFTED).status_code == 409
    assert other.get(f"{HOME}/bars/?standing=true").json()["results"] == []
    assert pointer(other.get(f"{HOME}/bars/?standing=maybe")) == "standing"
    assert sent(other, f"/uses/{waiting.reference}/acceptance/", uses.JUDGED).json()["status"] == "recorded"
    quiet = {**given, "told": False, "why_untold": "The goods are of no use to anybody abroad."}
    kept = sent(barring, "/bars/", quiet).json()
    assert kept["why_untold"] == quiet["why_untold"]
    assert client_of(exporter).get(f"{HOME}/bars/{kept['uid']}/").json()["why_untold"] == ""
    abroad, file = client_of(decider("FR")), f"{HOME}/registrations/{registration}/"
    assert abroad.get(f"{HOME}/bars/{kept['uid']}/").status_code == 404
    untold, use = (
        "The exporter's member has barred it.",
        f"{HOME}/authorisations/eu001/uses/{waiting.reference}/",
    )
    assert (abroad.get(file).json()["why"], barring.get(file).json()["why"]) == (untold, given["reason"])
    assert abroad.get(use).json()["reasons"] == [untold]
    assert given["reason"] in barring.get(use).json()["reasons"][0]
    page = Client()
    page.force_login(decider("FR"), backend="allauth.account.auth_backends.AuthenticationBackend")
    for place in (f"registrations/{registration}", f"uses/{waiting.reference}"):
        shown = page.get(f"/workbench/{place}/").content.decode()
        assert ("has barred it." in shown, given["reason"] in shown) == (True, False)


def test_two_systems_of_one_person_are_one_hand_under_a_template(
    client_of: ClientOf, exporter: User, organisation: Organisation, officer_of: OfficerOf
) -> None:
    first = decider("DE")
    drafting, same, other = client_of(first), client_of(first), client_of(decider("DE"))
    given = {**days(granted.DRAFTED), "exporter": organisation.registration_number}
    for changes, field in (
        ({"authorisation": "none-such"}, "authorisation"),
        ({"exporter": "HRB none"}, "exporter"),
        ({"cap": "0"}, "cap"),
        ({"last_day": "9999-12-31"}, "last_day"),
        ({"recipients": ["One of them", "Another of them"]}, "recipients"),
        ({"authorisation": "eu001"}, None),
    ):
        answer = sent(drafting, "/granted-authorisations/", {**given, **changes})
        assert answer.status_code == 403 if field is None else pointer(answer) == field
    drafted = sent(drafting, "/granted-authorisations/", given)
    assert drafted.status_code == 201, drafted.json()
    home = f"/granted-authorisations/{drafted.json()['reference']}/"
    assert client_of(exporter).get(f"{HOME}{home}").status_code == 404, "a draft is nobody's business yet"
    why = "It is granted by another person than drafted it."
    assert acts_of(same, home)["grant_authorisation"]["reason"] == why
    assert told(sent(same, f"{home}grant/")) == (403, why)
    assert sent(other, f"{home}grant/").json()["status"] == "granted"

    def standing_as(state: str) -> int:
        return len(other.get(f"{HOME}/granted-authorisations/?status={state}").json()["results"])

    assert (standing_as("granted"), standing_as("expired")) == (1, 0)
    with journeys.at(clock.now() + timedelta(days=40)):  # over with its last day, though no clock has ticked
        assert other.get(f"{HOME}{home}").json()["status"] == "expired"
        assert (standing_as("granted"), standing_as("expired")) == (0, 1)
    shown = client_of(exporter).get(f"{HOME}{home}").json()
    assert (shown["used"], shown["reasons"], shown["acts"]) == ("0", "", [])
    assert pointer(sent(other, f"{home}revocation/", {"reason": ""})) == "reason"
    assert sent(other, f"{home}revocation/", granted.TAKEN_BACK).json()["status"] == "revoked"
    rows = other.get(f"{HOME}/granted-authorisations/?status=revoked&key=individual").json()["results"]
    assert [one["reference"] for one in rows] == [drafted.json()["reference"]]


def test_what_a_seat_does_for_a_crisis_it_does_in_person(
    client_of: ClientOf, organisation: Organisation
) -> None:
    crisis = crises.in_force("DE")
    given = {**days(granted.DRAFTED), "exporter": organisation.registration_number}
    answer = sent(
        client_of(seat("DE")), "/granted-authorisations/", {**given, "authorisation": "crisis-supply"}
    )
    assert told(answer) == (403, IN_PERSON)
    drafted = made.for_crisis(crisis)
    home = f"/granted-authorisations/{drafted.reference}/"
    assert told(sent(client_of(seat("DE")), f"{home}revocation/", granted.TAKEN_BACK)) == (403, IN_PERSON)
    shown = client_of(decider("DE")).get(f"{HOME}{home}").json()
    assert (shown["crisis"], shown["exporter"], shown["status"]) == (crisis.reference, "", "granted")
    given = {**days(waivers.DRAFTED), "crisis": crisis.reference, "exporter": given["exporter"]}
    assert told(sent(client_of(seat("DE")), "/waivers/", given)) == (403, IN_PERSON)


def test_a_registration_is_proven_by_a_file_that_its_member_reads(
    client_of: ClientOf, exporter: User, officer_of: OfficerOf
) -> None:
    given, holder = WITH_PROGRAMME, client_of(exporter)
    for content, field in (("%", "document.content"), ("bm90aGluZw==", "document.content")):
        wrong = {**given, "document": {"name": "handbook.pdf", "content": content}}
        assert pointer(sent(holder, "/registrations/", wrong)) == field
    assert pointer(sent(holder, "/registrations/", {**given, "granted": "AU-0000-0000"})) == "granted"
    template = {"authorisation": "individual", "undertakings": ["read_conditions", "keep_records"]}
    assert pointer(sent(holder, "/registrations/", template)) == "granted", "what was granted is missing"
    registered = sent(holder, "/registrations/", given)
    assert (registered.status_code, registered.json()["why"]) == (201, "The notice period runs.")
    home = f"/registrations/{registered.json()['reference']}/"
    for officer, document in ((officer_of("DE"), "handbook.pdf"), (officer_of("FR"), None)):
        read = client_of(officer).get(f"{HOME}{home}").json()
        assert (read["programme"], (read["document"] or {}).get("name")) == (given["programme"], document)


@stays
def singapore(organisation: Organisation) -> Declaration:
    return crises.in_force("DE")


def test_a_waiver_is_drafted_by_a_system_and_granted_in_person(
    singapore: Declaration, client_of: ClientOf, organisation: Organisation, officer_of: OfficerOf
) -> None:
    officer = client_of(officer_of("DE"))
    given = {
        **days(waivers.DRAFTED),
        "crisis": singapore.reference,
        "exporter": organisation.registration_number,
    }
    for changes, field in (
        ({"crisis": "CR-0000-0000"}, "crisis"),
        ({"exporter": "HRB none"}, "exporter"),
        ({"lifts": ["consult"]}, "lifts"),
        ({"last_day": "9999-12-31"}, "last_day"),
        ({"precondition": "peace == 1"}, "precondition"),
        ({"measures": ["no-grant"]}, "measures"),
    ):
        assert pointer(sent(officer, "/waivers/", {**given, **changes})) == field
    drafted = sent(officer, "/waivers/", given)
    assert drafted.status_code == 201, drafted.json()
    assert (drafted.json()["status"], drafted.json()["share"]) == ("drafted", 100)
    waiver = Waiver.objects.get()
    assert not policies.can_grant(by_system(seat("FR")), waiver)
    assert policies.can_grant(seat("FR"), waiver)
    home = f"/waivers/{waiver.reference}/"
    assert sent(client_of(seat("FR")), f"{home}grant/").status_code == 404, "that key has no address"
    over = sent(client_of(decider("DE")), f"{home}revocation/", waivers.WHY).json()
    assert (over["status"], over["ended_because"], over["acts"]) == ("revoked", waivers.WHY["reason"], [])


def test_a_waiver_is_suspended_its_report_reviewed_and_it_is_restored(
    singapore: Declaration,
    client_of: ClientOf,
    exporter: User,
    organisation: Organisation,
    officer_of: OfficerOf,
) -> None:
    waiver = waiver_granted(singapore, organisation, lifts=["no-grant"])
    home, officer, judge = (
        f"/waivers/{waiver.reference}/",
        client_of(officer_of("DE")),
        client_of(decider("DE")),
    )
    assert sent(client_of(exporter), f"{home}reports/", waivers.REPORT).status_code == 201
    assert told(sent(officer, f"{home}suspension/", waivers.WHY)) == (
        403,
        "Only a decider or a seat of the crisis unit can do this.",
    )
    assert told(sent(client_of(seat("FR")), f"{home}suspension/", waivers.WHY)) == (403, IN_PERSON)
    assert sent(client_of(decider("FR")), f"{home}suspension/", waivers.WHY).status_code == 403
    tag = judge.get(f"{HOME}{home}")["ETag"]
    address = f"{HOME}{home}suspension/"
    assert judge.post(address, waivers.WHY, format="json", HTTP_IF_MATCH=tag).json()["status"] == "suspended"
    assert judge.post(address, waivers.WHY, format="json", HTTP_IF_MATCH=tag).status_code == 412
    stands_in_the_way = ["Report 1 has not been reviewed."]
    restore = acts_of(judge, home)["restore_waiver"]
    assert (restore["allowed"], restore["blockers"]) == (False, stands_in_the_way)
    blocked = sent(judge, f"{home}restoration/", waivers.MADE_GOOD)
    assert (blocked.status_code, blocked.json()["blockers"]) == (409, stands_in_the_way)
    review = acts_of(judge, home)["review_waiver_report"]["href"].removeprefix(HOME)
    assert pointer(sent(judge, review, {"remark": "x"})) == "remark"
    answer = judge.post(f"{HOME}{review}", waivers.REMARK, format="json", HTTP_IF_MATCH=tag)
    assert answer.status_code == 412, "it was suspended since"
    assert sent(judge, review, waivers.REMARK).json()["remark"] == waivers.REMARK["remark"]
    assert sent(judge, review.replace("/1/", "/first/"), waivers.REMARK).status_code == 404
    assert sent(judge, review, waivers.REMARK).status_code == 409
    kept = client_of(exporter).get(f"{HOME}{home}").json()
    assert (kept["reports"][0]["remark"], kept["reasons"]) == ("", "")
    assert [(act["title"], act["href"]) for act in kept["acts"]] == [
        ("File report 2", f"{HOME}{home}reports/")
    ]
    assert sent(judge, f"{home}restoration/", waivers.MADE_GOOD).json()["status"] == "granted"


def test_an_officer_with_a_seat_acts_at_home_by_system_and_elsewhere_in_person(
    organisation: Organisation,
) -> None:
    both = by_system(factories.officer_of("DE", Role.DECIDER, Role.CRISIS_SEAT))
    foreign = Organisation(jurisdiction_id="FR")
    for holder, allowed in ((organisation, True), (foreign, False)):
        waiver = Waiver(holder=holder)
        waiver.__dict__["status"] = "granted"
        assert policies.can_draft(both, holder).allowed is allowed
        assert policies.can_suspend(both, waiver).allowed is allowed
        assert policies.can_draft(both, holder).reason == ("" if allowed else IN_PERSON)


def test_four_eyes_hold_whoever_sends_it(organisation: Organisation) -> None:
    first, now = decider("DE"), clock.now()
    same, other = by_system(User.objects.get(pk=first.pk)), by_system(decider("DE"))
    bar = Bar(organisation=organisation, barred_by=first, barred_at=now)
    draft = Authorisation(holder=organisation, drafted_by=first, drafted_at=now)
    for policy, row in ((instrument_policies.can_lift, bar), (instrument_policies.can_grant, draft)):
        assert (policy(same, row).allowed, policy(other, row).allowed) == (False, True)  # type: ignore[operator]


def test_nobody_seconds_whom_they_act_for(organisation: Organisation) -> None:
    first, now = decider("DE"), clock.now()
    looks, judge = factories.officer_of("DE", Role.INSPECTOR), decider("DE")
    check = PreShipmentCheck(member_id="DE", asked_by=first, asked_at=now)
    trader = TrustedTrader(organisation=organisation, inspector=looks, suspended_by=first, suspended_at=now)
    trader.__dict__["status"] = "under_audit"
    audit = TraderAudit(trader=trader, inspector=looks, reported_at=now)
    for deputy in (False, True):
        for person in (looks, judge):
            person.__dict__["hands"] = frozenset({person.pk, first.pk} if deputy else {person.pk})
        said = (can_perform_check(looks, check), trader_policies.can_decide(judge, trader, audit))
        assert [verdict.allowed for verdict in said] == [not deputy] * 2
