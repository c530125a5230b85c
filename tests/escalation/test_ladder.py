"""What moves a case when nobody does."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from alliance.charters import DecisionRule, Objection, SeatKind, Seats, Silence, Tier, Window
from alliance.settling import Answer, Outcome, deemed_position, settle
from core import clock
from core.models import ref
from deadlines import services as deadlines
from deadlines.models import DueInstant
from escalation.models import Step
from escalation.selectors import expected
from escalation.services import ladder_steps
from ledger.models import Event
from ledger.testing import run_deliveries
from licensing import guards
from licensing.models import Case, Consultation
from licensing.services import information, positions
from members.models import Organisation, Role, User
from tests import journeys

OfficerOf = Callable[..., User]
in_force = pytest.mark.usefixtures("in_force")


def again(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


@pytest.fixture
def drill(exporter: User, organisation: Organisation) -> Case:
    return journeys.file(exporter, organisation, journeys.dossier(own_reference="DRILL-1"))


@in_force
@pytest.mark.parametrize(
    ("seen", "told"), [((0.5, 0.75, 0.9), [50, 75, 90]), ((0.8, 0.95), [75, 90]), ((0.4,), []), ((1.0,), [])]
)
def test_reminders_come_at_their_share_of_the_window_and_late_ones_once(
    exporter: User, organisation: Organisation, seen: tuple[float, ...], told: list[int]
) -> None:
    case = journeys.file(exporter, organisation)
    window = Consultation.objects.filter(case=case).order_by("pk").first()
    assert window is not None
    length = window.due_at - window.opened_at
    for share in seen:
        with journeys.at(window.opened_at + length * share + timedelta(seconds=2 * (share < 1))):
            deadlines.tick()
    events = Event.objects.filter(type="consultation.reminded", subject_id=str(window.pk)).order_by("pk")
    assert [event.facts["percent"] for event in events] == told


@in_force
def test_a_reminder_moves_with_the_window_when_the_clock_stands(
    exporter: User, organisation: Organisation, officer_of: OfficerOf
) -> None:
    case = journeys.file(exporter, organisation)
    window = Consultation.objects.filter(case=case).order_by("pk").first()
    assert window is not None
    half = window.opened_at + (window.due_at - window.opened_at) / 2
    question = information.ask(
        actor=officer_of("DE"), case=case, reason_code="missing_document", question="Where is it?", days=10
    )
    with journeys.at(half + timedelta(minutes=5)):
        deadlines.tick()
        information.answer(actor=exporter, request=question, answer="Here it is.")
        run_deliveries()
    reminded = Event.objects.filter(type="consultation.reminded", subject_id=str(window.pk))
    assert not reminded.exists()
    moved = Consultation.objects.get(pk=window.pk).due_at
    assert moved > window.due_at
    due = DueInstant.objects.get(kind="consultation.reminder", subject=f"{ref(window)}:25", state="open")
    assert due.due_at > half


@in_force
def test_after_the_hold_the_ladder_begins_afresh(drill: Case) -> None:
    for _tier in range(3):
        journeys.lapse_all(drill)
    held = again(drill)
    assert held.hold_until is not None
    with journeys.at(held.hold_until):
        deadlines.tick()
    back = again(drill)
    assert (back.status, back.round, back.tier) == ("in_review", 2, 0)
    assert Consultation.objects.filter(case=drill, round=2, status="open").exists()


@in_force
def test_a_decision_that_is_not_taken_climbs(drill: Case, officer_of: OfficerOf) -> None:
    for code in ("FR", "US"):
        positions.take(
            actor=officer_of(code), consultation=Consultation.objects.get(case=drill, jurisdiction=code),
            kind="no_objection",
        )  # fmt: skip
    run_deliveries()
    settled = again(drill)
    assert settled.settled_at is not None
    due = DueInstant.objects.get(kind="case.decision", state="open", aggregate=ref(drill))
    with journeys.at(due.due_at):
        deadlines.tick()
    assert again(drill).tier == 1
    assert Step.objects.get(case=drill, tier=1).reason == "The lead did not decide in time."


@in_force
def test_the_objection_of_the_unit_stands_until_the_unit_itself_says_otherwise(
    drill: Case, officer_of: OfficerOf
) -> None:
    def unit(tier: int, kind: str, ministry: str) -> None:
        seat = officer_of("US", Role.CRISIS_SEAT, ministry=ministry)
        asked = Consultation.objects.get(case=drill, tier=tier, ministry=ministry, status="open")
        grounds = {
            "reason_code": "intended_end_use",
            "legal_basis": "Regulation (EU) 2021/821, Article 15(1)(d)",
            "summary": "The stated end-use does not fit the quantity asked for.",
        }
        positions.take(actor=seat, consultation=asked, kind=kind, **(grounds if kind == "object" else {}))
        run_deliveries()

    def blocked() -> bool:
        return any("objects to a licence" in sentence for sentence in guards.blockers(again(drill), "grant"))

    journeys.lapse_all(drill)
    unit(1, "object", "trade")
    assert blocked()
    decider = officer_of("DE", Role.DECIDER)
    ladder_steps.refer_up(actor=decider, case=again(drill), reason="A second look is asked for.")
    run_deliveries()
    assert blocked()
    for asked in Consultation.objects.filter(case=drill, tier=2, status="open"):
        unit(2, "no_objection", asked.ministry)
    assert again(drill).settled_at is not None
    assert not blocked()


@in_force
def test_a_question_stops_the_clock_until_it_is_answered(
    drill: Case, officer_of: OfficerOf, exporter: User
) -> None:
    before = {c.pk: c.due_at for c in Consultation.objects.filter(case=drill)}
    asked = information.ask(
        actor=officer_of("DE"),
        case=drill,
        reason_code="end_use_unclear",
        question="Which engine exactly?",
        days=3,
    )
    assert again(drill).status == "awaiting_applicant"
    for consultation in Consultation.objects.filter(case=drill):
        assert consultation.due_at > before[consultation.pk]
    with journeys.later(seconds=600):
        deadlines.tick()
        assert not Consultation.objects.filter(case=drill, status="lapsed").exists()
        information.answer(actor=exporter, request=asked, answer="A single-cylinder engine.")
        run_deliveries()
    assert again(drill).status == "in_review"
    for consultation in Consultation.objects.filter(case=drill):
        moved = consultation.due_at - before[consultation.pk]
        assert timedelta(seconds=599) <= moved <= timedelta(seconds=630)


@in_force
def test_a_question_that_nobody_answers_lets_the_clock_run_again(drill: Case, officer_of: OfficerOf) -> None:
    asked = information.ask(
        actor=officer_of("DE"),
        case=drill,
        reason_code="end_use_unclear",
        question="Which engine exactly?",
        days=1,
    )
    with journeys.at(asked.due_at):
        deadlines.tick()
        run_deliveries()
    asked.refresh_from_db(fields=["due_at"])
    assert again(drill).status == "in_review"
    assert again(drill).information_requests.get().status == "expired"


@in_force
def test_a_correction_asks_again_only_whom_it_touches(
    drill: Case, officer_of: OfficerOf, exporter: User
) -> None:
    french = Consultation.objects.get(case=drill, jurisdiction="FR")
    positions.take(actor=officer_of("FR"), consultation=french, kind="no_objection")
    asked = information.ask(
        actor=officer_of("DE"), case=drill, reason_code="end_use_unclear", question="Which site?",
        sections=["end_use", "route"], days=3,
    )  # fmt: skip
    end_use: dict[str, Any] = {**drill.revision.dossier["end_use"], "site": "8 Research Link, test hall 9"}
    information.answer(actor=exporter, request=asked, answer="Hall 9.", changes={"end_use": end_use})
    run_deliveries()
    assert again(drill).revision.number == 2
    kept = Consultation.objects.get(pk=french.pk)
    assert kept.status == "answered", "the place of the goods did not change"

    route = {
        **drill.revision.dossier["route"],
        "legs": [{"origin": "FRMRS", "destination": "SGSIN", "mode": "sea"}],
    }
    second = information.ask(
        actor=officer_of("DE"), case=again(drill), reason_code="party_unclear", question="Which port?",
        sections=["route"], days=3,
    )  # fmt: skip
    information.answer(actor=exporter, request=second, answer="Marseille.", changes={"route": route})
    run_deliveries()
    asked_again = Consultation.objects.get(pk=french.pk)
    assert asked_again.status == "open"
    assert asked_again.positions.get().status == "superseded"


@in_force
def test_the_exporter_is_told_when_to_expect_the_answer_and_why(drill: Case) -> None:
    answer = expected(again(drill))
    assert answer is not None
    assert answer.due_at > clock.now()
    assert answer.steps
    told = Event.objects.filter(type="case.due_set", aggregate=ref(drill)).last()
    assert told is not None
    assert "FR" not in str(told.facts)


@in_force
def test_a_decider_of_the_lead_refers_a_case_up(drill: Case, officer_of: OfficerOf) -> None:
    ladder_steps.refer_up(actor=officer_of("DE", Role.DECIDER), case=drill, reason="We disagree with France.")
    assert again(drill).tier == 1


def answers(*states: str) -> list[Answer]:
    made = []
    for number, state in enumerate(states):
        status = state if state in ("open", "lapsed") else "answered"
        made.append(
            Answer(f"seat {number}", "trade", status, "escalate", None if status != "answered" else state)
        )
    return made


@pytest.mark.parametrize(
    ("rule", "states", "outcome"),
    [
        ("all_answer", ("no_objection", "open"), Outcome.WAIT),
        ("all_answer", ("no_objection", "lapsed"), Outcome.CLIMB),
        ("all_answer", ("no_objection", "object"), Outcome.SETTLED),
        ("majority", ("no_objection", "no_objection", "open"), Outcome.SETTLED),
        ("majority", ("no_objection", "object", "open"), Outcome.WAIT),
        ("majority", ("no_objection", "object", "abstain"), Outcome.CLIMB),
        ("majority", ("object", "object", "lapsed"), Outcome.OBJECTED),
        ("majority", ("lapsed", "lapsed", "no_objection"), Outcome.CLIMB),
        ("chair_decides", ("no_objection", "object"), Outcome.SETTLED),
        ("chair_decides", ("recuse", "no_objection"), Outcome.CLIMB),
        ("chair_decides", ("open", "object"), Outcome.WAIT),
        ("qualified_majority", ("no_objection", "no_objection", "object"), Outcome.SETTLED),
        ("qualified_majority", ("no_objection", "object"), Outcome.CLIMB),
        ("qualified_majority", (*["no_objection"] * 6, *["object"] * 4), Outcome.CLIMB),
        ("qualified_majority", (*["no_objection"] * 7, *["object"] * 3), Outcome.SETTLED),
        ("qualified_majority", (*["object"] * 7, *["no_objection"] * 3), Outcome.OBJECTED),
        ("consensus", ("no_objection", "abstain"), Outcome.SETTLED),
        ("consensus", ("no_objection", "object"), Outcome.CLIMB),
        ("consensus", ("no_objection", "lapsed"), Outcome.CLIMB),
        ("consensus", ("abstain", "abstain"), Outcome.CLIMB),
        ("consensus_minus_one", ("no_objection", "no_objection", "object"), Outcome.SETTLED),
        ("consensus_minus_one", ("no_objection", "object", "object"), Outcome.CLIMB),
        ("consensus_minus_one", ("object", "recuse"), Outcome.OBJECTED),
        ("unanimity", ("no_objection", "approve_with_conditions", "recuse"), Outcome.SETTLED),
        ("unanimity", ("no_objection", "abstain"), Outcome.CLIMB),
        ("unanimity", ("object", "object"), Outcome.OBJECTED),
        ("unanimity", ("no_objection", "open"), Outcome.WAIT),
    ],
)
def test_what_the_answers_of_a_tier_amount_to(rule: str, states: tuple[str, ...], outcome: Outcome) -> None:
    tier = Tier(
        number=0, name="A tier", seats=Seats(SeatKind.STAKES, ("trade",)), rule=DecisionRule(rule),
        window=Window(1, "hours"), silence=Silence.ESCALATE, countersign=False, objection=Objection.BINDING,
    )  # fmt: skip
    assert settle(tier, answers(*states)) is outcome


def test_silence_never_stands_for_approval_of_a_critical_item() -> None:
    assert deemed_position("no_objection", critical=False) == "deemed_no_objection"
    assert deemed_position("no_objection", critical=True) is None
