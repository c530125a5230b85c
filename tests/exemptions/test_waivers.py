"""Waivers of crisis measures: safeguards, two keys, what they lift, reports, and being suspended at once."""

from __future__ import annotations

import threading
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import Sum

from alliance.models import Declaration
from core import clock
from core.errors import Blocked, Conflict, Forbidden, Invalid
from correspondence.models import Notice
from deadlines import services as deadlines
from escalation import simulating
from escalation.services import exits
from escalation.services import waivers as watching
from exemptions import reporting, waiving
from exemptions.models import Waiver
from ledger.models import Event
from ledger.testing import run_deliveries
from licensing import guards
from licensing.models import Licence, WaiverUse
from licensing.selectors.standings import standing
from licensing.services import decisions
from members.models import Ministry, Organisation, Role, User
from tests import crises as crisis_makers
from tests import factories, journeys
from tests.crises import decider, seat
from tests.escalation.test_exits import take, with_plan
from tests.licensing.conftest import Desk, answered, desk
from tests.standing import stays

__all__ = ["answered", "desk"]
pytestmark = pytest.mark.usefixtures("in_force")
WHY = "Cameras for the flood watch of the port."
FOUND = "Every camera is installed and was seen by our engineer."
DAY = timedelta(days=1)


@stays
def singapore(desk: Desk) -> Declaration:
    return with_plan(crisis_makers.in_force("DE", "FR"))


def terms(declaration: Declaration, holder: Organisation, **changes: Any) -> dict[str, Any]:
    return {
        "declaration": declaration,
        "holder": holder,
        "lifts": ["no-grant", "suspend"],
        "control_codes": ["6A", "6D"],
        "destinations": ["SG"],
        "cap_of": "value",
        "cap": Decimal(10_000_000),
        "unit": "EUR",
        "first_day": clock.today(),
        "last_day": clock.today() + 60 * DAY,
        "report_every_days": 20,
        "monitoring": "The end-user is visited each month, and each camera is seen.",
        "reasons": WHY,
        **changes,
    }


def drafted(declaration: Declaration, holder: Organisation, **changes: Any) -> Waiver:
    return waiving.draft(actor=decider("DE"), **terms(declaration, holder, **changes))


def granted(declaration: Declaration, holder: Organisation, **changes: Any) -> Waiver:
    return waiving.grant(actor=seat("FR"), waiver=drafted(declaration, holder, **changes))


@stays
def waiver(singapore: Declaration, organisation: Organisation) -> Waiver:
    """A waiver in force for the exporter's cameras to Singapore, reported on every 20 days."""
    return granted(singapore, organisation)


def again(waiver: Waiver) -> Waiver:
    return Waiver.objects.get(pk=waiver.pk)


WITHOUT: list[tuple[dict[str, Any], str]] = [
    ({"lifts": []}, "lifts"),
    ({"lifts": ["consult"]}, "lifts"),
    ({"control_codes": []}, "control_codes"),
    ({"control_codes": ["cameras"]}, "control_codes"),
    ({"destinations": []}, "destinations"),
    ({"destinations": ["Singapore"]}, "destinations"),
    ({"cap": Decimal(0)}, "cap"),
    ({"cap": Decimal("NaN")}, "cap"),
    ({"cap_of": ""}, "cap_of"),
    ({"unit": ""}, "unit"),
    ({"report_every_days": 0}, "report_every_days"),
    ({"report_every_days": 91}, "report_every_days"),
    ({"monitoring": ""}, "monitoring"),
    ({"reasons": "Why not"}, "reasons"),
    ({"precondition": "1 == 1"}, "precondition"),
    ({"precondition": "peace == 1"}, "precondition"),
]


def test_a_waiver_without_a_safeguard_is_not_saved(
    singapore: Declaration, organisation: Organisation
) -> None:
    for changes, field in WITHOUT:
        with pytest.raises(Invalid) as error:
            drafted(singapore, organisation, **changes)
        assert list(error.value.fields) == [field], changes
    assert not Waiver.objects.exists()


def test_it_ends_with_the_measure_and_is_of_a_member_that_adopted(
    singapore: Declaration, organisation: Organisation
) -> None:
    assert singapore.sunset_at is not None
    last = singapore.sunset_at.date()
    with pytest.raises(Invalid, match="every safeguard") as error:
        drafted(singapore, organisation, last_day=last)
    assert "ends with the measure" in error.value.fields["last_day"][0]
    drafted(singapore, organisation, last_day=last - DAY)
    crisis_makers.adopting.opt_out(
        actor=decider("DE"), declaration=singapore, reason="The law does not allow it."
    )
    with pytest.raises(Invalid) as error:
        drafted(singapore, organisation)
    assert list(error.value.fields) == ["holder"]


def test_the_database_takes_none_without_a_safeguard(
    singapore: Declaration, organisation: Organisation
) -> None:
    whole = drafted(singapore, organisation)
    kept = {field.name: getattr(whole, field.name) for field in Waiver._meta.fields}
    for name, nothing in (
        ("measures", []),
        ("control_codes", []),
        ("destinations", []),
        ("cap", 0),
        ("unit", ""),
        ("report_every_days", 0),
        ("monitoring", ""),
        ("reasons", ""),
    ):
        row = Waiver(**{**kept, "id": None, "uid": uuid4(), "reference": "WV-0000-0000", name: nothing})
        with pytest.raises(IntegrityError, match="waiver_has_safeguards"), transaction.atomic():
            row.save(force_insert=True)


def test_it_takes_two_persons_of_two_members(singapore: Declaration, organisation: Organisation) -> None:
    with pytest.raises(Forbidden, match="exporter's own member"):
        waiving.draft(actor=decider("FR"), **terms(singapore, organisation))
    with pytest.raises(Forbidden, match="drafted by licensing officers"):
        waiving.draft(actor=factories.officer_of("DE", Role.AUDITOR), **terms(singapore, organisation))
    first = seat("FR")
    waiver = waiving.draft(actor=first, **terms(singapore, organisation))
    for who, why in (
        (first, "another person"),
        (seat("FR"), "another member"),
        (seat("DE"), "another member"),
        (decider("JP"), "Only a seat"),
    ):
        with pytest.raises(Forbidden, match=why):
            waiving.grant(actor=who, waiver=waiver)
    waiver = waiving.grant(actor=seat("US"), waiver=waiver)
    assert (waiver.status, waiver.reports.count()) == ("granted", 3)
    assert [report.due_at for report in waiver.reports.all()][-1] == waiver.valid_until
    with pytest.raises(Conflict):
        waiving.grant(actor=seat("US"), waiver=waiver)
    with pytest.raises(DatabaseError), transaction.atomic():
        Waiver.objects.filter(pk=waiver.pk).update(cap=99)
    run_deliveries()
    assert Notice.objects.filter(
        recipient__memberships__organisation=organisation, subject__contains="granted"
    )


def test_the_gate_sees_it_and_counts_its_use(
    answered: Desk, singapore: Declaration, organisation: Organisation
) -> None:
    assert any("stops this" in one for one in guards.blockers(answered.case, "grant"))
    waiver = granted(singapore, organisation)
    assert guards.blockers(answered.reload(), "grant") == []
    licence = answered.licence()
    use = WaiverUse.objects.get()
    assert (use.waiver, use.licence) == (waiver, licence)
    assert use.amount == sum(line.value for line in licence.lines.all())
    assert licence.valid_until == waiver.last_day
    event = Event.objects.get(type="waiver.used")
    assert event.aggregate == f"case:{answered.case.pk}"
    assert event.facts["waiver"] == waiver.reference
    assert standing(licence).status == "issued", "the set suspends licences too, and the waiver lifts that"
    with pytest.raises(DatabaseError), transaction.atomic():
        use.delete()


def test_a_measure_of_another_crisis_still_suspends_a_licence_under_a_waiver(
    answered: Desk, singapore: Declaration, organisation: Organisation
) -> None:
    granted(singapore, organisation)
    licence = answered.licence()
    assert standing(licence).status == "issued"
    later = crisis_makers.in_force("DE", set_key=crisis_makers.a_set(effect="suspend_licences"))
    now = standing(licence)
    assert (now.status, later.reference in now.reason) == ("suspended", True)


@pytest.mark.parametrize(
    ("then", "touched"),
    [
        ("holds", False),
        ("report is missing", False),
        ("suspended", False),
        ("revoked", False),
        ("lifts the other measure alone", True),
    ],
)
def test_the_way_out_touches_a_licence_under_a_waiver_only_where_its_standing_changes(
    answered: Desk, singapore: Declaration, organisation: Organisation, then: str, touched: bool
) -> None:
    lifts = ["no-grant"] if then == "lifts the other measure alone" else ["no-grant", "suspend"]
    waiver = granted(singapore, organisation, lifts=lifts)
    licence = answered.licence()
    instant = clock.now()
    match then:
        case "report is missing":
            instant = waiver.reports.first().due_at  # type: ignore[union-attr]
        case "suspended":
            waiving.suspend(actor=seat("JP"), waiver=waiver, reason="A camera was found at the front.")
        case "revoked":
            waiving.revoke(actor=seat("FR"), waiver=waiver, reason="A camera was found at the front.")
    with journeys.at(instant):
        before = standing(licence).status
        simulated = simulating.ended(singapore)
        assert simulated.licence_keys == ([licence.pk] if touched else [])
        Declaration.objects.filter(pk=singapore.pk).update(sunset_at=clock.now(), changed_at=clock.now())
        assert (standing(licence).status != before) is touched


def test_a_step_back_touches_a_licence_under_a_waiver_no_more_than_the_step(
    answered: Desk, waiver: Waiver, singapore: Declaration
) -> None:
    licence = answered.licence()
    for step in ("first", "second"):
        take(singapore, step)
    assert standing(licence).status == "issued"
    assert simulating.relaxed_to(singapore, ["first"]).licence_keys == []
    (row,) = exits.reverse(actor=seat("FR"), declaration=singapore, step="second", reason=WHY)
    assert row.status == "reversed"
    assert standing(licence).status == "issued"


def test_what_it_does_not_mean_stays_stopped(
    answered: Desk, singapore: Declaration, organisation: Organisation
) -> None:
    for changes in (
        {"destinations": ["JP"]},
        {"control_codes": ["3A001"]},
        {"lifts": ["suspend"]},
        {"unit": "USD"},
        {"first_day": clock.today() + 5 * DAY},
    ):
        granted(singapore, organisation, **changes)
        assert any("stops this" in one for one in guards.blockers(answered.case, "grant")), changes


def test_it_is_not_granted_while_its_precondition_is_red(
    singapore: Declaration, organisation: Organisation
) -> None:
    waiver = drafted(singapore, organisation, precondition="lapses_7d > 1000")
    with pytest.raises(Blocked, match="precondition is red") as blocked:
        waiving.grant(actor=seat("FR"), waiver=waiver)
    assert "lapses_7d = 0" in blocked.value.blockers[0]


def test_a_licence_over_the_cap_is_not_issued(
    answered: Desk, singapore: Declaration, organisation: Organisation
) -> None:
    granted(singapore, organisation, cap=Decimal(1))
    decision = answered.propose()
    with pytest.raises(Blocked, match="under the cap") as blocked:
        decisions.countersign(actor=answered.officer_of("DE", Role.COUNTERSIGNER), decision=decision)
    assert "1.000 EUR are left" in blocked.value.blockers[0]
    assert not Licence.objects.exists()
    assert not WaiverUse.objects.exists()


def test_a_missed_report_suspends_it_at_its_instant_everywhere(
    answered: Desk, waiver: Waiver, exporter: User, organisation: Organisation
) -> None:
    licence = answered.licence()
    first = waiver.reports.first()
    assert first is not None
    customs = factories.officer_of("DE", Role.CUSTOMS_OFFICER, ministry=Ministry.CUSTOMS)
    with journeys.at(first.due_at - timedelta(seconds=1)):
        assert standing(licence).status == "issued"
    with journeys.at(first.due_at):
        assert standing(licence).status == "suspended", "what is read does not wait for the tick"
        assert "does not hold" in standing(licence).reason
        deadlines.tick()
        run_deliveries()
        assert again(waiver).status == "suspended"
        assert standing(licence).status == "suspended"
        for person in (customs, exporter, waiver.granted_by):
            assert (
                Notice.objects.filter(recipient=person, subject__contains="the waiver is suspended").count()
                == 1
            )
        boss = decider("DE")
        with pytest.raises(Blocked, match="not made good") as blocked:
            waiving.restore(actor=boss, waiver=waiver, reason="They promised to report.")
        assert blocked.value.blockers == ["Report 1 has not been filed."]
        report = reporting.file(actor=exporter, waiver=waiver, used=Decimal(10), found=FOUND)
        assert report.late
        assert again(waiver).status == "suspended", "a late report alone restores nothing"
        with pytest.raises(Blocked) as blocked:
            waiving.restore(actor=boss, waiver=waiver, reason="They have reported.")
        assert blocked.value.blockers == ["Report 1 has not been reviewed."]
        reporting.review(actor=boss, waiver=waiver, number=1, remark="Fits the invoices.")
        waiving.restore(actor=boss, waiver=waiver, reason="They have reported, late but whole.")
        assert standing(licence).status == "issued"
    events = Event.objects.filter(aggregate=f"waiver:{waiver.pk}", type__startswith="waiver.").order_by("pk")
    assert [event.type for event in events] == [
        "waiver.drafted", "waiver.granted", "waiver.report_missed", "waiver.suspended", "waiver.reported",
        "waiver.report_reviewed", "waiver.restored",
    ]  # fmt: skip


def test_a_report_over_the_cap_suspends_it_in_the_same_transaction(waiver: Waiver, exporter: User) -> None:
    with pytest.raises(Forbidden, match="Only the holder"):
        reporting.file(actor=decider("DE"), waiver=waiver, used=Decimal(1), found=FOUND)
    for used, field in ((Decimal(-1), "used"), (Decimal("1.0001"), "used"), (Decimal("Infinity"), "used")):
        with pytest.raises(Invalid) as error:
            reporting.file(actor=exporter, waiver=waiver, used=used, found=FOUND)
        assert list(error.value.fields) == [field]
    reporting.file(actor=exporter, waiver=waiver, used=Decimal(10_000_001), found=FOUND)
    assert again(waiver).status == "suspended"
    reporting.review(actor=decider("DE"), waiver=waiver, number=1, remark="Far too much.")
    with pytest.raises(Blocked) as blocked:
        waiving.restore(actor=decider("DE"), waiver=waiver, reason="Let it go on all the same.")
    assert blocked.value.blockers == ["Report 1 tells of more than the cap."]
    reporting.file(actor=exporter, waiver=waiver, used=Decimal(9_000_000), found=FOUND)
    reporting.review(actor=decider("DE"), waiver=waiver, number=2, remark="The first was a slip of the pen.")
    assert (
        waiving.restore(actor=decider("DE"), waiver=waiver, reason="It was a slip of the pen.").status
        == "granted"
    )


def test_a_precondition_that_turns_red_suspends_it(
    answered: Desk, singapore: Declaration, organisation: Organisation
) -> None:
    waiver = granted(singapore, organisation, precondition="days_in_force <= 3")
    licence = answered.licence()
    assert watching.watch() == 0
    with journeys.later(days=5):
        assert watching.watch() == 1
        assert watching.watch() == 0
        assert "days_in_force = 5" in again(waiver).suspended_because
        assert standing(licence).status == "suspended"


def test_it_runs_out_and_what_was_broken_stays_held_up(
    answered: Desk, waiver: Waiver, exporter: User
) -> None:
    licence = answered.licence()
    for report in waiver.reports.all()[:2]:
        with journeys.at(report.due_at - timedelta(hours=1)):
            reporting.file(actor=exporter, waiver=waiver, used=Decimal(10), found=FOUND)
            reporting.review(
                actor=decider("DE"), waiver=waiver, number=report.number, remark="Fits the papers."
            )
    assert waiver.valid_until is not None
    with journeys.at(waiver.valid_until):
        deadlines.tick()
        found = again(waiver)
        assert (found.status, found.broken) == ("expired", True)
        reporting.file(actor=exporter, waiver=waiver, used=Decimal(10), found=FOUND)
        reporting.review(actor=decider("DE"), waiver=waiver, number=3, remark="Fits the papers.")
        found = waiving.restore(actor=decider("DE"), waiver=waiver, reason="They have reported, if late.")
        assert (found.status, found.broken) == ("expired", False)
    assert licence.valid_until == waiver.last_day


def test_revoking_holds_up_what_was_licensed_and_stops_what_waits(answered: Desk, waiver: Waiver) -> None:
    licence = answered.licence()
    with pytest.raises(Forbidden, match="own member or the crisis unit"):
        waiving.revoke(actor=decider("FR"), waiver=waiver, reason="We do not like it.")
    waiving.revoke(actor=seat("FR"), waiver=waiver, reason="Cameras were found at the front.")
    assert standing(licence).status == "suspended"
    told = standing(licence).reason
    assert "does not hold" in told
    assert "front" not in told, "anyone who verifies a licence reads this"
    assert not deadlines.open_of(f"waiver:{waiver.pk}")


def test_a_suspended_waiver_lifts_nothing(answered: Desk, waiver: Waiver) -> None:
    waiving.suspend(actor=seat("JP"), waiver=waiver, reason="A camera was found at the front.")
    assert any("stops this" in one for one in guards.blockers(answered.case, "grant"))


@pytest.mark.django_db(transaction=True)
def test_two_licences_issued_at_once_never_exceed_the_cap_together(
    singapore: Declaration, desk: Desk, exporter: User, organisation: Organisation
) -> None:
    first = desk
    second = Desk(journeys.file(exporter, organisation), desk.officer_of)
    proposals = []
    for one in (first, second):
        one.answer_all()
        one.reload()
    value = sum(item.value for item in first.case.revision.items.all())
    waiver = granted(singapore, organisation, cap=value + 1)
    for one in (first, second):
        proposals.append((one.officer_of("DE", Role.COUNTERSIGNER), one.propose()))
    start, answers = threading.Barrier(2), []

    def countersign(actor: User, decision: Any) -> None:
        try:
            start.wait()
            decisions.countersign(actor=actor, decision=decision)
            answers.append("issued")
        except Blocked as blocked:
            answers.append(blocked.blockers[0])
        finally:
            connection.close()

    threads = [threading.Thread(target=countersign, args=pair) for pair in proposals]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert answers.count("issued") == 1, answers
    assert WaiverUse.objects.filter(waiver=waiver).aggregate(total=Sum("amount"))["total"] <= waiver.cap
    assert Licence.objects.count() == 1
