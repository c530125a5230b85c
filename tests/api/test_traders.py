"""A trader's system answers, an inspector's reports the audit, a decider's decides; applying is done in person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from api.views import traders as given
from core import clock
from exemptions import icp, trader_policies
from exemptions.models import TrustedTrader
from licensing.services import traders
from members.models import ApiClient, Organisation, Role, User
from tests.api.test_exemptions import IN_PERSON, acts_of, pointer, sent, told
from tests.exemptions.test_traders import decided
from tests.exemptions.traders import DOUBT, decider, inspector
from tests.licensing.conftest import Desk, OfficerOf, answered, desk

__all__ = ["answered", "decided", "desk"]
pytestmark = pytest.mark.usefixtures("in_force")
ClientOf = Callable[..., APIClient]
HOME = "/api/v1/traders/"


def filled(exporter: APIClient) -> str:
    """The address of what was begun and answered over the API, under /api/v1."""
    begun = sent(exporter, "/traders/", {}).json()
    home = f"/traders/{begun['reference']}/"
    for element in exporter.get(f"{HOME}questions/").json()["elements"]:
        answers = {one["key"]: "yes" for one in element["questions"]}
        part = {"answers": answers, "evidence": "Handbook, chapter 3."}
        answer = sent(exporter, f"{home}parts/{element['key']}/", part)
        assert answer.status_code == 200, answer.json()
    return home


def test_its_system_answers_and_the_trader_applies_in_person(
    client_of: ClientOf, exporter: User, organisation: Organisation, officer_of: OfficerOf
) -> None:
    holder = client_of(exporter)
    home = filled(holder)
    assert sent(holder, "/traders/", {}).json()["reference"] in home, "begun once"
    whole = holder.get(f"/api/v1{home}").json()
    assert (whole["status"], whole["missing"]) == ("draft", [])
    part = sent(holder, f"{home}parts/training/", given.PART).json()
    assert (part["missing"], part["answers"]["training"]["records"]) == (["training"], "partly")
    for wrong, field in (
        ({"answers": {"yearly": "maybe"}}, "answers.yearly"),
        ({"answers": {"weekly": "yes"}}, "answers.weekly"),
        ({"answers": {}, "proof": "None"}, "proof"),
    ):
        assert pointer(sent(holder, f"{home}parts/training/", wrong)) == field
    assert sent(holder, f"{home}parts/none-such/", given.PART).status_code == 404
    kept = sent(holder, f"{home}certificate/", given.CERTIFICATE).json()
    assert (kept["certificate"], [one["name"] for one in kept["documents"]]) == ("DEAEOF000012", ["aeo.pdf"])
    no_file = {**given.CERTIFICATE, "file": {"name": "aeo.pdf", "content": "%"}}
    assert pointer(sent(holder, f"{home}certificate/", no_file)) == "file.content"
    assert pointer(sent(holder, f"{home}certificate/", {**given.CERTIFICATE, "number": ""})) == "number"
    assert client_of(officer_of("DE")).get(f"/api/v1{home}").status_code == 404, "not sent yet"
    trader, system = TrustedTrader.objects.get(), User.objects.get(pk=exporter.pk)
    system.via = ApiClient(name="System")
    assert trader_policies.can_apply(system, trader).reason == IN_PERSON
    assert set(trader.answers) == {one.key for one in icp.questionnaire().elements}


def test_an_audit_is_taken_reported_and_decided_by_another_until_it_ends(
    decided: Desk, client_of: ClientOf, exporter: User, officer_of: OfficerOf
) -> None:
    holder, both = client_of(exporter), officer_of("DE", Role.INSPECTOR, Role.DECIDER)
    home = filled(holder)
    traders.apply(actor=exporter, trader=TrustedTrader.objects.get())
    looks, judge, abroad = client_of(both), client_of(decider()), client_of(decider("FR"))
    assert acts_of(looks, home)["begin_audit"]["allowed"]
    assert sent(client_of(inspector("FR")), f"{home}audit/").status_code == 403
    assert sent(looks, f"{home}audit/").json()["status"] == "under_audit"
    report: dict[str, Any] = {**given.AUDITED, "visited_on": clock.today().isoformat()}
    first, *others = report["findings"]
    for wrong, field in (
        ({"findings": others}, "findings"),
        ({"findings": [first, first, *others]}, "findings[1].element"),
        ({"findings": [{**first, "finding": "partly"}, *others]}, "findings[0].remark"),
        ({"findings": [{**first, "note": ""}, *others]}, "findings[0].note"),
        ({"visited_on": "2020-01-01"}, "visited_on"),
    ):
        assert pointer(sent(looks, f"{home}audit-report/", {**report, **wrong})) == field
    assert sent(looks, f"{home}audit-report/", report).json()["audits"][0]["score"] == 100
    why = "Another person than the inspector decides."
    assert acts_of(looks, home)["grant_trader"]["reason"] == why
    assert told(sent(client_of(both), f"{home}grant/", given.TRUSTED)) == (403, why)
    assert holder.get(f"/api/v1{home}").json()["audits"] == [], "told once it is decided"
    assert pointer(sent(judge, f"{home}grant/", given.DOUBTED)) == "reasons"
    granted = sent(judge, f"{home}grant/", given.TRUSTED).json()
    assert (granted["status"], granted["level"], granted["audits"][0]["decision"]) == (
        "granted",
        1,
        "granted",
    )
    mine, theirs = holder.get(f"/api/v1{home}").json(), abroad.get(f"/api/v1{home}").json()
    assert (mine["audits"][0]["summary"], mine["audits"][0]["reasons"]) == ("", given.TRUSTED["reasons"])
    assert (theirs["level"], theirs["answers"], theirs["audits"]) == (1, {}, [])
    assert sent(abroad, f"{home}suspension/", given.DOUBTED).json()["suspended_in"] == "FR"
    assert sent(abroad, f"{home}suspension/", given.DOUBTED).status_code == 409
    assert sent(abroad, f"{home}end/", given.DOUBTED).status_code == 403
    own = TrustedTrader.objects.select_related("organisation").get()
    exporter.via = ApiClient(name="System")
    assert trader_policies.can_end(exporter, own).reason == IN_PERSON
    assert sent(judge, f"{home}end/", given.DOUBTED).json()["ended_because"] == given.DOUBTED["reason"]
    assert acts_of(holder, home)["begin_anew"]["allowed"]


def test_where_audit_and_record_give_no_level_it_says_what_is_missing(
    decided: Desk, client_of: ClientOf, exporter: User
) -> None:
    home, looks, judge = filled(client_of(exporter)), client_of(inspector()), client_of(decider())
    traders.apply(actor=exporter, trader=TrustedTrader.objects.get())
    sent(looks, f"{home}audit/")
    rows = [{**one, "finding": "missing", "remark": DOUBT} for one in given.AUDITED["findings"]]
    report = {**given.AUDITED, "visited_on": clock.today().isoformat(), "findings": rows}
    assert sent(looks, f"{home}audit-report/", report).status_code == 200
    offered = acts_of(judge, home)["grant_trader"]
    blocked = sent(judge, f"{home}grant/", given.TRUSTED)
    assert (offered["allowed"], blocked.status_code) == (False, 409)
    assert offered["blockers"] == blocked.json()["blockers"] != []
    refused = sent(judge, f"{home}refusal/", given.NOT_TRUSTED).json()
    assert (refused["status"], refused["ended_because"]) == ("refused", given.NOT_TRUSTED["reasons"])
