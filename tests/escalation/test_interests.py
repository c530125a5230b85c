"""Where a humanitarian and a security interest meet: two keys, rulings on grounds, and what a hard stop does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, InternalError, ProgrammingError, transaction

from core import clock
from core.actors import PROCESS
from core.audience import NOBODY
from core.errors import Forbidden, Invalid
from core.models import ref
from correspondence.models import Notice
from deadlines import services as deadlines
from ledger import services as ledger
from ledger.models import Event, FeedEntry
from ledger.testing import run_deliveries
from licensing import guards
from licensing.models import Case, Consultation, Decision, GroundRuling, Key, TwoKeys
from licensing.policies import cases as case_policies
from licensing.policies import positions as position_policies
from licensing.services import cases, claims, decisions, information, interests, positions
from licensing.stops import QUESTIONS
from members.models import Ministry, Organisation, Role, Shift, User
from tests import journeys
from tests.licensing.conftest import GRANT, Desk, OfficerOf, desk
from tests.standing import stays

__all__ = ["desk"]

RELIEF = {
    "kind": "humanitarian", "provider": "red_cross", "supply": "medical", "reference": "",
    "explanation": "Field surgery for a camp.", "people": 9000,
}  # fmt: skip
WEIGHED = "The hospital waits for it; the site was visited in October and can be visited again."
CRITICAL = {"control_code": "5A004", "hs_code": "847180"}


def relief(item: dict[str, Any] | None = None, **sections: Any) -> dict[str, Any]:
    content = journeys.dossier(ground=dict(RELIEF), **sections)
    content["items"][0] |= item or {}
    return content


def adjudicator(officer_of: OfficerOf, code: str = "DE") -> User:
    return officer_of(code, Role.HUMANITARIAN_ADJUDICATOR)


def security(officer_of: OfficerOf, code: str = "DE") -> User:
    return officer_of(code, Role.ADVISER, ministry=Ministry.DEFENCE)


@stays
def plain(in_force: None, exporter: User, organisation: Organisation, officer_of: OfficerOf) -> Desk:
    """A relief case in the humanitarian lane, with goods that are neither critical nor of high priority."""
    found = Desk(journeys.file(exporter, organisation, relief()), officer_of)
    assert (found.case.lane, found.case.charter_key) == ("humanitarian", "humanitarian-16-8")
    return found


@stays
def both(in_force: None, exporter: User, organisation: Organisation, officer_of: OfficerOf) -> Desk:
    """A relief case with a critical item: no rule decides on its ground, and a grant takes two keys."""
    found = Desk(journeys.file(exporter, organisation, relief(CRITICAL)), officer_of)
    assert found.case.aid
    assert found.case.lane != "humanitarian"
    return found


def keys_of(desk: Desk) -> TwoKeys:
    return TwoKeys.objects.get(case=desk.case, ended_at__isnull=True)


def sign(desk: Desk, by: User, interest: str) -> Key:
    return interests.sign(actor=by, two_keys=keys_of(desk), interest=interest, reasons=WEIGHED)


def rule(desk: Desk, by: User, accept: bool = True) -> GroundRuling:
    done = interests.rule_on_ground(
        actor=by, case=desk.case, accept=accept, reasons=WEIGHED, legal_basis="UNSCR 2664 (2022), para 1"
    )
    run_deliveries()
    desk.reload()
    return done


def waits_for_keys(desk: Desk) -> bool:
    return any("a grant waits for the key of" in one for one in guards.blockers(desk.reload(), "grant"))


# What an adjudicator reads and does --------------------------------------------------------------------------


def test_an_adjudicator_works_in_the_humanitarian_lane_of_its_member_and_nowhere_else(
    plain: Desk, exporter: User, organisation: Organisation, officer_of: OfficerOf
) -> None:
    own, foreign = adjudicator(officer_of), adjudicator(officer_of, "JP")
    noise = journeys.file(exporter, organisation)
    assert set(Case.objects.visible_to(own)) == {plain.case}  # type: ignore[attr-defined]
    assert not Case.objects.visible_to(foreign).exists()  # type: ignore[attr-defined]
    cases.claim(actor=own, case=plain.case)
    with pytest.raises(Forbidden, match="humanitarian lane only"):
        cases.claim(actor=own, case=noise)
    asked = Consultation.objects.get(case=plain.case, jurisdiction="FR")
    french = adjudicator(officer_of, "FR")
    positions.take(actor=french, consultation=asked, kind="no_objection")
    other = Consultation.objects.get(case=noise, jurisdiction="FR")
    verdict = position_policies.can_take(french, other)
    assert not verdict
    assert "humanitarian lane only" in verdict.reason
    with pytest.raises(Forbidden, match="recommend but not decide"):
        decisions.propose(actor=own, case=plain.case, **GRANT)
    assert not case_policies.can_hold(foreign, plain.case)


def test_what_happened_before_is_read_by_adjudicators_and_of_other_cases_nothing(
    plain: Desk, exporter: User, organisation: Organisation, officer_of: OfficerOf
) -> None:
    noise = journeys.file(exporter, organisation)
    keys = list(adjudicator(officer_of).audience)
    assert "jurisdiction:DE" not in keys
    seen = FeedEntry.objects.filter(audience__in=keys)
    assert seen.filter(event__aggregate=ref(plain.case), event__type="application.registered").exists()
    assert not seen.filter(event__aggregate=ref(noise)).exists()


def test_who_is_adjudicator_besides_reads_what_the_other_role_reads(
    desk: Desk, officer_of: OfficerOf
) -> None:
    double = officer_of("DE", Role.LICENSING_OFFICER, Role.HUMANITARIAN_ADJUDICATOR)
    assert desk.case in Case.objects.visible_to(double)  # type: ignore[attr-defined]


# Two keys ----------------------------------------------------------------------------------------------------


def test_where_no_security_interest_is_concerned_no_keys_are_asked(plain: Desk, desk: Desk) -> None:
    assert not TwoKeys.objects.exists()


def test_both_interests_ask_for_two_keys_and_say_why(both: Desk) -> None:
    asked = keys_of(both)
    assert {one["key"] for one in asked.because} >= {"keys-critical"}
    assert all(one["legal_basis"] for one in asked.because)
    assert waits_for_keys(both)
    assert Event.objects.filter(type="keys.asked", aggregate=ref(both.case)).count() == 1


def test_a_grant_waits_until_both_have_signed(both: Desk, officer_of: OfficerOf) -> None:
    sign(both, adjudicator(officer_of), "humanitarian")
    (waiting,) = [one for one in guards.blockers(both.reload(), "grant") if "key" in one]
    assert "defence or intelligence" in waiting
    assert "humanitarian adjudicator" not in waiting
    sign(both, security(officer_of), "security")
    assert not waits_for_keys(both)
    assert guards.blockers(both.case, "refuse") == []


def test_who_may_sign_for_what(both: Desk, officer_of: OfficerOf) -> None:
    asked = keys_of(both)
    for someone, interest in (
        (officer_of("DE", Role.DECIDER), "security"),
        (officer_of("DE", Role.ADVISER), "security"),  # of the trade ministry
        (adjudicator(officer_of), "security"),
        (security(officer_of), "humanitarian"),
        (adjudicator(officer_of, "FR"), "humanitarian"),
    ):
        with pytest.raises(Forbidden):
            interests.sign(actor=someone, two_keys=asked, interest=interest, reasons=WEIGHED)
    with pytest.raises(Invalid) as short:
        interests.sign(actor=adjudicator(officer_of), two_keys=asked, interest="humanitarian", reasons="Yes.")
    assert set(short.value.fields) == {"reasons"}
    assert not Key.objects.exists()


def test_one_person_never_turns_both_keys(both: Desk, officer_of: OfficerOf) -> None:
    double = officer_of("DE", Role.ADVISER, Role.HUMANITARIAN_ADJUDICATOR, ministry=Ministry.DEFENCE)
    first = sign(both, double, "humanitarian")
    with pytest.raises(Forbidden, match="another person"):
        sign(both, double, "security")
    with pytest.raises(IntegrityError), transaction.atomic():
        Key.objects.create(
            two_keys=first.two_keys, interest="security", reasons=WEIGHED, signed_by=double,
            authority=first.authority,
        )  # fmt: skip
    with pytest.raises(Forbidden, match="signed already"):
        sign(both, adjudicator(officer_of), "humanitarian")


def test_a_system_does_not_sign(both: Desk, officer_of: OfficerOf) -> None:
    from members.models import ApiClient

    person = adjudicator(officer_of)
    person.via = ApiClient(name="system")
    with pytest.raises(Forbidden, match="Sign in"):
        sign(both, person, "humanitarian")


def test_the_database_refuses_a_grant_without_both_keys_whatever_the_services_say(
    both: Desk, officer_of: OfficerOf
) -> None:
    both.reload().requirements.update(satisfied_at=clock.now())
    now = clock.now()
    decision = Decision.objects.create(
        case=both.case, revision=both.case.revision, kind="grant", criteria=["C1"], reasons="Civil end-use.",
        proposed_by=officer_of("DE", Role.DECIDER), proposed_at=now,
    )  # fmt: skip

    def take() -> None:
        with transaction.atomic():
            Decision.objects.filter(pk=decision.pk).update(
                status="countersigned", countersigned_by=officer_of("DE", Role.COUNTERSIGNER)
            )

    with pytest.raises(IntegrityError, match="0 of 2 signed"):
        take()
    sign(both, adjudicator(officer_of), "humanitarian")
    both.case.requirements.update(satisfied_at=now)
    with pytest.raises(IntegrityError, match="1 of 2 signed"):
        take()
    sign(both, security(officer_of), "security")
    take()


def test_a_key_taken_back_is_missing_again_and_what_was_signed_is_kept(
    both: Desk, officer_of: OfficerOf
) -> None:
    relief_side, other = adjudicator(officer_of), security(officer_of)
    key = sign(both, relief_side, "humanitarian")
    sign(both, other, "security")
    with pytest.raises(Forbidden, match="Only who signed"):
        interests.take_back(actor=other, key=key)
    interests.take_back(actor=relief_side, key=key)
    assert waits_for_keys(both)
    with pytest.raises((ProgrammingError, InternalError)), transaction.atomic():
        Key.objects.filter(pk=key.pk).update(reasons="Something else entirely was meant.")
    with pytest.raises((ProgrammingError, InternalError)), transaction.atomic():
        Key.objects.filter(pk=key.pk).delete()
    sign(both, adjudicator(officer_of), "humanitarian")
    assert not waits_for_keys(both)


# Rulings -----------------------------------------------------------------------------------------------------


def test_a_ground_no_rule_decided_is_accepted_by_an_adjudicator_and_the_case_moves_into_the_lane(
    both: Desk, officer_of: OfficerOf, exporter: User
) -> None:
    before, person = both.case.harm.base, adjudicator(officer_of)
    rule(both, person)
    assert (both.case.lane, both.case.charter_key, both.case.round) == (
        "humanitarian",
        "humanitarian-16-8",
        2,
    )
    assert both.case.routing["rule_key"] == "humanitarian"
    assert waits_for_keys(both)
    assert Case.objects.get(pk=both.case.pk).harm.base > before
    assert Notice.objects.filter(recipient=exporter, text__contains=WEIGHED).exists()
    with pytest.raises(Forbidden, match="already"):
        rule(both, person)


def test_a_ground_that_is_not_accepted_leaves_the_case_on_its_way_and_asks_for_no_keys_any_more(
    both: Desk, officer_of: OfficerOf, exporter: User
) -> None:
    lane = both.case.lane
    rule(both, adjudicator(officer_of), accept=False)
    assert both.case.lane == lane
    assert not TwoKeys.objects.filter(ended_at__isnull=True).exists()
    assert not waits_for_keys(both)


def test_only_an_adjudicator_of_the_lead_rules_and_only_where_no_rule_decided(
    both: Desk, plain: Desk, officer_of: OfficerOf
) -> None:
    for someone in (officer_of("DE", Role.DECIDER), adjudicator(officer_of, "FR")):
        with pytest.raises(Forbidden):
            rule(both, someone)
    with pytest.raises(Forbidden, match="No humanitarian ground waits"):
        rule(plain, adjudicator(officer_of))
    with pytest.raises(Invalid) as empty:
        interests.rule_on_ground(
            actor=adjudicator(officer_of), case=both.case, accept=True, reasons="", legal_basis=""
        )
    assert set(empty.value.fields) == {"reasons", "legal_basis"}


# Hard stops --------------------------------------------------------------------------------------------------


def test_a_hard_stop_keeps_relief_out_of_the_lane_and_the_exporter_is_told_without_what_matched(
    in_force: None, exporter: User, organisation: Organisation, officer_of: OfficerOf
) -> None:
    end_use = journeys.dossier()["end_use"] | {"prohibited_end_use": True}
    case = journeys.file(exporter, organisation, relief(end_use=end_use))
    assert case.lane == "crisis"
    (event,) = Event.objects.filter(type="case.rerouted", aggregate=ref(case))
    assert event.facts["why"] == "hard_stop"
    assert "prohibited" not in str(event.facts)
    assert str(exporter.organisation_ids and f"organisation:{organisation.pk}") in FeedEntry.objects.filter(
        event=event
    ).values_list("audience", flat=True)
    (notice,) = Notice.objects.filter(recipient=exporter, subject__contains="humanitarian lane")
    assert "prohibited" not in notice.text
    assert case in Case.objects.visible_to(adjudicator(officer_of))  # type: ignore[attr-defined]
    with pytest.raises(Forbidden):
        interests.rule_on_ground(
            actor=adjudicator(officer_of), case=case, accept=True, reasons=WEIGHED, legal_basis="UNSCR 2664"
        )
    assert TwoKeys.objects.filter(case=case, ended_at__isnull=True).exists()


# Duty in the lane --------------------------------------------------------------------------------------------


def on_duty(person: User, post: str) -> Shift:
    assert person.authority is not None
    now = clock.now()
    return Shift.objects.create(
        authority=person.authority, person=person, post=post,
        starts_at=now - timedelta(hours=1), ends_at=now + timedelta(days=3),
    )  # fmt: skip


@pytest.mark.parametrize("acknowledged", [False, True])
def test_the_backup_takes_over_when_the_first_does_not_acknowledge(
    plain: Desk, officer_of: OfficerOf, acknowledged: bool
) -> None:
    first, backup = adjudicator(officer_of, "FR"), adjudicator(officer_of, "FR")
    on_duty(first, "first")
    on_duty(backup, "backup")
    window = plain.consultation("FR")
    if acknowledged:
        claims.acknowledge(actor=first, consultation=window)
    with journeys.at(window.opened_at + (window.due_at - window.opened_at) * 0.3):
        deadlines.tick()
        run_deliveries()
    taken = plain.consultation("FR")
    assert (taken.officer == backup, taken.taken_over_at is not None) == (not acknowledged, not acknowledged)


def test_in_the_standard_lane_no_backup_takes_over_early(desk: Desk, officer_of: OfficerOf) -> None:
    on_duty(officer_of("FR", Role.HUMANITARIAN_ADJUDICATOR, Role.LICENSING_OFFICER), "backup")
    window = desk.consultation("FR")
    with journeys.at(window.opened_at + (window.due_at - window.opened_at) * 0.3):
        deadlines.tick()
    assert desk.consultation("FR").taken_over_at is None


def test_another_revision_is_signed_anew(both: Desk, officer_of: OfficerOf, exporter: User) -> None:
    sign(both, adjudicator(officer_of), "humanitarian")
    first = keys_of(both)
    end_use = {
        **both.case.revision.dossier["end_use"],
        "purpose": both.case.revision.dossier["end_use"]["purpose"] + " Nothing else is filmed.",
    }
    question = information.ask(
        actor=officer_of("DE"), case=both.case, reason_code=next(iter(QUESTIONS)),
        question="What exactly is it for?", sections=["end_use"],
    )  # fmt: skip
    information.answer(actor=exporter, request=question, answer="See there.", changes={"end_use": end_use})
    run_deliveries()
    both.reload()
    now = keys_of(both)
    assert now.revision_id == both.case.revision_id != first.revision_id
    assert interests.state(now) == set()
    first.refresh_from_db()
    assert first.ended_at is not None
    assert waits_for_keys(both)


def test_the_database_lets_no_two_keys_end_untold(both: Desk, officer_of: OfficerOf) -> None:
    """As the role of the application, past every service."""
    asked = keys_of(both)
    row = TwoKeys.objects.filter(pk=asked.pk)
    refused = (ProgrammingError, InternalError)
    for change in ({"ended_at": clock.now()}, {"asked_at": clock.now()}):
        with pytest.raises(refused), transaction.atomic():
            row.update(**change)
    with pytest.raises(refused), transaction.atomic():
        row._raw_delete(row.db)
    rule(both, adjudicator(officer_of), accept=False)  # now they end, and are told to have ended
    with pytest.raises(refused), transaction.atomic():
        row.update(ended_at=clock.now() + timedelta(days=1))
    row.update(ended_at=None)
    ledger.record("keys.asked", actor=PROCESS, subject=asked, aggregate=ref(both.case), audience=NOBODY)
    with pytest.raises(refused), transaction.atomic():
        row.update(ended_at=clock.now())  # asked again: what was told before counts no more
