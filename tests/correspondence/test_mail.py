"""E-mail leaves once, waits out a server that is away, and never stores what opens something."""

from collections.abc import Callable
from datetime import timedelta
from smtplib import SMTPServerDisconnected
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction

from core import clock
from correspondence import selectors, services
from correspondence.models import Message, Notice
from correspondence.services.mail import ATTEMPTS
from ledger.models import Event
from ledger.testing import run_deliveries
from members import services as members
from members.models import Membership, Organisation, Role, User
from tests import factories

OfficerOf = Callable[..., User]


def tell(*people: User, event: Event | None = None, subject: str = "A case waits") -> int:
    return services.notify(
        recipients=people, event=event, subject=subject, text="It is yours.", path="/workbench/"
    )


@pytest.fixture
def event(exporter: User, organisation: Organisation, officer_of: OfficerOf) -> Event:
    members.suspend_organisation(actor=officer_of("DE"), organisation=organisation, reason="x")
    return Event.objects.get(type="organisation.suspended")


def test_a_notice_reaches_inbox_and_mailbox(exporter: User):
    assert tell(exporter) == 1
    assert selectors.unread(exporter) == 1
    assert services.send_waiting() == 1
    letter = mail.outbox[0]
    assert (letter.to, letter.subject) == ([exporter.email], "A case waits")
    assert "http" in str(letter.body)
    assert "/workbench/" in str(letter.body)


def test_an_event_tells_a_person_once_however_often_it_is_delivered(exporter: User, event: Event):
    assert [tell(exporter, exporter, event=event), tell(exporter, event=event)] == [1, 0]
    services.send_waiting()
    services.send_waiting()
    assert len(mail.outbox) == 1


def test_a_leaver_is_told_nothing(officer_of: OfficerOf):
    leaver = officer_of("DE", Role.ADVISER)
    members.remove_leaver(actor=officer_of("DE", Role.ADMINISTRATOR), person=leaver)
    assert tell(User.objects.get(pk=leaver.pk)) == 0


def test_a_line_break_in_a_subject_is_harmless(exporter: User):
    tell(exporter, subject="Hello\r\nBcc: everyone@example.org")
    assert services.send_waiting() == 1
    assert mail.outbox[0].subject == "Hello Bcc: everyone@example.org"
    assert mail.outbox[0].bcc == []


def fail(self: EmailMessage, *args: Any, **kwargs: Any) -> int:
    raise SMTPServerDisconnected("away")


def test_a_server_that_is_away_delays_but_loses_nothing(exporter: User, monkeypatch: pytest.MonkeyPatch):
    tell(exporter)
    with monkeypatch.context() as away:
        away.setattr(EmailMessage, "send", fail)
        assert services.send_waiting() == 0
    message = Message.objects.get()
    assert (message.attempts, message.last_error) == (1, "SMTPServerDisconnected: away")
    assert services.send_waiting() == 0
    with time_machine.travel(clock.now() + timedelta(minutes=1, seconds=1)):
        assert services.send_waiting() == 1


def test_what_can_never_be_sent_is_given_up_and_kept(exporter: User, monkeypatch: pytest.MonkeyPatch):
    tell(exporter)
    monkeypatch.setattr(EmailMessage, "send", fail)
    now = clock.now()
    for day in range(ATTEMPTS + 3):
        with time_machine.travel(now + timedelta(days=day)):
            services.send_waiting()
    message = Message.objects.get()
    assert (message.attempts, message.sent_at) == (ATTEMPTS, None)
    assert message.given_up_at is not None


def test_one_bad_letter_holds_up_no_other(exporter: User, monkeypatch: pytest.MonkeyPatch):
    other = factories.exporter_of(factories.OrganisationFactory())
    tell(exporter, other)
    sending = EmailMessage.send

    def send(self: EmailMessage, *args: Any, **kwargs: Any) -> int:
        if self.to == [exporter.email]:
            raise ValueError("broken header")
        return sending(self, *args, **kwargs)

    monkeypatch.setattr(EmailMessage, "send", send)
    assert services.send_waiting() == 1
    assert mail.outbox[0].to == [other.email]


def test_an_invitation_leaves_with_a_link_that_is_stored_nowhere(organisation: Organisation):
    owner = factories.exporter_of(organisation, Membership.Role.ADMINISTRATOR)
    invitation = members.invite(actor=owner, email="new@x.example", name="New", organisation=organisation)
    run_deliveries()
    services.send_waiting()
    letter = mail.outbox[0]
    path = members.invitation_path(invitation)
    assert letter.to == ["new@x.example"]
    assert path in str(letter.body)
    token = members.invitation_token(invitation)
    for model in (Message, Notice, Event):
        assert not [row for row in model.objects.values() if token in str(row)]


def test_an_invitation_withdrawn_before_it_left_does_not_leave(organisation: Organisation):
    owner = factories.exporter_of(organisation, Membership.Role.ADMINISTRATOR)
    invitation = members.invite(actor=owner, email="new@x.example", name="New", organisation=organisation)
    members.withdraw_invitation(actor=owner, invitation=invitation)
    run_deliveries()
    assert services.send_waiting() == 0
    assert mail.outbox == []
    assert Message.objects.get().given_up_at is not None


def test_a_recovery_link_goes_to_the_person_and_not_to_the_administrator(officer_of: OfficerOf):
    administrator, officer = officer_of("DE", Role.ADMINISTRATOR), officer_of("DE")
    members.recover_account(actor=administrator, person=officer)
    run_deliveries()
    services.send_waiting()
    assert [letter.to for letter in mail.outbox] == [[officer.email]]
    assert "/account/password/reset/key/" in str(mail.outbox[0].body)


def test_a_second_recovery_sends_a_second_link(officer_of: OfficerOf):
    administrator, officer = officer_of("DE", Role.ADMINISTRATOR), officer_of("DE")
    for _time in range(2):
        members.recover_account(actor=administrator, person=officer)
        run_deliveries()
        services.send_waiting()
    assert len(mail.outbox) == 2


def test_those_who_vet_learn_of_an_exporter_that_waits(officer_of: OfficerOf):
    vets, administers, advises = (
        officer_of("DE"),
        officer_of("DE", Role.ADMINISTRATOR),
        officer_of("DE", Role.ADVISER),
    )
    foreign = officer_of("FR")
    members.apply_organisation(
        actor=factories.UserFactory(),
        jurisdiction="DE",
        name="N GmbH",
        address="x",
        registration_number="1",
        contact_email="a@b.example",
    )
    run_deliveries()
    told = set(Notice.objects.values_list("recipient", flat=True))
    assert told == {vets.pk, administers.pk}
    assert {advises.pk, foreign.pk} & told == set()


def test_members_learn_what_happens_to_their_organisation(
    exporter: User, organisation: Organisation, officer_of: OfficerOf
):
    officer = officer_of("DE")
    members.suspend_organisation(actor=officer, organisation=organisation, reason="Under inspection.")
    members.reinstate_organisation(actor=officer, organisation=organisation)
    run_deliveries()
    told = list(Notice.objects.filter(recipient=exporter).order_by("pk").values_list("subject", "text"))
    assert told == [
        ("Your organisation is suspended", "Under inspection."),
        ("Your organisation is reinstated", "You can submit applications again."),
    ]


def test_an_officer_learns_of_roles_and_systems(officer_of: OfficerOf):
    administrator, officer = officer_of("DE", Role.ADMINISTRATOR), officer_of("DE")
    members.appoint(actor=administrator, person=officer, role=Role.DECIDER)
    members.register_client(actor=administrator, person=officer, name="Bot", scopes=["cases:read"])
    run_deliveries()
    subjects = set(Notice.objects.filter(recipient=officer).values_list("subject", flat=True))
    assert subjects == {"You hold a further role", "A system now acts for you"}


def test_a_message_is_about_exactly_one_thing(exporter: User):
    with pytest.raises(IntegrityError, match="message_about_one_thing"), transaction.atomic():
        Message.objects.create(to=exporter.email, queued_at=clock.now(), next_attempt_at=clock.now())


def test_reading_ones_notices_leaves_those_of_others(exporter: User, officer_of: OfficerOf):
    officer = officer_of("DE")
    tell(exporter, officer)
    tell(exporter, subject="Another")
    assert services.mark_read(actor=exporter) == 2
    assert (selectors.unread(exporter), selectors.unread(officer)) == (0, 1)
    assert list(Notice.objects.visible_to(officer)) == list(officer.notices.all())
