"""Setting, moving and cancelling what falls due; what was before stays on record."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import DatabaseError, IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.audience import AUDITORS, Audience
from core.errors import Conflict, NotFound
from deadlines import selectors
from deadlines import services as deadlines
from deadlines.calculus import Extension, Rule, Stop
from deadlines.derivations import commitment
from deadlines.models import CalendarVersion, DueInstant
from ledger import selectors as ledger
from ledger.models import Event
from tests.deadlines.conftest import NOW
from tests.examples import examples

pytestmark = pytest.mark.django_db
OPEN, CANCELLED = DueInstant.State.OPEN, DueInstant.State.CANCELLED


def hour(number: float) -> datetime:
    return NOW + timedelta(hours=number)


def test_a_due_instant_keeps_its_inputs_and_its_explanation(falls_due):
    row = falls_due(rule=Rule(2, "working_days"), calendar="feast", zone="Europe/Berlin", owner="FR, trade")
    row = DueInstant.objects.get(pk=row.pk)
    assert row.due_at == datetime(2026, 11, 26, 23, 0, tzinfo=UTC)  # Tuesday and Thursday, in Berlin
    assert row.inputs["rule"]["unit"] == "working_days"
    assert (row.inputs["calendar"], row.inputs["calendar_version"]) == ("feast", "1")
    assert any("(Feast)" in step for step in row.explanation)
    assert row.owner_label == "FR, trade"
    assert deadlines.recompute(row).due_at == row.due_at


def test_setting_it_again_replaces_the_open_one_and_keeps_it_as_cancelled(falls_due):
    first, second = falls_due(), falls_due(seconds=90)
    states = dict(DueInstant.objects.values_list("pk", "state"))
    assert states == {first.pk: CANCELLED, second.pk: OPEN}
    assert deadlines.open_of("thing:1") == [second]


def test_the_database_refuses_two_open_ones_of_a_kind_and_subject(falls_due):
    row = falls_due()
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_the_database_refuses_one_that_lapsed_without_being_applied(falls_due):
    falls_due()
    with pytest.raises(IntegrityError), transaction.atomic():
        DueInstant.objects.update(lapsed_at=NOW)


def test_due_instants_cannot_be_deleted(falls_due):
    row = falls_due()
    with pytest.raises(DatabaseError), transaction.atomic():
        row.delete()


def test_what_nobody_would_act_on_or_could_lock_is_refused_when_set(falls_due):
    with pytest.raises(LookupError, match=r"thing\.forgotten"):
        falls_due(kind="thing.forgotten")
    for aggregate in ("nothing:1", "thing", "thing:x", ""):
        with pytest.raises(LookupError, match="lock"):
            falls_due(aggregate=aggregate)
    assert not DueInstant.objects.exists()


def test_cancelling_takes_one_a_subject_with_its_parts_or_all(falls_due):
    falls_due()
    falls_due(kind="thing.reminder")
    falls_due(kind="thing.reminder", subject="part:1:50")
    falls_due(kind="thing.reminder", subject="part:10")
    falls_due(number=2)
    assert deadlines.cancel(kind="thing.window", subject="part:1") == 1
    assert deadlines.cancel(kind="thing.window", subject="part:1") == 0
    assert deadlines.cancel_subjects([("thing:1", "part:1")]) == 2
    assert [row.subject for row in deadlines.open_of("thing:1")] == ["part:10"]
    assert deadlines.cancel_all("thing:1") == 1
    assert len(deadlines.open_of("thing:2")) == 1


def test_a_stop_moves_an_open_instant_and_ending_it_early_moves_it_back(falls_due):
    row = falls_due(rule=Rule(48, "hours"))
    assert row.due_at == hour(48)
    moved = deadlines.restop(kind=row.kind, subject=row.subject, stops=[Stop(hour(1), hour(24), "awaiting")])
    assert moved.due_at == hour(71)
    assert moved.inputs["stops"][0]["reason"] == "awaiting"
    back = deadlines.restop(kind=row.kind, subject=row.subject, stops=[Stop(hour(1), hour(3), "awaiting")])
    assert back.due_at == hour(50)
    same = deadlines.restop(kind=row.kind, subject=row.subject, stops=[Stop(hour(1), hour(3), "awaiting")])
    assert same.pk == back.pk
    assert DueInstant.objects.filter(state=CANCELLED).count() == 2
    assert deadlines.restop(kind=row.kind, subject="part:9", stops=[]) is None


def test_a_later_calendar_moves_no_stored_instant_not_even_when_a_stop_does(falls_due):
    row = falls_due(rule=Rule(3, "working_days"))
    with time_machine.travel(NOW, tick=False):
        deadlines.load_calendar(
            key="plain",
            version="2",
            effective_from=date(2026, 11, 24),
            weekend=[5, 6],
            holidays=[{"date": "2026-11-25", "name": "Declared at short notice"}],
            source="test",
            as_of=date(2026, 11, 24),
        )
    assert deadlines.recompute(DueInstant.objects.get(pk=row.pk)).due_at == row.due_at
    moved = deadlines.restop(
        kind=row.kind, subject=row.subject, stops=[Stop(hour(1), hour(2)), Stop(hour(24), hour(25))]
    )
    assert moved.inputs["calendar_version"] == "1"
    assert falls_due(start=NOW).inputs["calendar_version"] == "1"
    assert falls_due(start=hour(24)).inputs["calendar_version"] == "2"


def test_the_version_in_force_is_found_by_local_date(calendars):
    deadlines.load_calendar(
        key="plain",
        version="2",
        effective_from=date(2026, 11, 24),
        weekend=[6],
        holidays=[],
        source="test",
        as_of=date(2026, 11, 24),
    )
    late = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
    assert deadlines.in_force("plain", late).version == "1"
    assert deadlines.in_force("plain", late, "Asia/Tokyo").version == "2"
    with pytest.raises(NotFound):
        deadlines.in_force("nowhere", late)
    with pytest.raises(NotFound):
        deadlines.in_force("plain", datetime(2024, 1, 1, tzinfo=UTC))


def test_loading_a_version_again_changes_nothing_and_with_other_days_is_refused(calendars):
    again = {
        "key": "plain",
        "version": "1",
        "effective_from": date(2025, 1, 1),
        "weekend": [6, 5],
        "holidays": [],
        "source": "test",
        "as_of": date(2026, 1, 1),
    }
    assert deadlines.load_calendar(**again).as_of == date(2025, 1, 1)
    with pytest.raises(Conflict, match="version of their own"):
        deadlines.load_calendar(**again | {"weekend": [6]})
    with pytest.raises(DatabaseError), transaction.atomic():
        CalendarVersion.objects.update(weekend=[])


def test_the_ledger_alone_tells_the_same_due_instants(falls_due, applied):
    window = falls_due(rule=Rule(48, "hours"))
    falls_due(kind="thing.reminder")
    falls_due(kind="thing.reminder", subject="part:1:90", seconds=90)
    deadlines.restop(kind=window.kind, subject=window.subject, stops=[Stop(hour(1), hour(24))])
    falls_due(number=2)
    with time_machine.travel(hour(1), tick=False):
        deadlines.tick()
    deadlines.cancel(kind="thing.window", subject="part:1")
    told = [(row.kind, row.subject, row.due_at, row.state) for row in selectors.replay("thing:1")]
    stored = DueInstant.objects.filter(aggregate="thing:1").order_by("pk")
    assert told == list(stored.values_list("kind", "subject", "due_at", "state"))
    assert {state for *_, state in told} == {"cancelled", "done"}


@given(
    acts=st.lists(
        st.tuples(
            st.sampled_from(["set", "restop", "cancel", "tick", "cancel_all"]),
            st.sampled_from(["part:1", "part:1:50", "part:2"]),
            st.sampled_from(["plain", "feast"]),
            st.sampled_from(
                [Rule(5, "hours"), Rule(2, "working_days"), Rule(40, "seconds"), Rule(1, "months")]
            ),
            st.integers(0, 60),
        ),
        max_size=12,
    )
)
@settings(
    max_examples=examples(25),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_replaying_the_events_gives_the_same_due_instants_whatever_was_done(falls_due, applied, acts):
    with transaction.atomic():
        now = NOW
        for act, subject, calendar, rule, hours in acts:
            now += timedelta(hours=hours / 4)
            with time_machine.travel(now, tick=False):
                if act == "set":
                    falls_due(subject=subject, calendar=calendar, rule=rule, start=now, zone="Europe/Berlin")
                elif act == "restop":
                    stops = [Stop(now, now + timedelta(hours=hours))]
                    deadlines.restop(kind="thing.window", subject=subject, stops=stops)
                elif act == "cancel":
                    deadlines.cancel(kind="thing.window", subject=subject)
                elif act == "tick":
                    deadlines.tick()
                else:
                    deadlines.cancel_all("thing:1")
        stored = list(DueInstant.objects.filter(aggregate="thing:1").order_by("pk"))
        told = [(row.kind, row.subject, row.due_at, row.state) for row in selectors.replay("thing:1")]
        assert told == [(row.kind, row.subject, row.due_at, row.state) for row in stored]
        assert all(deadlines.recompute(row).due_at == row.due_at for row in stored)
        transaction.set_rollback(True)


def test_setting_and_cancelling_stand_in_the_ledger_and_on_nobodys_timeline(falls_due):
    row = falls_due()
    deadlines.cancel(kind=row.kind, subject=row.subject)
    assert list(Event.objects.values_list("type", flat=True)) == ["deadline.set", "deadline.cancelled"]
    everybody = Audience.of("public", "alliance", AUDITORS)
    assert not ledger.timeline("thing:1", everybody).exists()


# Extensions and calendars declared later -----------------------------------------------------------------


def more(amount: int, reason: str = "The site is surveyed") -> Extension:
    return Extension(amount, "France (trade)", reason, NOW)


def test_an_extension_moves_an_open_instant_up_to_its_cap_and_outlives_a_stop(falls_due):
    first = falls_due(rule=Rule(10, "working_days", cap=30))
    longer = deadlines.extend(kind="thing.window", subject="part:1", extension=more(15))
    assert longer is not None
    assert longer.due_at == datetime(2026, 12, 29, tzinfo=UTC)  # 25 working days after Monday 23 November
    assert any("extended by 15 working days" in step for step in longer.explanation)
    stopped = deadlines.restop(kind="thing.window", subject="part:1", stops=[Stop(hour(1), hour(26))])
    assert stopped is not None
    assert stopped.due_at == longer.due_at + timedelta(days=1)
    with pytest.raises(Conflict, match="may come to 30"):
        deadlines.extend(kind="thing.window", subject="part:1", extension=more(6))
    kept = DueInstant.objects.get(pk=first.pk)
    assert (kept.state, kept.explanation) == (CANCELLED, first.explanation)
    told = selectors.replay("thing:1")
    assert [item.due_at for item in told] == [first.due_at, longer.due_at, stopped.due_at]


def test_without_a_cap_nothing_is_extended_and_nothing_open_is_nothing(falls_due):
    falls_due(rule=Rule(10, "working_days"))
    with pytest.raises(Conflict):
        deadlines.extend(kind="thing.window", subject="part:1", extension=more(1))
    assert deadlines.extend(kind="thing.window", subject="part:9", extension=more(1)) is None


def mourning(day: str = "2026-11-24", effective: date | None = None, key: str = "plain") -> None:
    deadlines.load_calendar(
        key=key,
        version="2",
        effective_from=effective or NOW.date(),
        weekend=[5, 6],
        holidays=[{"date": day, "name": "Mourning"}],
        source="Official journal",
        as_of=NOW.date(),
    )


def test_a_holiday_declared_later_moves_nothing_until_somebody_says_so_and_the_old_reasons_stay(falls_due):
    with time_machine.travel(NOW - timedelta(days=3), tick=False):
        first = falls_due(start=NOW - timedelta(days=3), rule=Rule(5, "working_days"))
    mourning()
    with time_machine.travel(NOW, tick=False):
        same = deadlines.restop(kind="thing.window", subject="part:1", stops=[])
        assert same is not None
        assert same.due_at == first.due_at
        anew = deadlines.recalendar(
            kind="thing.window", subject="part:1", by="A decider", reason="A day of mourning"
        )
        assert anew is not None
        assert anew.due_at == first.due_at + timedelta(days=3)  # Friday is over on Saturday; now it is Monday
        assert anew.explanation[0].startswith("Derived anew at Mon 23 Nov 2026")
        assert "in place of version 1: A day of mourning" in anew.explanation[0]
        kept = DueInstant.objects.get(pk=first.pk)
        assert (kept.state, kept.explanation) == (CANCELLED, first.explanation)
        assert deadlines.recompute(anew).steps == tuple(anew.explanation)
        with pytest.raises(Conflict, match="No other version"):
            deadlines.recalendar(kind="thing.window", subject="part:1", by="A", reason="Again")
    assert deadlines.recalendar(kind="thing.window", subject="part:9", by="A", reason="B") is None


def test_a_holiday_struck_out_later_takes_no_time_away(falls_due):
    with time_machine.travel(NOW, tick=False):
        falls_due(rule=Rule(5, "working_days"), calendar="feast")
        mourning(day="2027-11-24", effective=NOW.date(), key="feast")
    with (
        time_machine.travel(NOW + timedelta(days=1), tick=False),
        pytest.raises(Conflict, match="taken back"),
    ):
        deadlines.recalendar(
            kind="thing.window", subject="part:1", by="A", reason="It is no holiday after all"
        )


def test_the_event_that_sets_an_instant_commits_to_its_derivation(falls_due):
    row = falls_due(rule=Rule(2, "working_days"), calendar="feast")
    event = Event.objects.get(type="deadline.set")
    assert event.facts["sha256"] == commitment(row.inputs, deadlines.calendar_of(row), row.due_at)
