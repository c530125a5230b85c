"""Before a grant, whoever denied the like is asked; nothing is granted before, all are told of a grant after."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from alliance.selectors import undercut_rules
from alliance.undercut import rule_between
from core import clock
from core.audience import Audience
from core.errors import Blocked, Conflict, Forbidden, Invalid
from correspondence.models import Notice
from deadlines import services as deadlines
from intelligence import services as intelligence
from intelligence.models import Denial
from ledger.models import Event, FeedEntry
from ledger.testing import run_deliveries
from licensing.models import Decision, Licence, UndercutCheck
from licensing.services import decisions, undercut
from members.models import Jurisdiction, Organisation, Role, User
from tests import journeys
from tests.licensing.conftest import Desk, OfficerOf

REASON = "The same camera for the same site."


def denied(desk: Desk, by: str = "FR", **other: object) -> Denial:
    """A denial of what the case asks for, by a member."""
    users = desk.case.revision.parties.filter(role="end_user")
    given = {
        "actor": desk.officer_of(by, Role.DECIDER),
        "source_ref": f"decision:{by}",
        "jurisdiction": Jurisdiction.objects.get(code=by),
        "parties": [party.shared_party for party in users],
        "control_codes": ["6A003.b"],
        "destination": users[0].country,
        "ground_code": "C4",
        "summary": "Risk of diversion.",
        **other,
    }
    denial = intelligence.record_denial(**given)  # type: ignore[arg-type]
    run_deliveries()
    return denial


def check(desk: Desk) -> UndercutCheck:
    return UndercutCheck.objects.get(case=desk.case)


def answer(desk: Desk, said: str, by: str = "FR", *roles: Role) -> UndercutCheck:
    actor = desk.officer_of(by, *(roles or [Role.LICENSING_OFFICER]))
    found = undercut.answer(actor=actor, check=check(desk), answer=said, reason=REASON)
    run_deliveries()
    return found


def test_a_denial_recorded_later_is_held_against_open_cases_at_once(answered: Desk) -> None:
    denial = denied(answered)
    row = check(answered)
    assert (row.denial, row.status, row.rule_key, row.exact) == (denial, "asked", "eu-16-5", True)
    assert {part["name"]: part["outcome"] for part in row.matched} == {
        "item": "same", "party": "same", "destination": "same", "quantity": "unknown",
    }  # fmt: skip
    assert row.due_at is not None
    assert timedelta(days=13) < row.due_at - clock.now() < timedelta(days=25)  # ten working days
    assert answered.case.stakes.filter(jurisdiction="FR", kind="no_undercut").exists()
    event = Event.objects.get(type="undercut.asked")
    heard = FeedEntry.objects.filter(event=event).values_list("audience", flat=True)
    assert sorted(heard) == ["jurisdiction:DE", "jurisdiction:FR"]
    assert Notice.objects.filter(recipient__authority__jurisdiction="FR", subject__contains="denied").exists()


def test_nothing_is_granted_while_the_member_that_denied_is_asked(answered: Desk) -> None:
    proposal = answered.propose()
    denied(answered)
    assert Decision.objects.get(pk=proposal.pk).status == "lapsed"
    with pytest.raises(Blocked) as error:
        answered.propose()
    assert any("is asked until" in blocker for blocker in error.value.blockers)
    answer(answered, "not_identical")
    answered.decide()
    assert Licence.objects.filter(case=answered.case).exists()
    assert not Event.objects.filter(type="denial.undercut").exists()


def test_the_database_grants_nothing_past_an_open_question(answered: Desk) -> None:
    """Not even where the requirement was taken away."""
    proposal = answered.propose()
    denied(answered)
    answered.case.requirements.update(satisfied_at=clock.now(), satisfied_by="nobody")
    with pytest.raises(IntegrityError, match="essentially identical"), transaction.atomic():
        Decision.objects.filter(pk=proposal.pk).update(
            status="countersigned",
            countersigned_by=answered.officer_of("DE", Role.COUNTERSIGNER),
            countersigned_at=clock.now(),
        )
    with pytest.raises(Exception, match="is kept"), transaction.atomic():
        UndercutCheck.objects.all().delete()


def test_countersigning_looks_once_more_and_keeps_the_question(answered: Desk, officer_of: OfficerOf) -> None:
    proposal = answered.propose()
    users = answered.case.revision.parties.filter(role="end_user")
    denial = denied(answered, parties=[], control_codes=["6A003"])  # resembles nothing: names nobody
    assert not UndercutCheck.objects.exists()
    intelligence._name_parties(denial, [users[0].shared_party], Audience.of("alliance"))
    with pytest.raises(Conflict):
        decisions.countersign(actor=officer_of("DE", Role.COUNTERSIGNER), decision=proposal)
    assert check(answered).status == "asked"


def test_silence_for_ten_working_days_is_not_identical(answered: Desk) -> None:
    denied(answered)
    due = check(answered).due_at
    assert due is not None
    with journeys.at(due):
        deadlines.tick()
        run_deliveries()
        assert check(answered).status == "lapsed"
        assert not answered.case.requirements.filter(satisfied_at__isnull=True, kind="no_undercut").exists()
        with pytest.raises(Forbidden, match="any more"):
            answer(answered, "identical")


def test_a_grant_of_what_is_identical_is_explained_first_and_told_to_all(answered: Desk) -> None:
    denial = denied(answered)
    with pytest.raises(Forbidden, match="Only the member that denied"):
        answer(answered, "identical", by="JP")
    with pytest.raises(Invalid, match="10 characters"):
        undercut.answer(actor=answered.officer_of("FR"), check=check(answered), answer="identical", reason="")
    answer(answered, "identical")
    with pytest.raises(Blocked, match="yet"):
        answered.propose()
    decider = answered.officer_of("DE", Role.DECIDER)
    with pytest.raises(Forbidden):
        undercut.explain(
            actor=answered.officer_of("FR", Role.DECIDER), check=check(answered), explanation=REASON
        )
    undercut.explain(
        actor=decider, check=check(answered), explanation="The site was visited; the use is civil."
    )
    with pytest.raises(Conflict):
        undercut.explain(
            actor=decider, check=check(answered), explanation="The site was visited; it is civil."
        )
    answered.decide()
    run_deliveries()
    event = Event.objects.get(type="denial.undercut")
    assert event.subject_id == str(denial.pk)
    assert event.facts["reasons"] == "The site was visited; the use is civil."
    assert list(FeedEntry.objects.filter(event=event).values_list("audience", flat=True)) == ["alliance"]
    assert Notice.objects.filter(subject__contains=denial.reference, recipient__authority__jurisdiction="FR")
    assert check(answered).told_at is not None
    with pytest.raises(Exception, match="is kept"), transaction.atomic():
        UndercutCheck.objects.update(explanation="Something else was said here.")


def test_a_denial_of_ones_own_waits_for_a_decider_and_silence_clears_nothing(answered: Desk) -> None:
    denied(answered, by="DE")
    row = check(answered)
    assert row.own
    assert row.due_at is None
    with pytest.raises(Forbidden, match="Only a decider"):
        answer(answered, "not_identical", "DE", Role.LICENSING_OFFICER)
    answer(answered, "not_identical", "DE", Role.DECIDER)
    answered.decide()


def test_a_denial_withdrawn_stands_in_the_way_of_nothing(answered: Desk) -> None:
    denial = denied(answered)
    with pytest.raises(Forbidden, match="Only a decider withdraws"):
        answer(answered, "withdrawn")
    answer(answered, "withdrawn", "FR", Role.DECIDER)
    denial = Denial.objects.get(pk=denial.pk)
    assert denial.status == "withdrawn"
    assert check(answered).status == "overtaken"
    answered.decide()


def test_what_does_not_resemble_the_denial_is_not_asked_about(answered: Desk) -> None:
    denied(answered, control_codes=["3A001"])
    denied(answered, destination="KG", source_ref="decision:2")
    other = intelligence.share_party(
        name="Wholly Different Instruments", country="SG", kind="x", source_ref="x", audience=Audience.of("x")
    )
    denied(answered, parties=[other], source_ref="decision:3")
    denied(answered, by="JP", releasable_to=["JP"])
    assert not UndercutCheck.objects.exists()


def test_a_denial_not_released_to_all_is_named_to_nobody_else(answered: Desk) -> None:
    denial = denied(answered, releasable_to=["DE"])
    assert check(answered).status == "asked"
    (open_one,) = answered.case.requirements.filter(kind="no_undercut")
    assert denial.reference not in open_one.sentence
    assert "France" not in open_one.sentence
    stranger, lead = answered.officer_of("US"), answered.officer_of("DE")
    assert UndercutCheck.objects.visible_to(lead).exists()  # type: ignore[attr-defined]
    assert not UndercutCheck.objects.visible_to(stranger).exists()  # type: ignore[attr-defined]


def test_denials_known_before_are_asked_about_when_the_case_is_routed(
    desk: Desk, exporter: User, organisation: Organisation
) -> None:
    denied(desk)
    later = Desk(journeys.file(exporter, organisation), desk.officer_of)
    assert check(later).status == "asked"
    assert later.case.stakes.filter(jurisdiction="FR", kind="no_undercut").exists()


@pytest.mark.usefixtures("in_force")
@pytest.mark.parametrize(
    ("pair", "reasons", "years", "expected"),
    [
        (("DE", "FR"), ["NS"], 30, "eu-16-5"),
        (("US", "JP"), ["NS"], 0, "wa"),
        (("US", "JP"), ["NS", "MT"], 0, "mtcr"),
        (("US", "JP"), ["NP"], 2, "nsg"),
        (("US", "JP"), ["NP"], 3, None),
        (("US", "JP"), [], 0, "alliance"),
        (("US", "CN"), ["NS"], 0, "alliance"),
    ],
)
def test_the_regime_says_who_is_asked_and_for_how_long(
    pair: tuple[str, str], reasons: list[str], years: int, expected: str | None
) -> None:
    now = clock.now()
    found = rule_between(
        undercut_rules(),
        lead=pair[0],
        denier=pair[1],
        reasons=reasons,
        denied_at=now - timedelta(days=366 * years),
        now=now,
    )
    assert (found.key if found else None) == expected


def test_where_the_rule_only_notifies_nobody_is_asked_and_all_are_told_of_the_grant(answered: Desk) -> None:
    """Germany and Japan share the Wassenaar Arrangement for what is controlled for national security."""
    denied(answered, by="JP")
    assert (check(answered).status, check(answered).rule_key) == ("noted", "wa")
    answered.decide()
    facts = Event.objects.get(type="denial.undercut").facts
    assert (facts["by"], facts["denied_by"], facts["reasons"]) == ("DE", "JP", "")


def test_a_case_that_runs_in_hours_asks_for_hours(crisis: Desk) -> None:
    denied(crisis, control_codes=["5A004"])
    due = check(crisis).due_at
    assert due is not None
    assert due - clock.now() <= timedelta(hours=48)
