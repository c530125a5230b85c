"""What a charter written in the workbench says is what happens to a case under it."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from alliance import authoring, charter_text
from alliance.selectors import charter_payload
from core import clock
from core.errors import Conflict, Forbidden
from core.models import ref
from deadlines import services as deadlines
from deadlines.models import DueInstant
from escalation.services import appeals
from ledger.models import Event
from ledger.testing import run_deliveries
from licensing import guards
from licensing.models import Case, Consultation
from licensing.services import positions
from members.models import Ministry, Organisation, Role, User
from tests import journeys

OfficerOf = Callable[..., User]
pytestmark = pytest.mark.usefixtures("in_force")
OBJECTION = {
    "reason_code": "intended_end_use",
    "legal_basis": "Regulation (EU) 2021/821, Article 15(1)(d)",
    "summary": "The stated end-use does not fit the quantity asked for.",
}
ALL_DAY = {"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "from": "00:00", "to": "24:00"}


@pytest.fixture
def under(
    officer_of: OfficerOf, exporter: User, organisation: Organisation
) -> Callable[[str, Callable[[dict[str, Any]], object]], Case]:
    """File a case under a charter in force as a change makes it: written, checked, activated by two persons."""

    def file(key: str, change: Callable[[dict[str, Any]], object]) -> Case:
        payload = copy.deepcopy(charter_payload(key))
        payload["version"] = "9"
        change(payload)
        written = authoring.write(actor=officer_of("DE", Role.DECIDER), text=charter_text.write(payload))
        authoring.activate(
            actor=officer_of("FR", Role.DECIDER), charter=written, effective_from=clock.today()
        )
        reference = "DRILL-1" if key == "drill" else "Order 1"
        case = journeys.file(exporter, organisation, journeys.dossier(own_reference=reference))
        assert (case.charter_key, case.charter_version) == (key, "9")
        return case

    return file


def again(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def unit(payload: dict[str, Any]) -> dict[str, Any]:
    """Seat all three ministries of the crisis unit at tier 1."""
    tier: dict[str, Any] = payload["tiers"][1]
    ministries = ["trade", "defence", "intelligence"]
    tier["seats"] = {
        "kind": "crisis_unit",
        "ministries": ministries,
        "cover": [{"ministry": name, **ALL_DAY} for name in ministries],
    }
    return tier


def answer(officer_of: OfficerOf, case: Case, ministry: str, kind: str, tier: int = 1) -> User:
    seat = officer_of("US", Role.CRISIS_SEAT, ministry=ministry)
    asked = Consultation.objects.get(case=case, tier=tier, ministry=ministry, jurisdiction=None)
    positions.take(actor=seat, consultation=asked, kind=kind, **(OBJECTION if kind == "object" else {}))
    run_deliveries()
    return seat


def with_appeal(payload: dict[str, Any]) -> None:
    unit(payload).update(rule="majority", appeal={"amount": 60, "unit": "seconds"})


def decided_against_one(officer_of: OfficerOf, case: Case) -> tuple[User, User]:
    journeys.lapse_all(case)
    supporter = answer(officer_of, case, Ministry.TRADE, "no_objection")
    objector = answer(officer_of, case, Ministry.DEFENCE, "object")
    answer(officer_of, case, Ministry.INTELLIGENCE, "no_objection")
    assert again(case).tier == 1
    return supporter, objector


def test_while_an_appeal_is_open_nothing_is_granted_and_it_then_stands(officer_of, under) -> None:
    case = under("drill", with_appeal)
    decided_against_one(officer_of, case)
    assert again(case).settled_at is None
    assert any("may appeal until" in sentence for sentence in guards.blockers(again(case), "grant"))
    due = DueInstant.objects.get(kind="case.appeal", aggregate=ref(case), state="open")
    with journeys.at(due.due_at):
        deadlines.tick()
        run_deliveries()
    assert again(case).settled_at is not None
    assert again(case).tier == 1
    assert not any("may appeal" in sentence for sentence in guards.blockers(again(case), "grant"))
    assert Event.objects.filter(type="tier.decided", aggregate=ref(case)).count() == 1


def test_who_said_otherwise_appeals_and_nobody_else(officer_of, under) -> None:
    case = under("drill", with_appeal)
    supporter, objector = decided_against_one(officer_of, case)
    for person, why in (
        (supporter, "as your authority said"),
        (officer_of("JP", Role.DECIDER), "was not asked"),
        (officer_of("DE", Role.AUDITOR), "does not take positions"),
    ):
        with pytest.raises(Forbidden, match=why):
            appeals.appeal(actor=person, case=again(case), reason="We see it otherwise.")
    appeals.appeal(actor=objector, case=again(case), reason="We see it otherwise.")
    assert again(case).tier == 2
    assert not DueInstant.objects.filter(kind="case.appeal", aggregate=ref(case), state="open").exists()
    with pytest.raises((Forbidden, Conflict)):
        appeals.appeal(actor=objector, case=again(case), reason="Once more.")


def test_an_appeal_comes_too_late_at_its_due_instant(officer_of, under) -> None:
    case = under("drill", with_appeal)
    _supporter, objector = decided_against_one(officer_of, case)
    due = DueInstant.objects.get(kind="case.appeal", aggregate=ref(case), state="open")
    with journeys.at(due.due_at), pytest.raises(Conflict, match="No appeal is open"):
        appeals.appeal(actor=objector, case=again(case), reason="We see it otherwise.")


def test_where_all_agree_nobody_waits_for_an_appeal(officer_of, under) -> None:
    case = under("drill", with_appeal)
    journeys.lapse_all(case)
    for ministry in (Ministry.TRADE, Ministry.DEFENCE):
        answer(officer_of, case, ministry, "no_objection")
    assert again(case).settled_at is not None


@pytest.mark.parametrize(
    ("rule", "deadlock", "kinds", "outcome"),
    [
        ("consensus", "climb", ("no_objection", "object", "no_objection"), "climbs"),
        ("consensus", "hold", ("no_objection", "object", "no_objection"), "held"),
        ("consensus", "chair_decides", ("no_objection", "object", "no_objection"), "settled"),
        ("consensus", "chair_decides", ("abstain", "object", "no_objection"), "climbs"),
        ("consensus", "objection", ("no_objection", "object", "no_objection"), "objects"),
        ("consensus_minus_one", "climb", ("no_objection", "object", "no_objection"), "settled"),
        ("unanimity", "climb", ("no_objection", "no_objection", "abstain"), "climbs"),
        ("unanimity", "climb", ("no_objection", "no_objection", "recuse"), "settled"),
        ("qualified_majority", "hold", ("no_objection", "object", "no_objection"), "settled"),
        ("qualified_majority", "hold", ("no_objection", "abstain", "object"), "held"),
        ("majority", "hold", ("no_objection", "abstain", "object"), "held"),
    ],
)
def test_each_rule_and_each_way_out_of_a_deadlock_is_carried_out(
    officer_of, under, rule, deadlock, kinds, outcome
) -> None:
    case = under("drill", lambda payload: unit(payload).update(rule=rule, on_deadlock=deadlock))
    journeys.lapse_all(case)
    for ministry, kind in zip((Ministry.TRADE, Ministry.DEFENCE, Ministry.INTELLIGENCE), kinds, strict=True):
        answer(officer_of, case, ministry, kind)
    found = again(case)
    objects = any("objects to a licence" in sentence for sentence in guards.blockers(found, "grant"))
    assert (found.tier, found.status, found.settled_at is not None, objects) == {
        "climbs": (2, "in_review", False, False),
        "held": (1, "on_hold", False, False),
        "settled": (1, "in_review", True, False),
        "objects": (1, "in_review", True, True),
    }[outcome]


def test_silence_that_lapses_to_a_hold_does_so_at_any_tier(under) -> None:
    case = under("drill", lambda payload: payload["tiers"][0].update(silence="lapse_to_hold"))
    journeys.lapse_all(case)
    held = again(case)
    assert (held.status, held.tier) == ("on_hold", 0)
    assert held.hold_owner
    assert held.hold_until is not None


def test_silence_that_counts_as_refusal_lets_nobody_grant(under) -> None:
    case = under("drill", lambda payload: payload["tiers"][0].update(silence="deemed_refusal"))
    journeys.lapse_all(case)
    assert again(case).settled_at is not None
    assert any("objects to a licence" in sentence for sentence in guards.blockers(again(case), "grant"))


def test_whoever_signs_below_the_grade_is_refused(officer_of, under) -> None:
    case = under("drill", lambda payload: payload["tiers"][2]["seats"].update(minimum_grade="principal"))
    journeys.lapse_all(case)
    journeys.lapse_all(case)
    asked = Consultation.objects.get(case=case, tier=2, status="open")
    seat = officer_of("US", Role.CRISIS_SEAT, ministry=asked.ministry)
    with pytest.raises(Forbidden, match="Minister or head of an authority"):
        positions.take(actor=seat, consultation=asked, kind="no_objection")
    minister = officer_of("US", Role.CRISIS_SEAT, ministry=asked.ministry)
    minister.grade = "principal"
    minister.save()
    positions.take(actor=minister, consultation=asked, kind="no_objection")
    run_deliveries()
    assert again(case).settled_at is not None


def test_a_substitute_stands_in_once_its_share_of_the_window_is_over(officer_of, under) -> None:
    case = under(
        "consultation-10wd",
        lambda payload: payload["tiers"][0]["seats"].update(substitutes=["customs"], substitute_after=40),
    )
    asked = Consultation.objects.get(case=case, jurisdiction="FR")
    customs = officer_of("FR", Role.ADVISER, ministry=Ministry.CUSTOMS)
    defence = officer_of("FR", Role.ADVISER, ministry=Ministry.DEFENCE)
    with pytest.raises(Forbidden, match="only after 40 %"):
        positions.take(actor=customs, consultation=asked, kind="no_objection")
    with journeys.at(asked.opened_at + (asked.due_at - asked.opened_at) * 0.41):
        with pytest.raises(Forbidden, match="Another ministry"):
            positions.take(actor=defence, consultation=asked, kind="no_objection")
        positions.take(actor=customs, consultation=asked, kind="no_objection")
        run_deliveries()
    assert Consultation.objects.get(pk=asked.pk).status == "answered"


def test_a_member_that_a_tier_names_reads_the_case_and_is_asked(officer_of, under) -> None:
    def name_japan(payload: dict[str, Any]) -> None:
        payload["tiers"][1].update(
            rule="qualified_majority",
            weights={"JP": 3, "FR": 1},
            qualified={"members": 51, "weight": 70, "blocking_minority": 1},
            seats={
                "kind": "members", "ministries": ["trade"], "members": ["JP", "FR"],
                "cover": [{"ministry": "trade", **ALL_DAY}],
            },
        )  # fmt: skip

    officer = officer_of("JP")
    case = under("drill", name_japan)
    assert not Case.objects.visible_to(officer).filter(pk=case.pk).exists()  # type: ignore[attr-defined]
    journeys.lapse_all(case)
    assert Case.objects.visible_to(officer).filter(pk=case.pk).exists()  # type: ignore[attr-defined]
    asked = Consultation.objects.get(case=case, tier=1, jurisdiction="JP")
    positions.take(actor=officer, consultation=asked, kind="no_objection")
    run_deliveries()
    assert again(case).settled_at is None, "half of the members do not carry it, however heavy"
    french = Consultation.objects.get(case=case, tier=1, jurisdiction="FR")
    positions.take(actor=officer_of("FR"), consultation=french, kind="no_objection")
    run_deliveries()
    assert again(case).settled_at is not None
