"""E-mail: queued with the act that causes it, sent by a task, tried again while the server is away."""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from correspondence import letters
from correspondence.letters import Letter
from correspondence.models import Message
from ledger.models import Event
from members import services as members
from members.models import Invitation, User

log = structlog.get_logger(__name__)
ATTEMPTS = 10
PAUSE = timedelta(minutes=1)  # doubles with each failure


@transaction.atomic
def queue_invitation(*, invitation: Invitation, event: Event) -> bool:
    """Queue the e-mail that carries an invitation's link; False if that was done before."""
    return _queue(event, invitation.email, invitation=invitation)


@transaction.atomic
def queue_recovery(*, person: User, event: Event) -> bool:
    """Queue the e-mail that lets a person choose a new password; False if that was done before."""
    return _queue(event, person.email, recovering=person)


@transaction.atomic
def queue_letter(*, about: str, to: str, event: Event) -> bool:
    """Queue the e-mail that a floor above writes about a `ref` (`correspondence.letters`); False if that was done
    before."""
    return _queue(event, to, about=about)


def _queue(event: Event, to: str, **about: Invitation | User | str) -> bool:
    now = clock.now()
    _message, created = Message.objects.get_or_create(
        event=event, to=to, defaults={"queued_at": now, "next_attempt_at": now, **about}
    )
    return created


def send_waiting(limit: int = 200) -> int:
    """Send queued e-mail, each message in a transaction of its own; return how many went out."""
    due = list(
        Message.objects.filter(
            sent_at__isnull=True, given_up_at__isnull=True, next_attempt_at__lte=clock.now()
        ).values_list("pk", flat=True)[:limit]
    )
    return sum(_send(pk) for pk in due)


@transaction.atomic
def _send(pk: int) -> bool:
    message = (
        Message.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("notice", "invitation__authority", "invitation__organisation", "recovering")
        .filter(pk=pk, sent_at__isnull=True, given_up_at__isnull=True)
        .first()
    )
    if message is None:
        return False
    letter = compose(message)
    if letter is None:
        message.given_up_at = clock.now()
        message.last_error = "Its cause is over."
        message.save()
        return False
    mail = EmailMessage(
        subject=letter.subject,
        body=f"{letter.text}\n\n{settings.SITE_URL}{letter.path}\n",
        to=[message.to],
        headers={"Message-ID": f"<message-{message.pk}@{settings.SITE_NAME}>"},
    )
    try:
        mail.send()
    except Exception as error:
        _count_failure(message, error)
        return False
    message.sent_at = clock.now()
    message.save()
    return True


def _count_failure(message: Message, error: Exception) -> None:
    """Note a failure of any kind: one letter that cannot be sent never holds up the others."""
    message.attempts += 1
    message.last_error = f"{error.__class__.__name__}: {error}"[:2000]
    message.next_attempt_at = clock.now() + PAUSE * 2 ** min(message.attempts - 1, 8)
    if message.attempts >= ATTEMPTS:
        message.given_up_at = clock.now()
    message.save()
    log.warning("mail_failed", message=message.pk, error=message.last_error)


def compose(message: Message) -> Letter | None:
    """Write what a message says now; None if what it was about is over."""
    if message.notice is not None:
        return Letter(message.notice.subject, message.notice.text, message.notice.path)
    if message.invitation is not None:
        return _invitation(message.invitation)
    if message.about:
        return letters.write(message.about)
    person = message.recovering
    if person is None or not person.is_active or person.has_usable_password():
        return None
    text = _(
        "Your administrator has reset your password and second factor. Choose a new password by the link "
        "below. If you did not ask for this, tell your administrator at once."
    )
    return Letter(_("Get back into your account"), text, members.recovery_path(person))


def _invitation(invitation: Invitation) -> Letter | None:
    over = invitation.accepted_at or invitation.withdrawn_at or invitation.expires_at <= clock.now()
    if over:
        return None
    text = _("%(name)s, you are invited to join %(place)s. The link below works once, until %(day)s.") % {
        "name": invitation.name,
        "place": invitation.organisation or invitation.authority,
        "day": invitation.expires_at.date().isoformat(),
    }
    return Letter(_("Your invitation to Entente"), text, members.invitation_path(invitation))
