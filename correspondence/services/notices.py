"""Notices: what a person should know, in the inbox and by e-mail."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from core import clock
from correspondence.models import Message, Notice
from ledger.models import Event
from members.models import User


@transaction.atomic
def notify(*, recipients: Iterable[User], event: Event | None, subject: str, text: str, path: str) -> int:
    """Put a notice into each recipient's inbox and queue an e-mail; return how many were new.

    The same event tells the same person the same thing once. The e-mail carries no case content: it says
    that something waits, and where. `path` is that of a page here.
    """
    now = clock.now()
    new = 0
    for person in {user.pk: user for user in recipients if user.is_active}.values():
        notice, created = Notice.objects.get_or_create(
            recipient=person,
            event=event,
            subject=" ".join(subject.split())[:200],
            defaults={"text": text[:4000], "path": path[:300], "sent_at": now},
        )
        if created:
            Message.objects.create(notice=notice, to=person.email, queued_at=now, next_attempt_at=now)
            new += 1
    return new


@transaction.atomic
def mark_read(*, actor: User, notice: Notice | None = None) -> int:
    """Mark one notice of the person as read, or all of them; return how many were unread."""
    mine = Notice.objects.visible_to(actor).filter(read_at__isnull=True)
    if notice is not None:
        mine = mine.filter(pk=notice.pk)
    return mine.update(read_at=clock.now())
