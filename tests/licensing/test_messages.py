"""Messages between members: who may read one, what becomes of it, and that nobody else learns what it says."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from core import clock
from core.errors import Conflict, Forbidden, Invalid
from deadlines import services as deadlines
from ledger import services as ledger
from ledger.envelopes import body
from ledger.models import Event, EventDetail, FeedEntry
from ledger.testing import run_deliveries
from licensing.models import CaseMessage, MessageAddressee, MessageReceipt, Stake
from licensing.policies import messages as policies
from licensing.selectors import messages as selectors
from licensing.selectors.queue import queue
from licensing.services import cases, messages
from members.models import Jurisdiction, Membership, Organisation, Role, User
from tests import journeys
from tests.enforcement.test_mandates import filed
from tests.licensing.conftest import Desk, OfficerOf

TEXT = "Have you delivered to this laboratory before?"
SUBJECT = "Consignee in Singapore"


def sent(desk: Desk, officer_of: OfficerOf, *to: str, **more: object) -> CaseMessage:
    said = {"subject": SUBJECT, "text": TEXT, **more}
    message = messages.send(actor=officer_of("DE"), case=desk.case, to=to or ["FR"], **said)
    run_deliveries()
    return message


def acknowledged(actor: User, message: CaseMessage) -> CaseMessage:
    messages.read(actor=actor, message=message)
    return messages.acknowledge(actor=actor, message=message)


def may_read(user: User) -> list[CaseMessage]:
    return list(CaseMessage.objects.visible_to(user))  # type: ignore[attr-defined]


def test_it_is_read_by_the_members_it_names_and_by_nobody_else(
    desk: Desk, officer_of: OfficerOf, exporter: User, organisation: Organisation
) -> None:
    message = sent(desk, officer_of, "FR")
    insider = officer_of("DE")
    Membership.objects.create(user=insider, organisation=organisation, role=Membership.Role.EXPORTER)
    assert may_read(officer_of("DE")) == may_read(officer_of("FR")) == [message]
    strangers = [
        officer_of("US"),  # reads the case, and is not named
        officer_of("JP"),
        officer_of("US", Role.AUDITOR),
        officer_of("US", Role.CRISIS_SEAT),
        officer_of("FR", second_factor=False),
        exporter,
        insider,
    ]
    assert [may_read(one) for one in strangers] == [[] for _one in strangers]
    french_insider = officer_of("FR", Role.COUNTERSIGNER)
    Membership.objects.create(user=french_insider, organisation=organisation, role=Membership.Role.EXPORTER)
    assert not queue(french_insider).exists()  # nor does it wait for one who may not open it


@pytest.mark.usefixtures("in_force")
def test_nobody_of_the_agent_that_files_reads_one(organisation: Organisation, officer_of: OfficerOf) -> None:
    desk, clerk = filed(organisation, officer_of=officer_of)
    (agent,) = clerk.organisation_ids
    insider = officer_of("FR", Role.DECIDER)
    Membership.objects.create(user=insider, organisation_id=agent, role=Membership.Role.EXPORTER)
    message = sent(desk, officer_of, "FR")
    assert may_read(officer_of("FR")) == [message]
    assert may_read(insider) == []
    assert not insider.notices.exists()


def test_no_event_envelope_or_notice_tells_what_it_says(desk: Desk, officer_of: OfficerOf) -> None:
    message, french = sent(desk, officer_of, "FR", acknowledge_within=24), officer_of("FR")
    acknowledged(french, message)
    messages.send(actor=french, case=desk.case, to=["DE"], text="Never, " + TEXT, reply_to=message)
    run_deliveries()
    events = Event.objects.filter(type__startswith="message.")
    assert {event.type for event in events} == {"message.sent", "message.read", "message.acknowledged"}
    for event in events:
        assert TEXT.encode() not in body(event)
        assert SUBJECT.encode() not in body(event)
        told = set(FeedEntry.objects.filter(event=event).values_list("audience", flat=True))
        assert told == {"jurisdiction:DE", "jurisdiction:FR", "role:auditor"}
    assert {frozenset(one.payload) for one in EventDetail.objects.filter(event__in=events)} == {
        frozenset({"sha256"})
    }
    assert french.notices.count() == 0  # made after it was sent; those in office then have theirs
    said = [notice.subject + notice.text for notice in message.sent_by.notices.all()]
    assert said
    assert not any(TEXT in one or SUBJECT in one for one in said)
    # Whoever gains a stake later reads what happened to the case, and not who wrote to whom.
    Stake.objects.create(
        case=desk.case,
        jurisdiction=Jurisdiction.objects.get(code="JP"),
        kind="location",
        rule_key="x",
        sentence="x",
    )
    cases.widen(case=desk.reload())
    assert not FeedEntry.objects.filter(event__in=events, audience="jurisdiction:JP").exists()
    assert may_read(officer_of("JP")) == []


def test_a_case_tells_its_ends_and_auditors_that_one_was_sent_and_to_whom(
    desk: Desk, officer_of: OfficerOf
) -> None:
    sent(desk, officer_of, "FR")

    def seen_by(user: User) -> list[Event]:
        return [one for one in selectors.timeline_of(user, desk.case) if one.type == "message.sent"]

    (told,) = seen_by(officer_of("JP", Role.AUDITOR))
    assert (told.facts["sender"], told.facts["to"]) == ("DE", ["FR"])
    assert seen_by(officer_of("FR")) == [told]
    assert seen_by(officer_of("US")) == []


def test_a_member_that_may_not_see_the_case_is_refused_by_name(desk: Desk, officer_of: OfficerOf) -> None:
    with pytest.raises(Invalid) as refused:
        sent(desk, officer_of, "FR", "JP")
    assert refused.value.fields == {"to": ["JP may not see this case. Who may: FR, US."]}
    assert not CaseMessage.objects.exists()
    message = sent(desk, officer_of, "FR")
    with pytest.raises(DatabaseError, match="may see its case"), transaction.atomic():
        MessageAddressee.objects.create(message=message, jurisdiction=Jurisdiction.objects.get(code="JP"))


def test_what_is_wrong_is_named(desk: Desk, officer_of: OfficerOf) -> None:
    german, said = officer_of("DE"), {"to": ["FR"], "text": TEXT, "subject": SUBJECT}
    wrong: list[dict[str, object]] = [
        {"to": []},
        {"to": ["DE"]},
        {"text": " "},
        {"text": "x" * 10001},
        {"subject": ""},
        {"subject": "x" * 201},
        {"acknowledge_within": 0},
        {"acknowledge_within": 721},
    ]
    for change in wrong:
        with pytest.raises(Invalid) as refused:
            messages.send(actor=german, case=desk.case, **{**said, **change})
        assert list(refused.value.fields) == list(change)
    assert not CaseMessage.objects.exists()


def test_who_only_reads_cases_writes_and_acknowledges_nothing(desk: Desk, officer_of: OfficerOf) -> None:
    message = sent(desk, officer_of, "FR")
    for role in (Role.AUDITOR, Role.CUSTOMS_OFFICER, Role.ADMINISTRATOR):
        reader = officer_of("FR", role)
        with pytest.raises(Forbidden, match="adds nothing"):
            messages.send(actor=reader, case=desk.case, to=["DE"], text=TEXT, subject=SUBJECT)
        with pytest.raises(Forbidden):
            messages.acknowledge(actor=reader, message=message)
        with pytest.raises(Forbidden):
            messages.read(actor=reader, message=message)
    with pytest.raises(Forbidden):
        messages.acknowledge(actor=officer_of("US"), message=message)
    with pytest.raises(Forbidden, match="Your own member"):
        messages.acknowledge(actor=officer_of("DE"), message=message)


def test_receipts_tell_the_sender_how_far_it_has_come_and_the_others_nothing(
    desk: Desk, officer_of: OfficerOf
) -> None:
    french, american = officer_of("FR"), officer_of("US")
    with journeys.at(clock.now()):
        message = sent(desk, officer_of, "FR", "US")
    assert french.notices.filter(subject__contains="message from Germany").exists()
    with pytest.raises(Conflict, match="Open the message first"):
        messages.acknowledge(actor=french, message=message)
    assert not policies.may_see_text(french, message)

    def standings(user: User) -> dict[str, tuple[str, list[int]]]:
        (row,) = selectors.readable(user)
        return {
            one.member.code: (one.state, [round(step.after.total_seconds()) for step in one.steps])
            for one in selectors.standings(user, row)
        }

    assert standings(officer_of("DE")) == {"FR": ("delivered", [0]), "US": ("delivered", [0])}
    with journeys.at(message.sent_at + timedelta(minutes=5)):
        assert messages.read(actor=french, message=message)
        assert policies.may_see_text(french, message)
        assert not messages.read(actor=officer_of("FR"), message=message)  # once for each authority
        assert messages.read(actor=officer_of("FR", ministry="defence"), message=message)
    with journeys.at(message.sent_at + timedelta(minutes=15)):
        messages.acknowledge(actor=french, message=message)
        with pytest.raises(Forbidden, match="already"):
            messages.acknowledge(actor=officer_of("FR"), message=message)
        assert standings(officer_of("DE")) == {
            "FR": ("acknowledged", [0, 300, 300, 900]),
            "US": ("delivered", [0]),
        }
        assert standings(american) == {"US": ("delivered", [0])}
        (times,) = selectors.times(officer_of("DE"))
    assert (times.member, times.read, times.readings) == ("FR", timedelta(minutes=5), 2)
    assert (times.acknowledged, times.acknowledgements) == (timedelta(minutes=15), 1)


def test_it_waits_in_the_queue_until_the_authority_has_opened_it(desk: Desk, officer_of: OfficerOf) -> None:
    french = officer_of("FR", Role.COUNTERSIGNER)
    assert not queue(french).exists()
    message = sent(desk, officer_of, "FR")
    (case,) = queue(french)
    assert case.waits_message
    messages.read(actor=french, message=message)
    assert not queue(french).exists()
    (row,) = message.addressees.all()
    with pytest.raises(DatabaseError, match="of the member it names"), transaction.atomic():
        row.receipts.create(
            kind="acknowledged", at=clock.now(), authority=message.authority, by=message.sent_by
        )


def test_a_reply_keeps_the_thread_and_never_widens_it(desk: Desk, officer_of: OfficerOf) -> None:
    message, french = sent(desk, officer_of, "FR"), officer_of("FR")
    said = {"actor": french, "case": desk.case, "text": "Twice, last in May."}
    answer = messages.send(**said, to=["DE"], reply_to=message)
    again = messages.send(**{**said, "actor": officer_of("DE")}, to=["FR"], reply_to=answer)
    assert answer.thread == again.thread == message
    (thread,) = selectors.threads(french, desk.case)
    assert (thread.messages, thread.unread) == ([message, answer, again], 2)
    with pytest.raises(Invalid) as wider:
        messages.send(**said, to=["DE", "US"], reply_to=message)
    assert wider.value.fields == {"to": ["US is no end of this thread. Write a message of its own."]}
    with pytest.raises(DatabaseError, match="of its thread"), transaction.atomic():
        MessageAddressee.objects.create(message=answer, jurisdiction=Jurisdiction.objects.get(code="US"))
    with pytest.raises(Invalid, match="Nothing was sent"):
        messages.send(
            actor=officer_of("US"), case=desk.case, text=TEXT, to=["DE"], reply_to=message
        )  # who may not read it does not answer it


def test_what_is_not_acknowledged_in_time_is_told_once_to_sender_and_head(
    desk: Desk, officer_of: OfficerOf
) -> None:
    head = officer_of("FR", Role.DECIDER)
    message = sent(desk, officer_of, "FR", "US", acknowledge_within=24)
    acknowledged(officer_of("US"), message)
    with journeys.at(message.sent_at + timedelta(hours=25)):
        deadlines.tick()
        deadlines.tick()
        run_deliveries()
    (event,) = Event.objects.filter(type="message.unacknowledged")
    assert event.facts["member"] == "FR"
    assert head.notices.filter(subject__contains="waits for its acknowledgement").count() == 1
    assert message.sent_by.notices.filter(subject__contains="has not acknowledged").count() == 1
    with journeys.at(message.sent_at + timedelta(hours=26)):
        acknowledged(head, message)  # late is better than never


def test_nothing_of_it_is_ever_changed(desk: Desk, officer_of: OfficerOf) -> None:
    message = sent(desk, officer_of, "FR")
    kept = (
        CaseMessage.objects.filter(pk=message.pk),
        MessageAddressee.objects.filter(message=message),
        MessageReceipt.objects.filter(addressee__message=message),
    )
    for rows in kept:
        assert rows.exists()
        with pytest.raises(DatabaseError, match="kept"), transaction.atomic():
            rows.update(id=rows.get().pk)
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.delete()
    detail = EventDetail.objects.get(event__type="message.sent")
    assert detail.payload["sha256"] == messages.digest(message)
    assert detail.event.commitment == ledger.commitment(bytes(detail.salt), detail.payload)
