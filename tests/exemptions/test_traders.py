"""Trusted traders: the way to it and back, four eyes, the fast lane, and that one member's word ends it in all."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, InternalError, ProgrammingError, transaction
from django.db.models import F

from core import audience, clock
from core.errors import Blocked, Conflict, Forbidden, Invalid
from correspondence.models import Notice
from deadlines import services as deadlines
from exemptions import allowances, barring, icp, trust
from exemptions.models import TraderAudit, TrustedTrader
from ledger.models import Event
from ledger.testing import run_deliveries
from licensing import guards, trusted
from licensing.models import Case, Consultation
from licensing.services import trader_standing, traders
from members.models import Organisation, Role, User
from tests import factories, journeys
from tests.exemptions.traders import (
    DOUBT,
    MENDED,
    SEEN,
    WHY,
    again,
    answers,
    applied,
    audited,
    decider,
    filled,
    findings,
    inspector,
)
from tests.exemptions.traders import trusted as made
from tests.licensing.conftest import Desk, answered, desk
from tests.standing import stays

__all__ = ["answered", "desk"]
pytestmark = pytest.mark.usefixtures("in_force")
Refused = (InternalError, ProgrammingError, IntegrityError)


@stays
def decided(answered: Desk) -> Desk:
    """The exporter has had one application decided: without a record there is no trust."""
    answered.decide()
    run_deliveries()
    return answered


@stays
def trader(decided: Desk, exporter: User, organisation: Organisation) -> TrustedTrader:
    return made(exporter, organisation)


def test_the_answers_are_kept_and_each_part_that_is_not_whole_is_named(
    exporter: User, organisation: Organisation
) -> None:
    trader = traders.begin(actor=exporter, organisation=organisation)
    assert traders.begin(actor=exporter, organisation=organisation) == trader, "one standing for each"
    first = icp.questionnaire().elements[0]
    traders.answer(actor=exporter, trader=trader, element=first.key, given={"statement": "yes"})
    with pytest.raises(Invalid) as error:
        traders.apply(actor=exporter, trader=trader)
    assert set(error.value.fields) == {one.key for one in icp.questionnaire().elements}
    assert again(trader).answers[first.key]["statement"] == "yes"
    with pytest.raises(Invalid) as error:
        traders.answer(actor=exporter, trader=trader, element=first.key, given={"statement": "perhaps"})
    assert "statement" in error.value.fields
    trader = filled(exporter, organisation)
    traders.certify(actor=exporter, trader=trader, number="deaeof1")
    with pytest.raises(Invalid, match="not finished") as error:
        traders.apply(actor=exporter, trader=trader)
    assert set(error.value.fields) == {"aeo"}, "a number without its certificate proves nothing"
    traders.certify(actor=exporter, trader=trader, number="")
    sent = traders.apply(actor=exporter, trader=trader)
    with pytest.raises(Forbidden, match="not changed any more"):
        traders.answer(actor=exporter, trader=sent, element=first.key, given=answers(first))
    with pytest.raises(Refused), transaction.atomic():
        TrustedTrader.objects.filter(pk=sent.pk).update(aeo_number="X")


def test_an_inspector_looks_and_another_person_decides(
    decided: Desk, exporter: User, organisation: Organisation
) -> None:
    trader = applied(exporter, organisation)
    both = factories.officer_of("DE", Role.INSPECTOR, Role.DECIDER)
    with pytest.raises(Forbidden, match="own member"):
        traders.begin_audit(actor=inspector("FR"), trader=trader)
    with pytest.raises(Forbidden, match="Only an inspector"):
        traders.begin_audit(actor=decider(), trader=trader)
    with pytest.raises(Forbidden, match="no audit to decide"):
        traders.grant(actor=decider(), trader=trader, reasons=WHY)
    traders.begin_audit(actor=both, trader=trader)
    with pytest.raises(Forbidden, match="Another inspector"):
        traders.report_audit(
            actor=inspector(), trader=trader, visited_on=clock.today(), findings=findings(), summary=SEEN
        )
    with pytest.raises(Invalid) as error:
        traders.report_audit(
            actor=both,
            trader=trader,
            visited_on=clock.today() + timedelta(days=2),
            findings={"training": {"finding": "partly", "remark": ""}},
            summary="",
        )
    assert {"visited_on", "summary", "training_remark", "records"} <= set(error.value.fields)
    audit = traders.report_audit(
        actor=both, trader=trader, visited_on=clock.today(), findings=findings(), summary=SEEN
    )
    assert audit.score == 100
    with pytest.raises(Forbidden, match="Another person than the inspector"):
        traders.grant(actor=both, trader=trader, reasons=WHY)
    done = traders.grant(actor=decider(), trader=trader, reasons=WHY)
    assert (done.status, done.level) == ("granted", 1), "without a certificate the first level"
    kept = TraderAudit.objects.get()
    assert (kept.decision, kept.level, kept.record["score"]) == ("granted", 1, 100)
    run_deliveries()
    assert Notice.objects.filter(recipient=exporter, subject__contains="you are a trusted trader").exists()


def test_the_database_trusts_nobody_without_an_audit_and_keeps_what_was_found(
    decided: Desk, exporter: User, organisation: Organisation
) -> None:
    trader = applied(exporter, organisation)
    row = {
        "status": "granted",
        "level": 3,
        "granted_by": decider(),
        "granted_at": clock.now(),
        "valid_until": clock.now() + timedelta(days=9),
    }
    with pytest.raises(Refused), transaction.atomic():
        TrustedTrader.objects.filter(pk=trader.pk).update(**row)
    audit = audited(trader)
    with pytest.raises(Refused), transaction.atomic():
        TraderAudit.objects.filter(pk=audit.pk).update(score=99)
    with pytest.raises(Refused), transaction.atomic():
        TraderAudit.objects.filter(pk=audit.pk).update(
            decision="granted", decided_by=F("inspector"), decided_at=clock.now(), reasons=WHY
        )
    with pytest.raises(Refused), transaction.atomic():
        TraderAudit.objects.all().delete()
    traders.grant(actor=decider(), trader=trader, reasons=WHY)
    with pytest.raises(Refused), transaction.atomic():
        TrustedTrader.objects.filter(pk=trader.pk).update(level=3)


def test_no_record_no_trust_and_what_is_missing_is_said(exporter: User, organisation: Organisation) -> None:
    trader = applied(exporter, organisation)
    audited(trader)
    with pytest.raises(Blocked) as error:
        traders.grant(actor=decider(), trader=trader, reasons=WHY)
    assert any("decided here" in why for why in error.value.blockers)
    refused = traders.refuse(actor=decider(), trader=trader, reasons="There is no record here yet.")
    assert (refused.status, refused.ended_because) == ("refused", "There is no record here yet.")
    anew = traders.begin(actor=exporter, organisation=organisation)
    assert anew.status == "draft"
    assert not traders.unfinished(anew), "what was answered is kept"


@pytest.mark.parametrize(
    ("finding", "record", "aeo", "level"),
    [
        ("met", trust.Record({}, decided=1), False, 1),
        ("met", trust.Record({}, decided=1, days=1095), False, 1),
        ("met", trust.Record({}, decided=1, days=365), True, 2),
        ("met", trust.Record({}, decided=1, days=364), True, 1),
        ("met", trust.Record({}, decided=1, days=1095), True, 3),
        ("met", trust.Record({"report_late": 1}, decided=1, days=1095), True, 2),
        ("met", trust.Record({"refused": 1}, decided=1, days=1095), True, 1),
        ("met", trust.Record({"licence_held": 1}, decided=1, days=1095), True, 0),
        ("met", trust.Record({"delivery_open": 1}, decided=1, days=1095), True, 0),
        ("met", trust.Record({}, received=10, returned=3, decided=1, days=1095), True, 1),
        ("met", trust.Record({}, received=3, returned=3, decided=1, days=1095), True, 3),
        ("partly", trust.Record({}, decided=1, days=1095), True, 0),
        ("met", trust.Record({}, days=1095), True, 0),
    ],
)
def test_levels_follow_from_audit_and_record(
    finding: str, record: trust.Record, aeo: bool, level: int
) -> None:
    found, why = trust.level_for(findings(finding), record, aeo)
    assert found == level
    assert bool(why) is (level < 3), "what the next level asks for is said"
    assert trust.level_for(findings(finding, training="missing"), record, aeo)[0] == 0


def test_the_fast_lane_is_open_to_the_trusted_and_closed_above_the_limit(
    decided: Desk, exporter: User, organisation: Organisation
) -> None:
    before = journeys.file(exporter, organisation)
    assert before.charter_key == "consultation-10wd"
    made(exporter, organisation)
    case = journeys.file(exporter, organisation)
    assert (case.charter_key, case.routing["rule_key"]) == ("trusted-5wd", "green-trusted")
    dear = journeys.dossier()
    dear["items"][0]["value"] = "250000.01"
    assert journeys.file(exporter, organisation, dear).charter_key == "consultation-10wd"
    other = journeys.dossier()
    other["items"][0]["currency"] = "JPY"
    assert journeys.file(exporter, organisation, other).charter_key == "consultation-10wd"
    strangers = factories.OrganisationFactory(jurisdiction=organisation.jurisdiction)
    assert journeys.file(factories.exporter_of(strangers), strangers).charter_key == "consultation-10wd"


def test_silence_there_is_no_objection_and_ends_after_five_working_days(
    trader: TrustedTrader, exporter: User, organisation: Organisation
) -> None:
    case = journeys.file(exporter, organisation)
    journeys.lapse_all(case)
    case = Case.objects.get(pk=case.pk)
    assert {c.status for c in Consultation.objects.filter(case=case)} == {"lapsed"}
    assert case.settled_at is not None
    assert [why for why in guards.blockers(case, "grant") if "answer" in why] == []


def test_one_member_suspends_and_the_fast_lane_is_closed_in_all_before_anything_is_delivered(
    trader: TrustedTrader, exporter: User, organisation: Organisation
) -> None:
    case = journeys.file(exporter, organisation)
    waiting = journeys.file(exporter, organisation, run=False)
    with pytest.raises(Forbidden, match="Only a decider"):
        trader_standing.suspend(actor=factories.officer_of("JP"), trader=trader, reason=DOUBT)
    with pytest.raises(Invalid):
        trader_standing.suspend(actor=decider("JP"), trader=trader, reason="")
    journeys.lapse_all(case)
    trader_standing.suspend(actor=decider("JP"), trader=trader, reason=DOUBT)
    assert trusted.level_of(organisation) == 0
    settled = Case.objects.get(pk=case.pk)
    assert any("not a trusted trader any more" in why for why in guards.blockers(settled, "grant"))
    run_deliveries()
    moved = Case.objects.get(pk=case.pk)
    assert (moved.charter_key, moved.round) == ("consultation-10wd", 2), "everyone is asked again"
    assert moved.settled_at is None
    assert Case.objects.get(pk=waiting.pk).charter_key == "consultation-10wd"
    assert guards.blockers(moved, "grant")
    assert not any("trusted" in w for w in guards.blockers(moved, "grant"))
    routed = Event.objects.filter(type="case.routed", aggregate=f"case:{case.pk}").order_by("pk").last()
    assert routed is not None
    assert routed.facts["why"] == trader.reference
    told = Event.objects.get(type="trader.suspended")
    assert told.facts["suspended_in"] == "JP"
    readers = set(told.feed_entries.values_list("audience", flat=True))
    assert {audience.ALLIANCE, audience.organisation(organisation.pk)} <= readers
    assert Notice.objects.filter(recipient=exporter, subject__contains="suspended").exists()


def test_its_own_record_suspends_it_by_itself_with_the_reason(
    trader: TrustedTrader, exporter: User, organisation: Organisation
) -> None:
    case = journeys.file(exporter, organisation)
    allowances.expect(holder=organisation, source_ref="shipment:1", label="SH-1", due_at=clock.now())
    score = trust.score_of(trusted.record_of(organisation))
    assert (score.points, score.holds) == (60, True), "the bound itself holds"
    allowances.expect(
        holder=organisation, source_ref="shipment:2", label="SH-2", due_at=clock.now() + timedelta(hours=1)
    )
    assert trusted.level_of(organisation) == 1
    with journeys.later(hours=2):
        assert trusted.level_of(organisation) == 0, "what is due decides, not the clock"
        assert trader_standing.look(trader_id=trader.pk)
        assert not trader_standing.look(trader_id=trader.pk)
        run_deliveries()
    found = again(trader)
    assert found.status == "suspended"
    assert "Delivery past its date and unverified (2)" in found.suspended_because
    assert found.suspended_by is None
    assert Case.objects.get(pk=case.pk).charter_key == "consultation-10wd"


def test_a_refusal_is_looked_at_by_itself(
    trader: TrustedTrader, exporter: User, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    monkeypatch.setattr(trader_standing, "look", lambda *, trader_id: seen.append(trader_id))
    desk = Desk(journeys.file(exporter, organisation), factories.officer_of)
    desk.answer_all()
    desk.decide()
    run_deliveries()
    assert seen == [trader.pk]


def test_it_is_regained_by_an_audit_after_what_was_mended(
    trader: TrustedTrader, exporter: User, organisation: Organisation
) -> None:
    suspender = decider()
    trader_standing.suspend(actor=suspender, trader=trader, reason=DOUBT)
    with pytest.raises(Forbidden, match="Nothing waits"):
        traders.begin_audit(actor=inspector(), trader=trader)
    trader_standing.ask_to_regain(actor=exporter, trader=trader, made_good=MENDED)
    audited(trader)
    assert trusted.level_of(organisation) == 0
    with pytest.raises(Forbidden, match="than suspended it"):
        traders.grant(actor=suspender, trader=trader, reasons=WHY)
    back = traders.grant(actor=decider(), trader=trader, reasons=WHY)
    assert (back.status, back.suspended_because, back.made_good) == ("granted", "", "")
    assert journeys.file(exporter, organisation).charter_key == "trusted-5wd"


def test_it_ends_after_three_years_unless_it_is_audited_before(
    trader: TrustedTrader, exporter: User, organisation: Organisation
) -> None:
    assert trader.valid_until is not None
    with pytest.raises(Forbidden, match="Nothing waits"):
        traders.begin_audit(actor=inspector(), trader=trader)
    with journeys.at(trader.valid_until - timedelta(days=89)):
        deadlines.tick()
        assert Event.objects.filter(type="trader.reaudit_due").count() == 1
        audited(trader)
        assert trusted.level_of(organisation) == 1, "it stays trusted while it is looked at"
        renewed = traders.grant(actor=decider(), trader=trader, reasons=WHY)
        assert renewed.valid_until is not None
        assert renewed.valid_until > trader.valid_until
    with journeys.at(renewed.valid_until):
        assert trusted.level_of(organisation) == 0, "before the clock has come to it"
        with pytest.raises(Conflict):
            trader_standing.suspend(actor=decider(), trader=renewed, reason=DOUBT)
        assert again(trader).status == "ended", "what was due came first and stays"


def test_a_suspended_organisation_is_not_trusted(trader: TrustedTrader, organisation: Organisation) -> None:
    organisation.suspend("Its register entry is gone.")
    organisation.save()
    assert trusted.level_of(organisation) == 0


def test_one_barred_from_all_authorisations_is_not_trusted_and_its_cases_move(
    trader: TrustedTrader, exporter: User, organisation: Organisation
) -> None:
    case = journeys.file(exporter, organisation)
    barring.bar(actor=decider(), organisation=organisation, keys=[], reason=DOUBT)
    assert trusted.level_of(organisation) == 0
    run_deliveries()
    assert Case.objects.get(pk=case.pk).charter_key == "consultation-10wd"


def test_who_reads_what(trader: TrustedTrader, exporter: User) -> None:
    def sees(user: User) -> bool:
        return bool(TrustedTrader.objects.visible_to(user).exists())  # type: ignore[attr-defined]

    stranger = factories.exporter_of(factories.OrganisationFactory())
    assert [sees(user) for user in (exporter, factories.officer_of("JP"), stranger)] == [True, True, False]
    assert not sees(factories.officer_of("JP", second_factor=False))


def test_the_trader_gives_it_up(trader: TrustedTrader, exporter: User, organisation: Organisation) -> None:
    other: Any = factories.exporter_of(factories.OrganisationFactory())
    with pytest.raises(Forbidden):
        trader_standing.end(actor=other, trader=trader, reason=DOUBT)
    assert trader_standing.end(actor=exporter, trader=trader, reason="We leave this trade.").status == "ended"
    assert trusted.level_of(organisation) == 0
