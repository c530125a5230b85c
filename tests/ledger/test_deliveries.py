"""Each subscriber takes each event once, whatever fails, dies or is away."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.db import connection, transaction
from kombu.exceptions import OperationalError as BrokerError

from core import clock
from core.errors import Forbidden, NotFound
from ledger import offers, selectors, tasks
from ledger import services as ledger
from ledger.models import Delivery, Event
from ledger.testing import run_deliveries
from members.models import Role
from tests import databases
from tests.factories import JurisdictionFactory

pytestmark = pytest.mark.django_db


class Broker:
    """Stands where the broker is: takes offers, or is away."""

    def __init__(self) -> None:
        self.taken: list[tuple[int, str]] = []
        self.tried = 0
        self.away = False

    def apply_async(self, args, queue, **options):
        self.tried += 1
        if self.away:
            raise BrokerError("nobody there")
        self.taken.append((args[0], queue))


@pytest.fixture
def broker(monkeypatch) -> Broker:
    broker = Broker()
    monkeypatch.setattr(tasks.deliver, "apply_async", broker.apply_async)
    monkeypatch.setattr(offers, "_silent_until", 0.0)
    monkeypatch.setattr(
        ledger, "room", lambda queue: None if broker.away else offers.CROWD - len(broker.taken)
    )
    return broker


def make_country(event: Event) -> None:
    JurisdictionFactory(code=event.facts.get("code", "NL"))


def made() -> int:
    from members.models import Jurisdiction

    return Jurisdiction.objects.filter(code="NL").count()


def test_a_delivery_is_taken_once_and_gone(subscribed, record):
    subscribed("thing.made", make_country)
    record()
    pk = Delivery.objects.get().pk
    assert ledger.deliver(pk) is True
    assert made() == 1
    assert not Delivery.objects.exists()
    assert ledger.deliver(pk) is False


def test_a_subscriber_that_fails_midway_leaves_nothing_but_a_count(subscribed, record):
    def fails(event):
        make_country(event)
        record("thing.sold")
        raise RuntimeError("the second half is missing")

    subscribed("thing.made", fails)
    record()
    assert ledger.deliver(Delivery.objects.get().pk) is False
    assert made() == 0
    assert not Event.objects.filter(type="thing.sold").exists()
    delivery = Delivery.objects.get()
    assert (delivery.attempts, delivery.last_error) == (1, "RuntimeError: the second half is missing")


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_midway_leaves_the_delivery_to_the_next(subscribed, record):
    """A kill is what no handler sees: the connection ends and the database rolls back."""

    def dies(event):
        make_country(event)
        databases.end_connection()

    subscribed("thing.made", dies)
    with transaction.atomic():
        record()
    pk = Delivery.objects.get().pk
    assert ledger.deliver(pk) is False
    assert made() == 0
    assert "closed the connection" in Delivery.objects.get(pk=pk).last_error


def test_failures_are_tried_again_after_growing_pauses_and_parked_in_the_end(subscribed, record):
    def fails(event):
        raise ValueError("never")

    subscribed("thing.made", fails)
    record()
    pk = Delivery.objects.get().pk
    pauses = []
    with time_machine.travel(clock.now(), tick=False):
        for _ in range(ledger.ATTEMPTS):
            ledger.deliver(pk)
            pauses.append((Delivery.objects.get().next_attempt_at - clock.now()).total_seconds())
    assert pauses == [5, 10, 20, 40, 80, 160, 320, 640]
    assert [parked.pk for parked in selectors.parked()] == [pk]
    assert Event.objects.get(type="delivery.parked").facts["error"] == "ValueError: never"
    assert ledger.deliver(pk) is False
    assert Delivery.objects.get().attempts == ledger.ATTEMPTS


def test_a_subscriber_that_is_gone_with_its_code_is_parked_and_shown(subscribed, record):
    record()
    event = Event.objects.get()
    gone = Delivery.objects.create(
        event=event, subscriber="old.app.f:thing.made", queue="standard", next_attempt_at=clock.now()
    )
    for _ in range(ledger.ATTEMPTS):
        ledger.deliver(gone.pk)
    assert "old.app.f" in selectors.parked().get().last_error


def test_one_failing_subscriber_does_not_hold_up_the_other(subscribed, record):
    def fails(event):
        raise ValueError

    subscribed("thing.made", fails)
    subscribed("thing.made", make_country)
    record()
    assert run_deliveries() == 1
    assert made() == 1
    assert Delivery.objects.get().subscriber.endswith("fails:thing.made")


def test_what_a_subscriber_records_is_delivered_in_turn(subscribed, record):
    subscribed("thing.made", lambda event: record("thing.sold") and None)
    subscribed("thing.sold", make_country)
    record()
    assert run_deliveries() == 2
    assert made() == 1


def test_a_delivery_that_kills_its_worker_each_time_is_parked(subscribed, record, broker):
    subscribed("thing.made", make_country)
    record()
    pk = Delivery.objects.get().pk
    for _ in range(ledger.ATTEMPTS):
        ledger.count_lost(pk)
    assert "worker died" in selectors.parked().get().last_error
    ledger.count_lost(pk)
    assert Delivery.objects.get().attempts == ledger.ATTEMPTS
    ledger.count_lost(0)


@pytest.mark.parametrize(("redelivered", "attempts"), [(True, 1), (False, 0)])
def test_the_task_counts_what_a_dead_worker_gave_back(monkeypatch, redelivered, attempts):
    counted: list[int] = []
    monkeypatch.setattr(ledger, "count_lost", counted.append)
    monkeypatch.setattr(ledger, "deliver", lambda pk: None)
    tasks.deliver.push_request(delivery_info={"redelivered": redelivered})
    try:
        tasks.deliver.run(5)
    finally:
        tasks.deliver.pop_request()
    assert counted == [5] * attempts


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_take_a_delivery_once(subscribed, record):
    inside, leave = threading.Event(), threading.Event()
    calls: list[int] = []

    def slow(event):
        calls.append(event.pk)
        inside.set()
        leave.wait(5)

    subscribed("thing.made", slow)
    with transaction.atomic():
        record()
    pk = Delivery.objects.get().pk

    def work() -> None:
        ledger.deliver(pk)
        connection.close()

    first = threading.Thread(target=work)
    first.start()
    inside.wait(5)
    assert ledger.deliver(pk) is False
    leave.set()
    first.join()
    assert ledger.deliver(pk) is False
    assert len(calls) == 1


@pytest.mark.django_db(transaction=True)
def test_deliveries_are_offered_once_the_act_is_certain(subscribed, record, broker):
    subscribed("thing.made", make_country, lambda event: "humanitarian")
    with transaction.atomic():
        record()
        assert broker.tried == 0
    assert broker.taken == [(Delivery.objects.get().pk, "humanitarian")]


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_away_neither_fails_nor_slows_the_act(subscribed, record, broker):
    broker.away = True
    subscribed("thing.made", make_country)
    with transaction.atomic():
        for _ in range(5):
            record()
    assert Delivery.objects.count() == 5
    assert broker.tried == 1
    assert ledger.sweep() == 0
    broker.away = False
    offers._silent_until = 0.0
    with time_machine.travel(clock.now() + timedelta(seconds=31), tick=False):
        assert ledger.sweep() == 5
    assert sorted(pk for pk, _ in broker.taken) == sorted(Delivery.objects.values_list("pk", flat=True))


@pytest.mark.django_db(transaction=True)
def test_the_sweep_does_not_flood_the_broker_while_nobody_works(subscribed, record, broker, monkeypatch):
    monkeypatch.setattr(offers, "CROWD", 8)
    subscribed("thing.made", make_country)
    with transaction.atomic():
        for _ in range(6):
            record()
    assert len(broker.taken) == 6
    start = clock.now()
    for half_minute in range(1, 40):
        with time_machine.travel(start + timedelta(seconds=30 * half_minute), tick=False):
            ledger.sweep()
    assert len(broker.taken) == 8
    broker.taken.clear()  # flushed
    with time_machine.travel(start + timedelta(seconds=30 * 42), tick=False):
        assert ledger.sweep() == 6


@pytest.mark.django_db(transaction=True)
def test_a_delivery_under_way_is_not_swept(subscribed, record, broker):
    subscribed("thing.made", make_country)
    with transaction.atomic():
        record()
    swept: list[int] = []

    def sweep() -> None:
        with time_machine.travel(clock.now() + timedelta(hours=1), tick=False):
            swept.append(ledger.sweep())
        connection.close()

    with transaction.atomic():
        Delivery.objects.select_for_update().get()
        thread = threading.Thread(target=sweep)
        thread.start()
        thread.join()
    assert swept == [0]


def test_room_is_read_from_the_broker_itself(subscribed, record):
    """Against kombu's in-memory transport: an unknown queue is empty, what waits takes room."""
    from config.celery import app

    assert offers.room("nobody_used_it") == offers.CROWD
    with app.connection_for_write() as link:
        queue = link.SimpleQueue("crowded")
        for number in range(3):
            queue.put(number)
        assert offers.room("crowded") == offers.CROWD - 3
        queue.clear()


def test_a_parked_delivery_goes_again_when_an_auditor_says_so(subscribed, record, officer_of):
    broken = True

    def mended_later(event):
        if broken:
            raise ValueError

    subscribed("thing.made", mended_later)
    record()
    for _ in range(ledger.ATTEMPTS):
        ledger.deliver(Delivery.objects.get().pk)
    parked = selectors.parked().get()
    with pytest.raises(Forbidden, match="auditor or an administrator"):
        ledger.retry(actor=officer_of("DE"), delivery=parked)
    auditor = officer_of("DE", Role.AUDITOR)
    ledger.retry(actor=auditor, delivery=parked)
    assert not selectors.parked().exists()
    with pytest.raises(Forbidden, match="not parked"):
        ledger.retry(actor=auditor, delivery=parked)
    broken = False
    assert run_deliveries() == 1
    assert Event.objects.get(type="delivery.retried").actor_id == auditor.actor_id
    with pytest.raises(NotFound):
        ledger.retry(actor=auditor, delivery=parked)


def test_offers_put_off_are_made_at_the_end_even_of_what_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[int] = []
    monkeypatch.setattr("ledger.tasks.deliver.apply_async", lambda args, **more: sent.append(args[0]))

    @offers.put_off()
    def tick() -> None:
        offers.offer(1, "standard")
        assert sent == []
        raise ValueError("a tick that fails")

    with pytest.raises(ValueError, match="a tick that fails"):
        tick()
    assert sent == [1]
    offers.offer(2, "standard")
    assert sent == [1, 2]
