"""Webhooks: what is sent, in which order, what becomes of failures, and who looks after them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from cloudevents.core.bindings.http import HTTPMessage, from_http_event
from cloudevents.core.formats.json import JSONFormat
from django.db import IntegrityError, transaction
from django_fsm import TransitionNotAllowed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from core import clock
from core.errors import Conflict, Forbidden, Invalid, NotFound
from correspondence import selectors, services
from correspondence.models import Notice, WebhookAttempt, WebhookEndpoint, WebhookKey, WebhookLetter
from correspondence.services.webhooks import OVERLAP
from correspondence.webhooks import reach, sending, signing
from correspondence.webhooks.reach import Answer
from ledger import envelopes
from ledger import selectors as ledger_selectors
from ledger import services as ledger
from ledger.models import Event
from ledger.testing import run_deliveries
from members import services as members
from members.models import Membership, Organisation
from tests import factories
from tests.correspondence.hooks import URL, Other, happen, system_of, webhook_of
from tests.examples import examples
from tests.standing import stays

pytestmark = pytest.mark.django_db
TRIES = len(sending.PAUSES) + 1


@stays
def endpoint(organisation: Organisation) -> WebhookEndpoint:
    return webhook_of(organisation)


def again(endpoint: WebhookEndpoint) -> WebhookEndpoint:
    return WebhookEndpoint.objects.get(pk=endpoint.pk)


def serve_all(endpoint: WebhookEndpoint, other: Other, *, patience: int = 400) -> None:
    """Let time pass until there is nothing to do for the endpoint any more."""
    with time_machine.travel(clock.now(), tick=False) as travel:
        for _round in range(patience):
            ledger.seal()
            now = again(endpoint)
            if now.pk not in sending.due() and now.next_attempt_at <= clock.now():
                return
            travel.move_to(max(clock.now() + timedelta(seconds=1), now.next_attempt_at))
            sending.serve(endpoint.pk, other)
    raise AssertionError("it never came to rest")


# --- what is sent


def test_an_event_is_sent_as_a_cloud_event_that_the_official_library_reads(
    organisation: Organisation, endpoint: WebhookEndpoint
) -> None:
    event, other = happen(organisation, "case.escalated", tier=2), Other()
    assert sending.serve(endpoint.pk, other) == 1
    headers, body = other.heard[0]
    read = from_http_event(HTTPMessage(headers, body), JSONFormat())
    assert read.get_type() == "org.entente.case.escalated.v1"
    assert read.get_id() == str(event.uid) == headers["webhook-id"]
    assert read.get_time() == event.at
    assert read.get_dataschema().endswith("/events/case.escalated/schema.json")
    assert read.get_data()["facts"] == {"tier": 2}


def test_facts_too_large_to_send_are_left_to_the_feed(organisation: Organisation) -> None:
    event = happen(organisation, note="x" * envelopes.LARGEST)
    body = envelopes.body(event)
    assert len(body) < 2000
    assert json.loads(body)["data"]["facts_left_out"] is True
    assert envelopes.envelope(event)["data"]["facts"] == event.facts


def test_the_specification_s_own_ed25519_example_comes_out() -> None:
    """From the reference implementation of Standard Webhooks (libraries/go, TestAsymmetricWebhookSign)."""
    signer = signing.Signer("v1a", b"TESTSIGNINGKEYDONOTUSETHISFORANY")
    made = signing.signature([signer], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert made == (
        "v1a,tQ9V2XOqn7jL/DQenEFpqIugdBVtiMmER5mhSkXBNwM0mkATuDe6KYYUuxqtaiHeYGb7KaaBRdM5WqyeFiL8Ag=="
    )


def test_the_standardwebhooks_package_accepts_what_is_signed_and_nothing_else(
    organisation: Organisation,
) -> None:
    office = factories.exporter_of(organisation, Membership.Role.ADMINISTRATOR)
    made = services.register_webhook(actor=office, client=system_of(office), url=URL, scheme="v1")
    happen(organisation)
    other = Other()
    sending.serve(made.endpoint.pk, other)
    headers, body = other.heard[0]
    assert made.secret
    assert Webhook(made.key).verify(body, headers)["id"] == headers["webhook-id"]
    with pytest.raises(WebhookVerificationError):
        Webhook(made.key).verify(body.replace(b"case", b"cave"), headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(made.key).verify(body, {**headers, "webhook-id": "another"})


def test_after_a_rotation_both_keys_hold_for_a_day(organisation: Organisation) -> None:
    office = factories.exporter_of(organisation, Membership.Role.ADMINISTRATOR)
    first = services.register_webhook(actor=office, client=system_of(office), url=URL, scheme="v1")
    second = services.rotate_key(actor=office, endpoint=first.endpoint)
    happen(organisation)
    other = Other()
    sending.serve(first.endpoint.pk, other)
    for made in (first, second):
        assert Webhook(made.key).verify(other.heard[0][1], other.heard[0][0])
    with time_machine.travel(clock.now() + OVERLAP, tick=False):
        happen(organisation)
        sending.serve(first.endpoint.pk, other)
        assert Webhook(second.key).verify(other.heard[1][1], other.heard[1][0])
        with pytest.raises(WebhookVerificationError):
            Webhook(first.key).verify(other.heard[1][1], other.heard[1][0])
    assert made.key not in str(list(WebhookKey.objects.values()))


def test_a_system_is_told_what_its_person_may_read_and_no_more(
    organisation: Organisation, endpoint: WebhookEndpoint
) -> None:
    foreign = factories.OrganisationFactory(jurisdiction=organisation.jurisdiction)
    happen(foreign)
    mine, other = happen(organisation), Other()
    happen(foreign)
    sending.serve(endpoint.pk, other)
    assert other.ids == [str(mine.uid)]
    person = endpoint.client.user
    assert person is not None
    person.memberships.all().delete()
    happen(organisation)
    sending.serve(endpoint.pk, other)
    assert len(other.heard) == 1


def test_only_the_types_it_asks_for_are_sent(organisation: Organisation) -> None:
    endpoint = webhook_of(organisation, types=["licence.*", "case.held", "case.held"])
    assert endpoint.types == ["case.held", "licence.*"]
    for type_ in ("case.held", "case.decided", "licence.issued", "licence.used"):
        happen(organisation, type_)
    other = Other()
    serve_all(endpoint, other)
    assert [name.removeprefix("org.entente.") for name in other.types] == [
        "case.held.v1", "licence.issued.v1", "licence.used.v1",
    ]  # fmt: skip


def test_a_new_webhook_begins_now_and_is_not_told_of_itself(
    organisation: Organisation, endpoint: WebhookEndpoint
) -> None:
    other = Other()
    services.change_webhook(actor=endpoint.registered_by, endpoint=endpoint, description="In the warehouse")
    ledger.seal()
    sending.serve(endpoint.pk, other)
    assert other.heard == []
    assert again(endpoint).position == ledger_selectors.head()


# --- failures


def test_a_failure_puts_the_event_off_and_holds_up_what_comes_after_it(
    organisation: Organisation, endpoint: WebhookEndpoint
) -> None:
    first, second = happen(organisation), happen(organisation)
    other = Other([500, None])
    serve_all(endpoint, other)
    assert other.ids == [str(first.uid)] * 3 + [str(second.uid)]
    assert [attempt.number for attempt in WebhookAttempt.objects.order_by("pk")] == [1, 2, 3, 1]
    assert WebhookAttempt.objects.filter(delivered=False).last().reason == "The answer was status 500."


def test_an_event_that_always_fails_becomes_a_dead_letter_and_the_next_goes_on(
    organisation: Organisation, endpoint: WebhookEndpoint
) -> None:
    first, second = happen(organisation), happen(organisation)
    began, other = clock.now(), Other([500] * TRIES)
    serve_all(endpoint, other)
    assert other.ids == [str(first.uid)] * TRIES + [str(second.uid)]
    letter = WebhookLetter.objects.get()
    assert (letter.event, letter.attempts, letter.reason) == (first, TRIES, "The answer was status 500.")
    assert letter.died_at is not None
    assert timedelta(hours=6) < letter.died_at - began < timedelta(hours=11)
    run_deliveries()
    assert Notice.objects.get().subject == "A webhook has a dead letter"


def test_a_dead_letter_is_sent_again_when_somebody_asks(
    organisation: Organisation, endpoint: WebhookEndpoint
) -> None:
    person = endpoint.registered_by
    dead, other = happen(organisation), Other([500] * TRIES + [503])
    serve_all(endpoint, other)
    services.replay_letter(actor=person, endpoint=endpoint, event=str(dead.uid))
    serve_all(endpoint, other)
    letter = WebhookLetter.objects.get()
    assert (letter.attempts, letter.asked_at) == (TRIES + 1, None)
    services.replay_letter(actor=person, endpoint=endpoint, event=str(dead.uid))
    serve_all(endpoint, other)
    assert not WebhookLetter.objects.exists()
    assert set(other.ids) == {str(dead.uid)}
    with pytest.raises(NotFound, match="delivered meanwhile"):
        services.replay_letter(actor=person, endpoint=endpoint, event=str(dead.uid))


def test_gone_disables_it_tells_its_owner_and_loses_nothing(
    organisation: Organisation, endpoint: WebhookEndpoint
) -> None:
    event, other = happen(organisation), Other([410])
    sending.serve(endpoint.pk, other)
    assert again(endpoint).status == "disabled"
    run_deliveries()
    assert Notice.objects.get().recipient == endpoint.registered_by
    sending.serve(endpoint.pk, other)
    services.resume_webhook(actor=endpoint.registered_by, endpoint=endpoint)
    serve_all(endpoint, other)
    assert other.ids == [str(event.uid)] * 2


@pytest.mark.parametrize("status", [301, 302, 307, 400, 404, 409, 500])
def test_whatever_is_no_2xx_has_failed(status: int) -> None:
    assert sending.why(Answer(status, 1))
    assert not sending.why(Answer(204, 1))
    assert "not followed" in sending.why(Answer(301, 1))


def test_pauses_grow_and_honour_what_the_answer_asks_for() -> None:
    for number, pause in enumerate(sending.PAUSES, 1):
        found = sending.pause_after(number, Answer(500, 1))
        assert pause * 0.8 <= found <= pause * 1.2
    assert len({sending.pause_after(3, Answer(500, 1)) for _ in range(20)}) > 1
    assert sending.pause_after(1, Answer(429, 1)) >= sending.SLOWED
    assert sending.pause_after(1, Answer(503, 1, retry_after=3600)) == timedelta(hours=1)


@pytest.mark.parametrize(
    ("told", "seconds"),
    [("120", 120), ("", 0), (None, 0), ("soon", 0), ("-5", 0), ("9" * 40, reach.LONGEST_WAIT),
     ("Fri, 27 Nov 2026 10:02:00 GMT", 120), ("Fri, 27 Nov 2020 10:02:00 GMT", 0)],
)  # fmt: skip
def test_retry_after_is_read_as_seconds_or_a_date(told: str | None, seconds: int) -> None:
    with time_machine.travel(datetime(2026, 11, 27, 10, 0, tzinfo=UTC), tick=False):
        assert reach.wait_of(told) == seconds


def test_one_that_throttles_is_told_one_at_a_time_and_gets_faster_while_it_goes_well(
    organisation: Organisation, endpoint: WebhookEndpoint
) -> None:
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(pace=sending.PAGE)
    for _ in range(4):
        happen(organisation)
    other = Other([429])
    sending.serve(endpoint.pk, other)
    assert again(endpoint).pace == 1
    with time_machine.travel(clock.now() + timedelta(minutes=2)):
        for calls, pace in ((1, 2), (2, 4), (1, 8)):
            assert sending.serve(endpoint.pk, other) == calls
            assert again(endpoint).pace == pace


def test_a_worker_that_dies_after_sending_sends_the_same_again_under_the_same_id(
    organisation: Organisation, endpoint: WebhookEndpoint
) -> None:
    event, other = happen(organisation), Other()
    taken = sending.take(endpoint.pk)
    assert taken is not None
    sending.send(taken, other)  # and here it dies
    assert sending.take(endpoint.pk) is None
    with time_machine.travel(clock.now() + sending.LEASE, tick=False):
        assert sending.serve(endpoint.pk, other) == 1
        assert other.ids == [str(event.uid)] * 2
        assert sending.settle(taken, [Answer(500, 1)]) is False
        assert again(endpoint).failures == 0


def test_those_that_failed_wait_behind_those_that_did_not(
    organisation: Organisation, endpoint: WebhookEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "FAILING_AT_ONCE", 1)
    failing = [webhook_of(organisation).pk for _ in range(3)]
    WebhookEndpoint.objects.filter(pk__in=failing).update(failures=2)
    happen(organisation)
    assert sending.due() == [endpoint.pk, failing[0]]
    assert sending.take(failing[0]) is not None
    assert sending.due() == [endpoint.pk]


@settings(
    max_examples=examples(6), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    answers=st.lists(st.sampled_from([200, 200, 500, None, 429, 404, 410]), max_size=60),
    count=st.integers(1, 5),
)
def test_whatever_fails_every_event_arrives_or_is_a_dead_letter_in_order(
    organisation: Organisation, answers: list[int | None], count: int
) -> None:
    """Any sequence of answers: nothing is lost, and first arrivals keep the order of the feed."""
    with transaction.atomic():
        endpoint = webhook_of(organisation)
        events = [str(happen(organisation).uid) for _ in range(count)]
        other = Other(answers)
        wanted = list(answers)
        while True:
            serve_all(endpoint, other)
            if again(endpoint).status != "disabled":
                break
            services.resume_webhook(actor=endpoint.registered_by, endpoint=endpoint)
        statuses = (wanted + [200] * len(other.ids))[: len(other.ids)]
        arrived = [uid for uid, status in zip(other.ids, statuses, strict=True) if status == 200]
        dead = list(WebhookLetter.objects.filter(endpoint=endpoint).values_list("event__uid", flat=True))
        assert arrived == [uid for uid in events if uid in arrived]
        assert sorted([*arrived, *map(str, dead)]) == sorted(events)
        transaction.set_rollback(True)


# --- replay


def test_replay_goes_back_to_an_instant_a_cursor_or_the_beginning(
    organisation: Organisation, endpoint: WebhookEndpoint
) -> None:
    person, other = endpoint.registered_by, Other()
    with time_machine.travel(clock.now(), tick=False) as travel:
        first = happen(organisation)
        cursor = ledger_selectors.cursor_of(ledger_selectors.head())
        travel.shift(timedelta(hours=1))
        noon = clock.now()
        second = happen(organisation)
        serve_all(endpoint, other)
    for since, expected in (
        ({"since": noon}, [second]),
        ({"cursor": cursor}, [second]),
        ({"since": noon - timedelta(hours=1)}, [first, second]),
        ({}, [first, second]),
    ):
        other.heard.clear()
        services.replay_from(actor=person, endpoint=endpoint, **since)
        serve_all(endpoint, other)
        assert other.ids == [str(event.uid) for event in expected], since


def test_replay_skips_nothing_and_takes_dead_letters_along(
    organisation: Organisation, endpoint: WebhookEndpoint
) -> None:
    person = endpoint.registered_by
    dead, other = happen(organisation), Other([500] * TRIES)
    serve_all(endpoint, other)
    happen(organisation)
    with pytest.raises(Invalid, match="goes back only") as refused:
        services.replay_from(actor=person, endpoint=endpoint, cursor=ledger_selectors.cursor_of(10**6))
    assert list(refused.value.fields) == ["cursor"]
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(next_attempt_at=clock.now())
    taken = sending.take(endpoint.pk)
    assert taken is not None
    services.replay_from(actor=person, endpoint=endpoint)
    assert sending.settle(taken, sending.send(taken, other)) is False
    assert not WebhookLetter.objects.exists()
    other.heard.clear()
    serve_all(endpoint, other)
    assert other.ids[0] == str(dead.uid)


def test_the_place_of_an_instant_is_found_however_late_events_were_sealed(
    organisation: Organisation,
) -> None:
    who = webhook_of(organisation).client.user
    assert who is not None
    with time_machine.travel(clock.now(), tick=False) as travel:
        events: list[tuple[datetime, Event]] = []
        for number in range(12):
            travel.shift(timedelta(minutes=10))
            event = happen(organisation, number=number)
            events.append((clock.now(), event))
        for at, event in events:
            place = ledger_selectors.position_since(who.audience, at)
            assert ledger_selectors.read_after(who.audience, place, 1).places[0][1] == event
        travel.shift(timedelta(minutes=10))
        assert ledger_selectors.position_since(who.audience, clock.now()) == ledger_selectors.head()
        assert ledger_selectors.position_since(who.audience, datetime(2000, 1, 1, tzinfo=UTC)) == -1


# --- tests, pauses, ends


def test_a_test_is_sent_next_and_apart_from_the_feed(
    organisation: Organisation, endpoint: WebhookEndpoint
) -> None:
    person, other = endpoint.registered_by, Other([500])
    event = services.send_test(actor=person, endpoint=endpoint)
    with pytest.raises(Conflict, match="on its way"):
        services.send_test(actor=person, endpoint=endpoint)
    assert endpoint.pk in sending.due()
    sending.serve(endpoint.pk, other)
    assert other.types == ["org.entente.webhook.tested.v1"]
    attempt = WebhookAttempt.objects.get()
    assert (attempt.event, attempt.delivered, attempt.answer) == (event, False, "noted")
    assert not WebhookLetter.objects.exists()
    assert again(endpoint).failures == 0


def test_paused_it_is_told_nothing_and_resumed_everything(
    organisation: Organisation, endpoint: WebhookEndpoint
) -> None:
    person, other = endpoint.registered_by, Other()
    services.pause_webhook(actor=person, endpoint=endpoint)
    event = happen(organisation)
    assert sending.due() == []
    assert sending.serve(endpoint.pk, other) == 0
    with pytest.raises(Conflict, match="Resume"):
        services.send_test(actor=person, endpoint=endpoint)
    services.resume_webhook(actor=person, endpoint=endpoint)
    sending.serve(endpoint.pk, other)
    assert other.ids == [str(event.uid)]


def test_a_system_whose_access_ended_is_told_nothing_more(
    organisation: Organisation, endpoint: WebhookEndpoint
) -> None:
    members.revoke_client(actor=endpoint.registered_by, client=endpoint.client)
    happen(organisation)
    other = Other()
    sending.serve(endpoint.pk, other)
    assert other.heard == []
    assert again(endpoint).status_reason == "Its system's access has ended."
    with pytest.raises(Forbidden, match="has ended"):
        services.resume_webhook(actor=endpoint.registered_by, endpoint=endpoint)


def test_attempts_are_kept_for_thirty_days(organisation: Organisation, endpoint: WebhookEndpoint) -> None:
    happen(organisation)
    sending.serve(endpoint.pk, Other())
    with time_machine.travel(clock.now() + timedelta(days=29)):
        assert services.forget_attempts() == 0
    with time_machine.travel(clock.now() + timedelta(days=31)):
        assert services.forget_attempts() == 1


def test_the_last_day_is_counted_by_the_hour(organisation: Organisation, endpoint: WebhookEndpoint) -> None:
    for _ in range(2):
        happen(organisation)
    serve_all(endpoint, Other([500]))
    hours = selectors.hours_of(endpoint)
    assert len(hours) == 24
    assert (sum(hour.delivered for hour in hours), sum(hour.failed for hour in hours)) == (2, 1)
    assert hours[-1].delivered + hours[-2].delivered == 2


# --- who may, and what is refused


def test_whoever_answers_for_a_system_or_administers_it_looks_after_its_webhooks(
    organisation: Organisation, endpoint: WebhookEndpoint
) -> None:
    administrator = factories.exporter_of(organisation, Membership.Role.ADMINISTRATOR)
    services.pause_webhook(actor=administrator, endpoint=endpoint)
    with pytest.raises(TransitionNotAllowed):
        services.pause_webhook(actor=administrator, endpoint=endpoint)
    colleague = factories.exporter_of(organisation)
    with pytest.raises(Forbidden, match="Only an administrator of the person's organisation"):
        services.resume_webhook(actor=colleague, endpoint=endpoint)
    other_system = system_of(administrator, name="Another")
    administrator.via = other_system
    with pytest.raises(Forbidden, match="its own webhooks only"):
        services.resume_webhook(actor=administrator, endpoint=endpoint)
    administrator.via = endpoint.client
    services.resume_webhook(actor=administrator, endpoint=endpoint)


def test_each_sees_the_webhooks_of_the_systems_they_see(
    organisation: Organisation, endpoint: WebhookEndpoint
) -> None:
    rows = WebhookEndpoint.objects
    person = endpoint.registered_by
    assert list(rows.visible_to(person)) == [endpoint]
    assert not rows.visible_to(factories.exporter_of(organisation)).exists()
    person.via = system_of(person, name="Another")
    assert not rows.visible_to(person).exists()
    person.via = endpoint.client
    assert list(rows.visible_to(person)) == [endpoint]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"url": "http://hooks.example.org/"}, "url"),
        ({"url": "ftp://hooks.example.org/"}, "url"),
        ({"url": "https://user:word@hooks.example.org/"}, "url"),
        ({"url": "https://hooks.example.org:22/"}, "url"),
        ({"url": "https://hooks.example.org:99999/"}, "url"),
        ({"url": "https://hooks.example.org/#part"}, "url"),
        ({"url": "https://hooks.example.org/" + "x" * 500}, "url"),
        ({"url": "https://exa mple.org/"}, "url"),
        ({"url": "https:///path"}, "url"),
        ({"url": "https://localhost/"}, "url"),
        ({"url": "https://169.254.169.254/latest/"}, "url"),
        ({"url": "https://[::1]/"}, "url"),
        ({"url": "https://10.1.2.3/"}, "url"),
        ({"url": "hooks"}, "url"),
        ({"types": ["Case"]}, "types"),
        ({"types": ["case.*.x"]}, "types"),
        ({"types": ["*"]}, "types"),
        ({"types": [f"case.x{'y' * number}" for number in range(51)]}, "types"),
        ({"description": "x" * 101}, "description"),
        ({"scheme": "v2"}, "scheme"),
    ],
)
def test_what_is_wrong_is_named(organisation: Organisation, given: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        webhook_of(organisation, **given)
    assert list(refused.value.fields) == [field]


def test_a_system_has_at_most_ten_and_needs_to_read_events(endpoint: WebhookEndpoint) -> None:
    person = endpoint.registered_by
    for _ in range(9):
        services.register_webhook(actor=person, client=endpoint.client, url=URL)
    with pytest.raises(Conflict, match="at most 10"):
        services.register_webhook(actor=person, client=endpoint.client, url=URL)
    with pytest.raises(Conflict, match="events:read"):
        services.register_webhook(actor=person, client=system_of(person, "cases:read"), url=URL)


def test_the_database_refuses_what_no_service_would_do(endpoint: WebhookEndpoint) -> None:
    rows = WebhookEndpoint.objects.filter(pk=endpoint.pk)
    for wrong in (
        {"url": "file:///etc/passwd"},
        {"status_reason": "x"},
        {"leased_until": clock.now()},
        {"pace": 0},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        WebhookKey.objects.create(endpoint=endpoint, scheme="v1", sealed="x", made_at=clock.now())
