"""Nobody stalls a case by silence: what is not acknowledged is told, and others answer for who does not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alliance import selectors as alliance
from core import clock
from core.errors import Forbidden, Invalid
from correspondence.models import Notice
from deadlines import services as deadlines
from ledger.models import Event, FeedEntry
from ledger.testing import run_deliveries
from licensing.models import Consultation, Position
from licensing.services import claims, decisions, positions
from members import services as members
from members.models import Authority, Delegation, Jurisdiction, Ministry, Role, Shift, User
from tests import journeys
from tests.licensing.conftest import GRANT, Desk, OfficerOf, answered, crisis, desk, drill

__all__ = ["answered", "crisis", "desk", "drill"]


def to_share(window: Consultation, share: float) -> None:
    """Let the clock tick when a share of a window is over, and everyone hear of it."""
    with journeys.at(window.opened_at + (window.due_at - window.opened_at) * share + timedelta(seconds=2)):
        deadlines.tick()
        run_deliveries()


def told(person: User) -> list[str]:
    return [notice.subject.partition(": ")[2] for notice in Notice.objects.filter(recipient=person)]


def on_duty(person: User, *, hours: int = 24 * 30) -> Shift:
    assert person.authority is not None
    now = clock.now()
    return Shift.objects.create(
        authority=person.authority,
        person=person,
        starts_at=now - timedelta(hours=1),
        ends_at=now + timedelta(hours=hours),
    )


def events(window: Consultation, type: str) -> list[Event]:
    return list(Event.objects.filter(type=type, subject_id=str(window.pk)).order_by("pk"))


def standing_in(person: User, deputy: User, *, days: int = 30) -> Delegation:
    now = clock.now()
    return members.delegate(
        actor=person, person=person, deputy=deputy, starts_at=now, ends_at=now + timedelta(days=days)
    )


# Acknowledgement -----------------------------------------------------------------------------------------


def test_an_officer_of_the_addressee_says_that_it_is_in_hand_and_the_lead_reads_it(
    desk: Desk, officer_of: OfficerOf
) -> None:
    french, window = officer_of("FR"), desk.consultation("FR")
    claims.acknowledge(actor=french, consultation=window)
    window = desk.consultation("FR")
    assert (window.acknowledged_by, window.officer) == (french, None)
    (event,) = events(window, "consultation.acknowledged")
    assert "jurisdiction:DE" in FeedEntry.objects.filter(event=event).values_list("audience", flat=True)
    to_share(window, 0.26)
    assert not events(window, "consultation.unacknowledged")
    with pytest.raises(Forbidden, match="said already"):
        claims.acknowledge(actor=officer_of("FR"), consultation=window)


def test_a_claim_and_a_position_say_so_as_well(desk: Desk, officer_of: OfficerOf) -> None:
    french = officer_of("FR")
    claims.claim_consultation(actor=french, consultation=desk.consultation("FR"))
    assert desk.consultation("FR").acknowledged_by == french
    desk.answer("US")
    assert desk.consultation("US").acknowledged_at is not None
    assert not events(desk.consultation("US"), "consultation.acknowledged")


@pytest.mark.parametrize(("code", "roles"), [("DE", ()), ("JP", ()), ("FR", (Role.AUDITOR,))])
def test_others_cannot_say_it(desk: Desk, officer_of: OfficerOf, code: str, roles: tuple[str, ...]) -> None:
    with pytest.raises(Forbidden):
        claims.acknowledge(actor=officer_of(code, *roles), consultation=desk.consultation("FR"))
    with pytest.raises(Forbidden, match="Another ministry"):
        claims.acknowledge(
            actor=officer_of("FR", ministry=Ministry.CUSTOMS), consultation=desk.consultation("FR")
        )


def test_deciders_and_the_deputy_are_told_once_that_nobody_has_it(desk: Desk, officer_of: OfficerOf) -> None:
    decider, adviser, duty = officer_of("FR", Role.DECIDER), officer_of("FR"), officer_of("FR")
    on_duty(duty)
    window = desk.consultation("FR")
    to_share(window, 0.24)
    assert not events(window, "consultation.unacknowledged")
    to_share(window, 0.26)
    to_share(window, 0.27)
    assert len(events(window, "consultation.unacknowledged")) == 1
    assert "nobody has said that you have it" in told(decider)
    assert "nobody has said that you have it" in told(duty)
    assert "nobody has said that you have it" not in told(adviser)


# Taking over ---------------------------------------------------------------------------------------------


def test_whoever_claims_and_falls_silent_loses_the_answer_to_the_deputy_on_duty(
    desk: Desk, officer_of: OfficerOf
) -> None:
    silent, duty, other = officer_of("FR"), officer_of("FR"), officer_of("FR")
    on_duty(silent)
    on_duty(duty)
    claims.claim_consultation(actor=silent, consultation=desk.consultation("FR"))
    window = desk.consultation("FR")
    to_share(window, 0.49)
    assert desk.consultation("FR").officer == silent
    to_share(window, 0.51)
    to_share(window, 0.76)
    window = desk.consultation("FR")
    assert window.officer == duty
    assert window.taken_over_at is not None
    (event,) = events(window, "consultation.taken_over")
    assert (event.actor_kind, event.facts["given"], event.facts["held"]) == ("clock", True, True)
    for person in (silent, duty, other):
        assert "you may answer now" in told(person)


def test_without_anyone_on_duty_the_deputy_named_gets_it_and_else_the_whole_team(
    desk: Desk, officer_of: OfficerOf
) -> None:
    silent, deputy = officer_of("FR"), officer_of("FR", Role.ADVISER)
    standing_in(silent, deputy)
    claims.claim_consultation(actor=silent, consultation=desk.consultation("FR"))
    claims.claim_consultation(actor=officer_of("US"), consultation=desk.consultation("US"))
    to_share(desk.consultation("FR"), 0.6)
    to_share(desk.consultation("US"), 0.6)
    assert desk.consultation("FR").officer == deputy
    assert desk.consultation("US").officer is None


def test_a_proposed_position_is_an_answer_and_one_returned_is_none(
    crisis: Desk, officer_of: OfficerOf
) -> None:
    window = Consultation.objects.get(case=crisis.case, jurisdiction="FR", ministry="trade")
    author, second = officer_of("FR"), officer_of("FR", Role.COUNTERSIGNER)
    claims.claim_consultation(actor=author, consultation=window)
    position = positions.take(actor=author, consultation=window, kind="no_objection")
    to_share(window, 0.51)
    assert not events(window, "consultation.taken_over")
    with journeys.at(window.opened_at + (window.due_at - window.opened_at) * 0.6):
        positions.return_position(actor=second, position=position, reason="Say why.")
    to_share(window, 0.76)
    assert len(events(window, "consultation.taken_over")) == 1


def test_the_case_goes_on_although_nobody_does_anything(drill: Desk) -> None:
    """Two windows of a drill: unacknowledged, taken over, reminded, lapsed, and the case has climbed."""
    window = drill.consultation("FR")
    for share in (0.01, 0.25, 0.5, 0.75, 1.0):
        to_share(window, share)
    types = ["consultation.unacknowledged", "consultation.taken_over", "window.lapsed"]
    assert [len(events(window, type)) for type in types] == [1, 1, 1]
    assert drill.reload().tier == 1


def test_substitutes_answer_once_the_answer_was_taken_over(
    desk: Desk, officer_of: OfficerOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    substituted(monkeypatch)
    customs, window = officer_of("FR", ministry=Ministry.CUSTOMS), desk.consultation("FR")
    with pytest.raises(Forbidden, match="stands in only after 50 %"):
        positions.take(actor=customs, consultation=window, kind="no_objection")
    to_share(window, 0.51)
    assert "you may answer now" in told(customs)
    # Although the window is extended, and half of it is still to come: what was said holds.
    Consultation.objects.filter(pk=window.pk).update(due_at=window.due_at + timedelta(days=60))
    positions.take(actor=customs, consultation=desk.consultation("FR"), kind="no_objection")
    assert Position.objects.get(consultation=window).taken_by == customs


def substituted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let customs stand in for trade at every tier of every charter."""
    from dataclasses import replace

    known = alliance.charter

    def with_substitutes(key: str, version: str | None = None) -> object:
        found = known(key, version)
        tiers = [replace(tier, seats=replace(tier.seats, substitutes=("customs",))) for tier in found.tiers]
        return replace(found, tiers=tuple(tiers))

    monkeypatch.setattr(alliance, "charter", with_substitutes)


# A member that is offline --------------------------------------------------------------------------------


def offline(actor: User, code: str, *, days: int = 5) -> object:
    return members.declare_offline(
        actor=actor,
        jurisdiction=Jurisdiction.objects.get(code=code),
        reason="The data centre was flooded.",
        until=clock.now() + timedelta(days=days),
    )


def test_substitutes_of_a_member_offline_answer_at_once_and_the_others_go_on(
    desk: Desk, officer_of: OfficerOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    substituted(monkeypatch)
    customs, silent = officer_of("FR", ministry=Ministry.CUSTOMS), officer_of("FR")
    claims.claim_consultation(actor=silent, consultation=desk.consultation("FR"))
    before = desk.consultation("FR").due_at
    offline(officer_of("FR", Role.ADMINISTRATOR), "FR")
    run_deliveries()
    window = desk.consultation("FR")
    assert (window.officer, window.due_at, window.status) == (None, before, "open")
    (event,) = events(window, "consultation.taken_over")
    assert event.facts["why"] == "offline"
    assert "you may answer now" in told(customs)
    positions.take(actor=customs, consultation=window, kind="no_objection")
    assert desk.consultation("US").taken_over_at is None
    desk.answer("US")
    run_deliveries()
    assert desk.reload().settled_at is not None


def test_the_windows_of_a_member_offline_lapse_as_ever(desk: Desk, officer_of: OfficerOf) -> None:
    offline(officer_of("JP", Role.CRISIS_SEAT), "FR", days=60)
    run_deliveries()
    to_share(desk.consultation("FR"), 1.0)
    assert desk.consultation("FR").status == "lapsed"


# Who acts for another ------------------------------------------------------------------------------------


def test_a_deputy_acts_between_the_dates_and_never_seconds_what_the_officer_did(
    answered: Desk, officer_of: OfficerOf
) -> None:

    decider, countersigner = officer_of("DE", Role.DECIDER), officer_of("DE", Role.COUNTERSIGNER)
    standing_in(decider, countersigner, days=3)
    decision = decisions.propose(actor=decider, case=answered.case, **GRANT)
    with pytest.raises(Forbidden, match="You act for the person"):
        decisions.countersign(actor=User.objects.get(pk=countersigner.pk), decision=decision)
    with journeys.later(days=4):
        decisions.countersign(actor=User.objects.get(pk=countersigner.pk), decision=decision)


def test_nobody_seconds_what_their_deputy_did_for_them(answered: Desk, officer_of: OfficerOf) -> None:

    both = officer_of("DE", Role.DECIDER, Role.COUNTERSIGNER)
    deputy = officer_of("DE", Role.ADVISER)
    standing_in(both, deputy, days=3)
    decision = decisions.propose(actor=User.objects.get(pk=deputy.pk), case=answered.case, **GRANT)
    with journeys.later(days=4), pytest.raises(Forbidden, match="Your deputy did this"):
        decisions.countersign(actor=User.objects.get(pk=both.pk), decision=decision)
    decisions.countersign(actor=officer_of("DE", Role.COUNTERSIGNER), decision=decision)


def test_who_acts_for_one_that_spoke_below_does_not_speak_above(drill: Desk, officer_of: OfficerOf) -> None:
    below, deputy = officer_of("FR"), officer_of("FR", Role.CRISIS_SEAT)
    standing_in(below, deputy)
    positions.take(actor=below, consultation=drill.consultation("FR"), kind="abstain")
    window = drill.consultation("FR")
    with journeys.at(drill.consultation("US").due_at):
        deadlines.tick()
        run_deliveries()
        above = drill.consultation(None, 1)
        with pytest.raises(Forbidden, match="whom you act for"):
            positions.take(actor=User.objects.get(pk=deputy.pk), consultation=above, kind="abstain")
    assert window.status == "answered"


def test_the_roles_of_a_deputy_follow_those_of_the_officer(officer_of: OfficerOf, in_force: None) -> None:
    chief = officer_of("DE", Role.ADMINISTRATOR)
    person, deputy = officer_of("DE", Role.DECIDER), officer_of("DE", Role.ADVISER)
    standing_in(person, deputy)

    def roles() -> frozenset[str]:
        return User.objects.get(pk=deputy.pk).roles

    assert roles() == {Role.ADVISER, Role.DECIDER}
    assert deputy in User.objects.in_roles(Role.DECIDER)
    members.appoint(actor=chief, person=person, role=Role.ADMINISTRATOR)
    assert roles() == {Role.ADVISER, Role.DECIDER}  # who administers is never lent
    assert deputy not in User.objects.in_roles(Role.ADMINISTRATOR)
    members.dismiss(actor=chief, person=person, role=Role.DECIDER)
    assert roles() == {Role.ADVISER}
    with journeys.later(days=31):
        assert User.objects.get(pk=person.pk).roles == {Role.ADMINISTRATOR}
        assert not Delegation.objects.running().exists()


def test_the_roles_of_a_deputy_take_one_query(
    officer_of: OfficerOf, django_assert_num_queries: object
) -> None:
    person, deputy = officer_of("DE", Role.DECIDER), officer_of("DE", Role.ADVISER)
    standing_in(person, deputy)
    found = User.objects.get(pk=deputy.pk)
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert found.roles
        assert found.hands == {person.pk, deputy.pk}


def test_who_cannot_be_a_deputy(officer_of: OfficerOf) -> None:
    person = officer_of("DE", Role.DECIDER)
    now = clock.now()
    for other in (
        person,
        officer_of("FR", Role.DECIDER),
        officer_of("DE", Role.AUDITOR),
        officer_of("DE", ministry=Ministry.CUSTOMS),
    ):
        with pytest.raises(Invalid):
            members.delegate(
                actor=person, person=person, deputy=other, starts_at=now, ends_at=now + timedelta(days=1)
            )
    colleague = officer_of("DE")
    for begins, ends in (
        (now, now),
        (now - timedelta(days=9), now - timedelta(days=1)),
        (now, now + timedelta(days=999)),
    ):
        with pytest.raises(Invalid):
            members.delegate(actor=person, person=person, deputy=colleague, starts_at=begins, ends_at=ends)
    with pytest.raises(Forbidden):
        members.delegate(
            actor=colleague, person=person, deputy=colleague, starts_at=now, ends_at=now + timedelta(days=1)
        )
    made = standing_in(person, colleague)
    with pytest.raises(Invalid, match="part of this time"):
        standing_in(person, officer_of("DE"))
    members.end_delegation(actor=colleague, delegation=made)
    standing_in(person, officer_of("DE"))
    assert Authority.objects.filter(jurisdiction="DE").count() == 2
