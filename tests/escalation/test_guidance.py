"""Guidance of the crisis unit: two seats of two members, signed, in every case it means, answered or departed."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from core import clock, signing
from core.errors import Blocked, Forbidden, Invalid
from correspondence.models import Notice
from deadlines import services as deadlines
from escalation import guidance as reading
from escalation.models import Guidance, GuidedCase, Step
from escalation.services import guidance
from ledger.models import Event, FeedEntry
from ledger.testing import run_deliveries
from licensing import guards
from licensing.models import Assessment, Case, Consultation
from members.models import Organisation, Role, User
from tests import journeys
from tests.examples import examples
from tests.licensing.conftest import Desk, OfficerOf, answered, desk

__all__ = ["answered", "desk"]
TEXT = "The end-user was seen re-exporting such goods; treat it as a diversion."


def seat(officer_of: OfficerOf, code: str = "US") -> User:
    return officer_of(code, Role.CRISIS_SEAT)


def written(officer_of: OfficerOf, effect: str = "deny", code: str = "US", **given: Any) -> Guidance:
    targets = {"items": ["6A"]} if not {"items", "destinations", "parties"} & set(given) else {}
    return guidance.propose(
        actor=seat(officer_of, code),
        **{
            "effect": effect,
            "text": TEXT,
            "legal_basis": "Regulation (EU) 2021/821, Article 5(6)",
            "valid_until": clock.now() + timedelta(days=30),
            **targets,
            **given,
        },
    )


def issued(officer_of: OfficerOf, effect: str = "deny", **given: Any) -> Guidance:
    made = guidance.issue(actor=seat(officer_of, "FR"), guidance=written(officer_of, effect, **given))
    run_deliveries()
    return made


def blockers(case: Case) -> str:
    return " ".join(guards.blockers(Case.objects.get(pk=case.pk), "grant"))


def events(type: str) -> list[Event]:
    return list(Event.objects.filter(type=type).order_by("pk"))


# Two seats of two members ----------------------------------------------------------------------------------


def test_a_seat_of_another_member_issues_what_one_seat_wrote(desk: Desk, officer_of: OfficerOf) -> None:
    author = seat(officer_of)
    notice = guidance.propose(
        actor=author,
        effect="deny",
        text=TEXT,
        legal_basis="Article 10(3)",
        valid_until=clock.now() + timedelta(days=9),
        items=["6A003"],
    )
    run_deliveries()
    assert not GuidedCase.objects.exists()
    for person, why in (
        (author, "another person than its author"),
        (seat(officer_of), "of another member"),
        (officer_of("FR", Role.DECIDER), "Only a seat"),
        (officer_of("FR", Role.CRISIS_SEAT, second_factor=False), "second factor"),
    ):
        with pytest.raises(Forbidden, match=why):
            guidance.issue(actor=person, guidance=notice)
    french = seat(officer_of, "FR")
    guidance.issue(actor=french, guidance=notice)
    (event,) = events("guidance.issued")
    assert event.actor_id == str(french.uid)
    assert "alliance" in FeedEntry.objects.filter(event=event).values_list("audience", flat=True)
    with pytest.raises(Forbidden, match="does not wait"):
        guidance.issue(actor=seat(officer_of, "JP"), guidance=notice)


def test_the_database_refuses_a_notice_issued_by_its_author_or_for_the_same_member(
    officer_of: OfficerOf, in_force: None
) -> None:
    notice = written(officer_of)
    other = seat(officer_of, "FR")
    rows = Guidance.objects.filter(pk=notice.pk)
    past_the_service = {"status": "in_force", "issued_at": clock.now(), "jws": "x"}
    for by, member in ((notice.proposed_by, "FR"), (other, "US")):
        with pytest.raises(IntegrityError, match="guidance_four_eyes"), transaction.atomic():
            rows.update(issued_by=by, issued_for=member, **past_the_service)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"effect": "forbid"}, "effect"),
        ({"text": "Short."}, "text"),
        ({"legal_basis": ""}, "legal_basis"),
        ({"items": ["watches"]}, "items"),
        ({"items": []}, "items"),
        ({"destinations": ["ZZ"]}, "destinations"),
        ({"items": [f"{n}A001" for n in range(10)] * 6 + [f"3A{n:03}" for n in range(51)]}, "items"),
        ({"parties": ["x" * 301]}, "parties"),
        ({"valid_until": datetime(2020, 1, 1, tzinfo=clock.now().tzinfo)}, "valid_until"),
        ({"valid_until": clock.now() + timedelta(days=200)}, "valid_until"),
    ],
)
def test_what_is_no_notice_is_refused_at_its_field(
    officer_of: OfficerOf, in_force: None, given: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        written(officer_of, **given)
    assert field in refused.value.fields
    assert not Guidance.objects.exists()


def test_every_member_is_told_and_takes_note_once(desk: Desk, officer_of: OfficerOf) -> None:
    decider = officer_of("JP", Role.DECIDER)
    notice = issued(officer_of)
    assert Notice.objects.filter(recipient=decider, subject__contains=notice.reference).exists()
    with journeys.later(hours=2):
        guidance.take_note(actor=decider, guidance=notice)
        with pytest.raises(Forbidden, match="already"):
            guidance.take_note(actor=officer_of("JP"), guidance=notice)
        with pytest.raises(Forbidden):
            guidance.take_note(actor=officer_of("DE", Role.AUDITOR), guidance=notice)
    far = reading.reach([notice])[notice.pk]
    assert (far.read, far.read_after is not None and round(far.read_after / timedelta(hours=1))) == (1, 2)


# The signature ---------------------------------------------------------------------------------------------


def test_one_flipped_bit_anywhere_breaks_the_signature(officer_of: OfficerOf, desk: Desk) -> None:
    notice = issued(officer_of, parties=["Zarechny Optics LLC"])
    assert reading.signature_holds(notice)
    said = signing.verified(notice.jws, reading.KIND)
    assert (said["reference"], said["text"]) == (notice.reference, TEXT)
    raw, keys = notice.jws.encode(), signing.published_keys()
    assert stand_alone().verify(notice.jws, keys) == said
    for place in range(len(raw)):
        flipped = bytearray(raw)
        flipped[place] ^= 1
        with pytest.raises(ValueError):  # noqa: PT011  (which one depends on where the bit is)
            stand_alone().verify(flipped.decode(), keys)
    header, payload, _signature = raw.split(b".")
    for place in (4, len(header) + 4, len(header) + len(payload) + 6):  # in each of the three parts
        assert signing.verified(_flip(raw, place), reading.KIND) is None
    assert signing.verified(notice.jws, "another-kind") is None
    notice.text += " "
    assert not reading.signature_holds(notice)


def _flip(raw: bytes, place: int) -> str:
    flipped = bytearray(raw)
    flipped[place] ^= 1
    return flipped.decode()


@cache
def stand_alone() -> Any:
    """The verifier that stands in the documentation."""
    path = Path(__file__).resolve().parents[2] / "docs" / "verify_guidance.py"
    spec = spec_from_file_location("verify_guidance", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_a_former_key_signed_still_verifies(officer_of: OfficerOf, desk: Desk, settings: Any) -> None:
    notice = issued(officer_of)
    former = settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [former]
    assert reading.signature_holds(notice)
    assert len(signing.published_keys()["keys"]) == 2
    assert all("d" not in key for key in signing.published_keys()["keys"])
    settings.SECRET_KEY_FALLBACKS = []
    assert not reading.signature_holds(notice)


# In cases --------------------------------------------------------------------------------------------------


def test_a_notice_to_deny_appears_in_open_cases_and_a_grant_waits_for_a_reasoned_departure(
    answered: Desk, officer_of: OfficerOf
) -> None:
    assert blockers(answered.case) == ""
    notice = issued(officer_of, items=["6A003"], destinations=["SG"])
    guided = GuidedCase.objects.get(case=answered.case)
    assert guided.because == {"items": ["6A003"], "destinations": ["SG"], "parties": []}
    assert f"Guidance {notice.reference} says to deny" in blockers(answered.case)
    with pytest.raises(Blocked):
        answered.propose()
    for person, why in (
        (officer_of("DE"), "Only a decider of the lead"),
        (officer_of("FR", Role.DECIDER), "leads the case"),
    ):
        with pytest.raises(Forbidden, match=why):
            guidance.answer(actor=person, guided=guided, text="We know the end-user well.")
    with pytest.raises(Invalid):
        guidance.answer(actor=officer_of("DE", Role.DECIDER), guided=guided, text="No.")
    guidance.answer(
        actor=officer_of("DE", Role.DECIDER), guided=guided, text="We visited the site in October."
    )
    (event,) = events("guidance.departed")
    assert event.facts["guidance"] == notice.reference
    assert blockers(answered.case) == ""
    answered.decide()


def test_a_case_filed_later_meets_it_when_it_is_routed(
    desk: Desk, officer_of: OfficerOf, exporter: User, organisation: Organisation
) -> None:
    notice = issued(officer_of, "question", destinations=["SG"])
    later = journeys.file(exporter, organisation, journeys.dossier(own_reference="Order 2"))
    guided = GuidedCase.objects.get(case=later, guidance=notice)
    assert "asks a question" in blockers(later)
    guidance.acknowledge(actor=officer_of("DE"), guided=guided)
    with pytest.raises(Forbidden, match="already"):
        guidance.acknowledge(actor=officer_of("DE"), guided=guided)
    guidance.answer(actor=officer_of("DE"), guided=guided, text="It stands in the second hall.")
    assert "asks a question" not in blockers(later)
    far = reading.reach([notice])[notice.pk]
    assert (far.cases, far.acknowledged, far.answered) == (2, 1, 1)


def test_it_appears_within_a_minute_in_every_open_case_it_means_and_in_no_other(
    desk: Desk, officer_of: OfficerOf, exporter: User, organisation: Organisation
) -> None:
    """A hundred sought cases are looked at one by one; here a few, with the clock at the instant of the issue."""
    others = [journeys.file(exporter, organisation) for _number in range(2)]
    with journeys.at(clock.now()):
        before = clock.now()
        notice = issued(officer_of, destinations=["SG"])
        other = issued(officer_of, destinations=["KZ"])
    guided = GuidedCase.objects.filter(guidance=notice)
    assert {row.case_id for row in guided} == {desk.case.pk, *(case.pk for case in others)}
    assert all(row.matched_at - before < timedelta(seconds=60) for row in guided)
    assert not GuidedCase.objects.filter(guidance=other).exists()


def test_a_party_is_meant_however_its_name_is_spelt(desk: Desk, officer_of: OfficerOf) -> None:
    name = desk.case.revision.parties.filter(role="end_user").get().name
    issued(officer_of, "question", parties=[f"  {name.upper()} "])
    assert GuidedCase.objects.get(case=desk.case).because["parties"] == [name]


def test_a_revision_that_changes_what_matches_asks_anew_and_one_that_ends_it_lets_go(
    answered: Desk, officer_of: OfficerOf, exporter: User
) -> None:
    notice = issued(officer_of, items=["6A003", "3A001"])
    guided = GuidedCase.objects.get(case=answered.case)
    guidance.answer(
        actor=officer_of("DE", Role.DECIDER), guided=guided, text="We visited the site in October."
    )
    revise(answered, exporter, officer_of, "3A001")
    guided = GuidedCase.objects.get(case=answered.case)
    assert (guided.because["items"], guided.answer) == (["3A001"], "")
    assert notice.reference in blockers(answered.case)
    revise(answered, exporter, officer_of, "5A002")
    guided = GuidedCase.objects.get(case=answered.case)
    assert guided.ended_at is not None
    assert notice.reference not in blockers(answered.case)


def revise(desk: Desk, exporter: User, officer_of: OfficerOf, code: str) -> None:
    from licensing.services import information

    case = desk.reload()
    question = information.ask(
        actor=officer_of("DE"),
        case=case,
        reason_code="clarification",
        question="Which code is right?",
        sections=["items"],
        days=7,
    )
    items = journeys.dossier()["items"]
    items[0] |= {"control_code": code}
    information.answer(
        actor=exporter, request=question, answer="It is the other code.", changes={"items": items}
    )
    run_deliveries()


def test_withdrawn_or_expired_it_asks_nothing_any_more(answered: Desk, officer_of: OfficerOf) -> None:
    withdrawn = issued(officer_of)
    with pytest.raises(Invalid):
        guidance.withdraw(actor=seat(officer_of, "JP"), guidance=withdrawn, reason="Oh.")
    with pytest.raises(Forbidden):
        guidance.withdraw(actor=officer_of("DE", Role.DECIDER), guidance=withdrawn, reason="No ground.")
    guidance.withdraw(actor=seat(officer_of, "JP"), guidance=withdrawn, reason="The report was wrong.")
    run_deliveries()
    assert blockers(answered.case) == ""
    expiring = issued(officer_of, valid_until=clock.now() + timedelta(hours=5))
    assert expiring.reference in blockers(answered.case)
    with journeys.later(hours=5, seconds=1):
        deadlines.tick()
        run_deliveries()
        assert blockers(answered.case) == ""
    assert Guidance.objects.get(pk=expiring.pk).ended_at == expiring.valid_until
    assert len(events("guidance.let_go")) == 2


def test_one_that_nobody_seconds_can_be_declined(officer_of: OfficerOf, in_force: None) -> None:
    notice = written(officer_of)
    guidance.decline(actor=seat(officer_of, "JP"), guidance=notice, reason="Too broad to be of use.")
    with pytest.raises(Forbidden, match="does not wait"):
        guidance.issue(actor=seat(officer_of, "FR"), guidance=notice)


# Expediting ------------------------------------------------------------------------------------------------


def test_a_notice_to_expedite_moves_the_case_to_the_crisis_lane_with_its_charter(
    desk: Desk, officer_of: OfficerOf
) -> None:
    assert (desk.case.lane, desk.case.charter_key) == ("standard", "consultation-10wd")
    notice = issued(officer_of, "expedite", destinations=["SG"])
    case = desk.reload()
    assert (case.lane, case.charter_key, case.round, case.critical) == ("crisis", "crisis-48-24-12", 2, True)
    (event,) = events("case.expedited")
    assert event.facts["guidance"] == notice.reference
    assert case.routing["rule_key"] == f"guidance:{notice.reference}"
    opened = Consultation.objects.filter(case=case, round=2)
    assert {(c.jurisdiction_id, c.ministry) for c in opened} == {
        ("FR", "trade"), ("FR", "defence"), ("US", "trade"), ("US", "defence"),
    }  # fmt: skip
    assert all(c.due_at - c.opened_at == timedelta(hours=48) for c in opened)
    assert not Consultation.objects.filter(case=case, round=1, status="open").exists()
    assert Step.objects.filter(case=case, round=2, tier=0).count() == 1


def test_a_case_filed_later_goes_there_at_once_and_its_revision_stays(
    in_force: None, officer_of: OfficerOf, exporter: User, organisation: Organisation
) -> None:
    issued(officer_of, "expedite", destinations=["SG"])
    desk = Desk(journeys.file(exporter, organisation), officer_of)
    assert (desk.case.lane, desk.case.round) == ("crisis", 1)
    assert len(events("case.expedited")) == 1
    revise(desk, exporter, officer_of, "6A003")
    assert (desk.reload().lane, desk.case.round) == ("crisis", 1)
    assert len(events("case.expedited")) == 1


def test_it_never_moves_a_case_past_a_hard_stop_nor_one_that_only_waits_for_its_decision(
    answered: Desk, officer_of: OfficerOf, exporter: User, organisation: Organisation
) -> None:
    stopped = journeys.file(exporter, organisation, journeys.dossier(own_reference="Order 2"))
    Assessment.objects.filter(case=stopped).update(hard_stops=[{"reason": "A listed end-user."}])
    issued(officer_of, "expedite", destinations=["SG"])
    assert answered.reload().lane == "standard"
    assert Case.objects.get(pk=stopped.pk).lane == "standard"
    assert GuidedCase.objects.count() == 2  # it is shown in both all the same
    assert not events("case.expedited")


def test_a_case_on_hold_is_taken_off_it(desk: Desk, officer_of: OfficerOf) -> None:
    from alliance.selectors import charter
    from escalation.services import ladder_steps

    with transaction.atomic():
        case = Case.objects.select_for_update().get(pk=desk.case.pk)
        ladder_steps.hold(case, charter(case.charter_key, case.charter_version), reason="A test.")
    issued(officer_of, "expedite", destinations=["SG"])
    case = desk.reload()
    assert (case.status, case.lane, case.round) == ("in_review", "crisis", 2)


# Matching --------------------------------------------------------------------------------------------------

CODES = st.lists(st.sampled_from(["6", "6A", "6A003", "6B", "3A001", "6A003.b.4"]), max_size=2)
PLACES = st.lists(st.sampled_from(["SG", "KZ"]), max_size=2)


@pytest.fixture
def open_case(desk: Desk) -> Case:
    return desk.case


def test_the_database_finds_what_the_comparison_finds(open_case: Case, officer_of: OfficerOf) -> None:
    """The sweep over open cases and the look at one case agree for any targets."""
    names = [party.name for party in open_case.revision.parties.all()]
    trade, known = reading.trade_of(open_case)

    @settings(max_examples=examples(60))
    @given(CODES, PLACES, st.lists(st.sampled_from([*names, "Nobody of Nowhere"]), max_size=2))
    def agree(items: list[str], destinations: list[str], parties: list[str]) -> None:
        from intelligence.names import normalise

        notice = Guidance(
            items=[code.upper() for code in items],
            destinations=destinations,
            parties=parties,
            names=[normalise(name) for name in parties],
        )
        meant = reading.why(notice, trade, known) is not None
        assert reading.cases_meant(notice).filter(pk=open_case.pk).exists() == meant

    agree()
