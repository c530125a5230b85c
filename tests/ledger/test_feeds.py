"""Feeds: gapless places, each event once, cursors that tell nothing."""

import threading

import pytest
from django.db import connection, transaction
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from core.audience import ALLIANCE, Audience, jurisdiction
from core.errors import Invalid
from ledger import selectors
from ledger import services as ledger
from ledger.models import Event, FeedEntry, Leaf, Unsealed
from tests.ledger.conftest import DE, FR, JP

pytestmark = pytest.mark.django_db


def read(audience: Audience, limit: int = 2, cursor: str | None = None, types=None) -> list[Event]:
    """Read a feed to its end, page by page."""
    events: list[Event] = []
    while True:
        page = selectors.feed(audience, cursor, limit, types)
        events += page.events
        cursor = page.next_cursor
        if len(page.events) < limit:
            return events


def places() -> list[int]:
    return list(Leaf.objects.values_list("position", flat=True))


def test_sealing_numbers_events_and_entries_without_gaps(record):
    for number in range(5):
        record(audience=DE | FR if number % 2 else DE)
    assert ledger.seal() == 5 + 7
    assert ledger.seal() == 0
    record()
    ledger.seal()
    assert places() == list(range(6))
    entries = FeedEntry.objects.order_by("position").values_list("position", flat=True)
    assert list(entries) == list(range(8))
    assert not Unsealed.objects.exists()


def test_sealing_goes_in_batches_until_nothing_waits(record, monkeypatch):
    monkeypatch.setattr(ledger, "SEAL_BATCH", 3)
    for _ in range(7):
        record()
    ledger.seal(batches=1)
    assert places() == [0, 1, 2]
    ledger.seal()
    assert places() == list(range(7))


def test_an_event_is_not_fed_before_it_is_sealed(record):
    event = record()
    nothing = selectors.feed(DE, None, 10)
    assert nothing.events == []
    ledger.seal()
    assert selectors.feed(DE, nothing.next_cursor, 10).events == [event]


def test_each_reader_gets_its_own_events_in_order(record):
    first, second, third = record(audience=DE), record(audience=DE | FR), record(audience=FR)
    record(audience=JP)
    ledger.seal()
    assert read(DE) == [first, second]
    assert read(FR, limit=1) == [second, third]
    assert read(Audience.of("jurisdiction:US")) == []
    assert read(Audience.of()) == []


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_an_event_that_reaches_a_reader_by_several_keys_comes_once(record, limit):
    everyone = Audience.of(jurisdiction("DE"), ALLIANCE, "role:auditor")
    events = [record(audience=everyone) for _ in range(5)]
    ledger.seal()
    assert read(everyone, limit=limit) == events


def test_a_widened_event_comes_after_what_was_read_and_only_to_the_newcomer(record):
    old = record(audience=DE)
    ledger.seal()
    german, french = selectors.feed(DE, None, 10), selectors.feed(FR, None, 10)
    assert german.events == [old]
    ledger.widen(aggregate="thing:1", audience=FR | DE)
    ledger.seal()
    assert selectors.feed(FR, french.next_cursor, 10).events == [old]
    assert selectors.feed(DE, german.next_cursor, 10).events == []


def test_a_feed_can_be_narrowed_to_types_and_stands_at_its_end_when_read(record):
    record()
    sold = record("thing.sold")
    record()
    ledger.seal()
    page = selectors.feed(DE, None, 10, ["thing.sold"])
    assert page.events == [sold]
    again = selectors.feed(DE, page.next_cursor, 10, ["thing.sold"])
    assert again.events == []
    assert again.next_cursor == page.next_cursor == selectors.cursor_of(2)


@pytest.mark.parametrize(
    "wrong", ["x", "-1", "0", "feed:3", "ZmVlZDoz", "é", "=" * 40, selectors.__name__ * 300, "AAAA" * 8]
)
def test_what_is_no_cursor_is_refused_by_name(wrong):
    with pytest.raises(Invalid) as refused:
        selectors.feed(DE, wrong, 10)
    assert list(refused.value.fields) == ["cursor"]


def test_a_cursor_neither_tells_nor_forges_a_position():
    cursor = selectors.cursor_of(41)
    assert selectors.position_of(cursor) == 41
    assert cursor != selectors.cursor_of(42)
    for place in range(len(cursor)):
        forged = cursor[:place] + ("A" if cursor[place] != "A" else "B") + cursor[place + 1 :]
        with pytest.raises(Invalid):
            selectors.position_of(forged)


def test_cursors_outlive_a_change_of_the_secret_key():
    from django.conf import settings

    old = settings.SECRET_KEY
    cursor = selectors.cursor_of(7)
    with override_settings(SECRET_KEY="another", SECRET_KEY_FALLBACKS=[old]):
        assert selectors.position_of(cursor) == 7
    with override_settings(SECRET_KEY="another", SECRET_KEY_FALLBACKS=[]), pytest.raises(Invalid):
        selectors.position_of(cursor)


def test_a_page_costs_the_same_number_of_queries_whatever_it_holds(record):
    everyone = Audience.of(jurisdiction("DE"), ALLIANCE)
    for _ in range(3):
        record(audience=everyone)
    ledger.seal()
    with CaptureQueriesContext(
        connection,
    ) as few:
        selectors.feed(everyone, None, 10)
    for _ in range(30):
        record(audience=everyone)
    ledger.seal()
    with CaptureQueriesContext(connection) as many:
        selectors.feed(everyone, None, 10)
    assert len(few) == len(many) == 3


@pytest.mark.django_db(transaction=True)
def test_places_stay_gapless_and_no_reader_misses_an_event_under_concurrent_writers(record):
    """Eight writers, some of them slow or failing, two sealers and a reader at once."""
    writers, each = 8, 12
    stop = threading.Event()
    failures: list[BaseException] = []
    seen: list[int] = []

    def write(number: int) -> None:
        for turn in range(each):
            try:
                with transaction.atomic():
                    record(audience=DE | FR, facts={"writer": number, "turn": turn})
                    if (number + turn) % 4 == 0:
                        stop.wait(0.01)  # commits after events with higher keys
                    if turn % 6 == 5:
                        raise RuntimeError
            except RuntimeError:
                continue

    def seal() -> None:
        while not stop.is_set():
            ledger.seal()
            stop.wait(0.002)

    def follow() -> None:
        cursor = None
        while not stop.is_set():
            page = selectors.feed(DE, cursor, 7)
            seen.extend(event.pk for event in page.events)
            cursor = page.next_cursor
        while page := selectors.feed(DE, cursor, 7):
            seen.extend(event.pk for event in page.events)
            cursor = page.next_cursor
            if not page.events:
                break

    def guarded(work, *args) -> None:
        try:
            work(*args)
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    others = [threading.Thread(target=guarded, args=(work,)) for work in (seal, seal, follow)]
    ours = [threading.Thread(target=guarded, args=(write, number)) for number in range(writers)]
    for thread in others + ours:
        thread.start()
    for thread in ours:
        thread.join()
    ledger.seal()
    while Unsealed.objects.exists() or FeedEntry.objects.filter(position=None).exists():
        ledger.seal()
    stop.set()
    for thread in others:
        thread.join()

    assert failures == []
    written = writers * each * 10 // 12
    assert Event.objects.count() == written
    assert places() == list(range(written))
    entries = FeedEntry.objects.order_by("position").values_list("position", flat=True)
    assert list(entries) == list(range(2 * written))
    assert len(seen) == len(set(seen)) == written
