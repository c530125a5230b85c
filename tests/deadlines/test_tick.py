"""The tick applies each lapse once, by its own instant, whatever fails or runs beside it."""

import threading
import time
from collections.abc import Sequence
from datetime import timedelta

import pytest
import time_machine
from django.db import OperationalError, connection, transaction

from core import clock
from core.audience import AUDITORS
from core.errors import Forbidden
from deadlines import registry, selectors, tasks
from deadlines import services as deadlines
from deadlines.models import DueInstant
from deadlines.services import lapsing
from ledger.models import Event, FeedEntry
from members.models import Jurisdiction, Role
from tests import databases
from tests.deadlines.conftest import NOW, lock_things
from tests.factories import JurisdictionFactory

pytestmark = pytest.mark.django_db


def after(seconds: float) -> time_machine.travel:
    return time_machine.travel(NOW + timedelta(seconds=seconds), tick=False)


def test_nothing_happens_before_the_due_instant_and_once_at_it(falls_due, applied):
    falls_due()
    with after(59.999):
        assert deadlines.tick() == 0
    with after(60):
        assert deadlines.tick() == 1
        assert deadlines.tick() == 0
    assert applied == ["thing.window part:1"]


def test_an_outage_does_not_change_when_something_lapsed(falls_due, applied):
    row = falls_due()
    with after(7200):
        deadlines.tick()
    row = DueInstant.objects.get(pk=row.pk)
    assert row.state == "done"
    assert row.lapsed_at == row.due_at == NOW + timedelta(seconds=60)
    assert row.applied_at == NOW + timedelta(seconds=7200)


def test_everything_due_of_an_aggregate_is_applied_in_due_order_in_one_transaction(falls_due, applied):
    falls_due(seconds=50, subject="late")
    falls_due(seconds=10, subject="early", kind="thing.reminder")
    falls_due(seconds=30, subject="middle")
    falls_due(seconds=20, number=2)
    with after(60):
        assert deadlines.tick() == 4
    assert [text for text in applied if "part" not in text] == [
        "thing.reminder early",
        "thing.window middle",
        "thing.window late",
    ]


def test_what_an_earlier_lapse_cancels_is_passed_over(falls_due, applied):
    falls_due(seconds=10, kind="thing.reminder", subject="first")
    falls_due(seconds=20, subject="second")
    applied.on("thing.reminder", lambda due: deadlines.cancel(kind="thing.window", subject="second") and None)
    with after(60):
        assert deadlines.tick() == 1
    assert applied == []
    assert DueInstant.objects.get(subject="second").state == "cancelled"


def test_a_window_opened_by_a_lapse_waits_for_the_next_tick_even_if_already_due(falls_due, applied):
    falls_due(seconds=10, kind="thing.reminder", subject="first")
    applied.on("thing.reminder", lambda due: falls_due(seconds=20, subject="second") and None)
    with after(3600):
        assert deadlines.tick() == 1
        assert applied == []
        assert deadlines.tick() == 1
    assert applied == ["thing.window second"]


def test_a_lapse_that_fails_is_set_aside_with_an_alarm_and_stops_no_other(falls_due, applied):
    def fails(due: DueInstant) -> None:
        JurisdictionFactory(code="NL")
        raise ValueError("the charter has no such tier")

    applied.on("thing.reminder", fails)
    falls_due(seconds=10, kind="thing.reminder", owner="FR, trade")
    falls_due(seconds=20)
    falls_due(seconds=5, number=2)
    with after(60):
        assert deadlines.tick() == 2
        assert deadlines.tick() == 0
    assert sorted(applied) == ["thing.window part:1", "thing.window part:2"]
    assert not Jurisdiction.objects.filter(code="NL").exists()
    row = selectors.parked().get()
    assert (row.parked_error, row.lapsed_at) == ("ValueError: the charter has no such tier", None)
    alarm = Event.objects.get(type="deadline.parked")
    assert alarm.facts["owner"] == "FR, trade"
    assert alarm.facts["error"] == row.parked_error
    assert list(FeedEntry.objects.filter(event=alarm).values_list("audience", flat=True)) == [AUDITORS]


def test_a_lapse_that_breaks_a_rule_of_the_database_is_set_aside_too(falls_due, applied):
    applied.on(
        "thing.reminder", lambda due: DueInstant.objects.filter(pk=due.pk).update(lapsed_at=None) and None
    )
    falls_due(seconds=10, kind="thing.reminder")
    falls_due(seconds=20)
    with after(60):
        assert deadlines.tick() == 1
    assert "due_done_iff_lapsed" in selectors.parked().get().parked_error


def test_what_was_set_aside_goes_again_when_an_auditor_says_so(falls_due, applied, officer_of):
    broken = True

    def mended_later(due: DueInstant) -> None:
        if broken:
            raise ValueError
        applied(due)

    applied.on("thing.window", mended_later)
    row = falls_due()
    with after(60):
        deadlines.tick()
    with pytest.raises(Forbidden, match="auditor or an administrator"):
        deadlines.retry(actor=officer_of("DE"), due=row)
    auditor = officer_of("DE", Role.AUDITOR)
    deadlines.retry(actor=auditor, due=row)
    with pytest.raises(Forbidden, match="not set aside"):
        deadlines.retry(actor=auditor, due=row)
    broken = False
    with after(90):
        assert deadlines.tick() == 1
    row = DueInstant.objects.get(pk=row.pk)
    assert (row.state, row.lapsed_at) == ("done", row.due_at)
    assert [told.state for told in selectors.replay("thing:1")] == ["done"]


def test_cancelling_ends_what_was_set_aside_as_well(falls_due, applied):
    applied.on("thing.window", lambda due: 1 / 0)
    falls_due()
    with after(60):
        deadlines.tick()
    assert deadlines.cancel_all("thing:1") == 1
    assert not selectors.parked().exists()


def test_a_passing_trouble_of_the_database_is_tried_again_and_not_set_aside(falls_due, applied):
    calls: list[int] = []

    def deadlocked_once(due: DueInstant) -> None:
        calls.append(1)
        if len(calls) == 1:
            raise OperationalError("deadlock detected")
        applied(due)

    applied.on("thing.window", deadlocked_once)
    falls_due()
    falls_due(number=2, kind="thing.reminder")
    with after(60):
        assert deadlines.tick() == 1
        assert deadlines.tick() == 1
    assert applied == ["thing.reminder part:2", "thing.window part:1"]
    assert not selectors.parked().exists()


def test_code_that_is_gone_is_an_alarm_and_not_a_silence(falls_due, applied, monkeypatch):
    falls_due()
    falls_due(number=2, kind="thing.reminder")
    handlers = {kind: act for kind, act in registry._handlers.items() if kind != "thing.reminder"}
    monkeypatch.setattr(registry, "_handlers", handlers)
    DueInstant.objects.filter(kind="thing.window").update(aggregate="lost:1")
    with after(60):
        assert deadlines.tick() == 0
    errors = sorted(row.parked_error for row in selectors.parked())
    assert errors == [
        "LookupError: Nobody acts when a thing.reminder falls due.",
        "LookupError: Nobody knows how to lock 'lost:1'.",
    ]


def test_an_act_after_the_due_instant_applies_the_lapse_first(falls_due, applied):
    falls_due()
    with after(61), transaction.atomic():
        assert lock_things([1], skip_locked=False)
        assert deadlines.lapse_due("thing:1") == 1
        assert deadlines.lapse_due("thing:1") == 0
    assert applied == ["thing.window part:1"]


def test_claiming_returns_only_what_is_due_of_the_aggregate(falls_due):
    soon = falls_due(seconds=10)
    falls_due(seconds=100, kind="thing.reminder")
    falls_due(seconds=10, number=2)
    with after(60):
        assert deadlines.claim(["thing:1"]) == {"thing:1": [soon]}


def test_a_tick_works_through_more_than_one_batch_and_stops_when_its_time_is_up(
    falls_due, applied, monkeypatch
):
    monkeypatch.setattr(lapsing, "BATCH", 3)
    for number in range(1, 9):
        falls_due(number=number, seconds=10)
    with after(60):
        monkeypatch.setattr(lapsing, "BUDGET", -1.0)
        assert deadlines.tick() == 0
        monkeypatch.setattr(lapsing, "BUDGET", 20.0)
        assert deadlines.tick() == 8


def test_what_falls_due_in_crowds_is_handled_together_and_the_rest_alone(falls_due, applied):
    crowds: list[list[str]] = []
    applied.together("thing.window", lambda rows: crowds.append([row.subject for row in rows]))
    for number in range(1, 5):
        falls_due(number=number, seconds=10 + number)
    falls_due(number=3, seconds=60, kind="thing.reminder", subject="other:3")
    with after(60):
        assert deadlines.tick() == 5
    assert crowds == [["part:1", "part:2", "part:4"], ["part:3"]]
    assert applied == ["thing.reminder other:3"]


def test_one_that_fails_in_a_crowd_is_set_aside_and_the_others_are_applied_once(falls_due, applied):
    told: list[str] = []

    def fails_at_two(rows: Sequence[DueInstant]) -> None:
        for row in rows:
            if row.subject == "part:2":
                raise ValueError("no")
            JurisdictionFactory(code=f"Y{row.subject[-1]}".replace("1", "A").replace("3", "C"))
        told.extend(row.subject for row in rows)

    applied.together("thing.window", fails_at_two)
    for number in (1, 2, 3):
        falls_due(number=number)
    with after(60):
        assert deadlines.tick() == 2
        assert deadlines.tick() == 0
    assert told == ["part:1", "part:3"]
    assert selectors.parked().get().subject == "part:2"
    assert Event.objects.filter(type="deadline.applied").count() == 2


def test_one_whose_lock_nobody_knows_holds_up_no_crowd(falls_due, applied):
    applied.together("thing.window", lambda rows: [applied(row) for row in rows])
    falls_due()
    falls_due(number=2)
    DueInstant.objects.filter(aggregate="thing:2").update(aggregate="lost:2")
    with after(60):
        assert deadlines.tick() == 1
    assert applied == ["thing.window part:1"]
    assert selectors.parked().get().aggregate == "lost:2"


def test_a_tick_that_stays_applies_each_lapse_at_its_own_instant(falls_due, applied):
    falls_due(seconds=60)
    falls_due(number=2, start=NOW + timedelta(milliseconds=200))
    falls_due(number=3, seconds=70)
    with time_machine.travel(NOW + timedelta(seconds=59.9), tick=True):
        assert deadlines.tick(stay=0.5) == 2
    assert applied == ["thing.window part:1", "thing.window part:2"]
    for row in DueInstant.objects.filter(state="done"):
        assert timedelta(0) <= row.applied_at - row.due_at < timedelta(seconds=0.15)


def test_a_tick_does_not_stay_for_nothing(falls_due, applied):
    falls_due(seconds=70)
    began = time.monotonic()
    with after(60):
        assert deadlines.tick(stay=5) == 0
    assert time.monotonic() - began < 1
    assert applied == []


def test_a_tick_that_stays_never_stays_longer(falls_due, applied, monkeypatch):
    """What falls due after it has left is the next tick's, however much keeps falling due meanwhile."""
    monkeypatch.setattr(lapsing, "PASS", 0.01)
    for number in range(1, 26):
        falls_due(number=number, start=NOW + timedelta(milliseconds=50 * number))
    with time_machine.travel(NOW + timedelta(seconds=60), tick=True):
        assert deadlines.tick(stay=0.3) < 10
        assert clock.now() < NOW + timedelta(seconds=60.8)


def test_overdue_shows_what_the_tick_has_not_come_to(falls_due):
    row = falls_due()
    with after(90):
        assert not selectors.overdue().exists()
    with after(121):
        assert selectors.overdue().get() == row


def test_the_task_is_the_tick(falls_due, applied):
    falls_due()
    with after(60):
        tasks.tick()
    assert applied == ["thing.window part:1"]


def in_thread(work) -> threading.Thread:
    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.mark.django_db(transaction=True)
def test_concurrent_ticks_and_acts_apply_each_lapse_once(falls_due, applied):
    """Four ticks and four people's acts at once on twenty aggregates, each with three rows."""
    for number in range(1, 21):
        for seconds, subject in ((10, "a"), (20, "b"), (30, "c")):
            falls_due(number=number, seconds=seconds, subject=f"part:{number}:{subject}")
    results: list[int] = []

    def tick() -> None:
        for _ in range(3):
            results.append(deadlines.tick())

    def act(first: int) -> None:
        for number in range(first, 21, 4):
            with transaction.atomic():
                lock_things([number], skip_locked=False)
                results.append(deadlines.lapse_due(f"thing:{number}"))

    with after(60):
        threads = [in_thread(tick) for _ in range(4)]
        threads += [in_thread(lambda first=first: act(first)) for first in range(1, 5)]
        for thread in threads:
            thread.join()
        results.append(deadlines.tick())
    assert sum(results) == len(applied) == len(set(applied)) == 60
    assert not DueInstant.objects.exclude(state="done").exists()
    for number in range(1, 21):
        own = [text[-1] for text in applied if f":{number}:" in text]
        assert own == ["a", "b", "c"]


@pytest.mark.django_db(transaction=True)
def test_a_busy_aggregate_is_left_alone_and_holds_up_no_other(falls_due, applied):
    falls_due(seconds=10)
    falls_due(seconds=20, number=2)
    with after(60):
        with transaction.atomic():
            lock_things([1], skip_locked=False)
            in_thread(deadlines.tick).join()
            assert applied == ["thing.window part:2"]
        assert deadlines.tick() == 1
    assert applied == ["thing.window part:2", "thing.window part:1"]


@pytest.mark.django_db(transaction=True)
def test_a_tick_killed_midway_leaves_the_lapse_to_the_next(falls_due, applied):
    """A kill is what no handler sees: the connection ends and the database rolls back."""

    def dies(due: DueInstant) -> None:
        JurisdictionFactory(code="NL")
        databases.end_connection()

    applied.on("thing.window", dies)
    row = falls_due()
    falls_due(number=2, seconds=70, kind="thing.reminder")
    with after(80):
        in_thread(deadlines.tick).join()
    assert DueInstant.objects.get(pk=row.pk).state == "open"
    assert not Jurisdiction.objects.filter(code="NL").exists()
    assert applied == ["thing.reminder part:2"]
    applied.on("thing.window", applied)
    with after(90):
        assert deadlines.tick() == 1
    assert DueInstant.objects.get(pk=row.pk).lapsed_at == row.due_at


def test_a_due_instant_says_what_it_is(falls_due):
    assert str(falls_due()) == "thing.window of part:1"
    assert str(deadlines.in_force("plain")) == "plain 1"


def test_the_tick_reads_by_index_however_much_is_done(falls_due):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute(
            "EXPLAIN SELECT * FROM deadlines_dueinstant WHERE state = 'open' AND due_at <= now()"
            " ORDER BY due_at, id LIMIT 200"
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "due_open" in plan
