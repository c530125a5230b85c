"""Relaxing a crisis step by step: two keys, preconditions on live data, wind-down, reverse gear, alarms."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance import crises
from alliance.models import Declaration, Relaxation
from core import clock
from core.errors import Blocked, Conflict, EntenteError, Forbidden, Invalid, NotFound
from correspondence.models import Notice
from deadlines import services as deadlines
from escalation import measuring, simulating
from escalation.services import exits
from ledger.models import Event
from ledger.testing import run_deliveries
from licensing.models import Case, Licence
from licensing.selectors.trades import trades_of_cases, trades_of_licences
from licensing.services import licences
from members.models import Role
from tests import crises as crisis_makers
from tests import journeys
from tests.crises import seat
from tests.examples import examples
from tests.licensing.conftest import Desk, answered, desk
from tests.standing import stays

__all__ = ["answered", "desk"]
pytestmark = pytest.mark.usefixtures("in_force")
WHY = "Goods under the licence were found at the front."


@stays
def singapore(desk: Desk) -> Declaration:
    """A crisis that stops the German exporter's trade with Singapore; its plan has three steps."""
    return with_plan(crisis_makers.in_force("DE", "FR"))


def with_plan(declaration: Declaration, wind_down: int = 0) -> Declaration:
    """Give a declaration measures against Singapore and a plan of which each step is easily read."""
    payload = declaration.payload
    for measure in payload["measures"]:
        measure["scope"] = {"destinations": ["SG"]}
    keys = [measure["key"] for measure in payload["measures"]]

    def step(key: str, lifts: object, expression: str, **more: object) -> dict[str, object]:
        said = [{"key": "it", "sentence": "It holds.", "expression": expression}]
        return {
            "key": key,
            "title": f"Step {key}",
            "sector": "civil",
            "lifts": lifts,
            "preconditions": said,
            **more,
        }

    payload["exit"] = [
        step("first", [{"measures": ["no-grant"], "scope": {"control_codes": ["6"]}}], "lapses_7d <= 0"),
        step("second", [{"measures": ["suspend"]}], "confirmed_hits_30d == 0", after=["first"]),
        step(
            "rest", [{"measures": keys}], "members_pending >= 0", after=["second"], wind_down_days=wind_down
        ),
    ]
    declaration.payload = payload
    declaration.touch()
    declaration.save()
    return declaration


def take(declaration: Declaration, step: str) -> Relaxation:
    exits.propose(actor=seat("DE"), declaration=declaration, step=step)
    return exits.apply(actor=seat("FR"), declaration=declaration, step=step)


def bearing_now() -> dict[str, set[str]]:
    """What really bears on each open case and licence, asked of what is in force and of nothing else."""
    found = {}
    for kind, rows, effects in (
        ("case", trades_of_cases(Case.objects.filter(status__in=Case.OPEN)), simulating.ON_CASES),
        ("licence", trades_of_licences(Licence.objects.filter(status="issued")), simulating.ON_LICENCES),
    ):
        for pk, trade in rows:
            bears = [one.measure for one in crises.bearing(trade) if one.measure.effect in effects]
            found[f"{kind}:{pk}"] = {measure.key for measure in bears}
    return found


def changed(before: dict[str, set[str]], after: dict[str, set[str]]) -> set[str]:
    return {name for name in before if before[name] != after[name]}


def listed(found: simulating.Touched) -> set[str]:
    return {f"case:{pk}" for pk in found.case_keys} | {f"licence:{pk}" for pk in found.licence_keys}


def test_a_step_takes_two_members_and_lifts_what_it_says(desk: Desk, singapore: Declaration) -> None:
    before = bearing_now()
    first = seat("DE")
    row = exits.propose(actor=first, declaration=singapore, step="first")
    assert bearing_now() == before
    with pytest.raises(Forbidden, match="another person"):
        exits.apply(actor=first, declaration=singapore, step="first")
    with pytest.raises(Forbidden, match="another member"):
        exits.apply(actor=seat("DE"), declaration=singapore, step="first")
    with pytest.raises(Forbidden, match="seat of the crisis unit"):
        exits.apply(actor=desk.officer_of("FR", Role.DECIDER), declaration=singapore, step="first")
    row = exits.apply(actor=seat("FR"), declaration=singapore, step="first")
    after = bearing_now()
    touched = changed(before, after)
    assert touched == {f"case:{desk.case.pk}"} == listed(simulating.from_json(row.touched))
    assert before[f"case:{desk.case.pk}"] - after[f"case:{desk.case.pk}"] == {"no-grant"}
    assert row.evidence["applied"]["preconditions"][0]["read"] == {"lapses_7d": 0}
    run_deliveries()
    told = Notice.objects.filter(recipient__memberships__organisation=desk.case.application.organisation)
    assert "no longer applies" in told.latest("pk").subject


def test_a_licence_that_was_suspended_holds_again_and_is_suspended_again(answered: Desk) -> None:
    licence = answered.licence()
    singapore = with_plan(crisis_makers.in_force("DE", "FR"))
    assert bearing_now()[f"licence:{licence.pk}"] == {"suspend"}
    take(singapore, "first")
    take(singapore, "second")
    assert bearing_now()[f"licence:{licence.pk}"] == set()
    (row,) = exits.reverse(actor=seat("FR"), declaration=singapore, step="second", reason=WHY)
    assert bearing_now()[f"licence:{licence.pk}"] == {"suspend"}
    assert row.reversed_because == WHY


def test_a_red_precondition_stands_in_the_way_and_is_named_with_its_figure(
    desk: Desk, singapore: Declaration
) -> None:
    journeys.lapse_all(desk.case)
    exits.propose(actor=seat("DE"), declaration=singapore, step="first")
    last = desk.reload().consultations.latest("pk").lapsed_at or clock.now()
    with journeys.at(last + timedelta(hours=1)), pytest.raises(Blocked) as error:
        exits.apply(actor=seat("FR"), declaration=singapore, step="first")
    assert len(error.value.blockers) == 1
    assert "lapses_7d = " in error.value.blockers[0]
    assert not Relaxation.objects.filter(status="applied").exists()


def test_a_step_waits_for_those_it_follows(singapore: Declaration) -> None:
    with pytest.raises(Conflict, match="first"):
        exits.propose(actor=seat("DE"), declaration=singapore, step="second")
    with pytest.raises(NotFound):
        exits.propose(actor=seat("DE"), declaration=singapore, step="absent")
    with pytest.raises(Conflict, match="Nobody has proposed"):
        exits.apply(actor=seat("FR"), declaration=singapore, step="first")
    exits.propose(actor=seat("DE"), declaration=singapore, step="first")
    with pytest.raises(Conflict, match="already"):
        exits.propose(actor=seat("FR"), declaration=singapore, step="first")
    with pytest.raises(Conflict, match="stands applied"):
        exits.reverse(actor=seat("FR"), declaration=singapore, step="first", reason=WHY)
    exits.withdraw(actor=seat("FR"), declaration=singapore, step="first", reason="It was too early.")
    exits.propose(actor=seat("DE"), declaration=singapore, step="first")


def test_reversing_takes_back_what_stands_on_it_and_restores_everything(singapore: Declaration) -> None:
    before = bearing_now()
    for step in ("first", "second"):
        take(singapore, step)
    exits.propose(actor=seat("DE"), declaration=singapore, step="rest")
    with pytest.raises(Invalid):
        exits.reverse(actor=seat("FR"), declaration=singapore, step="first", reason="No.")
    rows = exits.reverse(actor=seat("FR"), declaration=singapore, step="first", reason=WHY)
    assert [row.step for row in rows] == ["second", "first"]
    assert bearing_now() == before
    assert Relaxation.objects.get(step="rest").status == "withdrawn"
    assert Event.objects.filter(type="relaxation.reversed").count() == 2
    take(singapore, "first")


def test_during_a_wind_down_the_prior_rules_hold_until_its_instant(singapore: Declaration) -> None:
    with_plan(singapore, wind_down=30)
    for step in ("first", "second"):
        take(singapore, step)
    before = bearing_now()
    row = take(singapore, "rest")
    assert (row.status, bearing_now()) == ("wind_down", before)
    run_deliveries()
    assert Notice.objects.filter(subject__contains="about to end").exists()
    assert row.takes_effect_at is not None
    with journeys.at(row.takes_effect_at - timedelta(seconds=1)):
        deadlines.tick()
        assert bearing_now() == before
    with journeys.at(row.takes_effect_at):
        deadlines.tick()
        after = bearing_now()
        row = Relaxation.objects.get(pk=row.pk)
        assert row.status == "applied"
        assert changed(before, after) == listed(simulating.from_json(row.touched)) != set()
    assert not any(after.values())


def test_a_wind_down_ends_in_nothing_where_a_precondition_is_red_by_then(answered: Desk) -> None:
    licence = answered.licence()
    singapore = with_plan(crisis_makers.in_force("DE", "FR"), wind_down=30)
    singapore.payload["exit"][2]["preconditions"][0]["expression"] = "licences_revoked_30d == 0"
    singapore.save()
    for step in ("first", "second"):
        take(singapore, step)
    row = take(singapore, "rest")
    assert row.takes_effect_at is not None
    with journeys.at(row.takes_effect_at - timedelta(days=3)):
        licences.revoke(actor=answered.officer_of("DE", Role.DECIDER), licence=licence, reason="Diverted.")
    with journeys.at(row.takes_effect_at):
        deadlines.tick()
        run_deliveries()
    assert Relaxation.objects.get(pk=row.pk).status == "withdrawn"
    said = Event.objects.get(type="relaxation.withdrawn")
    assert said.actor_kind == "clock"
    assert "licences_revoked_30d = 1" in said.facts["reason"]


def test_a_wind_down_is_called_off_by_one_seat(singapore: Declaration) -> None:
    with_plan(singapore, wind_down=30)
    for step in ("first", "second", "rest"):
        take(singapore, step)
    exits.withdraw(actor=seat("US"), declaration=singapore, step="rest", reason=WHY)
    with journeys.later(days=31):
        deadlines.tick()
    assert Relaxation.objects.get(step="rest").status == "withdrawn"


def test_a_precondition_that_turns_red_is_told_once_until_it_is_green_again(
    desk: Desk, singapore: Declaration
) -> None:
    take(singapore, "first")
    assert exits.watch() == 0
    journeys.lapse_all(desk.case)
    when = Event.objects.filter(type="window.lapsed").latest("at").at
    with journeys.at(when + timedelta(hours=1)):
        assert (exits.watch(), exits.watch()) == (1, 0)
        run_deliveries()
    told = Notice.objects.filter(subject__contains="turned red").latest("pk")
    assert "lapses_7d" in told.text
    assert told.path == f"/workbench/crises/{singapore.reference}/exit/steps/first/"
    with journeys.at(when + timedelta(days=8)):
        assert exits.watch() == 0
    assert Event.objects.filter(type="precondition.turned_green").count() == 1


def test_after_the_sunset_no_step_is_taken_even_where_the_tick_is_late(singapore: Declaration) -> None:
    exits.propose(actor=seat("DE"), declaration=singapore, step="first")
    assert singapore.sunset_at is not None
    with journeys.at(singapore.sunset_at), pytest.raises(Conflict, match="in force"):
        exits.apply(actor=seat("FR"), declaration=singapore, step="first")
    assert Declaration.objects.get(pk=singapore.pk).status == "ended"


def test_ending_is_simulated_by_the_same_comparison(singapore: Declaration) -> None:
    before = bearing_now()
    simulated = listed(simulating.ended(singapore))
    crisis_makers.end(singapore)
    assert simulated == changed(before, bearing_now()) != set()


def test_the_database_refuses_a_step_agreed_by_nobody(singapore: Declaration) -> None:
    row = exits.propose(actor=seat("DE"), declaration=singapore, step="first")
    with pytest.raises(IntegrityError, match="relaxation_agreed_by_two"), transaction.atomic():
        Relaxation.objects.filter(pk=row.pk).update(takes_effect_at=clock.now())


def test_the_number_of_queries_does_not_grow_with_the_cases(
    desk: Desk, singapore: Declaration, exporter, organisation, django_assert_max_num_queries
) -> None:
    for _number in range(3):
        journeys.file(exporter, organisation)
    with django_assert_max_num_queries(7):
        assert len(simulating.relaxed_to(singapore, ["first"]).case_keys) == 4
    with django_assert_max_num_queries(30):
        counts = measuring.measure(singapore)
    assert counts["open_cases_in_scope"].value == 4
    assert counts["humanitarian_p50_hours_x10"].value is None
    assert counts["humanitarian_decided_30d"].value == 0


@pytest.mark.django_db(transaction=True)
def test_applying_a_step_against_the_end_of_the_crisis_leaves_one_winner(singapore: Declaration) -> None:
    from alliance import declaring

    exits.propose(actor=seat("DE"), declaration=singapore, step="first")
    declaring.propose_end(actor=seat("DE"), declaration=singapore, reason="The reason for it is gone.")
    told: list[str] = []
    start = threading.Barrier(2)
    second = seat("FR")

    def run(act) -> None:
        start.wait()
        try:
            act()
        except EntenteError as error:
            told.append(error.code)
        finally:
            connection.close()

    acts = [
        lambda: exits.apply(actor=second, declaration=singapore, step="first"),
        lambda: declaring.end(actor=second, declaration=singapore),
    ]
    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert Declaration.objects.get(pk=singapore.pk).status == "ended"
    applied = Relaxation.objects.filter(status="applied").count()
    assert told == ([] if applied else ["conflict"])


SCOPES = st.fixed_dictionaries(
    {},
    optional={
        "control_codes": st.sampled_from([["6"], ["6A003"], ["3"], ["5", "6"]]),
        "destinations": st.sampled_from([["SG"], ["JP"], ["SG", "US"]]),
        "grounds": st.sampled_from([["none"], ["humanitarian"], ["none", "humanitarian"]]),
    },
)
EFFECTS = ("no_grant", "lane", "consult", "suspend_licences")


def test_what_is_simulated_is_what_changes_for_any_plan_and_reversing_restores_it(
    desk: Desk, exporter, organisation
) -> None:
    content = journeys.dossier()
    content["items"][0] |= {"control_code": "5A004", "hs_code": "847180"}
    journeys.file(exporter, organisation, content)
    journeys.file(exporter, organisation)
    desk.answer_all()
    desk.licence()
    declaration = crisis_makers.in_force("DE")
    first, second = seat("DE"), seat("FR")

    @settings(max_examples=examples(12))
    @given(
        st.lists(st.tuples(st.sampled_from(EFFECTS), SCOPES), min_size=1, max_size=4),
        st.lists(st.tuples(SCOPES, st.booleans()), min_size=1, max_size=3),
        st.lists(st.integers(0, 3), max_size=5),
        SCOPES,
    )
    def holds(measures, steps, acts, scope) -> None:
        keys = [f"m{index}" for index in range(len(measures))]
        declaration.payload["measures"] = [
            {
                "key": key,
                "title": key,
                "objective": "Stop it.",
                "legal_basis": "Article 2",
                "effect": effect,
                "scope": its_scope,
            }
            for key, (effect, its_scope) in zip(keys, measures, strict=True)
        ]
        said = [{"key": "it", "sentence": "It holds.", "expression": "lapses_7d >= 0"}]
        plan = [
            {
                "key": f"s{index}",
                "title": "Step",
                "sector": "civil",
                "lifts": [{"measures": keys, "scope": lift_scope}],
                "preconditions": said,
                "after": [f"s{index - 1}"] if after and index else [],
            }
            for index, (lift_scope, after) in enumerate(steps)
        ]
        whole = {"title": "Step", "sector": "civil", "lifts": [{"measures": keys}], "preconditions": said}
        declaration.payload["exit"] = [*plan, {"key": "whole", **whole}]
        declaration.scope = scope
        Relaxation.objects.all().delete()
        declaration.touch()
        declaration.save()
        start = bearing_now()
        for number in acts:
            step = declaration.payload["exit"][number % (len(plan) + 1)]["key"]
            before, row = bearing_now(), exits.standing(declaration, step)
            if row is not None:
                applied = list(Relaxation.objects.filter(status="applied").values_list("step", flat=True))
                gone = exits.standing_on(declaration, step)
                simulated = simulating.relaxed_to(declaration, [key for key in applied if key not in gone])
                exits.reverse(actor=first, declaration=declaration, step=step, reason=WHY)
            else:
                try:
                    exits.propose(actor=first, declaration=declaration, step=step)
                except Conflict:
                    continue
                simulated = simulating.from_json(exits.standing(declaration, step).touched)
                row = exits.apply(actor=second, declaration=declaration, step=step)
                assert simulating.from_json(row.touched) == simulated
            after = bearing_now()
            assert listed(simulated) == changed(before, after)
        for row in Relaxation.objects.filter(status="applied"):
            if Relaxation.objects.get(pk=row.pk).status == "applied":
                exits.reverse(actor=first, declaration=declaration, step=row.step, reason=WHY)
        assert bearing_now() == start
        declaration.refresh_from_db(fields=["changed_at"])

    holds()
