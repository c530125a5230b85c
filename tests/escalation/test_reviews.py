"""Reviewing a crisis: figures before and after with intervals, kept documents, renewals that rest on them."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from alliance import adopting, measures, reviewing
from alliance.models import Declaration, Renewal, Review
from core import clock
from core.errors import Conflict, Forbidden, Invalid
from core.references import new_reference
from correspondence.models import Notice
from deadlines import services as deadlines
from escalation import effectiveness
from escalation.services import reviews
from ledger.models import Event
from ledger.testing import run_deliveries
from licensing.models import Application, Case, Decision
from members.models import Jurisdiction, Role
from tests import crises as crisis_makers
from tests import journeys
from tests.crises import seat
from tests.escalation.test_exits import with_plan
from tests.standing import stays
from tests.workbench.conftest import Desk, answered, desk, signed_in

__all__ = ["answered", "desk", "signed_in"]
pytestmark = pytest.mark.usefixtures("in_force")
FOUND = "Fewer licences were granted, and relief went on as before."
DAY = timedelta(days=1)


def again(case: Case, opened: datetime, hours: float, *, lead: str = "DE", lane: str = "standard") -> Case:
    """A case like one that was granted, registered and decided at other times."""
    decision = Decision.objects.get(case=case, status="countersigned")
    application = Application.objects.get(pk=case.application_id)
    application.pk, application.uid, application.reference = None, uuid4(), new_reference("AP")
    application.save(force_insert=True)
    new = Case.objects.get(pk=case.pk)
    new.pk, new.reference = None, new_reference("EN")
    new.application, new.lead = application, Jurisdiction.objects.get(code=lead)
    new.lane, new.opened_at, new.decided_at = lane, opened, opened + timedelta(hours=hours)
    new.save(force_insert=True)
    decision.pk, decision.uid = None, uuid4()
    decision.case, decision.countersigned_at = new, new.decided_at
    decision.save(force_insert=True)
    return new


def history(case: Case, declared: datetime) -> None:
    """Four weeks of two grants a day to Singapore, of 12 hours or so; then twelve days of one, of three hours."""
    for day in range(1, 29):
        for extra in range(2):
            again(case, declared - day * DAY - timedelta(hours=1), 10 + day % 5 + extra)
    for day in range(12):
        again(case, declared + day * DAY + timedelta(hours=1), 2 + day % 3)


@stays
def crisis(answered: Desk) -> Declaration:
    """A crisis twelve days old over trade with Singapore that was there before."""
    answered.decide()
    with journeys.at(clock.now() - 12 * DAY - timedelta(hours=2)):
        declaration = with_plan(crisis_makers.in_force("DE", "FR"))
    assert declaration.in_force_at is not None
    history(answered.reload(), declaration.in_force_at)
    return declaration


def row_of(document: dict[str, Any], indicator: str, group: str = "objectives") -> dict[str, Any]:
    return next(one for one in document[group] if one["indicator"] == indicator)


def test_before_and_after_are_compared_with_n_and_an_interval(crisis: Declaration) -> None:
    found = effectiveness.compare(crisis)
    assert (found["period_days"], found["periods_before"], found["periods_after"]) == (1, 28, 12)
    grants = row_of(found, "grants")
    assert (grants["wanted"], grants["verdict"]) == ("fall", "as_wanted")
    assert (grants["shift"]["before"]["n"], grants["shift"]["after"]["n"]) == (28, 12)
    assert (grants["shift"]["before"]["median"], grants["shift"]["after"]["median"]) == (2, 1)
    assert grants["shift"]["high"] < 0
    hours = row_of(found, "hours_to_decision", "side_effects")
    assert (hours["shift"]["before"]["n"], hours["shift"]["after"]["n"]) == (56, 12)
    assert (hours["verdict"], hours["moved_elsewhere_too"]) == ("fell", False)
    assert hours["shift"]["difference"] == pytest.approx(-9.5, abs=0.6)
    # Three objectives are told together: each interval is surer than the whole.
    assert found["confidence_each"] == pytest.approx(1 - 0.05 / len(found["objectives"]))


def test_what_hardly_happened_cannot_be_told(crisis: Declaration) -> None:
    found = effectiveness.compare(crisis)
    relief = row_of(found, "humanitarian_hours", "side_effects")
    assert (relief["verdict"], relief["shift"]["too_few"]) == ("cannot_tell", True)
    lapses = row_of(found, "lapses", "side_effects")
    assert (lapses["verdict"], lapses["shift"]["too_few"]) == ("cannot_tell", False)


def test_a_crisis_of_a_few_days_cannot_be_judged(answered: Desk) -> None:
    answered.decide()
    with journeys.at(clock.now() - 5 * DAY):
        declaration = with_plan(crisis_makers.in_force("DE"))
    assert declaration.in_force_at is not None
    history(answered.reload(), declaration.in_force_at)
    found = effectiveness.compare(declaration)
    assert {row["verdict"] for row in found["objectives"]} == {"cannot_tell"}


def test_trade_of_a_member_that_opted_out_is_not_counted(answered: Desk) -> None:
    answered.decide()
    with journeys.at(clock.now() - 12 * DAY - timedelta(hours=2)):
        declaration = with_plan(crisis_makers.in_force("FR"))
    assert declaration.in_force_at is not None
    history(answered.reload(), declaration.in_force_at)
    assert row_of(effectiveness.compare(declaration), "grants")["shift"]["before"]["median"] == 0


def test_what_moved_elsewhere_too_is_said(crisis: Declaration, answered: Desk) -> None:
    crisis.payload["measures"] = [
        {**one, "scope": {"destinations": ["RU"]}} for one in crisis.payload["measures"]
    ]
    crisis.save()
    grants = row_of(effectiveness.compare(crisis), "grants")
    assert grants["shift"]["before"]["median"] == 0
    assert grants["elsewhere"]["way"] == "fell"
    assert not grants["moved_elsewhere_too"], "nothing moved where the measures bear"


def test_after_eight_weeks_periods_are_weeks_and_the_baseline_is_what_is_known(answered: Desk) -> None:
    answered.decide()
    with journeys.at(clock.now() - 70 * DAY):
        declaration = with_plan(crisis_makers.in_force("DE"))
    assert declaration.in_force_at is not None
    again(answered.reload(), declaration.in_force_at - 30 * DAY, 5)
    p = effectiveness.periods(declaration)
    assert (p.length.days, p.before, p.after) == (7, 4, 10)


def test_the_number_of_queries_does_not_grow_with_the_cases(crisis: Declaration, answered: Desk) -> None:
    with CaptureQueriesContext(connection) as few:
        effectiveness.compare(crisis)
    assert crisis.in_force_at is not None
    for day in range(20):
        again(answered.case, crisis.in_force_at - day * DAY, 5)
    with CaptureQueriesContext(connection) as many:
        effectiveness.compare(crisis)
    assert len(few) == len(many)
    assert len(few) <= 25


def test_a_review_is_kept_as_it_was_found(crisis: Declaration) -> None:
    with pytest.raises(Forbidden, match="seat of the crisis unit"):
        reviews.keep(actor=crisis_makers.decider("DE"), declaration=crisis, findings=FOUND)
    with pytest.raises(Invalid, match="characters"):
        reviews.keep(actor=seat("DE"), declaration=crisis, findings="Fine.")
    reviews.keep(actor=seat("DE"), declaration=crisis, findings=FOUND)
    kept = Review.objects.get()
    assert hashlib.sha256(reviewing.text_of(kept)).hexdigest() == kept.sha256
    assert json.loads(reviewing.text_of(kept)) == kept.document
    event = Event.objects.get(type="review.kept")
    assert (event.facts["sha256"], event.facts["findings"]) == (kept.sha256, FOUND)
    for change in (lambda: Review.objects.update(findings="Another word of it."), kept.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert not kept.after_the_end


def test_a_renewal_rests_on_a_fresh_review(crisis: Declaration) -> None:
    german, last = seat("DE"), clock.today() + timedelta(days=175)
    crisis.refresh_from_db(fields=["sunset_at"])
    given = {"actor": german, "declaration": crisis, "findings": "Still needed as long as it lasts."}
    assert crisis.sunset_at is not None
    with journeys.at(crisis.sunset_at - 20 * DAY):
        last = clock.today() + timedelta(days=60)
        with pytest.raises(Conflict, match="Review the measures first"):
            adopting.propose_renewal(**given, last_day=last)
        reviews.keep(actor=german, declaration=crisis, findings=FOUND)
    with journeys.at(crisis.sunset_at - 5 * DAY):
        with pytest.raises(Conflict, match="last two weeks"):
            adopting.propose_renewal(**given, last_day=last)
        review = reviews.keep(actor=german, declaration=crisis, findings=FOUND)
        renewal = adopting.propose_renewal(**given, last_day=last)
        assert renewal.review == review
        assert Event.objects.get(type="renewal.proposed").facts["review_sha256"] == review.sha256
        with pytest.raises(IntegrityError), transaction.atomic():
            Renewal.objects.filter(pk=renewal.pk).update(review=None)


def test_after_the_end_a_review_is_asked_for_until_it_is_kept(crisis: Declaration) -> None:
    crisis_makers.end(crisis)
    run_deliveries()
    french = seat("FR")
    with journeys.later(days=31):
        deadlines.tick()
        run_deliveries()
        assert Event.objects.filter(type="review.overdue").count() == 1
        assert Notice.objects.filter(recipient=french, subject__contains="review is overdue").exists()
        assert reviews.keep(actor=french, declaration=crisis, findings=FOUND).after_the_end


def test_a_review_in_time_leaves_nothing_overdue(crisis: Declaration) -> None:
    reviews.keep(actor=seat("FR"), declaration=crisis, findings=FOUND)
    crisis_makers.end(crisis)
    reviews.keep(actor=seat("FR"), declaration=crisis, findings=FOUND)
    with journeys.later(days=31):
        deadlines.tick()
    assert not Event.objects.filter(type="review.overdue").exists()


def test_every_measure_can_be_measured_and_a_set_may_say_by_what() -> None:
    own = crisis_makers.measures()
    assert [aim.indicator.name for aim in measures.parse(own).measures[0].aims] == ["grants"]
    own["measures"][0]["indicators"] = [{"name": "applications", "wanted": "fall"}]
    (aim,) = measures.parse(own).measures[0].aims
    assert (aim.indicator.name, aim.wanted) == ("applications", "fall")
    for wrong, path in (
        ([], "measures.0.indicators"),
        ([{"name": "peace", "wanted": "rise"}], "measures.0.indicators.0.name"),
        ([{"name": "grants", "wanted": "both"}], "measures.0.indicators.0.wanted"),
        ([{"name": "grants", "wanted": "fall"}] * 2, "measures.0.indicators"),
    ):
        own["measures"][0]["indicators"] = wrong
        with pytest.raises(Invalid) as error:
            measures.parse(own)
        assert list(error.value.fields) == [path]


def test_the_page_shows_figures_keeps_a_review_and_hands_it_out(crisis: Declaration, signed_in) -> None:
    home = f"/workbench/crises/{crisis.reference}/review/"
    browser = signed_in(seat("DE"))
    page = browser.get(home).content.decode()
    assert "Moved as wanted" in page
    assert "Cannot tell" in page
    assert "below 8 on a side nothing is said" in page
    assert browser.post(home, {"findings": "No."}).status_code == 422
    assert browser.post(home, {"findings": FOUND}).status_code == 302
    kept = Review.objects.get()
    page = browser.get(f"{home}{kept.uid}/").content.decode()
    assert FOUND in page
    file = browser.get(f"{home}{kept.uid}/?format=json").content
    assert hashlib.sha256(file).hexdigest() == kept.sha256
    officer = signed_in(crisis_makers.factories.officer_of("DE", Role.LICENSING_OFFICER))
    assert "Only a seat of the crisis unit" in officer.get(home).content.decode()
    assert officer.post(home, {"findings": FOUND}).status_code == 403
    assert browser.get(f"{home}00000000-0000-4000-8000-000000000000/").status_code == 404
