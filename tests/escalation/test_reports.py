"""Situation reports: made at their hours, once each, whatever stood still meanwhile, and never changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import Error, transaction
from rest_framework.test import APIClient

from alliance import adopting, charter_text, preparing
from alliance.models import Adoption, Declaration
from core import signing
from correspondence.models import Notice
from deadlines import services as deadlines
from deadlines.models import DueInstant
from escalation.models import SituationReport
from escalation.services import reports
from ledger.models import Event
from ledger.testing import run_deliveries
from members.models import Jurisdiction, Organisation, User
from tests import crises, journeys
from tests.api.conftest import client_of
from tests.escalation.test_guidance import issued
from tests.licensing.conftest import OfficerOf
from tests.standing import stays

__all__ = ["client_of"]
MORNING = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)


def at_hour(day: int, hour: int) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=UTC)


def run() -> None:
    """Let the clock and the subscribers do whatever there is to do now."""
    for _pass in range(20):
        if not deadlines.tick() + run_deliveries():
            return


def made(declaration: Declaration) -> list[SituationReport]:
    return list(SituationReport.objects.filter(declaration=declaration).order_by("number"))


def agree_on_cameras(**changes: Any) -> None:
    """Put a set of one measure, for cameras that go to Singapore, into the library."""
    text = charter_text.write(crises.measures(**changes))
    preparing.agree(actor=crises.seat("FR"), prepared=preparing.write(actor=crises.seat("DE"), text=text))


@stays
def declared(in_force: None) -> Declaration:
    """In force since three in the morning, UTC; its scenario reports at six and at eighteen."""
    with journeys.at(MORNING):
        found = crises.in_force("DE")
        run_deliveries()
    return found


def test_a_report_is_made_at_each_hour_of_the_scenario_and_covers_the_time_since_the_last(
    declared: Declaration,
) -> None:
    with journeys.at(at_hour(27, 6) - timedelta(seconds=1)):
        run()
        assert made(declared) == []
    with journeys.at(at_hour(27, 6)):
        run()
    with journeys.at(at_hour(27, 18)):
        run()
        run()
    first, second = made(declared)
    assert (first.starts_at, first.ends_at) == (MORNING, at_hour(27, 6))
    assert (second.starts_at, second.ends_at) == (at_hour(27, 6), at_hour(27, 18))
    assert (first.late, second.late) == (None, None)
    assert second.sha256 == hashlib.sha256(signing.canonical(second.content)).hexdigest()
    told = Event.objects.filter(type="report.made").order_by("pk")
    assert [event.facts["sha256"] for event in told] == [first.sha256, second.sha256]
    subjects = Notice.objects.filter(subject__contains="situation report 1")
    assert subjects.exists()


def test_a_worker_down_over_instants_makes_each_missed_report_later_for_its_own_period(
    declared: Declaration,
) -> None:
    with journeys.at(at_hour(28, 19)):
        run()
    found = made(declared)
    assert [one.ends_at for one in found] == [
        at_hour(27, 6),
        at_hour(27, 18),
        at_hour(28, 6),
        at_hour(28, 18),
    ]
    assert [one.late for one in found] == [at_hour(28, 19) - one.ends_at for one in found]
    assert [one.starts_at for one in found] == [MORNING, *(one.ends_at for one in found[:-1])]
    (coming,) = DueInstant.objects.filter(kind="situation.report", state="open")
    assert coming.due_at == at_hour(29, 6)


def test_what_happened_is_counted_in_its_period_and_in_scope(
    in_force: None, exporter: User, organisation: Organisation, officer_of: OfficerOf
) -> None:
    with journeys.at(MORNING):
        agree_on_cameras()
        declared = crises.in_force("FR", set_key="cameras")
        elsewhere = crises.in_force("FR", set_key="cameras", scope={"destinations": ["BR"]})
        run_deliveries()
    with journeys.at(MORNING + timedelta(hours=1)):
        case = journeys.file(exporter, organisation, journeys.dossier(own_reference="DRILL-1"))
        notice = issued(officer_of, "question", destinations=["SG"])
    with journeys.at(MORNING + timedelta(hours=2)):
        run()
    with journeys.at(at_hour(27, 6)):
        run()
    (report,), (other,) = made(declared), made(elsewhere)
    told, apart = report.content, other.content
    assert (told["cases"]["opened"], told["cases"]["open"]) == (1, 1)
    assert (apart["cases"]["opened"], apart["cases"]["open"]) == (0, 0)
    lapses = {line["member"]: line["lapses"] for line in told["members"]}
    assert lapses["FR"] == 1
    assert lapses["US"] == 1
    assert not any(line["lapses"] for line in apart["members"])
    assert [one["reference"] for one in told["guidance"]] == [notice.reference]
    assert {line["member"]: line["adoption"] for line in told["members"]}["FR"] == "adopted"
    assert case.reference not in str(told)
    with journeys.at(at_hour(27, 18)):
        run()
    assert made(declared)[1].content["cases"]["opened"] == 0
    assert made(declared)[1].content["cases"]["opened_since"] == 1


def test_a_late_report_says_what_one_in_time_would_have_said(declared: Declaration) -> None:
    with journeys.at(at_hour(27, 6) + timedelta(minutes=5)):
        adopting.opt_out(
            actor=crises.decider("DE"), declaration=declared, reason="The parliament has refused it."
        )
    with journeys.at(at_hour(27, 7)):
        run()
    (report,) = made(declared)
    assert {line["member"]: line["adoption"] for line in report.content["members"]}["DE"] == "adopted"
    assert report.late == timedelta(minutes=5)  # the act applied first what was due before it


def test_a_member_that_joined_or_opted_out_since_does_not_break_it(declared: Declaration) -> None:
    with journeys.at(at_hour(27, 5)):
        Jurisdiction.objects.create(code="NO", name="Norway", timezone="Europe/Oslo", calendar="DE")
        adopting.opt_out(
            actor=crises.decider("DE"), declaration=declared, reason="The parliament has refused it."
        )
    with journeys.at(at_hour(27, 6)):
        run()
    (report,) = made(declared)
    stands = {line["member"]: line["adoption"] for line in report.content["members"]}
    assert (stands["NO"], stands["DE"], stands["FR"]) == ("", "opted_out", "pending")
    assert Adoption.objects.filter(declaration=declared, jurisdiction="NO").count() == 0


def test_a_last_report_closes_the_series_after_those_that_were_missed(declared: Declaration) -> None:
    with journeys.at(at_hour(28, 7)):
        crises.end(declared)
        run()
        run()
    found = made(declared)
    assert [one.ends_at for one in found] == [at_hour(27, 6), at_hour(27, 18), at_hour(28, 6), at_hour(28, 7)]
    assert [one.final for one in found] == [False, False, False, True]
    assert found[-1].content["ended_because"] == "The reason for it has gone away."
    with journeys.at(at_hour(30, 7)):
        run()
        reports.close(declaration_id=declared.pk)
        reports.begin(declaration_id=declared.pk)
    assert len(made(declared)) == 4
    assert not DueInstant.objects.filter(kind="situation.report", state="open").exists()


def test_a_sunset_at_the_hour_of_a_report_makes_only_the_last_one(in_force: None) -> None:
    with journeys.at(at_hour(26, 23)):
        agree_on_cameras(sunset={"amount": 1, "unit": "calendar_days"})
        declared = crises.in_force(set_key="cameras", scenario="wartime")
        run()
    sunset = declared.sunset_at
    assert sunset is not None
    assert sunset.hour == 0
    with journeys.at(sunset + timedelta(minutes=10)):
        run()
    found = made(declared)
    assert [one.ends_at for one in found if one.final] == [sunset]
    assert [one.ends_at for one in found].count(sunset) == 1
    assert found[-1].starts_at == sunset - timedelta(hours=6)


def test_reports_are_never_changed(declared: Declaration) -> None:
    with journeys.at(at_hour(27, 6)):
        run()
    (report,) = made(declared)
    with pytest.raises(Error), transaction.atomic():
        SituationReport.objects.filter(pk=report.pk).update(number=7)
    with pytest.raises(Error), transaction.atomic():
        SituationReport.objects.filter(pk=report.pk).delete()


def test_officers_of_every_member_read_them_and_exporters_do_not(
    declared: Declaration, officer_of: OfficerOf, exporter: User, client_of: Callable[..., APIClient]
) -> None:
    with journeys.at(at_hour(27, 6)):
        run()
    (report,) = made(declared)
    path = f"/api/v1/situation-reports/{report.reference}/"
    for member in ("DE", "FR", "JP"):
        told = client_of(officer_of(member)).get(path).json()
        assert hashlib.sha256(signing.canonical(told["content"])).hexdigest() == told["sha256"]
    listed = client_of(officer_of("JP")).get(f"/api/v1/situation-reports/?crisis={declared.reference}").json()
    assert [row["number"] for row in listed["results"]] == [1]
    assert client_of(exporter).get(path).status_code == 404
    assert client_of(officer_of("JP")).get("/api/v1/situation-reports/SR-0000-0000/").status_code == 404
