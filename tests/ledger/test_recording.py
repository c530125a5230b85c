"""What is recorded stays, with whatever it sets in motion."""

import hashlib
from datetime import UTC, datetime

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction
from django.db.utils import NotSupportedError

from core.actors import CLOCK, PROCESS
from core.audience import AUDITORS, Audience
from core.errors import Forbidden, Invalid, NotFound
from ledger import selectors
from ledger import services as ledger
from ledger.models import Delivery, Event, EventDetail, FeedEntry
from ledger.subscriptions import subscribers_of, subscription
from members.models import Role
from tests.ledger.conftest import DE, FR

pytestmark = pytest.mark.django_db


def test_an_event_names_actor_subject_time_and_aggregate_by_value(germany, officer_of):
    officer = officer_of("DE")
    with time_machine.travel(datetime(2026, 11, 23, 9, tzinfo=UTC), tick=False):
        event = ledger.record(
            "thing.made",
            actor=officer,
            subject=germany,
            audience=DE,
            aggregate="thing:1",
            facts={"amount": 3},
        )
    event = Event.objects.get(pk=event.pk)
    assert (event.actor_kind, event.actor_id, event.actor_label) == ("user", officer.actor_id, officer.name)
    assert (event.subject_type, event.subject_id) == ("jurisdiction", str(germany.pk))
    assert event.subject_label == str(germany)
    assert event.at == datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert (event.aggregate, event.facts, event.commitment) == ("thing:1", {"amount": 3}, "")


@pytest.mark.django_db(transaction=True)
def test_nothing_is_recorded_outside_a_transaction(germany):
    with pytest.raises(NotSupportedError, match="transaction"):
        ledger.record("thing.made", actor=PROCESS, subject=germany, audience=DE)
    assert not Event.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_act_that_fails_leaves_neither_event_nor_delivery_nor_feed_entry(subscribed, record):
    subscribed("thing.made", lambda event: None)

    def fail() -> None:
        with transaction.atomic():
            record()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert not Event.objects.exists()
    assert not Delivery.objects.exists()
    assert not FeedEntry.objects.exists()


def test_each_subscriber_of_the_type_gets_one_delivery_on_its_queue(subscribed, record):
    def first(event): ...
    def second(event): ...
    def other(event): ...

    subscribed("thing.made", first)
    subscribed("thing.made", second, lambda event: event.facts["lane"])
    subscribed("thing.broken", other)
    event = record(facts={"lane": "humanitarian"})
    queues = {d.subscriber.split(".")[-2]: d.queue for d in Delivery.objects.filter(event=event)}
    assert queues == {"first:thing": "standard", "second:thing": "humanitarian"}


def test_subscribing_twice_counts_once(subscribed, record):
    def handler(event): ...

    subscribed("thing.made", handler)
    subscribed("thing.made", handler)
    assert len(subscribers_of("thing.made")) == 1
    name = subscribers_of("thing.made")[0].name
    assert subscription(name).handler is handler
    with pytest.raises(KeyError):
        subscription("gone.with_its_code:thing.made")


def test_one_function_may_take_several_types(subscribed, record):
    def handler(event): ...

    subscribed("thing.made", handler)
    subscribed("thing.broken", handler)
    record()
    record("thing.broken")
    assert Delivery.objects.count() == 2


@pytest.mark.parametrize("wrong", ["made", "Thing.made", "thing.", "thing.made.twice", "thing made", ""])
def test_an_event_type_is_noun_and_past_participle(record, wrong):
    with pytest.raises(ValueError, match="event type"):
        record(wrong)


@pytest.mark.parametrize("facts", [{"score": 0.5}, {"lines": [{"score": 1.0}]}])
def test_facts_hold_no_floats(record, facts):
    with pytest.raises(TypeError, match="float"):
        record(facts=facts)
    with pytest.raises(TypeError, match="float"):
        record(private=facts)


@pytest.mark.parametrize("table", ["ledger_event", "ledger_leaf", "ledger_feedentry"])
def test_the_database_refuses_to_change_or_remove_what_was_recorded(record, table):
    record()
    ledger.seal()
    column = {"ledger_event": "type", "ledger_leaf": "position", "ledger_feedentry": "position"}[table]
    for statement in (
        f"UPDATE {table} SET {column} = {column}",
        f"DELETE FROM {table}",
        f"TRUNCATE {table} CASCADE",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_the_owner_of_the_tables_is_refused_as_well(record):
    from tests.databases import connect_as_owner

    with transaction.atomic():
        record()
    owner = connect_as_owner(connection.settings_dict["NAME"])
    try:
        for statement in (
            "UPDATE ledger_event SET type = 'thing.denied'",
            "DELETE FROM ledger_event",
            "TRUNCATE ledger_event CASCADE",
            "TRUNCATE ledger_leaf",
        ):
            with pytest.raises(Exception, match="append-only"):
                owner.cursor().execute(statement)
    finally:
        owner.close()


def test_a_feed_entry_gets_its_place_once(record):
    record()
    ledger.seal()
    with pytest.raises(DatabaseError, match="once"), transaction.atomic():
        FeedEntry.objects.update(position=77)


def test_personal_facts_stand_apart_and_the_event_commits_to_them(record):
    event = record(private={"name": "Jörg", "phone": "030"})
    detail = EventDetail.objects.get(event=event)
    assert "Jörg" not in str(event.facts)
    canonical = '{"name":"Jörg","phone":"030"}'.encode()
    assert event.commitment == hashlib.sha256(bytes(detail.salt) + canonical).hexdigest()
    assert selectors.private_facts(event) == {"name": "Jörg", "phone": "030"}
    assert record(private={"name": "Jörg", "phone": "030"}).commitment != event.commitment


def test_personal_facts_cannot_be_altered_only_erased(record, officer_of):
    event = record(private={"name": "Jörg"})
    with pytest.raises(DatabaseError), transaction.atomic():
        EventDetail.objects.filter(event=event).update(payload={"name": "Karl"})
    administrator = officer_of("DE", Role.ADMINISTRATOR)
    ledger.erase_detail(actor=administrator, event=event, reason="Erasure asked for on 2026-11-20.")
    assert selectors.private_facts(event) is None
    assert Event.objects.get(pk=event.pk).commitment == event.commitment
    erased = Event.objects.get(type="detail.erased")
    assert erased.facts["event"] == str(event.uid)
    assert set(FeedEntry.objects.filter(event=erased).values_list("audience", flat=True)) == {AUDITORS}
    with pytest.raises(NotFound):
        ledger.erase_detail(actor=administrator, event=event, reason="Erasure asked for again.")


def test_erasing_takes_an_administrator_another_person_and_a_reason(record, officer_of):
    administrator = officer_of("DE", Role.ADMINISTRATOR)
    event = record(private={"name": "Jörg"})
    with pytest.raises(Forbidden, match="Only an administrator"):
        ledger.erase_detail(actor=officer_of("DE"), event=event, reason="I would like to.")
    with pytest.raises(Invalid) as refused:
        ledger.erase_detail(actor=administrator, event=event, reason=" ")
    assert "reason" in refused.value.fields
    own = record(actor=administrator, private={"name": "Jörg"})
    with pytest.raises(Forbidden, match="another administrator"):
        ledger.erase_detail(actor=administrator, event=own, reason="Tidying up after myself.")
    assert EventDetail.objects.count() == 2


def test_widening_lets_a_newcomer_read_what_was_before_and_is_done_once(record):
    early = [record(), record("thing.sold")]
    record(aggregate="thing:2")
    assert list(selectors.timeline("thing:1", FR)) == []
    assert ledger.widen(aggregate="thing:1", audience=FR) == 2
    assert ledger.widen(aggregate="thing:1", audience=FR) == 0
    assert list(selectors.timeline("thing:1", FR)) == early
    assert list(selectors.timeline("thing:2", FR)) == []


def test_widening_leaves_what_only_a_duty_reads_or_nobody(record):
    record(audience=Audience.of(AUDITORS))
    record(audience=Audience.of())
    shared = record(audience=DE | {AUDITORS})
    assert ledger.widen(aggregate="thing:1", audience=FR) == 1
    assert list(selectors.timeline("thing:1", FR)) == [shared]


def test_a_timeline_shows_what_its_reader_may_know_oldest_first(record):
    both = record(audience=DE | FR, actor=CLOCK)
    german = record(audience=DE)
    record(audience=Audience.of(AUDITORS))
    assert list(selectors.timeline("thing:1", DE)) == [both, german]
    assert list(selectors.timeline("thing:1", FR)) == [both]
    assert list(selectors.timeline("thing:1", Audience.of())) == []
