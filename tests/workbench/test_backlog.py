"""The queue in the order of its backlog: default, reasons, filters, queries, index, and the published figures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core import clock
from deadlines.models import DueInstant
from ledger.models import Event
from licensing.models import Case, Harm
from licensing.selectors import backlog
from licensing.selectors.queue import Filters, View
from licensing.services import assessments
from members.models import Organisation, Role, User
from screening.models import Hit
from tests import journeys
from tests.licensing.conftest import OfficerOf
from tests.workbench.conftest import Desk
from tests.workbench.test_cases import SignedIn
from tests.workbench.test_hits import CYRILLIC, filed, scripts

WATER = {
    "kind": "humanitarian",
    "provider": "un_agency",
    "supply": "water",
    "reference": "Flash appeal 2026",
    "explanation": "Purification units for two districts cut off by floods.",
    "people": 120_000,
}
QUEUE = "/workbench/queue/ours/"


def aid(exporter: User, organisation: Organisation, **ground: Any) -> Case:
    return journeys.file(exporter, organisation, journeys.dossier(ground={**WATER, **ground}))


def order(user: User, view: str = View.OURS, **filters: str) -> list[str]:
    found = backlog.backlog(user, view, Filters(**filters))
    return [case.reference for case in backlog.cases(user, view, found, found.keys)]


def test_an_assessment_judges_what_waiting_costs_and_says_so(
    desk: Desk, exporter: User, organisation: Organisation
) -> None:
    plain = Harm.objects.get(case=desk.case)
    assert (plain.base, plain.rise, [line["key"] for line in plain.lines]) == (100, 0, ["ordinary"])
    case = aid(exporter, organisation, needed_by="2027-01-31", perishable=True)
    harm = Harm.objects.get(case=case)
    assert harm.lines[-1]["sentence"] == "120,000 people are served."
    assert harm.version == "2026-11-27"
    assert harm.needed_by is not None
    assert harm.rate(case.opened_at + timedelta(days=1)) > harm.rate(case.opened_at) == harm.base > 4000
    told = Event.objects.get(type="application.assessed", aggregate=f"case:{case.pk}")
    assert told.facts["harm"] == [harm.base, harm.version]
    assert str(harm) == f"{case.pk}: {harm.base}"


def test_the_queue_of_open_cases_begins_with_what_harms_most_by_waiting(
    desk: Desk, exporter: User, organisation: Organisation, officer_of: OfficerOf, signed_in: SignedIn
) -> None:
    officer = officer_of("DE", Role.DECIDER, Role.LICENSING_OFFICER)
    case = aid(exporter, organisation)
    Case.objects.filter(pk=case.pk).update(lane="standard")
    assert order(officer) == [case.reference, desk.case.reference]
    browser = signed_in(officer)
    page = browser.get(QUEUE).content.decode()
    assert page.index(case.reference) < page.index(desk.case.reference)
    assert "Water: harm grows quickly. 120,000 people are served." in page
    assert "How this order is made" in page
    assert 'aria-sort="ascending"' in page
    turned = browser.get(f"{QUEUE}?sort=-harm").content.decode()
    assert turned.index(desk.case.reference) < turned.index(case.reference)
    by_reference = browser.get(f"{QUEUE}?sort=reference").content.decode()
    assert "How this order is made" not in by_reference
    assert browser.get("/workbench/queue/all/?sort=harm").status_code == 200


def test_a_critical_item_and_an_open_strong_hit_wait_for_their_checks(
    desk: Desk, exporter: User, organisation: Organisation, officer_of: OfficerOf, signed_in: SignedIn
) -> None:
    officer = officer_of("DE", Role.DECIDER, Role.LICENSING_OFFICER)
    case = aid(exporter, organisation)
    Case.objects.filter(pk=case.pk).update(lane="standard")
    now = clock.now()

    def barred() -> set[int]:
        return {row.key for row in backlog.waiting(officer, View.OURS, now) if row.barred}

    def say(**facts: bool) -> None:
        assessment = case.assessments.get()
        assessment.facts |= facts
        assessment.save()

    assert barred() == set()
    say(critical_item=True)
    assert barred() == {case.pk}
    assert order(officer) == [desk.case.reference, case.reference]
    say(critical_item=False)
    assert order(officer) == [case.reference, desk.case.reference]
    scripts()
    filed(exporter, organisation, CYRILLIC)
    assert Hit.objects.filter(strong=True).update(case_ref=f"case:{case.pk}") == 1
    assert case.pk in barred()
    assert order(officer).index(desk.case.reference) < order(officer).index(case.reference)
    assert "Checks first" in signed_in(officer).get(QUEUE).content.decode()
    second = officer_of("DE")
    Hit.objects.update(status="cleared", proposed_by=second, resolved_by=officer, resolved_at=now)
    assert case.pk not in barred()
    assert order(officer).index(case.reference) < order(officer).index(desk.case.reference)


def test_what_the_legal_clock_presses_leads_whatever_it_costs(
    desk: Desk, exporter: User, organisation: Organisation, officer_of: OfficerOf, signed_in: SignedIn
) -> None:
    officer = officer_of("DE", Role.DECIDER, Role.LICENSING_OFFICER)
    case = aid(exporter, organisation)
    DueInstant.objects.filter(aggregate=f"case:{desk.case.pk}", kind="consultation.window").update(
        due_at=clock.now() + timedelta(minutes=45)
    )
    assert order(officer) == [desk.case.reference, case.reference]
    assert "Legal time first" in signed_in(officer).get(QUEUE).content.decode()


def test_filters_take_cases_out_and_move_none(
    desk: Desk, exporter: User, organisation: Organisation, officer_of: OfficerOf
) -> None:
    officer = officer_of("DE", Role.DECIDER)
    references = [aid(exporter, organisation, people=people).reference for people in (5, 2_000_000, 20_000)]
    whole = order(officer)
    assert whole[:3] == [references[1], references[2], references[0]]
    for lane in ("humanitarian", "standard"):
        some = order(officer, lane=lane)
        assert some == [one for one in whole if one in some]
    assert order(officer, status="decided") == []


@pytest.mark.parametrize("view", backlog.VIEWS)
def test_strangers_find_nothing_in_the_order_either(desk: Desk, officer_of: OfficerOf, view: str) -> None:
    assert order(officer_of("JP", Role.DECIDER), view) == []


ARCHIVE = 3_000
ARCHIVED = """
    INSERT INTO licensing_case
    SELECT (jsonb_populate_record(one, jsonb_build_object(
        'id', 1000000 + number, 'application_id', 1000000 + number, 'reference', 'EN-' || number,
        'status', 'decided', 'decided_at', one.opened_at - number * interval '1 hour',
        'opened_at', one.opened_at - number * interval '1 hour'
    ))).*
    FROM licensing_case AS one, generate_series(1, %(rows)s) AS number
    WHERE one.id = %(case)s
"""


def scans_of(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield each table that a plan read, how, and how many of its rows it looked at."""
    if "Relation Name" in node:
        rows = (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
        yield {"table": node["Relation Name"], "type": node["Node Type"], "rows": rows}
    for child in node.get("Plans", ()):
        yield from scans_of(child)


def test_more_cases_take_no_more_queries_and_the_archive_is_not_read(
    desk: Desk, exporter: User, organisation: Organisation, officer_of: OfficerOf, signed_in: SignedIn
) -> None:
    officer = officer_of("DE", Role.DECIDER, Role.COUNTERSIGNER, Role.LICENSING_OFFICER)
    browser = signed_in(officer)
    counted = []
    for _round in range(2):
        browser.get(QUEUE)
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(QUEUE).status_code == 200
        counted.append(len(captured))
        for _number in range(3):
            journeys.file(exporter, organisation)
    assert counted[0] == counted[1] <= 15  # one more than other orders take: what is agreed about this one
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(ARCHIVED, {"case": desk.case.pk, "rows": ARCHIVE})
        cursor.execute(
            "SET LOCAL enable_seqscan = off"
        )  # most tables of tests are too small to need an index
        [plan] = json.loads(backlog.rows(officer, View.OURS).explain(format="json", analyze=True))
        transaction.set_rollback(True)
    scans = list(scans_of(plan["Plan"]))
    read = sum(scan["rows"] for scan in scans if scan["table"] == Case._meta.db_table)
    assert 0 < read < ARCHIVE / 100, scans
    assert not [scan for scan in scans if scan["type"] == "Seq Scan" and scan["table"] != "licensing_stake"]


def test_assessing_again_under_the_same_state_keeps_one_row(desk: Desk) -> None:
    before = Harm.objects.get(case=desk.case)
    assessments.assess(application_id=desk.case.application_id)
    assert Harm.objects.get(case=desk.case) == before


def test_the_figures_are_published_for_people_and_machines(in_force: None, client: Client) -> None:
    page = client.get("/harm/").content.decode()
    assert "Water: harm grows quickly." in page
    assert "from 100,000 people: 40 points" in page
    told = client.get("/harm/?format=json").json()
    assert told["kind"] == "harm"
    assert told["tables"]["order"]["aging"] == 100
